"""How many messages one worker sends a second. `python -m benchmarks.bench_sending [--messages N] [--full]`.

A bare smtplib loop hands over the same messages in the same run.

Each is rendered, signed (RSA, 2,048 bits), asked for at the gate, claimed, looked at once more, handed to a mail server on
this machine and written down. The bare loop only hands over bytes that are there already, over one connection. 300
messages, in full 3,000.
"""

from __future__ import annotations

import os
import smtplib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.figures import chosen, print_table, read_sizes
from benchmarks.made_outreach import add_people, prepare, start_clock, warm_up
from tests.smtp_sink import SmtpSink

QUICK, FULL = 300, 3_000
Found = TypeVar("Found")
RECIPIENT = "person@firm.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Seconds by the clock, and of the processor (with the server, which lives in this process)."""

    clock: float
    processor: float


def main() -> None:
    """Run it and print the table."""
    sizes = read_sizes(__doc__, messages=QUICK)
    count = chosen(sizes.messages, quick=QUICK, full=FULL, is_full=sizes.full)
    import tandem.config.testing  # noqa: F401  a throw-away data folder or server

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tandem.config.settings")
    import django

    django.setup()
    start_clock(time.time())
    warm_up()
    with SmtpSink() as sink:
        prepare(sink.port, dkim_key=_key())
        add_people(1, count)
        messages, rendering = _timed(_rendered)
        _, bare = _timed(lambda: _bare_loop(messages, sink.port))
        taken = len(sink.taken)
        sent, sending = _timed(_dispatched)
        arrived = len(sink.taken) - taken
    if not sent == arrived == count:
        raise SystemExit(f"{count:,} were due, {sent:,} count as sent, {arrived:,} arrived.")
    print_table(
        f"Sending {count:,} messages, one worker",
        ("", "a second", "ms each", "of the processor", "to the bare loop"),
        [
            ("bare smtplib loop, bytes ready", *_figures(count, bare, bare)),
            ("rendered and signed", *_figures(count, rendering, bare)),
            ("rendered, signed, cleared, sent, written down", *_figures(count, sending, bare)),
        ],
    )


def _timed(work: Callable[[], Found]) -> tuple[Found, Spent]:
    began, used = time.perf_counter(), time.process_time()
    found = work()
    return found, Spent(clock=time.perf_counter() - began, processor=time.process_time() - used)


def _figures(count: int, spent: Spent, bare: Spent) -> tuple[str, str, str, str]:
    return (
        f"{count / spent.clock:,.0f}",
        f"{1_000 * spent.clock / count:.2f}",
        f"{1_000 * spent.processor / count:.2f}",
        f"{spent.processor / bare.processor:.1f}x",
    )


def _key() -> str:
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _rendered() -> list[bytes]:
    from tandem.engagement.models import Touch
    from tandem.engagement.queries.messages import messages_of

    ids = list(Touch.objects.values_list("id", flat=True))
    found: list[bytes] = []
    for start in range(0, len(ids), 50):
        found += [one.content for one in messages_of(ids[start : start + 50]).values()]
    return found


def _bare_loop(messages: list[bytes], port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as line:
        for message in messages:
            line.sendmail("maya@aislewright.example", RECIPIENT, message)


def _dispatched() -> int:
    from tandem.core import clock
    from tandem.core.actors import built_in_agent
    from tandem.engagement.actions.dispatch import dispatch_due

    sent = 0
    while done := dispatch_due(actor=built_in_agent("worker", "worker"), now=clock.now(), moment=clock.now):
        if not done.taken:
            return sent
        sent += done.sent
    return sent


if __name__ == "__main__":
    main()
