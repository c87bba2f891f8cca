"""Apollo (https://docs.apollo.io): search for companies and people, enrich a company, match a person.

The search for people costs no credit and tells neither mail address nor phone; only matching a person does. Personal
addresses and phones, which Apollo would send to a webhook, are never asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.prospecting.connectors.base import (
    LOOP,
    SOMEBODY_ELSE,
    AccountQuery,
    Door,
    Enrichment,
    FoundRow,
    Page,
    PersonQuery,
    Subject,
    ask,
    failed,
    object_of,
    objects_of,
    read_object,
    text_of,
    told_fields,
)
from tandem.prospecting.domain.likeness import same_domain, same_name

ROWS = 100
MOST_PAGES = 500  # Apollo shows 50,000 rows of a search
LOCKED = ("email_not_unlocked@", "not_unlocked")


class Apollo:
    """Apollo's API under one key."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def search(self, query: AccountQuery, page: str) -> Page:
        """Companies. Raises ProviderFailed."""
        least, most = query.employees
        body: dict[str, Any] = {
            "q_organization_name": query.text,
            "q_organization_domains_list": list(query.domains),
            "organization_locations": list(query.countries),
            "q_organization_keyword_tags": list(query.industries),
            "currently_using_any_of_technology_uids": [word.lower().replace(" ", "_") for word in query.technologies],
            "organization_num_employees_ranges": [f"{least or 1},{most or 1_000_000}"] if least or most else [],
        }
        told, number = self._search("/mixed_companies/search", body, page)
        found = [*objects_of(told.get("organizations")), *objects_of(told.get("accounts"))]
        rows = [row for one in found if (row := _account(one)) is not None]
        return Page(rows=tuple(rows), next=self._next(told, number, len(rows)))

    def search_people(self, query: PersonQuery, page: str) -> Page:
        """People, without addresses. Raises ProviderFailed."""
        body: dict[str, Any] = {
            "q_organization_domains_list": list(query.domains),
            "person_titles": list(query.titles),
            "person_seniorities": list(query.seniorities),
            "q_keywords": query.text,
        }
        told, number = self._search("/mixed_people/api_search", body, page)
        rows = [row for one in objects_of(told.get("people")) if (row := _contact(one)) is not None]
        return Page(rows=tuple(rows), next=self._next(told, number, len(rows)))

    def enrich(self, subject: Subject) -> Enrichment:
        """A company by its domain, a person by what is known. Raises ProviderFailed."""
        return self._match(subject) if subject.is_person else self._organization(subject)

    def _organization(self, subject: Subject) -> Enrichment:
        answer = ask(
            self._door, "GET", "/organizations/enrich", params={"domain": subject.domain}, headers=self._headers(),
            accepts=(404,),
        )  # fmt: skip
        row = None if answer.status == 404 else _account(object_of(read_object(self._door, answer).get("organization")))
        if row is not None and not same_domain(row.fields.get("domain", ""), subject.domain):
            raise failed(self._door, "answered with another company than was asked for.", code=SOMEBODY_ELSE)
        return Enrichment(row=row)

    def _match(self, subject: Subject) -> Enrichment:
        known = told_fields(
            first_name=subject.first_name, last_name=subject.last_name, domain=subject.domain, email=subject.email,
            linkedin_url=f"https://www.{subject.linkedin}" if subject.linkedin else "",
        )  # fmt: skip
        asked = {**known, "reveal_personal_emails": False, "reveal_phone_number": False}
        answer = ask(self._door, "POST", "/people/match", json_body=asked, headers=self._headers(), accepts=(404, 422))
        told = {} if answer.status != 200 else read_object(self._door, answer)
        row = _contact(object_of(told.get("person")))
        if row is not None and not _is_meant(row, subject):
            raise failed(self._door, "answered with another person than was asked for.", code=SOMEBODY_ELSE)
        return Enrichment(row=row)

    def _search(self, path: str, body: Mapping[str, Any], page: str) -> tuple[dict[str, Any], int]:
        number = int(page) if page.isdecimal() else 1
        sent = {name: value for name, value in body.items() if value}
        answer = ask(
            self._door, "POST", path, json_body={**sent, "page": number, "per_page": ROWS}, headers=self._headers()
        )
        return read_object(self._door, answer), number

    def _next(self, told: Mapping[str, Any], number: int, rows: int) -> str:
        """The following page; none after an empty one, whatever the answer says of its total.

        Raises ProviderFailed when the answer names another page than was asked for: it would never end.
        """
        paging = object_of(told.get("pagination"))
        at, pages = paging.get("page"), paging.get("total_pages")
        if isinstance(at, int) and not isinstance(at, bool) and at != number:
            raise failed(self._door, f"answered page {at} when {number} was asked for.", code=LOOP)
        last = pages if isinstance(pages, int) and not isinstance(pages, bool) else number
        return str(number + 1) if rows and number < min(last, MOST_PAGES) else ""

    def _headers(self) -> dict[str, str]:
        return {"x-api-key": self._door.secret, "Accept": "application/json", "Cache-Control": "no-cache"}


def _account(told: Mapping[str, Any]) -> FoundRow | None:
    key, name = text_of(told.get("organization_id") or told.get("id"), 200), text_of(told.get("name"))
    if not key or not name:
        return None
    revenue = told.get("annual_revenue") or told.get("organization_revenue")
    fields = told_fields(
        name=name,
        domain=text_of(told.get("primary_domain")) or text_of(told.get("website_url")),
        industry=text_of(told.get("industry"), 120),
        employees=text_of(told.get("estimated_num_employees")),
        annual_revenue=str(revenue) if isinstance(revenue, int | float) and not isinstance(revenue, bool) else "",
        phone=text_of(told.get("phone"), 40),
        street=text_of(told.get("street_address")),
        city=text_of(told.get("city"), 120),
        region=text_of(told.get("state"), 120),
        postal_code=text_of(told.get("postal_code"), 20),
        country=text_of(told.get("country"), 60),
        description=text_of(told.get("short_description"), 2_000),
    )
    if "annual_revenue" in fields:
        fields["currency"] = "USD"
    return FoundRow(entity="account", key=key, fields=fields)


def _contact(told: Mapping[str, Any]) -> FoundRow | None:
    key, last = text_of(told.get("id"), 200), text_of(told.get("last_name"), 120)
    if not key or not (last or text_of(told.get("first_name"))):
        return None
    at = object_of(told.get("organization"))
    email = text_of(told.get("email"), 254)
    departments = told.get("departments")
    fields = told_fields(
        first_name=text_of(told.get("first_name"), 120),
        last_name=last,
        title=text_of(told.get("title"), 200),
        seniority=text_of(told.get("seniority"), 40),
        department=text_of(departments[0], 120) if isinstance(departments, list) and departments else "",
        email="" if any(word in email for word in LOCKED) or "@" not in email else email,
        email_status=text_of(told.get("email_status"), 40),
        linkedin=text_of(told.get("linkedin_url")),
        city=text_of(told.get("city"), 120),
        region=text_of(told.get("state"), 120),
        country=text_of(told.get("country"), 60),
        account_key=text_of(at.get("id"), 200),
        account_name=text_of(at.get("name")),
        account_domain=text_of(at.get("primary_domain")) or text_of(at.get("website_url")),
    )
    if "email" not in fields:
        fields.pop("email_status", None)
    return FoundRow(entity="contact", key=key, fields=fields)


def _is_meant(row: FoundRow, subject: Subject) -> bool:
    """Whether the person answered is the one asked for: the same address or profile, or the same name."""
    told = row.fields
    if subject.email and told.get("email", "").lower() == subject.email.lower():
        return True
    if subject.linkedin and subject.linkedin.rstrip("/").lower() in told.get("linkedin", "").lower():
        return True
    return not subject.last_name or same_name(
        f"{told.get('first_name', '')} {told.get('last_name', '')}", f"{subject.first_name} {subject.last_name}"
    )
