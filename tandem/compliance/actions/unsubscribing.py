"""What happens when somebody presses an unsubscribe link: at once, on every channel, without asking who they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tandem.compliance.actions.ledger import append_many
from tandem.compliance.actions.suppression import suppress_many
from tandem.compliance.contracts import Purpose, SuppressionEntry, SuppressionReason
from tandem.compliance.domain.unsubscribe_tokens import Claim
from tandem.compliance.models import Consent
from tandem.core.actors import built_in_agent

PRESSED = built_in_agent("unsubscribe link", "worker")


def unsubscribe(claim: Claim, *, purposes: Sequence[Purpose], source: str, now: datetime) -> int:
    """Take the holder of a link out, and end the consents this concerns; pressing twice changes nothing.

    The link is the proof: whoever holds it may use it, so the actor is the link itself. Returns how many entries are
    new; 0: it was so already.

    claim : of a token that `queries.read_unsubscribe_token` found good
    purposes : what is refused; ANY: everything
    source : "one-click" or "preference page"
    """
    entries = [
        SuppressionEntry(
            address="", kind=claim.kind, key_hash=claim.address_hash, key_id=claim.key_id, purpose=purpose,
            reason=SuppressionReason.UNSUBSCRIBE, evidence=f"message {claim.message_id}"[:300],
        )
        for purpose in purposes
    ]  # fmt: skip
    with transaction.atomic():
        report = suppress_many(entries, source=source, actor=PRESSED, now=now)
        _end_consents(claim, purposes, source=source, now=now)
    return report.added


def _end_consents(claim: Claim, purposes: Sequence[Purpose], *, source: str, now: datetime) -> None:
    standing = Consent.objects.filter(key_hash=claim.address_hash, withdrawn_at=None, given_at__lte=now)
    if Purpose.ANY not in purposes:
        standing = standing.filter(purpose__in=[purpose.value for purpose in purposes])
    ended = list(standing.values_list("id", flat=True))
    if ended:
        Consent.objects.filter(id__in=ended).update(withdrawn_at=now, withdrawn_how=source)
        append_many(
            actor=PRESSED, action="compliance.consent_withdrawn", about=[(f"consent:{one}", {}) for one in ended]
        )
