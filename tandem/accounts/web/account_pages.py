"""The list of accounts. One account's whole page shows several rooms and lives in `console`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.accounts.queries import accounts
from tandem.accounts.queries.accounts import AccountFilters, AccountRow
from tandem.core import lists, words
from tandem.core.api import actor_of, moment_of
from tandem.core.lists import ChoiceFilter, Column, FlagFilter, ListSpec, ListState, TextFilter

CELLS = "accounts/cells/"


def _pipeline(row: AccountRow) -> object:
    return row.pipeline.amount


def _industry(row: AccountRow) -> object:
    return words.uncoded(row.industry)


ACCOUNTS = ListSpec(
    name="accounts",
    noun="account",
    default_sort="name",
    columns=(
        Column(key="name", label="Account", template=CELLS + "account.html", sort="name"),
        Column(key="industry", label="Industry", value=_industry, sort="industry", is_optional=True),
        Column(key="country", label="Country", sort="country", is_optional=True),
        Column(key="employees", label="Employees", is_figure=True, sort="employees", is_optional=True),
        Column(key="owner_name", label="Owner", sort="owner", is_optional=True),
        Column(
            key="pipeline",
            label="Open pipeline",
            value=_pipeline,
            template=CELLS + "pipeline.html",
            is_figure=True,
            sort="pipeline",
        ),
        Column(
            key="source_count",
            label="Sources",
            template=CELLS + "sources.html",
            is_figure=True,
            sort="sources",
            is_optional=True,
        ),
        Column(
            key="last_activity_at",
            label="Last touch",
            template=CELLS + "day.html",
            is_figure=True,
            sort="activity",
            is_optional=True,
        ),
        Column(key="domain", label="Domain", is_optional=True, sort=""),
    ),
    filters=(
        TextFilter(key="text", label="Name or domain"),
        ChoiceFilter(key="owner", label="Owner"),
        ChoiceFilter(key="team", label="Team"),
        ChoiceFilter(key="country", label="Country"),
        ChoiceFilter(key="industry", label="Industry"),
        ChoiceFilter(key="source", label="Source"),
        ChoiceFilter(key="open_deal", label="Open deal", choices=(("yes", "yes"), ("no", "no"))),
        FlagFilter(key="known_by_one", label="Known by one source"),
    ),
    empty_title="No accounts yet",
    empty_text="They come in with the first import, or nobody has given you one.",
    empty_address="/data",
    empty_action="Open data health",
)


def _filters(state: ListState) -> AccountFilters:
    return AccountFilters(
        text=state.text("text"),
        owner=state.text("owner"),
        team=state.number("team"),
        country=state.text("country"),
        industry=state.text("industry"),
        source=state.text("source"),
        open_deal={"yes": True, "no": False}.get(state.text("open_deal")),
        known_by_one=state.flag("known_by_one"),
    )


@page("account", "view")
def account_list(request: HttpRequest) -> HttpResponse:
    """Accounts in the actor's sight."""
    actor, today = actor_of(request), moment_of(request).date()
    state = ACCOUNTS.read(request.GET)
    filters = _filters(state)
    rows = accounts.list_accounts(actor, filters, today=today, sort=state.sort, offset=state.offset, limit=state.limit)
    choices = accounts.account_choices(actor)
    listing = ACCOUNTS.listing(
        state,
        rows,
        total=accounts.count_accounts(actor, filters),
        choices={
            "owner": choices.owners,
            "team": choices.teams,
            "country": choices.countries,
            "industry": [(value, words.uncoded(label)) for value, label in choices.industries],
            "source": choices.sources,
        },
        csv_address="/accounts.csv" if may(actor, "account.export") else "",
    )
    return lists.respond(request, "accounts/accounts.html", listing)


@page("account", "export")
def account_csv(request: HttpRequest) -> StreamingHttpResponse:
    """All accounts that fit, as a file."""
    state = ACCOUNTS.read(request.GET)
    rows = accounts.each_account(actor_of(request), _filters(state), today=moment_of(request).date(), sort=state.sort)
    return ACCOUNTS.csv(rows, actor=actor_of(request))
