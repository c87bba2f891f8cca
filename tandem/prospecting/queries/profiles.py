"""Accounts as of a moment, as conditions, fit and research read them: all of them in a handful of reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from tandem.accounts.queries.company_facts import CompanyFacts, company_facts
from tandem.accounts.queries.observed import Observed, ToldSignal, observed
from tandem.prospecting.contracts import AccountProfile, Observation
from tandem.prospecting.domain.conditions import technologies_of

NOT_DETAILS = frozenset({"title", "text", "url"})
NOTHING: Mapping[str, Any] = {}


def profiles(
    account_ids: Iterable[int] | None, *, at: datetime, landed_by: datetime | None = None
) -> Iterator[AccountProfile]:
    """Profiles of living accounts in the order of their ids; None: of all. The caller has checked sight.

    Signals are those up to `at`, deals and customers as of its day; golden fields are as they stand now, because the
    store keeps the present word of each source. Memory is bounded: some thousand accounts are held at a time.

    at : the moment that windows reach back from
    landed_by : only signals that had been brought in by then, as a replay needs it; None: whatever is here now
    """
    wanted = None if account_ids is None else sorted(set(account_ids))
    seen = observed(wanted, until=at, landed_by=landed_by)
    following: Observed | None = next(seen, None)
    for facts in company_facts(wanted, at=at):
        while following is not None and following.account_id < facts.id:
            following = next(seen, None)
        own = following if following is not None and following.account_id == facts.id else None
        yield _profile(facts, own, at)


def profile_of(account_id: int, *, at: datetime) -> AccountProfile | None:
    """One account's profile; None when there is no such living account. The caller has checked sight."""
    return next(profiles([account_id], at=at), None)


def _profile(facts: CompanyFacts, seen: Observed | None, at: datetime) -> AccountProfile:
    told = tuple(map(_observation, seen.told)) if seen else ()
    counted = seen.latest.values() if seen else ()
    return AccountProfile(
        account_id=facts.id,
        name=facts.name,
        owner_id=facts.owner_id,
        at=at,
        fields={"name": facts.name, **facts.fields},
        technologies=technologies_of(chain(told, map(_observation, counted))),
        observations=told,
        counts=seen.counts if seen else NOTHING,
        latest={signal.kind: _observation(signal) for signal in counted},
        is_customer=facts.is_customer,
        open_deals=facts.open_deals,
    )


def _observation(signal: ToldSignal) -> Observation:
    said = signal.payload
    return Observation(
        id=f"signal:{signal.source}/{signal.key}",
        kind=signal.kind,
        at=signal.at,
        source=signal.source,
        strength=signal.strength,
        topic=signal.topic,
        title=_text(said, "title"),
        text=_text(said, "text"),
        url=_text(said, "url"),
        details={name: value for name, value in said.items() if name not in NOT_DETAILS} if said else NOTHING,
    )


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""
