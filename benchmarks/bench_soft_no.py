"""What hearing a soft no does: the same simulated people under plans that go on, end at any reply, or slow down.

`python -m benchmarks.bench_soft_no` takes 1,000 people, `--full` 10,000. Each person (`simulation.text.prospects`, whose
laws are written there) gets the same seven mails under each rule; what they answer is read by the product's own reader
and judged by its own rules, no database. Complaints, opt-outs and meetings are counted with intervals: Wilson's of each
share, and of the differences the normal one of the mean over the same people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from benchmarks.figures import chosen, print_table, read_sizes
from tandem.compliance.contracts.gate import Road
from tandem.core.intervals import mean_interval, wilson
from tandem.engagement.contracts import Angle, MailKind, Step
from tandem.engagement.domain.consequences import EffectKind, Facts, Sender, consequences_of
from tandem.engagement.domain.due_times import Place, due_times, first_time
from tandem.engagement.domain.reading import read_mail
from tandem.engagement.domain.soft_no import CHANGES, SILENT_AFTER, Heard, SoftNo, hear
from tandem.simulation.text.answering import Answer, Prospects
from tandem.simulation.text.prospects import Act

QUICK, FULL = 1_000, 10_000
SEED = 20261125
START = datetime(2026, 9, 7, 6, 0, tzinfo=UTC)  # a Monday
WAITS = (0, 2, 2, 2, 3, 3, 4)  # working days between seven mails: as close as plans may be
ENDS_AT = START + timedelta(days=150)
PLACE = Place(zones=("Europe/London",), country="GB")
OPT_OUTS = frozenset({Act.UNSUBSCRIBE, Act.NEVER})
STEPS = tuple(
    Step(number=number, channel=Road.EMAIL, angle=Angle.OPENING if number == 1 else Angle.NEW_REASON, wait_days=wait)
    for number, wait in enumerate(WAITS, 1)
)


@dataclass(slots=True)
class Life:
    """What happened between us and one person. soft_noes : that they meant; heard : that were heard"""

    mails: int = 0
    acts: list[Act] = field(default_factory=list)
    soft_noes: int = 0
    heard: int = 0

    def has(self, acts: frozenset[Act]) -> bool:
        """Whether they did one of these."""
        return any(act in acts for act in self.acts)


@dataclass(slots=True)
class Plan:
    """What is still to be sent. silent : mails without a word so far; was_slowed : for silence, which counts once"""

    dues: list[datetime]
    silent: int = 0
    was_slowed: bool = False

    def slow_down(self, kind: SoftNo, now: datetime) -> None:
        """Rest, stretch the waits, keep the nearest: as `actions.replanning.slow_down` does."""
        change = CHANGES[kind]
        left = self.dues[: change.most_left]
        if not left:
            return
        first = max(left[0], now + timedelta(days=change.rest_days))
        self.dues = [first + (one - left[0]) * change.stretch for one in left]


Rule = Callable[[Plan, Heard | None, datetime], None]


def goes_on(plan: Plan, heard: Heard | None, now: datetime) -> None:
    """A soft no changes nothing."""


def ends(plan: Plan, heard: Heard | None, now: datetime) -> None:
    """Whatever somebody writes ends the plan; silence does not."""
    if heard is not None:
        plan.dues = []


def slows(plan: Plan, heard: Heard | None, now: datetime) -> None:
    """As the product does."""
    if heard is not None:
        plan.slow_down(heard.kind, now)
    elif plan.silent >= SILENT_AFTER and not plan.was_slowed:
        plan.was_slowed = True
        plan.slow_down(SoftNo.SILENCE, now)


def lived(number: int, rule: Rule) -> Life:
    """One person's months with us under one rule."""
    prospects, life = Prospects(SEED), Life()
    address = f"person{number}@firm{number}.co.uk"
    first = first_time(PLACE, key=f"plan:{number}", not_before=START)
    plan = Plan(dues=list(due_times(STEPS, PLACE, key=f"plan:{number}", first=first)))
    coming: list[Answer] = []
    while plan.dues and plan.dues[0] < ENDS_AT:
        now = plan.dues.pop(0)
        life.mails += 1
        found = list(prospects.answers(mail(number, life.mails, address, now), at=now))
        life.acts += [one.act for one in found]
        life.soft_noes += sum(one.act in (Act.BRIEF_THANKS, Act.SLOWER) for one in found)
        coming += found
        plan.silent = plan.silent + 1 if not found else 0
        rule(plan, None, now)
        _take_in(plan, coming, rule, life)
    return life


def _take_in(plan: Plan, coming: list[Answer], rule: Rule, life: Life) -> None:
    """Answers that arrive before the next mail is due."""
    coming.sort(key=lambda one: one.at)
    while coming and plan.dues and coming[0].at <= plan.dues[0]:
        _follow(plan, coming.pop(0), rule, life)


def _follow(plan: Plan, answer: Answer, rule: Rule, life: Life) -> None:
    """What the product's rules make of one answer."""
    reading = read_mail(answer.raw, today=answer.at.date())
    is_reply = reading.kind is MailKind.REPLY and reading.label is None
    heard = hear(reading.new_text, reading.language) if is_reply else None
    if heard is not None:
        life.heard += 1
        rule(plan, heard, answer.at)
        return
    facts = Facts(
        kind=reading.kind, label=reading.label, to_human=reading.to_human, sender=Sender.ADDRESSEE,
        day=answer.at.date(), returns_on=reading.returns_on,
        bounce_type=reading.bounce.type if reading.bounce else "",
        bounce_reason=reading.bounce.reason if reading.bounce else "",
    )  # fmt: skip
    for one in consequences_of(facts):
        if one.kind is EffectKind.STOP:
            plan.dues = []
        elif one.kind is EffectKind.PAUSE and one.until is not None and plan.dues:
            late = datetime.combine(one.until, plan.dues[0].timetz()) - plan.dues[0]
            plan.dues = [due + max(timedelta(), late) for due in plan.dues]


def mail(number: int, step: int, address: str, at: datetime) -> bytes:
    """One of our mails."""
    message = EmailMessage()
    message["From"], message["To"] = "Maya Lindqvist <maya@outreach.example>", f"Pat Person <{address}>"
    message["Subject"], message["Date"] = "Your site in Leeds", format_datetime(at)
    message["Message-ID"] = f"<{number}.{step}@outreach.example>"
    message.set_content("Hi Pat,\n\nYour site in Leeds opens in May. Would you have 15 minutes for it?\n\nMaya\n")
    return message.as_bytes()


def main() -> None:
    """Run all three and print."""
    said = read_sizes(__doc__, people=QUICK)
    people = chosen(said.people, quick=QUICK, full=FULL, is_full=said.full)
    rules = {"goes on": goes_on, "any reply ends it": ends, "slows down": slows}
    lives = {name: [lived(number, rule) for number in range(people)] for name, rule in rules.items()}
    kinds = {"complaints": frozenset({Act.COMPLAINT}), "opt-outs": OPT_OUTS, "meetings": frozenset({Act.MEETING})}
    rows = []
    for name, found in lives.items():
        mails = sum(one.mails for one in found)
        soft, heard = sum(one.soft_noes for one in found), sum(one.heard for one in found)
        counts = {kind: sum(one.has(acts) for one in found) for kind, acts in kinds.items()}
        cells = [f"{hits} ({_percent(hits / people)}, {_span(wilson(hits, people))})" for hits in counts.values()]
        rows.append([name, f"{mails:,}", f"{heard}/{soft}", *cells])
    head = ("a soft no", "mails", "heard/meant", *kinds)
    print_table(f"{people:,} people, seven mails, the same people under each rule", head, rows)
    print_table("Slows down, less the other rule: per person, 95 % interval", ("", *kinds), [
        [name, *(_difference(lives["slows down"], lives[name], acts) for acts in kinds.values())]
        for name in ("goes on", "any reply ends it")
    ])  # fmt: skip


def _difference(one: list[Life], other: list[Life], acts: frozenset[Act]) -> str:
    differences = [float(a.has(acts)) - float(b.has(acts)) for a, b in zip(one, other, strict=True)]
    found = mean_interval(differences)
    return _span(found) if found else "too few"


def _span(interval: tuple[float, float]) -> str:
    return f"{_percent(interval[0])} to {_percent(interval[1])}"


def _percent(share: float) -> str:
    return f"{100 * share:+.2f}%" if share < 0 else f"{100 * share:.2f}%"


if __name__ == "__main__":
    main()
