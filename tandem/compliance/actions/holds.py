"""Setting and lifting legal holds."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from tandem.access.actions import require, require_reason
from tandem.compliance.actions.carrying_out import release_held
from tandem.compliance.actions.ledger import append
from tandem.compliance.contracts.requests import HoldScope
from tandem.compliance.domain import addresses
from tandem.compliance.models import LegalHold
from tandem.compliance.queries.keys import registry_keys
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotFound


def set_hold(
    scope: HoldScope,
    *,
    whom: str = "",
    name: str,
    reason: str,
    starts_on: date,
    ends_on: date | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Keep data while a dispute or an inquiry lasts; returns the hold's id. It wins over retention and deletion.

    whom : PERSON: a mail address, number or "contact:12"; ACCOUNT: "account:3"; EVERYTHING: empty
    name : the matter, without names of people

    Raises NotAllowed without "request.manage", InvalidInput when it does not say whom it keeps or ends too early.
    """
    require(actor, "request.manage")
    reason = require_reason(reason)
    if not name.strip():
        raise InvalidInput("The matter is empty.", hint="Give it a name, without names of people.")
    if ends_on is not None and ends_on < starts_on:
        raise InvalidInput("The hold ends before it begins.", hint="Check the two days.")
    fields = _whom(scope, whom.strip())
    with transaction.atomic():
        row = LegalHold.objects.create(
            **fields, scope=scope.value, name=name.strip()[:200], reason=reason, starts_on=starts_on, ends_on=ends_on,
            set_at=now, set_by=actor.name,
        )  # fmt: skip
        append(
            actor=actor, action="compliance.hold_set", subject=f"hold:{row.id}",
            facts={"scope": scope.value, "ends_on": ends_on.isoformat() if ends_on else None},
        )  # fmt: skip
    return row.id


def _whom(scope: HoldScope, whom: str) -> dict[str, str]:
    if scope is HoldScope.EVERYTHING:
        if whom:
            raise InvalidInput("A hold on everything names nobody.", hint="Leave the field empty.")
        return {}
    key = addresses.account_key(whom)
    if scope is HoldScope.ACCOUNT:
        if not key.startswith("account:"):
            raise InvalidInput(f"{whom[:80]!r} is no account.", hint='Write such as "account:3".')
        return {"subject": key}
    if key:
        return {"subject": key}
    read = addresses.read(whom)
    if read is None or read.kind.value not in {"email", "phone"}:
        raise InvalidInput(
            f"{whom[:80]!r} is no person.", hint='Give a mail address, a number, or such as "contact:12".'
        )
    used = registry_keys()[0]
    return {"key_hash": addresses.keyed_hash(read, used), "key_id": addresses.key_id(used)}


def lift_hold(hold_id: int, *, reason: str, actor: Actor, now: datetime) -> int:
    """End a hold; deletions that waited for it go on. Returns how many did.

    Raises NotAllowed without "request.manage", InvalidInput without a reason, NotFound, Conflict when it has ended.
    """
    require(actor, "request.manage")
    reason = require_reason(reason)
    if not LegalHold.objects.filter(id=hold_id).exists():
        raise NotFound(f"There is no legal hold {hold_id}.")
    with transaction.atomic():
        changed = LegalHold.objects.filter(id=hold_id, lifted_at=None).update(
            lifted_at=now, lifted_by=actor.name, lifted_why=reason[:300]
        )
        if not changed:
            raise Conflict("This hold was lifted already.", hint="Reload the page.")
        append(actor=actor, action="compliance.hold_lifted", subject=f"hold:{hold_id}", facts={"reason": reason})
    return release_held(now=now)
