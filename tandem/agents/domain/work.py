"""Which work software may do by itself, and which a person owns. The playbook's division is the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class WorkOwner(StrEnum):
    """AI: software may finish it. Human: software may prepare it, a person does it."""

    AI = "ai"
    HUMAN = "human"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkKind:
    """A kind of work. `tasks`: beginnings of the names of AI tasks that are this kind of work."""

    kind: str
    title: str
    owner: WorkOwner
    why: str
    tasks: tuple[str, ...] = ()


DEFAULTS: Mapping[str, WorkKind] = MappingProxyType(
    {
        one.kind: one
        for one in (
            WorkKind(
                kind="research",
                title="Research",
                owner=WorkOwner.AI,
                why="Reading much and quoting it exactly is what machines are for.",
                tasks=("prospecting.", "research."),
            ),
            WorkKind(
                kind="drafting",
                title="Drafting",
                owner=WorkOwner.AI,
                why="A draft is a proposal; a person approves what leaves.",
                tasks=("engagement.draft", "drafting."),
            ),
            WorkKind(
                kind="summarising",
                title="Summarising",
                owner=WorkOwner.AI,
                why="Every sentence can be opened to what it rests on.",
                tasks=("agents.summar", "conversations."),
            ),
            WorkKind(
                kind="intent_detection",
                title="Intent detection",
                owner=WorkOwner.AI,
                why="Counting and weighing signals, with every point shown.",
                tasks=("intent.",),
            ),
            WorkKind(
                kind="orchestration",
                title="Multi-channel orchestration",
                owner=WorkOwner.AI,
                why="Clocks, caps and channels are rules; the gate has the last word.",
                tasks=("engagement.plan", "engagement.classify"),
            ),
            WorkKind(
                kind="negotiation_judgement",
                title="Negotiation judgement",
                owner=WorkOwner.HUMAN,
                why="What to give and what to hold binds the company.",
                tasks=("negotiation.",),
            ),
            WorkKind(
                kind="stakeholder_management",
                title="Stakeholder management",
                owner=WorkOwner.HUMAN,
                why="Trust is between people.",
                tasks=("stakeholder_management.",),
            ),
            WorkKind(
                kind="reading_the_room",
                title="Reading the room",
                owner=WorkOwner.HUMAN,
                why="What is not said is in no record.",
                tasks=("reading_the_room.",),
            ),
            WorkKind(
                kind="creative_framing",
                title="Creative framing",
                owner=WorkOwner.HUMAN,
                why="How the company wants to be seen is its own to say.",
                tasks=("creative_framing.",),
            ),
        )
    }
)


def kind_of_task(name: str, kinds: Mapping[str, WorkKind]) -> WorkKind | None:
    """The kind of work an AI task is: one of its own name, else the kind with the longest fitting beginning.

    None: nobody has said.
    """
    if name in kinds:
        return kinds[name]
    fitting = [(len(start), kind) for kind in kinds.values() for start in kind.tasks if name.startswith(start)]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None
