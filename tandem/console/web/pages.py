"""Pages of the console that belong to no single room: search, theme, profile, style guide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from tandem.access.guard import page, public
from tandem.access.queries import get_person, has_second_step
from tandem.accounts.queries.search import SearchHit, search
from tandem.console.web import guide, navigation
from tandem.console.web.context import THEME_COOKIE, THEMES
from tandem.core import lists
from tandem.core.actors import Actor

SUGGESTIONS = 12
RESULTS = 60
YEAR_SECONDS = 365 * 24 * 3600
ADDRESSES = {"account": "/accounts/{id}", "contact": "/contacts/{id}", "deal": "/deals/{id}"}
GROUPS = (("account", "Accounts"), ("contact", "Contacts"), ("deal", "Deals"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One line of search results or suggestions. `kind` is also the name of its icon."""

    kind: str
    title: str
    detail: str
    address: str

    @classmethod
    def of(cls, hit: SearchHit) -> Found:
        """A hit with the address of its page."""
        address = ADDRESSES[hit.kind].format(id=hit.id)
        return cls(kind=hit.kind, title=hit.title, detail=hit.detail, address=address)


@page("home", "view")
def search_page(request: HttpRequest) -> HttpResponse:
    """Accounts, contacts and deals in the actor's sight that the text means."""
    text = request.GET.get("q", "").strip()
    hits = [Found.of(hit) for hit in search(_actor(request), text, limit=RESULTS)]
    groups = [(label, [hit for hit in hits if hit.kind == kind]) for kind, label in GROUPS]
    context = {
        "text": text,
        "total": len(hits),
        "most": RESULTS,
        "groups": [(label, found) for label, found in groups if found],
    }
    return render(request, "console/search.html", context)


@page("home", "view")
def suggest(request: HttpRequest) -> JsonResponse:
    """What the command palette offers for the text so far: pages by name, then records."""
    text = request.GET.get("q", "").strip()
    found = _pages(_actor(request), text)
    found += [Found.of(hit) for hit in search(_actor(request), text, limit=SUGGESTIONS)]
    lines = [
        {"kind": line.kind, "title": line.title, "detail": line.detail, "address": line.address}
        for line in found[: SUGGESTIONS + len(navigation.PLACES)]
    ]
    return JsonResponse({"text": text, "lines": lines})


def _pages(actor: Actor, text: str) -> list[Found]:
    """Places whose name has a word beginning with the text; all of them for no text."""
    entries: Sequence[navigation.Entry] = navigation.entries_for(actor, "")
    wanted = text.casefold()
    named = [
        entry
        for entry in entries
        if entry.label.casefold().startswith(wanted)
        or any(word.startswith(wanted) for word in entry.label.casefold().split())
    ]
    return [Found(kind="page", title=entry.label, detail=f"g {entry.letter}", address=entry.address) for entry in named]


@public
def switch_theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie, so that the next first paint is right."""
    chosen = request.POST.get("theme", "")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    answer: HttpResponse = HttpResponseRedirect(back)
    if request.headers.get("Sec-Fetch-Mode") == "cors":
        answer = HttpResponse(status=204)
    if chosen in THEMES:
        answer.set_cookie(THEME_COOKIE, chosen, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure())
    else:
        answer.delete_cookie(THEME_COOKIE, samesite="Lax")
    return answer


@page("home", "view")
def profile(request: HttpRequest) -> HttpResponse:
    """Who one is here, and how one signs in."""
    person = get_person(_actor(request).id)
    return render(request, "console/profile.html", {"person": person, "has_second_step": has_second_step(person.id)})


@page("home", "view")
def style_guide(request: HttpRequest) -> HttpResponse:
    """Every part of the design system, drawn by the same tags that the pages use."""
    now: datetime = request.now  # type: ignore[attr-defined]
    listing = guide.listing(request.GET, now=now)
    return lists.respond(request, "console/styleguide.html", listing, guide.context(now=now))


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
