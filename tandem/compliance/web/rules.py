"""Rules of contact as people read them, and a form that tries a decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.compliance.queries import rules as queries
from tandem.compliance.queries.scores import score_of
from tandem.core import clock
from tandem.core.errors import InvalidInput

MOST_LETTERS = 60
OTHER = "other."
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
# What a second column may change; left empty it is as in the first.
COMPARED = ("channel", "purpose", "recipient.country", "recipient.region", "recipient.kind", "consent", "sender.is_ai")


@page("rule", "view")
def rules_page(request: HttpRequest) -> HttpResponse:
    """All packs, or the rules of one place and channel, with what is not sure about them."""
    country, channel = _said(request, "country"), _said(request, "channel")
    sure, lawyer = _said(request, "confidence"), bool(_said(request, "lawyer"))
    problem, found = "", []
    try:
        found = queries.rules_of(country=country, channel=channel)
    except InvalidInput as error:
        problem = f"{error.message} {error.hint or ''}"
    shown = [rule for rule in found if (not lawyer or rule.needs_lawyer) and (not sure or rule.confidence == sure)]
    packs = {pack.name: pack for pack in queries.packs().packs}
    groups = groupby(sorted(shown, key=lambda rule: list(packs).index(rule.pack)), key=lambda rule: rule.pack)
    context = {
        "groups": [(packs[name], list(rules)) for name, rules in groups],
        "count": len(shown),
        "lawyer_count": sum(rule.needs_lawyer for rule in found),
        "lawyer_reasons": queries.lawyer_reasons(found),
        "confidences": [
            (word, meaning, sum(rule.confidence == word for rule in found))
            for word, meaning in queries.CONFIDENCES.items()
        ],
        "country": country,
        "channel": channel,
        "lawyer": lawyer,
        "sure": sure,
        "channels": queries.CHANNEL_WORDS.items(),
        "problem": problem,
        "version": queries.packs().version,
    }
    return render(request, "compliance/rules.html", context)


@page("rule", "view")
def try_page(request: HttpRequest) -> HttpResponse:
    """A form of facts, what they would decide and score, and beside it what would be if some were otherwise."""
    said = {name: _said(request, name) for name, _, _ in FIELDS}
    other = {name: _said(request, OTHER + name) for name in COMPARED}
    columns: list[dict[str, Any]] = []
    problem = ""
    if said["channel"]:
        try:
            columns.append(_decided("As filled in", said))
            if any(other.values()):
                columns.append(_decided("What if", {**said, **{name: text for name, text in other.items() if text}}))
        except InvalidInput as error:
            problem, columns = f"{error.message} {error.hint or ''}", []
    said["at"] = said["at"] or clock.now().replace(second=0, microsecond=0).isoformat()
    context = {
        "fields": [(name, label, choices, said[name]) for name, label, choices in FIELDS],
        "others": [
            (OTHER + name, label, _with_same(choices), other[name])
            for name, label, choices in FIELDS
            if name in COMPARED
        ],
        "columns": columns,
        "problem": problem,
    }
    return render(request, "compliance/try.html", context)


def _decided(title: str, said: Mapping[str, str]) -> dict[str, Any]:
    request = _request(said)
    decision = queries.decide(request)
    return {"title": title, "decision": decision, "score": score_of(decision, request)}


def _with_same(choices: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The choices of a first column, with one that leaves the field as it is there."""
    return (("", "as filled in"), *(one for one in choices if one[0])) if choices else ()


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
