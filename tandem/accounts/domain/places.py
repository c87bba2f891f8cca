"""Countries and currencies as people write them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from babel import Locale
from babel.numbers import list_currencies

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "sv", "da", "nb", "pt", "pl", "ja")
# Words in common use that no locale table has.
ALSO = {
    "usa": "US", "us": "US", "u s a": "US", "united states of america": "US", "uk": "GB", "england": "GB",
    "america": "US", "great britain": "GB", "britain": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "holland": "NL",
    "the netherlands": "NL", "korea": "KR", "south korea": "KR", "republic of korea": "KR", "czech republic": "CZ",
    "russia": "RU", "uae": "AE", "hong kong": "HK", "taiwan": "TW", "vietnam": "VN", "turkey": "TR", "brd": "DE",
    "phillipines": "PH", "phillippines": "PH", "romana": "RO", "eire": "IE",
    "republic of ireland": "IE", "ivory coast": "CI", "macedonia": "MK", "bolivia": "BO",
}  # fmt: skip
ISO3 = {
    "USA": "US", "GBR": "GB", "DEU": "DE", "AUT": "AT", "CHE": "CH", "FRA": "FR", "ESP": "ES", "ITA": "IT", "NLD": "NL",
    "BEL": "BE", "IRL": "IE", "SWE": "SE", "NOR": "NO", "DNK": "DK", "FIN": "FI", "POL": "PL", "PRT": "PT", "CAN": "CA",
    "AUS": "AU", "NZL": "NZ", "JPN": "JP", "CHN": "CN", "IND": "IN", "BRA": "BR", "MEX": "MX", "KOR": "KR", "SGP": "SG",
    "CZE": "CZ", "LUX": "LU", "ZAF": "ZA", "ISR": "IL", "ARE": "AE",
}  # fmt: skip
SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "us$": "USD",
    "$": "USD",
    "₹": "INR",
    "chf": "CHF",
    "sfr": "CHF",
    "a$": "AUD",
    "c$": "CAD",
    "r$": "BRL",
}


def plain(text: str) -> str:
    """Lower case, no accents, no signs, single spaces."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w]+", " ", bare).split())


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"):
                found.setdefault(plain(name), code)
                found.setdefault(code.lower(), code)
    return found | ALSO | {code.lower(): two for code, two in ISO3.items()}


@lru_cache(maxsize=8_192)
def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 of a code or name; None when it is neither.

    >>> country_code("Österreich"), country_code("USA"), country_code("Elbonia")
    ('AT', 'US', None)
    """
    return _countries().get(plain(text))


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


@lru_cache(maxsize=1)
def _currency_names() -> dict[str, str]:
    """Names of currencies in use; a name that two of them share says nothing."""
    found: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).currencies.items():
            if code in _currencies() and not any(sign.isdigit() for sign in name):
                found.setdefault(plain(name), set()).add(code)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}


@lru_cache(maxsize=1_024)
def currency_code(text: str) -> str | None:
    """ISO 4217 of a code, sign or name; None when it is none of them.

    >>> currency_code("eur"), currency_code("US Dollar"), currency_code("Dollar")
    ('EUR', 'USD', None)
    """
    word = text.strip()
    if word.upper() in _currencies():
        return word.upper()
    return SIGNS.get(word.lower()) or _currency_names().get(plain(word))
