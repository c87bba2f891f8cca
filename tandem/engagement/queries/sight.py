"""What of outreach an actor may see, as query sets. Every read of enrollments, touches and what came in starts here.

Somebody sees what they send themselves, and what goes to people of accounts in their sight.
"""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from tandem.access.contracts import Reach
from tandem.access.queries import sight_of
from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core.actors import Actor
from tandem.engagement.models import Enrollment, Inbound, Touch

KIND = "campaign"
M = TypeVar("M", bound=Model)


def enrollments_in_sight(actor: Actor, verb: str = "view") -> QuerySet[Enrollment]:
    """People in campaigns that the actor may touch with this verb."""
    return _limited(Enrollment.objects.all(), actor, verb, seller="seller", account="account")


def touches_in_sight(actor: Actor, verb: str = "view") -> QuerySet[Touch]:
    """Touches of enrollments in sight, and answers to people whose accounts are in sight."""
    return _limited(Touch.objects.all(), actor, verb, seller="enrollment__seller", account="contact__account")


def inbound_in_sight(actor: Actor, verb: str = "view") -> QuerySet[Inbound]:
    """What came in from people of accounts in sight, or to the actor's own mailboxes."""
    return _limited(Inbound.objects.all(), actor, verb, seller="mailbox__seller", account="account")


def _limited(rows: QuerySet[M], actor: Actor, verb: str, *, seller: str, account: str) -> QuerySet[M]:
    sight = sight_of(actor, verb, KIND)
    if sight.reach is Reach.ALL:
        return rows
    if sight.reach is Reach.NONE:
        return rows.none()
    accounts = accounts_in_sight(actor).order_by().values("id")
    return rows.filter(Q(**{f"{seller}_id__in": sight.person_ids}) | Q(**{f"{account}_id__in": accounts}))
