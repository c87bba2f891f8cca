"""What a customer says of a deal's budget, date, decision and scope, and the planted contradictions.

Of each deal a few facts are settled. In some deals one fact is later said differently without a word about it
(a contradiction); in others the change is announced (no contradiction). A fact that will change is spoken of in
one channel only and once each way, so that the truth lists every contradicting pair there is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from tandem.simulation.deals.paths import Deal
from tandem.simulation.dice import Dice
from tandem.simulation.lexicon import load
from tandem.simulation.outputs import Truth
from tandem.simulation.text.acts import FACTS, Span
from tandem.simulation.text.dates import month_text
from tandem.simulation.text.scene import Scene, money_text
from tandem.simulation.text.voice import Voice

CLASHES, CHANGES = 0.34, 0.14


@dataclass(slots=True)
class Said:
    """One statement of a fact: where, in which words, by whom."""

    source: str
    utterance: int | None
    quote: str
    value: str
    speaker: str


@dataclass(slots=True)
class FactBook:
    """The facts of one deal in one channel ("mail" or "meeting"), and what was said so far.

    unsteady: the fact that changes, or empty. announced: whether the change is spoken out. here: whether it does
    so in this channel.
    """

    deal: Deal
    values: dict[str, tuple[str, str]]
    unsteady: str
    announced: bool
    here: bool
    said: dict[str, list[Said]] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int, deal: Deal, channel: str) -> FactBook:
        """The settled facts of a deal: the same for both channels."""
        dice = Dice.of(seed, "facts", deal.index)
        values = _values(dice, deal)
        draw = dice.random()
        unsteady = dice.pick(FACTS) if draw < CLASHES + CHANGES else ""
        announced = draw >= CLASHES or unsteady == "budget_released"
        if announced and unsteady not in ("budget", "timeline", "sites"):
            unsteady = ""
        return cls(deal, values, unsteady, announced, (channel == "mail") == dice.chance(0.25))

    def state(self, speaker: Voice, scene: Scene, dice: Dice, *, spoken: bool) -> tuple[Span, str, str] | None:
        """The next fact worth saying, with its name and value; None when all is said."""
        if self.unsteady and self.here and len(self.said.get(self.unsteady, ())) < 2 and dice.chance(0.92):
            name = self.unsteady
        else:
            steady = [name for name in FACTS if name != self.unsteady and len(self.said.get(name, ())) < 2]
            if not steady:
                return None
            name = dice.pick(steady)
        before = bool(self.said.get(name))
        value = self.values[name][int(before and name == self.unsteady)]
        rule, scene["value"] = _wording(name, value, scene, dice)
        if before and name == self.unsteady and self.announced:
            rule, scene["old"] = "fact_change", _wording(name, self.values[name][0], scene, dice)[1]
        text = (speaker.speech if spoken else speaker.text)(rule, scene.language, dice, scene.fresh())
        return Span(text, "fact", name), name, value

    def note(self, truth: Truth, name: str, said: Said) -> None:
        """Keep a statement, and the contradiction it makes."""
        truth.add("facts", self.deal.index, said.source, said.utterance, name, said.value, said.quote)
        earlier = self.said.setdefault(name, [])
        if not self.announced:
            for first in earlier:
                if first.value != said.value:
                    kind = "same_person" if first.speaker == said.speaker else "other_person"
                    truth.add(
                        "contradictions", self.deal.index, name, kind, first.source, first.utterance, first.quote,
                        first.value, said.source, said.utterance, said.quote, said.value,
                    )  # fmt: skip
        earlier.append(said)


def _values(dice: Dice, deal: Deal) -> dict[str, tuple[str, str]]:
    """Value and changed value of each fact."""
    budget = max(5, round(deal.amount * dice.uniform(0.7, 1.15) / 5000) * 5)
    other = max(5, round(budget * dice.pick((0.5, 0.6, 1.5, 1.8)) / 5) * 5)
    start = deal.opened_on + dt.timedelta(days=dice.between(120, 300))
    later = start + dt.timedelta(days=dice.between(95, 220))
    sites = deal.company.sites + dice.between(0, 2)
    deciders = load("en/speech")["decider"]
    decider = f"other:{dice.between(0, len(deciders) - 1)}"
    rival = f"some:{deal.competitor or dice.pick(load('own')['competitors']['names'])}"
    decision = ("alone", decider) if dice.chance(0.5) else (decider, "alone")
    return {
        "budget": (f"{budget * 1000} {deal.currency}", f"{other * 1000 if other != budget else budget * 2000} {deal.currency}"),
        "budget_released": ("yes", "no") if dice.chance(0.6) else ("no", "yes"),
        "timeline": (f"{start:%Y-%m}", f"{later:%Y-%m}"),
        "decision": decision,
        "rivals": (rival, "none") if deal.competitor else ("none", rival),
        "sites": (str(sites + 1), str(sites * 2 + 3)),
    }  # fmt: skip


def _wording(name: str, value: str, scene: Scene, dice: Dice) -> tuple[str, str]:
    """Rule and value in words."""
    words = load(f"{scene.language}/speech")
    if name == "budget":
        amount, currency = value.split()
        return "fact_budget", money_text(dice, scene.language, float(amount), currency)
    if name == "budget_released":
        return ("fact_budget_ok" if value == "yes" else "fact_budget_no"), value
    if name == "timeline":
        year, month = value.split("-")
        return "fact_timeline", month_text(scene.language, int(year), int(month))
    if name == "sites":
        return "fact_sites", dice.pick(words["sites"]).format(count=value)
    kind, _, detail = value.partition(":")
    if name == "decision":
        return (
            ("fact_decision_alone", "") if kind == "alone" else ("fact_decision_other", words["decider"][int(detail)])
        )
    return ("fact_rival_none", "") if kind == "none" else ("fact_rival_some", detail)
