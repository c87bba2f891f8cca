"""HubSpot CSV exports: contacts, companies, deals, and the property history of one object."""

from __future__ import annotations

import pandas as pd

from tandem.accounts.connectors import shaping
from tandem.accounts.connectors.base import Connector
from tandem.accounts.contracts import Entity, SourceKind

SYSTEM = "hubspot"
_STAMPS = {"createdate": "created_at", "lastmodifieddate": "updated_at", "lastmodifieddatetime": "updated_at"}


def first_of(rows: pd.DataFrame, name: str, primary: str) -> pd.Series:
    """The primary column's value where there is one; else the first of the values joined with ";"."""
    chosen = shaping.text(rows, primary)
    joined = shaping.text(rows, name)
    return chosen.where(chosen != "", joined.str.split(";").str[0].str.strip()).fillna("")


def _prepare_contact(rows: pd.DataFrame) -> pd.DataFrame:
    """Associated companies come joined by ";" and the first is not always the primary one."""
    rows = rows.copy()
    rows["account_key"] = first_of(rows, "_company_ids", "_primary_company_id")
    named = first_of(rows, "_companies", "_primary_company")
    rows["account_name"] = named.where(named != "", shaping.text(rows, "_company"))
    more = shaping.text(rows, "email_2")
    rows["email_2"] = more.str.split(";").str[0].str.strip().fillna("")
    return shaping.without_scratch(rows)


def _prepare_deal(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    rows["account_key"] = first_of(rows, "_company_ids", "_primary_company_id")
    rows["account_name"] = first_of(rows, "_companies", "_primary_company")
    rows["contact_key"] = first_of(rows, "_contact_ids", "_none")
    rows["contact_name"] = first_of(rows, "_contacts", "_none")
    rows = shaping.close_by_stage(rows)
    closed, close_date = shaping.text(rows, "is_closed"), shaping.text(rows, "close_on")
    rows["closed_at"] = close_date.where(shaping.is_yes(closed), "")
    return shaping.without_scratch(rows)


CONTACTS = Connector(
    system=SYSTEM,
    entity=Entity.CONTACT,
    source_kind=SourceKind.MARKETING,
    file_names=("hubspot*contact*.csv", "hubspot*contact*.xlsx"),
    columns={
        "recordid": "key", "contactid": "key", "firstname": "first_name", "lastname": "last_name", "email": "email",
        "workemail": "email_2", "additionalemailaddresses": "email_2", "phonenumber": "phone",
        "mobilephonenumber": "mobile", "jobtitle": "title", "linkedinurl": "linkedin", "linkedinbio": "linkedin",
        "associatedcompanyids": "_company_ids", "associatedcompany": "_companies",
        "primaryassociatedcompanyid": "_primary_company_id", "associatedcompanyidsprimary": "_primary_company_id",
        "primarycompany": "_primary_company", "associatedcompanyprimary": "_primary_company", "companyname": "_company",
        "emaildomain": "account_domain", "websiteurl": "account_domain", "unsubscribedfromallemail": "opted_out",
        "firsthardbouncedate": "bounced_at", "emailhardbouncedate": "bounced_at", "preferredlanguage": "language",
        "streetaddress": "street", "city": "city", "stateregion": "region", "postalcode": "postal_code",
        "countryregion": "country", "contactowner": "owner_name", **_STAMPS,
    },
    required_headers=frozenset({"recordid", "email"}),
    telling_headers=frozenset(
        {"lifecyclestage", "leadstatus", "contactowner", "associatedcompany", "associatedcompanyids"}
    ),
    prepare=_prepare_contact,
    label="HubSpot contacts",
)  # fmt: skip
COMPANIES = Connector(
    system=SYSTEM,
    entity=Entity.ACCOUNT,
    source_kind=SourceKind.MARKETING,
    file_names=("hubspot*compan*.csv", "hubspot*compan*.xlsx"),
    columns={
        "recordid": "key", "companyid": "key", "companyname": "name", "companydomainname": "domain",
        "websiteurl": "domain_2", "phonenumber": "phone", "industry": "industry", "numberofemployees": "employees",
        "annualrevenue": "annual_revenue", "type": "type", "description": "description", "streetaddress": "street",
        "city": "city", "stateregion": "region", "postalcode": "postal_code", "countryregion": "country",
        "parentcompanyid": "parent_key", "parentcompany": "parent_name", "companyowner": "owner_name", **_STAMPS,
    },
    required_headers=frozenset({"recordid", "companyname"}),
    telling_headers=frozenset({"companydomainname", "companyowner", "lifecyclestage", "numberofemployees"}),
    label="HubSpot companies",
)  # fmt: skip
DEALS = Connector(
    system=SYSTEM,
    entity=Entity.OPPORTUNITY,
    source_kind=SourceKind.CRM,
    file_names=("hubspot*deal*.csv", "hubspot*deal*.xlsx"),
    columns={
        "recordid": "key", "dealid": "key", "dealname": "name", "dealstage": "stage", "amount": "amount",
        "currency": "currency", "dealprobability": "probability", "forecastcategory": "forecast_category",
        "dealtype": "motion", "closedate": "close_on", "nextstep": "next_step", "dealowner": "owner_name",
        "closedlostreason": "lost_reason", "originalsourcetype": "lead_source", "isdealclosed": "is_closed",
        "isclosed": "is_closed", "isclosedwon": "is_won", "associatedcompanyids": "_company_ids",
        "associatedcompany": "_companies", "primaryassociatedcompanyid": "_primary_company_id",
        "associatedcompanyidsprimary": "_primary_company_id", "associatedcompanyprimary": "_primary_company",
        "associatedcontactids": "_contact_ids", "associatedcontact": "_contacts", **_STAMPS,
    },
    required_headers=frozenset({"dealname", "dealstage"}),
    prepare=_prepare_deal,
    label="HubSpot deals",
)  # fmt: skip
HISTORY = Connector(
    system=SYSTEM,
    entity=Entity.OPPORTUNITY_CHANGE,
    source_kind=SourceKind.CRM,
    file_names=("*property*history*.csv", "hubspot*history*.csv"),
    columns={
        "objectid": "opportunity_key", "property": "field", "propertyname": "field", "value": "new",
        "source": "by", "changeddate": "at",
    },
    required_headers=frozenset({"objectid", "property", "value", "changeddate"}),
    label="HubSpot property history",
)  # fmt: skip

CONNECTORS: tuple[Connector, ...] = (COMPANIES, CONTACTS, DEALS, HISTORY)
