"""The list of contacts and one person's page: employments, ways to reach them, deals, timeline."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, StreamingHttpResponse
from django.shortcuts import render

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.accounts.actions.taking_out import require_contacts_may_leave
from tandem.accounts.queries import accounts, contacts, timeline
from tandem.accounts.queries.contacts import ContactFilters, ContactRow
from tandem.accounts.queries.stretches import read_strand, stretch
from tandem.core import lists
from tandem.core.api import actor_of, moment_of
from tandem.core.lists import ChoiceFilter, Column, FlagFilter, ListSpec, ListState, TextFilter

CELLS = "accounts/cells/"
YES_NO = (("yes", "yes"), ("no", "no"))


def _usable(row: ContactRow) -> str:
    return "usable" if row.is_usable else "not usable"


CONTACTS = ListSpec(
    name="contacts",
    noun="contact",
    default_sort="name",
    columns=(
        Column(key="name", label="Contact", template=CELLS + "contact.html", sort="name"),
        Column(
            key="account_name", label="Account", template=CELLS + "account_link.html", sort="account", is_optional=True
        ),
        Column(key="email", label="Mail", is_optional=True),
        Column(key="country", label="Country", sort="country", is_optional=True),
        Column(key="owner_name", label="Owner", is_optional=True),
        Column(key="agreeing_sources", label="Agreeing sources", is_figure=True, sort="sources", is_optional=True),
        Column(key="usable", label="Outreach", value=_usable, template=CELLS + "usable.html"),
        Column(
            key="last_activity_at",
            label="Last touch",
            template=CELLS + "day.html",
            is_figure=True,
            sort="activity",
            is_optional=True,
        ),
    ),
    filters=(
        TextFilter(key="text", label="Name, mail or title"),
        ChoiceFilter(key="usable", label="Usable", choices=YES_NO),
        ChoiceFilter(key="department", label="Department"),
        ChoiceFilter(key="seniority", label="Seniority"),
        ChoiceFilter(key="country", label="Country"),
        ChoiceFilter(key="source", label="Source"),
        ChoiceFilter(key="left", label="Left", choices=YES_NO),
        FlagFilter(key="opted_out", label="Opted out"),
    ),
    empty_title="No contacts yet",
    empty_text="They come in with the accounts they work at.",
    empty_address="/data",
    empty_action="Open data health",
)


def _filters(state: ListState) -> ContactFilters:
    truth = {"yes": True, "no": False}
    return ContactFilters(
        text=state.text("text"),
        country=state.text("country"),
        department=state.text("department"),
        seniority=state.text("seniority"),
        source=state.text("source"),
        usable=truth.get(state.text("usable")),
        has_left=truth.get(state.text("left")),
        opted_out=True if state.flag("opted_out") else None,
    )


@page("contact", "view")
def contact_list(request: HttpRequest) -> HttpResponse:
    """Contacts in the actor's sight."""
    actor = actor_of(request)
    state = CONTACTS.read(request.GET)
    filters = _filters(state)
    listing = CONTACTS.listing(
        state,
        contacts.list_contacts(actor, filters, sort=state.sort, offset=state.offset, limit=state.limit),
        total=contacts.count_contacts(actor, filters),
        choices={**contacts.contact_choices(actor), "source": accounts.source_choices()},
        csv_address="/contacts.csv" if may(actor, "contact.export") else "",
    )
    return lists.respond(request, "accounts/contacts.html", listing)


@page("contact", "export")
def contact_csv(request: HttpRequest) -> StreamingHttpResponse:
    """All contacts that fit, as a file."""
    state = CONTACTS.read(request.GET)
    require_contacts_may_leave(actor_of(request), _filters(state), now=moment_of(request))
    return CONTACTS.csv(
        contacts.each_contact(actor_of(request), _filters(state), sort=state.sort), actor=actor_of(request)
    )


@page("contact", "view")
def contact_page(request: HttpRequest, contact_id: int) -> HttpResponse:
    """One person; an id that was merged away leads to the person it lives on in."""
    kept = accounts.find_kept_contact(contact_id)
    if kept is not None:
        return HttpResponsePermanentRedirect(f"/contacts/{kept}")
    actor = actor_of(request)
    head = contacts.get_contact(actor, contact_id)
    strand = read_strand(request.GET)
    shown = timeline.contact_timeline(actor, contact_id, strand=strand)
    context = {"head": head, "row": head.row, "timeline": stretch(f"/contacts/{contact_id}", shown, strand)}
    return render(request, "accounts/contact.html", context)


@page("contact", "view")
def contact_timeline(request: HttpRequest, contact_id: int) -> HttpResponse:
    """An older stretch of one person's timeline, for the page that shows it."""
    actor = actor_of(request)
    contacts.get_contact(actor, contact_id)
    strand = read_strand(request.GET)
    shown = timeline.contact_timeline(actor, contact_id, strand=strand, cursor=request.GET.get("older", ""))
    return render(
        request,
        "accounts/timeline_stretch.html",
        {"timeline": stretch(f"/contacts/{contact_id}", shown, strand)},
    )
