"""The trial task: one question on made-up companies, to see whether a model can be reached and keeps the guards."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from tandem.agents.contracts import Claim, Evidence, GroundedText, GuardName, Task, Tier


class TrialInput(BaseModel):
    """What two made-up companies announced."""

    announcements: list[str]


class Trial(BaseModel):
    """A sentence on each of them."""

    note: GroundedText


SAMPLE = TrialInput(
    announcements=[
        "Northwind Pumps opened a second plant in Duisburg with 120 jobs.",
        "Alder Freight hired a head of revenue operations in Rotterdam.",
    ]
)


def pieces(told: TrialInput) -> list[Evidence]:
    """Each announcement as a piece of evidence."""
    return [
        Evidence(id=f"sample:{place}", text=text, source="made up") for place, text in enumerate(told.announcements, 1)
    ]


def as_it_stands(told: TrialInput) -> Trial:
    """The built-in engine: every announcement word for word."""
    return Trial(note=GroundedText(claims=[Claim(text=one.text, evidence_ids=[one.id]) for one in pieces(told)]))


TRIAL = Task(
    name="agents.trial",
    title="Trial of a model",
    tier=Tier.FAST,
    input_type=TrialInput,
    output_type=Trial,
    prompt=Path(__file__).with_name("trial.txt"),
    built_in=as_it_stands,
    evidence=pieces,
    guards=frozenset({GuardName.GROUNDING, GuardName.INJECTION}),
    most_words=60,
)
