"""The Why? panel: what a number is made of. Parts add up to the number pressed; sources say where it comes from.

    panel = Why(
        key="pipeline-3",
        title="Why €312k?",
        text="Open deals of this account in euro.",
        parts=(Part(label="Duisburg rollout", amount=Decimal(200_000)), Part(label="Venlo", amount=Decimal(112_000))),
        total=Decimal(312_000),
        total_label="Open pipeline",
        currency="EUR",
        facts=(("Rates", "of 23 Nov, European Central Bank"),),
    )
    return panels.respond(request, panel)

Beside a number on a page: `{% why "€312k" "/accounts/3/why/pipeline" %}` fetches it; `{% why_panel panel %}` puts it
into the page and `{% why "€312k" panel.dom_id %}` opens it. Without script the address answers a whole page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from tandem.core import words

BAR_WIDTH = 88.0
ROUNDING = Decimal("1e-6")
Number = Decimal | float | int


class Tone(StrEnum):
    """Whose part it is, which decides its colour."""

    PERSON = "person"
    AI = "ai"
    HISTORY = "history"
    CHANGE = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One addend. `note` says where it comes from; `address` opens it."""

    label: str
    amount: Number
    note: str = ""
    address: str = ""
    tone: Tone = Tone.CHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceValue:
    """What one source says about the thing. `note`: when it was read, or why it won or lost."""

    source: str
    value: str
    note: str = ""
    address: str = ""
    is_winner: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPart:
    """A part with its bar: where it starts and how wide it is, of 88."""

    part: Part
    told: str
    start: float
    width: float
    css: str


CSS = {
    Tone.PERSON: ("c-person-f", "c-down"),
    Tone.AI: ("c-ai-f", "c-down"),
    Tone.HISTORY: ("c-hist-f", "c-down"),
    Tone.CHANGE: ("c-up", "c-down"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The panel.

    key : letters, digits and hyphens; makes the id
    text : one sentence on how the number comes about
    parts, total, total_label, parts_label : the sum; no parts for values that are chosen, not added
    currency : of all parts; empty: plain numbers with `places` digits
    interval : "€31k to €70k, 80%"; empty: the number is exact
    sources : what each source says
    facts : method, data, model: (word, words)
    as_of : when the data was read
    wrong_address : where somebody can say that it is wrong

    Raises ValueError when the parts do not add up to the total: a panel that lies must not be drawn.
    """

    key: str
    title: str
    text: str = ""
    parts: tuple[Part, ...] = ()
    parts_label: str = "Parts"
    total: Number | None = None
    total_label: str = "Total"
    currency: str = ""
    places: int = 0
    interval: str = ""
    sources: tuple[SourceValue, ...] = ()
    sources_label: str = "What each source says"
    facts: Sequence[tuple[str, str]] = ()
    as_of: datetime | None = None
    wrong_address: str = ""

    def __post_init__(self) -> None:
        if not self.parts:
            return
        if self.total is None:
            raise ValueError(f"{self.title}: parts without a total")
        added = sum((_exact(part.amount) for part in self.parts), Decimal(0))
        if abs(added - _exact(self.total)) > ROUNDING * max(abs(added), Decimal(1)):
            raise ValueError(f"{self.title}: the parts add up to {added}, not to {self.total}")

    @property
    def dom_id(self) -> str:
        """Id of the panel on a page."""
        return f"why-{self.key}"

    @property
    def told_total(self) -> str:
        """The total in the house's form."""
        return self._told(self.total) if self.total is not None else ""

    @property
    def drawn(self) -> list[DrawnPart]:
        """Parts with bars that start where the part before ended, on one scale."""
        ends, at = [0.0], 0.0
        for part in self.parts:
            at += float(part.amount)
            ends.append(at)
        low, high = min(ends), max(ends)
        scale = BAR_WIDTH / ((high - low) or 1.0)
        drawn = []
        for part, before, after in zip(self.parts, ends, ends[1:], strict=False):
            drawn.append(
                DrawnPart(
                    part=part,
                    told=self._told(part.amount),
                    start=round((min(before, after) - low) * scale, 1),
                    width=round(max(abs(after - before) * scale, 0.8), 1),
                    css=CSS[part.tone][after < before],
                )
            )
        return drawn

    def _told(self, amount: Number) -> str:
        return words.money(amount, self.currency) if self.currency else words.number(amount, self.places)


def _exact(amount: Number) -> Decimal:
    return amount if isinstance(amount, Decimal) else Decimal(str(amount))


def respond(request: HttpRequest, panel: Why, context: dict[str, Any] | None = None) -> HttpResponse:
    """The panel alone for a press on Why?, a whole page for an address opened by itself."""
    is_part = bool(getattr(request, "htmx", False))
    template = "core/parts/panel.html" if is_part else "core/why.html"
    answer = render(request, template, {**(context or {}), "panel": panel, "slot_id": "panel" if is_part else ""})
    patch_vary_headers(answer, ("HX-Request",))
    return answer
