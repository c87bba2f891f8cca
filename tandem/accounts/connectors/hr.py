"""HR exports: employees, quotas, and the compensation plan.

Employees as BambooHR, Personio, HiBob and Workday export them (their usual titles), quotas as a table of one row a
person and period. The compensation plan is recognised and kept raw in the warehouse; the model has no place for it
yet, so its rows are refused with that reason rather than lost without a word.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from tandem.accounts.connectors import shaping
from tandem.accounts.connectors.base import Connector
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.periods import first_day, last_day

SYSTEM = "hr"
LEFT_WORDS = frozenset({"inactive", "terminated", "left", "former", "ausgetreten"})
HERE_WORDS = frozenset({"active", "aktiv", "employed", "on leave", "onboarding", "probation", "parental leave"})
NO_PLACE = "a compensation plan: kept raw; the model has no place for it yet"


def _prepare_employee(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    parts = (shaping.first_filled(rows, "_preferred", "_first") + " " + shaping.text(rows, "_last")).str.strip()
    name = shaping.text(rows, "name")
    rows["name"] = name.where(name != "", parts)
    status = shaping.text(rows, "_status").str.strip().str.lower()
    told = shaping.text(rows, "is_active")
    words = dict.fromkeys(LEFT_WORDS, "false") | dict.fromkeys(HERE_WORDS, "true")
    rows["is_active"] = told.where(told != "", status.map(words).fillna(""))
    rows["team"] = shaping.first_filled(rows, "team", "_department")
    manager = shaping.text(rows, "manager_name")
    mailed = manager.str.contains("@", regex=False)
    rows["manager_email"] = shaping.text(rows, "manager_email").where(~mailed, manager)
    rows["manager_name"] = manager.where(~mailed, "")
    return shaping.without_scratch(rows)


def _prepare_quota(rows: pd.DataFrame) -> pd.DataFrame:
    """A period's word ("2026-Q1", "FY2026", "March 2026") gives its days where the file has no dates."""
    rows = rows.copy()
    period = shaping.text(rows, "_period")
    starts, ends = shaping.text(rows, "starts_on"), shaping.text(rows, "ends_on")
    rows["starts_on"] = starts.where(starts != "", shaping.each(period, first_day))
    rows["ends_on"] = ends.where(ends != "", shaping.each(period, last_day))
    return shaping.without_scratch(rows)


def _refuse_plan(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    shaping.refuse(rows, pd.Series(True, index=rows.index), NO_PLACE)
    return shaping.without_scratch(rows)


_EMPLOYEE = {
    "employeeid": "key", "employeenumber": "key", "personnelnumber": "key", "workerid": "key", "name": "name",
    "fullname": "name", "displayname": "name", "employeename": "name", "firstname": "_first", "lastname": "_last",
    "preferredname": "_preferred", "workemail": "email", "email": "email", "emailaddress": "email",
    "jobtitle": "role", "title": "role", "position": "role", "role": "role", "team": "team",
    "department": "_department", "region": "region", "territory": "region", "managerid": "manager_key",
    "supervisorid": "manager_key", "manager": "manager_name", "reportingto": "manager_name",
    "reportsto": "manager_name", "managername": "manager_name", "supervisorname": "manager_name",
    "supervisor": "manager_name", "manageremail": "manager_email", "supervisoremail": "manager_email",
    "timezone": "time_zone", "country": "country", "locationcountry": "country", "hiredate": "starts_on",
    "startdate": "starts_on", "originalhiredate": "starts_on", "terminationdate": "ends_on", "enddate": "ends_on",
    "lastday": "ends_on", "lastworkingday": "ends_on", "status": "_status", "employmentstatus": "_status",
    "active": "is_active", "isactive": "is_active",
}  # fmt: skip
_QUOTA = {
    "quotaid": "key", "employeeid": "person_key", "employeenumber": "person_key", "workemail": "person_email",
    "email": "person_email", "employeeemail": "person_email", "selleremail": "person_email", "name": "person_name",
    "employeename": "person_name", "fullname": "person_name", "seller": "person_name", "period": "_period",
    "quarter": "_period", "fiscalquarter": "_period", "fiscalperiod": "_period", "periodstart": "starts_on",
    "startdate": "starts_on", "effectivedate": "starts_on", "periodend": "ends_on", "enddate": "ends_on",
    "quota": "amount", "quotaamount": "amount", "target": "amount", "amount": "amount", "currency": "currency",
    "quotacurrency": "currency", "motion": "motion", "quotatype": "motion",
}  # fmt: skip


def _variants(base: Connector, wanted: Iterable[frozenset[str]]) -> tuple[Connector, ...]:
    """The same connector for each set of titles that is enough to know the file by."""
    return tuple(
        Connector(
            system=base.system,
            entity=base.entity,
            source_kind=base.source_kind,
            file_names=base.file_names,
            columns=base.columns,
            required_headers=required,
            telling_headers=base.telling_headers,
            prepare=base.prepare,
            label=base.label,
        )
        for required in wanted
    )


EMPLOYEES = Connector(
    system=SYSTEM,
    entity=Entity.PERSON,
    source_kind=SourceKind.HR,
    file_names=("employees*.csv", "employees*.xlsx", "*headcount*.csv"),
    columns=_EMPLOYEE,
    telling_headers=frozenset({"hiredate", "originalhiredate", "startdate", "terminationdate", "employmentstatus"}),
    prepare=_prepare_employee,
    label="HR employees",
)
QUOTAS = Connector(
    system=SYSTEM,
    entity=Entity.QUOTA,
    source_kind=SourceKind.HR,
    file_names=("quotas*.csv", "quotas*.xlsx", "*quota*.csv"),
    columns=_QUOTA,
    telling_headers=frozenset({"period", "quarter", "fiscalquarter", "periodstart", "startdate", "effectivedate"}),
    prepare=_prepare_quota,
    label="HR quotas",
)
PLAN = Connector(
    system=SYSTEM,
    entity=Entity.QUOTA,
    source_kind=SourceKind.HR,
    file_names=("plan*.csv", "*comp*plan*.csv", "*compensation*.csv"),
    columns={
        "planid": "key", "planname": "_plan", "plan": "_plan", "effectivedate": "starts_on", "validfrom": "starts_on",
        "role": "_role", "segment": "_segment", "currency": "currency",
    },
    telling_headers=frozenset(
        {"ote", "ontargetearnings", "basesalary", "variable", "targetvariable", "commissionrate", "rate", "accelerator",
         "attainmentfrom", "component", "paymix", "acceleratorfrom", "acceleratorrate", "annualquota", "cap"}
    ),
    prepare=_refuse_plan,
    label="HR compensation plan",
)  # fmt: skip

CONNECTORS: tuple[Connector, ...] = (
    *_variants(EMPLOYEES, [frozenset({"employeeid"}), frozenset({"employeenumber"}), frozenset({"workerid"})]),
    *_variants(QUOTAS, [frozenset({"quota"}), frozenset({"quotaamount"})]),
    *_variants(PLAN, [frozenset({"plan"}), frozenset({"planname"}), frozenset({"planid"}), frozenset({"component"})]),
)
