"""People come in by password and, if they have one, a second step; every way in and every wrong key is written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client

from tandem.access import actions
from tandem.access.models import Person
from tandem.compliance.models import LedgerEntry
from tests.company import Company

PASSWORD = "correct horse battery staple"
ClientOf = Callable[..., Client]


@pytest.fixture(autouse=True)
def no_tries_counted_yet(settings: Any) -> None:
    cache.clear()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # speed is all it is for


@pytest.fixture
def maya(company: Company) -> Person:
    person = company.people["maya"]
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/sign-in/", {"login": email, "password": password}, **more)


def is_in(client: Client) -> bool:
    return client.get("/profile").status_code == 200


def written() -> list[str]:
    return list(LedgerEntry.objects.order_by("number").values_list("action", flat=True))


def test_the_right_password_opens_and_is_written_down(maya: Person) -> None:
    client = Client()
    assert not is_in(client)
    assert sign_in(client, "MAYA@aislewright.example")["Location"] == "/"
    assert is_in(client)
    entry = LedgerEntry.objects.get(action="access.signed_in")
    assert (entry.actor_name, entry.subject, "password" in entry.facts) == ("Maya Okafor", f"person:{maya.id}", True)


@pytest.mark.parametrize("password", ["wrong", PASSWORD + " ", PASSWORD.upper()])
def test_a_wrong_password_does_not_open_and_is_written_down(maya: Person, password: str) -> None:
    client = Client()
    answer = sign_in(client, maya.email, password)
    assert (answer.status_code, is_in(client)) == (200, False)
    entry = LedgerEntry.objects.get()
    assert (entry.action, entry.subject, entry.actor_kind) == ("access.sign_in_failed", f"person:{maya.id}", "agent")
    assert password not in entry.facts


def test_an_unknown_address_gets_the_same_answer_and_is_not_kept(maya: Person) -> None:
    known, unknown = sign_in(Client(), maya.email, "wrong"), sign_in(Client(), "nobody@else.example", "wrong")
    strip = str(known.content.decode()).replace(maya.email, "?")
    assert known.status_code == unknown.status_code
    assert len(strip) - len(unknown.content.decode().replace("nobody@else.example", "?")) in range(-64, 65)
    assert LedgerEntry.objects.count() == 1


def test_tries_from_one_place_are_limited_and_do_not_lock_the_person_out_elsewhere(maya: Person) -> None:
    answers = [sign_in(Client(), maya.email, "wrong", REMOTE_ADDR="203.0.113.9") for _ in range(12)]
    assert 429 in {answer.status_code for answer in answers} or "Too many" in answers[-1].content.decode()
    elsewhere = Client()
    sign_in(elsewhere, maya.email, REMOTE_ADDR="198.51.100.7")
    assert is_in(elsewhere)


def with_second_step(person: Person) -> str:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(person, secret)
    return secret


def code_of(secret: str) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time())))))


def test_the_second_step_is_asked_and_its_code_opens(maya: Person) -> None:
    secret = with_second_step(maya)
    client = Client()
    assert sign_in(client, maya.email)["Location"].startswith("/sign-in/code/")
    assert not is_in(client)
    assert client.post("/sign-in/code/", {"code": "000000"}).status_code == 200
    assert not is_in(client)
    client.post("/sign-in/code/", {"code": code_of(secret)})
    assert is_in(client)
    ways = LedgerEntry.objects.get(action="access.signed_in").facts
    assert "password" in ways
    assert "mfa" in ways


def test_a_code_works_once(maya: Person) -> None:
    secret = with_second_step(maya)
    code, first, second = code_of(secret), Client(), Client()
    for client in (first, second):
        sign_in(client, maya.email)
        client.post("/sign-in/code/", {"code": code})
    assert (is_in(first), is_in(second)) == (True, False)


def test_the_secret_of_the_second_step_is_sealed(maya: Person) -> None:
    secret = with_second_step(maya)
    assert secret not in str(Authenticator.objects.get().data)


def test_leaving_ends_the_session_and_is_written_down(maya: Person) -> None:
    client = Client()
    sign_in(client, maya.email)
    client.post("/sign-out/")
    assert not is_in(client)
    assert written() == ["access.signed_in", "access.signed_out"]


def test_somebody_shut_out_is_out_at_the_next_click(maya: Person, company: Company) -> None:
    client = Client()
    sign_in(client, maya.email)
    actions.set_active(person_id=maya.id, is_active=False, reason="left", actor=company.actor("revops"))
    assert not is_in(client)
    sign_in(client, maya.email)
    assert not is_in(client)


def test_nobody_signs_up_by_themselves(company: Company) -> None:
    for address in ("/sign-in/signup/", "/signup/", "/accounts/signup/", "/sign-up/"):
        assert Client().post(address, {"email": "new@else.example"}).status_code in {302, 404}
    assert not Person.objects.filter(email="new@else.example").exists()


def test_after_signing_in_one_stays_on_this_site(maya: Person) -> None:
    answer = Client().post("/sign-in/?next=https://evil.example/", {"login": maya.email, "password": PASSWORD})
    assert answer["Location"] == "/"


def test_a_link_for_a_first_password_works_once(company: Company) -> None:
    liam = company.people["liam"]
    link = actions.make_password_link(person_id=liam.id, actor=company.actor("revops"))

    def choose(password: str) -> None:
        client = Client()
        page = client.get(link, follow=True)
        where = page.redirect_chain[-1][0] if page.redirect_chain else link
        client.post(where, {"password1": password, "password2": password})
        liam.refresh_from_db()

    choose("short")
    assert not liam.has_usable_password()
    choose(PASSWORD)
    assert liam.check_password(PASSWORD)
    choose("another long password here")
    assert liam.check_password(PASSWORD)


@pytest.fixture
def demo(settings: Any, company: Company) -> None:
    settings.DEMO_MODE, settings.BIND_ADDRESS = True, "127.0.0.1"


def test_the_demo_door_opens_on_this_machine(demo: None) -> None:
    client = Client()
    assert client.post("/demo-sign-in/manager")["Location"] == "/"
    assert is_in(client)
    assert LedgerEntry.objects.get(action="access.signed_in").actor_name == "Lena Hartmann"


@pytest.mark.parametrize(
    ("mode", "bound", "caller", "header"),
    [
        (False, "127.0.0.1", "127.0.0.1", {}),
        (True, "0.0.0.0", "127.0.0.1", {}),
        (True, "127.0.0.1", "192.168.1.20", {}),
        (True, "127.0.0.1", "127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}),
        (True, "127.0.0.1", "127.0.0.1", {"Forwarded": "for=203.0.113.9"}),
    ],
    ids=["no demo", "open to the net", "caller from outside", "behind a proxy", "behind another proxy"],
)
def test_the_demo_door_is_shut_everywhere_else(
    company: Company, settings: Any, mode: bool, bound: str, caller: str, header: dict[str, str]
) -> None:
    settings.DEMO_MODE, settings.BIND_ADDRESS = mode, bound
    client = Client()
    assert client.post("/demo-sign-in/revops", REMOTE_ADDR=caller, headers=header).status_code == 404
    assert not is_in(client)
    assert b"demo-sign-in" not in client.get("/sign-in/", REMOTE_ADDR=caller, headers=header).content


def test_the_demo_door_asks_for_a_form_and_a_known_role(demo: None, now: datetime) -> None:
    client = Client()
    assert client.get("/demo-sign-in/revops").status_code == 404
    assert client.post("/demo-sign-in/emperor").status_code == 404
    assert not is_in(client)
