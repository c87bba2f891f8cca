"""Corrections by people: one more source record, which wins over all others and survives every import.

Nothing golden is edited: a correction is told, and the record is put together anew. Withdrawn, the sources' own words
count again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from tandem.access import queries as people
from tandem.access.actions import require
from tandem.accounts.actions.assembling import assemble_ids
from tandem.accounts.actions.assembling.marking import mark_dependents
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain import conversion
from tandem.accounts.domain.editing import ACCOUNT, EDITABLE, Editable, read_typed_in
from tandem.accounts.domain.parsing import Unreadable
from tandem.accounts.domain.vocabulary import read_stage
from tandem.accounts.models import GoldenLink, Opportunity, Remark, Source, SourceRecord
from tandem.accounts.queries.visible import KIND_OF, accounts_in_sight, in_sight
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, NotFound

# Other records look an account up by these.
LOOKED_UP = frozenset({"name", "domain"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What was typed in, as it is kept: text, or "" for a field that was emptied."""

    entity: Entity
    golden_id: int
    field: str
    value: str


def correct(
    entity: Entity, golden_id: int, field: str, text: str, *, actor: Actor, now: datetime, reason: str = ""
) -> Correction:
    """Correct one field of a golden record.

    field : a field of `domain.editing.EDITABLE`
    text : as typed; of fields that name a person or an account, its id; empty where the field may be
    reason : for the ledger and the timeline; may be empty

    Raises NotAllowed, NotFound (also out of sight), InvalidInput.
    """
    editable = _editable(entity, field)
    row = _row(entity, golden_id, actor)
    value = _read(editable, text, row, actor)
    data = {editable.kept_as: conversion.as_json(value)} | _follows(entity, field, value, now)
    with transaction.atomic():
        record_id = _tell(entity, golden_id, field, data, now)
        receipt = ledger.append(
            actor,
            "accounts.corrected",
            subject=f"{entity}:{golden_id}",
            field=field,
            record=record_id,
            emptied=value == "",
            reason_hash=_hash(reason),
        )
        _remark(receipt, reason)
        _put_together(entity, golden_id, field, now)
    return Correction(entity=entity, golden_id=golden_id, field=field, value=str(data[editable.kept_as]))


def withdraw(entity: Entity, golden_id: int, field: str, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """Take a correction back: the sources' own words count again.

    Raises NotAllowed, NotFound (also when the field was not corrected), InvalidInput.
    """
    editable = _editable(entity, field)
    _row(entity, golden_id, actor)
    with transaction.atomic():
        deleted, _ = _corrections(entity, golden_id, editable).delete()
        if not deleted:
            raise NotFound(
                f"Nobody has corrected {editable.title.lower()} here.",
                hint="Only a correction can be withdrawn; what a source says is changed in the source.",
            )
        receipt = ledger.append(
            actor,
            "accounts.correction_withdrawn",
            subject=f"{entity}:{golden_id}",
            field=field,
            reason_hash=_hash(reason),
        )
        _remark(receipt, reason)
        _put_together(entity, golden_id, field, now)


def _hash(reason: str) -> str:
    return hashlib.sha256(reason.strip().encode()).hexdigest() if reason.strip() else ""


def _remark(receipt: ledger.Receipt, reason: str) -> None:
    """Free words may name people, and the ledger can't forget: they lie beside it."""
    if reason.strip():
        Remark.objects.create(entry=receipt.number, text=reason.strip())


def assign_deal(deal_id: int, account_id: int, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """Give a deal that no source assigns (or assigns wrongly) to an account. Raises as `correct` does."""
    correct(Entity.OPPORTUNITY, deal_id, "account", str(account_id), actor=actor, now=now, reason=reason)


def set_owner(
    entity: Entity, golden_id: int, person_id: int | None, *, actor: Actor, now: datetime, reason: str = ""
) -> None:
    """Give an account, contact or deal to one of our people, or (None) to nobody. Raises as `correct` does."""
    correct(entity, golden_id, "owner", str(person_id or ""), actor=actor, now=now, reason=reason)


def tell_correction(entity: Entity, golden_id: int, field: str, text: str, *, now: datetime) -> int:
    """Write a correction whose right has been checked, inside the caller's transaction, which then puts the record
    together anew; returns its source record's id.

    Raises InvalidInput for a field that can't be corrected or a text that can't be read.
    """
    editable = _editable(entity, field)
    try:
        value = read_typed_in(editable, text)
    except Unreadable as why:
        raise _refusal(editable, text, str(why)) from why
    return _tell(entity, golden_id, field, {editable.kept_as: conversion.as_json(value)}, now)


def _editable(entity: Entity, field: str) -> Editable:
    editable = EDITABLE[entity].get(field)
    if editable is None:
        known = ", ".join(EDITABLE[entity])
        raise InvalidInput(
            f"The field {field!r} can't be corrected.", hint=f"These can: {known}.", code="correction.no_such_field"
        )
    return editable


def _row(entity: Entity, golden_id: int, actor: Actor) -> Any:
    """The golden row, if the actor may edit it; one that can be seen but not edited is refused, not denied."""
    require(actor, f"{KIND_OF[entity]}.edit")
    row = in_sight(entity, actor, "edit").filter(id=golden_id).first()
    if row is None:
        raise NotFound(
            f"There is no {KIND_OF[entity]} {golden_id} that you may change.",
            hint="Its owner, the owner's manager and RevOps may.",
        )
    return row


def _read(editable: Editable, text: str, row: Any, actor: Actor) -> Any:
    try:
        value = read_typed_in(editable, text, country=getattr(row, "country", ""))
    except Unreadable as why:
        raise _refusal(editable, text, str(why)) from why
    if editable.strictest and value is not True:
        raise InvalidInput(
            f"{editable.title}: a no is not taken, since one source's yes counts whatever others say.",
            hint="Withdraw the correction if one was made, or change it in the source that says yes.",
            code="correction.strictest_wins",
            context={"field": editable.field},
        )
    return _linked(editable, value, row, actor) if editable.names and value != "" else value


def _refusal(editable: Editable, text: str, why: str) -> InvalidInput:
    return InvalidInput(
        f"{editable.title}: {text.strip()[:80]!r} {why}.",
        hint="Type it as it would stand in an import.",
        code="correction.unreadable",
        context={"field": editable.field},
    )


def _linked(editable: Editable, value: str, row: Any, actor: Actor) -> int:
    """The id of the person or account that was chosen, if it is there and can be."""
    if not value.isdecimal():
        raise _refusal(editable, value, "is no id")
    chosen = int(value)
    if editable.names == ACCOUNT:
        if editable.field == "parent" and chosen == row.id:
            raise _refusal(editable, value, "is the account itself")
        if not accounts_in_sight(actor).filter(id=chosen).exists():
            raise NotFound(f"There is no account {chosen} that you can see.", hint="Choose one from the list.")
    elif not people.get_person(chosen).is_active:
        raise InvalidInput(f"Person {chosen} is no longer active.", hint="Choose somebody who can sign in.")
    return chosen


def _follows(entity: Entity, field: str, value: Any, now: datetime) -> dict[str, Any]:
    """A new stage says as well whether the deal is over: as other deals in that stage stand, else as its name says."""
    if entity is not Entity.OPPORTUNITY or field != "stage":
        return {}
    others = Opportunity.objects.filter(stage=value).order_by("-updated_at").values_list("is_closed", "is_won").first()
    state = read_stage(value)
    is_closed, is_won = others or (state.is_closed, state.is_won)
    closed = {"closed_at": now.isoformat(timespec="seconds")} if is_closed else {}
    return {"is_closed": is_closed, "is_won": is_won} | closed


def _corrections(entity: Entity, golden_id: int, editable: Editable) -> QuerySet[SourceRecord]:
    return SourceRecord.objects.filter(
        entity=entity, golden_id=golden_id, source__kind=SourceKind.CORRECTION, data__has_key=editable.kept_as
    )


def _tell(entity: Entity, golden_id: int, field: str, data: Mapping[str, Any], now: datetime) -> int:
    """Write the correction, in the place of an earlier one of the same field; returns its record's id."""
    _corrections(entity, golden_id, EDITABLE[entity][field]).delete()
    return SourceRecord.objects.create(
        source=Source.objects.get(kind=SourceKind.CORRECTION),
        entity=entity,
        key=f"{golden_id}.{field}.{now:%Y%m%dT%H%M%S%f}",
        data=dict(data),
        row_hash=conversion.row_hash(data),
        observed_at=now,
        golden_id=golden_id,
        link=GoldenLink.REVIEWED,
    ).id


def _put_together(entity: Entity, golden_id: int, field: str, now: datetime) -> None:
    assemble_ids(entity, [golden_id], now=now, with_dependents=False)
    if entity is Entity.ACCOUNT and field in LOOKED_UP:
        mark_dependents([golden_id])
