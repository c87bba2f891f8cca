"""`tandem intent score`: a file of signals in, scores that open down to single signals out, a clear word about the rest."""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from tandem.cli.main import main

SIGNALS = """account_id,kind,at,strength
a,web,2026-11-18T00:00:00Z,3
a,web,2026-11-11T00:00:00Z,2
a,reply,2026-11-25T00:00:00Z,1
b,web,2026-11-24T01:00:00+01:00,1
b,web,2026-11-25T00:00:00.000001Z,100
"""
KINDS = "kind,weight,half_life_days,saturation\nweb,2,7,\nreply,10,14,10\n"
AS_OF = "2026-11-25T00:00:00Z"


class Said:
    """What a call ended with, wrote and complained of."""

    def __init__(self, code: Any, captured: Any) -> None:
        self.code, self.out, self.err = code or 0, captured.out, captured.err
        assert "Traceback" not in self.out + self.err

    @property
    def accounts(self) -> dict[str, dict[str, Any]]:
        return {one["account_id"]: one for one in map(json.loads, self.out.splitlines())}

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [json.loads(line)["error"] for line in self.err.splitlines()]


@pytest.fixture
def score(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Score a file (its text, or its path) with the kinds above, unless said otherwise."""

    def call(signals: str | Path, *words: object, as_of: str = AS_OF, kinds: str | None = KINDS) -> Said:
        path = signals if isinstance(signals, Path) else tmp_path / "signals.csv"
        if isinstance(signals, str):
            path.write_text(signals)
        given = ["--signals", path, "--as-of", as_of, *words]
        if kinds is not None:
            (tmp_path / "kinds.csv").write_text(kinds)
            given += ["--kinds", tmp_path / "kinds.csv"]
        monkeypatch.setattr(sys, "argv", ["tandem", "intent", "score", *map(str, given)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return Said(ended.value.code, capsys.readouterr())

    return call


def test_scores_are_those_reckoned_by_hand(score: Any) -> None:
    said = score(SIGNALS, "--json")
    assert (said.code, said.err) == (0, "")
    assert list(said.accounts) == ["a", "b"]  # best first
    a, b = said.accounts["a"], said.accounts["b"]
    reply = 10 * (1 - 2.718281828459045**-1)
    assert a["score"] == pytest.approx(3 + 1 + reply, abs=1e-9)
    assert [(one["kind"], one["weight"], one["decay"], one["strength"]) for one in a["contributions"]] == [
        ("reply", 10, 1, 1), ("web", 2, 0.5, 3), ("web", 2, 0.25, 2),
    ]  # fmt: skip
    assert [one["points"] for one in a["contributions"]] == pytest.approx([reply, 3, 1], abs=1e-9)
    assert [one["at"] for one in b["contributions"]] == ["2026-11-24T00:00:00Z"]  # what came later does not count
    assert [one["reference"] for one in b["contributions"]] == ["row 4"]
    assert a["surge"] is None
    assert {"account_id", "score", "surge", "contributions"} <= set(a)


def test_a_date_alone_is_the_end_of_its_day_so_that_dates_are_whole_days_apart(score: Any) -> None:
    dates = "account_id,kind,at,strength\na,web,2026-11-18,1\na,web,2026-11-25,1\na,web,2026-11-26,1\n"
    assert [one["decay"] for one in score(dates, "--json", as_of="2026-11-25").accounts["a"]["contributions"]] == [
        1,
        0.5,
    ]
    assert score(dates, "--json", as_of="2026-11-25T23:59:59Z").accounts["a"]["score"] == pytest.approx(1, abs=1e-5)


def test_order_of_rows_and_columns_and_the_dress_of_the_file_change_nothing(score: Any, tmp_path: Path) -> None:
    luck = random.Random(4)
    start = datetime(2026, 8, 1, tzinfo=UTC)
    rows = [
        (f"a{luck.randrange(30)}", luck.choice(["web", "reply"]), start + timedelta(seconds=luck.randrange(10**7)), luck.random())
        for _ in range(2_000)
    ]  # fmt: skip
    names = ("account_id", "kind", "at", "strength")
    table = pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))
    mixed = table.take(pa.array(luck.sample(range(2_000), 2_000))).select(names[::-1])
    pa.parquet.write_table(table, tmp_path / "signals.parquet")
    pa.csv.write_csv(mixed, tmp_path / "mixed.csv")
    one = score(tmp_path / "signals.parquet", "--json").accounts
    other = score(tmp_path / "mixed.csv", "--json").accounts
    assert list(one) == list(other)
    assert len(one) == 30
    for account, found in one.items():
        assert found["score"] == pytest.approx(other[account]["score"], abs=1e-9)
        assert found["surge"] == pytest.approx(other[account]["surge"], abs=1e-9)
        assert sum(each["points"] for each in found["contributions"]) == pytest.approx(found["score"], abs=1e-9)


def test_parquet_of_other_types_is_read_too(score: Any, tmp_path: Path) -> None:
    day = datetime(2026, 11, 18).date()
    for name, at in (
        ("date", pa.array([day])),
        ("text", pa.array(["2026-11-18"])),
        ("time", pa.array([datetime(2026, 11, 18)])),
    ):
        columns = {
            "account_id": pa.array([7]),
            "kind": pa.array(["web"]).dictionary_encode(),
            "at": at,
            "strength": pa.array([1]),
        }
        pa.parquet.write_table(pa.table(columns), tmp_path / f"{name}.parquet")
        said = score(tmp_path / f"{name}.parquet", "--json", as_of="2026-11-25").accounts
        assert list(said) == ["7"]
        assert said["7"]["score"] == pytest.approx(1.0, abs=0.15)


def test_top_keeps_the_best(score: Any) -> None:
    assert list(score(SIGNALS, "--json", "--top", 1).accounts) == ["a"]


def test_without_kinds_those_of_the_product_count_and_others_are_told(score: Any) -> None:
    said = score("account_id,kind,at,strength\na,page,2026-11-25,1\na,Signed In,2026-11-11,1\n", "--json",
                 as_of="2026-11-25", kinds=None)  # fmt: skip
    assert said.code == 0
    assert [(one["kind"], one["weight"], one["decay"]) for one in said.accounts["a"]["contributions"]] == [
        ("page", 1.0, 1.0),
        ("Signed In", 1.0, 0.5),
    ]
    (told,) = said.errors
    assert told["code"] == "intent.unknown_kind"
    assert "'Signed In' (1)" in told["message"]
    assert "weight 1, half-life 14 days, no saturation" in told["message"]


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ("a,odd,2026-11-20,1", "kind", "kind 'odd' can't be used."),
        ("a,web,20.11.2026,1", "at", "at '20.11.2026' can't be used."),
        ("a,web,2026-13-01,1", "at", "at '2026-13-01' can't be used."),
        ("a,web,,1", "at", "at is empty."),
        ("a,web,2026-11-20,-1", "strength", "strength '-1' can't be used."),
        ("a,web,2026-11-20,NaN", "strength", "strength 'NaN' can't be used."),
        ("a,web,2026-11-20,inf", "strength", "strength 'inf' can't be used."),
        ("a,web,2026-11-20,much", "strength", "strength 'much' can't be used."),
        ("a,web,2026-11-20,", "strength", "strength is empty."),
        (",web,2026-11-20,1", "account_id", "account_id is empty."),
        ("a,,2026-11-20,1", "kind", "kind is empty."),
    ],
)
def test_a_row_that_cant_be_used_is_told_with_its_place_and_left_out(
    score: Any, row: str, column: str, says: str
) -> None:
    said = score(f"{SIGNALS}{row}\n", "--json")
    assert said.code == 0
    assert {name: len(found["contributions"]) for name, found in said.accounts.items()} == {"a": 3, "b": 1}
    first, total = said.errors
    assert first["message"] == says
    assert first["hint"]
    assert first["where"] == {"file": "signals.csv", "row": 6, "column": column}
    assert total["message"] == "1 of 6 rows was left out."
    alone = score(f"account_id,kind,at,strength\n{row}\n", "--json")
    assert (alone.code, alone.out) == (2, "")
    assert alone.errors[0]["where"] == {"file": "signals.csv", "row": 1, "column": column}


def test_rows_that_are_no_rows_are_told_and_the_same_file_gives_the_same_bytes(score: Any) -> None:
    broken = SIGNALS + "a,web\nb,web,2026-11-20,1,too,many\n"
    said = score(broken, "--json")
    assert (said.code, list(said.accounts)) == (0, ["a", "b"])
    assert [one["where"]["row"] for one in said.errors[:-1]] == [6, 7]
    assert "2 cells where the header has 4" in said.errors[0]["message"]
    assert score(broken, "--json").out == said.out


def test_many_bad_rows_are_counted_and_the_first_named(score: Any) -> None:
    said = score(SIGNALS + "a,web,never,1\n" * 500, "--json")
    assert len(said.errors) == 21
    assert said.errors[-1]["message"] == "500 of 505 rows were left out; the first 20 are named."


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "signals.csv is empty."),
        ("account_id,kind,at,strength\n", "signals.csv has no rows."),
        ("account_id,kind,strength\na,web,1\n", "signals.csv has no column at."),
        ("x\ny\n", "signals.csv has no column account_id, kind, at, strength."),
    ],
)
def test_a_file_that_cant_be_used_is_refused(score: Any, content: str, says: str) -> None:
    said = score(content, "--json")
    assert (said.code, said.out) == (2, "")
    assert said.errors[0]["message"] == says
    assert said.errors[0]["hint"]


@pytest.mark.parametrize(
    ("kinds", "where"),
    [
        ("kind,weight\nweb,1\n", {"column": "half_life_days"}),
        ("kind,weight,half_life_days\n", {}),
        ("kind,weight,half_life_days\nweb,1,7\nweb,2,7\n", {"row": 2, "column": "kind"}),
        ("kind,weight,half_life_days\nweb,much,7\n", {"row": 1, "column": "weight"}),
        ("kind,weight,half_life_days\nweb,1,0\n", {"row": 1, "column": "half_life_days"}),
        ("kind,weight,half_life_days,saturation\nweb,1,7,-2\n", {"row": 1, "column": "saturation"}),
        ("kind,weight,half_life_days,saturation\nweb,nan,7,2\n", {"row": 1, "column": "weight"}),
        ("kind,weight,half_life_days\n,1,7\n", {"row": 1, "column": "kind"}),
    ],
)
def test_a_wrong_file_of_kinds_is_refused_with_its_place(score: Any, kinds: str, where: dict[str, Any]) -> None:
    said = score(SIGNALS, "--json", kinds=kinds)
    assert (said.code, said.out) == (2, "")
    (error,) = said.errors
    assert error["hint"]
    assert where.items() <= error["where"].items()
    assert "kinds.csv" in error["where"]["file"]


def test_wrong_calls_are_refused(score: Any, tmp_path: Path) -> None:
    for said in (
        score(SIGNALS, "--json", as_of="yesterday"),
        score(SIGNALS, "--json", as_of="2026-11-31"),
        score(SIGNALS, "--json", "--top", 0),
        score(tmp_path / "nowhere.csv", "--json"),
        score(tmp_path, "--json"),
        score(SIGNALS, "--json", "--kinds", tmp_path / "nowhere.csv", kinds=None),
    ):
        assert (said.code, said.out) == (2, "")
        assert said.errors[0]["hint"]


def test_a_moment_before_all_signals_gives_no_scores_and_says_so(score: Any) -> None:
    said = score(SIGNALS, "--json", as_of="2020-01-01")
    assert (said.code, said.out) == (0, "")
    assert said.errors[0]["code"] == "intent.nothing_counts"


def test_people_get_a_table_with_bars(score: Any) -> None:
    said = score(SIGNALS + "c,web,never,1\n")
    assert said.code == 0
    assert "Intent as of 2026-11-25 00:00 UTC" in said.out
    assert "█" in said.out
    assert "1 signals are later" not in said.out
    assert "1 signal is later and does not count." in said.out
    assert "at 'never' can't be used. (file signals.csv, row 6, column at)" in said.err
