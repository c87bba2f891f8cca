"""How long a consent holds, what proof its kind needs, and how old a screening may be: one table with its rules.

Months are calendar months: from 31 August, six months end on 28 or 29 February. Where the law names no end there is
none here; shorter lives that a country asks for are decided by the rule packs from `given_at`.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from tandem.compliance.contracts import Channel, ConsentKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What a kind of consent asks for.

    months : life from the moment the law counts from; None: no end
    needs_wording : whether the text that was agreed to must be kept
    needs_confirmation : whether it counts only once confirmed (double opt-in)
    counts_from : what `counts_from` of the consent must be, in words
    rule : where it comes from
    """

    months: int | None
    needs_wording: bool
    counts_from: str
    rule: str
    needs_confirmation: bool = False


TERMS: Mapping[ConsentKind, Term] = MappingProxyType(
    {
        ConsentKind.EXPRESS: Term(months=None, needs_wording=True, counts_from="the consent", rule="CA-CASL-002"),
        ConsentKind.DOUBLE_OPT_IN: Term(
            months=None, needs_wording=True, counts_from="the consent", rule="EU-GDPR-003", needs_confirmation=True
        ),
        ConsentKind.WRITTEN: Term(
            months=None, needs_wording=True, counts_from="the signature", rule="47 CFR 64.1200(f)(9)"
        ),
        ConsentKind.SOFT_OPT_IN: Term(
            months=24, needs_wording=False, counts_from="the sale", rule="EU-EPD-002, 24 months by default"
        ),
        ConsentKind.IMPLIED_BUSINESS: Term(
            months=24, needs_wording=False, counts_from="the last purchase or the contract's end", rule="CA-CASL-003"
        ),
        ConsentKind.IMPLIED_INQUIRY: Term(
            months=6, needs_wording=False, counts_from="the inquiry", rule="CA-CASL-004"
        ),
        ConsentKind.IMPLIED_NON_BUSINESS: Term(
            months=24, needs_wording=False, counts_from="the last gift, work or membership", rule="CA-CASL-005"
        ),
        ConsentKind.IMPLIED_PUBLISHED: Term(
            months=24, needs_wording=False, counts_from="the day the page was seen", rule="CA-CASL-006"
        ),
        ConsentKind.IMPLIED_DISCLOSED: Term(
            months=24, needs_wording=False, counts_from="the day the address was given", rule="CA-CASL-007"
        ),
    }
)  # fmt: skip

AUSTRALIAN_CALL_MONTHS = 3  # AU-DNCR-001: express consent to calls, where no other life was agreed
RECORDING_MONTHS = 24  # the house's own: ask again after two years

# Days a screening against a do-not-call register may be relied on.
DNC_DAYS: Mapping[str, int] = MappingProxyType(
    {"us_national": 31, "ca_dncl": 31, "uk_tps": 28, "uk_ctps": 28, "au_dncr": 30, "it_rpo": 15}
)
DNC_DAYS_OTHERWISE = 15  # the strictest of those known


def expiry(kind: ConsentKind, *, counts_from: datetime, channel: Channel, country: str = "") -> datetime | None:
    """The moment from which the consent no longer holds; None: it has no end.

    counts_from : the event the law counts from (purchase, inquiry, consent)
    country : ISO 3166-1 alpha-2 of the person, where it changes the term; empty: unknown
    """
    months = TERMS[kind].months
    if country.upper() == "AU" and channel is Channel.VOICE and months is None:
        months = AUSTRALIAN_CALL_MONTHS
    return None if months is None else add_months(counts_from, months)


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and time so many months later; the month's last day where it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def is_in_force(
    kind: ConsentKind,
    *,
    confirmed_at: datetime | None,
    expires_at: datetime | None,
    withdrawn_at: datetime | None,
    now: datetime,
) -> str:
    """Why a consent does not hold at `now`: "withdrawn", "not confirmed", "expired"; empty when it holds."""
    if withdrawn_at is not None and withdrawn_at <= now:
        return "withdrawn"
    if TERMS[kind].needs_confirmation and (confirmed_at is None or confirmed_at > now):
        return "not confirmed"
    return "expired" if expires_at is not None and expires_at <= now else ""


def dnc_days(register: str) -> int:
    """How many days a screening against this register may be relied on."""
    return DNC_DAYS.get(register, DNC_DAYS_OTHERWISE)
