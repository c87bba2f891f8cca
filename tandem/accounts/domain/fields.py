"""The canonical schema: for each entity the fields a connector may fill, their type, and the words sources use.

One table serves connectors (what to map to), parsing (which type), mapping proposals (which synonyms),
data sufficiency (what may be missing) and the generated reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tandem.accounts.contracts import Entity


class FieldType(StrEnum):
    """How a cell's text is read; `domain.parsing` has one parser for each."""

    TEXT = "text"
    KEY = "key"
    DECIMAL = "decimal"
    INTEGER = "integer"
    PROBABILITY = "probability"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    EMAIL = "email"
    PHONE = "phone"
    DOMAIN = "domain"
    COUNTRY = "country"
    CURRENCY = "currency"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical field. `synonyms`: header words (lower case, letters and digits only) that mean it."""

    name: str
    type: FieldType
    meaning: str
    required: bool = False
    synonyms: tuple[str, ...] = ()


T = FieldType
# fmt: off
_OWNER = (
    Field("owner_key", T.KEY, "id of the seller in the source", synonyms=("ownerid", "owner")),
    Field("owner_name", T.TEXT, "name of the seller",
          synonyms=("ownername", "accountowner", "salesrep", "salesagent", "rep", "seller", "assignedto")),
    Field("owner_email", T.EMAIL, "mail of the seller", synonyms=("owneremail", "repemail")),
)
_PLACE = (
    Field("street", T.TEXT, "street and number",
          synonyms=("billingstreet", "address", "address1", "streetaddress", "streetnumber")),
    Field("city", T.TEXT, "city", synonyms=("billingcity", "town", "suburb", "mailingcity", "ort", "stadt")),
    Field("region", T.TEXT, "state or province",
          synonyms=("state", "billingstate", "province", "mailingstate", "stateregion")),
    Field("postal_code", T.TEXT, "postal code", synonyms=("zip", "zipcode", "postcode", "billingpostalcode", "plz")),
    Field("country", T.COUNTRY, "country",
          synonyms=("billingcountry", "countryregion", "mailingcountry", "officelocation", "land")),
)
_TIMES = (
    Field("created_at", T.DATETIME, "when the source made the row",
          synonyms=("createddate", "createdate", "createdon", "addtime", "created")),
    Field("updated_at", T.DATETIME, "when the source last changed the row",
          synonyms=("systemmodstamp", "lastmodifieddate", "modifiedon", "updatetime", "lastmodified", "updated")),
)
_MONEY = (
    Field("amount", T.DECIMAL, "money, in `currency`",
          synonyms=("value", "dealvalue", "estrevenue", "estimatedvalue", "closevalue", "dealamount", "acv",
                    "tcv", "betrag")),
    Field("currency", T.CURRENCY, "ISO 4217 code",
          synonyms=("currencyisocode", "currencyofvalue", "dealcurrency", "amountcurrency")),
)

SCHEMA: dict[Entity, tuple[Field, ...]] = {
    Entity.ACCOUNT: (
        Field("key", T.KEY, "the source's id",
              synonyms=("id", "accountid", "companyid", "recordid", "organizationid", "uniqueid", "recid")),
        Field("name", T.TEXT, "company name", required=True,
              synonyms=("account", "accountname", "company", "companyname", "organization", "organisation",
                        "organizationname", "firma")),
        Field("parent_key", T.KEY, "id of the parent company",
              synonyms=("parentid", "parentaccountid", "parentcompanyid")),
        Field("parent_name", T.TEXT, "name of the parent company",
              synonyms=("subsidiaryof", "parentaccount", "parentcompany", "parent")),
        Field("domain", T.DOMAIN, "web domain",
              synonyms=("website", "websiteurl", "companydomainname", "url", "web", "companywebsite", "homepage")),
        Field("domain_2", T.DOMAIN, "a further domain", synonyms=("domain2", "alternatedomain", "emaildomain")),
        Field("phone", T.PHONE, "switchboard",
              synonyms=("telephone1", "mainphone", "companyphone", "phonenumber", "tel", "telefon")),
        Field("industry", T.TEXT, "trade", synonyms=("sector", "industrycode", "vertical", "branche")),
        Field("employees", T.INTEGER, "head count",
              synonyms=("numberofemployees", "employeecount", "headcount", "companysize", "noofemployees")),
        Field("annual_revenue", T.DECIMAL, "yearly revenue, in `currency`",
              synonyms=("annualrevenue", "revenue", "turnover", "umsatz")),
        Field("currency", T.CURRENCY, "ISO 4217 code of the revenue", synonyms=("currencyisocode",)),
        Field("type", T.TEXT, "customer, prospect, partner, former",
              synonyms=("accounttype", "companytype", "relationship")),
        Field("segment", T.TEXT, "our segment", synonyms=("tier", "marketsegment")),
        Field("description", T.TEXT, "free text", synonyms=("about", "notes")),
        *_PLACE,
        *_OWNER,
        *_TIMES,
    ),
    Entity.CONTACT: (
        Field("key", T.KEY, "the source's id",
              synonyms=("id", "contactid", "personid", "recordid", "leadid", "uniqueid", "recid")),
        Field("first_name", T.TEXT, "given name", synonyms=("firstname", "givenname", "forename", "vorname")),
        Field("last_name", T.TEXT, "family name", synonyms=("lastname", "surname", "familyname", "nachname")),
        Field("name", T.TEXT, "whole name, when not in parts",
              synonyms=("fullname", "contactname", "personname", "contact")),
        Field("email", T.EMAIL, "work mail",
              synonyms=("emailaddress", "emailaddress1", "workemail", "emailwork", "mail", "businessemail")),
        Field("email_2", T.EMAIL, "further mail",
              synonyms=("email2", "secondaryemail", "personalemail", "emailother", "additionalemail")),
        Field("phone", T.PHONE, "desk phone",
              synonyms=("telephone1", "phonenumber", "phonework", "directphone", "directdial", "workphone", "tel")),
        Field("mobile", T.PHONE, "mobile phone",
              synonyms=("mobilephone", "phonemobile", "mobilenumber", "cell", "cellphone")),
        Field("linkedin", T.TEXT, "profile address",
              synonyms=("linkedinurl", "linkedinprofile", "linkedincontactprofileurl", "linkedinbio")),
        Field("title", T.TEXT, "job title", synonyms=("jobtitle", "position", "role")),
        Field("department", T.TEXT, "department", synonyms=("jobfunction", "function")),
        Field("seniority", T.TEXT, "level", synonyms=("managementlevel", "joblevel", "senioritylevel")),
        Field("account_key", T.KEY, "id of the employer in the source",
              synonyms=("accountid", "associatedcompanyid", "associatedcompanyids", "primaryassociatedcompanyid",
                        "companyid", "orgid", "parentcustomerid")),
        Field("account_name", T.TEXT, "employer's name",
              synonyms=("account", "accountname", "company", "companyname", "associatedcompany", "organization",
                        "employer", "firma")),
        Field("account_domain", T.DOMAIN, "employer's domain",
              synonyms=("companydomain", "companydomainname", "companywebsite", "website", "domain")),
        Field("language", T.TEXT, "language tag", synonyms=("preferredlanguage", "locale")),
        Field("birth_date", T.DATE, "only to tell people apart in matching; never kept",
              synonyms=("dob", "dateofbirth", "birthdate")),
        Field("national_id", T.KEY, "only to tell people apart in matching; never kept",
              synonyms=("socsecid", "ssn", "nationalid")),
        Field("opted_out", T.BOOLEAN, "asked not to be mailed",
              synonyms=("hasoptedoutofemail", "unsubscribed", "donotemail", "donotbulkemail",
                        "unsubscribedfromallemail", "optout", "optedoutofemail")),
        Field("do_not_call", T.BOOLEAN, "asked not to be called", synonyms=("donotcall", "donotphone")),
        Field("bounced_at", T.DATETIME, "when mail last bounced", synonyms=("emailbounceddate",)),
        Field("has_left", T.BOOLEAN, "left the company", synonyms=("nolongeratcompany", "leftcompany")),
        Field("email_status", T.TEXT, "valid, risky, invalid as the source says",
              synonyms=("emailverificationstatus", "emailvalidity", "verificationstatus")),
        Field("starts_on", T.DATE, "began at the employer", synonyms=("jobstartdate", "startedon")),
        *_PLACE,
        *_OWNER,
        *_TIMES,
    ),
    Entity.OPPORTUNITY: (
        Field("key", T.KEY, "the source's id", synonyms=("id", "opportunityid", "dealid", "recordid")),
        Field("name", T.TEXT, "what the deal is called",
              synonyms=("opportunityname", "dealname", "dealtitle", "title", "topic", "opportunity", "deal")),
        Field("account_key", T.KEY, "id of the account in the source",
              synonyms=("accountid", "associatedcompanyid", "primaryassociatedcompanyid", "orgid", "companyid")),
        Field("account_name", T.TEXT, "account's name",
              synonyms=("account", "accountname", "company", "associatedcompany", "organization",
                        "potentialcustomer", "customer")),
        Field("contact_key", T.KEY, "id of the main contact",
              synonyms=("contactid", "associatedcontactid", "personid")),
        Field("contact_name", T.TEXT, "name of the main contact",
              synonyms=("contactperson", "contact", "associatedcontact", "primarycontact")),
        Field("stage", T.TEXT, "stage as the source calls it", required=True,
              synonyms=("stagename", "dealstage", "salesstage", "pipelinestage", "status", "phase")),
        *_MONEY,
        Field("probability", T.PROBABILITY, "the CRM's own probability",
              synonyms=("probabilitypercent", "closeprobability", "winprobability")),
        Field("forecast_category", T.TEXT, "forecast category",
              synonyms=("forecastcategory", "forecastcategoryname", "hsmanualforecastcategory")),
        Field("motion", T.TEXT, "new, expansion, renewal",
              synonyms=("type", "dealtype", "opportunitytype", "businesstype")),
        Field("close_on", T.DATE, "expected (or actual) close",
              synonyms=("closedate", "expectedclosedate", "estclosedate", "estimatedclosedate")),
        Field("opened_on", T.DATE, "when it was opened",
              synonyms=("engagedate", "opendate", "startdate", "dealcreated")),
        Field("closed_at", T.DATETIME, "when it was closed",
              synonyms=("closedat", "wontime", "losttime", "actualclosedate", "closetime")),
        Field("is_closed", T.BOOLEAN, "over", synonyms=("isclosed", "closed")),
        Field("is_won", T.BOOLEAN, "won", synonyms=("iswon", "won")),
        Field("lost_reason", T.TEXT, "why it was lost",
              synonyms=("lostreason", "closedlostreason", "lossreason", "statusreason")),
        Field("next_step", T.TEXT, "next step as typed", synonyms=("nextstep", "nextsteps")),
        Field("lead_source", T.TEXT, "where it came from", synonyms=("leadsource", "originalsource", "dealsource")),
        Field("product_name", T.TEXT, "product, when the row names one", synonyms=("product", "productname")),
        Field("competitor", T.TEXT, "main competitor",
              synonyms=("maincompetitor", "maincompetitors", "competitorname")),
        *_OWNER,
        *_TIMES,
    ),
    Entity.OPPORTUNITY_CHANGE: (
        Field("key", T.KEY, "the source's id", synonyms=("id",)),
        Field("opportunity_key", T.KEY, "which deal", required=True,
              synonyms=("opportunityid", "objectid", "dealid", "parentid")),
        Field("field", T.TEXT, "which field, in the source's word", required=True,
              synonyms=("property", "fieldkey", "fieldname")),
        Field("old", T.TEXT, "value before", synonyms=("oldvalue",)),
        Field("new", T.TEXT, "value after", synonyms=("newvalue", "value")),
        Field("at", T.DATETIME, "when", required=True,
              synonyms=("createddate", "changeddate", "time", "timestamp", "changedon")),
        Field("by", T.TEXT, "who", synonyms=("createdbyid", "source", "actoruserid", "changedby")),
    ),
    Entity.OPPORTUNITY_SNAPSHOT: (
        Field("key", T.KEY, "the source's id", synonyms=("id",)),
        Field("opportunity_key", T.KEY, "which deal", required=True, synonyms=("opportunityid", "dealid")),
        Field("at", T.DATETIME, "when this was so", required=True,
              synonyms=("createddate", "snapshotdate", "asof", "lastmodified")),
        Field("stage", T.TEXT, "stage then", synonyms=("stagename", "tostage")),
        Field("amount", T.DECIMAL, "amount then"),
        Field("probability", T.PROBABILITY, "the CRM's probability then", synonyms=("probabilitypercent",)),
        Field("forecast_category", T.TEXT, "category then", synonyms=("forecastcategory",)),
        Field("close_on", T.DATE, "close date then", synonyms=("closedate",)),
        Field("by", T.TEXT, "who", synonyms=("createdbyid", "lastmodifiedby")),
    ),
    Entity.OPPORTUNITY_CONTACT: (
        Field("key", T.KEY, "the source's id", synonyms=("id",)),
        Field("opportunity_key", T.KEY, "which deal", required=True, synonyms=("opportunityid", "dealid")),
        Field("contact_key", T.KEY, "which contact", required=True, synonyms=("contactid", "personid")),
        Field("role", T.TEXT, "part in the deal"),
        Field("is_primary", T.BOOLEAN, "main contact", synonyms=("isprimary", "primary")),
    ),
    Entity.OPPORTUNITY_PRODUCT: (
        Field("key", T.KEY, "the source's id", synonyms=("id", "lineitemid")),
        Field("opportunity_key", T.KEY, "which deal", required=True, synonyms=("opportunityid", "dealid")),
        Field("product_key", T.KEY, "which product", synonyms=("productid", "product2id", "sku", "productcode")),
        Field("product_name", T.TEXT, "product's name", synonyms=("product", "name")),
        Field("quantity", T.DECIMAL, "how many", synonyms=("qty",)),
        Field("unit_price", T.DECIMAL, "price of one", synonyms=("unitprice", "salesprice")),
        Field("amount", T.DECIMAL, "line total", synonyms=("totalprice", "total")),
    ),
    Entity.PRODUCT: (
        Field("key", T.KEY, "the source's id", synonyms=("id", "productid", "productcode", "sku")),
        Field("name", T.TEXT, "product name", required=True, synonyms=("product", "productname")),
        Field("family", T.TEXT, "group", synonyms=("series", "productfamily", "category")),
        Field("list_price", T.DECIMAL, "list price", synonyms=("salesprice", "price", "unitprice", "listprice")),
        Field("currency", T.CURRENCY, "ISO 4217 code", synonyms=("currencyisocode",)),
    ),
    Entity.COMPETITOR: (
        Field("name", T.TEXT, "name", required=True, synonyms=("competitor", "competitorname")),
        Field("domain", T.DOMAIN, "web domain", synonyms=("website",)),
        Field("aliases", T.TEXT, "other names, by semicolon", synonyms=("alias", "aka")),
    ),
    Entity.ACTIVITY: (
        Field("key", T.KEY, "the source's id", required=True, synonyms=("id", "activityid", "taskid", "eventid")),
        Field("kind", T.TEXT, "ActivityKind value", synonyms=("type", "tasksubtype", "activitytype", "eventsubtype")),
        Field("at", T.DATETIME, "when it happened", required=True,
              synonyms=("activitydate", "startdatetime", "duedate", "date", "completeddatetime")),
        Field("duration_seconds", T.INTEGER, "how long", synonyms=("calldurationinseconds",)),
        Field("subject", T.TEXT, "subject"),
        Field("body", T.TEXT, "text", synonyms=("description", "note", "comments")),
        Field("is_inbound", T.BOOLEAN, "from the customer"),
        Field("thread_key", T.KEY, "conversation it belongs to"),
        Field("account_key", T.KEY, "id of the account in the source", synonyms=("accountid", "orgid")),
        Field("contact_key", T.KEY, "id of the contact in the source", synonyms=("whoid", "personid", "contactid")),
        Field("opportunity_key", T.KEY, "id of the deal in the source", synonyms=("whatid", "dealid", "opportunityid")),
        Field("participants", T.JSON, 'list of {"address","name","role"}'),
        Field("details", T.JSON, "what else the source tells"),
        *_OWNER,
    ),
    Entity.PERSON: (
        Field("key", T.KEY, "the source's id", synonyms=("id", "userid", "employeeid")),
        Field("name", T.TEXT, "whole name", required=True, synonyms=("fullname", "salesagent", "employee", "username")),
        Field("email", T.EMAIL, "work mail", synonyms=("workemail", "mail", "emailaddress")),
        Field("role", T.TEXT, "job or role", synonyms=("jobtitle", "title", "userrole", "position")),
        Field("team", T.TEXT, "team", synonyms=("regionaloffice", "department", "office", "userroleid")),
        Field("region", T.TEXT, "region"),
        Field("manager_key", T.KEY, "id of the manager", synonyms=("managerid",)),
        Field("manager_name", T.TEXT, "name of the manager", synonyms=("manager", "reportsto")),
        Field("manager_email", T.EMAIL, "mail of the manager", synonyms=("manageremail",)),
        Field("time_zone", T.TEXT, "IANA zone", synonyms=("timezone", "timezonesidkey")),
        Field("country", T.COUNTRY, "country"),
        Field("starts_on", T.DATE, "first day", synonyms=("startdate", "hiredate", "startedon")),
        Field("ends_on", T.DATE, "last day", synonyms=("enddate", "leavedate")),
        Field("is_active", T.BOOLEAN, "still here", synonyms=("isactive", "active")),
    ),
    Entity.SELLER_CALL: (
        Field("key", T.KEY, "the source's id", synonyms=("id",)),
        Field("person_key", T.KEY, "id of the seller in the source", synonyms=("ownerid", "userid")),
        Field("person_email", T.EMAIL, "mail of the seller", synonyms=("owneremail", "email")),
        Field("person_name", T.TEXT, "name of the seller", synonyms=("owner", "seller", "forecastowner")),
        Field("opportunity_key", T.KEY, "the one deal it is about; empty: the seller's total",
              synonyms=("opportunityid",)),
        Field("period_starts_on", T.DATE, "first day of the period", required=True,
              synonyms=("periodstart", "startdate", "quarterstart", "period")),
        Field("kind", T.TEXT, "commit or best_case", required=True,
              synonyms=("forecastcategoryname", "category", "forecastcategory")),
        Field("amount", T.DECIMAL, "what is called", required=True,
              synonyms=("forecastamount", "forecastquantity", "owneramount")),
        Field("currency", T.CURRENCY, "ISO 4217 code", synonyms=("currencyisocode",)),
        Field("at", T.DATETIME, "when it was said", required=True,
              synonyms=("lastmodifieddate", "createddate", "submittedat")),
    ),
    Entity.QUOTA: (
        Field("key", T.KEY, "the source's id", synonyms=("id",)),
        Field("person_key", T.KEY, "id of the seller in the source",
              synonyms=("quotaownerid", "ownerid", "employeeid", "userid")),
        Field("person_email", T.EMAIL, "mail of the seller", synonyms=("email", "owneremail")),
        Field("person_name", T.TEXT, "name of the seller", synonyms=("seller", "name", "salesagent")),
        Field("starts_on", T.DATE, "first day", required=True, synonyms=("startdate", "periodstart", "quarterstart")),
        Field("ends_on", T.DATE, "last day, included", synonyms=("enddate", "periodend", "quarterend")),
        Field("motion", T.TEXT, "new, expansion, renewal; empty: all"),
        Field("amount", T.DECIMAL, "quota", required=True, synonyms=("quotaamount", "quota", "target")),
        Field("currency", T.CURRENCY, "ISO 4217 code", synonyms=("currencyisocode",)),
    ),
    Entity.RENEWAL: (
        Field("key", T.KEY, "the source's id", synonyms=("id", "contractid", "contractnumber")),
        Field("account_key", T.KEY, "id of the account in the source", synonyms=("accountid",)),
        Field("account_name", T.TEXT, "account's name", synonyms=("account", "customer")),
        Field("opportunity_key", T.KEY, "the renewal deal", synonyms=("opportunityid",)),
        Field("product_name", T.TEXT, "product", synonyms=("product",)),
        Field("ends_on", T.DATE, "last day of the contract", required=True,
              synonyms=("enddate", "contractenddate", "renewaldate")),
        Field("amount", T.DECIMAL, "yearly value", synonyms=("arr", "annualvalue", "contractvalue")),
        Field("currency", T.CURRENCY, "ISO 4217 code", synonyms=("currencyisocode",)),
    ),
    Entity.SIGNAL: (
        Field("key", T.KEY, "the source's id; without one, the hash of the row",
              synonyms=("id", "messageid", "eventid")),
        Field("kind", T.TEXT, "what sort of signal", required=True, synonyms=("event", "type", "signaltype")),
        Field("at", T.DATETIME, "when it happened", required=True,
              synonyms=("timestamp", "date", "weekof", "occurredat", "eventtime")),
        Field("strength", T.DECIMAL, "how strong, the source's own unit",
              synonyms=("score", "compositescore", "surgescore", "value")),
        Field("topic", T.TEXT, "what it is about", synonyms=("topicname", "page", "category")),
        Field("account_key", T.KEY, "id of the account in the source", synonyms=("accountid", "groupid", "companyid")),
        Field("account_name", T.TEXT, "company's name", synonyms=("company", "companyname", "account")),
        Field("account_domain", T.DOMAIN, "company's domain", synonyms=("domain", "companydomain", "website")),
        Field("contact_email", T.EMAIL, "person's mail", synonyms=("email", "useremail")),
        Field("contact_key", T.KEY, "person's id in the source", synonyms=("userid", "anonymousid")),
        Field("payload", T.JSON, "the row as it came"),
    ),
    Entity.EXCHANGE_RATE: (
        Field("key", T.KEY, "the source's id", synonyms=("id",)),
        Field("base", T.CURRENCY, "currency of which one unit is priced", required=True,
              synonyms=("from", "corporate")),
        Field("quote", T.CURRENCY, "currency it is priced in", required=True, synonyms=("isocode", "to", "currency")),
        Field("on", T.DATE, "first day of the rate", required=True, synonyms=("startdate", "date", "day")),
        Field("rate", T.DECIMAL, "units of quote for one of base", required=True,
              synonyms=("conversionrate", "factor")),
    ),
}
# fmt: on


def fields_of(entity: Entity) -> dict[str, Field]:
    """The fields of an entity by name."""
    return {field.name: field for field in SCHEMA[entity]}
