"""From records as told to the columns that are compared. Missing is "" here and NULL in the matching database."""

from __future__ import annotations

import re

import pandas as pd

from tandem.accounts.domain import normalise
from tandem.accounts.domain.matching.contracts import MatchedEntity

MAX_EXTRAS = 4
LONG_TEXT_CHARACTERS = 80  # cut: beyond, texts agree or differ by accident
_HOUSE_NUMBER = re.compile(r"^\d+\w?$")
_EMAIL_NAME = re.compile(r"^([a-z]{2,})[._]([a-z]{2,})\d{0,3}$")

FEATURES: dict[MatchedEntity, tuple[str, ...]] = {
    "account": (
        "name", "name_sorted", "squash", "domain", "domain2", "stem", "phone", "phone2", "street", "house",
        "city", "region", "postal", "country", "industry", "extra1", "extra2", "extra3", "extra4",
    ),
    "contact": (
        "first", "first_root", "last", "email", "email2", "local", "phone", "phone2", "linkedin", "domain",
        "domain_stem", "company", "company_squash", "account_id", "title", "level", "birth", "national", "street",
        "house", "city", "region", "postal", "country", "extra1", "extra2", "extra3", "extra4",
    ),
}  # fmt: skip


def build_features(records: pd.DataFrame, entity: MatchedEntity) -> pd.DataFrame:
    """The comparable columns of `records`.

    Parameters
    ----------
    records : DataFrame
        `record_id` (integer, unique) and any of the canonical fields of `domain.fields`; columns named `extra_...`
        are further text of unknown meaning, compared weakly. `account_id` on contacts: golden id of the employer.
    entity : "account" or "contact"

    Returns
    -------
    DataFrame
        `record_id`, `source` and all of `FEATURES[entity]`, text.
    """
    told = _Told(records)
    columns = _account_columns(told) if entity == "account" else _contact_columns(told)
    columns.update(_place_columns(told))
    for number, name in enumerate(_extra_names(records), start=1):
        columns[f"extra{number}"] = told.column(name, lambda text: normalise.plain(text)[:LONG_TEXT_CHARACTERS])
    empty = pd.Series("", index=records.index, dtype=object)
    features = pd.DataFrame({name: columns.get(name, empty) for name in FEATURES[entity]}, index=records.index)
    features.insert(0, "record_id", records["record_id"].astype("int64"))
    features.insert(1, "source", told.column("source", str))
    return features.reset_index(drop=True)


class _Told:
    """Columns of the input by name; an absent one reads as all missing."""

    def __init__(self, records: pd.DataFrame) -> None:
        self.records = records

    def has(self, name: str) -> bool:
        return name in self.records.columns

    def column(self, name: str, function: object) -> pd.Series:
        if not self.has(name):
            return pd.Series("", index=self.records.index, dtype=object)
        return normalise.column(self.records[name], function)  # type: ignore[arg-type]


def _extra_names(records: pd.DataFrame) -> list[str]:
    return sorted(str(name) for name in records.columns if str(name).startswith("extra_"))[:MAX_EXTRAS]


def _account_columns(told: _Told) -> dict[str, pd.Series]:
    name = told.column("name", lambda text: normalise.company_name(text).core)
    domain = told.column("domain", normalise.company_domain)
    second = told.column("domain_2", normalise.company_domain)
    domain, second = _first_filled(domain, second)
    return {
        "name": name,
        "name_sorted": normalise.column(name, lambda text: " ".join(sorted(text.split()))),
        "squash": normalise.column(name, lambda text: text.replace(" ", "")),
        "domain": domain,
        "domain2": second,
        "stem": normalise.column(domain, _stem),
        "phone": told.column("phone", normalise.phone_tail),
        "phone2": told.column("phone_2", normalise.phone_tail),
        "industry": told.column("industry", normalise.plain),
    }


def _contact_columns(told: _Told) -> dict[str, pd.Series]:
    email, second_email = _first_filled(
        told.column("email", normalise.email_match_key), told.column("email_2", normalise.email_match_key)
    )
    first, last = _person_names(told, email)
    phone, second_phone = _first_filled(
        told.column("mobile", normalise.phone_tail), told.column("phone", normalise.phone_tail)
    )
    mail_domain = normalise.column(email, lambda text: normalise.company_domain(text.rpartition("@")[2]))
    domain, _ = _first_filled(told.column("account_domain", normalise.company_domain), mail_domain)
    company = told.column("account_name", lambda text: normalise.company_name(text).core)
    title = told.column("title", normalise.plain)
    return {
        "first": first,
        "first_root": normalise.column(first, normalise.nickname_root),
        "last": last,
        "email": email,
        "email2": second_email,
        "local": _own_mailbox_name(email, first, last),
        "phone": phone,
        "phone2": second_phone,
        "linkedin": told.column("linkedin", normalise.profile_path),
        "domain": domain,
        "domain_stem": normalise.column(domain, _stem),
        "company": company,
        "company_squash": normalise.column(company, lambda text: text.replace(" ", "")),
        "account_id": told.column("account_id", str),
        "title": title,
        "level": normalise.column(title, lambda text: normalise.seniority(text) + "|" + normalise.department(text)),
        "birth": told.column("birth_date", normalise.date_digits),
        "national": told.column("national_id", lambda text: normalise.plain(text).replace(" ", "")),
    }


def _person_names(told: _Told, email: pd.Series) -> tuple[pd.Series, pd.Series]:
    """First and last name; from the whole name, then from a speaking mail address, where parts are missing."""
    first = told.column("first_name", normalise.name_part)
    last = told.column("last_name", normalise.name_part)
    without_parts = (first == "") & (last == "")
    if told.has("name") and without_parts.any():
        whole_first, whole_last = normalise.person_name_columns(told.records["name"].where(without_parts, ""))
        first, last = first.where(~without_parts, whole_first), last.where(~without_parts, whole_last)
        without_parts = (first == "") & (last == "")
    if without_parts.any():
        local = email.where(without_parts, "").str.partition("@")[0]
        spoken = local.str.extract(_EMAIL_NAME).fillna("")
        first, last = first.where(~without_parts, spoken[0]), last.where(~without_parts, spoken[1])
    return first, last


def _stem(domain: str) -> str:
    """A domain's own word: "blue-lake.co.uk" gives "bluelake"."""
    return domain.split(".")[0].replace("-", "")


def _own_mailbox_name(email: pd.Series, first: pd.Series, last: pd.Series) -> pd.Series:
    """The part before the @, unless it only repeats the person's name: namesakes at two companies share that."""
    local = email.str.partition("@")[0]
    letters = normalise.column(local, lambda text: "".join(letter for letter in text if letter.isalpha()))
    first, last = first.str.replace(" ", ""), last.str.replace(" ", "")
    repeats = pd.Series(False, index=email.index)
    for spelt in (first + last, last + first, first.str[:1] + last, first + last.str[:1], last + first.str[:1]):
        repeats |= letters == spelt
    repeats |= (letters == first) | (letters == last)
    numbered = local.str.count(r"\d") >= 2
    return local.where((~repeats | numbered) & (local.str.len() >= 5), "")


def _place_columns(told: _Told) -> dict[str, pd.Series]:
    street = told.column("street", normalise.street_line)
    house = normalise.column(street, _house_number)
    if told.has("house_number"):
        house = told.column("house_number", normalise.plain).where(lambda given: given != "", house)
    return {
        "street": normalise.column(street, _without_house_number),
        "house": house,
        "city": told.column("city", normalise.plain),
        "region": told.column("region", normalise.plain),
        "postal": told.column("postal_code", lambda text: normalise.plain(text).replace(" ", "").upper()),
        "country": told.column("country", normalise.plain),
    }


def _house_number(street: str) -> str:
    return next((part for part in street.split() if _HOUSE_NUMBER.match(part)), "")


def _without_house_number(street: str) -> str:
    words = [part for part in street.split() if not _HOUSE_NUMBER.match(part)]
    return " ".join(words) or street


def _first_filled(first: pd.Series, second: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Move the second value up where the first is missing; drop it where both say the same."""
    missing = first == ""
    return first.where(~missing, second), second.where(~missing & (second != first), "")
