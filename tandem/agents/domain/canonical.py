"""One form of every value, so that equal content has an equal hash whichever way it was built."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from tandem.agents.contracts import Evidence

LEAST_REPEATED = 24  # characters; shorter texts are not worth a pointer


def as_json(model: BaseModel) -> Any:
    """A pydantic model as plain JSON values."""
    return model.model_dump(mode="json")


def canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks.

    >>> canonical({"b": 1, "a": "é"})
    '{"a":"é","b":1}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def content_hash(*parts: str) -> str:
    """SHA-256, hex, of texts in their order; where one ends and the next begins counts."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(f"{len(raw)}:".encode() + raw)
    return digest.hexdigest()


def without_repeats(value: Any, evidence: Sequence[Evidence]) -> Any:
    """Plain JSON with every text that stands word for word in the evidence replaced by a pointer to it.

    What stands in the evidence is then read once, and outside text only where it is marked as such.

    >>> piece = Evidence(id="signal:news/1", text="Acme opens a plant in Lyon.", source="Reuters")
    >>> without_repeats({"news": ["Acme opens a plant in Lyon."]}, [piece])
    {'news': ['see evidence signal:news/1']}
    """
    longest_first = sorted(evidence, key=lambda one: -len(one.text))
    known = {one.text: f"see evidence {one.id}" for one in longest_first if len(one.text) >= LEAST_REPEATED}
    return _replaced(value, known)


def _replaced(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, str):
        for text, pointer in known.items():
            value = value.replace(text, pointer)
        return value
    if isinstance(value, list):
        return [_replaced(one, known) for one in value]
    if isinstance(value, dict):
        return {key: _replaced(one, known) for key, one in value.items()}
    return value
