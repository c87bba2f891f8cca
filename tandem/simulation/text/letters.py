"""One mail as a person composes it: greeting, paragraphs, close, signature, and what it quotes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from tandem.simulation.dice import Dice
from tandem.simulation.lexicon import load
from tandem.simulation.text.acts import Span
from tandem.simulation.text.grammar import Slots, grammar
from tandem.simulation.text.quoting import quote_head, quoted
from tandem.simulation.text.voice import Voice
from tandem.simulation.times import Moment, utc_to_local

QUOTE_LIMIT = 3_500  # characters of history a mail carries on; the rest is cut at a line, as long threads are


@dataclass(slots=True, eq=False)
class Letter:
    """A mail before it becomes bytes.

    kind: "sent", "reply", "auto_reply", "bounce" or "other". new_text: what the writer wrote, without close,
    signature and quotes. history: what stands below, as quoted. report: content that is not composed (delivery
    reports). deal: number of the deal, None where it is about none.
    """

    id: str
    at: Moment
    sender: Voice
    to: list[Voice]
    cc: list[Voice]
    subject: str
    language: str
    kind: str
    label: str
    thread: str
    spans: list[Span]
    new_text: str
    ending: str
    head: str = ""
    history: str = ""
    parent: Letter | None = None
    references: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    report: str = ""
    deal: int | None = None

    @property
    def own_text(self) -> str:
        """New text with close and signature."""
        return f"{self.new_text}\n\n{self.ending}" if self.ending else self.new_text

    @property
    def body(self) -> str:
        """The whole plain text."""
        if not self.history:
            return self.own_text
        return (
            f"{self.own_text}\n\n{self.head}\n\n{self.history}" if self.head else f"{self.own_text}\n\n{self.history}"
        )


@dataclass(slots=True)
class Draft:
    """Paragraphs on their way to a mail."""

    paragraphs: list[list[Span]] = field(default_factory=lambda: [[]])

    def add(self, span: Span) -> None:
        """One more sentence."""
        self.paragraphs[-1].append(span)

    def new_paragraph(self) -> None:
        """Close the paragraph."""
        if self.paragraphs[-1]:
            self.paragraphs.append([])

    @property
    def spans(self) -> list[Span]:
        """All sentences."""
        return [span for paragraph in self.paragraphs for span in paragraph]

    def text(self, greeting: str, dice: Dice, *, terse: bool) -> str:
        """Greeting and paragraphs; now and then a list with bullets. The terse save themselves full stops."""
        blocks = [greeting] if greeting else []
        for paragraph in self.paragraphs:
            if terse and paragraph and paragraph[-1].text.endswith(".") and dice.chance(0.4):
                paragraph[-1] = paragraph[-1]._replace(text=paragraph[-1].text[:-1])
            texts = [span.text for span in paragraph if span.text]
            if len(texts) > 2 and dice.chance(0.3):
                mark = dice.pick(("- ", "* ", "• "))
                blocks.append("\n".join([texts[0], *(mark + text for text in texts[1:])]))
            elif texts:
                blocks.append(" ".join(texts))
        return "\n\n".join(blocks)


def greeting_of(voice: Voice, language: str, dice: Dice, slots: Slots, *, late: bool) -> str:
    """The greeting; late in a thread often none."""
    if late and dice.chance(0.55 if voice.style in ("terse", "chatty") else 0.2):
        return ""
    return grammar(language).say(f"greeting_{voice.style}", dice, slots, voice.habit)


def ending_of(voice: Voice, language: str, dice: Dice, slots: Slots, *, late: bool, mobile: bool) -> str:
    """Close, name and signature, or a mobile footer."""
    rules = grammar(language)
    close = rules.say(f"close_{voice.style}", dice, slots, voice.habit)
    name = voice.first if late or voice.style in ("terse", "chatty", "warm") else voice.name
    if mobile:
        footer = grammar(voice.languages[0]).say("mobile_footer", dice, slots, voice.habit)
        return "\n".join(
            part
            for part in (close if dice.chance(0.5) else "", name if dice.chance(0.7) else "", "", footer)
            if part or not footer
        )
    lines = [close, name] if close else [name]
    if not late or dice.chance(0.5):
        lines += ["", *signature_of(voice)]
    return "\n".join(lines)


@lru_cache(4096)
def signature_of(voice: Voice) -> list[str]:
    """The signature block, the same in every mail of a person."""
    shape = voice.habit % 5
    if voice.style == "terse" and shape < 3 and not voice.ours:
        return [f"{voice.name} | {voice.company}"]
    lines = [voice.name, voice.title, voice.company]
    if shape == 0:
        lines = [voice.name, f"{voice.title} | {voice.company}"]
    if shape < 4:
        lines.append(("T " if shape % 2 else "Tel. ") + voice.phone)
    if shape in (1, 3):
        lines.append(voice.email)
    if voice.ours:
        lines.append(load("own")["company"]["postal"])
    head = ["-- "] if shape in (2, 4) or voice.client == "gmail" else ["____"] if shape == 1 else []
    tail = _disclaimer(voice)
    return [*head, *lines, *tail]


def _disclaimer(voice: Voice) -> list[str]:
    """A company's legal footer: about a fifth of the companies have one."""
    if voice.ours:
        return []
    mark = sum(voice.company.encode()) % 10
    texts = load(f"{voice.languages[0]}/mail")["disclaimer"]
    return ["", texts[mark]] if mark < min(2, len(texts)) else []


def answer(letter: Letter, parent: Letter, dice: Dice, *, forward: bool) -> None:
    """Put the parent below the letter, in the way of the writer's mail program."""
    letter.parent = parent
    letter.references = (*parent.references[:1], *parent.references[1:][-11:], parent.id)
    local = utc_to_local(letter.sender.zone, parent.at)
    style = "outlook" if forward and letter.sender.client == "outlook" else letter.sender.client
    letter.head = quote_head(
        style, letter.sender.languages[0], parent.sender, parent.to, parent.subject, local, forward=forward
    )
    text = parent.body
    if len(text) > QUOTE_LIMIT:
        text = text[: text.rfind("\n", 0, QUOTE_LIMIT)]
    letter.history = text if style == "outlook" or forward else quoted(text)
