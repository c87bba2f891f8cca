"""Template tags of the design system, available in every template.

Marks: circle = a hand (AI hollow and blue, person solid ink), square = the rule (allow, hold, review, block). Shape,
word and colour always come together. Text that comes in is escaped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from tandem.core import words
from tandem.core.money import Money

register = template.Library()

HANDS = ("ai", "person", "sys")
RULINGS = ("allow", "hold", "review", "block")
SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 76, 28, 4
BAR_WIDTH = 40
NOTHING: SafeString = mark_safe('<span class="muted" aria-hidden="true">–</span><span class="vh">none</span>')


# --- figures and days ---


@register.filter
def money(amount: Money | Decimal | float | None, currency: str = "") -> SafeString | str:
    """Short: €48.6k. A dash for None; without a currency the bare number, because none is known."""
    return NOTHING if amount is None else words.money(amount, currency)


@register.filter
def money_full(amount: Money | Decimal | float | None, currency: str = "") -> SafeString | str:
    """To the minor unit: €48,600.00. A dash for None."""
    return NOTHING if amount is None else words.money_full(amount, currency)


@register.simple_tag
def money_range(low: Decimal | float, high: Decimal | float, currency: str = "") -> str:
    """An interval, both ends in one form: €31k to €70k."""
    return words.money_range(low, high, currency)


@register.filter
def number(value: float | Decimal | None, places: int = 0) -> SafeString | str:
    """12,345 with a true minus sign; a dash for None."""
    return NOTHING if value is None else words.number(value, places)


@register.filter
def percent(share: float | Decimal | None, places: int = 0) -> SafeString | str:
    """0.46 as 46%; a dash for None."""
    return NOTHING if share is None else words.percent(share, places)


@register.filter
def count(value: int, noun: str) -> str:
    """`3|count:"deal"` is "3 deals"; `1|count:"entry,entries"` is "1 entry"."""
    return words.count(value, noun)


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """A day, with its weekday when near and its year when far. A dash for None."""
    if value is None:
        return NOTHING
    return format_html('<time datetime="{}">{}</time>', words.iso_day(value), words.day(value))


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """A day with the time of day in the reader's zone. A dash for None."""
    if value is None:
        return NOTHING
    return format_html('<time datetime="{}">{}</time>', value.isoformat(timespec="seconds"), words.moment(value))


@register.filter
def ago(value: datetime | None) -> SafeString | str:
    """How long since: "40 s ago", "3 h ago", "12 days ago". A dash for None."""
    if value is None:
        return NOTHING
    return format_html('<time datetime="{}">{}</time>', value.isoformat(timespec="seconds"), words.ago(value))


@register.filter
def plain(value: object) -> SafeString | str:
    """Any value in the house's form; a dash for None and empty text."""
    return NOTHING if value is None or value == "" else words.plain(value)


@register.filter
def spoken(word: str | None) -> str:
    """A word of the code as people say it: "best_case" is "best case", "crm" is "CRM"."""
    told = (word or "").replace("_", " ")
    return " ".join(one.upper() if one in words.ACRONYMS else one for one in told.split(" "))


@register.filter
def uncoded(text: str | None) -> str:
    """A code of an export as words: WINE_AND_SPIRITS is "Wine and spirits"."""
    return words.uncoded(text or "")


@register.filter
def told(text: str | None) -> SafeString | str:
    """A value as a source tells it, in words: moments and days, yes and no; the rest as it is. A dash for none."""
    return NOTHING if text is None or text == "" else words.told(str(text))


@register.filter
def minutes(seconds: int | None) -> str:
    """Seconds as whole minutes, at least one: "38 minutes"."""
    return words.count(max(round((seconds or 0) / 60), 1), "minute")


# --- marks ---


@register.simple_tag
def mark(kind: str) -> SafeString:
    """The small mark of a hand or a ruling; a word must stand beside it."""
    if kind not in HANDS + RULINGS:
        raise template.TemplateSyntaxError(f"{kind!r} is no mark; marks are {', '.join(HANDS + RULINGS)}")
    return format_html('<svg class="mk mk-{0}" aria-hidden="true"><use href="#m-{0}"/></svg>', kind)


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """An icon of the set in core/parts/symbols.html."""
    return format_html('<svg width="{1}" height="{1}" aria-hidden="true"><use href="#i-{0}"/></svg>', name, size)


@register.simple_tag
def tag(text: object, kind: str = "") -> SafeString:
    """A word in a frame. kind: a hand, a ruling, or empty for a neutral one."""
    if not kind:
        return format_html('<span class="tag">{}</span>', text)
    return format_html('<span class="tag tag-{}">{}{}</span>', kind, mark(kind), text)


@register.simple_tag
def stamp(ruling: str, text: object) -> SafeString:
    """What the gate or a rule said, without a frame, for tables: a square and its word."""
    return format_html('<span class="tag tag-{} plain">{}{}</span>', ruling, mark(ruling), text)


@register.simple_tag
def byline(ai: str = "", person: str = "", ruling: str = "", rule: str = "", system: str = "") -> SafeString:
    """Who did it, always in the order AI, person, gate; a hand that took no part is left out.

    ai, person, system : words with the time, "Drafted 06:12 by drafting agent"
    ruling, rule : one of the rulings and its words
    """
    hands = [
        ("ai", "ai", ai),
        ("person", "person", person),
        ("", "sys", system),
        ("", ruling, rule),
    ]
    told = [(name, mark(kind), text) for name, kind, text in hands if text]
    return format_html('<span class="by">{}</span>', format_html_join("", '<span class="{}">{}{}</span>', told))


# --- why, charts in a line ---


@register.simple_tag
def why(text: object, target: str) -> SafeString:
    """A number that opens: dotted underline. `target`: id of a panel on this page, or an address that answers one."""
    return _why_link("why", text, target)


@register.simple_tag
def why_q(target: str, about: str = "") -> SafeString:
    """The word Why? beside a large number. `about` names the number for people who can't see it."""
    said = format_html('Why?<span class="vh"> {}</span>', about) if about else "Why?"
    return _why_link("why-q", said, target)


def _why_link(css: str, text: object, target: str) -> SafeString:
    if target.startswith("/"):
        link = '<a class="{}" href="{}" hx-get="{}" hx-target="#panel" hx-swap="outerHTML" data-why>{}</a>'
        return format_html(link, css, target, target, text)
    return format_html('<a class="{}" href="#{}" data-why>{}</a>', css, target.lstrip("#"), text)


@register.simple_tag
def spark(values: Sequence[float], label: str = "") -> SafeString:
    """A line in a row of a table, its last value marked. Nothing for fewer than two values."""
    if len(values) < 2:
        return NOTHING
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = (SPARK_WIDTH - SPARK_MARGIN) / (len(values) - 1)
    room = SPARK_HEIGHT - 2 * SPARK_MARGIN
    points = [
        (2 + at * step, SPARK_HEIGHT - SPARK_MARGIN - (value - low) / span * room) for at, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    drawn = '<svg class="spark" viewBox="0 0 76 28" role="img" aria-label="{}"><polyline class="c-hist" points="{}"/>'
    dot = '<circle class="c-person-f" cx="{:.1f}" cy="{:.1f}" r="2"/></svg>'
    return format_html(drawn, label or f"from {values[0]:g} to {values[-1]:g}", line) + mark_safe(  # noqa: S308  numbers
        dot.format(*points[-1])
    )


@register.simple_tag
def bar(value: float | Decimal | None, most: float | Decimal = 1, kind: str = "hist") -> SafeString:
    """A data bar under a figure, from zero to `most`. kind: hist, ai, person, up, down."""
    share = 0.0 if not value or not most else min(max(float(value) / float(most), 0.0), 1.0)
    css = {"hist": "c-hist-f", "ai": "c-ai-f", "person": "c-person-f", "up": "c-up", "down": "c-down"}[kind]
    drawn = (
        '<svg class="fb" viewBox="0 0 40 4" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="c-track" width="40" height="4"/><rect class="{}" width="{}" height="4"/></svg>'
    )
    return format_html(drawn, css, f"{share * BAR_WIDTH:.1f}")


# --- larger parts ---


@register.inclusion_tag("core/parts/empty.html")
def empty(title: str, text: str = "", address: str = "", action: str = "") -> dict[str, str]:
    """Nothing is here: says so, and what to do next."""
    return {"title": title, "text": text, "address": address, "action": action}


@register.inclusion_tag("core/parts/not_enough.html")
def not_enough_data(have: int, need: int, of: str, instead: str = "") -> dict[str, Any]:
    """Fewer cases than a statement needs: the numbers, and what is shown instead."""
    return {"have": have, "need": need, "of": of, "instead": instead}


@register.inclusion_tag("core/parts/field.html")
def field(bound: Any) -> dict[str, Any]:
    """A form field with label, help and error."""
    return {"field": bound}


@register.inclusion_tag("core/parts/chart.html")
def chart(drawn: Any) -> dict[str, Any]:
    """A `core.charts.Chart`: the picture, its summary, and the table behind it."""
    return {"chart": drawn}


@register.inclusion_tag("core/parts/panel.html")
def why_panel(panel: Any) -> dict[str, Any]:
    """A `core.panels.Why` as a side panel of this page."""
    return {"panel": panel}


@register.inclusion_tag("core/parts/list.html", takes_context=True)
def list_block(context: template.Context, block: Any) -> dict[str, Any]:
    """A `core.lists.Listing`: filters, table, pager."""
    return {"block": block, "request": context.get("request"), "csrf_token": context.get("csrf_token")}


@register.simple_tag(takes_context=True)
def cell(context: template.Context, column: Any, row: Any) -> SafeString | str:
    """What a column shows for a row: its template when it has one, its value otherwise."""
    value = column.value_of(row)
    if not column.template:
        return NOTHING if value is None or value == "" else words.plain(value)
    with context.push(row=row, value=value, column=column):
        drawn = context.template.engine.get_template(column.template)  # type: ignore[union-attr]
        return drawn.render(context)
