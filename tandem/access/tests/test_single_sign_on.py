"""Single sign-on, driven against a provider on loopback: known people come in, everything else stays out unchanged."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tandem.access.models import Person
from tandem.access.tests.openid_provider import CLIENT_ID, CLIENT_SECRET, Provider, serving
from tandem.compliance.models import LedgerEntry
from tandem.config.settings import single_sign_on
from tests.company import Company

START, BACK = "/sign-in/sso/sso/", "/sign-in/sso/sso/callback/"
MAYA = {"email": "Maya@AisleWright.example", "email_verified": True}


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def stranger_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def provider(key: rsa.RSAPrivateKey, company: Company, settings: Any) -> Iterator[Provider]:
    cache.clear()
    with serving(key) as made:
        settings.SOCIALACCOUNT_PROVIDERS = single_sign_on(made.issuer + "/", CLIENT_ID, CLIENT_SECRET)
        settings.OUTSIDE_HOSTS = [f"127.0.0.1:{made.port}"]
        made.claims.update(MAYA)
        yield made


def address_of(answer: Any) -> str:
    """Where the page that moves on leads to; its link and its header agree."""
    assert answer.status_code == 200, answer.content
    link = html.unescape(re.search(r'href="(http[^"]+/authorize[^"]+)"', answer.content.decode())[1])  # type: ignore[index]
    assert answer["Refresh"] == f"0; url={link}"
    return link


def sign_in(client: Client, provider: Provider, **form: str) -> Any:
    back = provider.authorize(address_of(client.post(START, form)))
    return client.get(BACK, back)


def is_in(client: Client) -> bool:
    return client.get("/profile").status_code == 200


def what_is_kept() -> tuple[Any, ...]:
    return (
        list(LedgerEntry.objects.order_by("number").values_list("action", "subject", "facts")),
        list(SocialAccount.objects.order_by("id").values_list("user", "uid")),
        list(Person.objects.order_by("id").values_list("email", "is_active", "last_login")),
    )


def assert_refused(provider: Provider, *, status: int, words: str) -> None:
    before, client = what_is_kept(), Client()
    answer = sign_in(client, provider)
    assert (answer.status_code, words in answer.content.decode(), is_in(client)) == (status, True, False)
    assert what_is_kept() == before


def test_a_known_person_comes_in_and_the_ledger_says_how(provider: Provider, company: Company) -> None:
    client, maya = Client(), company.people["maya"]
    answer = sign_in(client, provider)
    assert (answer.status_code, answer["Location"], is_in(client)) == (302, "/", True)
    linked, came_in = LedgerEntry.objects.order_by("number")
    assert (linked.action, linked.subject, "single sign-on linked" in linked.facts) == (
        "access.credential_changed", f"person:{maya.id}", True,
    )  # fmt: skip
    assert (came_in.action, came_in.subject, came_in.actor_name) == ("access.signed_in", f"person:{maya.id}", maya.name)
    assert "socialaccount" in came_in.facts
    assert "access" not in str(
        list(SocialAccount.objects.values_list("extra_data", flat=True))
    )  # the token is not kept


def test_a_second_sign_in_goes_by_the_link_even_when_the_address_has_changed(
    provider: Provider, company: Company
) -> None:
    assert sign_in(Client(), provider)["Location"] == "/"
    provider.claims.update(email="maya.married@elsewhere.example", email_verified=False)
    client = Client()
    assert sign_in(client, provider)["Location"] == "/"
    assert is_in(client)
    assert SocialAccount.objects.get().user_id == company.people["maya"].id
    assert list(LedgerEntry.objects.order_by("number").values_list("action", flat=True)) == [
        "access.credential_changed", "access.signed_in", "access.signed_in",
    ]  # fmt: skip


def test_it_leads_to_the_page_that_was_asked_for_but_never_off_the_machine(provider: Provider) -> None:
    assert sign_in(Client(), provider, next="/deals")["Location"] == "/deals"
    assert sign_in(Client(), provider, next="https://evil.example/")["Location"] == "/"


def test_the_second_step_is_asked_here_too(provider: Provider, company: Company) -> None:
    totp.TOTP.activate(company.people["maya"], totp.generate_totp_secret())
    client = Client()
    assert sign_in(client, provider)["Location"].startswith("/sign-in/code/")
    assert not is_in(client)


@pytest.mark.parametrize(
    ("in_token", "in_user_info"),
    [
        (MAYA, {}),
        ({"email": None, "email_verified": None}, MAYA),
        ({"email": "maya@aislewright.example", "email_verified": None, "xms_edov": "1"}, {}),
        ({"email": "liam@aislewright.example", "email_verified": None}, MAYA),
    ],
    ids=["in the token", "in the user info", "in the words of Entra", "address and its proof from one answer"],
)
def test_the_verified_address_may_stand_in_several_places(
    provider: Provider, company: Company, in_token: dict[str, Any], in_user_info: dict[str, Any]
) -> None:
    provider.claims.update(in_token)
    provider.user_info.update(in_user_info)
    assert sign_in(Client(), provider)["Location"] == "/"
    assert SocialAccount.objects.get().user_id == company.people["maya"].id


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@else.example", "email_verified": True},
        {"email": "maya@aislewright.example", "email_verified": False},
        {"email": "maya@aislewright.example", "email_verified": "false"},
        {"email": "maya@aislewright.example", "email_verified": None},
        {"email": None, "email_verified": True},
    ],
    ids=["unknown", "unverified", "unverified in words", "nothing said", "no address"],
)
def test_who_is_not_known_by_a_verified_address_stays_out(provider: Provider, claims: dict[str, Any]) -> None:
    provider.claims.update(claims)
    assert_refused(provider, status=403, words="You are not known here")


def test_who_is_shut_out_stays_out(provider: Provider, company: Company) -> None:
    Person.objects.filter(id=company.people["maya"].id).update(is_active=False)
    assert_refused(provider, status=403, words="You are not known here")


def test_who_is_shut_out_after_the_link_was_made_stays_out(provider: Provider, company: Company) -> None:
    sign_in(Client(), provider)
    Person.objects.filter(id=company.people["maya"].id).update(is_active=False)
    before, client = what_is_kept(), Client()
    assert sign_in(client, provider)["Location"] == reverse("account_inactive")
    assert (is_in(client), what_is_kept()) == (False, before)


def forged(provider: Provider, stranger_key: rsa.RSAPrivateKey) -> None:
    provider.signing_key = stranger_key


def signed_with_the_public_key(provider: Provider, stranger_key: rsa.RSAPrivateKey) -> None:
    provider.algorithm, provider.signing_key = "HS256", CLIENT_SECRET * 2


def unsigned(provider: Provider, stranger_key: rsa.RSAPrivateKey) -> None:
    now = int(time.time())
    claims = {"iss": provider.issuer, "sub": "00u1", "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": "?"}
    provider.id_token = jwt.encode(claims | MAYA, None, "none", headers={"kid": "k1"})


def claim(**claims: Any) -> Callable[[Provider, rsa.RSAPrivateKey], None]:
    return lambda provider, stranger_key: provider.claims.update(claims)


def of_another_user(provider: Provider, stranger_key: rsa.RSAPrivateKey) -> None:
    provider.claims.update(email=None, email_verified=None)
    provider.user_info.update(MAYA, sub="00u2")


@pytest.mark.parametrize(
    "lie",
    [
        forged, signed_with_the_public_key, unsigned, of_another_user,
        claim(iss="https://evil.example"), claim(aud="another client"), claim(aud=[CLIENT_ID], azp="another client"),
        claim(exp=int(time.time()) - 3_600), claim(iat=int(time.time()) + 3_600), claim(nonce="another"),
        claim(nonce=None), claim(exp=None), claim(sub=None),
        lambda provider, _: provider.header.update(kid="k2"),
        lambda provider, _: setattr(provider, "id_token", "not.a.token"),
        lambda provider, _: setattr(provider, "id_token", " "),
    ],
    ids=[
        "forged", "signed with a shared secret", "unsigned", "user info of another",
        "wrong issuer", "wrong audience", "wrong party", "expired", "not yet", "wrong nonce", "no nonce", "no end", "no subject",
        "unknown key", "no token", "empty token",
    ],
)  # fmt: skip
def test_a_token_that_does_not_hold_opens_nothing(
    provider: Provider, stranger_key: rsa.RSAPrivateKey, lie: Callable[[Provider, rsa.RSAPrivateKey], None]
) -> None:
    lie(provider, stranger_key)
    assert_refused(provider, status=401, words="Single sign-on failed")


def test_a_tampered_token_opens_nothing(provider: Provider, company: Company) -> None:
    client = Client()
    back = provider.authorize(address_of(client.post(START)))
    _, answer = provider.document("/token", {}, "")
    assert answer == {"error": "invalid_grant"}
    now = int(time.time())
    claims = {"iss": provider.issuer, "sub": "00u1", "aud": CLIENT_ID, "iat": now, "exp": now + 300}
    nonce = provider.asked[back["code"]]["nonce"]
    mine, theirs = (
        jwt.encode(
            claims | {"nonce": nonce, "email": mail, "email_verified": True}, provider.key, "RS256", {"kid": "k1"}
        )
        for mail in ("nobody@else.example", "maya@aislewright.example")
    )
    provider.id_token = ".".join([*theirs.split(".")[:2], mine.split(".")[2]])
    before = what_is_kept()
    assert client.get(BACK, back).status_code == 401
    assert (is_in(client), what_is_kept()) == (False, before)


def test_a_state_works_once_and_in_its_own_browser(provider: Provider) -> None:
    client = Client()
    back = provider.authorize(address_of(client.post(START)))
    before = what_is_kept()
    assert Client().get(BACK, back).status_code == 401  # somebody else was lured to the address
    assert what_is_kept() == before
    assert client.get(BACK, back)["Location"] == "/"
    client.logout()
    before = what_is_kept()
    assert client.get(BACK, back).status_code == 401
    assert client.get(BACK, back | {"state": "made-up"}).status_code == 401
    assert client.get(BACK).status_code == 401
    assert (is_in(client), what_is_kept()) == (False, before)


def test_a_code_of_another_sign_in_is_no_use(provider: Provider) -> None:
    """PKCE: a stolen code fits only the browser that asked for it."""
    victim, thief = Client(), Client()
    stolen = provider.authorize(address_of(victim.post(START)))
    own = provider.authorize(address_of(thief.post(START)))
    assert thief.get(BACK, {"code": stolen["code"], "state": own["state"]}).status_code == 401
    assert not is_in(thief)


@pytest.mark.parametrize(
    "discovery",
    [{"issuer": "https://evil.example"}, {"jwks_uri": None}, {"jwks_uri": "http://127.0.0.1:1/keys"},
     {"token_endpoint": "http://169.254.169.254/token"}],
    ids=["another issuer", "no keys", "keys elsewhere", "a private address"],
)  # fmt: skip
def test_a_discovery_document_that_leads_astray_is_not_followed(provider: Provider, discovery: dict[str, Any]) -> None:
    provider.discovery.update(discovery)
    provider.claims.update(iss=discovery.get("issuer", provider.issuer))  # a lie that agrees with itself
    before, client = what_is_kept(), Client()
    answer = client.post(START)
    if answer.status_code == 200:
        answer = client.get(BACK, provider.authorize(address_of(answer)))
    assert (answer.status_code, is_in(client), what_is_kept()) == (401, False, before)


def test_a_provider_that_is_down_or_private_gives_a_page_that_says_so(provider: Provider, settings: Any) -> None:
    provider.is_down = True
    assert Client().post(START).status_code == 401
    provider.is_down, settings.OUTSIDE_HOSTS = False, []
    provider.called.clear()
    answer = Client().post(START)
    assert (answer.status_code, "Single sign-on failed" in answer.content.decode()) == (401, True)
    assert provider.called == []  # without HTTPS and on a private address: not called unless the operator names it


def test_signing_in_while_signed_in_can_only_link_the_same_person(
    provider: Provider, client_of: Callable[..., Client], company: Company
) -> None:
    before, liam = what_is_kept(), client_of("liam")
    assert sign_in(liam, provider, process="connect").status_code == 403
    assert (what_is_kept()[0], SocialAccount.objects.count()) == (before[0], 0)
    assert sign_in(client_of("maya"), provider, process="connect")["Location"] == "/"
    assert SocialAccount.objects.get().user_id == company.people["maya"].id


def test_somebody_who_cancels_at_the_provider_is_back_at_the_door(provider: Provider) -> None:
    client = Client()
    state = provider.authorize(address_of(client.post(START)))["state"]
    answer = client.get(BACK, {"error": "access_denied", "state": state})
    assert answer["Location"] == reverse("socialaccount_login_cancelled")


def test_the_door_offers_single_sign_on_only_when_it_is_set_up(provider: Provider, settings: Any) -> None:
    assert START in Client().get("/sign-in/").content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = single_sign_on("", CLIENT_ID, CLIENT_SECRET)
    assert START not in Client().get("/sign-in/").content.decode()
    assert Client().post(START).status_code == 404
    assert Client().get(BACK, {"code": "c", "state": "s"}).status_code == 404
    assert Session.objects.count() == 0


def test_starting_needs_a_form_of_ours(provider: Provider) -> None:
    assert Client().get(START).status_code == 405
    assert Client(enforce_csrf_checks=True).post(START).status_code == 403
    assert provider.called == []
