"""How a company is likely to buy, whom to open it with, in which order to bring in others, and who is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tandem.prospecting.contracts import BuyingRole
from tandem.prospecting.domain.stakeholders import CLEAR

MOST_IN_PLAN = 7  # people a purchase takes on average
SMALL, LARGE = 200, 1_000  # employees
LEAST_SIGN_INS = 5  # in the product in 90 days, before a company counts as buying from below
TECHNICAL_SHARE = 0.4
NEEDED = (BuyingRole.ECONOMIC_BUYER, BuyingRole.CHAMPION, BuyingRole.TECHNICAL_BUYER)
RISKS = {
    BuyingRole.ECONOMIC_BUYER: "Nobody is known who can sign: a deal can be liked by all and still not be bought.",
    BuyingRole.CHAMPION: "Nobody is known who would carry it inside: it stops when nobody from outside pushes.",
    BuyingRole.TECHNICAL_BUYER: "Nobody is known who checks whether it fits their systems: that comes late and long.",
}


class BuyingMotion(StrEnum):
    """How a purchase begins and who moves it.

    Expansion: they have bought. From below: people use the product already. Technical: specialists test first.
    Top down: few people decide. Committee: many must agree. By need: the head of the matter carries it.
    """

    EXPANSION = "expansion"
    FROM_BELOW = "from_below"
    TECHNICAL = "technical"
    TOP_DOWN = "top_down"
    COMMITTEE = "committee"
    BY_NEED = "by_need"


ORDERS: dict[BuyingMotion, tuple[BuyingRole, ...]] = {
    BuyingMotion.EXPANSION: (BuyingRole.CHAMPION, BuyingRole.USER, BuyingRole.ECONOMIC_BUYER,
                             BuyingRole.TECHNICAL_BUYER),
    BuyingMotion.FROM_BELOW: (BuyingRole.USER, BuyingRole.CHAMPION, BuyingRole.TECHNICAL_BUYER,
                              BuyingRole.ECONOMIC_BUYER),
    BuyingMotion.TECHNICAL: (BuyingRole.TECHNICAL_BUYER, BuyingRole.CHAMPION, BuyingRole.USER,
                             BuyingRole.ECONOMIC_BUYER),
    BuyingMotion.TOP_DOWN: (BuyingRole.ECONOMIC_BUYER, BuyingRole.CHAMPION, BuyingRole.TECHNICAL_BUYER,
                            BuyingRole.USER),
    BuyingMotion.COMMITTEE: (BuyingRole.CHAMPION, BuyingRole.TECHNICAL_BUYER, BuyingRole.ECONOMIC_BUYER,
                             BuyingRole.USER),
    BuyingMotion.BY_NEED: (BuyingRole.CHAMPION, BuyingRole.ECONOMIC_BUYER, BuyingRole.TECHNICAL_BUYER,
                           BuyingRole.USER),
}  # fmt: skip
TOLD = {
    BuyingRole.CHAMPION: "likely champion", BuyingRole.ECONOMIC_BUYER: "likely economic buyer",
    BuyingRole.TECHNICAL_BUYER: "likely technical buyer", BuyingRole.USER: "likely user",
    BuyingRole.BLOCKER: "likely blocker",
}  # fmt: skip
WHY_FIRST = {
    BuyingMotion.EXPANSION: "they have bought, and whoever carried it can open the next door",
    BuyingMotion.FROM_BELOW: "the product is in use there, and users can say what it is worth",
    BuyingMotion.TECHNICAL: "specialists test before anybody else decides",
    BuyingMotion.TOP_DOWN: "in a company of this size few people decide",
    BuyingMotion.COMMITTEE: "many must agree, and somebody inside has to carry it from one to the next",
    BuyingMotion.BY_NEED: "whoever has the need moves it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What the buying motion is inferred from. employees None: not known.

    sign_ins : into the product in the last 90 days
    technical_share : of its touches, how many were with technical people; None: no touches
    """

    is_customer: bool
    employees: int | None
    segment: str = ""
    sign_ins: int = 0
    technical_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody at the company, with their likely part.

    unusable : why they must not be written to; empty: they may
    touches : mails from them, calls and meetings in the last 24 months
    """

    contact_id: int
    name: str
    title: str
    role: BuyingRole
    confidence: float
    unusable: str = ""
    touches: int = 0
    is_recent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One person of the plan and why they come at this place."""

    contact_id: int
    role: BuyingRole
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Whom to open with and how to go on. contact_id None: nobody can be written to; `because` says why."""

    contact_id: int | None
    motion: BuyingMotion
    motion_because: str
    because: str
    plan: tuple[PlanStep, ...]
    missing: tuple[tuple[BuyingRole, str], ...]
    threads: int
    is_single_threaded: bool


def motion_of(company: Company) -> tuple[BuyingMotion, str]:
    """How the company is likely to buy, with the reason. The first rule that holds decides."""
    if company.is_customer:
        return BuyingMotion.EXPANSION, "It is a customer."
    if company.sign_ins >= LEAST_SIGN_INS:
        return BuyingMotion.FROM_BELOW, f"They signed in to the product {company.sign_ins} times in the last 90 days."
    if company.technical_share is not None and company.technical_share >= TECHNICAL_SHARE:
        return BuyingMotion.TECHNICAL, f"{company.technical_share:.0%} of all touches were with technical people."
    if company.employees is None:
        if company.segment.lower() == "enterprise":
            return BuyingMotion.COMMITTEE, "It is an enterprise account; its size is not known."
        return BuyingMotion.BY_NEED, "Its size is not known."
    if company.employees >= LARGE:
        return BuyingMotion.COMMITTEE, f"It has {company.employees:,} employees; from {LARGE:,} on many must agree."
    if company.employees < SMALL:
        return BuyingMotion.TOP_DOWN, f"It has {company.employees:,} employees; below {SMALL} few people decide."
    return BuyingMotion.BY_NEED, f"It has {company.employees:,} employees, between {SMALL} and {LARGE:,}."


def open_with(company: Company, people: Sequence[Person], *, is_active: bool) -> Opening:
    """The opening contact, the plan over the people who may be written to, and the gaps.

    is_active : there is an open deal, or somebody was in touch in the last 180 days; only then can an account be
        single-threaded
    """
    motion, motion_because = motion_of(company)
    order = ORDERS[motion]
    usable = sorted((one for one in people if not one.unusable), key=lambda one: _place(one, order))
    plan = _plan(usable, order)
    first = usable[0] if usable else None
    threads = sum(one.is_recent for one in people)
    return Opening(
        contact_id=first.contact_id if first else None,
        motion=motion,
        motion_because=motion_because,
        because=_because(first, people, order, motion),
        plan=plan,
        missing=_missing(people),
        threads=threads,
        is_single_threaded=is_active and threads <= 1,
    )


def _place(person: Person, order: Sequence[BuyingRole]) -> tuple[float, int, int]:
    """By role first; a role that is hardly likely counts as less, and who has been in touch comes before a stranger."""
    if person.role not in order:
        return (99.0, 0, person.contact_id)
    doubt = 0.0 if person.confidence >= CLEAR else 1.5
    return (order.index(person.role) + doubt - min(person.confidence, 0.9) / 2, -person.touches, person.contact_id)


def _plan(usable: Sequence[Person], order: Sequence[BuyingRole]) -> tuple[PlanStep, ...]:
    """One of each role in the motion's order first, then the rest; blockers never."""
    willing = [one for one in usable if one.role in order]
    firsts: dict[BuyingRole, Person] = {}
    for one in willing:
        firsts.setdefault(one.role, one)
    leading = sorted(firsts.values(), key=willing.index)
    rest = [one for one in willing if one not in leading]
    return tuple(
        PlanStep(contact_id=one.contact_id, role=one.role, because=_step_because(one, place, one in leading))
        for place, one in enumerate((leading + rest)[:MOST_IN_PLAN])
    )


def _step_because(person: Person, place: int, is_first_of_role: bool) -> str:
    told = TOLD[person.role]
    touched = f", in touch {_times(person.touches)}" if person.touches else ", not in touch yet"
    if place == 0:
        return f"Opens: {told}{touched}."
    return f"{'Next role' if is_first_of_role else 'Second thread'}: {told}{touched}."


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _because(first: Person | None, people: Sequence[Person], order: Sequence[BuyingRole], motion: BuyingMotion) -> str:
    if not people:
        return "Nobody at this account is known."
    if first is None:
        reasons = sorted({one.unusable for one in people})
        return f"None of the {len(people)} known people may be written to: {'; '.join(reasons)}."
    wanted = order[0]
    told = f"{first.name} is the {TOLD[first.role]} ({first.confidence:.2f}): {WHY_FIRST[motion]}."
    if first.role is wanted:
        return told
    better = next((one for one in people if one.role is wanted and one.unusable and one.confidence >= CLEAR), None)
    if better is not None:
        return (
            f"{first.name}, {TOLD[first.role]} ({first.confidence:.2f}), because {better.name}, the {TOLD[wanted]}, "
            f"may not be written to: {better.unusable}."
        )
    return f"{first.name}, {TOLD[first.role]} ({first.confidence:.2f}); nobody is known as a {TOLD[wanted]}."


def _missing(people: Sequence[Person]) -> tuple[tuple[BuyingRole, str], ...]:
    filled = {one.role for one in people if one.confidence >= CLEAR}
    return tuple((role, RISKS[role]) for role in NEEDED if role not in filled)
