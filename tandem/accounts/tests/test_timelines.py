"""Timelines: who wrote to whom, signals by day, folded lines, and chips only for what there is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tandem.accounts.models import Activity, ActivityParticipant
from tandem.accounts.queries import courses, timeline
from tandem.accounts.queries.signals import Signal, by_day, signals_at
from tandem.accounts.queries.stretches import stretch
from tandem.accounts.queries.timeline import Strand
from tests.company import NOW

pytestmark = pytest.mark.django_db


def touch(company, number, at, **told):
    """One touch at Kroeger, as the CRM logs it."""
    given = {"kind": "email", "subject": "Email: Received: Re: next steps", "is_inbound": True} | told
    return Activity.objects.create(
        source=company.sources["crm"],
        key=f"line-{number}",
        at=at,
        account=company.accounts["kroeger"],
        contact=company.contacts["anna"],
        owner=company.people["maya"],
        row_hash="x",
        **given,
    )


def shown(company, **told):
    return timeline.account_timeline(company.actor("seller"), company.accounts["kroeger"].id, **told)


def test_a_logged_mail_tells_who_wrote_to_whom_without_the_loggers_prefix(company):
    touch(company, 1, NOW - timedelta(minutes=1))
    item = shown(company, strand=Strand.MAIL).items[0]
    assert (item.who, [one.name for one in item.to], item.text) == (
        company.contacts["anna"].name,
        ["Maya Okafor"],
        "Re: next steps",
    )


def test_a_real_mail_goes_by_its_own_addresses(company):
    row = touch(company, 1, NOW - timedelta(minutes=1), subject="Offer", is_inbound=False)
    for name, role in (("Maya Okafor", "from"), ("Anna Beck", "to"), ("Jo Doe", "to"), ("Cy Copy", "cc")):
        ActivityParticipant.objects.create(activity=row, address=f"{name[:2]}@x.example", name=name, role=role)
    item = shown(company, strand=Strand.MAIL).items[0]
    assert (item.who, [one.name for one in item.to], item.people) == (
        "Maya Okafor",
        ["Anna Beck", "Jo Doe"],
        ("Cy Copy",),
    )


def test_bare_lines_of_a_day_are_folded_and_words_of_people_never(company):
    for number in range(4):
        touch(company, number, NOW - timedelta(minutes=number + 1))
    touch(company, 9, NOW - timedelta(minutes=9), body="Can we talk on Friday?")
    days = stretch("/accounts/1", shown(company, strand=Strand.MAIL), Strand.MAIL).days
    lines = days[0].lines
    assert (lines[0].label, len(lines[0].folded)) == ("4 mails", 4)
    assert (lines[1].folded, lines[1].item.quote) == ((), "Can we talk on Friday?")


def test_older_stretches_lose_nothing_and_repeat_nothing(company):
    for number in range(45):
        touch(company, number, NOW - timedelta(minutes=number // 3))
    seen, cursor = [], ""
    while True:
        page = shown(company, strand=Strand.MAIL, cursor=cursor)
        seen += [item.key for item in page.items]
        cursor = page.older
        if not cursor:
            break
    assert (
        len(seen)
        == len(set(seen))
        == Activity.objects.filter(account=company.accounts["kroeger"], kind="email").count()
    )


def test_chips_stand_only_for_strands_that_have_something(company):
    page = shown(company)
    assert Strand.CHAT not in page.strands
    assert Strand.DEALS in page.strands
    narrowed = shown(company, strand=Strand.DEALS)
    assert set(narrowed.strands) == set(page.strands)


def signal(at: datetime, kind: str, *, topic: str = "", strength: float = 1.0, who: str = "", source: str = "Segment"):
    return Signal(at=at, source=source, kind=kind, topic=topic, strength=strength, who=who)


def test_signals_are_told_by_day_and_source_most_frequent_first():
    signals = [
        signal(NOW, "Signed In", who="a@kroeger.example"),
        signal(NOW - timedelta(minutes=2), "Wave Planned", who="b@kroeger.example"),
        signal(NOW - timedelta(minutes=3), "Signed In", who="a@kroeger.example"),
        signal(NOW, "topic_surge", topic="Warehouse Automation", strength=88, source="Bombora"),
        signal(NOW - timedelta(days=1), "page"),
    ]
    told = {(day.on.day, day.source): (day.count, day.text, day.people) for day in by_day(signals)}
    assert told == {
        (24, "Segment"): (3, "Signed In ×2, Wave Planned", ("a@kroeger.example", "b@kroeger.example")),
        (24, "Bombora"): (1, "Reads about Warehouse Automation (88)", ()),
        (23, "Segment"): (1, "Page viewed", ()),
    }


def test_signals_stand_in_the_timeline_among_the_rest(company):
    page = shown(company, signals=[signal(NOW - timedelta(minutes=1), "Signed In")])
    assert (page.items[0].strand, page.items[0].text) == (Strand.SIGNALS, "Signed In")
    assert Strand.SIGNALS in page.strands


def test_an_account_without_domains_or_loads_has_no_signals(company):
    assert signals_at((), since=NOW) == ()
    assert signals_at(("kroeger.example",), since=NOW - timedelta(days=90)) == ()


def test_touches_are_counted_by_week(company):
    Activity.objects.filter(account=company.accounts["kroeger"]).delete()
    touch(company, 1, NOW - timedelta(hours=1))
    touch(company, 2, NOW - timedelta(hours=2), is_inbound=False)
    touch(company, 3, NOW - timedelta(weeks=1), kind="meeting", is_inbound=None)
    touch(company, 4, NOW - timedelta(weeks=40))
    chart = courses.touches_by_week(company.accounts["kroeger"].id, now=NOW)
    assert len(chart.rows) == 26
    assert chart.rows[-1][1:] == (1, 1, 0)
    assert chart.rows[-2][1:] == (0, 0, 1)
    assert chart.summary == "Touches by week, 26 weeks: 1 from them, 1 from us, 1 meetings and calls."


def test_no_touch_draws_nothing(company):
    Activity.objects.filter(account=company.accounts["kroeger"]).delete()
    assert courses.touches_by_week(company.accounts["kroeger"].id, now=NOW) is None
    assert courses.signals_by_week([], now=NOW) is None


def test_a_deal_draws_its_amount_and_close_date_only_when_they_moved(company):
    from tandem.accounts.queries import deals

    moved = deals.get_deal(company.actor("seller"), company.deals["kroeger_line"].id, today=NOW.date())
    amount, close = courses.amount_over_time(moved, now=NOW), courses.close_date_over_time(moved, now=NOW)
    assert amount.summary == "Amount: €180k at first, €240k now."
    assert close.summary == "Close date: 15 Nov at first, 15 Dec now, 30 days later."
    still = deals.get_deal(company.actor("seller"), company.deals["donau_fleet"].id, today=NOW.date())
    assert courses.amount_over_time(still, now=NOW) is None
    assert courses.close_date_over_time(still, now=NOW) is None


@pytest.mark.parametrize("place", ["accounts", "deals"])
def test_pages_with_charts_answer_with_their_tables(company, client_of, place):
    key = {"accounts": company.accounts["kroeger"], "deals": company.deals["kroeger_line"]}[place].id
    page = client_of("seller").get(f"/{place}/{key}").content.decode()
    assert "data-chart" in page
    assert "<summary>Table</summary>" in page


def test_the_board_submits_by_itself(company, client_of):
    page = client_of("seller").get("/deals/board").content.decode()
    assert 'hx-get="/deals/board"' in page
    assert '<button class="btn btn-s no-script" type="submit">Apply</button>' in page


def test_signals_of_the_warehouse_are_found_by_domain_since_a_moment_and_newly_written_ones_too(
    company, settings, tmp_path
):
    from tandem.accounts import warehouse
    from tandem.accounts.models import Load

    settings.WAREHOUSE_DIR = tmp_path
    load = Load.objects.create(
        source=company.sources["crm"], entity="signal", file_name="events.jsonl", file_sha256="5" * 64,
        state="landed", started_at=NOW,
    )  # fmt: skip

    def write(first_row: int, *moments: datetime) -> None:
        rows = [
            {"load_id": load.id, "row_number": first_row + at, "source": "crm", "key": f"E{first_row + at}",
             "kind": "Signed In", "at": moment, "strength": 1.0, "account_domain": "kroeger.example"}
            for at, moment in enumerate(moments)
        ]  # fmt: skip
        table = warehouse.pa.Table.from_pylist(rows, schema=warehouse.SIGNALS)
        warehouse.append_signals(load_id=load.id, first_row=first_row, table=table)

    write(1, NOW - timedelta(days=2), NOW - timedelta(days=400))
    write(10, NOW - timedelta(days=300))
    since = NOW - timedelta(days=30)
    assert [one.at for one in signals_at(("kroeger.example",), since=since)] == [NOW - timedelta(days=2)]
    assert signals_at(("other.example",), since=since) == ()
    write(20, NOW - timedelta(days=1))
    assert len(signals_at(("kroeger.example",), since=since)) == 2
