"""Whose objects somebody sees, over every list, detail, timeline, export and search of the product.

The seller Maya sees her own book and what nobody owns; her manager Lena the books of her tree.
What is out of sight is not there: 404, and no word of it in any list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from tandem.access.domain.rights import BOOK
from tests import company_facts as facts
from tests.architecture.doors import Door, all_doors
from tests.company import Company

ClientOf = Callable[..., Client]
OBJECTS = {"account_id": "accounts", "contact_id": "contacts", "deal_id": "deals"}
ANY_OBJECT = "golden_id"  # of the kind that the address begins with
OWNERS = {
    "maya": {"maya", None},
    "liam": {"liam", None},
    "lena": {"lena", "maya", "priya", None},
}


def owner_of(kind: str, word: str) -> str | None:
    """Who owns a thing by the rules: accounts and deals by their owner, contacts by their account's or their own."""
    if kind == "accounts":
        return facts.ACCOUNTS[word][1]
    return facts.DEALS[word][2] if kind == "deals" else facts.CONTACTS[word][2]


def in_sight(who: str, kind: str, word: str) -> bool:
    if owner_of(kind, word) in OWNERS[who] - {None}:
        return True
    if kind == "contacts":
        account = facts.CONTACTS[word][1]
        own = owner_of("contacts", word)
        if account is None:
            return own is None
        return facts.ACCOUNTS[account][1] in OWNERS[who]
    return owner_of(kind, word) is None


def book_doors() -> Iterator[Door]:
    for door in all_doors():
        if isinstance(door.right, tuple) and door.right[0] in BOOK:
            yield door


def object_of(door: Door) -> tuple[str, str] | None:
    """The part of an address that names an object, and which table of the company it is of; None for lists."""
    first = door.route.removeprefix("api/v1/").split("/", 1)[0]
    for _, name in door.parts:
        if name in OBJECTS:
            return name, OBJECTS[name]
        if name == ANY_OBJECT and first in OBJECTS.values():
            return name, first
    return None


def chosen(kind: str) -> dict[str, str | None]:
    """One thing of each owner (and, for contacts, of each owner of the account), by word."""
    table = {"accounts": facts.ACCOUNTS, "contacts": facts.CONTACTS, "deals": facts.DEALS}[kind]
    seen: dict[object, str] = {}
    for word, row in table.items():
        around = facts.ACCOUNTS[row[1]][1] if kind == "contacts" and row[1] else None
        seen.setdefault((owner_of(kind, word), around), word)
    return {word: owner_of(kind, word) for word in seen.values()}


def names_out_of_sight(who: str) -> set[str]:
    """Names that must not be told. An account's name may be: of a relative, of a former employer."""
    rows = {"contacts": facts.CONTACTS, "deals": facts.DEALS}
    return {row[0] for kind, table in rows.items() for word, row in table.items() if not in_sight(who, kind, word)}


def test_every_address_of_an_object_is_known_here() -> None:
    strange = {
        str(door) for door in book_doors() if object_of(door) is None and any(kind == "int" for kind, _ in door.parts)
    }
    assert strange == set(), "name the object in OBJECTS, so that its sight is tested"


@pytest.mark.parametrize("who", ["maya", "liam", "lena"])
def test_objects_out_of_sight_are_not_there(who: str, company: Company, client_of: ClientOf) -> None:
    client, wrong = client_of(who), []
    for door in book_doors():
        found = object_of(door)
        if door.method != "GET" or found is None:
            continue
        name, kind = found
        for word in chosen(kind):
            row = getattr(company, kind)[word]
            status = client.get(door.address(field="name", **{name: row.id})).status_code
            is_there, may = status not in {403, 404}, in_sight(who, kind, word)
            if is_there > may or (is_there < may and len(door.parts) == 1):
                wrong.append(f"{door} {word}: {status}")
    assert wrong == []


@pytest.mark.parametrize("who", ["maya", "liam"])
def test_objects_out_of_sight_can_not_be_changed(who: str, company: Company, client_of: ClientOf) -> None:
    client, wrong = client_of(who), []
    for door in book_doors():
        found = object_of(door)
        if door.method == "GET" or found is None:
            continue
        name, kind = found
        for word in chosen(kind):
            if in_sight(who, kind, word):
                continue
            row = getattr(company, kind)[word]
            before = type(row).objects.filter(id=row.id).values().get()
            body = {"data": door.body, "content_type": "application/json"} if door.is_api else {}
            status = getattr(client, door.method.lower())(
                door.address(field="name", **{name: row.id}), **body
            ).status_code
            is_same = type(row).objects.filter(id=row.id).values().get() == before
            if not is_same or status not in {403, 404, 422}:
                wrong.append(f"{door} {word}: {status}")
    assert wrong == []


@pytest.mark.parametrize("who", ["maya", "liam", "lena"])
def test_lists_exports_and_search_tell_nothing_of_what_is_out_of_sight(
    who: str, company: Company, client_of: ClientOf
) -> None:
    client, told = client_of(who), []
    hidden = names_out_of_sight(who)
    assert hidden
    for door in all_doors():
        if door.method != "GET" or door.parts or door.is_public:
            continue
        addresses = [door.address() + query for query in ("", "?format=csv", "?limit=200")]
        if "search" in door.route:
            addresses = [f"{door.address()}?q={name.split()[0]}" for name in hidden]
        for address in addresses:
            answer = client.get(address)
            body = b"".join(answer) if answer.streaming else answer.content
            told += [f"{address}: {name}" for name in hidden if name in body.decode()]
    assert told == []


def test_a_seller_finds_the_own_book_in_lists(company: Company, client_of: ClientOf) -> None:
    for kind, table in (("accounts", facts.ACCOUNTS), ("contacts", facts.CONTACTS), ("deals", facts.DEALS)):
        found = {row["name"] for row in client_of("maya").get(f"/api/v1/{kind}?limit=200").json()["items"]}
        assert found == {row[0] for word, row in table.items() if in_sight("maya", kind, word)}
