"""What becomes known of a message after it left, or while it was refused: no such address, a complaint, a no.

News of providers may come twice and late: for a touch each kind is acted on once. Who complains or unsubscribes is out
of everything first. Opens and clicks are not news: nobody is counted.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.db import transaction

from tandem.accounts.actions.noting import mark_bounced
from tandem.compliance.actions import suppress
from tandem.compliance.contracts import SuppressionEntry, SuppressionReason
from tandem.compliance.queries import entries_about
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.engagement.actions import replanning
from tandem.engagement.actions.senders import SenderEvent, count
from tandem.engagement.contracts import EnrollmentState
from tandem.engagement.models import Touch

WHY_LETTERS = 300


class News(StrEnum):
    """What is told of a message."""

    BOUNCED_HARD = "bounced_hard"
    BOUNCED_SOFT = "bounced_soft"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


NOES = {News.COMPLAINED: SuppressionReason.COMPLAINT, News.UNSUBSCRIBED: SuppressionReason.UNSUBSCRIBE}


def take_news(touch_key: str, news: News, *, address: str, told: str, actor: Actor, now: datetime) -> bool:
    """Act on one piece of news; False: it was known already, or is of no message of ours and says nothing to act on.

    touch_key : as the provider gives it back; empty or unknown: a no is taken all the same
    address : whom it concerns; told : the provider's words
    """
    touch = Touch.objects.select_related("contact").filter(key=touch_key).first() if touch_key else None
    if news in NOES and address:
        entry = SuppressionEntry(address=address, reason=NOES[news])
        subject = f"contact:{touch.contact_id}" if touch is not None and touch.contact_id else ""
        suppress(entry, source="provider", actor=actor, now=now, subject=subject)
    if touch is None or _is_known(touch, news):
        return False
    with transaction.atomic():
        if touch.mailbox_id is not None:
            count(touch.mailbox_id, SenderEvent(news.value), address.rpartition("@")[2].lower(), now=now)
        _changes_plans(touch, news, address, told, actor, now)
        ledger.append(
            actor, f"engagement.{news.value}", subject=f"touch:{touch.id}", told=told[:WHY_LETTERS], touch=touch.key
        )
    return True


def _is_known(touch: Touch, news: News) -> bool:
    return any(one.action == f"engagement.{news.value}" for one in entries_about(f"touch:{touch.id}"))


def _changes_plans(touch: Touch, news: News, address: str, told: str, actor: Actor, now: datetime) -> None:
    """Nobody writes again to an address that is not there, or to somebody who said no, on any channel of a plan."""
    if touch.contact_id is None or news is News.BOUNCED_SOFT:
        return
    if news is News.BOUNCED_HARD:
        mark_bounced(touch.contact_id, address, actor=actor, now=now)
    state = EnrollmentState.UNREACHABLE if news is News.BOUNCED_HARD else EnrollmentState.OBJECTED
    replanning.stop(touch.contact_id, state=state, why=told[:WHY_LETTERS] or news.value, actor=actor, now=now)
