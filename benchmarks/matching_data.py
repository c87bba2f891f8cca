"""Business records with known truth: the same companies and people as three systems would tell them.

Deterministic by seed. What makes it hard is what makes real data hard: subsidiaries that share a domain, companies of
the same name in other cities, legal forms, typing errors, missing cells, further domains, switchboards shared by
colleagues, namesakes, job changers, personal mail.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

SOURCES = ("crm", "marketing", "vendor")


@dataclass(frozen=True, slots=True)
class Noise:
    """How messy the sources are: chances per cell or record.

    typo : a mistyped cell; missing : an empty cell; variant : another way to write the same; stale : an old value
    """

    typo: float
    missing: float
    variant: float
    stale: float


LEVELS = {
    "low": Noise(typo=0.02, missing=0.08, variant=0.15, stale=0.02),
    "middle": Noise(typo=0.06, missing=0.2, variant=0.35, stale=0.06),
    "high": Noise(typo=0.12, missing=0.35, variant=0.5, stale=0.12),
}
_HEADS = (
    "Acme Nova Blue Red Silver North South East West Alpha Delta Omega Apex Summit Vertex Zenith Orion Atlas Titan Nimbus "
    "Cobalt Amber Crystal Granite Iron Steel Copper Maple Cedar Oak Birch Willow River Lake Ocean Harbor Bridge Stone "
    "Falcon Eagle Lynx Wolf Bear Hawk Raven Phoenix Dragon Lion Tiger Panther Quantum Photon Neutron Vector Matrix Cyber "
    "Digi Info Data Logi Medi Pharma Agri Aero Auto Electro Hydro Thermo Geo Bio Neo Trans Inter Omni Uni Multi Pro "
    "Kessler Moreau Lindqvist Okafor Tanaka Silva Novak Weber Rossi Jansen Dubois Larsen Kowalski Becker Hoffmann Schulz "
    "Murphy Walsh Patel Sharma Nakamura Petrov Castillo Fernandes Olsen Bakker Keller Brunner Gruber Huber Steiner"
).split()
_TAILS = (
    "Systems Solutions Technologies Industries Logistics Partners Group Labs Dynamics Networks Software Analytics Foods "
    "Energy Materials Motors Robotics Health Care Capital Consulting Engineering Construction Design Media Retail Supply "
    "Freight Packaging Chemicals Plastics Textiles Instruments Devices Services Works Data Cloud Security Insurance"
).split()
_LEGAL = {
    "US": ("Inc.", "LLC", "Corp.", "Corporation", "Co."), "DE": ("GmbH", "AG", "GmbH & Co. KG"), "GB": ("Ltd", "Limited", "PLC"),
    "FR": ("SAS", "SARL", "SA"), "SE": ("AB",), "NL": ("B.V.", "NV"), "IT": ("S.p.A.", "S.r.l."),
}  # fmt: skip
_CITIES = {
    "US": "Boston Chicago Denver Austin Seattle Portland Atlanta Dallas Phoenix Detroit Columbus Nashville".split(),
    "DE": "Berlin Hamburg München Köln Frankfurt Stuttgart Leipzig Dresden Bremen".split(),
    "GB": "London Leeds Bristol Manchester Glasgow Cardiff Oxford York".split(),
    "FR": "Paris Lyon Lille Nantes Toulouse Nice Bordeaux".split(), "SE": "Stockholm Malmö Göteborg Uppsala".split(),
    "NL": "Amsterdam Rotterdam Utrecht Eindhoven".split(), "IT": "Milano Torino Roma Bologna Napoli".split(),
}  # fmt: skip
_DIAL = {"US": "+1", "DE": "+49", "GB": "+44", "FR": "+33", "SE": "+46", "NL": "+31", "IT": "+39"}
_ENDINGS = {"US": "com", "DE": "de", "GB": "co.uk", "FR": "fr", "SE": "se", "NL": "nl", "IT": "it"}
_STREETS = "Main Oak Station Park Church High Mill Bridge King Queen Market School Garden Lake Hill River".split()
_INDUSTRIES = "Software Manufacturing Logistics Healthcare Finance Retail Energy Media Construction".split()
_FIRST = (
    "James Robert John Michael David William Richard Joseph Thomas Christopher Daniel Matthew Anthony Steven Andrew Joshua "
    "Kenneth Edward Brian Ronald Timothy Jeffrey Jacob Nicholas Gregory Samuel Benjamin Patrick Alexander Jonathan Mary "
    "Patricia Jennifer Elizabeth Barbara Susan Jessica Sarah Margaret Sandra Ashley Kimberly Emily Michelle Amanda Melissa "
    "Deborah Stephanie Rebecca Laura Christine Catherine Victoria Anna Lukas Jonas Felix Paul Sophie Marie Lena Hannah Emma "
    "Pierre Louis Camille Chloé Giulia Marco Luca Francesca Lars Erik Ingrid Anders Sven Priya Arjun Wei Yuki Fatima Omar"
).split()
_LAST = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Wilson Anderson Thomas Taylor "
    "Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright "
    "Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Müller Schmidt "
    "Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein Wolf Dubois Moreau Laurent Simon "
    "Michel Lefevre Rossi Russo Ferrari Bianchi Romano Johansson Andersson Karlsson Nilsson Eriksson Larsson Jansen Bakker"
).split()
_SYLLABLES = "ba ce di fo gu ha ki lo me na po ra si ta vo wen zel mar ster ton berg feld mann sen ova etti ard".split()
_SHORT = {
    "Robert": "Bob", "William": "Bill", "Michael": "Mike", "Thomas": "Tom", "James": "Jim", "Richard": "Rick", "David": "Dave",
    "Christopher": "Chris", "Daniel": "Dan", "Matthew": "Matt", "Anthony": "Tony", "Steven": "Steve", "Andrew": "Andy",
    "Elizabeth": "Liz", "Jennifer": "Jen", "Patricia": "Pat", "Margaret": "Maggie", "Susan": "Sue", "Rebecca": "Becky",
    "Benjamin": "Ben", "Samuel": "Sam", "Nicholas": "Nick", "Edward": "Ed", "Timothy": "Tim", "Jonathan": "Jon",
}  # fmt: skip
_TITLES = (
    "CEO|CFO|CTO|VP Sales|VP Marketing|Head of Procurement|Director of IT|IT Manager|Sales Manager|Account Executive|"
    "Marketing Manager|Operations Manager|Software Engineer|Finance Director|HR Manager|Purchasing Manager|Data Analyst"
).split("|")


CROWDED_FROM = 20_000  # companies


@dataclass(slots=True)
class _Company:
    number: int
    name: str
    legal: str
    country: str
    city: str
    domains: list[str]
    street: str
    postal: str
    phone: str
    industry: str


def _surname(rng: random.Random) -> str:
    if rng.random() < 0.6:
        return rng.choice(_LAST)
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.choice((2, 3)))).capitalize()


def _company(rng: random.Random, number: int, *, is_crowded: bool = False) -> _Company:
    """is_crowded : of so many companies that names are drawn from a wider stock; else most would share one by chance."""
    country = rng.choices(list(_LEGAL), (40, 18, 14, 10, 6, 6, 6))[0]
    coined = "".join(rng.choice(_SYLLABLES) for _ in range(rng.choice((3, 4) if is_crowded else (2, 3)))).capitalize()
    head = rng.choice(_HEADS) if rng.random() < (0.02 if is_crowded else 0.5) else coined
    name = " ".join(
        [head, *rng.sample(_TAILS, rng.choice((0, 1, 1, 1, 2)) if head == coined else rng.choice((1, 1, 2)))]
    )
    slug = name.lower().replace(" ", rng.choice(("", "", "-")))
    domains = [f"{slug}.{rng.choice(('com', _ENDINGS[country], 'com', 'io'))}"]
    if rng.random() < 0.2:
        domains.append(
            rng.choice((f"{slug.split('-')[0]}.{_ENDINGS[country]}", f"get{slug}.com", f"{head.lower()}group.com"))
        )
    digits = "".join(str(rng.randint(0, 9)) for _ in range(9))
    return _Company(
        number, name, rng.choice(_LEGAL[country]), country, rng.choice(_CITIES[country]), domains,
        f"{rng.randint(1, 250)} {rng.choice(_STREETS)} Street", f"{rng.randint(10000, 99999)}",
        f"{_DIAL[country]}{rng.randint(2, 9)}{digits[:8]}", rng.choice(_INDUSTRIES),
    )  # fmt: skip


def companies(count: int, seed: int) -> list[_Company]:
    """Companies, some of them subsidiaries or namesakes of others."""
    rng = random.Random(seed)
    found: list[_Company] = []
    is_crowded = count > CROWDED_FROM
    while len(found) < count:
        base = _company(rng, len(found), is_crowded=is_crowded)
        found.append(base)
        roll = rng.random()
        if roll < 0.06:
            found.extend(_subsidiary(rng, base, len(found) + extra) for extra in range(rng.choice((1, 1, 2))))
        elif roll < 0.09:
            namesake = _company(rng, len(found))
            namesake.name = base.name
            namesake.domains = [
                f"{base.name.lower().replace(' ', '')}-{namesake.city.lower()}.{_ENDINGS[namesake.country]}"
            ]
            found.append(namesake)
    return found[:count]


def _subsidiary(rng: random.Random, parent: _Company, number: int) -> _Company:
    child = _company(rng, number)
    suffix = rng.choice((child.city, {"US": "America", "DE": "Deutschland", "GB": "UK", "FR": "France", "SE": "Nordics",
                                      "NL": "Benelux", "IT": "Italia"}[child.country], rng.choice(_TAILS)))  # fmt: skip
    child.name = f"{parent.name} {suffix}"
    if rng.random() < 0.5:
        child.domains = [parent.domains[0]]
    else:
        child.domains = [f"{parent.domains[0].split('.')[0]}.{_ENDINGS[child.country]}"]
    return child


def _typo(rng: random.Random, text: str) -> str:
    if len(text) < 4:
        return text
    place = rng.randrange(1, len(text) - 1)
    kind = rng.randrange(4)
    letter = rng.choice("abcdefghijklmnopqrstuvwxyz")
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1:
        return text[:place] + letter + text[place:]
    if kind == 2:
        return text[:place] + letter + text[place + 1 :]
    return text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :]


def _cell(rng: random.Random, noise: Noise, text: str, *, missing: float = 1.0, typo: float = 1.0) -> str:
    if rng.random() < noise.missing * missing:
        return ""
    return _typo(rng, text) if rng.random() < noise.typo * typo else text


def _company_name(rng: random.Random, noise: Noise, company: _Company) -> str:
    name = company.name
    if rng.random() < noise.variant:
        change = rng.randrange(5)
        if change == 0:
            name = name.replace("Technologies", "Tech").replace("Solutions", "Soln").replace("Systems", "Sys")
        elif change == 1:
            name = name.upper()
        elif change == 2 and len(name.split()) > 2:
            name = " ".join(name.split()[:2])
        elif change == 3:
            name = f"The {name}"
        else:
            name = name.replace(" ", "")
    if rng.random() < 0.6:
        name = f"{name}{rng.choice((' ', ', '))}{company.legal}"
    return _cell(rng, noise, name, missing=0)


def _phone(rng: random.Random, number: str) -> str:
    style = rng.randrange(3)
    if style == 0:
        return number
    if style == 1:
        return f"{number[:-7]} {number[-7:-4]} {number[-4:]}"
    return f"0{number[3:]}" if not number.startswith("+1") else f"({number[2:5]}) {number[5:8]}-{number[8:]}"


def _account_row(rng: random.Random, noise: Noise, company: _Company) -> dict[str, object]:
    domain = company.domains[-1] if rng.random() < 0.25 else company.domains[0]
    city, street, postal, phone = company.city, company.street, company.postal, company.phone
    if rng.random() < noise.stale:
        city, street, postal = (
            rng.choice(_CITIES[company.country]),
            f"{rng.randint(1, 250)} {rng.choice(_STREETS)} St",
            "",
        )
    if rng.random() < noise.stale:
        phone = f"{_DIAL[company.country]}{rng.randint(10**8, 10**9 - 1)}"
    return {
        "name": _company_name(rng, noise, company),
        "domain": _cell(rng, noise, domain, typo=0.3),
        "phone": _cell(rng, noise, _phone(rng, phone), missing=1.5, typo=0.3),
        "street": _cell(rng, noise, street, missing=2),
        "city": _cell(rng, noise, city),
        "postal_code": _cell(rng, noise, postal, missing=2, typo=0.3),
        "country": _cell(rng, noise, company.country, missing=0.5, typo=0),
        "industry": rng.choice(_INDUSTRIES)
        if rng.random() < 2 * noise.stale
        else _cell(rng, noise, company.industry, typo=0),
    }


def account_records(companies_count: int, *, noise: Noise, seed: int) -> pd.DataFrame:
    """Account records of three sources; `truth` is the company's number."""
    rng = random.Random(seed * 7919 + 1)
    return _numbered(_account_rows(rng, noise, companies(companies_count, seed)))


def _account_rows(rng: random.Random, noise: Noise, known: list[_Company]) -> Iterator[dict[str, object]]:
    for company in known:
        for source, share in zip(SOURCES, (0.8, 0.5, 0.6), strict=True):
            for _ in range((rng.random() < share) + (rng.random() < share * noise.stale)):
                yield {"source": source, "truth": company.number, **_account_row(rng, noise, company)}


def contact_records(companies_count: int, *, noise: Noise, seed: int, people: float = 4.0) -> pd.DataFrame:
    """Contact records of three sources; `truth` is the person's number."""
    rng = random.Random(seed * 7919 + 2)
    return _numbered(_contact_rows(rng, noise, companies(companies_count, seed), people))


def _contact_rows(
    rng: random.Random, noise: Noise, known: list[_Company], people: float
) -> Iterator[dict[str, object]]:
    number = 0
    for company in known:
        pattern = rng.choice(("{f}.{l}", "{i}{l}", "{f}", "{f}{l}", "{l}.{f}"))
        for _ in range(max(1, round(rng.expovariate(1 / people)))):
            number += 1
            first, last = rng.choice(_FIRST), _surname(rng)
            job = {"title": rng.choice(_TITLES), "mobile": f"{_DIAL[company.country]}7{rng.randint(10**7, 10**8 - 1)}"}
            handle = f"{first}-{last}-{rng.randint(10**4, 10**6)}".lower() if rng.random() < 0.6 else ""
            former = rng.choice(known) if rng.random() < 0.08 else None
            for source, share in zip(SOURCES, (0.75, 0.5, 0.6), strict=True):
                for _ in range((rng.random() < share) + (rng.random() < share * noise.stale)):
                    employer = former if former and source == "vendor" else company
                    row = _contact_row(rng, noise, first, last, employer, pattern, job, handle)
                    yield {"source": source, "truth": number, **row}


def _contact_row(
    rng: random.Random,
    noise: Noise,
    first: str,
    last: str,
    company: _Company,
    pattern: str,
    job: dict[str, str],
    handle: str,
) -> dict[str, object]:
    spelt = _SHORT.get(first, first) if rng.random() < noise.variant * 0.5 else first
    plain_first, plain_last = first.lower().replace("é", "e"), last.lower().replace("ü", "u")
    local = pattern.format(f=plain_first, l=plain_last, i=plain_first[0])
    email = f"{local}@{company.domains[0]}"
    if rng.random() < noise.stale:
        email = f"{plain_first}{plain_last}{rng.randint(1, 99)}@gmail.com"
    phone = company.phone if rng.random() < 0.5 else job["mobile"]
    first_cell, last_cell = _cell(rng, noise, spelt, missing=0.3), _cell(rng, noise, last, missing=0.1)
    if rng.random() < 0.01:
        first_cell, last_cell = last_cell, first_cell
    return {
        "first_name": first_cell,
        "last_name": last_cell,
        "email": _cell(rng, noise, email, typo=0.4),
        "phone": _cell(rng, noise, _phone(rng, phone), missing=2, typo=0.3),
        "linkedin": _cell(rng, noise, f"linkedin.com/in/{handle}" if handle else "", missing=2, typo=0),
        "title": rng.choice(_TITLES) if rng.random() < 2 * noise.stale else _cell(rng, noise, job["title"]),
        "account_name": _company_name(rng, noise, company) if rng.random() > noise.missing else "",
        "city": _cell(rng, noise, company.city),
        "country": _cell(rng, noise, company.country, typo=0),
    }


def _numbered(rows: Iterator[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    frame = frame.sample(frac=1.0, random_state=0).reset_index(drop=True)
    frame.insert(0, "record_id", range(len(frame)))
    return frame
