"""Every error family has one shape for people, one for the page's script and one for programs."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse

from tandem.core import error_pages, errors, fragments

EVIL = "<script>alert(1)</script>"
FAMILIES = [
    (errors.InvalidInput, 422),
    (errors.Unauthenticated, 401),
    (errors.NotAllowed, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.PolicyBlocked, 403),
    (errors.TooManyRequests, 429),
    (errors.ProviderFailed, 502),
    (errors.ModelOutputInvalid, 502),
    (errors.DataUnreadable, 422),
]


class Asked:
    """What a request asked by htmx says."""

    boosted = False
    history_restore_request = False

    def __bool__(self) -> bool:
        return True


def ask(rf, error: Exception, *, path: str = "/deals", method: str = "get", htmx: bool = False, **headers: str):
    request = getattr(rf, method)(path, headers=headers)
    request.actor, request.htmx = None, Asked() if htmx else False

    def view(_):
        raise AssertionError

    return error_pages.ErrorPagesMiddleware(view).process_exception(request, error)


@pytest.mark.parametrize(("family", "status"), FAMILIES)
def test_a_person_gets_a_page_that_says_what_is_wrong_and_the_remedy(rf, family, status):
    answer = ask(rf, family(f"No {EVIL}.", hint="Do this.", context={"row": 7}))
    text = answer.content.decode()
    assert answer.status_code == status
    assert f"<h1>{family.title}</h1>".replace("'", "&#x27;") in text
    assert "No &lt;script&gt;alert(1)&lt;/script&gt;." in text
    assert "Do this." in text
    assert "<dt>row</dt><dd>7</dd>" in text
    assert EVIL not in text


@pytest.mark.parametrize(("family", "status"), FAMILIES)
def test_a_program_gets_rfc_7807(rf, family, status):
    answer = ask(rf, family("Wrong.", hint="Do this.", context={"row": 7}), path="/api/v1/deals")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content) == {
        "type": f"urn:tandem:error:{family.code}",
        "title": family.title,
        "status": status,
        "detail": "Wrong.",
        "instance": "/api/v1/deals",
        "code": family.code,
        "hint": "Do this.",
        "where": {"row": 7},
        "retryable": family.retryable,
    }


def test_a_caller_that_reads_only_json_gets_json_from_pages_too(rf):
    assert ask(rf, errors.NotFound("x"), Accept="application/json")["Content-Type"] == "application/problem+json"
    assert ask(rf, errors.NotFound("x"), Accept="text/html,application/json")["Content-Type"].startswith("text/html")


def test_something_read_by_htmx_shows_the_error_in_its_place(rf):
    answer = ask(rf, errors.NotFound(f"No {EVIL}", hint="Do this."), htmx=True)
    assert answer.status_code == 404
    assert answer["X-Tandem-Part"] == "error"
    assert answer.content.decode().startswith('<div class="state-box" role="alert">')
    assert EVIL not in answer.content.decode()
    assert "HX-Reswap" not in answer


def test_something_sent_by_htmx_shows_the_error_as_a_toast_and_leaves_the_page_as_it_is(rf):
    answer = ask(rf, errors.Conflict("Changed.", hint="Reload."), method="post", htmx=True)
    assert answer.status_code == 409
    assert answer["HX-Reswap"] == "none"
    assert fragments.events_of(answer) == {"toast": {"text": "Changed. Reload.", "undo": "", "kind": "error"}}


def test_too_many_requests_say_when_to_come_back(rf):
    assert ask(rf, errors.TooManyRequests("Slow down."))["Retry-After"] == "60"
    assert "Retry-After" not in ask(rf, errors.Conflict("x"))


def test_what_django_raises_is_told_like_the_rest_and_mistakes_are_left_to_be_logged(rf):
    assert ask(rf, Http404("secret table")).status_code == 404
    assert b"secret table" not in ask(rf, Http404("secret table")).content
    assert ask(rf, PermissionDenied()).status_code == 403
    assert ask(rf, ZeroDivisionError()) is None


def test_a_mistake_of_ours_is_told_without_its_traceback(rf):
    request = rf.get("/deals")
    request.actor = None
    try:
        raise ZeroDivisionError("secret detail")
    except ZeroDivisionError:
        answer = error_pages.server_error(request)
    assert answer.status_code == 500
    assert b"Something in Tandem broke" in answer.content
    assert b"secret detail" not in answer.content
    assert b"Traceback" not in answer.content


def test_the_page_for_a_failure_works_when_hardly_anything_does(rf, monkeypatch):
    def broken(*_: object, **__: object) -> HttpResponse:
        raise OSError("no templates")

    monkeypatch.setattr(error_pages, "render_to_string", broken)
    answer = error_pages.server_error(rf.get("/deals"))
    assert (answer.status_code, answer.content.decode()) == (500, error_pages.LAST_RESORT)


def test_a_forms_address_typed_into_the_browser_gets_words(company, client_of):
    answer = client_of("revops").get("/data/measure")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "This address only takes a form" in answer.content.decode()
