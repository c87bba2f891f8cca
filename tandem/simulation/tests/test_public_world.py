"""The public world tells of need as its laws say, amid noise, late, missing and repeated; the truth knows which is which."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from tandem.simulation import CompanyConfig
from tandem.simulation.company import build_world
from tandem.simulation.lexicon import load
from tandem.simulation.outputs import Truth
from tandem.simulation.truths import write_truth
from tandem.simulation.world import World
from tandem.simulation.writers.apollo import write_apollo
from tandem.simulation.writers.public import write_public
from tandem.simulation.writers.public.happenings import TOLD_OF_NEED
from tandem.simulation.writers.public.listed import listed, tickers
from tandem.simulation.writers.public.wording import LANGUAGES, words_of
from tandem.simulation.writers.vendor import write_vendor

ATOM = "{http://www.w3.org/2005/Atom}"


class Written(NamedTuple):
    """A company's public files, its world and its truth."""

    world: World
    out: Path
    truth: sqlite3.Connection

    def ask(self, sql: str, *values: object) -> list[tuple]:
        return self.truth.execute(sql, values).fetchall()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    folder = tmp_path_factory.mktemp("public")
    truth = Truth(folder / "truth.sqlite")
    world = build_world(CompanyConfig(sellers=14, seed=11), folder / "out", truth)
    write_vendor(world)
    write_apollo(world)
    write_public(world)
    write_truth(world)
    truth.close()
    connection = sqlite3.connect(folder / "truth.sqlite")
    yield Written(world, folder / "out", connection)
    connection.close()


def feed_keys(out: Path) -> list[str]:
    keys = []
    for file in sorted((out / "public").rglob("*.xml")):
        root = ElementTree.parse(file).getroot()  # our own file
        keys += [
            str(node.text)
            for node in [*root.iter("guid"), *(e.find(f"{ATOM}id") for e in root.iter(f"{ATOM}entry"))]
            if node is not None
        ]
    return keys


def test_the_truth_knows_every_published_item(written):
    known = {item for (item,) in written.ask("SELECT item FROM public_items WHERE file LIKE '%/%'")}
    keys = feed_keys(written.out)
    assert set(keys) == known
    assert len(keys) > len(known)  # collections saved in parts overlap by a week


def test_every_language_fills_the_same_slots():
    filled = {
        "company", "city", "person", "position", "trade", "amount", "other", "show", "year", "quarter", "vendor", "round",
        "investors", "month", "you", "info_object", "info_topic",
    }  # fmt: skip
    assert [words_of(language).open_slots() - filled for language in LANGUAGES] == [set()] * 3


@pytest.mark.parametrize("event", sorted(TOLD_OF_NEED))
def test_a_cause_of_need_is_told_as_often_and_as_early_as_the_law_says(written, event):
    kind, chance, lead, spread = TOLD_OF_NEED[event][0]
    start, end = written.world.config.start, written.world.config.end - dt.timedelta(days=70)
    events = [
        (company.index, written.world.day(one.week))
        for company in written.world.market.companies
        for one in company.need_events
        if one.kind == event and start + dt.timedelta(days=200) <= written.world.day(one.week) <= end
    ]
    told: dict[int, list[dt.date]] = {}
    for entity, day in written.ask(
        "SELECT entity, happened_on FROM public_items WHERE kind = ? AND cause = ?", kind, event
    ):
        told.setdefault(entity, []).append(dt.date.fromisoformat(day))
    near = [
        min(
            ((day - on).days / 7 for on in told.get(entity, ()) if abs((day - on).days / 7 - lead) < 4 * spread + 1),
            key=abs,
            default=None,
        )
        for entity, day in events
    ]
    ahead = [weeks for weeks in near if weeks is not None]
    # A happening is published where the company has a news room, else mostly on the wire or in the press.
    assert 0.6 * chance <= len(ahead) / len(events) <= chance + 0.12
    assert abs(sum(ahead) / len(ahead) - lead) < 1.5


def test_most_news_has_nothing_to_do_with_need(written):
    causes = Counter(cause for (cause,) in written.ask("SELECT cause FROM public_items WHERE file LIKE 'news/%'"))
    need = sum(causes[event] for event in TOLD_OF_NEED)
    assert 0.05 < need / sum(causes.values()) < 0.25
    assert causes["repeat"] > 0.08 * sum(causes.values())
    assert causes["wrong company"] > 0


def test_some_items_have_no_day_and_some_come_late(written):
    undated = total = 0
    for file in (written.out / "public/news").glob("*.xml"):
        root = ElementTree.parse(file).getroot()
        items = [*root.iter("item"), *root.iter(f"{ATOM}entry")]
        total += len(items)
        undated += sum(item.find("pubDate") is None and item.find(f"{ATOM}published") is None for item in items)
    assert 0.001 < undated / total < 0.02


def test_a_quarter_of_the_posts_of_people_is_private(written):
    kinds = Counter(
        kind
        for (kind,) in written.ask("SELECT kind FROM public_items WHERE file = 'people/posts' AND kind != 'new_job'")
    )
    assert 0.18 < kinds["personal"] / sum(kinds.values()) < 0.36


def test_job_boards_answer_in_the_words_of_each_vendor(written):
    files = sorted((written.out / "public/jobs").glob("*.jsonl"))
    assert {file.name.split("-")[0] for file in files} == {"greenhouse", "lever", "ashby"}
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            answer = json.loads(line)
            postings = answer if isinstance(answer, list) else answer["jobs"]
            assert postings
            wanted = {"greenhouse": "absolute_url", "lever": "hostedUrl", "ashby": "jobUrl"}[file.name.split("-")[0]]
            assert all(wanted in posting for posting in postings)


def test_hiring_for_operations_and_technology_grows_with_need(written):
    needy = {entity for (entity,) in written.ask("SELECT DISTINCT entity FROM need_events WHERE strength > 1.2")}
    posts = Counter(
        entity
        for (entity,) in written.ask("SELECT entity FROM public_items WHERE kind = 'job_post' AND cause != 'noise'")
    )
    assert posts
    assert sum(count for entity, count in posts.items() if entity in needy) > 0.6 * sum(posts.values())


def test_filings_are_columns_of_one_length_and_calls_are_the_latest_four_quarters(written):
    companies = listed(written.world)
    files = sorted((written.out / "public/filings").glob("CIK*.json"))
    assert len(files) == len(companies)
    assert all(re.fullmatch(r"CIK\d{10}", file.stem) for file in files)
    for file in files:
        recent = json.loads(file.read_text(encoding="utf-8"))["filings"]["recent"]
        assert len({len(values) for values in recent.values()}) == 1
    calls = json.loads((written.out / "public/earnings/transcripts.json").read_text(encoding="utf-8"))
    assert Counter(row["symbol"] for row in calls) == dict.fromkeys(tickers(written.world).values(), 4)


def test_technologies_name_the_competitors_products_and_ours_at_customers(written):
    with (written.out / "public/technographics.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = Counter(row["Technology"] for row in rows)
    assert all(names[rival] for rival in load("own")["competitors"]["names"])
    customers = {company.name.domain for company in written.world.market.companies if company.customer_since}
    assert {row["Domain"] for row in rows if row["Technology"] == "Merrowline"} <= customers
    assert all(row["First Detected"] <= row["Last Detected"] <= str(written.world.config.end) for row in rows)


def test_two_bought_lists_err_apart_from_each_other(written):
    wrong = dict(written.ask("SELECT source_id, kind FROM vendor_errors WHERE kind != 'old_title'"))
    listed_at: dict[str, dict[int, str]] = {"zoominfo": {}, "apollo": {}}
    for source, key, person in written.ask(
        "SELECT source, source_id, entity FROM contact_records WHERE source IN ('zoominfo', 'apollo')"
    ):
        listed_at[source][person] = key
    both = listed_at["zoominfo"].keys() & listed_at["apollo"].keys()
    bad = {source: sum(keys[person] in wrong for person in both) / len(both) for source, keys in listed_at.items()}
    assert 0.08 < bad["apollo"] < bad["zoominfo"]
    together = sum(all(keys[person] in wrong for keys in listed_at.values()) for person in both) / len(both)
    assert together < 0.75 * bad["apollo"]


def test_nothing_is_published_after_the_export(written):
    end = str(written.world.config.end)
    for file in (written.out / "public").rglob("*.xml"):
        for moment in re.findall(r"<published>(\S{10})", file.read_text(encoding="utf-8")):
            assert moment <= end
