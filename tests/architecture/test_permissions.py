"""Every address of the product, every role and a stranger: doors open exactly where the table of rights says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tandem.access.contracts import Role
from tandem.compliance.models import LedgerEntry
from tests.architecture.doors import Door, all_doors
from tests.company import Company

ClientOf = Callable[..., Client]
# Doors that programs of others knock at, with a proof of their own in place of the CSRF token.
# Other servers knock here: each brings a secret or a signature of its own, and no cookie opens them.
BY_SIGNATURE = ("hooks/",)
WITHOUT_CSRF: frozenset[str] = frozenset({"u/<str:token>", "v1/<str:call>", "in/clay"})
# Signing in and out, and pages about one's own credentials, answer by their own rules once somebody is in.
OWN_RULES = ("sign-in/", "sign-out/", "demo-sign-in/", "profile/")


def knock(client: Client, door: Door, address: str) -> Any:
    send = getattr(client, door.method.lower())
    if door.method == "GET":
        return send(address)
    return send(address, door.body, content_type="application/json") if door.is_api else send(address)


def values_of(company: Company) -> dict[str, object]:
    """Something that is there, for the parts of addresses."""
    return {
        "account_id": company.accounts["quayside"].id,
        "contact_id": company.contacts["sofia"].id,
        "deal_id": company.deals["walk_in"].id,
        "person_id": company.people["maya"].id,
        "load_id": company.loads["leads"].id,
        "pair_id": company.pairs["account"].id,
        "event_id": company.merge.id,
        "number": 1,
    }


def test_every_view_says_who_may_come_in() -> None:
    unmarked = [str(door) for door in all_doors() if door.right == "unmarked"]
    assert unmarked == [], "mark them with access.guard.page, api or public"


def test_there_are_doors_of_both_kinds() -> None:
    doors = all_doors()
    assert sum(door.is_api for door in doors) > 20
    assert sum(not door.is_api for door in doors) > 20


@pytest.mark.parametrize("role", list(Role))
def test_a_role_comes_in_exactly_where_the_table_says(role: Role, company: Company, client_of: ClientOf) -> None:
    values, wrong, client = values_of(company), [], client_of(role.value)
    for door in all_doors():
        if door.is_public or door.route.startswith(OWN_RULES):
            continue
        status = knock(client, door, door.address(**values)).status_code
        refused = status in {401, 403}
        if refused == door.opens_to(role) or status >= 500:
            wrong.append(f"{door}: {status}, right {door.right}")
    assert wrong == []


def test_a_stranger_is_sent_to_sign_in_and_no_further(company: Company) -> None:
    values, wrong, sign_in = values_of(company), [], reverse("account_login")
    for door in all_doors():
        answer = knock(Client(), door, door.address(**values))
        is_kept_out = answer.status_code == 401 if door.is_api else answer.get("Location", "").startswith(sign_in)
        if not door.is_public and not is_kept_out:
            wrong.append(f"{door}: {answer.status_code}")
    assert wrong == []


def test_nothing_is_written_without_the_csrf_token(company: Company, client_of: ClientOf) -> None:
    values, wrong = values_of(company), []
    client = client_of("revops", checks_csrf=True)
    for door in all_doors():
        if door.method == "GET" or door.route in WITHOUT_CSRF:
            continue
        if door.route.startswith(BY_SIGNATURE):
            if knock(client, door, door.address(**values)).status_code not in {401, 403, 404}:
                wrong.append(f"{door} takes what nobody signed")
            continue
        status = knock(client, door, door.address(**values)).status_code
        if status not in {403, 405}:
            wrong.append(f"{door}: {status}")
    assert wrong == []


def test_reading_methods_do_not_write(company: Company, client_of: ClientOf) -> None:
    client, values = client_of("revops"), values_of(company)
    before = LedgerEntry.objects.count()
    wrote = []
    for door in all_doors():
        is_export = isinstance(door.right, tuple) and door.right[1] == "export"  # taking data out is written down
        if door.method == "GET" and not is_export and not door.route.startswith(OWN_RULES):
            client.get(door.address(**values))
            if LedgerEntry.objects.count() != before:
                wrote.append(f"{door}: {LedgerEntry.objects.order_by('number').last().action}")  # type: ignore[union-attr]
                before = LedgerEntry.objects.count()
    assert wrote == []


def test_an_unknown_address_is_told_to_strangers_only_as_the_way_to_sign_in(company: Company) -> None:
    assert Client().get("/no-such-page").status_code in {302, 404}
    assert Client().get("/api/v1/").status_code in {401, 404}
