"""How two records are compared: graded agreement per kind of evidence, strongest level first.

Every level carries default probabilities (m: given a match, u: given two different things) that hold until the data
teach better ones. They are round figures for business data, stated so that a run on a handful of rows is still
explained; see docs/methods/identity-resolution.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tandem.accounts.domain.matching.contracts import MatchedEntity

WEAK_BITS = 2.0  # the most that evidence of uncertain meaning may say either way
FLOOR_BITS = -8.0  # no single disagreement is final: cells are mistyped


@dataclass(frozen=True, slots=True)
class Level:
    """One grade of agreement: an SQL condition over `<column>_l` and `<column>_r`.

    frequency_of : column whose term frequency adjusts the weight (agreeing on a rare value says more)
    """

    label: str
    sql: str
    m: float
    u: float
    frequency_of: str | None = None


class EmployerBound(StrEnum):
    """Which agreement of a comparison follows from having the same employer."""

    ALL = "all"
    FREQUENT = "values that many records share"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One kind of evidence.

    columns : features it reads; it is used when the first of them is filled often enough
    levels : strongest first, the last one is "differs"
    missing_sql : when nothing can be said; weight 0
    max_bits : cap on the weight either way; None: none
    follows_employer : its disagreement follows from another employer (people who moved have another address) and,
        as far as stated here, its agreement from the same employer (colleagues share it): not counted again then
    """

    name: str
    columns: tuple[str, ...]
    levels: tuple[Level, ...]
    missing_sql: str
    max_bits: float | None = None
    follows_employer: EmployerBound | None = None


def _missing(*columns: str) -> str:
    """SQL: on one side none of the columns is filled."""
    left = " AND ".join(f"{column}_l IS NULL" for column in columns)
    right = " AND ".join(f"{column}_r IS NULL" for column in columns)
    return f"({left}) OR ({right})"


def _incomparable(*couples: tuple[str, str]) -> str:
    """SQL: no couple of columns is filled, one on the left and the other on the right."""
    return " AND ".join(f"({left}_l IS NULL OR {right}_r IS NULL)" for left, right in couples)


def _jw(column: str, at_least: float) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r, {at_least}) >= {at_least}"


def _edits(column: str, at_most: int) -> str:
    """SQL: so few letters put in, left out, changed or swapped; lengths are looked at first, for speed."""
    lengths = f"abs(length({column}_l) - length({column}_r)) <= {at_most}"
    return f"({lengths} AND damerau_levenshtein({column}_l, {column}_r) <= {at_most})"


def _one_typo(column: str, longer_than: int) -> str:
    """SQL: one letter is wrong in a word of so many letters and more: its first two or its last two still agree."""
    ends = f"(left({column}_l, 2) = left({column}_r, 2) OR right({column}_l, 2) = right({column}_r, 2))"
    return f"length({column}_l) >= {longer_than} AND {ends} AND {_edits(column, 1)}"


def _cross(column: str, other: str) -> str:
    """SQL: a value of one side's two columns occurs among the other side's two."""
    return f"{column}_l = {other}_r OR {other}_l = {column}_r OR {other}_l = {other}_r"


def _same(column: str) -> str:
    return f"{column}_l = {column}_r"


DIFFERS = "ELSE"

NAME = Comparison(
    "name",
    ("name", "name_sorted", "squash", "stem"),
    (
        Level("same name", _same("name"), 0.62, 2e-5, "name"),
        Level("same words or letters", f"{_same('name_sorted')} OR {_same('squash')}", 0.04, 2e-6),
        Level("one typo", _one_typo("squash", 5), 0.08, 4e-6),
        Level("name is the other's domain", "squash_l = stem_r OR squash_r = stem_l", 0.02, 1e-6),
        Level("nearly the same", _jw("name", 0.93), 0.08, 1e-4),
        Level(
            "one name within the other",
            "starts_with(name_l, name_r || ' ') OR starts_with(name_r, name_l || ' ')",
            0.05,
            1e-4,
        ),
        Level("similar", _jw("name", 0.85), 0.05, 2e-3),
        Level("differs", DIFFERS, 0.06, 0.997),
    ),
    _missing("name"),
)
DOMAIN = Comparison(
    "domain",
    ("domain", "domain2", "stem"),
    (
        Level("same domain", _same("domain"), 0.84, 2e-5, "domain"),
        Level("a further domain agrees", _cross("domain", "domain2"), 0.03, 1e-6),
        Level("one typo", _one_typo("domain", 7), 0.03, 2e-6),
        Level("same name, other ending", _same("stem"), 0.04, 2e-6),
        Level("differs", DIFFERS, 0.06, 0.9999),
    ),
    _missing("domain"),
)
PHONE = Comparison(
    "phone",
    ("phone", "phone2"),
    (
        Level("same number", _same("phone"), 0.7, 2e-5, "phone"),
        Level("a further number agrees", _cross("phone", "phone2"), 0.03, 2e-6),
        Level("one digit off", _one_typo("phone", 5), 0.03, 1e-5),
        Level("differs", DIFFERS, 0.24, 0.9999),
    ),
    _missing("phone", "phone2"),
    follows_employer=EmployerBound.FREQUENT,
)
STREET = Comparison(
    "street",
    ("street", "house"),
    (
        Level("same street and number", f"{_same('street')} AND {_same('house')}", 0.55, 2e-5),
        Level("same street", f"{_same('street')} AND (house_l IS NULL OR house_r IS NULL)", 0.1, 2e-4),
        Level("same number, similar street", f"{_same('house')} AND {_jw('street', 0.85)}", 0.15, 1e-4),
        Level("similar street", _jw("street", 0.9), 0.08, 2e-3),
        Level("differs", DIFFERS, 0.12, 0.997),
    ),
    _missing("street"),
    follows_employer=EmployerBound.ALL,
)
PLACE = Comparison(
    "place",
    ("city", "region", "country"),
    (
        Level("same city", _same("city"), 0.8, 0.02, "city"),
        Level("city mistyped", f"length(city_l) >= 4 AND ({_edits('city', 1)} OR {_jw('city', 0.92)})", 0.06, 0.004),
        Level("same region", _same("region"), 0.05, 0.05),
        Level("same country", _same("country"), 0.06, 0.2),
        Level("differs", DIFFERS, 0.03, 0.726),
    ),
    _incomparable(("city", "city"), ("region", "region"), ("country", "country")),
    follows_employer=EmployerBound.ALL,
)
POSTAL = Comparison(
    "postal code",
    ("postal",),
    (
        Level("same code", _same("postal"), 0.75, 1e-3, "postal"),
        Level("one character off", _edits("postal", 1), 0.1, 4e-3),
        Level("differs", DIFFERS, 0.15, 0.995),
    ),
    _missing("postal"),
    follows_employer=EmployerBound.ALL,
)
FIRST_NAME = Comparison(
    "first name",
    ("first", "first_root", "last"),
    (
        Level("same first name", _same("first"), 0.75, 5e-3, "first"),
        Level("swapped with the last name", "first_l = last_r AND last_l = first_r", 0.02, 1e-5),
        Level("short form of it", _same("first_root"), 0.04, 1e-3),
        Level("one typo", f"length(first_l) >= 4 AND {_edits('first', 1)}", 0.06, 1e-3),
        Level("initial agrees", "(length(first_l) = 1 OR length(first_r) = 1) AND first_l[1] = first_r[1]", 0.03, 2e-3),
        Level("similar", _jw("first", 0.85), 0.04, 0.01),
        Level("differs", DIFFERS, 0.06, 0.98),
    ),
    _missing("first"),
)
LAST_NAME = Comparison(
    "last name",
    ("last", "first"),
    (
        Level("same last name", _same("last"), 0.8, 1e-3, "last"),
        Level("swapped with the first name", "first_l = last_r AND last_l = first_r", 0.02, 1e-5),
        Level("one typo", f"length(last_l) >= 4 AND {_edits('last', 1)}", 0.07, 5e-4),
        Level("similar", _jw("last", 0.88), 0.04, 3e-3),
        Level("differs", DIFFERS, 0.07, 0.995),
    ),
    _missing("last"),
)
EMAIL = Comparison(
    "email",
    ("email", "email2", "local"),
    (
        Level("same address", _same("email"), 0.65, 1e-5, "email"),
        Level("a further address agrees", _cross("email", "email2"), 0.02, 1e-6),
        Level("one or two typos", _edits("email", 2), 0.06, 2e-5),
        Level("same mailbox name elsewhere", _same("local"), 0.08, 1e-4),
        Level("differs", DIFFERS, 0.19, 0.9999),
    ),
    _missing("email", "email2"),
    follows_employer=EmployerBound.NONE,
)
EMPLOYER = Comparison(
    "employer",
    ("account_id", "domain", "company", "company_squash", "domain_stem", "email"),
    (
        Level("same account", _same("account_id"), 0.35, 2e-4, "account_id"),
        Level("same domain", _same("domain"), 0.35, 2e-4, "domain"),
        Level("same company name", f"{_same('company')}", 0.1, 2e-4, "company"),
        Level(
            "company name is the other's domain",
            "company_squash_l = domain_stem_r OR domain_stem_l = company_squash_r OR " + _same("company_squash"),
            0.05,
            1e-4,
        ),
        Level("nearly the same", f"{_jw('company', 0.9)} OR {_edits('domain', 1)}", 0.06, 5e-4),
        Level("differs", DIFFERS, 0.09, 0.999),
    ),
    # the same address already says the same company: counting it twice would be over-confident
    "email_l = email_r OR "
    f"{_edits('email', 2)} OR ("
    + _incomparable(
        ("account_id", "account_id"),
        ("domain", "domain"),
        ("company", "company"),
        ("company_squash", "domain_stem"),
        ("domain_stem", "company_squash"),
    )
    + ")",
)
LINKEDIN = Comparison(
    "linkedin",
    ("linkedin",),
    (Level("same profile", _same("linkedin"), 0.9, 1e-6), Level("differs", DIFFERS, 0.1, 0.999999)),
    _missing("linkedin"),
)
TITLE = Comparison(
    "job title",
    ("title", "level"),
    (
        Level("same title", _same("title"), 0.5, 0.03, "title"),
        Level("same level and department", f"{_same('level')} AND level_l <> '|'", 0.2, 0.04),
        Level("differs", DIFFERS, 0.3, 0.93),
    ),
    _missing("title"),
    max_bits=3.0,
)
BIRTH = Comparison(
    "date of birth",
    ("birth",),
    (
        Level("same day", _same("birth"), 0.82, 5e-5, "birth"),
        Level("one digit off or swapped", _edits("birth", 1), 0.1, 5e-4),
        Level("two digits off", _edits("birth", 2), 0.03, 5e-3),
        Level("differs", DIFFERS, 0.05, 0.994),
    ),
    _missing("birth"),
)
NATIONAL = Comparison(
    "national id",
    ("national",),
    (
        Level("same number", _same("national"), 0.88, 1e-6, "national"),
        Level("one digit off or swapped", _edits("national", 1), 0.07, 1e-5),
        Level("differs", DIFFERS, 0.05, 0.99999),
    ),
    _missing("national"),
)
INDUSTRY = Comparison(
    "industry",
    ("industry",),
    (Level("same industry", _same("industry"), 0.6, 0.08, "industry"), Level("differs", DIFFERS, 0.4, 0.92)),
    _missing("industry"),
    max_bits=WEAK_BITS,
)


def _extra(number: int) -> Comparison:
    column = f"extra{number}"
    return Comparison(
        f"other column {number}",
        (column,),
        (
            Level("same", _same(column), 0.6, 0.05, column),
            Level("similar", _jw(column, 0.88), 0.1, 0.05),
            Level("differs", DIFFERS, 0.3, 0.9),
        ),
        _missing(column),
        max_bits=WEAK_BITS,
    )


_EXTRAS = tuple(_extra(number) for number in range(1, 5))
COMPARISONS: Mapping[MatchedEntity, tuple[Comparison, ...]] = {
    "account": (NAME, DOMAIN, PHONE, STREET, PLACE, POSTAL, INDUSTRY, *_EXTRAS),
    "contact": (
        FIRST_NAME, LAST_NAME, EMAIL, EMPLOYER, PHONE, LINKEDIN, TITLE, BIRTH, NATIONAL, STREET, PLACE, POSTAL,
        *_EXTRAS,
    ),
}  # fmt: skip


def as_splink(comparison: Comparison) -> dict[str, object]:
    """The comparison in Splink's settings form."""
    levels: list[dict[str, object]] = [
        {"sql_condition": comparison.missing_sql, "label_for_charts": "missing", "is_null_level": True}
    ]
    for level in comparison.levels:
        entry: dict[str, object] = {
            "sql_condition": level.sql,
            "label_for_charts": level.label,
            "m_probability": level.m,
            "u_probability": level.u,
        }
        if level.frequency_of:
            entry |= {"tf_adjustment_column": level.frequency_of, "tf_adjustment_weight": 1.0}
        levels.append(entry)
    return {"output_column_name": output_name(comparison.name), "comparison_levels": levels}


def output_name(comparison_name: str) -> str:
    """The column word of a comparison: "last name" is `last_name`."""
    return comparison_name.replace(" ", "_")
