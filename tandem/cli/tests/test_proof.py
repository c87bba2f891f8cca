"""The proof of the gate can fail: planted leaks are found by each of its parts, and without them there is none."""

from __future__ import annotations

import json
import smtplib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import pytest

from tandem.cli import comply_prove
from tandem.cli.proof import verdict as judging
from tandem.cli.proof.fuzz import run_part
from tandem.cli.proof.report import PART_EVENTS, FuzzReport, parts_of, sum_of
from tandem.cli.proof.sink import Arrival, Sink
from tandem.compliance.actions import gate
from tandem.compliance.queries import gate as reading
from tandem.core.errors import InvalidInput

MAIL = b"Message-ID: <enrollment-7-step-0@proof.example>\r\nTo: p7@firm2.example\r\n\r\n.leading dot\r\nHello\r\n"


def story(**changes: Any) -> judging._Story:
    """Person 7 is claimed, says no, and a stop stands for a while; nothing wrong in it."""
    told: dict[str, Any] = {
        "claims": [(10, "enrollment:7:step:0", "aa")],
        "refusals": {7: (20, 100.0)},
        "stops": [(30, 200.0, 40, 300.0)],
    }
    return judging._Story(**(told | changes))


def arrival(key: str = "enrollment-7-step-0", at: float = 99.0, digest: str = "aa") -> dict[str, Any]:
    return {"key": key, "at": at, "digest": digest, "recipient": "p7@firm2.example"}


def test_a_race_without_a_leak_has_none() -> None:
    assert judging._claims_that_may_not_be(story()) == []
    assert judging._arrivals_that_may_not_be(story(), [arrival()]) == []
    assert judging._gaps(story(), [arrival()]) == []


def test_a_claim_after_a_no_or_during_a_stop_is_a_leak() -> None:
    late = story(claims=[(21, "enrollment:7:step:1", "bb")])
    assert judging._claims_that_may_not_be(late) == ["entry 21 claims enrollment:7:step:1 after the no of entry 20"]
    stopped = story(claims=[(35, "enrollment:8:step:0", "cc")])
    [told] = judging._claims_that_may_not_be(stopped)
    assert "while the switch of entry 30 stood" in told


def test_mail_that_arrives_twice_or_without_a_claim_or_changed_is_a_leak() -> None:
    twice = judging._arrivals_that_may_not_be(story(), [arrival(), arrival()])
    assert twice == ["enrollment-7-step-0 arrived 2 times"]
    [stray] = judging._arrivals_that_may_not_be(story(), [arrival(key="enrollment-9-step-0")])
    [changed] = judging._arrivals_that_may_not_be(story(), [arrival(digest="ff")])
    assert "without a claim of these bytes" in stray
    assert "without a claim of these bytes" in changed


def test_the_time_from_a_no_or_a_stop_to_an_arrival_is_measured() -> None:
    found = judging._gaps(story(), [arrival(at=100.25), arrival(key="enrollment-8-step-0", at=200.5)])
    assert found == pytest.approx([0.25, 0.5])


def test_the_server_of_a_race_keeps_what_came_byte_for_byte() -> None:
    import hashlib

    with Sink() as sink, smtplib.SMTP("127.0.0.1", sink.port) as line:
        line.sendmail("maya@proof.example", ["p7@firm2.example"], MAIL)
        [one] = sink.arrivals
    assert isinstance(one, Arrival)
    assert asdict(one) | {"at": 0} == {
        "at": 0, "recipient": "p7@firm2.example", "key": "enrollment-7-step-0",
        "digest": hashlib.sha256(MAIL).hexdigest(),
    }  # fmt: skip


@pytest.mark.django_db
def test_a_small_fuzz_finds_nothing_and_the_same_seed_is_the_same_fuzz() -> None:
    heard: list[int] = []
    found = run_part(0, events=600, seed=7, said=heard.append)
    assert found.leaks == []
    assert found.departures > 0
    assert 600 <= found.events < 700  # the last thing that happens may be many decisions
    assert heard
    assert FuzzReport.read(json.loads(json.dumps(found.as_dict()))) == found


def no_second_look(*_: object) -> str:
    return ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("place", "name", "planted", "leak"),
    [
        (gate, "_looked_again", no_second_look, "claimed although"),
        (gate, "check_hand_off", lambda *_, **__: None, "left although"),
        (reading, "_others", lambda *_: [], "although suppressed"),
    ],
    ids=["the claim does not look again", "nobody looks before the wire", "only the used address is looked up"],
)
def test_a_fuzz_finds_a_planted_leak(
    place: Any, name: str, planted: Callable[..., Any], leak: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, name, planted)
    found = run_part(0, events=900, seed=7)
    assert any(leak in one for one in found.leaks), found.leaks[:3]
    assert found.leaks[0].startswith("part 0 of seed 7: ")


def test_a_million_events_are_cut_into_parts_and_added_up_again() -> None:
    assert parts_of(0) == []
    assert parts_of(PART_EVENTS + 1) == [PART_EVENTS, 1]
    assert sum(parts_of(1_000_000)) == 1_000_000
    whole = sum_of([FuzzReport(events=2, by_event=Counter(send=2), leaks=["a"]), FuzzReport(events=3, leaks=["b"])])
    assert (whole.events, whole.by_event, whole.leaks) == (5, {"send": 2}, ["a", "b"])


@pytest.mark.parametrize(
    "wrong", [(-1, 0.0, 0, "sqlite"), (1, -1.0, 0, "sqlite"), (1, 0.0, -1, "sqlite"), (1, 0.0, 0, "mysql://x")]
)
def test_a_proof_that_can_not_be_held_is_refused(wrong: Sequence[Any]) -> None:
    with pytest.raises(InvalidInput):
        comply_prove._refuse_wrong(*wrong)


def test_a_leak_ends_the_command_with_a_refusal_that_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    report = {"leaks": ["part 3 of seed 9: left although suppressed"], "seed": 9}
    with pytest.raises(comply_prove.Leaked, match="1 leaks, the first: part 3 of seed 9"):
        comply_prove._give(report, None, json=True)
    assert json.loads(capsys.readouterr().out) == report


@pytest.mark.chaos
def test_the_whole_proof_holds_on_scratch_databases(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    import os

    address = os.environ.get("TANDEM_DATABASE_URL", "") or "sqlite"
    comply_prove.prove(
        events=2_000, races=20.0, stories=20, database=address, seed=11, out=tmp_path / "report.json", json=True
    )
    report = json.loads(capsys.readouterr().out)
    assert report == json.loads((tmp_path / "report.json").read_text())
    assert report["leaks"] == []
    assert report["races"]["arrivals"] > 0
    assert report["races"]["refused_people"] > 0
    assert report["races"]["killed"] > 0
    assert report["races"]["longest_gap_seconds"] < 1.0
