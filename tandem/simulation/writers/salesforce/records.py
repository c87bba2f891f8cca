"""Which CRM records stand for whom, and small things all CRM files share."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from tandem.simulation.dice import Dice
from tandem.simulation.market import Company, Person
from tandem.simulation.times import Moment, last_moment, stamp, working_moment

FOLDER = "salesforce"
SOURCE = "salesforce"
HEAD_OFFICE = "Europe/Berlin"
ALL_TIMES = ("CreatedDate", "LastModifiedDate", "SystemModstamp")


@dataclass(slots=True)
class CrmRecords:
    """Records by company and by person and job.

    accounts: account ids by company, the main one first, then duplicates. created: first day by company.
    contacts: contact id by (person, 0 for the first job, 1 for the second). owners: user ids by company.
    """

    accounts: dict[int, list[str]] = field(default_factory=dict)
    created: dict[int, dt.date] = field(default_factory=dict)
    contacts: dict[tuple[int, int], str] = field(default_factory=dict)

    def account_for(self, dice: Dice, company: Company) -> str:
        """An account id of the company: mostly the main record, sometimes a duplicate; empty when unknown."""
        ids = self.accounts.get(company.index)
        if not ids:
            return ""
        return ids[0] if len(ids) == 1 or dice.chance(0.72) else dice.pick(ids[1:])

    def contact_of(self, person: Person, company: Company) -> str:
        """The contact record of a person at a company; empty when the CRM does not know the person there."""
        return self.contacts.get((person.index, job_number(person, company)), "")


def job_number(person: Person, company: Company) -> int:
    """Which of the two jobs of a person is at a company."""
    return 0 if person.first_job.company is company else 1


def moment_on(dice: Dice, day: dt.date) -> Moment:
    """A working moment at head office."""
    return working_moment(dice, HEAD_OFFICE, day)


def times_between(dice: Dice, created: dt.date, end: dt.date) -> tuple[str, str, str]:
    """CreatedDate, LastModifiedDate and SystemModstamp of a record made on a day and touched since."""
    export = last_moment(end)
    first = min(moment_on(dice, created), export)
    days = max(0, (end - created).days)
    last = first if days < 2 else moment_on(dice, created + dt.timedelta(days=int(days * dice.random() ** 0.5)))
    last = min(max(first, last), export)
    return stamp(first), stamp(last), stamp(last)


def yes(value: object) -> str:
    """true or false, as the export writes it."""
    return "true" if value else "false"


def money(amount: object) -> str:
    """An amount as the export writes it, empty for None."""
    return f"{amount:.2f}".removesuffix("0") if isinstance(amount, int | float) else ""
