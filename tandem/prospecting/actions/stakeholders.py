"""Keeping everybody's likely part up to date, whom to open with, and what people of ours have said of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, NotFound
from tandem.prospecting.contracts import AccountProfile, BuyingRole
from tandem.prospecting.domain.buying import Company, Opening, Person, open_with
from tandem.prospecting.domain.role_weights import TECHNICAL
from tandem.prospecting.models import OpeningContact, Stakeholder
from tandem.prospecting.queries.taking_part import Involvement, TakenPart, involvements, with_confirmed
from tandem.prospecting.queries.usability import unusable_reasons

Progress = Callable[[int, int], object]
ACCOUNTS_AT_ONCE = 500
ACTIVE_WITHIN = timedelta(days=180)
MOST_EVIDENCE = 8
SIGNED_IN = (
    "Signed In",
    "Logged In",
    "Login",
)  # as Segment's specification of B2B products and common trackers name it
FIELDS = (
    "account_id", "contact_id", "role", "confidence", "roles", "evidence", "touches", "last_touch_at", "made_at",
)  # fmt: skip
OPENING = (
    "account_id", "contact_id", "motion", "motion_because", "because", "plan", "missing", "threads",
    "is_single_threaded", "made_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What a pass over accounts came to. single_threaded : accounts in touch through one person or nobody"""

    accounts: int = 0
    people: int = 0
    changed: int = 0
    single_threaded: int = 0


def map_stakeholders(
    profiles: Iterable[AccountProfile], *, actor: Actor, now: datetime, progress: Progress | None = None
) -> Mapped:
    """Infer parts and opening contacts anew for these accounts; rows that stay the same are left as they are.

    profiles : in the order of their ids; may be a generator
    Raises NotAllowed without "prospect.edit".
    """
    require(actor, "prospect.edit")
    done = Mapped()
    rest = iter(profiles)
    while some := {one.account_id: one for one in islice(rest, ACCOUNTS_AT_ONCE)}:
        done = _plus(done, _map(some, now=now))
        if progress is not None:
            progress(done.accounts, done.accounts)
    with transaction.atomic():
        ledger.append(
            actor, "prospecting.stakeholders_mapped", subject="accounts", accounts=done.accounts, people=done.people,
            changed=done.changed, single_threaded=done.single_threaded,
        )  # fmt: skip
    return done


def _map(profiles: Mapping[int, AccountProfile], *, now: datetime) -> Mapped:
    """One stretch of accounts: read all of it, decide, write it in one transaction."""
    told = _confirmed_roles(profiles)
    found = [_with_told(one, told) for one in involvements(profiles, at=now)]
    reasons = unusable_reasons([part.person for one in found for part in one.parts], now=now)
    rows = [row for one in found for row in _rows(one, now)]
    openings = [_opening_row(one, _opening(one, profiles[one.account_id], reasons, now), now) for one in found]
    kept = {(row[0], row[1]) for row in rows}
    with transaction.atomic():
        counts = bulk.upsert(
            Stakeholder, FIELDS, rows, conflict=("account_id", "contact_id"),
            update=("role", "confidence", "roles", "evidence", "touches", "last_touch_at"), stamp=("made_at",),
        )  # fmt: skip
        gone = [
            pk
            for pk, account, contact in Stakeholder.objects.filter(account_id__in=list(profiles)).values_list(
                "id", "account_id", "contact_id"
            )
            if (account, contact) not in kept
        ]
        Stakeholder.objects.filter(id__in=gone).delete()
        bulk.upsert(
            OpeningContact, OPENING, openings, conflict=("account_id",), update=OPENING[1:-1], stamp=("made_at",)
        )  # fmt: skip
    return Mapped(
        accounts=len(found),
        people=len(rows),
        changed=counts.inserted + counts.updated + len(gone),
        single_threaded=sum(bool(row[8]) for row in openings),
    )


def _plus(one: Mapped, other: Mapped) -> Mapped:
    return Mapped(
        accounts=one.accounts + other.accounts,
        people=one.people + other.people,
        changed=one.changed + other.changed,
        single_threaded=one.single_threaded + other.single_threaded,
    )


def _confirmed_roles(account_ids: Iterable[int]) -> dict[int, dict[int, str]]:
    """What people of ours have said, by account and contact."""
    said: dict[int, dict[int, str]] = defaultdict(dict)
    rows = Stakeholder.objects.filter(account_id__in=list(account_ids)).exclude(confirmed_at=None)
    for account, contact, role in rows.values_list("account_id", "contact_id", "role"):
        said[account][contact] = role
    return said


def _with_told(one: Involvement, told: Mapping[int, dict[int, str]]) -> Involvement:
    roles = told.get(one.account_id)
    if not roles:
        return one
    return Involvement(
        account_id=one.account_id, parts=with_confirmed(one.parts, roles), touches=one.touches, deals=one.deals
    )


def _rows(one: Involvement, now: datetime) -> Iterable[tuple[Any, ...]]:
    for part in one.parts:
        person = part.person
        if person.has_left:
            continue
        yield (
            one.account_id, person.contact_id, part.part.role.value, round(part.part.confidence, 4),
            {role.value: round(share, 4) for role, share in part.part.roles.items()}, _evidence(part),
            part.standing.touches, part.standing.last_at, now,
        )  # fmt: skip


def _evidence(part: TakenPart) -> list[dict[str, Any]]:
    return [
        {"kind": clue.kind, "because": clue.because, "evidence_ids": list(clue.evidence_ids), "role": clue.role.value,
         "times": round(clue.times, 2)}
        for clue in part.part.clues[:MOST_EVIDENCE]
    ]  # fmt: skip


def _opening(
    one: Involvement, profile: AccountProfile, reasons: Mapping[int, str], now: datetime
) -> Opening:  # fmt: skip
    staying = [part for part in one.parts if not part.person.has_left]
    people = [_person(part, reasons.get(part.person.contact_id, ""), now) for part in staying]
    touched = bool(one.touches) and now - one.touches[-1].at <= ACTIVE_WITHIN
    return open_with(_company(staying, profile), people, is_active=touched or profile.open_deals > 0)


def _company(parts: Sequence[TakenPart], profile: AccountProfile) -> Company:
    touches = sum(part.standing.touches for part in parts)
    technical = sum(part.standing.touches for part in parts if part.part.role is TECHNICAL)
    employees = profile.fields.get("employees")
    return Company(
        is_customer=profile.is_customer,
        employees=int(employees) if employees is not None else None,
        segment=str(profile.fields.get("segment") or ""),
        sign_ins=sum(profile.counts.get(kind, 0) for kind in SIGNED_IN),
        technical_share=technical / touches if touches else None,
    )


def _person(part: TakenPart, unusable: str, now: datetime) -> Person:
    return Person(
        contact_id=part.person.contact_id,
        name=part.person.name,
        title=part.person.title,
        role=part.part.role,
        confidence=part.part.confidence,
        unusable=unusable,
        touches=part.standing.touches,
        is_recent=part.is_recent(now),
    )


def _opening_row(one: Involvement, opening: Opening, now: datetime) -> tuple[Any, ...]:
    plan = [{"contact_id": step.contact_id, "role": step.role.value, "because": step.because} for step in opening.plan]
    missing = [{"role": role.value, "risk": risk} for role, risk in opening.missing]
    return (
        one.account_id, opening.contact_id, opening.motion.value, opening.motion_because, opening.because[:400], plan,
        missing, opening.threads, opening.is_single_threaded, now,
    )  # fmt: skip


def confirm_role(account_id: int, contact_id: int, role: str, *, actor: Actor, now: datetime) -> str:
    """Say what somebody's part is; it stands until somebody says otherwise. An empty role takes it back.

    Returns the role that stands until the next reckoning. Raises NotAllowed without "prospect.edit", NotFound for an
    account out of sight or a person who is not on its map, InvalidInput for a word that is no role.
    """
    require(actor, "prospect.edit")
    if role and role not in set(BuyingRole):
        raise InvalidInput(f"{role!r} is no role.", hint=f"Roles: {', '.join(BuyingRole)}.", code="research.role")
    if not accounts_in_sight(actor).filter(id=account_id).exists():
        raise NotFound(f"There is no account {account_id} that you can see.", hint="Open the list of accounts.")
    rows = Stakeholder.objects.filter(account_id=account_id, contact_id=contact_id)
    with transaction.atomic():
        if role:
            by = None if actor.is_agent else actor.id
            changed = rows.update(role=role, confirmed_at=now, confirmed_by_id=by)
        else:
            changed = rows.update(confirmed_at=None, confirmed_by_id=None)
        if not changed:
            raise NotFound(
                f"Contact {contact_id} is not on the map of account {account_id}.", hint="Make the map anew first."
            )
        ledger.append(
            actor, "prospecting.role_confirmed" if role else "prospecting.role_released",
            subject=f"contact:{contact_id}", account=account_id, role=role,
        )  # fmt: skip
    return role
