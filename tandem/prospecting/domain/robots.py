"""robots.txt by RFC 9309: which paths a site lets programs read. The longest rule that fits wins; a tie allows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

MOST_BYTES = 512_000  # RFC 9309 asks for at least 500 KiB
MOST_RULES = 5_000
LONGEST_RULE = 2_000
LONGEST_DELAY = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """The rules for one program. rules : (allows, pattern); delay : seconds between two calls, as far as told"""

    rules: tuple[tuple[bool, str], ...] = ()
    delay: float | None = None

    def allows(self, path: str) -> bool:
        """Whether a path (with its query) may be read.

        >>> read_robots("User-agent: *\\nDisallow: /private\\nAllow: /private/open$", "tandem").allows("/private/x")
        False
        """
        asked = _plain(path or "/")
        fitting = [(len(pattern), allows) for allows, pattern in self.rules if _fits(pattern, asked)]
        return max(fitting, default=(0, True))[1]


EVERYTHING = Robots()
NOTHING = Robots(rules=((False, "/"),))


def read_robots(text: str, program: str) -> Robots:
    """The rules that hold for a program: its own group's, else those for everybody."""
    own: list[tuple[str, str]] = []
    everybody: list[tuple[str, str]] = []
    is_own = has_own = is_everybody = in_names = False
    for word, value in _lines(text):
        if word == "user-agent":
            if not in_names:
                is_own = is_everybody = False
            in_names = True
            is_own |= value.lower() == program.lower()
            is_everybody |= value == "*"
            has_own |= is_own
            continue
        in_names = False
        if is_own:
            own.append((word, value))
        if is_everybody:
            everybody.append((word, value))
    return _robots(own if has_own else everybody)


def _lines(text: str) -> Sequence[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        word, colon, value = line.split("#", 1)[0].partition(":")
        if colon and len(found) < MOST_RULES:
            found.append((word.strip().lower(), value.strip()[:LONGEST_RULE]))
    return found


def _robots(lines: Sequence[tuple[str, str]]) -> Robots:
    rules = tuple((word == "allow", _plain(value)) for word, value in lines if word in {"allow", "disallow"} and value)
    delays = [
        float(value) for word, value in lines if word == "crawl-delay" and re.fullmatch(r"\d{1,4}(\.\d+)?", value)
    ]
    return Robots(rules=rules, delay=min(max(delays), LONGEST_DELAY) if delays else None)


def _plain(path: str) -> str:
    return quote(unquote(path), safe="/*$?=&%+:@!,;~-._()'")


def _fits(pattern: str, path: str) -> bool:
    """Whether a rule fits from the path's start; `*` stands for anything, a `$` at the end for the path's end.

    By hand and not by a regular expression: a hostile file must not make this slow.
    """
    is_whole = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1] if rest else ():
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if not rest:
        return at == len(path) or not is_whole
    last = rest[-1]
    if is_whole:
        return path.endswith(last) and len(path) - len(last) >= at
    return path.find(last, at) >= 0
