"""Reviewing several drafts on one page, and the figures of reviewing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.core import fragments, words
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import AppError
from tandem.engagement.actions import batch_review, learning_voice, showing
from tandem.engagement.actions.batch_review import Batch
from tandem.engagement.domain.edits import FEWEST_DRAFTS
from tandem.engagement.domain.review import REASON_WORDS, RejectReason
from tandem.engagement.queries import review as queries
from tandem.engagement.queries import review_numbers as numbers
from tandem.engagement.web.review import HOME, LIST, filters_of

SHOWN_TOGETHER = 20


@page("campaign", "decide")
def batch_page(request: HttpRequest) -> HttpResponse:
    """Whole texts of drafts that may be approved together, narrowed as the queue is; nothing is ticked beforehand."""
    actor, now, state = actor_of(request), moment_of(request), LIST.read(request.GET)
    waiting = queries.queue(actor, filters_of(state), now=now, limit=None, verb="decide")
    rows = [one for one in waiting if one.may_be_batched and one.content_hash]
    shown = rows[:SHOWN_TOGETHER]
    showing.show([one.id for one in shown], actor=actor, now=now)
    choices, _ = queries.queue_choices(actor, now=now, verb="decide")
    offered = {
        "campaign": choices.campaigns, "segment": choices.segments, "channel": choices.channels,
        "language": choices.languages,
    }  # fmt: skip
    context = {
        "rows": shown,
        "left_out": len(waiting) - len(rows),
        "later": len(rows) - len(shown),
        "listing": LIST.listing(state, shown, total=len(rows), choices=offered),
        "query": state.query(),
    }
    return render(request, "engagement/review_batch.html", context)


@page("campaign", "decide", methods=("POST",))
def approve_together(request: HttpRequest) -> HttpResponse:
    """Approve the drafts that were ticked, each bound to the words that were shown."""
    ticked = [one.partition(":") for one in request.POST.getlist("draft")]
    seen = {int(pk): hashed for pk, _, hashed in ticked if pk.isascii() and pk.isdecimal() and len(pk) < 19}
    to = fragments.came_from(request, f"{HOME}/batch")
    try:
        batch = batch_review.approve_batch(seen, actor=actor_of(request), now=moment_of(request))
    except AppError as error:
        return fragments.done(request, " ".join(filter(None, (error.message, error.hint))), to=to)
    undo = f"{HOME}/batch/{batch.key}/undo" if batch.approved else ""
    return fragments.done(request, _told(batch), to=to, undo=undo)


def _told(batch: Batch) -> str:
    told = f"{words.count(len(batch.approved), 'draft')} approved; each leaves when it is due and the gate lets it."
    if not batch.refused:
        return told
    whys = " ".join(dict.fromkeys(batch.refused.values()))
    return f"{told} {words.count(len(batch.refused), 'draft')} not approved: {whys[:300]}"


@page("campaign", "decide", methods=("POST",))
def undo_together(request: HttpRequest, key: str) -> HttpResponse:
    """Take back what of a batch has not left."""
    try:
        back, gone = batch_review.undo_batch(key, actor=actor_of(request), now=moment_of(request))
    except AppError as error:
        return fragments.done(request, " ".join(filter(None, (error.message, error.hint))), to=HOME)
    left = f" {words.count(gone, 'message')} had left already." if gone else ""
    return fragments.done(request, f"{words.count(back, 'approval')} taken back.{left}", to=f"{HOME}/batch")


@page("campaign", "view")
def numbers_page(request: HttpRequest) -> HttpResponse:
    """How many, how fast, how much is changed, and which edits come again and again."""
    actor, now = actor_of(request), moment_of(request)
    found = numbers.review_numbers(actor, now=now)
    context = {
        "numbers": found,
        "reasons": [(REASON_WORDS[RejectReason(word)], count) for word, count in found.reasons],
        "habits": numbers.edit_habits(actor, now=now, fewest=FEWEST_DRAFTS)[:20],
        "fewest": FEWEST_DRAFTS,
        "enough": numbers.ENOUGH,
        "by_hand": numbers.BY_HAND_A_DAY,
        "target": numbers.TARGET_A_DAY,
        "most": max((week.distance or 0.0 for week in found.weeks), default=0.0),
        "may_propose": may(actor, "campaign.edit"),
    }
    return render(request, "engagement/review_numbers.html", context)


@page("campaign", "edit", methods=("POST",))
def propose(request: HttpRequest) -> HttpResponse:
    """Hand repeated edits to the voice guide, where somebody decides."""
    made = learning_voice.propose_habits(actor=actor_of(request), now=moment_of(request))
    told = f"{words.count(len(made), 'proposal')} for the voice guide." if made else "There is nothing to propose."
    return fragments.done(request, told, to="/outreach/voice" if made else f"{HOME}/numbers")


urlpatterns = [
    path("review/batch", batch_page, name="review_batch"),
    path("review/batch/approve", approve_together, name="review_batch_approve"),
    path("review/batch/<str:key>/undo", undo_together, name="review_batch_undo"),
    path("review/numbers", numbers_page, name="review_numbers"),
    path("review/habits/propose", propose, name="review_propose"),
]
