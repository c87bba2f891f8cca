"""Umlauts, accents and ligatures never make two people of one: names are compared in one spelling."""

from __future__ import annotations

import pytest

from tandem.accounts.domain.normalise import person_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jürgen Weiß", "Jürgen Weiss"),
        ("Jürgen Weiß", "JÜRGEN WEISS"),
        ("Jürgen Weiß", "Ju\u0308rgen Weiß"),
        ("Søren Ørsted", "Soren Orsted"),
        ("Łukasz Wójcik", "Lukasz Wojcik"),
        ("Zoë Nuñez", "Zoe Nunez"),
    ],
)
def test_the_same_name_in_two_spellings_is_one(one: str, other: str) -> None:
    assert person_name(one) == person_name(other)
