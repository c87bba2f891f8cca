"""Contact and company lists bought or collected: ZoomInfo, Apollo, Cognism, Lusha, Clay, LinkedIn and its Sales
Navigator.

Read are the vendors' CSV exports by their own titles; which columns are there depends on plan and choice, so a file is
told by a few titles only that vendor writes. ZoomInfo counts revenue in thousands of dollars, Apollo in dollars.
A Clay table has the columns its user named: read are those of its own contact templates. LinkedIn gives no list
export: Sales Navigator lists come from browser tools (its terms forbid them, which the load notes),
"Connections.csv" from a member's own "Get a copy of your data".
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tandem.accounts.connectors import shaping
from tandem.accounts.connectors.base import Connector, Table
from tandem.accounts.contracts import Entity, SourceKind

ZOOMINFO, APOLLO, COGNISM, LUSHA, LINKEDIN, CLAY = "zoominfo", "apollo", "cognism", "lusha", "linkedin", "clay"
KIND = SourceKind.VENDOR
SCRAPED = (
    "LinkedIn offers no such export: the list was collected by a browser tool, which LinkedIn's terms forbid. "
    "Check that you may use it, and why, before anybody is written to."
)


def _thousands(rows: pd.DataFrame) -> pd.DataFrame:
    """ZoomInfo's "Revenue (in 000s USD)" as dollars; its plain "Annual Revenue" stays."""
    rows = rows.copy()
    thousands = shaping.text(rows, "_revenue_thousands").str.replace(r"[,\s$]", "", regex=True)
    numbers = pd.to_numeric(thousands, errors="coerce") * 1000
    dollars = numbers.map(lambda value: "" if pd.isna(value) else f"{value:.0f}")
    told = shaping.text(rows, "annual_revenue")
    rows["annual_revenue"] = told.where(told != "", dollars)
    rows["currency"] = shaping.constant(rows, "USD").where(rows["annual_revenue"] != "", "")
    return shaping.without_scratch(rows)


def _dollars(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    rows["currency"] = shaping.constant(rows, "USD").where(shaping.text(rows, "annual_revenue") != "", "")
    return rows


def _prepare_contact(rows: pd.DataFrame) -> pd.DataFrame:
    """Phones that the vendor marks as on a do-not-call list must not be called; a job's start may be a month."""
    rows = rows.copy()
    if "starts_on" in rows:
        rows["starts_on"] = rows["starts_on"].str.replace(r"^(\d{4}-\d{2})$", r"\1-01", regex=True)
    listed = shaping.is_yes(shaping.text(rows, "_direct_dnc")) | shaping.is_yes(shaping.text(rows, "_mobile_dnc"))
    rows["do_not_call"] = listed.map({True: "true", False: ""})
    return shaping.without_scratch(rows)


def _prepare_place(rows: pd.DataFrame) -> pd.DataFrame:
    """LinkedIn writes one place, "Berlin, Berlin, Germany": the last part is the country, the first the city."""
    rows = rows.copy()
    places = shaping.text(rows, "_location")
    parts, several = places.str.split(","), places.str.contains(",", regex=False)
    country, city = shaping.text(rows, "country"), shaping.text(rows, "city")
    rows["country"] = country.where(country != "", parts.str[-1].str.strip().where(several, "").fillna(""))
    rows["city"] = city.where(city != "", parts.str[0].str.strip().where(several, "").fillna(""))
    return shaping.without_scratch(rows)


def _note_scraped(path: Path, table: Table) -> tuple[str, ...]:
    return (SCRAPED,)


_ZOOMINFO_COMPANY = {
    "companystreetaddress": "street", "companycity": "city", "companystate": "region",
    "companyzipcode": "postal_code", "companycountry": "country",
}  # fmt: skip
ZOOMINFO_CONTACTS = Connector(
    system=ZOOMINFO,
    entity=Entity.CONTACT,
    source_kind=KIND,
    file_names=("zoominfo*contact*.csv", "zoominfo*contact*.xlsx", "zoominfo*.csv"),
    columns={
        "zoominfocontactid": "key", "firstname": "first_name", "lastname": "last_name", "jobtitle": "title",
        "managementlevel": "seniority", "jobstartdate": "starts_on", "department": "department",
        "jobfunction": "department", "directphonenumber": "phone", "emailaddress": "email",
        "supplementalemail": "email_2", "mobilephone": "mobile", "mobilephonenumber": "mobile",
        "linkedincontactprofileurl": "linkedin", "zoominfocompanyid": "account_key", "companyname": "account_name",
        "website": "account_domain", "companywebsite": "account_domain", "emaildomain": "account_domain",
        "personstreet": "street", "personcity": "city", "personstate": "region", "personzipcode": "postal_code",
        "country": "country", "directphonednc": "_direct_dnc", "mobilephonednc": "_mobile_dnc",
        "contactaccuracygrade": "email_status", "lastupdateddate": "updated_at",
    },
    required_headers=frozenset({"zoominfocontactid", "lastname"}),
    prepare=_prepare_contact,
    label="ZoomInfo contacts",
)  # fmt: skip
ZOOMINFO_COMPANIES = Connector(
    system=ZOOMINFO,
    entity=Entity.ACCOUNT,
    source_kind=KIND,
    file_names=("zoominfo*compan*.csv", "zoominfo*compan*.xlsx", "zoominfo*.csv"),
    columns={
        "zoominfocompanyid": "key", "companyname": "name", "website": "domain", "companyhqphone": "phone",
        "primaryindustry": "industry", "employees": "employees", "employeerange": "employees",
        "revenuein000susd": "_revenue_thousands", "ownershiptype": "type", **_ZOOMINFO_COMPANY,
        "companyidimmediateparent": "parent_key", "entitynameimmediateparent": "parent_name",
        "companyidultimateparent": "parent_key", "entitynameultimateparent": "parent_name",
    },
    required_headers=frozenset({"zoominfocompanyid", "companyname"}),
    telling_headers=frozenset({"companyhqphone", "revenuein000susd", "siccodes", "naicscodes", "ownershiptype"}),
    prepare=_thousands,
    label="ZoomInfo companies",
)  # fmt: skip
# Titles of Apollo's list of people that say nothing we keep, but that tell it from its list of companies.
_APOLLO_OTHERS = dict.fromkeys(
    ("companynameforemails", "primaryemailsource", "emailconfidence", "primaryemailcatchallstatus",
    "primaryemaillastverifiedat",
     "homephone", "otherphone", "stage", "lists", "lastcontacted", "accountowner", "numberemployees", "industry",
     "keywords",
     "companylinkedinurl", "facebookurl", "twitterurl", "companyaddress", "companycity", "companystate",
     "companycountry",
     "companyphone", "technologies", "annualrevenue", "totalfunding", "latestfunding", "latestfundingamount",
     "lastraisedat",
     "subsidiaryof", "emailsent", "emailopen", "emailbounced", "replied", "demoed", "numberofretaillocations",
     "tertiaryemail"),
    "_other",
)  # fmt: skip
APOLLO_PEOPLE = Connector(
    system=APOLLO,
    entity=Entity.CONTACT,
    source_kind=KIND,
    file_names=("apollo*contact*.csv", "apollo*people*.csv", "apollo*.csv"),
    columns={
        **_APOLLO_OTHERS, "apollocontactid": "key", "firstname": "first_name", "lastname": "last_name",
        "title": "title",
        "email": "email", "secondaryemail": "email_2", "emailstatus": "email_status", "seniority": "seniority",
        "departments": "department", "workdirectphone": "phone", "corporatephone": "phone", "mobilephone": "mobile",
        "personlinkedinurl": "linkedin", "apolloaccountid": "account_key", "companyname": "account_name",
        "company": "account_name", "website": "account_domain", "city": "city", "state": "region",
        "country": "country", "contactowner": "owner_name",
    },
    required_headers=frozenset({"firstname", "lastname", "personlinkedinurl"}),
    prepare=shaping.without_scratch,
    label="Apollo people",
)  # fmt: skip
APOLLO_COMPANIES = Connector(
    system=APOLLO,
    entity=Entity.ACCOUNT,
    source_kind=KIND,
    file_names=("apollo*account*.csv", "apollo*compan*.csv", "apollo*.csv"),
    columns={
        "apolloaccountid": "key", "companyname": "name", "company": "name", "website": "domain",
        "companyphone": "phone", "industry": "industry", "numberemployees": "employees",
        "annualrevenue": "annual_revenue", "shortdescription": "description", "companyaddress": "street",
        "companystreet": "street", "companycity": "city", "companystate": "region",
        "companypostalcode": "postal_code", "companycountry": "country", "subsidiaryof": "parent_name",
        "accountowner": "owner_name",
    },
    required_headers=frozenset({"numberemployees", "companylinkedinurl", "website"}),
    telling_headers=frozenset({"apolloaccountid", "accountstage", "companynameforemails", "technologies"}),
    prepare=_dollars,
    label="Apollo companies",
)  # fmt: skip
COGNISM_CONTACTS = Connector(
    system=COGNISM,
    entity=Entity.CONTACT,
    source_kind=KIND,
    file_names=("cognism*.csv", "*cognism*.xlsx"),
    columns={
        "cognismid": "key", "firstname": "first_name", "lastname": "last_name", "fullname": "name",
        "jobtitle": "title", "email": "email", "emailquality": "email_status", "seniority": "seniority",
        "jobfunction": "department", "department": "department", "direct": "phone", "directdial": "phone",
        "officephone": "phone", "mobile": "mobile", "mobilephone": "mobile", "mobilednc": "_mobile_dnc",
        "directdnc": "_direct_dnc", "linkedinurl": "linkedin", "linkedin": "linkedin", "companyname": "account_name",
        "website": "account_domain", "companywebsite": "account_domain", "city": "city", "state": "region",
        "country": "country", "zipcode": "postal_code", "street": "street",
    },
    required_headers=frozenset({"firstname", "lastname", "jobtitle", "email", "mobile", "companyname"}),
    telling_headers=frozenset({"direct", "directdial", "cognismid", "emailquality", "mobilednc"}),
    prepare=_prepare_contact,
    label="Cognism contacts",
)  # fmt: skip
LUSHA_CONTACTS = Connector(
    system=LUSHA,
    entity=Entity.CONTACT,
    source_kind=KIND,
    file_names=("lusha*.csv", "*lusha*.xlsx"),
    columns={
        "firstname": "first_name", "lastname": "last_name", "fullname": "name", "jobtitle": "title",
        "workemail": "email", "privateemail": "email_2", "phone1": "phone", "phone2": "mobile",
        "companyname": "account_name", "companydomain": "account_domain", "linkedinurl": "linkedin",
        "department": "department", "seniority": "seniority", "country": "country", "city": "city", "state": "region",
    },
    required_headers=frozenset({"firstname", "lastname", "workemail", "phone1", "companyname"}),
    label="Lusha contacts",
)  # fmt: skip
SALES_NAVIGATOR_LEADS = Connector(
    system=LINKEDIN,
    entity=Entity.CONTACT,
    source_kind=KIND,
    file_names=("*sales*nav*.csv", "*linkedin*lead*.csv"),
    columns={
        "firstname": "first_name", "lastname": "last_name", "fullname": "name", "title": "title",
        "company": "account_name", "companyname": "account_name", "companywebsite": "account_domain",
        "location": "_location", "profileurl": "linkedin", "linkedinurl": "linkedin", "email": "email",
    },
    required_headers=frozenset({"fullname", "title", "connectiondegree"}),
    prepare=_prepare_place,
    inspect=_note_scraped,
    label="LinkedIn Sales Navigator leads",
)  # fmt: skip
SALES_NAVIGATOR_ACCOUNTS = Connector(
    system=LINKEDIN,
    entity=Entity.ACCOUNT,
    source_kind=KIND,
    file_names=("*sales*nav*.csv", "*linkedin*account*.csv"),
    columns={
        "companyname": "name", "accountname": "name", "website": "domain", "industry": "industry",
        "employeecount": "employees", "hq": "_location", "headquarters": "_location",
    },
    required_headers=frozenset({"companyname", "employeecount", "linkedinurl"}),
    telling_headers=frozenset({"hq", "headquarters"}),
    prepare=_prepare_place,
    inspect=_note_scraped,
    label="LinkedIn Sales Navigator accounts",
)  # fmt: skip
CONNECTIONS = Connector(
    system=LINKEDIN,
    entity=Entity.CONTACT,
    source_kind=KIND,
    file_names=("connections*.csv",),
    columns={
        "firstname": "first_name", "lastname": "last_name", "url": "linkedin", "emailaddress": "email",
        "company": "account_name", "position": "title",
    },
    required_headers=frozenset({"firstname", "lastname", "url", "connectedon"}),
    label="LinkedIn connections",
)  # fmt: skip
CLAY_PEOPLE = Connector(
    system=CLAY,
    entity=Entity.CONTACT,
    source_kind=KIND,
    file_names=("*clay*.csv",),
    columns={
        "firstname": "first_name", "lastname": "last_name", "fullname": "name", "jobtitle": "title", "title": "title",
        "workemail": "email", "email": "email", "linkedinprofile": "linkedin", "linkedinprofileurl": "linkedin",
        "linkedinurl": "linkedin", "companyname": "account_name", "company": "account_name",
        "companydomain": "account_domain", "domain": "account_domain", "phone": "phone", "mobilephone": "mobile",
        "location": "_location", "city": "city", "country": "country",
    },
    required_headers=frozenset({"fullname", "companydomain", "workemail"}),
    prepare=_prepare_place,
    label="Clay table",
)  # fmt: skip

CONNECTORS: tuple[Connector, ...] = (
    ZOOMINFO_COMPANIES, APOLLO_COMPANIES, SALES_NAVIGATOR_ACCOUNTS, ZOOMINFO_CONTACTS, APOLLO_PEOPLE, COGNISM_CONTACTS,
    LUSHA_CONTACTS, SALES_NAVIGATOR_LEADS, CONNECTIONS, CLAY_PEOPLE,
)  # fmt: skip
