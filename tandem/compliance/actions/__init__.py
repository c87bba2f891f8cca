"""Writes of compliance."""

from __future__ import annotations

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
    MOST_BYTES,
    import_suppressions,
)
from tandem.compliance.actions.ledger import (
    append,
    append_many,
    export_ledger,
)
from tandem.compliance.actions.proving import (
    rotate_signing_key,
    sign_checkpoint,
    verify_ledger,
)
from tandem.compliance.actions.opt_outs import (
    take_opt_outs,
)
from tandem.compliance.actions.registers import (
    add_ai_system,
    add_assessment,
    add_processing,
    add_vendor,
    add_vendor_document,
    end_entry,
)
from tandem.compliance.actions.suppression import (
    lift_suppression,
    suppress,
    suppress_many,
)
from tandem.compliance.actions.unsubscribing import (
    unsubscribe,
)

__all__ = [
    "MOST_BYTES",
    "add_ai_system",
    "add_assessment",
    "add_processing",
    "add_vendor",
    "add_vendor_document",
    "append",
    "append_many",
    "confirm_consent",
    "end_entry",
    "erase_person",
    "export_ledger",
    "import_suppressions",
    "lift_suppression",
    "record_consent",
    "record_recording_consent",
    "record_relationship",
    "record_screening",
    "revoke_consent",
    "rotate_signing_key",
    "sign_checkpoint",
    "suppress",
    "suppress_many",
    "take_opt_outs",
    "unsubscribe",
    "verify_ledger",
]
