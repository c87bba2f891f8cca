"""Carrying a request out over every store, resumable: what each store did is a row; a run does what is not done.

Deletion: everything that is known of the person is gathered first, contact ends at once, a legal hold is asked, then
each store erases, last the desk its own rows; then crawlers look for the person in every table and file. A finding is
no end: the request stays in work until a later look finds nothing but the hash that blocks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.compliance.actions import packages
from tandem.compliance.actions.ledger import append
from tandem.compliance.actions.limits import set_limit
from tandem.compliance.actions.rights import DESK, Found, company_day, keep_keys, open_request, read_person
from tandem.compliance.actions.suppression import suppress_many
from tandem.compliance.contracts import SuppressionEntry, SuppressionReason
from tandem.compliance.contracts.requests import (
    AT_ONCE,
    WITH_PACKAGE,
    Limit,
    RequestKind,
    RequestState,
    StepState,
)
from tandem.compliance.contracts.rights import CrawlReport, PersonKeys, PersonStore
from tandem.compliance.domain.rights.states import RequestStep, after
from tandem.compliance.models import RequestWork, RightsRequest
from tandem.compliance.queries.holds import hold_on
from tandem.compliance.queries.known_people import accounts_of
from tandem.compliance.queries.rights import get_request, matches, person_of
from tandem.compliance.queries.stores import crawlers, stores, widen
from tandem.core.actors import Actor
from tandem.core.errors import AppError, Conflict, InvalidInput, NotFound
from tandem.core.jobs import enqueue

log = logging.getLogger("tandem.compliance")
RUN_TASK = "compliance.carry_out_request"
DESK_STORE = "compliance.requests"  # erased last: until then it knows whom the others have to erase
FINDINGS_KEPT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One piece of work: in which store, and what."""

    store: str
    title: str
    deed: str


def take_in(kind: RequestKind, person: PersonKeys, *, actor: Actor, now: datetime, **said: Any) -> Found:
    """`open_request`; a right to be left alone is carried out in the same call."""
    found = open_request(kind, person, actor=actor, now=now, **said)
    if kind in AT_ONCE:
        begin(found[0], actor=DESK, now=now, is_inline=True)
    return found


def begin(request_id: int, *, actor: Actor, now: datetime, is_inline: bool = False) -> RequestState:
    """Start the work, or hold it where a legal hold forbids the deletion; returns the state.

    is_inline : carry it out in this call instead of in the background

    Raises NotAllowed without "request.decide", NotFound, Conflict before the identity is checked.
    """
    require(actor, "request.decide")
    row = get_request(actor, request_id)
    if RequestKind(row.kind) in AT_ONCE and row.state not in {RequestState.CHECKED, RequestState.WORKING}:
        return RequestState(row.state)
    if row.state != RequestState.WORKING:
        after(RequestState(row.state), RequestStep.BEGIN)
        _begin(row, actor, now)
    if is_inline:
        return carry_out(request_id, now=now)
    enqueue(RUN_TASK, {"request": request_id})
    return RequestState(RightsRequest.objects.values_list("state", flat=True).get(id=request_id))


def _begin(row: RightsRequest, actor: Actor, now: datetime) -> None:
    """Gather all that is known of the person, end the contact, and lay out the work."""
    person = widen(person_of(row))
    kind = RequestKind(row.kind)
    hold = hold_on(person, company_day(now), accounts=accounts_of(person)) if kind is RequestKind.DELETION else None
    state = RequestState.HELD if hold is not None else RequestState.WORKING
    with transaction.atomic():
        changed = RightsRequest.objects.filter(id=row.id, state=RequestState.CHECKED.value).update(
            state=state.value,
            held_by=hold,
            begun_at=now,
            person={name: list(keys) for name, keys in asdict(person).items()},
        )
        if not changed:
            raise Conflict("Somebody else began it.", hint="Reload the page.", code="request.raced")
        keep_keys(row, person)
        _lay_out(row.id, kind)
        if kind is RequestKind.DELETION:
            _suppress(row.id, person, now)
        append(
            actor=actor, action="compliance.request_begun" if hold is None else "compliance.request_held",
            subject=f"request:{row.id}", facts={"hold": hold.id if hold else None},
        )  # fmt: skip


def _lay_out(request_id: int, kind: RequestKind) -> None:
    RequestWork.objects.bulk_create(
        [
            RequestWork(request_id=request_id, position=place, store=one.store, title=one.title, deed=one.deed)
            for place, one in enumerate(plan(kind), 1)
        ],
        ignore_conflicts=True,
    )


def plan(kind: RequestKind) -> Sequence[Plan]:
    """What a kind of request does, in order."""
    known = sorted(stores(), key=lambda store: store.name == DESK_STORE)
    if kind in WITH_PACKAGE:
        collected = () if kind is RequestKind.EXPLANATION else known
        explained = (
            () if kind is RequestKind.PORTABILITY else (Plan(store="explanation", title="Explanation", deed="explain"),)
        )
        pack = Plan(store="package", title="Package", deed="pack")
        return [*(Plan(store=one.name, title=one.title, deed="collect") for one in collected), *explained, pack]
    if kind is RequestKind.CORRECTION:
        return [Plan(store=one.name, title=one.title, deed="correct") for one in known]
    if kind is RequestKind.DELETION:
        erased = [Plan(store=one.name, title=one.title, deed="erase") for one in known]
        crawl = Plan(store="crawl", title="Look into every table and file", deed="crawl")
        return [Plan(store="suppression", title="Suppression", deed="suppress"), *erased, crawl]
    suppress = (
        [] if kind is RequestKind.AUTOMATION else [Plan(store="suppression", title="Suppression", deed="suppress")]
    )
    limit = [] if kind is RequestKind.OBJECTION else [Plan(store="limits", title="Limits on use", deed="limit")]
    return [*limit, *suppress]


def carry_out(request_id: int, *, now: datetime, report: Callable[[int, int, str], None] | None = None) -> RequestState:
    """Do what is not done yet of a request that was begun; returns the state afterwards.

    A store that fails does not stop the others; what failed is told on the request and done again by `again`.
    """
    row = RightsRequest.objects.filter(id=request_id).first()
    if row is None:
        raise NotFound(f"There is no request {request_id}.")
    if row.state != RequestState.WORKING:
        return RequestState(row.state)
    person, work = person_of(row), list(RequestWork.objects.filter(request=row).order_by("position", "id"))
    for place, one in enumerate(work):
        if report is not None:
            report(place, len(work), one.title)
        if one.state != StepState.DONE:
            _do(row, one, person, now)
    return _finish(row, now)


def _do(row: RightsRequest, work: RequestWork, person: PersonKeys, now: datetime) -> None:
    """One piece of work. What a store can't do is told, and the next store goes on."""
    try:
        count, told = DEEDS[work.deed](row, work, person, now)
    except AppError as error:
        _fail(work, " ".join(filter(None, (error.message, error.hint))))
    except Exception as error:
        # One store's defect must not keep the person in the others.
        log.exception("Request %s: %s failed", row.id, work.store)
        _fail(work, f"{type(error).__name__}: the worker's log tells more")
    else:
        _note(row, work, count, told, now)


def _fail(work: RequestWork, told: str) -> None:
    RequestWork.objects.filter(id=work.id).update(state=StepState.FAILED.value, told=told[:300])


def _note(row: RightsRequest, work: RequestWork, count: int, told: str, now: datetime) -> None:
    with transaction.atomic():
        RequestWork.objects.filter(id=work.id).update(
            state=StepState.DONE.value, count=count, told=told[:300], finished_at=now
        )
        append(
            actor=DESK, action="compliance.request_carried_out", subject=f"request:{row.id}",
            facts={"store": work.store, "deed": work.deed, "count": count},
        )  # fmt: skip


def _store(name: str) -> PersonStore:
    store = next((one for one in stores() if one.name == name), None)
    if store is None:
        raise NotFound(
            f"The store {name} is not here any more.", hint="Bring it back, or ask RevOps what became of it."
        )
    return store


def _collect(row: RightsRequest, work: RequestWork, person: PersonKeys, now: datetime) -> tuple[int, str]:
    return packages.keep_part(row.id, work.position, _store(work.store), person), ""


def _explain(row: RightsRequest, work: RequestWork, person: PersonKeys, now: datetime) -> tuple[int, str]:
    return packages.keep_explanation(row, person, now), ""


def _pack(row: RightsRequest, work: RequestWork, person: PersonKeys, now: datetime) -> tuple[int, str]:
    _require_others_done(row, work)
    made = packages.pack(row, person, now)
    return made.items, f"{made.size:,} bytes, kept until {made.keep_until:%d %b %Y}"


def _correct(row: RightsRequest, work: RequestWork, person: PersonKeys, now: datetime) -> tuple[int, str]:
    changes: dict[str, str] = row.changes
    if not changes:
        raise InvalidInput(
            "Nothing is said to be corrected.", hint="Refuse it, or take it in anew with the right values."
        )
    return _store(work.store).correct(person, changes, request=f"request:{row.id}", actor=DESK, now=now), ""


def _erase(row: RightsRequest, work: RequestWork, person: PersonKeys, now: datetime) -> tuple[int, str]:
    if work.store == DESK_STORE:
        _require_others_done(row, work)
    return _store(work.store).erase(person, request=f"request:{row.id}", actor=DESK, now=now), ""


def _require_others_done(row: RightsRequest, work: RequestWork) -> None:
    """A package with a store missing would be a wrong answer; and the desk must know whom the others have to erase."""
    before = RequestWork.objects.filter(request=row, position__lt=work.position)
    if before.exclude(state=StepState.DONE.value).exists():
        raise Conflict("Other stores are not done.", hint="Do it again once they are.", code="request.unfinished")


def _suppress_work(row: RightsRequest, work: RequestWork, person: PersonKeys, now: datetime) -> tuple[int, str]:
    return _suppress(row.id, person, now), "on every channel, for every purpose"


def _suppress(request_id: int, person: PersonKeys, now: datetime) -> int:
    """Out of everything, under every address; returns how many entries stand for the person."""
    keys = person.addresses or person.subjects
    entries = [
        SuppressionEntry(address=one, reason=SuppressionReason.OBJECTION, evidence=f"request:{request_id}")
        for one in keys
    ]
    subject = person.subjects[0] if person.subjects else ""
    report = suppress_many(
        entries, source=f"request:{request_id}", actor=DESK, now=now, subjects=[subject] * len(entries)
    )
    if report.rejects:
        raise InvalidInput(f"{len(report.rejects)} addresses can't be suppressed: {report.rejects[0].reason}.")
    return report.added + report.known


def _limit(row: RightsRequest, work: RequestWork, person: PersonKeys, now: datetime) -> tuple[int, str]:
    limit = Limit.RESTRICTION if row.kind == RequestKind.RESTRICTION else Limit.AUTOMATION
    return set_limit(limit, person, request=f"request:{row.id}", actor=DESK, now=now), ""


def _crawl(row: RightsRequest, work: RequestWork, person: PersonKeys, now: datetime) -> tuple[int, str]:
    if not person.addresses and not person.subjects:
        raise Conflict(
            "The run broke off before the look, and the address is gone from here.",
            hint="Type the person's address below; its hash is checked against the request.",
            code="request.no_person",
        )
    reports = {name: crawl(person) for name, crawl in crawlers().items()}
    RightsRequest.objects.filter(id=row.id).update(outcome={"crawl": _told(reports)})
    unexpected = sum(not one.is_expected for report in reports.values() for one in report.findings)
    if unexpected:
        raise Conflict(
            f"The person was still found in {unexpected} places.", hint="They are listed below; erase once more."
        )
    places = sum(report.places for report in reports.values())
    return places, "nothing but the keyed hash that blocks is left" if reports else "nobody is registered to look"


def _told(reports: dict[str, CrawlReport]) -> dict[str, Any]:
    findings = [one for report in reports.values() for one in report.findings]
    return {
        "places": sum(report.places for report in reports.values()),
        "bytes": sum(report.bytes_read for report in reports.values()),
        "unexpected": sum(not one.is_expected for one in findings),
        "expected": sum(one.is_expected for one in findings),
        "findings": [asdict(one) for one in sorted(findings, key=lambda one: one.is_expected)[:FINDINGS_KEPT]],
    }


DEEDS: dict[str, Callable[[RightsRequest, RequestWork, PersonKeys, datetime], tuple[int, str]]] = {
    "collect": _collect,
    "explain": _explain,
    "pack": _pack,
    "correct": _correct,
    "erase": _erase,
    "suppress": _suppress_work,
    "limit": _limit,
    "crawl": _crawl,
}


def _finish(row: RightsRequest, now: datetime) -> RequestState:
    """Done when every piece is; in work otherwise."""
    work = list(RequestWork.objects.filter(request=row))
    if any(one.state != StepState.DONE for one in work):
        return RequestState.WORKING
    with transaction.atomic():
        changed = RightsRequest.objects.filter(id=row.id, state=RequestState.WORKING.value).update(
            state=after(RequestState.WORKING, RequestStep.FINISH).value, finished_at=now
        )
        if changed:
            facts = {"kind": row.kind, "stores": len(work), "count": sum(one.count or 0 for one in work)}
            append(actor=DESK, action="compliance.request_done", subject=f"request:{row.id}", facts=facts)
    return RequestState.DONE


def again(request_id: int, *, actor: Actor, now: datetime) -> None:
    """Do once more what failed. Raises NotAllowed, NotFound, Conflict when nothing failed."""
    require(actor, "request.decide")
    row = get_request(actor, request_id)
    with transaction.atomic():
        failed = RequestWork.objects.filter(request=row, state=StepState.FAILED.value)
        if row.state != RequestState.WORKING or not failed.update(state=StepState.WAITING.value, told=""):
            raise Conflict("Nothing failed here.", hint="Reload the page.", code="request.state")
        append(actor=actor, action="compliance.request_again", subject=f"request:{row.id}", facts={})
    enqueue(RUN_TASK, {"request": request_id})


def prove_again(request_id: int, person: PersonKeys, *, actor: Actor, now: datetime) -> RequestState:
    """Erase and look once more, with the address typed anew: after a broken run, a restored backup, an import.

    The address must be one the request was made with (by hash); it is kept nowhere. Returns the state.

    Raises NotAllowed, NotFound, InvalidInput for another address, Conflict unless it is a deletion that was begun.
    """
    require(actor, "request.decide")
    row = get_request(actor, request_id)
    if row.kind != RequestKind.DELETION or row.state not in {RequestState.WORKING, RequestState.DONE}:
        raise Conflict("Only a deletion that was begun can be proved.", hint="Reload the page.", code="request.state")
    person = read_person(person)
    if not matches(row, person):
        raise InvalidInput("The request was not made with this address.", hint="Type one it was made with.")
    person = widen(person)
    for one in RequestWork.objects.filter(request=row, deed__in=["erase", "crawl"]).order_by("position"):
        RequestWork.objects.filter(id=one.id).update(state=StepState.WAITING.value, told="")
        _do(row, one, person, now)
    append(actor=actor, action="compliance.request_proved", subject=f"request:{row.id}", facts={})
    return _finish(row, now) if row.state == RequestState.WORKING else RequestState(row.state)


def release_held(*, now: datetime) -> int:
    """Go on with deletions whose hold has ended; returns how many. Another hold may keep them."""
    count = 0
    for row in RightsRequest.objects.filter(state=RequestState.HELD.value):
        person = person_of(row)
        hold = hold_on(person, company_day(now), accounts=accounts_of(person))
        if hold is None:
            count += _release(row, now)
        elif hold.id != row.held_by_id:
            RightsRequest.objects.filter(id=row.id, state=RequestState.HELD.value).update(held_by=hold)
    return count


def _release(row: RightsRequest, now: datetime) -> int:
    state = after(RequestState.HELD, RequestStep.RELEASE).value
    with transaction.atomic():
        changed = RightsRequest.objects.filter(id=row.id, state=RequestState.HELD.value).update(
            state=state, held_by=None
        )
        if changed:
            append(actor=DESK, action="compliance.request_released", subject=f"request:{row.id}", facts={})
            enqueue(RUN_TASK, {"request": row.id})
    return changed
