"""What a vendor has shown of its checklist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tandem.compliance.contracts import CheckLine, VendorProof
from tandem.compliance.domain.vendor_checklist import Evidence, checklist
from tandem.compliance.models import VendorDocument


def vendor_checklist(vendor_id: int, *, today: date) -> Sequence[CheckLine]:
    """Every line of the checklist for a vendor, with its latest evidence; gaps among them. One query."""
    rows = VendorDocument.objects.filter(vendor=vendor_id).order_by("issued_on", "id")
    shown = {VendorProof(row.proof): Evidence(reference=row.reference, expires_on=row.expires_on) for row in rows}
    return checklist(shown, today=today)
