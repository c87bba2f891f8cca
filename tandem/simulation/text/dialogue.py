"""The talk of one meeting: turns that follow the deal's true state that week."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from tandem.simulation.deals.paths import Deal
from tandem.simulation.dice import Dice, chance_of
from tandem.simulation.market import Company, Person
from tandem.simulation.text.acts import ACTS, KINDS, Span
from tandem.simulation.text.facts import FactBook
from tandem.simulation.text.scene import Scene
from tandem.simulation.text.voice import Voice

LONG_TURN = 210  # characters after which a speech recogniser starts the next cue


@dataclass(slots=True)
class Turn:
    """What one person says in one go; `fact` is name and value of a stated fact, `absent` a person named but not there."""

    speaker: Voice
    spans: list[Span]
    fact: tuple[str, str] | None = None
    absent: tuple[str, str] | None = None

    @property
    def text(self) -> str:
        """All sentences."""
        return " ".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """The deal's latent state as it is heard: how much it hurts, who stands behind it, what stands against it.

    pull: need in logit units. skill: the seller's effect. champion, buyer: present in the deal. frozen: budget freeze.
    """

    pull: float
    skill: float
    champion: bool
    buyer: bool
    frozen: bool
    rival: bool
    price_pressure: float


@dataclass(slots=True)
class Dialogue:
    """Builds the turns of one meeting. ours, theirs: the speakers of the sides, the host and the lead first."""

    dice: Dice
    language: str
    company: Company
    deal: Deal | None
    day: dt.date
    ours: list[Voice]
    theirs: list[Voice]
    mood: Mood
    book: FactBook | None
    missing: list[Person]
    turns: list[Turn] = field(default_factory=list)
    objections: int = 0
    _scene: Scene | None = None

    def build(self, kind: str) -> list[Turn]:
        """All turns of a meeting of a kind: discovery, demo, negotiation, renewal or review."""
        self._open()
        {
            "discovery": self._discovery,
            "demo": self._demo,
            "negotiation": self._negotiation,
            "renewal": self._review,
            "review": self._review,
        }[kind]()
        self._facts(2 if kind in ("discovery", "negotiation") else 1)
        self._doubts()
        self._who_is_missing()
        self._promises()
        self._next_step()
        self._close()
        return self.turns

    @property
    def scene(self) -> Scene:
        """Slots, with colleagues drawn anew."""
        if self._scene is None:
            self._scene = Scene(self.dice, self.language, self.company, self.deal, self.day)
        return self._scene.fresh()

    def say(self, speaker: Voice, *rules: str) -> Turn:
        """One turn of a person; a person who spoke last goes on in the same turn."""
        listener = self.theirs[0] if speaker.ours else self.ours[0]
        self.scene.address(listener, self.day)
        turn = Turn(speaker, [self._sentence(speaker, rule) for rule in rules])
        self.turns.append(turn)
        return turn

    def _sentence(self, speaker: Voice, rule: str) -> Span:
        act, detail = ACTS.get(rule, ("", ""))
        scene = self.scene
        due = scene.due().iso if act in ("commitment", "next_step") else ""
        if act == "next_step":
            scene["when"] = scene["due"]
        text = speaker.speech(rule, self.language, self.dice, scene)
        scene.pop("due", None)
        if act != "next_step":
            scene.pop("when", None)
        return Span(text, act, detail, due)

    def _we(self) -> Voice:
        return self.ours[0] if len(self.ours) == 1 or self.dice.chance(0.75) else self.dice.pick(self.ours)

    def _they(self) -> Voice:
        return self.theirs[0] if self.dice.chance(0.55) else self.dice.pick(self.theirs)

    def _open(self) -> None:
        self.say(self.ours[0], "t_hello")
        for voice in self.theirs:
            if self.dice.chance(0.7):
                self.say(voice, "t_hello")
        chatty = sum(voice.style in ("chatty", "warm") for voice in (*self.ours, *self.theirs))
        for _ in range(self.dice.between(0, min(3, 1 + chatty))):
            self.say(self.dice.pick((*self.ours, *self.theirs)), "t_small")
            self.say(self.dice.pick(self.theirs), "t_small_back")
        if self.dice.chance(0.4 + 0.3 * chance_of(self.mood.skill)):
            self.say(self.ours[0], "t_agenda")
            self.say(self.theirs[0], "t_back")

    def _discovery(self) -> None:
        """Questions, and how much it hurts."""
        depth = self.dice.between(8, 12) + (self.mood.skill > 0)
        asks = ("t_ask_situation", "t_ask_problem", "t_ask_impact")
        for number in range(depth):
            self.say(self._we(), asks[min(2, number * 3 // depth)])
            self._reply_with_pain(number * 3 // depth)
            if self.dice.chance(0.75):
                self.say(self._we(), "t_echo" if self.dice.random() < chance_of(self.mood.skill) else "t_back")
                if self.dice.chance(0.5):
                    self.say(self._they(), "t_back")
        if self.dice.chance(0.6 - 0.15 * self.mood.skill):
            self._pitch(2)

    def _reply_with_pain(self, phase: int) -> None:
        dice, speaker = self.dice, self._they()
        rule = ("t_situation", "t_pain", "t_impact")[phase]
        if rule == "t_pain" and dice.random() > chance_of(1.0 + self.mood.pull):
            rule = "t_situation"
        more = dice.pick(("t_story", "t_situation", "t_pain" if self.mood.pull > 0 else "t_back"))
        self.say(speaker, rule, more) if dice.chance(0.55) else self.say(speaker, rule)
        if dice.chance(0.3):
            self.say(self._they(), "t_story")

    def _pitch(self, count: int) -> None:
        """The seller shows and explains."""
        for _ in range(count):
            speaker = self.ours[-1]
            self.say(
                speaker,
                "t_demo",
                *(("t_explain",) if self.dice.chance(0.6) else ()),
                *(("t_demo",) if self.dice.chance(0.3) else ()),
            )
            self.say(self._they(), "t_back")

    def _demo(self) -> None:
        if self.dice.chance(0.6):
            self.say(self._we(), "t_ask_problem")
            self._reply_with_pain(1)
        for _ in range(self.dice.between(8, 13)):
            self._pitch(1)
            if self.dice.random() < chance_of(0.5 + 0.6 * self.mood.pull):
                self.say(self._they(), "t_question")
                self.say(self._we(), "t_answer", *(("t_explain",) if self.dice.chance(0.3) else ()))
            if self.dice.chance(0.3):
                self.say(self._they(), "t_story" if self.dice.chance(0.6) else "t_pain")

    def _negotiation(self) -> None:
        for _ in range(self.dice.between(5, 8)):
            self.say(self._they(), "t_negotiate")
            self.say(self.ours[0], "t_negotiate_answer")
            self.say(self._they(), "t_back")
            if self.dice.chance(0.4):
                self.say(self._they(), "t_question")
                self.say(self._we(), "t_answer")
            if self.dice.chance(0.35):
                self.say(self._we(), "t_echo")
                self.say(self._they(), "t_story", "t_situation")

    def _review(self) -> None:
        """How a customer's use goes."""
        for _ in range(self.dice.between(7, 11)):
            good = self.dice.random() < chance_of(1.2 * self.company.usage)
            self.say(self._we(), "t_qbr_good" if good else "t_qbr_bad")
            self.say(self._they(), "t_back" if good else "t_pain")
            self.say(self._we(), "t_ask_impact" if self.dice.chance(0.5) else "t_echo")
            self.say(
                self._they(),
                "t_impact" if self.dice.chance(0.4) else "t_story",
                *(("t_situation",) if self.dice.chance(0.4) else ()),
            )
        self.say(self.theirs[0], "renewal_good" if self.company.usage > 0 else "renewal_bad")
        if self.dice.chance(0.5):
            self._pitch(1)

    def _facts(self, count: int) -> None:
        if self.book is None:
            return
        for _ in range(count + self.dice.between(0, 1)):
            speaker = self._they()
            self.scene.address(self.ours[0], self.day)
            stated = self.book.state(speaker, self.scene, self.dice, spoken=True)
            if stated is None:
                return
            self.say(self.ours[0], f"ask_{stated[1]}")
            self.turns.append(Turn(speaker, [stated[0]], fact=(stated[1], stated[2])))
            if self.dice.chance(0.6):
                self.say(self._we(), "t_back")

    def _doubts(self) -> None:
        """Objections as the deal's weights have them, handled as the seller can."""
        mood = self.mood
        kinds = [kind for kind in KINDS if self.dice.random() < 0.16]
        if self.dice.random() < chance_of(mood.price_pressure - 0.7):
            kinds.append("price")
        if mood.rival and self.dice.chance(0.5):
            kinds.append("competitor")
        if mood.frozen:
            kinds.append("timing")
        if mood.rival and self.dice.chance(0.6):
            self.say(self._they(), "t_rival")
            self.say(self._we(), "t_back")
        for kind in dict.fromkeys(kinds):
            self._objection(kind)

    def _objection(self, kind: str) -> None:
        dice = self.dice
        draw = dice.random() - 0.12 * self.mood.skill
        how = "handled" if draw < 0.55 else "deferred" if draw < 0.8 else "ignored"
        turn = self.say(self._they(), f"objection_{kind}")
        turn.spans[0] = turn.spans[0]._replace(detail=f"{kind} {how}")
        rule = {"handled": f"answer_{kind}", "deferred": "defer", "ignored": "t_ignore"}[how]
        self.say(self._we(), rule)
        if dice.chance(0.5):
            self.say(self._they(), "t_back")
        self.objections += 1

    def _who_is_missing(self) -> None:
        for person in self.missing[: 1 + self.dice.chance(0.3)]:
            if self.dice.chance(0.35 if self.mood.buyer else 0.8):
                scene = self.scene
                scene["absent"] = person.name if self.dice.chance(0.7) else person.first
                scene["absent_role"] = person.title
                turn = self.say(self._they(), "t_absent")
                turn.spans[0] = turn.spans[0]._replace(act="absent", detail=person.part)
                turn.absent = (person.name, person.part)
                self.say(self._we(), "t_back")

    def _promises(self) -> None:
        for _ in range(self.dice.between(1, 3)):
            self.say(self._we(), "commit_seller")
            if self.dice.chance(0.4):
                self.say(self._they(), "t_back")
        count = self.dice.between(1, 3) if self.mood.champion else self.dice.between(0, 1)
        for _ in range(count):
            speaker = self.theirs[0] if self.mood.champion else self._they()
            self.say(speaker, "commit_customer")
            if self.dice.chance(0.4):
                self.say(self._we(), "t_back")

    def _next_step(self) -> None:
        if self.dice.random() < chance_of(0.5 + 0.8 * self.mood.champion + 0.4 * self.mood.pull - self.mood.frozen):
            turn = self.say(self.ours[0] if self.dice.chance(0.7) else self.theirs[0], "t_next")
            answerer = self.theirs[0] if turn.speaker.ours else self.ours[0]
            self.say(answerer, "t_next_ok")
            self.scene.pop("when", None)
        else:
            self.say(self.theirs[0], "t_vague_next")

    def _close(self) -> None:
        self.say(self.ours[0], "t_bye")
        for voice in self.theirs:
            if self.dice.chance(0.6):
                self.say(voice, "t_bye")
