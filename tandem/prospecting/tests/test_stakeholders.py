"""Parts of people in a purchase: titles in nine languages, behaviour, who opens, who is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.errors import InvalidInput, NotFound
from tandem.prospecting.actions.stakeholders import confirm_role, map_stakeholders
from tandem.prospecting.contracts import BuyingRole
from tandem.prospecting.domain.buying import BuyingMotion, Company, Person, motion_of, open_with
from tandem.prospecting.domain.clues import Event, Known, NamedPart, standings
from tandem.prospecting.domain.role_weights import WEIGHTS
from tandem.prospecting.domain.stakeholders import Clue, confirmed, named_role, part_of
from tandem.prospecting.domain.titles import Field, Rank, read_title
from tandem.prospecting.models import OpeningContact, Stakeholder
from tandem.prospecting.queries.profiles import profiles
from tandem.prospecting.queries.stakeholders import stakeholder_map
from tests.company import NOW
from tests.company import Company as SmallCompany

TITLES = {
    "Chief Financial Officer": (Field.FINANCE, Rank.TOP), "Leiterin Controlling": (Field.FINANCE, Rank.HEAD),
    "DAF": (Field.FINANCE, Rank.TOP), "Responsable achats": (Field.PURCHASING, Rank.HEAD),
    "Inköpschef": (Field.PURCHASING, Rank.HEAD), "Category Manager": (Field.PURCHASING, Rank.MANAGER),
    "Head of Intralogistics IT": (Field.IT, Rank.HEAD), "Hoofd ICT": (Field.IT, Rank.HEAD), "DSI": (Field.IT, Rank.TOP),
    "Geschäftsführerin": (Field.EXECUTIVE, Rank.TOP), "Amministratore delegato": (Field.EXECUTIVE, Rank.TOP),
    "Jefe de almacén": (Field.OPERATIONS, Rank.HEAD), "VP Operations": (Field.OPERATIONS, Rank.SENIOR),
    "Schichtleiter": (Field.DOING, Rank.MANAGER), "Betriebsrat": (Field.COUNCIL, Rank.STAFF),
    "General Counsel": (Field.LEGAL, Rank.STAFF), "CISO": (Field.SECURITY, Rank.TOP),
    "Gardener": (Field.UNKNOWN, Rank.STAFF),
}  # fmt: skip


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_read_in_its_language(title: str) -> None:
    found = read_title(title)
    assert (found.field, found.rank) == TITLES[title]


def test_department_and_seniority_stand_in_for_a_title() -> None:
    found = read_title("", department="finance", seniority="director")
    assert (found.field, found.rank) == (Field.FINANCE, Rank.HEAD)


@given(title=st.sampled_from([*TITLES, ""]), kinds=st.lists(st.sampled_from(sorted(WEIGHTS)), max_size=8))
def test_the_five_roles_always_add_up_to_one(title: str, kinds: list[str]) -> None:
    part = part_of(read_title(title), [Clue(kind=kind, because=kind) for kind in kinds])
    assert sum(part.roles.values()) == pytest.approx(1, abs=1e-12)
    assert part.confidence == max(part.roles.values())


@given(title=st.sampled_from([*TITLES, ""]))
def test_being_named_for_a_role_makes_it_likelier(title: str) -> None:
    position = read_title(title)
    before = part_of(position, []).roles[BuyingRole.ECONOMIC_BUYER]
    after = part_of(position, [Clue(kind="named_economic_buyer", because="CRM")]).roles[BuyingRole.ECONOMIC_BUYER]
    assert after > before


def test_roles_of_a_crm_are_understood_and_strange_ones_say_nothing() -> None:
    assert named_role("Technical Buyer") == "named_technical_buyer"
    assert named_role("Decision Maker") == "named_economic_buyer"
    assert named_role("Legal") == "named_blocker"
    assert named_role("Other") is None


PEOPLE = (
    Known(contact_id=1, name="Ada Ek", first_name="Ada", last_name="Ek"),
    Known(contact_id=2, name="Bo Lund", first_name="Bo", last_name="Lund"),
    Known(contact_id=3, name="Cleo Marsh", first_name="Cleo", last_name="Marsh"),
)


def mail(number: int, writer: int, text: str = "Hello") -> Event:
    return Event(id=number, at=datetime(2026, 11, number, tzinfo=UTC), text=text, writer=writer)


def kinds_of(found: dict, contact: int) -> set[str]:  # type: ignore[type-arg]
    return {clue.kind for clue in found[contact].clues}


def test_whoever_writes_most_and_brings_in_others_looks_like_the_champion() -> None:
    events = [mail(number, 1) for number in range(1, 6)]
    events.append(mail(6, 1, "Thanks. I will add Marsh to the call."))
    found = standings(PEOPLE, events, [])
    assert {"writes_most", "brings_others"} <= kinds_of(found, 1)
    assert found[1].touches == 6
    assert found[1].last_at == datetime(2026, 11, 6, tzinfo=UTC)


def test_whose_approval_others_write_of_looks_like_the_buyer() -> None:
    found = standings(PEOPLE, [mail(1, 1, "We like it.\nCleo has to approve the budget first.")], [])
    clue = next(one for one in found[3].clues if one.kind == "must_approve")
    assert clue.because == "Ada Ek wrote of their approval or budget"
    assert clue.evidence_ids == ("activity:1",)
    assert kinds_of(found, 1) == set()


def test_a_refusal_is_told_in_several_languages() -> None:
    for number, text in enumerate(("Please remove me from your list", "Wir haben kein Interesse", "Pas intéressé"), 1):
        assert "refuses" in kinds_of(standings(PEOPLE, [mail(number, 2, text)], []), 2)


def test_parts_in_deals_count_once_a_role() -> None:
    parts = [
        NamedPart(deal_id=deal, deal_name=f"Deal {deal}", contact_id=2, role="Economic Buyer", is_primary=False)
        for deal in (7, 8)
    ]
    clues = standings(PEOPLE, [], parts)[2].clues
    assert [(one.kind, one.because) for one in clues] == [
        ("named_economic_buyer", "CRM names Economic Buyer of Deal 7 and 1 more")
    ]


def person(number: int, role: BuyingRole, confidence: float = 0.8, **more: object) -> Person:
    return Person(contact_id=number, name=f"P{number}", title="", role=role, confidence=confidence, **more)  # type: ignore[arg-type]


def test_the_buying_motion_comes_with_its_reason() -> None:
    assert motion_of(Company(is_customer=True, employees=50))[0] is BuyingMotion.EXPANSION
    assert motion_of(Company(is_customer=False, employees=50, sign_ins=9))[0] is BuyingMotion.FROM_BELOW
    assert motion_of(Company(is_customer=False, employees=50))[0] is BuyingMotion.TOP_DOWN
    assert motion_of(Company(is_customer=False, employees=5_000)) == (
        BuyingMotion.COMMITTEE, "It has 5,000 employees; from 1,000 on many must agree.",
    )  # fmt: skip
    assert motion_of(Company(is_customer=False, employees=None))[1] == "Its size is not known."


def test_a_small_company_is_opened_with_the_buyer_and_falls_back_with_a_reason() -> None:
    company = Company(is_customer=False, employees=40)
    people = [person(1, BuyingRole.CHAMPION), person(2, BuyingRole.ECONOMIC_BUYER)]
    assert open_with(company, people, is_active=False).contact_id == 2
    barred = [people[0], person(2, BuyingRole.ECONOMIC_BUYER, unusable="asked to be left alone")]
    opening = open_with(company, barred, is_active=False)
    assert opening.contact_id == 1
    assert "may not be written to: asked to be left alone" in opening.because
    assert [step.contact_id for step in opening.plan] == [1]


def test_blockers_are_in_no_plan_and_missing_roles_are_told() -> None:
    people = [person(1, BuyingRole.BLOCKER), person(2, BuyingRole.CHAMPION, touches=3, is_recent=True)]
    opening = open_with(Company(is_customer=False, employees=400), people, is_active=True)
    assert [step.contact_id for step in opening.plan] == [2]
    assert {role for role, _ in opening.missing} == {BuyingRole.ECONOMIC_BUYER, BuyingRole.TECHNICAL_BUYER}
    assert opening.is_single_threaded
    assert opening.threads == 1


def test_a_quiet_account_is_not_called_single_threaded() -> None:
    assert not open_with(Company(is_customer=False, employees=400), [], is_active=False).is_single_threaded


def test_what_a_person_has_said_outweighs_what_was_inferred() -> None:
    part = part_of(read_title("CFO"), [])
    assert confirmed(BuyingRole.BLOCKER, part).role is BuyingRole.BLOCKER


@pytest.mark.django_db
def test_the_map_of_an_account_names_parts_and_stays_the_same_when_nothing_changes(company: SmallCompany) -> None:
    kroeger = company.accounts["kroeger"]
    actor = company.actor("revops")
    first = map_stakeholders(profiles([kroeger.id], at=NOW), actor=actor, now=NOW)
    again = map_stakeholders(profiles([kroeger.id], at=NOW), actor=actor, now=NOW + timedelta(minutes=1))
    assert (first.accounts, first.people, again.changed) == (1, 3, 0)
    roles = dict(Stakeholder.objects.filter(account=kroeger).values_list("contact__first_name", "role"))
    assert roles == {"Anna": "champion", "Bernd": "economic_buyer", "Carla": "blocker"}
    assert OpeningContact.objects.get(account=kroeger).motion in set(BuyingMotion)


@pytest.mark.django_db
def test_a_confirmed_role_survives_the_night_and_can_be_taken_back(company: SmallCompany) -> None:
    kroeger, anna, actor = company.accounts["kroeger"], company.contacts["anna"], company.actor("maya")
    map_stakeholders(profiles([kroeger.id], at=NOW), actor=actor, now=NOW)
    confirm_role(kroeger.id, anna.id, "user", actor=actor, now=NOW)
    map_stakeholders(profiles([kroeger.id], at=NOW), actor=actor, now=NOW)
    found = {one.contact_id: one for one in stakeholder_map(actor, kroeger.id).people}[anna.id]
    assert (found.role, found.is_confirmed, found.confirmed_by) == (BuyingRole.USER, True, "Maya Okafor")
    confirm_role(kroeger.id, anna.id, "", actor=actor, now=NOW)
    map_stakeholders(profiles([kroeger.id], at=NOW), actor=actor, now=NOW)
    assert Stakeholder.objects.get(contact=anna).role == "champion"


@pytest.mark.django_db
def test_a_role_out_of_sight_or_unknown_is_refused_and_changes_nothing(company: SmallCompany) -> None:
    kroeger, anna = company.accounts["kroeger"], company.contacts["anna"]
    map_stakeholders(profiles([kroeger.id], at=NOW), actor=company.actor("maya"), now=NOW)
    with pytest.raises(NotFound):
        confirm_role(kroeger.id, anna.id, "user", actor=company.actor("liam"), now=NOW)
    with pytest.raises(InvalidInput):
        confirm_role(kroeger.id, anna.id, "king", actor=company.actor("maya"), now=NOW)
    assert Stakeholder.objects.get(contact=anna).confirmed_at is None
