"""Turns the required content of a decision into the very text of a message or call, in one place for all roads."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from string import Formatter

from tandem.compliance.contracts.disclosure import DisclosureTexts
from tandem.compliance.domain.languages import chosen_language
from tandem.compliance.domain.required_words import BY_HAND, WRITTEN, Part

FOLDER = Path(__file__).parent.parent / "disclosures"
UNKNOWN_WORD = "Read the rule: the product has no words for this."
# How a fact is called where it is missing.
FACT_WORDS: Mapping[str, str] = {
    "organisation": "the organisation's name",
    "postal_address": "the postal address",
    "contact": "a mail address or number of the sender",
    "sender": "the name of who sends or calls",
    "unsubscribe": "the unsubscribe link",
    "notice": "the address of the privacy notice",
    "source": "where the address comes from",
    "referrer": "who referred",
    "purpose": "what the call is about",
    "register_number": "the company number",
}
_SENTENCES: Mapping[Part, str] = {
    Part.REGISTER: "register",
    Part.CONTACT: "contact",
    Part.UNSUBSCRIBE: "unsubscribe",
    Part.OBJECTION: "objection",
    Part.COMMERCIAL: "commercial",
    Part.BEHALF: "behalf",
    Part.NOTICE: "notice",
    Part.REFERRAL: "referral",
    Part.STOP: "stop",
    Part.HELP: "help",
    Part.CALL: "call",
    Part.CALL_OPT_OUT: "call_opt_out",
}
# The order in which parts stand under a message.
_FOOTER = (
    Part.COMMERCIAL, Part.REFERRAL, Part.BEHALF, Part.IDENTITY, Part.POSTAL, Part.REGISTER, Part.CONTACT, Part.NOTICE,
    Part.OBJECTION, Part.UNSUBSCRIBE, Part.STOP, Part.HELP,
)  # fmt: skip
_TEXTS = frozenset({"sms", "whatsapp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderFacts:
    """What fills the sentences; empty: not known, and named as lacking where a law wants it.

    contact : mail address, number or page where a person is reached
    unsubscribe : the link; notice : address of the privacy notice; source : where the address comes from, in words
    """

    organisation: str = ""
    postal_address: str = ""
    contact: str = ""
    sender: str = ""
    unsubscribe: str = ""
    notice: str = ""
    source: str = ""
    referrer: str = ""
    purpose: str = ""
    register_number: str = ""

    def as_filled(self) -> dict[str, str]:
        """By name, as sentences ask for it."""
        return {name: getattr(self, name).strip() for name in FACT_WORDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredParts:
    """Required content as text.

    opening : first sentence of a written message; empty: none
    text_footer, html_footer : what stands under it; headers : of a mail
    subject_prefix : goes before the subject, with its space
    spoken : sentences of a call, in their order, the AI's own first; announcement : before a recording
    by_hand : (word, what a person must see to)
    lacking : facts without which a part could not be written, in words
    parts : what was written
    """

    opening: str = ""
    text_footer: str = ""
    html_footer: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    subject_prefix: str = ""
    spoken: tuple[str, ...] = ()
    announcement: str = ""
    by_hand: tuple[tuple[str, str], ...] = ()
    lacking: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    language: str = ""


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    told = tomllib.loads((FOLDER / "required.toml").read_text(encoding="utf-8"))
    return {name: one for name, one in told.items() if isinstance(one, dict)}


def compose(
    required_content: Iterable[str],
    *,
    channel: str,
    language: str,
    facts: SenderFacts,
    disclosure: DisclosureTexts | None = None,
    places: Iterable[str] = (),
) -> RequiredParts:
    """Write what a decision's `required_content` asks for.

    channel : as rules name it; language : as `chosen_language` takes it; places : candidates of the recipient's place
    A mail with an unsubscribe link always gets it and the headers of RFC 8058, whether a rule asks or not.
    """
    words = list(dict.fromkeys(required_content))
    writer = _Writer(chosen_language(language, places), facts, channel)
    wanted = {part for word in words for part in WRITTEN.get(word, ())}
    if channel == "email" and facts.unsubscribe:
        wanted.add(Part.UNSUBSCRIBE)
    is_written = channel not in ("phone_manual", "phone_ai", "voicemail_ai", "recording")
    lines = [line for part in _FOOTER if part in wanted and (line := writer.line(part))] if is_written else []
    calls = () if is_written else tuple(
        line for part in (Part.CALL, Part.CALL_OPT_OUT) if part in wanted and (line := writer.line(part))
    )  # fmt: skip
    said = disclosure or DisclosureTexts(texts=(), why_off=(), language=writer.language)
    writer.note_disclosure(wanted, said, channel)
    return RequiredParts(
        opening=said.opening,
        text_footer="\n".join([*lines, *([said.footer] if said.footer else [])]),
        html_footer=_html(lines, said.footer, facts.unsubscribe),
        headers=_headers(channel, facts.unsubscribe),
        subject_prefix="<ADV> " if Part.SUBJECT_ADV in wanted and channel == "email" else "",
        spoken=(*([said.spoken] if said.spoken else []), *calls),
        announcement=said.announcement,
        by_hand=tuple(
            (word, BY_HAND.get(word, UNKNOWN_WORD)) for word in words if word in BY_HAND or word not in WRITTEN
        ),
        lacking=tuple(dict.fromkeys(writer.lacking)),
        parts=tuple(sorted(wanted)),
        language=writer.language,
    )


class _Writer:
    """Writes the lines of one message and remembers which facts were lacking."""

    def __init__(self, language: str, facts: SenderFacts, channel: str) -> None:
        self.language, self.channel = language, channel
        self.filled = facts.as_filled()
        self.lacking: list[str] = []

    def line(self, part: Part) -> str:
        """One part; empty when a fact is lacking or when the channel has it in another form."""
        if part is Part.UNSUBSCRIBE and self.channel in _TEXTS:
            return self.sentence("stop")
        if part is Part.STOP and self.channel not in _TEXTS:
            return ""
        if part is Part.IDENTITY:
            return self.filled["organisation"] or self.missing("organisation")
        if part is Part.POSTAL:
            return self.filled["postal_address"] or self.missing("postal_address")
        return self.sentence(_SENTENCES[part])

    def sentence(self, name: str) -> str:
        """A sentence in the language, filled."""
        text = _sentences()[name][self.language]
        empty = [one for _, one, _, _ in Formatter().parse(text) if one and not self.filled[one]]
        if empty:
            for one in empty:
                self.missing(one)
            return ""
        return text.format_map(self.filled)

    def missing(self, fact: str) -> str:
        """Note a fact that is not there."""
        self.lacking.append(FACT_WORDS[fact])
        return ""

    def note_disclosure(self, wanted: set[Part], said: DisclosureTexts, channel: str) -> None:
        """Note when a rule asks for words that nobody gave."""
        if Part.DISCLOSURE in wanted and channel != "phone_manual" and not (said.opening or said.spoken):
            self.lacking.append("the words that say it is an AI")
        if Part.RECORDING in wanted and not said.announcement:
            self.lacking.append("the announcement of the recording")


def _html(lines: Iterable[str], footer: str, link: str) -> str:
    """The same lines as HTML, the unsubscribe link as a link; nothing of the facts is taken as markup."""
    shown = escape(link)
    written = [
        escape(line).replace(shown, f'<a href="{shown}">{shown}</a>') if link else escape(line)
        for line in (*lines, *([footer] if footer else []))
    ]
    return "".join(f"<p>{line}</p>" for line in dict.fromkeys(written))


def _headers(channel: str, link: str) -> dict[str, str]:
    """List-Unsubscribe of RFC 2369 with one click of RFC 8058."""
    if channel != "email" or not link:
        return {}
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
