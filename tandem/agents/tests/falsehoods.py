"""True claims about made-up companies, and falsehoods planted in them one at a time.

Every company has facts of eight kinds, each told as evidence in the way its source tells it and claimed in several ways
that people would. A falsehood changes one thing of a true claim to something that is not so of the company.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from tandem.agents.contracts import Claim, Evidence

COMPANIES = (
    "Quayside Logistics,Brightwater Foods,Kroeger Maschinenbau,Alpine Robotics,Northwind Pumps,Fjord Analytics,"
    "Cascade Health,Juniper Mills,Pinewood Labs,Helios Energie,Donau Stahl,Ostrava Glas,Meridian Freight,Tallis & Reeve,"
    "Verdant Systems,Okafor Shipping,Lumen Optics,Bluestone Bank,Harrow Textiles,Cobalt Foundry,Sable Insurance,"
    "Copperfield Media,Ibex Outdoor,Larkspur Hotels,Novatek Polymers,Zephyr Airways"
).split(",")
PEOPLE = (
    "Maria Lopez,Jonas Becker,Aisha Rahman,Tom Whitfield,Ingrid Solberg,Paul Moreau,Chen Wei,Lucía Fernández,Omar Haddad,"
    "Kate Brennan,Viktor Novak,Sanne de Vries,Giulia Conti,Priya Nair,David Okonkwo,Elin Åkesson"
).split(",")
CITIES = "Hamburg,Lyon,Rotterdam,Leeds,Austin,Turin,Gothenburg,Kraków,Valencia,Toronto,Singapore,Leipzig".split(",")
ROLES = (
    "Head of Revenue Operations,VP Sales,Chief Financial Officer,Director of Procurement,Head of Data,Chief Revenue Officer"
).split(",")
TOOLS = "Salesforce,HubSpot,Snowflake,SAP S/4HANA,Marketo,Gong,Outreach,NetSuite,Power BI,Workday".split(",")
SOURCES = "Reuters,Handelsblatt,TechCrunch,Company blog,Les Echos,Crunchbase".split(",")
ROUNDS = "Series A,Series B,Series C,Series D".split(",")
QUOTES = (
    "we want every quote out of the door within a day,spreadsheets are how we lose deals,our forecast is still a weekly fight,"
    "we hire where our customers are,nobody should type an order twice,growth without margin is not growth"
).split(",")
MONTHS = "January February March April May June July August September October November December".split()
KINDS = ("number", "date", "name", "company", "quote", "evidence id", "other evidence", "no evidence", "other account")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A fact: its evidence, true claims about it, and the pieces of them that a falsehood may change."""

    evidence: Evidence
    claims: tuple[str, ...]
    company: str
    people: tuple[str, ...] = ()
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A company with its facts."""

    name: str
    facts: tuple[Told, ...]

    @property
    def evidence(self) -> list[Evidence]:
        """All its pieces."""
        return [fact.evidence for fact in self.facts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A claim that is false in one way, a word of `KINDS`."""

    kind: str
    claim: Claim
    evidence: list[Evidence]


def in_words(day: date, style: int) -> str:
    """A day in one of four forms."""
    month = MONTHS[day.month - 1]
    return (f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}", day.isoformat(), f"{day.day} {month[:3]} {day.year}")[style]  # fmt: skip


def accounts(count: int, *, seed: int) -> list[Account]:
    """Made-up companies; the same seed makes the same ones."""
    draw = random.Random(seed)
    return [_account(draw, number) for number in range(count)]


def _account(draw: random.Random, number: int) -> Account:
    name = COMPANIES[number % len(COMPANIES)]
    makers: tuple[Callable[[random.Random, str, str], Told], ...] = (
        _funding, _hire, _site, _job, _size, _quarter, _tool, _said,
    )  # fmt: skip
    return Account(name=name, facts=tuple(make(draw, name, f"{number}") for make in makers))


def _day(draw: random.Random) -> date:
    return date(2026, 1, 5) + timedelta(days=draw.randrange(310))


def _piece(kind: str, key: str, text: str, source: str, day: date) -> Evidence:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return Evidence(id=f"signal:{kind}/{key}", text=text, source=source, at=at)


def _funding(draw: random.Random, name: str, key: str) -> Told:
    amount, turn, lead, day, source = draw.randrange(11, 95), draw.choice(ROUNDS), draw.choice(PEOPLE), _day(draw), draw.choice(SOURCES)  # fmt: skip
    text = f"{name} has raised ${amount} million in a {turn} round, the company announced. Board member {lead} called it fuel for the next stage."  # fmt: skip
    return Told(
        evidence=_piece("funding", key, text, source, day),
        company=name,
        people=(lead,),
        claims=(
            f"{name} raised a {turn} of ${amount}M.",
            f"On {in_words(day, 0)} {source} reported that {name} had raised {amount} million dollars in a {turn} round.",
            f"The {turn} round brought {name} ${amount},000,000 ({source}, {in_words(day, 2)}).",
            f"{name} announced a {turn} of USD {amount}m; board member {lead} spoke of the next stage.",
        ),
    )


def _hire(draw: random.Random, name: str, key: str) -> Told:
    person, role, day, source = draw.choice(PEOPLE), draw.choice(ROLES), _day(draw), draw.choice(SOURCES)
    start = day + timedelta(days=20)
    text = f"{name} appoints {person} as {role}. {person.split()[0]} starts on {in_words(start, 0)} and will build a team of {len(role)} people."  # fmt: skip
    return Told(
        evidence=_piece("hire", key, text, source, day),
        company=name,
        people=(person,),
        claims=(
            f"{person} joined {name} as {role}.",
            f"{name} named {person} {role}, starting on {in_words(start, 1)}.",
            f"{person} becomes {role} at {name} and builds a team of {len(role)}.",
            f"New {role} at {name}: {person} (from {in_words(start, 3)}).",
        ),
    )


def _site(draw: random.Random, name: str, key: str) -> Told:
    city, jobs, day, source = draw.choice(CITIES), draw.randrange(21, 400), _day(draw), draw.choice(SOURCES)
    month = f"{MONTHS[day.month - 1]} {day.year}"
    text = f"In {month} {name} opened a plant in {city}. {jobs:,} jobs are to be created there over the next years."
    return Told(
        evidence=_piece("site", key, text, source, day + timedelta(days=3)),
        company=name,
        claims=(
            f"{name} opened a plant in {city} in {month}.",
            f"The new site of {name} in {city} is to create {jobs} jobs.",
            f"{name} has opened in {city}, with {jobs} jobs to be created.",
        ),
    )


def _job(draw: random.Random, name: str, key: str) -> Told:
    role, city, tool, day = draw.choice(ROLES), draw.choice(CITIES), draw.choice(TOOLS), _day(draw)
    text = f"{role} (m/f/d), {city}. You will own reporting for {draw.randrange(3, 9)} regions at {name}, moving us from spreadsheets to {tool}."  # fmt: skip
    return Told(
        evidence=_piece("job", key, text, "Careers page", day),
        company=name,
        claims=(
            f"{name} is hiring a {role} in {city}.",
            f"A job post of {in_words(day, 0)} looks for a {role} to move {name} from spreadsheets to {tool}.",
            f"{name} is moving from spreadsheets to {tool}, its job post for a {role} says.",
        ),
    )


def _size(draw: random.Random, name: str, key: str) -> Told:
    people, offices, founded = draw.randrange(210, 9_800), draw.randrange(3, 19), draw.randrange(1921, 2015)
    text = f"{name}: {people:,} employees in {offices} offices, founded in {founded}."
    return Told(
        evidence=Evidence(id=f"account:{key}:profile", text=text, source="CRM", is_outside=False),
        company=name,
        claims=(
            f"{name} has {people:,} employees.",
            f"Founded in {founded}, {name} employs {people} people.",
            f"{name} has {offices} offices.",
            f"{name} runs {offices} offices with {people / 1000:g}k people.",
        ),
    )


def _quarter(draw: random.Random, name: str, key: str) -> Told:
    growth, quarter, day = draw.randrange(6, 48), draw.randrange(1, 4), _day(draw)
    words = ("first", "second", "third")[quarter - 1]
    text = f"{name} Q{quarter} 2026 results: revenue rose {growth}% year on year to €{growth * 7} million."
    return Told(
        evidence=_piece("earnings", key, text, "Earnings call", day),
        company=name,
        claims=(
            f"Revenue of {name} grew {growth} percent in Q{quarter} 2026.",
            f"In the {words} quarter of 2026 {name} increased revenue by {growth}%.",
            f"{name} reported revenue of EUR {growth * 7}m for Q{quarter} 2026, up {growth}%.",
        ),
    )


def _tool(draw: random.Random, name: str, key: str) -> Told:
    tool, since, day = draw.choice(TOOLS), draw.randrange(2019, 2026), _day(draw)
    text = f"Technology seen on the pages of {name}: {tool}. First seen in {since}."
    return Told(
        evidence=_piece("technology", key, text, "Page scan", day),
        company=name,
        claims=(
            f"{name} uses {tool}.",
            f"{tool} has been in use at {name} since {since}.",
            f"The stack of {name} includes {tool}, first seen in {since}.",
        ),
    )


def _said(draw: random.Random, name: str, key: str) -> Told:
    person, quote, day, source = draw.choice(PEOPLE), draw.choice(QUOTES), _day(draw), draw.choice(SOURCES)
    text = (
        f"In an interview {person}, who leads sales at {name}, said: “{quote.capitalize()}.” The team has nine sellers."
    )
    return Told(
        evidence=_piece("interview", key, text, source, day),
        company=name,
        people=(person,),
        quote=quote,
        claims=(
            f"{person} of {name} said: “{quote}”.",
            f'"{quote.capitalize()}", {person} told {source}.',
            f"{person}, who leads sales at {name}, runs a team of nine and says “{quote}”.",
        ),
    )


def true_claims(of: list[Account]) -> Iterator[tuple[Claim, list[Evidence]]]:
    """Every true claim with the evidence of its company."""
    for account in of:
        for fact in account.facts:
            for text in fact.claims:
                yield Claim(text=text, evidence_ids=[fact.evidence.id]), account.evidence


def planted(of: list[Account], *, seed: int) -> Iterator[Planted]:
    """Every falsehood that can be planted in every true claim."""
    draw = random.Random(seed)
    for place, account in enumerate(of):
        other = of[(place + 1) % len(of)]
        for number, fact in enumerate(account.facts):
            for text in fact.claims:
                yield from _lies(draw, text, fact, account, other, number)


def _lies(
    draw: random.Random, text: str, fact: Told, account: Account, other: Account, number: int
) -> Iterator[Planted]:
    ids = [fact.evidence.id]
    told = f"{fact.evidence.text} {fact.evidence.source} {fact.evidence.at}"

    def lie(kind: str, words: str, cited: list[str] | None = None) -> Planted:
        claim = Claim(text=words, evidence_ids=ids if cited is None else cited)
        return Planted(kind=kind, claim=claim, evidence=account.evidence)

    if changed := _other_number(draw, text, told):
        yield lie("number", changed)
    if changed := _other_date(draw, text, told):
        yield lie("date", changed)
    yield from (lie("name", words) for words in _named(draw, text, fact, told))
    if fact.company in text:
        yield lie("company", text.replace(fact.company, draw.choice([one for one in COMPANIES if one != fact.company])))
    yield from (lie("quote", words) for words in _quoted(draw, text, fact))
    yield lie("evidence id", text, [f"{fact.evidence.id}9"])
    yield lie("other evidence", text, [account.facts[(number + 3) % len(account.facts)].evidence.id])
    yield lie("no evidence", text, [])
    yield from (lie("other account", stolen) for stolen in _stolen(draw, fact, account, other.facts[number]))


def _named(draw: random.Random, text: str, fact: Told, told: str) -> Iterator[str]:
    """The text with somebody or something else in it."""
    for person in fact.people:
        if person in text:
            stranger = draw.choice([one for one in PEOPLE if one not in told])
            yield text.replace(person, stranger)
            yield text.replace(person, f"{person.split()[0]} {stranger.split()[-1]}")
    for group in (CITIES, TOOLS, ROUNDS, ROLES):
        for one in group:
            if one in text:
                yield text.replace(one, draw.choice([other for other in group if other not in told]))


def _quoted(draw: random.Random, text: str, fact: Told) -> Iterator[str]:
    """The text with words nobody said."""
    if not fact.quote:
        yield f"{text[:-1]}, “{draw.choice(QUOTES)}”."
        return
    turned = fact.quote.replace(" is ", " is not ").replace(" we ", " they ").replace("a ", "one ", 1) + " now"
    for words in (draw.choice([one for one in QUOTES if one != fact.quote]), turned):
        yield re.sub(re.escape(fact.quote), words, text, flags=re.I)


def _stolen(draw: random.Random, fact: Told, account: Account, other: Told) -> Iterator[str]:
    """What is true of another company, under its name and under this one's; not what happens to be true of both."""
    text = draw.choice(other.claims)
    renamed = text.replace(other.company, account.name)
    own = f"{fact.evidence.text} {fact.evidence.source} {fact.evidence.at}"
    digits = set(re.findall(r"\d+", own.replace(",", "")))
    things = [one for group in (PEOPLE, CITIES, TOOLS, ROUNDS, ROLES) for one in group if one in renamed]
    is_other = any(thing not in own for thing in things) or bool(
        set(re.findall(r"\d+", renamed.replace(",", ""))) - digits
    )
    if other.company != account.name and (is_other or other.company in text):
        yield text
    if is_other:
        yield renamed


def _other_number(draw: random.Random, text: str, told: str) -> str:
    """The text with its first amount changed; empty when it has none."""
    spots = list(re.finditer(r"(?<![\w.,-])[$]?(\d[\d,.]*\d|\d)(?=[^\d]|$)", text))
    for match in spots:
        digits = match[1]
        plain = digits.replace(",", "").rstrip(".")
        if not plain.isdecimal() or 1900 <= int(plain) <= 2100 or _is_in_date(text, match.start(1)):
            continue
        value = int(plain)
        for step in draw.sample(range(1, 40), 39):
            new = value + step
            if not re.search(rf"(?<!\d){new:,}(?!\d)|(?<!\d){new}(?!\d)", told):
                return text[: match.start(1)] + (f"{new:,}" if "," in digits else str(new)) + text[match.end(1) :]
    return ""


def _is_in_date(text: str, at: int) -> bool:
    around = text[max(0, at - 12) : at + 12]
    months = "|".join(month[:3] for month in MONTHS)
    return bool(re.search(rf"\d{{4}}-\d\d|(?:{months})\w*\s\d|\d\s(?:{months})", around)) or text[at - 1 : at] == "Q"


def _other_date(draw: random.Random, text: str, told: str) -> str:
    """The text with its first date changed; empty when it has none."""
    months = "|".join(MONTHS)
    if match := re.search(rf"\b({months})\b", text):
        other = draw.choice([one for one in MONTHS if one not in told and one != match[1]])
        return text.replace(match[1], other)
    if match := re.search(r"\b(\d{4})-(\d\d)-(\d\d)\b", text):
        day = date.fromisoformat(match.group()) + timedelta(days=draw.randrange(1, 400))
        return text.replace(match.group(), day.isoformat())
    if match := re.search(r"\bQ(\d) 2026", text):
        return text.replace(match.group(), f"Q{int(match[1]) % 4 + 1} 2026")
    if match := re.search(r"\b(?:in|since|from) (\d{4})\b", text, re.I):
        return text.replace(match[1], str(int(match[1]) + draw.choice((-2, -1, 1, 2))))
    return ""


def without_company(account: Account) -> Account:
    """The same company, its evidence not naming it, as a news line often does not."""
    facts = tuple(
        replace(fact, evidence=replace(fact.evidence, text=fact.evidence.text.replace(account.name, "The company")))
        for fact in account.facts
    )
    return replace(account, facts=facts)
