"""What people agreed to, what they said about being recorded, screenings, and facts of the relationship."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q

from tandem.compliance.contracts import (
    Channel,
    ConsentKind,
    Purpose,
    RecordingScope,
    RecordingState,
    RelationshipKind,
)
from tandem.compliance.domain.consent_terms import TERMS
from tandem.compliance.models.addressed import Addressed, choices, known

WITH_WORDING = [kind.value for kind, term in TERMS.items() if term.needs_wording]
WITH_END = [kind.value for kind, term in TERMS.items() if term.months is not None]


class Consent(Addressed):
    """One consent to one purpose on one channel. Withdrawn, never deleted, except with the whole person."""

    consent_kind = models.CharField(max_length=22, choices=choices(ConsentKind))
    channel = models.CharField(max_length=8, choices=choices(Channel))
    purpose = models.CharField(max_length=12, choices=choices(Purpose))
    country = models.CharField(max_length=2, blank=True, default="", help_text="ISO 3166-1; empty: unknown.")
    wording = models.TextField(blank=True, default="", help_text="The text that was agreed to, as it was shown.")
    proof = models.CharField(max_length=300, help_text="Form and time, call recording, signed paper: where to look.")
    given_at = models.DateTimeField()
    counts_from = models.DateTimeField(help_text="The event its life is counted from: purchase, inquiry, consent.")
    confirmed_at = models.DateTimeField(null=True, help_text="Double opt-in: when the link was pressed; None: never.")
    expires_at = models.DateTimeField(null=True, help_text="From then on it does not hold; None: no end.")
    withdrawn_at = models.DateTimeField(null=True, help_text="None: not withdrawn.")
    withdrawn_how = models.CharField(max_length=200, blank=True, default="", help_text="In which way, on which road.")

    class Meta:
        constraints = [
            CheckConstraint(condition=known("consent_kind", ConsentKind), name="consent_kind_is_known"),
            CheckConstraint(
                condition=known("channel", Channel) & ~Q(channel=Channel.ALL.value), name="consent_is_for_one_channel"
            ),
            CheckConstraint(
                condition=known("purpose", Purpose) & ~Q(purpose=Purpose.ANY.value), name="consent_is_for_one_purpose"
            ),
            CheckConstraint(condition=~Q(proof=""), name="consent_has_proof"),
            CheckConstraint(
                condition=~Q(consent_kind__in=WITH_WORDING) | ~Q(wording=""), name="given_consent_keeps_its_wording"
            ),
            CheckConstraint(
                condition=~Q(consent_kind__in=WITH_END) | Q(expires_at__isnull=False), name="implied_consent_has_an_end"
            ),
            CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("counts_from")), name="consent_ends_after_it_began"
            ),
            CheckConstraint(
                condition=Q(confirmed_at=None) | Q(confirmed_at__gte=F("given_at")),
                name="consent_is_confirmed_after_it_was_given",
            ),
            CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_how="")
                | (Q(withdrawn_at__gte=F("given_at")) & ~Q(withdrawn_how="")),
                name="consent_is_withdrawn_in_some_way",
            ),
            CheckConstraint(condition=Q(given_at__lte=F("recorded_at")), name="consent_is_not_of_the_future"),
        ]
        indexes = [
            Index(fields=["key_hash", "-given_at"], name="consent_by_address"),
            Index(fields=["subject"], name="consent_by_subject"),
            Index(fields=["expires_at"], name="consent_by_expiry", condition=Q(withdrawn_at=None)),
        ]


class RecordingConsent(Addressed):
    """What one person said about being recorded; the latest word that bears on what is asked stands."""

    state = models.CharField(max_length=8, choices=choices(RecordingState))
    scope = models.CharField(max_length=10, choices=choices(RecordingScope))
    meeting = models.CharField(max_length=120, blank=True, default="", help_text="Only for this one; empty: for all.")
    wording = models.TextField(blank=True, default="", help_text="What the person was told.")
    proof = models.CharField(max_length=300)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text="A granted one only; a refusal has no end.")

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(state=RecordingState.DECLINED.value, expires_at=None)
                | (Q(state=RecordingState.GRANTED.value, expires_at__gt=F("at")) & ~Q(wording="")),
                name="recording_is_granted_on_words_and_for_a_time",
            ),
            CheckConstraint(condition=known("scope", RecordingScope), name="recording_scope_is_known"),
            CheckConstraint(condition=~Q(proof=""), name="recording_consent_has_proof"),
            CheckConstraint(condition=Q(at__lte=F("recorded_at")), name="recording_consent_is_not_of_the_future"),
        ]
        indexes = [Index(fields=["key_hash", "-at"], name="recording_by_address")]


class DncScreening(Addressed):
    """One look of one number into one do-not-call register."""

    register = models.CharField(max_length=20, help_text="us_national, ca_dncl, uk_tps, ...")
    is_listed = models.BooleanField()
    screened_at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(condition=~Q(register=""), name="screening_names_its_register"),
            CheckConstraint(condition=Q(screened_at__lte=F("recorded_at")), name="screening_is_not_of_the_future"),
        ]
        indexes = [Index(fields=["key_hash", "register", "-screened_at"], name="screening_by_number")]


class Relationship(Addressed):
    """A dated fact about the relationship, from which a rule counts its months."""

    fact = models.CharField(max_length=16, choices=choices(RelationshipKind))
    at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(condition=known("fact", RelationshipKind), name="relationship_fact_is_known"),
            CheckConstraint(condition=~Q(evidence=""), name="relationship_fact_has_evidence"),
            CheckConstraint(condition=Q(at__lte=F("recorded_at")), name="relationship_fact_is_not_of_the_future"),
        ]
        indexes = [
            Index(fields=["key_hash", "-at"], name="relationship_by_address"),
            Index(fields=["subject", "-at"], name="relationship_by_subject"),
        ]
