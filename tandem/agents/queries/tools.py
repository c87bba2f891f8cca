"""Tools of agents: which there are, which an agent is shown for a recipient, and calls that wait for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem.access.queries import may
from tandem.agents.domain.tools import NAME, Tool, shown
from tandem.agents.models import ToolRequest
from tandem.compliance.queries.tools import channels_for, prompt_rules
from tandem.core.actors import Actor
from tandem.core.errors import NotFound

_tools: dict[str, Tool] = {}


def keep_tool(tool: Tool) -> None:
    """Remember a tool for the life of the process; the same name again replaces it. Raises ValueError for a bad one."""
    if not NAME.fullmatch(tool.name):
        raise ValueError(f"{tool.name!r} is no name of a tool; write small letters and underscores")
    _tools[tool.name] = tool


def known_tools() -> tuple[Tool, ...]:
    """Every registered tool, by name."""
    return tuple(_tools[name] for name in sorted(_tools))


def get_tool(name: str) -> Tool:
    """One tool. Raises NotFound."""
    if name not in _tools:
        raise NotFound(f"There is no tool {name!r}.", hint="Ask /api/v1/tools which there are.")
    return _tools[name]


def offered_channels(recipient: Mapping[str, Any] | None) -> frozenset[str]:
    """Channels on which the recipient may be reached at all; none for a recipient nothing is known of.

    recipient : the request of the shell contract (`tandem comply decide`), without content. Raises InvalidInput.
    """
    if not recipient:
        return frozenset()
    return frozenset(offer.channel for offer in channels_for(recipient) if offer.offered and offer.channel)


def tools_for(actor: Actor, recipient: Mapping[str, Any] | None = None) -> tuple[Tool, ...]:
    """The tools this agent is shown for this recipient: an agent can't choose what it does not see."""
    return shown(known_tools(), may=lambda right: may(actor, right), offered_channels=offered_channels(recipient))


def rules_for(recipient: Mapping[str, Any]) -> str:
    """The recipient's regional rules as lines for the agent's prompt. Raises InvalidInput."""
    return prompt_rules(recipient)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """A call that waits for a person, or waited. is_yes : None while it waits"""

    id: int
    tool: str
    agent_name: str
    subject: str
    input: Mapping[str, Any]
    asked_at: datetime
    decided_at: datetime | None
    decided_by: str
    is_yes: bool | None
    reason: str
    answer: str


def waiting_requests() -> Sequence[RequestRow]:
    """Calls that wait for a person, oldest first. One query."""
    return [_row(row) for row in ToolRequest.objects.filter(decided_at=None).order_by("asked_at", "id")]


def decided_requests(*, limit: int = 50) -> Sequence[RequestRow]:
    """Calls that were decided, newest first. One query."""
    rows = ToolRequest.objects.exclude(decided_at=None).select_related("decided_by").order_by("-decided_at", "-id")
    return [_row(row) for row in rows[:limit]]


def get_request(request_id: int, *, of: Actor) -> RequestRow:
    """One call of an agent's own that a person decides or has decided. Raises NotFound, also for others' calls."""
    rows = ToolRequest.objects.filter(id=request_id, agent_id=of.id, agent_name=of.name)
    row = rows.select_related("decided_by").first()
    if row is None:
        raise NotFound(f"There is no request {request_id} of an agent.")
    return _row(row)


def _row(row: ToolRequest) -> RequestRow:
    return RequestRow(
        id=row.pk, tool=row.tool, agent_name=row.agent_name, subject=row.subject, input=row.input,
        asked_at=row.asked_at, decided_at=row.decided_at, is_yes=row.is_yes, reason=row.reason, answer=row.answer,
        decided_by=row.decided_by.name if row.decided_by else "",
    )  # fmt: skip
