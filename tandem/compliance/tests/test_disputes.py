"""Legal disputes keep everything back but what a contract needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tandem.accounts.models import Opportunity
from tandem.compliance.actions import gate
from tandem.compliance.actions.disputes import open_dispute
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.models import Dispute
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotAllowed
from tests.outbound import request, set_up_sender

if TYPE_CHECKING:
    from tests.company import Company

WORKER = built_in_agent("worker", "worker")
PAULA = "paula.reyes@cascade-health.example"


@pytest.fixture
def now() -> Iterator[datetime]:
    """An hour at which mail may go to all of the United States."""
    with clock.at(datetime(2026, 11, 24, 18, 30, tzinfo=UTC)) as moment:
        yield moment


def test_a_dispute_stops_outreach_until_a_person_closes_it(
    company: Company, client_of: Callable[..., Client], now: datetime
) -> None:
    set_up_sender()
    Opportunity.objects.filter(account=company.accounts["cascade"]).update(is_closed=True)
    account = f"account:{company.accounts['cascade'].id}"
    asked = request(PAULA, subject=f"contact:{company.contacts['paula'].id}")
    assert gate.decide(asked, actor=WORKER, now=now).outcome is Outcome.ALLOW
    client = client_of("liam")
    assert client.post("/compliance/disputes/new", {"account": account, "reason": "Invoice 7"}).status_code == 302
    found = gate.decide(asked, actor=WORKER, now=now)
    assert found.outcome is Outcome.BLOCK
    assert "KILL-LEGAL-DISPUTE" in [rule.id for rule in found.decision.rules]
    assert account in client.get("/compliance/disputes").content.decode()
    close = f"/compliance/disputes/{Dispute.objects.get().id}/close"
    assert client.post(close, {"reason": "Settled"}).status_code == 403
    assert client_of("compliance").post(close, {"reason": "Settled"}).status_code == 302
    assert gate.decide(asked, actor=WORKER, now=now).outcome is Outcome.ALLOW


def test_only_a_person_opens_one_and_only_once(company: Company, now: datetime) -> None:
    boss = company.actor("revops")
    with pytest.raises(NotAllowed):
        open_dispute("account:1", reason="x", actor=WORKER, now=now)
    for account, reason in (("contact:1", "x"), ("account:1", " "), ("", "x")):
        with pytest.raises(InvalidInput):
            open_dispute(account, reason=reason, actor=boss, now=now)
    open_dispute("account:1", reason="Invoice 7", actor=boss, now=now)
    with pytest.raises(Conflict):
        open_dispute("account:1", reason="Again", actor=boss, now=now)
    assert Dispute.objects.count() == 1
