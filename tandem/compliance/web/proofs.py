"""What proves the ledger: its checkpoints, keys, anchors and streams as the ledger's page shows them; where anchors and
streams are entered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance import actions, queries
from tandem.compliance.contracts.anchors import AnchorKind, StreamFormat, StreamKind
from tandem.compliance.web.forms import words
from tandem.compliance.web.parts import form_page
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import DataUnreadable

HOME = "/ledger/anchors"
CHECKPOINTS_SHOWN = 5
TARGETS = "Folder or repository below {folders}; mail address; or web address."


class AnchorForm(forms.Form):
    """A place outside that keeps checkpoints."""

    name = forms.CharField(label="Name", max_length=80, help_text="Who keeps it, for example the auditor.")
    kind = forms.ChoiceField(label="Kind", choices=words(AnchorKind))
    target = forms.CharField(label="Where", max_length=500)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        folders = ", ".join(str(folder) for folder in settings.ANCHOR_FOLDERS)
        self.fields["target"].help_text = TARGETS.format(folders=folders)


class StreamForm(forms.Form):
    """A receiver of entries."""

    name = forms.CharField(label="Name", max_length=80, help_text="For example the SIEM's name.")
    kind = forms.ChoiceField(label="Kind", choices=words(StreamKind, without=frozenset({StreamKind.SHELL})))
    target = forms.CharField(label="Where", max_length=500, help_text="host:port for syslog, else a web address.")
    form = forms.ChoiceField(
        label="Format",
        choices=((StreamFormat.ECS.value, "Elastic Common Schema"), (StreamFormat.RAW.value, "as exported")),
    )
    after = forms.IntegerField(
        label="Behind entry", min_value=0, initial=0, help_text="0 begins with the first entry of all."
    )


def proof(*, now: datetime) -> dict[str, Any]:
    """Everything that the ledger's page shows of its proof."""
    try:
        kept, unreadable = queries.kept_checkpoints(settings.CHECKPOINT_DIR, limit=CHECKPOINTS_SHOWN), ""
    except DataUnreadable as error:
        kept, unreadable = [], error.message
    return {
        "verification": queries.last_verification(),
        "checkpoints": kept,
        "unreadable": unreadable,
        "keys": queries.signing_keys()[::-1],
        "anchors": queries.list_anchors(),
        "streams": queries.list_streams(),
        "warnings": queries.proof_warnings(now=now),
        "installation": queries.installation(),
    }


@page("ledger", "view")
def anchors(request: HttpRequest) -> HttpResponse:
    """Every anchor and stream with its state; those who may manage them find their secrets and buttons here."""
    may_manage = may(actor_of(request), "ledger.manage")
    anchors, streams = queries.list_anchors(), queries.list_streams()
    context = {
        "anchors": [(one, _secret(one.kind, one.name, may_manage)) for one in anchors],
        "streams": [(one, _secret(one.kind, one.name, may_manage)) for one in streams],
        "may_manage": may_manage,
        "keys": queries.signing_keys()[::-1],
        "installation": queries.installation(),
    }
    return render(request, "compliance/anchors.html", context)


def _secret(kind: AnchorKind | StreamKind, name: str, may_manage: bool) -> str:
    """The key of a webhook's signatures, for those who set up its receiver."""
    is_signed = kind in (AnchorKind.WEBHOOK, StreamKind.WEBHOOK)
    return queries.webhook_secret(name) if may_manage and is_signed else ""


@page("ledger", "manage", methods=("GET", "POST"))
def new_anchor(request: HttpRequest) -> HttpResponse:
    """Enter an anchor."""

    def write(said: Mapping[str, Any]) -> str:
        actions.add_anchor(
            kind=AnchorKind(said["kind"]),
            name=said["name"],
            target=said["target"],
            actor=actor_of(request),
            now=moment_of(request),
        )
        return f"{said['name']} gets its first checkpoint tonight, or now by the button."

    note = "A checkpoint that lies where nobody of this installation can change it shows a cut or remade ledger."
    return form_page(
        request, AnchorForm, write, title="Add an anchor", button="Add it", back=HOME, crumb="Anchors", note=note
    )


@page("ledger", "manage", methods=("GET", "POST"))
def new_stream(request: HttpRequest) -> HttpResponse:
    """Enter a stream."""

    def write(said: Mapping[str, Any]) -> str:
        actions.add_stream(
            kind=StreamKind(said["kind"]),
            name=said["name"],
            target=said["target"],
            form=StreamFormat(said["form"]),
            after=said["after"],
            actor=actor_of(request),
            now=moment_of(request),
        )
        return f"{said['name']} gets its first entries within a minute."

    note = "Each entry goes out in order and at least once; when the receiver is away, it gets everything later."
    return form_page(
        request, StreamForm, write, title="Add a stream", button="Add it", back=HOME, crumb="Anchors", note=note
    )


@page("ledger", "manage", methods=("POST",))
def anchor_now(request: HttpRequest) -> HttpResponse:
    """A signed checkpoint to every anchor that is on."""
    states = actions.anchor_checkpoint(actor=actor_of(request), now=moment_of(request))
    failed = [state.name for state in states if state.error]
    if failed:
        return fragments.done(request, f"Not taken by {', '.join(failed)}; tried again in a while.", to=HOME)
    told = f"Anchored in {len(states)} places." if states else "No anchor is on."
    return fragments.done(request, told, to=HOME)


@page("ledger", "manage", methods=("POST",))
def switch(request: HttpRequest, word: str, outlet_id: int) -> HttpResponse:
    """Pause an anchor or a stream, or let it go on."""
    is_on = request.POST.get("on") == "1"
    actions.switch_outlet(word, outlet_id, is_on=is_on, actor=actor_of(request))
    return fragments.done(request, "It goes on." if is_on else "Paused.", to=HOME)


@page("ledger", "manage", methods=("POST",))
def remove(request: HttpRequest, word: str, outlet_id: int) -> HttpResponse:
    """Take an anchor or a stream off the list."""
    actions.remove_outlet(word, outlet_id, actor=actor_of(request))
    return fragments.done(request, "Taken off the list; what it has received stays there.", to=HOME)


def _both(address: str, view: Any, name: str) -> list[Any]:
    """The same address for anchors and for streams."""
    return [
        path(f"ledger/{word}s/{address}", view, {"word": word}, name=f"ledger_{word}_{name}")
        for word in ("anchor", "stream")
    ]


urlpatterns = [
    path("ledger/anchors", anchors, name="ledger_anchors"),
    path("ledger/anchors/new", new_anchor, name="ledger_anchor_new"),
    path("ledger/streams/new", new_stream, name="ledger_stream_new"),
    path("ledger/anchors/now", anchor_now, name="ledger_anchor_now"),
    *_both("<int:outlet_id>/switch", switch, "switch"),
    *_both("<int:outlet_id>/remove", remove, "remove"),
]
