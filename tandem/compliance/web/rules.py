"""Rules of contact as people read them, and a form that tries a decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.compliance.contracts.decisions import Decision
from tandem.compliance.queries import rules as queries
from tandem.core import clock
from tandem.core.errors import InvalidInput

MOST_LETTERS = 60
YES_NO = (("", "not known"), ("yes", "yes"), ("no", "no"))


def _spoken(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, name.replace("_", " ")) for name in names)


# What the form asks: field of the request, label, choices; without choices a text.
FIELDS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("channel", "Channel", tuple(queries.CHANNEL_WORDS.items())),
    ("purpose", "Purpose", _spoken(queries.PURPOSES)),
    ("at", "Moment, with zone", ()),
    ("recipient.country", "Country, for example DE", ()),
    ("recipient.region", "State, for example TX", ()),
    ("recipient.kind", "Kind", (("", "not known"), *_spoken(queries.KINDS))),
    ("recipient.timezone", "Time zone, for example Europe/Berlin", ()),
    ("consent", "Consent", (("", "none"), *((one, words) for one, words in queries.CONSENTS))),
    ("suppressed", "Suppressed", YES_NO),
    ("sender.is_ai", "An AI sends", YES_NO),
    ("content.ai_disclosed", "It says that it is an AI", YES_NO),
    ("content.has_unsubscribe", "It can be unsubscribed from", YES_NO),
    ("content.has_postal_address", "It has the postal address", YES_NO),
    ("dnc.national", "On the do-not-call register", YES_NO),
    ("dnc.scrubbed_at", "Screened on, for example 2026-11-20", ()),
    ("address.source", "Address comes from", (("", "not known"), *_spoken(queries.SOURCES))),
    ("address.role_relevant", "It fits the person's job", YES_NO),
    ("address.collected_at", "Address collected on", ()),
    ("basis.lia_approved", "Legitimate interest assessed", YES_NO),
    ("basis.art14_notice_at", "Notice on data given on", ()),
)  # fmt: skip


@page("rule", "view")
def rules_page(request: HttpRequest) -> HttpResponse:
    """All packs, or the rules of one place and channel."""
    country, channel = _said(request, "country"), _said(request, "channel")
    problem, found = "", []
    try:
        found = queries.rules_of(country=country, channel=channel)
    except InvalidInput as error:
        problem = f"{error.message} {error.hint or ''}"
    packs = {pack.name: pack for pack in queries.packs().packs}
    context = {
        "groups": [(packs[name], list(rules)) for name, rules in groupby(found, key=lambda rule: rule.pack)],
        "count": len(found),
        "lawyer": sum(rule.needs_lawyer for rule in found),
        "country": country,
        "channel": channel,
        "channels": queries.CHANNEL_WORDS.items(),
        "problem": problem,
        "version": queries.packs().version,
    }
    return render(request, "compliance/rules.html", context)


@page("rule", "view")
def try_page(request: HttpRequest) -> HttpResponse:
    """A form of facts, and below it what they would decide."""
    said = {name: _said(request, name) for name, _, _ in FIELDS}
    decision: Decision | None = None
    problem = ""
    if said["channel"]:
        try:
            decision = queries.decide(_request(said))
        except InvalidInput as error:
            problem = f"{error.message} {error.hint or ''}"
    said["at"] = said["at"] or clock.now().replace(second=0, microsecond=0).isoformat()
    context = {
        "fields": [(name, label, choices, said[name]) for name, label, choices in FIELDS],
        "decision": decision,
        "problem": problem,
    }
    return render(request, "compliance/try.html", context)


def _request(said: Mapping[str, str]) -> dict[str, Any]:
    """The filled fields as a request; those left empty are not known."""
    told: dict[str, Any] = {}
    for name, text in said.items():
        if not text or name == "consent":
            continue
        value = {"yes": True, "no": False}.get(text, text)
        section, _, field = name.partition(".")
        if field:
            told.setdefault(section, {})[field] = value
        else:
            told[name] = value
    told.setdefault("at", clock.now().isoformat())
    if said["consent"]:
        told["consents"] = [{"kind": said["consent"], "at": told["at"]}]
    return told


def _said(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").strip()[:MOST_LETTERS]


urlpatterns = [
    path("compliance/rules", rules_page, name="rules"),
    path("compliance/try", try_page, name="try_decision"),
]
