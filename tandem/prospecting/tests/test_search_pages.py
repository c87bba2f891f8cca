"""Pages of search, lists and runs: a sentence is shown before it is asked, every step is in the address."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tandem.prospecting.actions import lists as making
from tandem.prospecting.actions import pipeline
from tandem.prospecting.actions.searches import save_search
from tandem.prospecting.models import ListEntry, PipelineRun, ProspectList, SavedSearch
from tests.company import NOW, Company

pytestmark = pytest.mark.django_db
GERMAN = {"field": "country", "op": "in", "value": ["DE"]}
MOST_QUERIES = 25
PART = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def revops(company: Company, client_of: Callable[..., Client], settings: Any, tmp_path: Path) -> Client:
    settings.WAREHOUSE_DIR = tmp_path
    return client_of("revops")


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_sentence_becomes_a_query_to_correct_and_nothing_is_asked_yet(revops: Client) -> None:
    answer = revops.post("/prospecting/search/read", {"sentence": "in Germany and shiny"}, **PART)  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert "Not understood, and not asked: <b>shiny</b>" in text(answer)
    assert "country is DE" in text(answer)
    assert answer["HX-Push-Url"].startswith("/prospecting/search?c=")
    empty = revops.post("/prospecting/search/read", {"sentence": "hello"}, **PART)  # type: ignore[arg-type]
    assert "Nothing of it was understood" in text(empty)


def test_the_builder_adds_turns_groups_and_removes_conditions(revops: Client) -> None:
    def step(before: Any, **said: str) -> Any:
        told = {"c": json.dumps(before) if before else "", **said}
        answer = revops.post("/prospecting/search/edit", told)
        assert answer.status_code == 302, text(answer)
        asked = revops.get(answer["Location"])
        return json.loads(asked.context["text"]) if asked.context["text"] else None

    first = step(None, op="add", what="field", field="employees", field_op="between", value="200 to 2,000")
    assert first == {"field": "employees", "op": "between", "value": [200, 2000]}
    both = step(
        first, op="add", what="signal", signal="job_post", text_has="RevOps, Revenue Operations", within_days="90"
    )
    assert both["all"][1] == {"signal": "job_post", "within_days": 90, "text_has": ["RevOps", "Revenue Operations"]}
    group = step(both, op="group", place="1")
    either = step(group, op="add", place="1", what="technology", technology="SAP")
    assert either["all"][1]["any"][1] == {"technology": "SAP"}
    turned = step(either, op="not", place="1.1")
    assert turned["all"][1]["any"][1] == {"not": {"technology": "SAP"}}
    assert step(turned, op="switch")["any"][0] == first
    assert step(turned, op="remove", place="1") == first
    assert step(first, op="remove") is None
    wrong = revops.post("/prospecting/search/edit", {"op": "json", "json": '{"field": "x"}', "c": json.dumps(first)})
    assert wrong.status_code == 422
    assert "There is no such field" in text(wrong)
    assert "employees is between 200 and 2,000" in text(wrong)


def test_results_tell_count_sample_and_evidence(revops: Client, company: Company) -> None:
    answer = revops.get("/prospecting/search/results", {"c": json.dumps(GERMAN)})
    kroeger = company.accounts["kroeger"]
    assert f"account:{kroeger.id}:country" in text(answer)
    assert kroeger.name in text(answer)
    broken = revops.get("/prospecting/search/results", {"c": "{"})
    assert (broken.status_code, "no JSON" in text(broken)) == (422, True)
    assert "has not come yet" in text(
        revops.get("/prospecting/search/results", {"c": json.dumps(GERMAN), "as_of": "2030-01-01"})
    )


def test_a_search_is_kept_a_list_made_and_a_run_started_from_pages(revops: Client, company: Company) -> None:
    kept = revops.post("/prospecting/search/save", {"c": json.dumps(GERMAN), "name": "German"})
    search = SavedSearch.objects.get()
    assert kept["Location"] == f"/prospecting/search?search={search.id}"
    assert "country is DE" in text(revops.get(kept["Location"]))
    again = revops.post("/prospecting/search/save", {"c": json.dumps(GERMAN), "name": "German"})
    assert (again.status_code, "already" in text(again)) == (422, True)
    made = revops.post(
        "/prospecting/search/list", {"c": json.dumps(GERMAN), "name": "German list", "search": search.id}
    )
    list_id = ProspectList.objects.get().id
    assert made["Location"] == f"/prospecting/lists/{list_id}"
    with CaptureQueriesContext(connection) as queries:
        page = revops.get(f"/prospecting/lists/{list_id}")
    assert len(queries) <= MOST_QUERIES
    assert company.accounts["kroeger"].name in text(page)
    assert "No ideal customer profile is in force" in text(page)
    started = revops.post(f"/prospecting/lists/{list_id}/run")
    run_id = PipelineRun.objects.get().id
    assert started["Location"] == f"/prospecting/runs/{run_id}"
    with CaptureQueriesContext(connection) as queries:
        assert "De-duplicate" in text(revops.get(f"/prospecting/runs/{run_id}"))
    assert len(queries) <= MOST_QUERIES
    assert 'hx-trigger="every 2s"' in text(revops.get(f"/prospecting/runs/{run_id}/progress"))
    revops.post(f"/prospecting/runs/{run_id}/stop")
    assert "Stopped with" in text(revops.get(f"/prospecting/runs/{run_id}/progress"))
    exported = b"".join(revops.get(f"/prospecting/lists/{list_id}.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert company.accounts["kroeger"].name in exported
    assert "Not enough data" in text(revops.get("/prospecting/lists"))


def test_a_file_is_taken_from_the_page_and_a_broken_one_refused(revops: Client) -> None:
    bad = SimpleUploadedFile("fair.csv", b"a,b\n1,2\n")
    answer = revops.post("/prospecting/lists/import", {"name": "Fair", "file": bad})
    assert (answer.status_code, "Its header is a, b" in text(answer)) == (422, True)
    assert not ListEntry.objects.exists()


def test_a_seller_sees_own_lists_and_an_executive_changes_none(
    company: Company, client_of: Callable[..., Client]
) -> None:
    made = making.list_from_accounts("Mine", [], actor=company.actor("revops"), now=NOW)
    save_search("Mine", GERMAN, actor=company.actor("revops"), now=NOW)
    seller = client_of("seller")
    assert seller.get(f"/prospecting/lists/{made.list_id}").status_code == 404
    assert "Mine" not in text(seller.get("/prospecting/search"))
    executive = client_of("executive")
    assert executive.post(f"/prospecting/lists/{made.list_id}/archive").status_code == 403
    assert executive.get(f"/prospecting/lists/{made.list_id}").status_code == 200


def test_a_run_whose_work_gave_up_says_so_and_goes_on(revops: Client, company: Company) -> None:
    from tandem.core.models import Job

    actor = company.actor("revops")
    made = making.list_from_accounts("All", [company.accounts["alpine"].id], actor=actor, now=NOW)
    run_id = pipeline.start_run(made.list_id, actor=actor, now=NOW)
    Job.objects.update(state="dead", next_due_at=None, error="The database was gone.")
    page = text(revops.get(f"/prospecting/runs/{run_id}"))
    assert "Nobody carries the run any more. The database was gone." in page
    assert revops.post(f"/prospecting/runs/{run_id}/go-on").status_code == 302
    assert Job.objects.filter(task=pipeline.TASK, state="waiting").count() == 1
