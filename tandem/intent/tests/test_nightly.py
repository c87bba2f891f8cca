"""The nightly reckoning: carried on and anew it says the same, whatever comes late; each score opens to its rows."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tandem.access.models import Organisation
from tandem.accounts import warehouse
from tandem.accounts.models import Activity, Load, Source
from tandem.core.actors import built_in_agent
from tandem.core.errors import NotAllowed, NotFound
from tandem.intent.actions import scoring
from tandem.intent.actions.scoring import score_accounts
from tandem.intent.contracts import Standing
from tandem.intent.domain.standing import percentiles
from tandem.intent.models import AccountIntent, IntentRun, RunState
from tandem.intent.queries import latest, sifted
from tandem.intent.queries.traces import open_score
from tests.company import NOW, Company

pytestmark = pytest.mark.django_db
WORKER = built_in_agent("nightly", "worker")
BROWSER = "Mozilla/5.0 (Windows NT 10.0) Chrome/129.0 Safari/537.36"
Row = dict[str, Any]


class Product:
    """Files of product events, landed one after the other."""

    def __init__(self) -> None:
        self.source = Source.objects.create(key="shop", name="Shop", kind="product", system="segment", created_at=NOW)
        self.number = 0

    def land(self, *rows: Row, source: Source | None = None) -> Load:
        """One file; a row may name a user agent and an anonymous id, as calls do."""
        self.number += 1
        source = source or self.source
        load = Load.objects.create(
            source=source, entity="signal", file_name=f"events-{self.number}.jsonl",
            file_sha256=f"{self.number:064}", state="landed", rows_read=len(rows), rows_landed=len(rows),
            started_at=NOW, finished_at=NOW,
        )  # fmt: skip
        given = {"source": source.key, "kind": "Trial Started", "strength": 1.0, "topic": "", "contact_key": "",
                 "account_domain": "kroeger.example", "contact_email": "", "payload": "{}"}  # fmt: skip
        table, calls = [], []
        for at, row in enumerate(rows, start=1):
            agent, anonymous = row.pop("agent", BROWSER), row.pop("anonymous", "")
            call = {"anonymousId": anonymous, "context": {"userAgent": agent, **row.pop("context", {})}}
            table.append(given | {"load_id": load.id, "row_number": at, "key": f"E{self.number}.{at}"} | row)
            calls.append({"load_id": load.id, "row_number": at, "raw": json.dumps(call)})
        warehouse.append_signals(load_id=load.id, first_row=1, table=pa.Table.from_pylist(table, warehouse.SIGNALS))
        warehouse.write_raw(source=source.key, entity="signal", load_id=load.id, first_row=1,
                            table=pa.Table.from_pylist(calls))  # fmt: skip
        return load


@pytest.fixture
def product(company: Company, settings: Any, tmp_path: Path) -> Product:
    settings.WAREHOUSE_DIR = tmp_path
    Activity.objects.all().delete()
    Organisation.objects.update(domains=["own.example"])
    return Product()


def ago(**before: float) -> datetime:
    return NOW - timedelta(**before)


def night(moment: datetime) -> IntentRun:
    return score_accounts(day=moment.date(), actor=WORKER, now=moment)


def standing(company: Company, name: str = "kroeger") -> Standing:
    return latest.latest_scores()[company.accounts[name].id]


def reasons() -> dict[str, int]:
    run = latest.latest_run()
    assert run is not None
    left_out: dict[str, int] = run.counts["left_out"]
    return left_out


def test_a_night_carried_on_says_what_all_signals_say(product: Product, company: Company) -> None:
    product.land(
        *(
            {"at": ago(days=days, hours=3), "kind": kind}
            for days in range(2, 130, 3)
            for kind in ("Signed In", "Export")
        )
    )
    product.land({"at": ago(hours=5)}, {"at": NOW + timedelta(hours=1)})  # one lies in the future of every night here
    first = night(ago(days=1))
    product.land({"at": ago(days=20)}, {"at": ago(hours=2), "kind": "Invite Sent"})  # came late; new
    product.land({"at": ago(days=6), "account_domain": "quayside.example"})
    carried = night(NOW)
    assert (first.base, carried.base_id) == (None, first.id)
    before = latest.latest_scores()
    IntentRun.objects.update(rules_hash="of other rules")  # changed kinds: nothing can be carried on
    anew = night(NOW)
    assert anew.base is None
    after = latest.latest_scores()
    assert set(before) == set(after)
    assert len(after) >= 2
    for account_id, one in after.items():
        assert one.score == pytest.approx(before[account_id].score, abs=1e-9)
        assert one.surge == pytest.approx(before[account_id].surge, abs=1e-9)
        assert dict(one.top) == pytest.approx(dict(before[account_id].top), abs=1e-9)
        assert sum(points for _, points in one.top) == pytest.approx(one.score, abs=1e-9)


def test_a_score_opens_to_source_row_time_and_hash_and_adds_up(product: Product, company: Company) -> None:
    load = product.land(
        {"at": ago(days=7), "payload": '{"plan": "team"}', "contact_email": "anna@kroeger.example"},
        {"at": ago(days=14)},
    )
    Activity.objects.create(source=company.sources["crm"], key="M1", kind="meeting", at=ago(days=21), row_hash="x",
                            account=company.accounts["kroeger"])  # fmt: skip
    night(NOW)
    trace = open_score(company.accounts["kroeger"].id)
    assert trace.is_exact
    assert abs(trace.off) <= 1e-9
    assert trace.score == pytest.approx(sum(one.points for one in trace.signals), abs=1e-9)
    meeting = next(one for one in trace.signals if one.kind == "meeting_held")
    first, second = (one for one in trace.signals if one is not meeting)
    assert (meeting.kind, meeting.decay, meeting.id.split(":")[0]) == ("meeting_held", 0.5, "activity")
    assert (first.kind, first.name, first.strength, first.weight) == ("trial_started", "Trial Started", 1.0, 15.0)
    assert (first.id, first.load_id, first.file_name, first.row_number) == (
        "signal:shop/E1.1",
        load.id,
        load.file_name,
        1,
    )
    assert first.payload_hash == hashlib.sha256(b'{"plan": "team"}').hexdigest()
    assert (first.source, first.who, second.row_number) == ("Shop", "anna@kroeger.example", 2)
    assert [one.at for one in trace.weeks][-1] == NOW
    assert len(trace.weeks) == 13
    assert sum(points for _, points in trace.weeks[-1].kinds) == pytest.approx(trace.score, abs=1e-9)


def test_a_past_day_opens_as_it_was_whatever_came_since(product: Product, company: Company) -> None:
    product.land({"at": ago(days=9)})
    night(ago(days=2))
    then = standing(company)
    product.land({"at": ago(days=8)})
    night(NOW)
    day = ago(days=1).date()  # a day without a run has the one before
    assert latest.standings_at(day)[company.accounts["kroeger"].id] == then
    assert open_score(company.accounts["kroeger"].id, day=day).total == pytest.approx(then.score, abs=1e-9)
    assert standing(company).score > then.score
    assert [one.score for _, one in latest.history(company.accounts["kroeger"].id, since=ago(days=30).date())] == [
        then.score, standing(company).score,
    ]  # fmt: skip
    with pytest.raises(NotFound):
        open_score(company.accounts["kroeger"].id, day=ago(days=30).date())
    assert latest.standings_at(ago(days=30).date()) == {}


def test_robots_own_people_and_repeats_do_not_count_and_each_says_why(product: Product, company: Company) -> None:
    visitor = {"contact_key": "v1", "kind": "page", "topic": "Pricing"}
    twin = Source.objects.create(key="posthog", name="PostHog", kind="product", system="posthog", created_at=NOW)
    anna = {"contact_email": "anna@kroeger.example", "kind": "Export", "at": ago(days=3)}
    product.land(
        {"at": ago(days=1), "key": "same"},
        {"at": ago(days=1), "agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
        {"at": ago(days=1), "agent": "Mozilla/5.0 HeadlessChrome/128.0"},
        {"at": ago(days=1), "context": {"isBot": True}},
        {"at": ago(days=1), "contact_email": "me@own.example"},
        {"at": ago(days=1), "contact_key": company.people["maya"].email.upper()},
        {"at": ago(days=1), "strength": -1.0},
        {"at": ago(days=1), "kind": "identify", "agent": "curl/8"},
        *({"at": ago(days=2, seconds=1 + number / 4)} | visitor for number in range(121)),
        *({"at": ago(days=5).replace(hour=hour)} | visitor | {"contact_key": "v2"} for hour in range(20)),
        dict(anna),
    )  # fmt: skip
    product.land({"at": ago(days=1), "key": "same"})
    product.land(dict(anna), source=twin)
    night(NOW)
    found = reasons()
    assert found == {"sleepless": 20, "repeated": 1, "named_bot": 1, "automated": 1, "declared": 1, "own_people": 2, "unusable": 1,
                     "told_twice": 1, "pace": 121}  # fmt: skip
    kinds = {one.name for one in open_score(company.accounts["kroeger"].id).signals}
    assert {"Trial Started", "Export"} <= kinds
    assert sum(one.name == "Export" for one in open_score(company.accounts["kroeger"].id).signals) == 1


def test_a_visitor_nobody_knew_counts_for_the_company_once_it_is_known(product: Product, company: Company) -> None:
    product.land({"at": ago(days=3), "kind": "page", "topic": "Pricing", "account_domain": "", "contact_key": "a1"})
    night(ago(days=1))
    assert company.accounts["kroeger"].id not in latest.latest_scores()
    product.land({"at": ago(hours=6), "kind": "identify", "contact_key": "u1", "anonymous": "a1"})
    carried = night(NOW)
    assert carried.base is not None
    assert [kind for kind, _ in standing(company).top] == ["pricing_visit"]
    assert open_score(company.accounts["kroeger"].id).is_exact
    IntentRun.objects.update(rules_hash="")
    score = standing(company).score
    night(NOW)
    assert standing(company).score == pytest.approx(score, abs=1e-9)


def test_a_run_that_fails_leaves_what_stood_and_says_why(
    product: Product, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    product.land({"at": ago(days=3)})
    night(ago(days=1))
    stood = latest.latest_scores()
    monkeypatch.setattr(scoring.nightly, "account_points", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        night(NOW)
    assert latest.latest_scores() == stood
    failed = IntentRun.objects.get(state=RunState.FAILED)
    assert failed.error == "ZeroDivisionError: division by zero"
    with pytest.raises(NotAllowed):
        score_accounts(day=NOW.date(), actor=company.actor("maya"), now=NOW)


def test_a_load_that_is_landed_again_is_looked_through_again(product: Product, company: Company) -> None:
    load = product.land({"at": ago(days=3)})
    night(ago(days=1))
    assert sifted.unsifted(latest.latest_run().sift_hash, []) == []  # type: ignore[union-attr]
    Load.objects.filter(id=load.id).update(rows_landed=0, rows_unchanged=1)
    assert night(NOW).base is None


def test_days_are_kept_for_eight_weeks_and_weeks_before(product: Product, company: Company) -> None:
    product.land({"at": ago(days=200)})
    for days in (100, 99, 98, 60, 3, 2):
        night(ago(days=days))
    night(ago(days=2, hours=-1))
    kept = IntentRun.objects.order_by("day").values_list("day", flat=True)
    assert list(kept) == [ago(days=days).date() for days in (100, 98, 60, 3, 2)]  # 99 and 98 lie in one week
    assert AccountIntent.objects.values("run").distinct().count() == len(kept)
    assert len(list((warehouse.folder() / "intent").glob("run-*"))) == scoring.BASES_KEPT


def test_the_first_night_reckons_the_weeks_before_it_and_says_so(product: Product, company: Company) -> None:
    assert scoring.score_weeks_before(actor=WORKER, now=NOW) == 0  # no signals, nothing to say
    product.land({"at": ago(days=20)})
    assert scoring.score_weeks_before(actor=WORKER, now=NOW) == 8
    night(NOW)
    told = IntentRun.objects.order_by("day").values_list("counts__is_afterwards", "counts__accounts")
    assert list(told) == [(True, 0)] * 6 + [(True, 2)] * 2 + [(False, 2)]  # nobody has said whether twin is kroeger
    assert scoring.score_weeks_before(actor=WORKER, now=NOW) == 0


def test_the_percentile_is_the_share_below_with_ties_halved() -> None:
    assert percentiles([]) == []
    assert percentiles([5.0]) == [0.5]
    assert percentiles([1.0, 2.0, 2.0, 3.0]) == [0.125, 0.5, 0.5, 0.875]
