"""The stop report: what left around a stop, told from the ledger's order, and honest when something was under way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tandem.accounts.models import Opportunity
from tandem.compliance.actions import append, gate
from tandem.compliance.actions import switches as actions
from tandem.compliance.actions.gate import NotCleared
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.gate import Clearance, ClearanceState, Permit
from tandem.compliance.contracts.switches import SwitchScope
from tandem.compliance.models import Clearance as ClearanceRow
from tandem.compliance.queries import switches as queries
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.errors import NotFound
from tests.company import Company
from tests.outbound import request, set_up_sender

WORKER = built_in_agent("worker", "worker")
PAULA = "paula.reyes@cascade-health.example"
SECOND = timedelta(seconds=1)


@pytest.fixture
def now() -> Iterator[datetime]:
    """An hour at which mail may go to all of the United States."""
    with clock.at(datetime(2026, 11, 24, 18, 30, tzinfo=UTC)) as moment:
        yield moment


@pytest.fixture
def paula(company: Company) -> str:
    set_up_sender()
    Opportunity.objects.filter(account=company.accounts["cascade"]).update(is_closed=True)
    return f"contact:{company.contacts['paula'].id}"


def clear(subject: str, number: int, now: datetime, campaign: str = "autumn") -> tuple[Clearance, bytes]:
    asked = request(PAULA, subject=subject, touch=f"enrollment:1:step:{number}", campaign=campaign)
    answer = gate.decide(asked, actor=WORKER, now=now)
    assert answer.clearance is not None, answer.decision.explanation
    return answer.clearance, asked.message


def claim(cleared: tuple[Clearance, bytes], now: datetime) -> Permit:
    return gate.claim(cleared[0], cleared[1], actor=WORKER, now=now)


def depart(permit: Permit, now: datetime) -> None:
    gate.depart(permit, outcome=ClearanceState.DEPARTED, reference="250 ok", actor=WORKER, now=now)


def test_what_was_under_way_is_told_with_its_delay_and_nothing_is_taken_after(
    paula: str, company: Company, now: datetime
) -> None:
    under_way = claim(clear(paula, 1, now), now - SECOND)
    pk = actions.throw(SwitchScope.GLOBAL, "", reason="Outage", actor=company.actor("maya"), now=now)
    report = queries.stop_report(pk, now=now)
    assert (report.under_way, report.late_count, report.holds) == (1, 0, False)
    depart(under_way, now + timedelta(milliseconds=400))
    blocked = gate.decide(request(PAULA, subject=paula, touch="enrollment:1:step:9"), actor=WORKER, now=now)
    assert blocked.outcome is Outcome.BLOCK
    report = queries.stop_report(pk, now=now)
    assert (report.claims_after, report.under_way, report.late_count, report.slowest_ms) == (0, 0, 1, 400.0)
    assert report.holds
    assert report.last_claim_at == now - SECOND
    assert report.last_claim_entry is not None
    assert report.last_claim_entry < report.entry < report.ledger_head
    assert report.asked_and_blocked == 1
    assert "400 ms after it" in report.sentence
    assert report.as_dict()["switch"]["reason"] == "Outage"


def test_what_stood_ready_is_refused_and_counted(paula: str, company: Company, now: datetime) -> None:
    ready = [clear(paula, number, now) for number in (1, 2, 3)]
    pk = actions.throw(SwitchScope.CAMPAIGN, "autumn", reason="Wrong text", actor=company.actor("maya"), now=now)
    for cleared in ready[:2]:
        with pytest.raises(NotCleared):
            claim(cleared, now + SECOND)
    report = queries.stop_report(pk, now=now)
    assert (report.refused, report.waiting, report.claims_after, report.late_count) == (2, 1, 0, 0)
    assert (report.last_claim_at, report.last_claim_entry, report.lifted_entry) == (None, None, None)
    assert report.sentence == "Nothing was taken for sending after the stop, and nothing left after it."


def test_a_narrow_stop_counts_only_what_it_covers(paula: str, company: Company, now: datetime) -> None:
    other = clear(paula, 1, now, campaign="winter")
    for scope, key in (
        (SwitchScope.CAMPAIGN, "autumn"),
        (SwitchScope.DOMAIN, "southwind.example"),
        (SwitchScope.CHANNEL, "sms"),
        (SwitchScope.REGION, "DE"),
    ):
        pk = actions.throw(scope, key, reason="Not theirs", actor=company.actor("maya"), now=now)
        assert queries.stop_report(pk, now=now).waiting == 0
    wide = [
        actions.throw(scope, key, reason="Theirs", actor=company.actor("maya"), now=now + SECOND)
        for scope, key in ((SwitchScope.REGION, "US"), (SwitchScope.DOMAIN, "northwind.example"))
    ]
    assert [queries.stop_report(pk, now=now).waiting for pk in wide] == [1, 1]
    for pk in wide:
        actions.lift(pk, reason="Over", actor=company.actor("olga"), now=now + 2 * SECOND)
    claim(other, now + 3 * SECOND)
    reports = [queries.stop_report(one.id, now=now) for one in queries.list_switches()]
    assert [report.claims_after for report in reports] == [0] * 6, "after the lift it may go"


def test_a_stop_that_did_not_hold_is_told_by_the_ledger_whatever_clocks_said(
    paula: str, company: Company, now: datetime
) -> None:
    clear(paula, 1, now)
    row = ClearanceRow.objects.get()
    pk = actions.throw(SwitchScope.CHANNEL, "email", reason="Outage", actor=company.actor("maya"), now=now)
    ClearanceRow.objects.filter(id=row.id).update(state="claimed", claimed_at=now - SECOND)
    append(actor=WORKER, action=queries.CLAIMED, subject=f"message:{row.message_key}", facts={"clearance": row.id})
    report = queries.stop_report(pk, now=now)
    assert (report.claims_after, report.holds) == (1, False)
    assert report.sentence == "1 taken for sending after the stop: it did not hold."


def test_an_unknown_switch_has_no_report(company: Company, now: datetime) -> None:
    with pytest.raises(NotFound):
        queries.stop_report(99, now=now)
