"""What people decide about duplicates: the same, not the same, take it back. Every decision binds later runs.

Each action is one transaction with a ledger entry; the golden records concerned are put together in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import product
from typing import Any

import pandas as pd
from django.db import transaction
from django.db.models import Q

from tandem.access.actions import require
from tandem.accounts.actions import assembling
from tandem.accounts.actions.absorbing import GOLDEN, absorb, release
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.matching import clusters
from tandem.accounts.domain.matching.clusters import Decisions
from tandem.accounts.domain.matching.identities import keep_ids
from tandem.accounts.models import GoldenLink, MatchPair, MergeEvent, PairState, SourceRecord
from tandem.accounts.queries import matching
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotFound

RIGHT = "match.decide"
BEFORE = "pair_state"  # in `MergeEvent.moved`: what the pair was before, for undoing
LINK_BEFORE = "links"  # in `MergeEvent.moved`: how the moved records were linked before
TAKE_BACK = "Take that decision back first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What came of a decision.

    event_id : for undoing; None when nothing was put together
    kept_id : golden record that goes on; other_id : the one taken in, given back or split off. None: nothing moved
    """

    entity: str
    kept_id: int
    other_id: int | None = None
    event_id: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def merge(pair_id: int, *, actor: Actor, now: datetime) -> Merged:
    """The two records of a pair are the same: their golden records become one, under the older id.

    Raises NotAllowed, NotFound, Conflict when the pair is decided already or others said "not the same".
    """
    require(actor, RIGHT)
    with transaction.atomic():
        pair = _undecided(pair_id)
        entity, left, right = Entity(pair.entity), _golden_of(pair.left), _golden_of(pair.right)
        was = pair.state
        _decide(pair, PairState.MERGED, actor, now)
        if left == right:
            _note(actor, "accounts.match_confirmed", entity, left, pair=pair.id)
            return Merged(entity=entity.value, kept_id=left)
        return _put_together(entity, min(left, right), max(left, right), pair, was, actor=actor, now=now)


def merge_by_hand(entity: Entity, kept_id: int, other_id: int, *, actor: Actor, now: datetime) -> Merged:
    """Put two golden records together that a person names; `kept_id` goes on.

    Raises NotAllowed, NotFound, InvalidInput for one and the same, Conflict when somebody said "not the same".
    """
    require(actor, RIGHT)
    if entity not in GOLDEN:
        raise InvalidInput(f"{entity.value} records are not merged.", hint="Merged are accounts and contacts.")
    if kept_id == other_id:
        raise InvalidInput("A record can't be merged with itself.", hint="Name two records.")
    with transaction.atomic():
        one, other = _compared(entity, kept_id)[0], _compared(entity, other_id)[0]
        left, right = min(one, other), max(one, other)
        pair, is_new = MatchPair.objects.get_or_create(
            left_id=left,
            right_id=right,
            defaults={"entity": entity.value, "probability": 1.0, "weights": [], "state": PairState.REVIEW},
        )
        if pair.state == PairState.APART:
            raise _said_apart()
        was = "" if is_new else pair.state
        _decide(pair, PairState.MERGED, actor, now)
        return _put_together(entity, kept_id, other_id, pair, was, actor=actor, now=now)


def keep_apart(pair_id: int, *, actor: Actor, now: datetime) -> Merged:
    """The two records of a pair are not the same. If they stand in one golden record, it is split.

    The id stays with the larger, older part, and so do facts that were not told of a single source record.
    Raises NotAllowed, NotFound, Conflict when the pair is decided as "not the same" already.
    """
    require(actor, RIGHT)
    with transaction.atomic():
        pair = _pair(pair_id)
        if pair.state == PairState.APART:
            raise Conflict("This pair is decided already: not the same.", hint=TAKE_BACK)
        entity = Entity(pair.entity)
        event = MergeEvent.objects.filter(pair=pair, undone_at=None).order_by("-id").first()
        if event is not None:
            _require_undoable(event)
            event.moved = {**event.moved, BEFORE: event.moved.get(BEFORE) or PairState.REVIEW}
            _take_back(event, now=now)
            pair = _pair(pair_id)
            assembling.assemble_ids(entity, [event.kept_id, event.absorbed_id], now=now)
        _decide(pair, PairState.APART, actor, now)
        left, right = _golden_of(pair.left), _golden_of(pair.right)
        created = _split(entity, left, now=now) if left == right else None
        other = created if created is not None else (right if right != left else None)
        _note(actor, "accounts.kept_apart", entity, left, pair=pair.id, evidence=pair.weights, other=other)
        return Merged(entity=entity.value, kept_id=left, other_id=other)


def reopen(pair_id: int, *, actor: Actor, now: datetime) -> None:
    """Take back "not the same": the pair waits for a decision again, and nothing else changes.

    Raises NotAllowed, NotFound, Conflict when the pair was not decided so.
    """
    require(actor, RIGHT)
    with transaction.atomic():
        pair = _pair(pair_id)
        changed = MatchPair.objects.filter(id=pair.id, state=PairState.APART).update(
            state=PairState.REVIEW, decided_by_id=None, decided_at=None
        )
        if not changed:
            raise Conflict("This pair is not kept apart by anybody.", hint="A merge is taken back by undoing it.")
        _note(actor, "accounts.match_reopened", Entity(pair.entity), _golden_of(pair.left), pair=pair.id)


def undo(event_id: int, *, actor: Actor, now: datetime) -> Merged:
    """Take a merge back: records and facts that moved then, and only those, stand where they stood.

    A person's decision waits for review again; what the machine put together is kept apart from now on.
    Raises NotAllowed, NotFound, Conflict when it is undone already or a later merge stands on it.
    """
    require(actor, RIGHT)
    with transaction.atomic():
        event = MergeEvent.objects.filter(id=event_id).select_related("pair").first()
        if event is None:
            raise NotFound("There is no such merge.", hint="The record's history lists its merges.")
        _require_undoable(event)
        entity, pair = Entity(event.entity), event.pair
        back = _take_back(event, now=now)
        if pair is None:
            rest = [pk for pk in _compared(entity, event.kept_id) if pk not in set(back)]
            _keep_groups_apart(entity, back, rest, actor=actor, now=now)
        assembling.assemble_ids(entity, [event.kept_id, event.absorbed_id], now=now)
        _note(
            actor, "accounts.merge_undone", entity, event.kept_id, event=event.id, given_back=event.absorbed_id,
            records=back,
        )  # fmt: skip
        return Merged(entity=entity.value, kept_id=event.kept_id, other_id=event.absorbed_id, event_id=event.id)


def split_off(record_id: int, *, actor: Actor, now: datetime) -> Merged:
    """Make one source record a golden record of its own, kept apart from the others for good.

    Raises NotAllowed, NotFound, Conflict when it stands alone already.
    """
    require(actor, RIGHT)
    with transaction.atomic():
        record = SourceRecord.objects.filter(id=record_id, entity__in=[one.value for one in GOLDEN]).first()
        if record is None:
            raise NotFound("There is no such source record.", hint="The record's sources are on its page.")
        entity, golden_id = Entity(record.entity), _golden_of(record)
        rest = [pk for pk in _compared(entity, golden_id) if pk != record.id]
        if not rest:
            raise Conflict("This source record stands alone already.", hint="There is nothing to split.")
        _keep_groups_apart(entity, [record.id], rest, actor=actor, now=now)
        created = _move_to_new(entity, [record.id])
        _settle_links(entity, [golden_id])
        assembling.assemble_ids(entity, [golden_id, created], now=now)
        _note(actor, "accounts.split_off", entity, golden_id, record=record.id, new=created)
        return Merged(entity=entity.value, kept_id=golden_id, other_id=created)


def _pair(pair_id: int) -> MatchPair:
    pair = MatchPair.objects.filter(id=pair_id).select_related("left", "right").first()
    if pair is None:
        raise NotFound("There is no such pair.", hint="It may have gone with changed records; see the queue.")
    return pair


def _undecided(pair_id: int) -> MatchPair:
    pair = _pair(pair_id)
    if pair.state in (PairState.MERGED, PairState.APART):
        word = "the same" if pair.state == PairState.MERGED else "not the same"
        raise Conflict(f"This pair is decided already: {word}.", hint=TAKE_BACK)
    return pair


def _golden_of(record: SourceRecord) -> int:
    if record.golden_id is None:
        raise Conflict("This source record is not matched yet.", hint="Wait for the next run, or start it.")
    return record.golden_id


def _compared(entity: Entity, golden_id: int) -> list[int]:
    """Source records of a golden one that are matched, oldest first. Raises NotFound when there are none."""
    rows = matching.matched_records(entity).filter(golden_id=golden_id).order_by("id")
    found = list(rows.values_list("id", flat=True))
    if not found:
        raise NotFound(f"There is no {entity.value} {golden_id}.", hint="It may have been merged already.")
    return found


def _decide(pair: MatchPair, state: PairState, actor: Actor, now: datetime) -> None:
    """Write the decision, unless somebody was faster."""
    by = None if actor.is_agent else actor.id
    changed = MatchPair.objects.filter(id=pair.id, state=pair.state).update(
        state=state, decided_by_id=by, decided_at=now
    )
    if not changed:
        raise Conflict("Somebody else decided this pair just now.", hint="Look at it again.")
    pair.state = state


def _said_apart() -> Conflict:
    return Conflict("A person said that these two are not the same.", hint=TAKE_BACK)


def _put_together(
    entity: Entity, kept_id: int, other_id: int, pair: MatchPair, was: str, *, actor: Actor, now: datetime
) -> Merged:
    moving, staying = _compared(entity, other_id), _compared(entity, kept_id)
    if _crossing(entity, moving, staying).filter(state=PairState.APART).exists():
        raise _said_apart()
    links = list(SourceRecord.objects.filter(id__in=[*moving, *staying]).values_list("id", "link", "match_probability"))
    typed_in = SourceRecord.objects.filter(entity=entity, golden_id=other_id, source__kind=SourceKind.CORRECTION)
    records = [*moving, *typed_in.values_list("id", flat=True)]
    event = absorb(entity, kept_id=kept_id, absorbed_id=other_id, record_ids=records, by=actor.name, now=now, pair=pair)
    event.moved = {**event.moved, BEFORE: was, LINK_BEFORE: [list(link) for link in links]}
    event.save(update_fields=["moved"])
    SourceRecord.objects.filter(id__in=(pair.left_id, pair.right_id)).update(
        link=GoldenLink.REVIEWED, match_probability=1.0
    )
    assembling.assemble_ids(entity, [kept_id, other_id], now=now)
    _note(
        actor, "accounts.merged", entity, kept_id, absorbed=other_id, event=event.id, pair=pair.id, records=records,
        evidence=pair.weights, probability=pair.probability, automatic=False,
    )  # fmt: skip
    return Merged(entity=entity.value, kept_id=kept_id, other_id=other_id, event_id=event.id)


def _crossing(entity: Entity, some: Collection[int], others: Collection[int]) -> Any:
    """Pairs with one record on each side."""
    across = Q(left_id__in=some, right_id__in=others) | Q(left_id__in=others, right_id__in=some)
    return MatchPair.objects.filter(across, entity=entity)


def _require_undoable(event: MergeEvent) -> None:
    if event.undone_at is not None:
        raise Conflict("This merge is undone already.", hint="The record's history shows when.")
    later = MergeEvent.objects.filter(entity=event.entity, absorbed_id=event.kept_id, undone_at=None, id__gt=event.id)
    if later.exists():
        raise Conflict("A later merge stands on this one.", hint="Undo the later merge first.")


def _take_back(event: MergeEvent, *, now: datetime) -> list[int]:
    """Records, facts, links and the pair as they were before the merge."""
    back = release(event, now=now)
    pair, was = event.pair, event.moved.get(BEFORE)
    if pair is not None and was == "":
        pair.delete()
    elif pair is not None:
        MatchPair.objects.filter(id=pair.id).update(state=was, decided_by_id=None, decided_at=None)
    links = event.moved.get(LINK_BEFORE)
    if links:
        bulk.update_many(SourceRecord, "id", ("link", "match_probability"), [tuple(link) for link in links])
    else:
        _settle_links(Entity(event.entity), [event.kept_id, event.absorbed_id])
    return back


def _settle_links(entity: Entity, golden_ids: Iterable[int]) -> None:
    """Records left alone in their golden record say so."""
    for golden_id in golden_ids:
        rows = matching.matched_records(entity).filter(golden_id=golden_id)
        if rows.count() == 1:
            SourceRecord.objects.filter(id__in=list(rows.values_list("id", flat=True))).update(
                link=GoldenLink.ALONE, match_probability=None
            )


def _keep_groups_apart(
    entity: Entity, some: Sequence[int], others: Sequence[int], *, actor: Actor, now: datetime
) -> None:
    """Say "not the same" of every couple across two groups of records."""
    by = None if actor.is_agent else actor.id
    couples = [(min(pair), max(pair)) for pair in product(some, others)]
    rows: Iterable[tuple[Any, ...]] = (
        (entity.value, left, right, 0.0, [], PairState.APART, by, now) for left, right in couples
    )
    columns = ("entity", "left_id", "right_id", "probability", "weights", "state", "decided_by_id", "decided_at")
    bulk.upsert(MatchPair, columns, rows, conflict=("left", "right"), update=("state", "decided_by_id", "decided_at"))


def _split(entity: Entity, golden_id: int, *, now: datetime) -> int | None:
    """Group a golden record's source records anew under the decisions; the new id, or the first of several."""
    records = _compared(entity, golden_id)
    pairs = MatchPair.objects.filter(entity=entity, left_id__in=records, right_id__in=records)
    known = list(pairs.values_list("left_id", "right_id", "probability", "state"))
    frame = pd.DataFrame(known, columns=["record_id_l", "record_id_r", "probability", "state"])
    apart = frozenset((left, right) for left, right, _, state in known if state == PairState.APART)
    together = tuple((left, right) for left, right, _, state in known if state == PairState.MERGED)
    decisions = Decisions(together=together, apart=apart)
    groups = clusters.group(records, frame[frame["state"] != PairState.APART], automatic=0.0, decisions=decisions)
    ids = keep_ids(groups, dict.fromkeys(records, golden_id))
    told = {record for left, right, _, _ in known for record in (left, right)}
    heir = next(iter(ids.kept))
    groups = {record: group if record in told else heir for record, group in groups.items()}
    ids = keep_ids(groups, dict.fromkeys(records, golden_id))
    created = [_move_to_new(entity, _members(groups, group)) for group in ids.new]
    _settle_links(entity, [golden_id, *created])
    assembling.assemble_ids(entity, [golden_id, *created], now=now)
    return created[0] if created else None


def _members(groups: Mapping[int, int], wanted: int) -> list[int]:
    return [record for record, group in groups.items() if group == wanted]


def _move_to_new(entity: Entity, record_ids: Sequence[int]) -> int:
    """Give records a golden id of their own; returns it."""
    (created,) = bulk.reserve_ids(GOLDEN[entity], 1)
    SourceRecord.objects.filter(id__in=record_ids).update(golden_id=created, is_dirty=True)
    return created


def _note(actor: Actor, action: str, entity: Entity, golden_id: int, **facts: Any) -> None:
    ledger.append(actor, action, subject=f"{entity.value}:{golden_id}", **facts)
