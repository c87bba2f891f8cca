"""Golden accounts and contacts: one row a company, one row a person, put together from source records."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint


class Account(models.Model):
    """A company. Every field but the ids is chosen among source records by survivorship rules."""

    name = models.CharField(max_length=255)
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children")
    owner = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    domain = models.CharField(max_length=253, default="", help_text="Primary registered domain; empty: unknown.")
    type = models.CharField(max_length=40, default="", help_text="customer, prospect, partner, former; empty: unknown.")
    segment = models.CharField(max_length=40, default="")
    industry = models.CharField(max_length=120, default="")
    employees = models.PositiveIntegerField(null=True)
    annual_revenue = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, default="")
    phone = models.CharField(max_length=40, default="", help_text="E.164 where it could be parsed.")
    street = models.CharField(max_length=255, default="")
    city = models.CharField(max_length=120, default="")
    region = models.CharField(max_length=120, default="")
    postal_code = models.CharField(max_length=20, default="")
    country = models.CharField(max_length=2, default="", help_text="ISO 3166-1 alpha-2; empty: unknown.")
    description = models.TextField(default="")
    source_count = models.PositiveSmallIntegerField(default=1, help_text="Distinct sources that know it.")
    last_activity_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Set: this id lives on only as a pointer.",
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(condition=~Q(parent=F("id")), name="account_is_not_its_own_parent"),
            CheckConstraint(condition=~Q(merged_into=F("id")), name="account_is_not_merged_into_itself"),
        ]
        indexes = [
            Index(fields=["name"], name="account_name"),
            Index(fields=["domain"], name="account_domain"),
            Index(fields=["owner", "name"], name="account_owner"),
        ]


class AccountDomain(models.Model):
    """A registered domain an account uses."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=253)
    source = models.ForeignKey("accounts.Source", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["account", "domain"], name="one_row_per_account_domain")]
        indexes = [Index(fields=["domain"], name="account_by_domain")]


class AccountName(models.Model):
    """What a source calls an account, in the form in which names are compared: how others find it by name."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="names")
    core = models.CharField(max_length=255, help_text="Folded, without legal form: `domain.normalise.company_name`.")
    source = models.ForeignKey("accounts.Source", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["account", "core", "source"], name="one_row_per_account_name_and_source")
        ]
        indexes = [Index(fields=["core"], name="account_by_core_name")]


class Contact(models.Model):
    """A person at a company."""

    name = models.CharField(max_length=255)
    first_name = models.CharField(max_length=120, default="")
    last_name = models.CharField(max_length=120, default="")
    account = models.ForeignKey(
        Account, null=True, on_delete=models.SET_NULL, related_name="contacts", help_text="Present employer."
    )
    owner = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(max_length=200, default="")
    seniority = models.CharField(max_length=40, default="")
    department = models.CharField(max_length=120, default="")
    email = models.CharField(
        max_length=254, default="", help_text="Best usable address; the others are contact points."
    )
    phone = models.CharField(max_length=40, default="")
    linkedin = models.CharField(max_length=255, default="")
    city = models.CharField(max_length=120, default="")
    region = models.CharField(max_length=120, default="")
    country = models.CharField(max_length=2, default="")
    language = models.CharField(max_length=8, default="")
    time_zone = models.CharField(max_length=64, default="")
    opted_out = models.BooleanField(default=False, help_text="Any source says so: the strictest wins.")
    do_not_call = models.BooleanField(default=False)
    has_left = models.BooleanField(default=False, help_text="A source says the person left the company.")
    source_count = models.PositiveSmallIntegerField(default=1)
    agreeing_sources = models.PositiveSmallIntegerField(
        default=1,
        help_text="Independent sources that agree on person and employer; under 2 is not usable for outreach.",
    )
    last_activity_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [CheckConstraint(condition=~Q(merged_into=F("id")), name="contact_is_not_merged_into_itself")]
        indexes = [
            Index(fields=["last_name", "first_name"], name="contact_name"),
            Index(fields=["email"], name="contact_email"),
            Index(fields=["owner", "name"], name="contact_owner"),
        ]


class Employment(models.Model):
    """A person's time at a company, as far as sources tell."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="employments")
    account = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")
    account_name = models.CharField(
        max_length=255, default="", help_text="As told, also when the account is not known here."
    )
    title = models.CharField(max_length=200, default="")
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    is_current = models.BooleanField(default=True)
    source = models.ForeignKey("accounts.Source", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["contact", "account", "account_name", "source"], name="one_employment_per_source")
        ]


class ContactPoint(models.Model):
    """One way to reach a person, with who told us and what is known of its state."""

    class Kind(models.TextChoices):
        """Channels that need an address of their own."""

        EMAIL = "email"
        PHONE = "phone"
        MOBILE = "mobile"
        LINKEDIN = "linkedin"

    class Verification(models.TextChoices):
        """Last known state of the address."""

        UNVERIFIED = "unverified"
        VALID = "valid"
        RISKY = "risky"
        INVALID = "invalid"
        BOUNCED = "bounced"

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="points")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    value = models.CharField(max_length=254, help_text="Normalised: lower-case mail, E.164 phone, bare profile path.")
    source = models.ForeignKey("accounts.Source", on_delete=models.PROTECT, related_name="+")
    verification = models.CharField(max_length=10, choices=Verification.choices, default=Verification.UNVERIFIED)
    verified_at = models.DateTimeField(null=True)
    is_primary = models.BooleanField(default=False)

    class Meta:
        constraints = [UniqueConstraint(fields=["contact", "kind", "value", "source"], name="one_point_per_source")]
        indexes = [Index(fields=["kind", "value"], name="point_by_value")]
