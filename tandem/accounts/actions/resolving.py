"""Source records to golden ids: who is the same, decided by evidence, bound by what people said, with ids that stay.

Only new and changed records are scored once a model is kept. Nothing of a run is in use until its one transaction
commits; it refuses when somebody decided a pair meanwhile, so that no decision is overwritten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from django.db import transaction
from django.db.models import F, Q

from tandem.access.actions import require
from tandem.accounts.actions.absorbing import GOLDEN, absorb
from tandem.accounts.actions.assembling.marking import mark_dependents
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.matching import engine
from tandem.accounts.domain.matching.clusters import Decisions
from tandem.accounts.domain.matching.contracts import MatchModel, MatchResult, Thresholds
from tandem.accounts.domain.matching.identities import Identities, keep_ids
from tandem.accounts.models import GoldenLink, MatchPair, PairState, SourceRecord, StoredReport
from tandem.accounts.queries import matching
from tandem.accounts.queries.choosing.records import in_slices
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput

GROWTH_TO_LEARN_ANEW = 1.5  # times the records the kept model was learned from
PAIRS_KEPT = 100_000  # pairs stored with evidence a run: all for review first, then the least sure automatic ones
DECIDED = (PairState.MERGED, PairState.APART)

Progress = Callable[[int, int | None, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveReport:
    """What a run did.

    records : compared records there are; scored : those that were new or changed
    golden : golden records they make up; created : ids given for the first time; absorbed : ids joined to another
    review : pairs waiting for a person; learned : whether the model was learned anew
    """

    entity: str
    records: int = 0
    scored: int = 0
    golden: int = 0
    created: int = 0
    absorbed: int = 0
    moved: int = 0
    review: int = 0
    learned: bool = False
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def resolve(
    entity: Entity, *, actor: Actor, now: datetime, progress: Progress | None = None, learn_anew: bool = False
) -> ResolveReport:
    """Give every source record of accounts or contacts its golden id. Resolve accounts first: contacts use theirs.

    Assembling makes the golden rows afterwards. The same records again change nothing.

    learn_anew : learn the model from all records, also when they have not grown by half since
    Raises NotAllowed, InvalidInput for entities that are not matched, Conflict when a pair was decided meanwhile.
    """
    require(actor, "source.manage")
    if entity not in GOLDEN:
        raise InvalidInput(f"{entity.value} records are not matched.", hint="Matched are accounts and contacts.")
    fresh = matching.fresh_ids(entity)
    if not fresh and not learn_anew:
        return ResolveReport(entity=entity.value, records=matching.matched_records(entity).count())
    former, decisions = matching.former_ids(entity), matching.decisions_on(entity)
    model = None if learn_anew else _usable_model(entity)
    thresholds = matching.thresholds_of(entity)
    result = engine.match_records(
        matching.record_frames(entity),
        "account" if entity is Entity.ACCOUNT else "contact",
        thresholds=thresholds,
        model=model,
        decisions=decisions,
        fresh=fresh if model else None,
        held=former,
        explain_up_to=PAIRS_KEPT,
        progress=progress,
    )
    run = _Run(entity, actor, now, result, decisions, former, fresh if model else None)
    with transaction.atomic():
        return run.write(thresholds, learned=model is None)


def _usable_model(entity: Entity) -> MatchModel | None:
    """The kept model, unless the records have outgrown it."""
    kept = matching.kept_model(entity)
    if kept is None or matching.matched_records(entity).count() >= GROWTH_TO_LEARN_ANEW * kept[1]:
        return None
    return kept[0]


@dataclass(frozen=True, slots=True)
class _Run:
    """One run's findings on their way into the tables. `fresh` None: every record was scored."""

    entity: Entity
    actor: Actor
    now: datetime
    result: MatchResult
    decisions: Decisions
    former: Mapping[int, int]
    fresh: Collection[int] | None

    def write(self, thresholds: Thresholds, *, learned: bool) -> ResolveReport:
        """Ids, merges, pairs and the model, in the caller's transaction."""
        if matching.decisions_on(self.entity) != self.decisions:
            raise Conflict("Somebody decided a pair while records were matched.", hint="Run it again.")
        groups = dict(zip(self._column("record_id"), self._column("cluster_id"), strict=True))
        ids = keep_ids(groups, self.former)
        golden = {**ids.kept, **dict(zip(ids.new, bulk.reserve_ids(GOLDEN[self.entity], len(ids.new)), strict=True))}
        self._absorb(ids, groups, golden)
        moved = self._link(groups, golden)
        review = self._keep_pairs(groups, thresholds)
        if learned and self.result.model.settings:
            self._keep_model(len(groups))
        report = ResolveReport(
            entity=self.entity.value,
            records=len(groups),
            scored=len(groups) if self.fresh is None else len(self.fresh),
            golden=len(golden),
            created=len(ids.new),
            absorbed=len(ids.absorbed),
            moved=moved,
            review=review,
            learned=learned,
            seconds=round(self.result.seconds, 2),
            notes=self.result.model.notes,
        )
        if moved or ids.absorbed:
            facts = {name: value for name, value in report.as_dict().items() if name not in ("entity", "seconds")}
            ledger.append(self.actor, "accounts.resolved", subject=f"{self.entity.value}:all", **facts)
        return report

    def _column(self, name: str) -> list[int]:
        return [int(value) for value in self.result.clusters[name].tolist()]

    def _absorb(self, ids: Identities, groups: Mapping[int, int], golden: Mapping[int, int]) -> None:
        """Golden ids that came together: facts move, the younger id lives on as a pointer."""
        if not ids.absorbed:
            return
        members: dict[int, list[int]] = {}
        for record, former in self.former.items():
            if ids.absorbed.get(former) == golden.get(groups.get(record, -1)):
                members.setdefault(former, []).append(record)
        typed_in = SourceRecord.objects.filter(entity=self.entity, source__kind=SourceKind.CORRECTION)
        for absorbed, kept in sorted(ids.absorbed.items()):
            corrections = typed_in.filter(golden_id=absorbed).values_list("id", flat=True)
            event = absorb(
                self.entity,
                kept_id=kept,
                absorbed_id=absorbed,
                record_ids=[*members.get(absorbed, ()), *corrections],
                by=self.actor.name,
                now=self.now,
            )
            ledger.append(
                self.actor,
                "accounts.merged",
                subject=f"{self.entity.value}:{kept}",
                absorbed=absorbed,
                event=event.id,
                records=event.record_ids,
                automatic=True,
            )

    def _link(self, groups: Mapping[int, int], golden: Mapping[int, int]) -> int:
        """Golden id, kind of link and probability onto the records; returns how many moved to another golden id."""
        sizes = pd.Series(groups).value_counts().to_dict()
        reviewed = {record for pair in self.decisions.together for record in pair}
        probability = dict(zip(self._column("record_id"), self.result.clusters["probability"].tolist(), strict=True))
        rescored = set(groups) if self.fresh is None else set(self.fresh)
        company = Counter(self.former.values())
        moved: list[tuple[Any, ...]] = []
        stayed: list[tuple[Any, ...]] = []
        for record, group in groups.items():
            link, likely = GoldenLink.ALONE, None
            if sizes[group] > 1:
                link = GoldenLink.REVIEWED if record in reviewed else GoldenLink.AUTOMATIC
                likely = round(float(probability[record]), 6)
            if self.former.get(record) != golden[group]:
                moved.append((record, golden[group], link, likely, True))
            elif record in rescored or (likely is not None and company[golden[group]] == 1):
                stayed.append((record, link, likely))
        bulk.update_many(SourceRecord, "id", ("golden_id", "link", "match_probability", "is_dirty"), moved)
        bulk.update_many(SourceRecord, "id", ("link", "match_probability"), stayed)
        self._mark_left_behind(moved)
        if self.entity is Entity.ACCOUNT and self.former:
            mark_dependents(
                sorted({row[1] for row in moved} | {self.former[row[0]] for row in moved if row[0] in self.former})
            )
        return len(moved)

    def _mark_left_behind(self, moved: Sequence[tuple[Any, ...]]) -> None:
        """Golden records that lost a source record are put together anew from what is left."""
        lost = {self.former[row[0]] for row in moved if row[0] in self.former}
        for some in in_slices(sorted(lost)):
            SourceRecord.objects.filter(entity=self.entity, golden_id__in=some).update(is_dirty=True)

    def _keep_pairs(self, groups: Mapping[int, int], thresholds: Thresholds) -> int:
        """Pairs with their evidence; a person's decision is never written over. Returns how many wait for review."""
        self._forget_outdated()
        evidence = self.result.evidence
        decided = {*self.decisions.together, *self.decisions.apart}
        rows = (
            (
                self.entity.value, left, right, probability,
                [asdict(part) for part in evidence[left, right]],
                PairState.AUTOMATIC if groups[left] == groups[right] else PairState.REVIEW,
            )
            for left, right, probability in self._pairs()
            if (left, right) in evidence and (left, right) not in decided
        )  # fmt: skip
        columns = ("entity", "left_id", "right_id", "probability", "weights", "state")
        bulk.upsert(MatchPair, columns, rows, conflict=("left", "right"), update=("probability", "weights", "state"))
        self._settle_states()
        return MatchPair.objects.filter(entity=self.entity, state=PairState.REVIEW).count()

    def _pairs(self) -> Iterator[tuple[int, int, float]]:
        pairs = self.result.pairs
        for left, right, probability in zip(
            pairs["record_id_l"].tolist(), pairs["record_id_r"].tolist(), pairs["probability"].tolist(), strict=True
        ):
            yield int(left), int(right), round(float(probability), 6)

    def _forget_outdated(self) -> None:
        """Undecided pairs of scored records that are no longer likely."""
        now_likely = {(left, right) for left, right, _ in self._pairs()}
        stored = MatchPair.objects.filter(entity=self.entity).exclude(state__in=DECIDED)
        gone = [
            pk
            for pk, left, right in stored.values_list("id", "left_id", "right_id").iterator()
            if (left, right) not in now_likely and (self.fresh is None or left in self.fresh or right in self.fresh)
        ]
        for some in in_slices(gone):
            MatchPair.objects.filter(id__in=some).delete()

    def _settle_states(self) -> None:
        """Pairs that were not scored again follow what became of their records."""
        pairs = MatchPair.objects.filter(entity=self.entity)
        same = Q(left__golden_id=F("right__golden_id"))
        pairs.filter(same, state=PairState.REVIEW).update(state=PairState.AUTOMATIC)
        pairs.filter(~same, state=PairState.AUTOMATIC).update(state=PairState.REVIEW)

    def _keep_model(self, records: int) -> None:
        body = {"records": records, "model": asdict(self.result.model)}
        StoredReport.objects.update_or_create(
            key=matching.model_key(self.entity), defaults={"computed_at": self.now, "body": body}
        )


def set_thresholds(entity: Entity, *, automatic: float, review: float, actor: Actor, now: datetime) -> Thresholds:
    """Where the machine decides and where people do, from the next run on; both are calibrated probabilities.

    Raises NotAllowed, InvalidInput unless 0 < review <= automatic < 1.
    """
    require(actor, "setting.manage")
    try:
        thresholds = Thresholds(automatic=automatic, review=review)
    except ValueError as error:
        raise InvalidInput(
            f"Automatic {automatic} and review {review} can't be used.", hint="0 < review <= automatic < 1."
        ) from error
    with transaction.atomic():
        stored, _ = StoredReport.objects.get_or_create(
            key=matching.THRESHOLDS, defaults={"computed_at": now, "body": {}}
        )
        stored.body, stored.computed_at = {**stored.body, entity.value: asdict(thresholds)}, now
        stored.save(update_fields=["body", "computed_at"])
        ledger.append(
            actor, "accounts.thresholds_set", subject=f"{entity.value}:all", automatic=automatic, review=review
        )
    return thresholds
