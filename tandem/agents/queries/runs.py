"""Runs of AI tasks within the actor's sight: a run about an account, contact or deal is seen by who sees that one; any
other by whom it was done for, by who asked, and by those above them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from pydantic import ValidationError

from tandem.access.contracts import Reach
from tandem.access.queries import sight_of
from tandem.accounts.queries.visible import accounts_in_sight, contacts_in_sight, deals_in_sight
from tandem.agents.contracts import Evidence
from tandem.agents.models import AgentRun, ModelCall
from tandem.agents.queries.tasks import known_tasks
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import NotFound

SORTS: Mapping[str, str] = {"at": "id", "cost": "cost", "seconds": "seconds", "task": "task", "state": "state"}
IN_SIGHT: Mapping[str, Callable[[Actor], QuerySet[Any]]] = {
    "account": accounts_in_sight,
    "contact": contacts_in_sight,
    "deal": deals_in_sight,
}
COUNTED_UP_TO = 100_000
LONGEST_NUMBER = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilters:
    """What of the runs is wanted; empty and None: everything. least_cost in US dollars"""

    task: str = ""
    engine: str = ""
    state: str = ""
    subject: str = ""
    least_cost: Decimal | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run as lists show it. cost in US dollars; seconds of wall time"""

    id: int
    task: str
    subject: str
    actor_name: str
    campaign: str
    engine: str
    tier: str
    state: str
    because: str
    tokens_in: int
    tokens_out: int
    cost: Decimal
    tries: int
    seconds: float
    started_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One call of a run. cost None: still open; is_bound: the provider did not say, the bound counts"""

    id: int
    endpoint: str
    state: str
    failure: str
    cost: Decimal | None
    is_bound: bool
    tokens_in: int
    tokens_out: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDetail:
    """A whole run. input, output : JSON; None: none, erased, or past its time"""

    row: RunRow
    prompt_hash: str
    input: Any
    output: Any
    evidence_ids: Sequence[str]
    violations: Sequence[Mapping[str, str]]
    region: str
    value: Decimal | None
    erased_at: datetime | None
    calls: Sequence[CallRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedClaim:
    """A sentence of an answer and the ids it cites."""

    text: str
    evidence_ids: Sequence[str]


NAMES = tuple(RunRow.__dataclass_fields__)
CALL_NAMES = {name: name for name in CallRow.__dataclass_fields__} | {"endpoint": "endpoint__name"}


def runs_in_sight(actor: Actor) -> QuerySet[AgentRun]:
    """The rows the actor may see. Every read of runs begins here."""
    sight = sight_of(actor, "view", "task")
    if sight.reach is Reach.ALL:
        return AgentRun.objects.all()
    if sight.reach is Reach.NONE:
        return AgentRun.objects.none()
    people = sight.person_ids
    others = ~Q(subject_kind__in=list(IN_SIGHT)) & (
        Q(seller_id__in=people) | Q(actor_kind=ActorKind.PERSON.value, actor_id__in=people)
    )
    for kind, rows in IN_SIGHT.items():
        others |= Q(subject_kind=kind, subject_number__in=rows(actor).order_by().values("id"))
    return AgentRun.objects.filter(others)


def list_runs(
    actor: Actor, filters: RunFilters, *, sort: str = "-at", offset: int = 0, limit: int | None = 50
) -> list[RunRow]:
    """Runs in sight, the latest first unless sorted otherwise. limit None: all."""
    field = SORTS.get(sort.removeprefix("-"), "id")
    order = f"-{field}" if sort.startswith("-") else field
    rows = _filtered(actor, filters).order_by(order, "-id")
    return [RunRow(**row) for row in rows.values(*NAMES)[offset : None if limit is None else offset + limit]]


def list_runs_after(actor: Actor, filters: RunFilters, *, after_id: int, limit: int) -> list[RunRow]:
    """Runs in sight behind a cursor, by id."""
    rows = _filtered(actor, filters).filter(id__gt=after_id).order_by("id")
    return [RunRow(**row) for row in rows.values(*NAMES)[:limit]]


def count_runs(actor: Actor, filters: RunFilters) -> int:
    """How many runs there are, counted up to 100,000."""
    return _filtered(actor, filters).order_by()[:COUNTED_UP_TO].count()


def get_run(actor: Actor, run_id: int) -> RunDetail:
    """One run with all that went in and came out. Raises NotFound also for one that is not in the actor's sight."""
    row = runs_in_sight(actor).filter(id=run_id).first()
    if row is None:
        raise NotFound(f"There is no run {run_id}.", hint="Open the list of runs.")
    calls = ModelCall.objects.filter(run_id=run_id).order_by("id").values(*CALL_NAMES.values())
    return RunDetail(
        row=RunRow(**{name: getattr(row, name) for name in NAMES}),
        prompt_hash=row.prompt_hash,
        input=row.input,
        output=row.output,
        evidence_ids=row.evidence_ids,
        violations=row.violations,
        region=row.region,
        value=row.value,
        erased_at=row.erased_at,
        calls=[CallRow(**{name: call[path] for name, path in CALL_NAMES.items()}) for call in calls],
    )


def evidence_of(run: RunDetail) -> list[Evidence]:
    """The pieces that the run's answer could cite, as the task reads them out of the input that is kept.

    Empty when the input is gone, the task is not known any more, or it reads another input by now.
    """
    task = next((one for one in known_tasks() if one.name == run.row.task), None)
    if task is None or run.input is None:
        return []
    try:
        return list(task.evidence(task.input_type.model_validate(run.input)))
    except ValidationError:
        return []


def claims_in(output: Any) -> list[CitedClaim]:
    """Every claim in an answer's JSON, in its order.

    >>> claims_in({"note": {"claims": [{"text": "They grow.", "evidence_ids": ["signal:news/1"]}]}})
    [CitedClaim(text='They grow.', evidence_ids=['signal:news/1'])]
    """
    if isinstance(output, dict):
        if isinstance(output.get("text"), str) and isinstance(output.get("evidence_ids"), list):
            return [CitedClaim(text=output["text"], evidence_ids=[str(one) for one in output["evidence_ids"]])]
        output = list(output.values())
    return [claim for one in output for claim in claims_in(one)] if isinstance(output, list) else []


def subject_names(actor: Actor, subjects: Iterable[str]) -> dict[str, str]:
    """Subject to the name of its account, contact or deal, as far as it is in sight. A query for each kind."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for subject in subjects:
        kind, _, number = subject.partition(":")
        if kind in IN_SIGHT and number.isascii() and number.isdecimal() and len(number) < LONGEST_NUMBER:
            numbers[kind].add(int(number))
    return {
        f"{kind}:{pk}": name
        for kind, wanted in numbers.items()
        for pk, name in IN_SIGHT[kind](actor).filter(id__in=wanted).values_list("id", "name")
    }


def engines_met(actor: Actor) -> list[str]:
    """Engines of runs in sight, for filters."""
    return sorted(runs_in_sight(actor).order_by().values_list("engine", flat=True).distinct())


def _filtered(actor: Actor, filters: RunFilters) -> QuerySet[AgentRun]:
    rows = runs_in_sight(actor)
    told = {"task": filters.task, "engine": filters.engine, "state": filters.state}
    rows = rows.filter(**{name: value for name, value in told.items() if value})
    if filters.subject:
        rows = rows.filter(subject=filters.subject)
    if filters.least_cost is not None:
        rows = rows.filter(cost__gte=filters.least_cost)
    if filters.since is not None:
        rows = rows.filter(started_at__date__gte=filters.since)
    return rows
