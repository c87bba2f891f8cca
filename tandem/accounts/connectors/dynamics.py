"""Dynamics 365 Sales: "Export to Excel" files (XLSX or CSV, display names) and Dataverse files (logical names).

Accounts, contacts, leads, opportunities, activities and users. The record's id stands in the hidden first column
"(Do Not Modify) Opportunity" of an Excel export. Dataverse files write lookups as "_ownerid_value" and choices as
numbers, with the label in "…@OData.Community.Display.V1.FormattedValue" where annotations were asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from tandem.accounts.connectors import shaping
from tandem.accounts.connectors.base import Connector
from tandem.accounts.contracts import Entity, SourceKind

SYSTEM = "dynamics"
SHOWN = "odatacommunitydisplayv1formattedvalue"
STATES = {"0": "open", "1": "won", "2": "lost"}
REASONS = {"1": "In Progress", "2": "On Hold", "3": "Won", "4": "Canceled", "5": "Out-Sold"}
STAGES = {"0": "Qualify", "1": "Develop", "2": "Propose", "3": "Close"}
LOST_REASONS = frozenset({"canceled", "cancelled", "out-sold", "lost"})
ACTIVITY_WORDS = {"phonecall": "call", "phone call": "call", "appointment": "meeting", "serviceappointment": "meeting"}


def _prepare_opportunity(rows: pd.DataFrame) -> pd.DataFrame:
    """The state ends a deal, the status reason says how; the stage is the process step, else the sales stage."""
    rows = rows.copy()
    state = shaping.each(shaping.text(rows, "_state"), lambda text: STATES.get(text.strip(), text.strip().lower()))
    reason = shaping.each(shaping.text(rows, "_reason"), lambda text: REASONS.get(text.strip(), text.strip()))
    lost = (state == "lost") | ((state == "") & reason.str.lower().isin(LOST_REASONS))
    won = (state == "won") | ((state == "") & (reason.str.lower() == "won"))
    known = (state != "") | (reason != "")
    rows["is_won"] = won.map({True: "true", False: "false"}).where(known, "")
    rows["is_closed"] = (won | lost).map({True: "true", False: "false"}).where(known, "")
    stage = shaping.each(shaping.text(rows, "_sales_stage"), lambda text: STAGES.get(text.strip(), text))
    told = shaping.text(rows, "stage").where(shaping.text(rows, "stage") != "", stage)
    rows["stage"] = told.where(told != "", reason.where(reason != "", state.str.capitalize()))
    rows["lost_reason"] = reason.where(lost, "")
    final, planned = shaping.text(rows, "_actual"), shaping.text(rows, "amount")
    rows["amount"] = final.where((final != "") & won, planned)
    rows["closed_at"] = shaping.text(rows, "_ended").where(won | lost, "")
    rows["close_on"] = shaping.first_filled(rows, "close_on", "_ended")
    return shaping.without_scratch(rows)


def _prepare_activity(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    kinds = shaping.each(
        shaping.text(rows, "kind").str.strip().str.lower(), lambda word: ACTIVITY_WORDS.get(word, word)
    )
    rows["kind"] = kinds
    rows["at"] = shaping.first_filled(rows, "_ended", "_starts", "_due", "_created")
    minutes = pd.to_numeric(shaping.text(rows, "_minutes").str.extract(r"^(\d+)")[0], errors="coerce")
    rows["duration_seconds"] = (minutes * 60).map(lambda value: "" if pd.isna(value) else str(int(value)))
    received = shaping.text(rows, "_outgoing").str.strip().str.lower()
    rows["is_inbound"] = received.map(
        {"incoming": "true", "outgoing": "false", "no": "true", "yes": "false", "false": "true", "true": "false"}
    ).fillna("")
    regarding, kind = shaping.text(rows, "_regarding"), shaping.text(rows, "_regarding_type").str.lower()
    rows["opportunity_key"] = regarding.where(kind == "opportunity", "")
    rows["account_key"] = regarding.where(kind == "account", "")
    rows["contact_key"] = regarding.where(kind == "contact", "")
    rows["details"] = shaping.details(
        rows, {"status": "_state", "priority": "_priority", "regarding": "_regarding_name"}
    )
    return shaping.without_scratch(rows)


def _prepare_contact(rows: pd.DataFrame) -> pd.DataFrame:
    """ "Do Not Allow" is how the shown form of a yes reads."""
    rows = rows.copy()
    mail, bulk = shaping.text(rows, "opted_out"), shaping.text(rows, "_no_bulk")
    refused = mail.map(_is_refusal) | bulk.map(_is_refusal)
    rows["opted_out"] = refused.map({True: "true", False: "false"}).where((mail != "") | (bulk != ""), "")
    calls = shaping.text(rows, "do_not_call")
    rows["do_not_call"] = calls.map(_is_refusal).map({True: "true", False: "false"}).where(calls != "", "")
    return shaping.without_scratch(rows)


def _is_refusal(text: str) -> bool:
    return text.strip().lower() in {"do not allow", "true", "1", "yes"}


def _prepare_user(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    disabled, status = shaping.text(rows, "_disabled"), shaping.text(rows, "_status").str.strip().str.lower()
    active = status.map({"enabled": "true", "disabled": "false"}).fillna("")
    rows["is_active"] = active.where(active != "", shaping.is_yes(disabled).map({True: "false", False: "true"}))
    rows["is_active"] = rows["is_active"].where((active != "") | (disabled != ""), "")
    mode = shaping.text(rows, "_access").str.strip().str.lower()
    machine = mode.isin({"3", "4", "5", "support user", "non-interactive", "delegated admin"})
    shaping.refuse(rows, machine, "not a person: an application or support user")
    return shaping.without_scratch(rows)


_OWNER = {"owner": "owner_name", f"ownerid{SHOWN}": "owner_name", f"owneridvalue{SHOWN}": "owner_name",
          "owneridname": "owner_name", "owneridvalue": "owner_key", "ownerid": "owner_key"}  # fmt: skip
_STAMPS = {"createdon": "created_at", "modifiedon": "updated_at", "donotmodifymodifiedon": "updated_at"}
_CURRENCY = {"currency": "currency", f"transactioncurrencyidvalue{SHOWN}": "currency",
             "transactioncurrencyidname": "currency", "isocurrencycode": "currency"}  # fmt: skip
_ADDRESS = {
    "address1street1": "street", "street1": "street", "address1line1": "street", "address1city": "city", "city": "city",
    "address1stateprovince": "region", "stateprovince": "region", "address1stateorprovince": "region",
    "address1zippostalcode": "postal_code", "zippostalcode": "postal_code", "address1postalcode": "postal_code",
    "address1countryregion": "country", "countryregion": "country", "address1country": "country",
}  # fmt: skip


def _both(
    entity: Entity,
    name: str,
    columns: dict[str, str],
    *,
    shown: Iterable[str],
    telling: Iterable[str],
    logical: Iterable[str],
    prepare: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
) -> tuple[Connector, Connector]:
    """The connector of the Excel export (`shown` titles, one of `telling`) and of the Dataverse file (`logical`)."""
    names = (f"{name}*.xlsx", f"*{name}*.xlsx", f"{name}*.csv", f"*dynamics*{name}*")
    kind, label = SourceKind.CRM, f"Dynamics {name}"
    one = Connector(
        system=SYSTEM, entity=entity, source_kind=kind, file_names=names, columns=columns, prepare=prepare, label=label,
        required_headers=frozenset(shown), telling_headers=frozenset(telling),
    )  # fmt: skip
    other = Connector(
        system=SYSTEM, entity=entity, source_kind=kind, file_names=names, columns=columns, prepare=prepare, label=label,
        required_headers=frozenset(logical),
    )  # fmt: skip
    return one, other


ACCOUNTS = _both(
    Entity.ACCOUNT,
    "accounts",
    {
        "donotmodifyaccount": "key", "accountid": "key", "accountname": "name", "name": "name", "website": "domain",
        "websiteurl": "domain", "mainphone": "phone", "telephone1": "phone", "industry": "industry",
        f"industrycode{SHOWN}": "industry", "numberofemployees": "employees", "noofemployees": "employees",
        "annualrevenue": "annual_revenue", "revenue": "annual_revenue", "relationshiptype": "type",
        f"customertypecode{SHOWN}": "type", "parentaccount": "parent_name", "parentaccountidvalue": "parent_key",
        f"parentaccountidvalue{SHOWN}": "parent_name", "description": "description",
        **_ADDRESS, **_OWNER, **_CURRENCY, **_STAMPS,
    },
    shown={"accountname"},
    telling={"donotmodifyaccount", "mainphone", "primarycontact", "address1city", "relationshiptype"},
    logical={"accountid", "name", "statecode"},
)  # fmt: skip
_PERSON = {
    "firstname": "first_name", "lastname": "last_name", "fullname": "name", "email": "email", "emailaddress1": "email",
    "emailaddress2": "email_2", "businessphone": "phone", "telephone1": "phone", "mobilephone": "mobile",
    "jobtitle": "title", "department": "department", "donotallowemails": "opted_out", "donotemail": "opted_out",
    f"donotemail{SHOWN}": "opted_out", "donotallowbulkemails": "_no_bulk", "donotbulkemail": "_no_bulk",
    "donotallowphonecalls": "do_not_call", "donotphone": "do_not_call", **_ADDRESS, **_OWNER, **_STAMPS,
}  # fmt: skip
CONTACTS = _both(
    Entity.CONTACT,
    "contacts",
    _PERSON
    | {
        "donotmodifycontact": "key", "contactid": "key", "companyname": "account_name",
        f"parentcustomeridvalue{SHOWN}": "account_name", "parentcustomeridname": "account_name",
        "parentcustomeridvalue": "account_key", "parentcustomerid": "account_key",
    },
    shown={"fullname"},
    telling={"donotmodifycontact", "businessphone", "donotallowemails", "address1city"},
    logical={"contactid", "emailaddress1"},
    prepare=_prepare_contact,
)  # fmt: skip
LEADS = _both(
    Entity.CONTACT,
    "leads",
    _PERSON
    | {
        "donotmodifylead": "key", "leadid": "key", "name": "name", "companyname": "account_name",
        "website": "account_domain", "websiteurl": "account_domain", "parentaccountidvalue": "account_key",
    },
    shown={"donotmodifylead"},
    telling={"companyname", "leadsource", "topic", "statusreason"},
    logical={"leadid", "companyname"},
    prepare=_prepare_contact,
)  # fmt: skip
OPPORTUNITIES = _both(
    Entity.OPPORTUNITY,
    "opportunities",
    {
        "donotmodifyopportunity": "key", "opportunityid": "key", "topic": "name", "name": "name",
        "potentialcustomer": "account_name", "account": "account_name", f"customeridvalue{SHOWN}": "account_name",
        "parentaccountidvalue": "account_key", "customeridvalue": "account_key",
        f"parentaccountidvalue{SHOWN}": "account_name", "contact": "contact_name",
        "parentcontactidvalue": "contact_key", f"parentcontactidvalue{SHOWN}": "contact_name",
        "estrevenue": "amount", "estimatedrevenue": "amount", "estimatedvalue": "amount", "actualrevenue": "_actual",
        "actualvalue": "_actual", "estclosedate": "close_on", "estimatedclosedate": "close_on",
        "actualclosedate": "_ended", "probability": "probability", "closeprobability": "probability",
        "pipelinephase": "stage", "stepname": "stage", f"salesstage{SHOWN}": "_sales_stage",
        "salesstage": "_sales_stage",
        f"statecode{SHOWN}": "_state", "status": "_state", "statecode": "_state", f"statuscode{SHOWN}": "_reason",
        "statusreason": "_reason", "statuscode": "_reason", f"msdynforecastcategory{SHOWN}": "forecast_category",
        "forecastcategory": "forecast_category", "msdynforecastcategory": "forecast_category",
        "originatinglead": "lead_source", **_OWNER, **_CURRENCY, **_STAMPS,
    },
    shown={"topic"},
    telling={"donotmodifyopportunity", "estrevenue", "estclosedate", "potentialcustomer", "actualrevenue"},
    logical={"opportunityid", "name", "estimatedclosedate"},
    prepare=_prepare_opportunity,
)  # fmt: skip
ACTIVITIES = _both(
    Entity.ACTIVITY,
    "activities",
    {
        "donotmodifyactivity": "key", "activityid": "key", "activitytype": "kind", f"activitytypecode{SHOWN}": "kind",
        "activitytypecode": "kind", "subject": "subject", "description": "body", "regarding": "_regarding_name",
        f"regardingobjectidvalue{SHOWN}": "_regarding_name", "regardingobjectidvalue": "_regarding",
        "regardingobjectidvaluemicrosoftdynamicscrmlookuplogicalname": "_regarding_type",
        "regardingobjecttypecode": "_regarding_type", "startdate": "_starts", "scheduledstart": "_starts",
        "actualstart": "_starts", "duedate": "_due", "scheduledend": "_due", "actualend": "_ended",
        "datecreated": "_created", "createdon": "_created", "duration": "_minutes",
        "actualdurationminutes": "_minutes", "scheduleddurationminutes": "_minutes", "direction": "_outgoing",
        "directioncode": "_outgoing", "activitystatus": "_state", f"statecode{SHOWN}": "_state",
        "priority": "_priority",
        **_OWNER,
    },
    shown={"activitytype", "subject"},
    telling={"donotmodifyactivity", "regarding", "activitystatus"},
    logical={"activityid", "activitytypecode"},
    prepare=_prepare_activity,
)  # fmt: skip
USERS = _both(
    Entity.PERSON,
    "users",
    {
        "donotmodifyuser": "key", "systemuserid": "key", "fullname": "name", "primaryemail": "email",
        "internalemailaddress": "email", "title": "role", "jobtitle": "role", "businessunit": "team",
        f"businessunitidvalue{SHOWN}": "team", "manager": "manager_name", "parentsystemuseridvalue": "manager_key",
        f"parentsystemuseridvalue{SHOWN}": "manager_name", "isdisabled": "_disabled", "status": "_status",
        "accessmode": "_access",
    },
    shown={"fullname", "businessunit"},
    telling={"donotmodifyuser", "primaryemail", "accessmode"},
    logical={"systemuserid", "internalemailaddress"},
    prepare=_prepare_user,
)  # fmt: skip

CONNECTORS: tuple[Connector, ...] = (*USERS, *ACCOUNTS, *CONTACTS, *LEADS, *OPPORTUNITIES, *ACTIVITIES)
