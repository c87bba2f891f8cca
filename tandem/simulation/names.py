"""Names of people and companies, addresses, phone numbers, domains: all invented."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from tandem.simulation.dice import Dice, Weighted
from tandem.simulation.lexicon import load

POOL_SEED = 4_711
FIRST_NAMES = 240
LAST_NAMES = 700
_TRANSLITERATION = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae", "đ": "d", "ł": "l", "œ": "oe"}
)
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Place:
    """One country of the market, as data."""

    code: str
    name: str
    spellings: tuple[str, ...]
    weight: float
    locale: str
    language: str
    region: str
    zone: str
    currency: str
    prefix: str
    mobile: tuple[str, ...]
    area: tuple[str, ...]
    tlds: tuple[str, ...]
    postal: str
    cities: tuple[tuple[str, str], ...]
    forms: tuple[tuple[str, ...], ...]
    trades: tuple[str, ...]


@cache
def places() -> dict[str, Place]:
    """All countries by ISO code."""
    result = {}
    for code, row in load("countries").items():
        lists = {key: tuple(value) for key, value in row.items() if isinstance(value, list)}
        lists["cities"] = tuple((city, state) for city, state in row["cities"])
        lists["forms"] = tuple(tuple(form) for form in row["forms"])
        result[code] = Place(code=code, **{**row, **lists})
    return result


@cache
def country_weights() -> Weighted:
    """Countries by their share of the market."""
    return Weighted([(place, place.weight) for place in places().values()])


def plain(text: str) -> str:
    """Lower-case ASCII letters, digits and single spaces: "Étienne Müller" -> "etienne mueller"."""
    text = text.lower().translate(_TRANSLITERATION)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _NOT_WORD.sub(" ", text).strip()


@cache
def name_pool(locale: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """First and last names of a locale, drawn once from Faker with a fixed seed."""
    from faker import Faker  # slow to import, and only names need it

    source = Faker(locale)
    source.seed_instance(POOL_SEED)
    if locale == "ja_JP":
        firsts = {source.first_romanized_name() for _ in range(FIRST_NAMES)}
        lasts = {source.last_romanized_name() for _ in range(LAST_NAMES)}
    else:
        firsts = {source.first_name() for _ in range(FIRST_NAMES)}
        lasts = {source.last_name() for _ in range(LAST_NAMES)}
    return tuple(sorted(firsts)), tuple(sorted(lasts))


def person_name(dice: Dice, place: Place) -> tuple[str, str]:
    """First and last name; one in eight comes from another country of the market."""
    locale = place.locale if dice.chance(0.88) else dice.pick(tuple(places().values())).locale
    firsts, lasts = name_pool(locale)
    return dice.pick(firsts), dice.pick(lasts)


MAIL_PATTERNS = Weighted(
    [
        ("{f}.{l}", 52),
        ("{i}.{l}", 12),
        ("{i}{l}", 14),
        ("{f}", 5),
        ("{f}{l}", 5),
        ("{l}", 6),
        ("{f}_{l}", 3),
        ("{l}.{f}", 3),
    ]
)


def mail_address(pattern: str, first: str, last: str, domain: str) -> str:
    """An address in the pattern a company uses."""
    given, family = plain(first).replace(" ", "-"), plain(last).replace(" ", "")
    return f"{pattern.format(f=given, l=family, i=given[:1])}@{domain}"


def _digits(dice: Dice, count: int) -> str:
    return "".join(str(dice.between(0, 9)) for _ in range(count))


def phone_number(dice: Dice, place: Place, *, mobile: bool) -> str:
    """An international number, digits only after the country's prefix and one space."""
    head = dice.pick(place.mobile if mobile else place.area)
    return f"{place.prefix} {head} {_digits(dice, max(5, 9 - len(head)))}"


def phone_spelling(dice: Dice, number: str) -> str:
    """The same number as another system would write it."""
    prefix, head, tail = number.split(" ", 2)
    return dice.pick(
        (number, number, f"{prefix}{head}{tail}", f"00{prefix[1:]} {head} {tail}", f"{prefix} ({head}) {tail[:3]}-{tail[3:]}",
         f"{prefix} (0){head} {tail}", f"0{head}/{tail}", f"{head}-{tail[:3]}-{tail[3:]}")
    )  # fmt: skip


def postal_code(dice: Dice, place: Place) -> str:
    """A code in the country's shape."""
    return "".join(
        str(dice.between(1, 9)) if mark == "#" else dice.pick(_LETTERS) if mark == "@" else mark
        for mark in place.postal
    )


STREETS = {
    "de": ("Industriestraße", "Hafenstraße", "Am Güterbahnhof", "Lagerweg", "Speicherallee", "Gewerbepark", "Nordring"),
    "fr": ("Rue de l'Industrie", "Avenue des Entrepôts", "Zone d'activité Nord", "Rue du Port", "Chemin du Canal"),
    "nl": ("Industrieweg", "Havenstraat", "Distributieweg", "Kanaaldijk", "Transportlaan"),
    "es": ("Polígono Industrial Norte", "Calle del Puerto", "Avenida de la Logística", "Calle Mayor"),
    "it": ("Via dell'Industria", "Via del Porto", "Viale della Logistica", "Via Emilia"),
    "sv": ("Industrigatan", "Hamnvägen", "Terminalgatan", "Lagervägen"),
    "en": (
        "Industrial Way",
        "Depot Road",
        "Harbour Street",
        "Gateway Park",
        "Logistics Drive",
        "Mill Lane",
        "Dock Road",
    ),
}


def street(dice: Dice, place: Place) -> str:
    """Street and number."""
    language = {"no": "sv", "da": "sv"}.get(place.language, place.language)
    name, number = dice.pick(STREETS[language]), dice.between(1, 240)
    return f"{number} {name}" if language in ("en", "fr") else f"{name} {number}"


@dataclass(frozen=True, slots=True)
class CompanyName:
    """The parts of a company's name and its web domain."""

    root: str
    trade: str
    form: str
    domain: str

    @property
    def full(self) -> str:
        """As registered."""
        return " ".join(part for part in (self.root, self.trade, self.form) if part)

    @property
    def short(self) -> str:
        """As people say it."""
        return f"{self.root} {self.trade}".strip()


class CompanyNames:
    """Draws company names so that no two independent companies share root and trade, nor a domain."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._domains: set[str] = set()
        self._roots = load("companies")["roots"]
        self._flavour = load("companies")["flavour"]

    def draw(self, dice: Dice, place: Place) -> CompanyName:
        """A new name for a company of a country."""
        parts = self._roots[self._flavour[place.code]]
        while True:
            root = dice.pick(parts["head"]) + dice.pick(parts["tail"])
            if dice.chance(0.22):
                root = f"{root} {dice.pick(('& Söhne', '+ Partner') if place.language == 'de' else ('& Sons', 'Group', 'Holding'))}"
            elif dice.chance(0.2):
                root = f"{root} {dice.pick(parts['head'])}{dice.pick(parts['tail'])}"
            trade = dice.pick(place.trades) if dice.chance(0.82) else ""
            key = plain(f"{root} {trade}")
            if key not in self._taken:
                break
        self._taken.add(key)
        form = dice.pick(place.forms[: 2 if dice.chance(0.7) else len(place.forms)])[0]
        return CompanyName(root, trade, form, self.domain(dice, root, trade, place))

    def daughter(self, dice: Dice, parent: CompanyName, place: Place) -> CompanyName:
        """A subsidiary: similar name, another legal form or country, mostly a domain of its own."""
        trade = dice.pick((parent.trade, dice.pick(place.trades), place.name, f"{parent.trade} {place.name}".strip()))
        form = dice.pick(place.forms)[0]
        domain = parent.domain if dice.chance(0.3) else self.domain(dice, parent.root, trade, place)
        self._taken.add(plain(f"{parent.root} {trade}"))
        return CompanyName(parent.root, trade, form, domain)

    def domain(self, dice: Dice, root: str, trade: str, place: Place) -> str:
        """An unused domain made of the name."""
        root, trade = plain(root).replace(" ", ""), plain(trade).replace(" ", "")
        while True:
            body = dice.pick(
                (root, root, f"{root}-{trade}", f"{root}{trade}", f"{root}{trade[:3]}", f"{root}-group")
            ).strip("-")
            if len(body) < 6:
                body += dice.pick(("log", "net", "co", "24", "hub"))
            domain = f"{body}.{dice.pick(place.tlds)}"
            if domain not in self._domains:
                self._domains.add(domain)
                return domain
            root += dice.pick("abeiklmnorstu")
