"""Reads of switches, limits and quiet periods: what the gate asks each time, and what pages show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

from tandem.compliance.contracts.switches import KillSettings, QuietSpan, SwitchScope, ThrownSwitch
from tandem.compliance.domain import quiet
from tandem.compliance.domain.quiet import QuietRow
from tandem.compliance.models import KillLimits, QuietPeriod, Switch
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
