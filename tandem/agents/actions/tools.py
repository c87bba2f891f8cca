"""Calls of tools by agents: the right first, then the input, then a person where one has to decide, then the tool.

An agent always gets one of four answers: done; correct the input and call again; it can't be done; a person decides
first. Nothing is raised at it, except that it may not call at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.access.actions.checks import require_reason
from tandem.agents.contracts import ToolAnswer, ToolOutcome
from tandem.agents.domain.tools import Tool, ToolCall, Wrong, read_input
from tandem.agents.models import ToolRequest
from tandem.agents.queries.tools import get_tool, keep_tool, offered_channels
from tandem.agents.queries.work_division import is_ai_executable
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import AppError, Conflict, InvalidInput, NotAllowed, NotFound

__all__ = ["Tool", "ToolCall", "call", "decide", "register_tool"]

LONGEST_ANSWER = 300


def register_tool(tool: Tool) -> None:
    """Make a tool known to agents; called in a room's `ready()`. The same name again replaces it."""
    keep_tool(tool)


def call(
    name: str,
    told: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    recipient: Mapping[str, Any] | None = None,
) -> ToolAnswer:
    """Call a tool.

    told : its input, as the agent gave it
    dry_run : say what would be done and do nothing
    recipient : of the message, for tools that reach somebody: the request of the shell contract

    Raises NotFound for an unknown tool, NotAllowed without the tool's right.
    """
    tool = get_tool(name)
    require(actor, tool.right)
    if why := _withheld(tool, recipient):
        return ToolAnswer(outcome=ToolOutcome.FAILED, message=why)
    given = read_input(tool, told)
    if isinstance(given, Wrong):
        return ToolAnswer(outcome=ToolOutcome.RETRY, message=given.message, data={"fields": dict(given.fields)})
    made = ToolCall(input=given, actor=actor, now=now)
    if dry_run and tool.plan is not None:
        return _planned(tool, made)
    if actor.is_agent and (tool.needs_approval or (tool.work and not is_ai_executable(tool.work))):
        return _ask(tool, made)
    return _answered(tool, made)


def _withheld(tool: Tool, recipient: Mapping[str, Any] | None) -> str:
    """Why a tool is not there for this recipient; empty: it is."""
    if not tool.channel:
        return ""
    try:
        if tool.channel in offered_channels(recipient):
            return ""
    except InvalidInput as error:
        return f"{error.message} {error.hint or ''}".strip()
    return f"{tool.name} is not there for this recipient: {tool.channel} is not allowed, or nothing is known of them."


def _planned(tool: Tool, made: ToolCall) -> ToolAnswer:
    try:
        would = tool.plan(made) if tool.plan is not None else ""
    except AppError as error:
        return _as_answer(error)
    return ToolAnswer(outcome=ToolOutcome.DONE, message=f"Nothing was done. It would: {would}", data={"would": would})


def _answered(tool: Tool, made: ToolCall) -> ToolAnswer:
    try:
        return tool.run(made)
    except AppError as error:
        return _as_answer(error)


def _as_answer(error: AppError) -> ToolAnswer:
    """A refusal as an agent reads it: what it can correct it tries again, the rest it leaves."""
    outcome = ToolOutcome.RETRY if isinstance(error, InvalidInput | NotFound) else ToolOutcome.FAILED
    return ToolAnswer(
        outcome=outcome, message=f"{error.message} {error.hint or ''}".strip(), data={"code": error.error_code}
    )


def _ask(tool: Tool, made: ToolCall) -> ToolAnswer:
    """Put the call before a person. The same call that waits already is not asked twice."""
    told, subject = made.input.model_dump(mode="json"), tool.subject(made.input)
    standing = ToolRequest.objects.filter(tool=tool.name, subject=subject, agent_id=made.actor.id, decided_at=None)
    same = next((row for row in standing if row.input == told), None)
    if same is None:
        with transaction.atomic():
            same = ToolRequest.objects.create(
                tool=tool.name, agent_id=made.actor.id, agent_name=made.actor.name, subject=subject, input=told,
                asked_at=made.now,
            )  # fmt: skip
            ledger.append(made.actor, "agents.tool_asked", subject=subject, tool=tool.name, request=same.pk)
    message = "A person decides first. Do not call again; ask for the answer later."
    return ToolAnswer(outcome=ToolOutcome.NEEDS_APPROVAL, message=message, approval_id=int(same.pk))


def decide(request_id: int, *, is_yes: bool, reason: str, actor: Actor, now: datetime) -> ToolAnswer:
    """Answer an agent's request; with yes it is done now, in the name of the person who said so.

    Raises NotAllowed for agents, without "task.decide" and without the tool's own right; NotFound; Conflict when it was
    decided; InvalidInput for a no without a reason.
    """
    if actor.is_agent:
        raise NotAllowed("Only people decide on what agents ask.", hint="Leave it to a person.")
    require(actor, "task.decide")
    row = ToolRequest.objects.filter(id=request_id).first()
    if row is None:
        raise NotFound(f"There is no request {request_id} of an agent.")
    tool = get_tool(row.tool)
    if is_yes:
        require(actor, tool.right)
    why = reason.strip()[:300] if is_yes else require_reason(reason)[:300]
    with transaction.atomic():
        changed = ToolRequest.objects.filter(id=request_id, decided_at=None).update(
            decided_at=now, decided_by_id=actor.id, is_yes=is_yes, reason=why
        )
        if not changed:
            raise Conflict("It is decided already.", hint="Reload the page.")
        ledger.append(
            actor, "agents.tool_approved" if is_yes else "agents.tool_declined", subject=row.subject, tool=row.tool,
            request=row.pk, agent=row.agent_id,
        )  # fmt: skip
    answer = _carried_out(tool, row, actor, now) if is_yes else ToolAnswer(outcome=ToolOutcome.FAILED, message=why)
    ToolRequest.objects.filter(id=request_id).update(answer=answer.message[:LONGEST_ANSWER])
    return answer


def _carried_out(tool: Tool, row: ToolRequest, actor: Actor, now: datetime) -> ToolAnswer:
    given = read_input(tool, row.input)
    if isinstance(given, Wrong):
        return ToolAnswer(outcome=ToolOutcome.RETRY, message=given.message)
    return _answered(tool, ToolCall(input=given, actor=actor, now=now))
