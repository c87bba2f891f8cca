"""The inbox: what waits for a person by its clock, one message open, answered and corrected by keyboard."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.http import urlencode

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.core import exits, fragments
from tandem.core.actors import Actor
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import AppError, InvalidInput, NotFound
from tandem.core.lists import ChoiceFilter, Column, FlagFilter, ListSpec, ListState, TextFilter
from tandem.engagement.actions import reply_tasks, taking_back
from tandem.engagement.actions.answering import answer, find, told
from tandem.engagement.contracts import ReplyLabel
from tandem.engagement.domain.mail.parsing import parse
from tandem.engagement.domain.reply_work import CloseReason
from tandem.engagement.queries import inbox as queries
from tandem.engagement.queries.answer_faults import answer_faults
from tandem.engagement.queries.inbox import LABEL_WORDS, VIEWS, InboxFilters, InboxMessage

HOME = "/inbox"
LABELS = [(number, one.value, LABEL_WORDS[one]) for number, one in enumerate(ReplyLabel, 1)]
SHOWN_HEADERS = ("from", "to", "cc", "date", "subject", "message-id", "in-reply-to", "references", "auto-submitted")
LIST = ListSpec(
    name="inbox",
    noun="message",
    columns=(
        Column(key="id", label="Message"),
        Column(key="whom", label="From"),
        Column(key="account", label="Account"),
        Column(key="channel", label="Channel"),
        Column(key="received_at", label="Received"),
        Column(key="kind", label="Kind"),
        Column(key="label", label="Label"),
        Column(key="confidence", label="Confidence"),
        Column(key="owner", label="Owner"),
        Column(key="closed_as", label="Closed as"),
        Column(key="subject", label="Subject"),
        Column(key="snippet", label="Text"),
    ),
    filters=(
        TextFilter(key="text", label="Name, company or words"),
        ChoiceFilter(key="view", label="Show", choices=tuple(VIEWS.items())[1:], any_label="Waits for a person"),
        ChoiceFilter(
            key="label", label="Label",
            choices=(*((one.value, LABEL_WORDS[one]) for one in ReplyLabel), ("none", "not told")),
        ),
        FlagFilter(key="mine", label="Mine"),
    ),
)  # fmt: skip


def filters_of(state: ListState) -> InboxFilters:
    """What an address narrows the inbox to."""
    return InboxFilters(
        view=state.text("view") or "open", text=state.text("text"), label=state.text("label"), mine=state.flag("mine")
    )


def address_of(state: ListState, inbound_id: int | None = None) -> str:
    """The inbox narrowed as it is, at a message."""
    asked = dict(state.values) | ({"at": str(inbound_id)} if inbound_id else {})
    return f"{HOME}?{urlencode(asked)}" if asked else HOME


@page("campaign", "view")
def inbox_page(request: HttpRequest) -> HttpResponse:
    """The list with one message open beside it."""
    actor, now, state = actor_of(request), moment_of(request), LIST.read(request.GET)
    filters = filters_of(state)
    rows = queries.inbox_rows(actor, filters, now=now)
    shown = _shown(actor, request.GET.get("at", ""), [one.id for one in rows])
    listing = LIST.listing(
        state, rows, total=len(rows), csv_address=f"{HOME}.csv" if may(actor, "campaign.export") else ""
    )
    context = {
        "rows": [(one, address_of(state, one.id)) for one in rows],
        "listing": listing, "is_narrowed": filters.is_set, "view": VIEWS[filters.view],
        "counts": queries.inbox_counts(actor, now=now), "numbers": queries.numbers(actor, now=now),
        **_pane(actor, shown, now, following=_following(rows, shown, state)),
    }  # fmt: skip
    return render(request, "engagement/inbox.html", context)


def _shown(actor: Actor, at: str, ids: list[int]) -> Any:
    """The message an address names, if it is in sight, otherwise the first."""
    if at.isascii() and at.isdecimal() and len(at) < 19:
        try:
            return find(int(at), actor)
        except NotFound:
            pass  # it went out of sight: the list goes on
    return find(ids[0], actor) if ids else None


def _following(rows: list[Any], shown: Any, state: ListState) -> str:
    ids = [one.id for one in rows]
    at = ids.index(shown.id) if shown is not None and shown.id in ids else -1
    after = ids[at + 1] if at + 1 < len(ids) else next((one for one in ids if shown and one != shown.id), None)
    return address_of(state, after)


def _pane(actor: Actor, inbound: Any, now: Any, *, following: str, typed: str | None = None) -> dict[str, Any]:
    """What the reading pane is drawn from."""
    if inbound is None:
        return {"shown": None}
    shown: InboxMessage = queries.message_in_inbox(actor, inbound, now=now)
    decides = may(actor, "campaign.decide") and not actor.is_agent
    return {
        "shown": shown, "labels": LABELS, "following": following, "may_decide": decides,
        "is_waiting": decides and shown.task is not None and shown.task.closed_at is None,
        "may_answer": decides and shown.answer_state in ("", "written", "planned"),
        "typed": shown.body if typed is None else typed, "here": f"{HOME}?at={inbound.id}",
    }  # fmt: skip


@page("campaign", "view")
def message_page(request: HttpRequest, inbound_id: int) -> HttpResponse:
    """One message whole: all its words, its headers, and the thread."""
    actor, now = actor_of(request), moment_of(request)
    inbound = find(inbound_id, actor)
    mail = parse(zlib.decompress(bytes(inbound.content))) if inbound.content else None
    headers = [(name, value) for name in SHOWN_HEADERS for value in (mail.headers.get(name, ()) if mail else ())]
    context = {
        "headers": headers, "whole": mail.text[:50_000] if mail else "", "has_raw": bool(inbound.content),
        "may_export": may(actor, "campaign.export"), **_pane(actor, inbound, now, following=HOME),
    }  # fmt: skip
    return render(request, "engagement/inbox_message.html", context)


@page("campaign", "export")
def raw(request: HttpRequest, inbound_id: int) -> HttpResponse:
    """The bytes as they came, as a file."""
    actor = actor_of(request)
    inbound = find(inbound_id, actor, verb="export")
    if not inbound.content:
        raise NotFound("The bytes of this message are gone: its writer was erased.")
    exits.leave(actor, what=f"inbound:{inbound.id}", rows=1)
    answer_ = HttpResponse(zlib.decompress(bytes(inbound.content)), content_type="message/rfc822")
    answer_["Content-Disposition"] = f'attachment; filename="message-{inbound.id}.eml"'
    return answer_


@page("campaign", "export")
def inbox_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The list as a file."""
    actor, state = actor_of(request), LIST.read(request.GET)
    rows = queries.inbox_rows(actor, filters_of(state), now=moment_of(request), limit=None)
    return LIST.csv(rows, actor=actor)


def _act(request: HttpRequest, inbound_id: int, work: Callable[[Actor, Any], str], *, undo: str = "") -> HttpResponse:
    """Do it and go where the form says; what is refused is told at the message."""
    here = f"{HOME}?at={inbound_id}"
    try:
        said = work(actor_of(request), moment_of(request))
    except NotFound:
        raise
    except AppError as error:
        return fragments.done(request, told(error), to=here)
    return fragments.done(request, said, to=fragments.came_from(request, here), undo=undo)


@page("campaign", "decide", methods=("POST",))
def take(request: HttpRequest, inbound_id: int) -> HttpResponse:
    """The clock stops: this person has it."""

    def work(actor: Actor, now: Any) -> str:
        reply_tasks.take(inbound_id, actor=actor, now=now)
        return "It is yours. The clock has stopped."

    return _act(request, inbound_id, work)


@page("campaign", "decide", methods=("POST",))
def done(request: HttpRequest, inbound_id: int) -> HttpResponse:
    """There is nothing to answer."""

    def work(actor: Actor, now: Any) -> str:
        reply_tasks.close(inbound_id, as_=CloseReason.DONE, actor=actor, now=now)
        return "Done. It is off your list."

    return _act(request, inbound_id, work, undo=f"{HOME}/{inbound_id}/reopen")


@page("campaign", "decide", methods=("POST",))
def reopen(request: HttpRequest, inbound_id: int) -> HttpResponse:
    """Back on the list."""

    def work(actor: Actor, now: Any) -> str:
        reply_tasks.reopen(inbound_id, actor=actor)
        return "It waits again."

    return _act(request, inbound_id, work)


@page("campaign", "decide", methods=("POST",))
def hand_over(request: HttpRequest, inbound_id: int) -> HttpResponse:
    """A colleague has it."""

    def work(actor: Actor, now: Any) -> str:
        to = request.POST.get("to", "")
        if not to.isdecimal():
            raise InvalidInput("Choose a colleague to hand it to.")
        reply_tasks.hand_over(inbound_id, to=int(to), why=request.POST.get("why", ""), actor=actor, now=now)
        return "Handed over. The clock goes on where it stood."

    return _act(request, inbound_id, work)


@page("campaign", "decide", methods=("POST",))
def relabel(request: HttpRequest, inbound_id: int) -> HttpResponse:
    """A person says what it is."""

    def work(actor: Actor, now: Any) -> str:
        asked = request.POST.get("label", "")
        label = ReplyLabel(asked) if asked in set(ReplyLabel) else None
        taking_back.relabel(inbound_id, label, actor=actor, now=now)
        return f"It counts as “{LABEL_WORDS[label]}” now." if label else "It counts as none of the seven now."

    return _act(request, inbound_id, work)


@page("campaign", "decide", methods=("POST",))
def undo_effect(request: HttpRequest, inbound_id: int, effect_id: int) -> HttpResponse:
    """One thing that software did is taken back."""

    def work(actor: Actor, now: Any) -> str:
        taking_back.undo(effect_id, actor=actor, now=now)
        return "Taken back."

    return _act(request, inbound_id, work)


@page("campaign", "decide", methods=("POST",))
def redirect(request: HttpRequest, inbound_id: int) -> HttpResponse:
    """Whether the person a reply names is to be kept."""

    def work(actor: Actor, now: Any) -> str:
        confirm = request.POST.get("answer") == "confirm"
        taking_back.decide_redirect(inbound_id, confirm=confirm, actor=actor, now=now)
        return "Kept as somebody to write to. Nobody was enrolled." if confirm else "Not kept."

    return _act(request, inbound_id, work)


@page("campaign", "decide", methods=("POST",))
def send_answer(request: HttpRequest, inbound_id: int) -> HttpResponse:
    """The person's answer, to the gate; what is refused stays in the field."""
    actor, now, body = actor_of(request), moment_of(request), request.POST.get("body", "")
    try:
        said = answer(inbound_id, body=body, actor=actor, now=now)
    except AppError as error:
        inbound = find(inbound_id, actor, verb="decide")
        context = _pane(actor, inbound, now, following=HOME, typed=body) | {
            "refused": told(error), "faults": answer_faults(inbound, body), "rows": [], "headers": [],
        }  # fmt: skip
        return render(request, "engagement/inbox_message.html", context, status=422)
    words = "Sent to the gate. It leaves with the next round."
    if said.people_missing:
        words = "Approved. One more person must read it, then it leaves."
    return fragments.done(request, words, to=fragments.came_from(request, f"{HOME}?at={inbound_id}"))


@page("campaign", "decide", methods=("POST",))
def lint(request: HttpRequest, inbound_id: int) -> HttpResponse:
    """What the validators say of the answer being typed; nothing is stored."""
    inbound = find(inbound_id, actor_of(request), verb="decide")
    faults = answer_faults(inbound, request.POST.get("body", "").replace("\r\n", "\n").strip())
    context: Mapping[str, object] = {"faults": faults, "hard": sum(one.is_hard for one in faults), "is_live": True}
    return render(request, "engagement/review_faults.html", context)


urlpatterns = [
    path("inbox", inbox_page, name="inbox"),
    path("inbox.csv", inbox_csv, name="inbox_csv"),
    path("inbox/<int:inbound_id>", message_page, name="inbox_message"),
    path("inbox/<int:inbound_id>/raw", raw, name="inbox_raw"),
    path("inbox/<int:inbound_id>/take", take, name="inbox_take"),
    path("inbox/<int:inbound_id>/done", done, name="inbox_done"),
    path("inbox/<int:inbound_id>/reopen", reopen, name="inbox_reopen"),
    path("inbox/<int:inbound_id>/hand", hand_over, name="inbox_hand"),
    path("inbox/<int:inbound_id>/label", relabel, name="inbox_label"),
    path("inbox/<int:inbound_id>/answer", send_answer, name="inbox_answer"),
    path("inbox/<int:inbound_id>/lint", lint, name="inbox_lint"),
    path("inbox/<int:inbound_id>/redirect", redirect, name="inbox_redirect"),
    path("inbox/<int:inbound_id>/effects/<int:effect_id>/undo", undo_effect, name="inbox_undo"),
]
