"""The invented things that the style guide shows: a list, a panel, a chart, a form. Names and numbers are made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django import forms

from tandem.core import charts
from tandem.core.lists import ChoiceFilter, Column, FlagFilter, Listing, ListSpec, TextFilter
from tandem.core.panels import Part, SourceValue, Tone, Why

COUNTRIES = (("DE", "Germany"), ("FR", "France"), ("NO", "Norway"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A row of the sample list."""

    name: str
    country: str
    reason: str
    value: Decimal
    weeks: tuple[float, ...]
    next_on: date | None
    ruling: str
    ruled: str


class SampleForm(forms.Form):
    """Every kind of field."""

    name = forms.CharField(label="Name", help_text="As it stands on invoices.")
    country = forms.ChoiceField(label="Country", choices=COUNTRIES)
    closes_on = forms.DateField(label="Close date", widget=forms.DateInput(attrs={"type": "date"}))
    limit = forms.IntegerField(
        label="Daily limit",
        max_value=60,
        error_messages={"max_value": "240 is above 60, the warm-up limit for week 3. Choose 60 or less."},
    )
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    is_key = forms.BooleanField(label="Key account", required=False)


SAMPLES = ListSpec(
    name="samples",
    noun="account",
    default_sort="-value",
    columns=(
        Column(key="name", label="Account", template="console/cells/sample.html", sort="name"),
        Column(key="country", label="Country", is_optional=True, sort="country"),
        Column(key="value", label="Value", template="console/cells/value.html", is_figure=True, sort="value"),
        Column(key="weeks", label="8 weeks", template="console/cells/weeks.html", is_optional=True, in_csv=False),
        Column(key="next_on", label="Next step", is_optional=True, sort="next"),
        Column(key="ruled", label="Gate", template="console/cells/ruled.html"),
    ),
    filters=(
        TextFilter(key="text", label="Name"),
        ChoiceFilter(key="country", label="Country", choices=COUNTRIES),
        FlagFilter(key="open", label="Open deal"),
    ),
)


def context(*, now: datetime) -> dict[str, object]:
    """What the style guide's template draws beside the list."""
    wrong = SampleForm({"name": "Brennholt Logistik", "country": "DE", "closes_on": "2026-12-18", "limit": "240"})
    wrong.is_valid()
    return {
        "panel": panel(now=now),
        "field_panel": field_panel(),
        "chart": fan(now.date()),
        "waterfall": waterfall(),
        "form": wrong,
        "weeks": (31.0, 33, 36, 35, 41, 48, 60, 74),
        "now": now,
        "days": [now - timedelta(days=gap) for gap in (0, 1, 5, 40, 400)],
        "earlier": now - timedelta(hours=3),
    }


def listing(query: Mapping[str, str], *, now: datetime) -> Listing:
    """The sample list, really filtered and sorted."""
    state = SAMPLES.read(query)
    wanted = state.text("text").casefold()
    rows = [
        row
        for row in _samples(now.date())
        if wanted in row.name.casefold() and state.text("country") in {"", row.country}
    ]
    rows.sort(key=lambda row: _sort_key(row, state.sort.removeprefix("-")), reverse=state.sort.startswith("-"))
    total = sum((row.value for row in rows), Decimal(0))
    return SAMPLES.listing(state, rows, total=len(rows), totals={"name": "All", "value": f"€{total / 1000:.1f}k"})


def _sort_key(row: Sample, word: str) -> tuple[object, str]:
    keys: dict[str, object] = {"name": row.name, "country": row.country, "next": str(row.next_on), "value": row.value}
    return keys[word], row.name


def _samples(today: date) -> list[Sample]:
    week = timedelta(days=7)
    return [
        Sample(
            name="Brennholt Logistik", country="DE", reason="Pricing page three times in two days",
            value=Decimal(48_600), weeks=(31, 33, 36, 35, 41, 48, 60, 74), next_on=today + timedelta(days=1),
            ruling="allow", ruled="allows",
        ),
        Sample(
            name="Maison Tardieu", country="FR", reason="Asked for an SAP EWM reference", value=Decimal(29_800),
            weeks=(22, 22, 30, 34, 33, 47, 55, 63), next_on=today + week, ruling="review", ruled="2 to settle",
        ),
        Sample(
            name="Halvorsen Kjøl", country="NO", reason="Pilot picks per hour up 18%", value=Decimal(34_200),
            weeks=(40, 44, 43, 51, 55, 58, 66, 69), next_on=today, ruling="hold", ruled="holds to Mon",
        ),
        Sample(
            name="Rheintal Ersatzteile", country="DE", reason="Invoice dispute is open", value=Decimal(10_900),
            weeks=(44, 43, 41, 43, 44, 42, 41, 40), next_on=None, ruling="block", ruled="dispute",
        ),
    ]  # fmt: skip


def panel(*, now: datetime) -> Why:
    """Parts that add up to the number pressed."""
    return Why(
        key="sample",
        title="Why €29.8k?",
        text="Expected value this week for Maison Tardieu.",
        parts=(
            Part(label="Average account in your book", amount=Decimal(12_000), tone=Tone.HISTORY),
            Part(label="Fit 0.78", amount=Decimal(2_200), note="average 0.70"),
            Part(label="Intent 63", amount=Decimal(15_500), note="average 33"),
            Part(label="Capacity 0.92", amount=Decimal(1_600), note="six free slots this week"),
            Part(label="One open objection", amount=Decimal(-1_500), note="3 November, until it lapses"),
        ),
        total=Decimal(29_800),
        total_label="Expected value",
        currency="EUR",
        interval="€21k to €39k, 80%",
        facts=(("Model", "account value 7, fitted on 1,412 closed deals"),),
        as_of=now,
    )


def field_panel() -> Why:
    """A value that was chosen among sources."""
    return Why(
        key="field",
        title="Why 640 employees?",
        text="The newest statement of the most trusted source wins.",
        sources=(
            SourceValue(source="Salesforce", value="640", note="changed 12 Nov, rule: CRM first", is_winner=True),
            SourceValue(source="ZoomInfo", value="500 to 1,000", note="read 1 Oct, a range"),
            SourceValue(source="HubSpot", value="580", note="14 months old"),
        ),
    )


def fan(today: date) -> charts.Chart:
    """Known until today, then the middle and 80% of runs."""
    import altair as alt

    weeks = [today + timedelta(days=7 * at) for at in range(-6, 7)]
    known = [6.1, 6.6, 7.4, 7.9, 8.8, 9.2, 9.6]
    ahead = [9.6, 10.9, 12.1, 13.3, 14.6, 15.8, 16.9]
    spread = [0.0, 0.5, 0.9, 1.2, 1.4, 1.6, 1.8]
    rows = [{"week": on.isoformat(), "known": value} for on, value in zip(weeks[:7], known, strict=True)]
    runs = [
        {"week": on.isoformat(), "middle": middle, "low": middle - gap, "high": middle + gap}
        for on, middle, gap in zip(weeks[6:], ahead, spread, strict=True)
    ]
    day = alt.X("week:T", title=None, axis=alt.Axis(format="%-d %b", tickCount=6))
    amount = alt.Y("known:Q", title="€ million", scale=alt.Scale(domain=[4, 20]))
    past = alt.Chart(alt.InlineData(rows)).mark_line(color=charts.PERSON).encode(x=day, y=amount)
    future = alt.Chart(alt.InlineData(runs))
    band = future.mark_area(color=charts.AI, opacity=0.18).encode(x=day, y="low:Q", y2="high:Q")
    middle = future.mark_line(color=charts.AI, strokeDash=[4, 2.5], strokeWidth=1.75).encode(x=day, y="middle:Q")
    table: list[tuple[object, ...]] = [(on, value, "", "") for on, value in zip(weeks[:7], known, strict=True)]
    table += [
        (on, value, value - gap, value + gap) for on, value, gap in zip(weeks[7:], ahead[1:], spread[1:], strict=True)
    ]
    return charts.draw(
        alt.layer(band, middle, past),
        key="fan",
        summary="€9.6m is closed; the middle run ends at €16.9m, 80% of runs between €15.1m and €18.7m.",
        heads=("Week", "€ million", "80% from", "to"),
        rows=table,
    )


def waterfall() -> charts.Chart:
    """What changed: parts with their signs."""
    import altair as alt

    steps = [
        ("Last week", 17.4),
        ("New", 0.3),
        ("Pulled in", 0.4),
        ("Slipped", -1.0),
        ("Lost", -0.5),
        ("This week", 16.6),
    ]
    bars, at = [], 0.0
    for label, change in steps:
        is_total = label.endswith("week")
        start, end = (0.0, change) if is_total else (at, at + change)
        colour = "total" if is_total else "gain" if change > 0 else "loss"
        bars.append({"step": label, "from": start, "to": end, "kind": colour, "told": f"{change:+.1f}"})
        at = end
    kinds = alt.Scale(domain=["total", "gain", "loss"], range=[charts.PERSON, charts.GAIN, charts.LOSS])
    drawn = (
        alt.Chart(alt.InlineData(bars))
        .mark_bar(size=34, clip=True)
        .encode(
            x=alt.X("step:N", sort=None, title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("from:Q", title="€ million", scale=alt.Scale(domain=[15, 18.5]), axis=alt.Axis(tickCount=4)),
            y2="to:Q",
            color=alt.Color("kind:N", scale=kinds, legend=None),
            tooltip=[alt.Tooltip("step:N", title="Step"), alt.Tooltip("told:N", title="Change")],
        )
    )
    return charts.draw(
        drawn,
        key="waterfall",
        summary="From 17.4 to 16.6: new and pulled-in deals added 0.7, slipped and lost ones took 1.5; cut at 15.",
        heads=("Step", "€ million"),
        rows=steps,
    )
