"""Outreach from enrollment to answered replies, with nothing lost on the way. `python -m benchmarks.bench_morning [--company DIR] [--full]`.

On a demo company of 5 sellers 200 people are enrolled, with `--full` 1,000 of 50 sellers, or of a demo that is there
already (it is not changed). Four weeks happen in compressed time: plans, texts, the gate, people who read, real SMTP to
a server on this machine, people who answer, consequences, answers of ours. Printed is how many came to each stage; then
what must hold: everybody enrolled stands in one state, what counts as sent arrived once, nobody who was suppressed was
written to afterwards, and each message that came in was handled, by software or by a person.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from benchmarks.figures import chosen, print_table
from benchmarks.made_company import made_company
from tandem.cli import outreach_morning
from tandem.cli.outreach.post import Post

QUICK, FULL = 200, 1_000


def main() -> int:
    """Run the weeks, print the stages, and end with 1 when something is lost."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        post = outreach_morning.open_post(folder)
        environment = outreach_morning.settings_for(folder, post)
        copied = _copied(folder)
        with made_company(__doc__, environment=environment, people=QUICK) as company:
            people = chosen(company.said.people, quick=QUICK, full=FULL, is_full=company.said.full)
            with post:
                happened, seconds = _lived(folder, post, people)
            _print(happened, post, seconds)
            wrong = list(problems(post))
    for told in wrong:
        print(told)
    print(f"\n{'Something is lost.' if wrong else 'Nothing is lost.'}{' On a copy.' if copied else ''}")
    return 1 if wrong else 0


def _copied(folder: Path) -> bool:
    """Where the command line names a company, put a copy of it in its place."""
    if "--company" not in sys.argv:
        return False
    at = sys.argv.index("--company") + 1
    shutil.copytree(Path(sys.argv[at]) / "data", folder / "company" / "data")
    sys.argv[at] = str(folder / "company")
    return True


def _lived(folder: Path, post: Post, people: int) -> tuple[dict[str, object], float]:
    from tandem.cli.ready import shell_actor
    from tandem.core import clock

    began = time.process_time()
    happened = outreach_morning.live_through_weeks(
        folder, post, actor=shell_actor(), now=clock.now(), progress=lambda done, total, told: None, people=people
    )
    if not happened:
        raise SystemExit("Outreach has begun in this company already; name one built with --no-outreach.")
    return happened, time.process_time() - began


def _print(happened: dict[str, object], post: Post, seconds: float) -> None:
    from tandem.engagement.models import Enrollment, Inbound, ReplyTask, Review, Touch

    stages = [
        ("people enrolled", happened["enrolled"]),
        ("texts written", happened["drafted"]),
        ("answers of people to texts", Review.objects.count()),
        ("mails sent", happened["sent"]),
        ("done by hand", Touch.objects.filter(state="sent").exclude(channel="email").count()),
        ("messages that came in", happened["received"]),
        ("of these to people", ReplyTask.objects.count()),
        ("of these handled by software alone", Inbound.objects.filter(task=None).count()),
        ("on their way", post.on_the_way),
        ("CPU seconds", f"{seconds:.0f}"),
    ]  # fmt: skip
    print_table("Four weeks of outreach", ("stage", "n"), stages)
    print_table("What people outside did", ("act", "n"), post.acts.most_common())
    read = Counter(f"{kind} {label}".strip() for kind, label in Inbound.objects.values_list("kind", "label"))
    print_table("What it was read as", ("kind, label", "n"), read.most_common())
    print_table(
        "Enrollments", ("state", "n"), Counter(Enrollment.objects.values_list("state", flat=True)).most_common()
    )
    refused = happened["not enrolled"], happened["not written"], happened["people could not"]
    rows = [(why[:90], n) for some in refused if isinstance(some, dict) for why, n in some.items()]
    print_table("Left out, with the reason", ("reason", "n"), rows)


def problems(post: Post) -> Iterator[str]:
    """What is lost, twice, or was done to somebody who had said no; nothing: all is well."""
    from tandem.engagement.contracts import EnrollmentState
    from tandem.engagement.models import Enrollment, Inbound, InboundEffect, ReplyTask, Touch

    states = Counter(Enrollment.objects.values_list("state", flat=True))
    if set(states) - set(EnrollmentState) or sum(states.values()) != Enrollment.objects.count():
        yield f"Enrollments stand in states nobody knows: {dict(states)}."
    sent = Touch.objects.filter(channel="email", state="sent").count()
    if sent != sum(post.sent.values()):
        yield f"{sent} mails count as sent, {sum(post.sent.values())} arrived."
    if Inbound.objects.filter(handled_at=None).exists():
        yield f"{Inbound.objects.filter(handled_at=None).count()} messages were not handled."
    tasks = set(ReplyTask.objects.values_list("inbound_id", flat=True))
    effects = set(InboundEffect.objects.values_list("inbound_id", flat=True))
    for pk in Inbound.objects.filter(kind="reply").values_list("id", flat=True):
        if pk not in tasks | effects:
            yield f"Reply {pk} is with nobody, and nothing followed from it."
    yield from _written_to_afterwards(post)


def _written_to_afterwards(post: Post) -> Iterator[str]:
    from tandem.engagement.models import InboundEffect

    rows = InboundEffect.objects.filter(kind__in=("suppress", "address"), inbound__contact__isnull=False)
    for email, at in rows.values_list("inbound__contact__email", "done_at"):
        last: datetime | None = post.last_sent.get(email.lower())
        if last is not None and last > at:
            yield f"{email} was written to at {last} after {at}."


if __name__ == "__main__":
    sys.exit(main())
