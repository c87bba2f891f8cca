"""API of accounts, contacts and deals. Each route shows what the caller's sight takes in, and nothing else."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from tandem.access.guard import api
from tandem.accounts.actions import merging
from tandem.accounts.actions.corrections import Correction, correct, withdraw
from tandem.accounts.contracts import Entity
from tandem.accounts.queries import accounts, contacts, courses, deals, signals, timeline
from tandem.accounts.queries.visible import KIND_OF
from tandem.core.api import Cursor, Limit, Listed, actor_of, listed, moment_of, place, repeatable

router = Router()

OneStrand = Annotated[timeline.Strand | None, Query(description="Only this strand; none: all of them.")]
Older = Annotated[str, Query(description="`older` of the stretch before; empty: from the newest.", max_length=100)]


class AccountDetail(Schema):
    """An account with the numbers at its head and the parts that add up to them."""

    account: accounts.AccountHead
    figures: accounts.AccountFigures


@router.get("/accounts", response=Listed[accounts.AccountRow], tags=["accounts"], summary="Accounts by id")
@api("account", "view")
def list_accounts(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Accounts in sight, those merged away left out."""
    today = moment_of(request).date()
    actor = actor_of(request)
    return listed(accounts.list_accounts_after(actor, after_id=place(cursor), limit=limit + 1, today=today), limit)


@router.get("/accounts/{int:account_id}", response=AccountDetail, tags=["accounts"], summary="One account")
@api("account", "view")
def get_account(request: HttpRequest, account_id: int) -> dict[str, Any]:
    """One account in sight; an id that was merged away gives the account it lives on in."""
    actor = actor_of(request)
    head = accounts.get_account(actor, accounts.find_kept_account(account_id) or account_id)
    today = moment_of(request).date()
    return {"account": head, "figures": accounts.account_figures(actor, head, today=today)}


@router.get(
    "/accounts/{int:account_id}/timeline", response=timeline.Page, tags=["accounts"], summary="Timeline of an account"
)
@api("account", "view")
def account_timeline(
    request: HttpRequest, account_id: int, strand: OneStrand = None, cursor: Older = ""
) -> timeline.Page:
    """What happened with the account, from every source, newest first."""
    actor = actor_of(request)
    head = accounts.get_account(actor, account_id)
    observed = signals.signals_at(head.domains, since=courses.first_week(moment_of(request)))
    return timeline.account_timeline(actor, head.id, signals=observed, strand=strand, cursor=cursor)


@router.get("/contacts", response=Listed[contacts.ContactRow], tags=["contacts"], summary="Contacts by id")
@api("contact", "view")
def list_contacts(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Contacts in sight, those merged away left out."""
    actor = actor_of(request)
    return listed(contacts.list_contacts_after(actor, after_id=place(cursor), limit=limit + 1), limit)


@router.get("/contacts/{int:contact_id}", response=contacts.ContactHead, tags=["contacts"], summary="One contact")
@api("contact", "view")
def get_contact(request: HttpRequest, contact_id: int) -> contacts.ContactHead:
    """One contact in sight, with employments, ways to reach them and deals."""
    actor = actor_of(request)
    return contacts.get_contact(actor, accounts.find_kept_contact(contact_id) or contact_id)


@router.get(
    "/contacts/{int:contact_id}/timeline", response=timeline.Page, tags=["contacts"], summary="Timeline of a contact"
)
@api("contact", "view")
def contact_timeline(
    request: HttpRequest, contact_id: int, strand: OneStrand = None, cursor: Older = ""
) -> timeline.Page:
    """What happened with the person, newest first."""
    actor = actor_of(request)
    head = contacts.get_contact(actor, contact_id)
    return timeline.contact_timeline(actor, head.row.id, strand=strand, cursor=cursor)


@router.get("/deals", response=Listed[deals.DealRow], tags=["deals"], summary="Deals by id")
@api("deal", "view")
def list_deals(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Deals in sight, open and closed."""
    actor = actor_of(request)
    return listed(deals.list_deals_after(actor, after_id=place(cursor), limit=limit + 1), limit)


@router.get("/deals/{int:deal_id}", response=deals.DealHead, tags=["deals"], summary="One deal")
@api("deal", "view")
def get_deal(request: HttpRequest, deal_id: int) -> deals.DealHead:
    """One deal in sight, with its stages, changes, people, lines and calls."""
    today = moment_of(request).date()
    return deals.get_deal(actor_of(request), deal_id, today=today)


@router.get("/deals/{int:deal_id}/timeline", response=timeline.Page, tags=["deals"], summary="Timeline of a deal")
@api("deal", "view")
def deal_timeline(request: HttpRequest, deal_id: int, strand: OneStrand = None, cursor: Older = "") -> timeline.Page:
    """What happened with the deal, newest first."""
    actor, today = actor_of(request), moment_of(request).date()
    head = deals.get_deal(actor, deal_id, today=today)
    return timeline.deal_timeline(actor, head.row.id, strand=strand, cursor=cursor)


class NewCorrection(Schema):
    """A field set right by hand. It outranks every source until it is withdrawn."""

    field: str = Field(description="Canonical field, e.g. employees.", max_length=40)
    text: str = Field(
        description="As it would be typed in; ids for owner and account; empty to empty it.", max_length=5000
    )
    reason: str = Field(default="", description="Why; the ledger keeps it.", max_length=300)


def _add_corrections(entity: Entity, plural: str) -> None:
    """Routes that correct a field of one kind of record and take a correction back."""
    kind = KIND_OF[entity]

    @router.post(
        f"/{plural}/{{int:golden_id}}/corrections",
        response=Correction,
        tags=[plural],
        operation_id=f"correct_{kind}",
        summary=f"Correct a field of one {kind}",
    )
    @api(kind, "edit")
    @repeatable
    def correct_field(request: HttpRequest, golden_id: int, body: NewCorrection) -> Correction:
        """Set one field right; the sources' own words stay as they are, below it."""
        actor, now = actor_of(request), moment_of(request)
        return correct(entity, golden_id, body.field, body.text, actor=actor, now=now, reason=body.reason)

    @router.delete(
        f"/{plural}/{{int:golden_id}}/corrections/{{field}}",
        response={204: None},
        tags=[plural],
        operation_id=f"withdraw_correction_of_{kind}",
        summary=f"Withdraw a correction of one {kind}",
    )
    @api(kind, "edit")
    @repeatable
    def withdraw_field(request: HttpRequest, golden_id: int, field: str) -> None:
        """Take a correction back: what the sources say counts again."""
        withdraw(entity, golden_id, field, actor=actor_of(request), now=moment_of(request))


for _entity, _plural in ((Entity.ACCOUNT, "accounts"), (Entity.CONTACT, "contacts"), (Entity.OPPORTUNITY, "deals")):
    _add_corrections(_entity, _plural)


@router.post(
    "/matches/{int:pair_id}/merge", response=merging.Merged, tags=["matches"], summary="The two records are the same"
)
@api("match", "decide")
@repeatable
def merge(request: HttpRequest, pair_id: int) -> merging.Merged:
    """Put the two records of a likely pair together, under the older id."""
    return merging.merge(pair_id, actor=actor_of(request), now=moment_of(request))


@router.post(
    "/matches/{int:pair_id}/keep-apart", response=merging.Merged, tags=["matches"], summary="The two are not the same"
)
@api("match", "decide")
@repeatable
def keep_apart(request: HttpRequest, pair_id: int) -> merging.Merged:
    """Keep the two records of a pair apart, for good; if they stand in one record, it is split."""
    return merging.keep_apart(pair_id, actor=actor_of(request), now=moment_of(request))


@router.post("/merges/{int:event_id}/undo", response=merging.Merged, tags=["matches"], summary="Take a merge back")
@api("match", "decide")
@repeatable
def undo_merge(request: HttpRequest, event_id: int) -> merging.Merged:
    """What moved with the merge, and only that, stands again where it stood."""
    return merging.undo(event_id, actor=actor_of(request), now=moment_of(request))
