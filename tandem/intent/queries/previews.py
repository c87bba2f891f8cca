"""What other rules would change, before anybody adopts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tandem.accounts.queries import signal_parts
from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, NotFound
from tandem.intent.contracts import KindRules
from tandem.intent.domain.standing import percentiles, points_of
from tandem.intent.models import IntentRun
from tandem.intent.queries import nightly
from tandem.intent.queries.counted import Horizon
from tandem.intent.queries.latest import latest_run, latest_scores

TOP = 0.9
SHOWN = 10
MOST_SIGNALS = 5_000_000  # of a page that somebody waits for; a night takes more


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One account's place before and after, 0 to 1."""

    account_id: int
    name: str
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would change. joining, leaving : accounts that come into and fall out of the top tenth"""

    accounts: int
    joining: int
    leaving: int
    changes: tuple[Change, ...]


def preview(rules: KindRules, *, actor: Actor) -> Preview:
    """The last run's signals under other rules; robots and own people stay as that run had them.

    Raises NotFound before the first run, Conflict above five million signals: adopt it, and the night tells.
    """
    run = latest_run()
    if run is None:
        raise NotFound("Nothing was scored yet.", hint="Run the night first.")
    if sum(run.loads.values()) > MOST_SIGNALS:
        raise Conflict("There are too many signals for a preview.", hint="Adopt the version and see it tomorrow.")
    before = {pk: one.percentile for pk, one in latest_scores().items()}
    after = _after(run, rules)
    names = dict(accounts_in_sight(actor).values_list("id", "name"))
    moved = sorted(set(before) | set(after), key=lambda pk: (-abs(after.get(pk, 0.0) - before.get(pk, 0.0)), pk))
    shown = [pk for pk in moved if pk in names][:SHOWN]
    top_before, top_after = ({pk for pk, share in one.items() if share >= TOP} for one in (before, after))
    return Preview(
        accounts=len(after),
        joining=len(top_after - top_before),
        leaving=len(top_before - top_after),
        changes=tuple(
            Change(account_id=pk, name=names[pk], before=before.get(pk, 0.0), after=after.get(pk, 0.0)) for pk in shown
        ),
    )


def _after(run: IntentRun, rules: KindRules) -> Mapping[int, float]:
    horizon = Horizon(loads=tuple((int(pk), rows) for pk, rows in run.loads.items()), sift_hash=run.sift_hash)
    engine = signal_parts.connect()
    try:
        parts = nightly.parts_of_all(engine, horizon, rules, as_of=run.as_of)
        points, surges = nightly.account_points(engine, parts, rules, as_of=run.as_of, upto_id=run.last_activity_id)
        found = points_of(engine.to_pyarrow(points), engine.to_pyarrow(surges))
    finally:
        engine.disconnect()
    shares = percentiles([one.score for one in found])
    return {one.account_id: share for one, share in zip(found, shares, strict=True)}
