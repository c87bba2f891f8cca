"""Pages for those who look after intent: write keys, and how signals count."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import AppError, InvalidInput
from tandem.intent.actions import keys, kinds
from tandem.intent.contracts import KindRules
from tandem.intent.domain.kind_rules import as_document, built_in_reasons, read_rules
from tandem.intent.queries import overview
from tandem.intent.queries.kind_rules import get_setting, list_settings, rules_in_force, rules_of
from tandem.intent.queries.latest import latest_lift, latest_run
from tandem.intent.queries.previews import preview

KEYS, KINDS = "/intent/keys", "/intent/kinds"
TEXTS = ("names", "own", "topics", "unnamed")
COLUMNS = ("weight", "half_life_days", "saturation", "least_strength", "most_strength")


@page("source", "view")
def keys_page(request: HttpRequest) -> HttpResponse:
    """Keys with what came by them."""
    return _keys(request, {})


@page("intent", "manage", methods=("POST",))
def create_key(request: HttpRequest) -> HttpResponse:
    """A new key; it is shown on the page that answers, and never again."""
    try:
        made = keys.create_key(request.POST.get("name", ""), actor=actor_of(request), now=moment_of(request))
    except AppError as error:
        return _keys(request, {"problem": f"{error.message} {error.hint}"}, status=422)
    return _keys(request, {"made": made, "host": request.build_absolute_uri("/").rstrip("/")})


@page("intent", "manage", methods=("POST",))
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Nothing more comes in with it."""
    keys.revoke_key(key_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The key is revoked. What comes with it is refused.", to=KEYS)


def _keys(request: HttpRequest, more: Mapping[str, Any], status: int = 200) -> HttpResponse:
    context = {"keys": overview.write_keys(), "may_manage": may(actor_of(request), "intent.manage"), **more}
    return render(request, "intent/keys.html", context, status=status)


@page("intent", "view")
def kinds_page(request: HttpRequest) -> HttpResponse:
    """What counts how much, and why; names of events; versions."""
    in_force, lift = rules_in_force(), latest_lift()
    run = latest_run()
    context = {
        "rows": _rows(in_force.rules),
        "version": in_force.version,
        "names": run.counts.get("names", []) if run is not None else [],
        "settings": list_settings(),
        "lift": lift,
        "topics": in_force.rules.topics,
        "proposed": (lift or {}).get("topics", []),
        "may_manage": may(actor_of(request), "intent.manage"),
    }
    return render(request, "intent/kinds.html", context)


@page("intent", "manage", methods=("GET", "POST"))
def edit_kinds(request: HttpRequest) -> HttpResponse:
    """Other weights and names: first what they would change, then a version that counts from the next night on."""
    start = request.GET.get("version", "")
    context: dict[str, Any] = {"start": start, "reason": request.POST.get("reason", "")}
    if request.method != "POST":
        given = rules_of(_number(start)) if start else rules_in_force()
        return render(request, "intent/edit_kinds.html", context | _form_of(given.rules))
    try:
        document = document_of(request.POST)
        rules = read_rules(document)
        if "save" in request.POST:
            kinds.save_rules(
                document, reason=context["reason"], actor=actor_of(request), now=moment_of(request), is_adopted=True
            )
            return fragments.done(request, "Saved. It counts from the next night on.", to=KINDS)
        context["preview"] = preview(rules, actor=actor_of(request))
    except AppError as error:
        typed = {"rows": _typed_rows(request.POST)} | {name: request.POST.get(name, "") for name in TEXTS}
        return render(request, "intent/edit_kinds.html", context | typed | {"problem": f"{error.message} {error.hint}"},
                      status=422)  # fmt: skip
    return render(request, "intent/edit_kinds.html", context | _form_of(rules))


@page("intent", "manage", methods=("POST",))
def adopt(request: HttpRequest) -> HttpResponse:
    """Let a version count; without one, the kinds that come with the product."""
    told = request.POST.get("version", "")
    kinds.adopt(_number(told) if told else None, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "It counts from the next night on.", to=KINDS)


@page("intent", "manage", methods=("POST",))
def store_learned(request: HttpRequest) -> HttpResponse:
    """Keep the learned weights as a version, to be looked at and adopted."""
    version = kinds.store_learned(actor=actor_of(request), now=moment_of(request))
    return fragments.done(
        request, "Kept as a version. Look at it, then adopt it.", to=f"{KINDS}/edit?version={version}"
    )


@page("intent", "manage", methods=("POST",))
def adopt_topics(request: HttpRequest) -> HttpResponse:
    """Let the topics that were proposed count, and no other."""
    kinds.adopt_topics(None, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "Only these topics count from the next night on.", to=KINDS)


@page("intent", "view")
def version_page(request: HttpRequest, version: int) -> HttpResponse:
    """One stored version as a document."""
    setting = get_setting(version)
    told = json.dumps(setting.rules, indent=1, ensure_ascii=False)
    return render(request, "intent/version.html", {"setting": setting, "told": told})


def document_of(posted: QueryDict) -> dict[str, Any]:
    """The document of a form: a line of cells a kind, a line a name, a line an own domain or address."""
    found: dict[str, Any] = {"kinds": {}, "other": None, "unnamed": posted.get("unnamed", "").strip()}
    for kind in posted.getlist("kind"):
        cells = {column: posted.get(f"{kind}.{column}", "").strip() for column in COLUMNS}
        numbers = {column: _cell(kind, column, text) for column, text in cells.items() if text}
        found["kinds"][kind] = {"weight": numbers.get("weight", 0.0), "saturation": None} | numbers
    found["names"] = [_name_line(line) for line in posted.get("names", "").splitlines() if line.strip()]
    found["topics"] = [line.strip() for line in posted.get("topics", "").splitlines() if line.strip()]
    own = [line.strip() for line in posted.get("own", "").splitlines() if line.strip()]
    is_address = [any(sign.isdigit() for sign in line) and (":" in line or line[0].isdigit()) for line in own]
    found["own_addresses"] = [line for line, is_one in zip(own, is_address, strict=True) if is_one]
    found["own_domains"] = [line for line, is_one in zip(own, is_address, strict=True) if not is_one]
    return found


def _cell(kind: str, column: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InvalidInput(f"{column} {text!r} of {kind!r} is no number.", hint="E.g. 12 or 1.5.") from error


def _name_line(line: str) -> list[str]:
    pattern, equals, kind = line.rpartition("=")
    what, colon, name = pattern.partition(":")
    if not equals or not colon or what.strip() not in ("event", "page"):
        raise InvalidInput(
            f"{line.strip()!r} is no rule for names.", hint="Write event: trial started = trial_started."
        )
    return [name.strip(), kind.strip(), what.strip()]


def _rows(rules: KindRules) -> list[dict[str, Any]]:
    reasons, document = built_in_reasons(), as_document(rules)
    return [
        {"kind": kind, "because": reasons.get(kind, ""), "names": [], **{column: one.get(column) for column in COLUMNS}}
        for kind, one in document["kinds"].items()
    ]


def _typed_rows(posted: QueryDict) -> list[dict[str, Any]]:
    return [
        {"kind": kind, **{column: posted.get(f"{kind}.{column}", "") for column in COLUMNS}}
        for kind in posted.getlist("kind")
    ]


def _form_of(rules: KindRules) -> dict[str, Any]:
    lines = [f"{'page' if one.is_page else 'event'}: {one.pattern} = {one.kind}" for one in rules.names]
    return {
        "rows": _rows(rules),
        "names": "\n".join(lines),
        "unnamed": rules.unnamed,
        "topics": "\n".join(rules.topics),
        "own": "\n".join([*rules.own_domains, *rules.own_addresses]),
    }


def _number(told: str) -> int:
    if not (told.isascii() and told.isdecimal() and len(told) < 10):
        raise InvalidInput(f"{told!r} is no version.", hint="Choose one of the list.")
    return int(told)


urlpatterns = [
    path("intent/keys", keys_page, name="intent_keys"),
    path("intent/keys/new", create_key, name="intent_key_new"),
    path("intent/keys/<int:key_id>/revoke", revoke_key, name="intent_key_revoke"),
    path("intent/kinds", kinds_page, name="intent_kinds"),
    path("intent/kinds/edit", edit_kinds, name="intent_kinds_edit"),
    path("intent/kinds/adopt", adopt, name="intent_kinds_adopt"),
    path("intent/kinds/topics", adopt_topics, name="intent_kinds_topics"),
    path("intent/kinds/learned", store_learned, name="intent_kinds_learned"),
    path("intent/kinds/<int:version>", version_page, name="intent_kinds_version"),
]
