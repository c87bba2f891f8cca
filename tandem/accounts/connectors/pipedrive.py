"""Pipedrive exports (CSV or XLSX): deals, organizations, people, activities, notes, products.

Read are the account export and the list-view export. Titles are "Deal - Title"; older exports write "Title" alone.
A deal names its organization and its contact person, it does not give their ids; nor does an activity or a note. The
id column ("ID" or "Pipedrive System ID") is there only when the user chose it. Several addresses of a person stand in
one cell, divided by commas, or in one column a label ("Email - Work").
"""

from __future__ import annotations

import hashlib

import pandas as pd

from tandem.accounts.connectors import shaping
from tandem.accounts.connectors.base import Connector
from tandem.accounts.contracts import ActivityKind, Entity, SourceKind
from tandem.core.html_text import text_of_html

SYSTEM = "pipedrive"
_NAMED = {"organization": "_organization", "contact": "_contact", "deal": "_deal", "lead": "_lead"}
CLOSED_STATUSES = {"open": ("false", "false"), "won": ("true", "true"), "lost": ("true", "false")}


def _titled(prefix: str, columns: dict[str, str]) -> dict[str, str]:
    """Header words with and without the entity's prefix; the prefixed ones come first."""
    ids = {"id": "key", "pipedrivesystemid": "key", "systemid": "key"}
    both = ids | columns
    return {f"{prefix}{word}": field for word, field in both.items()} | both


def _prepare_deal(rows: pd.DataFrame) -> pd.DataFrame:
    """The status ends a deal; its stage stays the last one it stood in."""
    rows = rows.copy()
    status = shaping.text(rows, "_status").str.strip().str.lower()
    shaping.refuse(rows, status == "deleted", "deleted in the source")
    rows["stage"] = shaping.first_filled(rows, "stage", "_status")
    rows["is_closed"] = status.map({word: closed for word, (closed, _) in CLOSED_STATUSES.items()}).fillna("")
    rows["is_won"] = status.map({word: won for word, (_, won) in CLOSED_STATUSES.items()}).fillna("")
    ended = shaping.first_filled(rows, "_won", "_lost", "_ended")
    rows["closed_at"] = ended.where(rows["is_closed"] == "true", "")
    return shaping.without_scratch(rows)


def _prepare_person(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    mails, phones = shaping.text(rows, "email").str.split(r"[,;]"), shaping.text(rows, "phone").str.split(r"[,;]")
    rows["email"] = mails.str[0].fillna("").str.strip()
    second = shaping.text(rows, "email_2")
    rows["email_2"] = second.where(second != "", mails.str[1].fillna("").str.strip())
    rows["phone"] = phones.str[0].fillna("").str.strip()
    mobile = shaping.text(rows, "mobile")
    rows["mobile"] = mobile.where(mobile != "", phones.str[1].fillna("").str.strip())
    return rows


def _without_consent(rows: pd.DataFrame) -> pd.DataFrame:
    """ "Unsubscribed" and "Archived" people asked not to be mailed."""
    rows = rows.copy()
    status = shaping.text(rows, "_marketing").str.lower()
    rows["opted_out"] = status.map({"unsubscribed": "true", "archived": "true", "subscribed": "false"}).fillna("")
    return rows


def _prepare_contact(rows: pd.DataFrame) -> pd.DataFrame:
    return shaping.without_scratch(_prepare_person(_without_consent(rows)))


def _prepare_activity(rows: pd.DataFrame) -> pd.DataFrame:
    """Done activities happened when they were due; an export without ids keys a row by what it says."""
    rows = rows.copy()
    due = (shaping.text(rows, "_due") + " " + shaping.text(rows, "_due_time")).str.strip()
    rows["at"] = due.where(shaping.text(rows, "_due") != "", shaping.first_filled(rows, "_done_at", "_created"))
    rows["duration_seconds"] = shaping.each(shaping.text(rows, "_duration"), seconds_of)
    rows["body"] = shaping.each(shaping.text(rows, "body"), text_of_html)
    rows["details"] = shaping.details(rows, {"done": "_done", **_NAMED})
    return _with_keys(rows, ("subject", "at", "_organization", "_deal", "_contact", "owner_name"))


def _prepare_note(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    rows["kind"] = ActivityKind.NOTE.value
    rows["body"] = shaping.each(shaping.text(rows, "body"), text_of_html)
    rows["details"] = shaping.details(rows, _NAMED)
    return _with_keys(rows, ("body", "at", "_organization", "_deal", "_contact"))


def _with_keys(rows: pd.DataFrame, telling: tuple[str, ...]) -> pd.DataFrame:
    said = zip(*(shaping.text(rows, name).tolist() for name in telling), strict=True)
    hashes = ["~" + hashlib.blake2b("\x1f".join(words).encode(), digest_size=12).hexdigest() for words in said]
    keys = shaping.text(rows, "key")
    rows["key"] = keys.where(keys != "", pd.Series(hashes, index=rows.index, dtype=object))
    return shaping.without_scratch(rows)


def seconds_of(text: str) -> str:
    """A duration as "HH:MM" or "HH:MM:SS" in seconds; "" for anything else.

    >>> seconds_of("01:30"), seconds_of("soon")
    ('5400', '')
    """
    parts = text.strip().split(":")
    if len(parts) not in (2, 3) or not all(part.isdigit() for part in parts):
        return ""
    hours, minutes, seconds = (int(part) for part in (*parts, "0")[:3])
    return str(hours * 3600 + minutes * 60 + seconds)


_LINKS = {"organization": "_organization", "organizationname": "_organization", "contactperson": "_contact"}
_STAMPS = {"created": "created_at", "creationdate": "created_at", "addtime": "created_at", "updatetime": "updated_at"}

DEALS = Connector(
    system=SYSTEM,
    entity=Entity.OPPORTUNITY,
    source_kind=SourceKind.CRM,
    file_names=("deals*.csv", "deals*.xlsx", "*pipedrive*deal*"),
    columns=_titled(
        "deal",
        {
            "title": "name", "value": "amount", "currencyofvalue": "currency", "currency": "currency",
            "organization": "account_name", "organizationname": "account_name", "contactperson": "contact_name",
            "stage": "stage", "stagepipeline": "stage", "status": "_status", "probability": "probability",
            "expectedclosedate": "close_on", "wontime": "_won", "losttime": "_lost", "closedon": "_ended",
            "dealclosedon": "_ended", "lostreason": "lost_reason", "owner": "owner_name", "dealcreated": "created_at",
            "sourcechannel": "lead_source", "label": "motion", **_STAMPS,
        },
    ) | {"organizationid": "account_key", "personid": "contact_key"},
    required_headers=frozenset({"dealtitle"}),
    telling_headers=frozenset({"dealstatus", "dealstage", "dealstagepipeline", "dealvalue", "dealowner"}),
    prepare=_prepare_deal,
    label="Pipedrive deals",
)  # fmt: skip
PLAIN_DEALS = Connector(
    system=SYSTEM,
    entity=Entity.OPPORTUNITY,
    source_kind=SourceKind.CRM,
    file_names=DEALS.file_names,
    columns=DEALS.columns,
    required_headers=frozenset({"title", "stage", "status", "expectedclosedate"}),
    telling_headers=frozenset({"contactperson", "currencyofvalue", "dealcreated", "wontime"}),
    prepare=_prepare_deal,
    label="Pipedrive deals",
)
_PARTS = {
    "streetroadnameofaddress": "_road", "citytownvillagelocalityofaddress": "city", "statecountyofaddress": "region",
    "countryofaddress": "country", "zippostalcodeofaddress": "postal_code",
}  # fmt: skip
_ADDRESS = {"address": "street", **_PARTS, **{f"address{word}": field for word, field in _PARTS.items()}}
ORGANIZATIONS = Connector(
    system=SYSTEM,
    entity=Entity.ACCOUNT,
    source_kind=SourceKind.CRM,
    file_names=("organizations*.csv", "organizations*.xlsx", "*pipedrive*organi?ation*"),
    columns=_titled(
        "organization",
        {
            "name": "name", "website": "domain", "industry": "industry", "numberofemployees": "employees",
            "employeecount": "employees", "annualrevenue": "annual_revenue", "labels": "type", "label": "type",
            "owner": "owner_name", "organizationcreated": "created_at", **_ADDRESS, **_STAMPS,
        },
    ),
    required_headers=frozenset({"organizationname"}),
    telling_headers=frozenset({"organizationaddress", "organizationowner", "organizationid", "organizationlabels",
                               "organizationlabel", "organizationpipedrivesystemid"}),
    prepare=shaping.without_scratch,
    label="Pipedrive organizations",
)  # fmt: skip
PEOPLE = Connector(
    system=SYSTEM,
    entity=Entity.CONTACT,
    source_kind=SourceKind.CRM,
    file_names=("people*.csv", "people*.xlsx", "*pipedrive*p*"),
    columns=_titled(
        "person",
        {
            "name": "name", "firstname": "first_name", "lastname": "last_name", "email": "email",
            "emailwork": "email", "emailhome": "email_2", "emailother": "email_2", "phone": "phone",
            "phonework": "phone", "phonemobile": "mobile", "jobtitle": "title", "organization": "account_name",
            "organizationname": "account_name", "owner": "owner_name", "marketingstatus": "_marketing",
            "personcreated": "created_at", **_STAMPS,
        },
    ) | {"organizationid": "account_key"},
    required_headers=frozenset({"personname"}),
    telling_headers=frozenset({"personemail", "personemailwork", "personowner", "personphone", "personphonework",
                               "personid", "personorganization"}),
    prepare=_prepare_contact,
    label="Pipedrive people",
)  # fmt: skip
ACTIVITIES = Connector(
    system=SYSTEM,
    entity=Entity.ACTIVITY,
    source_kind=SourceKind.CRM,
    file_names=("activities*.csv", "activities*.xlsx", "*pipedrive*activit*"),
    columns=_titled(
        "activity",
        {
            "subject": "subject", "type": "kind", "duedate": "_due", "duetime": "_due_time", "duration": "_duration",
            "done": "_done", "markedasdonetime": "_done_at", "creationdate": "_created", "addtime": "_created",
            "note": "body", "assignedtouser": "owner_name", "owner": "owner_name", "deal": "_deal",
            "dealtitle": "_deal", "lead": "_lead", **_LINKS,
        },
    ) | {"dealid": "opportunity_key", "organizationid": "account_key", "personid": "contact_key"},
    required_headers=frozenset({"activitysubject"}),
    telling_headers=frozenset({"activityduedate", "activitytype", "activitydone"}),
    prepare=_prepare_activity,
    label="Pipedrive activities",
)  # fmt: skip
NOTES = Connector(
    system=SYSTEM,
    entity=Entity.ACTIVITY,
    source_kind=SourceKind.CRM,
    file_names=("notes*.csv", "notes*.xlsx", "*pipedrive*note*"),
    columns=_titled(
        "note",
        {
            "content": "body", "addtime": "at", "creationdate": "at", "updatetime": "at", "user": "owner_name",
            "owner": "owner_name", "deal": "_deal", "dealtitle": "_deal", "lead": "_lead",
            **_LINKS,
        },
    ) | {"dealid": "opportunity_key", "organizationid": "account_key", "personid": "contact_key"},
    required_headers=frozenset({"notecontent"}),
    prepare=_prepare_note,
    label="Pipedrive notes",
)  # fmt: skip
PRODUCTS = Connector(
    system=SYSTEM,
    entity=Entity.PRODUCT,
    source_kind=SourceKind.CRM,
    file_names=("products*.csv", "products*.xlsx", "*pipedrive*product*"),
    columns=_titled(
        "product",
        {"name": "name", "category": "family", "price": "list_price", "unitprices": "list_price",
         "currency": "currency", "productcode": "_code"},
    ),
    required_headers=frozenset({"productname"}),
    telling_headers=frozenset({"productunitprices", "productprice", "productproductcode", "productowner"}),
    prepare=shaping.without_scratch,
    label="Pipedrive products",
)  # fmt: skip

CONNECTORS: tuple[Connector, ...] = (PRODUCTS, ORGANIZATIONS, PEOPLE, DEALS, PLAIN_DEALS, ACTIVITIES, NOTES)
