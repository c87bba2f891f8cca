"""Where personal data may lie and go: policies, destinations, mechanisms, partners, rows put aside, roll-ups."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from tandem.compliance.contracts.residency import DestinationKind, EvidenceKind, MechanismKind, Region
from tandem.compliance.models.addressed import choices, known


class RegionPolicy(models.Model):
    """Whether this installation may keep data of a region's people. No row: it may."""

    region = models.CharField(max_length=8, choices=choices(Region), unique=True)
    stores_here = models.BooleanField()
    reason = models.CharField(max_length=300)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [CheckConstraint(condition=known("region", Region), name="policy_region_is_known")]


class DataDestination(models.Model):
    """A place to which data can go. A change is a new row; the old one ends."""

    key = models.CharField(max_length=60, help_text="Short name by which code and the shell call it.")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=choices(DestinationKind))
    places = models.CharField(max_length=120, help_text="Countries, or EEA, by comma; empty: not known.", blank=True)
    address = models.CharField(max_length=300, blank=True, default="")
    kinds_of_data = models.CharField(max_length=300, blank=True, default="")
    has_personal_data = models.BooleanField(default=True)
    opts_out_of_training = models.BooleanField(null=True, help_text="None: not on record.")
    vendor = models.ForeignKey("compliance.Vendor", null=True, on_delete=models.PROTECT, related_name="+")
    certified_for = models.CharField(max_length=20, blank=True, default="", help_text="Origins by comma: eea,uk,ch.")
    certified_until = models.DateField(null=True, help_text="Last day of a Data Privacy Framework certification.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    ended_on = models.DateField(null=True, help_text="None: it is in use.")

    class Meta:
        constraints = [
            CheckConstraint(condition=known("kind", DestinationKind), name="destination_kind_is_known"),
            CheckConstraint(condition=~Q(key="") & ~Q(name=""), name="destination_has_a_name"),
            UniqueConstraint(fields=["key"], condition=Q(ended_on=None), name="one_standing_destination_of_a_key"),
        ]


class TransferMechanism(models.Model):
    """An instrument on record that carries data of a region's people to a destination."""

    kind = models.CharField(max_length=12, choices=choices(MechanismKind))
    module = models.PositiveSmallIntegerField(null=True, help_text="1 to 4 of the EU clauses.")
    origin = models.CharField(max_length=8, choices=choices(Region))
    destination_key = models.CharField(max_length=60)
    reference = models.CharField(max_length=300, help_text="Where the signed document lies.")
    starts_on = models.DateField()
    expires_on = models.DateField(null=True, help_text="Last day; None: no end.")
    assessed_until = models.DateField(
        null=True, help_text="When the transfer impact assessment is to be looked at again; None: there is none."
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    ended_on = models.DateField(null=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=known("kind", MechanismKind), name="mechanism_kind_is_known"),
            CheckConstraint(condition=known("origin", Region), name="mechanism_origin_is_known"),
            CheckConstraint(condition=~Q(reference=""), name="mechanism_can_be_looked_up"),
            CheckConstraint(
                condition=Q(expires_on=None) | Q(expires_on__gte=F("starts_on")), name="mechanism_ends_after_start"
            ),
            CheckConstraint(
                condition=Q(module=None) | Q(kind=MechanismKind.SCC.value, module__gte=1, module__lte=4),
                name="only_scc_have_modules",
            ),
        ]


class PartnerInstallation(models.Model):
    """Another installation of the same company, for other regions."""

    name = models.CharField(max_length=100)
    regions = models.CharField(max_length=120, help_text="Whose data it keeps, by comma.")
    address = models.CharField(max_length=300, blank=True, default="")
    public_key = models.CharField(max_length=120, help_text="With which it is written to and known.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    ended_on = models.DateField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["name"], condition=Q(ended_on=None), name="one_standing_partner_of_a_name"),
            CheckConstraint(condition=~Q(regions="") & ~Q(public_key=""), name="partner_has_regions_and_key"),
        ]


class RegionMark(models.Model):
    """Whose law somebody is under, found by keyed hash: the strictest that any file has told."""

    kind = models.CharField(max_length=8, choices=choices(EvidenceKind))
    key_hash = models.CharField(max_length=32)
    region = models.CharField(max_length=8, choices=choices(Region))
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["kind", "key_hash"], name="one_region_mark"),
            CheckConstraint(condition=known("kind", EvidenceKind), name="mark_kind_is_known"),
            CheckConstraint(condition=known("region", Region), name="mark_region_is_known"),
        ]
        indexes = [Index(fields=["kind", "region"], name="mark_by_region")]


class PutAside(models.Model):
    """A row of a file that may not be kept here: where it stands and what it hashes to, and nothing of what it says."""

    file_sha256 = models.CharField(max_length=64)
    entity = models.CharField(max_length=24)
    source_key = models.CharField(max_length=60)
    row_number = models.PositiveIntegerField()
    row_hash = models.CharField(max_length=32)
    region = models.CharField(max_length=8, choices=choices(Region))
    reason = models.CharField(max_length=200)
    seen_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True)
    partner = models.ForeignKey(PartnerInstallation, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["file_sha256", "entity", "source_key", "row_number"], name="one_row_put_aside"),
            CheckConstraint(condition=known("region", Region), name="row_put_aside_region_is_known"),
        ]
        indexes = [Index(fields=["region", "handed_over_at"], name="row_put_aside_by_region")]


class RollupFile(models.Model):
    """The latest roll-up of an installation: sums alone, nobody's data."""

    installation = models.CharField(max_length=100, unique=True)
    as_of = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    threshold = models.PositiveSmallIntegerField()
    tree = models.JSONField()
    merged_at = models.DateTimeField()
