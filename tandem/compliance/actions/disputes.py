"""Legal disputes with accounts: opened and closed by people; the gate reads them each time."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from tandem.access.actions import require
from tandem.compliance.actions.ledger import append
from tandem.compliance.domain import addresses
from tandem.compliance.models import Dispute
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound


def open_dispute(account: str, *, reason: str, actor: Actor, now: datetime) -> int:
    """From now on nothing goes to the account but what a contract needs; returns the dispute's id.

    account : "account:3"

    Raises NotAllowed for agents and without "gate.stop", InvalidInput for what is no account or without a reason,
    Conflict when one is open already.
    """
    _require_person(actor, "gate.stop")
    if not account.startswith("account:") or not addresses.account_key(account) or not reason.strip():
        raise InvalidInput("A dispute needs an account and a reason.", hint="Give account:3 and what it is about.")
    try:
        with transaction.atomic():
            row = Dispute.objects.create(
                account=account, reason=reason.strip()[:300], opened_at=now, opened_by_id=actor.id
            )
            append(actor=actor, action="compliance.dispute_opened", subject=account, facts={"dispute": row.id})
    except IntegrityError as error:
        raise Conflict(f"A dispute with {account} is open already.") from error
    return row.id


def close_dispute(dispute_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """The dispute is over. Raises NotAllowed for agents and without "gate.manage", InvalidInput, NotFound."""
    _require_person(actor, "gate.manage")
    if not reason.strip():
        raise InvalidInput("The reason is empty.", hint="Say how it ended.")
    with transaction.atomic():
        row = Dispute.objects.filter(id=dispute_id, closed_at=None).first()
        if row is None:
            raise NotFound(f"There is no open dispute {dispute_id}.")
        row.closed_at, row.closed_by_id, row.closed_why = now, actor.id, reason.strip()[:300]
        row.save()
        append(actor=actor, action="compliance.dispute_closed", subject=row.account, facts={"dispute": row.id})


def _require_person(actor: Actor, right: str) -> None:
    if actor.is_agent:
        raise NotAllowed("A person says that there is a dispute.", hint="Tell the compliance reviewer.")
    require(actor, right)
