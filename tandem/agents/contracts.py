"""What other rooms may hold of AI tasks: the task itself, evidence, claims, what a run came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

Input = TypeVar("Input", bound=BaseModel)
Output = TypeVar("Output", bound=BaseModel)


class Tier(StrEnum):
    """Who does a task. Rules: the built-in engine. Fast: a small model. Strong: a large one."""

    RULES = "rules"
    FAST = "fast"
    STRONG = "strong"


class RunState(StrEnum):
    """How a run ended. Fell back: a model was asked and the built-in engine answered. Cached: an earlier answer to
    the same question stands. Refused: no engine's answer kept the guards, so there is none.
    """

    DONE = "done"
    CACHED = "cached"
    FELL_BACK = "fell_back"
    REFUSED = "refused"


class Provider(StrEnum):
    """Whose wire protocol an endpoint speaks. OpenAI-compatible: any other server that speaks OpenAI's."""

    ANTHROPIC = "anthropic"
    OPENAI = "openai"
    GOOGLE = "google"
    OPENAI_COMPATIBLE = "openai_compatible"


class CallState(StrEnum):
    """How far a call of a provider is. Failed: no answer that could be read, perhaps at a cost."""

    OPEN = "open"
    ANSWERED = "answered"
    FAILED = "failed"


class BudgetScope(StrEnum):
    """What a budget is for: everything, one task, what is done for one seller, one campaign."""

    ALL = "all"
    TASK = "task"
    SELLER = "seller"
    CAMPAIGN = "campaign"


BUILT_IN = "built-in"


class GuardName(StrEnum):
    """What the runtime checks of every answer of a task that asks for it.

    Grounding: claims cite evidence that exists; numbers, names, dates and quotes of the text occur in it.
    Personal: nothing personal of a person's life. Injection: no instruction of an outside text was followed.
    """

    GROUNDING = "grounding"
    PERSONAL = "personal"
    INJECTION = "injection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A piece that a text may rest on, exactly as its source has it.

    id : the word that claims cite, e.g. "signal:news/4711", "account:3:employees", "activity:91"
    text : what it says; outside text is data and is never read as an instruction
    source : who told it, in words, e.g. "Reuters", "CRM"
    at : when it was said or happened, aware; None: not told
    url : where it stands; empty: nowhere public
    is_outside : written by somebody outside this company
    """

    id: str
    text: str
    source: str
    at: datetime | None = None
    url: str = ""
    is_outside: bool = True


class Claim(BaseModel):
    """One statement of a text and the evidence it rests on."""

    text: str
    evidence_ids: list[str]


class GroundedText(BaseModel):
    """A text that is nothing but its claims, in their order."""

    claims: list[Claim]

    @property
    def text(self) -> str:
        """The claims as one paragraph."""
        return " ".join(claim.text.strip() for claim in self.claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One way in which an answer breaks a guard.

    guard : a `GuardName`, "schema", "length", or the word of a task's own check
    span : the words that break it; empty: the whole
    message : what is wrong and what would be right, as the repair prompt and a person read it
    """

    guard: str
    message: str
    span: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Generic[Input, Output]):
    """An AI task: everything the runtime needs to have it done by whichever engine.

    name : "room.task", lower case
    title : for pages, sentence case
    tier : who does it when the routing policy says nothing else
    input_type, output_type : pydantic models; the output's JSON schema is what a model must answer in
    prompt : the packaged first version of the prompt, a text file with instructions only
    built_in : the deterministic engine; its answers keep every guard
    evidence : the pieces an answer may cite, out of the input
    guards : checked of every answer, also the built-in engine's
    checks : checks of the task's own, (input, output) to violations
    words : texts that the length and the guards are about, out of the output; None: every string field
    most_words : of all those texts together; None: no bound
    eval_set : JSON lines {"input", "expect", "note"}; None: none yet, then no model goes live for it
    """

    name: str
    title: str
    tier: Tier
    input_type: type[Input]
    output_type: type[Output]
    prompt: Path
    built_in: Callable[[Input], Output]
    evidence: Callable[[Input], Sequence[Evidence]] = lambda _: ()
    guards: frozenset[GuardName] = frozenset()
    checks: tuple[Callable[[Input, Output], Sequence[Violation]], ...] = ()
    words: Callable[[Output], Sequence[str]] | None = None
    most_words: int | None = None
    eval_set: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest(Generic[Input]):
    """One thing to have done.

    subject : what it is about, e.g. "account:42"
    region : of the data subject, as `compliance` words it; empty: unknown, then only engines allowed everywhere
    value : what is at stake, in the organisation's currency; the routing policy may ask a stronger tier above a value
    campaign, seller_id : whom the cost is counted for; empty and None: nobody
    """

    input: Input
    subject: str
    region: str = ""
    value: Decimal | None = None
    campaign: str = ""
    seller_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult(Generic[Output]):
    """What a run came to.

    output : None exactly when `state` is refused
    engine : "built-in" or "provider:model"
    tier : that answered
    prompt_hash : of the prompt version in force; with the engine it pins what a score was made by
    cost : in US dollars, as providers price; 0 for the built-in engine
    because : why this engine: the routing rule, then what made it fall back, in words
    violations : of the answer that was refused, or repaired
    """

    run_id: int
    state: RunState
    output: Output | None
    engine: str
    tier: Tier
    prompt_hash: str
    cost: Decimal = Decimal(0)
    because: str = ""
    violations: tuple[Violation, ...] = field(default=())


class ToolOutcome(StrEnum):
    """What came of an agent's call of a tool. Retry: with corrected input. Failed: not at all. Needs approval: a person
    decides first.
    """

    DONE = "done"
    RETRY = "retry"
    FAILED = "failed"
    NEEDS_APPROVAL = "needs_approval"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolAnswer:
    """What a tool tells the agent that called it.

    message : what happened or what to correct, in words
    data : JSON-ready; for a dry run what would have been done
    approval_id : where the person decides; None: nothing waits
    """

    outcome: ToolOutcome
    message: str
    data: Mapping[str, object] = field(default_factory=dict)
    approval_id: int | None = None
