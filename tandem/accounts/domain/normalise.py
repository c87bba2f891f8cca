"""Values in the one form in which they can be compared: companies, domains, addresses of people, names, titles.

Scalar functions say what a value means; the `*_column` functions apply them to whole columns, once per distinct
value, so that a million rows stay a matter of seconds. Missing is the empty string throughout.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from tandem.accounts.domain import words

MISSING_WORDS = frozenset({"", "n/a", "na", "none", "null", "nan", "-", "--", "?", "unknown", "select", "tbd", "nil"})
_TRANSLITERATION = str.maketrans(words.TRANSLITERATION)
_NOT_WORD = re.compile(r"[^\w]+|_+")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_TRADING_AS = re.compile(r"\b(?:d/?b/?a|t/a|trading as|doing business as|formerly)\b.*$")
_EXTENSION = re.compile(r"(?:ext\.?|x|extension|#|durchwahl)\s*\d{1,6}\s*$", re.IGNORECASE)
_DIGITS = re.compile(r"\D+")
PHONE_TAIL_DIGITS = 9  # national numbers differ in trunk prefix and country code, not in their last nine digits


def clean(text: object) -> str:
    """The cell as trimmed text; "" for missing words such as N/A."""
    if text is None or (isinstance(text, float) and np.isnan(text)):
        return ""
    stripped = str(text).strip()
    return "" if stripped.casefold() in MISSING_WORDS else stripped


def fold(text: str) -> str:
    """Lower case, without accents, other scripts (Greek, Cyrillic) spelt in Latin letters.

    >>> fold("Łódź Straße Ωmega")
    'lodz strasse omega'
    """
    lowered = text.casefold()
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered.translate(_TRANSLITERATION))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_TRANSLITERATION)


def tokens(text: str) -> list[str]:
    """The words of a text, folded, without punctuation; "a.b.c." reads as "abc"."""
    folded = fold(text).replace("'", "").replace("’", "").replace("&", " and ").replace("+", " and ")
    return _NOT_WORD.sub(" ", _join_initials(folded)).split()


def _join_initials(text: str) -> str:
    """Dotted initials as one word: "s.p.a." becomes "spa"."""
    return re.sub(r"\b(?:\w\.){2,}\w?\b\.?", lambda found: found.group().replace(".", "") + " ", text)


@dataclass(frozen=True, slots=True)
class CompanyName:
    """A company's name taken apart.

    core : what the company is called, abbreviations spelt out, no legal form, no article
    legal_form : "gmbh", "ltd", ...; "" when the name carries none
    """

    core: str
    legal_form: str


@lru_cache(maxsize=1)
def _legal_forms() -> tuple[frozenset[tuple[str, ...]], int]:
    from cleanco import prepare_default_terms

    forms = {tuple(term) for _, term in prepare_default_terms()} | words.MORE_LEGAL_FORMS
    forms = {tuple("and" if word == "&" else fold(word) for word in form) for form in forms} - words.NOT_LEGAL_FORMS
    return frozenset(forms), max(len(form) for form in forms)


def company_name(text: str) -> CompanyName:
    """What a company is called, and its legal form apart (terms: cleanco).

    >>> company_name("The Müller & Söhne Intl. GmbH & Co. KG")
    CompanyName(core='muller and sohne international', legal_form='gmbh and co kg')
    """
    bare = _TRADING_AS.sub("", fold(_BRACKETS.sub(" ", text))).strip() or fold(text)
    parts = tokens(bare) or tokens(text)
    while len(parts) > 1 and parts[0] == "the":
        parts = parts[1:]
    while len(parts) > 1 and parts[-1] in ("the", "and"):
        parts = parts[:-1]
    parts, forms = _strip_legal_forms(parts)
    core = " ".join(words.COMPANY_ABBREVIATIONS.get(part, part) for part in parts)
    return CompanyName(core, " ".join(forms))


def _strip_legal_forms(parts: list[str]) -> tuple[list[str], list[str]]:
    known, longest = _legal_forms()
    forms: list[str] = []
    changed = True
    while changed and len(parts) > 1:
        changed = False
        for length in range(min(longest, len(parts) - 1), 0, -1):
            if tuple(parts[-length:]) in known:
                forms = parts[-length:] + forms
                parts, changed = parts[:-length], True
                break
        while len(parts) > 1 and parts[-1] in ("and", "the"):
            parts = parts[:-1]
    if len(parts) > 1 and (parts[0],) in words.LEADING_LEGAL_FORMS:
        forms, parts = [parts[0], *forms], parts[1:]
    return parts, forms


@lru_cache(maxsize=1)
def _suffixes() -> Callable[[str], object]:
    import tldextract

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def registered_domain(text: str) -> str:
    """The domain somebody registered, from an address of a page, host or mailbox; "" when there is none.

    Public suffixes come from the list bundled with tldextract: nothing is looked up.

    >>> registered_domain("https://www.shop.acme.co.uk/about?x=1")
    'acme.co.uk'
    """
    host = text.strip().casefold().rsplit("@", 1)[-1]
    host = re.split(r"[\s,;]", re.sub(r"^[a-z]+:/+", "", host))[0].split("/")[0].split("?")[0].split(":")[0]
    if "." not in host:
        return ""
    found = _suffixes()(host)
    label, suffix = found.domain, found.suffix  # type: ignore[attr-defined]
    return f"{label}.{suffix}" if label and suffix else ""


def company_domain(text: str) -> str:
    """The registered domain, unless it belongs to a mail provider or a page host: those are nobody's company."""
    domain = registered_domain(text)
    if domain.split(".")[0] in words.FREE_MAIL_LABELS or domain in words.FREE_MAIL_DOMAINS:
        return ""
    return domain


def email_address(text: str) -> str:
    """A mail address in the form in which it is stored: lower case, "mailto:" and display name taken off.

    >>> email_address("Ann Lee <Ann.Lee+crm@Acme.com>")
    'ann.lee+crm@acme.com'
    """
    folded = text.strip().casefold().removeprefix("mailto:")
    if "<" in folded and ">" in folded:
        folded = folded[folded.rfind("<") + 1 : folded.rfind(">")]
    local, at, domain = folded.strip(" .;,<>").rpartition("@")
    return f"{local}@{domain}" if at and local and "." in domain and " " not in local + domain else ""


def email_match_key(text: str) -> str:
    """The address for comparing: without plus tag, without dots where the provider ignores them (Gmail).

    >>> email_match_key("J.Doe+news@googlemail.com")
    'jdoe@gmail.com'
    """
    address = email_address(text)
    if not address:
        return ""
    local, _, domain = address.rpartition("@")
    local = local.split("+", 1)[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def phone_e164(text: str, country: str = "") -> str:
    """A phone number as E.164, or "" when it cannot be one.

    country : ISO 3166-1 alpha-2 of the place it is dialled from, for numbers without a country code

    >>> phone_e164("(020) 7946 0958", "GB")
    '+442079460958'
    """
    import phonenumbers

    bare = _EXTENSION.sub("", text.strip())
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    try:
        number = phonenumbers.parse(bare, country.upper() or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def phone_tail(text: str) -> str:
    """The last digits of a phone number, for comparing numbers written with and without country code."""
    digits = _DIGITS.sub("", _EXTENSION.sub("", text)).lstrip("0")
    return digits[-PHONE_TAIL_DIGITS:] if len(digits) >= 6 and len(set(digits)) > 2 else ""


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name taken apart, folded; missing parts are ""."""

    first: str
    middle: str
    last: str


def person_name(text: str) -> PersonName:
    """First, middle and last name without titles and suffixes.

    Plain "First Last" is read here; everything with commas, particles or more words goes through nameparser.

    >>> person_name("Dr. García-Lopez, María José")
    PersonName(first='maria', middle='jose', last='garcia lopez')
    """
    bare = _BRACKETS.sub(" ", text).strip()
    parts = [part for part in bare.split() if fold(part).strip(".,") not in words.NAME_TITLES]
    if len(parts) == 2 and "," not in bare:
        return PersonName(name_part(parts[0]), "", name_part(parts[1]))
    if len(parts) <= 1:
        return PersonName("", "", name_part(" ".join(parts)))
    from nameparser import HumanName

    name = HumanName(" ".join(parts))
    return PersonName(name_part(name.first), name_part(name.middle), name_part(name.last))


def name_part(text: str) -> str:
    """One part of a name, folded, hyphens as spaces."""
    return " ".join(tokens(text))


def nickname_root(first: str) -> str:
    """The name behind a nickname ("bob" is "robert"); the name itself when none is known."""
    head = first.split(" ", 1)[0]
    return words.NICKNAMES.get(head, head)


def seniority(title: str) -> str:
    """The level a job title speaks of ("vp", "director", ...), or ""."""
    return _first_word(title, words.SENIORITY)


def department(title: str) -> str:
    """The department a job title speaks of ("sales", "finance", ...), or ""."""
    return _first_word(title, words.DEPARTMENTS)


def _first_word(title: str, table: tuple[tuple[str, re.Pattern[str]], ...]) -> str:
    folded = " ".join(tokens(title))
    return next((word for word, pattern in table if pattern.search(folded)), "")


def street_line(text: str) -> str:
    """A street with usual abbreviations spelt one way."""
    return " ".join(words.STREET_ABBREVIATIONS.get(part, part) for part in tokens(text))


def plain(text: str) -> str:
    """Folded words, single spaces."""
    return " ".join(tokens(text))


def profile_path(text: str) -> str:
    """The part of a LinkedIn address that names the person.

    >>> profile_path("https://www.linkedin.com/in/Ann-Lee-123/?src=x")
    'ann-lee-123'
    """
    folded = text.strip().casefold().split("?")[0].rstrip("/")
    return folded.rsplit("/", 1)[-1] if "linkedin" in folded or "/" in folded else folded


def date_digits(text: str) -> str:
    """A date as eight digits, year first, where its order is plain; its digits otherwise."""
    digits = _DIGITS.sub("", str(text).split("T")[0].split(" ")[0])
    if len(digits) == 8 and not digits.startswith(("19", "20")) and digits[4:6] in ("19", "20"):
        return digits[4:] + digits[2:4] + digits[:2]
    return digits if len(digits) >= 6 else ""


def column(values: pd.Series, function: Callable[[str], str]) -> pd.Series:
    """`function` over a column, once per distinct value.

    Parameters
    ----------
    values : Series
        Any type; missing cells and words for missing become "".
    function : callable
        From non-empty text to text.

    Returns
    -------
    Series
        Text, same index, no missing values.
    """
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    results = np.empty(len(distinct) + 1, dtype=object)
    for position, value in enumerate(distinct):
        text = clean(value)
        results[position] = function(text) if text else ""
    results[-1] = ""
    return pd.Series(results[codes], index=values.index, dtype=object)


def company_name_column(values: pd.Series) -> pd.Series:
    """`company_name(...).core` over a column."""
    return column(values, lambda text: company_name(text).core)


def company_domain_column(values: pd.Series) -> pd.Series:
    """`company_domain` over a column."""
    return column(values, company_domain)


def email_match_key_column(values: pd.Series) -> pd.Series:
    """`email_match_key` over a column."""
    return column(values, email_match_key)


def phone_tail_column(values: pd.Series) -> pd.Series:
    """`phone_tail` over a column."""
    return column(values, phone_tail)


def person_name_columns(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    """First and last names of a column of whole names."""
    joined = column(values, lambda text: "\x1f".join((person_name(text).first, person_name(text).last)))
    halves = joined.str.partition("\x1f")
    return halves[0], halves[2]
