"""How the same company or person comes to look different in another system."""

from __future__ import annotations

from tandem.simulation.config import Noise
from tandem.simulation.dice import Dice
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company
from tandem.simulation.names import plain

FACTOR = {Noise.LOW: 0.35, Noise.MIDDLE: 1.0, Noise.HIGH: 2.0}
_NEIGHBOURS = {
    "a": "s",
    "e": "r",
    "i": "o",
    "o": "p",
    "n": "m",
    "r": "t",
    "t": "z",
    "s": "d",
    "l": "k",
    "u": "i",
    "h": "j",
    "d": "f",
}
_FIRST_NAMES = {
    "Robert": "Bob", "William": "Bill", "Thomas": "Tom", "Michael": "Mike", "Christopher": "Chris", "Elizabeth": "Liz",
    "Katharina": "Kathi", "Alexander": "Alex", "Matthew": "Matt", "Jennifer": "Jen", "Johannes": "Hannes", "Daniel": "Dan",
    "Andreas": "Andi", "Susanne": "Susi", "Nicholas": "Nick", "Benjamin": "Ben", "Margaret": "Maggie", "Joseph": "Joe",
}  # fmt: skip


def typo(dice: Dice, text: str) -> str:
    """One slip of the finger: a letter left out, doubled, swapped or mistaken for its neighbour."""
    if len(text) < 4:
        return text
    at = dice.between(1, len(text) - 2)
    kind = dice.between(0, 3)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + _NEIGHBOURS.get(text[at], text[at]) + text[at + 1 :]


def _ascii(text: str) -> str:
    return " ".join(word if word.isascii() else plain(word).title() for word in text.split())


class Drift:
    """Spellings of companies and people at a noise level."""

    def __init__(self, noise: Noise) -> None:
        self.factor = FACTOR[noise]
        self._abbreviations = load("companies")["abbreviations"]

    def hit(self, dice: Dice, probability: float) -> bool:
        """True with a probability that grows with the noise level."""
        return dice.random() < probability * self.factor

    def company(self, dice: Dice, company: Company) -> str:
        """The company's name as a person or provider typed it."""
        name = company.name
        trade, form = name.trade, name.form
        if trade and self.hit(dice, 0.05):
            trade = self._abbreviations.get(trade, trade)
        if self.hit(dice, 0.30):
            form = ""
        elif self.hit(dice, 0.18):
            spellings = next((spellings for spellings in company.place.forms if spellings[0] == form), (form,))
            form = dice.pick(spellings)
        root = name.root
        if self.hit(dice, 0.10):
            root = root.replace(" & ", dice.pick((" und ", " and ", " + ", "&"))) if "&" in root else root
        text = " ".join(part for part in (root, trade, form) if part)
        return self._surface(dice, text, company)

    def _surface(self, dice: Dice, text: str, company: Company) -> str:
        if self.hit(dice, 0.06):
            text = _ascii(text)
        if self.hit(dice, 0.035):
            text = typo(dice, text)
        if self.hit(dice, 0.03):
            text = text.upper() if dice.chance(0.6) else text.lower()
        if self.hit(dice, 0.025):
            text = f"{text}{dice.pick((' - ' + company.city, ' (' + company.place.code + ')', ' ' + company.city, ' HQ', '  '))}"
        if company.name.trade and self.hit(dice, 0.03):
            text = company.name.root
        return text

    def domain(self, dice: Dice, company: Company, *, missing: float = 0.1) -> str:
        """The web domain, perhaps missing, of another country or mistyped."""
        if self.hit(dice, missing):
            return ""
        domain = company.name.domain
        if self.hit(dice, 0.03):
            domain = f"{domain.split('.')[0]}.{dice.pick((*company.place.tlds, 'com', 'eu'))}"
        return typo(dice, domain) if self.hit(dice, 0.008) else domain

    def website(self, dice: Dice, company: Company, *, missing: float = 0.1) -> str:
        """The domain as people type a web address."""
        domain = self.domain(dice, company, missing=missing)
        if not domain:
            return ""
        return dice.pick((f"https://www.{domain}", f"www.{domain}", domain, f"http://{domain}/", f"https://{domain}"))

    def person(self, dice: Dice, first: str, last: str) -> tuple[str, str]:
        """First and last name as another system has it."""
        if self.hit(dice, 0.06):
            first, last = _ascii(first), _ascii(last)
        if self.hit(dice, 0.5) and first in _FIRST_NAMES:
            first = _FIRST_NAMES[first]
        if self.hit(dice, 0.03):
            first = f"{first[0]}."
        if self.hit(dice, 0.02):
            last = typo(dice, last)
        if self.hit(dice, 0.012):
            first, last = last, first
        if self.hit(dice, 0.02):
            first, last = first.upper(), last.upper()
        return first, last

    def country(self, dice: Dice, company: Company) -> str:
        """One of the country's spellings."""
        return dice.pick(company.place.spellings) if self.hit(dice, 0.35) else company.place.name
