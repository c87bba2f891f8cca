"""One mail thread being written, from script to letters."""

from __future__ import annotations

import datetime as dt

from tandem.simulation.deals.paths import Deal
from tandem.simulation.dice import Dice
from tandem.simulation.market import Company
from tandem.simulation.text import automatic
from tandem.simulation.text.acts import ACTS, KINDS, Span
from tandem.simulation.text.dates import day_text
from tandem.simulation.text.desk import Desk
from tandem.simulation.text.envelope import message_id
from tandem.simulation.text.facts import FactBook, Said
from tandem.simulation.text.grammar import grammar
from tandem.simulation.text.letters import Draft, Letter, answer, ending_of, greeting_of
from tandem.simulation.text.quoting import reply_subject
from tandem.simulation.text.scene import Scene
from tandem.simulation.text.threads import CAUSES, Script, Step
from tandem.simulation.text.voice import Voice
from tandem.simulation.times import Moment, noon, working_day, working_moment

NO_QUOTE, CHAMPION_AWAY, SENT_ABSENCE = 0.13, 0.35, 0.025
PUBLISHERS = ("Aisle Letter", "Dock & Door Weekly", "Pick Notes", "Yard Review", "Warehouse Circle", "Slotting Digest")
REDIRECTS = 0.72


def publisher(dice: Dice) -> Voice:
    """An invented newsletter."""
    name = dice.pick(PUBLISHERS)
    domain = name.lower().replace(" & ", "-and-").replace(" ", "-") + ".example"
    return Voice(
        name, name, f"news@{domain}", "", name, "", "Europe/Berlin", False, "", ("en",), "formal", dice.between(0, 99), 0, 0, False,
        False, "apple", 0,
    )  # fmt: skip


class Thread:
    """A thread in a seller's mailbox. they: the first contact, other: a second one. book: facts to state, or None."""

    def __init__(
        self, desk: Desk, deal: Deal | None, company: Company, they: Voice, other: Voice, book: FactBook | None
    ) -> None:
        self.desk, self.deal, self.company, self.they, self.other, self.book = desk, deal, company, they, other, book
        self.dice = desk.dice
        self.language = desk.voice.language_with(they)
        self.scene = Scene(self.dice, self.language, company, deal, desk.first)
        self.id, self.subject = "", ""
        self.latest: Letter | None = None
        self.day = desk.first
        self.kind = self.dice.pick(KINDS)

    def run(self, script: Script, day: dt.date) -> None:
        """Write the script's mails from a day on, as far as the period goes."""
        self.day = working_day(day, self.dice)
        self.scene.address(self.they, self.day)
        self.subject = self._subject(script.subject)
        self.go_on(script.steps)

    def _subject(self, rule: str) -> str:
        subject = grammar(self.language).say(rule, self.dice, self.scene.fresh(), self.desk.voice.habit)
        return subject.lower() if self.desk.voice.small else subject

    def go_on(self, steps: tuple[Step, ...]) -> None:
        """Further mails of the thread."""
        for step in steps:
            if step.chance < 1.0 and not self.dice.chance(step.chance):
                continue
            if self.latest is not None:
                self.day = working_day(self.day + dt.timedelta(days=self.dice.between(*step.days)), self.dice)
            if not self._write(step):
                return

    def _moment(self, sender: Voice) -> Moment:
        at = working_moment(self.dice, sender.zone, self.day)
        if self.latest is not None and at <= self.latest.at:
            at = self.latest.at + dt.timedelta(minutes=self.dice.between(6, 260), seconds=self.dice.between(0, 59))
        return at

    def _pair(self, who: str) -> tuple[Voice, Voice]:
        """Sender and receiver of a step."""
        if who == "we":
            inside = self.latest is not None and self.latest.sender.ours and self.latest.sender is not self.desk.voice
            return self.desk.voice, self.latest.sender if inside and self.latest else self.they
        if who == "inside":
            return (self.desk.mates[-1] if self.desk.mates else self.they), self.desk.voice
        return (self.other if who == "other" else self.they), self.desk.voice

    def _write(self, step: Step) -> bool:
        """One mail; False when the period is over."""
        sender, receiver = self._pair(step.who)
        if step.forward and self.desk.mates:
            receiver = self.desk.mates[-1]
        at = self._moment(sender)
        if at >= noon(self.desk.last) + dt.timedelta(hours=10):
            return False
        self.scene.address(receiver, at.date())
        draft, facts = self._draft(step, sender)
        if not draft.spans:
            return True
        letter = self._compose(step, sender, receiver, at, draft)
        quotes = [span.text for span in letter.spans if span.act == "fact"]
        for (name, value), quote in zip(facts, quotes, strict=True):
            if self.book is not None:
                self.book.note(self.desk.world.truth, name, Said(letter.id, None, quote, value, sender.name))
        self._keep(letter)
        if sender is self.desk.voice and not receiver.ours and self.dice.chance(SENT_ABSENCE):
            self.absence()
        return True

    def _draft(self, step: Step, sender: Voice) -> tuple[Draft, list[tuple[str, str]]]:
        """Sentences of a step, and the facts among them."""
        draft = Draft()
        facts: list[tuple[str, str]] = []
        for word in step.plan.split():
            if word == "|":
                draft.new_paragraph()
                continue
            if word.endswith("?"):
                if self.dice.chance(0.5):
                    continue
                word = word[:-1]
            if word == "fact":
                stated = self.book.state(sender, self.scene, self.dice, spoken=False) if self.book else None
                if stated:
                    draft.add(stated[0])
                    facts.append((stated[1], stated[2]))
                continue
            draft.add(self._sentence(self._rule(word), sender))
        return draft, facts

    def _rule(self, word: str) -> str:
        """The rule behind a word of a plan."""
        if word == "{objection}":
            self.kind = (
                "competitor" if self.deal and self.deal.competitor and self.dice.chance(0.4) else self.dice.pick(KINDS)
            )
            return f"objection_{self.kind}"
        if word == "{answer}":
            return f"answer_{self.kind}" if self.dice.chance(0.72) else "defer"
        if word == "{loss}":
            return f"loss_{CAUSES.get(self.deal.cause if self.deal else '', 'timing')}"
        if word in ("{renewal}", "{renewal_answer}"):
            good = self.company.usage > 0
            if word == "{renewal}":
                return "renewal_good" if good else "renewal_bad"
            return "thanks" if good else self.dice.pick(("answer_price", "defer", "answer_resources"))
        if word == "{redirect}":
            return "redirect" if self.dice.chance(REDIRECTS) else "ack"
        return word

    def _sentence(self, rule: str, sender: Voice) -> Span:
        act, detail = ACTS.get(rule, ("", ""))
        scene = self.scene.fresh()
        due = scene.due().iso if act == "commitment" else ""
        text = sender.text(rule, self.language, self.dice, scene)
        scene.pop("due", None)
        if rule == "redirect":
            first, last = scene.colleague()
            act, detail = "redirect", f"{first} {last}"
        return Span(text, act, f"{detail} {due}".strip() if act == "commitment" else detail, due)

    def _compose(self, step: Step, sender: Voice, receiver: Voice, at: Moment, draft: Draft) -> Letter:
        dice, late = self.dice, self.latest is not None
        mobile = dice.chance(sender.on_phone)
        text = draft.text(
            greeting_of(sender, self.language, dice, self.scene, late=late), dice, terse=sender.style == "terse"
        )
        ending = ending_of(sender, self.language, dice, self.scene, late=late, mobile=mobile)
        label = step.label
        if label == "{loss}":
            label = (
                "negative_now"
                if self.deal and self.deal.cause in ("Timing", "No Budget / Lost Funding")
                else "negative_ever"
            )
        letter = Letter(
            message_id(dice, sender), at, sender, [receiver], self._copies(step, sender), self.subject, self.language,
            _kind(sender, self.desk.voice), label, self.id, draft.spans, text, ending, deal=self.deal.index if self.deal else None,
        )  # fmt: skip
        if self.latest is not None and (step.forward or sender is not self.latest.sender or dice.chance(0.8)):
            letter.subject = reply_subject(self.subject, sender.languages[0], forward=step.forward)
            answer(letter, self.latest, dice, forward=step.forward)
            if dice.chance(NO_QUOTE) and not step.forward:
                letter.head = letter.history = ""
        if step.attach:
            letter.attachments = self._files()
        return letter

    def _copies(self, step: Step, sender: Voice) -> list[Voice]:
        copies = []
        if step.cc and self.dice.chance(0.6):
            copies = [self.other if sender is not self.other else self.they]
            if self.desk.mates and self.dice.chance(0.4):
                copies.append(self.desk.mates[0])
        return [voice for voice in copies if voice is not sender]

    def _files(self) -> tuple[str, ...]:
        name = grammar("en").say("attach_names", self.dice, self.scene, self.desk.voice.habit)
        name = name.encode("ascii", "ignore").decode().replace(" ", "_")
        return (f"{name}.{self.dice.pick(('pdf', 'pdf', 'pdf', 'docx', 'xlsx'))}",)

    def _keep(self, letter: Letter) -> None:
        self.id = self.id or letter.id
        letter.thread = self.id
        self.latest = letter
        self.day = letter.at.date()
        self.desk.letters.append(letter)

    def absence(self) -> None:
        """The recipient's automatic answer to the latest mail."""
        sent = self.latest
        if sent is None or sent.sender is not self.desk.voice:
            return
        person, dice = self.they, self.dice
        language = person.languages[0]
        scene = Scene(dice, language, self.company, self.deal, sent.at.date())
        scene.address(person, sent.at.date())
        scene["subject"] = sent.subject
        until, back = automatic.absence_days(dice, sent.at.date())
        dated = dice.chance(0.7)
        scene["until"], scene["back"] = day_text(dice, language, until), day_text(dice, language, back)
        spans = [
            Span(
                person.text("ooo_dated" if dated else "ooo_open", language, dice, scene),
                "returns_on",
                back.isoformat() if dated else "none",
            )
        ]
        deputy = person.text("ooo_deputy", language, dice, scene.fresh())
        text = "\n\n".join(
            part for part in (greeting_of(person, language, dice, scene, late=True), spans[0].text, deputy) if part
        )
        letter = Letter(
            message_id(dice, person), sent.at + dt.timedelta(seconds=dice.between(3, 190)), person, [sent.sender], [],
            grammar(language).say("subject_ooo", dice, scene, person.habit), language, "auto_reply", "ooo", self.id, spans, text,
            ending_of(person, language, dice, scene, late=False, mobile=False), deal=sent.deal,
        )  # fmt: skip
        letter.headers = dice.pick(AUTO_HEADERS)
        letter.parent, letter.references = sent, (*sent.references, sent.id)
        self.desk.letters.append(letter)

    def bounce(self) -> None:
        """A delivery report for the latest mail."""
        sent = self.latest
        if sent is None:
            return
        dice = self.dice
        failure: automatic.Failure = dice.draw(automatic.FAILURES)  # type: ignore[assignment]
        kind = dice.pick(automatic.DAEMONS)
        recipient = sent.to[0].email
        domain = (
            recipient.split("@")[1]
            if failure.reason != "host_unknown" and kind != "gmail"
            else sent.sender.email.split("@")[1]
        )
        daemon = automatic.daemon_voice(kind, domain, sent.sender)
        subject, report = automatic.bounce_content(dice, kind, failure, sent, recipient)
        letter = Letter(
            message_id(dice, daemon), sent.at + dt.timedelta(seconds=dice.between(2, 4000)), daemon, [sent.sender], [], subject, "en",
            "bounce", "", self.id, [Span(recipient, "bounce", automatic.bounce_span_detail(failure))], "", "", report=report, deal=sent.deal,
        )  # fmt: skip
        letter.headers = (("Auto-Submitted", "auto-replied"), ("Return-Path", "<>"), ("X-Failed-Recipients", recipient))
        letter.parent, letter.references = sent, (*sent.references, sent.id)
        self.desk.letters.append(letter)

    def newsletter(self, day: dt.date) -> None:
        """One issue of a newsletter; `they` is the publisher."""
        self.language = "en"
        self.scene = Scene(self.dice, "en", self.company, None, day)
        self.subject = self._subject("subject_newsletter")
        self.day = working_day(day, self.dice)
        step = Step("they", "newsletter newsletter | newsletter newsletter?")
        if self._write(step) and self.latest is not None:
            domain = self.they.email.split("@")[1]
            self.latest.kind = "other"
            self.latest.headers = (
                ("List-Unsubscribe", f"<https://{domain}/u/{self.dice.getrandbits(40):x}>"),
                ("Precedence", "bulk"),
            )


AUTO_HEADERS = (
    (("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")),
    (("Auto-Submitted", "auto-replied"),),
    (("X-Autoreply", "yes"), ("Precedence", "auto_reply")),
    (("X-Auto-Response-Suppress", "DR, OOF, AutoReply"),),
    (),
)


def _kind(sender: Voice, owner: Voice) -> str:
    """What the mail is for the mailbox."""
    if sender is owner:
        return "sent"
    return "other" if sender.ours else "reply"
