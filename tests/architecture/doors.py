"""Every address of the product, with what its view says about who may come in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tandem.access.contracts import Reach, Role
from tandem.access.domain.rights import reach_of

PART = re.compile(r"<(?:(\w+):)?(\w+)>")
SAMPLES = {"date-time": "2026-11-20T10:00:00Z", "date": "2026-11-20"}
NAMED_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One method of one address. `right` None: open to strangers; "unmarked": its view has no mark of `access.guard`.

    route : as it stands in urls.py, with its parts in angle brackets
    body : JSON of the form that an API write asks for, with nothing sensible in it; empty for the rest
    """

    route: str
    method: str
    name: str
    right: tuple[str, str] | str | None
    is_api: bool
    body: str = ""

    @property
    def is_public(self) -> bool:
        """Whether strangers may come in."""
        return self.right is None

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """(converter, name) of what is to be filled in."""
        return tuple((kind or "str", name) for kind, name in PART.findall(self.route))

    def address(self, **values: object) -> str:
        """The route with its parts filled in; parts without a value get one of their kind that is surely not there."""
        absent = {"int": "987654321", "str": "no-such", "slug": "no-such", "path": "no/such"}

        def fill(match: re.Match[str]) -> str:
            return str(values.get(match[2], absent[match[1] or "str"]))

        return "/" + PART.sub(fill, self.route)

    def opens_to(self, role: Role) -> bool:
        """What the table of rights says of a role."""
        if not isinstance(self.right, tuple):
            return self.is_public
        return reach_of(role, *self.right) is not Reach.NONE

    def __str__(self) -> str:
        return f"{self.method} /{self.route}"


@cache
def all_doors() -> tuple[Door, ...]:
    """Every door, in the order of urls.py."""
    return tuple(dict.fromkeys(_walk(get_resolver().url_patterns, "")))


def _walk(patterns: list[Any], before: str) -> Iterator[Door]:
    for pattern in patterns:
        route = before + NAMED_GROUP.sub(r"<str:\1>", str(pattern.pattern)).strip("^$")
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield from _doors_of(pattern, route)


def _doors_of(pattern: URLPattern, route: str) -> Iterator[Door]:
    view: Any = pattern.callback
    operations = getattr(getattr(view, "__self__", None) or _path_view(view), "operations", None)
    if operations is not None:
        for operation in operations:
            right = getattr(operation.view_func, "right", "unmarked")
            body = _body_of(operation)
            for method in operation.methods:
                yield Door(route=route, method=method, name=pattern.name or "", right=right, is_api=True, body=body)
        return
    if pattern.name == "api-root":  # the framework's own; leads nowhere while its documentation pages are off
        return
    right = getattr(view, "right", "unmarked")
    for method in getattr(view, "methods", ("GET", "POST")):
        yield Door(route=route, method=method, name=pattern.name or "", right=right, is_api=False)


def _body_of(operation: Any) -> str:
    """A body that fits the schema of an API operation."""
    for model in operation.models:
        if model.__ninja_param_source__ == "body":
            schema = model.model_json_schema()
            field = next(iter(schema["properties"].values()))
            return json.dumps(_sample(field, schema.get("$defs", {})))
    return ""


def _sample(schema: dict[str, Any], named: dict[str, Any]) -> Any:
    """A value that fits; of several forms the first, of the words of an enum the last."""
    if "$ref" in schema:
        return _sample(named[schema["$ref"].rsplit("/", 1)[1]], named)
    if "anyOf" in schema:
        return _sample(schema["anyOf"][0], named)
    if "enum" in schema:
        return schema["enum"][-1]  # the first of the scopes of switches would stop the whole house
    if schema.get("type") == "object":
        return {name: _sample(one, named) for name, one in schema.get("properties", {}).items()}
    if schema.get("format") in SAMPLES:
        return SAMPLES[schema["format"]]
    return {"string": "x", "integer": 987654321, "number": 0.5, "boolean": False, "array": []}.get(
        schema.get("type", "")
    )


def _path_view(view: Any) -> Any:
    """The router's object behind an API view, which is a closure over it."""
    for cell in getattr(view, "__closure__", None) or ():
        if hasattr(cell.cell_contents, "operations"):
            return cell.cell_contents
    return None
