"""Prospects that are ready, as a file for an agent that a vendor runs: past the same checks as our own outreach.

Each person is asked about again as the file is made: two sources and a check that holds, and what the gate says of a
mail to them now (suppression, objections, kill switches, laws of the place). Who fails is left out with the reason.
What the vendor's agent then sends passes no gate of ours; the page that documents this says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tandem.access.actions import require
from tandem.accounts.queries.visible import contacts_in_sight
from tandem.core import exits
from tandem.core.actors import Actor
from tandem.core.spreadsheet import csv_lines
from tandem.prospecting.domain.agent_files import Prospect, SalesAgent, columns_of
from tandem.prospecting.queries.contactable import Reachable, contactable
from tandem.prospecting.queries.lists import ReadyAccount, get_list, ready_for_engagement
from tandem.prospecting.queries.sources import contact_states

MOST_ACCOUNTS = 2_000
ROAD = "email"
FIELDS = (
    "id", "first_name", "last_name", "name", "title", "linkedin", "account__name", "account__domain",
    "account__country",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Somebody who is not in the file, and why."""

    contact_id: int
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFile:
    """What may be handed over, and whom it leaves out. `lines` asks the exits again while it is written."""

    lines: Iterator[str]
    rows: int
    left_out: tuple[LeftOut, ...]


def agent_file(list_id: int, agent: SalesAgent, *, actor: Actor, now: datetime) -> AgentFile:
    """The ready people of a list in an agent's format; that it leaves stands in the ledger.

    Raises NotFound for a list out of sight, NotAllowed without "prospect.export" or when exports are stopped.
    """
    require(actor, "prospect.export")
    head = get_list(actor, list_id)
    ready = ready_for_engagement(actor, list_id=head.id, limit=MOST_ACCOUNTS)
    prospects, left_out = _checked(ready, actor, now)
    what = f"agent:{agent.value}"
    exits.leave(actor, what=what, rows=len(prospects), list=head.id, left_out=len(left_out))
    columns = columns_of(agent)
    rows = ([column(one) for column in columns.values()] for one in prospects)
    lines = exits.watched(actor, csv_lines(list(columns), rows), what=what)
    return AgentFile(lines=lines, rows=len(prospects), left_out=tuple(left_out))


def _checked(ready: Sequence[ReadyAccount], actor: Actor, now: datetime) -> tuple[list[Prospect], list[LeftOut]]:
    """Who may go, in the order of the accounts, and who may not. Some twenty queries for all."""
    of_account = {contact_id: account for account in ready for contact_id in account.contact_ids}
    states = contact_states(list(of_account), now=now)
    reachable = [
        Reachable(contact_id=pk, account_id=of_account[pk].account_id, email=state.email)
        for pk, state in states.items()
        if state.is_usable
    ]
    answers = contactable(reachable, actor=actor, now=now)
    left_out: list[LeftOut] = []
    going: list[int] = []
    for contact_id in of_account:
        state, answer = states.get(contact_id), answers.get(contact_id)
        if state is None or answer is None:
            because = state.reasons[0] if state is not None and state.reasons else "Is no contact any more."
            left_out.append(LeftOut(contact_id=contact_id, because=because))
        elif ROAD not in answer.roads:
            left_out.append(LeftOut(contact_id=contact_id, because=answer.because or "No mail may be sent to them."))
        else:
            going.append(contact_id)
    return _prospects(going, of_account, {pk: states[pk].email for pk in going}, actor), left_out


def _prospects(
    ids: Sequence[int], of_account: dict[int, ReadyAccount], emails: dict[int, str], actor: Actor
) -> list[Prospect]:
    """People in the actor's sight, as the file names them."""
    rows = contacts_in_sight(actor).filter(id__in=ids).values_list(*FIELDS)
    found = {row[0]: row for row in rows}
    prospects = []
    for contact_id in ids:
        if contact_id in found:
            _, first, last, name, title, linkedin, company, domain, country = found[contact_id]
            prospects.append(
                Prospect(
                    contact_id=contact_id, first_name=first, last_name=last or name, email=emails[contact_id],
                    title=title, company=company or "", domain=domain or "", country=country or "", linkedin=linkedin,
                    because=of_account[contact_id].because,
                )
            )  # fmt: skip
    return prospects
