"""What a sentence can be about: company, product, people, days; drawn when a sentence asks for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from tandem.simulation.deals.paths import Deal
from tandem.simulation.dice import Dice
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company
from tandem.simulation.names import mail_address, name_pool, person_name, plain
from tandem.simulation.text.dates import Due, day_text, due, slot_text
from tandem.simulation.text.grammar import number_text
from tandem.simulation.text.voice import Voice
from tandem.simulation.times import working_day

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "CHF "}


def money_text(dice: Dice, language: str, amount: float, currency: str) -> str:
    """A sum as people write or say it."""
    thousands = round(amount / 1000)
    full = f"{thousands * 1000:,}"
    full = full.replace(",", {"en": ",", "de": ".", "fr": " ", "es": "."}[language])
    return dice.pick(load(f"{language}/speech")["money"]).format(  # type: ignore[no-any-return]
        symbol=SYMBOLS.get(currency, ""), full=full, k=number_text(thousands, language), currency=currency
    )


class Scene(dict[str, str]):
    """Slots of a sentence: fixed ones as items, the others drawn fresh for each sentence."""

    def __init__(self, dice: Dice, language: str, company: Company, deal: Deal | None, day: dt.date) -> None:
        super().__init__()
        self.dice, self.language, self.company, self.deal, self.day = dice, language, company, deal, day
        self._colleague: tuple[str, str] | None = None
        own = load("own")
        self.update(own=own["company"]["name"], own_postal=own["company"]["postal"], company=company.name.short)
        self["company_file"] = plain(company.name.root).title().replace(" ", "")

    def address(self, you: Voice, day: dt.date) -> None:
        """Whom the next sentences speak to, and on which day."""
        self["you"], self["you_full"], self.day = you.first, you.name, day

    def fresh(self) -> Scene:
        """The scene with colleagues to be drawn anew."""
        self._colleague = None
        return self

    def due(self) -> Due:
        """A due date for the next sentence."""
        drawn = due(self.dice, self.language, self.day)
        self["due"] = drawn.text
        return drawn

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """The slot's text, or None where a rule should give it."""
        value = super().get(name)
        if value is None:
            maker = MAKERS.get(name)
            value = maker(self) if maker else default
        return value

    def future_day(self, low: int = 1, high: int = 14) -> dt.date:
        """A working day to come."""
        return working_day(self.day + dt.timedelta(days=self.dice.between(low, high)), self.dice)

    def colleague(self) -> tuple[str, str]:
        """Somebody of the company: first and last name, the same within one sentence."""
        if self._colleague is None:
            people = self.company.people
            if people and self.dice.chance(0.35):
                person = self.dice.pick(people)
                self._colleague = (person.first, person.last)
            else:
                self._colleague = person_name(self.dice, self.company.place)
        return self._colleague

    def rival(self) -> str:
        """The deal's competitor, now and then misspelt, or any."""
        rivals = load("own")["competitors"]
        index = self.dice.between(0, len(rivals["names"]) - 1)
        if self.deal is not None and self.deal.competitor:
            index = rivals["names"].index(self.deal.competitor)
        return self.dice.pick(rivals["spellings"][index]) if self.dice.chance(0.15) else rivals["names"][index]  # type: ignore[no-any-return]

    def product(self) -> str:
        """A product of the deal, by full or short name."""
        products = load("own")["products"]
        indexes = [index for index in self.deal.products if index < 5] if self.deal else []
        name: str = products[self.dice.pick(indexes) if indexes else self.dice.between(0, 4)]["name"]
        return name.split()[-1] if self.dice.chance(0.3) else name

    def amount(self) -> str:
        """The deal's sum, or one like it."""
        amount = self.deal.amount if self.deal else self.dice.between(20, 180) * 1000
        currency = self.deal.currency if self.deal else "EUR"
        return money_text(self.dice, self.language, amount, currency)

    def month(self) -> str:
        """One of the next months' names."""
        index = (self.day.month + self.dice.between(0, 6)) % 12
        return load(f"{self.language}/speech")["months"][index]  # type: ignore[no-any-return]

    def weekday(self) -> str:
        """A working day's name."""
        return load(f"{self.language}/speech")["weekdays"][self.dice.between(0, 4)]  # type: ignore[no-any-return]

    def slot(self) -> str:
        """A time to meet in the next days."""
        return slot_text(
            self.dice,
            self.language,
            self.future_day(),
            self.dice.between(8, 17),
            self.dice.pick((0, 0, 15, 30, 30, 45)),
        )

    def own_city(self) -> str:
        """The company's city, or another of its country."""
        return self.company.city if self.dice.chance(0.5) else self.dice.pick(self.company.place.cities)[0]

    def day_in_words(self) -> str:
        """A day of the next two weeks."""
        return day_text(self.dice, self.language, self.future_day())


def _mail(scene: Scene) -> str:
    first, last = scene.colleague()
    return mail_address(scene.company.pattern, first, last, scene.company.name.domain)


def _role(scene: Scene) -> str:
    titles = load("titles")[scene.dice.pick(("operations", "it", "finance", "procurement", "executive"))]
    return scene.dice.pick(titles.get(scene.language, titles["en"]))  # type: ignore[no-any-return]


def _colleague_name(scene: Scene) -> str:
    first, last = scene.colleague()
    return first if scene.dice.chance(0.55) else f"{first} {last}"


MAKERS: dict[str, Callable[[Scene], str]] = {
    "city": Scene.own_city,
    "city2": lambda scene: scene.dice.pick(scene.company.place.cities)[0],
    "colleague": _colleague_name,
    "colleague_mail": _mail,
    "colleague_role": _role,
    "colleague_phone": lambda scene: f"{scene.company.phone[:-2]}{scene.dice.between(10, 99)}",
    "rival": Scene.rival,
    "product": Scene.product,
    "product_file": lambda scene: scene.product().replace(" ", "_"),
    "amount": Scene.amount,
    "month": Scene.month,
    "weekday": Scene.weekday,
    "year": lambda scene: str(scene.day.year + scene.dice.between(0, 1)),
    "slot": Scene.slot,
    "slot2": Scene.slot,
    "due": lambda scene: due(scene.dice, scene.language, scene.day).text,
    "when": Scene.day_in_words,
    "mention": lambda scene: scene.dice.pick(name_pool("en_US")[0]),
    "stage": lambda scene: "Proposal/Price Quote",
}
