"""What people change again and again in drafts: words they take out, and words they put in their place.

Texts are compared word by word (longest common blocks, Ratcliff and Obershelp); a change is kept when it is short
enough to be a habit of wording and not another thought, and told when enough different drafts have it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

FEWEST_DRAFTS = 5
LONGEST_REMOVED_WORDS, LONGEST_PUT_WORDS = 14, 8  # a stock sentence; a turn of phrase. Longer ones are other thoughts
_TOKEN = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedText:
    """One draft before and after a person's hand. language : ISO 639-1, or with a country"""

    draft_id: int
    language: str
    channel: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """One change that people make again and again.

    removed : the words taken out, in small letters
    put : what came in their place, as written most often; empty: they were taken out
    drafts : in how many drafts; of : in how many edited drafts of the language the words stood
    draft_ids : some of them, oldest first
    """

    language: str
    removed: str
    put: str
    drafts: int
    of: int
    draft_ids: tuple[int, ...]


def habits(texts: Iterable[EditedText], *, fewest: int = FEWEST_DRAFTS) -> list[Habit]:
    """Changes that at least `fewest` different drafts have, most frequent first."""
    edited = list(texts)
    seen: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for one in edited:
        for removed, put in sorted(changes(one.before, one.after)):
            seen[(one.language, removed, put)].append(one.draft_id)
    found = [
        Habit(
            language=language,
            removed=removed,
            put=put,
            drafts=len(ids),
            of=sum(one.language == language and _has(one.before, removed) for one in edited),
            draft_ids=tuple(sorted(ids)[:20]),
        )
        for (language, removed, put), ids in seen.items()
        if len(ids) >= fewest
    ]
    return sorted(found, key=lambda one: (-one.drafts, one.language, one.removed, one.put))


def changes(before: str, after: str) -> set[tuple[str, str]]:
    """Short stretches of words taken out, each with what came in their place (empty: nothing), in small letters.

    >>> sorted(changes("I hope this finds you well. Could we talk?", "Could we talk?"))
    [('i hope this finds you well', '')]
    >>> sorted(changes("We leverage data", "We use data"))
    [('leverage', 'use')]
    """
    old, new = _TOKEN.findall(before.casefold()), _TOKEN.findall(after.casefold())
    found = set()
    for word, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if word not in ("replace", "delete") or b - a > LONGEST_REMOVED_WORDS or d - c > LONGEST_PUT_WORDS:
            continue
        removed, put = _plain(old[a:b]), _plain(new[c:d])
        if removed and removed != put:
            found.add((removed, put))
    return found


def _plain(words: list[str]) -> str:
    """The words without the marks at either end, which move about with every edit."""
    return " ".join(words).strip(" .,;:!?()\"'“”„–-")


def _has(text: str, words: str) -> bool:
    return f" {words} " in f" {' '.join(_TOKEN.findall(text.casefold()))} "
