"""Reads of compliance."""

from __future__ import annotations

from tandem.compliance.queries.consent import (
    consent_state,
    dnc_states,
    recording_consent,
    relationship_facts,
)
from tandem.compliance.queries.keys import (
    hashes_of,
    known_key_ids,
    read_all,
    registry_keys,
)
from tandem.compliance.queries.ledger import (
    LEDGER,
    VERIFIED,
    all_entries,
    each_line,
    entries_about,
    get_entry,
    head,
    last_checkpoint,
    last_verification,
    list_entries,
    read_checkpoint,
    take_checkpoint,
    verify,
)
from tandem.compliance.queries.people import (
    count_about_people,
    list_about_people,
)
from tandem.compliance.queries.registers import (
    DocumentRow,
    RegistryCounts,
    alarms,
    approved_assessments,
    count_register,
    count_registries,
    documents_of,
    get_entry_of,
    list_register,
)
from tandem.compliance.queries.suppression import (
    SuppressionFilters,
    SuppressionRow,
    count_suppressions,
    get_suppression,
    is_suppressed,
    list_suppressions,
    refused_purposes,
    suppressed_among,
)
from tandem.compliance.queries.unsubscribing import (
    read_unsubscribe_token,
    unsubscribe_path,
)

__all__ = [
    "LEDGER",
    "VERIFIED",
    "DocumentRow",
    "RegistryCounts",
    "SuppressionFilters",
    "SuppressionRow",
    "alarms",
    "all_entries",
    "approved_assessments",
    "consent_state",
    "count_about_people",
    "count_register",
    "count_registries",
    "count_suppressions",
    "dnc_states",
    "documents_of",
    "each_line",
    "entries_about",
    "get_entry",
    "get_entry_of",
    "get_suppression",
    "hashes_of",
    "head",
    "is_suppressed",
    "known_key_ids",
    "last_checkpoint",
    "last_verification",
    "list_about_people",
    "list_entries",
    "list_register",
    "list_suppressions",
    "read_all",
    "read_checkpoint",
    "read_unsubscribe_token",
    "recording_consent",
    "refused_purposes",
    "registry_keys",
    "relationship_facts",
    "suppressed_among",
    "take_checkpoint",
    "unsubscribe_path",
    "verify",
]
