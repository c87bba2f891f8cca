"""A later message of a plan: a new reason, another side of it, a case, or a gracious end."""

from __future__ import annotations

from pathlib import Path

from tandem.agents.contracts import GuardName, Task, Tier
from tandem.engagement.ai.engine import written
from tandem.engagement.ai.material import DraftInput, DraftOutput, checked

HERE = Path(__file__).parent

FOLLOW_UP: Task[DraftInput, DraftOutput] = Task(
    name="engagement.follow_up",
    title="Write a later message",
    tier=Tier.STRONG,
    input_type=DraftInput,
    output_type=DraftOutput,
    prompt=HERE / "prompts" / "follow_up.txt",
    built_in=written,
    evidence=lambda input: [one.evidence() for one in input.pieces],
    guards=frozenset({GuardName.GROUNDING, GuardName.INJECTION}),
    checks=(checked,),
    # The body is in any of seven languages and held to its evidence by the validators; claims are in English.
    words=lambda output: [one.text for one in output.claims],
    eval_set=HERE / "evals" / "follow_up.jsonl",
)
