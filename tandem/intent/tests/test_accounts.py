"""Scores from the warehouse: the signals of an account's domains, each once, down to the source's row."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tandem.accounts import warehouse
from tandem.accounts.models import Load
from tandem.intent.contracts import KindTable, SignalKind
from tandem.intent.queries.accounts import score_of_account, scores_of_accounts
from tests.company import NOW, Company

pytestmark = pytest.mark.django_db
KINDS = KindTable(known={"page": SignalKind(kind="page", weight=2.0, half_life_days=7.0, saturation=50.0)},
                  other=SignalKind(kind="other", weight=1.0, half_life_days=14.0))  # fmt: skip


def land(company: Company, number: int, *rows: dict[str, Any], state: str = "landed") -> None:
    """Signals of one file."""
    load = Load.objects.create(
        source=company.sources["crm"], entity="signal", file_name=f"{number}.jsonl", file_sha256=f"{number:064}",
        state=state, started_at=NOW,
    )  # fmt: skip
    given = {"load_id": load.id, "source": "crm", "kind": "page", "strength": 1.0, "account_domain": "kroeger.example"}
    table = pa.Table.from_pylist(
        [given | {"row_number": at} | row for at, row in enumerate(rows, start=1)], schema=warehouse.SIGNALS
    )
    warehouse.append_signals(load_id=load.id, first_row=1, table=table)


@pytest.fixture
def signals(company: Company, settings: Any, tmp_path: Path) -> Company:
    settings.WAREHOUSE_DIR = tmp_path
    week, weeks = NOW - timedelta(days=7), NOW - timedelta(days=300)
    land(
        company, 1,
        {"key": "E1", "at": week, "strength": 3.0},
        {"key": "E2", "at": NOW, "kind": "Signed In"},
        {"key": "E3", "at": weeks},
        {"key": "E4", "at": NOW, "kind": "identify"},
        {"key": "E5", "at": NOW, "strength": -5.0},
        {"key": "E6", "at": NOW, "strength": float("nan")},
        {"key": "E7", "at": NOW + timedelta(seconds=1)},
        {"key": "E8", "at": NOW, "account_domain": "nobody-we-know.example"},
    )  # fmt: skip
    land(company, 2, {"key": "E1", "at": week, "strength": 3.0})  # an export that overlaps
    land(company, 3, {"key": "E9", "at": NOW}, state="reading")
    return company


def test_all_accounts_have_the_score_that_opens_down_to_their_signals(signals: Company) -> None:
    kroeger = signals.accounts["kroeger"].id
    scores = scores_of_accounts(kinds=KINDS, as_of=NOW)
    opened = score_of_account(kroeger, kinds=KINDS, as_of=NOW)
    assert set(scores) == {kroeger, signals.accounts["twin"].id}  # nobody has said yet whether they are the same
    assert scores[signals.accounts["twin"].id].score == pytest.approx(opened.score, abs=1e-9)
    assert scores[kroeger].score == pytest.approx(opened.score, abs=1e-9)
    assert scores[kroeger].surge == pytest.approx(opened.surge, abs=1e-9)
    assert [(one.kind, one.strength, one.decay) for one in opened.contributions[:2]] == [
        ("page", 3.0, 0.5),
        ("Signed In", 1.0, 1.0),
    ]
    assert [one.reference.split(",")[0] for one in opened.contributions] == ["crm E1", "crm E2", "crm E3"]
    assert opened.contributions[0].reference.endswith("row 1")
    assert sum(one.points for one in opened.contributions) == pytest.approx(opened.score, abs=1e-9)


def test_an_earlier_moment_can_be_asked_for_at_any_time(signals: Company) -> None:
    then = score_of_account(signals.accounts["kroeger"].id, kinds=KINDS, as_of=NOW - timedelta(days=7))
    assert [(one.strength, one.decay) for one in then.contributions][:1] == [(3.0, 1.0)]
    assert len(then.contributions) == 2


def test_an_account_that_was_merged_away_has_no_score(signals: Company) -> None:
    kroeger, twin = signals.accounts["kroeger"], signals.accounts["twin"]
    twin.merged_into = kroeger
    twin.save()
    assert set(scores_of_accounts(kinds=KINDS, as_of=NOW)) == {kroeger.id}


def test_without_signals_nobody_has_a_score(company: Company, settings: Any, tmp_path: Path) -> None:
    settings.WAREHOUSE_DIR = tmp_path
    assert scores_of_accounts(kinds=KINDS, as_of=NOW) == {}
    assert score_of_account(company.accounts["kroeger"].id, kinds=KINDS, as_of=NOW).score == 0
