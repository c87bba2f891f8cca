"""Search and lists: within sight, evidenced, replayable, versioned; files with bad rows; nothing half-done."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tandem.accounts.contracts import SourceKind
from tandem.accounts.models import Account, AccountDomain, AccountName, Source
from tandem.core.errors import Conflict, InvalidInput, NotFound
from tandem.prospecting.actions import lists as making
from tandem.prospecting.actions.searches import archive_search, read_sentence, save_search
from tandem.prospecting.domain import conditions
from tandem.prospecting.models import EntryState, ListEntry, ProspectList, SearchVersion
from tandem.prospecting.queries import lists
from tandem.prospecting.queries.searches import find, get_search, list_searches
from tandem.prospecting.tests.test_profiles import land
from tests.company import NOW, Company

pytestmark = pytest.mark.django_db
RAISED = {"signal": "funding_round", "within_days": 90}
GERMAN = {"field": "country", "op": "in", "value": ["DE"]}


@pytest.fixture
def told(company: Company, settings: Any, tmp_path: Path) -> Company:
    settings.WAREHOUSE_DIR = tmp_path
    news = Source.objects.create(key="news", name="News", kind=SourceKind.OTHER, created_at=NOW)
    payload = json.dumps({"title": "Kröger raises", "round": "Series C"})
    row = {"kind": "funding_round", "at": NOW - timedelta(days=21), "payload": payload}
    land(company, news, {"key": "F", **row}, landed_days_ago=5)
    land(company, news, {"key": "G", **row, "account_domain": "alpine.example"}, landed_days_ago=1)
    return company


def ids(told: Company, *names: str) -> set[int]:
    return {told.accounts[name].id for name in names}


def test_a_search_finds_what_it_can_prove_and_only_in_sight(told: Company) -> None:
    found = find(told.actor("revops"), conditions.read(RAISED), now=NOW)
    assert set(found.account_ids) >= ids(told, "kroeger")
    hit = next(one for one in found.hits if one.account_id == told.accounts["kroeger"].id)
    assert hit.evidence_ids == ("signal:news/F",)
    assert "Series C on 3 Nov 2026" in hit.because
    for who in ("seller", "liam"):
        actor = told.actor(who)
        own = find(actor, conditions.read(RAISED), now=NOW)
        seen = set(Account.objects.filter(owner_id=actor.id).values_list("id", flat=True))
        unowned = set(Account.objects.filter(owner=None).values_list("id", flat=True))
        assert set(own.account_ids) <= seen | unowned


def test_a_past_moment_is_asked_of_what_had_landed_then(told: Company) -> None:
    actor, wanted = told.actor("revops"), conditions.read(RAISED)
    then = NOW - timedelta(days=2)
    replayed = find(actor, wanted, now=NOW, as_of=then)
    assert {hit.evidence_ids for hit in replayed.hits} == {("signal:news/F",)}
    assert find(actor, wanted, now=NOW, as_of=NOW - timedelta(days=10)).hits == ()
    assert find(actor, wanted, now=NOW + timedelta(days=3), as_of=then).account_ids == replayed.account_ids
    with pytest.raises(InvalidInput, match="has not come yet"):
        find(actor, wanted, now=NOW, as_of=NOW + timedelta(days=1))


def test_searches_are_kept_by_version_and_a_name_is_used_once(told: Company) -> None:
    actor = told.actor("seller")
    kept = save_search("Raised", RAISED, actor=actor, now=NOW, sentence="raised money")
    assert save_search("Raised", RAISED, actor=actor, now=NOW, search_id=kept) == kept
    save_search("Raised here", {"all": [RAISED, GERMAN]}, actor=actor, now=NOW, search_id=kept)
    assert get_search(actor, kept).version == 2
    assert get_search(actor, kept, number=1).condition == RAISED
    with pytest.raises(Conflict, match="already"):
        save_search("Raised here", RAISED, actor=actor, now=NOW)
    with pytest.raises(InvalidInput, match="no such field"):
        save_search("Broken", {"field": "x", "op": "eq", "value": 1}, actor=actor, now=NOW)
    with pytest.raises(NotFound):
        get_search(told.actor("liam"), kept)
    assert SearchVersion.objects.count() == 2
    archive_search(kept, actor=actor, now=NOW)
    assert list_searches(actor) == []


def test_a_sentence_is_shown_as_a_query_before_it_runs(told: Company) -> None:
    read = read_sentence("raised a Series C within 90 days and glitters", actor=told.actor("seller"), now=NOW)
    assert read.condition == {**RAISED, "where": {"round": "Series C"}}
    assert read.not_understood == ("glitters",)
    with pytest.raises(InvalidInput, match="0 characters"):
        read_sentence("  ", actor=told.actor("seller"), now=NOW)


def test_a_list_remembers_why_each_account_came_and_in_which_version_it_went(told: Company) -> None:
    actor = told.actor("revops")
    made = making.list_from_search("Raised", RAISED, actor=actor, now=NOW)
    kroeger = told.accounts["kroeger"].id
    head = lists.get_list(actor, made.list_id)
    assert (head.origin, head.version, head.size) == ("signals", 1, made.added)
    first = {row.account_id: row for row in lists.list_entries(actor, made.list_id)}
    assert list(first[kroeger].evidence_ids) == ["signal:news/F"]
    gone = making.remove_accounts(made.list_id, [kroeger], "wrong moment", actor=actor, now=NOW)
    assert (gone.version, gone.removed) == (2, 1)
    assert kroeger not in {row.account_id for row in lists.list_entries(actor, made.list_id)}
    assert kroeger in {row.account_id for row in lists.list_entries(actor, made.list_id, version=1)}
    again = making.refresh(made.list_id, actor=actor, now=NOW)
    assert (again.version, again.added) == (3, 1)
    assert making.refresh(made.list_id, actor=actor, now=NOW).version == 3
    with pytest.raises(Conflict, match="already"):
        making.list_from_search("Raised", RAISED, actor=actor, now=NOW)
    with pytest.raises(InvalidInput, match="Nothing was found"):
        making.list_from_search("None", {"signal": "award"}, actor=actor, now=NOW)
    assert ProspectList.objects.count() == 1
    firms = making.list_from_search("German", {"not": GERMAN}, actor=actor, now=NOW)
    assert lists.get_list(actor, firms.list_id).origin == "firmographic"


def test_a_seller_sees_no_account_of_others_on_a_list(told: Company) -> None:
    own = making.list_from_accounts(
        "All", [row.id for row in told.accounts.values()], actor=told.actor("revops"), now=NOW
    )
    ProspectList.objects.update(owner=None)
    actor = told.actor("seller")
    shown = {row.account_id for row in lists.list_entries(actor, own.list_id)}
    mine = set(Account.objects.filter(owner_id__in=[actor.id, None]).values_list("id", flat=True))
    assert shown <= mine | set(Account.objects.filter(owner=None).values_list("id", flat=True))
    with pytest.raises(NotFound):
        making.list_from_accounts("Stolen", [row.id for row in told.accounts.values()], actor=actor, now=NOW)
    assert ProspectList.objects.count() == 1


def test_a_file_brings_the_accounts_it_means_and_says_of_every_other_row_why_not(told: Company) -> None:
    alpine, crm = told.accounts["alpine"], told.sources["crm"]
    AccountName.objects.get_or_create(account=alpine, core="alpine robotics", source=crm)
    AccountDomain.objects.get_or_create(account=alpine, domain="alpine-robotics.com", defaults={"source": crm})
    file = f"Company;Website\n{alpine.name};\nNobody Ltd;nobody.example\n;\nx;y;z\n;https://www.alpine-robotics.com/about\n;;\n"
    report = making.list_from_file("From a file", file.encode(), file="fair.csv", actor=told.actor("revops"), now=NOW)
    assert (report.added, report.repeated) == (1, 1)
    assert [(row.number, row.rule) for row in report.refused] == [
        (2, "No account that you can see has this name or domain."),
        (4, "It has 3 cells; the header has 2."),
    ]
    (entry,) = ListEntry.objects.all()
    assert entry.because.startswith("row 1 of fair.csv")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,2\n", "Its header is a, b"),
        (b"name\n", "has 0 rows"),
        (b"name\n\xff\xfe\n", "not UTF-8"),
        (b"", "Its header is nothing"),
        (b"name\nNobody Ltd\n", "No row of fair.csv"),
        (b"name\n" + b"x\n" * 20_001, "20,001 rows"),
    ],
)
def test_a_file_that_is_no_list_is_refused_and_leaves_nothing(told: Company, content: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        making.list_from_file("From a file", content, file="fair.csv", actor=told.actor("revops"), now=NOW)
    assert not ProspectList.objects.exists()
    assert not ListEntry.objects.exists()


def test_an_account_is_taken_by_engagement_once(told: Company) -> None:
    actor = told.actor("revops")
    made = making.list_from_search("Raised", RAISED, actor=actor, now=NOW)
    ListEntry.objects.update(state=EntryState.READY, ready_at=NOW, quality=0.8, contact_ids=[1])
    (ready, *_) = lists.ready_for_engagement(actor, list_id=made.list_id)
    assert making.take([ready.entry_id], actor=actor, now=NOW) == [ready.entry_id]
    assert making.take([ready.entry_id], actor=actor, now=NOW) == []
    assert ready.account_id not in {one.account_id for one in lists.ready_for_engagement(actor)}
