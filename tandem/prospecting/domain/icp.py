"""The ideal customer profile as a document that machines read: its form, reading with errors that can be acted on,
canonical JSON, and the day it runs out.

Three groups of signals say whom to sell to: fit (who they are), intent (what they do), exclusion (whom not to contact,
whatever else is true). Personas, segments and values say through whom, how to speak of them, and what a win brings.
The document is the source; pages and Markdown are made from it (`domain.icp_document`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tandem.core.errors import InvalidInput
from tandem.prospecting.contracts import BuyingRole
from tandem.prospecting.domain import conditions
from tandem.prospecting.domain.conditions import Condition

SCHEMA_NAME = "tandem.icp/1"
MONTHS_VALID = 3  # a quarter: markets and products move on, and nobody notices by themselves
MOST_SIGNALS, MOST_PERSONAS, MOST_TITLES = 40, 20, 40
LONGEST_BODY = 100_000
DECEMBER, LAST_SURE_DAY = 12, 28

Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
Weight = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
Amount = Annotated[str, Field(pattern=r"^\d{1,15}(\.\d{1,2})?$", description="Decimal as text, e.g. 85000.00")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class FitPartDocument(_Part):
    """What makes an account like the best customers."""

    name: Name
    weight: Weight = Field(description="Points it brings, against the points of the others.")
    when: dict[str, Any] = Field(description="A condition over the account's fields, technologies and signals.")
    note: str = Field(default="", max_length=300, description="Where it comes from.")


class IntentKindDocument(_Part):
    """How signals of a kind count beside the other kinds."""

    kind: Name
    weight: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] = Field(
        description="Times the points they have by `intent`: 0 leaves them out, 1 changes nothing."
    )


class ExclusionDocument(_Part):
    """Whom not to contact. It wins over everything else."""

    name: Name
    reason: str = Field(min_length=1, max_length=300, pattern=r"\S", description="Why, for the seller who asks.")
    when: dict[str, Any] = Field(description="A condition; when it holds, fit is 0. Unknown does not exclude.")


class PersonaDocument(_Part):
    """Whom to find at an account."""

    role: Literal["champion", "economic_buyer", "technical_buyer", "user", "blocker"]
    titles: Annotated[list[Name], Field(min_length=1, max_length=MOST_TITLES)]
    note: str = Field(default="", max_length=300)


class SegmentDocument(_Part):
    """A kind of account that has its own value; the first whose condition holds counts."""

    name: Name
    when: dict[str, Any]
    value_if_won: Amount


class ValueDocument(_Part):
    """What a win brings."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    otherwise: Amount = Field(description="For accounts of no segment.")


class IcpDocument(_Part):
    """An ideal customer profile. Everything that ranks, searches or researches reads this and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True, title="Ideal customer profile")

    schema_: Literal["tandem.icp/1"] = Field(alias="schema")
    name: Name
    summary: str = Field(default="", max_length=600)
    fit: Annotated[list[FitPartDocument], Field(min_length=1, max_length=MOST_SIGNALS)]
    intent: Annotated[list[IntentKindDocument], Field(max_length=MOST_SIGNALS)] = []
    exclusion: Annotated[list[ExclusionDocument], Field(max_length=MOST_SIGNALS)] = []
    personas: Annotated[list[PersonaDocument], Field(max_length=MOST_PERSONAS)] = []
    segments: Annotated[list[SegmentDocument], Field(max_length=MOST_PERSONAS)] = []
    value: ValueDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSignal:
    """One signal of fit. weight : above 0"""

    name: str
    weight: float
    when: Condition
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """One exclusion, with the reason a seller is told."""

    name: str
    reason: str
    when: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """A role and the titles of people who have it."""

    role: BuyingRole
    titles: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A kind of account and what a win there brings."""

    name: str
    when: Condition
    value_if_won: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Icp:
    """An ideal customer profile, read.

    version : its number; 0: not stored
    intent : times the points of signals, by kind; kinds that are not named count as they are
    value_otherwise : of accounts in no segment, in `currency`
    """

    version: int
    name: str
    summary: str
    fit: tuple[FitSignal, ...]
    intent: Mapping[str, float] = field(default_factory=dict)
    exclusion: tuple[Exclusion, ...] = ()
    personas: tuple[Persona, ...] = ()
    segments: tuple[Segment, ...] = ()
    currency: str = "EUR"
    value_otherwise: Decimal = Decimal(0)

    @property
    def points(self) -> float:
        """All points there are; above 0."""
        return sum(one.weight for one in self.fit)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the document, made from the types that read it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **IcpDocument.model_json_schema(by_alias=True),
    }


def read_icp(body: object, *, version: int = 0) -> Icp:
    """The profile that a document says.

    Raises
    ------
    InvalidInput
        Its context's "errors" names every field with value, rule and remedy, not only the first.
    """
    try:
        found = IcpDocument.model_validate(body)
    except ValidationError as error:
        raise _refusal([_told(one) for one in error.errors()]) from error
    errors: list[dict[str, str]] = _doubles(found)
    fit = [(one, _condition(one.when, f"fit[{at}].when", errors)) for at, one in enumerate(found.fit)]
    out = [(one, _condition(one.when, f"exclusion[{at}].when", errors)) for at, one in enumerate(found.exclusion)]
    segments = [(one, _condition(one.when, f"segments[{at}].when", errors)) for at, one in enumerate(found.segments)]
    if errors:
        raise _refusal(errors)
    return Icp(
        version=version,
        name=found.name,
        summary=found.summary,
        fit=tuple(FitSignal(name=one.name, weight=one.weight, when=when, note=one.note) for one, when in fit if when),
        intent={one.kind: one.weight for one in found.intent},
        exclusion=tuple(Exclusion(name=one.name, reason=one.reason, when=when) for one, when in out if when),
        personas=tuple(
            Persona(role=BuyingRole(one.role), titles=tuple(one.titles), note=one.note) for one in found.personas
        ),
        segments=tuple(
            Segment(name=one.name, when=when, value_if_won=Decimal(one.value_if_won)) for one, when in segments if when
        ),
        currency=found.value.currency,
        value_otherwise=Decimal(found.value.otherwise),
    )


def read_icp_text(text: str, *, version: int = 0) -> tuple[dict[str, Any], Icp]:
    """Document and profile from JSON text. Raises InvalidInput as `read_icp`, and for what is no JSON object."""
    if len(text) > LONGEST_BODY:
        raise InvalidInput(
            f"The profile has {len(text):,} characters.", hint=f"At most {LONGEST_BODY:,}.", code="icp.too_long"
        )
    try:
        body = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"The profile is no JSON: line {error.lineno}, column {error.colno}: {error.msg}.",
            hint="Mend that place, or start from the version in force.",
            context={"line": error.lineno, "column": error.colno},
        ) from error
    except RecursionError as error:
        raise InvalidInput("The profile is nested too deeply to be read.", hint="Flatten its conditions.") from error
    if not isinstance(body, dict):
        raise InvalidInput("The profile is no JSON object.", hint='It begins with {"schema": "tandem.icp/1", ...}.')
    return body, read_icp(body, version=version)


def canonical_json(body: Mapping[str, Any]) -> str:
    """The same text for the same document, whatever the order of its keys: what the hash is taken of."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def hash_of(body: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON, hex."""
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def valid_until(published_on: date) -> date:
    """The last day of a profile that goes live on a day: the day before the same day three months on.

    >>> valid_until(date(2026, 11, 25)), valid_until(date(2026, 11, 30))
    (datetime.date(2027, 2, 24), datetime.date(2027, 2, 27))
    """
    month = published_on.month + MONTHS_VALID
    year, month = published_on.year + (month > DECEMBER), (month - 1) % DECEMBER + 1
    same = date(year, month, min(published_on.day, LAST_SURE_DAY))
    return date.fromordinal(same.toordinal() - 1)


def _condition(given: object, path: str, errors: list[dict[str, str]]) -> Condition | None:
    try:
        return conditions.read(given)
    except InvalidInput as error:
        inner = str(error.context.get("path", ""))
        place = path if inner in ("", "(top)") else f"{path}.{inner}"
        errors.append(
            {
                "field": place,
                "value": str(error.context.get("value", "")),
                "rule": error.message,
                "remedy": error.hint or "",
            }
        )
        return None


def _doubles(found: IcpDocument) -> list[dict[str, str]]:
    """Names are what a diff, a Why panel and a stored rank go by: none may stand twice in a group."""
    groups: dict[str, Sequence[str]] = {
        "fit": [one.name for one in found.fit],
        "intent": [one.kind for one in found.intent],
        "exclusion": [one.name for one in found.exclusion],
        "segments": [one.name for one in found.segments],
    }
    return [
        {
            "field": f"{group}[{at}]",
            "value": name,
            "rule": "A name stands once in its group.",
            "remedy": "Give one of the two another name, or join them.",
        }
        for group, names in groups.items()
        for at, name in enumerate(names)
        if name in names[:at]
    ]


def _told(error: Any) -> dict[str, str]:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).lstrip(".")
    given = "" if error["type"] == "missing" else repr(error["input"])[:120]
    remedy = "Add it." if error["type"] == "missing" else _REMEDIES.get(error["type"], "See the schema.")
    return {"field": path or "(top)", "value": given, "rule": error["msg"] + ".", "remedy": remedy}


_REMEDIES = {
    "extra_forbidden": "Remove it; the schema at /prospecting/icp/schema.json lists what may stand here.",
    "greater_than": "Give a number above 0.",
    "too_short": "Name at least one.",
    "literal_error": "Use one of these words.",
    "string_pattern_mismatch": "Write it in the form that the rule shows.",
}


def _refusal(errors: list[dict[str, str]]) -> InvalidInput:
    first = errors[0]
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    shown = f" is {first['value']}" if first["value"] else ""
    return InvalidInput(
        f"{first['field']}{shown}: {first['rule']}{more}",
        hint=first["remedy"],
        code="icp.invalid",
        context={"field": first["field"], "errors": errors},
    )


def money_text(amount: Decimal) -> str:
    """An amount as the document writes it. Raises InvalidInput for one that is no amount."""
    try:
        kept = amount.quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise InvalidInput(f"{amount} is no amount.", code="icp.amount") from error
    return str(kept)
