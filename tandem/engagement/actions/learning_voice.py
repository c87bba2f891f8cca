"""What people change again and again becomes a proposal for the voice guide; a person decides there."""

from __future__ import annotations

from datetime import datetime

from tandem.access.actions import require
from tandem.core import words
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput
from tandem.engagement.actions.voice import propose
from tandem.engagement.domain.edits import FEWEST_DRAFTS, Habit
from tandem.engagement.queries.review_numbers import edit_habits

LONGEST_ENTRY = 120


def propose_habits(*, actor: Actor, now: datetime, fewest: int = FEWEST_DRAFTS) -> list[int]:
    """Propose each repeated edit of the people in sight; returns the proposals' ids. A known one gains its drafts.

    Raises NotAllowed without "campaign.edit".
    """
    require(actor, "campaign.edit")
    made = []
    for habit in edit_habits(actor, now=now, fewest=fewest):
        if len(habit.removed) > LONGEST_ENTRY:
            continue
        try:
            made.append(
                propose(
                    language=habit.language, field="forbidden", entry=habit.removed, instead=habit.put,
                    because=_because(habit), draft_ids=habit.draft_ids, actor=actor, now=now,
                )
            )  # fmt: skip
        except InvalidInput:  # nothing that a guide can hold, e.g. a lone sign
            continue
    return made


def _because(habit: Habit) -> str:
    put = f'wrote "{habit.put}" instead' if habit.put else "took it out"
    return f"People {put} in {habit.drafts} of {words.count(habit.of, 'edited draft')} that had it."
