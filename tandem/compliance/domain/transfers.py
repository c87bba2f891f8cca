"""Whether personal data of a region may go to a destination, and what carries it there. Pure.

GDPR Chapter V and its relatives: inside the region nothing is needed; outside it an adequacy decision carries, else an
instrument on record that the region's law accepts, is signed, has not ended, and whose transfer impact assessment is
not overdue (EDPB Recommendations 01/2020). Consent of the people carries no regular flow (EDPB Guidelines 2/2018), only
files that somebody takes out. What is not on record is missing, and what is missing is not allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tandem.compliance.contracts.residency import (
    MECHANISM_NAMES,
    REGION_NAMES,
    Destination,
    DestinationKind,
    Mechanism,
    MechanismKind,
    Region,
    TransferDecision,
)
from tandem.compliance.domain.regions import Adequacy, adequacy, laws, region_of_place

NONE_NEEDED = "none needed"
ASSESSED = frozenset({MechanismKind.SCC, MechanismKind.UK_ADDENDUM, MechanismKind.IDTA, MechanismKind.BCR})
OCCASIONAL = frozenset({DestinationKind.EXPORT})
CONTRACT_ASKED = frozenset({Region.EEA, Region.UK, Region.CH, Region.BR})  # GDPR Article 28 and its relatives


@dataclass(frozen=True, slots=True, kw_only=True)
class _Carried:
    """How data reaches one place: by `mechanism`, or not, for want of what is `missing`."""

    mechanism: str = ""
    why: str = ""
    expires_on: date | None = None
    missing: str = ""
    source: str = ""


def may_go(
    person_region: Region, destination: Destination, mechanisms: Iterable[Mechanism], today: date
) -> TransferDecision:
    """Whether data of people of a region may go to a destination on a day.

    Every place of the destination must be open to it; the strictest decides. A mechanism holds on its last day and
    not after it.

    >>> may_go(Region.EEA, mailer_in_the_us, [], date(2026, 11, 24)).allowed
    False
    """
    if not destination.has_personal_data:
        return _allowed(person_region, destination, why="No personal data goes there.")
    conditions = _conditions(person_region, destination)
    if destination.is_here and not destination.places:
        return _allowed(person_region, destination, why="This installation is not tied to a region.")
    if not destination.places:
        conditions.append("where the data lies")
    on_record = [
        one for one in mechanisms if one.destination == destination.key and one.origin is person_region
    ]  # fmt: skip
    carried = [_carry(person_region, place, destination, on_record, today) for place in destination.places]
    missing = tuple(dict.fromkeys([*conditions, *(one.missing for one in carried if one.missing)]))
    if missing:
        return _refused(person_region, destination, carried, missing)
    weakest = min(carried, key=lambda one: (one.mechanism == NONE_NEEDED, one.expires_on or date.max))
    return _allowed(person_region, destination, carried=weakest, why=weakest.why)


def _conditions(region: Region, destination: Destination) -> list[str]:
    """What is asked of the destination wherever it lies."""
    missing = []
    if destination.kind is DestinationKind.MODEL_ENDPOINT and destination.opts_out_of_training is not True:
        missing.append("training opt-out")
    if destination.has_dpa is False and region in CONTRACT_ASKED:
        missing.append("processing contract (DPA) that holds")
    return missing


def _carry(region: Region, place: str, to: Destination, on_record: Sequence[Mechanism], today: date) -> _Carried:
    there = region_of_place(place)
    law = laws()[region]
    if there is None:
        return _Carried(missing=f"a country in place of {place!r}")
    if there is region and region is not Region.REST:
        return _Carried(mechanism=NONE_NEEDED, why=f"{place} is in its own region.")
    if place[:2] in law.forbids:
        return _Carried(missing=f"another place: {law.source} forbids {place}")
    if law.kind == "open":
        return _Carried(mechanism=NONE_NEEDED, why=f"{REGION_NAMES[region]}: it may leave.", source=law.source)
    decided = _adequate(region, place, there, to, today)
    if decided is not None and decided.mechanism:
        return decided
    instrument = _instrument(region, to, on_record, today)
    if instrument.mechanism or decided is None:
        return instrument
    return decided if not on_record else instrument


def _adequate(region: Region, place: str, there: Region, to: Destination, today: date) -> _Carried | None:
    """By an adequacy decision; None when there is none for the place today."""
    for one in adequacy():
        if one.origin is not region or not _reaches(one, place, there) or not _holds(one, today):
            continue
        told = f"adequacy decision, {one.scope}" if one.scope else "adequacy decision"
        if not one.needs_certificate:
            return _Carried(mechanism=told, why=f"{place}: {told}.", expires_on=one.until, source=one.source)
        until = to.certified_until
        if region in to.certified_for and until is not None and until >= today:
            ends = min(until, one.until or until)
            why = f"{place}: {told}, until {ends:%d %b %Y}."
            return _Carried(mechanism=told, why=why, expires_on=ends, source=one.source)
        ended = f"it ended on {until:%d %b %Y}" if until is not None and until < today else "none is on record"
        return _Carried(missing=f"Data Privacy Framework certificate ({ended}), or another mechanism")
    return None


def _reaches(one: Adequacy, place: str, there: Region) -> bool:
    return place[:2].upper() in one.places or (there is Region.EEA and "EEA" in one.places)


def _holds(one: Adequacy, today: date) -> bool:
    return one.since <= today and (one.until is None or today <= one.until)


def _instrument(region: Region, to: Destination, on_record: Sequence[Mechanism], today: date) -> _Carried:
    """By the instrument on record that holds longest; else what is wrong with the latest."""
    law = laws()[region]
    problems: list[str] = []
    holding: list[Mechanism] = []
    for one in sorted(on_record, key=lambda one: (one.starts_on, one.id), reverse=True):
        problem = _problem(one, region, to, today)
        if problem:
            problems.append(problem)
        else:
            holding.append(one)
    if holding:
        best = max(holding, key=lambda one: _end_of(one) or date.max)
        why = f"{best.label.capitalize()}, {best.reference or 'on record'}."
        return _Carried(mechanism=best.label, why=why, expires_on=_end_of(best), source=law.source)
    if law.kind == "accountable" and to.has_dpa is not False:
        told = "processing contract" if to.has_dpa else "the company's own place"
        return _Carried(mechanism=told, why=f"{REGION_NAMES[region]}: {told} is enough.", source=law.source)
    if problems:
        return _Carried(missing=problems[0], source=law.source)
    return _Carried(missing=f"a transfer mechanism ({_accepted(region)})", source=law.source)


def _problem(one: Mechanism, region: Region, to: Destination, today: date) -> str:
    """Why a mechanism on record does not carry today; empty when it does."""
    if one.kind not in laws()[region].accepts:
        return f"{_accepted(region)} in place of {one.label}"
    if one.kind is MechanismKind.CONSENT and to.kind not in OCCASIONAL:
        return "a mechanism for a regular flow: consent carries only single transfers"
    if one.starts_on > today:
        return f"{one.label} that has begun (it begins {one.starts_on:%d %b %Y})"
    if one.expires_on is not None and one.expires_on < today:
        return f"{one.label} that holds (it ended on {one.expires_on:%d %b %Y})"
    if one.kind in ASSESSED and one.assessed_until is None:
        return f"transfer impact assessment for {one.label}"
    if one.kind in ASSESSED and one.assessed_until is not None and one.assessed_until < today:
        return f"review of the transfer impact assessment (it was due {one.assessed_until:%d %b %Y})"
    return ""


def _end_of(one: Mechanism) -> date | None:
    """The day on which it stops to carry by itself: its own end or its assessment's, whichever comes first."""
    ends = [day for day in (one.expires_on, one.assessed_until if one.kind in ASSESSED else None) if day]
    return min(ends, default=None)


def _accepted(region: Region) -> str:
    names = [MECHANISM_NAMES[kind] for kind in MechanismKind if kind in laws()[region].accepts]
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def _allowed(region: Region, to: Destination, *, why: str, carried: _Carried | None = None) -> TransferDecision:
    return TransferDecision(
        region=region,
        destination=to.key,
        allowed=True,
        mechanism=carried.mechanism if carried else NONE_NEEDED,
        expires_on=carried.expires_on if carried else None,
        source=carried.source if carried else "",
        why=why,
    )


def _refused(
    region: Region, to: Destination, carried: Sequence[_Carried], missing: tuple[str, ...]
) -> TransferDecision:
    source = next((one.source for one in carried if one.missing and one.source), laws()[region].source)
    why = f"Data of people in {REGION_NAMES[region]} may not go to {to.name}: missing is {'; '.join(missing)}."
    return TransferDecision(
        region=region, destination=to.key, allowed=False, missing=missing, source=source, why=why
    )  # fmt: skip
