"""Mapping files say what columns mean; a wrong one is refused with line, key and remedy."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.accounts.connectors.mapped import connector_of, open_mapping
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain import conversion, proposing
from tandem.accounts.domain.mapping import FileMapping, read_mapping
from tandem.core.errors import DataUnreadable, InvalidInput

GOOD = """
[source]
key = "oldcrm"
kind = "crm"

[leave_out]
"readme*" = "explains"

[[files]]
match = "Deals*.csv"
entity = "opportunity"
date_order = "dmy"
decimal_comma = true

[files.columns]
"Nr." = ["key", "name"]
"Phase" = "stage"
"Wert (T€)" = "amount"

[files.constants]
currency = "EUR"

[files.values.stage]
"Gewonnen (Q)" = "Won deal"

[files.units]
amount = "k"

[files.stages]
won = ["Won deal"]
lost = ["Weg"]
"""


def the_file(text: str = GOOD) -> FileMapping:
    return read_mapping(text).files[0]


def test_a_mapping_says_what_a_file_holds() -> None:
    file = the_file()
    assert (file.entity, file.source_key, file.source_kind) == (Entity.OPPORTUNITY, "oldcrm", SourceKind.CRM)
    assert (file.date_order, file.decimal_comma, file.fits("deals 2026.CSV"), file.fits("x.csv")) == (
        "dmy",
        True,
        True,
        False,
    )
    assert read_mapping(GOOD).why_left_out("README.md") == "explains"
    assert read_mapping(GOOD).why_left_out("deals.csv") is None


def test_rows_come_out_in_canonical_words() -> None:
    raw = pd.DataFrame(
        {
            "Nr.": ["7", "8", "9"],
            "Phase": ["gewonnen (q)", "Weg", "Offen"],
            "Wert (T€)": ["1,5", "", "2"],
            "x": ["", "", ""],
        },
        index=pd.RangeIndex(1, 4),
    )
    connector = connector_of(the_file())
    rows = conversion.canonical_texts(raw, connector.columns, connector.prepare)
    assert rows["name"].tolist() == rows["key"].tolist() == ["7", "8", "9"]
    assert rows["stage"].tolist() == ["Won deal", "Weg", "Offen"]
    assert rows["is_closed"].tolist() == ["true", "true", "false"]
    assert rows["is_won"].tolist() == ["true", "false", "false"]
    assert rows["amount"].tolist() == ["1,5k", "", "2k"]
    assert rows["currency"].tolist() == ["EUR"] * 3


def test_a_field_can_be_made_of_several_columns() -> None:
    text = (
        '[source]\nkey = "hr"\n[[files]]\nmatch = "*"\nentity = "person"\n[files.columns]\nmail = "email"\n'
        '[files.join]\nname = ["First", "Last"]\n'
    )
    raw = pd.DataFrame({"First": ["Ada", "Bo"], "Last": ["Vogel", ""], "mail": ["a@b.de", ""]}, index=[1, 2])
    connector = connector_of(the_file(text))
    rows = conversion.canonical_texts(raw, connector.columns, connector.prepare)
    assert sorted(rows.columns) == ["email", "name"]
    assert rows["name"].tolist() == ["Ada Vogel", "Bo"]
    with pytest.raises(InvalidInput, match="name is no list of columns"):
        read_mapping(text.replace('["First", "Last"]', '"First"'))


@pytest.mark.parametrize(
    ("old", "new", "line", "says", "remedy"),
    [
        ('"Phase" = "stage"', '"Phase" = "stag"', 17, "'stag' is no field of opportunity", "Do you mean 'stage'?"),
        ('entity = "opportunity"', 'entity = "deal"', 11, "'deal' is nothing a row can be", "Do you mean 'opportunity'?"),
        ('date_order = "dmy"', 'date_order = "ymd"', 12, "'ymd' is no date order", "dmy, mdy"),
        ("decimal_comma = true", 'decimal_comma = "yes"', 13, "'yes' is neither true nor false", "without quotes"),
        ('kind = "crm"', 'kind = "correction"', 4, "'correction' is no kind of source", "marketing"),
        ('key = "oldcrm"', 'key = "Old CRM"', 3, "'Old CRM' is no key of a source", "small letters"),
        ('match = "Deals*.csv"', 'matches = "Deals*.csv"', 10, "'matches' is no key here", "Do you mean 'match'?"),
        ('"Phase" = "stage"', '"Phase" = "next_step"', 15, "Nothing gives 'stage'", "[files.constants]"),
        ('amount = "k"', 'amount = "dozen"', 27, "amount = 'dozen' is no unit", "k, m, b"),
        ('lost = ["Weg"]', 'lost = ["Won deal"]', 29, "'Won deal' is both won and lost", "one of the lists"),
        ('lost = ["Weg"]', 'lost = "Weg"', 29, "won and lost are lists", 'won = ["Closed Won"]'),
        ('"Phase" = "stage"', '"Phase" = "stage"\n"PHASE" = "name"', 18, "'Phase' and 'PHASE' are one column", "a list"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused_with_line_key_and_remedy(
    old: str, new: str, line: int, says: str, remedy: str
) -> None:
    assert old in GOOD
    with pytest.raises(InvalidInput) as refusal:
        read_mapping(GOOD.replace(old, new, 1), file_name="m.toml")
    assert refusal.value.message.startswith(f"m.toml, line {line}: ")
    assert says in refusal.value.message
    assert remedy in (refusal.value.hint or "")
    assert refusal.value.context["line"] == line


@pytest.mark.parametrize(
    "text", ["", "files = 3", "[source]\nkey = 'a'", "[[files]]", "x = [", "files = [1]", "source = 1"]
)
def test_an_empty_or_broken_mapping_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"mapping\.toml"):
        read_mapping(text)


@given(st.text(max_size=200))
@settings(max_examples=100)
def test_no_text_at_all_makes_it_stumble(text: str) -> None:
    told: object = "refused with a reason"
    with suppress(InvalidInput):
        told = read_mapping(GOOD + text).files
    assert told


def test_a_mapping_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataUnreadable, match="can't be read as a mapping file"):
        open_mapping(tmp_path / "m.toml")


TABLES = {
    "firms.csv": {
        "Firm No": ["F1", "F2", "F3"], "Firma": ["Ulmer Pumpen", "Alb Guss", "Isar Glas"],
        "Umsatz": ["1.200,50", "2.000,00", "3.100,25"], "Land": ["DE", "AT", "DE"],
    },
    "chances.csv": {
        "id": ["1", "2", "3"], "Kunde Ref": ["F1", "F3", "F3"], "Phase": ["Angebot", "Gewonnen", "Verloren"],
        "Betrag": ["10,5", "7,25", "1,0"], "closedate": ["31.12.2026", "01.11.2026", "02.11.2026"], "Mood": ["", "x", ""],
    },
    "notes.csv": {"lorem": ["a", "b", "c"], "ipsum": ["d", "e", "f"]},
}  # fmt: skip


def proposed() -> str:
    profiles = [proposing.profile(name, pd.DataFrame(rows)) for name, rows in TABLES.items()]
    return proposing.as_toml(proposing.propose(profiles), source_key="german-crm")


def test_a_proposal_is_a_mapping_that_can_be_used_as_it_is() -> None:
    read = read_mapping(proposed())
    firms, deals = read.files
    assert (firms.entity, deals.entity) == (Entity.ACCOUNT, Entity.OPPORTUNITY)
    assert firms.columns == {"Firma": ("name",), "Umsatz": ("annual_revenue",), "Land": ("country",)}
    assert deals.columns == {
        "id": ("key",), "Phase": ("stage",), "Betrag": ("amount",), "closedate": ("close_on",),
    }  # fmt: skip
    assert (firms.decimal_comma, deals.decimal_comma, deals.date_order) == (True, True, "dmy")
    assert (deals.won, deals.lost) == (("Gewonnen",), ("Verloren",))


def test_a_proposal_tells_how_sure_it_is_and_what_points_where() -> None:
    text = proposed()
    assert "# firms.csv: " in text
    assert "% sure that a row is of this kind" in text
    assert (
        '# "Kunde Ref" = ""  # not known; 100% filled, 2 different, e.g. F1; 100% of its values stand in firms.csv, Firm No'
        in text
    )
    assert "# notes.csv: nothing fits well enough. Columns: lorem, ipsum" in text


def test_a_column_that_points_at_a_known_key_is_taken_as_the_reference_it_is() -> None:
    tables = {
        "accounts.csv": {"id": ["F1", "F2", "F3"], "name": ["A", "B", "C"]},
        "deals.csv": {"id": ["1", "2"], "belongs": ["F1", "F3"], "stage": ["x", "y"]},
    }
    profiles = [proposing.profile(name, pd.DataFrame(rows)) for name, rows in tables.items()]
    deals = read_mapping(proposing.as_toml(proposing.propose(profiles), source_key="a")).files[1]
    assert deals.columns["belongs"] == ("account_key",)


@given(
    st.dictionaries(st.text(max_size=12), st.lists(st.text(max_size=8), min_size=2, max_size=2), min_size=1, max_size=4)
)
@settings(max_examples=60)
def test_any_table_gives_a_text_that_is_toml(table: dict[str, list[str]]) -> None:
    found = proposing.propose([proposing.profile("accounts.csv", pd.DataFrame(table, dtype=object))])
    assert tomllib.loads(proposing.as_toml(found, source_key="a"))["source"]["key"] == "a"


def test_the_example_mapping_is_valid() -> None:
    read = open_mapping(Path(__file__).parents[3] / "examples" / "maven" / "mapping.toml")
    assert [file.entity.value for file in read.files] == [
        "person", "product", "account", "opportunity", "opportunity_product",
    ]  # fmt: skip
