"""Erased people are known in any text of an import by what was hashed of them, and nobody else is taken for them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tandem.accounts.actions.barring import without_erased
from tandem.accounts.actions.erasing.contacts import leave_traces
from tandem.accounts.connectors.base import BrokenRow, RawBatch
from tandem.accounts.contracts import Entity
from tandem.accounts.queries.erased_people import ErasedPeople, mentioned_in
from tandem.compliance.actions import erase_person
from tandem.core.actors import built_in_agent
from tandem.core.redaction import MARK

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
DESK = built_in_agent("rights desk", "worker")


@pytest.fixture
def erased(settings: Any, tmp_path: Path) -> ErasedPeople:
    settings.DATA_DIR = tmp_path
    erase_person(["ann@acme.example", "+4915712345678"], actor=DESK, now=NOW, request="request:1")
    leave_traces(["crm:contact:7"], names=["ann lee"], numbers=["15712345678"], now=NOW)
    return ErasedPeople()


def batch(rows: list[dict[str, str]], *broken: BrokenRow) -> tuple[RawBatch, pd.DataFrame]:
    frame = pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1), dtype=object)
    return RawBatch(first_row_number=1, rows=frame, broken=broken), frame


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("write to <ANN@acme.example>.", "addresses", "ANN@acme.example"),
        ('{"to":"ann+x@acme.example"}', "addresses", "ann+x@acme.example"),
        ("says Ann Lee today", "names", "Ann Lee"),
        ("Lee, Ann wrote", "names", "Ann Lee"),
        ("call 01571/2345678 now", "numbers", "01571/2345678"),
        ("+49 (0) 1571 2345678", "numbers", "+49 (0) 1571 2345678"),
        ("157-123-45678 no, 0157 1234 5678", "numbers", "0157 1234 5678"),
    ],
)
def test_a_mention_is_found(erased: ErasedPeople, text: str, kind: str, value: str) -> None:
    found = mentioned_in(erased, text)
    assert found is not None
    assert {name: getattr(found, name) for name in ("addresses", "names", "numbers") if getattr(found, name)} == {
        kind: {value}
    }


@pytest.mark.parametrize(
    "text",
    ["joann@acme.example", "ann@acme.example.org", "Joann Lee", "Ann Leeson", "ann lee", "91571234567890", "@", ""],
)
def test_somebody_else_is_not_taken_for_them(erased: ErasedPeople, text: str) -> None:
    assert mentioned_in(erased, text) is None


def test_where_nobody_was_erased_a_batch_passes_untouched(settings: Any, tmp_path: Path) -> None:
    raw, texts = batch([{"email": "ann@acme.example"}])
    screened = without_erased(raw, texts, Entity.CONTACT, "crm")
    assert screened.batch is raw
    assert screened.texts is texts


def test_rows_go_by_address_number_record_or_lone_name_and_neighbours_come_in(erased: ErasedPeople) -> None:
    raw, texts = batch([
        {"key": "1", "email": "Ann@Acme.example", "mobile": "", "name": "A. Lee", "note": ""},
        {"key": "2", "email": "", "mobile": "0157 1234 5678", "name": "A. Lee", "note": ""},
        {"key": "7", "email": "new@acme.example", "mobile": "", "name": "Ann Lee-Berg", "note": ""},
        {"key": "4", "email": "", "mobile": "", "name": "Ann Lee", "note": ""},
        {"key": "5", "email": "ann.lee@other.example", "mobile": "", "name": "Ann Lee", "note": ""},
        {"key": "6", "email": "bo@acme.example", "mobile": "0157 9999 9999", "name": "Bo", "note": "knows Ann Lee"},
    ], BrokenRow(row_number=9, reason="too few cells", raw="8;ann@acme.example"),
       BrokenRow(row_number=10, reason="too few cells", raw="9;bo@acme.example"))  # fmt: skip
    screened = without_erased(raw, texts, Entity.CONTACT, "crm")
    assert [line[0] for line in screened.lines] == [1, 2, 3, 4]
    assert {line[4:] for line in screened.lines} == {("erased at their request", "")}
    assert list(screened.texts.index) == list(screened.batch.rows.index) == [5, 6]
    for frame in (screened.texts, screened.batch.rows):
        assert frame["name"].tolist() == ["Ann Lee", "Bo"]  # a namesake with an address of her own keeps it
        assert frame["note"].tolist() == ["", f"knows {MARK}"]
    assert [(row.reason, row.raw) for row in screened.batch.broken] == [
        ("erased at their request", ""), ("too few cells", "9;bo@acme.example"),
    ]  # fmt: skip
