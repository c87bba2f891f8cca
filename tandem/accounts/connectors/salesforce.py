"""Salesforce exports: Data Export Service and Data Loader files (API names) and "Details Only" reports (labels).

Read as they are exported: User, Account, Contact, Lead, Opportunity, OpportunityHistory (one snapshot a change),
OpportunityFieldHistory (one change a row), OpportunityContactRole, OpportunityLineItem, Product2, Task, Event,
ForecastingItem (sellers' calls), ForecastingQuota, Contract (renewals), DatedConversionRate (exchange rates).
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from tandem.accounts.connectors import shaping
from tandem.accounts.connectors.base import Connector, Table
from tandem.accounts.connectors.files import open_table
from tandem.accounts.connectors.files.told import ToldColumns
from tandem.accounts.contracts import ActivityKind, Entity, SourceKind
from tandem.accounts.domain.headers import header_word

SYSTEM = "salesforce"
ACCOUNT_PREFIX, OPPORTUNITY_PREFIX, QUEUE_PREFIX = "001", "006", "00G"
_STAMPS = {"createddate": "created_at", "systemmodstamp": "updated_at", "lastmodifieddate": "updated_at"}
_DELETED = {"isdeleted": "_deleted"}
_ONE = re.compile(r"^1(?:[.,]0*)?$")


def _prepare_task(rows: pd.DataFrame) -> pd.DataFrame:
    """WhatId is an account, a deal or something else by its first letters; the kind is TaskSubtype, else Type."""
    rows = shaping.refuse_deleted(_split_what(rows))
    subtype, type_ = shaping.text(rows, "_subtype"), shaping.text(rows, "_type")
    rows["kind"] = subtype.where(~subtype.str.lower().isin(["", "task"]), type_.where(type_ != "", subtype))
    completed, due = shaping.text(rows, "_completed"), shaping.text(rows, "_due")
    rows["at"] = completed.where(completed != "", due.where(due != "", shaping.text(rows, "_created")))
    subject = shaping.text(rows, "subject")
    direction = shaping.text(rows, "_call_type").str.lower().map({"inbound": "true", "outbound": "false"}).fillna("")
    received = subject.str.match(r"(?i)^\s*email: received|^\s*\[?inbound\]?:").map({True: "true", False: ""})
    rows["is_inbound"] = direction.where(direction != "", received)
    rows["details"] = shaping.details(
        rows, {"status": "_status", "disposition": "_disposition", "priority": "_priority"}
    )
    return shaping.without_scratch(rows)


def _prepare_event(rows: pd.DataFrame) -> pd.DataFrame:
    rows = shaping.refuse_deleted(_split_what(rows))
    rows["kind"] = ActivityKind.MEETING.value
    minutes = pd.to_numeric(shaping.text(rows, "_minutes"), errors="coerce")
    rows["duration_seconds"] = (minutes * 60).map(lambda value: "" if pd.isna(value) else str(int(value)))
    starts, day = shaping.text(rows, "_starts"), shaping.text(rows, "_day")
    rows["at"] = starts.where(starts != "", day)
    rows["details"] = shaping.details(rows, {"location": "_location", "status": "_subtype"})
    return shaping.without_scratch(rows)


def _split_what(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    what, account = shaping.text(rows, "_what"), shaping.text(rows, "account_key")
    rows["account_key"] = account.where(account != "", what.where(what.str.startswith(ACCOUNT_PREFIX), ""))
    rows["opportunity_key"] = what.where(what.str.startswith(OPPORTUNITY_PREFIX), "")
    return rows


def _prepare_line(rows: pd.DataFrame) -> pd.DataFrame:
    return shaping.without_scratch(shaping.refuse_deleted(rows))


def _prepare_lead(rows: pd.DataFrame) -> pd.DataFrame:
    """A converted lead points at the account it became; the contact it became is matched like any other."""
    rows = shaping.refuse_deleted(rows.copy())
    converted = shaping.text(rows, "_converted_account")
    rows["account_key"] = converted
    return shaping.without_scratch(rows)


def _prepare_opportunity(rows: pd.DataFrame) -> pd.DataFrame:
    rows = shaping.close_by_stage(shaping.refuse_deleted(rows))
    fill = {"forecast_category": "_category", "updated_at": "_modified"}
    for field, scratch in fill.items():
        told = shaping.text(rows, field)
        rows[field] = told.where(told != "", shaping.text(rows, scratch))
    return shaping.without_scratch(rows)


def _prepare_user(rows: pd.DataFrame) -> pd.DataFrame:
    """Automated and portal users are no people of ours."""
    rows = rows.copy()
    kinds = shaping.text(rows, "_user_type")
    shaping.refuse(rows, ~kinds.isin(["", "Standard"]), "not a standard user")
    name = shaping.text(rows, "name")
    parts = (shaping.text(rows, "_first") + " " + shaping.text(rows, "_last")).str.strip()
    rows["name"] = name.where(name != "", parts)
    return shaping.without_scratch(rows)


def _open_rates(path: Path) -> Table:
    """Dated rates with the corporate currency beside them: the one whose rate is 1 on every day."""
    table = open_table(path)
    titles = {header_word(title): title for title in table.headers}
    rates: dict[str, set[bool]] = {}
    if {"isocode", "conversionrate"} <= titles.keys():
        for batch in table.batches():
            pairs = zip(batch.rows[titles["isocode"]], batch.rows[titles["conversionrate"]], strict=True)
            for code, rate in pairs:
                rates.setdefault(code.strip().upper(), set()).add(bool(_ONE.match(rate.strip())))
    corporate = sorted(code for code, is_one in rates.items() if is_one == {True})
    return ToldColumns(table, {"Corporate Currency": corporate[0] if len(corporate) == 1 else ""})


def _prepare_rate(rows: pd.DataFrame) -> pd.DataFrame:
    """A rate is units of the row's currency for one of the corporate currency."""
    rows = shaping.refuse_deleted(rows.copy())
    base, quote = shaping.text(rows, "base"), shaping.text(rows, "quote")
    shaping.refuse(rows, base == "", "no single currency has the rate 1 on every day, so none is the corporate one")
    shaping.refuse(rows, base == quote.str.upper(), "the corporate currency to itself; a rate joins two currencies")
    return rows


def _connector(entity: Entity, file: str, columns: dict[str, str], **more: object) -> Connector:
    kind = SourceKind.CRM
    names = (f"{file}.csv", f"{file}*.csv", f"*_{file}.csv", f"*-{file}.csv")
    return Connector(
        system=SYSTEM,
        entity=entity,
        source_kind=kind,
        file_names=names,
        columns=columns | _DELETED,
        **more,  # type: ignore[arg-type]
    )


ACCOUNT = _connector(
    Entity.ACCOUNT,
    "account",
    {
        "id": "key", "name": "name", "parentid": "parent_key", "website": "domain", "phone": "phone",
        "industry": "industry", "numberofemployees": "employees", "annualrevenue": "annual_revenue", "type": "type",
        "currencyisocode": "currency", "segmentc": "segment", "billingstreet": "street", "billingcity": "city",
        "billingstate": "region", "billingpostalcode": "postal_code", "billingcountrycode": "country",
        "billingcountry": "country", "shippingcountry": "country", "description": "description",
        "ownerid": "owner_key", **_STAMPS,
    },
    required_headers=frozenset({"id", "name"}),
    telling_headers=frozenset({"billingcountry", "billingcity", "numberofemployees", "annualrevenue", "accountsource"}),
    prepare=shaping.refuse_deleted,
    label="Salesforce accounts",
)  # fmt: skip
_PERSON = {
    "id": "key", "firstname": "first_name", "lastname": "last_name", "name": "name", "email": "email",
    "phone": "phone", "mobilephone": "mobile", "title": "title", "department": "department",
    "hasoptedoutofemail": "opted_out", "donotcall": "do_not_call", "emailbounceddate": "bounced_at",
    "languagec": "language", "linkedinc": "linkedin", "linkedinurlc": "linkedin", "ownerid": "owner_key", **_STAMPS,
}  # fmt: skip
CONTACT = _connector(
    Entity.CONTACT,
    "contact",
    _PERSON
    | {
        "accountid": "account_key", "mailingstreet": "street", "mailingcity": "city", "mailingstate": "region",
        "mailingpostalcode": "postal_code", "mailingcountry": "country", "otheremailc": "email_2",
        "nolongeratcompanyc": "has_left",
    },
    required_headers=frozenset({"id", "lastname"}),
    telling_headers=frozenset({"accountid", "mailingcountry", "reportstoid", "mailingcity"}),
    prepare=shaping.refuse_deleted,
    label="Salesforce contacts",
)  # fmt: skip
LEAD = _connector(
    Entity.CONTACT,
    "lead",
    _PERSON
    | {
        "company": "account_name", "website": "account_domain", "street": "street", "city": "city",
        "state": "region", "postalcode": "postal_code", "country": "country",
        "convertedaccountid": "_converted_account",
    },
    required_headers=frozenset({"id", "lastname", "company"}),
    telling_headers=frozenset({"isconverted", "converteddate", "leadsource", "rating"}),
    prepare=_prepare_lead,
    label="Salesforce leads",
)  # fmt: skip
OPPORTUNITY = _connector(
    Entity.OPPORTUNITY,
    "opportunity",
    {
        "id": "key", "name": "name", "accountid": "account_key", "contactid": "contact_key", "stagename": "stage",
        "amount": "amount", "currencyisocode": "currency", "probability": "probability",
        "forecastcategoryname": "forecast_category", "forecastcategory": "_category", "type": "motion",
        "closedate": "close_on", "isclosed": "is_closed", "iswon": "is_won", "nextstep": "next_step",
        "leadsource": "lead_source", "lossreasonc": "lost_reason", "lostreasonc": "lost_reason",
        "closedlostreasonc": "lost_reason", "maincompetitorsc": "competitor", "maincompetitorc": "competitor",
        "ownerid": "owner_key", "createddate": "created_at", "lastmodifieddate": "_modified",
        "systemmodstamp": "updated_at",
    },
    required_headers=frozenset({"id", "stagename"}),
    prepare=_prepare_opportunity,
    label="Salesforce opportunities",
)  # fmt: skip
HISTORY = _connector(
    Entity.OPPORTUNITY_SNAPSHOT,
    "opportunityhistory",
    {
        "id": "key", "opportunityid": "opportunity_key", "createddate": "at", "stagename": "stage",
        "amount": "amount", "probability": "probability", "forecastcategory": "forecast_category",
        "closedate": "close_on", "createdbyid": "by",
    },
    required_headers=frozenset({"opportunityid", "stagename", "createddate"}),
    prepare=shaping.refuse_deleted,
    label="Salesforce opportunity history",
)  # fmt: skip
FIELD_HISTORY = _connector(
    Entity.OPPORTUNITY_CHANGE,
    "opportunityfieldhistory",
    {
        "id": "key", "opportunityid": "opportunity_key", "field": "field", "oldvalue": "old", "newvalue": "new",
        "createddate": "at", "createdbyid": "by",
    },
    required_headers=frozenset({"opportunityid", "field", "newvalue"}),
    prepare=shaping.refuse_deleted,
    label="Salesforce field history",
)  # fmt: skip
CONTACT_ROLE = _connector(
    Entity.OPPORTUNITY_CONTACT,
    "opportunitycontactrole",
    {
        "id": "key", "opportunityid": "opportunity_key", "contactid": "contact_key", "role": "role",
        "isprimary": "is_primary",
    },
    required_headers=frozenset({"opportunityid", "contactid"}),
    telling_headers=frozenset({"role", "isprimary"}),
    prepare=shaping.refuse_deleted,
    label="Salesforce contact roles",
)  # fmt: skip
LINE_ITEM = _connector(
    Entity.OPPORTUNITY_PRODUCT,
    "opportunitylineitem",
    {
        "id": "key", "opportunityid": "opportunity_key", "product2id": "product_key", "productcode": "_code",
        "name": "product_name", "quantity": "quantity", "unitprice": "unit_price", "totalprice": "amount",
    },
    required_headers=frozenset({"opportunityid", "quantity"}),
    telling_headers=frozenset({"product2id", "pricebookentryid", "unitprice"}),
    prepare=_prepare_line,
    label="Salesforce line items",
)  # fmt: skip
PRODUCT = _connector(
    Entity.PRODUCT,
    "product2",
    {"id": "key", "name": "name", "family": "family", "listpricec": "list_price", "unitprice": "list_price",
     "currencyisocode": "currency"},
    required_headers=frozenset({"id", "name"}),
    telling_headers=frozenset({"productcode", "family", "stockkeepingunit", "quantityunitofmeasure"}),
    prepare=shaping.refuse_deleted,
    label="Salesforce products",
)  # fmt: skip
TASK = _connector(
    Entity.ACTIVITY,
    "task",
    {
        "id": "key", "tasksubtype": "_subtype", "type": "_type", "whoid": "contact_key", "whatid": "_what",
        "accountid": "account_key", "subject": "subject", "description": "body", "activitydate": "_due",
        "completeddatetime": "_completed", "createddate": "_created", "calldurationinseconds": "duration_seconds",
        "calltype": "_call_type", "calldisposition": "_disposition",
        "status": "_status", "priority": "_priority", "ownerid": "owner_key",
    },
    required_headers=frozenset({"id", "subject"}),
    telling_headers=frozenset({"tasksubtype", "calldurationinseconds", "completeddatetime", "calltype"}),
    prepare=_prepare_task,
    label="Salesforce tasks",
)  # fmt: skip
EVENT = _connector(
    Entity.ACTIVITY,
    "event",
    {
        "id": "key", "whoid": "contact_key", "whatid": "_what", "accountid": "account_key", "subject": "subject",
        "description": "body", "startdatetime": "_starts", "activitydatetime": "_starts", "activitydate": "_day",
        "durationinminutes": "_minutes", "location": "_location", "eventsubtype": "_subtype", "ownerid": "owner_key",
    },
    required_headers=frozenset({"id", "subject", "durationinminutes"}),
    telling_headers=frozenset({"startdatetime", "activitydatetime", "isalldayevent"}),
    prepare=_prepare_event,
    label="Salesforce events",
)  # fmt: skip
USER = _connector(
    Entity.PERSON,
    "user",
    {
        "id": "key", "name": "name", "firstname": "_first", "lastname": "_last", "email": "email",
        "title": "role", "userroleid": "_role_id", "department": "team", "managerid": "manager_key",
        "timezonesidkey": "time_zone", "countrycode": "country", "country": "country", "isactive": "is_active",
        "usertype": "_user_type",
    },
    required_headers=frozenset({"id", "email", "isactive"}),
    telling_headers=frozenset({"username", "profileid", "timezonesidkey", "userroleid", "managerid"}),
    prepare=_prepare_user,
    label="Salesforce users",
)  # fmt: skip
FORECASTING_ITEM = _connector(
    Entity.SELLER_CALL,
    "forecastingitem",
    {
        "id": "key", "ownerid": "person_key", "periodstartdate": "period_starts_on", "forecastcategoryname": "kind",
        "forecastamount": "amount", "currencyisocode": "currency", "lastmodifieddate": "at",
    },
    required_headers=frozenset({"ownerid", "forecastcategoryname", "forecastamount"}),
    label="Salesforce seller calls",
)  # fmt: skip
FORECASTING_QUOTA = _connector(
    Entity.QUOTA,
    "forecastingquota",
    {
        "id": "key", "quotaownerid": "person_key", "startdate": "starts_on", "quotaamount": "amount",
        "currencyisocode": "currency",
    },
    required_headers=frozenset({"quotaownerid", "quotaamount", "startdate"}),
    label="Salesforce quotas",
)  # fmt: skip
CONTRACT = _connector(
    Entity.RENEWAL,
    "contract",
    {
        "id": "key", "accountid": "account_key", "enddate": "ends_on", "annualvaluec": "amount",
        "currencyisocode": "currency", "renewalopportunityc": "opportunity_key",
    },
    required_headers=frozenset({"id", "accountid", "enddate"}),
    telling_headers=frozenset({"contractterm", "contractnumber", "annualvaluec"}),
    prepare=shaping.refuse_deleted,
    label="Salesforce contracts",
)  # fmt: skip
DATED_RATE = _connector(
    Entity.EXCHANGE_RATE,
    "datedconversionrate",
    {"id": "key", "corporatecurrency": "base", "isocode": "quote", "startdate": "on", "conversionrate": "rate"},
    required_headers=frozenset({"isocode", "startdate", "conversionrate"}),
    open_table=_open_rates,
    prepare=_prepare_rate,
    label="Salesforce dated exchange rates",
)
_REPORT_OPPORTUNITY = Connector(
    system=SYSTEM,
    entity=Entity.OPPORTUNITY,
    source_kind=SourceKind.CRM,
    file_names=("report[0-9]*.csv",),
    columns={
        "opportunityid": "key", "opportunityname": "name", "accountid": "account_key", "accountname": "account_name",
        "stage": "stage", "amount": "amount", "amountcurrency": "currency", "probabilitypercent": "probability",
        "closedate": "close_on", "createddate": "created_at", "lastmodifieddate": "updated_at",
        "nextstep": "next_step", "leadsource": "lead_source", "type": "motion", "opportunityowner": "owner_name",
        "forecastcategory": "forecast_category", "closed": "is_closed", "won": "is_won",
        "primarycompetitor": "competitor", "maincompetitors": "competitor", "lossreason": "lost_reason",
    },
    required_headers=frozenset({"opportunityname", "stage"}),
    telling_headers=frozenset({"opportunityowner", "fiscalperiod", "probabilitypercent", "closedate"}),
    prepare=shaping.close_by_stage,
    label="Salesforce opportunity report",
)  # fmt: skip
_REPORT_HISTORY = Connector(
    system=SYSTEM,
    entity=Entity.OPPORTUNITY_SNAPSHOT,
    source_kind=SourceKind.CRM,
    file_names=("report[0-9]*.csv",),
    columns={
        "opportunityid": "opportunity_key", "opportunityname": "opportunity_key", "tostage": "stage",
        "amount": "amount", "probabilitypercent": "probability", "closedate": "close_on", "lastmodified": "at",
        "lastmodifiedby": "by",
    },
    required_headers=frozenset({"opportunityname", "tostage", "lastmodified"}),
    label="Salesforce opportunity history report",
)  # fmt: skip
_REPORT_ACCOUNT = Connector(
    system=SYSTEM,
    entity=Entity.ACCOUNT,
    source_kind=SourceKind.CRM,
    file_names=("report[0-9]*.csv",),
    columns={
        "accountid": "key", "accountname": "name", "parentaccount": "parent_name", "website": "domain",
        "phone": "phone", "industry": "industry", "employees": "employees", "annualrevenue": "annual_revenue",
        "annualrevenuecurrency": "currency", "type": "type", "billingstreet": "street", "billingcity": "city",
        "billingstateprovince": "region", "billingzippostalcode": "postal_code", "billingcountry": "country",
        "accountowner": "owner_name", "createddate": "created_at", "lastmodifieddate": "updated_at",
    },
    required_headers=frozenset({"accountname", "accountowner"}),
    telling_headers=frozenset({"billingstateprovince", "lastmodifieddate", "rating", "lastactivity"}),
    label="Salesforce account report",
)  # fmt: skip

CONNECTORS: tuple[Connector, ...] = (
    USER, PRODUCT, ACCOUNT, CONTACT, LEAD, OPPORTUNITY, HISTORY, FIELD_HISTORY, CONTACT_ROLE, LINE_ITEM, TASK, EVENT,
    FORECASTING_ITEM, FORECASTING_QUOTA, CONTRACT, DATED_RATE, _REPORT_OPPORTUNITY, _REPORT_HISTORY, _REPORT_ACCOUNT,
)  # fmt: skip
