"""Learning weights from own outcomes, and measuring the lift of what is in force: weekly, kept with the night's run."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import NotFound
from tandem.intent.domain.learning import OUTCOME_WEEKS, learn
from tandem.intent.models import IntentRun
from tandem.intent.queries.counted import Horizon
from tandem.intent.queries.kind_rules import rules_of
from tandem.intent.queries.latest import latest_run
from tandem.intent.queries.past import STEP_WEEKS, past_points
from tandem.intent.queries.topics import topic_proposal


def measure_lift(*, actor: Actor, now: datetime) -> dict[str, Any]:
    """Learn from earlier weeks, try on later ones, keep both with the last run, and which topics came before own
    opportunities; nothing is adopted.

    Raises NotAllowed without "intent.manage", NotFound before the first run.
    """
    require(actor, "intent.manage")
    run = latest_run()
    if run is None:
        raise NotFound("Nothing was scored yet.", hint="Run the night first.")
    horizon = Horizon(loads=tuple((int(pk), rows) for pk, rows in run.loads.items()), sift_hash=run.sift_hash)
    found = past_points(rules_of(run.kinds_id).rules, horizon, now=now)
    learned = learn(found, gap=OUTCOME_WEEKS // STEP_WEEKS)
    told: dict[str, Any] = {**asdict(learned), "version": run.kinds_id, "measured_at": now.isoformat()}
    told["topics"] = [asdict(one) for one in topic_proposal(now=now)]
    with transaction.atomic():
        IntentRun.objects.filter(id=run.id).update(counts={**run.counts, "lift": told})
        ledger.append(
            actor, "intent.lift_measured", subject=f"intent_run:{run.id}", enough=learned.is_enough,
            training=learned.training, test=learned.test,
        )  # fmt: skip
    return told
