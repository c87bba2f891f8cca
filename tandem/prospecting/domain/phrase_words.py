"""Words that people use for places, industries, numbers and spans of time in a sentence about companies."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

# Adjectives and short names that the table of territories does not have.
PLACE_WORDS: dict[str, tuple[str, ...]] = {
    "austrian": ("AT",), "belgian": ("BE",), "british": ("GB",), "uk": ("GB",), "great britain": ("GB",),
    "england": ("GB",), "u.k.": ("GB",), "bulgarian": ("BG",), "canadian": ("CA",), "chinese": ("CN",),
    "croatian": ("HR",), "czech": ("CZ",), "czech republic": ("CZ",), "danish": ("DK",), "dutch": ("NL",),
    "holland": ("NL",), "the netherlands": ("NL",), "estonian": ("EE",), "finnish": ("FI",), "french": ("FR",),
    "german": ("DE",), "greek": ("GR",), "hungarian": ("HU",), "indian": ("IN",), "irish": ("IE",),
    "italian": ("IT",), "japanese": ("JP",), "latvian": ("LV",), "lithuanian": ("LT",), "mexican": ("MX",),
    "norwegian": ("NO",), "polish": ("PL",), "portuguese": ("PT",), "romanian": ("RO",), "slovak": ("SK",),
    "spanish": ("ES",), "swedish": ("SE",), "swiss": ("CH",), "turkish": ("TR",), "american": ("US",),
    "us": ("US",), "u.s.": ("US",), "usa": ("US",), "the states": ("US",), "australian": ("AU",),
    "brazilian": ("BR",), "south korean": ("KR",),
    "dach": ("DE", "AT", "CH"), "benelux": ("BE", "NL", "LU"),
    "nordics": ("DK", "FI", "IS", "NO", "SE"), "nordic": ("DK", "FI", "IS", "NO", "SE"),
    "scandinavia": ("DK", "NO", "SE"), "scandinavian": ("DK", "NO", "SE"), "iberia": ("ES", "PT"),
    "baltics": ("EE", "LT", "LV"), "north america": ("US", "CA"),
}  # fmt: skip
EU = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
EUROPE = tuple(sorted({*EU, "CH", "GB", "IS", "NO"}))
REGIONS = {"eu": EU, "european union": EU, "europe": EUROPE, "european": EUROPE}

# What people call companies of a trade, and the beginnings of words in the names of industries that mean it.
INDUSTRY_WORDS: dict[str, tuple[str, ...]] = {
    "manufactur": ("manufactur",), "retail": ("retail",), "shop": ("retail",),
    "food": ("food",), "beverage": ("beverage",), "chemical": ("chemical",), "pharma": ("pharma",),
    "health": ("health",), "hospital": ("health", "hospital"), "logistics": ("logistic", "transport"),
    "transport": ("transport", "logistic"), "haul": ("transport",), "carrier": ("transport",),
    "warehous": ("warehous",), "construction": ("construction",), "builder": ("construction",),
    "electronic": ("electronic",), "apparel": ("apparel",), "fashion": ("apparel", "fashion"),
    "clothing": ("apparel",), "automotive": ("automotive",), "car maker": ("automotive",),
    "furniture": ("furniture",), "internet": ("internet",), "software": ("software",), "insurer": ("insurance",),
    "insurance": ("insurance",), "bank": ("bank",), "wine": ("wine",), "energy": ("energy",),
    "utilit": ("utilit",), "telecom": ("telecom",), "media": ("media",), "education": ("education",),
}  # fmt: skip
NUMBER_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "couple of": 2, "few": 3,
}  # fmt: skip
UNIT_DAYS = {"day": 1, "week": 7, "fortnight": 14, "month": 30, "quarter": 90, "year": 365}
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
SCALES = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "mn": 1_000_000, "million": 1_000_000,
          "bn": 1_000_000_000, "billion": 1_000_000_000}  # fmt: skip
NUMBER = r"(?:[€$£]\s?)?\d[\d,.]*\s?(?:k|m|mn|bn|thousand|million|billion)?\b"
COUNT = r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|couple of|few)"
FILLERS = frozenset(
    """a about accounts account all also an and any are as at be been business businesses but companies company
    country currently did do does either employ employs enterprise-wide firm firms for from find give had has have
    having i in is it its itself just list located me newly now of on one ones only or organisations organizations our
    out over please right region search segment show that the their them themselves there they this those to us
    was we were what where which who whose with within want yet based headquartered but neither nor not no without
    industry sector space somebody someone already still""".split()
)
NEGATORS = re.compile(
    r"\b(?:not|no|never|without|neither|nor|excluding|except|outside|non|isn.?t|aren.?t|don.?t|doesn.?t|didn.?t|"
    r"hasn.?t|haven.?t|wasn.?t|cannot)\b"
)


@cache
def places() -> dict[str, tuple[str, ...]]:
    """Lower-case words for countries and regions to their codes."""
    named = {
        name.casefold(): (code,) for code, name in Locale("en").territories.items() if len(code) == 2 and code.isalpha()
    }
    return {**named, **PLACE_WORDS, **REGIONS}


def count_of(text: str) -> int:
    """A small number in digits or words: "6", "six", "a"."""
    return int(text) if text.isdecimal() else NUMBER_WORDS[text]


def number(text: str) -> int | float:
    """A number as people write it: "2,000", "1.5 million", "2k", "€20m".

    >>> number("2,000"), number("1.5 million"), number("€20m")
    (2000, 1500000, 20000000)
    """
    found = re.fullmatch(r"\D*?(\d[\d,.]*)\s?([a-z]*)", text.strip().casefold())
    if found is None:
        raise ValueError(f"{text!r} is no number")
    digits = found.group(1).rstrip(".,").replace(",", "")
    if re.fullmatch(r"\d{1,3}(\.\d{3})+", digits):  # "2.000" as it is written in much of Europe
        digits = digits.replace(".", "")
    value = float(digits) * SCALES.get(found.group(2), 1)
    return int(value) if value.is_integer() else value
