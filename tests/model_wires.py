"""The wire protocols of the model server: what a request asks, and how an answer is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TOOL_ID, PIECE = "call_1", 40
SCHEMA_MARK = "of this schema and with nothing else:\n"


@dataclass(frozen=True)
class Wire:
    """A request as the server understands it. `prompt`: all its text; `schema`: what the answer must be"""

    schema: dict[str, Any]
    prompt: str
    tool: str
    model: str
    is_stream: bool
    finished: str = ""
    refused: str = ""
    too_long: str = ""

    def error(self, word: str) -> dict[str, Any]:
        """The body of a failure."""
        raise NotImplementedError

    def whole(self, text: str, stop: str, tokens_in: int, tokens_out: int, *, is_prose: bool) -> dict[str, Any]:
        """An answer in one piece."""
        raise NotImplementedError

    def events(self, text: str, stop: str, tokens_in: int, tokens_out: int, *, is_prose: bool) -> Iterator[str]:
        """The same as a stream."""
        raise NotImplementedError


class Anthropic(Wire):
    """The Messages API."""

    def error(self, word: str) -> dict[str, Any]:
        kinds = {
            "rate_limited": "rate_limit_error",
            "overloaded": "overloaded_error",
            "no_entry": "authentication_error",
        }
        return {"type": "error", "error": {"type": kinds.get(word, "api_error"), "message": word}}

    def whole(self, text: str, stop: str, tokens_in: int, tokens_out: int, *, is_prose: bool) -> dict[str, Any]:
        if is_prose or not self.tool:
            content: list[dict[str, Any]] = [{"type": "text", "text": text}]
        else:
            content = [{"type": "tool_use", "id": TOOL_ID, "name": self.tool, "input": _loaded(text)}]
        return {
            "id": "msg_1", "type": "message", "role": "assistant", "model": self.model, "content": content,
            "stop_reason": stop, "stop_sequence": None,
            "usage": {"input_tokens": tokens_in, "output_tokens": tokens_out},
        }  # fmt: skip

    def events(self, text: str, stop: str, tokens_in: int, tokens_out: int, *, is_prose: bool) -> Iterator[str]:
        start = self.whole("", "", tokens_in, 1, is_prose=True) | {"content": [], "stop_reason": None}
        yield _event({"type": "message_start", "message": start})
        is_text = is_prose or not self.tool
        block = (
            {"type": "text", "text": ""}
            if is_text
            else {"type": "tool_use", "id": TOOL_ID, "name": self.tool, "input": {}}
        )
        yield _event({"type": "content_block_start", "index": 0, "content_block": block})
        for piece in _pieces(text):
            told = (
                {"type": "text_delta", "text": piece}
                if is_text
                else {"type": "input_json_delta", "partial_json": piece}
            )
            yield _event({"type": "content_block_delta", "index": 0, "delta": told})
        yield _event({"type": "content_block_stop", "index": 0})
        end = {"stop_reason": stop, "stop_sequence": None}
        yield _event({"type": "message_delta", "delta": end, "usage": {"output_tokens": tokens_out}})
        yield _event({"type": "message_stop"})


class OpenAi(Wire):
    """Chat Completions."""

    def error(self, word: str) -> dict[str, Any]:
        return {"error": {"message": word, "type": word, "param": None, "code": word}}

    def whole(self, text: str, stop: str, tokens_in: int, tokens_out: int, *, is_prose: bool) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if self.tool and not is_prose:
            message = {"role": "assistant", "content": None, "tool_calls": [self._call(text)]}
        return self._body("chat.completion", [{"index": 0, "message": message, "finish_reason": stop}]) | {
            "usage": _usage(tokens_in, tokens_out)
        }

    def events(self, text: str, stop: str, tokens_in: int, tokens_out: int, *, is_prose: bool) -> Iterator[str]:
        for place, piece in enumerate(_pieces(text)):
            delta: dict[str, Any] = {"content": piece}
            if self.tool and not is_prose:
                delta = {"tool_calls": [self._call(piece) | {"index": 0}]}
                if place:
                    delta = {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
            yield self._chunk([{"index": 0, "delta": {"role": "assistant"} | delta, "finish_reason": None}])
        yield self._chunk([{"index": 0, "delta": {}, "finish_reason": stop}])
        yield self._chunk([], usage=_usage(tokens_in, tokens_out))
        yield "data: [DONE]\n\n"

    def _call(self, text: str) -> dict[str, Any]:
        return {"id": TOOL_ID, "type": "function", "function": {"name": self.tool, "arguments": text}}

    def _body(self, kind: str, choices: list[Any]) -> dict[str, Any]:
        return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": self.model, "choices": choices}

    def _chunk(self, choices: list[Any], **more: Any) -> str:
        return f"data: {json.dumps(self._body('chat.completion.chunk', choices) | more)}\n\n"


class Google(Wire):
    """generateContent of the Gemini API."""

    def error(self, word: str) -> dict[str, Any]:
        return {"error": {"code": 0, "message": word, "status": word.upper()}}

    def whole(self, text: str, stop: str, tokens_in: int, tokens_out: int, *, is_prose: bool) -> dict[str, Any]:
        part: dict[str, Any] = {"text": text}
        if self.tool and not is_prose:
            part = {"functionCall": {"name": self.tool, "args": _loaded(text)}}
        return {
            "candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": stop, "index": 0}],
            "usageMetadata": {
                "promptTokenCount": tokens_in, "candidatesTokenCount": tokens_out,
                "totalTokenCount": tokens_in + tokens_out,
            },
            "modelVersion": self.model,
        }  # fmt: skip

    def events(self, text: str, stop: str, tokens_in: int, tokens_out: int, *, is_prose: bool) -> Iterator[str]:
        yield f"data: {json.dumps(self.whole(text, stop, tokens_in, tokens_out, is_prose=is_prose))}\n\n"


def wire_of(path: str, body: Mapping[str, Any]) -> Wire | None:
    """The protocol that an address speaks; None: none of them."""
    plain = path.split("?")[0].replace("//", "/")
    if plain.endswith("/v1/messages"):
        tools = body.get("tools") or [{}]
        return Anthropic(
            schema=tools[0].get("input_schema", {}), tool=tools[0].get("name", ""), prompt=_texts(body),
            model=str(body.get("model")), is_stream=bool(body.get("stream")), finished="tool_use",
            refused="refusal", too_long="max_tokens",
        )  # fmt: skip
    if plain.endswith("/chat/completions"):
        tool = (body.get("tools") or [{}])[0].get("function", {})
        prompt = _texts(body)
        return OpenAi(
            schema=tool.get("parameters") or _schema_in(prompt), tool=tool.get("name", ""), prompt=prompt,
            model=str(body.get("model")), is_stream=bool(body.get("stream")),
            finished="tool_calls" if tool else "stop", refused="content_filter", too_long="length",
        )  # fmt: skip
    if "generateContent" in plain or "streamGenerateContent" in plain:
        declared = ((body.get("tools") or [{}])[0].get("functionDeclarations") or [{}])[0]
        return Google(
            schema=declared.get("parameters_json_schema") or declared.get("parametersJsonSchema") or {},
            tool=declared.get("name", ""), prompt=_texts(body), model="gemini",
            is_stream="streamGenerateContent" in plain, finished="STOP", refused="SAFETY", too_long="MAX_TOKENS",
        )  # fmt: skip
    return None


def _texts(value: Any) -> str:
    """Every text of the request's messages, one after the other."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "\n".join(_texts(one) for key, one in value.items() if key != "tools")
    return "\n".join(map(_texts, value)) if isinstance(value, list) else ""


def _schema_in(prompt: str) -> dict[str, Any]:
    _, found, rest = prompt.partition(SCHEMA_MARK)
    return json.JSONDecoder().raw_decode(rest)[0] if found else {}


def _loaded(text: str) -> Any:
    """What was meant to be JSON; spoilt text travels as one field that no schema knows."""
    try:
        return json.loads(text)
    except ValueError:
        return {"spoilt": text}


def _pieces(text: str) -> list[str]:
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)] or [""]


def _event(told: dict[str, Any]) -> str:
    return f"event: {told['type']}\ndata: {json.dumps(told)}\n\n"


def _usage(tokens_in: int, tokens_out: int) -> dict[str, int]:
    return {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
