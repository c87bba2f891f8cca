"""One call of a model through pydantic-ai on the provider's own SDK. Every failure becomes a reply.

Each call is exactly one HTTP request: the SDKs' own retries are off, so that every try is metered. The answer is asked
for as the call of one tool whose parameters are the task's output schema; servers that only speak OpenAI's protocol are
asked for JSON as text, since many of them know no tools. Anthropic, OpenAI and Google stream; a stream that breaks off
is no answer. Where it comes from: pydantic-ai's `direct` requests and error categories.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx2
from pydantic_ai import exceptions as wrong
from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from tandem.agents.connectors import transport
from tandem.agents.connectors.addresses import check_address
from tandem.agents.contracts import Provider
from tandem.agents.domain.asking import Door, Question, Reply, Trouble, json_in
from tandem.core.errors import AppError

TOOL = "answer"
STREAMED = frozenset({Provider.ANTHROPIC, Provider.OPENAI, Provider.GOOGLE})
AS_TEXT = frozenset({Provider.OPENAI_COMPATIBLE})
NO_KEY = "none"  # SDKs want a key also for servers that ask for none
PASSING_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
SHORT = 200


def call(door: Door, question: Question) -> Reply:
    """Ask once, at most for the door's seconds. Never raises."""
    started = time.monotonic()
    try:
        response = asyncio.run(_within(door, question))
    except Exception as error:  # noqa: BLE001  SDKs raise what they like; every failure must become a reply
        return _failed(door, error, time.monotonic() - started)
    return _read(response, time.monotonic() - started)


async def _within(door: Door, question: Question) -> ModelResponse:
    async with transport.client(door.timeout) as client:
        model = _model(door, client)  # loads the SDK the first time, which is not the provider's time
        async with asyncio.timeout(door.timeout):
            return await _request(model, door, question)


async def _request(model: Model, door: Door, question: Question) -> ModelResponse:
    messages, asked = _messages(door, question), _parameters(door, question)
    settings = ModelSettings(max_tokens=door.most_tokens, timeout=door.timeout)
    if door.provider not in STREAMED:
        return await model_request(model, messages, model_settings=settings, model_request_parameters=asked)
    async with model_request_stream(model, messages, model_settings=settings, model_request_parameters=asked) as stream:
        async for _ in stream:
            pass
        return stream.get()


def _parameters(door: Door, question: Question) -> ModelRequestParameters:
    if door.provider in AS_TEXT:
        return ModelRequestParameters()
    tool = ToolDefinition(
        name=TOOL, description="Give the answer.", parameters_json_schema=dict(question.schema), kind="output"
    )
    return ModelRequestParameters(output_mode="tool", output_tools=[tool], allow_text_output=False)


def _messages(door: Door, question: Question) -> list[ModelMessage]:
    instructions = question.instructions
    if door.provider in AS_TEXT:
        schema = json.dumps(question.schema, ensure_ascii=False)
        instructions += f"\n\nAnswer with one JSON object of this schema and with nothing else:\n{schema}"
    found: list[ModelMessage] = [
        ModelRequest(parts=[SystemPromptPart(content=instructions), UserPromptPart(content=question.data)])
    ]
    for turn in question.turns:
        found.append(ModelResponse(parts=[TextPart(content=turn.answer or "(no answer)")]))
        found.append(ModelRequest(parts=[UserPromptPart(content=turn.feedback)]))
    return found


def _model(door: Door, client: httpx2.AsyncClient) -> Model:
    """The SDK behind the door; imported here, for each of them takes a second."""
    check_address(door.base_url)
    key, url = door.key or NO_KEY, door.base_url or None
    if door.provider is Provider.ANTHROPIC:
        from anthropic import AsyncAnthropic
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        sdk = AsyncAnthropic(api_key=key, auth_token=None, base_url=url or ANTHROPIC_URL, max_retries=0,
                             timeout=door.timeout, http_client=client)  # fmt: skip
        return AnthropicModel(door.model, provider=AnthropicProvider(anthropic_client=sdk))
    if door.provider is Provider.GOOGLE:
        from pydantic_ai.models.google import GoogleModel
        from pydantic_ai.providers.google import GoogleProvider

        return GoogleModel(
            door.model, provider=GoogleProvider(api_key=key, http_client=client, base_url=url or GOOGLE_URL)
        )
    from openai import AsyncOpenAI
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    asked = AsyncOpenAI(api_key=key, base_url=url or OPENAI_URL, max_retries=0, timeout=door.timeout,
                        http_client=client)  # fmt: skip
    return OpenAIChatModel(door.model, provider=OpenAIProvider(openai_client=asked))


# Named here so that no variable of the environment sends questions elsewhere.
ANTHROPIC_URL = "https://api.anthropic.com"
OPENAI_URL = "https://api.openai.com/v1"
GOOGLE_URL = "https://generativelanguage.googleapis.com"


def _read(response: ModelResponse, seconds: float) -> Reply:
    """What a model answered, as a reply: the tool's arguments, else JSON in its text."""
    usage = response.usage
    told = usage.input_tokens or usage.output_tokens
    text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
    calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
    raw = calls[0].args_as_json_str() if calls else text
    answer = json_in(raw)
    trouble, message = _trouble_of(response, answer)
    return Reply(
        answer=None if trouble else answer,
        raw=raw,
        tokens_in=usage.input_tokens if told else None,
        tokens_out=usage.output_tokens if told else None,
        seconds=seconds,
        trouble=trouble,
        message=message,
    )


def _trouble_of(response: ModelResponse, answer: Any) -> tuple[Trouble | None, str]:
    if response.finish_reason == "content_filter":
        return Trouble.DECLINED, "The model declined to answer."
    if response.finish_reason == "length":
        return Trouble.UNREADABLE, "The answer broke off at its greatest length. Answer shorter."
    if answer is None:
        return Trouble.UNREADABLE, "The answer holds no JSON object. Answer with one that fits the schema."
    return None, ""


def _failed(door: Door, error: Exception, seconds: float) -> Reply:
    """What an SDK raised, as a reply. Nothing of what was sent or came back is told, only its kind."""
    refused: AppError | None = transport.refusal(error)
    refused = refused or (error if isinstance(error, AppError) else None)
    if refused is not None:
        return _reply(Trouble.FINAL, refused.message, seconds)
    if isinstance(error, TimeoutError | wrong.ModelTimeoutError | wrong.ModelRequestTimeout | httpx2.TimeoutException):
        return _slow(error, door, seconds)
    if isinstance(error, wrong.ModelHTTPError):
        return _by_status(error, seconds)
    if isinstance(error, wrong.ContentFilterError):
        return _reply(Trouble.DECLINED, "The model declined to answer.", seconds, is_free=False)
    if isinstance(error, wrong.ModelConnectionError):
        is_unsent = error.phase in ("pool", "connect")
        told = "can't be reached" if is_unsent else "broke off the answer"
        return _reply(Trouble.PASSING, f"The provider {told}.", seconds, is_free=is_unsent)
    if isinstance(error, wrong.ModelAPIError):
        return _reply(
            Trouble.PASSING, "The provider reported a failure.", seconds, is_free=False, wait=error.retry_after
        )
    return _reply(Trouble.UNREADABLE, f"The answer can't be read ({type(error).__name__}).", seconds, is_free=False)


def _slow(error: Exception, door: Door, seconds: float) -> Reply:
    if isinstance(error, wrong.ModelConnectionError) and error.phase in ("pool", "connect"):
        return _reply(Trouble.PASSING, "The provider can't be reached.", seconds)
    return _reply(Trouble.SLOW, f"No answer within {door.timeout:g} s.", seconds, is_free=False)


def _by_status(error: wrong.ModelHTTPError, seconds: float) -> Reply:
    status = error.status_code
    kind = Trouble.PASSING if status in PASSING_STATUS else Trouble.FINAL
    told = {401: "It does not know the key.", 403: "It does not allow this key that.", 404: "It knows no such model."}
    message = f"The provider answered {status}. {told.get(status, '')}".strip()
    # What a stream had cost before it failed is not told; a refused request costs nothing.
    return _reply(kind, message, seconds, is_free=not error.in_stream, wait=error.retry_after)


def _reply(trouble: Trouble, message: str, seconds: float, *, is_free: bool = True, wait: float | None = None) -> Reply:
    tokens = 0 if is_free else None
    return Reply(
        trouble=trouble, message=message[:SHORT], seconds=seconds, wait=wait, tokens_in=tokens, tokens_out=tokens
    )
