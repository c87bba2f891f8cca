"""Survivorship rules as RevOps sets them. A changed rule has all records it is about put together anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tandem.access.actions import require, require_reason
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.survivorship import STRATEGIES
from tandem.accounts.models import SourceRecord, SurvivorshipRule
from tandem.accounts.queries.rules import known_kinds, ruled_fields
from tandem.core import jobs, ledger
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, NotFound

ASSEMBLE_TASK = "accounts.assemble"
# A refusal counts whoever passed it on; no rule may make one source's "no" outweigh another's "yes".
ALWAYS_STRICTEST = frozenset({"opted_out", "do_not_call", "has_left"})


def set_rule(
    entity: Entity,
    field: str,
    *,
    strategies: Sequence[str],
    source_rank: Sequence[str] = (),
    reason: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Set the rule of a field ("*": of all others) and have its records put together anew.

    Returns how many source records come round again. Raises NotAllowed, InvalidInput.
    """
    require(actor, "setting.manage")
    why = require_reason(reason)
    words = _checked(entity, field, strategies, source_rank)
    with transaction.atomic():
        SurvivorshipRule.objects.update_or_create(
            entity=entity, field=field, defaults={"strategies": words, "source_rank": list(source_rank)}
        )
        return _note(actor, "accounts.rule_set", entity, field, why, strategies=words, source_rank=list(source_rank))


def reset_rule(entity: Entity, field: str, *, reason: str, actor: Actor, now: datetime) -> int:
    """Go back to the rule that the product comes with; returns how many source records come round again.

    Raises NotAllowed, InvalidInput, NotFound when RevOps had set none.
    """
    require(actor, "setting.manage")
    why = require_reason(reason)
    with transaction.atomic():
        deleted, _ = SurvivorshipRule.objects.filter(entity=entity, field=field).delete()
        if not deleted:
            raise NotFound(f"No rule was set for {entity} {field!r}.", hint="It has the product's own rule already.")
        return _note(actor, "accounts.rule_reset", entity, field, why)


def _checked(entity: Entity, field: str, strategies: Sequence[str], source_rank: Sequence[str]) -> list[str]:
    """The strategies, if the rule makes sense."""
    fields = ruled_fields().get(entity, ())
    wrong = [word for word in strategies if word not in STRATEGIES]
    strange = [kind for kind in source_rank if kind not in known_kinds()]
    if field != "*" and field not in fields:
        raise _refusal(f"There is no rule for {entity} {field!r}.", f"Fields: *, {', '.join(fields)}.")
    if wrong or not strategies:
        told = f"There is no strategy {wrong[0]!r}." if wrong else "A rule needs at least one strategy."
        raise _refusal(told, f"Strategies: {', '.join(STRATEGIES)}.")
    if strange:
        raise _refusal(f"There is no kind of source {strange[0]!r}.", f"Kinds: {', '.join(known_kinds())}.")
    if field in ALWAYS_STRICTEST and list(strategies) != ["any_true"]:
        raise _refusal(
            f"{field.replace('_', ' ').capitalize()} is always decided by the strictest source.",
            "A refusal counts whoever passed it on; this can't be changed.",
        )
    if field not in ALWAYS_STRICTEST and strategies[0] != "correction":
        raise _refusal("A person's correction must come first.", "Put 'correction' before the other strategies.")
    if len(set(strategies)) != len(strategies) or len(set(source_rank)) != len(source_rank):
        raise _refusal("A strategy or kind stands twice in the rule.", "Name each once.")
    return list(strategies)


def _refusal(message: str, hint: str) -> InvalidInput:
    return InvalidInput(message, hint=hint, code="rule.invalid")


def _note(actor: Actor, action: str, entity: Entity, field: str, reason: str, **facts: object) -> int:
    """Ledger, flags and the job that puts the records together, in the caller's transaction."""
    marked = SourceRecord.objects.filter(entity=entity, is_dirty=False).update(is_dirty=True)
    ledger.append(actor, action, subject=f"rule:{entity}.{field}", reason=reason, records=marked, **facts)
    jobs.enqueue(ASSEMBLE_TASK, {})
    return marked
