"""One account's whole page: its figures, timeline, people, deals, family and sources."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.accounts.queries import accounts, contacts, courses, deals, signals, timeline
from tandem.accounts.queries.accounts import DealPiece
from tandem.accounts.queries.stretches import read_strand, stretch
from tandem.accounts.queries.totals import Total
from tandem.core import panels, words
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import NotFound
from tandem.core.panels import Part, Why
from tandem.engagement.queries.context import plans_of_account
from tandem.intent.queries.latest import latest_scores
from tandem.prospecting.queries.research import rationale_of

SHOWN_PEOPLE = 12


@page("account", "view")
def account_page(request: HttpRequest, account_id: int) -> HttpResponse:
    """One account; an id that was merged away leads to the account it lives on in."""
    actor, now = actor_of(request), moment_of(request)
    try:
        head = accounts.get_account(actor, account_id)
    except NotFound:
        kept = accounts.find_kept_account(account_id)
        if kept is None:
            raise
        return HttpResponsePermanentRedirect(f"/accounts/{kept}")
    strand = read_strand(request.GET)
    observed = signals.signals_at(head.domains, since=courses.first_week(now))
    shown = timeline.account_timeline(actor, account_id, signals=observed, strand=strand)
    drawn = (courses.touches_by_week(account_id, now=now), courses.signals_by_week(observed, now=now))
    people = contacts.list_people_of_account(actor, account_id)
    context = {
        "head": head,
        "figures": accounts.account_figures(actor, head, today=now.date()),
        "intent": latest_scores([account_id]).get(account_id),
        "people": people[:SHOWN_PEOPLE],
        "people_total": len(people),
        "deals": deals.list_deals_of_account(actor, account_id),
        "charts": [chart for chart in drawn if chart],
        "timeline": stretch(f"/accounts/{account_id}", shown, strand),
        "may_edit": may(actor, "account.edit"),
        "sees_prospects": may(actor, "prospect.view"),
        "sees_outreach": may(actor, "campaign.view"),
    }
    return render(request, "console/account.html", context)


@page("prospect", "view")
def account_research(request: HttpRequest, account_id: int) -> HttpResponse:
    """Why this account, as research has it, for the page that shows it."""
    head = accounts.get_account(actor_of(request), account_id)
    context = {"account_id": head.id, "rationale": rationale_of(head.id)}
    return render(request, "console/account_research.html", context)


@page("campaign", "view")
def account_outreach(request: HttpRequest, account_id: int) -> HttpResponse:
    """Who of the account is in which plan, and what comes next, for the page that shows it."""
    actor = actor_of(request)
    head = accounts.get_account(actor, account_id)
    return render(request, "console/account_outreach.html", {"plans": plans_of_account(actor, head.id)})


@page("account", "view")
def account_timeline(request: HttpRequest, account_id: int) -> HttpResponse:
    """An older stretch of one account's timeline, for the page that shows it."""
    actor = actor_of(request)
    head = accounts.get_account(actor, account_id)
    strand = read_strand(request.GET)
    observed = signals.signals_at(head.domains, since=courses.first_week(moment_of(request)))
    cursor = request.GET.get("older", "")
    shown = timeline.account_timeline(actor, account_id, signals=observed, strand=strand, cursor=cursor)
    context = {"timeline": stretch(f"/accounts/{account_id}", shown, strand)}
    return render(request, "accounts/timeline_stretch.html", context)


@page("account", "view")
def account_why(request: HttpRequest, account_id: int, figure: str) -> HttpResponse:
    """What the open pipeline or the won total of an account is made of."""
    actor, today = actor_of(request), moment_of(request).date()
    head = accounts.get_account(actor, account_id)
    figures = accounts.account_figures(actor, head, today=today)
    if figure == "won":
        panel = _money_panel("won", "Won so far", figures.won, figures.won_deals, "at the rate of the closing day")
    else:
        panel = _money_panel("pipeline", "Open pipeline", figures.pipeline, figures.pipeline_deals, "at today's rate")
    return panels.respond(request, panel)


def _money_panel(key: str, label: str, total: Total, pieces: tuple[DealPiece, ...], rate: str) -> Why:
    counted = [piece for piece in pieces if piece.converted is not None]
    left_out = len(pieces) - len(counted)
    facts = [("Rates", f"{rate}, into {total.currency}")]
    if left_out:
        facts.append(("Left out", f"{words.count(left_out, 'deal')} without an amount or a known rate"))
    return Why(
        key=key,
        title=f"{label}: {words.money(total.amount, total.currency) if total.amount is not None else 'nothing to add'}",
        text="Deals of this account in your sight, largest first.",
        parts=tuple(
            Part(
                label=piece.name,
                amount=piece.converted or 0,
                note=f"{piece.stage}, {words.money(piece.amount or 0, piece.currency)}, {words.day(piece.on)}",
                address=f"/deals/{piece.id}",
            )
            for piece in counted
        ),
        parts_label="Deal",
        total=total.amount,
        total_label=label,
        currency=total.currency,
        facts=tuple(facts),
    )
