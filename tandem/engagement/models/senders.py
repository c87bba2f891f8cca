"""Domains and mailboxes that mail is sent from."""

from __future__ import annotations

from django.db import models

from tandem.engagement.contracts import DomainPurpose, MailboxKind


class SendingDomain(models.Model):
    """A domain we send from. Mail that software writes never leaves from a primary one."""

    name = models.CharField(max_length=253, unique=True, help_text="Lower case, IDNA.")
    purpose = models.CharField(max_length=8, choices=[(p.value, p.value) for p in DomainPurpose])
    dkim_selector = models.CharField(max_length=63, default="")
    dkim_key = models.TextField(default="", help_text="Private key, sealed; empty: somebody else signs.")
    ramp_started_on = models.DateField(null=True, help_text="First day of sending little. None: not begun.")
    full_volume = models.PositiveIntegerField(default=400, help_text="Messages a day once the ramp is over.")
    checked_at = models.DateTimeField(null=True, help_text="Last look at its DNS entries. None: never.")
    is_sound = models.BooleanField(default=False, help_text="The last look found all that is needed.")
    paused_at = models.DateTimeField(null=True, help_text="None: not paused.")
    why = models.CharField(max_length=300, default="", help_text="Why it is paused or slowed.")
    throttle = models.FloatField(default=1.0, help_text="Share of its volume it may use now, 0 to 1.")
    judged_from = models.DateField(
        null=True, help_text="First day whose counts its reputation is judged by: when somebody resumed it. None: all."
    )
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=200)


class Mailbox(models.Model):
    """An address that sends and receives, with how to reach its servers."""

    address = models.CharField(max_length=254, unique=True)
    domain = models.ForeignKey(SendingDomain, on_delete=models.PROTECT, related_name="mailboxes")
    display_name = models.CharField(max_length=120, default="")
    seller = models.ForeignKey(
        "access.Person", null=True, on_delete=models.SET_NULL, related_name="+", help_text="Whose it is. None: shared."
    )
    kind = models.CharField(max_length=9, choices=[(k.value, k.value) for k in MailboxKind])
    sending = models.JSONField(default=dict, help_text="How to send, by kind: host, port, tls, user, provider ...")
    receiving = models.JSONField(
        default=dict, help_text="IMAP host, port, tls, user, folder; empty: webhooks, or none."
    )
    secrets = models.TextField(default="", help_text="Passwords and tokens, sealed JSON; empty: none.")
    daily_cap = models.PositiveIntegerField(default=40)
    is_active = models.BooleanField(default=True)
    why = models.CharField(max_length=300, default="", help_text="Why it is not active, or its last failure.")
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=200)
