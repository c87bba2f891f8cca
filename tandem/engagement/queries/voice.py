"""Reads of the voice guide, its versions and proposals, own norms, and how texts drift from week to week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tandem.core.errors import NotFound
from tandem.engagement.contracts import DraftState, TouchState
from tandem.engagement.domain.norms import TAGS, Norms, known_tag, norms_of
from tandem.engagement.domain.voice import Drift, VoiceGuide, differences, drift, read_guide, shipped_guide
from tandem.engagement.models import Draft, NormChange, VoiceProposal, VoiceVersion

REFERENCE_WEEKS, MOST_TEXTS = 4, 600  # texts of a week that are read, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version of a guide. changes : against the one before: (field, "added" or "removed", what)"""

    number: int
    note: str
    made_at: datetime | None
    made_by: str
    guide: VoiceGuide
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """A change that edits speak for."""

    id: int
    language: str
    field: str
    entry: str
    instead: str
    because: str
    times: int
    state: str
    made_at: datetime
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekOfVoice:
    """One week's drift. monday : of the week; drift None: too few words to tell"""

    monday: date
    drift: Drift | None
    messages: int


def voice_in_force(language: str) -> VoiceGuide:
    """The guide for a language: the newest version, else the one of the product. One query."""
    tag = known_tag(language)
    row = VoiceVersion.objects.filter(language=tag).order_by("-number").first()
    return read_guide(row.document, version=row.number) if row else shipped_guide(tag)


def voices_in_force() -> dict[str, VoiceGuide]:
    """The guides of all languages. One query."""
    found = {tag: shipped_guide(tag) for tag in TAGS}
    for row in VoiceVersion.objects.order_by("language", "number"):
        found[row.language] = read_guide(row.document, version=row.number)
    return found


def voice_versions(language: str) -> list[VersionRow]:
    """Every version, newest first, down to the guide of the product. One query."""
    tag = known_tag(language)
    before = shipped_guide(tag)
    rows = [VersionRow(number=0, note="Comes with the product", made_at=None, made_by="", guide=before, changes=())]
    for row in VoiceVersion.objects.filter(language=tag).order_by("number"):
        guide = read_guide(row.document, version=row.number)
        rows.append(
            VersionRow(
                number=row.number, note=row.note, made_at=row.made_at, made_by=row.made_by, guide=guide,
                changes=differences(before, guide),
            )
        )  # fmt: skip
        before = guide
    return rows[::-1]


def open_proposals(language: str = "") -> list[ProposalRow]:
    """What edits propose and nobody has decided, most spoken for first; of one language or all. One query."""
    rows = VoiceProposal.objects.filter(state="open")
    if language:
        rows = rows.filter(language=known_tag(language))
    return sorted((_proposal(row) for row in rows), key=lambda one: (-one.times, one.id))


def get_proposal(proposal_id: int) -> ProposalRow:
    """One proposal. Raises NotFound."""
    row = VoiceProposal.objects.filter(id=proposal_id).first()
    if row is None:
        raise NotFound(f"There is no proposal {proposal_id}.", hint="Open the voice guide; it lists them all.")
    return _proposal(row)


def _proposal(row: VoiceProposal) -> ProposalRow:
    return ProposalRow(
        id=row.id, language=row.language, field=row.field, entry=row.entry, instead=row.instead, because=row.because,
        times=len(row.drafts), state=row.state, made_at=row.made_at, decided_by=row.decided_by,
    )  # fmt: skip


def own_norms() -> dict[str, dict[str, Any]]:
    """What the organisation wants otherwise, by language tag. One query."""
    rows = NormChange.objects.order_by("language", "number").values_list("language", "values")
    return {language: dict(values) for language, values in rows}


def norms_in_force(language: str) -> Norms:
    """The norms of a language with the organisation's changes. One query."""
    tag = known_tag(language)
    return norms_of(tag, own_norms().get(tag))


def least_days_between(language: str) -> int:
    """Working days that good manners leave between two touches in a language. One query."""
    return norms_in_force(language).least_days


def drift_by_week(language: str, *, weeks: int, now: datetime) -> list[WeekOfVoice]:
    """How the texts that people let through differ, week by week, from those of the four weeks before. One query.

    Newest last. See `domain.voice.drift` for the measure.
    """
    monday = (now - timedelta(days=now.weekday())).date()
    first = monday - timedelta(weeks=weeks - 1 + REFERENCE_WEEKS)
    texts = _texts_by_week(known_tag(language), first)
    guide = voice_in_force(language)
    found = []
    for back in range(weeks - 1, -1, -1):
        start = monday - timedelta(weeks=back)
        week = texts.get(start, [])
        before = [one for step in range(1, REFERENCE_WEEKS + 1) for one in texts.get(start - timedelta(weeks=step), ())]
        found.append(WeekOfVoice(monday=start, drift=drift(week, before, guide), messages=len(week)))
    return found


def _texts_by_week(tag: str, first: date) -> Mapping[date, Sequence[str]]:
    rows = Draft.objects.filter(
        language=tag, written_at__date__gte=first, state__in=[DraftState.APPROVED.value, DraftState.PROPOSED.value]
    ).exclude(touch__state__in=[TouchState.CANCELLED.value, TouchState.SKIPPED.value])
    found: dict[date, list[str]] = defaultdict(list)
    for written_at, body in rows.order_by("id").values_list("written_at", "body"):
        monday = (written_at - timedelta(days=written_at.weekday())).date()
        if len(found[monday]) < MOST_TEXTS:
            found[monday].append(body)
    return found
