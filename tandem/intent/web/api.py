"""API of intent: scores in sight, and one score opened whole in one call."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router

from tandem.access.guard import api
from tandem.accounts.queries import accounts
from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core.api import Cursor, Limit, Listed, actor_of, listed, place
from tandem.intent.contracts import Standing
from tandem.intent.queries.latest import latest_scores
from tandem.intent.queries.traces import Trace, open_score

router = Router()

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
