"""The unsubscribe link: a POST acts at once for anybody who holds it, a GET never does, a bad one changes nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tandem.compliance import actions, queries
from tandem.compliance.contracts import Address, AddressKind, Channel, ConsentKind, Purpose
from tandem.compliance.domain import unsubscribe_tokens
from tandem.compliance.models import Consent, LedgerEntry, Suppression
from tandem.compliance.web.public import BAD_LINKS_A_MINUTE
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.errors import InvalidInput

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
KEYS = ["first key" * 6, "old key" * 6]
ANN = Address(kind=AddressKind.EMAIL, value="ann@acme.example")
BODY = {"List-Unsubscribe": "One-Click"}


@pytest.fixture(autouse=True)
def nobody_was_here() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def link(db: None) -> str:
    return queries.unsubscribe_path("Ann+news@acme.example", purpose=Purpose.SALES, message_id="m-1")


def anybody() -> Client:
    """A stranger without cookies, whose forms are checked as a browser's are."""
    return Client(enforce_csrf_checks=True)


def is_out(address: str = "ann@acme.example", **asked: Any) -> bool:
    return queries.is_suppressed([address], Channel.EMAIL, **asked) is not None


def nothing_happened() -> bool:
    return not Suppression.objects.exists() and not LedgerEntry.objects.exists()


# --- tokens ---


@given(st.sampled_from(list(AddressKind)), st.text(max_size=40), st.sampled_from(list(Purpose)), st.text(max_size=16))
def test_a_token_says_what_was_put_in_under_any_listed_key(
    kind: AddressKind, value: str, purpose: Purpose, message: str
) -> None:
    token = unsubscribe_tokens.make(Address(kind=kind, value=value), purpose=purpose, message_id=message, keys=KEYS[1:])
    claim = unsubscribe_tokens.read(token, KEYS)
    assert claim is not None
    assert (claim.kind, claim.purpose, claim.message_id) == (kind, purpose, message)
    assert unsubscribe_tokens.read(token, KEYS[:1]) is None
    assert len(token) <= unsubscribe_tokens.LONGEST


@given(st.data())
def test_a_token_changed_by_one_bit_is_none(data: st.DataObject) -> None:
    token = unsubscribe_tokens.make(ANN, purpose=Purpose.SALES, message_id="m-1", keys=KEYS)
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[place // 8] ^= 1 << place % 8
    assert unsubscribe_tokens.read(base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode(), KEYS) is None


@given(st.text(max_size=300))
def test_any_text_is_no_token(text: str) -> None:
    assert unsubscribe_tokens.read(text, KEYS) is None


def test_a_token_is_short_and_holds_no_address() -> None:
    token = unsubscribe_tokens.make(ANN, purpose=Purpose.SALES, message_id="1234567", keys=KEYS)
    assert len(token) < 70
    assert b"ann" not in base64.urlsafe_b64decode(token + "==")


def test_what_can_not_be_in_a_link_is_refused(db: None) -> None:
    for address, message in (("nobody", "m"), ("ann@acme.example", "m" * 65)):
        with pytest.raises(InvalidInput):
            queries.unsubscribe_path(address, purpose=Purpose.SALES, message_id=message)


# --- the door ---


def test_one_post_without_cookie_or_token_takes_everybody_out_in_the_same_second(link: str) -> None:
    assert not is_out()
    answer = anybody().post(link, BODY)
    assert answer.status_code == 200
    assert not answer.cookies
    assert is_out()
    assert queries.is_suppressed(["ann+x@acme.example"], Channel.VOICE) is not None
    entry = Suppression.objects.get()
    assert (entry.address, entry.evidence, entry.source) == ("", "message m-1", "one-click")
    assert LedgerEntry.objects.get().action == "compliance.suppressed"


def test_a_multipart_body_counts_as_well_and_pressing_again_changes_nothing(link: str) -> None:
    for _ in range(3):
        assert anybody().post(link, BODY, format="multipart").status_code == 200
    assert (
        anybody().post(link, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded").status_code
        == 200
    )
    assert Suppression.objects.count() == LedgerEntry.objects.count() == 1


def test_a_scanner_that_opens_the_link_changes_nothing(link: str) -> None:
    client = anybody()
    for _ in range(3):
        page = client.get(link)
        assert page.status_code == 200
        assert client.head(link).status_code == 200
        assert client.get(f"{link}?List-Unsubscribe=One-Click").status_code == 200
        assert client.get(f"{link}/choices").status_code == 405
    assert "Nothing has been changed" in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert nothing_happened()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ({}, None), ({"List-Unsubscribe": "one click"}, None), ({"x": "y" * 20_000}, None), ("{}", "application/json"),
        ("\x00\xff", "multipart/form-data; boundary=x"), ("x", "multipart/form-data"),
    ],
)  # fmt: skip
def test_a_post_that_says_something_else_changes_nothing(link: str, body: Any, content_type: str | None) -> None:
    client = anybody()
    answer = client.post(link, body, content_type=content_type) if content_type else client.post(link, body)
    assert answer.status_code == 400
    assert nothing_happened()


def test_a_link_still_holds_after_ten_years_and_a_new_key(link: str, settings: Any) -> None:
    settings.REGISTRY_KEYS = ["a new key" * 6, *settings.REGISTRY_KEYS]
    assert anybody().post(link, BODY).status_code == 200
    assert is_out()
    assert queries.is_suppressed(["ann@acme.example"], Channel.EMAIL) is not None


@pytest.mark.parametrize("token", ["x", "A" * 79, "A" * 5_000, "%00%ff", "..", "é" * 20, "eyJhbGciOiJub25lIn0"])
@pytest.mark.django_db
def test_a_bad_link_gets_a_clear_page_and_changes_nothing(token: str) -> None:
    for answer in (anybody().post(f"/u/{token}", BODY), anybody().get(f"/u/{token}")):
        assert answer.status_code == 404
        assert "Nothing was changed" in answer.content.decode()
    assert nothing_happened()


def test_forged_links_are_slowed_down_and_good_ones_never(link: str) -> None:
    client = anybody()
    forged = [client.post(link[:-4] + "AAAA", BODY).status_code for _ in range(BAD_LINKS_A_MINUTE + 5)]
    assert forged == [404] * BAD_LINKS_A_MINUTE + [429] * 5
    assert nothing_happened()
    assert client.post(link, BODY).status_code == 200
    assert is_out()
    assert anybody().post("/u/x", BODY, REMOTE_ADDR="203.0.113.9").status_code == 404


def test_choices_stop_only_what_is_ticked_and_need_the_page(link: str) -> None:
    client = anybody()
    page = client.get(link)
    fields = {"csrfmiddlewaretoken": page.context["csrf_token"]}
    assert anybody().post(f"{link}/choices", {"purpose": "newsletter"}).status_code == 403
    assert client.post(f"{link}/choices", {**fields, "purpose": ["mood"]}).status_code == 422
    assert nothing_happened()
    assert client.post(f"{link}/choices", {**fields, "purpose": ["newsletter", "events"]}).status_code == 200
    assert {row.purpose for row in Suppression.objects.all()} == {"newsletter", "events"}
    assert not is_out(purpose=Purpose.SALES)
    assert is_out(purpose=Purpose.EVENTS)
    assert "(stopped)" in client.get(link).content.decode()
    assert client.post(link, BODY).status_code == 200
    assert "out of everything" in client.get(link).content.decode()


def test_pressing_the_link_ends_the_consents_of_the_address(link: str) -> None:
    worker = built_in_agent("worker", "worker")
    for purpose in (Purpose.SALES, Purpose.NEWSLETTER):
        actions.record_consent(
            "ann@acme.example", kind=ConsentKind.EXPRESS, channel=Channel.EMAIL, purpose=purpose, proof="form", wording="yes",
            source="web", given_at=NOW - timedelta(days=9), actor=worker, now=NOW,
        )  # fmt: skip
    anybody().post(link, BODY)
    assert [row.withdrawn_how for row in Consent.objects.all()] == ["one-click", "one-click"]


def test_the_door_asks_little_of_the_database(link: str, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(0):
        assert queries.read_unsubscribe_token(link.removeprefix("/u/")) is not None
    with django_assert_max_num_queries(3):
        anybody().get(link)
    with django_assert_max_num_queries(18):
        anybody().post(link, BODY)


def test_a_link_that_was_cut_glued_or_signed_elsewhere_is_none_of_ours(link: str, settings: Any) -> None:
    token = link.removeprefix("/u/")
    keys, settings.REGISTRY_KEYS = settings.REGISTRY_KEYS, ["the key of somebody else" * 3]
    elsewhere = queries.unsubscribe_path("ann@acme.example", purpose=Purpose.SALES, message_id="m-1")
    settings.REGISTRY_KEYS = keys
    bad = [
        token[:20],
        token[1:],
        token[:-1],
        token + token,
        token + "A",
        token.swapcase(),
        elsewhere.removeprefix("/u/"),
    ]
    for number, one in enumerate(bad):
        client = Client(REMOTE_ADDR=f"203.0.113.{number}")
        for where in (f"/u/{one}", f"/u/{one}/choices"):
            assert client.post(where, {**BODY, "purpose": "sales"}).status_code == 404, where
    assert nothing_happened()


def test_other_methods_and_floods_of_fields_change_nothing(link: str) -> None:
    client = Client()
    for method in ("PUT", "PATCH", "DELETE"):
        assert client.generic(method, link, "List-Unsubscribe=One-Click").status_code == 405
    flood = "&".join(f"f{number}=1" for number in range(3_000))
    form = "application/x-www-form-urlencoded"
    assert client.post(link, f"{flood}&List-Unsubscribe=One-Click", content_type=form).status_code == 400
    assert client.post(f"{link}/choices", f"{flood}&purpose=sales", content_type=form).status_code in {400, 422}
    assert client.post(link, "List-Unsubscribe=One-Click", content_type="text/plain").status_code == 400
    assert client.post(f"{link}?List-Unsubscribe=One-Click").status_code == 400
    assert nothing_happened()


def test_a_link_pressed_after_a_permission_counts_again(link: str) -> None:
    anybody().post(link, BODY)
    worker, later = built_in_agent("worker", "worker"), clock.now()
    actions.lift_suppression(Suppression.objects.get().id, permission="form 9", given_at=later, actor=worker, now=later)
    assert not is_out()
    assert anybody().post(link, BODY).status_code == 200
    assert is_out()
