"""The words of what is published: titles and a few sentences, by kind and language, from `lexicon/<language>/public`."""

from __future__ import annotations

import datetime as dt
from functools import cache

from tandem.simulation.dice import Dice
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company, Person
from tandem.simulation.names import name_pool
from tandem.simulation.text.grammar import Grammar

LANGUAGES = ("en", "de", "fr")
PARTS = ("common", "public")
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}
MONTHS = {
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
}  # fmt: skip
# Kinds whose texts need none of the usual company sentences.
PLAIN = frozenset({"market", "personal", "post", "new_job", "blog_post"})


@cache
def words_of(language: str) -> Grammar:
    """The rules of a language that things are published in."""
    return Grammar(language, PARTS)


def amount_text(dice: Dice, language: str, amount: int, currency: str) -> str:
    """A sum of millions as the press writes it: "€12 million", "12 Millionen Euro"."""
    millions = f"{amount / 1_000_000:.1f}".removesuffix(".0")
    if language == "de":
        name = {"EUR": "Euro", "USD": "Dollar", "GBP": "Pfund", "CHF": "Franken"}.get(currency, currency)
        return f"{millions.replace('.', ',')} {dice.pick(('Millionen', 'Mio.'))} {name}"
    if language == "fr":
        return f"{millions.replace('.', ',')} {'M€' if currency == 'EUR' else f'millions {currency}'}"
    symbol = SYMBOLS.get(currency, f"{currency} ")
    return f"{symbol}{millions}{dice.pick((' million', 'M', 'm'))}"


def named(dice: Dice, company: Company) -> str:
    """The company as the press writes it: mostly short, sometimes as registered."""
    return company.name.short if dice.chance(0.6) else company.name.full.rstrip(".")


def invented_person(dice: Dice, company: Company) -> str:
    """A name of nobody in the market, in the company's country."""
    firsts, lasts = name_pool(company.place.locale)
    return f"{dice.pick(firsts)} {dice.pick(lasts)}"


def colleague(dice: Dice, company: Company, day: dt.date) -> Person | None:
    """Somebody who works there on the day; None: nobody in the market does."""
    here = [person for person in company.people if person.job_on(day).company is company]
    return dice.pick(here) if here else None


def slots_of(dice: Dice, language: str, company: Company, day: dt.date) -> dict[str, str]:
    """Slots that every text may use: who, where, when, and somebody to quote."""
    person = colleague(dice, company, day)
    words = words_of(language)
    return {
        "company": named(dice, company),
        "city": company.city,
        "person": person.name if person else invented_person(dice, company),
        "position": person.job_on(day).title if person else words_of("en").say("position_words", dice, {}),
        "trade": load("companies")["industries"]["names"][company.industry].lower(),
        "amount": amount_text(dice, language, dice.between(2, 90) * 500_000, company.place.currency),
        "other": f"{dice.pick(('Norland', 'Vestra', 'Halden', 'Corvin', 'Brask', 'Telmo'))} {dice.pick(('Group', 'Retail', 'Foods', 'Parts'))}",
        "show": dice.pick(load("public")["fairs"]),
        "year": str(day.year),
        "quarter": f"Q{(day.month + 2) // 3}",
        "vendor": dice.pick(load("public")["noise_vendors"]),
        "round": "Series A",
        "investors": dice.pick(load("public")["investors"]),
        "month": MONTHS[words.language][day.month - 1] if words.language in MONTHS else "",
        "you": "",
        "info_object": "the interfaces",
        "info_topic": "Schnittstellen",
    }


def title_of(kind: str, language: str, dice: Dice, slots: dict[str, str]) -> str:
    """The headline."""
    return words_of(language).say(f"title_{kind}", dice, slots)


def body_of(kind: str, language: str, dice: Dice, slots: dict[str, str]) -> str:
    """Two to six sentences."""
    words = words_of(language)
    rules = [f"body_{kind}", f"more_{kind}"]
    if kind not in PLAIN:
        rules += dice.some(("quote_lead", "filler", "about", f"more_{kind}"), dice.between(0, 3))
    elif dice.chance(0.5):
        rules.append(f"more_{kind}")
    said = (words.say(rule, dice, slots) for rule in rules)
    return " ".join(dict.fromkeys(text if text[-1:] in ".?!“”»" else f"{text}." for text in said))
