"""The first message to somebody: three sentences on one published thing."""

from __future__ import annotations

from pathlib import Path

from tandem.agents.contracts import GuardName, Task, Tier
from tandem.engagement.ai.engine import written
from tandem.engagement.ai.material import DraftInput, DraftOutput, checked

HERE = Path(__file__).parent

FIRST_TOUCH: Task[DraftInput, DraftOutput] = Task(
    name="engagement.first_touch",
    title="Write a first message",
    tier=Tier.STRONG,
    input_type=DraftInput,
    output_type=DraftOutput,
    prompt=HERE / "prompts" / "first_touch.txt",
    built_in=written,
    evidence=lambda input: [one.evidence() for one in input.pieces],
    guards=frozenset({GuardName.GROUNDING, GuardName.INJECTION}),
    checks=(checked,),
    # The body is in any of seven languages and held to its evidence by the validators; claims are in English.
    words=lambda output: [one.text for one in output.claims],
    eval_set=HERE / "evals" / "first_touch.jsonl",
)
