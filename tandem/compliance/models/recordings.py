"""Recorded conversations: sessions, who was there, and what must be deleted of them."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from tandem.compliance.contracts import RecordingScope, RecordingState
from tandem.compliance.contracts.recordings import SessionState
from tandem.compliance.models.addressed import choices, known


class RecordingSession(models.Model):
    """One stretch of a meeting that somebody wants to record."""

    meeting = models.CharField(max_length=120, help_text="The meeting's id in the calendar or the recorder.")
    scope = models.CharField(max_length=10, choices=choices(RecordingScope))
    state = models.CharField(max_length=9, choices=choices(SessionState))
    revision = models.PositiveIntegerField(default=0, help_text="Decisions so far; a permit of an older one is void.")
    everybody_agrees = models.BooleanField(help_text="Everybody is asked, also where one party would be enough.")
    announced_text = models.CharField(max_length=120, blank=True, default="", help_text="Id of the text read out.")
    announced_at = models.DateTimeField(null=True, help_text="None: not announced yet.")
    decision = models.JSONField(default=dict, help_text="The latest decision, with rules and versions.")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_from = models.DateTimeField(null=True, help_text="When it was first allowed. None: never.")
    used_at = models.DateTimeField(null=True, help_text="When a permit was last shown and found good.")
    closed_at = models.DateTimeField(null=True, help_text="None: it goes on.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["meeting"], condition=Q(closed_at=None), name="one_open_session_of_a_meeting"),
            CheckConstraint(condition=known("state", SessionState), name="session_state_is_known"),
            CheckConstraint(condition=known("scope", RecordingScope), name="session_scope_is_known"),
            CheckConstraint(
                condition=Q(state=SessionState.CLOSED.value, closed_at__isnull=False)
                | (~Q(state=SessionState.CLOSED.value) & Q(closed_at=None)),
                name="closed_session_has_its_end",
            ),
            CheckConstraint(
                condition=Q(announced_at=None, announced_text="")
                | (Q(announced_at__isnull=False) & ~Q(announced_text="")),
                name="announcement_names_its_text",
            ),
            CheckConstraint(
                condition=~Q(state=SessionState.RECORDING.value) | Q(recorded_from__isnull=False),
                name="recording_session_has_its_beginning",
            ),
        ]
        indexes = [
            Index(fields=["meeting", "-opened_at"], name="session_by_meeting"),
            Index(fields=["-opened_at"], name="session_by_day"),
        ]


class RecordingParticipant(models.Model):
    """Somebody in a session. What people say stands in the registry of recording consent; here only without address."""

    session = models.ForeignKey(RecordingSession, on_delete=models.CASCADE, related_name="participants")
    name = models.CharField(max_length=200)
    key_hash = models.CharField(max_length=32, blank=True, default="", help_text="Of the address; empty: none known.")
    key_id = models.CharField(max_length=8, blank=True, default="")
    address = models.CharField(max_length=254, blank=True, default="")
    subject = models.CharField(max_length=120, blank=True, default="")
    locations = models.JSONField(default=list, help_text="Candidates of the place; empty: not known.")
    is_host = models.BooleanField(default=False)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, help_text="None: there.")
    answer = models.CharField(
        max_length=8, choices=choices(RecordingState), default=RecordingState.UNKNOWN.value,
        help_text="What somebody without a known address said.",
    )  # fmt: skip
    answered_at = models.DateTimeField(null=True)
    wording = models.TextField(blank=True, default="")
    proof = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(answer=RecordingState.UNKNOWN.value, answered_at=None)
                | (known("answer", RecordingState) & Q(answered_at__isnull=False) & ~Q(proof="")),
                name="spoken_answer_has_proof",
            )
        ]
        indexes = [Index(fields=["key_hash"], name="recorded_by_address", condition=~Q(key_hash=""))]


class RecordingErasure(models.Model):
    """What must be deleted of a session, since somebody objected or took consent back."""

    session = models.ForeignKey(RecordingSession, on_delete=models.PROTECT, related_name="erasures")
    why = models.CharField(max_length=200)
    since = models.DateTimeField(help_text="Everything kept from here on goes.")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, help_text="None: not deleted yet.")
    proof = models.CharField(max_length=300, blank=True, default="", help_text="What shows that it is gone.")

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(done_at=None, proof="") | (Q(done_at__isnull=False) & ~Q(proof="")),
                name="recording_is_erased_with_proof",
            )
        ]
        indexes = [Index(fields=["asked_at"], name="erasure_open", condition=Q(done_at=None))]
