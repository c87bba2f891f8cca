"""What a tool of agents is, and which of them an agent is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from tandem.agents.contracts import ToolAnswer
from tandem.core.actors import Actor

NAME = re.compile(r"[a-z]+(?:_[a-z]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call, as a tool sees it. now : aware"""

    input: Any
    actor: Actor
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Something an agent may do.

    name : as agents call it, small letters and underscores
    does : one sentence for the agent
    right : "kind.verb" that the caller needs; an agent has it by a scope
    input_type : pydantic; its JSON schema is shown to the agent
    run : does it; AppErrors become answers
    plan : what a dry run would do, in words, without doing it; None: the tool reads, so that a dry run is a run
    subject : what a call is about, for the record: "account:42"
    channel : the channel it reaches a person on; it is shown only when the recipient may be reached on it. Empty: none
    needs_approval : a person decides first when an agent asks
    work : the kind of work it is, of the division of work; empty: none
    """

    name: str
    does: str
    right: str
    input_type: type[BaseModel]
    run: Callable[[ToolCall], ToolAnswer]
    plan: Callable[[ToolCall], str] | None = None
    subject: Callable[[Any], str] = lambda _: "tool:none"
    channel: str = ""
    needs_approval: bool = False
    work: str = ""

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.plan is not None

    def as_dict(self) -> dict[str, Any]:
        """As the API and prompts show it."""
        return {
            "name": self.name, "does": self.does, "writes": self.writes, "needs_approval": self.needs_approval,
            "channel": self.channel, "input": self.input_type.model_json_schema(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What is wrong with an input, in words an agent can act on, by field."""

    message: str
    fields: Mapping[str, str] = field(default_factory=dict)


def read_input(tool: Tool, told: Mapping[str, Any]) -> BaseModel | Wrong:
    """The input as the tool wants it, or what is wrong with it."""
    unknown = sorted(set(told) - set(tool.input_type.model_fields))
    if unknown:
        names = ", ".join(sorted(tool.input_type.model_fields))
        return Wrong(
            message=f"{unknown[0]!r} is no field of {tool.name}; it takes {names}.", fields={unknown[0]: "unknown"}
        )
    try:
        return tool.input_type.model_validate(dict(told))
    except ValidationError as error:
        fields = {".".join(map(str, one["loc"])): one["msg"] for one in error.errors()}
        told_fields = "; ".join(f"{name}: {message}" for name, message in fields.items())
        return Wrong(message=f"Correct the input and call {tool.name} again. {told_fields}.", fields=fields)


def shown(
    tools: Collection[Tool], *, may: Callable[[str], bool], offered_channels: Collection[str]
) -> tuple[Tool, ...]:
    """The tools that an agent is shown: those it has the right to, on channels the recipient may be reached on."""
    fitting = [tool for tool in tools if may(tool.right) and (not tool.channel or tool.channel in offered_channels)]
    return tuple(sorted(fitting, key=lambda tool: tool.name))
