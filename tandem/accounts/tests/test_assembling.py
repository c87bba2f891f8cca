"""Golden records are a pure function of what the sources tell and of the rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from tandem.access.models import Person
from tandem.accounts.actions import assembling
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.models import (
    Account,
    AccountDomain,
    Activity,
    Contact,
    ContactPoint,
    Employment,
    Opportunity,
    OpportunityChange,
    OpportunityContact,
    OpportunityProduct,
    Product,
    SourceRecord,
    SurvivorshipRule,
)
from tandem.accounts.queries.choosing.accounts import break_rings
from tandem.accounts.queries.contacts import points_of
from tandem.accounts.queries.search import search
from tandem.accounts.tests.telling import NOW, SHELL, source, tell
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import NotAllowed

EARLIER = NOW - timedelta(days=90)
pytestmark = pytest.mark.django_db


def assemble(now: datetime = NOW) -> assembling.AssembleReport:
    return assembling.assemble(actor=SHELL, now=now)


def everything() -> list[list[tuple]]:
    tables = (Account, AccountDomain, Contact, ContactPoint, Employment, Opportunity, OpportunityChange)
    return [
        sorted(
            map(repr, model.objects.values_list(*(f.attname for f in model._meta.concrete_fields if f.name != "id")))
        )
        for model in tables
    ]


def test_the_account_takes_each_field_from_the_source_that_the_rules_trust() -> None:
    crm, vendor = source(), source("vendor", SourceKind.VENDOR)
    maya = Person.objects.create(email="maya@us.example", name="Maya Lind", role="seller")
    tell(
        Entity.ACCOUNT, 1, crm, at=EARLIER, name="Alpine Tools GmbH", domain="alpine-tools.at", employees=80,
        type="Customer - Direct", owner_name="maya lind", created_at="2024-02-01T00:00:00+00:00",
    )  # fmt: skip
    tell(
        Entity.ACCOUNT, 1, vendor, name="Alpine Tools", domain="alpinetools.com", employees=120,
        annual_revenue="2500000", currency="EUR", country="AT",
    )  # fmt: skip
    report = assemble()
    account = Account.objects.get()
    assert (account.name, account.domain, account.type) == ("Alpine Tools GmbH", "alpine-tools.at", "customer")
    assert (account.employees, account.country) == (120, "AT")
    assert (account.annual_revenue, account.currency) == (Decimal("2500000.00"), "EUR")
    assert account.owner == maya
    assert account.source_count == 2
    assert account.created_at == datetime(2024, 2, 1, tzinfo=UTC)
    told = set(AccountDomain.objects.values_list("domain", "source__key"))
    assert told == {("alpine-tools.at", "crm"), ("alpinetools.com", "vendor")}
    assert report.accounts == assembling.Tally(together=1, created=1)
    assert not SourceRecord.objects.filter(is_dirty=True).exists()


def test_running_again_changes_nothing() -> None:
    crm = source()
    tell(Entity.ACCOUNT, 1, crm, key="a", name="Alpine")
    tell(Entity.CONTACT, 1, crm, first_name="Ann", last_name="Lee", account_key="a", email="ann@alpine.at")
    tell(Entity.OPPORTUNITY, None, crm, name="Renewal", stage="Won", amount="10", account_key="a", is_won=True)
    assemble()
    before = everything()
    SourceRecord.objects.update(is_dirty=True)
    report = assemble(NOW + timedelta(days=1))
    assert everything() == before
    assert not report.changed_anything
    assert report.contacts == assembling.Tally(together=1)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_in_which_records_came_does_not_matter(seed: int) -> None:
    crm, vendor, mail = source(), source("vendor", SourceKind.VENDOR), source("hub", SourceKind.MARKETING)
    rows = [
        (Entity.ACCOUNT, 1, crm, {"key": "a", "name": "Alpine GmbH", "domain": "alpine.at", "parent_key": "b"}),
        (Entity.ACCOUNT, 1, vendor, {"key": "v1", "name": "ALPINE", "employees": 10}),
        (Entity.ACCOUNT, 2, crm, {"key": "b", "name": "Borealis", "parent_key": "a"}),
        (Entity.CONTACT, 5, crm, {"key": "c", "name": "Ann Lee", "account_key": "a", "email": "ann@alpine.at"}),
        (Entity.CONTACT, 5, mail, {"key": "d", "first_name": "Ann", "last_name": "Lee", "account_domain": "alpine.at"}),
        (Entity.CONTACT, 6, vendor, {"key": "e", "first_name": "Bo", "last_name": "Ek", "account_name": "Borealis AB"}),
        (Entity.OPPORTUNITY, 9, crm, {"key": "o", "name": "Big one", "stage": "Proposal", "account_key": "b"}),
    ]
    Random(seed).shuffle(rows)
    for entity, golden_id, of, told in rows:
        told = dict(told)
        tell(entity, golden_id, of, key=told.pop("key"), at=EARLIER, **told)
        assemble()
    assert list(Account.objects.order_by("id").values_list("name", "parent_id")) == [
        ("Alpine GmbH", None),
        ("Borealis", 1),
    ]
    assert list(Contact.objects.order_by("id").values_list("name", "account_id", "agreeing_sources")) == [
        ("Ann Lee", 1, 2), ("Bo Ek", 2, 1),
    ]  # fmt: skip
    assert Opportunity.objects.get().account_id == 2
    assert not OpportunityChange.objects.exists()


@given(st.dictionaries(st.integers(1, 12), st.integers(1, 12), max_size=12))
def test_parents_never_form_a_ring_and_only_rings_lose_a_parent(wanted: dict[int, int]) -> None:
    wanted = {child: parent for child, parent in wanted.items() if child != parent}
    parents = break_rings(wanted)
    for start in parents:
        here, seen = start, set()
        while here in parents:
            assert here not in seen
            seen.add(here)
            here = parents[here]
    assert set(parents.items()) <= set(wanted.items())
    for child in set(wanted) - set(parents):
        here, ring = wanted[child], {child}
        while here != child:
            ring.add(here)
            here = wanted[here]
        assert child == min(ring)


def test_a_parent_named_later_finds_its_children() -> None:
    crm = source()
    tell(Entity.ACCOUNT, 7, crm, key="child", name="Alpine Wien", parent_name="Alpine Holding AG")
    assemble()
    assert Account.objects.get(id=7).parent_id is None
    tell(Entity.ACCOUNT, 8, crm, key="mother", name="Alpine Holding")
    assemble()
    assert Account.objects.get(id=7).parent_id == 8


def test_mail_providers_are_nobodys_domain() -> None:
    tell(Entity.ACCOUNT, 1, source(), name="One-man shop", domain="gmail.com")
    assemble()
    assert Account.objects.get().domain == ""
    assert not AccountDomain.objects.exists()


def test_a_refusal_by_any_source_stands() -> None:
    crm, vendor = source(), source("vendor", SourceKind.VENDOR)
    tell(Entity.CONTACT, 1, crm, first_name="Ann", opted_out=False, do_not_call=False, has_left=False)
    tell(Entity.CONTACT, 1, vendor, first_name="Ann", opted_out=True, do_not_call=True, has_left=True, at=EARLIER)
    assemble()
    contact = Contact.objects.get()
    assert (contact.opted_out, contact.do_not_call, contact.has_left) == (True, True, True)


def test_two_sources_agree_only_when_both_name_person_and_employer() -> None:
    crm, vendor = source(), source("vendor", SourceKind.VENDOR)
    tell(Entity.ACCOUNT, 1, crm, key="a", name="Alpine", domain="alpine.at")
    tell(Entity.ACCOUNT, 2, crm, key="b", name="Borealis", domain="borealis.se")
    tell(Entity.CONTACT, 1, crm, first_name="Ann", last_name="Lee", account_key="a")
    tell(Entity.CONTACT, 1, vendor, first_name="Ann", last_name="Lee", account_domain="alpine.at")
    tell(Entity.CONTACT, 2, crm, first_name="Bo", last_name="Ek", account_key="a")
    tell(Entity.CONTACT, 2, vendor, first_name="Bo", last_name="Ek", account_domain="borealis.se")
    tell(Entity.CONTACT, 3, crm, first_name="Cy", last_name="Fox", account_key="a")
    tell(Entity.CONTACT, 3, crm, first_name="Cy", last_name="Fox", account_key="a")
    tell(Entity.CONTACT, 4, crm, first_name="Di", last_name="Gru")
    assemble()
    told = dict(Contact.objects.values_list("id", "agreeing_sources"))
    assert told == {1: 2, 2: 1, 3: 1, 4: 0}


def test_a_person_who_moved_keeps_both_jobs_and_the_old_one_is_over() -> None:
    crm, vendor, hub = source(), source("vendor", SourceKind.VENDOR), source("hub", SourceKind.MARKETING)
    tell(Entity.ACCOUNT, 1, crm, key="a", name="Alpine", domain="alpine.at")
    tell(Entity.ACCOUNT, 2, crm, key="b", name="Borealis", domain="borealis.se")
    tell(Entity.CONTACT, 1, crm, first_name="Ann", title="Buyer", account_key="a", has_left=True, at=EARLIER)
    tell(Entity.CONTACT, 1, vendor, first_name="Ann", title="CFO", account_domain="borealis.se", starts_on="2026-09-01")
    tell(Entity.CONTACT, 1, hub, first_name="Ann", title="Buyer", account_domain="alpine.at", at=EARLIER)
    assemble()
    contact = Contact.objects.get()
    jobs = Employment.objects.order_by("id").values_list("account_id", "source__key", "is_current", "ends_on")
    assert set(jobs) >= {(1, "crm", False, EARLIER.date())}
    assert contact.has_left
    hub_tells = SourceRecord.objects.get(source=hub)
    hub_tells.data |= {"has_left": True}
    hub_tells.is_dirty = True
    hub_tells.save()
    assemble()
    contact.refresh_from_db()
    assert (contact.account_id, contact.has_left) == (2, False)  # left Alpine, not Borealis
    assert set(Employment.objects.values_list("account_id", "source__key", "is_current", "ends_on")) == {
        (1, "crm", False, EARLIER.date()),
        (1, "hub", False, EARLIER.date()),
        (2, "vendor", True, None),
    }


def test_who_left_the_last_employer_that_anybody_knows_has_left() -> None:
    crm, vendor = source(), source("vendor", SourceKind.VENDOR)
    tell(Entity.ACCOUNT, 1, crm, key="a", name="Alpine", domain="alpine.at")
    told = tell(Entity.CONTACT, 1, crm, first_name="Ann", account_key="a", has_left=True)
    tell(Entity.CONTACT, 1, vendor, first_name="Ann", account_name="Far Away Ltd")
    assemble()
    assert Contact.objects.values_list("account_id", "has_left").get() == (1, True)
    told.data |= {"has_left": False}
    told.is_dirty = True
    told.save()
    assemble()
    assert Contact.objects.values_list("account_id", "has_left").get() == (1, False)


def test_a_dead_address_stays_a_contact_point_when_there_is_no_other() -> None:
    tell(Entity.CONTACT, 1, source(), first_name="Ann", email="ann@old.example", email_status="invalid")
    assemble()
    assert Contact.objects.get().email == ""
    points = points_of(1)
    assert [(point.value, point.is_primary, point.verification) for point in points] == [
        ("ann@old.example", False, "invalid")
    ]


def test_of_two_records_of_one_source_the_later_tells_the_present_job() -> None:
    crm = source()
    tell(Entity.ACCOUNT, 1, crm, key="a", name="Alpine")
    tell(Entity.ACCOUNT, 2, crm, key="b", name="Borealis")
    tell(Entity.CONTACT, 1, crm, first_name="Ann", account_key="b", starts_on="2026-10-01")
    tell(Entity.CONTACT, 1, crm, first_name="Ann", account_key="a", at=EARLIER)
    assemble()
    assert Contact.objects.get().account_id == 2
    assert Contact.objects.get().agreeing_sources == 1
    assert set(Employment.objects.values_list("account_id", "is_current", "ends_on")) == {
        (2, True, None),
        (1, False, date(2026, 10, 1)),
    }


def test_addresses_keep_source_and_state_and_the_best_usable_one_is_golden() -> None:
    crm, vendor = source(), source("vendor", SourceKind.VENDOR)
    tell(
        Entity.CONTACT, 1, crm, first_name="Ann", email="ann@old.example", email_2="ann.lee@new.example",
        mobile="+436641234567", linkedin="https://www.linkedin.com/in/Ann-Lee/", country="AT",
    )  # fmt: skip
    tell(
        Entity.CONTACT, 1, vendor, email="ann@old.example", bounced_at="2026-10-01T08:00:00+00:00", phone="+4312345678"
    )
    assemble()
    contact = Contact.objects.get()
    assert (contact.email, contact.phone, contact.linkedin) == ("ann.lee@new.example", "+436641234567", "ann-lee")
    assert contact.time_zone == "Europe/Vienna"
    points = ContactPoint.objects.values_list("kind", "value", "source__key", "verification", "is_primary")
    assert set(points) == {
        ("email", "ann@old.example", "crm", "unverified", False),
        ("email", "ann.lee@new.example", "crm", "unverified", True),
        ("email", "ann@old.example", "vendor", "bounced", False),
        ("phone", "+4312345678", "vendor", "unverified", False),
        ("mobile", "+436641234567", "crm", "unverified", True),
        ("linkedin", "ann-lee", "crm", "unverified", True),
    }


@pytest.mark.parametrize(
    ("status", "state", "golden"),
    [("Verified", "valid", "a@b.example"), ("catch-all", "risky", "a@b.example"), ("Invalid", "invalid", "")],
)
def test_a_vendors_word_on_an_address_is_kept(status: str, state: str, golden: str) -> None:
    tell(Entity.CONTACT, 1, source(), first_name="Ann", email="a@b.example", email_status=status)
    assemble()
    assert (ContactPoint.objects.get().verification, Contact.objects.get().email) == (state, golden)


def test_level_and_department_come_from_the_title_where_nobody_tells_them() -> None:
    tell(Entity.CONTACT, 1, source(), first_name="Ann", title="VP Sales")
    tell(Entity.CONTACT, 2, source(), first_name="Bo", title="VP Sales", seniority="Director")
    assemble()
    tell(Entity.CONTACT, 3, source(), first_name="Cy", title="Clerk", seniority="C-Level")
    tell(Entity.CONTACT, 4, source(), first_name="Di", title="Clerk", seniority="Non-Manager")
    assemble()
    told = Contact.objects.order_by("id").values_list("seniority", "department")
    assert list(told) == [("vp", "sales"), ("director", "sales"), ("c_level", ""), ("", "")]


def test_a_deal_takes_its_fields_and_stays_unassigned_where_no_account_is_named() -> None:
    crm = source()
    tell(
        Entity.OPPORTUNITY, None, crm, key="o1", stage="Won", product_name="GTX Basic", amount="55", is_won=True,
        is_closed=True, close_on="2026-03-01", opened_on="2025-12-01", motion="Renewal", competitor="Rival Inc",
        forecast_category="Closed",
    )  # fmt: skip
    report = assemble()
    deal = Opportunity.objects.get()
    assert (deal.name, deal.account_id, deal.motion, deal.stage) == ("GTX Basic", None, "renewal", "Won")
    assert (deal.amount, deal.is_closed, deal.is_won) == (Decimal("55.00"), True, True)
    assert (deal.opened_on, deal.closed_on) == (date(2025, 12, 1), date(2026, 3, 1))
    assert (deal.competitor.name, deal.forecast_category) == ("Rival Inc", "closed")
    assert OpportunityProduct.objects.values_list("product__name", "product__is_listed").get() == ("GTX Basic", False)
    assert report.deals == assembling.Tally(together=1, created=1)
    assert not OpportunityChange.objects.exists()


def test_the_main_contact_that_a_deals_row_names_takes_part() -> None:
    crm = source()
    tell(Entity.CONTACT, 4, crm, key="c", first_name="Ann")
    tell(Entity.OPPORTUNITY, None, crm, name="Deal", stage="New", contact_key="c")
    assemble()
    assert OpportunityContact.objects.values_list("contact_id", "is_primary").get() == (4, True)


def test_the_main_contact_and_the_product_that_a_deals_row_no_longer_names_go() -> None:
    crm = source()
    for pk, key in ((4, "c"), (5, "d"), (6, "e")):
        tell(Entity.CONTACT, pk, crm, key=key, first_name=key)
    told = tell(Entity.OPPORTUNITY, None, crm, name="Deal", stage="New", contact_key="c", product_name="Basic")
    assemble()
    deal = Opportunity.objects.get()
    OpportunityContact.objects.create(opportunity=deal, contact_id=6, role="Champion")
    told.refresh_from_db()
    told.data, told.is_dirty = {"name": "Deal", "stage": "New", "contact_key": "d"}, True
    told.save()
    assemble()
    people = OpportunityContact.objects.order_by("contact_id").values_list("contact_id", "role", "is_primary")
    assert list(people) == [(5, "", True), (6, "Champion", False)]
    assert not OpportunityProduct.objects.exists()


def test_a_deal_with_lines_of_a_list_gets_none_of_its_own_row() -> None:
    crm = source()
    told = tell(Entity.OPPORTUNITY, None, crm, key="D1", name="Deal", stage="New", product_name="Basic")
    assemble()
    assert OpportunityProduct.objects.values_list("key", "product__name").get() == ("row", "Basic")
    product = Product.objects.create(source=crm, key="p", name="Pro")
    OpportunityProduct.objects.create(opportunity=Opportunity.objects.get(), product=product, key="L1", amount=9)
    SourceRecord.objects.filter(id=told.id).update(is_dirty=True)
    assemble()
    assert OpportunityProduct.objects.values_list("key", "product__name").get() == ("L1", "Pro")


def test_what_changed_between_two_loads_becomes_history() -> None:
    crm = source()
    maya = Person.objects.create(email="maya@us.example", name="Maya Lind", role="seller")
    told = tell(
        Entity.OPPORTUNITY, None, crm, at=EARLIER, name="Deal", stage="Proposal", amount="100", close_on="2026-12-01",
        probability=0.5,
    )  # fmt: skip
    assemble()
    told.refresh_from_db()
    told.data = {"name": "Deal", "stage": "Negotiation", "amount": "80.5", "owner_name": "Maya Lind"}
    told.observed_at, told.is_dirty = NOW, True
    told.save()
    report = assemble(NOW + timedelta(hours=1))
    changes = OpportunityChange.objects.values_list("field", "old", "new", "at", "origin", "source__key")
    assert set(changes) == {
        ("stage", "Proposal", "Negotiation", NOW, "snapshot", "crm"),
        ("amount", "100", "80.5", NOW, "snapshot", "crm"),
        ("close_on", "2026-12-01", None, NOW, "snapshot", "crm"),
        ("probability", "0.5", None, NOW, "snapshot", "crm"),
    }
    assert report.deals.history == 4
    assert Opportunity.objects.values_list("stage_since", "owner_id").get() == (NOW, maya.id)


def test_a_source_that_exports_its_own_history_is_not_told_twice() -> None:
    crm = source()
    told = tell(Entity.OPPORTUNITY, None, crm, at=EARLIER, name="Deal", stage="Proposal", amount="100")
    assemble()
    deal = Opportunity.objects.get()
    OpportunityChange.objects.create(
        opportunity=deal, field="stage", old="New", new="Proposal", at=EARLIER, origin="field_history", source=crm
    )
    told.refresh_from_db()
    told.data |= {"stage": "Negotiation", "amount": "90"}
    told.is_dirty = True
    told.save()
    assemble()
    assert list(OpportunityChange.objects.filter(origin="snapshot").values_list("field", flat=True)) == ["amount"]


def test_an_owner_who_comes_later_finds_what_is_theirs() -> None:
    tell(Entity.ACCOUNT, 1, source(), name="Alpine", owner_email="maya@us.example")
    assemble()
    assert Account.objects.get().owner is None
    maya = Person.objects.create(email="maya@us.example", name="Maya Lind", role="seller")
    assemble()
    assert Account.objects.get().owner == maya


def test_rows_that_no_source_tells_of_go_unless_something_points_at_them() -> None:
    crm = source()
    gone, kept = (tell(Entity.ACCOUNT, pk, crm, key=f"a{pk}", name=f"Company {pk}") for pk in (1, 2))
    moved = tell(Entity.CONTACT, 1, crm, first_name="Ann", account_key="a1")
    assemble()
    Activity.objects.create(source=crm, key="t", kind="call", at=NOW, account_id=2, row_hash="")
    SourceRecord.objects.filter(id__in=(gone.id, kept.id)).update(golden_id=3, is_dirty=True)
    report = assemble()
    assert set(Account.objects.values_list("id", flat=True)) == {2, 3}
    assert report.accounts.retired == 1
    assert Contact.objects.get(id=moved.golden_id).account_id == 3


def test_merging_and_taking_apart_again_restores_every_row() -> None:
    crm, vendor = source(), source("vendor", SourceKind.VENDOR)
    tell(Entity.ACCOUNT, 1, crm, key="a", name="Alpine", domain="alpine.at")
    other = tell(Entity.ACCOUNT, 2, vendor, key="b", name="Alpine AG", employees=5, domain="alpine.com")
    tell(Entity.CONTACT, 1, vendor, first_name="Ann", account_key="b")
    tell(Entity.OPPORTUNITY, None, vendor, name="Deal", stage="New", account_key="b")
    assemble()
    before = everything()
    SourceRecord.objects.filter(id=other.id).update(golden_id=1)
    Account.objects.filter(id=2).update(merged_into=1)
    assembling.assemble_ids(Entity.ACCOUNT, [1, 2], now=NOW)
    merged = Account.objects.get(id=1)
    assert (merged.source_count, merged.employees, merged.domains.count()) == (2, 5, 2)
    assert (Contact.objects.get().account_id, Opportunity.objects.get().account_id) == (1, 1)
    assert not AccountDomain.objects.filter(account_id=2).exists()
    SourceRecord.objects.filter(id=other.id).update(golden_id=2)
    Account.objects.filter(id=2).update(merged_into=None)
    assembling.assemble_ids(Entity.ACCOUNT, [1, 2], now=NOW)
    assert everything() == before


def test_a_rule_of_revops_wins_over_the_default() -> None:
    crm, vendor = source(), source("vendor", SourceKind.VENDOR)
    SurvivorshipRule.objects.create(
        entity="account", field="industry", strategies=["correction", "source_rank"], source_rank=["vendor"]
    )
    tell(Entity.ACCOUNT, 1, crm, name="Alpine", industry="Tools")
    tell(Entity.ACCOUNT, 1, vendor, name="Alpine Inc", industry="Manufacturing")
    assemble()
    assert Account.objects.values_list("name", "industry").get() == ("Alpine", "Manufacturing")


def test_search_finds_the_golden_name_and_forgets_the_old_one() -> None:
    told = tell(Entity.ACCOUNT, 1, source(), name="Alpine Tools")
    assemble()
    assert [hit.title for hit in search(SHELL, "alpine")] == ["Alpine Tools"]
    told.data, told.is_dirty = {"name": "Borealis"}, True
    told.save()
    assemble()
    assert [hit.title for hit in search(SHELL, "borealis")] == ["Borealis"]
    assert search(SHELL, "alpine") == []


def test_more_records_do_not_mean_more_statements() -> None:
    def statements(first: int, how_many: int) -> int:
        for pk in range(first, first + how_many):
            tell(Entity.ACCOUNT, pk, source(), key=f"a{pk}", name=f"Company {pk}", domain=f"c{pk}.example")
            tell(Entity.CONTACT, pk, source(), first_name="Ann", account_key=f"a{pk}", email=f"ann@c{pk}.example")
            tell(Entity.OPPORTUNITY, None, source(), name=f"Deal {pk}", stage="New", account_key=f"a{pk}")
        with CaptureQueriesContext(connection) as captured:
            assemble()
        return len(captured)

    assemble()
    statements(1, 2)
    assert abs(statements(10, 2) - statements(100, 40)) <= 2


def test_a_person_without_the_right_may_not_start_it() -> None:
    tell(Entity.ACCOUNT, 1, source(), name="Alpine")
    seller = Actor(kind=ActorKind.PERSON, id=1, name="Maya", role="seller")
    with pytest.raises(NotAllowed):
        assembling.assemble(actor=seller, now=NOW)
    assert not Account.objects.exists()
