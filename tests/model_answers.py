"""Answers that fit any JSON schema and cite the evidence of the prompt: what a truthful small model would say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

PIECE = re.compile(r'<<<(?P<mark>\w+) id="(?P<id>[^"]+)"[^>]*>>>\n(?P<text>.*?)\n<<<end (?P=mark)>>>', re.DOTALL)
LONGEST_CLAIM = 220
FALSEHOOD = "It raised $777 million from Umbrella Holdings in March 1987."

Piece = tuple[str, str]


def pieces_in(prompt: str) -> list[Piece]:
    """Evidence as the prompt shows it: (id, text); the task's own input is none."""
    return [(found["id"], found["text"]) for found in PIECE.finditer(prompt) if found["id"] != "input"]


class Answerer:
    """Builds one answer. Claims take the pieces of evidence in turn, each as its first sentence stands."""

    def __init__(self, schema: Mapping[str, Any], prompt: str) -> None:
        self._root = schema
        self._pieces = pieces_in(prompt)
        self._turn = cycle(self._pieces or [("", "")])

    def answer(self) -> Any:
        """The smallest answer that the schema allows."""
        return self._of(self._root, "")

    def _of(self, schema: Mapping[str, Any], name: str) -> Any:
        schema = self._resolved(schema)
        if "const" in schema or schema.get("enum"):
            return schema.get("const", (schema.get("enum") or [None])[0])
        kind = str(schema.get("type", "object" if "properties" in schema else "string")).lower()
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return self._array(schema, name)
        if kind == "string":
            return self._text(schema, name)
        least = schema.get("minimum", 0)
        return {"boolean": False, "null": None, "integer": int(least), "number": float(least)}.get(kind)

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while True:
            if "$ref" in schema:
                found: Any = self._root
                for step in str(schema["$ref"]).removeprefix("#/").split("/"):
                    found = found[step]
                schema = found
            elif options := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
                real = [one for one in options if str(one.get("type", "")).lower() != "null"]
                schema = (real or options)[0]
            else:
                return schema

    def _object(self, schema: Mapping[str, Any]) -> Any:
        properties = schema.get("properties", {})
        if {"text", "evidence_ids"} <= set(properties):
            key, text = next(self._turn)
            return {"text": first_sentence(text), "evidence_ids": [key] if key else []}
        required = schema.get("required", list(properties))
        return {name: self._of(one, name) for name, one in properties.items() if name in required}

    def _array(self, schema: Mapping[str, Any], name: str) -> list[Any]:
        if name.endswith(("evidence_ids", "signal_ids")):
            return [key for key, _ in self._pieces[:1]]
        items = self._resolved(schema.get("items", {}))
        least = int(schema.get("minItems", 0))
        is_claims = "evidence_ids" in items.get("properties", {})
        return [self._of(items, name) for _ in range(max(least, min(2, len(self._pieces)) if is_claims else least))]

    def _text(self, schema: Mapping[str, Any], name: str) -> str:
        if name.endswith(("evidence_id", "signal_id")) and self._pieces:
            return self._pieces[0][0]
        told = {"date": "2026-11-24", "date-time": "2026-11-24T08:40:00Z"}.get(str(schema.get("format", "")))
        return told or "noted".ljust(int(schema.get("minLength", 0)), ".")


def first_sentence(text: str) -> str:
    """The first sentence as it stands, cut at a word when it is long."""
    sentence = re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0]
    return sentence if len(sentence) <= LONGEST_CLAIM else sentence[:LONGEST_CLAIM].rsplit(" ", 1)[0]


def with_falsehood(answer: Any) -> Any:
    """The same answer with something untrue at the end of its first text that is one."""
    done = False

    def walk(value: Any, name: str) -> Any:
        nonlocal done
        if isinstance(value, str) and not done and name not in ("id", "evidence_ids"):
            done = True
            return f"{value} {FALSEHOOD}"
        if isinstance(value, dict):
            return {key: walk(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [walk(one, name) for one in value]
        return value

    return walk(answer, "")


def tokens_of(texts: Sequence[str]) -> int:
    """Tokens as the server bills them: one for four characters, at least one."""
    return max(1, sum(map(len, texts)) // 4)
