"""A deletion empties every store, is proved by a look, waits for a legal hold, and goes on after a crash."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tandem.compliance import queries
from tandem.compliance.actions import carrying_out
from tandem.compliance.actions.holds import lift_hold, set_hold
from tandem.compliance.actions.suppression import suppress
from tandem.compliance.contracts import Channel, SuppressionEntry, SuppressionReason
from tandem.compliance.contracts.requests import HoldScope, RequestKind, RequestState
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.models import (
    Consent,
    LedgerEntry,
    RequestWork,
    RightsRequest,
    Suppression,
)
from tandem.compliance.queries import rights as reads
from tandem.compliance.queries.rights import RequestFilters
from tandem.compliance.tests.rights_desk import (
    ANN,
    BY,
    NOW,
    Shelf,
    agree,
    carried_out,
    checked,
    deeds,
    state_of,
)
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput
from tandem.core.jobs import run_worker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rights_folder")]


# --- deletion ---


def test_a_deletion_empties_every_store_leaves_the_hash_and_is_proved_by_a_look(cleo: Actor, shelf: Shelf) -> None:
    agree()
    row = carried_out(RequestKind.DELETION, cleo, note="Please delete me, Ann Lee")
    assert row.state == "done"
    assert shelf.things == {}
    assert (Consent.objects.count(), row.person, row.note) == (0, {}, "")
    entry = queries.is_suppressed(["ann@acme.example"], Channel.EMAIL)
    assert entry is not None
    assert entry.reason is SuppressionReason.ERASED
    assert set(Suppression.objects.values_list("address", "subject")) == {("", "")}
    assert (row.outcome["crawl"]["unexpected"], row.outcome["crawl"]["places"]) == (0, 7)
    counts = {work.store: work.count for work in reads.work_of(row.id)}
    assert (counts["shelf"], counts["crawl"]) == (3, 7)
    assert reads.list_requests(cleo, RequestFilters(text="ann@acme.example", over=True), now=NOW)[0].told == "hash only"
    assert not LedgerEntry.objects.filter(facts__icontains="acme").exists()


def test_a_store_that_fails_keeps_the_others_from_nothing_and_is_done_again(cleo: Actor, shelf: Shelf) -> None:
    agree()
    shelf.breaks = 1
    row = carried_out(RequestKind.DELETION, cleo)
    states = {work.store: work.state for work in reads.work_of(row.id)}
    assert (row.state, states["shelf"], states["compliance.registries"]) == ("in_work", "failed", "done")
    # The desk still knows whom the shelf has to erase, and the look found what is left.
    assert states["compliance.requests"] == "failed"
    assert row.person["emails"] == ["ann@acme.example"]
    carrying_out.again(row.id, actor=cleo, now=NOW)
    run_worker(once=True)
    assert (state_of(row.id), shelf.things) == ("done", {})
    with pytest.raises(Conflict):
        carrying_out.again(row.id, actor=cleo, now=NOW)


def test_a_worker_that_dies_in_the_middle_goes_on_where_it_stood(
    cleo: Actor, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = checked(RequestKind.DELETION, cleo)
    carrying_out.begin(number, actor=cleo, now=NOW)
    whole = carrying_out._do

    def dies(row: Any, work: RequestWork, *rest: Any) -> None:
        if work.store == "compliance.requests":
            raise KeyboardInterrupt
        whole(row, work, *rest)

    monkeypatch.setattr(carrying_out, "_do", dies)
    with pytest.raises(KeyboardInterrupt):
        carrying_out.carry_out(number, now=NOW)
    assert (state_of(number), len(shelf.erased_for)) == ("in_work", 1)
    monkeypatch.setattr(carrying_out, "_do", whole)
    assert carrying_out.carry_out(number, now=NOW) is RequestState.DONE
    assert len(shelf.erased_for) == 1


def test_what_the_look_still_finds_keeps_the_request_open_until_it_is_gone(cleo: Actor, shelf: Shelf) -> None:
    shelf.things["+442079460958"] = []
    keep = shelf.erase
    shelf.erase = lambda *a, **k: 0  # type: ignore[method-assign]
    row = carried_out(RequestKind.DELETION, cleo)
    assert (row.state, row.outcome["crawl"]["unexpected"]) == ("in_work", 2)
    assert row.outcome["crawl"]["findings"][0] == {
        "place": "shelf", "what": "mail address", "where": "card", "is_expected": False,
    }  # fmt: skip
    shelf.erase = keep  # type: ignore[method-assign]
    carrying_out.again(row.id, actor=cleo, now=NOW)
    run_worker(once=True)
    assert "address is gone" in next(work.told for work in reads.work_of(row.id) if work.deed == "crawl")
    with pytest.raises(InvalidInput, match="not made with this address"):
        carrying_out.prove_again(row.id, PersonKeys(emails=("bob@acme.example",)), actor=cleo, now=NOW)
    assert carrying_out.prove_again(row.id, ANN, actor=cleo, now=NOW) is RequestState.DONE
    assert shelf.things == {"+442079460958": []} or shelf.things == {}
    assert RightsRequest.objects.get(id=row.id).person == {}


def test_a_deletion_can_be_proved_once_more_after_a_backup_came_back(cleo: Actor, shelf: Shelf) -> None:
    row = carried_out(RequestKind.DELETION, cleo)
    shelf.things["ann@acme.example"] = ["card"]
    assert carrying_out.prove_again(row.id, ANN, actor=cleo, now=NOW) is RequestState.DONE
    assert shelf.things == {}
    assert deeds(row.id)[-1] == "request_proved"


# --- legal hold ---


@pytest.mark.parametrize(
    ("scope", "whom"),
    [(HoldScope.PERSON, "Ann@acme.example"), (HoldScope.PERSON, "contact:12"), (HoldScope.EVERYTHING, "")],
)
def test_a_legal_hold_wins_over_a_deletion_but_contact_ends_at_once(
    scope: HoldScope, whom: str, cleo: Actor, shelf: Shelf
) -> None:
    hold = set_hold(scope, whom=whom, name="Matter 7", reason="Court", starts_on=NOW.date(), actor=cleo, now=NOW)
    row = carried_out(RequestKind.DELETION, cleo)
    assert (row.state, row.held_by_id) == ("held", hold)
    assert shelf.things["ann@acme.example"] == ["card", "photo"]
    assert queries.is_suppressed(["ann@acme.example"], Channel.EMAIL) is not None
    assert carrying_out.release_held(now=NOW) == 0
    assert lift_hold(hold, reason="Settled", actor=cleo, now=NOW) == 1
    run_worker(once=True)
    assert (state_of(row.id), shelf.things) == ("done", {})


def test_a_hold_that_ends_by_its_day_lets_the_deletion_go_on_in_the_night(cleo: Actor, shelf: Shelf) -> None:
    set_hold(
        HoldScope.EVERYTHING, name="Audit", reason="Tax", starts_on=NOW.date(), ends_on=date(2026, 11, 30), actor=cleo,
        now=NOW,
    )  # fmt: skip
    row = carried_out(RequestKind.DELETION, cleo)
    assert carrying_out.release_held(now=datetime(2026, 11, 30, 12, tzinfo=UTC)) == 0
    assert carrying_out.release_held(now=datetime(2026, 12, 1, 12, tzinfo=UTC)) == 1
    run_worker(once=True)
    assert state_of(row.id) == "done"


def test_somebody_already_suppressed_is_erased_all_the_same(cleo: Actor, shelf: Shelf) -> None:
    suppress(SuppressionEntry(address="ann@acme.example", reason=SuppressionReason.UNSUBSCRIBE), source="link", **BY)
    assert carried_out(RequestKind.DELETION, cleo).state == "done"
    assert not Suppression.objects.exclude(address="").exists()
