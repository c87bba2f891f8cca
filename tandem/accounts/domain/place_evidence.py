"""What a row of a file tells of where its people are, and by what they are known again in other files. Pure.

Nothing is decided here: which law counts is for compliance to say. Names are looked for in texts, because a touch with
one person may speak of another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from tandem.accounts.contracts import Entity
from tandem.accounts.domain import normalise, places
from tandem.compliance.contracts.residency import Evidence, EvidenceKind

# Rows of these tell of nobody at a customer.
OF_NOBODY = frozenset({Entity.EXCHANGE_RATE, Entity.PERSON, Entity.PRODUCT, Entity.COMPETITOR, Entity.QUOTA})
# Rows that others point at: what they are known by is kept, so that what follows them goes the same way.
POINTED_AT = frozenset({Entity.ACCOUNT, Entity.CONTACT, Entity.OPPORTUNITY})
KEYED = {"account_key": Entity.ACCOUNT, "contact_key": Entity.CONTACT, "opportunity_key": Entity.OPPORTUNITY}
LONG_KEY = 8  # letters from which on a source's id is taken to mean the same thing in the files of others
MAILS, PHONES = ("email", "email_2", "contact_email"), ("phone", "mobile")
DOMAINS, COMPANIES = ("domain", "domain_2", "account_domain"), ("account_name",)
MOST_PEOPLE = 500
LONGEST_NAME = 4  # words
_MAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_PHONE = re.compile(r"(?<![\w.])\+\d[\d ()./\-]{6,20}\d(?!\w)")
_AROUND = ".,;:!?()[]{}<>\"'“”„»«|*_="


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEvidence:
    """One row.

    own : by what the row's own person, company or deal is known
    around : companies and deals that it belongs to, and people named by a key
    people : mail addresses of those who took part
    countries, phones : what its own fields tell of places; phones as E.164
    names : of its own person, each in the form of `name_forms`
    is_of_somebody : False for a seller's total, which belongs to no deal
    """

    number: int
    own: tuple[Evidence, ...] = ()
    around: tuple[Evidence, ...] = ()
    people: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    is_of_somebody: bool = True

    @property
    def endings(self) -> tuple[str, ...]:
        """Mail addresses and domains whose endings may tell a country, domains as "@domain"."""
        told = (*self.own, *self.around)
        mails = [value for kind, value in told if kind is EvidenceKind.EMAIL]
        return (*mails, *(f"@{value}" for kind, value in told if kind is EvidenceKind.DOMAIN))


def rows_of(texts: pd.DataFrame, entity: Entity, source_key: str) -> list[RowEvidence]:
    """Each row's evidence, in row order.

    texts : canonical text columns, index = row number; `conversion.canonical_texts`
    """
    columns = {str(name): texts[name].tolist() for name in texts.columns if not str(name).startswith("_")}
    numbers = [int(number) for number in texts.index]
    return [
        _row(number, {name: str(cells[place] or "") for name, cells in columns.items()}, entity, source_key)
        for place, number in enumerate(numbers)
    ]


def _row(number: int, cells: Mapping[str, str], entity: Entity, source_key: str) -> RowEvidence:
    country = places.country_code(cells["country"]) if cells.get("country") else None
    mails = _all(cells, MAILS, normalise.email_match_key)
    phones = [found for name in PHONES if cells.get(name) and (found := _phone(cells[name], country or ""))]
    domains = _all(cells, DOMAINS, normalise.company_domain)
    domains += filter(None, (normalise.company_domain(mail) for mail in mails))
    keyed = [one for name, of in KEYED.items() for one in keys_of(of, cells.get(name, ""), source_key)]
    companies = _all(cells, COMPANIES, company_form) + _in_details(cells.get("details", ""))
    by_domain = [(EvidenceKind.DOMAIN, domain) for domain in dict.fromkeys(domains)]
    by_company = [(EvidenceKind.COMPANY, name) for name in companies]
    by_mail = [(EvidenceKind.EMAIL, mail) for mail in mails]
    own: list[Evidence] = list(keys_of(entity, cells.get("key", ""), source_key)) if entity in POINTED_AT else []
    around: list[Evidence] = [*keyed, *by_company]
    names: tuple[str, ...] = ()
    if entity is Entity.ACCOUNT:
        own += [*by_domain, *((EvidenceKind.COMPANY, name) for name in _all(cells, ("name",), company_form))]
    elif entity is Entity.CONTACT:
        own += [*by_mail, *((EvidenceKind.PHONE, phone) for phone in phones)]
        around += by_domain
        names = names_of(cells)
    else:
        around += [*by_domain, *by_mail]
    return RowEvidence(
        number=number, own=tuple(dict.fromkeys(own)), around=tuple(dict.fromkeys(around)), names=names,
        people=_participants(cells.get("participants", "")), countries=(country,) if country else (),
        phones=tuple(phones), is_of_somebody=entity is not Entity.SELLER_CALL or bool(keyed),
    )  # fmt: skip


def keys_of(entity: Entity, key: str, source_key: str) -> Iterator[Evidence]:
    """A source's id of something; long ones also without their source, because other tools' files carry them."""
    word = key.strip()
    if word:
        yield EvidenceKind.KEY, f"{source_key}/{entity.value}/{word}"
        if len(word) >= LONG_KEY:
            yield EvidenceKind.KEY, f"*/{entity.value}/{word}"


def mails_of(address: str) -> tuple[Evidence, ...]:
    """By what somebody who took part is known: the address, and the domain of the company."""
    mail, domain = normalise.email_match_key(address), normalise.company_domain(address)
    told: list[Evidence] = [(EvidenceKind.EMAIL, mail)] if mail else []
    return (*told, (EvidenceKind.DOMAIN, domain)) if domain else tuple(told)


def names_of(cells: Mapping[str, str]) -> tuple[str, ...]:
    """A person's full name in every form in which texts may have it; none without two parts."""
    whole = [cells.get("name", ""), f"{cells.get('first_name', '')} {cells.get('last_name', '')}"]
    return tuple(dict.fromkeys(form for name in whole for form in name_forms(name)))


def name_forms(name: str) -> tuple[str, ...]:
    """A full name as it stands, without title and middle parts, and with the family name first; folded."""
    if len(name.split()) <= 1:
        return ()
    parts = normalise.person_name(name)
    short = [f"{parts.first} {parts.last}", f"{parts.last} {parts.first}"] if parts.first and parts.last else []
    return tuple(dict.fromkeys([normalise.name_part(name), *short]))


def names_in(text: str) -> set[str]:
    """Whatever in a text may be a full name: two to four words of which the first and the last have a capital."""
    found: set[str] = set()
    bare = [word.strip(_AROUND).removesuffix("'s").removesuffix("’s") for word in text.split()]
    capital = [place for place, word in enumerate(bare) if word[:1].isupper()]
    here = set(capital)
    for place in capital:
        for length in range(2, LONGEST_NAME + 1):
            if place + length - 1 in here:
                found.add(_folded(" ".join(bare[place : place + length])))
    return found


def mails_in(text: str) -> set[str]:
    """Mail addresses that stand in a text, in the form in which they are compared."""
    if "@" not in text:
        return set()
    return {mail for found in _MAIL.findall(text) if (mail := normalise.email_match_key(found))}


def phones_in(text: str) -> set[str]:
    """Phone numbers with their country code that stand in a text, as E.164."""
    if "+" not in text:
        return set()
    return {phone for found in _PHONE.findall(text) if (phone := _phone(found, ""))}


@lru_cache(maxsize=100_000)
def company_form(name: str) -> str:
    """A company's name without legal form, folded; "" for none."""
    return normalise.company_name(name).core if normalise.clean(name) else ""


@lru_cache(maxsize=100_000)
def _folded(name: str) -> str:
    return normalise.name_part(name)


@lru_cache(maxsize=50_000)
def _phone(text: str, country: str) -> str:
    return normalise.phone_e164(text, country)


def _all(cells: Mapping[str, str], names: Iterable[str], form: Any) -> list[str]:
    return list(dict.fromkeys(told for name in names if cells.get(name) and (told := form(cells[name]))))


def _read_json(text: str) -> Any:
    try:
        return json.loads(text) if text[:1] in "[{" and text else None
    except ValueError:
        return None


def _participants(text: str) -> tuple[str, ...]:
    told = _read_json(text)
    people = told[:MOST_PEOPLE] if isinstance(told, list) else []
    words = (str(one.get("address") or one.get("name") or "") for one in people if isinstance(one, dict))
    return tuple(dict.fromkeys(mail for word in words if (mail := normalise.email_address(word))))


def _in_details(text: str) -> list[str]:
    """The company that a touch names where it has no id of it."""
    told = _read_json(text)
    name = company_form(str(told.get("organization") or "")) if isinstance(told, dict) else ""
    return [name] if name else []
