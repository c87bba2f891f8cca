"""Tables of what keeps AI tasks in check: prompts, evals, the division of work, and tools that wait for a person."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from tandem.agents.domain.evals import EvalKind
from tandem.agents.domain.prompts import PromptState
from tandem.agents.domain.work import WorkOwner
from tandem.core.actors import ActorKind


def _known(field: str, words: type[EvalKind] | type[PromptState] | type[WorkOwner] | type[ActorKind]) -> Q:
    return Q(**{f"{field}__in": [word.value for word in words]})


class PromptVersion(models.Model):
    """One text of a task's prompt. Texts are never changed: an edit is a new version."""

    task = models.CharField(max_length=80)
    number = models.PositiveIntegerField(help_text="From 1 within the task; 0 is the packaged text.")
    text = models.TextField()
    hash = models.CharField(max_length=64, help_text="SHA-256 of the text.")
    state = models.CharField(max_length=8, choices=[(word.value, word.value) for word in PromptState])
    author = models.ForeignKey(
        "access.Person", null=True, on_delete=models.SET_NULL, related_name="+", help_text="None: software."
    )
    author_name = models.CharField(max_length=200)
    note = models.CharField(max_length=300, default="", blank=True, help_text="Why it was written.")
    created_at = models.DateTimeField()
    live_from = models.DateTimeField(null=True, help_text="When it last went live; None: never yet.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["task", "number"], name="prompt_number_is_unique_in_its_task"),
            UniqueConstraint(fields=["task"], condition=Q(state="live"), name="one_live_prompt_a_task"),
            CheckConstraint(condition=_known("state", PromptState), name="prompt_state_is_known"),
            CheckConstraint(condition=~Q(state="live") | Q(live_from__isnull=False), name="live_prompt_has_its_moment"),
            CheckConstraint(condition=~Q(text=""), name="prompt_says_something"),
        ]
        indexes = [Index(fields=["task", "hash"], name="prompt_by_hash")]


class EvalRun(models.Model):
    """One pass of a frozen set (or of sampled live inputs) through one engine, with what came of it."""

    task = models.CharField(max_length=80)
    engine = models.CharField(max_length=120, help_text='"built-in" or "provider:model".')
    tier = models.CharField(max_length=8)
    kind = models.CharField(max_length=8, choices=[(word.value, word.value) for word in EvalKind])
    prompt_hash = models.CharField(max_length=64)
    set_hash = models.CharField(max_length=64, help_text="SHA-256 of the frozen set's bytes.")
    cases = models.PositiveIntegerField()
    schema_ok = models.FloatField(help_text="Share of cases, 0 to 1.")
    guards_ok = models.FloatField(help_text="Share of cases, 0 to 1.")
    expectations_ok = models.FloatField(help_text="Share of cases, 0 to 1.")
    mean_words = models.FloatField(default=0)
    seconds = models.FloatField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0, help_text="US dollars.")
    is_passed = models.BooleanField(help_text="Every figure reached the task's gate.")
    gate = models.JSONField(help_text="The thresholds it was held against.")
    asked_by_kind = models.CharField(max_length=6)
    asked_by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(condition=_known("kind", EvalKind), name="eval_kind_is_known"),
            CheckConstraint(condition=Q(cases__gt=0), name="eval_has_cases"),
            CheckConstraint(
                condition=Q(schema_ok__gte=0, schema_ok__lte=1, guards_ok__gte=0, guards_ok__lte=1)
                & Q(expectations_ok__gte=0, expectations_ok__lte=1),
                name="eval_shares_are_shares",
            ),
        ]
        indexes = [Index(fields=["task", "engine", "-at"], name="eval_by_task")]


class EvalCaseResult(models.Model):
    """What one case of a run came to."""

    run = models.ForeignKey(EvalRun, on_delete=models.CASCADE, related_name="results")
    number = models.PositiveIntegerField(help_text="Line in the set, from 1.")
    note = models.CharField(max_length=300, default="", blank=True)
    schema_ok = models.BooleanField()
    guards_ok = models.BooleanField()
    expectations_ok = models.BooleanField()
    words = models.PositiveIntegerField(default=0)
    wrong = models.JSONField(default=list, help_text="[{guard, span, message}] of what did not hold.")
    output = models.JSONField(null=True, help_text="What the engine answered; None: nothing that fits the schema.")

    class Meta:
        constraints = [UniqueConstraint(fields=["run", "number"], name="one_result_a_case")]


class EvalGate(models.Model):
    """A task's own thresholds in place of the house's."""

    task = models.CharField(max_length=80, unique=True)
    schema_ok = models.FloatField()
    guards_ok = models.FloatField()
    expectations_ok = models.FloatField()
    changed_by = models.CharField(max_length=200)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(schema_ok__gt=0, schema_ok__lte=1, guards_ok__gt=0, guards_ok__lte=1)
                & Q(expectations_ok__gt=0, expectations_ok__lte=1),
                name="gate_thresholds_are_shares",
            )
        ]


class WorkDivision(models.Model):
    """Who owns a kind of work where RevOps decided otherwise than the house, or added a kind of its own."""

    kind = models.CharField(max_length=80, unique=True, help_text='"negotiation_judgement", or a task\'s name.')
    title = models.CharField(max_length=120)
    owner = models.CharField(max_length=5, choices=[(word.value, word.value) for word in WorkOwner])
    why = models.CharField(max_length=300)
    changed_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [CheckConstraint(condition=_known("owner", WorkOwner), name="work_owner_is_known")]


class ToolRequest(models.Model):
    """A call of a tool by an agent that a person decides first."""

    tool = models.CharField(max_length=80)
    agent_id = models.BigIntegerField()
    agent_name = models.CharField(max_length=200)
    subject = models.CharField(max_length=120, help_text='What it is about, e.g. "account:42".')
    input = models.JSONField()
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, help_text="None: it waits.")
    decided_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    is_yes = models.BooleanField(null=True)
    reason = models.CharField(max_length=300, default="", blank=True)
    answer = models.CharField(max_length=300, default="", blank=True, help_text="What came of it.")

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, is_yes=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False, is_yes__isnull=False),
                name="tool_request_is_decided_whole",
            )
        ]
        indexes = [Index(fields=["-asked_at"], name="tool_requests_waiting", condition=Q(decided_at=None))]
