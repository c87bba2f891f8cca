"""What lies on a seller's desk at a moment, against what usually lies there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tandem.accounts.contracts import ActivityKind
from tandem.accounts.models import Activity
from tandem.accounts.queries.workload import workloads
from tests.company import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail(company):
    """Write a mail of Maya's into the store: from the customer or from her."""
    Activity.objects.all().delete()

    def write(days_ago: float, *, inbound: bool, thread: str = "t1", kind: ActivityKind = ActivityKind.EMAIL) -> None:
        Activity.objects.create(
            source=company.sources["crm"], key=f"{thread}-{days_ago}-{inbound}-{kind}", kind=kind, is_inbound=inbound,
            at=NOW - timedelta(days=days_ago), thread_key=thread, owner=company.people["maya"], row_hash="x",
        )  # fmt: skip

    return write


def test_a_reply_waits_until_somebody_answers_it(company, mail):
    maya = company.people["maya"].id
    mail(5, inbound=False)
    mail(3, inbound=True)
    assert workloads(at=NOW)[maya].unanswered == 1
    assert workloads(at=NOW - timedelta(days=4))[maya].unanswered == 0
    mail(1, inbound=False)
    assert workloads(at=NOW)[maya].unanswered == 0


def test_touches_are_those_of_two_weeks_against_the_twelve_before(company, mail):
    maya = company.people["maya"].id
    for days in (1, 2, 13):
        mail(days, inbound=False, thread=f"recent {days}")
    for days in (15, 30, 60, 90, 97, 98):
        mail(days, inbound=False, thread=f"before {days}")
    mail(99, inbound=False, thread="too old")
    mail(2, inbound=True, thread="from them")
    found = workloads(at=NOW)[maya]
    assert (found.touches, found.usual_touches) == (3, 5 / 6)
    assert (found.meetings, found.usual_meetings) == (0, None)


def test_open_deals_are_those_of_the_moment(company, mail):
    maya = company.people["maya"].id
    assert workloads(at=NOW)[maya].open_deals == 4
    assert workloads(at=NOW - timedelta(days=400)).get(maya) is None


def test_nothing_later_than_the_moment_counts(company, mail):
    mail(1, inbound=True)
    before = workloads(at=NOW - timedelta(days=2))[company.people["maya"].id]
    assert (before.touches, before.unanswered) == (0, 0)
