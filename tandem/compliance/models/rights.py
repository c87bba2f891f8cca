"""Requests of people, what was done in every store, limits they set; schedules of retention, legal holds, notices."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from tandem.compliance.contracts import AddressKind
from tandem.compliance.contracts.requests import (
    AT_ONCE,
    HoldScope,
    IdentityProof,
    Limit,
    RequestKind,
    RequestRoad,
    RequestState,
    StepState,
)
from tandem.compliance.models.addressed import Addressed, choices, known

_PROVED = [RequestState.CHECKED.value, RequestState.WORKING.value, RequestState.HELD.value, RequestState.DONE.value]
_WITHOUT_PROOF = [kind.value for kind in RequestKind if kind in AT_ONCE]  # in one order, whatever the set's


class RightsRequest(models.Model):
    """What somebody asks for about their data. After a deletion nothing of the person stays in it but keyed hashes."""

    kind = models.CharField(max_length=12, choices=choices(RequestKind))
    state = models.CharField(max_length=16, choices=choices(RequestState), default=RequestState.RECEIVED.value)
    road = models.CharField(max_length=12, choices=choices(RequestRoad), help_text="How it came in.")
    person = models.JSONField(help_text='{"emails", "phones", "names", "subjects"}; empty lists once erased.')
    note = models.TextField(blank=True, default="", help_text="What the person wrote.")
    changes = models.JSONField(default=dict, help_text="Correction: field to new value.")
    places = models.CharField(max_length=60, blank=True, default="", help_text='"DE,US-CA"; empty: unknown.')
    received_at = models.DateTimeField()
    recorded_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    due_on = models.DateField(help_text="The last day for the answer, as it stands.")
    confirm_by = models.DateField(null=True, help_text="The last day to confirm receipt. None: no law asks for it.")
    clock = models.JSONField(default=list, help_text="Deadlines with place, rule, version and source.")
    confirmed_at = models.DateTimeField(null=True, help_text="When the person was told that it came in.")
    asked_at = models.DateTimeField(null=True, help_text="When proof of identity was asked for.")
    paused_days = models.PositiveSmallIntegerField(default=0, help_text="Days that proof of identity was waited for.")
    proof = models.CharField(max_length=12, choices=choices(IdentityProof), blank=True, default="")
    proved_at = models.DateTimeField(null=True)
    proved_by = models.CharField(max_length=200, blank=True, default="", help_text="Name of the person, or the link.")
    extended_at = models.DateTimeField(null=True)
    extended_why = models.CharField(max_length=300, blank=True, default="")
    begun_at = models.DateTimeField(null=True)
    held_by = models.ForeignKey(
        "compliance.LegalHold", null=True, on_delete=models.PROTECT, related_name="+", help_text="None: not held."
    )
    finished_at = models.DateTimeField(null=True)
    refused_why = models.CharField(max_length=300, blank=True, default="")
    refused_law = models.CharField(max_length=200, blank=True, default="")
    outcome = models.JSONField(default=dict, help_text="What came of it: counts, suppressions, the crawl's findings.")

    class Meta:
        constraints = [
            CheckConstraint(condition=known("kind", RequestKind), name="request_kind_is_known"),
            CheckConstraint(condition=known("state", RequestState), name="request_state_is_known"),
            CheckConstraint(condition=known("road", RequestRoad), name="request_road_is_known"),
            CheckConstraint(
                condition=~Q(state__in=_PROVED) | (~Q(proof="") & Q(proved_at__isnull=False)),
                name="request_is_carried_out_for_a_proved_person",
            ),
            CheckConstraint(
                condition=~Q(proof=IdentityProof.NOT_NEEDED.value) | Q(kind__in=_WITHOUT_PROOF),
                name="only_rights_at_once_need_no_proof",
            ),
            CheckConstraint(
                condition=Q(
                    state__in=[RequestState.DONE.value, RequestState.REFUSED.value], finished_at__gte=F("received_at")
                )
                | (~Q(state__in=[RequestState.DONE.value, RequestState.REFUSED.value]) & Q(finished_at=None)),
                name="request_that_is_over_has_its_end",
            ),
            CheckConstraint(
                condition=Q(state=RequestState.REFUSED.value) & ~Q(refused_why="") & ~Q(refused_law="")
                | ~Q(state=RequestState.REFUSED.value) & Q(refused_why="", refused_law=""),
                name="refusal_names_reason_and_law",
            ),
            CheckConstraint(
                condition=Q(extended_at=None, extended_why="") | (Q(extended_at__isnull=False) & ~Q(extended_why="")),
                name="extension_has_its_reason",
            ),
            CheckConstraint(
                condition=Q(state=RequestState.HELD.value, held_by__isnull=False)
                | (~Q(state=RequestState.HELD.value) & Q(held_by=None)),
                name="held_request_names_its_hold",
            ),
        ]
        indexes = [
            Index(fields=["state", "due_on"], name="request_by_due"),
            Index(fields=["-received_at"], name="request_by_receipt"),
        ]


class RequestKey(models.Model):
    """An address of whoever asks, as a keyed hash: finds the request of an address, also after an erasure."""

    request = models.ForeignKey(RightsRequest, on_delete=models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=8, choices=choices(AddressKind))
    key_hash = models.CharField(max_length=32)
    key_id = models.CharField(max_length=8)

    class Meta:
        constraints = [UniqueConstraint(fields=["request", "kind", "key_hash"], name="one_request_key")]
        indexes = [Index(fields=["key_hash"], name="request_key_by_hash")]


class RequestWork(models.Model):
    """What a request did in one store; a run that broke off goes on with what is not done."""

    request = models.ForeignKey(RightsRequest, on_delete=models.CASCADE, related_name="work")
    position = models.PositiveSmallIntegerField()
    store = models.CharField(
        max_length=80, help_text='Name of the store; "suppression", "crawl" and the like for the desk.'
    )
    title = models.CharField(max_length=120)
    deed = models.CharField(max_length=16, help_text="collect, correct, erase, suppress, limit, pack, explain, crawl")
    state = models.CharField(max_length=8, choices=choices(StepState), default=StepState.WAITING.value)
    count = models.PositiveIntegerField(null=True, help_text="Rows or files. None: not done.")
    told = models.CharField(max_length=300, blank=True, default="", help_text="What happened, in words, without names.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["request", "store", "deed"], name="one_work_of_a_store"),
            CheckConstraint(condition=known("state", StepState), name="work_state_is_known"),
            CheckConstraint(
                condition=Q(state=StepState.DONE.value, finished_at__isnull=False, count__isnull=False)
                | ~Q(state=StepState.DONE.value),
                name="done_work_is_counted",
            ),
        ]


class RightsPackage(models.Model):
    """A file with somebody's data: fetched once by a reviewer, removed after its time."""

    request = models.OneToOneField(RightsRequest, on_delete=models.CASCADE, related_name="package")
    file = models.CharField(max_length=120, help_text="Name below the rights folder; empty: removed.", blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    items = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    keep_until = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    fetched_by = models.CharField(max_length=200, blank=True, default="")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(keep_until__gt=F("made_at")), name="package_is_kept_for_a_time"),
            CheckConstraint(
                condition=Q(removed_at=None) & ~Q(file="") | Q(removed_at__isnull=False, file=""),
                name="removed_package_has_no_file",
            ),
        ]


class PersonalLimit(Addressed):
    """What somebody forbade to be done with their data: automated decisions, or any use but keeping."""

    limit = models.CharField(max_length=12, choices=choices(Limit))
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="None: it holds.")
    ended_why = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            CheckConstraint(condition=known("limit", Limit), name="limit_is_known"),
            CheckConstraint(
                condition=Q(ended_at=None, ended_why="") | (Q(ended_at__gte=F("at")) & ~Q(ended_why="")),
                name="limit_ends_for_a_reason",
            ),
            UniqueConstraint(
                fields=["limit", "kind", "key_hash"], condition=Q(ended_at=None), name="one_standing_limit"
            ),
        ]
        indexes = [
            Index(fields=["key_hash", "limit"], name="limit_by_address"),
            Index(fields=["subject", "limit"], name="limit_by_subject"),
        ]


class RetentionSchedule(models.Model):
    """How long a kind of data is kept. A change is a new row; the old one ends."""

    kind = models.CharField(max_length=80, help_text="Name of the kind of data as its store registered it.")
    months = models.PositiveSmallIntegerField()
    basis = models.CharField(max_length=300, help_text="Rule or reason.")
    set_at = models.DateTimeField()
    set_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True, help_text="None: in force.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["kind"], condition=Q(ended_at=None), name="one_schedule_of_a_kind"),
            CheckConstraint(condition=Q(months__gte=1, months__lte=1200), name="schedule_has_a_length"),
            CheckConstraint(condition=~Q(basis=""), name="schedule_has_a_basis"),
        ]


class LegalHold(models.Model):
    """Data that must stay while a dispute or an inquiry lasts: it wins over retention and over deletion."""

    scope = models.CharField(max_length=10, choices=choices(HoldScope))
    subject = models.CharField(max_length=120, blank=True, default="", help_text='"contact:12", "account:3"; or empty.')
    key_hash = models.CharField(max_length=32, blank=True, default="", help_text="Of the person's address; or empty.")
    key_id = models.CharField(max_length=8, blank=True, default="")
    name = models.CharField(max_length=200, help_text="The matter, without names of people.")
    reason = models.TextField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, help_text="The last day. None: until it is lifted.")
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=200)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=200, blank=True, default="")
    lifted_why = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            CheckConstraint(condition=known("scope", HoldScope), name="hold_scope_is_known"),
            CheckConstraint(
                condition=Q(scope=HoldScope.EVERYTHING.value, subject="", key_hash="")
                | Q(scope=HoldScope.ACCOUNT.value, subject__startswith="account:", key_hash="")
                | (Q(scope=HoldScope.PERSON.value) & (~Q(subject="") | ~Q(key_hash=""))),
                name="hold_says_whom_it_keeps",
            ),
            CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="hold_ends_after_it_began"
            ),
            CheckConstraint(condition=~Q(reason="") & ~Q(name=""), name="hold_has_a_reason"),
            CheckConstraint(
                condition=Q(lifted_at=None, lifted_why="") | (Q(lifted_at__isnull=False) & ~Q(lifted_why="")),
                name="hold_is_lifted_for_a_reason",
            ),
        ]
        indexes = [Index(fields=["scope"], condition=Q(lifted_at=None), name="hold_standing")]


class NoticeGiven(Addressed):
    """Somebody whose data came from others was told so (GDPR Article 14)."""

    at = models.DateTimeField()
    how = models.CharField(max_length=100, help_text="By the first message, a letter, a page.")

    class Meta:
        constraints = [
            CheckConstraint(condition=~Q(evidence=""), name="notice_has_evidence"),
            CheckConstraint(condition=Q(at__lte=F("recorded_at")), name="notice_is_not_of_the_future"),
        ]
        indexes = [
            Index(fields=["subject", "at"], name="notice_by_subject"),
            Index(fields=["key_hash", "at"], name="notice_by_address"),
        ]


class DecisionRule(models.Model):
    """Whether a kind of decision must be a person's, where compliance set it otherwise than the product does."""

    kind = models.CharField(max_length=80, unique=True)
    is_material = models.BooleanField()
    reason = models.CharField(max_length=300)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [CheckConstraint(condition=~Q(reason=""), name="decision_rule_has_a_reason")]
