"""What every row about an address has in common."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import Q

from tandem.compliance.contracts import AddressKind


def choices(words: type[StrEnum]) -> list[tuple[str, str]]:
    """The words of an enum as Django wants them."""
    return [(word.value, word.value.replace("_", " ")) for word in words]


def known(field: str, words: type[StrEnum]) -> Q:
    """Condition: the field holds one of the words."""
    return Q(**{f"{field}__in": [word.value for word in words]})


class Addressed(models.Model):
    """A row about an address: found by keyed hash, shown by the address for as long as it may be kept."""

    kind = models.CharField(max_length=8, choices=choices(AddressKind))
    key_hash = models.CharField(max_length=32, help_text="Keyed hash of the normal form, 128 bits in hex.")
    key_id = models.CharField(max_length=8, help_text="Which key it was made with.")
    address = models.CharField(
        max_length=254, blank=True, default="", help_text="Normal form; empty: only the hash is kept."
    )
    subject = models.CharField(
        max_length=120, blank=True, default="", help_text='Whom it concerns, as another room names them: "contact:12".'
    )
    source = models.CharField(max_length=200, help_text="Where it comes from: a file, a form, a page, a tool.")
    evidence = models.CharField(max_length=300, blank=True, default="", help_text="Where the proof can be looked up.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "access.Person", null=True, on_delete=models.SET_NULL, related_name="+", help_text="None: software."
    )

    class Meta:
        abstract = True
