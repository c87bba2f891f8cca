"""The review queue: one draft at a time by keyboard, with what it rests on and what the gate says beside it."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event, Thread
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.http import urlencode
from django_htmx.http import trigger_client_event

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.agents.queries.personal import is_personal
from tandem.core import fragments, words
from tandem.core.actors import Actor
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import AppError, NotFound
from tandem.core.lists import ChoiceFilter, Column, FlagFilter, ListSpec, ListState, TextFilter
from tandem.engagement.actions import reviewing, showing
from tandem.engagement.actions.reviewing import Answered
from tandem.engagement.domain.review import MENDABLE, REASON_WORDS, RejectReason
from tandem.engagement.queries import review as queries
from tandem.engagement.queries.draft_faults import faults_of
from tandem.engagement.queries.review import QueueFilters, WaitingDraft
from tandem.engagement.queries.reviewed_draft import DraftInReview, draft_in_review

HOME = "/review"
REASONS = [
    (number, one.value, told, one in MENDABLE, one is RejectReason.OTHER)
    for number, (one, told) in enumerate(REASON_WORDS.items(), 1)
]
LIST = ListSpec(
    name="review",
    noun="draft",
    columns=(
        Column(key="id", label="Draft"),
        Column(key="whom", label="To"),
        Column(key="account", label="Account"),
        Column(key="campaign", label="Campaign"),
        Column(key="segment", label="Segment"),
        Column(key="channel", label="Channel"),
        Column(key="language", label="Language"),
        Column(key="place", label="Message"),
        Column(key="due_at", label="Due"),
        Column(key="outcome", label="Gate"),
        Column(key="people_needed", label="People needed"),
        Column(key="faults", label="Faults"),
        Column(key="value", label="Expected value"),
        Column(key="heading", label="Subject"),
        Column(key="body", label="Text"),
    ),
    filters=(
        TextFilter(key="text", label="Name, company or subject"),
        ChoiceFilter(key="campaign", label="Campaign"),
        ChoiceFilter(key="segment", label="Segment"),
        ChoiceFilter(key="channel", label="Channel"),
        ChoiceFilter(key="language", label="Language"),
        FlagFilter(key="mine", label="My plans"),
        FlagFilter(key="faulty", label="With faults"),
        FlagFilter(key="two", label="Two people"),
    ),
)


def filters_of(state: ListState) -> QueueFilters:
    """What an address narrows the queue to."""
    return QueueFilters(
        text=state.text("text"), campaign=state.number("campaign"), segment=state.text("segment"),
        channel=state.text("channel"), language=state.text("language"), mine=state.flag("mine"),
        faulty=state.flag("faulty"), two_people=state.flag("two"),
    )  # fmt: skip


def address_of(state: ListState, draft_id: int | None = None) -> str:
    """The queue narrowed as it is, at a draft."""
    told = dict(state.values) | ({"at": str(draft_id)} if draft_id else {})
    return f"{HOME}?{urlencode(told)}" if told else HOME


def verb_of(actor: Actor) -> str:
    """People who decide see what they can decide; others see what waits."""
    return "decide" if may(actor, "campaign.decide") and may(actor, "gate.decide") and not actor.is_agent else "view"


@page("campaign", "view")
def review_page(request: HttpRequest) -> HttpResponse:
    """The queue with one draft open."""
    actor, now, state = actor_of(request), moment_of(request), LIST.read(request.GET)
    filters, verb = filters_of(state), verb_of(actor)
    rows = queries.queue(actor, filters, now=now, verb=verb)
    choices, counts = queries.queue_choices(actor, now=now, verb=verb)
    if filters.is_set:
        counts = queries.queue_counts(actor, filters, now=now, verb=verb)
    shown = _shown(actor, request.GET.get("at", ""), rows)
    offered = {
        "campaign": choices.campaigns, "segment": choices.segments, "channel": choices.channels,
        "language": choices.languages,
    }  # fmt: skip
    context = {
        "rows": [(one, address_of(state, one.id)) for one in rows],
        "counts": counts,
        "listing": LIST.listing(state, rows, total=counts.total, choices=offered, csv_address=_csv(actor)),
        "is_narrowed": filters.is_set,
        "undo": queries.last_answer(actor) if verb == "decide" else None,
        "batch_address": f"{HOME}/batch{state.query()}",
        **_pane(actor, shown, state, rows, is_editing=bool(request.GET.get("edit"))),
    }
    return render(request, "engagement/review.html", context)


def _csv(actor: Actor) -> str:
    return f"{HOME}.csv" if may(actor, "campaign.export") else ""


def _shown(actor: Actor, at: str, rows: Sequence[WaitingDraft]) -> DraftInReview | None:
    """The draft an address names, if it is in sight, otherwise the first that waits."""
    by_id = {str(one.id): one for one in rows}
    if at.isascii() and at.isdecimal() and len(at) < 19:
        try:
            return draft_in_review(actor, int(at), listed=by_id.get(at))
        except NotFound:
            pass  # it was answered and went out of sight: the queue goes on
    return draft_in_review(actor, rows[0].id, listed=rows[0]) if rows else None


def _pane(
    actor: Actor, shown: DraftInReview | None, state: ListState, rows: Sequence[WaitingDraft] = (), *,
    is_editing: bool = False, typed: dict[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What the two panes beside the list are drawn from."""
    if shown is None:
        return {"shown": None}
    ids = [one.id for one in rows]
    at = ids.index(shown.id) if shown.id in ids else -1
    following = ids[at + 1] if at + 1 < len(ids) else next((pk for pk in ids if pk != shown.id), None)
    decides = verb_of(actor) == "decide" and shown.is_waiting
    return {
        "shown": shown,
        "place": at + 1,
        "following": address_of(state, following),
        "here": address_of(state, shown.id),
        "query": state.query(),
        "may_decide": decides,
        "has_answered": decides and shown.gate is not None and any(
            one.person_id == actor.id for one in shown.gate.approved_by
        ),
        "is_editing": is_editing and decides,
        "typed": typed or {"subject": shown.subject, "body": shown.body},
        "reasons": REASONS,
    }  # fmt: skip


@page("campaign", "view")
def pane(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The draft and what is beside it, for the page's script; fetched ahead, it counts as not shown yet."""
    actor, state = actor_of(request), LIST.read(request.GET)
    if not fragments.is_part(request):
        return HttpResponseRedirect(address_of(state, draft_id))
    is_editing = bool(request.GET.get("edit"))
    context = _pane(actor, draft_in_review(actor, draft_id), state, is_editing=is_editing)
    if is_editing:
        wake_checks()
    return render(request, "engagement/review_pane.html", context)


_woken = Event()


def wake_checks() -> None:
    """Let the check for private life be learnt while somebody types, so that approving need not wait for it."""
    if not _woken.is_set():
        _woken.set()
        Thread(target=is_personal, args=("We open a second site in May.",), daemon=True).start()


@page("campaign", "decide", methods=("POST",))
def shown(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The draft is on the person's screen from now on."""
    showing.show([draft_id], actor=actor_of(request), now=moment_of(request))
    return HttpResponse(status=204)


@page("campaign", "decide", methods=("POST",))
def approve(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Approve the words that were shown."""
    actor, now = actor_of(request), moment_of(request)
    try:
        said = reviewing.approve(
            draft_id, content_hash=request.POST.get("content_hash", ""), actor=actor, now=now
        )  # fmt: skip
    except AppError as error:
        return _refused(request, error, draft_id)
    return _answered(request, said, draft_id, _approved_words(said))


def _approved_words(said: Answered) -> str:
    if said.people_missing:
        return f"Approved. {words.count(said.people_missing, 'more person,more people')} must read it as well."
    return "Approved. It leaves when it is due and the gate lets it."


@page("campaign", "decide", methods=("POST",))
def edit(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Approve the person's own words in place of the draft's."""
    actor, now = actor_of(request), moment_of(request)
    subject, body = _typed(request)
    try:
        said = reviewing.approve_edited(draft_id, subject=subject, body=body, actor=actor, now=now)
    except AppError as error:
        return _refused(request, error, draft_id)
    if said.review_id is None:
        return _kept(request, said, draft_id)
    return _answered(request, said, draft_id, _approved_words(said))


def _typed(request: HttpRequest) -> tuple[str, str]:
    body = request.POST.get("body", "").replace("\r\n", "\n").strip()
    return " ".join(request.POST.get("subject", "").split()), body


def _kept(request: HttpRequest, said: Answered, before: int) -> HttpResponse:
    """The words are stored and not approved: the pane again, at the new draft, with what must be mended."""
    actor, state = actor_of(request), LIST.read(request.POST)
    if not fragments.is_part(request):
        return fragments.done(request, said.why_not, to=address_of(state, said.draft_id))
    context = _pane(actor, draft_in_review(actor, said.draft_id), state, is_editing=True)
    answer = render(request, "engagement/review_pane.html", context, status=422)
    trigger_client_event(answer, "review-replaced", {"old": before, "new": said.draft_id})
    return fragments.toast(answer, said.why_not, kind="error")


@page("campaign", "decide", methods=("POST",))
def reject(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Say no, with a reason; another text is written where that can help."""
    actor, now = actor_of(request), moment_of(request)
    told = request.POST.get("reason", "")
    reason = RejectReason(told) if told in set(RejectReason) else RejectReason.OTHER
    note = request.POST.get("note", "")
    try:
        said = reviewing.reject(draft_id, reason=reason, note=note, actor=actor, now=now)
    except AppError as error:
        return _refused(request, error, draft_id)
    after = "Another text will be written." if reason in MENDABLE else "This message is cancelled; the plan goes on."
    return _answered(request, said, draft_id, f"Rejected: {REASON_WORDS[reason].lower()}. {after}")


@page("campaign", "decide", methods=("POST",))
def undo(request: HttpRequest, review_id: int) -> HttpResponse:
    """Take one's own answer back."""
    try:
        draft_id = reviewing.undo(review_id, actor=actor_of(request), now=moment_of(request))
    except AppError as error:
        return fragments.done(request, _in_words(error), to=fragments.came_from(request, HOME))
    return fragments.done(request, "Taken back. It waits for you again.", to=f"{HOME}?at={draft_id}")


def _answered(request: HttpRequest, said: Answered, draft_id: int, told: str) -> HttpResponse:
    """It is decided: the script moves on by itself, a form goes to the next."""
    back = f"{HOME}/answers/{said.review_id}/undo"
    if not fragments.is_part(request):
        return fragments.done(request, told, to=fragments.came_from(request, HOME), undo=back)
    answer = HttpResponse(status=204)
    trigger_client_event(answer, "review-decided", {"draft": draft_id, "undo": back})
    return fragments.toast(answer, told, undo=back)


def _refused(request: HttpRequest, error: AppError, draft_id: int) -> HttpResponse:
    """Nothing was decided, and why."""
    if not fragments.is_part(request):
        return fragments.done(request, _in_words(error), to=f"{HOME}?at={draft_id}")
    answer = HttpResponse(status=204)
    trigger_client_event(answer, "review-refused", {"draft": draft_id, "gone": isinstance(error, NotFound)})
    return fragments.toast(answer, _in_words(error), kind="error")


def _in_words(error: AppError) -> str:
    return " ".join(filter(None, (error.message, error.hint)))


@page("campaign", "decide", methods=("POST",))
def lint(request: HttpRequest, draft_id: int) -> HttpResponse:
    """What the validators say of the words being typed; nothing is stored."""
    subject, body = _typed(request)
    faults = faults_of(actor_of(request), draft_id, subject=subject, body=body, now=moment_of(request))
    hard = sum(one.is_hard for one in faults)
    return render(request, "engagement/review_faults.html", {"faults": faults, "hard": hard, "is_live": True})


@page("campaign", "export")
def review_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The queue as a file."""
    actor, state = actor_of(request), LIST.read(request.GET)
    rows = queries.queue(actor, filters_of(state), now=moment_of(request), limit=None, verb="export")
    return LIST.csv(rows, actor=actor)


urlpatterns = [
    path("review", review_page, name="review"),
    path("review.csv", review_csv, name="review_csv"),
    path("review/<int:draft_id>/pane", pane, name="review_pane"),
    path("review/<int:draft_id>/shown", shown, name="review_shown"),
    path("review/<int:draft_id>/approve", approve, name="review_approve"),
    path("review/<int:draft_id>/edit", edit, name="review_edit"),
    path("review/<int:draft_id>/lint", lint, name="review_lint"),
    path("review/<int:draft_id>/reject", reject, name="review_reject"),
    path("review/answers/<int:review_id>/undo", undo, name="review_undo"),
]
