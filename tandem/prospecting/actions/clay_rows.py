"""Rows to a Clay table and back: sent to its webhook, answered by its HTTP column, keyed by our own row id."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets as tokens
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.accounts.contracts import Entity
from tandem.accounts.queries.missing_fields import AskedAbout, accounts_to_ask, contacts_to_ask
from tandem.compliance.queries.residency import may_use_vendor, region_of
from tandem.core import exits, ledger, secrets
from tandem.core.actors import Actor, built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotFound, ProviderFailed, Unauthenticated
from tandem.prospecting.actions.asking import ANSWER_HOLDS
from tandem.prospecting.actions.provider_settings import token_hash
from tandem.prospecting.connectors import clay
from tandem.prospecting.connectors.base import Door
from tandem.prospecting.domain.providers import CallKind
from tandem.prospecting.models import CallState, ProviderAccount, ProviderCall, SentRow
from tandem.prospecting.queries.providers import account_of, can_be_asked, door_of

KEY = "clay"
MOST_COLUMNS = 200
LONGEST_ANSWER = 100_000
RECEIVER = built_in_agent("clay", "importer")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReport:
    """What was sent. before : sent earlier, not again; forbidden : the person's region does not allow it

    left : how many rows the table still takes in its life
    """

    sent: int = 0
    before: int = 0
    forbidden: int = 0
    left: int = 0
    because: str = ""


@dataclass(slots=True)
class _Batch:
    door: Door
    account: ProviderAccount
    table: str
    actor: Actor
    now: datetime
    sent: int = 0
    because: str = ""


def table_of(account: ProviderAccount) -> str:
    """The short hash by which a table is known: its limit holds for its address."""
    return hashlib.sha256(account.base_address.encode()).hexdigest()[:16]


def rows_left(account: ProviderAccount) -> int:
    """How many rows the table still takes in its life; rows whose arrival is not confirmed are counted."""
    used = SentRow.objects.filter(provider=account, table=table_of(account)).count()
    return max(clay.MOST_ROWS_OF_A_TABLE - used, 0)


def send_rows(entity: Entity, ids: Iterable[int], *, actor: Actor, now: datetime) -> SendReport:
    """Send accounts or contacts to the Clay table, each once in the table's life.

    Raises NotAllowed without "prospect.export" or when exports are stopped, Conflict when Clay is not set up or the
    table is full.
    """
    require(actor, "prospect.export")
    account = account_of(KEY)
    if account is None or not account.base_address or not can_be_asked(account, now):
        raise Conflict("Clay is not set up or can't be asked now.", hint="Enter the table's webhook under Sources.")
    about = (accounts_to_ask if entity is Entity.ACCOUNT else contacts_to_ask)(ids)
    table = table_of(account)
    subjects = {f"{entity.value}:{pk}": one for pk, one in sorted(about.items())}
    known = set(
        SentRow.objects.filter(provider=account, table=table, subject__in=list(subjects)).values_list(
            "subject", flat=True
        )
    )
    allowed = _allowed(account, entity, subjects, now)
    to_send = {subject: one for subject, one in subjects.items() if subject not in known and subject in allowed}
    if len(to_send) > rows_left(account):
        raise Conflict(
            f"The table takes {rows_left(account):,} more rows in its life, and {len(to_send):,} would go.",
            hint="Make a new table in Clay and enter its webhook.",
        )
    if to_send:
        exits.leave(actor, what=f"provider:{KEY}", rows=len(to_send), entity=entity.value)
    batch = _Batch(door=door_of(account), account=account, table=table, actor=actor, now=now)
    for subject, one in to_send.items():
        if not _send(batch, subject, one):
            break
    return SendReport(
        sent=batch.sent, before=len(known), forbidden=len(subjects) - len(allowed), left=rows_left(account),
        because=batch.because,
    )  # fmt: skip


def _allowed(
    account: ProviderAccount, entity: Entity, subjects: Mapping[str, AskedAbout], now: datetime
) -> frozenset[str]:
    """Subjects whose data may go there: companies all, people where the register of vendors allows their region."""
    if entity is Entity.ACCOUNT:
        return frozenset(subjects)
    name, known = account.vendor_name or "Clay", dict[tuple[str, ...], bool]()
    for one in subjects.values():
        if one.places not in known:
            known[one.places] = may_use_vendor(name, [region_of(one.places).region], today=now.date()).allowed
    return frozenset(subject for subject, one in subjects.items() if known[one.places])


def _send(batch: _Batch, subject: str, one: AskedAbout) -> bool:
    """One row; it is written down before it goes, so that it counts even if nobody learns whether it arrived."""
    row = SentRow.objects.create(provider=batch.account, key=tokens.token_hex(12), table=batch.table, subject=subject)
    told = {
        clay.ROW_KEY: row.key, "company_name": "" if one.last_name else one.name, "company_domain": one.domain,
        "first_name": one.first_name, "last_name": one.last_name, "linkedin_profile": one.linkedin,
    }  # fmt: skip
    try:
        clay.send_row(batch.door, {name: value for name, value in told.items() if value})
    except ProviderFailed as failure:
        batch.because = failure.message
        if failure.error_code != "provider.uncertain":
            row.delete()
        return False
    SentRow.objects.filter(id=row.id).update(sent_at=batch.now)
    batch.sent += 1
    return True


def receive_row(token: str, body: bytes, *, now: datetime) -> str:
    """Take a row back from the table's HTTP column; returns "kept" or "known" for a repeat.

    Raises Unauthenticated for a wrong token, InvalidInput for what is no row, NotFound for a row that is not ours.
    """
    account = account_of(KEY)
    if account is None or not account.token_hash or not hmac.compare_digest(account.token_hash, token_hash(token)):
        raise Unauthenticated("The token is not known.", hint="Make a new one under Sources and enter it in Clay.")
    told = _read(body)
    key = str(told.get(clay.ROW_KEY) or "")[:40]
    row = SentRow.objects.filter(key=key, provider=account).first() if key else None
    if row is None:
        raise NotFound(
            f"No row {key!r} was sent.", hint=f"Send the column {clay.ROW_KEY} back as it came.", code="clay.row"
        )
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    entity = row.subject.partition(":")[0]
    found = clay.read_row(row.key, entity, told)
    with transaction.atomic():
        changed = SentRow.objects.filter(id=row.id).exclude(answer_hash=digest)
        if not changed.update(answer_hash=digest, answered_at=now, sent_at=row.sent_at or now):
            return "known"
        _keep(account, row, digest, found, now)
        ledger.append(RECEIVER, "prospecting.row_received", subject=row.subject, found=found is not None)
    return "kept"


def _keep(account: ProviderAccount, row: SentRow, digest: str, found: Any, now: datetime) -> None:
    rows = [[found.entity, found.key, dict(found.fields)]] if found is not None else []
    ProviderCall.objects.get_or_create(
        provider=account, request_key=hashlib.sha256(f"{row.key} {digest}".encode()).hexdigest(), round=1,
        defaults={
            "kind": CallKind.SEND_ROW.value, "subject": row.subject, "claim": row.key[:32], "price": 0,
            "state": CallState.ANSWERED if rows else CallState.MISSED, "currency": account.currency,
            "records": len(rows), "asked_at": row.sent_at or now, "ended_at": now, "good_until": now + ANSWER_HOLDS,
            "answer": secrets.seal(json.dumps(rows)) if rows else "",
        },
    )  # fmt: skip


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body) if len(body) <= LONGEST_ANSWER else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or len(told) > MOST_COLUMNS:
        raise InvalidInput(
            "The body is no row.", hint="Send one JSON object with the table's columns.", code="clay.row"
        )
    return told
