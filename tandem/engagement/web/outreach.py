"""The overview of outreach: what runs, in which mode, what warns, what is due next, and the doors to the rest."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, path, resolve

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.core.api import actor_of, moment_of
from tandem.engagement.contracts import CampaignState
from tandem.engagement.queries.campaigns import list_campaigns
from tandem.engagement.queries.overview import next_due, waiting
from tandem.engagement.queries.pitfalls import pitfalls

# Address, name, what stands there, right that opens it.
DOORS = (
    ("/outreach/campaigns", "Campaigns", "Why we talk to whom, in which mode", "campaign.view"),
    ("/outreach/sequences", "Sequences", "Plans of four to seven touches", "campaign.view"),
    ("/outreach/policies", "Policies", "What software may send by itself", "campaign.view"),
    ("/outreach/tasks", "Tasks", "Calls and LinkedIn, done by hand", "campaign.view"),
    ("/outreach/voice", "Voice", "How we sound", "campaign.view"),
    ("/outreach/domains", "Sending domains", "What mail leaves from", "sender.view"),
    ("/outreach/mailboxes", "Mailboxes", "Who sends", "sender.view"),
    ("/outreach/huddle", "Huddle", "The morning's pack", "campaign.view"),
    ("/outreach/outcomes", "Outcomes", "What came of it", "campaign.view"),
    ("/outreach/decisions", "Decisions", "What was decided, on which figures", "campaign.view"),
)


@page("campaign", "view")
def overview(request: HttpRequest) -> HttpResponse:
    """What runs and what waits."""
    actor, now = actor_of(request), moment_of(request)
    running = list_campaigns(actor, state=CampaignState.RUNNING, limit=20)
    context = {
        "running": running,
        "stops": [one for one in running if one.stop is not None],
        "pitfalls": pitfalls(actor, now=now),
        "due": next_due(actor),
        "waiting": waiting(actor, now=now),
        "doors": [
            (address, name, told) for address, name, told, right in DOORS if _opens(address) and may(actor, right)
        ],
        "may_edit": may(actor, "campaign.edit"),
    }
    return render(request, "engagement/outreach.html", context)


def _opens(address: str) -> bool:
    """Whether this installation answers there."""
    try:
        resolve(address)
    except Resolver404:
        return False
    return True


urlpatterns = [path("outreach", overview, name="outreach")]
