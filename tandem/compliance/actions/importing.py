"""Consents and do-not-call screenings from files: good rows in one transaction, every bad one told with its reason."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.compliance.actions.consent import addressed, refuse_bad_consent
from tandem.compliance.actions.ledger import append, append_many
from tandem.compliance.contracts import AddressKind, Channel, ConsentKind, FileReport, Purpose, Reject
from tandem.compliance.domain import addresses
from tandem.compliance.domain.consent_terms import expiry
from tandem.compliance.domain.registry_files import Row, Scrubbed, first, moment, rows_of, scrubbed, word
from tandem.compliance.models import Consent, DncScreening
from tandem.core import bulk
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput

BATCH, HASHES_AT_ONCE = 500, 5_000
ADDRESS_HEADS = ("address", "email", "e-mail", "email address", "phone", "number")
GIVEN_HEADS = ("given_at", "given", "consented_at", "date")
SCREENED = ("key_hash", "register", "screened_at", "is_listed")
CONSENTED = ("key_hash", "consent_kind", "channel", "purpose", "given_at")


def import_consents(content: bytes, *, name: str, actor: Actor, now: datetime, country: str = "") -> FileReport:
    """Take a CSV file of consents: address, kind, purpose, channel, wording, proof, source, given_at.

    Also read where they are there: counts_from, confirmed_at, country. A row without proof, or without the wording that
    its kind needs, is refused, and so is one that was taken back. The same consent given twice counts as known. The end
    is computed anew.

    name : of the file; the source where a row names none
    country : ISO 3166-1 alpha-2 for phone numbers without a country code, where a row names none

    Raises NotAllowed without "consent.manage", DataUnreadable for what is no CSV with an address column.
    """
    require(actor, "consent.manage")
    rows: list[Consent] = []
    rejects: list[Reject] = []
    lacks = "Call one of its columns address, email or phone."
    for number, row in rows_of(content, name, heads=ADDRESS_HEADS, lacks=lacks):
        try:
            rows.append(_consent(row, name, country, actor=actor, now=now))
        except InvalidInput as error:
            rejects.append(Reject(number=number, value=first(row, ADDRESS_HEADS)[:200], reason=_why(error)))
    with transaction.atomic():
        new = _without_known(Consent, rows, CONSENTED)
        for one, consent_id in zip(new, bulk.reserve_ids(Consent, len(new)), strict=True):
            one.id = consent_id
        Consent.objects.bulk_create(new, batch_size=BATCH)
        if new:
            append_many(actor=actor, action="compliance.consent_recorded", about=[_told(one) for one in new])
        facts = {"added": len(new), "known": len(rows) - len(new), "refused": len(rejects), "sha256": _hash(content)}
        append(actor=actor, action="compliance.consents_imported", subject="consent_registry:1", facts=facts)
    return FileReport(added=len(new), known=len(rows) - len(new), rejects=tuple(rejects))


def import_screenings(
    content: bytes,
    *,
    name: str,
    register: str,
    screened_at: datetime,
    actor: Actor,
    now: datetime,
    country: str = "",
    numbers: Iterable[str] | None = None,
) -> FileReport:
    """Take a do-not-call file: the FTC's download or change list, answers of TPS and CTPS, a scrubbing vendor's result.

    register : of which it is ("us_national", "uk_tps", ...); a TPS answer names its own; empty: "us_national" for the
        FTC's download
    screened_at : when it was looked up, for rows that do not say
    numbers : our numbers to look up in a whole list: only these are kept, and those of its area codes that do not stand
        in it are kept as not listed. None: every number of the file is kept

    Raises NotAllowed without "consent.manage", InvalidInput for a moment that is still to come, DataUnreadable for
    what is no such file.
    """
    require(actor, "consent.manage")
    if screened_at > now:
        raise InvalidInput(f"{screened_at:%Y-%m-%d %H:%M} lies in the future.", hint="Give when it was looked up.")
    ours = (
        None
        if numbers is None
        else set(filter(None, (addresses.phone(one, country or _country_of(register or "us")) for one in numbers)))
    )
    rejects: list[Reject] = []
    found: dict[tuple[str, str], Scrubbed] = {}
    for one in scrubbed(content, name, register=register.strip().lower()):
        number = "" if one.fault else addresses.phone(one.number, country or _country_of(one.register))
        fault = one.fault or ("" if number else "it is no phone number") or _too_late(one, now)
        if fault:
            rejects.append(Reject(number=one.line, value=one.number, reason=fault))
        else:
            found[number, one.register] = one
    kept = [_screening(number, one.register, one.is_listed, one.at or screened_at, name, one.line, actor, now)
            for (number, _), one in found.items() if ours is None or number in ours]  # fmt: skip
    kept += [_screening(*absent, False, screened_at, name, 0, actor, now) for absent in _absent(found, ours)]
    with transaction.atomic():
        new = _without_known(DncScreening, kept, SCREENED)
        DncScreening.objects.bulk_create(new, batch_size=BATCH)
        listed = Counter(f"{one.register}: {'listed' if one.is_listed else 'clear'}" for one in new)
        facts = {
            "added": dict(listed),
            "known": len(kept) - len(new),
            "refused": len(rejects),
            "sha256": _hash(content),
        }
        append(actor=actor, action="compliance.numbers_screened", subject="screening_registry:1", facts=facts)
    return FileReport(added=len(new), known=len(kept) - len(new), rejects=tuple(rejects))


def _consent(row: Row, name: str, country: str, *, actor: Actor, now: datetime) -> Consent:
    kind = word(ConsentKind, row.get("kind", ""), "kind")
    channel = word(Channel, row.get("channel", ""), "channel")
    purpose = word(Purpose, row.get("purpose", ""), "purpose")
    if row.get("withdrawn_at"):
        raise InvalidInput("it was taken back")
    given_at = moment(first(row, GIVEN_HEADS))
    if given_at is None:
        raise InvalidInput("nobody says when it was given")
    began = moment(row.get("counts_from", "")) or given_at
    confirmed_at = moment(row.get("confirmed_at", ""))
    moments = (given_at, began, *(one for one in (confirmed_at,) if one is not None))
    proof, wording = row.get("proof", ""), row.get("wording", "")
    refuse_bad_consent(kind, channel, purpose, proof=proof, wording=wording, moments=moments, now=now)
    if confirmed_at is not None and confirmed_at < given_at:
        raise InvalidInput("it was confirmed before it was given")
    place = (row.get("country", "") or country).upper()[:2]
    return Consent(
        **addressed(first(row, ADDRESS_HEADS), country=place, source=row.get("source", "") or f"import: {name}",
                    evidence="", subject=row.get("subject", ""), actor=actor, now=now),
        consent_kind=kind.value, channel=channel.value, purpose=purpose.value, country=place, wording=wording,
        proof=proof[:300], given_at=given_at, counts_from=began, confirmed_at=confirmed_at,
        expires_at=expiry(kind, counts_from=began, channel=channel, country=place),
    )  # fmt: skip


def _why(error: InvalidInput) -> str:
    """The refusal as a part of a sentence, as the other rows tell it."""
    told = error.message.rstrip(".")
    return told[0].lower() + told[1:]


def _told(row: Consent) -> tuple[str, dict[str, Any]]:
    ends = row.expires_at.isoformat() if row.expires_at else None
    facts = {"kind": row.consent_kind, "channel": row.channel, "purpose": row.purpose, "expires_at": ends}
    return f"consent:{row.id}", facts


def _without_known(model: Any, rows: Sequence[Any], identity: Sequence[str]) -> list[Any]:
    """Rows that do not stand in the table yet; of equal ones in the file the first."""
    hashes = list({row.key_hash for row in rows})
    known: set[tuple[Any, ...]] = set()
    for start in range(0, len(hashes), HASHES_AT_ONCE):
        standing = model.objects.filter(key_hash__in=hashes[start : start + HASHES_AT_ONCE])
        known |= set(standing.values_list(*identity))
    new = []
    for row in rows:
        key = tuple(getattr(row, column) for column in identity)
        if key not in known:
            known.add(key)
            new.append(row)
    return new


def _absent(found: dict[tuple[str, str], Scrubbed], ours: set[str] | None) -> Iterator[tuple[str, str]]:
    """Our numbers that do not stand in a whole list although it covers their area code, with its register."""
    for register in sorted({one.register for one in found.values() if one.is_of_whole_list}):
        areas = {number[:5] for number, of in found if of == register}
        for number in sorted(ours or ()):
            if number[:5] in areas and (number, register) not in found:
                yield number, register


def _screening(
    number: str, register: str, is_listed: bool, at: datetime, name: str, line: int, actor: Actor, now: datetime
) -> DncScreening:
    evidence = f"{name}, line {line}" if line else f"{name}, not in it"
    fields = addressed(number, country="", source=f"import: {name}", evidence=evidence, subject="", actor=actor,
                       now=now, kind=AddressKind.PHONE)  # fmt: skip
    return DncScreening(**fields, register=register[:20], is_listed=is_listed, screened_at=at)


def _country_of(register: str) -> str:
    """Where numbers without a country code are dialled: the first two letters of the register's name."""
    return {"uk": "GB"}.get(register[:2], register[:2].upper())


def _too_late(one: Scrubbed, now: datetime) -> str:
    return "its time lies in the future" if one.at is not None and one.at > now else ""


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
