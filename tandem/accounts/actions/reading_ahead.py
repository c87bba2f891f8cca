"""A second process that reads the files to come while this one matches and writes.

It makes surveys and nothing else: no database, no writes. Whatever befalls it, the import reads the files itself. It
gets the files' list on its standard input, answers on its standard output in their order, and ends when its parent
does, because nobody reads its answers any more.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from queue import Queue
from threading import Condition, Thread
from typing import BinaryIO

from tandem.accounts.actions.surveying import Survey, survey_file
from tandem.accounts.connectors.base import Connector
from tandem.accounts.connectors.registry import files_of
from tandem.core.errors import AppError

LEAST_BYTES = 4_000_000  # a process of one's own takes a second or two to start
MOST_WAITING = 128_000_000  # bytes of surveys that are made and not yet fetched

Wanted = tuple[Path, Connector]


class ReadAhead:
    """Surveys of files, in the order given, made by a process of its own.

    wanted : the files, in the order in which they will be asked for; those of a mapping file are left to the caller
    size : rows of a batch
    """

    def __init__(self, wanted: Sequence[Wanted], *, size: int) -> None:
        self._wanted = [one for one in wanted if _can_travel(one[1])]
        self._size = size
        self._next = 0
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to read, where a second processor is idle and it is worth it."""
        if self._child is not None or not self._is_worth_it():
            return
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tandem.accounts.actions.reading_ahead"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert self._child.stdin is not None
            pickle.dump((self._size, self._wanted), self._child.stdin)
            self._child.stdin.close()
        except OSError:
            self.close()

    def take(self, path: Path, connector: Connector) -> Survey | None:
        """The file's survey; None: not made here, or it failed, so that the caller finds out why."""
        if self._child is None or self._child.stdout is None or (path, connector) not in self._wanted[self._next :]:
            return None
        place = self._wanted.index((path, connector), self._next)
        survey: Survey | None = None
        try:
            while self._next <= place:
                survey = pickle.load(self._child.stdout)  # noqa: S301  our own child's
                self._next += 1
        except (EOFError, OSError, pickle.UnpicklingError):
            self.close()
            return None
        return survey

    def close(self) -> None:
        """End the process."""
        if self._child is None:
            return
        self._child.kill()
        if self._child.stdout is not None:
            self._child.stdout.close()
        self._child.wait()
        self._child, self._next = None, len(self._wanted)

    def _is_worth_it(self) -> bool:
        size = sum(file.stat().st_size for path, _ in self._wanted for file in files_of(path))
        return size >= LEAST_BYTES and len(os.sched_getaffinity(0)) > 1


def _can_travel(connector: Connector) -> bool:
    """Whether it can be told to another process; connectors made of a mapping file can't."""
    try:
        pickle.dumps(connector)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True


class _Outbox:
    """Surveys on their way, written by a thread of their own; whoever adds one waits while too many are unread."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self._waiting, self._room = out, 0, Condition()
        self._ready: Queue[bytes | None] = Queue()
        self._writer = Thread(target=self._write, daemon=True)
        self._writer.start()

    def add(self, survey: Survey | None) -> None:
        """Send it in its turn."""
        packed = pickle.dumps(survey, protocol=pickle.HIGHEST_PROTOCOL)
        with self._room:
            self._room.wait_for(lambda: self._waiting < MOST_WAITING)
            self._waiting += len(packed)
        self._ready.put(packed)

    def finish(self) -> None:
        """Wait until everything is written."""
        self._ready.put(None)
        self._writer.join()

    def _write(self) -> None:
        try:
            while (packed := self._ready.get()) is not None:
                self._out.write(packed)
                self._out.flush()
                with self._room:
                    self._waiting -= len(packed)
                    self._room.notify()
        except OSError:
            os._exit(0)  # nobody listens any more


def serve(stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Make the surveys that the parent asks for."""
    size, wanted = pickle.load(stdin)  # noqa: S301  our own parent's
    outbox = _Outbox(stdout)
    for path, connector in wanted:
        try:
            outbox.add(survey_file(path, connector, size=size))
        except (AppError, OSError, ValueError):
            outbox.add(None)
    outbox.finish()


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    serve(sys.stdin.buffer, answers)
