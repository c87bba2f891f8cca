"""The quiet calendar: a year at a glance, periods to enter and change, suggestions to take over, files in and out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance.actions import quiet as actions
from tandem.compliance.domain import quiet, quiet_files
from tandem.compliance.domain.quiet import QuietRow
from tandem.compliance.queries import switches as queries
from tandem.compliance.web.parts import form_page
from tandem.core import exits, fragments, ledger
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput

HOME = "/compliance/quiet"
REJECTS_SHOWN = 200
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
LISTED = ("industries", "places", "accounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A period's bars in a year. bars : (first day of the year from 0, how many days); is_now : today is one of them"""

    row: QuietRow
    bars: tuple[tuple[int, int], ...]
    is_now: bool


class QuietForm(forms.Form):
    """A quiet period."""

    name = forms.CharField(max_length=quiet.LONGEST_NAME)
    starts_on = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}))
    is_yearly = forms.BooleanField(label="The same days every year", required=False)
    industries = forms.CharField(
        required=False,
        max_length=2_000,
        help_text="Words of the industry with semicolons, for example hospital; clinic.",
    )
    places = forms.CharField(required=False, max_length=2_000, help_text="DE; US-TX; EEA. Empty: everywhere.")
    accounts = forms.CharField(required=False, max_length=2_000, help_text="account:12; account:40. Empty: all.")
    source = forms.CharField(required=False, max_length=quiet.LONGEST_SOURCE, help_text="Where the days come from.")


class QuietImportForm(forms.Form):
    """A file of periods."""

    file = forms.FileField(label="CSV or calendar (.ics) file")
    industries = forms.CharField(
        required=False,
        max_length=2_000,
        help_text="For periods that name nobody, with semicolons. Both empty: everybody.",
    )
    places = forms.CharField(required=False, max_length=2_000, help_text="DE; US-TX; EEA")


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(max_length=300, help_text="Kept in the ledger.")


@page("gate", "view")
def calendar(request: HttpRequest) -> HttpResponse:
    """The year, every period in use, and what could be taken over."""
    today = moment_of(request).date()
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else today.year
    year = min(max(year, quiet.FIRST_YEAR), quiet.LAST_YEAR)
    rows = queries.all_quiet()
    names = {row.name for row in rows}
    context = {
        "year": year,
        "strips": _strips(rows, year, today),
        "suggested": [
            (one, strip)
            for one in quiet.suggestions()
            if one.row.name not in names
            for strip in _strips([one.row], year, today)
        ],
        "months": [(word, _offset(date(year, number, 1))) for number, word in enumerate(MONTHS, 1)],
        "today": _offset(today) if year == today.year else None,
        "may_edit": may(actor_of(request), "gate.manage"),
        "may_export": may(actor_of(request), "gate.export"),
    }
    return render(request, "compliance/quiet.html", context)


def _offset(day: date) -> int:
    return day.timetuple().tm_yday - 1


def _strips(rows: Iterable[QuietRow], year: int, today: date) -> list[Strip]:
    return [
        Strip(
            row=row,
            bars=tuple((_offset(first), (last - first).days + 1) for first, last in quiet.occurrences(row, year)),
            is_now=quiet.occurrence(row, today) is not None,
        )
        for row in rows
    ]


def _row(said: Mapping[str, Any]) -> QuietRow:
    return QuietRow(**{**said, **{name: tuple(quiet_files.BETWEEN.split(said[name])) for name in LISTED}})


@page("gate", "manage", methods=("GET", "POST"))
def add(request: HttpRequest) -> HttpResponse:
    """Enter a period."""

    def write(said: Mapping[str, Any]) -> str:
        actions.add_quiet_period(_row(said), actor=actor_of(request), now=moment_of(request))
        return "The period holds from the next decision on."

    return form_page(
        request, QuietForm, write, title="A quiet period", button="Add it", back=HOME, crumb="Quiet calendar",
        note="Outreach to those it means waits until the day after. Answers and what a transaction needs go on.",
    )  # fmt: skip


@page("gate", "manage", methods=("GET", "POST"))
def change(request: HttpRequest, period_id: int) -> HttpResponse:
    """Give a period other days or other people."""
    row = queries.get_quiet(period_id)
    filled = {**asdict(row), **{name: "; ".join(getattr(row, name)) for name in LISTED}}

    class Filled(QuietForm):
        """With what stands now."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{"initial": filled, **kwargs})

    def write(said: Mapping[str, Any]) -> str:
        actions.change_quiet_period(period_id, _row(said), actor=actor_of(request), now=moment_of(request))
        return "Changed. It holds from the next decision on."

    return form_page(
        request, Filled, write, title=row.name, button="Change it", back=HOME, crumb="Quiet calendar"
    )  # fmt: skip


@page("gate", "manage", methods=("GET", "POST"))
def end(request: HttpRequest, period_id: int) -> HttpResponse:
    """Take a period out of use."""
    row = queries.get_quiet(period_id)

    def write(said: Mapping[str, Any]) -> str:
        actions.end_quiet_period(period_id, reason=said["reason"], actor=actor_of(request), now=moment_of(request))
        return f"{row.name} is out of use."

    return form_page(
        request, ReasonForm, write, title=f"End {row.name}", button="Take it out of use", back=HOME,
        crumb="Quiet calendar", note=f"{row.told_days}; {row.told_whom}.",
    )  # fmt: skip


@page("gate", "manage", methods=("POST",))
def adopt(request: HttpRequest, key: str) -> HttpResponse:
    """Take over a suggestion."""
    actions.adopt_suggestion(key, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "Taken over. Change its days where yours differ.", to=HOME)


@page("gate", "manage", methods=("GET", "POST"))
def import_file(request: HttpRequest) -> HttpResponse:
    """Take a file in; what it refuses is listed."""
    form = QuietImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            report = actions.import_quiet_periods(
                said["file"].read(),
                name=said["file"].name,
                actor=actor_of(request),
                now=moment_of(request),
                industries=tuple(quiet_files.BETWEEN.split(said["industries"])),
                places=tuple(quiet_files.BETWEEN.split(said["places"])),
            )
            context |= {"report": report, "rejects": report.rejects[:REJECTS_SHOWN]}
        except InvalidInput as error:
            form.add_error("file", " ".join(filter(None, (error.message, error.hint))))
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, "compliance/quiet_import.html", context, status=status)


@page("gate", "export")
def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Every period in use as a table."""
    return _sent(request, quiet_files.as_csv(queries.all_quiet()), "text/csv", "quiet-periods.csv")


@page("gate", "export")
def as_calendar(request: HttpRequest) -> StreamingHttpResponse:
    """Every period in use for calendar programs."""
    return _sent(request, quiet_files.as_calendar(queries.all_quiet()), "text/calendar", "quiet-periods.ics")


def _sent(request: HttpRequest, lines: Iterable[str], kind: str, name: str) -> StreamingHttpResponse:
    exits.leave(actor_of(request), what="quiet_calendar:1")
    ledger.append(actor_of(request), "compliance.quiet_calendar_exported", subject="quiet_calendar:1", file=name)
    answer = StreamingHttpResponse((line.encode() for line in lines), content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


urlpatterns = [
    path("compliance/quiet", calendar, name="quiet"),
    path("compliance/quiet/new", add, name="quiet_new"),
    path("compliance/quiet/import", import_file, name="quiet_import"),
    path("compliance/quiet/adopt/<slug:key>", adopt, name="quiet_adopt"),
    path("compliance/quiet/<int:period_id>", change, name="quiet_period"),
    path("compliance/quiet/<int:period_id>/end", end, name="quiet_end"),
    path("compliance/quiet.csv", as_csv, name="quiet_csv"),
    path("compliance/quiet.ics", as_calendar, name="quiet_ics"),
]
