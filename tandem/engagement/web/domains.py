"""Pages of sending domains: their state, ramp, health, DNS entries and what receivers report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.core import fragments, lists
from tandem.core.api import actor_of, moment_of
from tandem.core.lists import ChoiceFilter, Column, ListSpec
from tandem.engagement.actions import dmarc as reports
from tandem.engagement.actions import sending_domains as actions
from tandem.engagement.contracts import DomainPurpose
from tandem.engagement.domain.domain_findings import TOPIC_WORDS, Topic
from tandem.engagement.domain.ramp import SHORTEST_DAYS, STEPS
from tandem.engagement.domain.reputation import Level
from tandem.engagement.queries import dmarc
from tandem.engagement.queries import sending_domains as queries
from tandem.engagement.queries.senders import allowances
from tandem.engagement.web.domain_charts import ramp_chart, reports_chart
from tandem.engagement.web.form_pages import form_page

HOME = "/outreach/domains"
CRUMB = "Sending domains"
MOST_BYTES = 5_000_000
STATES: Mapping[str, tuple[str, str]] = {
    "paused": ("block", "stopped"),
    "unsound": ("block", "needs a hand"),
    "not_started": ("hold", "ramp not started"),
    "slowed": ("hold", "slowed"),
    "ramp": ("hold", "in its ramp"),
    "ready": ("allow", "ready"),
}
LEVEL_MARKS = {"error": "block", "warning": "hold", "advice": "sys", "ok": "allow"}
RATE_MARKS = {Level.FINE: ("allow", "fine"), Level.SLOW: ("hold", "too many"), Level.STOP: ("block", "far too many")}
LIST = ListSpec(
    name="sending-domains",
    noun="domain",
    default_sort="",
    columns=(
        Column(key="name", label="Domain", value=lambda row: row.domain.name, template="engagement/cells/domain.html"),
        Column(key="state", label="State", value=lambda row: row.state, template="engagement/cells/domain_state.html"),
        Column(key="ramp", label="Ramp", value=lambda row: row.today.ramp and row.today.ramp.step,
               template="engagement/cells/domain_ramp.html", is_optional=True),
        Column(key="left", label="Left today", value=lambda row: row.today.left, is_figure=True,
               template="engagement/cells/domain_left.html"),
        Column(key="health", label="Health", value=lambda row: row.verdict.level.value,
               template="engagement/cells/domain_health.html", is_optional=True),
        Column(key="checked_at", label="Checked", value=lambda row: row.domain.checked_at, is_optional=True),
    ),
    filters=(
        ChoiceFilter(key="state", label="State", choices=tuple((key, told) for key, (_, told) in STATES.items())),
        ChoiceFilter(key="purpose", label="Purpose", choices=tuple((one.value, one.value) for one in DomainPurpose)),
    ),
    empty_title="No domain sends yet",
    empty_text="Mail that software writes leaves from a domain of its own, never from the company's primary one.",
    empty_address=f"{HOME}/new",
    empty_action="Add a domain",
)  # fmt: skip


class AddForm(forms.Form):
    """A domain to send from."""

    name = forms.CharField(label="Domain", max_length=253, help_text="For example mail.example.com.")
    purpose = forms.ChoiceField(
        choices=[
            (DomainPurpose.OUTREACH.value, "Outreach: software may write"),
            (DomainPurpose.PRIMARY.value, "Primary: people write"),
        ],
        help_text="Mail that software writes never leaves from a primary domain.",
    )  # fmt: skip
    full_volume = forms.IntegerField(
        label="Messages a day after the ramp", min_value=1, max_value=actions.MOST_A_DAY, initial=400
    )
    selector = forms.CharField(
        label="DKIM selector", required=False, max_length=63,
        help_text="Where a provider signs for you. Empty: it is looked for, or Tandem makes a key.",
    )  # fmt: skip


class ReportForm(forms.Form):
    """A DMARC report somebody has as a file."""

    file = forms.FileField(label="Report", help_text="XML, gzip or zip, as receivers send it.")


class VolumeForm(forms.Form):
    """What a domain may send a day."""

    full_volume = forms.IntegerField(
        label="Messages a day after the ramp", min_value=1, max_value=actions.MOST_A_DAY,
        help_text="The ramp leads there step by step, also from one volume to a larger one.",
    )  # fmt: skip


@page("sender", "view")
def domain_list(request: HttpRequest) -> HttpResponse:
    """All domains that send, and how providers take their mail."""
    state, actor = LIST.read(request.GET), actor_of(request)
    found = queries.list_domains(now=moment_of(request))
    wanted = [
        one
        for one in found
        if state.text("state") in ("", one.state) and state.text("purpose") in ("", one.domain.purpose)
    ]
    context = {
        "may_manage": may(actor, "sender.manage"),
        "providers": [(one, part) for one in found for part in one.providers if part.counts.sent],
        "marks": RATE_MARKS,
    }
    return lists.respond(request, "engagement/domains.html", LIST.listing(state, wanted, total=len(wanted)), context)


@page("sender", "view")
def domain_page(request: HttpRequest, domain_id: int) -> HttpResponse:
    """One domain: findings, ramp, rates, reports."""
    now, actor = moment_of(request), actor_of(request)
    state = queries.get_domain(domain_id, now=now)
    checks = queries.list_checks(domain_id)
    told = dmarc.reported(domain_id, now=now)
    left = allowances([one.id for one in state.today.mailboxes], now=now, is_ai=False)
    context = {
        "state": state,
        "domain": state.domain,
        "stamp": STATES[state.state],
        "topics": _topics(checks[0].findings if checks else ()),
        "checks": checks,
        "own_key": queries.own_key_record(state.domain),
        "ramp": ramp_chart(queries.ramp_points(state.today, now=now)),
        "steps": STEPS,
        "days": SHORTEST_DAYS,
        "rates": [(one, *RATE_MARKS[one.level]) for one in state.verdict.rates],
        "providers": [(one, *RATE_MARKS[one.verdict.level]) for one in state.providers if one.counts.sent],
        "mailboxes": [(one, left[one.id]) for one in state.today.mailboxes],
        "told": told,
        "reports": reports_chart(told.days),
        "may_manage": may(actor, "sender.manage"),
    }
    return render(request, "engagement/domain.html", context)


def _topics(findings: Any) -> list[tuple[str, list[tuple[dict[str, Any], str]]]]:
    """Findings by topic with the mark of their level; topics without any left out."""
    by_topic = [(TOPIC_WORDS[topic], [one for one in findings if one["topic"] == topic]) for topic in Topic]
    return [(words, [(one, LEVEL_MARKS[one["level"]]) for one in found]) for words, found in by_topic if found]


@page("sender", "manage", methods=("GET", "POST"))
def new(request: HttpRequest) -> HttpResponse:
    """Add a domain, and check it at once."""

    def write(said: Mapping[str, Any]) -> tuple[str, str]:
        now, actor = moment_of(request), actor_of(request)
        made = actions.add_domain(**said, actor=actor, now=now)
        actions.check_domain(made, actor=actor, now=now)
        return "Added and checked. See what its DNS entries lack.", f"{HOME}/{made}"

    return form_page(
        request, AddForm, write, title="Add a sending domain", button="Add and check", back=HOME, crumb=CRUMB,
        note="Nothing leaves from it before its DNS entries are found sound and its ramp is started.",
    )  # fmt: skip


@page("sender", "manage", methods=("POST",))
def check(request: HttpRequest, domain_id: int) -> HttpResponse:
    """Look at the DNS entries now."""
    report = actions.check_domain(domain_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, f"Checked: {report.verdict.value}.", to=f"{HOME}/{domain_id}")


@page("sender", "manage", methods=("POST",))
def start(request: HttpRequest, domain_id: int) -> HttpResponse:
    """Begin the ramp."""
    actions.start_ramp(domain_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The ramp has begun: a handful leaves today.", to=f"{HOME}/{domain_id}")


@page("sender", "manage", methods=("POST",))
def key(request: HttpRequest, domain_id: int) -> HttpResponse:
    """Make a DKIM key."""
    actions.make_key(domain_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The key is made. Set its record, then check.", to=f"{HOME}/{domain_id}")


@page("sender", "manage", methods=("POST",))
def pause(request: HttpRequest, domain_id: int) -> HttpResponse:
    """Let nothing leave."""
    actions.pause_domain(
        domain_id, reason=request.POST.get("reason", ""), actor=actor_of(request), now=moment_of(request)
    )
    return fragments.done(request, "Paused: nothing leaves from it.", to=f"{HOME}/{domain_id}")


@page("sender", "manage", methods=("POST",))
def resume(request: HttpRequest, domain_id: int) -> HttpResponse:
    """Let it go on."""
    actions.resume_domain(
        domain_id, reason=request.POST.get("reason", ""), actor=actor_of(request), now=moment_of(request)
    )
    return fragments.done(request, "It goes on at half its volume for a week.", to=f"{HOME}/{domain_id}")


@page("sender", "manage", methods=("GET", "POST"))
def volume(request: HttpRequest, domain_id: int) -> HttpResponse:
    """Set the full volume."""
    domain = queries.get_domain(domain_id, now=moment_of(request)).domain

    def write(said: Mapping[str, Any]) -> tuple[str, str]:
        actions.set_volume(domain_id, said["full_volume"], actor=actor_of(request), now=moment_of(request))
        return "Set.", f"{HOME}/{domain_id}"

    return form_page(
        request, VolumeForm, write, title=f"Volume of {domain.name}", button="Set", back=f"{HOME}/{domain_id}",
        crumb=domain.name, initial={"full_volume": domain.full_volume},
    )  # fmt: skip


@page("sender", "manage", methods=("GET", "POST"))
def report(request: HttpRequest) -> HttpResponse:
    """Take a DMARC report from a file."""

    def write(said: Mapping[str, Any]) -> tuple[str, str]:
        raw = said["file"].read(MOST_BYTES + 1)
        taken = reports.upload_report(raw, actor=actor_of(request), now=moment_of(request))
        told = f"{taken.messages:,} messages reported about {taken.domain}."
        return (told if taken.is_new else "This report had been taken before."), HOME

    return form_page(
        request, ReportForm, write, title="Take in a DMARC report", button="Take it in", back=HOME, crumb=CRUMB,
        note="Reports that come to a connected mailbox are taken in by themselves.", is_upload=True,
    )  # fmt: skip


@page("sender", "manage")
def alarms(request: HttpRequest) -> HttpResponse:
    """What stops or slows senders, for Today."""
    context = {"alarms": queries.alarms(moment_of(request))}
    return fragments.render_either(
        request, page="engagement/sender_alarms_page.html", part="engagement/sender_alarms.html", context=context
    )


urlpatterns = [
    path("outreach/domains", domain_list, name="sending_domains"),
    path("outreach/domains/alarms", alarms, name="sending_domain_alarms"),
    path("outreach/domains/new", new, name="sending_domain_new"),
    path("outreach/domains/report", report, name="dmarc_report_new"),
    path("outreach/domains/<int:domain_id>", domain_page, name="sending_domain"),
    path("outreach/domains/<int:domain_id>/check", check, name="sending_domain_check"),
    path("outreach/domains/<int:domain_id>/start", start, name="sending_domain_start"),
    path("outreach/domains/<int:domain_id>/key", key, name="sending_domain_key"),
    path("outreach/domains/<int:domain_id>/pause", pause, name="sending_domain_pause"),
    path("outreach/domains/<int:domain_id>/resume", resume, name="sending_domain_resume"),
    path("outreach/domains/<int:domain_id>/volume", volume, name="sending_domain_volume"),
]
