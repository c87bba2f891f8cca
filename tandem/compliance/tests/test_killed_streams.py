"""A process that streams is killed again and again, at any moment: the receiver still gets every entry, in order."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tandem.compliance.tests.listeners import syslog_tcp

ENTRIES, KILLS = 3_000, 5
FILL = f"""
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tandem.compliance.actions import append_many
from tandem.core.actors import built_in_agent
for start in range(0, {ENTRIES}, 500):
    about = [(f"account:{{n}}", {{"words": "x" * 200}}) for n in range(start, start + 500)]
    append_many(actor=built_in_agent("worker", "worker"), action="a.done", about=about)
"""


@pytest.mark.chaos
def test_a_stream_that_is_killed_again_and_again_leaves_nothing_out(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "TANDEM_DATA_DIR": str(tmp_path),
        "TANDEM_DATABASE_URL": "",
        "TANDEM_OUTSIDE_HOSTS": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "tandem.config.settings",
    }
    subprocess.run([sys.executable, "-c", FILL], env=environment, check=True)
    dice = random.Random(5)
    with syslog_tcp() as receiver:
        command = [sys.executable, "-m", "tandem.cli.main", "ledger", "stream", "--name", "siem"]
        command += ["--syslog", f"127.0.0.1:{receiver.port}"]
        for _ in range(KILLS):
            before = len(receiver.messages)
            process = subprocess.Popen(command, env=environment)
            while len(receiver.messages) == before and process.poll() is None:
                time.sleep(0.001)
            time.sleep(dice.random() * 0.05)  # somewhere in the middle of a batch, or between two
            process.kill()
            process.wait()
        subprocess.run(command, env=environment, check=True)
        numbers = [
            json.loads(message.split(b"\xef\xbb\xbf", 1)[1])["event"]["sequence"] for message in receiver.messages
        ]
    seen: set[int] = set()
    for number in numbers:
        assert number == 1 or number - 1 in seen, f"{number} came before the one before it"
        seen.add(number)
    assert seen == set(range(1, ENTRIES + 2))  # entering the stream is an entry too
    assert len(numbers) >= len(seen)
