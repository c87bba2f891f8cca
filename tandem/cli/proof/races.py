"""Races: processes send while others say no for the same people and press the red button; some are killed."""

from __future__ import annotations

import json
import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from tandem.cli.proof.scratch import CHILD, Scratch
from tandem.cli.proof.sink import Sink
from tandem.core.errors import AppError

PEOPLE = 900
STEPS = 6  # touches a person; each may leave once
SENDERS, REFUSERS = 4, 2
KILL_EVERY = 2.5  # seconds
LINGER = 0.25  # seconds between claim and wire at most
WORKING_HOUR = 14


class _Process:
    """One child and what it said."""

    def __init__(self, env: Mapping[str, str], told: Mapping[str, Any], said: Callable[[dict[str, Any]], None]) -> None:
        self.child = subprocess.Popen(  # noqa: S603  our own program
            [*CHILD, "race", json.dumps(told)], env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.ready = threading.Event()
        self.errors: list[str] = []
        self._said = said
        for stream, work in ((self.child.stdout, self._listen), (self.child.stderr, self._note)):
            threading.Thread(target=work, args=(stream,), daemon=True).start()

    def _listen(self, stream: IO[str]) -> None:
        for line in stream:
            if not line.endswith("\n"):  # it was killed while it spoke
                return
            told = json.loads(line)
            if told.get("ready"):
                self.ready.set()
            self._said(told)
        self.ready.set()

    def _note(self, stream: IO[str]) -> None:
        self.errors.extend(stream)


class Race:
    """One race on one scratch database."""

    def __init__(self, env: Mapping[str, str], *, seconds: float, seed: int, people: int = PEOPLE) -> None:
        self.env, self.seconds, self.people = env, seconds, people
        self.dice = random.Random(seed)  # noqa: S311  repeatable, not secret
        self.counts: Counter[str] = Counter()
        self.ways: Counter[str] = Counter()
        self.failures: list[str] = []
        self._last: dict[str, Any] = {}
        self._lock = threading.Lock()

    def run(self, progress: Callable[[float], None] = lambda _: None) -> dict[str, Any]:
        """Let them race, then read the verdict."""
        self._call({"role": "build", "people": self.people})
        with Sink() as sink:
            self._race(sink, progress)
            arrivals = [asdict(one) for one in sink.arrivals]
        file = Path(self.env["TANDEM_DATA_DIR"]) / "arrivals.json"
        file.write_text(json.dumps(arrivals), encoding="utf-8")
        self._call({"role": "judge", "people": self.people, "arrivals": str(file)})
        found: dict[str, Any] = self._last["report"]
        found["leaks"] += self.failures
        return {
            **found,
            "seconds": self.seconds,
            "senders": SENDERS,
            "killed": self.counts["killed"],
            "stopped_at_the_last_look_or_claim": self.counts["refused"],
            "ways": dict(self.ways),
        }

    def _race(self, sink: Sink, progress: Callable[[float], None]) -> None:
        senders = [self._sender(sink) for _ in range(SENDERS)]
        others = self._others()
        for process in (*senders, *others):
            process.ready.wait(120)
        start = killed_at = time.monotonic()
        while (now := time.monotonic()) - start < self.seconds:
            time.sleep(0.05)
            progress(min(now - start, self.seconds))
            at_work = [place for place, sender in enumerate(senders) if sender.ready.is_set()]
            if now - killed_at >= KILL_EVERY and len(at_work) > 1:  # one goes on while another one starts
                killed_at = now
                place = self.dice.choice(at_work)
                senders[place].child.kill()
                self.counts["killed"] += 1
                self._look(senders[place])
                senders[place] = self._sender(sink)
        for process in (*senders, *others):
            process.child.kill()
            process.child.wait()
            self._look(process)

    def _look(self, process: _Process) -> None:
        """A child that fell over by itself is a failure of the proof."""
        if process.errors:
            self.failures.append(f"a process failed: {process.errors[-1].strip()}")

    def _sender(self, sink: Sink) -> _Process:
        return self._start(
            {"role": "send", "port": sink.port, "steps": STEPS, "linger": LINGER, "ahead": _ahead().total_seconds()}
        )

    def _others(self) -> list[_Process]:
        numbers = list(range(self.people))
        self.dice.shuffle(numbers)
        pause = self.seconds / (self.people / REFUSERS) / 2
        return [
            *(
                self._start({"role": "refuse", "citizens": numbers[place::REFUSERS], "pause": pause})
                for place in range(REFUSERS)
            ),
            self._start({"role": "stop", "pause": 1.2, "stands": 0.4}),
        ]

    def _start(self, told: dict[str, Any]) -> _Process:
        return _Process(self.env, {"people": self.people, "seed": self.dice.randrange(2**31), **told}, self._hear)

    def _hear(self, told: dict[str, Any]) -> None:
        with self._lock:
            self.counts.update(name for name in ("sent", "refused", "no", "stop") if name in told)
            if "way" in told:
                self.ways[told["way"]] += 1
            self._last = told

    def _call(self, told: dict[str, Any]) -> None:
        process = self._start(told)
        process.child.wait()
        process.ready.wait(20)
        if process.child.returncode:
            raise AppError(f"A process of the race failed: {''.join(process.errors[-1:]).strip()}")


def _ahead() -> timedelta:
    """From now to half past two in the afternoon, UTC, of a coming Tuesday: a working hour in Berlin and New York."""
    now = datetime.now(UTC)
    day = now + timedelta(days=(1 - now.weekday()) % 7 or 7)
    return day.replace(hour=WORKING_HOUR, minute=30) - now


def run_race(
    scratch: Scratch, *, seconds: float, seed: int, progress: Callable[[float], None] = lambda _: None
) -> dict[str, Any]:
    """A race of so many seconds on a fresh database. Raises AppError when it can't be held."""
    env = scratch.fresh("race")
    return Race(env, seconds=seconds, seed=seed).run(progress)
