"""Clay through what it really offers: a table's webhook takes rows, an HTTP column of the table sends them back to us.

Clay has no API to search or to enrich one account with (https://university.clay.com/docs/using-clay-as-an-api). A
webhook takes 50,000 rows in its life, whether they are deleted or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.prospecting.connectors.base import Door, FoundRow, ask, text_of, told_fields

MOST_ROWS_OF_A_TABLE = 50_000
AUTH_HEADER = "x-clay-webhook-auth"
ROW_KEY = "tandem_row"
CONTACT_FIELDS: Mapping[str, str] = {
    "first_name": "first_name", "last_name": "last_name", "full_name": "name", "name": "name", "job_title": "title",
    "title": "title", "work_email": "email", "email": "email", "linkedin_profile": "linkedin",
    "linkedin_url": "linkedin", "company_name": "account_name", "company_domain": "account_domain", "city": "city",
    "country": "country",
}  # fmt: skip
ACCOUNT_FIELDS: Mapping[str, str] = {
    "company_name": "name", "company_domain": "domain", "domain": "domain", "industry": "industry",
    "employees": "employees", "employee_count": "employees", "country": "country", "city": "city",
    "description": "description",
}  # fmt: skip


def send_row(door: Door, row: Mapping[str, str]) -> None:
    """Put one row into the table. Raises ProviderFailed.

    door : base address is the webhook's whole address, secret its token (may be empty)
    row : with our key under `tandem_row`, which has to come back
    """
    headers = {AUTH_HEADER: door.secret} if door.secret else {}
    ask(door, "POST", door.base_address, json_body=dict(row), headers=headers)


def read_row(key: str, entity: str, told: Mapping[str, Any]) -> FoundRow | None:
    """What came back for one of our rows, in canonical words; None when it tells nothing new.

    entity : "account" or "contact", as the row that was sent
    told : column names as the table's owner chose them; those of `CONTACT_FIELDS` and `ACCOUNT_FIELDS` are read
    """
    known = CONTACT_FIELDS if entity == "contact" else ACCOUNT_FIELDS
    fields: dict[str, str] = {}
    for column, value in told.items():
        word = known.get(column.strip().lower().replace(" ", "_"))
        if word is not None and word not in fields:
            fields |= told_fields(**{word: text_of(value)})
    is_named = bool(fields.get("name") or fields.get("last_name") or fields.get("email") or fields.get("domain"))
    return FoundRow(entity=entity, key=key, fields=fields) if is_named else None
