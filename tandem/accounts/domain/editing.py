"""Which golden fields a person may correct, how each is typed in, and where a correction keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tandem.accounts.contracts import Entity, ForecastCategory, Motion
from tandem.accounts.domain.fields import FieldType
from tandem.accounts.domain.normalise import profile_path
from tandem.accounts.domain.parsing import MISSING, Style, Unreadable, reader_of
from tandem.accounts.domain.vocabulary import read_category, read_motion

T = FieldType
PERSON, ACCOUNT = "person", "account"  # what a field of type KEY names
LONGEST_TEXT = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Editable:
    """One field that people may correct.

    kept_as : key in the correction's source record
    names : for fields that point at another row, what it is: "person" or "account"; else empty
    may_be_empty : whether it can be emptied
    strictest : only "yes" can be typed in, since the strictest source wins anyway
    length : of the longest text
    choices : the only values; empty: any
    """

    field: str
    title: str
    type: FieldType
    kept_as: str
    names: str = ""
    may_be_empty: bool = True
    strictest: bool = False
    length: int = 255
    choices: tuple[str, ...] = ()
    read: Callable[[str], str] | None = None


def _text(field: str, title: str = "", *, length: int = 255, **more: Any) -> Editable:
    return Editable(field=field, title=title or _words(field), type=T.TEXT, kept_as=field, length=length, **more)


def _typed(field: str, kind: FieldType, title: str = "", **more: Any) -> Editable:
    return Editable(field=field, title=title or _words(field), type=kind, kept_as=field, **more)


def _link(field: str, names: str, title: str = "") -> Editable:
    return Editable(field=field, title=title or _words(field), type=T.KEY, kept_as=f"{field}_id", names=names)


def _flag(field: str, title: str) -> Editable:
    return Editable(
        field=field, title=title, type=T.BOOLEAN, kept_as=field, may_be_empty=False, strictest=True, choices=("yes",)
    )


def _words(field: str) -> str:
    return field.replace("_", " ").capitalize()


_PLACE = (
    _text("city", length=120),
    _text("region", length=120),
    _typed("country", T.COUNTRY),
)
_TABLE: Mapping[Entity, tuple[Editable, ...]] = {
    Entity.ACCOUNT: (
        _text("name", may_be_empty=False),
        _link("owner", PERSON),
        _link("parent", ACCOUNT, "Parent company"),
        _typed("domain", T.DOMAIN),
        _text("type", length=40),
        _text("segment", length=40),
        _text("industry", length=120),
        _typed("employees", T.INTEGER),
        _typed("annual_revenue", T.DECIMAL),
        _typed("currency", T.CURRENCY),
        _typed("phone", T.PHONE),
        _text("street"),
        _text("postal_code", length=20),
        *_PLACE,
        _text("description", length=LONGEST_TEXT),
    ),
    Entity.CONTACT: (
        _text("first_name", length=120),
        _text("last_name", length=120),
        _link("account", ACCOUNT, "Employer"),
        _link("owner", PERSON),
        _text("title", "Job title", length=200),
        _text("seniority", "Level", length=40),
        _text("department", length=120),
        _typed("email", T.EMAIL, "Mail"),
        _typed("phone", T.PHONE),
        _text("linkedin", "LinkedIn profile", read=profile_path),
        *_PLACE,
        _text("language", length=8),
        _text("time_zone", length=64),
        _flag("opted_out", "Asked not to be mailed"),
        _flag("do_not_call", "Asked not to be called"),
        _flag("has_left", "Left the company"),
    ),
    Entity.OPPORTUNITY: (
        _text("name", may_be_empty=False),
        _link("account", ACCOUNT),
        _link("owner", PERSON),
        _text("stage", length=80, may_be_empty=False),
        _typed("amount", T.DECIMAL),
        _typed("currency", T.CURRENCY),
        _typed("close_on", T.DATE, "Close date"),
        _typed("probability", T.PROBABILITY),
        _text("forecast_category", choices=tuple(word.value for word in ForecastCategory), read=read_category),
        _text("motion", may_be_empty=False, choices=tuple(word.value for word in Motion), read=read_motion),
        _text("next_step"),
        _text("lead_source", length=80),
        _text("lost_reason"),
        _text("competitor", length=120),
    ),
}
EDITABLE: Mapping[Entity, Mapping[str, Editable]] = {
    entity: {one.field: one for one in fields} for entity, fields in _TABLE.items()
}


def read_typed_in(editable: Editable, text: str, *, country: str = "") -> Any:
    """What a person typed into a field, by the same readers as imports; "" for a field left empty.

    country : ISO code for phone numbers without a prefix; empty: unknown
    Raises Unreadable, which says what is wrong with the text.
    """
    bare = text.strip()
    if bare.lower() in MISSING:
        if editable.may_be_empty:
            return ""
        raise Unreadable("can't be empty")
    value = reader_of(editable.type, Style(), country)(bare)
    if editable.read is not None:
        value = editable.read(value)
    if editable.choices and editable.type is not T.BOOLEAN and value not in editable.choices:
        raise Unreadable(f"is none of {', '.join(editable.choices)}")
    if isinstance(value, str) and len(value) > editable.length:
        raise Unreadable(f"is longer than {editable.length:,} characters")
    if editable.type is T.INTEGER and value < 0:
        raise Unreadable("is less than none")
    return value
