"""Mailboxes and numbers that send: connected, tried, changed, rested. Secrets are sealed and never shown again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from tandem.access.actions import require
from tandem.compliance.contracts.gate import Road
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import AppError, Conflict, InvalidInput, NotFound
from tandem.core.secrets import seal
from tandem.engagement.actions.roads import mail_line, secrets_of, smtp_server, text_line
from tandem.engagement.channels.esp import KEYS, EspLine
from tandem.engagement.channels.handing_over import NotTaken
from tandem.engagement.contracts import MailboxKind
from tandem.engagement.domain.composing import wire_address
from tandem.engagement.models import Mailbox, SendingDomain, TextSender

MANAGE = "sender.manage"
MOST_A_DAY = 2_000
# What of a mailbox is a secret, by its kind.
SECRETS = (
    "password",
    "imap_password",
    "key",
    "secret",
    "webhook_secret",
    "hook_secret",
    "client_id",
    "client_secret",
    "refresh_token",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxFields:
    """What is said of a mailbox.

    sending : by kind; SMTP: host, port, tls, user, auth; ESP: provider, sender_domain, base; Microsoft: tenant
    receiving : host, port, tls, user, folder of IMAP; empty: none
    secrets : by name of `SECRETS`; one that is left out stays as it was
    """

    address: str
    display_name: str
    kind: MailboxKind
    seller_id: int | None
    daily_cap: int
    sending: Mapping[str, Any] = field(default_factory=dict)
    receiving: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


def add_mailbox(told: MailboxFields, *, actor: Actor, now: datetime) -> int:
    """Connect a mailbox of a domain that is known; returns its id.

    Raises NotAllowed without "sender.manage", InvalidInput for what can't be used, Conflict for an address twice.
    """
    require(actor, MANAGE)
    domain, values = _checked(told)
    try:
        with transaction.atomic():
            row = Mailbox.objects.create(
                **values, domain=domain, secrets=_sealed({}, told.secrets), added_at=now, added_by=actor.name
            )
            ledger.append(
                actor, "engagement.mailbox_added", subject=f"mailbox:{row.id}", kind=told.kind.value, domain=domain.name
            )
    except IntegrityError as error:
        raise Conflict(f"{told.address} is connected already.", hint="Change that one.") from error
    return row.id


def change_mailbox(mailbox_id: int, told: MailboxFields, *, actor: Actor, now: datetime) -> None:
    """Change what is said of a mailbox. Raises as `add_mailbox`, and NotFound."""
    require(actor, MANAGE)
    row = _mailbox(mailbox_id)
    domain, values = _checked(told)
    sealed = _sealed(secrets_of(row), told.secrets)
    with transaction.atomic():
        Mailbox.objects.filter(id=row.id).update(**values, domain=domain, secrets=sealed)
        ledger.append(
            actor, "engagement.mailbox_changed", subject=f"mailbox:{row.id}", kind=told.kind.value,
            new_secrets=sorted(told.secrets),
        )  # fmt: skip


def switch_mailbox(mailbox_id: int, *, is_active: bool, why: str, actor: Actor, now: datetime) -> None:
    """Let a mailbox send again, or not any more. Raises NotFound, InvalidInput without a reason for a rest."""
    require(actor, MANAGE)
    row = _mailbox(mailbox_id)
    if not is_active and not why.strip():
        raise InvalidInput("The reason is empty.", hint="Say in a few words why it rests.")
    with transaction.atomic():
        Mailbox.objects.filter(id=row.id).update(is_active=is_active, why="" if is_active else why.strip()[:300])
        ledger.append(
            actor,
            "engagement.mailbox_switched",
            subject=f"mailbox:{row.id}",
            is_active=is_active,
            why=why.strip()[:300],
        )


def try_mailbox(mailbox_id: int, *, actor: Actor) -> str:
    """Connect and sign in, and send nothing; returns what the other side said, or why it did not go."""
    require(actor, MANAGE)
    row = _mailbox(mailbox_id)
    try:
        line = mail_line(row)
        try:
            found = "Its key is used with the first message." if isinstance(line, EspLine) else line.try_out()
        finally:
            line.close()
    except (NotTaken, InvalidInput) as error:
        Mailbox.objects.filter(id=row.id).update(why=error.message[:300])
        return f"It does not work: {error.message}"
    Mailbox.objects.filter(id=row.id, is_active=True).update(why="")
    return f"It works. {found}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFields:
    """What is said of a number. secret, webhook_secret : empty: they stay as they were"""

    channel: Road
    number: str
    account: str
    user: str = ""
    secret: str = ""
    webhook_secret: str = ""
    base: str = ""


def set_text_sender(told: TextFields, *, actor: Actor, now: datetime) -> int:
    """Connect the number of a channel, or change it; returns its id. Raises NotAllowed, InvalidInput."""
    require(actor, MANAGE)
    if not told.number.strip() or not told.account.strip():
        raise InvalidInput("The number or the account is empty.", hint="Both stand on the provider's first page.")
    values: dict[str, Any] = {
        "number": told.number.strip(), "account": told.account.strip(), "user": told.user.strip(),
        "base": told.base.strip(), "is_active": True, "why": "",
    }  # fmt: skip
    for name in ("secret", "webhook_secret"):
        if getattr(told, name):
            values[name] = seal(getattr(told, name))
    with transaction.atomic():
        row, _ = TextSender.objects.update_or_create(
            channel=told.channel.value, defaults=values,
            create_defaults=values | {"added_at": now, "added_by": actor.name},
        )  # fmt: skip
        ledger.append(actor, "engagement.number_connected", subject=f"number:{row.id}", channel=told.channel.value)
    return row.id


def try_text_sender(channel: Road, *, actor: Actor) -> str:
    """Sign in at the provider, and send nothing; returns what it said, or why it did not go."""
    require(actor, MANAGE)
    try:
        line = text_line(channel)
        try:
            return f"It works. {line.try_out()}".strip()
        finally:
            line.close()
    except AppError as error:
        TextSender.objects.filter(channel=channel.value).update(why=error.message[:300])
        return f"It does not work: {error.message}"


def _mailbox(mailbox_id: int) -> Mailbox:
    row = Mailbox.objects.select_related("domain").filter(id=mailbox_id).first()
    if row is None:
        raise NotFound(f"There is no mailbox {mailbox_id}.")
    return row


def _checked(told: MailboxFields) -> tuple[SendingDomain, dict[str, Any]]:
    """The mailbox's domain and its columns. Raises InvalidInput for what can't be used."""
    address = wire_address(told.address).lower()
    domain = SendingDomain.objects.filter(name=address.rpartition("@")[2]).first()
    if domain is None:
        raise InvalidInput(
            f"{address.rpartition('@')[2]} is no sending domain.", hint="Add the domain first, on the page of domains."
        )
    if not 1 <= told.daily_cap <= MOST_A_DAY:
        raise InvalidInput(f"{told.daily_cap} messages a day can't be.", hint=f"Give 1 to {MOST_A_DAY:,}.")
    unknown = set(told.secrets) - set(SECRETS)
    if unknown:
        raise InvalidInput(f"{sorted(unknown)[0]!r} is no secret of a mailbox.", hint=f"Known: {', '.join(SECRETS)}.")
    if told.kind is MailboxKind.SMTP and told.sending.get("host"):
        smtp_server(told.sending, {})
    if told.kind is MailboxKind.ESP and told.sending.get("provider") not in KEYS:
        raise InvalidInput("The provider is not known.", hint=f"Known: {', '.join(KEYS)}.")
    return domain, {
        "address": address, "display_name": told.display_name.strip()[:120], "seller_id": told.seller_id,
        "kind": told.kind.value, "sending": dict(told.sending), "receiving": dict(told.receiving),
        "daily_cap": told.daily_cap,
    }  # fmt: skip


def _sealed(before: Mapping[str, str], told: Mapping[str, str]) -> str:
    merged = {**before, **{name: value for name, value in told.items() if value}}
    return seal(json.dumps(merged, sort_keys=True)) if merged else ""
