"""Reads of consent: what holds now, who may be recorded, screenings, facts of the relationship."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Q

from tandem.compliance.contracts import (
    Address,
    Channel,
    ConsentKind,
    ConsentState,
    DncState,
    Purpose,
    RecordingAnswer,
    RecordingScope,
    RecordingState,
    RelationshipFact,
    RelationshipKind,
)
from tandem.compliance.domain import addresses, recording
from tandem.compliance.domain.consent_terms import dnc_days, is_in_force
from tandem.compliance.models import Consent, DncScreening, RecordingConsent, Relationship
from tandem.compliance.queries.keys import hashes_of, read_all


def consent_state(
    found: Sequence[Address | str],
    channel: Channel,
    purpose: Purpose,
    *,
    now: datetime,
    kinds: frozenset[ConsentKind] | None = None,
    country: str = "",
) -> ConsentState:
    """Whether a consent of the person holds for this channel and purpose. One query.

    found : the address that is meant to be used, and keys ("contact:12") under which consent was recorded: a consent
        counts for the address it was given for, not for others
    kinds : those a rule accepts; None: any
    """
    hashes = list(hashes_of(read_all(found, country=country)))
    rows = Consent.objects.filter(key_hash__in=hashes, channel=channel.value, purpose=purpose.value)
    rows = rows.order_by("-given_at", "-id")
    if kinds is not None:
        rows = rows.filter(consent_kind__in=[kind.value for kind in kinds])
    latest: ConsentState | None = None
    for row in rows:
        state = _state_of(row, now)
        if state.holds:
            return state
        latest = latest or state
    return latest or ConsentState(holds=False, missing="no consent")


def _state_of(row: Consent, now: datetime) -> ConsentState:
    missing = is_in_force(
        ConsentKind(row.consent_kind),
        confirmed_at=row.confirmed_at,
        expires_at=row.expires_at,
        withdrawn_at=row.withdrawn_at,
        now=now,
    )
    return ConsentState(
        holds=not missing,
        id=row.id,
        kind=ConsentKind(row.consent_kind),
        given_at=row.given_at,
        expires_at=row.expires_at,
        missing=missing,
    )


def recording_consent(
    found: Sequence[str],
    *,
    now: datetime,
    scope: RecordingScope = RecordingScope.RECORDING,
    meeting: str = "",
    country: str = "",
) -> RecordingAnswer:
    """Whether these people may be recorded, as the strictest of them says; ask again when somebody joins. One query.

    found : one address of each participant; what can't be an address counts as somebody who has not said
    meeting : also counts what was said for this meeting alone; empty: only what holds for all
    """
    hashes: dict[str, list[str]] = {
        one: list(hashes_of([address])) if (address := addresses.read(one, country=country)) else [] for one in found
    }
    rows = RecordingConsent.objects.filter(key_hash__in=[hashed for some in hashes.values() for hashed in some])
    words: dict[str, list[recording.Word]] = {}
    for row in rows.filter(meeting__in={"", meeting}):
        words.setdefault(row.key_hash, []).append(_word(row))
    return recording.strictest(
        {
            one: recording.latest_word(
                (word for hashed in some for word in words.get(hashed, ())), scope=scope, now=now
            )
            for one, some in hashes.items()
        }
    )


def _word(row: RecordingConsent) -> recording.Word:
    return recording.Word(
        id=row.id,
        state=RecordingState(row.state),
        scope=RecordingScope(row.scope),
        at=row.at,
        expires_at=row.expires_at,
    )


def dnc_states(number: Address | str, *, now: datetime, country: str = "") -> dict[str, DncState]:
    """The latest screening of a number in each register it was looked up in, with its age. One query."""
    rows = DncScreening.objects.filter(key_hash__in=list(hashes_of(read_all([number], country=country))))
    states: dict[str, DncState] = {}
    for row in rows.filter(screened_at__lte=now).order_by("screened_at", "id"):
        age = (now - row.screened_at).days
        states[row.register] = DncState(
            register=row.register,
            is_listed=row.is_listed,
            screened_at=row.screened_at,
            age_days=age,
            is_fresh=age <= dnc_days(row.register),
        )
    return states


def relationship_facts(
    found: Iterable[Address | str], *, subject: str = "", now: datetime, country: str = ""
) -> dict[RelationshipKind, RelationshipFact]:
    """The latest fact of each kind about somebody; of "customer since" the first. One query.

    found : addresses and keys, e.g. ["a@b.example", "account:3"]
    """
    return relationship_facts_among({"": found}, {"": subject}, now=now, country=country).get("", {})


def relationship_facts_among(
    people: Mapping[str, Iterable[Address | str]], subjects: Mapping[str, str], *, now: datetime, country: str = ""
) -> dict[str, dict[RelationshipKind, RelationshipFact]]:
    """The same for many people at once, by the caller's keys. One query.

    subjects : "contact:12" by the caller's key; empty: none
    """
    wanted: dict[str, set[str]] = {}
    for key, given in people.items():
        for hashed in hashes_of(read_all(given, country=country)):
            wanted.setdefault(hashed, set()).add(key)
    named: dict[str, set[str]] = {}
    for key, subject in subjects.items():
        if subject:
            named.setdefault(subject, set()).add(key)
    about = Q(key_hash__in=list(wanted)) | Q(subject__in=list(named))
    told: dict[str, dict[RelationshipKind, RelationshipFact]] = {}
    for row in Relationship.objects.filter(about, at__lte=now).order_by("at", "id"):
        kind = RelationshipKind(row.fact)
        for key in wanted.get(row.key_hash, set()) | named.get(row.subject, set()):
            facts = told.setdefault(key, {})
            if kind is RelationshipKind.CUSTOMER_SINCE and kind in facts:
                continue
            facts[kind] = RelationshipFact(id=row.id, kind=kind, at=row.at, source=row.source, evidence=row.evidence)
    return told
