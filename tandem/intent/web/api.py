"""API of intent: scores in sight, and one score opened whole in one call."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from tandem.access.guard import api
from tandem.accounts.queries import accounts
from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core.api import Cursor, Limit, Listed, actor_of, listed, moment_of, place
from tandem.intent.actions import kinds
from tandem.intent.contracts import Standing
from tandem.intent.domain.kind_rules import as_document
from tandem.intent.queries.kind_rules import rules_in_force, rules_of
from tandem.intent.queries.latest import latest_scores
from tandem.intent.queries.traces import Trace, open_score

router = Router()


class RulesOut(Schema):
    """How signals count. version: None is as the product comes"""

    version: int | None
    rules: dict[str, Any]


class RulesIn(Schema):
    """A new version. rules: the whole document, as it is read; is_adopted: it counts from the next night on"""

    rules: dict[str, Any]
    reason: str
    is_adopted: bool = False


OnDay = Annotated[date | None, Query(description="The day whose score is opened; none: the last.")]


@router.get("/intent/accounts", response=Listed[Standing], tags=["intent"], summary="Scores by account id")
@api("intent", "view")
def list_scores(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, object]:
    """Accounts in sight that have a score, as the last night left them."""
    after = accounts_in_sight(actor_of(request)).filter(id__gt=place(cursor)).order_by("id")
    scores = latest_scores(after.values_list("id", flat=True))
    return listed([scores[pk] for pk in sorted(scores)][: limit + 1], limit, id_name="account_id")


@router.get("/intent/accounts/{int:account_id}", response=Trace, tags=["intent"], summary="One score, opened")
@api("intent", "view")
def open_account(request: HttpRequest, account_id: int, as_of: OnDay = None) -> Trace:
    """Score, surge, place, and every signal that adds to it: source, key, time, row, payload hash, points."""
    accounts.get_account(actor_of(request), account_id)
    return open_score(account_id, day=as_of)


@router.get("/intent/kinds", response=RulesOut, tags=["intent"], summary="How signals count")
@api("intent", "view")
def read_kinds(request: HttpRequest) -> dict[str, object]:
    """Kinds, names of events, own network, and topics that matter, as they are in force."""
    found = rules_in_force()
    return {"version": found.version, "rules": as_document(found.rules)}


@router.post("/intent/kinds", response={201: RulesOut}, tags=["intent"], summary="Store how signals count")
@api("intent", "manage")
def store_kinds(request: HttpRequest, body: RulesIn) -> tuple[int, dict[str, object]]:
    """A version of the whole document; what is wrong with it is told and nothing is stored."""
    version = kinds.save_rules(
        body.rules, reason=body.reason, actor=actor_of(request), now=moment_of(request), is_adopted=body.is_adopted
    )
    return 201, {"version": version, "rules": as_document(rules_of(version).rules)}
