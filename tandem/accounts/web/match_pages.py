"""Merge review: likely duplicates one by one, with their evidence, decided by keyboard and taken back by one press."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.accounts.actions import merging
from tandem.accounts.contracts import Entity
from tandem.accounts.queries import matches
from tandem.accounts.queries.matches import PairDetail, PairRow
from tandem.core import fragments, words
from tandem.core.api import actor_of, moment_of
from tandem.core.panels import Part, Why

QUEUE = 25
ENTITIES = {"account": Entity.ACCOUNT, "contact": Entity.CONTACT}
LABELS = {"account": "Accounts", "contact": "Contacts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Which queue an address asks for: of what, in which order."""

    entity: str
    sort: str

    @classmethod
    def read(cls, request: HttpRequest) -> Queue:
        """From the address or the form; what it gets wrong counts as not said."""
        told = request.POST if request.method == "POST" else request.GET
        entity, sort = told.get("entity", ""), told.get("sort", "")
        return cls(entity=entity if entity in ENTITIES else "", sort=sort if sort in matches.SORTS else "probability")

    def address(self, pair_id: int | None = None, **changes: str) -> str:
        """The address of this queue, at a pair."""
        told = {"entity": self.entity, "sort": self.sort if self.sort != "probability" else ""} | changes
        told |= {"pair": str(pair_id)} if pair_id else {}
        query = urlencode({name: value for name, value in told.items() if value})
        return reverse("matches") + (f"?{query}" if query else "")


@page("match", "view")
def review(request: HttpRequest) -> HttpResponse:
    """The queue and the pair that is looked at."""
    actor, queue = actor_of(request), Queue.read(request)
    rows = matches.list_pairs(actor, entity=ENTITIES.get(queue.entity), sort=queue.sort, limit=QUEUE)
    asked = request.GET.get("pair", "")
    pair_id = int(asked) if asked.isdecimal() and len(asked) < 19 else rows[0].id if rows else None
    detail = matches.get_pair(actor, pair_id) if pair_id is not None else None
    counts = matches.count_pairs(actor)
    context = {
        "queue": queue,
        "rows": [(row, queue.address(row.id)) for row in rows],
        "detail": detail,
        "evidence": _evidence(detail) if detail else None,
        "waiting": sum(states.get("review", 0) for states in counts.values()),
        "chips": _chips(queue, counts),
        "orders": [
            ("Likeliest first", queue.address(sort=""), queue.sort == "probability"),
            ("Most touched first", queue.address(sort="impact"), queue.sort == "impact"),
        ],
        "following": queue.address(_following(rows, pair_id)),
        "may_decide": may(actor, "match.decide"),
    }
    return render(request, "accounts/matches.html", context)


def _chips(queue: Queue, counts: Mapping[str, Mapping[str, int]]) -> list[tuple[str, str, bool]]:
    """What the queue can be narrowed to: label, address, whether it is."""
    kinds = [
        (f"{label} {counts.get(word, {}).get('review', 0):,}", queue.address(entity=word), queue.entity == word)
        for word, label in LABELS.items()
    ]
    return [("All", queue.address(entity=""), not queue.entity), *kinds]


def _following(rows: Sequence[PairRow], pair_id: int | None) -> int | None:
    """The pair after the one looked at; the first one after the last."""
    ids = [row.id for row in rows if row.id != pair_id]
    place = next((at for at, row in enumerate(rows) if row.id == pair_id), -1)
    later = [row.id for row in rows[place + 1 :]]
    return next(iter(later or ids), None)


def _evidence(detail: PairDetail) -> Why:
    """The waterfall of match weights; its sum is the log odds of the probability."""
    parts = tuple(
        Part(
            label=part.words, amount=part.weight, note=f"{part.left} | {part.right}" if part.left or part.right else ""
        )
        for part in detail.parts
    )
    return Why(
        key="evidence",
        title="Why they may be one",
        parts=parts,
        parts_label="Evidence, in doublings of the odds",
        total=sum(part.weight for part in detail.parts) if parts else None,
        total_label=f"Odds as a probability: {words.percent(detail.row.probability, 1)}",
        places=1,
    )


@page("match", "decide", methods=("POST",))
def merge(request: HttpRequest, pair_id: int) -> HttpResponse:
    """They are one: put together, and on to the next pair."""
    done = merging.merge(pair_id, actor=actor_of(request), now=moment_of(request))
    undo = reverse("merge_undo", args=[done.event_id]) if done.event_id else ""
    return fragments.done(request, "Put together.", to=_next(request), undo=undo)


@page("match", "decide", methods=("POST",))
def keep_apart(request: HttpRequest, pair_id: int) -> HttpResponse:
    """They are two: kept apart for good, and on to the next pair."""
    merging.keep_apart(pair_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "Kept apart.", to=_next(request), undo=reverse("match_reopen", args=[pair_id]))


def _next(request: HttpRequest) -> str:
    return fragments.came_from(request, reverse("matches"))


@page("match", "decide", methods=("POST",))
def reopen(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Take "kept apart" back."""
    merging.reopen(pair_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The pair waits again.", to=Queue.read(request).address(pair_id))


@page("match", "decide", methods=("POST",))
def undo_merge(request: HttpRequest, event_id: int) -> HttpResponse:
    """Take a merge back: records and facts stand where they stood."""
    merging.undo(event_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "Taken apart again.", to=_next(request))


@page("match", "decide", methods=("POST",))
def split_off(request: HttpRequest, record_id: int) -> HttpResponse:
    """Make one source record a record of its own, kept apart from the others for good."""
    done = merging.split_off(record_id, actor=actor_of(request), now=moment_of(request))
    kind = "contact" if done.entity == Entity.CONTACT else "account"
    return fragments.done(request, "Split off; this is the new record.", to=f"/{kind}s/{done.other_id}")


urlpatterns = [
    path("matches", review, name="matches"),
    path("matches/<int:pair_id>/merge", merge, name="match_merge"),
    path("matches/<int:pair_id>/apart", keep_apart, name="match_apart"),
    path("matches/<int:pair_id>/reopen", reopen, name="match_reopen"),
    path("matches/records/<int:record_id>/split", split_off, name="match_split"),
    path("matches/merges/<int:event_id>/undo", undo_merge, name="merge_undo"),
]
