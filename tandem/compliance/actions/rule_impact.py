"""Working out what a change of rules does to the installation's contacts: asked for by a person, done by a worker."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from tandem.access.actions import require
from tandem.compliance.actions.ledger import append
from tandem.compliance.domain.rules.impact import Impact, Report, compare
from tandem.compliance.domain.rules.packs import Packs
from tandem.compliance.models import RuleImpact
from tandem.compliance.queries import rules
from tandem.compliance.queries.decision_subjects import count_decision_subjects, decision_subjects
from tandem.core import jobs
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import InvalidInput
from tandem.core.jobs import Progress

TASK = "compliance.rule_impact"
CHANGES_KEPT = 200
BY_DATE, BY_FOLDER = "dates", "own_packs"


def ask_impact(
    *, actor: Actor, now: datetime, as_of: date | None = None, against: date | None = None, own_packs: bool = False
) -> int:
    """Have a comparison worked out over all contacts; returns its id. A worker does it, with progress.

    as_of, against : the law of one day and of another, both by the packs in force
    own_packs : instead, the product's packs alone against the packs in force here
    Raises NotAllowed without "rule.manage", InvalidInput when the question makes no sense.
    """
    require(actor, "rule.manage")
    if own_packs:
        if settings.RULEPACKS_DIR is None:
            raise InvalidInput(
                "This installation has no rule packs of its own.",
                hint="Set TANDEM_RULEPACKS_DIR, or compare two dates.",
            )
        question: dict[str, Any] = {"kind": BY_FOLDER}
    else:
        question = {"kind": BY_DATE, **_days(as_of, against)}
    person = actor.id if actor.kind is ActorKind.PERSON else None
    with transaction.atomic():
        row = RuleImpact.objects.create(question=question, asked_at=now, asked_by_id=person)
        row.job = jobs.enqueue(TASK, {"impact": row.id})
        row.save(update_fields=["job"])
        append(actor=actor, action="compliance.impact_asked", subject=f"rule_impact:{row.id}", facts=question)
    return row.id


def _days(as_of: date | None, against: date | None) -> dict[str, str]:
    if as_of is None or against is None or as_of == against:
        raise InvalidInput("Two different days are needed.", hint="Give the day before a change and the day after it.")
    first, second = sorted((as_of, against))
    return {"before": first.isoformat(), "after": second.isoformat()}


def work_out_impact(impact_id: int, *, now: datetime, progress: Progress) -> None:
    """Compare and store, exactly once. An impact that was worked out before is left as it is."""
    row = RuleImpact.objects.filter(id=impact_id, done_at=None).first()
    if row is None:
        return
    before, after = _both(row.question)
    total = count_decision_subjects()
    found = impact_on_contacts(before, after, now=now, report=lambda done: progress(done, total, "Deciding"))
    with progress.final_write():
        RuleImpact.objects.filter(id=impact_id, done_at=None).update(
            done_at=now, found=found.as_dict(), rules_version=after.version[:200]
        )


def impact_on_contacts(
    before: Packs, after: Packs, *, now: datetime, keep: int | None = CHANGES_KEPT, report: Report | None = None
) -> Impact:
    """Two states of the packs over every contact at `now`. `keep`: changes kept one by one; None: all."""
    return compare(before, after, decision_subjects(now), keep=keep, report=report)


def _both(question: dict[str, Any]) -> tuple[Packs, Packs]:
    if question["kind"] == BY_FOLDER:
        return rules.product_packs(), rules.packs()
    known = rules.packs()
    return known.as_of(date.fromisoformat(question["before"])), known.as_of(date.fromisoformat(question["after"]))
