"""Facts land once, find whom they are about, and are refused with a reason when nobody knows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tandem.access.models import Person, Team
from tandem.accounts import warehouse
from tandem.accounts.actions.facts import FACT_LOADERS, FactBatch, FactResult
from tandem.accounts.actions.facts.calls import last_day, period_months
from tandem.accounts.actions.facts.relinking import relink_activities
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.job_titles import read_role
from tandem.accounts.models import (
    Account,
    AccountDomain,
    AccountName,
    Activity,
    ActivityParticipant,
    Competitor,
    Contact,
    ContactPoint,
    Load,
    Opportunity,
    OpportunityChange,
    OpportunityContact,
    OpportunityProduct,
    OpportunitySnapshot,
    Product,
    Quota,
    Renewal,
    SellerCall,
    Source,
    SourceRecord,
)
from tandem.core.actors import built_in_agent
from tandem.core.models import ExchangeRate

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
IMPORTER = built_in_agent("importer", "importer")
pytestmark = pytest.mark.django_db


@dataclass
class World:
    """One account with a contact and a deal, known to the CRM by A1, C1 and D1."""

    crm: Source
    mail: Source
    account: Account
    contact: Contact
    deal: Opportunity
    seller: Person
    load_id: int

    def load(self, entity: Entity, *rows: dict[str, Any], source: Source | None = None) -> FactResult:
        """Hand rows to the entity's loader as landing does."""
        typed = pd.DataFrame(list(rows), index=pd.RangeIndex(1, len(rows) + 1), dtype=object)
        typed = typed.where(typed.notna(), None)
        batch = FactBatch(load_id=self.load_id, source=source or self.crm, typed=typed, now=NOW, actor=IMPORTER)
        return FACT_LOADERS[entity](batch)


@pytest.fixture
def world() -> World:
    crm, mail = (Source.objects.create(key=key, name=key, kind=key, created_at=NOW) for key in ("crm", "mail"))
    times = {"created_at": NOW, "updated_at": NOW}
    account = Account.objects.create(name="Ulmer Pumpen GmbH", domain="ulmerpumpen.de", **times)
    AccountDomain.objects.create(account=account, domain="ulmerpumpen.de", source=crm)
    contact = Contact.objects.create(name="Ada Vogel", account=account, email="ada@ulmerpumpen.de", **times)
    ContactPoint.objects.create(contact=contact, kind="email", value="ada@ulmerpumpen.de", source=crm)
    deal = Opportunity.objects.create(name="Pumps 2027", account=account, stage="Proposal", **times)
    for entity, key, golden in (("account", "A1", account), ("contact", "C1", contact), ("opportunity", "D1", deal)):
        record(crm, entity, key, golden.id)
    seller = Person.objects.create(email="maya@ours.example", name="Maya Okafor")
    Person.objects.create(email="lena@ours.example", name="Lena Brandt")
    load = Load.objects.create(source=crm, entity="activity", file_name="x", file_sha256="x", started_at=NOW)
    return World(crm, mail, account, contact, deal, seller, load.id)


def record(source: Source, entity: str, key: str, golden_id: int | None) -> SourceRecord:
    return SourceRecord.objects.create(
        source=source, entity=entity, key=key, data={}, row_hash="", observed_at=NOW, golden_id=golden_id
    )


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=UTC)


def changes_of(deal: Opportunity) -> list[tuple[str, str | None, str | None, datetime]]:
    return list(deal.changes.order_by("at", "field").values_list("field", "old", "new", "at"))


SAME_TWICE: list[tuple[Entity, dict[str, Any]]] = [
    (Entity.PERSON, {"key": "U1", "name": "Noor Haddad", "email": "noor@ours.example", "role": "SDR"}),
    (Entity.PRODUCT, {"key": "P1", "name": "Pump X", "list_price": Decimal("12.5"), "currency": "EUR"}),
    (Entity.COMPETITOR, {"name": "Flowmark", "domain": "flowmark.example", "aliases": "FM; Flow Mark"}),
    (Entity.OPPORTUNITY_CHANGE, {"opportunity_key": "D1", "field": "StageName", "old": "A", "new": "B", "at": at(1)}),
    (Entity.OPPORTUNITY_SNAPSHOT, {"key": "H1", "opportunity_key": "D1", "at": at(1), "stage": "A"}),
    (Entity.OPPORTUNITY_CONTACT, {"opportunity_key": "D1", "contact_key": "C1", "role": "Champion", "is_primary": True}),
    (Entity.OPPORTUNITY_PRODUCT, {"key": "L1", "opportunity_key": "D1", "product_name": "Pump X", "amount": Decimal(7)}),
    (Entity.ACTIVITY, {"key": "T1", "kind": "Call", "at": at(2), "subject": "Hello", "account_key": "A1"}),
    (
        Entity.SELLER_CALL,
        {"key": "S1", "person_email": "maya@ours.example", "period_starts_on": date(2026, 10, 1), "kind": "Commit",
         "amount": Decimal(100), "currency": "EUR", "at": at(3)},
    ),
    (Entity.QUOTA, {"person_name": "Maya Okafor", "starts_on": date(2026, 10, 1), "amount": Decimal(9), "currency": "EUR"}),
    (Entity.RENEWAL, {"key": "R1", "account_key": "A1", "ends_on": date(2027, 1, 31), "amount": Decimal(5)}),
    (Entity.EXCHANGE_RATE, {"base": "EUR", "quote": "USD", "on": date(2026, 10, 1), "rate": Decimal("1.1")}),
]  # fmt: skip


@pytest.mark.parametrize(("entity", "row"), SAME_TWICE, ids=[entity.value for entity, _ in SAME_TWICE])
def test_the_same_row_again_changes_nothing(world: World, entity: Entity, row: dict[str, Any]) -> None:
    first, second = world.load(entity, row), world.load(entity, row)
    assert (first.landed, first.unchanged, first.refused) == (1, 0, [])
    assert (second.landed, second.unchanged, second.refused) == (0, 1, [])


@pytest.mark.parametrize(("entity", "row"), SAME_TWICE, ids=[entity.value for entity, _ in SAME_TWICE])
def test_a_row_twice_in_one_file_lands_once(world: World, entity: Entity, row: dict[str, Any]) -> None:
    result = world.load(entity, row, row)
    assert (result.landed, result.unchanged, result.refused) == (1, 1, [])


@pytest.mark.parametrize(
    "entity",
    [Entity.OPPORTUNITY_CHANGE, Entity.OPPORTUNITY_SNAPSHOT, Entity.OPPORTUNITY_CONTACT, Entity.OPPORTUNITY_PRODUCT],
)
def test_a_row_whose_deal_nobody_knows_is_refused(world: World, entity: Entity) -> None:
    row = next(row for of, row in SAME_TWICE if of is entity)
    result = world.load(entity, row | {"opportunity_key": "D404"})
    assert (result.landed, result.unchanged) == (0, 0)
    assert [(one.row_number, one.field, one.value) for one in result.refused] == [(1, "opportunity_key", "D404")]
    tables = (OpportunityChange, OpportunitySnapshot, OpportunityContact, OpportunityProduct)
    assert [table.objects.count() for table in tables] == [0, 0, 0, 0]


def test_a_key_counts_in_its_own_source_first_and_elsewhere_only_when_it_means_one_thing(world: World) -> None:
    other = Opportunity.objects.create(name="Other", stage="A", created_at=NOW, updated_at=NOW)
    row = {"opportunity_key": "D1", "field": "Amount", "new": "5", "at": at(1)}
    record(world.mail, "opportunity", "D1", other.id)
    world.load(Entity.OPPORTUNITY_CHANGE, row)
    assert (world.deal.changes.count(), other.changes.count()) == (1, 0)
    third = Source.objects.create(key="third", name="third", kind="other", created_at=NOW)
    assert world.load(Entity.OPPORTUNITY_CHANGE, row, source=third).refused[0].value == "D1"


def test_people_come_with_their_managers_teams_and_roles(world: World) -> None:
    rows = [
        {"key": "U2", "name": "Nina Roth", "email": "nina@ours.example", "role": "Account Executive", "team": "DACH",
         "manager_key": "U9", "time_zone": "Europe/Berlin"},
        {"key": "U9", "name": "Otto Lang", "email": "otto@ours.example", "team": "DACH", "manager_name": "Boss Unlisted"},
        {"key": "U3", "name": "Gone Girl", "email": "gone@ours.example", "time_zone": "Mars/Base", "ends_on": date(2026, 1, 31)},
    ]  # fmt: skip
    result = world.load(Entity.PERSON, *rows)
    nina, otto, boss, gone = (
        Person.objects.get(name=name) for name in ("Nina Roth", "Otto Lang", "Boss Unlisted", "Gone Girl")
    )
    assert result.landed == 3
    assert (nina.role, nina.reports_to, nina.time_zone, nina.team) == (
        "seller",
        otto,
        "Europe/Berlin",
        Team.objects.get(),
    )
    assert (otto.role, otto.reports_to, boss.role) == ("manager", boss, "manager")
    assert (gone.is_active, gone.time_zone) == (False, "UTC")
    assert SourceRecord.objects.get(entity="person", key="U2").golden_id == nina.id
    assert world.load(Entity.PERSON, *rows).unchanged == 3


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("Account Executive", "seller"), ("Enterprise Account Manager", "seller"), ("SDR Manager", "manager"),
        ("Sales Development Representative", "sdr"), ("VP Sales", "executive"), ("CRO", "executive"),
        ("Sales Operations Analyst", "revops"), ("Data Protection Officer", "compliance"), ("Head of Sales", "manager"),
        ("revops", "revops"), ("", None), ("Gardener", None),
    ],
)  # fmt: skip
def test_titles_mean_roles(title: str, role: str | None) -> None:
    assert read_role(title) == role


def test_a_line_with_an_unlisted_product_keeps_it_as_such_until_a_file_lists_it(world: World) -> None:
    world.load(Entity.PRODUCT, {"name": "GTX Pro"})
    world.load(
        Entity.OPPORTUNITY_PRODUCT,
        {"opportunity_key": "D1", "product_name": "gtx pro", "quantity": Decimal(2), "amount": Decimal(9)},
    )
    world.load(Entity.OPPORTUNITY_PRODUCT, {"opportunity_key": "D1", "product_name": "GTXPro"})
    assert list(Product.objects.order_by("id").values_list("name", "is_listed")) == [
        ("GTX Pro", True),
        ("GTXPro", False),
    ]
    line = OpportunityProduct.objects.get(product__name="GTX Pro")
    assert (line.quantity, line.unit_price, line.amount) == (Decimal(2), Decimal("4.50"), Decimal(9))
    world.load(Entity.PRODUCT, {"name": "GTXPro"})
    assert list(Product.objects.order_by("id").values_list("name", "is_listed")) == [
        ("GTX Pro", True),
        ("GTXPro", True),
    ]


def test_field_history_is_kept_in_our_words(world: World) -> None:
    record(world.crm, "person", "005A", world.seller.id)
    rows = [
        {"opportunity_key": "D1", "field": "created", "at": at(1)},
        {"opportunity_key": "D1", "field": "StageName", "old": "Prospecting", "new": "closedwon", "at": at(2)},
        {"opportunity_key": "D1", "field": "Amount", "old": None, "new": "12,000.50", "at": at(3)},
        {"opportunity_key": "D1", "field": "CloseDate", "old": "2026-12-31", "new": "2027-01-31", "at": at(3)},
        {"opportunity_key": "D1", "field": "Owner", "old": "Somebody Else", "new": "005A", "at": at(4)},
        {"opportunity_key": "D1", "field": "Probability", "old": "50", "new": None, "at": at(5)},
        {"opportunity_key": "D1", "field": "Mood__c", "old": "low", "new": "high", "at": at(6)},
    ]
    result = world.load(Entity.OPPORTUNITY_CHANGE, *rows)
    assert (result.landed, result.unchanged) == (6, 1)
    assert changes_of(world.deal) == [
        ("stage", "Prospecting", "Closed Won", at(2)),
        ("amount", None, "12000.5", at(3)),
        ("close_on", "2026-12-31", "2027-01-31", at(3)),
        ("owner", "Somebody Else", "Maya Okafor", at(4)),
        ("probability", "0.5", None, at(5)),
        ("Mood__c", "low", "high", at(6)),
    ]
    world.deal.refresh_from_db()
    assert world.deal.stage_since == at(2)


SNAPSHOTS = [
    {"key": "H1", "opportunity_key": "D1", "at": at(1), "stage": "A", "amount": Decimal(10)},
    {"key": "H2", "opportunity_key": "D1", "at": at(3), "stage": "B", "amount": Decimal("10.00")},
    {"key": "H3", "opportunity_key": "D1", "at": at(5), "stage": "A", "amount": None},
    {"key": "H4", "opportunity_key": "D1", "at": at(7), "stage": "A", "amount": Decimal(20)},
]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_snapshots_give_the_same_history_in_whatever_order_they_come(world: World, order: tuple[int, ...]) -> None:
    for place in order:
        world.load(Entity.OPPORTUNITY_SNAPSHOT, SNAPSHOTS[place])
    assert changes_of(world.deal) == [
        ("stage", "A", "B", at(3)),
        ("amount", "10", None, at(5)),
        ("stage", "B", "A", at(5)),
        ("amount", None, "20", at(7)),
    ]
    world.deal.refresh_from_db()
    assert world.deal.stage_since == at(5)


def test_a_snapshot_and_a_field_history_row_on_one_change_make_one_row(world: World) -> None:
    world.load(
        Entity.OPPORTUNITY_CHANGE, {"opportunity_key": "D1", "field": "Stage", "old": "A", "new": "B", "at": at(3)}
    )
    world.load(Entity.OPPORTUNITY_SNAPSHOT, *SNAPSHOTS[:2])
    assert list(world.deal.changes.values_list("origin", "new")) == [("field_history", "B")]


def test_activities_find_account_contact_and_deal_by_key_and_move_the_last_touch(world: World) -> None:
    record(world.crm, "person", "005A", world.seller.id)
    keyed = {"account_key": "A1", "contact_key": "C1", "opportunity_key": "D1", "owner_key": "005A"}
    world.load(
        Entity.ACTIVITY,
        {"key": "T1", "kind": "Call", "at": at(2), "duration_seconds": 90, **keyed},
        {"key": "T2", "kind": "Séance", "at": at(3), "details": {"place": "Ulm"}, **keyed},
        {"key": "T3", "kind": "Task", "at": NOW + timedelta(days=3), **keyed},
    )
    call, odd = Activity.objects.get(key="T1"), Activity.objects.get(key="T2")
    assert (call.kind, call.account, call.contact, call.opportunity) == (
        "call",
        world.account,
        world.contact,
        world.deal,
    )
    assert (call.owner, call.duration_seconds, call.loose) == (world.seller, 90, None)
    assert (odd.kind, odd.details) == ("task", {"place": "Ulm", "kind": "Séance"})
    for row in (world.account, world.contact, world.deal):
        row.refresh_from_db()
        assert row.last_activity_at == at(3)


MAIL = {
    "key": "<1@x>", "kind": "email", "at": at(4), "subject": "Re: pumps",
    "participants": [
        {"address": "Ada@Ulmerpumpen.de", "name": "Ada Vogel", "role": "from"},
        {"address": "maya@ours.example", "name": "Maya", "role": "to"},
        {"address": "new@ulmerpumpen.de", "name": "", "role": "cc"},
    ],
}  # fmt: skip


def test_mail_finds_contact_account_owner_and_direction_by_its_addresses(world: World) -> None:
    world.load(Entity.ACTIVITY, MAIL, source=world.mail)
    mail = Activity.objects.get()
    assert (mail.account, mail.contact, mail.owner, mail.is_inbound) == (
        world.account,
        world.contact,
        world.seller,
        True,
    )
    rows = ActivityParticipant.objects.order_by("address").values_list("address", "role", "contact_id", "person_id")
    assert list(rows) == [
        ("ada@ulmerpumpen.de", "from", world.contact.id, None),
        ("maya@ours.example", "to", None, world.seller.id),
        ("new@ulmerpumpen.de", "cc", None, None),
    ]


def test_mail_from_a_stranger_of_a_known_company_belongs_to_the_company(world: World) -> None:
    stranger = MAIL | {"participants": [{"address": "x@sales.ulmerpumpen.de", "role": "from"}]}
    world.load(Entity.ACTIVITY, stranger, source=world.mail)
    mail = Activity.objects.get()
    assert (mail.account, mail.contact, mail.loose) == (world.account, None, {"addresses": ["x@sales.ulmerpumpen.de"]})


def test_an_activity_without_a_known_account_lands_and_is_linked_when_the_account_comes(world: World) -> None:
    world.load(
        Entity.ACTIVITY, {"key": "T9", "kind": "Call", "at": at(5), "account_key": "A9", "opportunity_key": "D1"}
    )
    unknown = MAIL | {"participants": [{"address": "bo@later.example", "role": "to"}]}
    world.load(Entity.ACTIVITY, unknown, source=world.mail)
    assert relink_activities(now=NOW) == 0
    later = Account.objects.create(name="Later", created_at=NOW, updated_at=NOW)
    contact = Contact.objects.create(name="Bo", account=later, created_at=NOW, updated_at=NOW)
    ContactPoint.objects.create(contact=contact, kind="email", value="bo@later.example", source=world.mail)
    record(world.crm, "account", "A9", later.id)
    assert relink_activities(now=NOW) == 1
    call, mail = Activity.objects.get(key="T9"), Activity.objects.get(key="<1@x>")
    assert (call.account, call.opportunity) == (world.account, world.deal)  # the deal's account was known all along
    assert (mail.account, mail.contact, mail.loose) == (later, contact, None)
    assert ActivityParticipant.objects.get(address="bo@later.example").contact == contact
    contact.refresh_from_db()
    assert contact.last_activity_at == at(4)
    assert relink_activities(now=NOW) == 0


def test_a_changed_activity_is_written_anew_with_its_participants(world: World) -> None:
    world.load(Entity.ACTIVITY, MAIL, source=world.mail)
    fewer = MAIL | {"subject": "Re: pumps again", "participants": MAIL["participants"][:1]}  # type: ignore[index]
    assert world.load(Entity.ACTIVITY, fewer, source=world.mail).landed == 1
    assert (Activity.objects.get().subject, ActivityParticipant.objects.count()) == ("Re: pumps again", 1)


def test_a_key_without_a_golden_record_yet_is_left_loose(world: World) -> None:
    record(world.crm, "account", "A7", 4_711)  # resolved, not put together
    world.load(Entity.ACTIVITY, {"key": "T1", "kind": "Call", "at": at(2), "account_key": "A7"})
    assert (Activity.objects.get().account, Activity.objects.get().loose) == (None, {"account_key": "A7"})


def test_calls_of_other_categories_and_of_strangers_are_refused(world: World) -> None:
    call = next(row for entity, row in SAME_TWICE if entity is Entity.SELLER_CALL)
    result = world.load(
        Entity.SELLER_CALL, call | {"kind": "Omitted"}, call | {"person_email": "who@else.example"}, call
    )
    assert [(one.row_number, one.field) for one in result.refused] == [(1, "kind"), (2, "person_key")]
    assert list(SellerCall.objects.values_list("person__name", "kind", "amount")) == [
        ("Maya Okafor", "commit", Decimal(100))
    ]


def test_a_quota_without_an_end_lasts_as_long_as_the_file_s_periods(world: World) -> None:
    rows = [
        {
            "person_email": "maya@ours.example",
            "starts_on": date(2026, month, 1),
            "amount": Decimal(5),
            "currency": "EUR",
        }
        for month in (1, 2, 3)
    ]
    world.load(Entity.QUOTA, *rows)
    assert list(Quota.objects.order_by("starts_on").values_list("ends_on", flat=True)) == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31),
    ]  # fmt: skip


@given(some.dates(date(2000, 1, 1), date(2100, 1, 1)), some.sampled_from([1, 3, 6, 12]))
@settings(max_examples=50)
def test_a_period_ends_on_the_day_before_the_next_one_begins(first: date, months: int) -> None:
    first = first.replace(day=1)
    after = last_day(first, months) + timedelta(days=1)
    assert after.day == 1
    assert period_months([first, after]) == months


def test_lines_of_a_list_replace_the_one_that_the_deals_own_row_made(world: World) -> None:
    product = Product.objects.create(source=world.crm, key="p", name="Pump X")
    OpportunityProduct.objects.create(opportunity=world.deal, product=product, key="row")
    world.load(Entity.OPPORTUNITY_PRODUCT, {"key": "row", "opportunity_key": "D1", "product_name": "Pump X"})
    assert OpportunityProduct.objects.values_list("key", flat=True).get() == "row"
    line = {"key": "L1", "opportunity_key": "D1", "product_name": "Pump X", "amount": Decimal(7)}
    world.load(Entity.OPPORTUNITY_PRODUCT, line)
    assert OpportunityProduct.objects.values_list("key", "amount").get() == ("L1", Decimal(7))


def test_a_renewal_finds_its_account_by_name_and_is_refused_without_one(world: World) -> None:
    AccountName.objects.create(account=world.account, core="ulmer pumpen", source=world.crm)
    rows = [
        {"key": "R1", "account_name": "Ulmer Pumpen GmbH", "ends_on": date(2027, 1, 31)},
        {"key": "R2", "opportunity_key": "D1", "ends_on": date(2027, 1, 31)},
        {"key": "R3", "account_key": "A404", "ends_on": date(2027, 1, 31)},
    ]
    result = world.load(Entity.RENEWAL, *rows)
    assert list(Renewal.objects.order_by("key").values_list("key", "account_id")) == [
        ("R1", world.account.id), ("R2", world.account.id),
    ]  # fmt: skip
    assert [(one.row_number, one.value) for one in result.refused] == [(3, "A404")]


def test_a_competitor_keeps_its_first_spelling(world: World) -> None:
    world.load(Entity.COMPETITOR, {"name": "Flowmark"}, {"name": "FLOWMARK", "aliases": "FM"})
    assert list(Competitor.objects.values_list("name", "aliases")) == [("Flowmark", ["FM"])]


def test_a_rate_that_is_none_is_refused_and_the_others_land(world: World) -> None:
    good = {"base": "EUR", "quote": "USD", "on": date(2026, 10, 1), "rate": Decimal("1.1")}
    result = world.load(Entity.EXCHANGE_RATE, good | {"rate": Decimal(0)}, good)
    assert (result.landed, [one.row_number for one in result.refused]) == (1, [1])
    assert list(ExchangeRate.objects.values_list("base", "rate", "source")) == [("EUR", Decimal("1.1"), "crm")]


def test_signals_go_to_the_warehouse_and_count_once(world: World) -> None:
    row = {"kind": "page", "at": at(1), "account_domain": "ulmerpumpen.de", "payload": {"a": 1}}
    keyed = row | {"key": "E1", "strength": Decimal("0.4")}
    assert world.load(Entity.SIGNAL, keyed, row, keyed).landed == 3
    found = warehouse.account_signals(
        [world.load_id], domains=["ulmerpumpen.de"], since=at(1) - timedelta(days=1)
    ).to_pylist()
    assert sorted(one["strength"] for one in found) == [0.4, 1.0]
    assert json.loads(found[0]["payload"]) == {"a": 1}
    warehouse.drop_load(source="crm", entity="signal", load_id=world.load_id)


def test_every_entity_that_is_not_matched_has_a_loader() -> None:
    matched = {Entity.ACCOUNT, Entity.CONTACT, Entity.OPPORTUNITY}
    assert set(FACT_LOADERS) == set(Entity) - matched


@pytest.mark.parametrize(("entity", "row"), SAME_TWICE, ids=[entity.value for entity, _ in SAME_TWICE])
def test_many_rows_need_no_more_questions_than_few(
    world: World, entity: Entity, row: dict[str, Any], django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    if entity in (Entity.PERSON, Entity.EXCHANGE_RATE):
        pytest.skip("written one by one, each with its ledger entry: there are few of them")
    rows = [row | {"key": f"K{place}"} for place in range(300)]
    with django_assert_max_num_queries(60):
        result = world.load(entity, *rows)
    assert result.landed + result.unchanged == 300
