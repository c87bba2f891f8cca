"""Pages of campaigns: the list, and one with its people, arms, mode with what must stand first, targets and stops."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.contracts import ROLE_LABELS, Role
from tandem.access.guard import page
from tandem.access.queries import list_people, may
from tandem.accounts.queries.totals import Rates
from tandem.compliance.contracts.gate import Mode
from tandem.core import fragments, lists
from tandem.core.actors import Actor
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput
from tandem.core.lists import ChoiceFilter, Column, ListSpec, TextFilter
from tandem.engagement.actions import campaigns as actions
from tandem.engagement.actions import enrolling
from tandem.engagement.actions.campaigns import CampaignFields
from tandem.engagement.actions.modes import change_mode
from tandem.engagement.contracts import MODE_WORDS, Arm, CampaignState, EnrollmentState
from tandem.engagement.domain.experiments import ARM_WORDS
from tandem.engagement.domain.modes import SPONSOR_ROLES
from tandem.engagement.queries import campaigns as queries
from tandem.engagement.queries.experiments import arms_of, variants_of
from tandem.engagement.queries.modes import order_of
from tandem.engagement.queries.outcomes import Chosen, follow
from tandem.engagement.queries.overview import next_due, people_of
from tandem.engagement.queries.policies import policy_in_force
from tandem.engagement.queries.sequences import published_versions
from tandem.engagement.web.form_pages import form_page
from tandem.prospecting.queries.lists import list_lists

HOME = "/outreach/campaigns"
REFUSED_SHOWN = 20
LIST = ListSpec(
    name="campaigns",
    noun="campaign",
    default_sort="-made",
    columns=(
        Column(key="name", label="Campaign", template="engagement/cells/campaign.html", sort="name"),
        Column(key="state", label="State", template="engagement/cells/campaign_state.html", sort="state"),
        Column(
            key="mode",
            label="Who decides",
            template="engagement/cells/campaign_mode.html",
            sort="mode",
            is_optional=True,
        ),
        Column(key="going_on", label="Going on", is_figure=True),
        Column(key="answered", label="Answered", is_figure=True, is_optional=True),
        Column(key="sent", label="Sent", is_figure=True, is_optional=True),
        Column(key="owner_name", label="Owner", is_optional=True),
    ),
    filters=(
        TextFilter(key="text", label="Name"),
        ChoiceFilter(key="state", label="State", choices=tuple((one.value, one.value) for one in CampaignState)),
        ChoiceFilter(
            key="mode", label="Who decides", choices=tuple((one.value, told) for one, told in MODE_WORDS.items())
        ),
    ),
    empty_title="No campaign yet",
    empty_text="A campaign runs a published sequence for one segment, with an owner and a mode.",
    empty_address=f"{HOME}/new",
    empty_action="New campaign",
)
PEOPLE = ListSpec(
    name="campaign_people",
    noun="person,people",
    columns=(
        Column(key="name", label="Person", template="engagement/cells/plan_person.html"),
        Column(key="state", label="State", template="engagement/cells/plan_state.html"),
        Column(key="progress", label="Touches", is_figure=True),
        Column(key="arm", label="Arm", is_optional=True),
        Column(key="seller", label="Seller", is_optional=True),
        Column(key="enrolled_at", label="Since", is_optional=True),
    ),
    filters=(
        TextFilter(key="text", label="Name"),
        ChoiceFilter(key="state", label="State", choices=tuple((one.value, one.value) for one in EnrollmentState)),
    ),
    empty_title="Nobody is enrolled",
    empty_text="Start the campaign, then enroll people from a prospecting list or by number.",
)


def _people_choices(roles: frozenset[Role] | None = None) -> list[tuple[str, str]]:
    """Active people with an empty first choice."""
    known = [one for one in list_people(active_only=True) if roles is None or one.role in roles]
    return [("", "nobody"), *((str(one.id), f"{one.name}, {ROLE_LABELS[Role(one.role)].lower()}") for one in known)]


class CampaignForm(forms.Form):
    """What is said of a campaign."""

    name = forms.CharField(label="Name", max_length=120)
    segment = forms.CharField(label="Segment", max_length=120, required=False, help_text="Empty: all.")
    message = forms.CharField(
        label="What we offer them", max_length=2_000, required=False, help_text="A sentence or two of our own.",
        widget=forms.Textarea(attrs={"rows": 3, "class": "area input"}),
    )  # fmt: skip
    sponsor = forms.ChoiceField(
        label="Executive sponsor", required=False, help_text="With a revenue role; answers for it."
    )
    new_per_day = forms.IntegerField(label="New people a day, at most", min_value=1, max_value=5_000, initial=50)
    value_threshold = forms.DecimalField(
        label="Two approvals for accounts worth more than", required=False, min_value=Decimal(0)
    )
    human = forms.IntegerField(label=f"Arm “{ARM_WORDS[Arm.HUMAN]}”, %", required=False, min_value=0, max_value=100)
    hybrid = forms.IntegerField(label=f"Arm “{ARM_WORDS[Arm.HYBRID]}”, %", required=False, min_value=0, max_value=100)
    autonomous = forms.IntegerField(
        label=f"Arm “{ARM_WORDS[Arm.AUTONOMOUS]}”, %", required=False, min_value=0, max_value=100,
        help_text="Only once the campaign is opted in. All three empty: no experiment.",
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["sponsor"].choices = _people_choices(SPONSOR_ROLES)  # type: ignore[attr-defined]


@page("campaign", "view")
def list_page(request: HttpRequest) -> HttpResponse:
    """Campaigns in sight."""
    state, actor = LIST.read(request.GET), actor_of(request)
    told = {"text": state.text("text"), "state": state.text("state"), "mode": state.text("mode")}
    rows = queries.list_campaigns(actor, **told, sort=state.sort, offset=state.offset, limit=state.limit)  # type: ignore[arg-type]
    listing = LIST.listing(state, rows, total=queries.count_campaigns(actor, **told))
    return lists.respond(request, "engagement/campaigns.html", listing, {"may_edit": may(actor, "campaign.edit")})


def _new_form(actor: Actor) -> type[CampaignForm]:
    """The form with the sequences that the actor can take."""
    choices = [(str(pk), told) for pk, told in published_versions(actor)]

    class NewForm(CampaignForm):
        """A new campaign."""

        version = forms.ChoiceField(
            label="Sequence", choices=choices, help_text="The newest published version of each."
        )
        field_order = ("name", "version")

    return NewForm


@page("campaign", "edit", methods=("GET", "POST"))
def new(request: HttpRequest) -> HttpResponse:
    """A new campaign, as a draft in which a person approves every message."""
    actor = actor_of(request)

    def write(told: Mapping[str, Any]) -> tuple[str, str]:
        made = actions.create(int(told["version"]), _fields(told), actor=actor, now=moment_of(request))
        return "The campaign is there. Start it when it is ready.", f"{HOME}/{made}"

    return form_page(
        request, _new_form(actor), write, title="New campaign", button="Make it", back=HOME, crumb="Campaigns",
        note="It begins with approval of every message; anything else is opted in to later.",
    )  # fmt: skip


@page("campaign", "edit", methods=("GET", "POST"))
def edit(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Change what is said of a campaign."""
    actor = actor_of(request)
    row = queries.editable_campaign(actor, campaign_id)

    def write(told: Mapping[str, Any]) -> tuple[str, str]:
        actions.change(campaign_id, _fields(told), actor=actor, now=moment_of(request))
        return "The campaign is changed.", f"{HOME}/{campaign_id}"

    initial = {
        "name": row.name, "segment": row.segment, "message": row.message, "sponsor": row.sponsor_id,
        "new_per_day": row.new_per_day, "value_threshold": row.value_threshold,
        **{arm: round(share * 100) for arm, share in row.arms.items()},
    }  # fmt: skip
    return form_page(
        request, CampaignForm, write, title=f"Change {row.name}", button="Keep", back=f"{HOME}/{campaign_id}",
        crumb="Campaigns", initial=initial,
    )  # fmt: skip


def _fields(told: Mapping[str, Any]) -> CampaignFields:
    arms = {arm.value: told[arm.value] / 100 for arm in Arm if told.get(arm.value)}
    return CampaignFields(
        name=told["name"], segment=told["segment"], message=told["message"],
        sponsor_id=int(told["sponsor"]) if told["sponsor"] else None, arms=arms,
        value_threshold=told["value_threshold"], new_per_day=told["new_per_day"],
    )  # fmt: skip


@page("campaign", "view")
def one(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """One campaign."""
    actor, now = actor_of(request), moment_of(request)
    whole, row = queries.campaign_with_figures(actor, campaign_id)
    state = PEOPLE.read(request.GET)
    told = {"state": state.text("state"), "text": state.text("text")}
    people, total = people_of(actor, campaign_id, offset=state.offset, limit=state.limit, **told)  # type: ignore[arg-type]
    listing = PEOPLE.listing(state, people, total=total)
    followed = follow(actor, Chosen(campaign_id=campaign_id)) if row.sent and not fragments.is_part(request) else []
    may_edit, rates = queries.may_change(actor, whole), Rates()
    context = {
        "row": row,
        "whole": whole,
        "order": order_of(whole, now=now),
        "modes": [(mode.value, words) for mode, words in MODE_WORDS.items()],
        "policy": policy_in_force(campaign_id),
        "arms": arms_of(followed, rates),
        "variants": variants_of(followed, rates),
        "due": next_due(actor, campaign_id=campaign_id, limit=5),
        "targets": queries.list_targets(actor, campaign_id, limit=50),
        "may_edit": may_edit,
        "may_decide": queries.may_change(actor, whole, "decide"),
        "lists": [one for one in list_lists(actor) if one.ready] if may_edit and row.state == "running" else [],
    }
    return lists.respond(request, "engagement/campaign.html", listing, context)


@page("campaign", "edit", methods=("POST",))
def move(request: HttpRequest, campaign_id: int, word: str) -> HttpResponse:
    """Start, pause or end it."""
    actor, now, why = actor_of(request), moment_of(request), request.POST.get("why", "")
    if word == "start":
        actions.start(campaign_id, actor=actor, now=now)
        said = "The campaign runs."
    elif word == "pause":
        actions.pause(campaign_id, why=why, actor=actor, now=now)
        said = "The campaign is paused; nothing more leaves."
    else:
        count = actions.end(campaign_id, why=why, actor=actor, now=now)
        said = f"The campaign has ended; {count:,} touches were cancelled."
    return fragments.done(request, said, to=f"{HOME}/{campaign_id}")


@page("campaign", "edit", methods=("POST",))
def set_mode(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Who decides about its messages."""
    word = request.POST.get("mode", "")
    if word not in [mode.value for mode in Mode]:
        raise InvalidInput(f"{word!r:.20} is no mode.", hint="Choose one of the three.")
    count = change_mode(
        campaign_id, Mode(word), why=request.POST.get("why", ""), actor=actor_of(request), now=moment_of(request)
    )
    return fragments.done(
        request, f"{MODE_WORDS[Mode(word)]}: {count:,} touches ahead follow.", to=f"{HOME}/{campaign_id}"
    )


@page("campaign", "edit", methods=("POST",))
def enroll(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Enroll people by number, or those a prospecting list has ready."""
    actor, now, list_id = actor_of(request), moment_of(request), request.POST.get("list", "")
    account_id = request.POST.get("account", "").strip()
    if account_id.isdecimal():
        done = enrolling.enroll_account(campaign_id, int(account_id[:9]), actor=actor, now=now)
    elif list_id.isdecimal():
        done = enrolling.enroll_list(campaign_id, int(list_id[:9]), actor=actor, now=now)
    else:
        done = enrolling.enroll(campaign_id, numbers(request.POST.get("contacts", "")), actor=actor, now=now)
    if not done.refused:
        return fragments.done(request, f"{done.taken:,} people are enrolled.", to=f"{HOME}/{campaign_id}")
    context = {
        "row": queries.get_campaign(actor, campaign_id),
        "done": done,
        "refused": [(pk, why) for pk, why in done.refused.items()][:REFUSED_SHOWN],
    }
    return render(request, "engagement/enrolled.html", context)


@page("campaign", "edit", methods=("POST",))
def targets(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Choose people, or take a choice back."""
    actor, now = actor_of(request), moment_of(request)
    if remove := request.POST.get("remove", ""):
        actions.remove_targets(campaign_id, numbers(remove), actor=actor, now=now)
        return fragments.done(request, "No longer chosen.", to=f"{HOME}/{campaign_id}#targets")
    count = actions.add_targets(campaign_id, numbers(request.POST.get("contacts", "")), actor=actor, now=now)
    return fragments.done(request, f"{count:,} people are chosen.", to=f"{HOME}/{campaign_id}#targets")


@page("campaign", "decide", methods=("POST",))
def lift(request: HttpRequest, campaign_id: int, stop_id: int) -> HttpResponse:
    """Let it grow again."""
    actions.lift_stop(stop_id, why=request.POST.get("why", ""), actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The stop is lifted.", to=f"{HOME}/{campaign_id}")


def numbers(text: str) -> list[int]:
    """Numbers of contacts out of a field. Raises InvalidInput for what is none, or for nothing."""
    words = [word for word in re.split(r"[\s,;]+", text.strip()) if word]
    wrong = next((word for word in words if not (word.isdecimal() and len(word) < 19)), None)
    if wrong is not None or not words:
        raise InvalidInput(
            f"{wrong!r:.40} is no number." if wrong else "Nobody is named.",
            hint="Write the numbers of contacts: 12, 40.",
        )
    return [int(word) for word in words]


urlpatterns = [
    path("outreach/campaigns", list_page, name="campaigns"),
    path("outreach/campaigns/new", new, name="campaign_new"),
    path("outreach/campaigns/<int:campaign_id>", one, name="campaign"),
    path("outreach/campaigns/<int:campaign_id>/edit", edit, name="campaign_edit"),
    path("outreach/campaigns/<int:campaign_id>/start", move, {"word": "start"}, name="campaign_start"),
    path("outreach/campaigns/<int:campaign_id>/pause", move, {"word": "pause"}, name="campaign_pause"),
    path("outreach/campaigns/<int:campaign_id>/end", move, {"word": "end"}, name="campaign_end"),
    path("outreach/campaigns/<int:campaign_id>/mode", set_mode, name="campaign_mode"),
    path("outreach/campaigns/<int:campaign_id>/enroll", enroll, name="campaign_enroll"),
    path("outreach/campaigns/<int:campaign_id>/targets", targets, name="campaign_targets"),
    path("outreach/campaigns/<int:campaign_id>/stops/<int:stop_id>/lift", lift, name="campaign_lift"),
]
