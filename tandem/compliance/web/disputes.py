"""Legal disputes: which accounts nothing may go to, since when and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance.actions import disputes
from tandem.compliance.queries.disputes import list_disputes
from tandem.compliance.web.parts import form_page
from tandem.core import lists
from tandem.core.api import actor_of, moment_of
from tandem.core.lists import Column, FlagFilter, ListSpec

HOME = "/compliance/disputes"
LIST = ListSpec(
    name="disputes",
    noun="dispute",
    default_sort="-opened_at",
    columns=(
        Column(key="account", label="Account", template="compliance/cells/dispute.html"),
        Column(key="reason", label="About"),
        Column(key="opened_at", label="Since", sort="opened_at"),
        Column(key="opened_by", label="Opened by", is_optional=True),
        Column(key="closed_at", label="Closed", is_optional=True),
        Column(key="closed_why", label="How it ended", is_optional=True),
    ),
    filters=(FlagFilter(key="closed", label="Closed"),),
    empty_title="No dispute is open",
    empty_text="While one is, nothing but what a contract needs leaves for the account.",
    empty_address=f"{HOME}/new",
    empty_action="Open one",
)


class OpenForm(forms.Form):
    """A dispute that begins."""

    account = forms.CharField(max_length=120, help_text="Key of the account as in its address: account:12.")
    reason = forms.CharField(max_length=300, label="What it is about", help_text="In one line.")


class CloseForm(forms.Form):
    """A dispute that is over."""

    reason = forms.CharField(max_length=300, label="How it ended")


@page("gate", "view")
def dispute_list(request: HttpRequest) -> HttpResponse:
    """Disputes that are open, or those that were."""
    state, actor = LIST.read(request.GET), actor_of(request)
    rows = list_disputes(closed=state.flag("closed"))
    context = {
        "title": "Legal disputes",
        "note": "Accounts we are in dispute with. The gate reads this list each time somebody wants to write there.",
        "add_address": f"{HOME}/new" if may(actor, "gate.stop") else "",
        "add_label": "Open a dispute",
    }
    return lists.respond(request, "compliance/list.html", LIST.listing(state, rows, total=len(rows)), context)


@page("gate", "stop", methods=("GET", "POST"))
def new(request: HttpRequest) -> HttpResponse:
    """A dispute with an account begins."""

    def write(said: Mapping[str, Any]) -> str:
        disputes.open_dispute(
            said["account"].strip(), reason=said["reason"], actor=actor_of(request), now=moment_of(request)
        )
        return "Opened. Nothing but what a contract needs leaves for the account."

    return form_page(
        request, OpenForm, write, title="Open a legal dispute", button="Open", back=HOME, crumb="Legal disputes",
        note="It holds from the moment you press the button, on every channel.",
    )  # fmt: skip


@page("gate", "manage", methods=("GET", "POST"))
def close(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """A dispute is over."""

    def write(said: Mapping[str, Any]) -> str:
        disputes.close_dispute(dispute_id, reason=said["reason"], actor=actor_of(request), now=moment_of(request))
        return "Closed."

    return form_page(
        request, CloseForm, write, title="Close the dispute", button="Close", back=HOME, crumb="Legal disputes"
    )


urlpatterns = [
    path("compliance/disputes", dispute_list, name="disputes"),
    path("compliance/disputes/new", new, name="dispute_new"),
    path("compliance/disputes/<int:dispute_id>/close", close, name="dispute_close"),
]
