"""How fast a stop stops. `python -m benchmarks.bench_kill [--rounds N] [--workers N] [--full]`.

Worker processes let messages out through the gate as fast as they can, into a mail server on the loopback that takes
each message after a moment of its own (0 to 100 ms, as a server far away would). At a random moment everything is
stopped, 10 times, in full 100 times; then the same for the revocation of an agent that sends through the gate and calls
the API of a real web server. Prints the time from the press and from the commit to the last message taken by the mail
server, the last call answered, and the claims that the ledger shows after the stop. Ends with an error when the slowest
took a second or more, or anything was claimed afterwards. TANDEM_TEST_DATABASE=postgresql measures there.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.figures import chosen, print_table, read_sizes

if TYPE_CHECKING:
    from tandem.core.actors import Actor

QUICK, FULL, WORKERS, CALLERS = 10, 100, 4, 2
BUDGET_MS = 1_000.0
QUIET_SECONDS, LOAD_SECONDS, START_SECONDS = 1.1, (0.1, 0.8), 300.0
WIRE_SECONDS = 0.1
AHEAD = 5  # messages that a worker has cleared before it takes the first
_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One press, in milliseconds. after : claims that the ledger shows behind it"""

    press_to_commit: float
    press_to_last: float
    commit_to_last: float
    after: int


# --- an installation of its own ---


@contextmanager
def installation() -> Iterator[None]:
    """A migrated database and data folder, found by every process through the environment."""
    from tandem.config import testing

    with tempfile.TemporaryDirectory(prefix="tandem-kill-") as folder:
        os.environ["TANDEM_DATA_DIR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "tandem.config.settings"
        if os.environ.get("TANDEM_TEST_DATABASE") == "postgresql":
            os.environ.setdefault("TANDEM_DATABASE_URL", testing.start_postgresql())
        _django()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
        try:
            yield
        finally:
            _let_go()


def _let_go() -> None:
    """Close what this process holds of the database, which waits for it when it ends."""
    from django.db import connection

    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]


def _django() -> None:
    import django

    django.setup()


def now() -> datetime:
    """The time of day, for the rows."""
    return datetime.now(UTC)


def boss() -> Actor:
    """Who presses, revokes and lifts."""
    from tandem.access.models import Person
    from tandem.access.queries import actor_of_person
    from tests.outbound import set_up_sender

    set_up_sender()
    person, _ = Person.objects.get_or_create(
        email="olga@northwind.example", defaults={"name": "Olga", "role": "revops"}
    )
    found = actor_of_person(person.id)
    assert found is not None
    return found


# --- the mail server ---


def serve_mail(port: Any, taken: Any, last: Any) -> None:
    """Take every message after a moment; `last` is when the last one was taken, by the clock of this machine."""
    from aiosmtpd.controller import Controller

    dice = random.Random(5)

    class Sink:
        async def handle_DATA(self, _server: object, _session: object, _envelope: object) -> str:  # noqa: N802
            await asyncio.sleep(dice.random() * WIRE_SECONDS)
            last.value = time.monotonic()
            taken.value += 1
            return "250 taken"

    controller = Controller(Sink(), hostname="127.0.0.1", port=_free_port())
    controller.start()
    port.value = controller.port
    while True:
        time.sleep(60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- the workers ---


def send(number: int, port: int, orders: Any, ends: Any) -> None:
    """Let messages out as the agent that is ordered, until it may no more; then tell when the last was taken.

    orders : agent ids; 0 for the product's own worker, which is stopped by the button and goes on when it is lifted
    """
    _django()
    from tandem.compliance.queries import gate as reading
    from tandem.core.actors import Actor, ActorKind, built_in_agent

    reading.register_recipient_facts(_known)
    serial = 0
    while (agent := orders.get()) is not None:
        actor = built_in_agent("worker", "worker")
        if agent:
            actor = Actor(kind=ActorKind.AGENT, id=agent, name="sender", scopes=frozenset({"gate.send"}))
        serial, last = _send_as(actor, f"{number}:{agent}", serial, port)
        ends.put(last)


def _known(asked: Any) -> dict[Any, Any]:
    """Facts of everybody, so that nothing but a stop stands against a message."""
    from tandem.compliance.contracts.gate import RecipientFacts

    return {
        whom: RecipientFacts(
            subject=whom[0], country="US", region="OR", time_zone="America/Los_Angeles", kind="corporate_named",
            has_legal_dispute=False,
        )
        for whom in asked
    }  # fmt: skip


def _send_as(actor: Actor, who: str, serial: int, port: int) -> tuple[int, float]:
    """Send until refused for good (an agent) or for ever (the worker). The last moment a message was taken."""
    from tandem.compliance.actions import gate
    from tandem.core.errors import NotAllowed

    last = 0.0
    while True:
        asked = _ahead(who, serial, is_agent=bool(actor.id))
        serial += AHEAD
        try:
            answers = gate.decide_many(asked, actor=actor, now=now())
        except NotAllowed:
            return serial, last
        if all(answer.clearance is None for answer in answers):
            time.sleep(0.01)
        for one, answer in zip(asked, answers, strict=True):
            if answer.clearance is not None and (at := _out(one, answer.clearance, actor, port)):
                last = at


def _ahead(who: str, serial: int, *, is_agent: bool) -> list[Any]:
    """The next messages; a person has approved what an agent wants to say."""
    from tandem.access.models import Person
    from tandem.compliance.models import Approval
    from tandem.compliance.queries.gate import read_request
    from tests.outbound import request

    made = [
        request(
            f"p{who.replace(':', '-')}-{number}@kill.example",
            purpose="transactional",
            touch=f"bench:{who}:{number}",
        )
        for number in range(serial, serial + AHEAD)
    ]
    if is_agent:
        person = Person.objects.values_list("id", flat=True)[0]
        Approval.objects.bulk_create(
            Approval(
                content_hash=read_request(one).content.content_hash, touch=one.touch, is_yes=True, person_id=person,
                at=now(),
            )
            for one in made
        )  # fmt: skip
    return made


def _out(asked: Any, clearance: Any, actor: Actor, port: int) -> float:
    """One message through the gate; when it was taken, 0 when it was refused."""
    import smtplib

    from tandem.compliance.actions import gate
    from tandem.compliance.contracts.gate import ClearanceState
    from tandem.core.errors import NotAllowed

    with smtplib.SMTP("127.0.0.1", port) as server:
        server.ehlo_or_helo_if_needed()
        try:
            permit = gate.claim(clearance, asked.message, actor=actor, now=now())
            gate.check_hand_off(permit, actor=actor, now=now())
        except (gate.NotCleared, NotAllowed):
            return 0.0
        server.sendmail(asked.sender, [asked.address], permit.message)
        at = time.monotonic()
    gate.depart(permit, outcome=ClearanceState.DEPARTED, reference="250 taken", actor=actor, now=now())
    return at


def call(port: int, orders: Any, ends: Any) -> None:
    """Read accounts over the API with the token that is ordered until it is refused; tell when the last answer came."""
    while (token := orders.get()) is not None:
        last = 0.0
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/v1/accounts?limit=1", headers={"Authorization": f"Bearer {token}"}
        )
        with suppress(urllib.error.HTTPError):
            while True:
                with urllib.request.urlopen(asked, timeout=30) as answer:
                    answer.read()
                last = time.monotonic()
        ends.put(last)


# --- the measurements ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The mail server and the workers at work. taken, last : of the mail server; orders : one queue a worker"""

    taken: Any
    last: Any
    port: int
    orders: list[Any]
    ends: Any


@contextmanager
def floor(workers: int) -> Iterator[Floor]:
    """Start the mail server and the workers, and end them."""
    port, taken, last = _spawn.Value("i", 0), _spawn.Value("q", 0), _spawn.Value("d", 0.0)
    ends, orders = _spawn.Queue(), [_spawn.Queue() for _ in range(workers)]
    sink = _spawn.Process(target=serve_mail, args=(port, taken, last), daemon=True)
    sink.start()
    _wait(lambda: port.value > 0)
    started = [sink]
    for number, queue in enumerate(orders):
        worker = _spawn.Process(target=send, args=(number, port.value, queue, ends), daemon=True)
        worker.start()
        started.append(worker)
    try:
        yield Floor(taken=taken, last=last, port=port.value, orders=orders, ends=ends)
    finally:
        for process in reversed(started):  # the mail server last
            process.kill()
            process.join()


def _wait(until: Any, seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing moved within {seconds:.0f} s")
        time.sleep(0.005)


def press(rounds: int, workers: int, dice: random.Random) -> tuple[list[Round], float]:
    """Press the button again and again; also the messages a second that left between."""
    from tandem.compliance.actions import switches as actions
    from tandem.compliance.contracts.switches import SwitchScope
    from tandem.compliance.queries import switches as queries

    by, found, sent, loaded = boss(), [], 0, 0.0
    with floor(workers) as at_work:
        for queue in at_work.orders:
            queue.put(0)
        for _ in range(rounds):
            least = at_work.taken.value + workers
            _wait(lambda least=least: at_work.taken.value >= least)
            before, began = at_work.taken.value, time.monotonic()
            time.sleep(dice.uniform(*LOAD_SECONDS))
            sent, loaded = sent + at_work.taken.value - before, loaded + time.monotonic() - began
            pressed = time.monotonic()
            switch = actions.throw(SwitchScope.GLOBAL, "", reason="Measured", actor=by, now=now())
            committed = time.monotonic()
            time.sleep(QUIET_SECONDS)
            _wait(lambda: time.monotonic() - at_work.last.value > QUIET_SECONDS)
            last = max(at_work.last.value, pressed)
            after = queries.stop_report(switch, now=now()).claims_after
            found.append(_round(pressed, committed, last, after))
            _say(f"press {len(found)} of {rounds}: {found[-1].press_to_last:,.0f} ms")
            actions.lift(switch, reason="Measured", actor=by, now=now())
    return found, sent / loaded


def _round(pressed: float, committed: float, last: float, after: int) -> Round:
    return Round(
        press_to_commit=(committed - pressed) * 1000,
        press_to_last=max(last - pressed, 0.0) * 1000,
        commit_to_last=max(last - committed, 0.0) * 1000,
        after=after,
    )


def revoke(rounds: int, workers: int, dice: random.Random) -> tuple[list[Round], list[Round]]:
    """Revoke one agent after the other: until the last message of the gate, and until the last answer of the API."""
    from tandem.access import actions

    by, sent, called = boss(), [], []
    with floor(workers) as at_work, web_server() as port:
        orders, ends = [_spawn.Queue() for _ in range(CALLERS)], _spawn.Queue()
        callers = [_spawn.Process(target=call, args=(port, one, ends), daemon=True) for one in orders]
        for caller in callers:
            caller.start()
        for number in range(rounds):
            agent = actions.create_agent(
                name=f"sender-{number}", purpose="Sends", scopes=["gate.send", "accounts.read"], answerable_id=by.id,
                actor=by, now=now(),
            )  # fmt: skip
            token = actions.create_token(agent_id=agent, actor=by, now=now())
            before = at_work.taken.value
            for queue in at_work.orders:
                queue.put(agent)
            for queue in orders:
                queue.put(token)
            _wait(lambda least=before + workers: at_work.taken.value >= least)
            time.sleep(dice.uniform(*LOAD_SECONDS))
            pressed = time.monotonic()
            actions.revoke_agent(agent_id=agent, reason="Measured", actor=by, now=now())
            committed = time.monotonic()
            last_sent = max(at_work.ends.get(timeout=30) for _ in at_work.orders)
            last_answer = max(ends.get(timeout=30) for _ in orders)
            sent.append(_round(pressed, committed, last_sent, _claims_after(agent)))
            called.append(_round(pressed, committed, last_answer, 0))
            _say(f"revocation {number + 1} of {rounds}: {sent[-1].press_to_last:,.0f} ms")
        for caller in callers:
            caller.kill()
    return sent, called


def _claims_after(agent: int) -> int:
    """Claims of an agent that stand in the ledger behind its revocation."""
    from tandem.compliance.models import LedgerEntry

    entry = LedgerEntry.objects.get(subject=f"agent:{agent}", action="access.agent_revoked")
    return LedgerEntry.objects.filter(
        number__gt=entry.number, action="compliance.claimed", actor_kind="agent", actor_id=agent
    ).count()


@contextmanager
def web_server() -> Iterator[int]:
    """The real web server of this installation."""
    port = _free_port()
    workers = "2" if os.environ.get("TANDEM_DATABASE_URL") else "1"
    line = [sys.executable, "-m", "tandem.cli.main", "serve", "--port", str(port), "--workers", workers]
    server = subprocess.Popen(
        line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=Path(__file__).parent.parent
    )
    try:
        _wait(lambda: _answers(port))
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _say(told: str) -> None:
    """Where it stands, for those who watch."""
    print(told, file=sys.stderr, flush=True)


def _row(title: str, figures: list[float]) -> tuple[str, ...]:
    ordered = sorted(figures)
    return (title, *(f"{ordered[round(share * (len(ordered) - 1))]:,.1f}" for share in (0.5, 0.99, 1.0)))


def main() -> None:
    """Measure, print, and fail when a stop was too slow or did not hold."""
    sizes = read_sizes(__doc__, rounds=QUICK, workers=WORKERS)
    rounds = chosen(sizes.rounds, quick=QUICK, full=FULL, is_full=sizes.full)
    workers = sizes.workers or WORKERS
    dice = random.Random(11)
    with installation():
        stopped, rate = press(rounds, workers, dice)
        sent, called = revoke(rounds, workers, dice)
        database = "PostgreSQL" if os.environ.get("TANDEM_DATABASE_URL") else "SQLite"
    kinds = (("button", "message", stopped), ("revocation", "message", sent), ("revocation", "API answer", called))
    rows = []
    for what, of, found in kinds:
        rows.append(_row(f"{what}: press to commit", [one.press_to_commit for one in found]))
        rows.append(_row(f"{what}: commit to last {of}", [one.commit_to_last for one in found]))
        rows.append(_row(f"{what}: press to last {of}", [one.press_to_last for one in found]))
    title = f"{database}, {rounds} rounds, {workers} workers, {rate:,.0f} messages a second before each press; ms"
    print_table(title, ("measured", "p50", "p99", "most"), rows)
    every = [one for _, _, found in kinds for one in found]
    after = sum(one.after for one in every)
    slowest = max(one.press_to_last for one in every)
    print(f"\nClaimed after a stop: {after}. The slowest: {slowest:,.1f} ms of {BUDGET_MS:,.0f} ms allowed.")
    if after or slowest >= BUDGET_MS:
        sys.exit(1)


if __name__ == "__main__":
    main()
