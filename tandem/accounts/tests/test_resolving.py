"""Source records get golden ids that stay, bound by what people decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tandem.access.models import Person
from tandem.accounts.actions import assembling, merging, resolving
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.models import (
    Account,
    Activity,
    Contact,
    ContactPoint,
    GoldenLink,
    MatchPair,
    MergeEvent,
    PairState,
    Source,
    SourceRecord,
    StoredReport,
)
from tandem.accounts.tests.telling import NOW, SHELL, source, tell
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound

LATER = NOW + timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def revops() -> Actor:
    person = Person.objects.create(email="rev@us.example", name="Rev", role="revops")
    return Actor(kind=ActorKind.PERSON, id=person.id, name=person.name, role="revops")


def run(entity: Entity = Entity.ACCOUNT, **more: Any) -> resolving.ResolveReport:
    report = resolving.resolve(entity, actor=SHELL, now=NOW, **more)
    assembling.assemble(actor=SHELL, now=NOW)
    return report


def company(of: Source, name: str, **more: Any) -> SourceRecord:
    return tell(Entity.ACCOUNT, None, of, name=name, **more)


def alpine(of: Source) -> SourceRecord:
    return company(of, "Alpine Tools GmbH", domain="alpine-tools.at", city="Wien", country="AT")


def golden(record: SourceRecord) -> int:
    record.refresh_from_db()
    assert record.golden_id is not None
    return record.golden_id


def state() -> list[Any]:
    return [
        list(SourceRecord.objects.order_by("id").values_list("id", "golden_id", "link", "match_probability")),
        list(MatchPair.objects.order_by("left", "right").values_list("left", "right", "state", "decided_by_id")),
        list(Account.objects.order_by("id").values_list("id", "name", "merged_into", "source_count")),
        list(Contact.objects.order_by("id").values_list("id", "name", "account", "merged_into")),
        list(Activity.objects.order_by("id").values_list("id", "account", "contact")),
        list(ContactPoint.objects.order_by("contact", "value", "source").values_list("contact", "value", "source")),
    ]


def waiting_pair(left: SourceRecord, right: SourceRecord) -> MatchPair:
    return MatchPair.objects.create(
        entity="account", left=min(left, right, key=lambda r: r.id), right=max(left, right, key=lambda r: r.id),
        probability=0.6, weights=[], state=PairState.REVIEW,
    )  # fmt: skip


def two_companies() -> tuple[SourceRecord, SourceRecord]:
    crm, vendor = source(), source("vendor", SourceKind.VENDOR)
    one = company(crm, "Alpine Tools", domain="alpine-tools.at", city="Wien", phone="+43 1 2345678")
    other = company(vendor, "Borealis Foods", domain="borealis.no", city="Oslo", phone="+47 22 334455")
    run()
    assert golden(one) != golden(other)
    return one, other


def test_records_of_one_company_share_a_golden_id_and_others_stand_alone() -> None:
    crm, vendor = source(), source("vendor", SourceKind.VENDOR)
    one, other, alone = alpine(crm), alpine(vendor), company(crm, "Borealis Foods", domain="borealis.no", city="Oslo")
    report = run()
    assert golden(one) == golden(other) != golden(alone)
    assert (one.link, alone.link, alone.match_probability) == (GoldenLink.AUTOMATIC, GoldenLink.ALONE, None)
    assert (report.records, report.golden, report.created) == (3, 2, 2)
    assert Account.objects.count() == 2


def test_the_evidence_of_a_pair_adds_up_to_its_probability() -> None:
    alpine(source())
    alpine(source("vendor"))
    run()
    pair = MatchPair.objects.get()
    bits = sum(part["weight"] for part in pair.weights)
    assert pair.state == PairState.AUTOMATIC
    assert 1 / (1 + 2**-bits) == pytest.approx(pair.probability, abs=1e-3)
    assert pair.weights[0]["comparison"] == "before looking"
    assert {"comparison": "domain", "left": "alpine-tools.at", "right": "alpine-tools.at"}.items() <= next(
        part for part in pair.weights if part["comparison"] == "domain"
    ).items()


def test_a_second_run_over_the_same_records_changes_nothing() -> None:
    crm, vendor = source(), source("vendor")
    for of in (crm, vendor):
        alpine(of)
    company(crm, "Borealis Foods", domain="borealis.no")
    run()
    before = state()
    assert run().scored == 0
    SourceRecord.objects.update(is_dirty=True)
    report = run()
    assert (report.scored, report.created, report.absorbed, report.moved) == (3, 0, 0, 0)
    assert state() == before


def test_new_records_are_scored_against_those_that_are_there() -> None:
    old = alpine(source())
    company(source(), "Borealis Foods", domain="borealis.no")
    run()
    before = golden(old)
    new, stranger = alpine(source("vendor")), company(source("vendor"), "Cumulus Freight", domain="cumulus.de")
    StoredReport.objects.filter(key="match-model-account").update(
        body={**StoredReport.objects.get(key="match-model-account").body, "records": 1000}
    )
    report = run()
    assert (report.scored, report.learned) == (2, False)
    assert golden(new) == golden(old) == before
    assert golden(stranger) not in (before, golden(SourceRecord.objects.get(data__name="Borealis Foods")))


def test_the_model_is_learned_anew_when_records_grew_by_half_or_on_request() -> None:
    for number in range(4):
        company(source(), f"Company {number}", domain=f"c{number}.example")
    assert run().learned
    company(source(), "Company 9", domain="c9.example")
    assert not run().learned
    assert run(learn_anew=True).learned
    for number in range(20, 25):
        company(source(), f"Company {number}", domain=f"c{number}.example")
    assert run().learned


def test_groups_that_come_together_keep_the_oldest_id_and_the_other_points_at_it() -> None:
    one, other = two_companies()
    kept, absorbed = golden(one), golden(other)
    touch = Activity.objects.create(source=source(), key="t", kind="call", at=NOW, account_id=absorbed, row_hash="")
    other.data, other.is_dirty = dict(one.data), True
    other.save()
    assert run().absorbed == 1
    touch.refresh_from_db()
    assert golden(other) == kept == touch.account_id
    assert Account.objects.get(id=absorbed).merged_into_id == kept
    event = MergeEvent.objects.get()
    assert (event.kept_id, event.absorbed_id, event.moved["activity"]) == (kept, absorbed, [touch.id])


def test_a_record_that_tells_of_something_else_now_leaves_and_the_id_stays_with_the_rest() -> None:
    records = [alpine(source(key)) for key in ("crm", "vendor", "list")]
    run()
    before = golden(records[0])
    records[0].data = {"name": "Cumulus Freight", "domain": "cumulus.de", "city": "Köln", "country": "DE"}
    records[0].is_dirty = True
    records[0].save()
    run()
    assert golden(records[1]) == golden(records[2]) == before
    assert golden(records[0]) != before
    assert Account.objects.get(id=golden(records[0])).name == "Cumulus Freight"


def test_what_a_person_kept_apart_is_never_put_together_again(revops: Actor) -> None:
    one, other = alpine(source()), alpine(source("vendor"))
    run()
    merging.keep_apart(MatchPair.objects.get().id, actor=revops, now=NOW)
    assert golden(one) != golden(other)
    SourceRecord.objects.update(is_dirty=True)
    run(learn_anew=True)
    alpine(source("third"))
    run()
    assert golden(one) != golden(other)
    assert MatchPair.objects.get(left=one, right=other).state == PairState.APART
    assert Account.objects.filter(merged_into=None).count() == 2


def test_what_a_person_merged_stays_together_however_little_it_looks_alike(revops: Actor) -> None:
    one, other = two_companies()
    merging.merge_by_hand(Entity.ACCOUNT, golden(one), golden(other), actor=revops, now=NOW)
    SourceRecord.objects.update(is_dirty=True)
    run(learn_anew=True)
    assert golden(one) == golden(other)
    assert one.link == GoldenLink.REVIEWED


def test_a_merge_and_its_undoing_restore_everything(revops: Actor) -> None:
    one, other = two_companies()
    tell(Entity.CONTACT, None, source("vendor"), first_name="Ann", last_name="Lee", account_name="Borealis Foods")
    run(Entity.CONTACT)
    for number, record in enumerate((one, other)):
        Activity.objects.create(
            source=source(), key=f"t{number}", kind="call", at=NOW, account_id=golden(record), row_hash=""
        )
    pair = waiting_pair(one, other)
    before = state()
    merged = merging.merge(pair.id, actor=revops, now=NOW)
    assert golden(one) == golden(other) == merged.kept_id
    assert set(Activity.objects.values_list("account_id", flat=True)) == {merged.kept_id}
    assert Contact.objects.get().account_id == merged.kept_id
    assert MatchPair.objects.get(id=pair.id).decided_by_id == revops.id
    assert merged.event_id is not None
    merging.undo(merged.event_id, actor=revops, now=LATER)
    assert state() == before


def test_undoing_moves_back_only_what_had_moved(revops: Actor) -> None:
    one, other = two_companies()
    pair = waiting_pair(one, other)
    merged = merging.merge(pair.id, actor=revops, now=NOW)
    later = Activity.objects.create(
        source=source(), key="later", kind="call", at=LATER, account_id=merged.kept_id, row_hash=""
    )
    merging.undo(merged.event_id or 0, actor=revops, now=LATER)
    later.refresh_from_db()
    assert later.account_id == merged.kept_id
    with pytest.raises(Conflict, match="undone already"):
        merging.undo(merged.event_id or 0, actor=revops, now=LATER)


def test_undoing_what_the_machine_put_together_keeps_it_apart(revops: Actor) -> None:
    one, other = two_companies()
    other.data, other.is_dirty = dict(one.data), True
    other.save()
    run()
    merging.undo(MergeEvent.objects.get().id, actor=revops, now=NOW)
    SourceRecord.objects.update(is_dirty=True)
    run()
    assert golden(one) != golden(other)


def test_a_merge_under_a_later_one_is_undone_only_after_it(revops: Actor) -> None:
    one, other = two_companies()
    third = company(source("list"), "Cumulus Freight", domain="cumulus.de", city="Köln")
    run()
    first = merging.merge_by_hand(Entity.ACCOUNT, golden(other), golden(third), actor=revops, now=NOW)
    second = merging.merge_by_hand(Entity.ACCOUNT, golden(one), golden(other), actor=revops, now=NOW)
    before = state()
    with pytest.raises(Conflict, match="later merge"):
        merging.undo(first.event_id or 0, actor=revops, now=LATER)
    assert state() == before
    merging.undo(second.event_id or 0, actor=revops, now=LATER)
    merging.undo(first.event_id or 0, actor=revops, now=LATER)
    assert len({golden(one), golden(other), golden(third)}) == 3


def test_a_source_record_can_be_split_off_for_good(revops: Actor) -> None:
    records = [alpine(source(key)) for key in ("crm", "vendor", "list")]
    run()
    split = merging.split_off(records[2].id, actor=revops, now=NOW)
    assert golden(records[0]) == golden(records[1]) == split.kept_id
    assert golden(records[2]) == split.other_id
    SourceRecord.objects.update(is_dirty=True)
    run(learn_anew=True)
    assert golden(records[2]) == split.other_id
    with pytest.raises(Conflict, match="alone already"):
        merging.split_off(records[2].id, actor=revops, now=NOW)


def test_who_said_apart_must_take_it_back_before_a_merge(revops: Actor) -> None:
    one, other = two_companies()
    pair = waiting_pair(one, other)
    merging.keep_apart(pair.id, actor=revops, now=NOW)
    before = state()
    with pytest.raises(Conflict):
        merging.merge(pair.id, actor=revops, now=NOW)
    with pytest.raises(Conflict, match="not the same"):
        merging.merge_by_hand(Entity.ACCOUNT, golden(one), golden(other), actor=revops, now=NOW)
    assert state() == before
    merging.reopen(pair.id, actor=revops, now=NOW)
    merging.merge(pair.id, actor=revops, now=NOW)
    assert golden(one) == golden(other)


def test_a_person_without_the_right_changes_nothing() -> None:
    one, other = two_companies()
    pair = waiting_pair(one, other)
    before = state()
    seller = Actor(kind=ActorKind.PERSON, id=1, name="Maya", role="seller")
    for refused in (
        lambda: merging.merge(pair.id, actor=seller, now=NOW),
        lambda: merging.keep_apart(pair.id, actor=seller, now=NOW),
        lambda: merging.undo(1, actor=seller, now=NOW),
        lambda: merging.split_off(one.id, actor=seller, now=NOW),
        lambda: merging.merge_by_hand(Entity.ACCOUNT, golden(one), golden(other), actor=seller, now=NOW),
        lambda: resolving.resolve(Entity.ACCOUNT, actor=seller, now=NOW),
        lambda: resolving.set_thresholds(Entity.ACCOUNT, automatic=0.9, review=0.5, actor=seller, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert state() == before


def test_what_is_not_there_is_said_so(revops: Actor) -> None:
    with pytest.raises(NotFound):
        merging.merge(1, actor=revops, now=NOW)
    with pytest.raises(NotFound):
        merging.undo(1, actor=revops, now=NOW)
    with pytest.raises(InvalidInput):
        merging.merge_by_hand(Entity.ACCOUNT, 1, 1, actor=revops, now=NOW)
    with pytest.raises(InvalidInput):
        resolving.resolve(Entity.OPPORTUNITY, actor=SHELL, now=NOW)


def test_thresholds_are_data(revops: Actor) -> None:
    alpine(source())
    alpine(source("vendor"))
    resolving.set_thresholds(Entity.ACCOUNT, automatic=0.99999, review=0.1, actor=revops, now=NOW)
    report = run()
    assert (report.golden, report.review) == (2, 1)
    with pytest.raises(InvalidInput):
        resolving.set_thresholds(Entity.ACCOUNT, automatic=0.2, review=0.5, actor=revops, now=NOW)


def test_contacts_of_one_person_meet_through_their_employer() -> None:
    crm, vendor = source(), source("vendor", SourceKind.VENDOR)
    for of in (crm, vendor):
        tell(Entity.ACCOUNT, None, of, key="a", name="Alpine Tools GmbH", domain="alpine-tools.at", city="Wien")
    people = [
        tell(Entity.CONTACT, None, of, first_name="Anna", last_name="Leitner", account_key="a", title="CFO")
        for of in (crm, vendor)
    ]
    colleague = tell(Entity.CONTACT, None, crm, first_name="Bruno", last_name="Haas", account_key="a", title="CTO")
    run()
    run(Entity.CONTACT)
    assert golden(people[0]) == golden(people[1]) != golden(colleague)
