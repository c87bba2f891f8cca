"""What is left of people who were erased: that an id was somebody, and hashes that keep their rows from coming back."""

from __future__ import annotations

from django.db import models
from django.db.models import Index, UniqueConstraint


class ErasedContact(models.Model):
    """An id that was a contact. Nothing of the person: links to it tell that somebody was erased."""

    contact_id = models.BigIntegerField(unique=True, help_text="The id the contact had; nobody gets it again.")
    request = models.CharField(max_length=120, help_text='What it followed: "request:12".')
    erased_at = models.DateTimeField()

    class Meta:
        indexes = [Index(fields=["request"], name="erased_contact_request")]


class ErasedTrace(models.Model):
    """A keyed hash of what a source called an erased person: its id of them, their whole name, their numbers."""

    class Kind(models.TextChoices):
        """What the hash is of: a source's record ("salesforce:contact:003..."), a whole name in small letters, a phone
        number without its country, as people write it in texts."""

        RECORD = "record"
        NAME = "name"
        NUMBER = "number"

    kind = models.CharField(max_length=6, choices=Kind.choices)
    key_hash = models.CharField(max_length=32, help_text="Keyed hash, as the registries make it.")
    key_id = models.CharField(max_length=8, help_text="Which key it was made with.")
    words = models.PositiveSmallIntegerField(default=0, help_text="Of a name; 0 for others.")
    erased_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["kind", "key_hash", "key_id"], name="one_trace_of_a_kind")]


class Remark(models.Model):
    """Somebody's words to an entry of the ledger, beside it so that they can be erased; the entry has their hash."""

    entry = models.BigIntegerField(primary_key=True, help_text="Number of the entry.")
    text = models.TextField()
