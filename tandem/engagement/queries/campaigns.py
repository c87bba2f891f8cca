"""Reads of campaigns: which there are, one with its figures, who may change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from tandem.access.contracts import Reach
from tandem.access.queries import sight_of
from tandem.accounts.queries.visible import contacts_in_sight
from tandem.compliance.contracts.gate import Mode
from tandem.core.actors import Actor
from tandem.core.errors import NotFound
from tandem.engagement.contracts import AHEAD, MODE_WORDS, OPEN_ENROLLMENTS, EnrollmentState, TouchState
from tandem.engagement.domain.modes import WORDS_OF_STOP
from tandem.engagement.models import Campaign, CampaignTarget, GrowthStop, Touch
from tandem.engagement.queries.sight import KIND, enrollments_in_sight

AHEAD_STATES = tuple(state.value for state in AHEAD)
OPEN_STATES = tuple(state.value for state in OPEN_ENROLLMENTS)
SORTS = {"name": "name", "state": "state", "mode": "mode", "made": "created_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StopView:
    """A standing stop of growth."""

    id: int
    campaign_id: int
    rule: str
    title: str
    why: str
    since: datetime
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    """A campaign with its figures, of people in the actor's sight.

    people : by state of enrollment
    ahead, sent : touches; waiting : texts that wait for a person
    next_at : when the next touch is due; None: none is ahead
    stop : why it does not grow; None: it may
    """

    id: int
    name: str
    state: str
    mode: str
    segment: str
    owner_id: int | None
    owner_name: str
    sequence_id: int
    sequence: str
    version: int
    created_at: datetime
    why: str
    people: Mapping[str, int] = field(default_factory=dict)
    ahead: int = 0
    sent: int = 0
    waiting: int = 0
    next_at: datetime | None = None
    stop: StopView | None = None

    @property
    def mode_words(self) -> str:
        """Who decides about its messages."""
        return MODE_WORDS[Mode(self.mode)]

    @property
    def enrolled(self) -> int:
        """People in it, whatever their state."""
        return sum(self.people.values())

    @property
    def going_on(self) -> int:
        """People whose plan goes on."""
        return sum(self.people.get(state, 0) for state in OPEN_STATES)

    @property
    def answered(self) -> int:
        """People who talk to somebody now."""
        return self.people.get(EnrollmentState.ANSWERED, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """Somebody a person chose."""

    contact_id: int
    name: str
    account: str
    chosen_by: str
    chosen_at: datetime


def campaigns_in_sight(actor: Actor, verb: str = "view") -> QuerySet[Campaign]:
    """Campaigns somebody owns or may see the owner of, those nobody owns, and those with people of theirs."""
    rows = Campaign.objects.all()
    sight = sight_of(actor, verb, KIND)
    if sight.reach is Reach.ALL:
        return rows
    if sight.reach is Reach.NONE:
        return rows.none()
    theirs = Q(owner_id__in=sight.person_ids) | Q(owner=None)
    if verb == "view":
        theirs |= Q(id__in=enrollments_in_sight(actor).order_by().values("campaign_id"))
    return rows.filter(theirs)


def editable_campaign(actor: Actor, campaign_id: int, verb: str = "edit") -> Campaign:
    """One campaign the actor may change, with its version and plan. Raises NotFound."""
    row = campaigns_in_sight(actor, verb).select_related("version__sequence", "owner", "sponsor").filter(id=campaign_id)
    found = row.first()
    if found is None:
        raise NotFound(f"There is no campaign {campaign_id} that you can change.", hint="Open the list of campaigns.")
    return found


def may_change(actor: Actor, row: Campaign, verb: str = "edit") -> bool:
    """Whether the actor may change a campaign that is in sight."""
    sight = sight_of(actor, verb, KIND)
    if sight.reach in (Reach.ALL, Reach.NONE):
        return sight.reach is Reach.ALL
    return row.owner_id is None or row.owner_id in sight.person_ids


def list_campaigns(
    actor: Actor,
    *,
    text: str = "",
    state: str = "",
    mode: str = "",
    sort: str = "-made",
    after_id: int = 0,
    offset: int = 0,
    limit: int | None = 50,
) -> list[CampaignRow]:
    """Campaigns in sight with their figures. Five queries."""
    rows = _chosen(actor, text, state, mode).filter(id__gt=after_id).select_related("version__sequence", "owner")
    down, column = sort.startswith("-"), SORTS.get(sort.lstrip("-"), "id")
    rows = rows.order_by(f"-{column}" if down else column, "-id" if down else "id")
    return _with_figures(actor, list(rows[offset : offset + limit] if limit else rows))


def count_campaigns(actor: Actor, *, text: str = "", state: str = "", mode: str = "") -> int:
    """How many there are."""
    return _chosen(actor, text, state, mode).count()


def get_campaign(actor: Actor, campaign_id: int) -> CampaignRow:
    """One campaign in sight. Raises NotFound."""
    return campaign_with_figures(actor, campaign_id)[1]


def campaign_with_figures(actor: Actor, campaign_id: int) -> tuple[Campaign, CampaignRow]:
    """The same with the record itself, for the room's own pages. Raises NotFound."""
    related = ("version__sequence", "owner", "sponsor", "autonomy_by")
    rows = list(campaigns_in_sight(actor).select_related(*related).filter(id=campaign_id))
    if not rows:
        raise NotFound(f"There is no campaign {campaign_id} that you can see.", hint="Open the list of campaigns.")
    return rows[0], _with_figures(actor, rows)[0]


def standing_stop(campaign_id: int) -> StopView | None:
    """Why a campaign takes nobody new in; None: it does."""
    return next(iter(_stops([campaign_id]).values()), None)


def list_targets(actor: Actor, campaign_id: int, *, limit: int = 200) -> list[TargetRow]:
    """People chosen for a campaign in sight, newest first; only those of accounts in sight."""
    rows = CampaignTarget.objects.filter(campaign_id=campaign_id, contact__in=contacts_in_sight(actor).order_by())
    rows = rows.select_related("contact__account", "chosen_by").order_by("-chosen_at", "-id")
    return [
        TargetRow(
            contact_id=row.contact_id,
            name=row.contact.name,
            account=row.contact.account.name if row.contact.account else "",
            chosen_by=row.chosen_by.name,
            chosen_at=row.chosen_at,
        )
        for row in rows[:limit]
    ]


def _chosen(actor: Actor, text: str, state: str, mode: str) -> QuerySet[Campaign]:
    rows = campaigns_in_sight(actor)
    told = {"name__icontains": text, "state": state, "mode": mode}
    return rows.filter(**{name: value for name, value in told.items() if value})


def _with_figures(actor: Actor, rows: Sequence[Campaign]) -> list[CampaignRow]:
    ids = [row.id for row in rows]
    seen = enrollments_in_sight(actor).filter(campaign_id__in=ids).order_by()
    people: dict[int, dict[str, int]] = {}
    for campaign_id, state, count in seen.values_list("campaign_id", "state").annotate(n=Count("id")):
        people.setdefault(campaign_id, {})[state] = count
    touches = _touches(actor, ids)
    stops = _stops(ids)
    return [_row(row, people.get(row.id, {}), touches.get(row.id, {}), stops.get(row.id)) for row in rows]


def _touches(actor: Actor, ids: Sequence[int]) -> dict[int, dict[str, object]]:
    """Counted touches of enrollments in sight, by campaign."""
    seen = enrollments_in_sight(actor).filter(campaign_id__in=ids).order_by().values("id")
    rows = Touch.objects.filter(enrollment__in=seen).order_by().values("enrollment__campaign_id")
    counted = rows.annotate(
        ahead=Count("id", filter=Q(state__in=AHEAD_STATES)),
        sent=Count("id", filter=Q(state=TouchState.SENT)),
        waiting=Count("id", filter=Q(state=TouchState.WRITTEN)),
        next_at=Min("due_at", filter=Q(state__in=AHEAD_STATES, enrollment__state=EnrollmentState.ACTIVE)),
    )
    return {row["enrollment__campaign_id"] or 0: dict(row) for row in counted}


def _stops(ids: Sequence[int]) -> dict[int, StopView]:
    return {
        row.campaign_id: StopView(
            id=row.id, campaign_id=row.campaign_id, rule=row.rule, title=WORDS_OF_STOP.get(row.rule, row.rule),
            why=row.why, since=row.since, figures=row.figures,
        )
        for row in GrowthStop.objects.filter(campaign_id__in=ids, lifted_at=None)
    }  # fmt: skip


def _row(row: Campaign, people: Mapping[str, int], touches: Mapping[str, object], stop: StopView | None) -> CampaignRow:
    def number(name: str) -> int:
        value = touches.get(name, 0)
        return value if isinstance(value, int) else 0

    next_at = touches.get("next_at")
    return CampaignRow(
        id=row.id,
        name=row.name,
        state=row.state,
        mode=row.mode,
        segment=row.segment,
        owner_id=row.owner_id,
        owner_name=row.owner.name if row.owner else "",
        sequence_id=row.version.sequence_id,
        sequence=row.version.sequence.name,
        version=row.version.number,
        created_at=row.created_at,
        why=row.why,
        people=people,
        ahead=number("ahead"),
        sent=number("sent"),
        waiting=number("waiting"),
        next_at=next_at if isinstance(next_at, datetime) else None,
        stop=stop,
    )
