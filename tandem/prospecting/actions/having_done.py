"""Having research tasks done: what the guards refuse is done once more without the pieces that were at fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from tandem.agents.actions.running import run_many
from tandem.agents.contracts import RunRequest, RunResult, Task
from tandem.core.actors import Actor
from tandem.prospecting.ai.faults import Faulty, without_faults

MOST_TRIES_AGAIN = 3
Output = TypeVar("Output", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted(Generic[Faulty]):
    """One thing to be done. subject : "account:3"; seller_id : whom the cost is counted for; region : of whom it is"""

    input: Faulty
    subject: str
    seller_id: int | None
    region: str = ""


def have_done(
    task: Task[Any, Output], wanted: Sequence[Wanted[Any]], *, actor: Actor, now: datetime
) -> list[RunResult[Output]]:
    """Results in the order asked. Call it outside of transactions: a model may be waited for.

    A result stays refused only when nothing is left that could be taken out of its input.
    """
    inputs = dict(enumerate(one.input for one in wanted))
    results = run_many(task, _requests(wanted, inputs), actor=actor, now=now)
    for _ in range(MOST_TRIES_AGAIN):
        again = {
            place: smaller
            for place, told in enumerate(results)
            if told.output is None and (smaller := without_faults(inputs[place], told.violations)) is not None
        }
        if not again:
            break
        inputs |= again
        for place, told in zip(again, run_many(task, _requests(wanted, again), actor=actor, now=now), strict=True):
            results[place] = told
    return results


def _requests(wanted: Sequence[Wanted[Any]], inputs: Mapping[int, Any]) -> list[RunRequest[Any]]:
    return [
        RunRequest(
            input=input, subject=wanted[at].subject, seller_id=wanted[at].seller_id, region=wanted[at].region
        )
        for at, input in inputs.items()
    ]  # fmt: skip
