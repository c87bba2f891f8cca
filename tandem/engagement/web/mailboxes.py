"""Pages of mailboxes and numbers that send: connected, tried, changed, rested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import list_people, may
from tandem.compliance.contracts.gate import Road
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.engagement.actions import mailboxes as actions
from tandem.engagement.actions.mailboxes import MailboxFields, TextFields
from tandem.engagement.contracts import CHANNELS, MailboxKind
from tandem.engagement.queries import mailboxes as queries
from tandem.engagement.web.form_pages import form_page

HOME = "/outreach/mailboxes"
CRUMB = "Mailboxes"
TLS = (("starttls", "STARTTLS"), ("tls", "TLS from the start"), ("none", "none, on this machine only"))
KINDS = tuple(queries.KIND_WORDS.items())
PROVIDERS = (
    ("", "none"),
    *((name, name.title()) for name in ("mailgun", "postmark", "brevo", "mailjet", "sparkpost", "resend")),
)
NUMBERS = tuple((road.value, CHANNELS[road]) for road in (Road.SMS, Road.WHATSAPP, Road.VOICEMAIL_AI))
KEEPS = "Stored sealed and never shown again. Empty keeps the one there is."


def _secret(label: str, note: str = KEEPS) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=4_000, help_text=note,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


class MailboxForm(forms.Form):
    """A mailbox: who it is, how it sends, how it is read."""

    address = forms.CharField(max_length=254, help_text="Of a domain that is on the page of sending domains.")
    display_name = forms.CharField(label="Name in From", required=False, max_length=120)
    seller = forms.ChoiceField(label="Whose it is", required=False)
    kind = forms.ChoiceField(label="Sends by", choices=KINDS)
    daily_cap = forms.IntegerField(
        label="Messages a day at most", min_value=1, max_value=actions.MOST_A_DAY, initial=40
    )
    host = forms.CharField(
        label="SMTP server",
        required=False,
        max_length=253,
        help_text="Empty: the installation's own (TANDEM_SMTP_URL).",
    )
    port = forms.IntegerField(label="SMTP port", required=False, min_value=1, max_value=65_535)
    tls = forms.ChoiceField(label="SMTP encryption", choices=TLS, required=False)
    user = forms.CharField(label="SMTP user", required=False, max_length=254)
    password = _secret("Password", f"Of SMTP and IMAP. {KEEPS}")
    provider = forms.ChoiceField(label="Mail provider", choices=PROVIDERS, required=False)
    key = _secret("Provider's key")
    secret = _secret("Provider's second key", f"Mailjet has two. {KEEPS}")
    webhook_secret = _secret("Secret of its webhooks", f"Mailgun's signing key; else user:password. {KEEPS}")
    client_id = _secret("OAuth client", f"For Gmail and Microsoft 365. {KEEPS}")
    client_secret = _secret("OAuth client's secret")
    refresh_token = _secret("OAuth refresh token", f"Microsoft: empty where the application signs in itself. {KEEPS}")
    tenant = forms.CharField(label="Microsoft tenant", required=False, max_length=80)
    imap_host = forms.CharField(label="IMAP server", required=False, max_length=253, help_text="Empty: it is not read.")
    imap_port = forms.IntegerField(label="IMAP port", required=False, min_value=1, max_value=65_535)
    imap_tls = forms.ChoiceField(label="IMAP encryption", choices=TLS, required=False, initial="tls")
    imap_user = forms.CharField(label="IMAP user", required=False, max_length=254)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(one.id), one.name) for one in list_people(active_only=True)]
        self.fields["seller"].choices = [("", "shared"), *people]  # type: ignore[attr-defined]


class NumberForm(forms.Form):
    """A number at a provider of Twilio's kind."""

    channel = forms.ChoiceField(choices=NUMBERS)
    number = forms.CharField(max_length=64, help_text="+15551234567, or the name of a messaging service (MG...).")
    account = forms.CharField(max_length=64, help_text="Account SID.")
    user = forms.CharField(label="API key", required=False, max_length=64, help_text="Empty: the account signs in.")
    secret = _secret("Its secret")
    webhook_secret = _secret("Auth token that signs webhooks")
    base = forms.CharField(label="Address", required=False, max_length=200, help_text="Empty: Twilio's.")


@page("sender", "view")
def mailbox_list(request: HttpRequest) -> HttpResponse:
    """All mailboxes and numbers, with what they may send today."""
    context = {
        "mailboxes": queries.list_mailboxes(now=moment_of(request)),
        "numbers": [(one, CHANNELS.get(one.channel, one.channel)) for one in queries.list_text_senders()],
        "may_manage": may(actor_of(request), "sender.manage"),
    }
    return render(request, "engagement/mailboxes.html", context)


@page("sender", "manage", methods=("GET", "POST"))
def add(request: HttpRequest) -> HttpResponse:
    """Connect a mailbox, and try it at once."""

    def write(said: Mapping[str, Any]) -> tuple[str, str]:
        actor = actor_of(request)
        made = actions.add_mailbox(_fields(said, {}), actor=actor, now=moment_of(request))
        return f"Connected. {actions.try_mailbox(made, actor=actor)}", HOME

    return form_page(
        request, MailboxForm, write, title="Connect a mailbox", button="Connect and try", back=HOME, crumb=CRUMB,
        note="Trying it signs in and sends nothing.",
    )  # fmt: skip


@page("sender", "manage", methods=("GET", "POST"))
def change(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Change what is said of a mailbox."""
    row = queries.get_mailbox(mailbox_id)

    def write(said: Mapping[str, Any]) -> tuple[str, str]:
        told = _fields(said, row.sending, row.receiving)
        actions.change_mailbox(mailbox_id, told, actor=actor_of(request), now=moment_of(request))
        return "Kept. It holds from the next message on.", HOME

    return form_page(
        request, MailboxForm, write, title=f"Change {row.address}", button="Keep", back=HOME, crumb=CRUMB,
        initial=_initial(row),
    )  # fmt: skip


def _initial(row: queries.MailboxRow) -> dict[str, Any]:
    told = {name: row.sending.get(name) for name in ("host", "port", "tls", "user", "provider", "tenant")}
    read = {f"imap_{name}": row.receiving.get(name) for name in ("host", "port", "tls", "user")}
    return {
        **told, **read, "address": row.address, "display_name": row.display_name, "seller": row.seller_id or "",
        "kind": row.kind, "daily_cap": row.daily_cap,
    }  # fmt: skip


def _fields(
    said: Mapping[str, Any], sending: Mapping[str, Any], receiving: Mapping[str, Any] | None = None
) -> MailboxFields:
    """What a form says, over what was said before: what the form does not ask about stays."""
    kind = MailboxKind(said["kind"])
    sent = {**sending, **{name: said[name] for name in ("host", "port", "tls", "user", "provider", "tenant")}}
    if kind in (MailboxKind.GMAIL, MailboxKind.MICROSOFT):
        sent["oauth"] = "google" if kind is MailboxKind.GMAIL else "microsoft"
    read = {**(receiving or {}), **{name: said[f"imap_{name}"] for name in ("host", "port", "tls", "user")}}
    return MailboxFields(
        address=said["address"],
        display_name=said["display_name"],
        kind=kind,
        seller_id=int(said["seller"]) if said["seller"] else None,
        daily_cap=said["daily_cap"],
        sending={name: value for name, value in sent.items() if value},
        receiving={name: value for name, value in read.items() if value}
        if read.get("host") or read.get("hook")
        else {},
        secrets={name: said[name] for name in actions.SECRETS if said.get(name)},
    )


@page("sender", "manage", methods=("POST",))
def try_out(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Sign in, and send nothing."""
    return fragments.done(request, actions.try_mailbox(mailbox_id, actor=actor_of(request)), to=HOME)


@page("sender", "manage", methods=("POST",))
def switch(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Let it rest, or send again."""
    is_active = request.POST.get("is_active") == "1"
    why = request.POST.get("why", "")
    actions.switch_mailbox(mailbox_id, is_active=is_active, why=why, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "It sends again." if is_active else "It rests: nothing leaves from it.", to=HOME)


@page("sender", "manage", methods=("GET", "POST"))
def number(request: HttpRequest) -> HttpResponse:
    """Connect the number of a channel, or change it, and try it."""

    def write(said: Mapping[str, Any]) -> tuple[str, str]:
        actor = actor_of(request)
        told = TextFields(**{**said, "channel": Road(said["channel"])})
        actions.set_text_sender(told, actor=actor, now=moment_of(request))
        return f"Connected. {actions.try_text_sender(told.channel, actor=actor)}", HOME

    return form_page(
        request, NumberForm, write, title="Connect a number", button="Connect and try", back=HOME, crumb=CRUMB,
        note="One number for each of SMS, WhatsApp and voicemail; a new one takes the place of the old.",
    )  # fmt: skip


urlpatterns = [
    path("outreach/mailboxes", mailbox_list, name="mailboxes"),
    path("outreach/mailboxes/new", add, name="mailbox_new"),
    path("outreach/mailboxes/number", number, name="number_set"),
    path("outreach/mailboxes/<int:mailbox_id>", change, name="mailbox_change"),
    path("outreach/mailboxes/<int:mailbox_id>/try", try_out, name="mailbox_try"),
    path("outreach/mailboxes/<int:mailbox_id>/switch", switch, name="mailbox_switch"),
]
