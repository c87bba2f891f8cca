"""Source records of golden ids, and the golden values they give by the rules in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem.accounts.contracts import SourceKind
from tandem.accounts.domain.survivorship import DEFAULT_RULES, Candidate, Choice, Rule, choose
from tandem.accounts.models import Source, SourceRecord, SurvivorshipRule

KEYS_AT_ONCE = 10_000
EMPTIED = ""  # what a person's correction says when the field is to be empty


@dataclass(frozen=True, slots=True)
class Record:
    """A source record as choosing needs it."""

    id: int
    golden_id: int
    source_id: int
    kind: str
    key: str
    data: dict[str, Any]
    observed_at: datetime

    @property
    def is_correction(self) -> bool:
        """Typed in by a person."""
        return self.kind == SourceKind.CORRECTION


# What a record says about a field, in the golden column's own type; None: nothing; EMPTIED: that it is empty.
Tell = Callable[[Record], Any]
Choices = dict[str, Choice]


@dataclass(frozen=True, slots=True)
class Rules:
    """The survivorship rules of one entity."""

    by_field: dict[str, Rule]

    def of(self, field: str) -> Rule:
        """The field's own rule, else the entity's."""
        return self.by_field.get(field) or self.by_field["*"]


def rules_in_force(entity: str) -> Rules:
    """Rows of RevOps over the defaults."""
    rules = {field: rule for (of, field), rule in DEFAULT_RULES.items() if of == entity}
    for row in SurvivorshipRule.objects.filter(entity=entity):
        rules[row.field] = Rule(tuple(row.strategies), tuple(row.source_rank))
    return Rules(rules)


def source_kinds() -> dict[int, str]:
    """Kind of every source by id."""
    return dict(Source.objects.values_list("id", "kind"))


def records_of(entity: str, golden_ids: Iterable[int], kinds: Mapping[int, str]) -> dict[int, list[Record]]:
    """Source records by golden id, oldest id first."""
    rows = SourceRecord.objects.filter(entity=entity, **among("golden_id", list(golden_ids))).order_by("id")
    found: dict[int, list[Record]] = defaultdict(list)
    for pk, golden_id, source_id, key, data, observed_at in rows.values_list(
        "id", "golden_id", "source_id", "key", "data", "observed_at"
    ):
        if golden_id is not None:
            record = Record(pk, golden_id, source_id, kinds[source_id], key, data, observed_at)
            found[golden_id].append(record)
    return found


def among(column: str, ids: Sequence[int]) -> dict[str, Any]:
    """The filter for these ids: their range where they lie side by side, which costs no parameter an id."""
    if len(ids) > 1 and max(ids) - min(ids) + 1 == len(set(ids)):
        return {f"{column}__gte": min(ids), f"{column}__lte": max(ids)}
    return {f"{column}__in": ids}


def candidates(records: Sequence[Record], tell: Tell) -> list[Candidate]:
    """What each record says about a field."""
    told = ((record, tell(record)) for record in records)
    return [
        Candidate(record.id, record.source_id, record.kind, record.observed_at, value)
        for record, value in told
        if value is not None
    ]


def decide(records: Sequence[Record], rule: Rule, tell: Tell) -> Choice | None:
    """The golden value of one field; None when no record says anything.

    Where all that say something say the same there is nothing to weigh; `choose` would answer just so.
    """
    first: Any = None
    winner = 0
    for record in records:
        value = tell(record)
        if value is None:
            continue
        if first is None:
            first, winner = value, record.id
        elif value != first:
            return choose(candidates(records, tell), rule)
    return None if first is None else Choice(first, winner, "only")


def choose_all(records: Sequence[Record], tellings: Mapping[str, Tell], rules: Rules) -> Choices:
    """Golden values of several fields; fields nobody fills are absent. `records`: oldest id first."""
    if len(records) == 1:
        only = records[0]
        told = ((field, tell(only)) for field, tell in tellings.items())
        return {field: Choice(value, only.id, "only") for field, value in told if value is not None}
    chosen = ((field, decide(records, rules.of(field), tell)) for field, tell in tellings.items())
    return {field: choice for field, choice in chosen if choice is not None}


def value_of(choices: Choices, field: str, otherwise: Any = None) -> Any:
    """The golden column's value: what was chosen, or `otherwise` when nothing was, or a person emptied it."""
    choice = choices.get(field)
    return otherwise if choice is None or choice.value == EMPTIED else choice.value


def source_count(records: Sequence[Record]) -> int:
    """Distinct sources, people's corrections not counted."""
    return max(len({record.source_id for record in records if not record.is_correction}), 1)


def created_at(records: Sequence[Record]) -> datetime:
    """The earliest time any source knew it."""
    told = [record.data.get("created_at") for record in records]
    times = [datetime.fromisoformat(text) for text in told if text]
    return min(times) if times else min(record.observed_at for record in records)


def in_slices(keys: Sequence[Any], size: int = KEYS_AT_ONCE) -> Iterator[Sequence[Any]]:
    """Lists short enough for one statement's parameters."""
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
