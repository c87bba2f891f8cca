"""Files in which agents run by vendors take prospects: the columns each asks for, one row a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class SalesAgent(StrEnum):
    """An agent or sequencer that a vendor runs."""

    OUTREACH = "outreach"
    SALESLOFT = "salesloft"
    APOLLO = "apollo"
    ELEVEN_X = "11x"
    ARTISAN = "artisan"


NAMES: Mapping[SalesAgent, str] = {
    SalesAgent.OUTREACH: "Outreach", SalesAgent.SALESLOFT: "Salesloft", SalesAgent.APOLLO: "Apollo",
    SalesAgent.ELEVEN_X: "11x", SalesAgent.ARTISAN: "Artisan",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """Somebody to hand over. because : what made the search find the account; empty texts: not known"""

    contact_id: int
    first_name: str
    last_name: str
    email: str
    title: str = ""
    company: str = ""
    domain: str = ""
    country: str = ""
    linkedin: str = ""
    because: str = ""


Column = Callable[[Prospect], str]
_SHARED: dict[str, Column] = {
    "First Name": lambda one: one.first_name,
    "Last Name": lambda one: one.last_name,
}
# Outreach, Salesloft and Apollo map the columns of a CSV by their titles when it is uploaded; 11x and Artisan document
# no template and let the user map columns, so they get the plainest titles.
COLUMNS: Mapping[SalesAgent, Mapping[str, Column]] = {
    SalesAgent.OUTREACH: _SHARED
    | {
        "Email": lambda one: one.email,
        "Title": lambda one: one.title,
        "Company": lambda one: one.company,
        "Company Domain": lambda one: one.domain,
        "Country": lambda one: one.country,
        "LinkedIn URL": lambda one: one.linkedin,
        "External ID": lambda one: f"tandem-{one.contact_id}",
        "Notes": lambda one: one.because,
    },
    SalesAgent.SALESLOFT: _SHARED
    | {
        "Email Address": lambda one: one.email,
        "Title": lambda one: one.title,
        "Company Name": lambda one: one.company,
        "Company Website": lambda one: one.domain,
        "Country": lambda one: one.country,
        "LinkedIn URL": lambda one: one.linkedin,
        "Person ID": lambda one: f"tandem-{one.contact_id}",
        "Notes": lambda one: one.because,
    },
    SalesAgent.APOLLO: _SHARED
    | {
        "Email": lambda one: one.email,
        "Title": lambda one: one.title,
        "Company": lambda one: one.company,
        "Website": lambda one: one.domain,
        "Country": lambda one: one.country,
        "Person Linkedin Url": lambda one: one.linkedin,
    },
}
_PLAIN: Mapping[str, Column] = {
    "first_name": lambda one: one.first_name,
    "last_name": lambda one: one.last_name,
    "email": lambda one: one.email,
    "job_title": lambda one: one.title,
    "company": lambda one: one.company,
    "website": lambda one: one.domain,
    "country": lambda one: one.country,
    "linkedin_url": lambda one: one.linkedin,
    "context": lambda one: one.because,
}


def columns_of(agent: SalesAgent) -> Mapping[str, Column]:
    """The columns of an agent's file: title to what stands in it."""
    return COLUMNS.get(agent, _PLAIN)
