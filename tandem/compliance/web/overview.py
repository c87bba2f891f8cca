"""Compliance at a glance: what is late, missing or soon due, and the way to every registry."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance import queries
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of

ALARMS_SHOWN, ALARMS_ELSEWHERE = 200, 6
WHERE = {
    "assessment": "/compliance/assessments",
    "processing": "/compliance/processing",
    "ai_system": "/compliance/ai-systems",
    "vendor": "/compliance/vendors",
    "vendor_proof": "/compliance/vendors",
    "consent": "/compliance/consent?sort=expires_at",
    "suppression": "/compliance/suppression",
    "screening": "/compliance/dnc",
    "transfer": "/compliance/regions",
    "request": "/compliance/requests",
    "notice": "/compliance/notices",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A page with how much stands on it. `counted` names the field of `queries.RegistryCounts`; empty: none."""

    label: str
    address: str
    right: str
    says: str
    counted: str = ""


# What a reviewer comes for, in the order in which a day brings it up.
GROUPS: tuple[tuple[str, tuple[Link, ...]], ...] = (
    ("What leaves", (
        Link(label="Messages", address="/compliance/messages", right="gate.view",
             says="what asked to leave, what the gate said, the record of each"),
        Link(label="Waiting for a person", address="/compliance/approvals", right="gate.decide",
             says="texts that leave only when somebody approves them"),
        Link(label="Switches and limits", address="/compliance/switches", right="gate.view",
             says="stop everything or one thing, and what keeps a contact back"),
        Link(label="Quiet calendar", address="/compliance/quiet", right="gate.view",
             says="days on which industries are left alone"),
        Link(label="Legal disputes", address="/compliance/disputes", right="gate.view",
             says="accounts to which nothing but what a contract needs may go"),
        Link(label="Scores", address="/compliance/scores", right="rule.view",
             says="how much of the law messages and campaigns meet, part by part"),
    )),
    ("Registries", (
        Link(label="Suppression", address="/compliance/suppression", right="suppression.view",
             says="whom nobody may contact", counted="suppressions"),
        Link(label="Consent", address="/compliance/consent", right="consent.view",
             says="who agreed to what", counted="consents"),
        Link(label="Recording consent", address="/compliance/recording", right="consent.view",
             says="who may be recorded", counted="recordings"),
        Link(label="Conversations", address="/compliance/recordings", right="consent.view",
             says="who was recorded, on whose word, and what must be deleted"),
        Link(label="Do-not-call screenings", address="/compliance/dnc", right="consent.view",
             says="numbers looked up in public registers", counted="screenings"),
        Link(label="Relationship facts", address="/compliance/relationships", right="consent.view",
             says="purchases and inquiries that rules count from", counted="relationships"),
    )),
    ("People's rights", (
        Link(label="Requests of people", address="/compliance/requests", right="request.view",
             says="access, deletion, objection, with their clocks"),
        Link(label="Notices", address="/compliance/notices", right="request.decide",
             says="whom to tell where their data come from"),
        Link(label="Retention and holds", address="/compliance/retention", right="request.view",
             says="how long things are kept, and what must stay"),
        Link(label="Regions", address="/compliance/regions", right="region.view",
             says="where personal data may lie and go"),
        Link(label="How decisions are made", address="/compliance/logic", right="request.view",
             says="and which of them a person must take"),
    )),
    ("Law and words", (
        Link(label="Rules", address="/compliance/rules", right="rule.view", says="of contact, with source and version"),
        Link(label="Changes of rules", address="/compliance/rules/changes", right="rule.view",
             says="what comes into force, and what it changes here"),
        Link(label="Try a decision", address="/compliance/try", right="rule.view",
             says="what if: country, channel, consent"),
        Link(label="Disclosure", address="/compliance/disclosure", right="rule.view",
             says="how an AI says that it is one, by place and language"),
    )),
    ("Registers", (
        Link(label="Legitimate-interest assessments", address="/compliance/assessments", right="register.view",
             says="purpose, necessity, balancing", counted="assessments"),
        Link(label="Register of processing", address="/compliance/processing", right="register.view",
             says="GDPR Article 30", counted="processing"),
        Link(label="AI systems", address="/compliance/ai-systems", right="register.view",
             says="classes of the EU AI Act", counted="ai_systems"),
        Link(label="Vendors", address="/compliance/vendors", right="register.view",
             says="who outside sees data, and their proofs", counted="vendors"),
        Link(label="Agents", address="/agents", right="agent.view", says="software with rights of its own"),
        Link(label="Ledger", address="/ledger", right="ledger.view", says="the record, and whether it holds"),
    )),
)  # fmt: skip


@page("suppression", "view")
def overview(request: HttpRequest) -> HttpResponse:
    """What needs a hand, and every registry that is open to the reader."""
    actor = actor_of(request)
    sees_registers = may(actor, "register.view")
    counts = queries.count_registries() if sees_registers else None
    context = {
        "groups": [
            (name, [(link, getattr(counts, link.counted, None) if counts else None) for link in shown])
            for name, links in GROUPS
            if (shown := [link for link in links if may(actor, link.right)])
        ],
        "sees_registers": sees_registers,
    }
    return render(request, "compliance/overview.html", context)


@page("register", "view")
def alarms(request: HttpRequest) -> HttpResponse:
    """What is late, missing or due within 60 days, over all registers; `few`: the first ones, for other pages."""
    found = queries.alarms(today=moment_of(request).date())
    most = ALARMS_ELSEWHERE if request.GET.get("few") else ALARMS_SHOWN
    context = {
        "alarms": [(one, _address(one.register, one.id)) for one in found[:most]],
        "late": sum(one.is_late for one in found),
        "soon": sum(not one.is_late for one in found),
        "more": max(0, len(found) - most),
    }
    return fragments.render_either(
        request, page="compliance/alarms.html", part="compliance/alarms_part.html", context=context
    )


def _address(register: str, entry_id: int) -> str:
    return f"{WHERE[register]}/{entry_id}" if entry_id else WHERE[register]


urlpatterns = [
    path("compliance", overview, name="compliance"),
    path("compliance/alarms", alarms, name="compliance_alarms"),
]
