"""Nobody whose address is not verified gets into a plan, nor mail once an address died: the real gate, nothing patched."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tandem.accounts.actions.noting import mark_bounced
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.engagement.actions.asking import ask_gate
from tandem.engagement.actions.enrolling import enroll
from tandem.engagement.contracts import TouchState
from tandem.engagement.models import Enrollment
from tandem.engagement.tests.plans_setting import running_campaign
from tandem.prospecting.models import AddressCheck
from tandem.prospecting.queries.sources import address_faults
from tests.company import NOW
from tests.outreach import OPEN_HOUR, SITE, plant, verify

if TYPE_CHECKING:
    from tests.company import Company

pytestmark = pytest.mark.django_db
WORKER = built_in_agent("worker", "worker")


def test_only_people_whose_address_was_verified_get_into_a_plan(company: Company) -> None:
    campaign, revops = running_campaign(company), company.actor("revops")
    never, known, risky, old = (company.contacts[one] for one in ("paula", "quentin", "anna", "nora"))
    asked = [one.id for one in (never, known, risky, old)]
    done = enroll(campaign.id, asked, actor=revops, now=NOW)
    assert (done.taken, set(done.refused), Enrollment.objects.count()) == (0, set(asked), 0)
    verify([known], at=NOW - timedelta(days=3))
    verify([risky], at=NOW, result="risky")
    verify([old], at=NOW - timedelta(days=500))
    done = enroll(campaign.id, asked, actor=revops, now=NOW)
    assert set(Enrollment.objects.values_list("contact_id", flat=True)) == {known.id}, done.refused
    assert set(done.refused) == {never.id, risky.id, old.id}


def test_what_speaks_against_an_address_now(company: Company) -> None:
    sound, bounced, bad, old, unknown = (
        company.contacts[one] for one in ("quentin", "anna", "paula", "oscar", "nora")
    )  # fmt: skip
    verify([sound, bounced], at=NOW)
    verify([bad], at=NOW - timedelta(days=900), result="bad")
    verify([old], at=NOW - timedelta(days=900))
    verify([unknown], at=NOW, result="unknown")
    assert mark_bounced(bounced.id, bounced.email, actor=WORKER, now=NOW)
    found = address_faults([one.id for one in (sound, bounced, bad, old, unknown)], now=NOW)
    assert {pk: (fault.why, fault.is_final) for pk, fault in found.items()} == {
        bounced.id: ("Mail to the address bounced for good.", True),
        bad.id: ("The address takes no mail.", True),
        old.id: ("The last check is too old; it is made again.", False),
        unknown.id: ("Nobody could tell whether the address takes mail.", False),
    }


def test_mail_that_bounced_after_the_plan_was_made_is_followed_by_none(company: Company, settings: Any) -> None:
    settings.PUBLIC_URL = SITE
    with clock.at(OPEN_HOUR) as now:
        planted = plant(company, "paula")
        touch, hand = planted.touch("paula"), planted.touch("paula", channel="linkedin", state="to_do")
        contact = company.contacts["paula"]
        assert AddressCheck.objects.get(contact=contact).result == "ok"
        assert mark_bounced(contact.id, contact.email, actor=WORKER, now=now)
        ask_gate([touch.id, hand.id], actor=WORKER, now=now, is_leaving=True)
    touch.refresh_from_db()
    hand.refresh_from_db()
    assert (touch.state, touch.why) == (TouchState.SKIPPED, "Mail to the address bounced for good.")
    assert hand.state != TouchState.SKIPPED, "another channel does not need the address"
