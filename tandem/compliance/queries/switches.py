"""Reads of switches, limits and quiet periods: what the gate asks each time, and what pages show."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from tandem.compliance.contracts.gate import ClearanceState
from tandem.compliance.contracts.switches import KillSettings, QuietSpan, SwitchScope, ThrownSwitch
from tandem.compliance.domain import quiet
from tandem.compliance.domain.quiet import QuietRow
from tandem.compliance.models import Clearance, KillLimits, LedgerEntry, QuietPeriod, Switch
from tandem.core.actors import ActorKind
from tandem.core.errors import NotFound

SOFTWARE = "software"
_ORDER = list(SwitchScope)
_STANDING = ("id", "scope", "key", "reason", "thrown_at", "thrown_by__name")


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRow:
    """A switch as pages and the shell show it. `lifted_at` None: it stands. Names empty: software."""

    id: int
    scope: SwitchScope
    key: str
    reason: str
    thrown_at: datetime
    thrown_by: str
    lifted_at: datetime | None
    lifted_by: str
    lifted_why: str

    @property
    def told(self) -> str:
        """What it stops, in words."""
        return "everything" if self.scope is SwitchScope.GLOBAL else f"{self.scope.value} {self.key}"

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def all_thrown() -> list[ThrownSwitch]:
    """Every switch that stands, the widest first. One query, never remembered: a stop holds at the next look."""
    rows = Switch.objects.filter(lifted_at=None).values_list(*_STANDING)
    found = [
        ThrownSwitch(id=pk, scope=SwitchScope(scope), key=key, reason=reason, thrown_at=at, thrown_by=by or SOFTWARE)
        for pk, scope, key, reason, at, by in rows
    ]
    return sorted(found, key=lambda one: (_ORDER.index(one.scope), one.id))


def thrown(
    *, channel: str, agent_id: int | None, domain: str, campaign: str, places: Sequence[str]
) -> list[ThrownSwitch]:
    """The standing switches that stop one request. One query; see `among`."""
    return among(
        all_thrown(), channel=channel, agent_id=agent_id, domain=domain, campaign=campaign, places=places
    )  # fmt: skip


def among(
    standing: Iterable[ThrownSwitch],
    *,
    channel: str,
    agent_id: int | None,
    domain: str,
    campaign: str,
    places: Sequence[str],
) -> list[ThrownSwitch]:
    """Those of the standing switches that stop one request.

    channel : road
    agent_id : the agent that acts; None: a person does
    domain : sending domain; a switch of a domain stops those below it too
    campaign : key; empty: none
    places : candidates of the recipient's place; a switch of a country stops its states, one of a state those of whom
        only the country is known, "EEA" and "EU" their members; nothing known: any region's switch stops it
    """
    keys = {
        SwitchScope.GLOBAL: {""},
        SwitchScope.AGENT: {str(agent_id)} if agent_id is not None else set(),
        SwitchScope.DOMAIN: _with_parents(domain),
        SwitchScope.CAMPAIGN: {campaign} - {""},
        SwitchScope.CHANNEL: {str(channel)},
    }
    return [
        one
        for one in standing
        if (quiet.covers_any((one.key,), places) if one.scope is SwitchScope.REGION else one.key in keys[one.scope])
    ]


def _with_parents(domain: str) -> set[str]:
    labels = domain.strip().lower().rstrip(".").split(".")
    return {".".join(labels[at:]) for at in range(len(labels))} - {""}


def stops_agent(agent_id: int, right: str) -> str | None:
    """Why an agent may not act now, in words; None: no switch stands against it. One query.

    right : "kind.verb"; to look at the gate and to stop more stays open, so that a watching agent can do its work
    """
    if right in ("gate.view", "gate.stop"):
        return None
    rows = Switch.objects.filter(
        lifted_at=None, scope__in=(SwitchScope.GLOBAL.value, SwitchScope.AGENT.value), key__in=("", str(agent_id))
    )
    row = rows.values_list("scope", "reason").order_by("id").first()
    if row is None:
        return None
    return f"everything is stopped: {row[1]}" if row[0] == SwitchScope.GLOBAL.value else f"it is stopped: {row[1]}"


def get_switch(switch_id: int) -> SwitchRow:
    """One switch. Raises NotFound."""
    for row in _rows(Switch.objects.filter(id=switch_id)):
        return row
    raise NotFound(f"There is no switch {switch_id}.", hint="Open Switches; those that stood are listed there.")


def list_switches(*, standing: bool | None = None, limit: int = 200) -> list[SwitchRow]:
    """Switches, those thrown last first. standing : only those that stand, or only those lifted; None: all"""
    rows = Switch.objects.all()
    if standing is not None:
        rows = rows.filter(lifted_at__isnull=standing)
    return list(_rows(rows.order_by("-thrown_at", "-id")[:limit]))


def _rows(rows: Any) -> Iterable[SwitchRow]:
    for row in rows.select_related("thrown_by", "lifted_by"):
        yield SwitchRow(
            id=row.id,
            scope=SwitchScope(row.scope),
            key=row.key,
            reason=row.reason,
            thrown_at=row.thrown_at,
            thrown_by=row.thrown_by.name if row.thrown_by else "",
            lifted_at=row.lifted_at,
            lifted_by=row.lifted_by.name if row.lifted_by else "",
            lifted_why=row.lifted_why,
        )


def limits() -> KillSettings:
    """The limits in force; the built-in ones before anybody has set them."""
    names = [field.name for field in fields(KillSettings)]
    row = KillLimits.objects.filter(id=1).values(*names).first()
    return KillSettings(**row) if row else KillSettings()


def all_quiet() -> list[QuietRow]:
    """Every quiet period in use, by its first day."""
    return [_quiet(row) for row in QuietPeriod.objects.filter(ended_at=None).order_by("starts_on", "id")]


def get_quiet(period_id: int) -> QuietRow:
    """One period, also one that has ended. Raises NotFound."""
    row = QuietPeriod.objects.filter(id=period_id).first()
    if row is None:
        raise NotFound(f"There is no quiet period {period_id}.", hint="Open the quiet calendar.")
    return _quiet(row)


def quiet_among(
    rows: Sequence[QuietRow], *, industry: str, places: Sequence[str], account: str, on: date
) -> list[QuietSpan]:
    """Those of the periods that lie on a day and are meant for somebody; see `domain.quiet.fitting`."""
    return quiet.fitting(rows, industry=industry, places=places, account=account, on=on)


def quiet_for(*, industry: str, places: Sequence[str], account: str, on: date) -> list[QuietSpan]:
    """The quiet periods for somebody on a day. One query."""
    return quiet_among(all_quiet(), industry=industry, places=places, account=account, on=on)


def _quiet(row: QuietPeriod) -> QuietRow:
    return QuietRow(
        id=row.id,
        name=row.name,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        is_yearly=row.is_yearly,
        industries=tuple(row.industries),
        places=tuple(row.places),
        accounts=tuple(row.accounts),
        source=row.source,
        ended_at=row.ended_at,
    )


# --- the stop report ---

THROWN, LIFTED = "compliance.switch_thrown", "compliance.switch_lifted"
CLAIMED, DECIDED = "compliance.claimed", "compliance.decided"
REFUSED = ("compliance.claim_refused", "compliance.refused")
ENTRIES_READ, IDS_AT_ONCE, DEPARTURES_SHOWN = 50_000, 5_000, 50
LOOK_BACK_HOURS = (1, 24, 24 * 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateDeparture:
    """A message that was claimed before a stop and taken over by the other side after it."""

    message_key: str
    claimed_at: datetime
    departed_at: datetime
    delay_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReport:
    """What left around a stop, and the entries of the ledger that show it.

    The ledger's order decides what came before and after: the stop and every claim take the same lock.

    entry, lifted_entry, ledger_head : numbers of entries; lifted_entry None: it stands
    last_claim_at, last_claim_entry : the last thing taken for sending before it; None: nothing in 30 days
    claims_after : taken for sending after the stop while it stood; must be 0
    departures, late_count : what was under way at the stop and left after it; `departures` the slowest first
    under_way : taken before the stop, without an answer of the other side yet
    uncertain : taken before, and nobody can tell whether it left
    refused : turned away at the claim or at the last look since
    asked_and_blocked : decisions since that the switch blocked
    waiting : cleared, not taken, not run out: what would leave next
    """

    switch: SwitchRow
    entry: int
    lifted_entry: int | None
    ledger_head: int
    last_claim_at: datetime | None
    last_claim_entry: int | None
    claims_after: int
    departures: tuple[LateDeparture, ...]
    late_count: int
    under_way: int
    uncertain: int
    refused: int
    asked_and_blocked: int
    waiting: int

    @property
    def slowest_ms(self) -> float:
        """The longest delay of something that was under way, in milliseconds; 0: nothing left after the stop."""
        return max((one.delay_ms for one in self.departures), default=0.0)

    @property
    def holds(self) -> bool:
        """Whether the stop held: nothing taken after it, and nothing is under way any more."""
        return self.claims_after == 0 and self.under_way == 0

    @property
    def sentence(self) -> str:
        """The proof in words."""
        if self.claims_after:
            return f"{self.claims_after} taken for sending after the stop: it did not hold."
        under_way = f" {self.under_way} still under way." if self.under_way else ""
        if not self.late_count:
            return f"Nothing was taken for sending after the stop, and nothing left after it.{under_way}"
        return (
            f"Nothing was taken for sending after the stop. {self.late_count} that were under way left, the last"
            f" {self.slowest_ms:,.0f} ms after it.{under_way}"
        )

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {**asdict(self), "slowest_ms": self.slowest_ms, "holds": self.holds, "sentence": self.sentence}


def stop_report(switch_id: int, *, now: datetime) -> StopReport:
    """What left around a stop, from the ledger and the clearances. Raises NotFound."""
    switch = get_switch(switch_id)
    own = dict(LedgerEntry.objects.filter(subject=f"switch:{switch_id}").values_list("action", "number"))
    head = LedgerEntry.objects.order_by("-number").values_list("number", flat=True).first() or 0
    entry, lifted = own[THROWN], own.get(LIFTED)  # an entry of the same transaction: it is there
    events = list(_events(entry, lifted or head))
    scoped = _in_scope(switch, {clearance for _, clearance, _ in events if clearance})
    late = _late(switch)
    before = _last_before(switch)
    states = _not_ended(switch)
    return StopReport(
        switch=switch,
        entry=entry,
        lifted_entry=lifted,
        ledger_head=head,
        last_claim_at=before.claimed_at if before else None,
        last_claim_entry=_claim_entry(before.message_key) if before else None,
        claims_after=len({one for action, one, _ in events if action == CLAIMED and one in scoped}),
        departures=tuple(late[:DEPARTURES_SHOWN]),
        late_count=len(late),
        under_way=states.count(ClearanceState.CLAIMED.value),
        uncertain=states.count(ClearanceState.UNCERTAIN.value),
        refused=len({one for action, one, _ in events if action in REFUSED and one in scoped}),
        asked_and_blocked=_blocked(switch, events),
        waiting=_waiting(switch, now),
    )


_Event = tuple[str, int, dict[str, Any]]


def _events(after: int, until: int) -> Iterator[_Event]:
    """Entries of the gate behind a stop: action, clearance (0: none), facts."""
    rows = LedgerEntry.objects.filter(
        number__gt=after, number__lte=until, action__in=(CLAIMED, DECIDED, *REFUSED)
    ).order_by("number")
    for action, facts in rows.values_list("action", "facts")[:ENTRIES_READ]:
        told = json.loads(facts)
        yield action, int(told.get("clearance") or 0), told


def _blocked(switch: SwitchRow, events: Sequence[_Event]) -> int:
    rule = f"KILL-SWITCH-{switch.scope.value.upper()}@"
    return sum(
        action == DECIDED and any(str(one).startswith(rule) for one in told.get("rules", ()))
        for action, _, told in events
    )


def _in_scope(switch: SwitchRow, ids: set[int]) -> set[int]:
    """Those of the clearances that the switch covers."""
    if switch.scope is SwitchScope.GLOBAL:
        return ids
    ordered = sorted(ids)
    parts = [ordered[at : at + IDS_AT_ONCE] for at in range(0, len(ordered), IDS_AT_ONCE)]
    return {row.id for part in parts for row in _covered(switch, Clearance.objects.filter(id__in=part))}


def _covered(switch: SwitchRow, rows: QuerySet[Clearance]) -> Iterator[Clearance]:
    """Clearances that the switch covers, with their decisions, in their order."""
    for row in rows.filter(_scope(switch)).select_related("decision").iterator(chunk_size=200):
        told = row.decision.decision.get("places", ())
        if switch.scope is not SwitchScope.REGION or quiet.covers_any((switch.key,), told):
            yield row


def _scope(switch: SwitchRow) -> Q:
    """What of a switch's scope a database can say; places are looked at row by row."""
    if switch.scope is SwitchScope.CHANNEL:
        return Q(channel=switch.key)
    if switch.scope is SwitchScope.DOMAIN:
        return Q(decision__sender_domain=switch.key) | Q(decision__sender_domain__endswith=f".{switch.key}")
    if switch.scope is SwitchScope.CAMPAIGN:
        return Q(decision__campaign=switch.key)
    if switch.scope is SwitchScope.AGENT:
        return Q(decision__actor_kind=ActorKind.AGENT.value, decision__actor_id=int(switch.key))
    return Q()


def _claimed(switch: SwitchRow, back: timedelta, *states: ClearanceState) -> QuerySet[Clearance]:
    """What was claimed before the stop, at most so long before, last first."""
    return Clearance.objects.filter(
        state__in=[state.value for state in states],
        claimed_at__lte=switch.thrown_at,
        claimed_at__gte=switch.thrown_at - back,
    ).order_by("-claimed_at")


def _late(switch: SwitchRow) -> list[LateDeparture]:
    rows = _claimed(switch, timedelta(days=1), ClearanceState.DEPARTED).filter(departed_at__gt=switch.thrown_at)
    found = [
        LateDeparture(
            message_key=row.message_key,
            claimed_at=row.claimed_at,
            departed_at=row.departed_at,
            delay_ms=round((row.departed_at - switch.thrown_at).total_seconds() * 1000, 3),
        )
        for row in _covered(switch, rows)
        if row.claimed_at is not None and row.departed_at is not None
    ]
    return sorted(found, key=lambda one: -one.delay_ms)


def _last_before(switch: SwitchRow) -> Clearance | None:
    """What was last claimed before the stop, looked for further and further back."""
    ever = (ClearanceState.CLAIMED, ClearanceState.DEPARTED, ClearanceState.UNCERTAIN, ClearanceState.REFUSED)
    for hours in LOOK_BACK_HOURS:
        if found := next(_covered(switch, _claimed(switch, timedelta(hours=hours), *ever)), None):
            return found
    return None


def _claim_entry(message_key: str) -> int | None:
    rows = LedgerEntry.objects.filter(subject=f"message:{message_key}", action=CLAIMED)
    return rows.order_by("-number").values_list("number", flat=True).first()


def _not_ended(switch: SwitchRow) -> list[str]:
    """States of what was claimed before and has not ended for certain."""
    rows = _claimed(switch, timedelta(days=1), ClearanceState.CLAIMED, ClearanceState.UNCERTAIN)
    return [row.state for row in _covered(switch, rows)]


def _waiting(switch: SwitchRow, now: datetime) -> int:
    rows = Clearance.objects.filter(state=ClearanceState.ISSUED.value, expires_at__gt=now)
    if switch.scope is SwitchScope.REGION:
        return sum(1 for _ in _covered(switch, rows))
    return rows.filter(_scope(switch)).count()
