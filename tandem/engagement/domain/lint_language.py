"""Whether a message is in the language asked for, in its manners, and not translated word for word."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any

from tandem.engagement.contracts import Violation
from tandem.engagement.domain.lint_words import unquoted
from tandem.engagement.domain.norms import Norms
from tandem.engagement.domain.texts import Parts, Text
from tandem.engagement.domain.voice import VoiceGuide

# Ours and their neighbours: a Danish mail must not pass for Dutch.
CANDIDATES = ("en", "de", "fr", "es", "nl", "ja", "it", "pt", "sv", "da", "no", "pl")
SURE, LEAST_LETTERS = 0.9, 40
JAPANESE = re.compile(r"[぀-ヿ㐀-鿿]")
_LOCK = threading.Lock()


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages(list(CANDIDATES))
    return found


def identified(text: str) -> tuple[str, float]:
    """The language of a text (ISO 639-1) with its probability among our candidates; empty: too little text.

    py3langid (Lui and Baldwin 2012, langid.py), restricted to our languages and their neighbours; Japanese by script.
    """
    letters = [one for one in text if one.isalpha()]
    if letters and len(JAPANESE.findall(text)) / len(letters) > 0.3:
        return "ja", 1.0
    if len(letters) < LEAST_LETTERS:
        return "", 0.0
    with _LOCK:
        tag, probability = _identifier().classify(text)
    return str(tag), float(probability)


def language(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """The message is in the language it was asked for in; quotations and names may be in another."""
    bare = unquoted(parts.message.text).replace("·", "")
    for name in text.known:
        bare = bare.replace(name, "")
    found, probability = identified(bare)
    if found and found != norms.language and probability >= SURE:
        told = f"The text reads as {found}, {norms.language} was asked for; write it in {norms.name}."
        yield Violation(rule="wrong_language", start=parts.message.start, end=parts.message.end, message=told)


def formality(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """The form of address that is due to somebody we do not know."""
    bare = unquoted(text.body)
    for pattern in norms.informal:
        for match in pattern.finditer(bare):
            told = f"{match.group()!r} is too familiar in {norms.name} to somebody we do not know. {norms.note}"
            yield Violation(rule="formality", start=match.start(), end=match.end(), message=told)


def literal(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """What nobody says in this language, or what is bad manners in it."""
    bare = unquoted(text.body)
    for pattern, remedy in norms.forbidden:
        for match in pattern.finditer(bare):
            told = f"{match.group()!r}: {remedy}"
            # How a word is spelt on which side of an ocean is a matter of taste; the rest is not.
            is_hard = norms.language != "en"
            yield Violation(
                rule="literal_translation", start=match.start(), end=match.end(), message=told, is_hard=is_hard
            )
