"""The wordings of mail systems, read once from the tables beside this file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

Pattern = re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Wordings that tell one reason. is_weak: they count only where nothing else tells."""

    word: str
    pattern: Pattern
    is_weak: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceTables:
    """Reasons in the order in which they are tried; reasons of status codes without class; the other way round."""

    reasons: tuple[Reason, ...]
    of_status: Mapping[str, str]
    status_of: Mapping[str, str]


def table(name: str) -> Mapping[str, Any]:
    """A TOML file of this package."""
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def any_of(patterns: Iterable[str]) -> Pattern:
    """One expression for several."""
    return re.compile("|".join(f"(?:{one})" for one in patterns), re.M)


@cache
def bounce_tables() -> BounceTables:
    """What bounces say."""
    told = table("bounce_reasons.toml")
    return BounceTables(
        reasons=tuple(
            Reason(word=one["word"], pattern=any_of(one["patterns"]), is_weak=one.get("is_weak", False))
            for one in told["reason"]
        ),
        of_status=told["status"],
        status_of=told["status_of"],
    )


@cache
def bounce_words() -> Mapping[str, Pattern]:
    """How bounces are known: senders, subjects, bodies, returned."""
    return {name: any_of(patterns) for name, patterns in table("bounce_words.toml").items()}


@cache
def automatic_headers() -> Mapping[str, Pattern]:
    """Header names with the values by which programs mark their answers."""
    return {name: re.compile(value) for name, value in table("automatic.toml")["headers"].items()}


@cache
def automatic_words(name: str) -> Pattern:
    """subjects, challenges or senders of automatic mail."""
    return any_of(table("automatic.toml")[name]["patterns"])


@cache
def list_marks() -> Mapping[str, Any]:
    """Headers of mail to many."""
    return dict(table("automatic.toml")["lists"])
