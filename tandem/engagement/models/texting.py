"""Numbers that text messages, WhatsApp messages and voicemails come from."""

from __future__ import annotations

from django.db import models
from django.db.models import UniqueConstraint

from tandem.compliance.contracts.gate import Road

TEXTING = (Road.SMS, Road.WHATSAPP, Road.VOICEMAIL_AI)


class TextSender(models.Model):
    """A number at a provider of Twilio's kind, one in use for each channel."""

    channel = models.CharField(max_length=16, choices=[(road.value, road.value) for road in TEXTING])
    number = models.CharField(max_length=64, help_text="E.164, or the provider's name of a messaging service.")
    account = models.CharField(max_length=64, help_text="As the provider names it.")
    user = models.CharField(max_length=64, default="", help_text="Key that signs in; empty: the account itself.")
    secret = models.TextField(default="", help_text="Its secret, sealed.")
    webhook_secret = models.TextField(default="", help_text="What the provider signs with, sealed; empty: the secret.")
    base = models.CharField(max_length=200, default="", help_text="Address of the interface; empty: Twilio's.")
    is_active = models.BooleanField(default=True)
    why = models.CharField(max_length=300, default="", help_text="Why it is not active, or its last failure.")
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=200)

    class Meta:
        constraints = [UniqueConstraint(fields=["channel"], name="one_text_sender_per_channel")]
