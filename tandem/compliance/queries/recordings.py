"""Reads of recorded conversations: who is there, what they said, how a session stands, what must be deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from tandem.access.contracts import Reach
from tandem.access.queries import sight_of
from tandem.compliance.contracts import RecordingScope, RecordingState
from tandem.compliance.contracts.recordings import Attendance, Erasure, SessionStanding, SessionState
from tandem.compliance.domain import recording
from tandem.compliance.domain.recording_sessions import Present
from tandem.compliance.models import RecordingConsent, RecordingErasure, RecordingParticipant, RecordingSession
from tandem.core.actors import Actor
from tandem.core.errors import NotFound


def standing_of(session_id: int) -> SessionStanding:
    """How a session stands by its latest decision. Raises NotFound."""
    return as_standing(_session(session_id))


def get_session(actor: Actor, session_id: int) -> SessionStanding:
    """A session in sight. Raises NotFound, also out of sight."""
    row = in_sight(actor).filter(id=session_id).first()
    if row is None:
        raise _none(f"session {session_id}")
    return as_standing(row)


def sessions_of(actor: Actor, meeting: str) -> list[SessionStanding]:
    """The sessions of a meeting, oldest first. Raises NotFound when there is none in sight."""
    rows = list(in_sight(actor).filter(meeting=meeting).order_by("opened_at", "id"))
    if not rows:
        raise _none(f"recording of the meeting {meeting!r}")
    return [as_standing(row) for row in rows]


def list_sessions(
    actor: Actor, *, text: str = "", state: str = "", offset: int = 0, limit: int | None = 50
) -> list[Any]:
    """Sessions in sight, newest first, with `people` (how many took part) and `open_erasures`. limit None: all."""
    counted = Count("erasures", filter=Q(erasures__done_at=None), distinct=True)
    rows = _chosen(actor, text, state).annotate(people=Count("participants", distinct=True), open_erasures=counted)
    rows = rows.order_by("-opened_at", "-id")
    return list(rows[offset:] if limit is None else rows[offset : offset + limit])


def count_sessions(actor: Actor, *, text: str = "", state: str = "") -> int:
    """How many sessions the list has."""
    return _chosen(actor, text, state).count()


def attendance_of(session_id: int, *, now: datetime) -> list[Attendance]:
    """Everybody who took part, in the order of joining, with the word that counts. Three queries.

    Of a session that is over: what counted at its end.
    """
    session = _session(session_id)
    rows = list(RecordingParticipant.objects.filter(session=session_id).order_by("joined_at", "id"))
    until = min(session.closed_at or now, now)
    words = words_of(rows, meeting=session.meeting, scope=RecordingScope(session.scope), now=until)
    return [_attendance(row, words.get(row.id)) for row in rows]


def present_in(session: RecordingSession, *, now: datetime) -> list[Present]:
    """Who is in the conversation now, with what they said. Two queries."""
    rows = list(RecordingParticipant.objects.filter(session=session, left_at=None).order_by("joined_at", "id"))
    words = words_of(rows, meeting=session.meeting, scope=RecordingScope(session.scope), now=now)
    return [
        Present(
            id=row.id,
            locations=tuple(row.locations),
            number=row.address if row.address.startswith("+") else "",
            is_host=row.is_host,
            joined_at=row.joined_at,
            state=RecordingState(words[row.id].state if row.id in words else row.answer),
        )
        for row in rows
    ]


def words_of(
    rows: Sequence[RecordingParticipant], *, meeting: str, scope: RecordingScope, now: datetime
) -> dict[int, RecordingConsent]:
    """The entry of the registry that counts for each participant, by participant id; who has none is left out."""
    hashes = {row.key_hash for row in rows if row.key_hash}
    told = RecordingConsent.objects.filter(key_hash__in=hashes, meeting__in=["", meeting]) if hashes else ()
    by_hash: dict[str, dict[int, RecordingConsent]] = {}
    for entry in told:
        by_hash.setdefault(entry.key_hash, {})[entry.id] = entry
    found: dict[int, RecordingConsent] = {}
    for row in rows:
        entries = by_hash.get(row.key_hash, {})
        latest = recording.latest_word(map(recording_word, entries.values()), scope=scope, now=now)
        if latest is not None:
            found[row.id] = entries[latest.id]
    return found


def recording_word(row: RecordingConsent) -> recording.Word:
    """An entry of the registry as the rule of the strictest reads it."""
    return recording.Word(
        id=row.id,
        state=RecordingState(row.state),
        scope=RecordingScope(row.scope),
        at=row.at,
        expires_at=row.expires_at,
    )


def list_erasures(actor: Actor, *, session_ids: Iterable[int] | None = None, is_open: bool = True) -> list[Erasure]:
    """What must be deleted of recordings in sight, oldest first. is_open False: also what is gone already."""
    rows = RecordingErasure.objects.filter(session__in=in_sight(actor)).select_related("session")
    if session_ids is not None:
        rows = rows.filter(session__in=list(session_ids))
    if is_open:
        rows = rows.filter(done_at=None)
    names = ("id", "session_id", "why", "since", "asked_at", "done_at", "proof")
    return [
        Erasure(meeting=row.session.meeting, **{name: getattr(row, name) for name in names})
        for row in rows.order_by("asked_at", "id")
    ]


def as_standing(row: RecordingSession) -> SessionStanding:
    """A row as others may hold it."""
    names = (
        "id",
        "meeting",
        "revision",
        "everybody_agrees",
        "announced_text",
        "announced_at",
        "opened_at",
        "closed_at",
    )
    return SessionStanding(
        **{name: getattr(row, name) for name in names},
        state=SessionState(row.state),
        scope=RecordingScope(row.scope),
        decision={key: value for key, value in row.decision.items() if key != "asks"},
        asks=tuple(row.decision.get("asks", ())),
    )


def in_sight(actor: Actor, verb: str = "view") -> QuerySet[RecordingSession]:
    """Reviewers see all sessions; others those that they or their tree opened."""
    sight = sight_of(actor, verb, "consent")
    rows = RecordingSession.objects.all()
    return rows if sight.reach is Reach.ALL else rows.filter(opened_by__in=sight.person_ids)


def _chosen(actor: Actor, text: str, state: str) -> QuerySet[RecordingSession]:
    rows = in_sight(actor)
    if state:
        rows = rows.filter(state=state)
    return rows.filter(meeting__icontains=text) if text else rows


def _attendance(row: RecordingParticipant, word: RecordingConsent | None) -> Attendance:
    told: dict[str, Any] = {
        "state": RecordingState(row.answer),
        "said_at": row.answered_at,
        "wording": row.wording,
        "proof": row.proof,
    }
    if word is not None:
        told = {"state": RecordingState(word.state), "said_at": word.at, "wording": word.wording, "proof": word.proof,
                "consent_id": word.id}  # fmt: skip
    return Attendance(
        id=row.id,
        name=row.name,
        locations=tuple(row.locations),
        is_host=row.is_host,
        joined_at=row.joined_at,
        left_at=row.left_at,
        **told,
    )


def _session(session_id: int) -> RecordingSession:
    row = RecordingSession.objects.filter(id=session_id).first()
    if row is None:
        raise _none(f"session {session_id}")
    return row


def _none(what: str) -> NotFound:
    return NotFound(f"There is no {what} here.", hint="Look for the meeting in the list of recordings.")
