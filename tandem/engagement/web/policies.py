"""Pages of policies: campaigns with theirs, and one with its rules as a form, its cases, and what the monitor sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.core import fragments, lists
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import Conflict, InvalidInput
from tandem.core.lists import Column, ListSpec, TextFilter
from tandem.engagement.actions import policies as actions
from tandem.engagement.contracts import BY_HAND, CHANNELS
from tandem.engagement.domain.policies import fault_of_cases
from tandem.engagement.domain.policy_rules import MOST_A_DAY, RULE_WORDS, Policy, PolicyState, policy_json
from tandem.engagement.queries import policies as queries
from tandem.engagement.queries.campaigns import campaign_with_figures, get_campaign, may_change
from tandem.engagement.queries.policy_list import list_campaign_policies

HOME = "/outreach/policies"
LISTS = ("countries", "segments", "forbidden_topics", "allowed_claims")
PAGE = "engagement/policy.html"
LIST = ListSpec(
    name="policies",
    noun="campaign",
    columns=(
        Column(key="name", label="Campaign", template="engagement/cells/policy_campaign.html"),
        Column(key="mode_words", label="Who decides", is_optional=True),
        Column(key="in_force", label="In force", template="engagement/cells/policy_state.html"),
        Column(key="tests", label="Cases", is_figure=True),
        Column(key="judged", label="Judged", is_figure=True, is_optional=True),
        Column(key="outside", label="Outside", is_figure=True),
    ),
    filters=(TextFilter(key="text", label="Campaign"),),
    empty_title="No campaign yet",
    empty_text="A policy belongs to a campaign.",
    empty_address="/outreach/campaigns/new",
    empty_action="New campaign",
)


class PolicyForm(forms.Form):
    """The rules of a policy."""

    channels = forms.MultipleChoiceField(
        choices=[(one, words) for one, words in CHANNELS.items() if one not in BY_HAND],
        widget=forms.CheckboxSelectMultiple, label="Channels",
    )  # fmt: skip
    countries = forms.CharField(label="Countries", required=False, help_text="DE, AT. Empty: any that is known or not.")
    segments = forms.CharField(label="Segments", required=False, help_text="Empty: any.")
    max_words = forms.IntegerField(label="Words at most", min_value=10, max_value=400)
    forbidden_topics = forms.CharField(label="Forbidden topics", required=False, help_text="Words, parted by commas.")
    allowed_claims = forms.CharField(
        label="Claims allowed", required=False,
        help_text="A text with figures that promise (40%, 3x, $200) must hold one of these words beside them.",
    )  # fmt: skip
    facts_younger_than_days = forms.IntegerField(
        label="Facts younger than, days", required=False, min_value=1, max_value=3_650, help_text="Empty: any age."
    )
    least_facts = forms.IntegerField(label="Facts at least", min_value=0, max_value=10)
    value_below = forms.DecimalField(
        label="Accounts worth less than", required=False, min_value=0, help_text="Empty: any worth."
    )
    starts_at = forms.TimeField(label="From, their time", widget=forms.TimeInput(format="%H:%M"))
    ends_at = forms.TimeField(label="To, their time", widget=forms.TimeInput(format="%H:%M"))
    a_day = forms.IntegerField(label="Messages a day", min_value=1, max_value=MOST_A_DAY)
    from_step = forms.IntegerField(
        label="From step", min_value=1, max_value=7, help_text="2: a person approves every opening."
    )
    note = forms.CharField(label="What changed", required=False, max_length=300)


class CaseForm(forms.Form):
    """One case."""

    name = forms.CharField(label="Case", max_length=120)
    body = forms.CharField(
        label="Text", max_length=5_000, widget=forms.Textarea(attrs={"rows": 4, "class": "area input"})
    )
    channel = forms.ChoiceField(label="Channel", choices=list(CHANNELS.items()))
    country = forms.CharField(label="Country", required=False, max_length=2)
    segment = forms.CharField(label="Segment", required=False, max_length=120)
    value = forms.DecimalField(label="Account's worth", required=False, min_value=0)
    local_time = forms.TimeField(label="Their time", widget=forms.TimeInput(format="%H:%M"), initial="10:00")
    fact_day = forms.DateField(label="Day of its fact", required=False, help_text="Empty: it has none.")
    today = forms.DateField(label="Today is")
    step = forms.IntegerField(label="Step", min_value=1, max_value=7, initial=1)
    sent_today = forms.IntegerField(label="Left today already", min_value=0, initial=0)
    breaches = forms.MultipleChoiceField(
        label="It must break", required=False, choices=[(rule.value, words) for rule, words in RULE_WORDS.items()],
        widget=forms.CheckboxSelectMultiple, help_text="None: it may leave.",
    )  # fmt: skip


@page("campaign", "view")
def list_page(request: HttpRequest) -> HttpResponse:
    """Campaigns with what software may send of them by itself."""
    state, actor = LIST.read(request.GET), actor_of(request)
    rows = list_campaign_policies(actor, text=state.text("text"), now=moment_of(request))
    listing = LIST.listing(state, rows[state.offset : state.offset + state.limit], total=len(rows))
    return lists.respond(request, "engagement/policies.html", listing, {})


@page("campaign", "view")
def one(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A campaign's policy, its versions and cases."""
    return _page(request, campaign_id)


@page("campaign", "edit", methods=("POST",))
def save(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Keep the rules as a draft."""
    actor = actor_of(request)
    get_campaign(actor, campaign_id)
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _page(request, campaign_id, form=form, status=422)
    try:
        number = actions.save(
            campaign_id, _rules(form.cleaned_data), note=form.cleaned_data["note"], actor=actor, now=moment_of(request)
        )
    except InvalidInput as error:
        form.add_error(None, f"{error.message} {error.hint or ''}".strip())
        return _page(request, campaign_id, form=form, status=422)
    return fragments.done(request, f"Version {number} is kept as a draft.", to=f"{HOME}/{campaign_id}")


@page("campaign", "edit", methods=("POST",))
def add_case(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Write a case."""
    actor = actor_of(request)
    get_campaign(actor, campaign_id)
    form = CaseForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        try:
            actions.add_test(
                campaign_id, told["name"], _facts(told), told["breaches"], actor=actor, now=moment_of(request)
            )
            return fragments.done(request, "The case is kept.", to=f"{HOME}/{campaign_id}#cases")
        except (InvalidInput, Conflict) as error:
            form.add_error(None, f"{error.message} {error.hint or ''}".strip())
    return _page(request, campaign_id, case_form=form, status=422)


@page("campaign", "edit", methods=("POST",))
def remove_case(request: HttpRequest, campaign_id: int, test_id: int) -> HttpResponse:
    """Take a case away."""
    actions.remove_test(test_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The case is taken away.", to=f"{HOME}/{campaign_id}#cases")


@page("campaign", "decide", methods=("POST",))
def force(request: HttpRequest, campaign_id: int, policy_id: int) -> HttpResponse:
    """Put a draft into force."""
    actions.put_in_force(policy_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The policy is in force.", to=f"{HOME}/{campaign_id}")


@page("campaign", "edit", methods=("POST",))
def retire(request: HttpRequest, campaign_id: int, policy_id: int) -> HttpResponse:
    """Take it out of force."""
    why = request.POST.get("why", "") or "Taken out of force."
    actions.retire(policy_id, why=why, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "A person approves every message again.", to=f"{HOME}/{campaign_id}")


def _page(
    request: HttpRequest,
    campaign_id: int,
    *,
    form: PolicyForm | None = None,
    case_form: CaseForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor, now = actor_of(request), moment_of(request)
    campaign, row = campaign_with_figures(actor, campaign_id)
    versions, tests = queries.list_policies(row.id), queries.list_tests(row.id)
    draft = next((one for one in versions if one.state == PolicyState.DRAFT), None)
    in_force = next((one for one in versions if one.state == PolicyState.IN_FORCE), None)
    shown = draft or in_force
    results = queries.results_of(shown.policy, tests) if shown else []
    context = {
        "row": row,
        "versions": versions,
        "draft": draft,
        "in_force": in_force,
        "shown": shown,
        "cases": list(zip(tests, results, strict=True)) if shown else [(test, None) for test in tests],
        "rule_words": {rule.value: words for rule, words in RULE_WORDS.items()},
        "fault": fault_of_cases(results) if draft else "",
        "watched": queries.watched(in_force.id, now=now) if in_force else None,
        "form": form or PolicyForm(initial=_initial(shown.policy if shown else Policy())),
        "case_form": case_form or CaseForm(initial={"today": now.date().isoformat()}),
        "may_edit": may_change(actor, campaign),
        "may_decide": may_change(actor, campaign, "decide"),
    }
    return render(request, PAGE, context, status=status)


def _initial(policy: Policy) -> dict[str, Any]:
    told = policy_json(policy)
    return {name: ", ".join(value) if name in LISTS else value for name, value in told.items()}


def _rules(told: Mapping[str, Any]) -> dict[str, Any]:
    """The form's fields as a policy is stored."""
    rules = {name: value for name, value in told.items() if name != "note"}
    for name in LISTS:
        rules[name] = [word.strip() for word in told[name].replace(";", ",").split(",") if word.strip()]
    rules["countries"] = [word.upper() for word in rules["countries"]]
    for name in ("starts_at", "ends_at"):
        rules[name] = told[name].strftime("%H:%M")
    return rules


def _facts(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "channel": told["channel"], "country": told["country"].upper(),
        "segment": told["segment"], "body": told["body"],
        "value": None if told["value"] is None else str(told["value"]),
        "local_time": told["local_time"].strftime("%H:%M"), "today": told["today"].isoformat(), "step": told["step"],
        "sent_today": told["sent_today"], "fact_days": [told["fact_day"].isoformat()] if told["fact_day"] else [],
    }  # fmt: skip


urlpatterns = [
    path("outreach/policies", list_page, name="policies"),
    path("outreach/policies/<int:campaign_id>", one, name="policy"),
    path("outreach/policies/<int:campaign_id>/save", save, name="policy_save"),
    path("outreach/policies/<int:campaign_id>/cases", add_case, name="policy_case_add"),
    path("outreach/policies/<int:campaign_id>/cases/<int:test_id>/remove", remove_case, name="policy_case_remove"),
    path("outreach/policies/<int:campaign_id>/versions/<int:policy_id>/force", force, name="policy_force"),
    path("outreach/policies/<int:campaign_id>/versions/<int:policy_id>/retire", retire, name="policy_retire"),
]
