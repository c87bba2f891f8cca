"""Opening hours of a week on the wall clock: any number of spans a day, written "HH:MM"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tandem.core.errors import InvalidInput

CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MINUTES_A_DAY = 24 * 60

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Week:
    """Open spans by weekday (0 is Monday), in minutes since midnight on the wall clock: sorted, apart, start < end."""

    days: tuple[tuple[Span, ...], ...]

    def spans(self, weekday: int) -> tuple[Span, ...]:
        """The spans of a weekday; empty: closed."""
        return self.days[weekday]


def read_week(working_hours: Mapping[str, Sequence[Sequence[str]]]) -> Week:
    """Opening hours as settings keep them: weekday "0" to "6" to spans ["HH:MM", "HH:MM"]; empty: `DEFAULT_WEEK`.

    Spans that touch or overlap become one. "24:00" ends a day; work past midnight is two spans on two days.
    Raises InvalidInput for an unknown day, a span that is none, and a week that is closed on all days.

    >>> read_week({"0": [["09:00", "12:00"], ["13:00", "17:30"]]}).spans(0)
    ((540, 720), (780, 1050))
    """
    if not working_hours:
        return DEFAULT_WEEK
    unknown = set(working_hours) - set("0123456")
    if unknown:
        raise InvalidInput(
            f"{sorted(unknown)[0]!r} is no weekday.",
            hint="Weekdays are 0 (Monday) to 6 (Sunday).",
            code="calendar.week",
        )
    week = Week(tuple(_joined(_read_span(day, span) for span in working_hours.get(str(day), ())) for day in range(7)))
    if not any(week.days):
        raise InvalidInput("The week has no open hour.", hint="Give at least one weekday a span.", code="calendar.week")
    return week


def _read_span(day: int, span: Sequence[str]) -> Span:
    found = [CLOCK_TIME.fullmatch(end) if isinstance(end, str) else None for end in span]
    minutes = [int(match[0][:2]) * 60 + int(match[0][3:]) for match in found if match is not None]
    if len(span) != 2 or len(minutes) != 2 or minutes[0] >= minutes[1]:
        raise InvalidInput(
            f"{DAY_NAMES[day]}: {list(span)!r} is no span of the day.",
            hint='Give two times such as ["09:00", "17:30"], the earlier one first.',
            code="calendar.week",
            context={"weekday": day},
        )
    return minutes[0], minutes[1]


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return tuple(joined)


_WORKDAY = ((9 * 60, 17 * 60 + 30),)
DEFAULT_WEEK = Week((_WORKDAY,) * 5 + ((), ()))
