"""What a campaign says in its own words: one sentence on what we do, and a case, a language each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tandem.engagement.domain.norms import known_tag
from tandem.engagement.domain.sentences import sentences

_TAG = r"(?P<tag>en(?:-us|-gb)?|de|fr|es|nl|ja)"
_LINE = re.compile(rf"^\s*{_TAG}(?P<case>\s+case)?\s*[:：]\s*(?P<text>.+)$", re.I)
_CASE = re.compile(r"^\s*case\s*[:：]\s*(?P<text>.+)$", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What we do and what it did for somebody, a sentence each; empty: not said in this language."""

    does: str = ""
    case: str = ""


def offer_in(message: str, tag: str) -> Offer:
    """The offer in a language.

    A line may begin with a tag ("de: Wir helfen ..."), or with "case:" or "de case:"; a line without is English.

    >>> offer_in("We help teams plan.\\nde: Wir helfen beim Planen.\\nde case: In Ulm fiel die Wartezeit.", "de")
    Offer(does='Wir helfen beim Planen', case='In Ulm fiel die Wartezeit')
    """
    told = _read(message)
    language = known_tag(tag).split("-")[0]
    return Offer(does=told.get((language, False), ""), case=told.get((language, True), ""))


def _read(message: str) -> Mapping[tuple[str, bool], str]:
    found: dict[tuple[str, bool], str] = {}
    for line in message.splitlines():
        match, case = _LINE.match(line), _CASE.match(line)
        if match:
            key, text = (match["tag"].casefold().split("-")[0], bool(match["case"])), match["text"]
        elif case:
            key, text = ("en", True), case["text"]
        else:
            key, text = ("en", False), line
        first = next(iter(sentences(text.strip())), None)
        if first and key not in found and not first.is_question:
            found[key] = first.text.rstrip(".。")
    return found
