"""Exports come in whole or with a reason for every row that does not; a second time changes nothing."""

from __future__ import annotations

import csv
import gzip
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tandem.accounts import warehouse
from tandem.accounts.actions import golden, imports
from tandem.accounts.actions.imports import ImportReport, import_path, propose_mapping_for
from tandem.accounts.models import (
    Account,
    Activity,
    Contact,
    Load,
    Opportunity,
    OpportunityChange,
    OpportunityContact,
    Product,
    Source,
    SourceRecord,
)
from tandem.cli import importing
from tandem.compliance.models import LedgerEntry
from tandem.core.actors import Actor, ActorKind, built_in_agent
from tandem.core.errors import InvalidInput, NotAllowed

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
SHELL = built_in_agent("shell", "shell")
pytestmark = pytest.mark.django_db

COMPANY: Mapping[str, Sequence[Mapping[str, str]]] = {
    "User.csv": [
        {"Id": "005A", "Username": "maya", "Name": "Maya Okafor", "Email": "maya@ours.example", "IsActive": "1",
         "Title": "Account Executive", "UserType": "Standard"},
    ],
    "Product2.csv": [{"Id": "01tA", "Name": "Pump X", "ProductCode": "PX", "Family": "Pumps"}],
    "Account.csv": [
        {"Id": "001A", "Name": "Ulmer Pumpen GmbH", "Website": "ulmerpumpen.de", "BillingCountry": "Germany", "OwnerId": "005A"},
        {"Id": "001B", "Name": "Alb Guss AG", "Website": "albguss.de", "BillingCountry": "Germany", "OwnerId": "005A"},
    ],
    "Contact.csv": [
        {"Id": "003A", "AccountId": "001A", "FirstName": "Ada", "LastName": "Vogel", "Email": "ada@ulmerpumpen.de", "MailingCity": "Ulm"},
    ],
    "Opportunity.csv": [
        {"Id": "006A", "Name": "Pumps 2027", "AccountId": "001A", "StageName": "Proposal", "Amount": "12000", "CloseDate": "2026-12-31",
         "OwnerId": "005A"},
        {"Id": "006B", "Name": "Broken", "AccountId": "001B", "StageName": "Proposal", "Amount": "a lot", "CloseDate": "2026-12-31",
         "OwnerId": "005A"},
    ],
    "OpportunityContactRole.csv": [{"Id": "00KA", "OpportunityId": "006A", "ContactId": "003A", "Role": "Champion", "IsPrimary": "1"}],
    "OpportunityFieldHistory.csv": [
        {"Id": "017A", "OpportunityId": "006A", "Field": "StageName", "OldValue": "Qualify", "NewValue": "Proposal", "CreatedDate": "2026-10-01T08:00:00Z"},
        {"Id": "017B", "OpportunityId": "006B", "Field": "Amount", "OldValue": "1", "NewValue": "2", "CreatedDate": "2026-10-01T08:00:00Z"},
    ],
    "Task.csv": [
        {"Id": "00TA", "WhoId": "003A", "WhatId": "006A", "Subject": "Call", "TaskSubtype": "Call", "ActivityDate": "2026-11-02",
         "OwnerId": "005A", "CreatedDate": "2026-11-02T09:00:00Z"},
    ],
}  # fmt: skip


def write_csv(file: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small CRM export, with two rows that can't land: a deal without a readable amount, and its history."""
    made = tmp_path / "export"
    made.mkdir()
    for name, rows in COMPANY.items():
        write_csv(made / name, rows)
    return made


def bring_in(path: Path, **more: Any) -> ImportReport:
    return import_path(path, actor=SHELL, now=NOW, **more)


def words(report: ImportReport) -> dict[str, str]:
    return {file.file_name: file.word for file in report.files}


def rejects_of(report: ImportReport) -> list[list[str]]:
    found = []
    for file in report.files:
        if file.rejects_path:
            with (Path(settings.DATA_DIR) / file.rejects_path).open(newline="") as stream:
                found += list(csv.reader(stream))[1:]
    return found


def test_a_folder_lands_in_the_order_in_which_files_need_each_other(folder: Path) -> None:
    report = bring_in(folder)
    assert [file.entity for file in report.files] == [
        "person", "product", "account", "contact", "opportunity", "opportunity_contact", "opportunity_change", "activity",
    ]  # fmt: skip
    deal = Opportunity.objects.get()
    assert (deal.name, deal.account.name, deal.owner.name, deal.amount) == (
        "Pumps 2027", "Ulmer Pumpen GmbH", "Maya Okafor", Decimal(12000),
    )  # fmt: skip
    assert deal.stage_since == datetime(2026, 10, 1, 8, tzinfo=UTC)
    touch = Activity.objects.get()
    assert (touch.account, touch.contact, touch.opportunity) == (deal.account, Contact.objects.get(), deal)
    assert OpportunityContact.objects.get().role == "Champion"
    deal.account.refresh_from_db()
    assert deal.account.last_activity_at == touch.at


def test_every_row_is_landed_or_in_the_rejects_with_a_reason(folder: Path) -> None:
    report = bring_in(folder)
    assert not report.failed
    for file in report.files:
        assert (
            file.rows_read == file.rows_landed + file.rows_unchanged + file.rows_refused == len(COMPANY[file.file_name])
        )
    assert (report.rows_landed, report.rows_refused) == (9, 2)
    assert [line[1:5] for line in rejects_of(report)] == [
        ["row refused", "amount", "a lot", "is no number"],
        ["row refused", "opportunity_key", "006B", "no deal with this key is known; import the deals first"],
    ]


def test_a_second_import_changes_nothing(folder: Path) -> None:
    first = bring_in(folder)
    counts = {
        model: model.objects.count() for model in (Account, Contact, Opportunity, OpportunityChange, LedgerEntry, Load)
    }
    second = bring_in(folder)
    assert (first.golden is None, second.golden) == (False, None)
    assert set(words(second).values()) == {"already landed"}
    assert (second.rows_landed, second.failed) == (0, False)
    assert {model: model.objects.count() for model in counts} == counts


def test_rows_refused_for_want_of_their_deal_land_once_the_deal_has_come(folder: Path) -> None:
    bring_in(folder)
    write_csv(folder / "Opportunity.csv", [row | {"Amount": "7"} for row in COMPANY["Opportunity.csv"]])
    later = import_path(folder, actor=SHELL, now=NOW + timedelta(days=1))
    told = {file.file_name: file for file in later.files}
    history = told["OpportunityFieldHistory.csv"]
    assert (history.word, history.rows_landed, history.rows_unchanged, history.rows_refused) == ("landed", 1, 1, 0)
    assert told["Task.csv"].word == "already landed"
    assert OpportunityChange.objects.filter(origin="field_history").count() == 2
    again = import_path(folder, actor=SHELL, now=NOW + timedelta(days=2))
    assert set(words(again).values()) == {"already landed"}


def test_an_older_file_with_refused_rows_does_not_undo_a_newer_one(folder: Path) -> None:
    bring_in(folder)
    newer = folder.parent / "newer"
    newer.mkdir()
    write_csv(
        newer / "OpportunityFieldHistory.csv",
        [COMPANY["OpportunityFieldHistory.csv"][0] | {"Id": "017C", "NewValue": "Won"}],
    )
    write_csv(
        newer / "Account.csv",
        [COMPANY["Account.csv"][0] | {"Id": "001C", "Name": "Isar Glas", "Website": "isarglas.de"}],
    )
    import_path(newer, actor=SHELL, now=NOW + timedelta(days=1))
    again = import_path(folder, actor=SHELL, now=NOW + timedelta(days=2))
    assert set(words(again).values()) == {"already landed"}


def test_an_import_stands_in_the_ledger(folder: Path) -> None:
    report = bring_in(folder)
    entry = LedgerEntry.objects.get(action="accounts.import_done")
    assert json.loads(entry.facts) == {"landed": 9, "refused": 2, "loads": [file.load_id for file in report.files]}


def test_facts_alone_match_nothing_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_in(folder)
    monkeypatch.setattr(golden, "refresh", lambda **_: pytest.fail("nothing golden came"))
    write_csv(folder / "Task.csv", [COMPANY["Task.csv"][0] | {"Id": "00TB", "Subject": "Again"}])
    report = bring_in(folder)
    assert (report.rows_landed, Activity.objects.count()) == (1, 2)


def test_a_bad_file_does_not_stop_the_others_and_an_unknown_one_is_told(folder: Path) -> None:
    (folder / "Contact.csv").write_bytes(bytes(range(256)) * 50)
    (folder / "weather.csv").write_text("lorem,ipsum\n1,2\n")
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    report = bring_in(folder)
    told = words(report)
    assert (told["Contact.csv"], told["weather.csv"], told["logo.png"]) == (
        "failed",
        "not recognised",
        "not recognised",
    )
    assert (told["Account.csv"], report.failed, Contact.objects.count()) == ("landed", True, 0)
    failed = next(file for file in report.files if file.word == "failed")
    assert failed.error is not None
    assert failed.error["code"] == "data.binary"
    assert "--propose" in next(file for file in report.files if file.file_name == "weather.csv").notes[0]


def test_the_rows_of_files_that_are_not_brought_in_are_accounted_for(folder: Path, tmp_path: Path) -> None:
    (folder / "weather.csv").write_text("lorem,ipsum\n1,2\n3,4\n")
    (folder / "dictionary.csv").write_text("Field,Description\na,first\nb,second\nc,third\n")
    (folder / "README.md").write_text("# Not a table\n\nJust words, and more words\n")
    (folder / "noise.csv").write_bytes(bytes(range(256)) * 50)
    told = tmp_path / "mapping.toml"
    told.write_text(
        '[source]\nkey = "crm-words"\n\n[leave_out]\n"dictionary.csv" = "tells what columns mean"\n\n'
        '[[files]]\nmatch = "none.csv"\nentity = "product"\n\n[files.columns]\nname = "name"\n'
    )
    report = bring_in(folder, mapping=told)
    of = {file.file_name: file for file in report.files}
    assert (of["weather.csv"].rows_read, of["weather.csv"].rows_refused) == (2, 2)
    assert of["weather.csv"].notes[1] == "All 2 rows refused with it."
    assert (of["dictionary.csv"].rows_read, of["dictionary.csv"].rows_refused) == (3, 3)
    assert of["dictionary.csv"].notes == ("Left out: tells what columns mean.", "All 3 rows refused with it.")
    assert (of["README.md"].rows_read, of["noise.csv"].rows_read) == (0, 0)
    for file in report.files:
        assert file.rows_read == file.rows_landed + file.rows_unchanged + file.rows_refused
    assert (report.rows_landed, report.rows_refused) == (9, 2 + 2 + 3)
    assert report.as_dict()["files"][0]["rows_refused"] == of[report.files[0].file_name].rows_refused


def test_an_unforeseen_fault_in_one_file_does_not_stop_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land = imports.landing.land_file

    def stumble(path: Path, *rest: Any, **more: Any) -> Any:
        if path.name == "Product2.csv":
            raise ZeroDivisionError
        return land(path, *rest, **more)

    monkeypatch.setattr(imports.landing, "land_file", stumble)
    report = bring_in(folder)
    assert (words(report)["Product2.csv"], words(report)["Account.csv"], Product.objects.count()) == (
        "failed",
        "landed",
        0,
    )


@pytest.mark.parametrize(
    ("word", "key", "kind"),
    [
        (None, "salesforce", "crm"), ("crm", "salesforce", "crm"), ("marketing", "salesforce-marketing", "marketing"),
        ("old-crm", "old-crm", "crm"),
    ],
)  # fmt: skip
def test_a_source_is_named_by_its_system_a_kind_or_its_own_word(
    folder: Path, word: str | None, key: str, kind: str
) -> None:
    bring_in(folder / "Account.csv", source_key=word)
    assert list(Source.objects.exclude(kind="correction").values_list("key", "kind")) == [(key, kind)]


def test_a_source_s_word_must_fit_into_an_address(folder: Path) -> None:
    with pytest.raises(InvalidInput, match="'Old CRM'"):
        bring_in(folder, source_key="Old CRM")
    assert not Load.objects.exists()


def test_only_who_manages_sources_may_import(folder: Path) -> None:
    seller = Actor(kind=ActorKind.PERSON, id=1, name="Maya", role="seller")
    with pytest.raises(NotAllowed):
        import_path(folder, actor=seller, now=NOW)
    assert not Load.objects.exists()


def test_a_mapped_file_feeds_several_entities_and_shows_spelling_across_files(tmp_path: Path) -> None:
    (tmp_path / "things.csv").write_text("thing\nGTX Pro\nMG Special\n")
    (tmp_path / "sales.csv").write_text("nr,thing,phase,worth\n1,GTXPro,Won,7\n2,MG Special,Open,\n")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[source]\nkey = "shop"\nkind = "crm"\n'
        '[[files]]\nmatch = "things.csv"\nentity = "product"\n[files.columns]\nthing = "name"\n'
        '[[files]]\nmatch = "sales.csv"\nentity = "opportunity"\n[files.columns]\nnr = "key"\nthing = "product_name"\n'
        'phase = "stage"\nworth = "amount"\n'
        '[[files]]\nmatch = "sales.csv"\nentity = "opportunity_product"\n[files.columns]\nnr = "opportunity_key"\n'
        'thing = "product_name"\nworth = "amount"\n[files.constants]\nkey = "row"\n'
        '[leave_out]\n"*.toml" = "it is the mapping"\n'
    )
    report = bring_in(tmp_path, mapping=mapping)
    assert [(file.file_name, file.entity, file.rows_landed + file.rows_unchanged) for file in report.files] == [
        ("mapping.toml", "", 0), ("things.csv", "product", 2), ("sales.csv", "opportunity", 2),
        ("sales.csv", "opportunity_product", 2),
    ]  # fmt: skip
    note = "product_name: 'GTXPro' (1 rows) is in no product file; it looks like 'GTX Pro'."
    assert note in report.files[2].notes
    deal = SourceRecord.objects.get(entity="opportunity", key="1")
    won = Opportunity.objects.get(id=deal.golden_id)
    assert (won.is_won, won.lines.get().product.name, won.lines.get().amount) == (True, "GTXPro", Decimal(7))
    assert list(Product.objects.order_by("name").values_list("name", "is_listed")) == [
        ("GTX Pro", True), ("GTXPro", False), ("MG Special", True),
    ]  # fmt: skip


def test_a_mapping_whose_column_is_missing_fails_that_file_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("title,b\nx,y\n")
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        '[source]\nkey = "s"\n[[files]]\nmatch = "a.csv"\nentity = "account"\n[files.columns]\nfirm = "name"\n'
    )
    report = bring_in(tmp_path / "a.csv", mapping=mapping)
    assert (words(report), report.failed, Account.objects.count()) == ({"a.csv": "failed"}, True, 0)
    assert report.files[0].error is not None
    assert report.files[0].error["message"] == "a.csv has no column 'firm', which the mapping names for 'name'."


def test_a_proposal_can_be_made_for_a_folder_with_unreadable_files(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text("id,stage\n1,Won\n2,Lost\n")
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 nothing")
    text = propose_mapping_for(tmp_path)
    assert 'entity = "opportunity"' in text
    assert "# broken.xlsx: " in text
    with pytest.raises(InvalidInput, match="no readable table"):
        propose_mapping_for(tmp_path / "broken.xlsx")


HEADER = "Id,Name,Website,BillingCountry,NumberOfEmployees,AnnualRevenue\n"
GOOD_ROW = "001A,Ulmer Pumpen,ulmerpumpen.de,Germany,10,5\n"


def many_rows() -> str:
    return HEADER + "".join(f"{n:05d},{n * 7919 % 104729},c{n}.de,Germany,{n},1\n" for n in range(5_000))


def zip_bomb(file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
        archive.writestr("xl/worksheets/sheet1.xml", "0" * 60_000_000)


BROKEN: dict[str, Callable[[Path], Any]] = {
    "Account.csv/empty": lambda file: file.write_bytes(b""),
    "Account.csv/blank": lambda file: file.write_bytes(b" \n\n \n"),
    "Account.csv/binary": lambda file: file.write_bytes(bytes(range(256)) * 100),
    "Account.csv/100k columns": lambda file: file.write_text(",".join(f"c{n}" for n in range(100_000)) + "\n"),
    "Account.csv/truncated gzip": lambda file: file.write_bytes(gzip.compress(many_rows().encode())[:9_000]),
    "Account.xlsx/zip bomb": zip_bomb,
    "Account.xlsx/no workbook": lambda file: file.write_bytes(b"PK\x03\x04 nothing of a workbook"),
    "Account.parquet/cut": lambda file: file.write_bytes(b"PAR1 and no end"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_table_is_refused_whole_with_a_remedy(tmp_path: Path, name: str) -> None:
    file = tmp_path / name.split("/")[0]
    BROKEN[name](file)
    report = bring_in(file)
    assert (report.failed, report.rows_landed, len(report.files)) == (True, 0, 1)
    error = report.files[0].error
    assert error is not None
    assert file.name in error["message"]
    assert error["hint"]
    assert not SourceRecord.objects.exists()
    assert importing._exit_code(report) == 2


def test_a_wrong_delimiter_is_told_and_lands_nothing(tmp_path: Path) -> None:
    file = tmp_path / "Account.csv"
    file.write_text((HEADER + GOOD_ROW).replace(",", "~"))
    report = bring_in(file)
    assert (words(report), report.failed) == ({"Account.csv": "not recognised"}, True)
    assert not SourceRecord.objects.exists()


@pytest.mark.parametrize(
    ("body", "landed", "reasons"),
    [
        ("", 0, []),
        (GOOD_ROW + "001B,Alb Guss,albguss.de,Germ", 1, ["4 cells where the header has 6"]),
        (GOOD_ROW + '001B,"Alb Guss,albguss.de', 1, ["a quoted cell is not closed"]),
        (GOOD_ROW + f"001B,{'x' * 10_000_000},a.de,Germany,1,1\n001C,Isar Glas,c.de,Germany,1,1\n", 2, ["the line is longer than 8,000,000 bytes"]),
        (GOOD_ROW + f"001B,{'x' * 2_000_000},a.de,Germany,1,1\n", 1, ["a cell is longer than 1,000,000 characters"]),
        (GOOD_ROW + "001B,,a.de,Germany,1,1\n", 1, ["company name is missing"]),
        (GOOD_ROW + "001B,N/A,a.de,Select,1,1\n", 1, ["company name is missing"]),
        (GOOD_ROW + "\n\n" + "001B,Alb Guss,b.de,Germany,2,2\n", 2, []),
    ],
    ids=["header only", "cut row", "open quote", "10 MB cell", "2 MB cell", "no name", "N/A", "blank lines"],
)  # fmt: skip
def test_a_broken_row_goes_to_the_rejects_and_the_others_land(
    tmp_path: Path, body: str, landed: int, reasons: list[str]
) -> None:
    file = tmp_path / "Account.csv"
    file.write_text(HEADER + body)
    report = bring_in(file)
    assert (report.failed, report.rows_landed, report.rows_refused) == (False, landed, len(reasons))
    assert [line[4] for line in rejects_of(report) if line[1] == "row refused"] == reasons


@pytest.mark.parametrize(
    "text",
    [
        ("\ufeff" + HEADER + GOOD_ROW).encode("utf-8"),
        (HEADER + GOOD_ROW).encode("utf-16"),
        (HEADER + GOOD_ROW.replace("Ulmer", "Ülmer")).encode("cp1252"),
        (HEADER + GOOD_ROW + "001B,Zoë AG,z.de,Germany,1,1\n").encode()
        + "001C,Zoë GmbH,y.de,Germany,1,1\n".encode("cp1252"),
        (HEADER + GOOD_ROW).replace(",", ";").encode(),
        (HEADER + GOOD_ROW).replace(",", "\t").encode(),
        (HEADER.strip() + ",Name\n" + GOOD_ROW.strip() + ",Twice\n").encode(),
        (HEADER + GOOD_ROW).replace("\n", "\r\n").encode(),
    ],
    ids=["BOM", "UTF-16", "Windows-1252", "mixed encodings", "semicolons", "tabs", "duplicate headers", "CRLF"],
)
def test_the_same_rows_land_in_whatever_dress_they_come(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "Account.csv"
    file.write_bytes(text)
    report = bring_in(file)
    assert (report.failed, report.rows_refused) == (False, 0)
    data = SourceRecord.objects.get(key="001A").data
    assert data["name"] in ("Ulmer Pumpen", "Ülmer Pumpen")
    assert (data["country"], data["employees"]) == ("DE", 10)


def test_semicolons_with_decimal_commas_and_missing_words_read_as_meant(tmp_path: Path) -> None:
    file = tmp_path / "Account.csv"
    rows = '001A;Ulmer Pumpen;-;Deutschland;N/A;"1.234,50"\n001B;Alb Guss;Select;Select;12;"7,5"\n'
    file.write_text(HEADER.replace(",", ";") + rows)
    bring_in(file)
    first, second = (SourceRecord.objects.get(key=key).data for key in ("001A", "001B"))
    assert (first["annual_revenue"], "employees" in first, "domain" in first) == ("1234.5", False, False)
    assert (second["annual_revenue"], second["employees"], "country" in second) == ("7.5", 12, False)


def test_a_formula_in_a_refused_row_is_harmless_in_the_rejects(tmp_path: Path) -> None:
    write_csv(
        tmp_path / "Opportunity.csv", [COMPANY["Opportunity.csv"][0] | {"Amount": "=cmd|' /C calc'!A0", "Name": "=1+1"}]
    )
    assert rejects_of(bring_in(tmp_path))[0][3] == "'=cmd|' /C calc'!A0"


def test_lone_surrogates_and_nul_in_json_do_not_stop_a_load(tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        '[source]\nkey = "s"\n[[files]]\nmatch = "*.jsonl"\nentity = "activity"\n[files.columns]\nid = "key"\nwhen = "at"\n'
        'text = "body"\n"extra.x" = "subject"\n'
    )
    line = '{"id": "1", "when": "2026-01-01", "text": "a\\ud800b\\u0000c", "extra": {"x": "\\udfff\\u0000"}}\n'
    (tmp_path / "a.jsonl").write_text(line)
    report = bring_in(tmp_path / "a.jsonl", mapping=mapping)
    assert (report.failed, report.rows_landed) == (False, 1)
    touch = Activity.objects.get()
    assert (touch.body, touch.subject) == ("a\ufffdb\ufffdc", "\ufffd\ufffd")


def test_raw_rows_are_kept_with_their_load_and_a_hash(tmp_path: Path) -> None:
    file = tmp_path / "Account.csv"
    file.write_text("Id,Name,Website,OwnerId\n001A,Ulm,ulm.de,005A\n001B,Alb,alb.de,005A\n001A,Ulm,ulm.de,005A\n")
    report = import_path(file, actor=SHELL, now=NOW)
    load = Load.objects.get(id=report.files[0].load_id)
    rows = warehouse.raw_rows(warehouse.connect(), source=load.source.key, entity=load.entity, load_id=load.id)
    assert rows is not None
    kept = rows.to_pyarrow().to_pylist()
    assert [row["load_id"] for row in kept] == [load.id] * 3
    assert kept[0]["row_hash"] == kept[2]["row_hash"] != kept[1]["row_hash"]
