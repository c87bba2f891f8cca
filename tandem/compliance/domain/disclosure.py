"""What must be said about an AI or a recording: texts by place and language, when they stand, what they may say.

A text stands where a rule of the packs asks for it, or where it was switched on; it can't be switched off where a rule
asks for it, whatever a setting says.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

from tandem.compliance.contracts.disclosure import DisclosureEffect, DisclosureKind, DisclosureText, DisclosureTexts
from tandem.compliance.domain.languages import LANGUAGES, chosen_language
from tandem.compliance.domain.rules.facts import AI_VOICES
from tandem.compliance.domain.rules.packs import Rule
from tandem.core.errors import InvalidInput
from tandem.core.intervals import newcombe

FOLDER = Path(__file__).parent.parent / "disclosures"
SAYS_AI, ANNOUNCED = "content.ai_disclosed", "recording.disclosure_announced"
ENOUGH = 100  # messages an arm needs before a difference in replies is told
LONGEST_TEXT = 1_000

FILLED = frozenset({"organisation", "contact", "postal_address", "notice"})
_WRITTEN = frozenset({"email", "sms", "whatsapp", "linkedin"})
_AI_WORDS = re.compile(
    r"\bA\.?I\.?\b|artificial|\bbots?\b|automated|\bKI\b|künstlich|\bIA\b|artificiel|artificial|robot|kunstmatig|artificiale"
    r"|AI|人工",
    re.IGNORECASE,
)
_RECORD_WORDS = re.compile(
    r"record|aufgezeichnet|aufzeichn|aufnahme|enregistr|grab|opgenomen|opname|録音|録画|registrat|gravad", re.IGNORECASE
)
_SENTENCES = re.compile(r"(?<=\.)\s+|(?<=。)")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIn:
    """A text of the product. places: "*" for all"""

    id: str
    kind: DisclosureKind
    places: frozenset[str]
    version: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A standing setting of the installation. Empty: for all. is_on None: as the rules say. text empty: no own text"""

    kind: DisclosureKind
    place: str
    campaign: str
    language: str
    version: int
    is_on: bool | None
    text: str

    @property
    def weight(self) -> tuple[bool, bool, bool]:
        """How close it is to one message: campaign before place before language."""
        return bool(self.campaign), bool(self.place), bool(self.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A message or call for which texts are wanted.

    places : candidates of the recipient's place, "DE", "US-TX"; jurisdictions: with "EEA", countries and "*"
    speaks_as_ai : whether an AI's words go out that no person approved; None: not known, counts as yes
    rules : rules in force for these places, channel, purpose and day
    """

    channel: str
    places: Sequence[str]
    jurisdictions: frozenset[str]
    language: str
    campaign: str
    speaks_as_ai: bool | None
    rules: Sequence[Rule]


@cache
def built_in_texts() -> tuple[BuiltIn, ...]:
    """The texts that come with the product."""
    told = tomllib.loads((FOLDER / "ai.toml").read_text(encoding="utf-8"))
    return tuple(
        BuiltIn(
            id=one["id"],
            kind=DisclosureKind(one["kind"]),
            places=frozenset(one["places"]),
            version=told["version"],
            texts=one["in"],
        )
        for one in told["text"]
    )


def asks_for(rule: Rule, kind: DisclosureKind) -> bool:
    """Whether a rule can't be met without a text of this kind. A footer under an approved draft no rule asks for."""
    if rule.effect == "reference" or kind is DisclosureKind.FOOTER:
        return False
    if kind is DisclosureKind.RECORDING:
        return "recording" in rule.channels and any(word.startswith("recording_announcement") for word in rule.content)
    channels = AI_VOICES if kind is DisclosureKind.SPOKEN else _WRITTEN
    if rule.channels.isdisjoint(channels):
        return False
    conditions = [one for one in (rule.needs, *(way.needs for way in rule.ways)) if one is not None]
    return any(name == SAYS_AI for one in conditions for name, _ in one.atoms)


def kinds_of(channel: str, speaks_as_ai: bool | None) -> tuple[DisclosureKind, ...]:
    """Kinds that a message or call on a channel has."""
    if channel == "recording":
        return (DisclosureKind.RECORDING,)
    if channel in AI_VOICES:
        return (DisclosureKind.SPOKEN,)
    if channel == "phone_manual":
        return ()
    return (DisclosureKind.FOOTER,) if speaks_as_ai is False else (DisclosureKind.OPENING,)


def texts_for(situation: Situation, settings: Sequence[Setting], filled: Mapping[str, str]) -> DisclosureTexts:
    """The exact texts of a message or call.

    filled : what stands for {organisation}, {contact}, {postal_address}, {notice}; missing ones are left out
    """
    texts, off = [], []
    language = chosen_language(situation.language, situation.places)
    for kind in kinds_of(situation.channel, situation.speaks_as_ai):
        required = tuple(dict.fromkeys(rule.id for rule in situation.rules if asks_for(rule, kind)))
        fitting = _fitting(settings, situation, kind, language)
        is_on, why = _is_on(fitting, required)
        said = _text(kind, situation, language, fitting, required, filled) if is_on else None
        if said is not None and said.text:
            texts.append(said)
        else:
            off.append((kind, why or "the organisation has no name yet, so it can't be said"))
    return DisclosureTexts(texts=tuple(texts), why_off=tuple(off), language=language)


def _fitting(settings: Sequence[Setting], situation: Situation, kind: DisclosureKind, language: str) -> list[Setting]:
    """Settings that concern the message, the closest first."""
    found = [
        one
        for one in settings
        if one.kind is kind
        and (not one.place or one.place in situation.jurisdictions)
        and one.campaign in ("", situation.campaign)
        and one.language in ("", language)
    ]
    return sorted(found, key=lambda one: one.weight, reverse=True)


def _is_on(fitting: Sequence[Setting], required: Sequence[str]) -> tuple[bool, str]:
    if required:
        return True, ""
    said = [one for one in fitting if one.is_on is not None]
    if not said:
        return False, "no rule asks for it here, and nobody switched it on"
    is_on = any(one.is_on for one in said if one.weight == said[0].weight)  # several places may have one each
    return is_on, "" if is_on else "it was switched off here"


def _text(
    kind: DisclosureKind,
    situation: Situation,
    language: str,
    fitting: Sequence[Setting],
    required: Sequence[str],
    filled: Mapping[str, str],
) -> DisclosureText:
    own = next((one for one in fitting if one.text and one.language == language), None)
    base = _built_in(kind, situation.jurisdictions, language)
    told = own.text if own is not None else base.texts[language]
    return DisclosureText(
        kind=kind,
        id=base.id,
        version=f"own {own.version}" if own is not None else base.version,
        language=language,
        text=fill(told, filled),
        required_by=required,
    )


def _built_in(kind: DisclosureKind, jurisdictions: frozenset[str], language: str) -> BuiltIn:
    """The text for one of the places that is there in the language, else the one for all places."""
    known = [one for one in built_in_texts() if one.kind is kind and language in one.texts]
    near = [one for one in known if not one.places.isdisjoint(jurisdictions - {"*"})]
    return (near or [one for one in known if "*" in one.places])[0]


def every_text(
    kinds: Iterable[DisclosureKind], settings: Sequence[Setting], campaign: str, filled: Mapping[str, str]
) -> list[str]:
    """All texts of which any one says what it must, in all languages: what a message may be searched for.

    Each only as far as the first sentence that `filled` does not fill: who is to be reached differs by sender.
    """
    wanted = set(kinds)
    found = [text for one in built_in_texts() if one.kind in wanted for text in one.texts.values()]
    found += [one.text for one in settings if one.kind in wanted and one.text and one.campaign in ("", campaign)]
    return [text for text in dict.fromkeys(_beginning(text, filled) for text in found) if text]


def _beginning(text: str, filled: Mapping[str, str]) -> str:
    sentences = _SENTENCES.split(text)
    end = next((at for at, one in enumerate(sentences) if not _is_fillable(one, filled)), len(sentences))
    return _joined(sentences[:end], filled)


def _is_fillable(sentence: str, filled: Mapping[str, str]) -> bool:
    return all(filled.get(name) for _, name, _, _ in Formatter().parse(sentence) if name)


def _joined(sentences: Sequence[str], filled: Mapping[str, str]) -> str:
    joined = "".join(one if one.endswith("。") else f"{one} " for one in sentences).strip()
    return joined.format_map({name: filled.get(name, "") for name in FILLED})


def fill(text: str, filled: Mapping[str, str]) -> str:
    """A text with its places filled; a sentence that asks for something nobody told is left out, so it may be empty."""
    return _joined([one for one in _SENTENCES.split(text) if _is_fillable(one, filled)], filled)


def check_text(kind: DisclosureKind, language: str, text: str) -> None:
    """Refuse an own text that does not say what it must, or asks for something that nothing fills.

    Raises InvalidInput.
    """
    if language not in LANGUAGES:
        raise InvalidInput(f"{language!r} is no language of texts.", hint=f"Known: {', '.join(LANGUAGES)}.")
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(f"The text has {len(text):,} letters.", hint=f"Give at most {LONGEST_TEXT:,}.")
    try:
        names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise InvalidInput(f"The text can't be filled: {error}.", hint="Write {organisation} or {contact}.") from error
    if names - FILLED:
        hint = f"Known: {', '.join('{' + name + '}' for name in sorted(FILLED))}."
        raise InvalidInput(f"Nothing fills {', '.join(sorted(names - FILLED)) or '{}'}.", hint=hint)
    wanted = _RECORD_WORDS if kind is DisclosureKind.RECORDING else _AI_WORDS
    if not wanted.search(text):
        what = "that it is recorded" if kind is DisclosureKind.RECORDING else "that an AI is at work"
        raise InvalidInput(f"The text does not say {what}.", hint="Say it in plain words.", code="disclosure.silent")


def refuse_off(kind: DisclosureKind, place: str, rules: Iterable[Rule]) -> None:
    """Refuse to switch a kind off where a rule asks for it. `rules`: in force at the place; for no place, all.

    Raises InvalidInput naming the rule.
    """
    found = [rule for rule in rules if asks_for(rule, kind)]
    if found:
        names = ", ".join(f"{rule.id} ({rule.cite})" for rule in found[:3])
        where = f" in {place}" if place else ""
        raise InvalidInput(
            f"It can't be switched off{where}: {names} {'asks' if len(found) == 1 else 'ask'} for it.",
            hint="Change the words instead, or have a lawyer look at the rule.",
            code="disclosure.required",
        )


def disclosure_arm(key: str, share: float, *, secret: str) -> bool:
    """Whether a message belongs to those that show the footer, when a share of them does so to measure replies.

    key : of the touch: the same key always has the same arm; share : 0 to 1; secret : so that nobody can choose
    A uniform number from HMAC-SHA256 is compared with the share.
    """
    if not 0 <= share <= 1:
        raise InvalidInput(f"A share can't be {share}.", hint="Give 0 to 1.")
    drawn = hmac.new(secret.encode(), f"disclosure:{key}".encode(), hashlib.sha256).digest()[:8]
    return int.from_bytes(drawn, "big") / 2**64 < share


def effect(shown: int, replied_shown: int, hidden: int, replied_hidden: int) -> DisclosureEffect:
    """Difference of reply rates, with the hybrid score interval (Newcombe 1998, Statistics in Medicine 17, method 10).

    Raises InvalidInput for more replies than messages.
    """
    if not (0 <= replied_shown <= shown and 0 <= replied_hidden <= hidden):
        raise InvalidInput("There can't be more replies than messages, nor fewer than none.")
    told = {"shown": shown, "replied_shown": replied_shown, "hidden": hidden, "replied_hidden": replied_hidden}
    if min(shown, hidden) < ENOUGH:
        verdict = f"Not enough data: each arm needs {ENOUGH} messages; the smaller has {min(shown, hidden)}."
        return DisclosureEffect(**told, difference=None, low=None, high=None, verdict=verdict)
    one, other = replied_shown / shown, replied_hidden / hidden
    low, high = newcombe(replied_shown, shown, replied_hidden, hidden)
    words = "fewer" if high < 0 else "more" if low > 0 else "no clear difference in"
    verdict = f"With the footer: {words} replies, {one - other:+.1%} ({low:+.1%} to {high:+.1%})."
    return DisclosureEffect(**told, difference=one - other, low=low, high=high, verdict=verdict)
