"""Pages of intent: its state, one account's score opened, what was left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.accounts.queries import accounts
from tandem.core import charts, fragments, panels, words
from tandem.core.api import actor_of, moment_of
from tandem.core.charts import Chart, Spec
from tandem.core.errors import InvalidInput, NotFound
from tandem.core.panels import Part, Why
from tandem.intent.contracts import Standing
from tandem.intent.domain.sifting import WORDS, Reason
from tandem.intent.queries import overview, traces
from tandem.intent.queries.alarms import alarms
from tandem.intent.queries.latest import history, latest_lift, latest_run, latest_scores, run_of, standings_at
from tandem.intent.queries.traces import WEEKS

DRAWN_KINDS = 6
SHOWN_SIGNALS = 60
LEAST_MOMENTS = 2
REST = "other kinds"


@page("intent", "view")
def intent(request: HttpRequest) -> HttpResponse:
    """Last refresh, alarms, movers in sight; for those who look after it, sources, kinds and what was left out."""
    actor, run = actor_of(request), latest_run()
    movers, compared = overview.movers(actor)
    context: dict[str, Any] = {
        "run": run,
        "alarms": alarms(moment_of(request)),
        "movers": movers,
        "compared": compared,
        "lift": latest_lift(),
        "may_manage": may(actor, "intent.manage"),
        "sees_sources": may(actor, "source.view"),
    }
    if context["sees_sources"]:
        context |= {
            "sources": overview.source_states(),
            "reasons": overview.reason_counts(run) if run is not None else (),
            "unnamed": [one for one in run.counts.get("names", []) if not one[3]] if run is not None else [],
        }
    return render(request, "intent/intent.html", context)


@page("intent", "view")
def account_intent(request: HttpRequest, account_id: int) -> HttpResponse:
    """One account's score of a day, by kind; the signals follow. `?day=2026-11-20` opens an earlier one."""
    actor, day = actor_of(request), _day(request.GET.get("day", ""))
    head = accounts.get_account(actor, account_id)
    run = latest_run() if day is None else run_of(day)
    standing = None if run is None else standings_at(run.day, [account_id]).get(account_id)
    kept = history(account_id, since=date.min)
    lately = [(one.scored_at, one.top) for _, one in kept if run and one.scored_at > run.as_of - timedelta(weeks=WEEKS)]
    context = {
        "head": head,
        "chart": decay_chart(lately),
        "run": run,
        "standing": standing,
        "asked": f"?day={day}" if day is not None else "",
        "days": [(one, told.score) for one, told in reversed(kept)],
    }
    return render(request, "intent/account.html", context)


@page("intent", "view")
def account_signals(request: HttpRequest, account_id: int) -> HttpResponse:
    """Every signal of the score, down to rows, and how it came and faded: for the page, or by itself."""
    actor, day = actor_of(request), _day(request.GET.get("day", ""))
    head = accounts.get_account(actor, account_id)
    trace = traces.open_score(account_id, day=day)
    context = {
        "head": head,
        "trace": trace,
        "shown": trace.signals[:SHOWN_SIGNALS],
        "chart": decay_chart([(week.at, week.kinds) for week in trace.weeks]),
        "sees_rows": may(actor, "source.view"),
    }
    return fragments.render_either(
        request, page="intent/signals.html", part="intent/signals_part.html", context=context
    )


@page("intent", "view")
def account_why(request: HttpRequest, account_id: int) -> HttpResponse:
    """What an account's last score is made of, by kind."""
    accounts.get_account(actor_of(request), account_id)
    standing = latest_scores([account_id]).get(account_id)
    if standing is None:
        raise NotFound("No signal of this account counts yet.", hint="Signals come with events, files and touches.")
    return panels.respond(request, score_panel(standing))


def score_panel(standing: Standing) -> Why:
    """The Why panel of a score."""
    surge = "too little history" if standing.surge is None else f"{words.number(standing.surge, 1)} standard deviations"
    return Why(
        key=f"intent-{standing.account_id}",
        title=f"Intent: {words.number(standing.score, 1)} points",
        text="Fresh signals of interest by kind, decayed by their age and bounded by kind.",
        parts=tuple(Part(label=words.plain(kind.replace("_", " ")).capitalize(), amount=points)
                    for kind, points in standing.top),
        parts_label="By kind",
        total=standing.score,
        places=1,
        facts=(
            ("Among the others", f"above {words.percent(standing.percentile)} of scored accounts"),
            ("Last week against its twelve before", surge),
            ("Every signal", "on the page of its intent"),
        ),
        as_of=standing.scored_at,
        wrong_address=f"/intent/accounts/{standing.account_id}",
    )  # fmt: skip


@page("source", "view")
def left_out(request: HttpRequest, reason: str) -> HttpResponse:
    """The latest signals that did not count for a reason, each with its file and row."""
    run = latest_run()
    if reason not in set(Reason) or run is None:
        raise NotFound("There is no such reason.", hint="The page of intent lists them.")
    title, text = WORDS[Reason(reason)]
    context = {"title": title, "text": text, "rows": overview.left_out(run, Reason(reason)), "run": run,
               "most": overview.LEFT_OUT_SHOWN}  # fmt: skip
    return render(request, "intent/left_out.html", context)


def decay_chart(moments: Sequence[tuple[datetime, Sequence[tuple[str, float]]]]) -> Chart | None:
    """Points by kind at each moment, stacked; None: nothing counted, or one moment only."""
    totals: defaultdict[str, float] = defaultdict(float)
    for _, told in moments:
        for kind, points in told:
            totals[kind] += points
    if not totals or len(moments) < LEAST_MOMENTS:
        return None
    drawn = sorted(totals, key=lambda kind: -totals[kind])[:DRAWN_KINDS]
    values = []
    for at, told in moments:
        by_kind: defaultdict[str, float] = defaultdict(float)
        for kind, points in told:
            by_kind[kind if kind in drawn else REST] += points
        values += [{"at": at.isoformat(), "kind": _spoken(kind), "points": round(by_kind.get(kind, 0.0), 4)}
                   for kind in (*drawn, REST) if kind in by_kind or kind != REST]  # fmt: skip
    sums = [(at, sum(points for _, points in told)) for at, told in moments]
    first, last = sums[0], sums[-1]
    return charts.draw(
        Spec(_stack(values, [_spoken(one) for one in drawn])),
        key="intent-decay",
        summary=f"From {words.number(first[1], 1)} points on {words.day(first[0])} to {words.number(last[1], 1)}.",
        heads=("As of", "Points"),
        rows=[(words.day(at), words.number(points, 1)) for at, points in sums],
    )


def _stack(values: list[dict[str, Any]], order: list[str]) -> dict[str, Any]:
    return {
        "data": {"values": values},
        "mark": {"type": "area", "interpolate": "monotone", "line": False},
        "encoding": {
            "x": {"field": "at", "type": "temporal", "title": None},
            "y": {"field": "points", "type": "quantitative", "stack": "zero", "title": "points"},
            "color": {"field": "kind", "type": "nominal", "title": None, "sort": order,
                      "scale": {"range": list(charts.PARTS)}},
        },
    }  # fmt: skip


def _spoken(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


def _day(told: str) -> date | None:
    if not told:
        return None
    try:
        return date.fromisoformat(told)
    except ValueError as error:
        raise InvalidInput(f"{told!r} is no day.", hint="Write it as 2026-11-25.", code="intent.day") from error


urlpatterns = [
    path("intent", intent, name="intent"),
    path("intent/accounts/<int:account_id>", account_intent, name="intent_account"),
    path("intent/accounts/<int:account_id>/signals", account_signals, name="intent_signals"),
    path("intent/accounts/<int:account_id>/why", account_why, name="intent_why"),
    path("intent/left-out/<slug:reason>", left_out, name="intent_left_out"),
]
