"""Kill the workers that send, at random moments, and count what arrived.

`python -m benchmarks.bench_outreach_crash` kills 50 times, `--full` 1,000 times; `--database postgresql` runs it there.
A mail server on this machine counts what it takes, and refuses for now, refuses for good, hangs and breaks off at every
stage of the conversation. While workers die, people unsubscribe. At the end each message is where it belongs: once at
the server, or certainly not, or with a person; and nobody who had said no was written to.
Workers are forked from this process, which itself never opens a database connection.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

from benchmarks.figures import chosen, print_table
from benchmarks.made_outreach import add_people, prepare, start_clock, warm_up
from tests.smtp_sink import Fault, SmtpSink

FORKS = multiprocessing.get_context("fork")
WORKERS = 2
TOUCHES_AT_ONCE = 300
AHEAD = 150  # touches that wait while workers are killed, so that a kill hits work
LEASE = timedelta(seconds=2)
CLAIM_LOST_AFTER = timedelta(seconds=2)
SECONDS, HANG_SECONDS = 0.4, 0.9  # a client waits, a server hangs
FAULT_SHARE = 0.2
REFUSING_SECONDS = (0.1, 1.5)  # from one person's no to the next
NEXT_ONES = 25  # of those who are written to next, so that a no meets a hand-off
WIRE_SECONDS = 1.0  # from the last look to the last byte at most
FULL_KILLS, SOME_KILLS = 1_000, 50
SAYS_EVERY = 50  # kills
LOOKS_EVERY = 20  # kills from one look at what waits to the next
LONGEST_WAIT = 10.0  # seconds between two kills
GIVE_UP_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What happened. Everything from `twice` on must be zero.

    touches : messages that were due; taken : mails the server keeps; faults : conversations that it spoilt
    sent, uncertain, refused, left_out : how the touches stand; uncertain ones wait for a person in the queue
    twice : messages the server got more than once; lost : touches that stand nowhere, or that count as sent and never
        arrived, or as refused although the server would have taken them
    unknown : mails that arrived and whose touch says otherwise
    to_suppressed : messages claimed after their recipient had said no, or that arrived a second later
    not_with_a_person : uncertain touches that no person can see; fell_over : workers that died by themselves
    """

    database: str
    kills: int
    seconds: float
    touches: int
    taken: int
    faults: int
    suppressed: int
    sent: int
    uncertain: int
    refused: int
    left_out: int
    twice: int
    lost: int
    unknown: int
    to_suppressed: int
    not_with_a_person: int
    fell_over: int

    @property
    def is_good(self) -> bool:
        """Nothing twice, nothing lost, nothing to whoever said no, nothing that nobody knows of."""
        wrong = (self.twice, self.lost, self.unknown, self.to_suppressed, self.not_with_a_person, self.fell_over)
        return not any(wrong)


class Faults:
    """Which conversation goes wrong and how; the same for the same seed, recipient and try."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.tries: Counter[str] = Counter()
        self.count = 0
        self.asked = 0

    def __call__(self, recipient: str) -> Fault:
        """The fault of the next try."""
        self.tries[recipient] += 1
        self.asked += bool(recipient)
        chance = random.Random(f"{self.seed}:{recipient}:{self.tries[recipient]}")
        if chance.random() >= FAULT_SHARE:
            return Fault.NONE
        if not recipient:
            return Fault.GREETING_CLOSED if chance.random() < 0.2 else Fault.NONE
        self.count += 1
        return chance.choice([one for one in Fault if one not in (Fault.NONE, Fault.GREETING_CLOSED)])


def _in_child(work: Callable[[], None]) -> ForkProcess:
    child = FORKS.Process(target=work)
    child.start()
    return child


def _do(work: Callable[[], None]) -> None:
    child = _in_child(work)
    child.join()
    if child.exitcode:
        raise RuntimeError(f"A process that prepares or reads ended with {child.exitcode}")


def _answer_of(read: Callable[[], Any]) -> Any:
    here, there = FORKS.Pipe(duplex=False)
    child = _in_child(lambda: there.send(read()))
    there.close()  # so that a child that ends without an answer ends the reading too
    found = here.recv()  # before the child is waited for: a long answer fills the pipe, and it would never end
    child.join()
    return found


def _shorten_waits() -> None:
    """Tries follow each other soon; set before anybody is forked."""
    from tandem.engagement.actions import concluding

    concluding.FIRST_WAIT = timedelta(milliseconds=200)
    concluding.LONGEST_WAIT = timedelta(seconds=2)
    concluding.LINE_WAIT = timedelta(milliseconds=200)
    concluding.ASK_AGAIN = timedelta(milliseconds=100)
    concluding.MOST_ATTEMPTS = 10_000


def _work() -> None:
    """A worker, until it is killed."""
    from tandem.compliance.actions.gate import end_lost_claims
    from tandem.core import clock
    from tandem.core.actors import built_in_agent
    from tandem.engagement.actions.dispatch import dispatch_due

    actor = built_in_agent("worker", "worker")
    random.seed(os.getpid())
    while True:
        end_lost_claims(actor=actor, now=clock.now(), older_than=CLAIM_LOST_AFTER)
        done = dispatch_due(actor=actor, now=clock.now(), limit=random.randint(3, 20), moment=clock.now, lease=LEASE)
        if not done.taken:
            time.sleep(0.05)


def _refuse(said: Path) -> None:
    """People who are next unsubscribe; each is noted with its ledger entry and the moment at which it held."""
    from tandem.compliance.actions import suppress
    from tandem.compliance.contracts import SuppressionEntry, SuppressionReason
    from tandem.compliance.models import LedgerEntry
    from tandem.core import clock
    from tandem.core.actors import built_in_agent
    from tandem.engagement.models import Touch

    actor, chance, told = built_in_agent("worker", "worker"), random.Random(7), set()
    entries = LedgerEntry.objects.filter(action="compliance.suppressed").order_by("-number")
    next_ones = Touch.objects.filter(state="ready").order_by("due_at", "id").values_list("contact__email", flat=True)
    with said.open("a", encoding="utf-8") as notes:
        while True:
            time.sleep(chance.uniform(*REFUSING_SECONDS))
            address = chance.choice([*next_ones[:NEXT_ONES], ""])
            if not address or address in told:
                continue
            told.add(address)
            entry = SuppressionEntry(address=address, reason=SuppressionReason.UNSUBSCRIBE)
            suppress(entry, source="link", actor=actor, now=clock.now())
            held = time.time()
            notes.write(f"{address} {entries.values_list('number', flat=True)[0]} {held}\n")
            notes.flush()


def _open_touches() -> int:
    """How many wait to be sent or are in a worker's hands."""
    from django.db.models import Q

    from tandem.engagement.models import Touch

    return Touch.objects.filter(Q(state="ready") | ~Q(claim="")).count()


def _read() -> dict[str, Any]:
    """What stands in the books once all is over."""
    from django.db import connection

    from tandem.access.models import Person
    from tandem.compliance.models import Clearance, LedgerEntry
    from tandem.core.actors import Actor, ActorKind
    from tandem.engagement.models import Touch
    from tandem.engagement.queries.uncertain import list_uncertain

    olga = Person.objects.get(role="revops")
    actor = Actor(kind=ActorKind.PERSON, id=olga.id, name=olga.name, role="revops")
    claims = LedgerEntry.objects.filter(action="compliance.claimed").values_list("number", "facts")
    return {
        "database": connection.vendor,
        "touches": list(Touch.objects.values_list("key", "state", "message_id", "contact__email", "why")),
        "claims": {json.loads(facts)["touch"]: number for number, facts in claims},
        "with_a_person": {one.touch_key for one in list_uncertain(actor, limit=None) if one.clearance_id},
        "open_claims": Clearance.objects.filter(state="claimed").count(),
    }


class _Crew:
    """The running workers; a killed one is replaced at once."""

    def __init__(self) -> None:
        self.members = [_in_child(_work) for _ in range(WORKERS)]
        self.kills = self.fell_over = 0

    def strike(self, chance: random.Random) -> None:
        """Kill one worker."""
        place = chance.randrange(WORKERS)
        victim = self.members[place]
        self.fell_over += not victim.is_alive()
        victim.kill()
        victim.join()
        self.kills += 1
        self.members[place] = _in_child(_work)

    def dismiss(self) -> None:
        """Kill the rest: nothing is left to do."""
        for member in self.members:
            self.fell_over += not member.is_alive()
            member.kill()
            member.join()


def run(kills: int, *, seed: int, say: Callable[[str], None] = lambda told: None) -> Report:
    """Kill workers `kills` times while they send, let them finish, and compare the server's books with ours."""
    began, chance, plan = time.time(), random.Random(seed), Faults(seed)
    start_clock(began)
    _shorten_waits()
    warm_up()
    with tempfile.TemporaryDirectory() as folder, SmtpSink(plan, hang_seconds=HANG_SECONDS) as sink:
        said = Path(folder) / "refusals"
        said.touch()
        _do(lambda: prepare(sink.port, seconds=SECONDS))
        _do(lambda: add_people(1, TOUCHES_AT_ONCE))
        crew, refuser = _Crew(), _in_child(lambda: _refuse(said))
        try:
            for killed in _struck(crew, plan, chance, kills):
                say(f"{killed:,} of {kills:,} killed, {len(sink.taken):,} mails taken, {time.time() - began:.0f} s")
            deadline = time.monotonic() + GIVE_UP_SECONDS
            while time.monotonic() < deadline and _answer_of(_open_touches):
                time.sleep(1)
        finally:
            crew.fell_over += not refuser.is_alive()
            crew.dismiss()
            refuser.kill()
            refuser.join()
        books, refusals = _answer_of(_read), _refusals(said)
        return _judged(books, sink, plan, refusals, crew.kills, crew.fell_over, time.time() - began)


def _struck(crew: _Crew, plan: Faults, chance: random.Random, kills: int) -> Iterator[int]:
    """Kill as often as asked, with work for those who are killed; how many were, now and then."""
    is_idle, added = False, TOUCHES_AT_ONCE
    while crew.kills < kills:
        if (is_idle or crew.kills % LOOKS_EVERY == 0) and _answer_of(_open_touches) < AHEAD:
            _do(lambda first=added + 1: add_people(first, TOUCHES_AT_ONCE))  # type: ignore[misc]
            added += TOUCHES_AT_ONCE
        is_idle = not _works(plan, chance)
        crew.strike(chance)
        if crew.kills % SAYS_EVERY == 0:
            yield crew.kills


def _works(plan: Faults, chance: random.Random) -> bool:
    """Wait until some more messages were begun, and then for a moment, wherever that is; False: none was begun."""
    before, wanted, until = plan.asked, chance.randint(1, 3), time.monotonic() + LONGEST_WAIT
    while plan.asked < before + wanted and time.monotonic() < until:
        time.sleep(0.001)
    time.sleep(chance.uniform(0.0, 0.1))
    return plan.asked > before


def _refusals(said: Path) -> dict[str, tuple[int, float]]:
    """By address: ledger entry and moment of the first no."""
    found: dict[str, tuple[int, float]] = {}
    for line in said.read_text(encoding="utf-8").splitlines():
        address, entry, moment = line.split()
        found[address] = (int(entry), float(moment))
    return found


def _judged(
    books: Mapping[str, Any],
    sink: SmtpSink,
    plan: Faults,
    refusals: Mapping[str, tuple[int, float]],
    kills: int,
    fell_over: int,
    seconds: float,
) -> Report:
    times = Counter(one.message_id for one in sink.taken)
    arrived_at = {one.message_id: one.at for one in sink.taken}
    states = Counter(state for _, state, _, _, _ in books["touches"])
    lost = unknown = leaks = unseen = 0
    for key, state, message_id, email, why in books["touches"]:
        is_there = message_id in times
        lost += state not in ("sent", "uncertain", "refused", "skipped") or (state == "sent" and not is_there)
        lost += state == "refused" and not any(code in why for code in ("550 5.1.1", "554 5.7.1"))
        unknown += is_there and state not in ("sent", "uncertain")
        unseen += state == "uncertain" and key not in books["with_a_person"]
        entry, moment = refusals.get(email, (sys.maxsize, float("inf")))
        leaks += books["claims"].get(key, 0) > entry or arrived_at.get(message_id, 0.0) > moment + WIRE_SECONDS
    return Report(
        database=books["database"],
        kills=kills,
        seconds=seconds,
        touches=len(books["touches"]),
        taken=len(sink.taken),
        faults=plan.count,
        suppressed=len(refusals),
        sent=states["sent"],
        uncertain=states["uncertain"],
        refused=states["refused"],
        left_out=states["skipped"],
        twice=sum(count > 1 for count in times.values()),
        lost=lost,
        unknown=unknown + books["open_claims"],
        to_suppressed=leaks,
        not_with_a_person=unseen,
        fell_over=fell_over,
    )


WORDS: Mapping[str, str] = {
    "database": "Database", "kills": "Workers killed", "seconds": "Seconds", "touches": "Messages due",
    "taken": "Mails the server took", "faults": "Conversations the server spoilt", "suppressed": "People who said no",
    "sent": "Stand as sent", "uncertain": "Uncertain, with a person", "refused": "Stand as refused",
    "left_out": "Left out by the gate", "twice": "Arrived twice", "lost": "Lost", "unknown": "Arrived, and nobody knows",
    "to_suppressed": "To somebody who had said no", "not_with_a_person": "Uncertain, and with nobody",
    "fell_over": "Workers that fell over by themselves",
}  # fmt: skip


def main() -> int:
    """Run it and print the report; 1 when anything is lost, twice, unknown or sent to whoever said no."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, help=f"{SOME_KILLS} unless said")
    parser.add_argument("--full", action="store_true", help=f"{FULL_KILLS:,} kills")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.database == "postgresql":
        os.environ["TANDEM_TEST_DATABASE"] = "postgresql"
    import tandem.config.testing  # noqa: F401  a throw-away data folder or server

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tandem.config.settings")
    import django

    django.setup()
    kills = chosen(given.kills, quick=SOME_KILLS, full=FULL_KILLS, is_full=given.full)
    report = run(kills, seed=given.seed, say=lambda told: print(told, flush=True))
    rows = [(WORDS[one.name], _shown(getattr(report, one.name))) for one in fields(report)]
    print_table("Workers killed while they send", ("", "count"), rows)
    print("\nNothing twice, nothing lost, nothing to whoever said no." if report.is_good else "\nIT DOES NOT HOLD.")
    return 0 if report.is_good else 1


def _shown(value: object) -> str:
    return f"{value:,.0f}" if isinstance(value, (int, float)) else str(value)


if __name__ == "__main__":
    sys.exit(main())
