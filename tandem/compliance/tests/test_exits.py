"""Data leaves by one door: while a switch stands nothing goes out, nothing is half written, and what left is on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tandem.access.actions import create_agent, create_token, revoke_agent
from tandem.compliance import actions
from tandem.compliance.actions import switches as switching
from tandem.compliance.contracts.switches import SwitchScope
from tandem.compliance.models import LedgerEntry
from tandem.core import archive, exits
from tandem.core.actors import Actor, ActorKind, built_in_agent
from tandem.core.errors import NotAllowed
from tests.architecture.doors import all_doors

if TYPE_CHECKING:
    from tests.company import Company

SHELL = built_in_agent("shell", "shell")


def files() -> list[str]:
    """Addresses of every file that the product gives out, new ones too."""
    return [
        door.address() for door in all_doors()
        if isinstance(door.right, tuple) and door.right[1] == "export" and door.method == "GET" and not door.parts
    ]  # fmt: skip


def throw(company: Company, now: datetime, scope: SwitchScope = SwitchScope.GLOBAL, key: str = "") -> int:
    return switching.throw(scope, key, reason="Outage", actor=company.actor("cleo"), now=now)


def left() -> int:
    return LedgerEntry.objects.filter(action="compliance.left").count()


@pytest.mark.parametrize(("scope", "key"), [(SwitchScope.GLOBAL, ""), (SwitchScope.CHANNEL, "export")])
def test_no_list_and_no_registry_leaves_as_a_file_while_exports_are_stopped(
    scope: SwitchScope, key: str, company: Company, client_of: Callable[..., Client], now: datetime
) -> None:
    client, addresses = client_of("revops"), files()
    assert len(addresses) >= 10
    for address in addresses:
        assert client.get(address).status_code == 200, address
    assert left() == len(addresses)
    switch = throw(company, now, scope, key)
    entries = LedgerEntry.objects.count()
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 403, address
        assert b"Outage" in answer.content
    assert LedgerEntry.objects.count() == entries, "nothing left, and nothing says it did"
    switching.lift(switch, reason="Over", actor=company.actor("cleo"), now=now)
    assert client.get(addresses[0]).status_code == 200


def test_neither_archive_nor_ledger_nor_registry_is_written_while_everything_is_stopped(
    company: Company, now: datetime, tmp_path: Path
) -> None:
    throw(company, now)
    with pytest.raises(NotAllowed, match="Outage"):
        archive.export_archive(tmp_path / "out", actor=SHELL)
    with pytest.raises(NotAllowed, match="Outage"):
        actions.export_ledger(tmp_path / "ledger.jsonl", actor=SHELL)
    with pytest.raises(NotAllowed, match="Outage"):
        actions.export_suppressions(tmp_path / "suppressions.csv", actor=company.actor("cleo"))
    assert list(tmp_path.iterdir()) == []
    assert left() == 0


def test_an_archive_that_is_stopped_in_the_middle_leaves_nothing_behind(
    company: Company, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exits, "LOOK_EVERY_SECONDS", 0.0)

    def stop_at_the_third(done: int, total: int | None, note: str) -> None:
        if done == 2:
            throw(company, now)

    with pytest.raises(NotAllowed, match="Outage"):
        archive.export_archive(tmp_path / "out", actor=SHELL, progress=stop_at_the_third)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_being_streamed_breaks_off_when_the_switch_is_thrown(
    company: Company, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exits, "LOOK_EVERY_SECONDS", 0.0)

    def rows() -> Iterator[int]:
        yield from range(3)
        throw(company, now)
        yield from range(100)

    got: list[int] = []
    with pytest.raises(NotAllowed):
        for item in exits.watched(SHELL, rows(), what="list:deals"):
            got.append(item)
    assert got == [0, 1, 2]


def test_writes_into_other_systems_and_answers_of_tools_have_switches_of_their_own(
    company: Company, now: datetime
) -> None:
    throw(company, now, SwitchScope.CHANNEL, "crm_write")
    throw(company, now, SwitchScope.REGION, "DE")
    for refused in ({"road": exits.CRM_WRITE, "what": "crm:hubspot"}, {"what": "list:people", "places": ("DE",)}):
        with pytest.raises(NotAllowed):
            exits.leave(SHELL, **refused)  # type: ignore[arg-type]
    exits.leave(SHELL, road=exits.TOOL, what="tool:account_brief", places=("FR",))
    exits.leave(SHELL, what="list:deals")
    assert left() == 2
    with pytest.raises(ValueError, match="no road"):
        exits.leave(SHELL, road="carrier pigeon", what="list:deals")


def test_an_agent_that_is_stopped_or_revoked_gets_nothing_from_the_api(company: Company, now: datetime) -> None:
    boss = company.actor("revops")
    number = create_agent(
        name="reader", purpose="Reads", scopes=["accounts.read"], answerable_id=boss.id, actor=boss, now=now
    )
    token = create_token(agent_id=number, actor=boss, now=now)
    call = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    assert Client().get("/api/v1/accounts", **call).status_code == 200  # type: ignore[arg-type]
    switch = throw(company, now, SwitchScope.AGENT, str(number))
    assert Client().get("/api/v1/accounts", **call).status_code == 403  # type: ignore[arg-type]
    switching.lift(switch, reason="Over", actor=boss, now=now)
    assert Client().get("/api/v1/accounts", **call).status_code == 200  # type: ignore[arg-type]
    revoke_agent(agent_id=number, reason="Misbehaves", actor=boss, now=now)
    assert Client().get("/api/v1/accounts", **call).status_code == 401  # type: ignore[arg-type]
    agent = Actor(kind=ActorKind.AGENT, id=number, name="reader", scopes=frozenset({"accounts.read"}))
    with pytest.raises(NotAllowed, match="revoked"):
        exits.leave(agent, road=exits.TOOL, what="tool:account_brief")
