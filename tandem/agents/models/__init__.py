"""Tables of agents."""

from tandem.agents.models.governance import (
    EvalCaseResult,
    EvalGate,
    EvalRun,
    PromptVersion,
    ToolRequest,
    WorkDivision,
)
from tandem.agents.models.runs import (
    AgentRun,
    Budget,
    CachedAnswer,
    ModelCall,
    ModelEndpoint,
    RoutingRule,
    Spending,
)

__all__ = [
    "AgentRun",
    "Budget",
    "CachedAnswer",
    "EvalCaseResult",
    "EvalGate",
    "EvalRun",
    "ModelCall",
    "ModelEndpoint",
    "PromptVersion",
    "RoutingRule",
    "Spending",
    "ToolRequest",
    "WorkDivision",
]
