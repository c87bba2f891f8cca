"""People who are ready go to a vendor's agent only past our own checks, in the columns that its upload reads."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from tandem.compliance.models import LedgerEntry
from tandem.core import exits
from tandem.core.errors import NotAllowed, NotFound
from tandem.prospecting.actions import handing_to_agents, lists
from tandem.prospecting.actions.handing_to_agents import agent_file
from tandem.prospecting.domain.agent_files import Prospect, SalesAgent, columns_of
from tandem.prospecting.models import EntryState, ListEntry
from tandem.prospecting.queries.contactable import Contactable
from tandem.prospecting.queries.sources import ContactState
from tests.company import NOW

ANN = Prospect(contact_id=7, first_name="Ann", last_name="Berg", email="ann@kroeger-corp.com", because="=opens a site")


@pytest.mark.parametrize("agent", list(SalesAgent))
def test_every_agent_s_file_has_names_and_an_address(agent):
    told = {title: column(ANN) for title, column in columns_of(agent).items()}
    assert {"Ann", "Berg", "ann@kroeger-corp.com"} <= set(told.values())
    assert len(told) >= 8


@pytest.fixture
def ready_list(company, now):
    """A list of two accounts with a ready person each."""
    seller = company.actor("seller")
    accounts = [company.accounts["kroeger"].id, company.accounts["alpine"].id]
    made = lists.list_from_accounts("Two", accounts, actor=seller, now=now)
    people = {pk: company.contacts[name].id for pk, name in zip(accounts, CONTACTS, strict=True)}
    for entry in ListEntry.objects.filter(prospect_list_id=made.list_id):
        ListEntry.objects.filter(id=entry.id).update(
            state=EntryState.READY,
            ready_at=NOW,
            quality=0.8,
            contact_ids=[people[entry.account_id]],
            because="=opens a site",
        )
    return made.list_id, list(people.values())


CONTACTS = ("anna", "fabio")


def usable(contact_id: int, account_id: int | None = 1) -> ContactState:
    return ContactState(
        contact_id=contact_id, name="N", email=f"p{contact_id}@kroeger-corp.com", account_id=account_id, sources=("crm", "vendor"),
        is_reconciled=False, elsewhere=(), check=None, reasons=(),
    )  # fmt: skip


@pytest.mark.django_db
def test_only_who_may_be_written_to_now_is_in_the_file(company, now, ready_list, monkeypatch):
    list_id, (first, second) = ready_list
    monkeypatch.setattr(handing_to_agents, "contact_states", lambda ids, now: {pk: usable(pk) for pk in ids})
    answers = {
        first: Contactable(roads=("email",), because=""),
        second: Contactable(roads=(), because="Asked to be left alone."),
    }
    monkeypatch.setattr(handing_to_agents, "contactable", lambda people, actor, now: answers)
    found = agent_file(list_id, SalesAgent.OUTREACH, actor=company.actor("seller"), now=now)
    rows = list(csv.DictReader(io.StringIO("".join(found.lines).lstrip("\ufeff"))))
    assert [row["Email"] for row in rows] == [f"p{first}@kroeger-corp.com"]
    assert rows[0]["Notes"] == "'=opens a site"  # no formula for a spreadsheet
    assert [(one.contact_id, one.because) for one in found.left_out] == [(second, "Asked to be left alone.")]
    left = LedgerEntry.objects.filter(action="compliance.left").latest("number")
    assert left.subject == "agent:outreach"


@pytest.mark.django_db
def test_who_is_not_verified_is_left_out_with_the_reason(company, now, ready_list, monkeypatch):
    list_id, people = ready_list
    states = {pk: replace(usable(pk), reasons=("The address was never checked.",)) for pk in people}
    monkeypatch.setattr(handing_to_agents, "contact_states", lambda ids, now: states)
    found = agent_file(list_id, SalesAgent.ARTISAN, actor=company.actor("seller"), now=now)
    assert found.rows == 0
    assert {one.because for one in found.left_out} == {"The address was never checked."}


@pytest.mark.django_db
def test_a_stop_of_exports_and_a_list_out_of_sight_give_nothing(company, now, ready_list, monkeypatch):
    list_id, _ = ready_list

    def stopped(*args: object, **kwargs: object) -> None:
        raise NotAllowed("Exports are stopped.")

    monkeypatch.setattr(exits, "leave", stopped)
    before = LedgerEntry.objects.count()
    with pytest.raises(NotAllowed):
        agent_file(list_id, SalesAgent.APOLLO, actor=company.actor("seller"), now=now)
    with pytest.raises(NotFound):
        agent_file(list_id, SalesAgent.APOLLO, actor=company.actor("liam"), now=now)
    assert LedgerEntry.objects.count() == before


@pytest.mark.django_db
def test_a_list_s_page_offers_the_files_to_who_may_export_and_sees_it(company, client_of, now, ready_list):
    list_id, _ = ready_list
    seller, page = client_of("seller"), f"/prospecting/lists/{list_id}"
    shown = seller.get(page).content.decode()
    for agent in SalesAgent:
        assert f'href="{page}/{agent.value}.csv"' in shown
        answer = seller.get(f"{page}/{agent.value}.csv")
        assert (answer.status_code, answer["X-Rows-Left-Out"]) == (200, "2")
        head = b"".join(answer.streaming_content).decode().lstrip("\ufeff").splitlines()
        assert head == [",".join(columns_of(agent))]
    left = LedgerEntry.objects.filter(action="compliance.left", subject__startswith="agent:")
    assert left.count() == len(SalesAgent)
    assert seller.get(f"{page}/nobody.csv").status_code == 404
    assert client_of("liam").get(f"{page}/outreach.csv").status_code == 404
    officer = client_of("compliance")
    assert "outreach.csv" not in officer.get(page).content.decode()
    assert officer.get(f"{page}/outreach.csv").status_code == 403
    assert left.count() == len(SalesAgent)
