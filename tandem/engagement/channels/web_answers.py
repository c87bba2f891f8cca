"""How an answer, or the lack of one, of a provider's web interface ends a hand-off."""

from __future__ import annotations

from tandem.compliance.contracts.gate import ClearanceState
from tandem.core.errors import ProviderFailed
from tandem.core.outside import Limits
from tandem.engagement.channels.handing_over import HandOff

ONCE = Limits(tries=1)  # what was looked at before a message is too old for a second try
LATER = frozenset({401, 408, 425, 429, 503})  # not taken, and may be later; a token may have run out


def ended_by(failure: ProviderFailed, *, told: str = "") -> HandOff:
    """How a call that failed ended: refused when it never arrived or was answered with a no; else nobody knows.

    told : the provider's own words; empty: those of the failure
    """
    status, words = failure.context.get("status"), told or failure.message
    if isinstance(status, int) and (status in LATER or 400 <= status < 500):
        return HandOff(state=ClearanceState.REFUSED, told=words, is_temporary=status in LATER)
    if status is None and failure.context.get("sent") is False:
        return HandOff(state=ClearanceState.REFUSED, told=words, is_temporary=True)
    return HandOff(state=ClearanceState.UNCERTAIN, told=words)


def is_rate_limit(reason: str) -> bool:
    """Whether a 403 means "too much at once", as Google says it."""
    return reason in ("rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "quotaExceeded")
