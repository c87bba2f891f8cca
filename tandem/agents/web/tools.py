"""API of tools: what an agent may call, and calling it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from tandem.access.guard import api
from tandem.agents.actions import tools as actions
from tandem.agents.queries import tools as queries
from tandem.core.api import actor_of, moment_of, repeatable

router = Router(tags=["tools"])


class ToolShown(Schema):
    """A tool as an agent is shown it; `input` is the JSON schema of what it takes."""

    name: str
    does: str
    writes: bool
    needs_approval: bool
    channel: str = Field(description="Channel it reaches a person on; empty: none.")
    input: dict[str, Any]


class ToolList(Schema):
    """The tools there are for this agent and this recipient, and the rules that bind it."""

    tools: list[ToolShown]
    rules: str = Field(default="", description="The recipient's regional rules, for the agent's prompt.")


class Recipient(Schema):
    """Whom the agent wants to reach."""

    recipient: dict[str, Any] = Field(
        default_factory=dict, description="The request of `tandem comply decide`, without content; empty: nobody."
    )


class Call(Recipient):
    """A call of a tool."""

    input: dict[str, Any] = Field(default_factory=dict)
    dry_run: bool = Field(default=False, description="Say what would be done and do nothing.")


class Answer(Schema):
    """What came of a call."""

    outcome: str = Field(description="done, retry (correct the input and call again), failed or needs_approval")
    message: str
    data: dict[str, Any] = Field(default_factory=dict)
    approval_id: int | None = None


@router.post("/tools", response=ToolList, summary="Tools for a recipient")
@api("task", "edit")
def list_tools(request: HttpRequest, body: Recipient) -> dict[str, Any]:
    """The tools this agent may call for this recipient; channels that are not allowed for them are not among them."""
    shown = queries.tools_for(actor_of(request), body.recipient)
    rules = queries.rules_for(body.recipient) if body.recipient else ""
    return {"tools": [tool.as_dict() for tool in shown], "rules": rules}


@router.get("/tools/requests/{int:request_id}", response=Answer, summary="A call that waits for a person")
@api("task", "edit")
def get_request(request: HttpRequest, request_id: int) -> dict[str, Any]:
    """What a person decided on a call of one's own; needs_approval while it waits."""
    row = queries.get_request(request_id, of=actor_of(request))
    outcome = {None: "needs_approval", True: "done", False: "failed"}[row.is_yes]
    return {"outcome": outcome, "message": row.answer or row.reason, "approval_id": row.id}


@router.post("/tools/{name}", response=Answer, summary="Call a tool")
@api("task", "edit")
@repeatable
def call_tool(request: HttpRequest, name: str, body: Call) -> dict[str, Any]:
    """Call a tool with the agent's own rights. What it may not do it is told in the answer's outcome."""
    answer = actions.call(
        name, body.input, actor=actor_of(request), now=moment_of(request), dry_run=body.dry_run,
        recipient=body.recipient,
    )  # fmt: skip
    return {**asdict(answer), "data": dict(answer.data)}
