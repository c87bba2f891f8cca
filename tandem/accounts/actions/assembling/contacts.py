"""Golden contacts: their fields, jobs over time, and every way to reach them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tandem.accounts.actions.assembling.context import Context, Tally
from tandem.accounts.actions.assembling.parts import Row, replace_parts
from tandem.accounts.contracts import Entity
from tandem.accounts.models import Contact, ContactPoint, Employment
from tandem.accounts.queries.choosing import contacts as choosing
from tandem.accounts.queries.choosing.contacts import Claim
from tandem.accounts.queries.choosing.records import Choices, Record, created_at, source_count, value_of
from tandem.core import bulk

TEXTS = (
    "first_name", "last_name", "title", "seniority", "department", "email", "phone", "linkedin", "city", "region",
    "country", "language", "time_zone",
)  # fmt: skip
FLAGS = ("opted_out", "do_not_call", "has_left")
COLUMNS = (
    "id", "name", *TEXTS, *FLAGS, "account_id", "owner_id", "source_count", "agreeing_sources", "created_at",
    "merged_into", "updated_at",
)  # fmt: skip
CHANGING = tuple(column for column in COLUMNS if column not in ("id", "updated_at"))
JOB_KEY = ("contact_id", "account_id", "account_name", "source_id")
JOB_VALUES = ("title", "starts_on", "ends_on", "is_current")
POINT_KEY = ("contact_id", "kind", "value", "source_id")
POINT_VALUES = ("verification", "verified_at", "is_primary")


def write_contacts(golden_ids: Sequence[int], context: Context) -> Tally:
    """Put these contacts together in the caller's transaction."""
    found = context.records(Entity.CONTACT, golden_ids)
    links, rules = context.links, context.rules(Entity.CONTACT)
    everything = [one for records in found.values() for one in choosing.with_former(records)]
    links.accounts.prepare(everything, "account_key")
    told = choosing.tellings(links)
    rows: list[Row] = []
    jobs: dict[Row, Row] = {}
    points: dict[Row, Row] = {}
    for golden_id, records in found.items():
        claims = choosing.claims_of(records, links.accounts.of)
        choices = choosing.choose_contact(records, claims, told, rules)
        employer = choosing.present_employer(claims, value_of(choices, "account"))
        agreeing = choosing.agreeing_sources(claims, employer)
        rows.append(_row(golden_id, records, choices, agreeing, context))
        jobs |= _jobs(golden_id, claims, employer)
        points |= _points(golden_id, records, choices)
    counts = bulk.upsert(Contact, COLUMNS, rows, conflict=("id",), update=CHANGING, stamp=("updated_at",))
    replace_parts(Employment, golden_ids, key=JOB_KEY, values=JOB_VALUES, wanted=jobs)
    replace_parts(ContactPoint, golden_ids, key=POINT_KEY, values=POINT_VALUES, wanted=points)
    return Tally(together=len(rows), created=counts.inserted, changed=counts.updated)


def _row(golden_id: int, records: Sequence[Record], choices: Choices, agreeing: int, context: Context) -> Row:
    return (
        golden_id,
        choosing.full_name(choices)[:255],
        *(value_of(choices, field, "") for field in TEXTS),
        *(bool(value_of(choices, field, False)) for field in FLAGS),
        value_of(choices, "account"),
        value_of(choices, "owner"),
        source_count(records),
        agreeing,
        created_at(records),
        None,
        context.now,
    )


def _jobs(golden_id: int, claims: Sequence[Claim], employer: int | str | None) -> dict[Row, Row]:
    """One row an employer and source: what the source said last about it; a job that goes on has no end."""
    found: dict[Row, tuple[tuple[Any, ...], Claim]] = {}
    for claim in claims:
        key = (golden_id, claim.account_id, claim.name, claim.record.source_id)
        place = (claim.until is None, claim.record.observed_at, claim.record.id)
        if key not in found or place > found[key][0]:
            found[key] = (place, claim)
    return {key: _job(claim, claims, employer) for key, (_, claim) in found.items()}


def _job(claim: Claim, claims: Sequence[Claim], employer: int | str | None) -> Row:
    is_current = claim.until is None and claim.employer == employer
    ends_on = None if is_current else choosing.ends_on(claim, claims, employer)
    if ends_on is not None and claim.starts_on is not None and ends_on < claim.starts_on:
        ends_on = None
    return (claim.title, claim.starts_on, ends_on, is_current)


def _points(golden_id: int, records: Sequence[Record], choices: Choices) -> dict[Row, Row]:
    best = {value_of(choices, "email"), value_of(choices, "phone"), value_of(choices, "linkedin")} - {None}
    return {
        (golden_id, kind, value, source_id): (str(point.verification), point.verified_at, value in best)
        for (kind, value, source_id), point in choosing.points_of(records).items()
    }
