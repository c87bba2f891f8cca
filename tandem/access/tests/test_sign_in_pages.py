"""The doors people come in by, as pages: demo doors, second step, passwords, profile."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse

from tandem.compliance.queries import list_entries

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough sentence"


@pytest.fixture
def maya(company):
    person = company.people["maya"]
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(client: Client, person, password: str = PASSWORD):
    return client.post(reverse("account_login"), {"login": person.email, "password": password})


def test_a_stranger_is_led_to_sign_in_and_back_to_where_they_wanted_to_go(maya):
    client = Client()
    asked = client.get("/profile")
    assert asked["Location"] == "/sign-in/?next=%2Fprofile"
    page = client.get(asked["Location"]).content.decode()
    assert '<input type="hidden" name="next" value="/profile"' in page
    answer = client.post("/sign-in/", {"login": maya.email, "password": PASSWORD, "next": "/profile"})
    assert answer["Location"] == "/profile"


def test_a_wrong_password_is_told_without_saying_which_part_was_wrong(maya):
    page = sign_in(Client(), maya, "wrong")
    assert page.status_code == 200
    told = page.content.decode()
    assert "are not correct" in told
    assert 'class="err"' in told
    assert f'value="{maya.email}"' in told


def test_demo_doors_open_only_in_demo_mode_on_this_machine(company, settings):
    assert "come in as" not in Client().get("/sign-in/").content.decode()
    settings.DEMO_MODE = True
    page = Client().get("/sign-in/").content.decode()
    assert page.count('action="/demo-sign-in/') == 6
    assert "come in as" not in Client().get("/sign-in/", headers={"X-Forwarded-For": "10.0.0.1"}).content.decode()
    client = Client()
    assert client.post("/demo-sign-in/manager")["Location"] == "/"
    assert "Lena Hartmann" in client.get("/").content.decode()


def test_the_second_step_is_asked_for_and_passed(maya):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(maya, secret)
    client = Client()
    answer = sign_in(client, maya)
    assert answer["Location"] == reverse("mfa_authenticate")
    page = client.get(answer["Location"]).content.decode()
    assert "Enter the code" in page
    assert client.get("/profile").status_code == 302
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode()
    assert 'class="err"' in wrong
    code = totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
    assert client.post(reverse("mfa_authenticate"), {"code": code})["Location"] == "/"
    assert "Maya Okafor" in client.get("/profile").content.decode()


def test_a_person_turns_the_second_step_on_and_gets_recovery_codes(maya):
    client = Client()
    sign_in(client, maya)
    confirm = client.get(reverse("mfa_activate_totp"))["Location"]
    assert "Confirm that it is you" in client.get(confirm).content.decode()
    assert client.post(confirm, {"password": PASSWORD})["Location"] == reverse("mfa_activate_totp")
    page = client.get(reverse("mfa_activate_totp"))
    text = page.content.decode()
    assert 'src="data:image/svg+xml' in text
    secret = page.context["form"].secret
    assert secret in text
    code = totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
    client.post(reverse("mfa_activate_totp"), {"code": code})
    kinds = set(Authenticator.objects.filter(user=maya).values_list("type", flat=True))
    assert kinds == {"totp", "recovery_codes"}
    codes = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert "10 of 10 are unused" in codes
    assert codes.count("<li>") >= 10
    assert "A code from your authenticator app is asked for" in client.get(reverse("mfa_index")).content.decode()


@pytest.mark.parametrize(
    "name",
    ["mfa_index", "account_change_password", "account_reauthenticate"],
)
def test_pages_of_ones_own_sign_in_have_the_houses_frame(name, maya):
    client = Client()
    sign_in(client, maya)
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    text = answer.content.decode()
    assert 'class="brand"' in text
    assert "allauth" not in text


@pytest.mark.parametrize(
    "address", ["/sign-in/shut-out/", "/sign-in/sso/cancelled/", "/sign-in/sso/error/", "/sign-in/password/x-y/"]
)
def test_pages_for_strangers_whose_door_stays_shut_say_what_to_do(address):
    answer = Client().get(address)
    text = answer.content.decode()
    assert answer.status_code in {200, 401, 403}
    assert '<main id="main" class="entrance"' in text


def test_a_password_is_changed_and_the_change_stands_in_the_ledger(maya):
    client = Client()
    sign_in(client, maya)
    new = "another long sentence"
    answer = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert answer.status_code == 302
    assert list_entries(action="access.credential_changed")[0].facts == '{"what":"password"}'
    short = client.post(
        reverse("account_change_password"), {"oldpassword": new, "password1": "short", "password2": "short"}
    ).content.decode()
    assert "too short" in short


def test_signing_out_needs_a_press(maya):
    client = Client()
    sign_in(client, maya)
    assert "Sign out?" in client.get("/sign-out/").content.decode()
    assert client.get("/profile").status_code == 200
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/profile").status_code == 302


def test_too_many_tries_get_a_page_and_lock_nobody_out(maya, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    client = Client()
    answers = [sign_in(client, maya, "wrong").status_code for _ in range(4)]
    assert answers[-1] == 429
    assert "Too many tries" in sign_in(client, maya, "wrong").content.decode()
