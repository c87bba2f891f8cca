"""Saved searches by version, lists of accounts by version, and runs that carry a list's accounts to engagement."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint


class SavedSearch(models.Model):
    """A search somebody keeps. What it asks is in its versions."""

    name = models.CharField(max_length=120)
    owner = models.ForeignKey(
        "access.Person", null=True, on_delete=models.SET_NULL, related_name="+", help_text="None: an agent made it."
    )
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    archived_at = models.DateTimeField(null=True, help_text="None: in use.")

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["name"], condition=Q(archived_at=None), name="one_search_in_use_per_name"
            )
        ]  # fmt: skip


class SearchVersion(models.Model):
    """What a search asks, from this version on. Never changed."""

    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(help_text="From 1, without gaps.")
    condition = models.JSONField(help_text="As `domain.conditions` reads it.")
    sentence = models.CharField(max_length=500, default="", help_text="What somebody typed; empty: built by hand.")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        constraints = [UniqueConstraint(fields=["search", "number"], name="one_search_version_per_number")]


class ListOrigin(models.TextChoices):
    """Where a list's accounts come from. Signals: at least one condition is about a signal or a technology.

    Firmographic: only about what a company is. File: somebody's names and domains. Hand: picked one by one.
    """

    SIGNALS = "signals"
    FIRMOGRAPHIC = "firmographic"
    FILE = "file"
    HAND = "hand"


class ProspectList(models.Model):
    """Accounts somebody wants to talk to. Every change of its accounts is a new version."""

    name = models.CharField(max_length=120)
    origin = models.CharField(max_length=12, choices=ListOrigin.choices)
    search_version = models.ForeignKey(
        SearchVersion, null=True, on_delete=models.SET_NULL, related_name="+", help_text="None: not from a saved one."
    )
    condition = models.JSONField(null=True, help_text="That found its first accounts. None: no search did.")
    as_of = models.DateTimeField(null=True, help_text="The moment the search was asked of. None: no search.")
    owner = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    archived_at = models.DateTimeField(null=True, help_text="None: in use.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["name"], condition=Q(archived_at=None), name="one_list_in_use_per_name"),
            CheckConstraint(condition=Q(version__gte=1), name="list_version_from_one"),
        ]


class EntryState(models.TextChoices):
    """Candidate: nothing decided. Excluded: must not be contacted. Passed: research says no. Held: something is
    missing. Deferred: good, and there is no room for it now. Ready: engagement may take it.
    """

    CANDIDATE = "candidate"
    EXCLUDED = "excluded"
    PASSED = "passed"
    HELD = "held"
    DEFERRED = "deferred"
    READY = "ready"


class ListEntry(models.Model):
    """An account of a list, from one version on until another."""

    prospect_list = models.ForeignKey(ProspectList, on_delete=models.CASCADE, related_name="entries")
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=9, choices=EntryState.choices, default=EntryState.CANDIDATE)
    reason = models.CharField(max_length=400, default="", help_text="Why it is in its state, in words.")
    because = models.TextField(default="", help_text="What made the search find it, in words.")
    evidence_ids = models.JSONField(default=list, help_text="That the search rested on.")
    quality = models.FloatField(null=True, help_text="Of its rationale, 0 to 1. None: not measured.")
    contact_ids = models.JSONField(default=list, help_text="Usable and allowed contacts, the opening one first.")
    added_by = models.CharField(max_length=200)
    added_at = models.DateTimeField()
    added_in = models.PositiveIntegerField(help_text="Version of the list.")
    removed_in = models.PositiveIntegerField(null=True, help_text="None: it is on the list.")
    removed_why = models.CharField(max_length=200, default="")
    ready_at = models.DateTimeField(null=True, help_text="When it became ready. None: it is not.")
    taken_at = models.DateTimeField(null=True, help_text="When engagement took it. None: not yet.")

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["prospect_list", "account"], condition=Q(removed_in=None), name="account_once_on_a_list"
            ),
            CheckConstraint(
                condition=Q(removed_in=None) | Q(removed_in__gt=F("added_in")), name="entry_goes_after_it_came"
            ),
            CheckConstraint(condition=~Q(state="ready") | Q(ready_at__isnull=False), name="ready_entry_has_its_moment"),
        ]  # fmt: skip
        indexes = [
            Index(fields=["account", "state"], name="list_entry_by_account"),
            Index(fields=["state", "taken_at"], name="list_entry_ready"),
        ]


class RunPhase(models.TextChoices):
    """Running (also: waiting for a worker), done, or stopped by a person."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class PipelineRun(models.Model):
    """One way of a list's accounts through all stages."""

    prospect_list = models.ForeignKey(ProspectList, on_delete=models.CASCADE, related_name="runs")
    list_version = models.PositiveIntegerField()
    phase = models.CharField(max_length=7, choices=RunPhase.choices, default=RunPhase.RUNNING)
    job_id = models.BigIntegerField(null=True, help_text="Of the background work that carries it. None: not begun.")
    started_by = models.JSONField(help_text="The actor on whose behalf it runs.")
    started_by_name = models.CharField(max_length=200)
    allowance = models.PositiveIntegerField(help_text="At most so many accounts become ready.")
    notes = models.JSONField(default=list, help_text="What a reader should know of the run, in words.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["prospect_list"], condition=Q(phase="running"), name="one_run_at_a_time_per_list")
        ]


class RowState(models.TextChoices):
    """Moving: goes on with its stage. Failed: the stage broke and can be tried again. The others are as entries'."""

    MOVING = "moving"
    FAILED = "failed"
    EXCLUDED = "excluded"
    PASSED = "passed"
    HELD = "held"
    DEFERRED = "deferred"
    READY = "ready"


class PipelineRow(models.Model):
    """One account of a run: the stage it stands before, or the one that ended its way."""

    run = models.ForeignKey(PipelineRun, on_delete=models.CASCADE, related_name="rows")
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    entry = models.ForeignKey(ListEntry, on_delete=models.CASCADE, related_name="+")
    stage = models.CharField(max_length=12, help_text="domain.pipeline.Stage value.")
    state = models.CharField(max_length=8, choices=RowState.choices, default=RowState.MOVING)
    reason = models.CharField(max_length=400, default="")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Of its present stage.")
    facts = models.JSONField(default=dict, help_text="What stages found: fit, value, quality, contacts, owner.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["run", "account"], name="one_row_per_run_and_account")]
        indexes = [Index(fields=["run", "state", "stage"], name="pipeline_row_by_stage")]


class ListTimeBaseline(models.Model):
    """How long list building took a seller before the product did it, as somebody measured it. Never changed."""

    hours = models.DecimalField(max_digits=4, decimal_places=1, help_text="Of one seller in one week.")
    accounts = models.PositiveIntegerField(help_text="That came of those hours.")
    measured_on = models.DateField()
    method = models.CharField(max_length=200, help_text="How it was measured, in words: time sheets, a survey.")
    entered_by = models.CharField(max_length=200)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(hours__gt=0), name="list_time_is_above_zero"),
            CheckConstraint(condition=Q(accounts__gte=1), name="list_time_brought_an_account"),
        ]
