"""Which mailbox a thread is sent from: never a primary domain's for software's mail, and the same to the end."""

from __future__ import annotations

from collections import Counter

import pytest

from tandem.access.models import Person
from tandem.accounts.models import Contact
from tandem.engagement.contracts import Arm
from tandem.engagement.models import Enrollment, Mailbox, SendingDomain
from tandem.engagement.queries.senders import mailbox_for
from tandem.engagement.tests.plans_setting import running_campaign
from tandem.engagement.tests.test_senders import NOW, domain_with, warmed
from tests.company import Company

pytestmark = pytest.mark.django_db


def threads(company: Company, count: int, *, seller: Person, arm: Arm = Arm.HYBRID) -> list[int]:
    """Enrollments without a mailbox yet."""
    campaigns = [running_campaign(company, name=f"{arm} {number}") for number in range(count)]
    contact = Contact.objects.order_by("id").first()
    assert contact is not None
    made = [
        Enrollment.objects.create(
            campaign=one, contact=contact, seller=seller, arm=arm.value, enrolled_at=NOW, enrolled_by="Ada"
        )
        for one in campaigns
    ]
    return [one.id for one in made]


def test_software_never_gets_a_primary_mailbox_and_a_person_may(company: Company) -> None:
    domain_with(purpose="primary")
    seller = company.people["maya"]
    (ai,) = threads(company, 1, seller=seller)
    (human,) = threads(company, 1, seller=seller, arm=Arm.HUMAN)
    told = mailbox_for([ai, human], now=NOW)
    why = "Mail that software writes does not leave from outreach.example: it is a primary domain."
    assert (told[ai].mailbox_id, told[ai].why_not) == (None, why)
    assert told[human].mailbox_id == Mailbox.objects.get().id
    Enrollment.objects.filter(id=ai).update(mailbox=Mailbox.objects.get())
    assert mailbox_for([ai], now=NOW)[ai].why_not == why, "also when it was chosen by hand"


def test_a_thread_keeps_its_mailbox_and_new_ones_are_dealt_out_evenly(company: Company) -> None:
    domain, boxes = domain_with(3)
    warmed(domain, boxes)
    ids = threads(company, 9, seller=company.people["maya"])
    Enrollment.objects.filter(id=ids[0]).update(mailbox=boxes[2])
    told = mailbox_for(ids, now=NOW)
    assert (told[ids[0]].mailbox_id, told[ids[0]].is_kept) == (boxes[2].id, True)
    assert Counter(one.mailbox_id for one in told.values()) == {boxes[0].id: 3, boxes[1].id: 3, boxes[2].id: 3}


def test_a_sellers_own_mailbox_comes_before_a_shared_one_and_nobody_gets_anothers(company: Company) -> None:
    _, (own, shared, other) = domain_with(3)
    maya, liam = company.people["maya"], company.people["liam"]
    Mailbox.objects.filter(id=own.id).update(seller=maya)
    Mailbox.objects.filter(id=other.id).update(seller=liam)
    (one,) = threads(company, 1, seller=maya)
    assert mailbox_for([one], now=NOW)[one].mailbox_id == own.id
    Mailbox.objects.filter(id=own.id).update(is_active=False)
    assert mailbox_for([one], now=NOW)[one].mailbox_id == shared.id
    Mailbox.objects.filter(id=shared.id).delete()
    assert mailbox_for([one], now=NOW)[one].why_not == "The seller has no mailbox, and there is no shared one."


def test_a_domain_that_may_not_send_is_not_chosen_and_says_why(company: Company) -> None:
    domain_with(is_sound=False)
    (one,) = threads(company, 1, seller=company.people["maya"])
    why = "The last check of outreach.example found entries missing or wrong."
    assert (mailbox_for([one], now=NOW)[one].mailbox_id, mailbox_for([one], now=NOW)[one].why_not) == (None, why)
    SendingDomain.objects.update(is_sound=True)
    assert mailbox_for([one, 10**9], now=NOW)[10**9].why_not == "There is no enrollment 1000000000."


def test_choosing_for_many_costs_few_queries(company: Company, django_assert_max_num_queries: object) -> None:
    domain_with(3)
    ids = threads(company, 6, seller=company.people["maya"])
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        found = mailbox_for(ids, now=NOW)
    assert set(found) == set(ids)
