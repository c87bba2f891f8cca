"""Writes of consent: what somebody agreed to, took back, or said about being recorded; screenings and relationships."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from tandem.access.actions import require
from tandem.compliance.actions.ledger import append, append_many
from tandem.compliance.actions.suppression import suppress_many
from tandem.compliance.contracts import (
    Address,
    AddressKind,
    Channel,
    ConsentKind,
    Purpose,
    RecordingScope,
    RecordingState,
    RelationshipKind,
    SuppressionEntry,
    SuppressionReason,
)
from tandem.compliance.domain import addresses
from tandem.compliance.domain.consent_terms import RECORDING_MONTHS, TERMS, add_months, expiry
from tandem.compliance.models import Consent, DncScreening, RecordingConsent, Relationship
from tandem.compliance.queries.keys import hashes_of, read_all, registry_keys
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotFound


def record_consent(
    address: str,
    *,
    kind: ConsentKind,
    channel: Channel,
    purpose: Purpose,
    proof: str,
    source: str,
    given_at: datetime,
    actor: Actor,
    now: datetime,
    wording: str = "",
    counts_from: datetime | None = None,
    confirmed_at: datetime | None = None,
    country: str = "",
    subject: str = "",
) -> int:
    """Keep a consent with its proof; its end follows from its kind. Returns its id. Does not lift a suppression.

    wording : the text that was agreed to, word for word; needed for consent that was asked for
    counts_from : the event the law counts from (purchase, inquiry); None: `given_at`
    confirmed_at : double opt-in only; None: not yet, so it does not hold yet
    country : ISO 3166-1 alpha-2 of the person; also for phone numbers without a country code

    Raises NotAllowed without "consent.edit", InvalidInput when something that the kind needs is missing.
    """
    require(actor, "consent.edit")
    began = counts_from or given_at
    refuse_bad_consent(kind, channel, purpose, proof=proof, wording=wording, moments=(given_at, began), now=now)
    expires_at = expiry(kind, counts_from=began, channel=channel, country=country)
    with transaction.atomic():
        row = Consent.objects.create(
            **addressed(address, country=country, source=source, evidence="", subject=subject, actor=actor, now=now),
            consent_kind=kind.value,
            channel=channel.value,
            purpose=purpose.value,
            country=country.upper()[:2],
            wording=wording.strip(),
            proof=proof.strip()[:300],
            given_at=given_at,
            counts_from=began,
            confirmed_at=confirmed_at,
            expires_at=expires_at,
        )
        facts = {"kind": kind.value, "channel": channel.value, "purpose": purpose.value,
                 "expires_at": expires_at.isoformat() if expires_at else None}  # fmt: skip
        append(actor=actor, action="compliance.consent_recorded", subject=f"consent:{row.id}", facts=facts)
    return row.id


def confirm_consent(consent_id: int, *, actor: Actor, now: datetime) -> None:
    """A double opt-in was confirmed: it holds from now on.

    Raises NotAllowed without "consent.edit", NotFound, Conflict when it is no open double opt-in.
    """
    require(actor, "consent.edit")
    with transaction.atomic():
        changed = Consent.objects.filter(
            id=consent_id, consent_kind=ConsentKind.DOUBLE_OPT_IN.value, confirmed_at=None, withdrawn_at=None
        ).update(confirmed_at=now)
        if not changed:
            if not Consent.objects.filter(id=consent_id).exists():
                raise NotFound(f"There is no consent {consent_id}.")
            raise Conflict(f"Consent {consent_id} is no double opt-in that waits for its confirmation.")
        append(actor=actor, action="compliance.consent_confirmed", subject=f"consent:{consent_id}", facts={})


def revoke_consent(
    found: Sequence[str],
    *,
    how: str,
    actor: Actor,
    now: datetime,
    subject: str = "",
    evidence: str = "",
    country: str = "",
) -> int:
    """Take back everything somebody agreed to, at once and on all channels, in whatever way they said it.

    Also suppresses the addresses everywhere. Returns how many consents ended.

    found : all addresses that are known of the person
    how : the way it was said: "reply", "by phone to Maya", "SMS STOP"
    subject : also ends the consents recorded for this key

    Raises NotAllowed without "consent.edit" and "suppression.edit", InvalidInput without a way or an address.
    """
    require(actor, "consent.edit")
    known = read_all(found, country=country)
    if not how.strip():
        raise InvalidInput("How it was taken back is empty.", hint="Say on which road, for example 'reply to a mail'.")
    if len(known) < len(found) or not known:
        raise InvalidInput(
            f"{', '.join(found) or 'Nothing'} is not all addresses.",
            hint="Give mail addresses, or phone numbers with their country.",
        )
    entries = [
        SuppressionEntry(
            address=one.value, kind=one.kind, reason=SuppressionReason.UNSUBSCRIBE, evidence=evidence, country=country
        )
        for one in known
    ]
    about = Q(key_hash__in=list(hashes_of(known)))
    if subject:
        about |= Q(subject=subject)
    with transaction.atomic():
        standing = Consent.objects.filter(about, withdrawn_at=None)
        ended = list(standing.values_list("id", flat=True))
        Consent.objects.filter(id__in=ended, withdrawn_at=None).update(
            withdrawn_at=now, withdrawn_how=how.strip()[:200]
        )
        if ended:
            append_many(
                actor=actor,
                action="compliance.consent_withdrawn",
                about=[(f"consent:{one}", {}) for one in ended],
            )
        suppress_many(entries, source="consent withdrawn", actor=actor, now=now, subjects=[subject] * len(entries))
    return len(ended)


def record_recording_consent(
    address: str,
    *,
    state: RecordingState,
    proof: str,
    source: str,
    at: datetime,
    actor: Actor,
    now: datetime,
    scope: RecordingScope = RecordingScope.RECORDING,
    wording: str = "",
    meeting: str = "",
    country: str = "",
    subject: str = "",
) -> int:
    """Keep what somebody said about being recorded. A grant ends after two years, a refusal never. Returns its id.

    scope : a grant reaches down to what it needs, a refusal up to what builds on it
    meeting : holds for this one alone; empty: for all

    Raises NotAllowed without "consent.edit", InvalidInput for UNKNOWN, without proof, or a grant without wording.
    """
    require(actor, "consent.edit")
    if state is RecordingState.UNKNOWN:
        raise InvalidInput("Unknown is not something that somebody said.", hint="Record it as granted or declined.")
    is_granted = state is RecordingState.GRANTED
    if not proof.strip() or (is_granted and not wording.strip()):
        raise InvalidInput("The proof, or what the person was told, is empty.", hint="Both are kept with a consent.")
    _refuse_future(at, now)
    with transaction.atomic():
        row = RecordingConsent.objects.create(
            **addressed(address, country=country, source=source, evidence="", subject=subject, actor=actor, now=now),
            state=state.value,
            scope=scope.value,
            meeting=meeting[:120],
            wording=wording.strip(),
            proof=proof.strip()[:300],
            at=at,
            expires_at=add_months(at, RECORDING_MONTHS) if is_granted else None,
        )
        facts = {"state": state.value, "scope": scope.value, "meeting": meeting[:120]}
        append(actor=actor, action="compliance.recording_consent", subject=f"recording_consent:{row.id}", facts=facts)
    return row.id


def record_screening(
    number: str,
    *,
    register: str,
    is_listed: bool,
    screened_at: datetime,
    source: str,
    actor: Actor,
    now: datetime,
    evidence: str = "",
    country: str = "",
    subject: str = "",
) -> int:
    """Keep the result of looking a number up in a do-not-call register. Returns its id.

    Raises NotAllowed without "consent.manage", InvalidInput for a number that can't be one.
    """
    require(actor, "consent.manage")
    register = register.strip().lower()
    if not register:
        raise InvalidInput("The register is empty.", hint="Name it, for example us_national or uk_ctps.")
    _refuse_future(screened_at, now)
    with transaction.atomic():
        row = DncScreening.objects.create(
            **addressed(number, country=country, source=source, evidence=evidence, subject=subject, actor=actor,
                         now=now, kind=AddressKind.PHONE),
            register=register[:20],
            is_listed=is_listed,
            screened_at=screened_at,
        )  # fmt: skip
        facts = {"register": row.register, "is_listed": is_listed, "screened_at": screened_at.isoformat()}
        append(actor=actor, action="compliance.number_screened", subject=f"screening:{row.id}", facts=facts)
    return row.id


def record_relationship(
    address: str,
    *,
    fact: RelationshipKind,
    at: datetime,
    source: str,
    evidence: str,
    actor: Actor,
    now: datetime,
    country: str = "",
    subject: str = "",
) -> int:
    """Keep a dated fact about the relationship, with where it can be looked up. Returns its id.

    Raises NotAllowed without "consent.edit", InvalidInput without evidence.
    """
    require(actor, "consent.edit")
    if not evidence.strip():
        raise InvalidInput("The evidence is empty.", hint="Say where it can be looked up: order, contract, message.")
    _refuse_future(at, now)
    with transaction.atomic():
        row = Relationship.objects.create(
            **addressed(address, country=country, source=source, evidence=evidence.strip(), subject=subject,
                         actor=actor, now=now),
            fact=fact.value,
            at=at,
        )  # fmt: skip
        append(actor=actor, action="compliance.relationship_recorded", subject=f"relationship:{row.id}",
               facts={"fact": fact.value, "at": at.isoformat()})  # fmt: skip
    return row.id


def refuse_bad_consent(
    kind: ConsentKind,
    channel: Channel,
    purpose: Purpose,
    *,
    proof: str,
    wording: str,
    moments: tuple[datetime, ...],
    now: datetime,
) -> None:
    """Refuse a consent that lacks what its kind needs. Raises InvalidInput."""
    term = TERMS[kind]
    if channel is Channel.ALL or purpose is Purpose.ANY:
        raise InvalidInput(
            "A consent is for one channel and one purpose.", hint="Record one for each that the person agreed to."
        )
    if not proof.strip():
        raise InvalidInput(
            "The proof is empty.", hint="Say where it can be looked up: form and time, recording, paper."
        )
    if term.needs_wording and not wording.strip():
        raise InvalidInput(
            f"A consent of the kind {kind.value.replace('_', ' ')} needs the wording that was shown.",
            hint="Paste the text that the person agreed to.",
        )
    for moment in moments:
        _refuse_future(moment, now)


def _refuse_future(moment: datetime, now: datetime) -> None:
    if moment > now:
        raise InvalidInput(f"{moment:%Y-%m-%d %H:%M} lies in the future.", hint="Give when it happened.")


def addressed(
    text: str,
    *,
    country: str,
    source: str,
    evidence: str,
    subject: str,
    actor: Actor,
    now: datetime,
    kind: AddressKind | None = None,
) -> dict[str, Any]:
    """Fields that every row about an address has. Raises InvalidInput when the text is no address of the kind."""
    address = addresses.read(text, country=country, kind=kind)
    if address is None or (address.kind is AddressKind.DOMAIN and kind is None):
        raise InvalidInput(
            f"{text!r} is no {kind.value if kind else 'address'}.",
            hint="Give a mail address, or a phone number with its country.",
        )
    if not source.strip():
        raise InvalidInput("The source is empty.", hint="Say where it comes from: a form, a page, a file, a tool.")
    return {
        **_identity(address),
        "subject": subject[:120],
        "source": source.strip()[:200],
        "evidence": evidence[:300],
        "recorded_at": now,
        "recorded_by_id": None if actor.is_agent else actor.id,
    }


def _identity(address: Address) -> dict[str, str]:
    key = registry_keys()[0]
    return {
        "kind": address.kind.value,
        "key_hash": addresses.keyed_hash(address, key),
        "key_id": addresses.key_id(key),
        "address": address.value,
    }
