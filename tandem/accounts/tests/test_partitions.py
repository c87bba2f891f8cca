"""People of a region that may not be kept here leave no trace but a row number, a keyed hash and the region; their
installation gets them sealed."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tandem.accounts.actions import handing_over, taking_out
from tandem.accounts.actions.imports import ImportReport, import_path
from tandem.accounts.actions.region_marks import MarksStore
from tandem.accounts.domain import place_evidence
from tandem.accounts.domain.places import country_code
from tandem.accounts.models import Account, Activity, Contact, Opportunity, SourceRecord
from tandem.accounts.queries import regions as places
from tandem.compliance.actions import residency
from tandem.compliance.contracts.residency import Region
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.models import LedgerEntry, PutAside, RegionMark
from tandem.compliance.queries import installation_key
from tandem.compliance.queries.region_picture import count_put_aside
from tandem.compliance.queries.residency import find_partner, region_of_place
from tandem.core.actors import built_in_agent
from tandem.core.archive import archived_models
from tandem.core.errors import Conflict, DataUnreadable, InvalidInput, NotAllowed, NotFound
from tandem.core.file_texts import texts_of
from tandem.simulation import CompanyConfig, simulate
from tests.company import Company

SHELL = built_in_agent("shell", "shell")
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
BY: dict[str, Any] = {"actor": SHELL, "now": NOW}
OUTSIDE = (Region.EEA, Region.UK, Region.CH)

ACCOUNTS = """Id,Name,Website,BillingCountry,Phone
001KROEGER0000,Kröger Maschinenbau GmbH,kroeger.com,Germany,+49 30 901820
001ACME0000000,Acme Inc.,acme.com,United States,+1 212 555 0100
"""
CONTACTS = """Id,AccountId,FirstName,LastName,Email,Phone,MailingCountry
003ANNA0000000,001KROEGER0000,Anna,Weiss,anna.weiss@kroeger.com,+49 30 901821,
003TOM00000000,001ACME0000000,Tom,Baker,tom.baker@acme.com,+1 212 555 0101,United States
003LUC00000000,001ACME0000000,Luc,Moreau,luc.moreau@acme.com,,France
003GHOST000000,,Nobody,Known,ghost@somewhere.com,,
"""
DEALS = """Id,AccountId,Name,StageName,Amount,CurrencyIsoCode,CloseDate,NextStep,CreatedDate
006KROEGER0000,001KROEGER0000,Kröger line,Proposal,100,EUR,2026-12-01,Call,2026-01-01T00:00:00Z
006ACME0000000,001ACME0000000,Acme line,Proposal,200,USD,2026-12-01,Call Tom Baker,2026-01-01T00:00:00Z
006ACME2000000,001ACME0000000,Acme more,Proposal,300,USD,2026-12-01,Ask Anna Weiss for help,2026-01-01T00:00:00Z
"""
LIST = """Record ID,First Name,Last Name,Email,Company Name,Create Date
77,Anna,Weiss,anna.weiss@kroeger.com,,2026-01-01
78,Tom,Baker,tom.baker@acme.com,,2026-01-01
"""

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folders(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "us"
    settings.DATA_DIR.mkdir()
    settings.WAREHOUSE_DIR = settings.DATA_DIR / "warehouse"
    settings.INSTALLATION_KEY_FILE = settings.DATA_DIR / "installation_key"
    settings.REGION, settings.INSTALLATION_NAME = "US", "Ohio"


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """A company's export with people of both sides, the list without countries first by name."""
    folder = tmp_path / "exports"
    told = {"Account.csv": ACCOUNTS, "Contact.csv": CONTACTS, "Opportunity.csv": DEALS}
    (folder / "salesforce").mkdir(parents=True)
    (folder / "a-hubspot").mkdir()
    for name, text in told.items():
        (folder / "salesforce" / name).write_text(text, encoding="utf-8")
    (folder / "a-hubspot" / "hubspot-contacts.csv").write_text(LIST, encoding="utf-8")
    return folder


def refuse(*regions: Region) -> None:
    for region in regions:
        residency.set_policy(region, stores_here=False, reason="kept in Frankfurt", **BY)


def bring_in(path: Path) -> ImportReport:
    report = import_path(path, **BY)
    assert not report.failed, [one.error for one in report.files]
    return report


def everything_kept(folder: Path) -> Iterator[tuple[str, str]]:
    """Every row of every table of the database, search tables too, and every file: (where, text in lower case)."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                yield table, " ".join(_text(cell) for cell in row).casefold()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield str(file), file.read_bytes().decode("utf-8", "replace").casefold()
            for _, text in texts_of(file):
                yield str(file), text.casefold()


def _text(cell: object) -> str:
    return bytes(cell).decode("utf-8", "replace") if isinstance(cell, bytes | memoryview) else str(cell)


def found_of(terms: Sequence[str], folder: Path) -> list[tuple[str, str]]:
    wanted = [term.casefold() for term in terms]
    return [(where, term) for where, text in everything_kept(folder) for term in wanted if term in text]


def test_rows_of_other_regions_are_not_kept_and_said_to_be_refused(exports: Path, settings: Any) -> None:
    refuse(*OUTSIDE)
    report = bring_in(exports)
    assert sorted(Account.objects.values_list("name", flat=True)) == ["Acme Inc."]
    assert sorted(Contact.objects.values_list("name", flat=True)) == ["Tom Baker"]
    assert list(Opportunity.objects.values_list("name", flat=True)) == ["Acme line"]
    anna = ["anna.weiss", "Anna Weiss", "901821", "901820", "Kröger", "kroeger.com"]
    assert found_of([*anna, "Moreau", "ghost@"], settings.DATA_DIR) == []
    assert found_of(["tom.baker@acme.com"], settings.DATA_DIR) != []
    rows = Counter(PutAside.objects.values_list("entity", "region"))
    assert rows == {("account", "eea"): 1, ("contact", "eea"): 4, ("opportunity", "eea"): 2}
    contacts = next(one for one in report.files if one.file_name == "Contact.csv")
    assert (contacts.rows_read, contacts.rows_landed, contacts.rows_refused) == (4, 1, 3)
    told = (settings.DATA_DIR / contacts.rejects_path).read_text()
    assert told.count("may not be kept in this installation") == 3
    assert "nothing tells where it belongs" in told
    assert LedgerEntry.objects.filter(action="compliance.rows_put_aside").count() == 4


def test_a_row_keeps_nothing_that_could_be_read_back(exports: Path) -> None:
    refuse(*OUTSIDE)
    bring_in(exports)
    row = PutAside.objects.filter(entity="contact").first()
    assert row is not None
    assert len(row.row_hash) == 32
    assert {field.name for field in PutAside._meta.concrete_fields} == {
        "id", "file_sha256", "entity", "source_key", "row_number", "row_hash", "region", "reason", "seen_at",
        "handed_over_at", "partner",
    }  # fmt: skip
    assert all(len(key) == 32 for key in RegionMark.objects.values_list("key_hash", flat=True))


def test_without_a_policy_everything_is_kept_and_one_query_a_batch_is_all_it_costs(exports: Path) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        bring_in(exports)
    asked = [one["sql"] for one in queries if "compliance_region" in one["sql"] or "putaside" in one["sql"]]
    assert Contact.objects.count() == 4
    assert all("compliance_regionpolicy" in sql for sql in asked)
    assert len(asked) == 1 + 4
    assert not RegionMark.objects.exists()


def test_a_policy_that_is_lifted_lets_the_same_files_land(exports: Path) -> None:
    refuse(Region.EEA)
    bring_in(exports)
    assert Contact.objects.filter(name="Anna Weiss").count() == 0
    residency.set_policy(Region.EEA, stores_here=True, reason="moved here", **BY)
    bring_in(exports)
    assert Contact.objects.filter(name="Anna Weiss").count() == 1
    assert Opportunity.objects.count() == 3
    assert not PutAside.objects.exists()
    again = bring_in(exports)
    assert all(one.word == "already landed" for one in again.files)


def test_importing_twice_changes_nothing(exports: Path) -> None:
    refuse(*OUTSIDE)
    bring_in(exports)
    before = list(PutAside.objects.order_by("id").values())
    marks = RegionMark.objects.count()
    bring_in(exports)
    assert list(PutAside.objects.order_by("id").values()) == before
    assert (RegionMark.objects.count(), SourceRecord.objects.count()) == (marks, 4)


def test_the_first_policy_learns_from_what_is_here_already(exports: Path, tmp_path: Path) -> None:
    bring_in(exports)
    refuse(*OUTSIDE)
    later = tmp_path / "later" / "hubspot-contacts.csv"
    later.parent.mkdir()
    later.write_text(LIST.replace("77,", "177,").replace("78,", "178,"), encoding="utf-8")
    report = bring_in(later)
    assert (report.rows_landed, report.rows_refused) == (1, 1)
    assert PutAside.objects.get().region == "eea"


def test_a_row_that_can_not_be_read_is_not_kept_word_for_word(exports: Path, settings: Any) -> None:
    refuse(*OUTSIDE)
    file = exports / "salesforce" / "Contact.csv"
    file.write_text(CONTACTS + 'x,y,Broken,Person,broken.person@kroeger.com,"1,2,3,4,5,6,7,8,9,0\n', encoding="utf-8")
    import_path(exports, **BY)
    assert found_of(["broken.person"], settings.DATA_DIR) == []


def test_touches_with_people_of_other_regions_stay_out(exports: Path, tmp_path: Path, settings: Any) -> None:
    refuse(*OUTSIDE)
    (exports / "salesforce" / "Task.csv").write_text(
        "Id,WhoId,WhatId,AccountId,Subject,ActivityDate,Description,Status,OwnerId,CreatedDate\n"
        "00T1,003TOM00000000,,001ACME0000000,Call,2026-11-01,All well,Completed,,2026-11-01T00:00:00Z\n"
        "00T2,003ANNA0000000,,,Call,2026-11-01,All well,Completed,,2026-11-01T00:00:00Z\n"
        "00T3,003TOM00000000,,001ACME0000000,Call,2026-11-01,Write to anna.weiss@kroeger.com,Completed,,2026-11-01T00:00:00Z\n"
        "00T4,003TOM00000000,,001ACME0000000,Call,2026-11-01,Ring +49 30 901821,Completed,,2026-11-01T00:00:00Z\n"
        "00T5,003TOM00000000,,001ACME0000000,Call,2026-11-01,Spoke with Anna Weiss today,Completed,,2026-11-01T00:00:00Z\n",
        encoding="utf-8",
    )
    bring_in(exports)
    assert list(Activity.objects.values_list("key", flat=True)) == ["00T1"]
    assert found_of(["901821", "Anna Weiss", "anna.weiss"], settings.DATA_DIR) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Spoke with Anna Weiss today", {"anna weiss"}),
        ("Anna Weiss's number; ask (Maria García-Lopez).", {"anna weiss", "maria garcia lopez"}),
        ("Juan de la Cruz agreed", {"juan de la cruz"}),
        ("nothing here", set()),
    ],
)
def test_full_names_are_found_in_texts(text: str, found: set[str]) -> None:
    assert found <= place_evidence.names_in(text)
    assert bool(place_evidence.names_in(text)) == bool(found)


def test_names_are_known_in_the_forms_in_which_texts_have_them() -> None:
    assert set(place_evidence.name_forms("Dr. Anna Weiss")) == {"dr anna weiss", "anna weiss", "weiss anna"}
    assert place_evidence.name_forms("Anna") == ()
    assert place_evidence.mails_in("write <Anna.Weiss@Kroeger.com>, or b@x") == {"anna.weiss@kroeger.com"}
    assert place_evidence.phones_in("ring +49 (30) 901-821 at 10") == {"+4930901821"}


# --- handing over


def enter_partner(settings: Any, folder: Path) -> str:
    """Frankfurt's key, made in its own folder, entered here; returns this installation's key."""
    own, here = installation_key.public_key(), settings.INSTALLATION_KEY_FILE
    settings.INSTALLATION_KEY_FILE = folder / "installation_key"
    there = installation_key.public_key()
    settings.INSTALLATION_KEY_FILE = here
    residency.add_partner(name="Frankfurt", regions=OUTSIDE, public_key=there, **BY)
    return own


def move_to(settings: Any, folder: Path, sender: str) -> None:
    """From here on this is the installation in Frankfurt: an empty database, a folder and a key of its own."""
    for model in reversed(archived_models()):
        if model._meta.app_label == "accounts":
            model._base_manager.all()._raw_delete("default")  # type: ignore[attr-defined]
    for kept in (PutAside, RegionMark):
        kept.objects.all().delete()
    for region in OUTSIDE:
        residency.set_policy(region, stores_here=True, reason="kept here", **BY)
    settings.DATA_DIR, settings.REGION, settings.INSTALLATION_NAME = folder, "DE", "Frankfurt"
    settings.WAREHOUSE_DIR = folder / "warehouse"
    settings.INSTALLATION_KEY_FILE = folder / "installation_key"
    residency.add_partner(name="Ohio", regions=[Region.US], public_key=sender, **BY)


def test_the_other_installation_gets_its_people_sealed(exports: Path, settings: Any, tmp_path: Path) -> None:
    there = tmp_path / "frankfurt"
    there.mkdir()
    refuse(*OUTSIDE)
    bring_in(exports)
    own = enter_partner(settings, there)
    sealed = tmp_path / "for-frankfurt.sealed"
    report = handing_over.hand_over(exports, to="frankfurt", out=sealed, **BY)
    assert (report.files, report.rows, report.refused) == (4, 7, 0)
    assert b"Weiss" not in sealed.read_bytes()
    assert count_put_aside() == {Region.EEA: (7, 0)}
    assert found_of(["Anna Weiss", "anna.weiss"], settings.DATA_DIR) == []
    with pytest.raises(Conflict):
        handing_over.hand_over(exports, to="Frankfurt", out=sealed, **BY)
    move_to(settings, there, own)
    received = handing_over.receive(sealed, **BY)
    assert not received.failed
    assert sorted(Contact.objects.values_list("name", flat=True)) == ["Anna Weiss", "Luc Moreau", "Nobody Known"]
    anna = Contact.objects.get(name="Anna Weiss")
    assert (anna.email, anna.phone, anna.account and anna.account.name) == (
        "anna.weiss@kroeger.com", "+4930901821", "Kröger Maschinenbau GmbH",
    )  # fmt: skip
    deal = Opportunity.objects.get(name="Kröger line")
    assert (deal.amount, deal.currency, str(deal.close_on), deal.account_id) == (
        100,
        "EUR",
        "2026-12-01",
        anna.account_id,
    )
    assert not list(there.glob("received-*"))
    again = handing_over.receive(sealed, **BY)
    assert again.rows_landed == 0
    assert Contact.objects.count() == 3


def test_what_is_altered_unknown_or_empty_is_refused(exports: Path, settings: Any, tmp_path: Path) -> None:
    there = tmp_path / "frankfurt"
    there.mkdir()
    refuse(*OUTSIDE)
    sealed = tmp_path / "for-frankfurt.sealed"
    with pytest.raises(NotFound, match="no partner installation"):
        handing_over.hand_over(exports, to="Frankfurt", out=sealed, **BY)
    own = enter_partner(settings, there)
    with pytest.raises(InvalidInput, match="put aside for Frankfurt"):
        handing_over.hand_over(exports, to="Frankfurt", out=sealed, **BY)
    bring_in(exports)
    handing_over.hand_over(exports, to="Frankfurt", out=sealed, **BY)
    content = sealed.read_bytes()
    move_to(settings, there, own)
    before, flipped = LedgerEntry.objects.count(), bytes([content[-80] ^ 1])
    for damaged in (
        content[:-1],
        content[: len(content) // 2],
        content[:-80] + flipped + content[-79:],
        b"",
        b"no sealed file",
    ):
        sealed.write_bytes(damaged)
        with pytest.raises(DataUnreadable):
            handing_over.receive(sealed, **BY)
    partner = find_partner("Ohio")
    residency.end_line("partner", partner.id, reason="closed", **BY)
    sealed.write_bytes(content)
    with pytest.raises(DataUnreadable, match="not entered here"):
        handing_over.receive(sealed, **BY)
    assert not SourceRecord.objects.exists()
    assert LedgerEntry.objects.count() == before + 1


# --- a company's whole export, with its noise


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What three months' tools of a small company with customers on both sides export."""
    folder = tmp_path_factory.mktemp("simulated")
    config = CompanyConfig(
        sellers=3, months=3, scale=0.06, accounts_per_seller=6, leads_per_seller=5, vendor_contacts_per_seller=8, seed=5
    )  # fmt: skip
    simulate(config, folder)
    return folder


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def people_of(folder: Path) -> Iterator[tuple[str, list[str], set[Region]]]:
    """Everybody the tools name: full name, addresses and numbers as they stand, and every region that speaks."""
    seats = {row["Id"]: row["BillingCountry"] for row in read(folder / "salesforce" / "Account.csv")}
    companies = read(folder / "hubspot" / "hubspot-companies.csv")
    seats |= {row["Record ID"]: row["Country/Region"] for row in companies}
    for row in read(folder / "salesforce" / "Contact.csv"):
        ways = [row["Email"], row["Phone"], row["MobilePhone"]]
        yield row["Name"], ways, _regions(row["MailingCountry"], seats.get(row["AccountId"], ""))
    for row in read(folder / "hubspot" / "hubspot-contacts.csv"):
        ways = [row["Email"], row["Phone Number"], row["Mobile Phone Number"]]
        name = f"{row['First Name']} {row['Last Name']}"
        yield name, ways, _regions(row["Country/Region"], seats.get(row["Associated Company IDs"], ""))
    for row in read(folder / "vendor" / "zoominfo-contacts.csv"):
        ways = [row["Email Address"], row["Direct Phone Number"], row["Mobile phone"]]
        yield f"{row['First Name']} {row['Last Name']}", ways, _regions(row["Country"], row["Company Country"])


def _regions(*countries: str) -> set[Region]:
    codes = [country_code(country) for country in countries if country]
    return {region for code in codes if code and (region := region_of_place(code))}


def test_no_file_and_no_row_of_the_outside_partition_holds_a_european(simulated: Path, settings: Any) -> None:
    refuse(*OUTSIDE)
    bring_in(simulated)
    people = list(people_of(simulated))
    theirs = [one for one in people if one[2] & set(OUTSIDE)]
    namesakes = {name.casefold() for name, _, regions in people if regions and not regions & set(OUTSIDE)}
    names = {name for name, _, _ in theirs if len(name.split()) > 1 and name.casefold() not in namesakes}
    ways = {way for _, told, _ in theirs for way in told if len(way) > 6}
    assert (len(theirs) > 50, len(names) > 30, len(ways) > 60) == (True, True, True)
    assert found_of([*names, *ways], settings.DATA_DIR) == []
    kept = Contact.objects.count()
    assert kept > 10
    assert places.regions_of_contacts().isdisjoint(OUTSIDE)
    assert Activity.objects.count() > 5
    assert PutAside.objects.count() > 100


def test_marks_of_an_erased_person_go(exports: Path) -> None:
    refuse(*OUTSIDE)
    bring_in(exports)
    store, person = MarksStore(), PersonKeys(emails=("Anna.Weiss@kroeger.com",), phones=("+49 30 901821",))
    told = [item.data for item in store.collect(person)]
    assert told == [
        {"email": "anna.weiss@kroeger.com", "region": "eea"},
        {"phone": "+4930901821", "region": "eea"},
    ]
    assert store.erase(person, request="request:1", actor=SHELL, now=NOW) == 2
    assert store.erase(person, request="request:1", actor=SHELL, now=NOW) == 0
    assert not list(store.collect(person))


# --- files that people take out


def test_a_list_of_people_leaves_only_where_their_law_lets_them(
    company: Company, client_of: Callable[..., Client], settings: Any
) -> None:
    client = client_of("compliance")
    assert client.get("/contacts.csv").status_code == 403
    assert LedgerEntry.objects.filter(action="compliance.transfer_refused").count() == 1
    assert client.get("/contacts.csv?country=US").status_code == 200
    settings.REGION = ""
    assert client.get("/contacts.csv").status_code == 200
    with pytest.raises(NotAllowed):
        taking_out.require_everybody_may_leave(SHELL, now=NOW, destination="nowhere")
    taking_out.require_everybody_may_leave(SHELL, now=NOW)
