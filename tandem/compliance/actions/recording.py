"""A conversation that is recorded: opened, joined, announced, agreed to, objected to, closed; the permit to keep it.

Each of these decides anew by the rules of contact and leaves the decision in the ledger. Where it does not allow the
recording, the session is paused until everybody concerned agrees or leaves. Nothing may be kept without a permit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from tandem.access.actions import require
from tandem.compliance.actions.consent import record_recording_consent
from tandem.compliance.actions.ledger import append
from tandem.compliance.contracts import RecordingScope, RecordingState
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.recordings import Participant, RecordingPermit, SessionStanding, SessionState
from tandem.compliance.domain import addresses
from tandem.compliance.domain.recording_sessions import may_record, request_for, to_be_asked
from tandem.compliance.models import RecordingErasure, RecordingParticipant, RecordingSession
from tandem.compliance.queries import rules
from tandem.compliance.queries.keys import hashes_of, read_all, registry_keys
from tandem.compliance.queries.recordings import as_standing, in_sight, present_in
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotFound, PolicyBlocked

RIGHT = "consent.edit"
MEETING = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+=-]{0,119}")
MOST_LOCATIONS, LONGEST_LOCATION = 20, 20


def open_recording(
    meeting: str,
    participants: Sequence[Participant],
    *,
    actor: Actor,
    now: datetime,
    scope: RecordingScope = RecordingScope.RECORDING,
    everybody_agrees: bool = True,
) -> SessionStanding:
    """Begin a session; it may be recorded at once only when the decision says so, else it is paused.

    meeting : its id in the calendar or the recorder
    participants : who is there, the host among them
    everybody_agrees : the house's own rule, stricter than the law of one-party places; False: the law alone decides

    Raises NotAllowed without "consent.edit", InvalidInput, Conflict when the meeting has an open session.
    """
    require(actor, RIGHT)
    if not MEETING.fullmatch(meeting):
        raise InvalidInput(
            f"{meeting!r} can't name a meeting.", hint="Letters, digits and . _ : @ + = - only, at most 120 of them."
        )
    try:
        with transaction.atomic():
            row = RecordingSession.objects.create(
                meeting=meeting, scope=scope.value, state=SessionState.PAUSED.value, everybody_agrees=everybody_agrees,
                opened_at=now, opened_by_id=None if actor.is_agent else actor.id,
            )  # fmt: skip
            for one in participants:
                _add(row, one, now)
            return _settle(row, "opened", actor=actor, now=now)
    except IntegrityError as error:
        raise Conflict(
            f"The meeting {meeting} has an open session already.", hint="Join that one, or close it first."
        ) from error


def announce(session_id: int, *, text: str, actor: Actor, now: datetime) -> SessionStanding:
    """The notice was read out to everybody who is there. Read it again when somebody joins.

    text : id of the disclosure text, with its version

    Raises NotAllowed, NotFound, InvalidInput without a text, Conflict when the session is over.
    """
    if not text.strip():
        raise InvalidInput("Which text was read out is empty.", hint="Name the disclosure text and its version.")
    with transaction.atomic():
        row = _open_session(session_id, actor)
        row.announced_text, row.announced_at = text.strip()[:120], now
        row.save(update_fields=["announced_text", "announced_at"])
        return _settle(row, "announced", actor=actor, now=now)


def join(session_id: int, participant: Participant, *, actor: Actor, now: datetime) -> SessionStanding:
    """Somebody came in: decided anew at once, and paused where they have not agreed and must.

    Raises NotAllowed, NotFound, InvalidInput, Conflict when the session is over.
    """
    with transaction.atomic():
        row = _open_session(session_id, actor)
        _add(row, participant, now)
        return _settle(row, "joined", actor=actor, now=now)


def leave(session_id: int, participant_id: int, *, actor: Actor, now: datetime) -> SessionStanding:
    """Somebody went: decided anew without them. Raises NotAllowed, NotFound, Conflict when the session is over."""
    with transaction.atomic():
        row = _open_session(session_id, actor)
        _there(row, participant_id)
        RecordingParticipant.objects.filter(id=participant_id, left_at=None).update(left_at=now)
        return _settle(row, "left", actor=actor, now=now)


def answer(
    session_id: int, participant_id: int, *, agrees: bool, proof: str, actor: Actor, now: datetime, wording: str = ""
) -> SessionStanding:
    """Somebody said yes or no to being recorded, for this meeting alone. A no is an objection.

    proof : where it can be looked up: the second of the recording, the chat, who heard it
    wording : what they were asked; needed for a yes

    Raises NotAllowed, NotFound, InvalidInput without proof or wording, Conflict when the session is over.
    """
    if not proof.strip() or (agrees and not wording.strip()):
        raise InvalidInput("The proof, or what the person was asked, is empty.", hint="Both are kept with a consent.")
    with transaction.atomic():
        row = _open_session(session_id, actor)
        who = _there(row, participant_id)
        _keep_answer(row, who, agrees=agrees, proof=proof, wording=wording, actor=actor, now=now)
        if not agrees:
            _ask_erasure(row, "somebody objected", since=who.joined_at, now=now)
        return _settle(row, "agreed" if agrees else "objected", actor=actor, now=now)


def object_to(session_id: int, participant_id: int, *, proof: str, actor: Actor, now: datetime) -> SessionStanding:
    """Somebody objects: recording stops at once, and what was kept while they were there must go. As `answer` no."""
    return answer(session_id, participant_id, agrees=False, proof=proof, actor=actor, now=now)


def withdraw(
    address: str, *, how: str, actor: Actor, now: datetime, country: str = "", subject: str = ""
) -> tuple[int, ...]:
    """Somebody takes back that they are recorded, for good: open sessions stop, all with them are listed to be deleted.

    how : on which road they said it; kept as the proof

    Returns the sessions whose recording must be deleted. Raises NotAllowed, InvalidInput for what is no address.
    """
    require(actor, RIGHT)
    with transaction.atomic():
        record_recording_consent(
            address, state=RecordingState.DECLINED, proof=how, source="taken back", at=now, actor=actor, now=now,
            country=country, subject=subject,
        )  # fmt: skip
        about = Q(key_hash__in=list(hashes_of(read_all([address], country=country))))
        listed = list_for_deletion(about, why="consent was taken back", now=now)
        there = RecordingParticipant.objects.filter(about).values("session")
        for row in RecordingSession.objects.filter(id__in=there, closed_at=None).order_by("id"):
            _settle(row, "consent taken back", actor=actor, now=now)
    return listed


def list_for_deletion(about: Q, *, why: str, now: datetime) -> tuple[int, ...]:
    """List every recording of these participants to be deleted, in the caller's transaction; returns their sessions.

    What is listed already is left out. The caller has checked that the actor may.
    """
    listed = []
    joined = RecordingParticipant.objects.filter(about).order_by("session", "joined_at").select_related("session")
    for who in {one.session_id: one for one in reversed(joined)}.values():
        if _ask_erasure(who.session, why, since=who.joined_at, now=now):
            listed.append(who.session_id)
    return tuple(sorted(listed))


def close(session_id: int, *, actor: Actor, now: datetime) -> SessionStanding:
    """The conversation is over. Raises NotAllowed, NotFound, Conflict when it is closed already."""
    with transaction.atomic():
        row = _open_session(session_id, actor)
        row.participants.filter(left_at=None).update(left_at=now)
        row.state, row.closed_at, row.revision = SessionState.CLOSED.value, now, row.revision + 1
        row.save(update_fields=["state", "closed_at", "revision"])
        append(actor=actor, action="compliance.recording_closed", subject=_subject(row), facts={})
    return as_standing(row)


def permit_for(session_id: int, *, actor: Actor, now: datetime) -> RecordingPermit:
    """The permit to record this session as it stands. Raises NotAllowed, NotFound, PolicyBlocked when it may not be."""
    row = _open_session(session_id, actor)
    _require_allowed(row, now)
    return RecordingPermit(
        session_id=row.id, meeting=row.meeting, scope=RecordingScope(row.scope), revision=row.revision, decided_at=now
    )


def check_permit(permit: RecordingPermit, *, now: datetime) -> None:
    """Whether something of this conversation may be kept now; call it in the transaction that stores.

    Decides anew, since a consent may have ended or been taken back elsewhere meanwhile. The session's row is held until
    the caller's transaction ends, so that nobody objects between the check and the storing.

    Raises PolicyBlocked for a permit that is void.
    """
    good = RecordingSession.objects.filter(
        id=permit.session_id, meeting=permit.meeting, scope=permit.scope.value, revision=permit.revision,
        state=SessionState.RECORDING.value, closed_at=None,
    )  # fmt: skip
    with transaction.atomic():
        if not good.update(used_at=now):
            raise _void("The permit to record is void: who is there, or what they said, has changed.")
        _require_allowed(good.get(), now)


def confirm_erasure(erasure_id: int, *, proof: str, actor: Actor, now: datetime) -> None:
    """What had to go is gone. proof : what shows it

    Raises NotAllowed without "consent.manage", NotFound, InvalidInput without proof, Conflict when it was told already.
    """
    require(actor, "consent.manage")
    if not proof.strip():
        raise InvalidInput("The proof is empty.", hint="Say what shows that the recording is gone.")
    with transaction.atomic():
        rows = RecordingErasure.objects.filter(id=erasure_id)
        row = rows.first()
        if row is None:
            raise NotFound(f"There is no deletion {erasure_id}.", hint="Open the meeting in the list of recordings.")
        if not rows.filter(done_at=None).update(done_at=now, proof=proof.strip()[:300]):
            raise Conflict("It was told already that this is gone.", hint="Reload the page.")
        append(actor=actor, action="compliance.recording_erased", subject=f"recording_session:{row.session_id}",
               facts={"erasure": erasure_id})  # fmt: skip


def _settle(row: RecordingSession, why: str, *, actor: Actor, now: datetime) -> SessionStanding:
    """Decide anew in the caller's transaction, keep it, and write it down."""
    present, told, allowed = _decide(row, now)
    before = row.revision
    row.state = (SessionState.RECORDING if allowed else SessionState.PAUSED).value
    row.decision = {**told, "asks": list(to_be_asked(present))}
    row.recorded_from = row.recorded_from or (now if allowed else None)
    row.revision = before + 1
    changed = RecordingSession.objects.filter(id=row.id, revision=before, closed_at=None).update(
        state=row.state, decision=row.decision, recorded_from=row.recorded_from, revision=row.revision
    )
    if not changed:
        raise Conflict("The session changed meanwhile.", hint="Say it once more.", code="recording.changed")
    spoken = [f"{rule['id']}@{rule['version']}" for rule in told["rules"]]
    facts = {"why": why, "state": row.state, "decision": told["decision"], "rules": spoken, "text": row.announced_text,
             "participants": [one.id for one in present], "asks": row.decision["asks"],
             "everybody_agrees": row.everybody_agrees, "rules_version": told["rules_version"]}  # fmt: skip
    append(actor=actor, action="compliance.recording_decided", subject=_subject(row), facts=facts)
    return as_standing(row)


def _decide(row: RecordingSession, now: datetime) -> tuple[list[Any], dict[str, Any], bool]:
    """Who is there, the rule engine's decision, and whether capture may go on."""
    present = present_in(row, now=now)
    decision = rules.decide(request_for(present, announced_at=row.announced_at, at=now))
    allowed = may_record(present, decision.outcome, everybody_agrees=row.everybody_agrees)
    told = decision.as_dict()
    if decision.outcome is Outcome.ALLOW and not allowed:
        told["explanation"] += " The house asks everybody first, and not everybody has said yes."
    return present, told, allowed


def _require_allowed(row: RecordingSession, now: datetime) -> None:
    _, told, allowed = _decide(row, now)
    if not allowed or row.state != SessionState.RECORDING:
        raise _void(f"Nothing of this conversation may be kept now. {told['explanation']}")


def _void(message: str) -> PolicyBlocked:
    return PolicyBlocked(
        message, hint="Stop capture, announce and ask; go on once everybody concerned agrees.", code="recording.void"
    )


def _open_session(session_id: int, actor: Actor) -> RecordingSession:
    require(actor, RIGHT)
    row = in_sight(actor, "edit").filter(id=session_id).first()
    if row is None:
        raise NotFound(
            f"There is no session {session_id} here.", hint="Look for the meeting in the list of recordings."
        )
    if row.closed_at is not None:
        raise Conflict("The session is over.", hint="Open a new one for this meeting.")
    return row


def _there(row: RecordingSession, participant_id: int) -> RecordingParticipant:
    who = RecordingParticipant.objects.filter(session=row, id=participant_id, left_at=None).first()
    if who is None:
        raise NotFound(f"Participant {participant_id} is not in this session now.", hint="Join them first.")
    return who


def _add(row: RecordingSession, one: Participant, now: datetime) -> None:
    places = [place.strip() for place in one.locations if place.strip()]
    if not one.name.strip() or len(places) > MOST_LOCATIONS or any(len(place) > LONGEST_LOCATION for place in places):
        raise InvalidInput(
            "A participant has a name, and places such as DE or US-CA.", hint=f"At most {MOST_LOCATIONS} places."
        )
    known: dict[str, str] = {}
    if one.address.strip():
        address = addresses.read(one.address)
        if address is None:
            raise InvalidInput(
                f"{one.address!r} is no address.",
                hint="Give a mail address, or a phone number with +; or leave it out.",
            )
        key = registry_keys()[0]
        known = {"key_hash": addresses.keyed_hash(address, key), "key_id": addresses.key_id(key),
                 "address": address.value}  # fmt: skip
    RecordingParticipant.objects.create(
        session=row, name=one.name.strip()[:200], locations=places, is_host=one.is_host, joined_at=now,
        subject=one.subject[:120], **known,
    )  # fmt: skip


def _keep_answer(
    row: RecordingSession,
    who: RecordingParticipant,
    *,
    agrees: bool,
    proof: str,
    wording: str,
    actor: Actor,
    now: datetime,
) -> None:
    """In the registry where the person is known by an address, else beside their name."""
    state = RecordingState.GRANTED if agrees else RecordingState.DECLINED
    if who.address:
        scope = RecordingScope(row.scope) if agrees else RecordingScope.RECORDING
        record_recording_consent(
            who.address, state=state, scope=scope, proof=proof, wording=wording, source=f"meeting {row.meeting}",
            at=now, meeting=row.meeting, subject=who.subject, actor=actor, now=now,
        )  # fmt: skip
        return
    RecordingParticipant.objects.filter(id=who.id).update(
        answer=state.value, answered_at=now, wording=wording.strip(), proof=proof.strip()[:300]
    )


def _ask_erasure(row: RecordingSession, why: str, *, since: datetime, now: datetime) -> bool:
    """List what was kept for deletion; False when nothing was ever allowed to be kept, or it is listed already."""
    if row.recorded_from is None:
        return False
    since = max(since, row.recorded_from)
    if RecordingErasure.objects.filter(session=row, done_at=None, since__lte=since).exists():
        return False
    RecordingErasure.objects.create(session=row, why=why, since=since, asked_at=now)
    return True


def _subject(row: RecordingSession) -> str:
    return f"recording_session:{row.id}"
