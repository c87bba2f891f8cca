"""One view answers a press with script and without."""

from __future__ import annotations

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse

from tandem.core import fragments
from tandem.core.tests.test_error_pages import Asked


class NameForm(forms.Form):
    name = forms.CharField(label="Name")
    is_key = forms.BooleanField(label="Key account", required=False)


def request_of(rf, *, htmx: bool, method: str = "post", **data: str):
    request = getattr(rf, method)("/things/1/edit", data)
    request.htmx = Asked() if htmx else False
    request._messages = CookieStorage(request)
    request.actor = None
    return request


def test_without_script_a_done_form_leads_to_the_page_with_a_message_and_its_undo(rf):
    request = request_of(rf, htmx=False)
    answer = fragments.done(request, "Renamed.", to="/things/1", undo="/undo/7")
    assert (answer.status_code, answer["Location"]) == (302, "/things/1")
    assert [(str(message), message.extra_tags) for message in get_messages(request)] == [("Renamed.", "/undo/7")]


def test_with_script_a_done_form_leads_to_the_page_or_refreshes_a_part(rf):
    answer = fragments.done(request_of(rf, htmx=True), "Renamed.", to="/things/1")
    assert answer["HX-Redirect"] == "/things/1"
    request = request_of(rf, htmx=True)
    answer = fragments.done(request, "Merged.", to="/things", undo="/undo/7", refresh="queue")
    assert answer.status_code == 204
    assert fragments.events_of(answer) == {
        "toast": {"text": "Merged.", "undo": "/undo/7", "kind": ""},
        "refresh-part": {"id": "queue"},
    }
    assert not list(get_messages(request))


def test_an_invalid_form_comes_back_with_its_errors_and_what_was_typed(rf):
    form = NameForm({"name": "", "is_key": "on"})
    assert not form.is_valid()
    fields = {"fields": [(field, field.errors) for field in form]}
    part = "django/forms/div.html"
    answer = fragments.invalid(request_of(rf, htmx=True), form, page="core/why.html", part=part, context=fields)
    drawn = answer.content.decode()
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in drawn
    assert 'aria-describedby="id_name_error"' in drawn
    assert '<ul class="errs" id="id_name_error">' in drawn
    assert "checked" in drawn
    page = fragments.invalid(request_of(rf, htmx=False), form, page="core/entrance.html", part=part)
    assert page.status_code == 422
    assert page.content.decode().startswith("<!doctype html>")


def test_fields_have_labels_that_belong_to_them():
    drawn = NameForm().render()
    assert '<label for="id_name">Name</label><input type="text" name="name" class="input"' in drawn
    assert '<label class="check" for="id_is_key">' in drawn


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/accounts?page=2", "/accounts?page=2"),
        ("", "/home"),
        ("https://evil.example/", "/home"),
        ("//evil.example/", "/home"),
        ("javascript:alert(1)", "/home"),
        ("http://testserver/deals", "http://testserver/deals"),
    ],
)
def test_a_form_leads_back_to_our_own_pages_only(rf, wanted, led):
    assert fragments.came_from(request_of(rf, htmx=False, next=wanted), "/home") == led


def test_a_toast_can_ride_on_any_answer():
    answer = fragments.toast(HttpResponse("x"), "Done.", kind="error")
    assert fragments.events_of(answer) == {"toast": {"text": "Done.", "undo": "", "kind": "error"}}
    assert fragments.events_of(HttpResponse()) == {}
