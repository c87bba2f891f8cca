"""Several processes suppress and ask at the same time: whoever asks after a no was kept hears it, and it is kept once."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.db import connection

from tandem.compliance import queries
from tandem.compliance.models import LedgerEntry, Suppression

PEOPLE = 40
START = """
import sys, time
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from datetime import UTC, datetime
from tandem.compliance import actions, queries
from tandem.compliance.contracts import Channel, SuppressionEntry, SuppressionReason
from tandem.core.actors import built_in_agent
WORKER, PEOPLE = built_in_agent("worker", "worker"), range(int(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
"""
SUPPRESS = (
    START
    + """
for number in PEOPLE:
    entry = SuppressionEntry(address=f"p{number}@acme.example", reason=SuppressionReason.UNSUBSCRIBE)
    actions.suppress(entry, source="race", actor=WORKER, now=datetime.now(UTC))
    print(number, time.monotonic(), flush=True)
"""
)
ASK = (
    START
    + """
while True:
    for number in PEOPLE:
        asked_at = time.monotonic()
        print(number, asked_at, queries.is_suppressed([f"P{number}+x@acme.example"], Channel.EMAIL) is not None)
    if queries.is_suppressed([f"p{len(PEOPLE) - 1}@acme.example"], Channel.EMAIL):
        break
"""
)


def start(script: str) -> subprocess.Popen[str]:
    call = [sys.executable, "-c", script, str(connection.settings_dict["NAME"]), str(PEOPLE)]
    return subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.django_db(transaction=True)
def test_nobody_who_asks_after_a_no_was_kept_misses_it() -> None:
    workers = [start(SUPPRESS), start(SUPPRESS), start(ASK)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        print(file=worker.stdin, flush=True)
    told = [worker.communicate(timeout=60)[0].splitlines() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    kept_at: dict[int, float] = {}
    for line in told[0] + told[1]:
        number, moment = line.split()
        kept_at[int(number)] = min(float(moment), kept_at.get(int(number), float("inf")))
    asks = [line.split() for line in told[2]]
    missed = [ask for ask in asks if float(ask[1]) > kept_at[int(ask[0])] and ask[2] != "True"]
    assert missed == []
    assert any(ask[2] == "True" for ask in asks)
    assert Suppression.objects.count() == LedgerEntry.objects.count() == PEOPLE
    assert queries.verify().holds
