"""Listed companies: SEC submissions and transcripts of earnings calls."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from string import ascii_uppercase

from tandem.simulation.dice import Dice
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company
from tandem.simulation.names import plain
from tandem.simulation.world import World
from tandem.simulation.writers.public.happenings import Happening
from tandem.simulation.writers.public.wording import slots_of, words_of

FOLDER = "public"
LISTED = 0.13  # of the companies with 1,500 people or more
AT_HOME = ("US", "CA")
QUARTERS = 4
REPORT_DAYS = 38  # after the end of a quarter
NEEDY = 0.9  # above: leadership speaks of what need is about
COLUMNS = (
    "accessionNumber", "filingDate", "reportDate", "acceptanceDateTime", "act", "form", "fileNumber", "filmNumber", "items", "size",
    "isXBRL", "isInlineXBRL", "primaryDocument", "primaryDocDescription",
)  # fmt: skip


def listed(world: World) -> list[Company]:
    """The companies whose shares are traded."""
    return [
        company
        for company in world.market.companies
        if company.segment == "enterprise"
        and company.parent is None
        and world.dice("listed", company.index).chance(LISTED)
    ]


def tickers(world: World) -> dict[int, str]:
    """Three or four letters of the name, by company; no two alike."""
    found: dict[int, str] = {}
    for company in listed(world):
        symbol = _ticker(company)
        taken = set(found.values())
        others = (f"{symbol[:3]}{letter}" for letter in ascii_uppercase)
        found[company.index] = symbol if symbol not in taken else next(one for one in others if one not in taken)
    return found


def _ticker(company: Company) -> str:
    letters = [letter for letter in plain(company.name.root).upper() if letter.isalpha()]
    consonants = [letter for letter in letters[1:] if letter not in "AEIOU"]
    return "".join([letters[0], *consonants])[:4].ljust(3, "X")


def write_filings(world: World, told: Sequence[Happening]) -> None:
    """CIK##########.json as data.sec.gov answers, the filings as columns."""
    changes: dict[int, list[dt.date]] = {one.company.index: [] for one in told}
    symbols = tickers(world)
    for one in told:
        if one.kind in ("executive_hire", "executive_leave"):
            changes[one.company.index].append(one.day)
    for company in listed(world):
        dice = world.dice("filings", company.index)
        cik = 1_600_000 + company.index
        rows = sorted(
            _filings(world, dice, company, cik, changes.get(company.index, [])),
            key=lambda row: str(row["filingDate"]),
            reverse=True,
        )
        document = _entity(company, cik, symbols[company.index]) | {
            "filings": {"recent": {name: [row[name] for row in rows] for name in COLUMNS}, "files": []}
        }
        path = world.out / FOLDER / "filings" / f"CIK{cik:010}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        world.summary.add("public/filings", len(rows))


def _entity(company: Company, cik: int, symbol: str) -> dict[str, object]:
    place = {
        "street1": company.street,
        "city": company.city,
        "stateOrCountry": company.state,
        "zipCode": company.postal,
    }
    return {
        "cik": f"{cik:010}", "entityType": "operating", "sic": "4220", "sicDescription": load("companies")["industries"]["names"][company.industry],
        "name": company.name.full.upper(), "tickers": [symbol], "exchanges": ["NYSE" if company.index % 2 else "Nasdaq"], "ein": None,
        "category": "Large accelerated filer", "fiscalYearEnd": "1231", "phone": company.phone,
        "website": f"https://www.{company.name.domain}" if company.index % 3 else "", "addresses": {"business": place, "mailing": place},
        "formerNames": [],
    }  # fmt: skip


def _filings(world: World, dice: Dice, company: Company, cik: int, changes: list[dt.date]) -> list[dict[str, object]]:
    home = company.place.code in AT_HOME
    annual, quarterly, event = ("10-K", "10-Q", "8-K") if home else ("20-F", "6-K", "6-K")
    rows = []
    for ended, quarter in _quarters(world, 6):
        rows.append(
            _filing(dice, cik, annual if quarter == 4 else quarterly, ended, ended + dt.timedelta(days=REPORT_DAYS), "")
        )
        rows.append(
            _filing(dice, cik, event, ended, ended + dt.timedelta(days=REPORT_DAYS - 2), "2.02,9.01" if home else "")
        )
    rows += [
        _filing(dice, cik, event, day, day + dt.timedelta(days=dice.between(1, 4)), "5.02" if home else "")
        for day in changes
    ]
    for _ in range(dice.poisson(4)):
        day = world.config.start + dt.timedelta(days=dice.between(0, 30 * world.config.months))
        rows.append(
            _filing(dice, cik, event, day, day + dt.timedelta(days=2), dice.pick(("1.01", "7.01", "8.01,9.01", "5.07")))
        )
    return [
        row for row in rows if world.config.start.isoformat() <= str(row["filingDate"]) <= world.config.end.isoformat()
    ]


def _filing(dice: Dice, cik: int, form: str, about: dt.date, filed: dt.date, items: str) -> dict[str, object]:
    number = f"{cik:010}-{filed:%y}-{dice.between(1, 999_999):06}"
    return {
        "accessionNumber": number, "filingDate": f"{filed}", "reportDate": f"{about}", "acceptanceDateTime": f"{filed}T16:{dice.between(0, 59):02}:05.000Z",
        "act": "34", "form": form, "fileNumber": f"001-{cik % 99_999:05}", "filmNumber": str(dice.between(10**8, 10**9)), "items": items,
        "size": dice.between(20_000, 9_000_000), "isXBRL": 1, "isInlineXBRL": 1, "primaryDocument": f"d{number[-6:]}.htm",
        "primaryDocDescription": f"FORM {form}",
    }  # fmt: skip


def _quarters(world: World, count: int) -> list[tuple[dt.date, int]]:
    """The last days of the latest quarters whose report is out, and their numbers."""
    latest = world.config.end - dt.timedelta(days=REPORT_DAYS)
    months = latest.year * 12 + latest.month - 1
    first = months // 3 * 3  # month, counted from year 0, in which the quarter after the latest whole one begins
    found = []
    for back in range(count):
        begins = first - 3 * back
        ended = dt.date(begins // 12, begins % 12 + 1, 1) - dt.timedelta(days=1)
        found.append((ended, (ended.month + 2) // 3))
    return found


def write_earnings(world: World) -> None:
    """transcripts.json: the latest four calls of each, in the columns of the usual transcript services."""
    rows = []
    symbols = tickers(world)
    for company in listed(world):
        symbol = symbols[company.index]
        for ended, quarter in _quarters(world, QUARTERS):
            day = ended + dt.timedelta(days=REPORT_DAYS - 2)
            if day < world.config.start:
                continue
            dice = world.dice("earnings", company.index, ended)
            content, cause = _call(world, dice, company, ended, quarter)
            key = f"{symbol}-{ended.year}-Q{quarter}"
            rows.append(
                {
                    "symbol": symbol,
                    "quarter": quarter,
                    "year": ended.year,
                    "date": f"{day} 17:00:00",
                    "content": content,
                }
            )
            world.truth.add("public_items", "earnings", key, company.index, "earnings_call", cause, str(day), None)
    path = world.out / FOLDER / "earnings" / "transcripts.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    world.summary.add("public/earnings/transcripts.json", len(rows))


def _call(world: World, dice: Dice, company: Company, ended: dt.date, quarter: int) -> tuple[str, str]:
    """What was said: leadership names needs where there are some, most of the time, and sometimes where there are none."""
    week = (ended - world.config.origin).days // 7
    need = world.need(company, week) > NEEDY
    speaks = dice.chance(0.8 if need else 0.12)
    slots = slots_of(dice, "en", company, ended) | {
        "company": company.name.full,
        "quarter": f"Q{quarter}",
        "year": str(ended.year),
    }
    heads = [person for person in company.people if person.part in ("executive", "operations", "finance")]
    slots["person"] = heads[0].name if heads else slots["person"]
    words = words_of("en")
    said = [words.say("call_open", dice, slots)]
    rules = [
        "call_good",
        "call_good",
        "call_need" if speaks else "call_calm",
        "call_question",
        "call_need" if speaks else "call_good",
        "call_question",
        "call_calm",
    ]
    said += [words.say(rule, dice, slots) for rule in rules]
    return "\n".join(dict.fromkeys(said)), "need" if speaks and need else "noise"
