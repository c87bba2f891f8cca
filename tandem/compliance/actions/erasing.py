"""What the registries do when a person is erased: everything about them goes, except that they are never written to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tandem.access.actions import require
from tandem.compliance.actions.erasure_log import note_erasure
from tandem.compliance.actions.ledger import append
from tandem.compliance.actions.recording import list_for_deletion
from tandem.compliance.actions.suppression import suppress_many
from tandem.compliance.contracts import SuppressionEntry, SuppressionReason
from tandem.compliance.models import (
    Consent,
    DncScreening,
    MessageCopy,
    RecordingConsent,
    RecordingParticipant,
    Relationship,
    Suppression,
)
from tandem.compliance.queries.keys import hashes_of, read_all
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput
from tandem.core.redaction import MARK

ABOUT_PEOPLE = (Consent, RecordingConsent, DncScreening, Relationship)


def erase_person(
    found: Sequence[str], *, actor: Actor, now: datetime, request: str, subject: str = "", country: str = ""
) -> int:
    """Erase a person from the registries; only keyed hashes stay, which block them from being written to or imported.

    Returns how many rows went. The address itself is in no row and no ledger entry afterwards.

    found : all addresses that are known of the person
    request : what it follows, e.g. "request:12"
    subject : as other rooms name the person

    Raises NotAllowed without "suppression.manage", InvalidInput when one of `found` is no address.
    """
    require(actor, "suppression.manage")
    known = read_all(found, country=country)
    if len(known) < len(found) or not known:
        raise InvalidInput("Not everything given is an address.", hint="Give mail addresses and phone numbers.")
    about = Q(key_hash__in=list(hashes_of(known)))
    if subject:
        about |= Q(subject=subject)
    entries = [
        SuppressionEntry(address=one.value, kind=one.kind, reason=SuppressionReason.ERASED, evidence=request)
        for one in known
    ]
    note_erasure(known, request=request, now=now)
    with transaction.atomic():
        gone = sum(model.objects.filter(about).delete()[0] for model in ABOUT_PEOPLE)  # type: ignore[attr-defined]
        list_for_deletion(about, why=f"erasure, {request}"[:200], now=now)
        gone += _empty_copies(list(hashes_of(known)), subject, request=request, now=now)
        Suppression.objects.filter(about).exclude(permission="").update(permission="erased")
        Suppression.objects.filter(about).update(address="", subject="", evidence="", source="erased")
        suppress_many(entries, source="erased", actor=actor, now=now)
        append(actor=actor, action="compliance.person_erased", subject=request, facts={"rows": gone})
    return gone


def _empty_copies(hashes: Sequence[str], subject: str, *, request: str, now: datetime) -> int:
    """Messages to the person lose their bytes, recorded sessions the person; what was decided, and when, stays."""
    to_them, of_them = Q(recipient_hash__in=hashes), Q(key_hash__in=hashes)
    if subject:
        to_them, of_them = to_them | Q(subject=subject), of_them | Q(subject=subject)
    copies = MessageCopy.objects.filter(to_them, removed_at=None)
    emptied = copies.update(content=None, subject="", removed_at=now, removed_why=f"erasure, {request}"[:120])
    there = RecordingParticipant.objects.filter(of_them).exclude(name=MARK, address="")
    return emptied + there.update(name=MARK, address="", subject="", wording="")
