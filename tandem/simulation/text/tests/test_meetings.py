"""The simulated meetings: transcripts agree with their truth, consent is respected, contradictions contradict."""

from __future__ import annotations

import json
import re
from datetime import date
from itertools import pairwise
from pathlib import Path

from tandem.accounts.connectors.meetings import open_meetings
from tandem.simulation.text.tests.conftest import Written

TIME = re.compile(r"(\d+):(\d+):(\d+)\.(\d+) --> (\d+):(\d+):(\d+)\.(\d+)")


def cues(path: Path) -> list[tuple[int, int, str]]:
    """Start, end and payload of each cue, read without our own reader."""
    found = []
    for block in path.read_text(encoding="utf-8").split("\n\n")[1:]:
        lines = [line for line in block.split("\n") if line]
        if not lines:
            continue
        at = next(index for index, line in enumerate(lines) if " --> " in line)
        numbers = [int(number) for number in TIME.match(lines[at]).groups()]
        start, end = (
            ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest
            for hours, minutes, seconds, rest in (numbers[:4], numbers[4:])
        )
        found.append((start, end, "\n".join(lines[at + 1 :])))
    return found


def transcripts(written: Written) -> dict[str, list[tuple[int, int, str]]]:
    return {path.parent.name: cues(path) for path in (written.out / "meetings").glob("*/transcript.vtt")}


def test_cues_run_forward_in_time(written):
    assert len(transcripts(written)) > 20
    for lines in transcripts(written).values():
        assert all(start < end for start, end, _ in lines)
        assert all(first[0] < second[0] for first, second in pairwise(lines))


def test_every_quote_stands_at_its_utterance(written):
    said = transcripts(written)
    rows = written.truth.execute("SELECT meeting_id, utterance, act, quote FROM utterances").fetchall()
    assert sum(act != "turn" for _, _, act, _ in rows) > 400
    for meeting, utterance, _, quote in rows:
        assert quote in said[meeting][utterance][2]


def test_every_utterance_has_its_true_speaker(written):
    for meeting, lines in transcripts(written).items():
        told = written.truth.execute(
            "SELECT count(*) FROM utterances WHERE meeting_id = ? AND act = 'turn'", (meeting,)
        ).fetchone()[0]
        assert told == len(lines)


def test_a_declined_consent_leaves_no_transcript(written):
    recorded = dict(written.truth.execute("SELECT meeting_id, recorded FROM meetings"))
    declined = 0
    for path in (written.out / "meetings").glob("*/meeting.json"):
        meeting = json.loads(path.read_text(encoding="utf-8"))
        has_transcript = (path.parent / "transcript.vtt").exists()
        assert has_transcript == bool(recorded[meeting["uuid"]])
        assert {"uuid", "topic", "start_time", "duration", "host_email", "participants", "consent"} <= set(meeting)
        if meeting["consent"]["status"] == "declined":
            declined += 1
            assert not has_transcript
    assert declined


def test_promises_of_both_sides_are_due_after_the_meeting(written):
    rows = written.truth.execute(
        "SELECT u.side, u.detail, u.due, m.held_at FROM utterances u JOIN meetings m USING (meeting_id) WHERE act = 'commitment'"
    ).fetchall()
    assert {side for side, *_ in rows} == {"seller", "customer"}
    assert all(side == detail for side, detail, _, _ in rows)
    dated = [(date.fromisoformat(due), date.fromisoformat(held[:10])) for _, _, due, held in rows if due]
    assert len(dated) > len(rows) / 2
    assert all(due > held for due, held in dated)


def test_objections_are_handled_deferred_or_ignored(written):
    rows = written.truth.execute("SELECT detail FROM utterances WHERE act = 'objection'").fetchall()
    endings = {detail.split()[-1] for (detail,) in rows if " " in detail}
    assert endings == {"handled", "deferred", "ignored"}
    told = written.truth.execute("SELECT sum(objections) FROM meetings").fetchone()[0]
    assert told == len(rows)


def test_absent_people_are_named_and_are_not_in_the_meeting(written):
    rows = written.truth.execute("SELECT meeting_id, name, utterance FROM absences").fetchall()
    said = transcripts(written)
    assert rows
    for meeting, name, utterance in rows:
        document = json.loads((written.out / "meetings" / meeting / "meeting.json").read_text(encoding="utf-8"))
        assert name not in {person["name"] for person in document["participants"]}
        assert name.split()[0] in said[meeting][utterance][2]


def test_contradictions_tell_two_values_in_two_places(written):
    rows = written.truth.execute(
        "SELECT fact, source_a, quote_a, value_a, source_b, quote_b, value_b FROM contradictions"
    ).fetchall()
    assert rows
    for fact, source_a, quote_a, value_a, source_b, quote_b, value_b in rows:
        assert value_a != value_b
        assert quote_a != quote_b
        assert (source_a, quote_a) != (source_b, quote_b)
        if fact == "sites":
            assert value_a in quote_a
            assert value_b in quote_b


def test_only_planted_contradictions_are_in_the_facts(written):
    told = {(deal, fact) for deal, fact in written.truth.execute("SELECT deal, fact FROM contradictions")}
    facts: dict[tuple[int, str], set[str]] = {}
    changes = set()
    for deal, fact, value, quote in written.truth.execute("SELECT deal, fact, value, quote FROM facts"):
        facts.setdefault((deal, fact), set()).add(value)
        if re.search(r"(?i)update|correction|change|korrektur|änderung|mise à jour|corrección|novedad", quote):
            changes.add((deal, fact))
    unlike = {key for key, values in facts.items() if len(values) > 1}
    assert told <= unlike
    assert unlike - told <= changes


def test_the_meetings_connector_reads_every_folder(written):
    batches = list(open_meetings(written.out / "meetings").batches())
    assert not [row for batch in batches for row in batch.broken]
    rows = [row for batch in batches for row in batch.rows.to_dict("records")]
    recorded = dict(written.truth.execute("SELECT meeting_id, recorded FROM meetings"))
    assert {row["meeting_id"] for row in rows} == set(recorded)
    for row in rows:
        assert bool(row["transcript"]) == bool(recorded[row["meeting_id"]])
