"""Kill the worker that carries a run of the pipeline at random points, let a last one finish, and read the books.

`python -m tandem.prospecting.tests.kill_pipeline --kills 8` prints a report; `TANDEM_TEST_DATABASE=postgresql` runs it
there. Two providers that charge are played on the loopback by this process, which itself never opens a database
connection; workers are forked from it. Stages that need signals or a model are played; those that ask and pay, and all
that is written between them, are the product's own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from multiprocessing.context import ForkProcess
from typing import Any

from tandem.prospecting.tests.outside_servers import Heard, Outside, Reply, outside

FORKS = multiprocessing.get_context("fork")
WORDS = (
    "amber birch cobalt dahlia gravel falcon granite harbour indigo jasper kestrel lantern meadow nectar onyx pepper "
    "quartz raven saffron timber hazel velvet willow xenon yarrow zephyr acorn basalt cedar dune elm fern garnet "
    "heather iris juniper kelp lotus marble nutmeg"
).split()  # unlike enough that nobody is taken for somebody else
ACCOUNTS = len(WORDS)
ROWS_AT_ONCE = 5  # many small stretches: many places to die
LEASE_SECONDS = 1.0
ANSWER_SECONDS = 0.01
GIVE_UP_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What happened. Everything from `lost` on must be zero.

    kills : workers that died while the run went on; cut_off : questions whose end nobody knows, counted as charged
    lost : accounts that did not end ready; asked_twice : questions a provider heard more than once
    off_the_books : charges of a provider that we do not know of; made_up : answers on our books that it never gave
    not_brought_in : paid answers without their record; done_twice : runs ended, or rows and entries made, once too often
    """

    database: str
    kills: int
    asked: int
    cut_off: int
    seconds: float
    lost: int
    asked_twice: int
    off_the_books: int
    made_up: int
    not_brought_in: int
    done_twice: int

    @property
    def is_good(self) -> bool:
        """Nothing lost, nothing paid twice, nothing unknown."""
        wrong = (self.lost, self.asked_twice, self.off_the_books, self.made_up, self.not_brought_in, self.done_twice)
        return not any(wrong)


def _answer(heard: Heard) -> Reply:
    """Apollo tells of a company by its domain, Kickbox of an address."""
    if heard.path == "/verify":
        told = {"success": True, "result": "deliverable", "reason": "accepted_email", "email": heard.query["email"]}
        return Reply(body=told, hang=ANSWER_SECONDS)
    domain = heard.query["domain"]
    company = {"id": f"apollo-{domain}", "name": domain.partition(".")[0].replace("-", " ").title(), "primary_domain": domain,
               "industry": "Pumps", "estimated_num_employees": 250}  # fmt: skip
    return Reply(body={"organization": company}, hang=ANSWER_SECONDS)


def _about(heard: Heard) -> str:
    return heard.query.get("email") or heard.query["domain"]


def _in_child(work: Callable[[], None]) -> ForkProcess:
    child = FORKS.Process(target=work)
    child.start()
    return child


def _do(work: Callable[[], None]) -> None:
    child = _in_child(work)
    child.join()
    if child.exitcode:
        raise RuntimeError(f"A process that prepares or reads ended with {child.exitcode}")


def _prepare(url: str) -> None:
    """The small company, forty accounts with a contact each, two providers, and a run over them."""
    from django.core.management import call_command

    from tandem.accounts.contracts import Entity
    from tandem.accounts.models import Account
    from tandem.compliance import actions as compliance
    from tandem.core import clock, secrets
    from tandem.prospecting.actions import bringing_in, lists, pipeline
    from tandem.prospecting.connectors.base import FoundRow
    from tandem.prospecting.models import ProviderAccount
    from tests.company import build

    call_command("migrate", verbosity=0, interactive=False)
    company, now = build(), clock.now()
    actor, firms, people = company.actor("revops"), [], []
    for number, word in enumerate(WORDS):
        domain, name, key = f"{word}-pumps.com", f"{word.title()} Pumps", str(number)
        first, last = WORDS[number - 7].title(), WORDS[number - 19].title()
        firms.append(FoundRow(entity="account", key=key, fields={"name": name, "domain": domain}))
        told = {"first_name": first, "last_name": last, "email": f"{first}.{last}@{domain}".lower(),
                "account_domain": domain, "account_name": name, "country": "US"}  # fmt: skip
        people.append(FoundRow(entity="contact", key=key, fields=told))
    bringing_in._land_rows("firms", Entity.ACCOUNT, firms, now=now, progress=None)
    bringing_in._land_rows("firms", Entity.CONTACT, people, now=now, progress=None)
    ids = list(Account.objects.filter(domain__endswith="-pumps.com").order_by("id").values_list("id", flat=True))
    compliance.add_vendor(
        name="Kickbox", service="checks", regions="US", sees_personal_data=False,
        review_on=now.date() + timedelta(days=300), actor=actor, now=now,
    )  # fmt: skip
    for key in ("apollo", "kickbox"):
        ProviderAccount.objects.create(
            key=key, is_on=True, sealed_key=secrets.seal("live_key_1"), base_address=url, updated_at=now
        )
    pipeline.start_run(lists.list_from_accounts("All", ids, actor=actor, now=now).list_id, actor=actor, now=now)


def _play_stages() -> None:
    """Stages around the paid ones, and a short lease; set before anybody is forked."""
    from tandem.accounts.models import Account, Contact
    from tandem.core.jobs import list_tasks, registry
    from tandem.prospecting.actions import pipeline, stages
    from tandem.prospecting.actions.stages import Outcome, Work
    from tandem.prospecting.actions.verification import check_contacts
    from tandem.prospecting.domain.pipeline import Stage

    def told(facts: Mapping[str, Any]) -> Callable[[Work], dict[int, Outcome]]:
        return lambda work: {pk: Outcome(facts=facts) for pk in work.ids}

    def contacts(work: Work) -> dict[int, Outcome]:
        domains = dict(Account.objects.filter(id__in=work.ids).values_list("id", "domain"))
        people = {email.partition("@")[2]: pk for pk, email in Contact.objects.values_list("id", "email")}
        return {pk: Outcome(facts={"candidates": [people[domains[pk]]]}) for pk in work.ids}

    def verify(work: Work) -> dict[int, Outcome]:
        people = {pk: list(work.facts[pk]["candidates"]) for pk in work.ids}
        check_contacts([one for some in people.values() for one in some], actor=work.actor, now=work.now)
        return {pk: Outcome(facts={"usable": some}) for pk, some in people.items()}

    def gate(work: Work) -> dict[int, Outcome]:
        return {pk: Outcome(facts={"contacts": work.facts[pk]["usable"]}) for pk in work.ids}

    played = {
        Stage.RESEARCH: told({"quality": 0.8}), Stage.STAKEHOLDERS: told({}), Stage.CONTACTS: contacts,
        Stage.VERIFY: verify, Stage.GATE: gate,
    }  # fmt: skip
    stages.STAGES = {**stages.STAGES, **played}
    pipeline.ROWS_AT_ONCE = ROWS_AT_ONCE
    own = list_tasks()[pipeline.TASK]
    registry._tasks[pipeline.TASK] = replace(own, lease_seconds=LEASE_SECONDS, max_tries=10_000)


def _work() -> None:
    """A worker, until it is killed or the run is over."""
    from tandem.core.jobs import worker
    from tandem.prospecting.models import PipelineRun, RunPhase

    deadline = time.monotonic() + GIVE_UP_SECONDS
    while time.monotonic() < deadline and PipelineRun.objects.filter(phase=RunPhase.RUNNING).exists():
        if not worker.run_next():
            time.sleep(0.02)


def _read(send: Callable[[Any], None]) -> None:
    """What stands on the books once all is over."""
    from django.db import connection

    from tandem.accounts.models import Account, Contact, SourceRecord
    from tandem.compliance.models import LedgerEntry
    from tandem.core import clock
    from tandem.prospecting.actions.bringing_in import bring_in_answers
    from tandem.prospecting.models import EntryState, ListEntry, PipelineRow, ProviderCall, RowState, RunPhase

    bring_in_answers(now=clock.now())
    words = {f"account:{pk}": domain for pk, domain in Account.objects.values_list("id", "domain")}
    words |= {f"contact:{pk}": email for pk, email in Contact.objects.values_list("id", "email")}
    rows = PipelineRow.objects.filter(run__phase=RunPhase.DONE)
    calls = ProviderCall.objects.values_list("subject", "state", "price")
    ready = ListEntry.objects.filter(state=EntryState.READY)
    send({
        "database": connection.vendor,
        "ready": rows.filter(state=RowState.READY).values("account").distinct().count(),
        "spare": (rows.count() - ACCOUNTS) + (ready.count() - ACCOUNTS)
        + (LedgerEntry.objects.filter(action="prospecting.run_done").count() - 1),
        "calls": [(words[subject], state, float(price)) for subject, state, price in calls],
        "records": SourceRecord.objects.filter(source__key="apollo").count(),
    })  # fmt: skip


def _kill_one(server: Outside, chance: random.Random) -> bool:
    """Start a worker and kill it: shortly after it asked something, or at any moment. True: it was at work."""
    before, child = len(server.heard), _in_child(_work)
    wanted = chance.randint(1, 6)
    until = time.monotonic() + (GIVE_UP_SECONDS if chance.random() < 0.7 else LEASE_SECONDS + chance.uniform(0.1, 1.0))
    while child.is_alive() and len(server.heard) < before + wanted and time.monotonic() < until:
        time.sleep(0.001)
    time.sleep(chance.uniform(0, 3 * ANSWER_SECONDS))
    child.kill()
    child.join()
    return child.exitcode != 0


def run(kills: int, *, seed: int) -> Report:
    """Kill workers `kills` times, then let one finish and compare the providers' books with ours."""
    began, chance = time.monotonic(), random.Random(seed)
    _play_stages()
    with outside() as server:
        from django.conf import settings

        server.answerer, settings.OUTSIDE_HOSTS = _answer, [server.host]
        _do(lambda: _prepare(server.url))
        killed = sum(_kill_one(server, chance) for _ in range(kills))
        _do(_work)
        here, there = FORKS.Pipe(duplex=False)
        _do(lambda: _read(there.send))
        found, heard = here.recv(), Counter(_about(one) for one in server.heard)
    calls = found["calls"]
    booked = Counter(word for word, _, price in calls if price)
    answered = {word for word, state, _ in calls if state == "answered"}
    return Report(
        database=found["database"],
        kills=killed,
        asked=heard.total(),
        cut_off=sum(state != "answered" for _, state, _ in calls),
        seconds=time.monotonic() - began,
        lost=ACCOUNTS - found["ready"],
        asked_twice=sum(times > 1 for times in heard.values()) + sum(times > 1 for times in booked.values()),
        off_the_books=len(set(heard) - set(booked)),
        made_up=len(answered - set(heard)),
        not_brought_in=sum("@" not in word for word in answered) - found["records"],
        done_twice=found["spare"],
    )


def main() -> int:
    """Run it and print the report; 1 when something was lost or paid twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=8, help="how many SIGKILLs")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    import tandem.config.testing  # noqa: F401  a throw-away data folder or server

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tandem.config.settings")
    import django

    django.setup()
    report = run(given.kills, seed=given.seed)
    sys.stdout.write(" ".join(f"{name}={value}" for name, value in asdict(report).items()) + "\n")
    return 0 if report.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
