"""Writes of compliance."""

from __future__ import annotations

from tandem.compliance.actions.alarms import (
    raise_alarms,
)
from tandem.compliance.actions.anchoring import (
    anchor_checkpoint,
    document_of,
)
from tandem.compliance.actions.consent import (
    confirm_consent,
    record_consent,
    record_recording_consent,
    record_relationship,
    record_screening,
    revoke_consent,
)
from tandem.compliance.actions.erasing import (
    erase_person,
)
from tandem.compliance.actions.exchanging import (
    export_suppressions,
    import_suppressions,
)
from tandem.compliance.actions.importing import (
    import_consents,
    import_screenings,
)
from tandem.compliance.actions.ledger import (
    append,
    append_many,
    export_ledger,
)
from tandem.compliance.actions.opt_outs import (
    take_opt_outs,
)
from tandem.compliance.actions.outlets import (
    add_anchor,
    add_stream,
    remove_outlet,
    switch_outlet,
)
from tandem.compliance.actions.proving import (
    rotate_signing_key,
    sign_checkpoint,
    verify_ledger,
)
from tandem.compliance.actions.registers import (
    add_ai_system,
    add_assessment,
    add_processing,
    add_vendor,
    add_vendor_document,
    end_entry,
)
from tandem.compliance.actions.streaming import (
    advance,
    sender_to,
    stream_due,
)
from tandem.compliance.actions.suppression import (
    lift_suppression,
    suppress,
    suppress_many,
)
from tandem.compliance.actions.unsubscribing import (
    unsubscribe,
)
from tandem.compliance.domain.registry_files import MOST_BYTES

__all__ = [
    "MOST_BYTES",
    "add_ai_system",
    "add_anchor",
    "add_assessment",
    "add_processing",
    "add_stream",
    "add_vendor",
    "add_vendor_document",
    "advance",
    "anchor_checkpoint",
    "append",
    "append_many",
    "confirm_consent",
    "document_of",
    "end_entry",
    "erase_person",
    "export_ledger",
    "export_suppressions",
    "import_consents",
    "import_screenings",
    "import_suppressions",
    "lift_suppression",
    "raise_alarms",
    "record_consent",
    "record_recording_consent",
    "record_relationship",
    "record_screening",
    "remove_outlet",
    "revoke_consent",
    "rotate_signing_key",
    "sender_to",
    "sign_checkpoint",
    "stream_due",
    "suppress",
    "suppress_many",
    "switch_outlet",
    "take_opt_outs",
    "unsubscribe",
    "verify_ledger",
]
