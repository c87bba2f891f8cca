"""People's corrections win, say why, survive the next import, and can be withdrawn."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tandem.access.models import Person
from tandem.accounts.actions import assembling
from tandem.accounts.actions.corrections import assign_deal, correct, set_owner, withdraw
from tandem.accounts.actions.merging import merge_by_hand, undo
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.models import (
    Account,
    Contact,
    ContactPoint,
    Employment,
    Opportunity,
    OpportunityChange,
    Remark,
    SourceRecord,
)
from tandem.accounts.queries.deals import count_unassigned
from tandem.accounts.tests.telling import NOW, SHELL, source, tell
from tandem.compliance.queries import entries_about
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import InvalidInput, NotAllowed, NotFound

LATER = NOW + timedelta(hours=2)
pytestmark = pytest.mark.django_db


def person(name: str, role: str = "seller") -> tuple[Person, Actor]:
    row = Person.objects.create(email=f"{name}@us.example", name=name.title(), role=role)
    return row, Actor(kind=ActorKind.PERSON, id=row.id, name=row.name, role=role)


@pytest.fixture
def alpine() -> Account:
    tell(Entity.ACCOUNT, 1, source(), key="a", name="Alpine", industry="Tools", employees=80, country="AT")
    assembling.assemble(actor=SHELL, now=NOW)
    return Account.objects.get()


def test_a_correction_wins_and_survives_the_next_import(alpine: Account) -> None:
    _, olga = person("olga", "revops")
    told = correct(Entity.ACCOUNT, 1, "industry", " Machine tools ", actor=olga, now=NOW, reason="They told me.")
    assert told.value == "Machine tools"
    record = SourceRecord.objects.get(source__key="crm")
    record.data |= {"industry": "Hardware", "employees": 90}
    record.observed_at, record.is_dirty = LATER, True
    record.save()
    assembling.assemble(actor=SHELL, now=LATER)
    alpine.refresh_from_db()
    assert (alpine.industry, alpine.employees, alpine.source_count) == ("Machine tools", 90, 1)
    entry = entries_about("account:1")[-1]
    assert (entry.action, entry.actor_name) == ("accounts.corrected", "Olga")
    assert "They told me." not in entry.facts, "the ledger can't forget, so free words lie beside it"
    assert Remark.objects.get(entry=entry.number).text == "They told me."
    assert "Machine tools" not in entry.facts


def test_withdrawn_the_sources_own_word_counts_again(alpine: Account) -> None:
    _, olga = person("olga", "revops")
    correct(Entity.ACCOUNT, 1, "industry", "Machine tools", actor=olga, now=NOW)
    correct(Entity.ACCOUNT, 1, "industry", "Machines", actor=olga, now=LATER)
    assert SourceRecord.objects.filter(source__key="corrections").count() == 1
    withdraw(Entity.ACCOUNT, 1, "industry", actor=olga, now=LATER)
    alpine.refresh_from_db()
    assert alpine.industry == "Tools"
    assert entries_about("account:1")[-1].action == "accounts.correction_withdrawn"
    with pytest.raises(NotFound):
        withdraw(Entity.ACCOUNT, 1, "industry", actor=olga, now=LATER)


def test_a_field_can_be_emptied_where_it_may_be(alpine: Account) -> None:
    _, olga = person("olga", "revops")
    correct(Entity.ACCOUNT, 1, "employees", "", actor=olga, now=NOW)
    correct(Entity.ACCOUNT, 1, "industry", "n/a", actor=olga, now=NOW)
    alpine.refresh_from_db()
    assert (alpine.employees, alpine.industry) == (None, "")
    with pytest.raises(InvalidInput, match="can't be empty"):
        correct(Entity.ACCOUNT, 1, "name", " ", actor=olga, now=NOW)


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("employees", "many", "is no number"),
        ("employees", "-3", "is less than none"),
        ("country", "Elbonia", "is no country"),
        ("annual_revenue", "12 apples", "is no number"),
        ("parent", "1", "is the account itself"),
        ("industry", "x" * 200, "is longer than 120"),
        ("source_count", "3", "can't be corrected"),
    ],
)
def test_what_an_import_would_refuse_is_refused_here_too(alpine: Account, field: str, text: str, why: str) -> None:
    _, olga = person("olga", "revops")
    with pytest.raises(InvalidInput, match=why):
        correct(Entity.ACCOUNT, 1, field, text, actor=olga, now=NOW)
    assert not SourceRecord.objects.filter(source__key="corrections").exists()
    assert not entries_about("account:1")


def test_only_those_who_may_edit_the_record_correct_it(alpine: Account) -> None:
    maya_row, maya = person("maya")
    _, liam = person("liam")
    _, victor = person("victor", "executive")
    set_owner(Entity.ACCOUNT, 1, maya_row.id, actor=SHELL, now=NOW)
    correct(Entity.ACCOUNT, 1, "industry", "Machines", actor=maya, now=NOW)
    with pytest.raises(NotFound):
        correct(Entity.ACCOUNT, 1, "industry", "Toys", actor=liam, now=NOW)
    with pytest.raises(NotAllowed):
        correct(Entity.ACCOUNT, 1, "industry", "Toys", actor=victor, now=NOW)
    alpine.refresh_from_db()
    assert (alpine.industry, alpine.owner_id) == ("Machines", maya_row.id)


def test_a_no_cannot_overrule_a_source_that_says_yes() -> None:
    tell(Entity.CONTACT, 1, source(), first_name="Ann", opted_out=True)
    assembling.assemble(actor=SHELL, now=NOW)
    with pytest.raises(InvalidInput, match="one source's yes counts"):
        correct(Entity.CONTACT, 1, "opted_out", "no", actor=SHELL, now=NOW)
    correct(Entity.CONTACT, 1, "do_not_call", "yes", actor=SHELL, now=NOW)
    assert Contact.objects.values_list("opted_out", "do_not_call").get() == (True, True)


def test_a_corrected_name_and_address_are_read_like_an_import() -> None:
    tell(Entity.CONTACT, 1, source(), name="Ann Lee", email="ann@old.example", bounced_at="2026-10-01T00:00:00+00:00")
    assembling.assemble(actor=SHELL, now=NOW)
    correct(Entity.CONTACT, 1, "last_name", "Leeds", actor=SHELL, now=NOW)
    correct(Entity.CONTACT, 1, "email", "Ann <Ann@New.example>", actor=SHELL, now=NOW)
    assert Contact.objects.values_list("name", "email").get() == ("Ann Leeds", "ann@new.example")
    correct(Entity.CONTACT, 1, "email", "ann@old.example", actor=SHELL, now=LATER)
    assert Contact.objects.get().email == "ann@old.example"


def test_an_unassigned_deal_is_given_to_an_account_for_good(alpine: Account) -> None:
    tell(Entity.OPPORTUNITY, None, source(), key="o", name="Deal", stage="Prospecting")
    assembling.assemble(actor=SHELL, now=NOW)
    deal = Opportunity.objects.get()
    assert count_unassigned(SHELL) == 1
    assign_deal(deal.id, alpine.id, actor=SHELL, now=LATER)
    SourceRecord.objects.update(is_dirty=True)
    assembling.assemble(actor=SHELL, now=LATER)
    assert Opportunity.objects.get().account_id == alpine.id
    assert OpportunityChange.objects.values_list("field", "old", "new", "origin").get() == (
        "account", None, "Alpine", "correction",
    )  # fmt: skip
    with pytest.raises(NotFound):
        assign_deal(deal.id, 999, actor=SHELL, now=LATER)


def test_an_account_that_is_merged_away_passes_its_deals_on(alpine: Account) -> None:
    tell(Entity.OPPORTUNITY, None, source(), key="o", name="Deal", stage="Prospecting")
    tell(Entity.ACCOUNT, 2, source(), key="b", name="Alpine AG")
    assembling.assemble(actor=SHELL, now=NOW)
    assign_deal(Opportunity.objects.get().id, 1, actor=SHELL, now=LATER)
    SourceRecord.objects.filter(entity="account").update(golden_id=2)
    Account.objects.filter(id=1).update(merged_into=2)
    assembling.assemble_ids(Entity.ACCOUNT, [1, 2], now=LATER)
    assert Opportunity.objects.get().account_id == 2


def test_a_corrected_stage_closes_the_deal_with_it() -> None:
    tell(Entity.OPPORTUNITY, None, source(), key="o", name="Deal", stage="Proposal", amount="10", is_closed=False)
    assembling.assemble(actor=SHELL, now=NOW)
    deal = Opportunity.objects.get()
    correct(Entity.OPPORTUNITY, deal.id, "stage", "Closed Won", actor=SHELL, now=LATER)
    correct(Entity.OPPORTUNITY, deal.id, "amount", "1.234,50 €", actor=SHELL, now=LATER)
    deal.refresh_from_db()
    assert (deal.is_closed, deal.is_won, deal.closed_on) == (True, True, date(2026, 11, 24))
    assert (deal.amount, deal.stage_since) == (Decimal("1234.50"), LATER)
    assert set(OpportunityChange.objects.values_list("field", "old", "new", "origin")) == {
        ("stage", "Proposal", "Closed Won", "correction"),
        ("amount", "10", "1234.5", "correction"),
    }


def test_nobody_can_own_what_had_an_owner(alpine: Account) -> None:
    maya, _ = person("maya")
    set_owner(Entity.ACCOUNT, 1, maya.id, actor=SHELL, now=NOW)
    set_owner(Entity.ACCOUNT, 1, None, actor=SHELL, now=LATER)
    alpine.refresh_from_db()
    assert alpine.owner is None
    maya.is_active = False
    maya.save()
    with pytest.raises(InvalidInput, match="no longer active"):
        set_owner(Entity.ACCOUNT, 1, maya.id, actor=SHELL, now=LATER)


def test_a_correction_goes_along_into_a_merge_and_comes_back_out_of_it(alpine: Account) -> None:
    tell(Entity.ACCOUNT, 2, source("vendor", SourceKind.VENDOR), key="v", name="Alpine AG", segment="Mid", employees=70)
    tell(Entity.CONTACT, 5, source("vendor"), first_name="Ann", account_key="v")
    tell(Entity.OPPORTUNITY, None, source("vendor"), name="Deal", stage="New", account_key="v")
    assembling.assemble(actor=SHELL, now=NOW)
    correct(Entity.ACCOUNT, 2, "segment", "Enterprise", actor=SHELL, now=NOW)
    before = list(Account.objects.order_by("id").values())
    merged = merge_by_hand(Entity.ACCOUNT, 1, 2, actor=SHELL, now=LATER)
    alpine.refresh_from_db()
    assert (alpine.name, alpine.segment, alpine.employees, alpine.source_count) == ("Alpine", "Enterprise", 80, 2)
    assert Account.objects.get(id=2).merged_into_id == 1
    assert (Contact.objects.get().account_id, Opportunity.objects.get().account_id) == (1, 1)
    assert merged.event_id is not None
    undo(merged.event_id, actor=SHELL, now=LATER)
    after = list(Account.objects.order_by("id").values())
    for one, other in zip(before, after, strict=True):
        assert one | {"updated_at": None} == other | {"updated_at": None}
    assert (Contact.objects.get().account_id, Opportunity.objects.get().account_id) == (2, 2)
    assert not OpportunityChange.objects.exists()


def test_ways_to_reach_a_person_return_to_each_side_when_a_merge_is_undone() -> None:
    crm, vendor = source(), source("vendor", SourceKind.VENDOR)
    tell(Entity.CONTACT, 1, crm, first_name="Ann", last_name="Lee", email="ann@alpine.at", account_name="Alpine")
    tell(Entity.CONTACT, 2, vendor, first_name="Ann", last_name="Lee", email="ann.lee@alpine.at", mobile="+43664123456")
    assembling.assemble(actor=SHELL, now=NOW)

    def state() -> list[list[tuple]]:
        points = ContactPoint.objects.order_by("contact_id", "kind", "value")
        told = ("contact_id", "kind", "value", "source__key", "is_primary")
        return [
            list(points.values_list(*told)),
            list(Employment.objects.values_list("contact_id", "account_name", "is_current")),
            list(Contact.objects.order_by("id").values_list("id", "name", "email", "phone", "agreeing_sources")),
        ]

    before = state()
    merged = merge_by_hand(Entity.CONTACT, 1, 2, actor=SHELL, now=LATER)
    assert set(ContactPoint.objects.values_list("contact_id", flat=True)) == {1}
    assert ContactPoint.objects.count() == 3
    assert merged.event_id is not None
    undo(merged.event_id, actor=SHELL, now=LATER)
    assert state() == before
