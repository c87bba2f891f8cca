"""What came of outreach: outcomes with intervals, volume apart from them, and every figure down to the people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import get_organisation, may
from tandem.core import charts, fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import AppError
from tandem.core.intervals import Share
from tandem.core.lists import Column, ListSpec, TextFilter, respond
from tandem.engagement.actions.spending import write_spend
from tandem.engagement.domain.outcomes import MEASURE_WORDS, Measure, Outcomes, outcomes_of
from tandem.engagement.queries.outcome_board import BY, PERIODS, Board, Group, board
from tandem.engagement.queries.outcomes import Chosen, Followed, follow

HOME = "/outreach/outcomes"
SHOWN = (Measure.REPLIED, Measure.POSITIVE, Measure.MEETING, Measure.OPTED_OUT, Measure.COMPLAINED)
MOST_DRAWN = 12


class SpendForm(forms.Form):
    """What the programme cost in a month."""

    month = forms.DateField(label="Month", widget=forms.DateInput(attrs={"type": "date"}), help_text="Any day of it.")
    kind = forms.ChoiceField(
        label="For", choices=[("people", "People"), ("tools", "Tools"), ("data", "Data"), ("models", "Models")]
    )
    amount = forms.DecimalField(label="Amount", max_digits=14, decimal_places=2, min_value=0)


@page("campaign", "view")
def outcomes_page(request: HttpRequest) -> HttpResponse:
    """The board of the last weeks, grouped as the address says."""
    return _page(request)


def _page(request: HttpRequest, *, form: SpendForm | None = None) -> HttpResponse:
    actor, now = actor_of(request), moment_of(request)
    weeks = PERIODS.get(request.GET.get("weeks", ""), 12)
    by = request.GET.get("by", "campaign") if request.GET.get("by", "campaign") in BY else "campaign"
    found = board(actor, now=now, weeks=weeks, by=by)
    context = {
        "found": found,
        "weeks": weeks,
        "periods": [(key, f"{count} weeks") for key, count in PERIODS.items()],
        "by": by,
        "ways": [(key, words) for key, (words, _) in BY.items()],
        "by_words": BY[by][0],
        "measures": [(measure, MEASURE_WORDS[measure]) for measure in SHOWN],
        "lines": [_line(one) for one in found.groups],
        "behind": [(one, MEASURE_WORDS[one], found.total.shares[one].hits) for one in SHOWN],
        "totals": [found.total.shares[measure] for measure in SHOWN],
        "drawn": _forest(found),
        "currency": get_organisation().currency,
        "form": (form or SpendForm()) if may(actor, "campaign.manage") else None,
    }  # fmt: skip
    return render(request, "engagement/outcomes.html", context, status=422 if form is not None else 200)


def _line(group: Group) -> tuple[str, list[Share], Outcomes]:
    return group.label, [group.outcomes.shares[measure] for measure in SHOWN], group.outcomes


def _forest(found: Board) -> charts.Chart | None:
    """Meetings of each group as a point with its interval, beside all."""
    groups = [(one.label, one.outcomes.shares[Measure.MEETING]) for one in found.groups[:MOST_DRAWN]]
    known = [(label, share) for label, share in groups if share.is_enough and share.value is not None]
    if len(known) < 2:
        return None
    values = [
        {"group": label, "share": share.value, "low": share.low, "high": share.high, "n": share.n}
        for label, share in known
    ]
    axis = {"format": "%", "title": "People reached who had a qualified meeting, 95%"}
    place = {"field": "group", "type": "nominal", "title": None, "sort": None}
    spec = {
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "rule", "color": charts.PERSON_LIGHT},
                "encoding": {
                    "y": place,
                    "x": {"field": "low", "type": "quantitative", "axis": axis},
                    "x2": {"field": "high"},
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 60, "color": charts.PERSON},
                "encoding": {"y": place, "x": {"field": "share", "type": "quantitative"}},
            },
        ],
    }
    return charts.draw(
        charts.Spec(spec),
        key="meetings",
        summary=f"Share with a qualified meeting in {len(known)} groups of 30 people and more, with 95% intervals.",
        heads=("Group", "Share", "From", "To", "Reached"),
        rows=[(one["group"], one["share"], one["low"], one["high"], one["n"]) for one in values],
        height=40 + 28 * len(known),
    )


@page("campaign", "manage", methods=("POST",))
def save_spend(request: HttpRequest) -> HttpResponse:
    """Write down what a month cost."""
    form = SpendForm(request.POST)
    if form.is_valid():
        try:
            write_spend(**form.cleaned_data, actor=actor_of(request), now=moment_of(request))
            return fragments.done(request, "The cost is written down.", to=HOME)
        except AppError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return _page(request, form=form)


def came_of(row: Followed) -> str:
    """Outcomes of one person in words."""
    told = row.outcome
    said = [
        (told.had_meeting, "meeting"),
        (told.deal_opened, "deal"),
        (told.has_replied, "answered"),
        (told.opted_out, "asked to be left alone"),
        (told.complained, "complained"),
        (told.undeliverable, "not reached"),
    ]
    return ", ".join(words for is_so, words in said if is_so) or "nothing yet"


PEOPLE = ListSpec(
    name="outreach-people",
    noun="person",
    columns=(
        Column(key="name", label="Person", template="engagement/cells/outcome_person.html"),
        Column(key="account", label="Account", is_optional=True),
        Column(key="campaign", label="Campaign", is_optional=True),
        Column(key="messages", label="Messages", is_figure=True, value=lambda row: row.outcome.messages),
        Column(key="first_at", label="First", value=lambda row: row.first_at, is_optional=True),
        Column(key="state", label="Plan", value=lambda row: row.state),
        Column(key="came", label="What came of it", value=came_of),
    ),
    filters=(TextFilter(key="text", label="Name"),),
)


@page("campaign", "view")
def people_page(request: HttpRequest) -> HttpResponse:
    """Who stands behind one figure: the people of a measure, as far as they are in sight."""
    actor, now = actor_of(request), moment_of(request)
    state = PEOPLE.read(request.GET)
    measure = request.GET.get("measure", "")
    rows = _behind(follow(actor, _chosen(request, now)), measure)
    text = state.text("text").casefold()
    rows = [one for one in rows if text in one.name.casefold()]
    shown = rows[state.offset : state.offset + state.limit]
    words = MEASURE_WORDS.get(measure, "Everybody written to")  # type: ignore[call-overload]
    return respond(
        request, "engagement/outcome_people.html", PEOPLE.listing(state, shown, total=len(rows)), {"words": words}
    )


def _chosen(request: HttpRequest, now: datetime) -> Chosen:
    weeks = PERIODS.get(request.GET.get("weeks", ""), 12)
    return Chosen(since=now - timedelta(weeks=weeks), until=now)


def _behind(people: Sequence[Followed], measure: str) -> list[Followed]:
    written = [one for one in people if one.outcome.messages]
    if measure not in MEASURE_WORDS:
        return written
    return [one for one in written if outcomes_of([one.outcome]).shares[Measure(measure)].hits]


urlpatterns = [
    path("outreach/outcomes", outcomes_page, name="outreach_outcomes"),
    path("outreach/outcomes/people", people_page, name="outreach_outcome_people"),
    path("outreach/outcomes/spend", save_spend, name="outreach_spend"),
]
