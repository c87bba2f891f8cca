"""Where each field of a golden record comes from, and why that source's word counts: the "Why?" of every value.

Nothing of this is stored: the choice is made again by the functions that assembling uses, over the records as they
stand now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tandem.access.queries import list_people
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.editing import EDITABLE
from tandem.accounts.domain.survivorship import WORDS, Choice
from tandem.accounts.models import Account, Competitor, SourceRecord
from tandem.accounts.queries.choosing.explaining import Explained, explain
from tandem.accounts.queries.choosing.records import EMPTIED, Record, Tell
from tandem.accounts.queries.visible import KIND_OF, in_sight
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, NotFound

POINTERS = {"owner": "person", "account": "account", "parent": "account", "competitor": "competitor"}
TITLES = {
    "is_closed": "Over",
    "is_won": "Won",
    "opened_on": "Opened",
    "closed_on": "Closed",
    "stage": "Stage",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What one source record says about a field.

    value : as text; empty: a person emptied the field
    load_id, file_name, row_number : None and "" for what a person typed in
    wins : whether this record's word became the golden value
    """

    record_id: int
    source: str
    source_key: str
    kind: str
    value: str
    observed_at: datetime
    load_id: int | None
    file_name: str
    row_number: int | None
    wins: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One field: its golden value and how it came to be.

    value : as the golden column holds it; None: nothing is known
    text : the same for people; "" for nothing
    decided_by : the survivorship word that settled it; "" when there was nothing to settle
    why : one sentence
    voices : what each source record says, the winner first
    is_corrected : a person's correction is among the voices
    is_editable : whether a correction can be made
    """

    field: str
    title: str
    value: Any
    text: str
    decided_by: str
    why: str
    voices: tuple[Voice, ...]
    is_corrected: bool
    is_editable: bool

    @property
    def disagree(self) -> bool:
        """Whether sources say different things."""
        return len({voice.value for voice in self.voices}) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Every field of one golden record with its origin."""

    entity: Entity
    golden_id: int
    fields: tuple[Origin, ...]
    records: int
    sources: tuple[str, ...]

    def of(self, field: str) -> Origin:
        """One field's origin. Raises InvalidInput for a field that the record does not have."""
        for origin in self.fields:
            if origin.field == field:
                return origin
        known = ", ".join(origin.field for origin in self.fields)
        raise InvalidInput(f"There is no field {field!r}.", hint=f"Fields: {known}.")


def provenance_of(actor: Actor, entity: Entity, golden_id: int) -> Provenance:
    """Where every field of a record in sight comes from. Raises NotFound, also for one out of sight."""
    row = in_sight(entity, actor).filter(id=golden_id).first()
    if row is None:
        kind = KIND_OF[entity]
        raise NotFound(f"There is no {kind} {golden_id} that you can see.", hint=f"Open the list of {kind}s.")
    found = explain(entity, golden_id)
    told = _Told(entity, golden_id, found)
    origins = tuple(_origin(entity, row, field, tell, found, told) for field, tell in found.tellings.items())
    return Provenance(
        entity=entity,
        golden_id=golden_id,
        fields=origins,
        records=len(found.records),
        sources=tuple(dict.fromkeys(told.source_name(record) for record in found.records)),
    )


class _Told:
    """Names and places behind the records' words, each read at once for all fields."""

    def __init__(self, entity: Entity, golden_id: int, found: Explained) -> None:
        rows = SourceRecord.objects.filter(entity=entity, golden_id=golden_id)
        self._places = {
            row["id"]: row
            for row in rows.values("id", "source__name", "source__key", "load_id", "load__file_name", "row_number")
        }
        ids: dict[str, set[int]] = {"person": set(), "account": set(), "competitor": set()}
        for field, names in POINTERS.items():
            tell = found.tellings.get(field)
            if tell is not None:
                ids[names] |= {value for value in map(tell, found.records) if isinstance(value, int)}
        self._names: dict[str, Mapping[int, str]] = {
            "person": {person.id: person.name for person in list_people()} if ids["person"] else {},
            "account": _names(Account, ids["account"]),
            "competitor": _names(Competitor, ids["competitor"]),
        }

    def source_name(self, record: Record) -> str:
        """The record's source, for people."""
        return str(self._places[record.id]["source__name"])

    def text(self, field: str, value: Any) -> str:
        """A value for people; names instead of ids."""
        if value is None or value == EMPTIED:
            return ""
        if field in POINTERS:
            return self._names[POINTERS[field]].get(value, "")
        return as_text(value)

    def voice(self, record: Record, field: str, value: Any, *, wins: bool) -> Voice:
        """What a record says about a field, with its place."""
        place = self._places[record.id]
        return Voice(
            record_id=record.id,
            source=place["source__name"],
            source_key=place["source__key"],
            kind=record.kind,
            value=self.text(field, value),
            observed_at=record.observed_at,
            load_id=place["load_id"],
            file_name=place["load__file_name"] or "",
            row_number=place["row_number"],
            wins=wins,
        )


def _names(model: Any, ids: Iterable[int]) -> dict[int, str]:
    wanted = list(ids)
    return dict(model.objects.filter(id__in=wanted).values_list("id", "name")) if wanted else {}


def _origin(entity: Entity, row: Any, field: str, tell: Tell, found: Explained, told: _Told) -> Origin:
    choice = found.choices.get(field)
    voices = [
        told.voice(record, field, value, wins=choice is not None and record.id == choice.record_id)
        for record in found.records
        if (value := tell(record)) is not None
    ]
    stored = getattr(row, f"{field}_id" if field in POINTERS else field)
    choice = _without_ring(field, choice, stored)
    word = choice.decided_by if choice is not None else ""
    return Origin(
        field=field,
        title=_title(entity, field),
        value=stored,
        text=told.text(field, stored),
        decided_by=word,
        why=_why(choice, voices, found.records, told),
        voices=tuple(
            sorted(voices, key=lambda voice: (not voice.wins, -voice.observed_at.timestamp(), voice.record_id))
        ),
        is_corrected=any(voice.kind == "correction" for voice in voices),
        is_editable=field in EDITABLE[entity],
    )


def _without_ring(field: str, choice: Choice | None, stored: Any) -> Choice | None:
    """A parent that was chosen and is not there was left out, since the companies would be each other's parents."""
    if field == "parent" and choice is not None and choice.value and stored is None:
        return Choice(None, choice.record_id, "ring")
    return choice


def _title(entity: Entity, field: str) -> str:
    editable = EDITABLE[entity].get(field)
    return editable.title if editable else TITLES.get(field, field.replace("_", " ").capitalize())


def _why(choice: Choice | None, voices: Sequence[Voice], records: Sequence[Record], told: _Told) -> str:
    """One sentence: who says it, and what settled it."""
    if choice is None:
        return "No source tells it." if not voices else "No source tells it as it must be to count."
    source = next(told.source_name(record) for record in records if record.id == choice.record_id)
    if choice.decided_by == "only" and len(voices) > 1:
        return f"{len(voices)} records agree on it; {source} told it first."
    return f"From {source}: {WORDS[choice.decided_by]}."


def as_text(value: Any) -> str:
    """A plain value as people read it; "" for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
