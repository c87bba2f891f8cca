"""Writes of the rights desk: a request comes in, identity is checked, it is begun, extended, refused.

What it does in the stores is `actions.carrying_out`. Every step is one short transaction with its ledger entry, which
names the request by number and never the person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from tandem.access.actions import require, require_reason
from tandem.compliance.actions.decision_kinds import require_person
from tandem.compliance.actions.ledger import append
from tandem.compliance.contracts.requests import (
    AT_ONCE,
    IdentityProof,
    RequestKind,
    RequestRoad,
    RequestState,
    RightsClock,
)
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.domain import addresses
from tandem.compliance.domain.rights.clocks import clock_of
from tandem.compliance.domain.rights.states import RequestStep, after
from tandem.compliance.domain.rules.places import canonical
from tandem.compliance.domain.unsubscribe_tokens import Claim
from tandem.compliance.models import RequestKey, RightsRequest
from tandem.compliance.queries.keys import hashes_of, read_all, registry_keys
from tandem.compliance.queries.rights import OPEN, get_request, requests_of
from tandem.compliance.queries.rules import packs
from tandem.core.actors import Actor, built_in_agent
from tandem.core.errors import Conflict, InvalidInput

DESK = built_in_agent("rights desk", "worker")
LONGEST_NOTE = 4_000
MOST_ADDRESSES = 20
CORRECTABLE = ("given_name", "family_name", "email", "phone", "title")
Found = tuple[int, bool]


def open_request(
    kind: RequestKind,
    person: PersonKeys,
    *,
    road: RequestRoad,
    actor: Actor,
    now: datetime,
    places: Sequence[str] = (),
    note: str = "",
    changes: Mapping[str, str] | None = None,
    received_at: datetime | None = None,
    link: Claim | None = None,
) -> Found:
    """Take in a request; returns its number and whether it is new. The same kind of the same address, still open: that.

    An objection, and an opt-out of automated decisions, are begun at once; the others wait for the identity check.

    places : candidates of where the person is, "DE", "US-CA"; none: unknown, decided strictly
    changes : for a correction, field to new value
    received_at : when it came in by letter or call; None: now
    link : of an unsubscribe token that the person showed: proves control of the address it was made for

    Raises NotAllowed without "request.edit", InvalidInput for what can't be read.
    """
    require(actor, "request.edit")
    person = read_person(person)
    received = received_at or now
    if received > now:
        raise InvalidInput("The day of receipt lies in the future.", hint="Give the day on which it came in.")
    known = _read_places(places)
    row = RightsRequest(
        kind=kind.value,
        road=road.value,
        person={name: list(keys) for name, keys in asdict(person).items()},
        note=note.strip()[:LONGEST_NOTE],
        changes=_read_changes(kind, changes),
        places=",".join(known),
        received_at=received,
        recorded_by_id=None if actor.is_agent else actor.id,
    )
    _wind_clock(row)
    _prove_at_intake(row, person, link, now)
    with transaction.atomic():
        standing = requests_of(person).filter(kind=kind.value, state__in=OPEN).order_by("id").first()
        if standing is not None:
            _note_again(standing, row, actor)
            return standing.id, False
        row.save(force_insert=True)
        keep_keys(row, person)
        append(
            actor=actor,
            action="compliance.request_received",
            subject=f"request:{row.id}",
            facts={"kind": row.kind, "road": row.road, "due_on": row.due_on.isoformat(), "proof": row.proof},
        )
    return row.id, True


def read_person(person: PersonKeys) -> PersonKeys:
    """Addresses in their normal form. Raises InvalidInput when one is none, or none is given."""
    if not person.addresses and not person.subjects:
        raise InvalidInput("No address is given.", hint="Give a mail address or a phone number with its country code.")
    if len(person.addresses) > MOST_ADDRESSES:
        raise InvalidInput(f"{len(person.addresses)} addresses are too many.", hint=f"At most {MOST_ADDRESSES}.")
    forms: dict[str, tuple[str, ...]] = {}
    for name, reader in (("emails", addresses.email), ("phones", addresses.phone)):
        read = [(text, reader(text)) for text in getattr(person, name)]
        wrong = [text for text, value in read if not value]
        if wrong:
            raise InvalidInput(
                f"{wrong[0][:80]!r} is no {'mail address' if name == 'emails' else 'phone number'}.",
                hint="Write ann@example.com, or +44 20 7946 0958.",
                code="request.address",
            )
        forms[name] = tuple(dict.fromkeys(value for _, value in read))
    strange = [one for one in person.subjects if not addresses.account_key(one)]
    if strange:
        raise InvalidInput(f"{strange[0][:80]!r} is no key of another room.", hint='Write such as "contact:12".')
    names = tuple(name.strip()[:200] for name in person.names if name.strip())
    return PersonKeys(**forms, names=names, subjects=person.subjects)


def _read_places(places: Sequence[str]) -> list[str]:
    read = [(text, canonical(text)) for text in places if text.strip()]
    wrong = [text for text, place in read if not place]
    if wrong:
        raise InvalidInput(
            f"{wrong[0][:20]!r} is no country or state.", hint="Write DE or US-CA.", code="request.place"
        )
    return list(dict.fromkeys(place for _, place in read))[:8]


def _read_changes(kind: RequestKind, changes: Mapping[str, str] | None) -> dict[str, str]:
    if kind is not RequestKind.CORRECTION:
        return {}
    told = {name: value.strip()[:254] for name, value in (changes or {}).items() if value.strip()}
    strange = sorted(set(told) - set(CORRECTABLE))
    if strange:
        raise InvalidInput(
            f"{strange[0]!r} can't be corrected by a request.", hint=f"Fields: {', '.join(CORRECTABLE)}."
        )
    return told


def _wind_clock(row: RightsRequest) -> RightsClock:
    """Work the deadlines out anew from the rules; the day counts where this company is."""
    clock = clock_of(
        RequestKind(row.kind),
        company_day(row.received_at),
        places=row.places.split(",") if row.places else (),
        packs=packs(),
        paused_days=row.paused_days,
        is_extended=row.extended_at is not None,
    )
    row.due_on = clock.respond.due_on
    row.confirm_by = clock.confirm.due_on if clock.confirm else None
    row.clock = [{**asdict(one), "due_on": one.due_on.isoformat()} for one in clock.deadlines]
    return clock


def company_day(moment: datetime) -> date:
    """The day at a moment where this company is."""
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def _prove_at_intake(row: RightsRequest, person: PersonKeys, link: Claim | None, now: datetime) -> None:
    """A link of ours proves the address; rights to be left alone need no proof."""
    held = link is not None and link.address_hash in hashes_of(read_all(person.addresses))
    if held and len(person.addresses) == 1:
        row.proof, row.proved_by = IdentityProof.LINK.value, "the link"
    elif RequestKind(row.kind) in AT_ONCE:
        row.proof, row.proved_by = IdentityProof.NOT_NEEDED.value, "the law"
    else:
        return
    row.proved_at, row.state = now, after(RequestState.RECEIVED, RequestStep.CHECK_IDENTITY).value


def keep_keys(row: RightsRequest, person: PersonKeys) -> None:
    """Keep the keyed hashes of everything that points at the person: they find the request once the rest is gone."""
    key = registry_keys()[0]
    RequestKey.objects.bulk_create(
        [
            RequestKey(
                request=row,
                kind=one.kind.value,
                key_hash=addresses.keyed_hash(one, key),
                key_id=addresses.key_id(key),
            )
            for one in dict.fromkeys(read_all([*person.addresses, *person.subjects]))
        ],
        ignore_conflicts=True,
    )


def _note_again(standing: RightsRequest, again: RightsRequest, actor: Actor) -> None:
    """Asked again: the first clock runs on; a proof that comes now counts."""
    if again.proof == IdentityProof.LINK and standing.state == RequestState.RECEIVED:
        RightsRequest.objects.filter(id=standing.id, state=RequestState.RECEIVED.value).update(
            proof=again.proof, proved_at=again.proved_at, proved_by=again.proved_by, state=RequestState.CHECKED.value
        )
    append(
        actor=actor, action="compliance.request_repeated", subject=f"request:{standing.id}", facts={"road": again.road}
    )


def confirm_receipt(request_id: int, *, actor: Actor, now: datetime) -> None:
    """Write down that the person was told that the request came in. Raises NotAllowed, NotFound, Conflict."""
    row = _opened(request_id, actor, RequestStep.CONFIRM)
    _write(row, actor, "receipt_confirmed", {"confirmed_at": row.confirmed_at or now})


def ask_identity(request_id: int, *, actor: Actor, now: datetime) -> None:
    """Write down that proof of identity was asked for; where the law says so the clock stands still from now on."""
    row = _opened(request_id, actor, RequestStep.ASK_IDENTITY)
    _write(row, actor, "identity_asked", {"asked_at": row.asked_at or now})


def check_identity(request_id: int, proof: IdentityProof, *, actor: Actor, now: datetime) -> None:
    """A person has made sure that whoever asks is who they say. Raises NotAllowed also for software."""
    row = _opened(request_id, actor, RequestStep.CHECK_IDENTITY)
    require_person("request.identity", actor)
    if proof is IdentityProof.NOT_NEEDED:
        raise InvalidInput("This right needs a proof of identity.", hint="Say how it was checked.")
    if row.asked_at is not None:
        row.paused_days = max((company_day(now) - company_day(row.asked_at)).days, 0)
        _wind_clock(row)
    values = {"proof": proof.value, "proved_at": now, "proved_by": actor.name, "state": RequestState.CHECKED.value}
    _write(row, actor, "identity_checked", {**values, **_clock_values(row)}, proof=proof.value)


def set_places(request_id: int, places: Sequence[str], *, actor: Actor, now: datetime) -> date:
    """Where the person is, once it is known better; the clock is read anew. Returns the last day."""
    row = _opened(request_id, actor, RequestStep.CONFIRM)
    row.places = ",".join(_read_places(places))
    _wind_clock(row)
    _write(row, actor, "request_placed", {"places": row.places, **_clock_values(row)}, due_on=row.due_on.isoformat())
    return row.due_on


def extend(request_id: int, reason: str, *, actor: Actor, now: datetime) -> date:
    """Put the last day off, once, because the person was told so with this reason. Returns the new last day.

    Raises NotAllowed, NotFound, InvalidInput without a reason, Conflict when the law allows none, it comes too late, or
    it was extended already.
    """
    row = _opened(request_id, actor, RequestStep.EXTEND)
    require_person("request.refused", actor)
    reason = require_reason(reason)
    if row.extended_at is not None:
        raise Conflict("It was extended once already.", hint="Answer by the day that stands.", code="request.extended")
    clock = _wind_clock(row)
    if clock.extension is None or clock.tell_extension is None:
        raise Conflict(
            "No law of the person's allows an extension.",
            hint="Set the place if it is known better; otherwise answer in time.",
            code="request.no_extension",
        )
    if company_day(now) > clock.tell_extension.due_on:
        raise Conflict(
            f"The person had to be told by {clock.tell_extension.due_on:%d %b %Y} ({clock.tell_extension.rule}).",
            hint="Answer now; the request is overdue.",
            code="request.extension_late",
        )
    row.extended_at = now
    _wind_clock(row)
    values = {"extended_at": now, "extended_why": reason[:300], **_clock_values(row)}
    _write(row, actor, "request_extended", values, due_on=row.due_on.isoformat())
    return row.due_on


def refuse(request_id: int, *, reason: str, law: str, actor: Actor, now: datetime) -> None:
    """A person refuses it, with the reason and the law that allows it; both are told to whoever asked.

    Raises NotAllowed also for software, InvalidInput without reason or law, NotFound, Conflict when it is over. An
    objection to marketing and an opt-out can't be refused.
    """
    row = _opened(request_id, actor, RequestStep.REFUSE)
    require_person("request.refused", actor)
    if RequestKind(row.kind) in AT_ONCE:
        raise Conflict("This right is absolute: it can't be refused.", hint="Carry it out.", code="request.absolute")
    reason, law = require_reason(reason), law.strip()
    if not law:
        raise InvalidInput("The law is empty.", hint="Name law and section, such as GDPR Art. 12(5)(b).")
    state = after(RequestState(row.state), RequestStep.REFUSE)
    values = {
        "state": state.value, "refused_why": reason[:300], "refused_law": law[:200], "finished_at": now,
        "held_by": None,
    }  # fmt: skip
    _write(row, actor, "request_refused", values, law=law[:200])


def _opened(request_id: int, actor: Actor, step: RequestStep) -> RightsRequest:
    """The request, if the actor may decide on it and the step leads on from where it stands."""
    require(actor, "request.decide")
    row = get_request(actor, request_id)
    after(RequestState(row.state), step)
    return row


def _clock_values(row: RightsRequest) -> dict[str, Any]:
    names = ("paused_days", "due_on", "confirm_by", "clock")
    return {name: getattr(row, name) for name in names}


def _write(row: RightsRequest, actor: Actor, deed: str, values: Mapping[str, Any], **facts: Any) -> None:
    """Change the row if nobody else moved it meanwhile, with its ledger entry."""
    with transaction.atomic():
        if not RightsRequest.objects.filter(id=row.id, state=row.state).update(**values):
            raise Conflict("Somebody else changed this request.", hint="Reload the page.", code="request.raced")
        append(actor=actor, action=f"compliance.{deed}", subject=f"request:{row.id}", facts=facts)
