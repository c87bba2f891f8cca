"""Runs of AI tasks, calls of models, and what may be spent on them."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from tandem.agents.contracts import BudgetScope, CallState, Provider, RunState, Tier


def _choices(words: type[StrEnum]) -> list[tuple[str, str]]:
    return [(word.value, word.value.replace("_", " ")) for word in words]


def _known(field: str, words: type[StrEnum]) -> Q:
    return Q(**{f"{field}__in": [word.value for word in words]})


class ModelEndpoint(models.Model):
    """A language model at an address, with what it costs and where it processes. Ended ones stay for their calls."""

    name = models.CharField(max_length=60, help_text="As pages and the shell call it.")
    provider = models.CharField(max_length=20, choices=_choices(Provider))
    model = models.CharField(max_length=120, help_text="As the provider names it.")
    base_url = models.CharField(max_length=300, blank=True, default="", help_text="Empty: the provider's own address.")
    sealed_key = models.TextField(blank=True, default="", help_text="Sealed; empty: none is needed.")
    key_hint = models.CharField(max_length=8, blank=True, default="", help_text="What may be shown of the key.")
    tier = models.CharField(max_length=8, choices=_choices(Tier))
    place = models.PositiveSmallIntegerField(default=1, help_text="Order within the tier; the first is asked first.")
    price_in = models.DecimalField(max_digits=10, decimal_places=4, help_text="US dollars a million tokens read.")
    price_out = models.DecimalField(max_digits=10, decimal_places=4, help_text="US dollars a million tokens written.")
    destination = models.CharField(
        max_length=60, blank=True, default="", help_text="Key of the destination in the register of regions."
    )
    timeout = models.PositiveSmallIntegerField(default=60, help_text="Seconds for one call.")
    most_tokens = models.PositiveIntegerField(default=2_048, help_text="Written by the model in one call, at most.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="None: it stands.")

    class Meta:
        constraints = [
            CheckConstraint(condition=_known("provider", Provider), name="endpoint_provider_is_known"),
            CheckConstraint(
                condition=Q(tier__in=[Tier.FAST.value, Tier.STRONG.value]), name="endpoint_is_fast_or_strong"
            ),
            CheckConstraint(condition=Q(price_in__gte=0, price_out__gte=0), name="endpoint_prices_are_not_negative"),
            CheckConstraint(condition=Q(timeout__gte=1) & Q(most_tokens__gte=1), name="endpoint_is_bounded"),
            CheckConstraint(condition=Q(ended_at=None) | Q(is_active=False), name="ended_endpoint_is_not_active"),
            UniqueConstraint(fields=["name"], condition=Q(ended_at=None), name="one_standing_endpoint_of_a_name"),
        ]


class RoutingRule(models.Model):
    """Which tier does a task. The first rule that fits counts; without one the task's own tier."""

    place = models.PositiveSmallIntegerField(help_text="Order, from 1.")
    task = models.CharField(max_length=80, default="*", help_text='Pattern of task names: "prospecting.*".')
    least_value = models.DecimalField(
        max_digits=16, decimal_places=2, null=True, help_text="Only from this value on, in own currency. None: any."
    )
    region = models.CharField(max_length=8, blank=True, default="", help_text="Only of people there. Empty: any.")
    tier = models.CharField(max_length=8, choices=_choices(Tier))
    note = models.CharField(max_length=200, blank=True, default="", help_text="Why, in words.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["place"], name="one_routing_rule_of_a_place"),
            CheckConstraint(condition=_known("tier", Tier), name="rule_tier_is_known"),
            CheckConstraint(condition=~Q(task=""), name="rule_has_a_task"),
        ]


class Budget(models.Model):
    """What may be spent on models. When a call could go over it, the built-in engine answers instead."""

    scope = models.CharField(max_length=8, choices=_choices(BudgetScope))
    key = models.CharField(max_length=120, blank=True, default="", help_text="Task, seller's id or campaign.")
    a_day = models.DecimalField(max_digits=12, decimal_places=4, null=True, help_text="US dollars. None: no limit.")
    a_month = models.DecimalField(max_digits=12, decimal_places=4, null=True, help_text="US dollars. None: no limit.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["scope", "key"], name="one_budget_of_a_key"),
            CheckConstraint(condition=_known("scope", BudgetScope), name="budget_scope_is_known"),
            CheckConstraint(
                condition=(Q(scope=BudgetScope.ALL.value) & Q(key="")) | (~Q(scope=BudgetScope.ALL.value) & ~Q(key="")),
                name="budget_of_a_part_names_it",
            ),
            CheckConstraint(
                condition=Q(a_day__gte=0) | Q(a_day=None) & Q(a_month__gte=0), name="budget_has_a_limit"
            ),
        ]  # fmt: skip


class Spending(models.Model):
    """What models cost on a day, for one scope; with what calls that are under way can cost at most.

    In whole units, so that adding and taking back is exact on every database.
    """

    scope = models.CharField(max_length=8, choices=_choices(BudgetScope))
    key = models.CharField(max_length=120, blank=True, default="")
    on = models.DateField(help_text="Day in UTC.")
    units = models.BigIntegerField(default=0, help_text="Hundred-millionths of a US dollar.")
    calls = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["scope", "key", "on"], name="one_spending_of_a_day"),
            CheckConstraint(condition=Q(units__gte=0), name="spending_is_not_negative"),
        ]


class AgentRun(models.Model):
    """One thing that was done by an AI task: what went in, what came out, by whom, and why so."""

    task = models.CharField(max_length=80)
    subject = models.CharField(max_length=120, help_text='What it is about: "account:42".')
    subject_kind = models.CharField(max_length=20, help_text="The subject's first word; decides who may see it.")
    subject_number = models.BigIntegerField(null=True, help_text="The subject's id. None: it has no number.")
    actor_kind = models.CharField(max_length=6)
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=120)
    seller = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    campaign = models.CharField(max_length=120, blank=True, default="")
    region = models.CharField(max_length=8, blank=True, default="")
    value = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    engine = models.CharField(max_length=150, help_text='"built-in" or "provider:model".')
    tier = models.CharField(max_length=8, choices=_choices(Tier))
    state = models.CharField(max_length=10, choices=_choices(RunState))
    prompt_hash = models.CharField(max_length=64)
    input_hash = models.CharField(max_length=64, help_text="SHA-256 of the input in canonical form.")
    input = models.JSONField(null=True, help_text="None: erased, or past its time.")
    output = models.JSONField(null=True, help_text="None: refused, erased, or past its time.")
    evidence_ids = models.JSONField(default=list)
    violations = models.JSONField(default=list, help_text="Of the answer that was refused or repaired.")
    because = models.TextField(blank=True, default="")
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=8, default=0, help_text="US dollars, of all its calls.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Calls of models.")
    seconds = models.FloatField(default=0.0)
    started_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, help_text="When what was asked and answered was taken out.")

    class Meta:
        constraints = [
            CheckConstraint(condition=_known("state", RunState), name="run_state_is_known"),
            CheckConstraint(condition=_known("tier", Tier), name="run_tier_is_known"),
            CheckConstraint(
                condition=~Q(state=RunState.REFUSED.value) | Q(output__isnull=True), name="refused_run_has_no_output"
            ),
            CheckConstraint(condition=Q(cost__gte=0), name="run_cost_is_not_negative"),
        ]  # fmt: skip
        indexes = [
            Index(fields=["task", "-id"], name="run_by_task"),
            Index(fields=["state", "-id"], name="run_by_state"),
            Index(fields=["subject_kind", "subject_number", "-id"], name="run_by_subject"),
            Index(fields=["started_at"], name="run_by_time"),
        ]


class ModelCall(models.Model):
    """One call of a provider, written down before it leaves and settled once. Open ones count at their bound."""

    run = models.ForeignKey("agents.AgentRun", null=True, on_delete=models.SET_NULL, related_name="calls")
    endpoint = models.ForeignKey("agents.ModelEndpoint", on_delete=models.PROTECT, related_name="+")
    task = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    seller = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    campaign = models.CharField(max_length=120, blank=True, default="")
    state = models.CharField(max_length=8, choices=_choices(CallState))
    failure = models.CharField(max_length=300, blank=True, default="", help_text="What went wrong, in words.")
    bound = models.DecimalField(max_digits=14, decimal_places=8, help_text="US dollars it can cost at most.")
    cost = models.DecimalField(max_digits=14, decimal_places=8, null=True, help_text="US dollars. None: open.")
    is_bound = models.BooleanField(default=False, help_text="The provider did not say; the bound counts.")
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    started_at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(condition=_known("state", CallState), name="call_state_is_known"),
            CheckConstraint(
                condition=(Q(state=CallState.OPEN.value) & Q(cost=None))
                | (~Q(state=CallState.OPEN.value) & Q(cost__gte=0)),
                name="call_costs_when_settled",
            ),
        ]
        indexes = [
            Index(fields=["started_at"], name="call_by_time"),
            Index(fields=["endpoint", "-id"], name="call_by_endpoint"),
        ]


class CachedAnswer(models.Model):
    """An answer to a question that was asked before in the same words, of the same engine, under the same prompt."""

    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of task, prompt, engine, schema and input.")
    task = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    engine = models.CharField(max_length=150)
    output = models.JSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [Index(fields=["expires_at"], name="cached_expiry"), Index(fields=["subject"], name="cached_subject")]
