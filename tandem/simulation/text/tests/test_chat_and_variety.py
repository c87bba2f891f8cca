"""The chat export has the official shape; texts vary, and come out the same for the same seed."""

from __future__ import annotations

import datetime as dt
import json
from hashlib import sha256
from pathlib import Path

import pytest

from tandem.accounts.connectors.slack import open_export
from tandem.simulation.dice import Dice
from tandem.simulation.text.dates import due
from tandem.simulation.text.grammar import LANGUAGES, Grammar, grammar, tidy
from tandem.simulation.text.scene import MAKERS
from tandem.simulation.text.tests.conftest import write_company
from tandem.simulation.text.variety import sentences_of, variety_of

FILLED_BY_CALLERS = {
    "own", "own_postal", "company", "company_file", "you", "you_full", "value", "old", "count", "until", "back", "subject",
    "absent", "absent_role",
}  # fmt: skip


def digest(folder: Path) -> str:
    total = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return total.hexdigest()


def test_the_same_seed_writes_the_same_bytes(written, tmp_path):
    again = write_company(tmp_path, 11)
    assert digest(again.out) == digest(written.out)
    dumps = [sha256("\n".join(company.truth.iterdump()).encode()).hexdigest() for company in (again, written)]
    assert dumps[0] == dumps[1]


def test_few_sentences_repeat_and_seeds_share_few(written, tmp_path):
    here = list(sentences_of(written.out, written.truth_path))
    other = write_company(tmp_path, 12)
    there = set(sentences_of(other.out, other.truth_path))
    measured = variety_of(here)
    assert measured.sentences > 2000
    assert measured.repeated < 0.05
    assert measured.distinct > 0.95
    assert sum(sentence in there for sentence in here) / len(here) < 0.03


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_slot_of_a_language_can_be_filled(language):
    assert Grammar(language).open_slots() <= FILLED_BY_CALLERS | set(MAKERS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_rules_that_scripts_name(language):
    own = set(grammar(language).rules)
    assert set(grammar("en").rules) - own <= {"gain_can", "sites_word", "in_area", "pain_short"}


def test_a_sentence_starts_large_and_has_no_double_spaces():
    assert tidy("we  saw it , then left .") == "We saw it, then left."


@pytest.mark.parametrize("language", LANGUAGES)
def test_due_dates_lie_ahead(language):
    dice = Dice.of(1, language)
    for offset in range(400):
        today = dt.date(2026, 1, 5) + dt.timedelta(days=offset)
        if today.weekday() < 5:
            drawn = due(dice, language, today)
            assert drawn.text
            assert drawn.day is None or today < drawn.day <= today + dt.timedelta(days=32)


def test_the_chat_export_has_users_channels_and_days(written):
    folder = written.out / "slack"
    users = {user["id"] for user in json.loads((folder / "users.json").read_text(encoding="utf-8"))}
    channels = json.loads((folder / "channels.json").read_text(encoding="utf-8"))
    assert channels
    for channel in channels:
        stamps = []
        for path in sorted((folder / channel["name"]).glob("????-??-??.json")):
            for message in json.loads(path.read_text(encoding="utf-8")):
                day = dt.datetime.fromtimestamp(float(message["ts"]), dt.UTC).date()
                assert path.stem == day.isoformat()
                assert message.get("bot_id") or message["user"] in users
                stamps.append(message["ts"])
        assert len(set(stamps)) == len(stamps) > 3


def test_chat_truth_is_what_was_written(written):
    texts = {}
    for channel in json.loads((written.out / "slack" / "channels.json").read_text(encoding="utf-8")):
        for path in (written.out / "slack" / channel["name"]).glob("*.json"):
            for message in json.loads(path.read_text(encoding="utf-8")):
                texts[f"{channel['id']}:{message['ts']}"] = message["text"]
    rows = written.truth.execute("SELECT message_id, new_text FROM messages WHERE kind = 'chat'").fetchall()
    assert rows
    assert all(texts[key] == text for key, text in rows)


def test_the_slack_connector_reads_the_export(written):
    batches = list(open_export(written.out / "slack").batches())
    assert not [row for batch in batches for row in batch.broken]
    assert sum(len(batch.rows) for batch in batches) > 5
