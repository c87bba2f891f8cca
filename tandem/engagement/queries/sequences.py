"""Reads of sequences and their versions."""

from __future__ import annotations

from collections.abc import Sequence as Seq
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Prefetch, Q, QuerySet

from tandem.access.contracts import Reach
from tandem.access.queries import sight_of
from tandem.core.actors import Actor
from tandem.core.errors import NotFound
from tandem.engagement.contracts import CampaignState, Step
from tandem.engagement.domain.plans import Fault, difference, faults_of, read_steps
from tandem.engagement.models import Sequence, SequenceVersion
from tandem.engagement.queries.sight import KIND


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version. published_at None: still being written"""

    id: int
    number: int
    steps: Seq[Step]
    note: str
    made_at: datetime
    made_by: str
    published_at: datetime | None

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What keeps it from being published."""
        return faults_of(self.steps)

    @property
    def days(self) -> int:
        """Working days from the first touch to the last."""
        return sum(step.wait_days for step in self.steps[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceRow:
    """A sequence with its versions, newest first."""

    id: int
    name: str
    purpose: str
    owner_id: int | None
    owner_name: str
    created_at: datetime
    archived_at: datetime | None
    campaigns: int
    versions: Seq[VersionRow]

    @property
    def newest(self) -> VersionRow | None:
        """The newest version, published or not."""
        return self.versions[0] if self.versions else None

    @property
    def in_use(self) -> VersionRow | None:
        """The newest version that campaigns can take; None: none was published."""
        return next((one for one in self.versions if one.published_at is not None), None)

    @property
    def draft(self) -> VersionRow | None:
        """The version that is being written; None: there is none."""
        return self.newest if self.newest is not None and self.newest.published_at is None else None

    @property
    def touches(self) -> int:
        """Steps of the version in use, else of the newest."""
        shown = self.in_use or self.newest
        return len(shown.steps) if shown else 0

    @property
    def days(self) -> int:
        """Working days of the same version."""
        shown = self.in_use or self.newest
        return shown.days if shown else 0

    @property
    def version(self) -> int:
        """Number of the version in use; 0: none."""
        return self.in_use.number if self.in_use else 0


def sequences_in_sight(actor: Actor, verb: str = "view") -> QuerySet[Sequence]:
    """Plans are no secret: whoever sees outreach reads all. The owner changes it, or all where nobody owns it."""
    sight, rows = sight_of(actor, verb, KIND), Sequence.objects.all()
    if sight.reach is Reach.NONE:
        return rows.none()
    if verb == "view" or sight.reach is Reach.ALL:
        return rows
    return rows.filter(Q(owner_id__in=sight.person_ids) | Q(owner=None))


def list_sequences(
    actor: Actor, *, text: str = "", with_archived: bool = False, after_id: int = 0, limit: int | None = None
) -> list[SequenceRow]:
    """Sequences in sight by id. Two queries."""
    rows = sequences_in_sight(actor).filter(id__gt=after_id)
    rows = rows if with_archived else rows.filter(archived_at=None)
    rows = rows.filter(name__icontains=text) if text else rows
    found = _read(rows).order_by("id")
    return [_row(row) for row in (found[:limit] if limit else found)]


def get_sequence(actor: Actor, sequence_id: int) -> SequenceRow:
    """One sequence. Raises NotFound."""
    row = _read(sequences_in_sight(actor).filter(id=sequence_id)).first()
    if row is None:
        raise NotFound(f"There is no sequence {sequence_id} that you can see.", hint="Open the list of sequences.")
    return _row(row)


def published_versions(actor: Actor) -> list[tuple[int, str]]:
    """What a campaign can run: (id of the newest published version, name), by name."""
    rows = [(one.in_use.id, f"{one.name}, version {one.in_use.number}") for one in list_sequences(actor) if one.in_use]
    return sorted(rows, key=lambda pair: pair[1].casefold())


def compared(row: SequenceRow, first: int, second: int) -> Seq[tuple[str, Step | None, Step | None]]:
    """Two versions side by side, by step. Raises NotFound for a number that is not there."""
    versions = {one.number: one for one in row.versions}
    for number in (first, second):
        if number not in versions:
            raise NotFound(f"“{row.name}” has no version {number}.", hint="Open the sequence for its versions.")
    return difference(versions[first].steps, versions[second].steps)


def _read(rows: QuerySet[Sequence]) -> QuerySet[Sequence]:
    newest = SequenceVersion.objects.order_by("-number")
    running = Count("versions__campaigns", filter=~Q(versions__campaigns__state=CampaignState.ENDED), distinct=True)
    return (
        rows.select_related("owner").annotate(running=running).prefetch_related(Prefetch("versions", queryset=newest))
    )


def _row(row: Sequence) -> SequenceRow:
    return SequenceRow(
        id=row.id,
        name=row.name,
        purpose=row.purpose,
        owner_id=row.owner_id,
        owner_name=row.owner.name if row.owner else "",
        created_at=row.created_at,
        archived_at=row.archived_at,
        campaigns=getattr(row, "running", 0),
        versions=[
            VersionRow(
                id=one.id, number=one.number, steps=read_steps(one.steps), note=one.note, made_at=one.made_at,
                made_by=one.made_by, published_at=one.published_at,
            )
            for one in row.versions.all()
        ],
    )  # fmt: skip
