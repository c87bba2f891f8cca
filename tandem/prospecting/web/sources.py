"""Pages of sources outside: the board of providers, one provider with its settings and calls, the waterfall, places."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.accounts.queries.visible import contacts_in_sight
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import AppError, Conflict, InvalidInput, NotFound
from tandem.core.intervals import ENOUGH_FOR_SHARE
from tandem.prospecting.actions import asking, clay_rows, ordering, provider_settings, watching
from tandem.prospecting.actions.provider_settings import NewSettings
from tandem.prospecting.connectors.clay import MOST_ROWS_OF_A_TABLE, ROW_KEY
from tandem.prospecting.domain.providers import CallKind, PlaceKind, families
from tandem.prospecting.queries import places, providers, sources, waterfall
from tandem.prospecting.queries.orders import key_of_check, key_of_test, ordered

HOME = "/prospecting/sources"
CLAY = "clay"
KIND_WORDS: Mapping[str, str] = {
    "search_accounts": "a page of companies", "search_people": "a page of people", "enrich_account": "a company",
    "enrich_person": "a person", "check_address": "an address", "send_row": "a row",
}  # fmt: skip
PLACES = (
    ("feed", "Feed: address of RSS or Atom"), ("greenhouse", "Greenhouse: name of the board"),
    ("lever", "Lever: name of the site"), ("ashby", "Ashby: name of the board"),
    ("github", "GitHub: name of the organisation"), ("edgar", "SEC: number of the company (CIK)"),
    ("page", "Public page: its address"),
)  # fmt: skip


class ProviderForm(forms.Form):
    """What is set for a provider. The key is only ever entered, never shown."""

    is_on = forms.BooleanField(label="Ask this provider", required=False)
    key = forms.CharField(
        label="Key", required=False, max_length=500, strip=True,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
    )  # fmt: skip
    base_address = forms.CharField(label="Address", required=False, max_length=300)
    contact = forms.CharField(
        label="Contact",
        required=False,
        max_length=254,
        help_text="Mail address told in every call, where one is asked.",
    )
    vendor_name = forms.CharField(
        label="In the register of vendors as", required=False, max_length=200,
        help_text="Decides whose data it may see. Empty: under its own name.",
    )  # fmt: skip
    currency = forms.CharField(max_length=3, initial="USD")
    monthly_budget = forms.DecimalField(
        label="Budget a month",
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text="Empty: no bound.",
    )

    def __init__(self, *args: Any, settings: providers.Settings, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = settings.key_hint and f"One is set, ending in {settings.key_hint}. Empty: it stays."
        self.fields["key"].help_text = told or "Kept sealed, and never shown again."
        usual = settings.provider.base_address
        self.fields["base_address"].help_text = (
            "The table's webhook." if settings.provider.key == CLAY else f"Empty: {usual or 'none is needed'}."
        )
        for kind, price in settings.prices.items():
            self.fields[f"price_{kind.value}"] = forms.DecimalField(
                label=f"Price of {KIND_WORDS[kind.value]}", min_value=0, max_digits=10, decimal_places=4, initial=price
            )


class OrderForm(forms.Form):
    """The order of providers for one field."""

    field = forms.CharField(max_length=30)
    providers = forms.CharField(max_length=300, required=False)
    enough = forms.IntegerField(min_value=1, max_value=3)


class PlaceForm(forms.Form):
    """A public place to watch."""

    kind = forms.ChoiceField(choices=PLACES)
    place = forms.CharField(max_length=500)
    account_id = forms.IntegerField(label="Account's number", min_value=1)


@page("prospect", "view")
def board(request: HttpRequest) -> HttpResponse:
    """Every provider with its state, cost, hits, and how right it was."""
    return _board(request)


def _board(request: HttpRequest, *, place_form: PlaceForm | None = None, status: int = 200) -> HttpResponse:
    actor, now = actor_of(request), moment_of(request)
    rows = providers.board(now=now)
    told = providers.accuracy_by_source()
    own = {row.key for row in rows}
    context = {
        "rows": rows,
        "is_empty": not any(row.is_on for row in rows),
        "others": [(key, _shares(shares)) for key, shares in sorted(told.items()) if key not in own],
        "enough": ENOUGH_FOR_SHARE,
        "may_manage": may(actor, "prospect.manage"),
        "may_edit": may(actor, "prospect.edit"),
        "places": places.watched_places(actor),
        "place_form": (place_form or PlaceForm(initial={"account_id": request.GET.get("account")}))
        if may(actor, "prospect.edit")
        else None,
        "families": [family for family in families() if len(family.systems) > 1 or family.is_reseller],
    }
    return render(request, "prospecting/sources.html", context, status=status)


def _shares(shares: Mapping[Any, Any]) -> dict[str, Any]:
    from tandem.core.intervals import Share
    from tandem.prospecting.domain.accuracy import Measure, stale_or_wrong

    none = Share(hits=0, n=0)
    return {
        "mail": shares.get(Measure.MAIL, none), "agrees": shares.get(Measure.AGREES, none),
        "wrong": stale_or_wrong(shares),
    }  # fmt: skip


@page("prospect", "view")
def provider_page(request: HttpRequest, key: str) -> HttpResponse:
    """One provider: what it is asked, what it cost, its last calls with their errors. job : of the last test call"""
    return _provider_page(request, key)


def _provider_page(
    request: HttpRequest, key: str, *, form: ProviderForm | None = None, token: str = "", status: int = 200
) -> HttpResponse:
    settings = providers.settings_of(key)
    row = next(one for one in providers.board(now=moment_of(request)) if one.key == key)
    may_manage = may(actor_of(request), "prospect.manage")
    clay_account = providers.account_of(CLAY) if key == CLAY else None
    context = {
        "settings": settings,
        "row": row,
        "enough": ENOUGH_FOR_SHARE,
        "may_manage": may_manage,
        "form": (form or ProviderForm(settings=settings, initial=_initial(settings))) if may_manage else None,
        "calls": providers.recent_calls(key),
        "can_try": settings.is_on and (CallKind.CHECK_ADDRESS in settings.provider.kinds or key == "apollo"),
        "is_clay": key == CLAY,
        "clay": {"most": MOST_ROWS_OF_A_TABLE, "left": clay_rows.rows_left(clay_account), "row": ROW_KEY}
        if clay_account
        else None,
        "token": token,
        "test": ordered(request.GET.get("job", ""), key_of_test(key)),
        "back_address": request.build_absolute_uri("/in/clay"),
    }
    return render(request, "prospecting/source.html", context, status=status)


def _initial(settings: providers.Settings) -> dict[str, Any]:
    names = ("is_on", "base_address", "contact", "vendor_name", "currency", "monthly_budget")
    return {name: getattr(settings, name) for name in names}


@page("prospect", "manage", methods=("POST",))
def save_provider(request: HttpRequest, key: str) -> HttpResponse:
    """Set up a provider."""
    settings = providers.settings_of(key)
    form = ProviderForm(request.POST, settings=settings)
    if form.is_valid():
        said = dict(form.cleaned_data)
        prices = {kind: Decimal(said.pop(f"price_{kind.value}")) for kind in settings.prices}
        try:
            new = NewSettings(**said, prices=prices)
            provider_settings.set_provider(key, new, actor=actor_of(request), now=moment_of(request))
            return fragments.done(request, f"{settings.provider.name} is set.", to=f"{HOME}/{key}")
        except (InvalidInput, Conflict) as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return _provider_page(request, key, form=form, status=422)


@page("prospect", "manage", methods=("POST",))
def try_provider(request: HttpRequest, key: str) -> HttpResponse:
    """Have the test call made; the page tells what came of it."""
    job = ordering.order_test(key, actor=actor_of(request))
    return fragments.done(request, "The test call is on its way.", to=f"{HOME}/{key}?job={job}")


@page("prospect", "manage", methods=("POST",))
def make_token(request: HttpRequest, key: str) -> HttpResponse:
    """A new token with which the provider calls us; shown this once."""
    token = provider_settings.new_token(key, actor=actor_of(request), now=moment_of(request))
    return _provider_page(request, key, token=token)


@page("prospect", "manage", methods=("POST",))
def free_call(request: HttpRequest, key: str, call_id: int) -> HttpResponse:
    """Let a question whose end nobody knows be asked once more."""
    asking.let_ask_again(call_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "It may be asked again.", to=f"{HOME}/{key}")


@page("prospect", "view")
def waterfall_page(request: HttpRequest) -> HttpResponse:
    """The order of providers for each field."""
    return _waterfall(request)


def _waterfall(request: HttpRequest, *, trouble: str = "", status: int = 200) -> HttpResponse:
    context = {
        "orders": waterfall.orders(),
        "may_manage": may(actor_of(request), "prospect.manage"),
        "trouble": trouble,
    }
    return render(request, "prospecting/waterfall.html", context, status=status)


@page("prospect", "manage", methods=("POST",))
def save_order(request: HttpRequest) -> HttpResponse:
    """Write the order for a field, or give it back to accuracy for the price."""
    form = OrderForm(request.POST)
    if not form.is_valid():
        return _waterfall(request, trouble="Name the field, its providers and how many must tell it.", status=422)
    said = form.cleaned_data
    keys = [word.strip() for word in said["providers"].replace(",", " ").split() if word.strip()]
    try:
        provider_settings.set_order(
            said["field"], keys, enough=said["enough"], actor=actor_of(request), now=moment_of(request)
        )
    except InvalidInput as error:
        return _waterfall(request, trouble=" ".join(filter(None, (error.message, error.hint))), status=422)
    return fragments.done(request, "The order holds from now on.", to=f"{HOME}/waterfall")


@page("prospect", "edit", methods=("POST",))
def add_place(request: HttpRequest) -> HttpResponse:
    """Watch a public place for an account."""
    form = PlaceForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            watching.watch_place(
                PlaceKind(said["kind"]), said["place"], said["account_id"], actor=actor_of(request),
                now=moment_of(request),
            )  # fmt: skip
            return fragments.done(request, "It is watched from now on.", to=HOME)
        except AppError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return _board(request, place_form=form, status=422)


@page("prospect", "edit", methods=("POST",))
def remove_place(request: HttpRequest, place_id: int) -> HttpResponse:
    """Watch a place no more."""
    watching.stop_watching(place_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "It is no longer watched. Its signals stay.", to=HOME)


@page("prospect", "view")
def contact_check(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Whether a contact may be written to and why not: a fragment for pages about people, or a page of its own.

    job : of a check that was ordered here; the fragment asks again until it is done
    """
    return _contact_check(request, contact_id, request.GET.get("job", ""))


def _contact_check(request: HttpRequest, contact_id: int, job: str) -> HttpResponse:
    context = {
        "state": _state(request, contact_id),
        "may_edit": may(actor_of(request), "prospect.edit"),
        "work": ordered(job, key_of_check(contact_id)),
    }
    return fragments.render_either(
        request, page="prospecting/contact_check.html", part="prospecting/contact_check_part.html", context=context
    )


def _state(request: HttpRequest, contact_id: int) -> sources.ContactState:
    if not contacts_in_sight(actor_of(request)).filter(id=contact_id).exists():
        raise NotFound(f"There is no contact {contact_id} that you can see.", hint="Open the list of contacts.")
    return sources.contact_states([contact_id], now=moment_of(request))[contact_id]


@page("prospect", "edit", methods=("POST",))
def check_now(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Have a contact's address checked, if its check is missing or too old."""
    _state(request, contact_id)
    job = ordering.order_check_of(contact_id, actor=actor_of(request))
    if fragments.is_part(request):
        return _contact_check(request, contact_id, str(job))
    back = fragments.came_from(request, f"/prospecting/contacts/{contact_id}/check?job={job}")
    return fragments.done(request, "The address is being checked.", to=back)


urlpatterns = [
    path("prospecting/sources", board, name="prospecting_sources"),
    path("prospecting/sources/waterfall", waterfall_page, name="prospecting_waterfall"),
    path("prospecting/sources/waterfall/save", save_order, name="prospecting_save_order"),
    path("prospecting/sources/places", add_place, name="prospecting_add_place"),
    path("prospecting/sources/places/<int:place_id>/remove", remove_place, name="prospecting_remove_place"),
    path("prospecting/sources/<slug:key>", provider_page, name="prospecting_source"),
    path("prospecting/sources/<slug:key>/save", save_provider, name="prospecting_save_source"),
    path("prospecting/sources/<slug:key>/try", try_provider, name="prospecting_try_source"),
    path("prospecting/sources/<slug:key>/token", make_token, name="prospecting_source_token"),
    path("prospecting/sources/<slug:key>/calls/<int:call_id>/free", free_call, name="prospecting_free_call"),
    path("prospecting/contacts/<int:contact_id>/check", contact_check, name="prospecting_contact_check"),
    path("prospecting/contacts/<int:contact_id>/check/now", check_now, name="prospecting_check_now"),
]
