"""Every export is recognised as what it is, and every row of it lands or is refused with a reason."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tandem.accounts.connectors import registry
from tandem.accounts.connectors.base import Connector
from tandem.accounts.connectors.files import open_table
from tandem.accounts.domain.fields import fields_of
from tandem.accounts.domain.headers import header_word
from tandem.accounts.tests.reading import EXPORTS, Reading, connector_for, open_with, read

# What each export is, and how many of its rows are refused or broken.
KNOWN: dict[str, tuple[str, int]] = {
    "salesforce/User.csv": ("Salesforce users", 1),
    "salesforce/Account.csv": ("Salesforce accounts", 2),
    "salesforce/Contact.csv": ("Salesforce contacts", 2),
    "salesforce/Lead.csv": ("Salesforce leads", 0),
    "salesforce/Opportunity.csv": ("Salesforce opportunities", 2),
    "salesforce/OpportunityHistory.csv": ("Salesforce opportunity history", 1),
    "salesforce/OpportunityFieldHistory.csv": ("Salesforce field history", 1),
    "salesforce/OpportunityContactRole.csv": ("Salesforce contact roles", 1),
    "salesforce/OpportunityLineItem.csv": ("Salesforce line items", 1),
    "salesforce/Product2.csv": ("Salesforce products", 1),
    "salesforce/Task.csv": ("Salesforce tasks", 1),
    "salesforce/Event.csv": ("Salesforce events", 1),
    "salesforce/ForecastingItem.csv": ("Salesforce seller calls", 1),
    "salesforce/ForecastingQuota.csv": ("Salesforce quotas", 1),
    "salesforce/Contract.csv": ("Salesforce contracts", 1),
    "salesforce/DatedConversionRate.csv": ("Salesforce dated exchange rates", 2),
    "salesforce/report1763600000000.csv": ("Salesforce opportunity report", 0),
    "hubspot/hubspot-crm-exports-all-contacts-2026-11-01.csv": ("HubSpot contacts", 1),
    "hubspot/hubspot-crm-exports-all-companies-2026-11-01.csv": ("HubSpot companies", 1),
    "hubspot/hubspot-crm-exports-all-deals-2026-11-01.csv": ("HubSpot deals", 1),
    "hubspot/deal-property-history-901.csv": ("HubSpot property history", 1),
    "pipedrive/deals-1234-56.csv": ("Pipedrive deals", 2),
    "pipedrive/people-1234-57.csv": ("Pipedrive people", 1),
    "pipedrive/organizations-1234-58.csv": ("Pipedrive organizations", 1),
    "pipedrive/activities-1234-59.csv": ("Pipedrive activities", 1),
    "pipedrive/notes-1234-60.csv": ("Pipedrive notes", 1),
    "pipedrive/products-1234-61.csv": ("Pipedrive products", 1),
    "dynamics/My Open Opportunities 11-20-2026 9-00-00 AM.xlsx": ("Dynamics opportunities", 1),
    "dynamics/dataverse-opportunities.csv": ("Dynamics opportunities", 1),
    "dynamics/accounts.csv": ("Dynamics accounts", 1),
    "dynamics/contacts.csv": ("Dynamics contacts", 1),
    "dynamics/leads.csv": ("Dynamics leads", 1),
    "dynamics/activities.csv": ("Dynamics activities", 1),
    "dynamics/users.csv": ("Dynamics users", 1),
    "zoominfo/zoominfo-contacts-export.csv": ("ZoomInfo contacts", 1),
    "zoominfo/zoominfo-companies-export.csv": ("ZoomInfo companies", 1),
    "apollo/apollo-contacts-export.csv": ("Apollo people", 1),
    "apollo/apollo-accounts-export.csv": ("Apollo companies", 1),
    "apollo/apollo-people-export.csv": ("Apollo people", 0),
    "clay/clay-target-people.csv": ("Clay table", 0),
    "crunchbase/companies-11-20-2026.csv": ("Crunchbase companies", 1),
    "crunchbase/funding-rounds-11-20-2026.csv": ("Crunchbase funding rounds", 1),
    "builtwith/technographics-2026-11.csv": ("Technologies by domain", 1),
    "news/trade-press.xml": ("News feed", 1),
    "news/newsrooms.atom": ("News feed", 1),
    "news/night-shift.xml": ("News feed", 0),
    "jobs/greenhouse-kroeger.json": ("Greenhouse job board", 1),
    "jobs/lever-acme.json": ("Lever job board", 1),
    "jobs/ashby-boards.jsonl": ("Ashby job board", 1),
    "jobs/workable-donau.json": ("Workable job board", 0),
    "filings/CIK0001601234.json": ("SEC EDGAR submissions", 1),
    "filings/earning_call_transcripts.json": ("Earnings call transcripts", 1),
    "agents/outreach-mailings.json": ("Outreach mailings", 1),
    "agents/salesloft-emails.json": ("Salesloft emails", 1),
    "agents/apollo-sequence-mails.json": ("Apollo sequence mails", 1),
    "github/events": ("GitHub activity", 1),
    "cognism/cognism-export.csv": ("Cognism contacts", 1),
    "lusha/lusha-contacts.csv": ("Lusha contacts", 1),
    "linkedin/sales-navigator-leads.csv": ("LinkedIn Sales Navigator leads", 1),
    "linkedin/sales-navigator-accounts.csv": ("LinkedIn Sales Navigator accounts", 1),
    "linkedin/Connections.csv": ("LinkedIn connections", 1),
    "bombora/bombora-surge-2026-10-05.csv": ("Bombora Company Surge", 2),
    "bombora/CompanySurge_20261005.csv.gz": ("Bombora master file", 1),
    "g2/g2-buyer-intent-2026-10.csv": ("G2 Buyer Intent", 2),
    "techtarget/priority-engine-2026-10-05.csv": ("TechTarget Priority Engine", 1),
    "6sense/6sense-accounts-2026-10-05.csv": ("6sense accounts", 1),
    "segment/events-2026-09.jsonl": ("Segment events", 0),
    "segment/events-2026-10.jsonl": ("Segment events", 3),
    "segment/batches.jsonl": ("Segment events", 1),
    "amplitude/amplitude-2026-10-01_8.json": ("Amplitude events", 1),
    "mixpanel/mixpanel-export.jsonl": ("Mixpanel events", 1),
    "posthog/posthog-events.csv": ("PostHog events", 1),
    "mail/ann@vendor.test.mbox": ("Mail", 1),
    "mail/saved": ("Mail", 0),
    "meetings/recorded": ("Meetings", 1),
    "meetings/loose": ("Meetings", 1),
    "slack/export": ("Slack export", 1),
    "hr/employees.csv": ("HR employees", 1),
    "hr/quotas.csv": ("HR quotas", 2),
    "hr/plan.csv": ("HR compensation plan", 2),
}
FILES = sorted(name for name in KNOWN if (EXPORTS / name).is_file())
# Told by their titles or first lines alone; the rest by what stands in them.
TITLED = [name for name in FILES if not name.startswith("mail/")]


@pytest.fixture(scope="module")
def readings() -> dict[str, Reading]:
    return {name: read(EXPORTS / name) for name in KNOWN}


def by_key(readings: dict[str, Reading], name: str, key: str) -> dict[str, Any]:
    return next(row for row in readings[name].rows if row.get("key") == key)


def test_an_import_of_all_exports_finds_each_of_them_once() -> None:
    found = sorted(str(unit.relative_to(EXPORTS)) for unit in registry.list_units(EXPORTS))
    assert found == sorted(KNOWN)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_an_export_is_recognised_as_what_it_is(name: str) -> None:
    connector = connector_for(EXPORTS / name)
    assert connector is not None
    assert registry.describe(connector) == KNOWN[name][0]


@pytest.mark.parametrize("title", ["export", "Account", "deals", "hubspot-contacts", "quotas", "events", "products"])
def test_content_wins_over_name(title: str, tmp_path: Path) -> None:
    wrong = []
    for name in TITLED:
        endings = "".join(Path(name).suffixes) if name.endswith(".gz") else Path(name).suffix
        renamed = shutil.copy(EXPORTS / name, tmp_path / f"{title}{endings}")
        connector = connector_for(renamed)
        if connector is None or registry.describe(connector) != KNOWN[name][0]:
            wrong.append((name, connector and registry.describe(connector)))
        renamed.unlink()
    assert wrong == []


@pytest.mark.parametrize(
    "header",
    [
        "id,name,email", "First Name,Last Name,Email,Company", "date,amount,description",
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value",
        "rec_id,given_name,surname,street_number,address_1,suburb,postcode,state,date_of_birth,soc_sec_id",
        "Name,Domain,Score", "Title,Stage,Status",
    ],
)  # fmt: skip
def test_a_table_of_nobody_we_know_is_left_to_a_person(header: str, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text(header + "\n" + ",".join("x" for _ in header.split(",")) + "\n")
    assert connector_for(file) is None


def test_every_column_means_a_field_that_exists() -> None:
    unknown = [
        (registry.describe(connector), word, field)
        for connector in registry.list_connectors()
        for word, field in connector.columns.items()
        if not field.startswith("_") and field not in fields_of(connector.entity)
    ]
    assert unknown == []


def test_every_column_is_written_as_a_header_word() -> None:
    wrong = [
        (registry.describe(connector), word)
        for connector in registry.list_connectors()
        for word in (*connector.columns, *connector.required_headers, *connector.telling_headers)
        if header_word(word) != word
    ]
    assert wrong == []


def test_every_connector_has_an_export_to_show(readings: dict[str, Reading]) -> None:
    shown = {registry.describe(reading.connector) for reading in readings.values()}
    reports = {"Salesforce opportunity history report", "Salesforce account report"}
    assert {registry.describe(one) for one in registry.list_connectors()} - shown == reports


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_every_row_lands_or_is_refused_with_a_reason(name: str, readings: dict[str, Reading]) -> None:
    reading = readings[name]
    assert len(reading.rows) + len(reading.refused) == len(reading.raw)
    assert len(reading.reasons) == KNOWN[name][1], reading.reasons
    assert all(reason.strip() for reason in reading.reasons)
    required = [field.name for field in fields_of(reading.connector.entity).values() if field.required]
    assert all(field in row for row in reading.rows for field in required)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_columns_that_mean_nothing_to_us_are_kept_raw(name: str, readings: dict[str, Reading]) -> None:
    reading = readings[name]
    assert tuple(reading.raw.columns) == reading.table.headers
    if reading.connector.open_table is None:
        assert set(open_table(EXPORTS / name).headers) == set(reading.raw.columns)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_reading_again_or_in_pieces_gives_the_same_rows(name: str, readings: dict[str, Reading]) -> None:
    whole = readings[name]
    pieces = read(EXPORTS / name, size=2)
    pd.testing.assert_frame_equal(pieces.raw, whole.raw)
    assert pieces.broken == whole.broken
    assert pieces.rows == whole.rows
    rest = list(open_with(whole.connector, EXPORTS / name).batches(skip_rows=1))
    numbers = [number for batch in rest for number in batch.rows.index]
    assert numbers == [number for number in whole.raw.index if number > 1]
    assert all(batch.first_row_number == 2 for batch in rest[:1])


def test_preparing_keeps_every_row(readings: dict[str, Reading]) -> None:
    def prepared(connector: Connector, reading: Reading) -> Iterator[bool]:
        for batch in reading.batches:
            texts = batch.rows.rename(columns=lambda title: connector.columns.get(header_word(title), f"_{title}"))
            texts = texts.loc[:, ~texts.columns.duplicated()]
            yield connector.prepare is None or connector.prepare(texts).index.equals(batch.rows.index)

    assert all(all(prepared(reading.connector, reading)) for reading in readings.values())


# --- what single systems say ---------------------------------------------------------------------------------------


def test_the_corporate_currency_is_the_one_whose_rate_is_always_one(readings: dict[str, Reading]) -> None:
    rates = [
        (row["base"], row["quote"], row["on"], row["rate"])
        for row in readings["salesforce/DatedConversionRate.csv"].rows
    ]
    assert rates == [
        ("EUR", "USD", date(2026, 1, 1), Decimal("1.0831")),
        ("EUR", "JPY", date(2026, 1, 1), Decimal("161.25")),
        ("EUR", "USD", date(2026, 2, 1), Decimal(1)),
    ]


def test_pipedrive_deals_end_by_status_and_keep_their_last_stage(readings: dict[str, Reading]) -> None:
    lost = by_key(readings, "pipedrive/deals-1234-56.csv", "12")
    assert (lost["stage"], lost["is_closed"], lost["is_won"]) == ("Negotiations Started", True, False)
    assert lost["closed_at"] == datetime(2026, 6, 30, 8, 30, tzinfo=UTC)
    won = by_key(readings, "pipedrive/deals-1234-56.csv", "13")
    assert (won["is_closed"], won["is_won"], won["account_name"]) == (True, True, "Grünwald & Söhne")


def test_pipedrive_people_have_all_their_addresses(readings: dict[str, Reading]) -> None:
    maya = by_key(readings, "pipedrive/people-1234-57.csv", "22")
    assert (maya["email"], maya["email_2"]) == ("maya@acme-rockets.com", "m@home.example")
    assert maya["opted_out"] is True


def test_pipedrive_activities_without_an_id_get_a_key_that_stays(readings: dict[str, Reading]) -> None:
    again = read(EXPORTS / "pipedrive/activities-1234-59.csv")
    keys = [row["key"] for row in readings["pipedrive/activities-1234-59.csv"].rows]
    assert keys == [row["key"] for row in again.rows]
    assert keys[2].startswith("~")
    assert readings["pipedrive/activities-1234-59.csv"].rows[0]["body"] == "Talked & agreed\non 10 %"
    assert readings["pipedrive/activities-1234-59.csv"].rows[0]["duration_seconds"] == 1800


def test_dynamics_says_by_state_and_reason_how_a_deal_ended(readings: dict[str, Reading]) -> None:
    sheet = "dynamics/My Open Opportunities 11-20-2026 9-00-00 AM.xlsx"
    open_, lost, won = readings[sheet].rows
    assert (open_["is_closed"], open_["currency"], open_["amount"]) == (False, "EUR", Decimal(125000))
    assert (lost["is_closed"], lost["is_won"], lost["lost_reason"], lost["currency"]) == (
        True,
        False,
        "Out-Sold",
        "USD",
    )
    assert (won["is_won"], won["amount"]) == (True, Decimal("9100.5"))
    raw_open, raw_lost = readings["dynamics/dataverse-opportunities.csv"].rows
    assert (raw_open["stage"], raw_open["is_closed"], raw_open["owner_name"]) == ("Propose", False, "Ann Lee")
    assert (raw_lost["stage"], raw_lost["is_closed"], raw_lost["lost_reason"]) == ("3-Propose", True, "Out-Sold")


def test_dynamics_shows_a_refusal_of_mail_as_do_not_allow(readings: dict[str, Reading]) -> None:
    asked = {row["name"]: row["opted_out"] for row in readings["dynamics/contacts.csv"].rows}
    assert asked == {"Jürgen Weiß": False, "Maya O'Neil": True}


def test_zoominfo_counts_revenue_in_thousands(readings: dict[str, Reading]) -> None:
    company = by_key(readings, "zoominfo/zoominfo-companies-export.csv", "99001")
    assert (company["annual_revenue"], company["currency"]) == (Decimal(12_500_000), "USD")
    person = by_key(readings, "zoominfo/zoominfo-contacts-export.csv", "-1234567")
    assert person["starts_on"] == date(2024, 5, 1)


def test_numbers_on_a_do_not_call_list_are_not_called(readings: dict[str, Reading]) -> None:
    listed = [row.get("do_not_call") for row in readings["cognism/cognism-export.csv"].rows]
    assert listed == [None, True]


def test_a_scraped_list_is_noted_as_one() -> None:
    connector = connector_for(EXPORTS / "linkedin/sales-navigator-leads.csv")
    assert connector is not None
    assert connector.inspect is not None
    file = EXPORTS / "linkedin/sales-navigator-leads.csv"
    assert "terms forbid" in connector.inspect(file, open_table(file))[0]


def test_the_week_of_a_surge_stands_in_the_name_where_no_column_tells_it(readings: dict[str, Reading]) -> None:
    for name in ("bombora/bombora-surge-2026-10-05.csv", "bombora/CompanySurge_20261005.csv.gz"):
        rows = readings[name].rows
        assert [row["key"] for row in rows] == [
            "gruenwald.de|topic_surge|warehouse automation|2026-10-05",
            "acme-rockets.com|topic_surge|robots, mobile (amr)|2026-10-05",
        ]
        assert [row["strength"] for row in rows] == [Decimal(78), Decimal(61)]
        assert {row["at"] for row in rows} == {datetime(2026, 10, 5, tzinfo=UTC)}


def test_levels_of_intent_become_numbers(readings: dict[str, Reading]) -> None:
    assert [row["strength"] for row in readings["techtarget/priority-engine-2026-10-05.csv"].rows] == [90, 50]
    kinds = [(row["kind"], row["strength"]) for row in readings["g2/g2-buyer-intent-2026-10.csv"].rows]
    assert kinds == [("review_site_pricing", 75), ("review_site_compare", 50)]


def test_an_event_finds_its_account_by_what_its_user_said_a_month_before(readings: dict[str, Reading]) -> None:
    planned = by_key(readings, "segment/events-2026-10.jsonl", "m-101")
    assert planned["kind"] == "Wave Planned"
    assert planned["strength"] == 17
    assert (planned["account_key"], planned["account_name"]) == ("org_gw", "Grünwald & Söhne")
    assert (planned["account_domain"], planned["contact_email"]) == ("gruenwald.de", "j.weiss@gruenwald.de")


def test_a_visitor_gets_a_company_once_known_and_not_before(readings: dict[str, Reading]) -> None:
    page = by_key(readings, "segment/events-2026-10.jsonl", "m-102")
    assert (page["kind"], page["topic"], page.get("account_domain")) == ("page", "Pricing", None)
    trial = by_key(readings, "segment/events-2026-10.jsonl", "m-104")
    assert (trial["account_domain"], trial["strength"]) == ("acme-rockets.com", Decimal("99.5"))
    after_alias = by_key(readings, "segment/events-2026-10.jsonl", "m-106")
    assert after_alias["contact_email"] == "maya@acme-rockets.com"
    free = by_key(readings, "segment/events-2026-10.jsonl", "m-107")
    assert (free["contact_email"], free.get("account_domain")) == ("somebody@gmail.com", None)


def test_the_context_of_a_batch_counts_for_its_calls(readings: dict[str, Reading]) -> None:
    assert by_key(readings, "segment/batches.jsonl", "b-3")["account_name"] == "Acme Rockets"


def test_other_product_tools_tell_of_their_users_too(readings: dict[str, Reading]) -> None:
    first = readings["amplitude/amplitude-2026-10-01_8.json"].rows[0]
    assert (first["account_key"], first["account_domain"]) == ("org_gw", "gruenwald.de")
    mixed = readings["mixpanel/mixpanel-export.jsonl"].rows
    assert mixed[0]["at"] == datetime(2026, 10, 1, 8, tzinfo=UTC)
    assert [row["account_domain"] for row in mixed] == ["gruenwald.de", "acme-rockets.com"]
    assert [row["account_domain"] for row in readings["posthog/posthog-events.csv"].rows] == [
        "gruenwald.de",
        "acme-rockets.com",
    ]


def test_people_who_left_and_people_on_leave_are_told_apart(readings: dict[str, Reading]) -> None:
    here = {row["name"]: row["is_active"] for row in readings["hr/employees.csv"].rows}
    assert here == {"Ann Lee": True, "Bo Chen": True, "Gone Away": False}


def test_a_compensation_plan_is_kept_raw_and_says_so(readings: dict[str, Reading]) -> None:
    plan = readings["hr/plan.csv"]
    assert len(plan.raw) == 2
    assert plan.rows == []
    assert set(plan.reasons) == {"a compensation plan: kept raw; the model has no place for it yet"}
