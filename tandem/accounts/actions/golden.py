"""From landed source records to golden accounts, contacts and deals: match, put together, link again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from typing import Any

from tandem.access import actions as access
from tandem.accounts.actions import assembling, resolving
from tandem.accounts.actions.facts.relinking import relink_activities
from tandem.accounts.actions.opting_out import OptOutReport, suppress_opted_out
from tandem.accounts.contracts import Entity
from tandem.accounts.models import SourceRecord
from tandem.core.actors import Actor

GOLDEN = (Entity.ACCOUNT, Entity.CONTACT, Entity.OPPORTUNITY)

Progress = Callable[[int, int | None, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenReport:
    """What a refresh did.

    accounts, contacts : reports of matching
    assembled : report of putting together
    relinked : activities that got an account, contact or deal more
    opted_out : who went into the suppression registry
    """

    accounts: Any
    contacts: Any
    assembled: Any
    relinked: int
    opted_out: OptOutReport

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        parts = {"accounts": self.accounts, "contacts": self.contacts, "assembled": self.assembled}
        parts["opted_out"] = self.opted_out
        return {name: _as_dict(part) for name, part in parts.items()} | {"relinked": self.relinked}


def refresh(*, actor: Actor, now: datetime, progress: Progress | None = None) -> GoldenReport:
    """Bring the golden records up to what the sources say. Resumable: what is done stays done.

    Raises NotAllowed.
    """
    access.require(actor, "source.manage")
    accounts = resolving.resolve(Entity.ACCOUNT, actor=actor, now=now, progress=progress)
    contacts = resolving.resolve(Entity.CONTACT, actor=actor, now=now, progress=progress)
    assembled = assembling.assemble(actor=actor, now=now, progress=progress)
    opted_out = suppress_opted_out(actor=actor, now=now, progress=progress)
    relinked = relink_activities(now=now, progress=progress)
    return GoldenReport(
        accounts=accounts, contacts=contacts, assembled=assembled, relinked=relinked, opted_out=opted_out
    )


def is_stale() -> bool:
    """Whether some source record has changed since its golden record was last put together."""
    return SourceRecord.objects.filter(entity__in=GOLDEN, is_dirty=True).exists()


def _as_dict(report: Any) -> Any:
    if hasattr(report, "as_dict"):
        return report.as_dict()
    return asdict(report) if is_dataclass(report) and not isinstance(report, type) else report
