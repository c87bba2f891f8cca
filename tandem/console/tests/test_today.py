"""Today says what needs a person and what changed, within what one may see."""

from __future__ import annotations

import pytest

from tandem.access import actions
from tandem.console.web.today import _next_in
from tandem.core import clock
from tandem.engagement.actions.asking import ask_gate
from tandem.engagement.contracts import ReplyLabel
from tandem.engagement.domain.business_clock import ClockState
from tandem.engagement.models import SendingDomain
from tandem.engagement.queries.inbox import Clock
from tandem.engagement.tests.incoming import Post, mail, reading, sent
from tandem.engagement.tests.review_desk import WORKER, lay_out
from tests.company import NOW
from tests.outreach import OPEN_HOUR, SITE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["seller", "sdr", "manager", "revops", "executive", "compliance"])
def test_today_opens_for_every_role_with_few_queries(company, client_of, role, django_assert_max_num_queries):
    client = client_of(role)
    client.get("/")
    with django_assert_max_num_queries(25):
        assert client.get("/").status_code == 200


def test_a_seller_is_told_of_overdue_deals_and_not_of_other_peoples(company, client_of):
    page = client_of("seller").get("/").content.decode()
    overdue = company.deals["donau_fleet"]
    assert f'href="/deals/{overdue.id}"' in page
    assert "Good morning, Maya" in page
    assert "likely to be one record" not in page


def test_revops_is_told_of_pairs_to_decide(company, client_of):
    assert "2 pairs likely to be one record" in client_of("revops").get("/").content.decode()


def test_revops_alone_is_told_of_rights_that_agents_do_not_use(company, client_of):
    actions.create_agent(
        name="research", purpose="Reads", scopes=["accounts.read"], answerable_id=company.people["olga"].id,
        actor=company.actor("revops"), now=NOW,
    )  # fmt: skip
    told = "1 right that agents hold and have not used for 30 days"
    assert told in client_of("revops").get("/").content.decode()
    assert told not in client_of("seller").get("/").content.decode()


def test_the_day_is_the_readers_own(company, client_of):
    assert "09:40 in Berlin" in client_of("seller").get("/").content.decode()


def test_outreach_says_what_waits_for_whom(company, client_of, settings, monkeypatch, django_assert_max_num_queries):
    settings.PUBLIC_URL = SITE
    with clock.at(OPEN_HOUR) as now:
        desk = lay_out(company, "paula", "oscar", is_asked=False)
        told = sent(desk.outreach, "paula")
        paula = "Paula Reyes <paula.reyes@cascade-health.example>"
        Post(desk.outreach, monkeypatch).arrives(
            mail(paula, "Tell me more.", answers=told), reading(ReplyLabel.POSITIVE_INFO, text="Tell me more."), at=now
        )
        desk.outreach.touch("oscar", channel="linkedin", state="to_do")
        ask_gate([desk.outreach.touch("oscar", state="written").id], actor=WORKER, now=now)
        seller, revops = client_of("liam"), client_of("revops")
        page = seller.get("/").content.decode()
        assert 'href="/review">2 drafts to review' in page
        assert 'href="/outreach/tasks">1 task by hand' in page
        assert 'href="/inbox">1 reply waiting, next from Wed' in page, "the team's day is over"
        assert "waiting for your approval" not in page, "a draft is told of once"
        assert "to review" not in client_of("priya").get("/").content.decode(), "out of her sight"
        assert "/outreach/domains/alarms" not in page
        with django_assert_max_num_queries(25):
            page = revops.get("/").content.decode()
        assert 'href="/inbox">1 reply waiting' in page
        assert "by hand" not in page
        SendingDomain.objects.update(paused_at=now, why="Too many complaints")
        assert "Nothing leaves from mail.aislewright.example" in revops.get("/outreach/domains/alarms").content.decode()
        assert seller.get("/outreach/domains/alarms").status_code == 403


@pytest.mark.parametrize(
    ("state", "minutes", "told"),
    [(ClockState.RUNNING, 12.4, "next in 12 minutes"), (ClockState.LATE, -1.0, "the first 1 minute late")],
)
def test_the_next_reply_is_told_with_what_its_clock_leaves(state, minutes, told):
    assert _next_in(Clock(state=state, minutes_left=minutes, is_open=True, opens_at=None, due_at=NOW)) == told
