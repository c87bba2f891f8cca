"""Rows of erased people, kept out of every import: known by keyed hashes, refused before anything of them is written.

A row that is somebody's who was erased is refused; neither the warehouse nor the rejects file gets more of it than its
number and the reason. A row of somebody else that mentions them lands without their address and name. Where nobody was
erased this costs one look into two tables a batch.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import pandas as pd

from tandem.accounts.actions.facts.keys import Colleagues
from tandem.accounts.actions.facts.linking import OurSide
from tandem.accounts.actions.rejects import ERASED, ROW_REFUSED, Line
from tandem.accounts.connectors.base import RawBatch
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.speech import without_speaker
from tandem.accounts.queries.erased_people import ErasedPeople, Mentioned, mentioned_in
from tandem.core.redaction import Redactor

FROM = "from"
BETWEEN_CELLS = '"'  # of no address, number or name
# Where a row of an entity names whose it is: mail addresses, phone numbers, and the source's id of the person.
MAILS: Mapping[Entity, tuple[str, ...]] = {
    Entity.CONTACT: ("email", "email_2"),
    Entity.SIGNAL: ("contact_email", "contact_key"),
    Entity.OPPORTUNITY_CONTACT: ("contact_email",),
}
PHONES: Mapping[Entity, tuple[str, ...]] = {Entity.CONTACT: ("phone", "mobile")}
KEYS: Mapping[Entity, tuple[str, str]] = {
    Entity.CONTACT: ("key", Entity.CONTACT),
    Entity.ACCOUNT: ("key", Entity.ACCOUNT),
    Entity.ACTIVITY: ("contact_key", Entity.CONTACT),
    Entity.SIGNAL: ("contact_key", Entity.CONTACT),
    Entity.OPPORTUNITY_CONTACT: ("contact_key", Entity.CONTACT),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """What of a batch may come in. lines : of the rejects file, one for each row that may not"""

    batch: RawBatch
    texts: pd.DataFrame
    lines: tuple[Line, ...] = ()


def without_erased(batch: RawBatch, texts: pd.DataFrame, entity: Entity, source_key: str) -> Screened:
    """The batch without rows of erased people, and with a mark where others' rows mention them.

    texts : the batch's canonical texts, same index
    """
    people = ErasedPeople()
    if not people:
        return Screened(batch=batch, texts=texts)
    screen = _Screen(people, entity, source_key, batch.rows, texts)
    broken = tuple(_broken(one, people) for one in batch.broken)
    refused = screen.refused()
    changed = screen.cleaned(refused)
    rows = _put(batch.rows, changed.raw).drop(index=refused)
    lines = tuple((number, ROW_REFUSED, "", "", ERASED, "") for number in refused)
    left = _put(texts, changed.texts).drop(index=refused)
    return Screened(batch=replace(batch, rows=rows, broken=broken), texts=left, lines=lines)


def _broken(row: Any, people: ErasedPeople) -> Any:
    """A row that could not be split, without its text where that mentions an erased person."""
    return replace(row, raw="", reason=ERASED) if mentioned_in(people, row.raw) else row


def _put(frame: pd.DataFrame, rows: Mapping[int, Sequence[str]]) -> pd.DataFrame:
    """The frame with these rows in the place of its own."""
    if not rows:
        return frame
    frame = frame.copy()
    for number, cells in rows.items():
        frame.loc[number] = list(cells)
    return frame


@dataclass(slots=True)
class _Changed:
    """Rows that come in otherwise than they came: cells by row number."""

    raw: dict[int, list[str]]
    texts: dict[int, list[str]]


class _Screen:
    """One batch, looked at row by row only where a hash says that somebody erased may be in it."""

    def __init__(
        self, people: ErasedPeople, entity: Entity, source_key: str, raw: pd.DataFrame, texts: pd.DataFrame
    ) -> None:
        self._people, self._entity, self._source = people, entity, source_key
        self._raw, self._texts = raw, texts
        self._found: dict[int, Mentioned] = {}
        self._ours: OurSide | None = None
        self._look()

    def _look(self) -> None:
        """Which rows mention whom, over every cell as it came. A column is looked through as one text: that is fast."""
        numbers = [int(number) for number in self._raw.index]
        for header in self._raw.columns:
            cells = [str(cell) for cell in self._raw[header].tolist()]
            ends: list[int] = []
            for hit in self._people.hits_in(BETWEEN_CELLS.join(cells)):
                ends = ends or list(accumulate(len(cell) + len(BETWEEN_CELLS) for cell in cells))
                found = self._found.setdefault(numbers[bisect_right(ends, hit.position)], Mentioned())
                getattr(found, hit.kind).add(hit.value)

    def refused(self) -> list[int]:
        """Numbers of the rows that are an erased person's, in order."""
        has = self._people.has_address
        found = {number for name in MAILS.get(self._entity, ()) for number in self._where(name, has)}
        found |= {number for name in PHONES.get(self._entity, ()) for number in self._where_called(name)}
        if self._entity in KEYS:
            column, entity = KEYS[self._entity]
            found |= set(self._where(column, lambda key: self._people.has_record(self._source, entity, key[:200])))
        if self._entity is Entity.CONTACT:
            found |= self._by_name_alone()
        if self._entity is Entity.ACTIVITY:
            found |= {number for number in self._found if self._is_theirs_alone(number)}
        return sorted(found)

    def _column(self, name: str) -> list[tuple[int, str]]:
        if name not in self._texts.columns:
            return []
        cells = self._texts[name].tolist()
        return [(int(number), str(cell).strip()) for number, cell in zip(self._texts.index, cells, strict=True) if cell]

    def _where(self, name: str, is_erased: Any) -> list[int]:
        return [number for number, cell in self._column(name) if is_erased(cell)]

    def _where_called(self, name: str) -> list[int]:
        countries = dict(self._column("country"))
        return [
            number
            for number, cell in self._column(name)
            if self._people.has_number(cell, country=_country(countries.get(number, "")))
        ]

    def _by_name_alone(self) -> set[int]:
        """Contacts that nothing but the name of somebody erased tells apart: no address, no number."""
        addressed = {
            number for name in (*MAILS[Entity.CONTACT], *PHONES[Entity.CONTACT]) for number, _ in self._column(name)
        }
        first, last = dict(self._column("first_name")), dict(self._column("last_name"))
        names = {number: f"{first.get(number, '')} {last.get(number, '')}" for number in {*first, *last}}
        names |= dict(self._column("name"))
        return {number for number, name in names.items() if number not in addressed and self._people.has_name(name)}

    def _is_theirs_alone(self, number: int) -> bool:
        """Whether an erased person wrote it, or nobody else outside took part in it."""
        told = _listed(self._text(number, "participants"))
        theirs = [one for one in told if self._is_erased(one)]
        if not theirs:
            return False
        if any(one.get("role") == FROM for one in theirs):
            return True
        self._ours = self._ours or OurSide(Colleagues())
        outside = (str(one.get("address") or "") for one in told if one not in theirs)
        return not any("@" in address and not self._ours.is_ours(address) for address in outside)

    def _is_erased(self, one: Mapping[str, Any]) -> bool:
        address, name = str(one.get("address") or ""), str(one.get("name") or "")
        return self._people.has_address(address) if "@" in address else self._people.has_name(name or address)

    def _text(self, number: int, name: str) -> str:
        return str(self._texts.at[number, name] or "") if name in self._texts.columns else ""

    def cleaned(self, refused: Sequence[int]) -> _Changed:
        """Rows that mention somebody erased, with a mark in their place."""
        changed = _Changed(raw={}, texts={})
        for number in sorted(self._found.keys() - set(refused)):
            told = _listed(self._text(number, "participants"))
            theirs = [one for one in told if self._is_erased(one)]
            found = self._found[number]
            others = [one for one in told if one not in theirs]
            bearers = self._names_of_others(number, others)
            names = {name for name in found.names if name.casefold() not in bearers}
            names |= {str(one.get("name") or "") for one in theirs}
            redactor = Redactor(emails=found.addresses, phones=found.numbers, names=names)
            changed.texts[number] = self._clean_text(number, redactor, names, others)
            # Of what they took part in, the row as it came has their words all over: only its number stays.
            came = _cells(self._raw, number)
            changed.raw[number] = ["" if theirs else redactor.clean(cell) for cell in came]
        return changed

    def _names_of_others(self, number: int, others: Sequence[Mapping[str, Any]]) -> set[str]:
        """Names, in small letters, of people in this row with an address of their own: a namesake keeps theirs."""
        if self._entity is Entity.CONTACT:
            split = f"{self._text(number, 'first_name')} {self._text(number, 'last_name')}"
            return {" ".join(name.split()).casefold() for name in (split, self._text(number, "name"))}
        return {str(one.get("name") or "").casefold() for one in others if "@" in str(one.get("address") or "")}

    def _clean_text(
        self, number: int, redactor: Redactor, names: set[str], others: Sequence[Mapping[str, Any]]
    ) -> list[str]:
        """A row's canonical cells; their own words in a dialogue go, and they are no longer among who took part."""
        row = dict(zip(self._texts.columns, _cells(self._texts, number), strict=True))
        if "participants" in row and others != _listed(row["participants"]):
            row["participants"] = json.dumps(list(others), ensure_ascii=False)
            said_by = [str(one.get("name") or one.get("address") or "") for one in others]
            row["body"] = without_speaker(row.get("body", ""), {name.casefold() for name in names if name}, said_by)
            row = {name: redactor.clean_closely(cell, others=said_by) for name, cell in row.items()}
        return [redactor.clean(row[str(name)]) for name in self._texts.columns]


def _cells(frame: pd.DataFrame, number: int) -> list[str]:
    """One row's cells; missing ones are empty."""
    return [str(cell or "") for cell in frame.loc[[number]].to_numpy().tolist()[0]]


def _country(text: str) -> str:
    """A country as a phone number needs it; "" where the cell is no two-letter code."""
    return text.upper() if len(text) == 2 and text.isalpha() else ""


def _listed(cell: str) -> list[dict[str, Any]]:
    """The people in a cell that lists them as JSON."""
    try:
        told = json.loads(cell) if cell else []
    except ValueError:
        return []
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
