"""What came of outreach is read person by person, with few queries, and only by those who may see it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tandem.accounts.models import Activity, ActivityParticipant, Opportunity, Source
from tandem.accounts.queries.totals import Rates
from tandem.engagement.domain.outcomes import Measure
from tandem.engagement.models import Campaign, Enrollment, Inbound, Sequence, SequenceVersion, Touch
from tandem.engagement.queries.outcomes import Chosen, added_up, follow
from tests.company import NOW, Company

pytestmark = pytest.mark.django_db
THEN = NOW - timedelta(days=50)


@pytest.fixture
def campaign(company: Company) -> Campaign:
    sequence = Sequence.objects.create(name="Openings", created_at=THEN, created_by="person:1")
    version = SequenceVersion.objects.create(
        sequence=sequence, number=1, steps=[], made_at=THEN, made_by="person:1", published_at=THEN
    )
    return Campaign.objects.create(name="Autumn", version=version, created_at=THEN, created_by="person:1")


def at_work(company: Company) -> list:
    """Contacts whose account has an owner, of several accounts."""
    known = [one for one in company.contacts.values() if one.account and one.account.owner_id]
    return sorted(known, key=lambda one: (one.account.owner_id, one.id))


def enrolled(campaign: Campaign, contact, *, sent: int) -> Enrollment:
    one = Enrollment.objects.create(
        campaign=campaign, contact=contact, account=contact.account, seller=contact.account.owner, enrolled_at=THEN,
        enrolled_by="person:1",
    )  # fmt: skip
    for step in range(1, sent + 1):
        Touch.objects.create(
            key=f"enrollment:{one.id}:step:{step}", enrollment=one, contact=contact, step=step, channel="email",
            state="sent", due_at=THEN, sent_at=THEN + timedelta(days=step), made_at=THEN,
        )  # fmt: skip
    return one


def heard(one: Enrollment, *, kind: str, label: str = "", reading: dict | None = None) -> None:
    Inbound.objects.create(
        content_hash=f"{one.id}-{kind}-{label}", content=b"", touch=one.touches.first(), contact=one.contact,
        account=one.account, kind=kind, label=label, reading=reading or {}, received_at=NOW, read_at=NOW,
    )  # fmt: skip


def test_replies_meetings_and_deals_are_found_and_absence_notes_are_none(
    company, campaign, django_assert_max_num_queries
):
    first, second, third = at_work(company)[:3]
    a, b, c = (enrolled(campaign, one, sent=2) for one in (first, second, third))
    heard(a, kind="reply", label="positive_meeting")
    heard(b, kind="auto_reply", label="ooo")
    heard(c, kind="bounce", reading={"bounce": {"type": "hard"}})
    source = Source.objects.order_by("id").first()
    meeting = Activity.objects.create(
        source=source, key="m1", kind="meeting", at=THEN + timedelta(days=10), row_hash="x"
    )
    ActivityParticipant.objects.create(activity=meeting, address="a@x.example", contact=first)
    Opportunity.objects.filter(account=first.account).delete()
    day = (THEN + timedelta(days=20)).date()
    Opportunity.objects.create(
        name="D", account=first.account, stage="New", amount=Decimal(500), currency=Rates().currency, opened_on=day,
        created_at=THEN, updated_at=THEN,
    )  # fmt: skip
    with django_assert_max_num_queries(8):
        people = follow(company.actor("revops"), Chosen(campaign_id=campaign.id))
    found = added_up(people, Rates())
    assert [one.outcome.messages for one in people] == [2, 2, 2]
    assert found.reached == 2
    assert {measure: share.hits for measure, share in found.shares.items()} == {
        Measure.REPLIED: 1, Measure.POSITIVE: 1, Measure.MEETING: 1, Measure.DEAL: 1 + (second.account == first.account),
        Measure.OPTED_OUT: 0, Measure.COMPLAINED: 0, Measure.UNREACHABLE: 1,
    }  # fmt: skip
    assert found.pipeline == 500


def test_a_seller_sees_the_outcome_of_own_accounts_only(company, campaign):
    for contact in at_work(company):
        enrolled(campaign, contact, sent=1)
    everybody = follow(company.actor("revops"), Chosen())
    own = follow(company.actor("seller"), Chosen())
    assert 0 < len(own) < len(everybody)
