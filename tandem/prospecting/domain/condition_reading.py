"""Conditions from JSON and back. What can't be read is named by its path, its value, the rule and the remedy."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from tandem.core.errors import InvalidInput
from tandem.prospecting.domain.condition_terms import (
    FIELDS,
    LONGEST_WINDOW_DAYS,
    MOST_DEEP,
    MOST_PARTS,
    NUMBER_FIELDS,
    NUMBER_OPS,
    TEXT_OPS,
    AllOf,
    AnyOf,
    Condition,
    FieldIs,
    IsCustomer,
    Not,
    Number,
    Op,
    OpenDeals,
    Saw,
    Scalar,
    Uses,
)

LONGEST_TEXT = 200
LARGEST_FILE = 200_000
SIGNAL_KEYS = frozenset({"signal", "within_days", "at_least", "where", "text_has", "topic", "strength_gte"})
EXAMPLE = (
    '{"all": [{"field": "country", "op": "in", "value": ["DE", "AT"]}, {"signal": "site_opening", "within_days": 90}]}'
)


def read(given: object) -> Condition:
    """A condition from parsed JSON.

    Raises
    ------
    InvalidInput
        With the path ("all[1].value"), what stands there, the rule and the remedy.
    """
    return _Reader().condition(given, "", 0)


def read_text(text: str, *, file: str = "") -> Condition:
    """A condition from JSON text; `file` is named in errors. Raises InvalidInput as `read`, and for broken JSON."""
    place = {"file": file} if file else {}
    if len(text) > LARGEST_FILE:
        raise InvalidInput(
            f"The condition has {len(text):,} characters; {LARGEST_FILE:,} are the most.",
            hint="Split it into several searches.",
            context=place,
        )
    try:
        given = json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"This is no JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
            hint=f"A condition looks like {EXAMPLE}",
            context={**place, "line": error.lineno, "column": error.colno},
        ) from error
    except RecursionError as error:
        raise InvalidInput("Groups are nested too deeply to be read.", hint="Flatten the groups.") from error
    try:
        return read(given)
    except InvalidInput as error:
        error.context.update(place)
        raise


def as_json(condition: Condition) -> dict[str, Any]:
    """The JSON form; `read` of it is the same condition again."""
    match condition:
        case AllOf(parts):
            return {"all": [as_json(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [as_json(part) for part in parts]}
        case Not(part):
            return {"not": as_json(part)}
        case FieldIs(field=name, op=op, value=value):
            return {"field": name, "op": op.value, "value": list(value) if isinstance(value, tuple) else value}
        case Uses(technology=technology):
            return {"technology": technology}
        case Saw():
            return _signal_json(condition)
        case IsCustomer(wanted=wanted):
            return {"customer": wanted}
    bounds = {"gte": condition.gte, "lte": condition.lte}
    return {"open_deals": {name: bound for name, bound in bounds.items() if bound is not None}}


def _signal_json(seen: Saw) -> dict[str, Any]:
    found: dict[str, Any] = {"signal": seen.kind}
    told = {
        "within_days": seen.within_days,
        "at_least": seen.at_least if seen.at_least != 1 else None,
        "where": dict(seen.where) or None,
        "text_has": list(seen.text_has) or None,
        "topic": list(seen.topic) or None,
        "strength_gte": seen.strength_gte,
    }
    return found | {name: value for name, value in told.items() if value is not None}


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f"The key {twice!r} stands twice in one object.", hint="Keep one of them.")
    return found


def _no_constant(word: str) -> NoReturn:
    raise InvalidInput(f"{word} is no number of JSON.", hint="Write a number, or leave the key out.")


def _refuse(path: str, value: object, rule: str, remedy: str) -> NoReturn:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= LONGEST_TEXT else shown[:LONGEST_TEXT] + "…"
    where = path or "the condition"
    raise InvalidInput(f"At {where}: {shown}. {rule}", hint=remedy, context={"path": path or "(top)", "value": shown})


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


class _Reader:
    """Reads one condition, counting its parts."""

    def __init__(self) -> None:
        self.parts = 0
        self.forms: dict[str, Callable[[Mapping[str, Any], str, int], Condition]] = {
            "all": lambda given, path, depth: AllOf(self.group(given, "all", path, depth)),
            "any": lambda given, path, depth: AnyOf(self.group(given, "any", path, depth)),
            "not": lambda given, path, depth: Not(self.condition(given["not"], _below(path, "not"), depth + 1)),
            "field": lambda given, path, _: _field(given, path),
            "technology": lambda given, path, _: Uses(
                technology=_text(given["technology"], _below(path, "technology"))
            ),
            "signal": lambda given, path, _: _signal(given, path),
            "customer": lambda given, path, _: IsCustomer(wanted=_truth(given["customer"], _below(path, "customer"))),
            "open_deals": lambda given, path, _: _open_deals(given["open_deals"], _below(path, "open_deals")),
        }

    def condition(self, given: object, path: str, depth: int) -> Condition:
        """One condition at a path."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            _refuse(path, MOST_PARTS, "A condition has at most so many parts.", "Split it into several searches.")
        if depth > MOST_DEEP:
            _refuse(path, depth, f"Groups nest at most {MOST_DEEP} deep.", "Flatten the groups.")
        if not isinstance(given, Mapping):
            _refuse(path, given, "A condition is an object.", f"Write it like {EXAMPLE}")
        kinds = [name for name in self.forms if name in given]
        if len(kinds) != 1:
            words = ", ".join(self.forms)
            _refuse(path, given, f"A condition has exactly one of the keys {words}.", "Keep one, wrap several in all.")
        self._only_known(given, kinds[0], path)
        return self.forms[kinds[0]](given, path, depth)

    @staticmethod
    def _only_known(given: Mapping[str, Any], kind: str, path: str) -> None:
        known = {"field": frozenset({"field", "op", "value"}), "signal": SIGNAL_KEYS}.get(kind, frozenset({kind}))
        more = sorted(str(name) for name in given if name not in known)
        if more:
            allowed = ", ".join(sorted(known))
            _refuse(
                _below(path, more[0]), given[more[0]], f"Beside {kind} only {allowed} may stand.", "Remove the key."
            )

    def group(self, given: Mapping[str, Any], kind: str, path: str, depth: int) -> tuple[Condition, ...]:
        """The parts of all or any."""
        parts, here = given[kind], _below(path, kind)
        if not isinstance(parts, list) or not parts:
            _refuse(
                here, parts, "A group is a list with at least one condition.", "Add a condition or remove the group."
            )
        return tuple(self.condition(part, f"{here}[{at}]", depth + 1) for at, part in enumerate(parts))


def _field(given: Mapping[str, Any], path: str) -> FieldIs:
    name = given["field"]
    if not isinstance(name, str) or name not in FIELDS:
        _refuse(_below(path, "field"), name, "There is no such field.", f"Fields: {', '.join(sorted(FIELDS))}.")
    allowed = NUMBER_OPS if name in NUMBER_FIELDS else TEXT_OPS
    word = given.get("op")
    if not isinstance(word, str) or word not in {op.value for op in allowed}:
        words = ", ".join(sorted(op.value for op in allowed))
        _refuse(_below(path, "op"), word, f"{name} can't be compared that way.", f"Comparisons of {name}: {words}.")
    if "value" not in given:
        _refuse(_below(path, "value"), None, "A field is compared with a value.", 'Add the key "value".')
    op = Op(word)
    return FieldIs(field=name, op=op, value=_value(name, op, given["value"], _below(path, "value")))


def _value(name: str, op: Op, value: object, path: str) -> Scalar | tuple[Scalar, ...]:
    if op is Op.KNOWN:
        return _truth(value, path)
    one: Callable[[object, str], Scalar] = _number if name in NUMBER_FIELDS else _text
    if op is Op.BETWEEN:
        return _ends(value, path)
    if op in (Op.IN, Op.NOT_IN):
        if not isinstance(value, list) or not value:
            _refuse(path, value, f"{op} takes a list with at least one value.", 'Write e.g. ["DE", "AT"].')
        return tuple(one(each, f"{path}[{at}]") for at, each in enumerate(value))
    return one(value, path)


def _ends(value: object, path: str) -> tuple[Number, Number]:
    if not isinstance(value, list) or len(value) != 2:
        _refuse(path, value, "between takes a list of two numbers.", "Write e.g. [200, 2000].")
    low, high = (_number(end, f"{path}[{at}]") for at, end in enumerate(value))
    if low > high:
        _refuse(path, value, "The lower end stands first.", f"Write [{high}, {low}].")
    return low, high


def _signal(given: Mapping[str, Any], path: str) -> Saw:
    def at(key: str) -> str:
        return _below(path, key)

    window, strength = given.get("within_days"), given.get("strength_gte")
    return Saw(
        kind=_text(given["signal"], at("signal")),
        within_days=None if window is None else _whole(window, at("within_days"), 1, LONGEST_WINDOW_DAYS),
        at_least=_whole(given.get("at_least", 1), at("at_least"), 1, 10_000),
        where=_where(given.get("where", {}), at("where")),
        text_has=_texts(given.get("text_has", []), at("text_has")),
        topic=_texts(given.get("topic", []), at("topic")),
        strength_gte=None if strength is None else float(_number(strength, at("strength_gte"))),
    )


def _where(given: object, path: str) -> tuple[tuple[str, Scalar], ...]:
    if not isinstance(given, Mapping):
        _refuse(path, given, "where is an object of details and values.", 'Write e.g. {"round": "Series C"}.')
    told = {_text(name, path): _scalar(value, _below(path, str(name))) for name, value in given.items()}
    return tuple(sorted(told.items(), key=lambda pair: pair[0]))


def _scalar(value: object, path: str) -> Scalar:
    if isinstance(value, bool):
        return value
    return _text(value, path) if isinstance(value, str) else _number(value, path)


def _texts(given: object, path: str) -> tuple[str, ...]:
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, Sequence):
        _refuse(path, given, "This takes a list of texts.", 'Write e.g. ["RevOps", "revenue operations"].')
    return tuple(_text(each, f"{path}[{at}]") for at, each in enumerate(given))


def _open_deals(given: object, path: str) -> OpenDeals:
    if not isinstance(given, Mapping) or not given or not set(given) <= {"gte", "lte", "eq"}:
        _refuse(path, given, "open_deals takes gte, lte or eq.", 'Write e.g. {"gte": 1}.')
    bounds = {name: _whole(value, _below(path, str(name)), 0, 1_000_000) for name, value in given.items()}
    if "eq" in bounds:
        if len(bounds) > 1:
            _refuse(path, given, "eq stands alone.", "Keep eq, or gte and lte.")
        return OpenDeals(gte=bounds["eq"], lte=bounds["eq"])
    return OpenDeals(gte=bounds.get("gte"), lte=bounds.get("lte"))


def _text(value: object, path: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT:
        _refuse(path, value, f"This is a text of 1 to {LONGEST_TEXT} characters.", "Put the text in quotes.")
    return value.strip()


def _truth(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        _refuse(path, value, "This is true or false.", "Write true or false, without quotes.")
    return value


def _number(value: object, path: str) -> Number:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        _refuse(path, value, "This is a number.", "Write it without quotes and without thousands signs, e.g. 2000.")
    return value


def _whole(value: object, path: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        _refuse(path, value, f"This is a whole number from {low:,} to {high:,}.", f"Write e.g. {max(low, 30)}.")
    return value
