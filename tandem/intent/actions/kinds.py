"""Versions of how signals count: stored, adopted, gone back to. The last one adopted counts from the next night on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tandem.access.actions import require, require_reason
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput
from tandem.intent.contracts import KindRules, KindTable, SignalKind
from tandem.intent.domain.kind_rules import as_document, built_in_rules, read_rules
from tandem.intent.models import KindOrigin, KindSetting
from tandem.intent.queries.kind_rules import get_setting, rules_in_force, rules_of
from tandem.intent.queries.latest import latest_lift

MOMENT = timedelta(microseconds=1)


def save_rules(
    document: Mapping[str, Any], *, reason: str, actor: Actor, now: datetime, is_adopted: bool = False
) -> int:
    """Store a version; returns its number. is_adopted : and put it in force.

    Raises NotAllowed without "intent.manage", InvalidInput for a document that can't be read or without a reason.
    """
    require(actor, "intent.manage")
    rules, reason = read_rules(document), require_reason(reason)
    with transaction.atomic():
        setting = _store(rules, KindOrigin.PERSON, reason, {}, actor, now)
        if is_adopted:
            _adopt(setting, actor, now)
    return setting.id


def adopt(version: int | None, *, actor: Actor, now: datetime) -> int:
    """Let a stored version count from now on; None: the kinds that come with the product. Returns its number.

    Raises NotAllowed without "intent.manage", NotFound, Conflict when it counts already.
    """
    require(actor, "intent.manage")
    if rules_in_force().version == version:
        raise Conflict("This version counts already.", hint="Reload the page.", code="intent.version")
    with transaction.atomic():
        if version is None:
            reason = "Back to the kinds that come with the product"
            setting = _store(built_in_rules(), KindOrigin.PERSON, reason, {}, actor, now)
        else:
            setting = get_setting(version)
        _adopt(setting, actor, now)
    return setting.id


def store_learned(*, actor: Actor, now: datetime) -> int:
    """Store the weights that were learned last as a version, which somebody may adopt; returns its number.

    Raises NotAllowed without "intent.manage", InvalidInput when nothing could be learned.
    """
    require(actor, "intent.manage")
    told = latest_lift()
    if told is None or not told.get("is_enough"):
        raise InvalidInput(
            "There are no learned weights.", hint="They are learned on Mondays, once enough opportunities are known.",
            code="intent.learned",
        )  # fmt: skip
    base = rules_of(told["version"]).rules
    reason = f"Learned from {told['training']:,} opportunities"
    with transaction.atomic():
        setting = _store(multiplied(base, told["factors"]), KindOrigin.LEARNED, reason, told, actor, now)
    return setting.id


def adopt_topics(topics: Sequence[str] | None, *, actor: Actor, now: datetime) -> int:
    """Let these topics alone count from now on, or with none all; None: those that were proposed last. The rest of the
    rules stays. Returns the number of the version.

    Raises NotAllowed without "intent.manage", InvalidInput for text that is no topic, or when none is proposed.
    """
    require(actor, "intent.manage")
    measured = latest_lift() or {}
    if topics is None:
        topics = [one["topic"] for one in measured.get("topics", []) if one["is_proposed"]]
        if not topics:
            raise InvalidInput(
                "No topic is proposed.", hint="Topics are looked through on Mondays, with the learned weights.",
                code="intent.topics",
            )  # fmt: skip
    rules = read_rules({**as_document(rules_in_force().rules), "topics": list(topics)})
    reason = f"Topics that matter: {', '.join(rules.topics)}" if rules.topics else "All topics count"
    with transaction.atomic():
        evidence = {"topics": measured.get("topics", [])}
        setting = _store(rules, KindOrigin.PERSON, reason, evidence, actor, now)
        _adopt(setting, actor, now)
    return setting.id


def multiplied(rules: KindRules, factors: Mapping[str, float]) -> KindRules:
    """Weights and saturations times a factor; a saturation of 0 would be none, so it is kept above."""
    known = {kind: _times(one, factors.get(kind, 1.0)) for kind, one in rules.kinds.known.items()}
    return replace(rules, kinds=KindTable(known=known, other=rules.kinds.other))


def _times(kind: SignalKind, factor: float) -> SignalKind:
    bound = None if kind.saturation is None else max(kind.saturation * factor, 1e-6)
    return replace(kind, weight=kind.weight * factor, saturation=bound)


def _store(
    rules: KindRules, origin: KindOrigin, reason: str, evidence: Mapping[str, Any], actor: Actor, now: datetime
) -> KindSetting:
    setting = KindSetting.objects.create(
        rules=as_document(rules), origin=origin, reason=reason[:300], evidence=dict(evidence), created_at=now,
        created_by=actor.name,
    )  # fmt: skip
    ledger.append(actor, "intent.kinds_stored", subject=f"kind_setting:{setting.id}", reason=reason, origin=str(origin))
    return setting


def _adopt(setting: KindSetting, actor: Actor, now: datetime) -> None:
    before = KindSetting.objects.exclude(adopted_at=None).order_by("-adopted_at", "-id").first()
    # The one adopted last counts, so that no two may be adopted at one moment.
    at = now if before is None or before.adopted_at is None else max(now, before.adopted_at + MOMENT)
    setting.adopted_at, setting.adopted_by = at, actor.name
    setting.save(update_fields=["adopted_at", "adopted_by"])
    ledger.append(actor, "intent.kinds_adopted", subject=f"kind_setting:{setting.id}",
                  before=before.id if before is not None else None)  # fmt: skip
