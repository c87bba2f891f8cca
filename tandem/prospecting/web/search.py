"""Pages of signal search: a sentence, the builder, what it finds now or found then, and the searches that are kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import AppError, InvalidInput
from tandem.prospecting.actions import lists as list_actions
from tandem.prospecting.actions import searches as actions
from tandem.prospecting.domain import condition_editing as editing
from tandem.prospecting.domain import conditions
from tandem.prospecting.domain.condition_terms import FIELDS, NUMBER_FIELDS, Condition, FieldIs, Op, Uses
from tandem.prospecting.domain.providers import CallKind
from tandem.prospecting.queries import searches as queries
from tandem.prospecting.queries.costs import estimate
from tandem.prospecting.queries.vocabulary import vocabulary

HOME = "/prospecting/search"
PAGE, PART, RESULTS = "prospecting/search.html", "prospecting/search_part.html", "prospecting/search_results.html"
SHOWN = 50
LONGEST_ADDRESS = 6_000
EXAMPLES = (
    "raised a Series C within 90 days and hiring a head of RevOps and uses Salesforce",
    "manufacturers in Germany with 200 to 2,000 employees that opened a site this year and are not customers",
)
RELATIONS = (
    ("customer", "no", "Is no customer"), ("customer", "yes", "Is a customer"), ("open_deals", "no", "No open deal"),
    ("open_deals", "yes", "An open deal"),
)  # fmt: skip
OPS = (
    ("in", "is one of"), ("not_in", "is none of"), ("contains", "contains"), ("between", "between"),
    ("gte", "at least"), ("lte", "at most"), ("known", "is known"),
)  # fmt: skip


class SaveForm(forms.Form):
    """A name for the search or the list."""

    name = forms.CharField(label="Name", max_length=actions.LONGEST_NAME)


@page("prospect", "view")
def search_page(request: HttpRequest) -> HttpResponse:
    """The builder with the condition of the address, or of a kept search."""
    kept = request.GET.get("search", "")
    if kept.isdecimal() and len(kept) < 19 and "c" not in request.GET:
        number = request.GET.get("version", "")
        version = int(number) if number.isdecimal() and len(number) < 9 else None
        row = queries.get_search(actor_of(request), int(kept), number=version)
        return _show(request, conditions.read(row.condition), kept=row)
    try:
        return _show(request, _condition(request.GET))
    except InvalidInput as error:
        return _show(request, None, error=error)


@page("prospect", "view", methods=("POST",))
def read(request: HttpRequest) -> HttpResponse:
    """A sentence as a condition, shown to be corrected before it is asked."""
    sentence = request.POST.get("sentence", "")
    try:
        found = actions.read_sentence(sentence, actor=actor_of(request), now=moment_of(request))
    except InvalidInput as error:
        return _answer(request, _condition_or_none(request.POST), error=error, sentence=sentence)
    condition = conditions.read(found.condition) if found.condition else None
    nothing = InvalidInput("Nothing of it was understood.", hint="Try one of the examples, or build it below.")
    return _answer(
        request,
        condition,
        error=nothing if condition is None else None,
        sentence=sentence,
        not_understood=found.not_understood,
        engine=found.engine,
    )


@page("prospect", "view", methods=("POST",))
def edit(request: HttpRequest) -> HttpResponse:
    """One step of the builder: add, take away, turn round, group, or the JSON as typed."""
    before = _condition_or_none(request.POST)
    try:
        after = _edited(before, request.POST)
    except InvalidInput as error:
        return _answer(request, before, error=error, status=422)
    return _answer(request, after)


def _edited(before: Condition | None, said: QueryDict) -> Condition | None:
    op, place = said.get("op", ""), editing.read_place(said.get("place", ""))
    if op == "json":
        return conditions.read_text(said.get("json", "")) if said.get("json", "").strip() else None
    if op == "add":
        return editing.added(before, place, _term(said))
    steps: Mapping[str, Callable[[Condition, editing.Place], Condition | None]] = {
        "remove": editing.removed,
        "switch": editing.switched,
        "not": editing.negated,
        "group": editing.grouped,
    }
    if op not in steps or before is None:
        raise InvalidInput(f"{op!r} is no step of the builder.", hint="Open the search again.")
    return steps[op](before, place)


def _term(said: QueryDict) -> Condition:
    """The test that one of the forms describes."""
    makers: Mapping[str, Callable[[QueryDict], dict[str, Any]]] = {
        "field": _field,
        "signal": _signal,
        "technology": lambda told: {"technology": told.get("technology", "")},
        "customer": lambda told: {"customer": told.get("customer") == "yes"},
        "open_deals": lambda told: {"open_deals": {"lte": 0} if told.get("open_deals") == "no" else {"gte": 1}},
    }
    what = said.get("what", "")
    if what not in makers:
        raise InvalidInput("Choose what the condition is about.", hint="Fill in one of the forms.")
    return conditions.read(makers[what](said))


def _field(said: QueryDict) -> dict[str, Any]:
    name, op = said.get("field", ""), said.get("field_op", "in")
    given = re.split(r"\bto\b|[;|]|,(?!\d{3}\b)", _said(said, "value"))
    parts = [part.strip() for part in given if part.strip()]
    values: list[Any] = [_number(part) for part in parts] if name in NUMBER_FIELDS else parts
    if op == Op.KNOWN:
        return {"field": name, "op": op, "value": True}
    if op in (Op.IN, Op.NOT_IN, Op.BETWEEN):
        return {"field": name, "op": op, "value": values}
    return {"field": name, "op": op, "value": values[0] if values else ""}


def _number(text: str) -> Any:
    bare = text.replace(",", "").replace(" ", "")
    try:
        return int(bare)
    except ValueError:
        return text


def _signal(said: QueryDict) -> dict[str, Any]:
    told: dict[str, Any] = {"signal": said.get("signal", "")}
    for key in ("within_days", "at_least", "strength_gte"):
        if _said(said, key):
            told[key] = _number(_said(said, key))
    for key in ("text_has", "topic"):
        values = [part.strip() for part in _said(said, key).split(",") if part.strip()]
        if values:
            told[key] = values
    if _said(said, "detail") and _said(said, "detail_value"):
        told["where"] = {_said(said, "detail"): _said(said, "detail_value")}
    return told


def _said(said: QueryDict, key: str) -> str:
    return str(said.get(key, "")).strip()


@page("prospect", "view")
def results(request: HttpRequest) -> HttpResponse:
    """What the condition finds, as a part of the page: how many, the first of them, what each rests on."""
    try:
        condition = _condition(request.GET)
        as_of = _as_of(request.GET, moment_of(request))
        if condition is None:
            return render(request, RESULTS, {"found": None})
        found = queries.find(actor_of(request), condition, now=moment_of(request), as_of=as_of)
    except InvalidInput as error:
        return render(request, RESULTS, {"error": error}, status=422)
    context = {
        "found": found,
        "hits": found.hits[:SHOWN],
        "is_past": as_of is not None,
        "cost": _cost(condition, found.unknown, moment_of(request)),
    }
    return render(request, RESULTS, context)


def _cost(condition: Condition, unknown: int, now: datetime) -> Any:
    """What it would cost to ask providers about accounts that may be meant; None: nothing they could settle."""
    asks = any(isinstance(term, (FieldIs, Uses)) for term in queries.terms_of(condition))
    return estimate(CallKind.ENRICH_ACCOUNT, unknown, now=now) if unknown and asks else None


def _as_of(said: QueryDict, now: datetime) -> datetime | None:
    """The end of the day asked of, or now when it is today; None: now."""
    text = said.get("as_of", "").strip()
    if not text:
        return None
    try:
        day = datetime.combine(datetime.fromisoformat(text).date(), time(23, 59, 59), timezone.get_current_timezone())
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no day.", hint="Write it like 2026-11-24.") from error
    return min(day, now) if day.date() == timezone.localtime(now).date() else day


@page("prospect", "edit", methods=("POST",))
def save(request: HttpRequest) -> HttpResponse:
    """Keep the search, as a new one or as the next version of the one that is open."""
    kept = request.POST.get("search", "")
    search_id = int(kept) if kept.isdecimal() and len(kept) < 19 else None

    def write(name: str, condition: Condition) -> str:
        found = actions.save_search(
            name, conditions.as_json(condition), actor=actor_of(request), now=moment_of(request),
            sentence=request.POST.get("sentence", ""), search_id=search_id,
        )  # fmt: skip
        return f"{HOME}?search={found}"

    return _named(request, write, "The search is kept.")


@page("prospect", "edit", methods=("POST",))
def make_list(request: HttpRequest) -> HttpResponse:
    """A list of what the condition finds."""

    def write(name: str, condition: Condition) -> str:
        as_of = _as_of(request.POST, moment_of(request))
        kept = request.POST.get("search", "")
        made = list_actions.list_from_search(
            name, conditions.as_json(condition), actor=actor_of(request), now=moment_of(request), as_of=as_of,
            search_id=int(kept) if kept.isdecimal() and len(kept) < 19 else None,
        )  # fmt: skip
        return f"/prospecting/lists/{made.list_id}"

    return _named(request, write, "The list is made.")


def _named(request: HttpRequest, write: Callable[[str, Condition], str], told: str) -> HttpResponse:
    """Do what needs a name and a condition; what is refused stands above the builder."""
    condition = _condition_or_none(request.POST)
    form = SaveForm(request.POST)
    try:
        if condition is None or not form.is_valid():
            raise InvalidInput("A name and a condition are needed.", hint="Give both.")
        return fragments.done(request, told, to=write(form.cleaned_data["name"], condition))
    except AppError as error:
        if error.status >= 500 or error.status == 404:
            raise
        return _answer(request, condition, error=error, status=422)


@page("prospect", "edit", methods=("POST",))
def archive(request: HttpRequest, search_id: int) -> HttpResponse:
    """Put a search away."""
    actions.archive_search(search_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The search is put away.", to=HOME)


def _condition(said: QueryDict) -> Condition | None:
    text = said.get("c", "").strip()
    return conditions.read_text(text) if text else None


def _condition_or_none(said: QueryDict) -> Condition | None:
    try:
        return _condition(said)
    except InvalidInput:
        return None


def _address(condition: Condition | None) -> str:
    text = json.dumps(conditions.as_json(condition), ensure_ascii=False) if condition is not None else ""
    return f"{HOME}?{urlencode({'c': text})}" if text and len(text) <= LONGEST_ADDRESS else HOME


def _answer(request: HttpRequest, condition: Condition | None, *, status: int = 200, **told: Any) -> HttpResponse:
    """The builder after a step: the part with its address for the page's script, the page otherwise."""
    if not fragments.is_part(request):
        if not told and status == 200:
            return HttpResponseRedirect(_address(condition))
        return _show(request, condition, status=status, **told)
    answer = render(request, PART, _context(request, condition, **told), status=status)
    if status == 200:
        answer["HX-Push-Url"] = _address(condition)
    return answer


def _show(request: HttpRequest, condition: Condition | None, *, status: int = 200, **told: Any) -> HttpResponse:
    answer = render(request, PAGE, _context(request, condition, **told), status=status)
    patch_vary_headers(answer, ("HX-Request",))
    return answer


def _context(request: HttpRequest, condition: Condition | None, **told: Any) -> dict[str, Any]:
    actor = actor_of(request)
    body = conditions.as_json(condition) if condition is not None else None
    kept = told.get("kept")
    return {
        "tree": editing.as_tree(condition) if condition is not None else None,
        "groups": [(node.address, _group_words(node)) for node in _groups(condition)],
        "words": editing.in_words(condition) if condition is not None else "",
        "text": json.dumps(body, ensure_ascii=False) if body is not None else "",
        "shown_json": json.dumps(body, ensure_ascii=False, indent=2) if body is not None else "",
        "results": f"{HOME}/results?{urlencode({'c': json.dumps(body, ensure_ascii=False)})}" if body else "",
        "sentence": kept.sentence if kept else "",
        "names": vocabulary(actor),
        "fields": sorted(FIELDS),
        "ops": OPS,
        "examples": EXAMPLES,
        "relations": RELATIONS,
        "may_edit": may(actor, "prospect.edit"),
        "searches": queries.list_searches(actor),
        "versions": queries.versions_of(kept.id) if kept else (),
        **told,
    }


def _groups(condition: Condition | None) -> list[editing.Node]:
    """The groups that a condition can be added to."""
    nodes = [editing.as_tree(condition)] if condition is not None else []
    found = []
    while nodes:
        node = nodes.pop(0)
        nodes = [*node.parts, *nodes]
        found += [node] if node.kind in ("all", "any") else []
    return found


def _group_words(node: editing.Node) -> str:
    first = node.parts[0].words or node.parts[0].kind
    return f"{node.kind} of: {first}{' …' if len(node.parts) > 1 else ''}"


urlpatterns = [
    path("prospecting/search", search_page, name="search_builder"),
    path("prospecting/search/read", read, name="search_read"),
    path("prospecting/search/edit", edit, name="search_edit"),
    path("prospecting/search/results", results, name="search_results"),
    path("prospecting/search/save", save, name="search_save"),
    path("prospecting/search/list", make_list, name="search_list"),
    path("prospecting/search/<int:search_id>/archive", archive, name="search_archive"),
]
