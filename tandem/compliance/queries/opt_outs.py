"""Reads for feeds of opt-outs: what of it stands in the registry already, and what the person has allowed since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from tandem.compliance.contracts import Channel, Purpose, SuppressionReason
from tandem.compliance.models import Suppression

HASHES_AT_ONCE = 5_000


@dataclass(slots=True)
class Known:
    """What the registry holds of one address.

    standing : (channel, purpose, reason) of the entries that hold
    erased : whether the person was erased: nothing about them may be written down again
    allowed : channel to the last moment at which an entry ended by a permission
    """

    standing: set[tuple[str, str, str]] = field(default_factory=set)
    erased: bool = False
    allowed: dict[str, datetime] = field(default_factory=dict)

    def covers(self, *, channel: Channel, purpose: Purpose, reason: SuppressionReason, at: datetime) -> bool:
        """Whether a refusal of this moment needs no new entry: it stands, or a later permission has answered it."""
        if self.erased or (channel.value, purpose.value, reason.value) in self.standing:
            return True
        later = [self.allowed[one] for one in (Channel.ALL.value, channel.value) if one in self.allowed]
        return any(at <= moment for moment in later)


def known_by_hash(hashes: Iterable[str]) -> dict[str, Known]:
    """What the registry holds of each hash; who is not in the answer is not in the registry.

    One query for each five thousand hashes.
    """
    wanted = list(dict.fromkeys(hashes))
    found: dict[str, Known] = {}
    columns = ("key_hash", "channel", "purpose", "reason", "superseded_at")
    for start in range(0, len(wanted), HASHES_AT_ONCE):
        rows = Suppression.objects.filter(key_hash__in=wanted[start : start + HASHES_AT_ONCE]).values_list(*columns)
        for key_hash, channel, purpose, reason, ended in rows:
            known = found.setdefault(key_hash, Known())
            if ended is None:
                known.standing.add((channel, purpose, reason))
                known.erased |= reason == SuppressionReason.ERASED.value
            else:
                known.allowed[channel] = max(ended, known.allowed.get(channel, ended))
    return found
