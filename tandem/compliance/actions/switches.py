"""Writes of switches, limits and quiet periods. A switch holds from its commit on: claims wait for the same lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from tandem.access.actions import require, require_reason
from tandem.access.queries import get_agent, get_agent_by_name
from tandem.compliance.actions.ledger import append, lock_chain
from tandem.compliance.contracts.gate import Road
from tandem.compliance.contracts.switches import KillSettings, SwitchScope
from tandem.compliance.domain import addresses
from tandem.compliance.domain.quiet import GROUPS
from tandem.compliance.domain.rules.places import canonical
from tandem.compliance.models import KillLimits, Switch
from tandem.compliance.queries import switches as queries
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound

LONGEST_REASON, LONGEST_CAMPAIGN = 300, 120
MOST_DAYS = 3_650


def throw(scope: SwitchScope, key: str, *, reason: str, actor: Actor, now: datetime) -> int:
    """Stop everything, or one agent, sending domain, campaign, region or channel. Returns the switch's id.

    From its commit on nothing it covers can be claimed in any process. Safe to repeat: while it stands, the same id
    comes back.

    key : agent id or name, sending domain, campaign key, place ("DE", "US-TX", "EEA", "EU") or road; "" for GLOBAL

    Raises NotAllowed without "gate.stop", InvalidInput without a reason or for a key that names nothing, NotFound for
    an unknown agent.
    """
    require(actor, "gate.stop")
    reason = require_reason(reason)[:LONGEST_REASON]
    key = key_of(scope, key)
    try:
        with transaction.atomic():
            # The moment is taken when nothing else can be claimed: whatever was claimed bears an earlier one.
            lock_chain()
            standing = Switch.objects.filter(scope=scope.value, key=key, lifted_at=None).values_list("id", flat=True)
            if known := standing.first():
                return known
            row = Switch.objects.create(
                scope=scope.value,
                key=key,
                reason=reason,
                thrown_at=max(now, clock.now()),
                thrown_by_id=None if actor.is_agent else actor.id,
            )
            append(
                actor=actor,
                action="compliance.switch_thrown",
                subject=f"switch:{row.id}",
                facts={"scope": scope.value, "key": key, "reason": reason},
            )
    except IntegrityError:
        return int(Switch.objects.filter(scope=scope.value, key=key, lifted_at=None).values_list("id", flat=True)[0])
    return int(row.id)


def lift(switch_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let go again what a switch stopped. What was refused meanwhile stays refused; it is decided anew.

    Raises NotAllowed without "gate.manage" or for an agent (what a stop protects, a person judges), InvalidInput
    without a reason, NotFound, Conflict when it is lifted already.
    """
    require(actor, "gate.manage")
    if actor.is_agent:
        raise NotAllowed(
            "Software can't lift a switch.",
            hint="A person of RevOps or compliance looks first, then lifts it; on the shell with --as MAIL.",
        )
    reason = require_reason(reason)[:LONGEST_REASON]
    thrown_at = Switch.objects.filter(id=switch_id).values_list("thrown_at", flat=True).first()
    if thrown_at is None:
        raise NotFound(f"There is no switch {switch_id}.", hint="Open Switches; those that stand are listed there.")
    with transaction.atomic():
        lock_chain()
        changed = Switch.objects.filter(id=switch_id, lifted_at=None).update(
            lifted_at=max(now, thrown_at, clock.now()), lifted_by_id=actor.id, lifted_why=reason
        )
        if not changed:
            raise Conflict("The switch is lifted already.", hint="Reload the page.")
        append(
            actor=actor, action="compliance.switch_lifted", subject=f"switch:{switch_id}", facts={"reason": reason}
        )  # fmt: skip


def key_of(scope: SwitchScope, key: str) -> str:
    """A switch's key in the form in which the gate asks for it.

    Raises InvalidInput for one that names nothing, NotFound for an unknown agent.
    """
    key = key.strip()
    if scope is SwitchScope.GLOBAL:
        return ""
    found = _KEYS[scope](key) if key else ""
    if not found:
        raise InvalidInput(
            f"{key!r} is no {scope.value} that could be stopped." if key else f"Which {scope.value}?",
            hint=_HINTS[scope],
            code="switch.key",
        )
    return found


def _agent_key(key: str) -> str:
    found = get_agent(int(key)) if key.isdecimal() and len(key) < 19 else get_agent_by_name(key)
    return str(found.id)


def _place_key(key: str) -> str:
    return key.upper() if key.upper() in GROUPS else canonical(key)


def _road_key(key: str) -> str:
    word = key.lower().replace(" ", "_")
    return word if word in set(Road) else ""


def _campaign_key(key: str) -> str:
    return key if len(key) <= LONGEST_CAMPAIGN else ""


_KEYS: Mapping[SwitchScope, Callable[[str], str]] = {
    SwitchScope.AGENT: _agent_key,
    SwitchScope.DOMAIN: addresses.domain,
    SwitchScope.CAMPAIGN: _campaign_key,
    SwitchScope.REGION: _place_key,
    SwitchScope.CHANNEL: _road_key,
}
_HINTS: Mapping[SwitchScope, str] = {
    SwitchScope.AGENT: "Give the agent's name.",
    SwitchScope.DOMAIN: "Give the domain mail is sent from, for example mail.aislewright.example.",
    SwitchScope.CAMPAIGN: "Give the campaign's key.",
    SwitchScope.REGION: "Give a country or state, for example DE or US-TX, or EEA.",
    SwitchScope.CHANNEL: f"Give one of {', '.join(Road)}.",
}


def set_limits(limits: KillSettings, *, actor: Actor, now: datetime) -> None:
    """Set the limits of the kill criteria; they hold at the next decision.

    Raises NotAllowed without "gate.manage", InvalidInput for days outside 0 to 3650, amounts below nothing, or four
    eyes asked for below the amount at which the first pair looks.
    """
    require(actor, "gate.manage")
    _check(limits)
    before = queries.limits()
    changed = {
        field.name: [_told(getattr(before, field.name)), _told(getattr(limits, field.name))]
        for field in fields(KillSettings)
        if getattr(before, field.name) != getattr(limits, field.name)
    }
    if not changed:
        return
    with transaction.atomic():
        KillLimits.objects.update_or_create(id=1, defaults=asdict(limits))
        append(
            actor=actor,
            action="compliance.kill_limits_set",
            subject="kill_limits:1",
            facts={"changed": changed, "at": now.isoformat()},
        )


def _check(limits: KillSettings) -> None:
    for label, days in (
        ("between touches", limits.days_between_touches),
        ("after an objection", limits.objection_days),
    ):
        if days is not None and not 0 <= days <= MOST_DAYS:
            raise InvalidInput(f"{days} days {label} can't be.", hint=f"Give 0 to {MOST_DAYS}, or nothing for off.")
    for amount in (limits.review_above, limits.four_eyes_above):
        if amount is not None and not 0 <= amount < Decimal(10) ** 14:
            raise InvalidInput(f"{amount} is no worth of an account.", hint="Give an amount, or nothing for off.")
    first, second = limits.review_above, limits.four_eyes_above
    if first is not None and second is not None and second < first:
        raise InvalidInput(
            "Two people would be asked below the amount at which one is.",
            hint="Set the amount for two people higher than the one for one.",
        )


def _told(value: Any) -> Any:
    if isinstance(value, Decimal | date):
        return str(value)
    return value
