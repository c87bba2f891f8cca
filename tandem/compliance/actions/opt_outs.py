"""Opt-outs that other systems know: into the registry once, and not again after the person has allowed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from tandem.access.actions import require
from tandem.compliance.actions.suppression import suppress_many
from tandem.compliance.contracts import OptOut, Reject, SuppressionEntry, SuppressReport
from tandem.compliance.domain import addresses
from tandem.compliance.queries.keys import registry_keys
from tandem.compliance.queries.opt_outs import Known, known_by_hash
from tandem.core.actors import Actor

AT_ONCE = 5_000
NOTHING = Known()


def take_opt_outs(found: Sequence[OptOut], *, actor: Actor, now: datetime) -> SuppressReport:
    """Take what a feed of refusals brings: what is new goes into the registry, the rest counts as known.

    A refusal is known when it stands already, or when the person gave a permission after it (`lift_suppression`): a
    flag that nobody took off in the other system does not undo that. Who was erased is not written down again.
    Resumable: some thousand a transaction.

    found : each with the moment at which its system last changed it in `entry.at`; None: now

    Raises NotAllowed without "suppression.edit".
    """
    require(actor, "suppression.edit")
    added = known = 0
    rejects: list[Reject] = []
    for start in range(0, len(found), AT_ONCE):
        some = found[start : start + AT_ONCE]
        new = [(number, one) for number, one in _not_known(some, now)]
        known += len(some) - len(new)
        with transaction.atomic():
            for source in dict.fromkeys(one.source for _, one in new):
                numbered = [(start + number, one) for number, one in new if one.source == source]
                report = _suppress(numbered, source, actor=actor, now=now)
                added, known = added + report.added, known + report.known
                rejects += report.rejects
    return SuppressReport(added=added, known=known, rejects=tuple(sorted(rejects, key=lambda one: one.number)))


def _not_known(found: Sequence[OptOut], now: datetime) -> Iterator[tuple[int, OptOut]]:
    """What needs an entry, numbered from 1; what is no address is left to the registry to refuse."""
    keys = registry_keys()
    hashes = [_hashes(one.entry, keys) for one in found]
    known = known_by_hash(hashed for some in hashes for hashed in some)
    seen: set[tuple[str, str, str, str]] = set()
    for number, (one, some) in enumerate(zip(found, hashes, strict=True), 1):
        entry = one.entry
        asked = {"channel": entry.channel, "purpose": entry.purpose, "reason": entry.reason, "at": entry.at or now}
        if any(known.get(hashed, NOTHING).covers(**asked) for hashed in some):  # type: ignore[arg-type]
            continue
        key = (some[0] if some else entry.address, entry.channel, entry.purpose, entry.reason)
        if key not in seen:
            seen.add(key)
            yield number, one


def _hashes(entry: SuppressionEntry, keys: Sequence[str]) -> list[str]:
    address = addresses.read(entry.address, country=entry.country, kind=entry.kind)
    return [addresses.keyed_hash(address, key) for key in keys] if address is not None else []


def _suppress(found: Sequence[tuple[int, OptOut]], source: str, *, actor: Actor, now: datetime) -> SuppressReport:
    report = suppress_many(
        [one.entry for _, one in found], source=source, actor=actor, now=now, subjects=[one.subject for _, one in found]
    )
    told = tuple(Reject(number=found[one.number - 1][0], value=one.value, reason=one.reason) for one in report.rejects)
    return SuppressReport(added=report.added, known=report.known, rejects=told)
