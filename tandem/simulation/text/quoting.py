"""Quoted history as mail programs write it, in the program's language."""

from __future__ import annotations

import re
from typing import Any

from tandem.simulation.lexicon import load
from tandem.simulation.text.voice import Voice
from tandem.simulation.times import Moment

_PREFIX = re.compile(r"^(?:re|fwd?|aw|wg|tr|rv|réf)\s?:\s*", re.IGNORECASE)


def _when(words: dict[str, Any], at: Moment) -> dict[str, Any]:
    return {
        "wd": words["weekdays_short"][at.weekday()], "mon": words["months_short"][at.month - 1], "d": at.day, "dd": f"{at.day:02}",
        "mm": f"{at.minute:02}", "mo": f"{at.month:02}", "y": at.year, "hh": f"{at.hour:02}", "h12": (at.hour - 1) % 12 + 1,
        "AP": "AM" if at.hour < 12 else "PM", "weekday": words["weekdays"][at.weekday()], "month": words["months"][at.month - 1],
    }  # fmt: skip


def quote_head(
    client: str, language: str, sender: Voice, to: list[Voice], subject: str, at: Moment, *, forward: bool
) -> str:
    """The lines that stand above a quote."""
    words = load(f"{language}/speech")
    fill = {**_when(words, at), "name": sender.name, "mail": sender.email, "subject": subject}
    fill["to"] = "; ".join(f"{voice.name} <{voice.email}>" for voice in to)
    if client == "outlook" or forward:
        rule = (
            words["outlook_rule"][sender.habit % len(words["outlook_rule"])]
            if client == "outlook"
            else words["forward_line"]
        )
        return "\n".join([rule, *(line.format(**fill) for line in words["outlook_head"])])
    return words["quote_apple" if client in ("apple", "mobile") else "quote_gmail"].format(**fill)  # type: ignore[no-any-return]


def quoted(text: str) -> str:
    """Each line with a mark in front."""
    return "\n".join((">" if line.startswith(">") else "> ") + line if line else ">" for line in text.split("\n"))


def reply_subject(subject: str, language: str, *, forward: bool = False) -> str:
    """The subject of an answer: one prefix, not a row of them."""
    words = load(f"{language}/speech")
    bare = _PREFIX.sub("", subject)
    return str(words["forward_prefix" if forward else "reply_prefix"]) + bare
