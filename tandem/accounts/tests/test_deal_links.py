"""Mail, meetings and messages hang on a deal only where one deal alone can be meant; the rule is kept with them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.accounts.actions.facts import FACT_LOADERS, FactBatch
from tandem.accounts.actions.facts.deal_links import LINKED_BY
from tandem.accounts.actions.facts.relinking import relink_activities
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.models import (
    Account,
    Activity,
    Contact,
    ContactPoint,
    Load,
    Opportunity,
    OpportunityContact,
    SourceRecord,
)
from tandem.accounts.tests.telling import NOW, SHELL, source, tell

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def at(day: int) -> datetime:
    return datetime(2026, 10, day, 12, tzinfo=UTC)


@pytest.fixture
def ada() -> Contact:
    times = {"created_at": NOW, "updated_at": NOW}
    account = Account.objects.create(name="Ulmer Pumpen", **times)
    contact = Contact.objects.create(name="Ada Vogel", account=account, **times)
    ContactPoint.objects.create(contact=contact, kind="email", value="ada@ulmerpumpen.de", source=source())
    return contact


def deal(account: Account | None, opened: int, closed: int | None = None, *, now: datetime = NOW) -> Opportunity:
    return Opportunity.objects.create(
        name="Pumps", account=account, stage="Proposal", created_at=now, updated_at=now,
        opened_on=date(2026, 10, opened), is_closed=closed is not None,
        closed_on=None if closed is None else date(2026, 10, closed),
    )  # fmt: skip


def load(entity: Entity, *rows: dict[str, Any], kind: SourceKind = SourceKind.MAIL) -> None:
    of = source(kind.value, kind)
    file: dict[str, Any] = {"file_name": "x", "file_sha256": "x", "defaults": {"started_at": NOW}}
    started, _ = Load.objects.get_or_create(source=of, entity=entity, **file)
    typed = pd.DataFrame(list(rows), index=pd.RangeIndex(1, len(rows) + 1), dtype=object)
    FACT_LOADERS[entity](FactBatch(load_id=started.id, source=of, typed=typed, now=NOW, actor=SHELL))


def mail(key: str, day: int, **more: Any) -> dict[str, Any]:
    people = [{"address": "ada@ulmerpumpen.de", "role": "from"}, {"address": "maya@ours.example", "role": "to"}]
    return {"key": key, "kind": "email", "at": at(day), "participants": people, **more}


def link_of(key: str) -> tuple[int | None, str | None]:
    row = Activity.objects.get(key=key)
    return row.opportunity_id, row.details.get(LINKED_BY)


def test_the_only_deal_open_that_day_is_meant_from_its_first_to_its_last_day(ada: Contact) -> None:
    only = deal(ada.account, 5, 20)
    load(Entity.ACTIVITY, *(mail(str(day), day) for day in (4, 5, 20, 21)))
    linked = (only.id, "only_open_deal")
    assert [link_of(key) for key in ("4", "5", "20", "21")] == [(None, None), linked, linked, (None, None)]
    only.refresh_from_db()
    assert only.last_activity_at == at(20)


def test_of_several_open_deals_the_one_that_names_a_participant_is_meant(ada: Contact) -> None:
    one, other = deal(ada.account, 1), deal(ada.account, 1)
    load(Entity.ACTIVITY, mail("m", 9))
    assert link_of("m") == (None, None)
    tell(Entity.OPPORTUNITY, one.id, source(), key="D1")
    tell(Entity.CONTACT, ada.id, source(), key="C1")
    load(Entity.OPPORTUNITY_CONTACT, {"opportunity_key": "D1", "contact_key": "C1"}, kind=SourceKind.CRM)
    assert link_of("m") == (one.id, "named_person")
    OpportunityContact.objects.create(opportunity=other, contact=ada)
    load(Entity.ACTIVITY, mail("n", 9))
    assert link_of("n") == (None, None)


def test_where_the_account_has_no_open_deal_the_one_that_names_a_participant_is_meant(ada: Contact) -> None:
    elsewhere = deal(None, 1)
    OpportunityContact.objects.create(opportunity=elsewhere, contact=ada)
    load(Entity.ACTIVITY, mail("m", 9))
    assert link_of("m") == (elsewhere.id, "named_person")


def test_what_a_source_tells_is_not_guessed_at(ada: Contact) -> None:
    only = deal(ada.account, 1)
    tell(Entity.OPPORTUNITY, only.id, source("mail", SourceKind.MAIL), key="D1")
    load(Entity.ACTIVITY, mail("told", 9, opportunity_key="D1"), mail("unknown", 9, opportunity_key="D404"))
    assert (link_of("told"), link_of("unknown")) == ((only.id, None), (None, None))
    deal(ada.account, 1, now=LATER)
    relink_activities(now=LATER)
    assert (link_of("told"), link_of("unknown")) == ((only.id, None), (None, None))


def test_a_source_that_names_organisation_and_deal_by_name_alone_is_understood_where_one_alone_is_called_so(
    ada: Contact,
) -> None:
    crm, other = source(), source("crm2", SourceKind.CRM)
    only, twin, second = (deal(ada.account, 1) for _ in range(3))
    tell(Entity.ACCOUNT, ada.account_id, crm, name="Ulmer Pumpen")
    tell(Entity.OPPORTUNITY, only.id, crm, name="Pumps 2027")
    tell(Entity.OPPORTUNITY, only.id, other, name="Elsewhere")
    for pk in (twin.id, second.id):
        tell(Entity.OPPORTUNITY, pk, crm, name="Twice")
    names = ("Pumps 2027", "Twice", "Elsewhere", "Later")
    rows = [
        {"key": name, "kind": "call", "at": at(9), "details": {"organization": "Ulmer Pumpen", "deal": name}}
        for name in names
    ]
    load(Entity.ACTIVITY, *rows, kind=SourceKind.CRM)
    assert [link_of(name)[0] for name in names] == [only.id, None, None, None]
    assert set(Activity.objects.values_list("account_id", flat=True)) == {ada.account_id}
    tell(Entity.OPPORTUNITY, second.id, crm, name="Later")
    assert relink_activities(now=LATER) == 1
    assert link_of("Later") == (second.id, None)


def test_links_follow_the_deals_as_they_become_known_and_only_changed_accounts_are_looked_at(ada: Contact) -> None:
    load(Entity.ACTIVITY, mail("m", 9))
    assert (relink_activities(now=NOW), link_of("m")) == (0, (None, None))
    only = deal(ada.account, 1, now=LATER)
    assert (relink_activities(now=LATER), link_of("m")) == (1, (only.id, "only_open_deal"))
    second = deal(ada.account, 1, now=LATER + timedelta(hours=1))
    assert (relink_activities(now=LATER + timedelta(hours=2)), link_of("m")) == (1, (None, None))
    Opportunity.objects.filter(id=second.id).update(account=None, updated_at=LATER + timedelta(hours=3))
    Opportunity.objects.filter(id=only.id).update(updated_at=LATER + timedelta(hours=3))
    assert (relink_activities(now=LATER + timedelta(hours=4)), link_of("m")) == (1, (only.id, "only_open_deal"))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert relink_activities(now=LATER + timedelta(hours=5)) == 0
    assert not any('FROM "accounts_activityparticipant"' in query["sql"] for query in asked)


def test_a_deal_that_moves_to_another_account_takes_its_rule_made_links_off_the_first(ada: Contact) -> None:
    only = deal(ada.account, 1)
    load(Entity.ACTIVITY, mail("m", 9))
    other = Account.objects.create(name="Other", created_at=NOW, updated_at=NOW)
    Opportunity.objects.filter(id=only.id).update(account=other, updated_at=LATER)
    relink_activities(now=LATER)
    assert link_of("m") == (None, None)


def test_many_activities_take_as_many_statements_as_one(ada: Contact) -> None:
    deal(ada.account, 1)
    load(Entity.ACTIVITY, mail("a", 9))
    with CaptureQueriesContext(connection) as few:
        load(Entity.ACTIVITY, mail("b", 9))
    with CaptureQueriesContext(connection) as many:
        load(Entity.ACTIVITY, *(mail(f"c{n}", 9) for n in range(50)))
    assert len(many) == len(few)
    assert SourceRecord.objects.count() == 0
