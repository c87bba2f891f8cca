"""Pages of models: which are connected, what they cost, where they process; and which tier does what."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.agents.actions import endpoints as actions
from tandem.agents.actions.endpoints import EndpointFields
from tandem.agents.actions.policy import set_rules
from tandem.agents.contracts import Provider, Tier
from tandem.agents.domain.routing import Rule
from tandem.agents.queries.endpoints import EndpointRow, get_endpoint, list_endpoints
from tandem.agents.queries.policy import REGIONS, routing_rules
from tandem.agents.queries.spending import spent_by_endpoint
from tandem.agents.queries.tasks import known_tasks
from tandem.agents.web.parts import dollars, form_page
from tandem.compliance.contracts.residency import REGION_NAMES, DestinationKind
from tandem.compliance.queries.residency import list_destinations
from tandem.core import clock, fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput

HOME = "/ai/models"
EMPTY_ROWS = 2
PROVIDERS = (
    (Provider.ANTHROPIC.value, "Anthropic"),
    (Provider.OPENAI.value, "OpenAI"),
    (Provider.GOOGLE.value, "Google"),
    (Provider.OPENAI_COMPATIBLE.value, "Own server that speaks OpenAI's protocol"),
)
TIERS = ((Tier.FAST.value, "fast: routine work"), (Tier.STRONG.value, "strong: what is at stake"))


class EndpointForm(forms.Form):
    """A model to connect."""

    name = forms.CharField(max_length=60, help_text="As pages and the shell call it, such as small.")
    provider = forms.ChoiceField(choices=PROVIDERS)
    model = forms.CharField(max_length=120, help_text="Exactly as the provider names it.")
    base_url = forms.CharField(
        label="Address", required=False, max_length=300, help_text="Only for an own server or proxy: https://host/v1."
    )
    key = forms.CharField(
        required=False, max_length=400, strip=True, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Stored sealed and never shown again. Empty keeps the one there is.",
    )  # fmt: skip
    tier = forms.ChoiceField(choices=TIERS)
    place = forms.IntegerField(label="Order in its tier", min_value=1, max_value=99, initial=1)
    price_in = forms.DecimalField(label="$ a million tokens read", min_value=0, max_digits=10, decimal_places=4)
    price_out = forms.DecimalField(label="$ a million tokens written", min_value=0, max_digits=10, decimal_places=4)
    destination = forms.ChoiceField(
        label="Where it processes", required=False,
        help_text="Model endpoints of the register of regions. Without one nothing is sent there.",
    )  # fmt: skip
    timeout = forms.IntegerField(label="Seconds for a call", min_value=1, max_value=actions.MOST_SECONDS, initial=60)
    most_tokens = forms.IntegerField(
        label="Tokens written at most", min_value=1, max_value=actions.MOST_TOKENS, initial=2048
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = list_destinations(today=clock.now().date())
        endpoints = [(one.key, one.name) for one in found if one.kind is DestinationKind.MODEL_ENDPOINT]
        self.fields["destination"].choices = [("", "not on record"), *endpoints]  # type: ignore[attr-defined]


@page("task", "view")
def model_list(request: HttpRequest) -> HttpResponse:
    """Connected models by tier, and the routing rules."""
    return _shown(request)


def _shown(request: HttpRequest, *, rules: list[Mapping[str, str]] | None = None, error: str = "") -> HttpResponse:
    actor, now = actor_of(request), moment_of(request)
    spent, places = spent_by_endpoint(now=now), {one.key: one for one in list_destinations(today=now.date())}
    may_manage = may(actor, "task.manage")
    lines = rules if rules is not None else [_told(rule) for rule in routing_rules()]
    context = {
        "endpoints": [(row, _facts(row, spent, places)) for row in list_endpoints()],
        "rules": [*lines, *([{}] * EMPTY_ROWS if may_manage else [])],
        "error": error,
        "tasks": [task.name for task in known_tasks()],
        "regions": [(code, REGION_NAMES[region]) for code, region in REGIONS.items()],
        "tiers": [one.value for one in Tier],
        "own_tiers": [(task.title, task.name, task.tier.value) for task in known_tasks()],
        "may_manage": may_manage,
    }
    return render(request, "agents/models.html", context, status=422 if error else 200)


def _facts(
    row: EndpointRow, spent: Mapping[int, tuple[Decimal, int, int]], places: Mapping[str, Any]
) -> dict[str, Any]:
    cost, calls, failed = spent.get(row.id, (Decimal(0), 0, 0))
    place = places.get(row.destination)
    return {
        "prices": f"{dollars(row.price_in)} in, {dollars(row.price_out)} out",
        "cost": dollars(cost),
        "calls": calls,
        "failed": failed,
        "place": ", ".join(place.places) or "not known" if place else "",
    }


def _told(rule: Rule) -> dict[str, str]:
    value = f"{rule.least_value.normalize():f}" if rule.least_value is not None else ""
    return {"task": rule.task, "value": value, "region": rule.region, "tier": rule.tier.value, "note": rule.note}


@page("task", "manage", methods=("POST",))
def rules_set(request: HttpRequest) -> HttpResponse:
    """Put the rules of the form in the place of those there were."""
    lines = _lines(request.POST)
    try:
        set_rules([_rule(place, line) for place, line in enumerate(lines, 1)], actor=actor_of(request),
                  now=moment_of(request))  # fmt: skip
    except InvalidInput as error:
        return _shown(request, rules=list(lines), error=" ".join(filter(None, (error.message, error.hint))))
    return fragments.done(request, "Kept. The next run is routed by it.", to=HOME)


def _lines(posted: QueryDict) -> list[dict[str, str]]:
    """Rows of the form that say anything; a row without a task pattern is taken out."""
    names = ("task", "value", "region", "tier", "note")
    columns = [[str(text).strip() for text in posted.getlist(name)] for name in names]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=False)]
    return [row for row in rows if row["task"]]


def _rule(place: int, line: Mapping[str, str]) -> Rule:
    try:
        value = Decimal(line["value"].replace(",", "")) if line["value"] else None
        if value is not None and not value.is_finite():
            raise InvalidOperation
        return Rule(place=place, task=line["task"], tier=Tier(line["tier"]), least_value=value, region=line["region"],
                    note=line["note"])  # fmt: skip
    except InvalidOperation as error:
        raise InvalidInput(
            f"Rule {place}: {line['value']!r} is no amount.", hint="Write a number such as 50000."
        ) from error
    except ValueError as error:
        raise InvalidInput(
            f"Rule {place}: {line['tier']!r} is no tier.", hint="Choose rules, fast or strong."
        ) from error


@page("task", "manage", methods=("GET", "POST"))
def model_add(request: HttpRequest) -> HttpResponse:
    """Connect a model."""

    def write(said: Mapping[str, Any]) -> str:
        actions.add_endpoint(_fields(said), actor=actor_of(request), now=moment_of(request))
        return "Connected. Try it, then run the evals of the tasks it is to do."

    note = "It answers a task live only after it has passed the task's evals."
    return form_page(request, EndpointForm, write, title="Connect a model", button="Connect", back=HOME, crumb="Models",
                     note=note)  # fmt: skip


@page("task", "manage", methods=("GET", "POST"))
def model_change(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Change what is said of a model."""
    row = get_endpoint(endpoint_id)

    def write(said: Mapping[str, Any]) -> str:
        actions.change_endpoint(endpoint_id, _fields(said), actor=actor_of(request), now=moment_of(request))
        return "Kept. It holds from the next call on."

    note = f"Its key ends in {row.key_hint}." if row.key_hint else "It has no key."
    return form_page(request, EndpointForm, write, title=f"Change {row.name}", button="Keep", back=HOME, crumb="Models",
                     note=note, initial=row.as_dict())  # fmt: skip


def _fields(said: Mapping[str, Any]) -> EndpointFields:
    return EndpointFields(**{**said, "provider": Provider(said["provider"]), "tier": Tier(said["tier"])})


@page("task", "manage", methods=("POST",))
def model_try(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Ask it one question on made-up companies; the run says what came of it."""
    found = actions.try_endpoint(endpoint_id, actor=actor_of(request), now=moment_of(request))
    told = f"It answered, for {dollars(found.cost)}." if found.output else f"It gave no answer. {found.because}"
    return fragments.done(request, told, to=f"/ai/runs/{found.run_id}")


@page("task", "manage", methods=("POST",))
def model_switch(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """On or off."""
    is_on = request.POST.get("is_active") == "1"
    actions.set_active(endpoint_id, is_on, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "It may be asked again." if is_on else "It is not asked any more.", to=HOME)


@page("task", "manage", methods=("POST",))
def model_end(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Taken away with its key."""
    actions.end_endpoint(endpoint_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "Taken away, and its key with it.", to=HOME)


urlpatterns = [
    path("ai/models", model_list, name="ai_models"),
    path("ai/models/new", model_add, name="ai_model_new"),
    path("ai/models/rules", rules_set, name="ai_rules"),
    path("ai/models/<int:endpoint_id>", model_change, name="ai_model"),
    path("ai/models/<int:endpoint_id>/try", model_try, name="ai_model_try"),
    path("ai/models/<int:endpoint_id>/switch", model_switch, name="ai_model_switch"),
    path("ai/models/<int:endpoint_id>/end", model_end, name="ai_model_end"),
]
