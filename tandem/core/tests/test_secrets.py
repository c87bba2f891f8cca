"""Secrets of others: sealed in tables, readable again, never by another key."""

import pytest
from django.test import override_settings

from tandem.core.errors import Conflict
from tandem.core.secrets import hint_of, seal, unseal


def test_a_sealed_secret_opens_again_and_does_not_show() -> None:
    sealed = seal("sk-live-abcdefghijklmnop")
    assert "abcdef" not in sealed
    assert unseal(sealed) == "sk-live-abcdefghijklmnop"
    assert unseal("") == seal("") == ""


def test_a_changed_key_opens_it_only_as_a_fallback() -> None:
    with override_settings(SECRET_KEY="first-key"):
        sealed = seal("word")
    with override_settings(SECRET_KEY="second-key", SECRET_KEY_FALLBACKS=["first-key"]):
        assert unseal(sealed) == "word"
    with override_settings(SECRET_KEY="second-key"), pytest.raises(Conflict, match="another secret key"):
        unseal(sealed)


def test_a_page_sees_the_end_of_a_long_secret_only() -> None:
    assert hint_of("sk-live-abcdefghijklmnop") == "…mnop"
    assert hint_of("short") == "…"
