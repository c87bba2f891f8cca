"""Tables of access: people, teams, agent identities, their tokens, and the organisation's settings."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from tandem.access.contracts import Role

ROLE_CHOICES = [(role.value, role.value) for role in Role]


class Team(models.Model):
    """A node of the team tree."""

    name = models.CharField(max_length=120, unique=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    region = models.CharField(max_length=80, default="")


class PersonManager(BaseUserManager["Person"]):
    """Creates people; Django's auth asks for it."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> Person:
        """A person who can sign in when a password is given."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser, PermissionsMixin):
    """Somebody of this company: signs in, owns accounts and deals, manages a team."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=16, choices=ROLE_CHOICES, default=Role.SELLER)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="members")
    reports_to = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="reports")
    time_zone = models.CharField(max_length=64, default="UTC")
    country = models.CharField(max_length=2, default="", help_text="ISO 3166-1 alpha-2; empty: unknown.")
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    is_active = models.BooleanField(default=True)
    is_staff = False

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        constraints = [CheckConstraint(condition=~Q(name=""), name="person_has_a_name")]

    def __str__(self) -> str:
        return self.name


class AgentIdentity(models.Model):
    """A piece of software with rights of its own. Never a person, never holds a person's credentials."""

    name = models.SlugField(max_length=80, unique=True)
    purpose = models.CharField(max_length=300)
    answerable = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", help_text="Who answers for it."
    )
    scopes = models.JSONField(default=list, help_text="Scope words, sorted.")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, help_text="None: may act.")


class AgentToken(models.Model):
    """A bearer token of an agent. Only the SHA-256 of it is kept."""

    agent = models.ForeignKey(AgentIdentity, on_delete=models.CASCADE, related_name="tokens")
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the whole token, hex.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class ScopeUse(models.Model):
    """When an agent last used a scope, and how often: the base of the unused-scope report."""

    agent = models.ForeignKey(AgentIdentity, on_delete=models.CASCADE, related_name="uses")
    scope = models.CharField(max_length=80)
    first_used_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [UniqueConstraint(fields=["agent", "scope"], name="one_use_row_per_agent_and_scope")]


class Organisation(models.Model):
    """The one company this installation serves, with what its calendar and money need."""

    name = models.CharField(max_length=200, default="")
    currency = models.CharField(max_length=3, default="EUR")
    country = models.CharField(max_length=2, default="")
    region = models.CharField(max_length=20, default="", help_text="Subdivision for holidays, e.g. BY for Bavaria.")
    time_zone = models.CharField(max_length=64, default="UTC")
    fiscal_year_starts_month = models.PositiveSmallIntegerField(default=1)
    working_hours = models.JSONField(
        default=dict,
        help_text='Weekday 0-6 to a list of ["HH:MM", "HH:MM"] spans; empty: Monday to Friday 09:00 to 17:30.',
    )
    domains = models.JSONField(default=list, help_text="Own mail domains: mail among them is internal.")
    postal_address = models.CharField(
        max_length=300, default="", blank=True, help_text="As it stands under mail, on one line; laws ask for it."
    )

    class Meta:
        constraints = [CheckConstraint(condition=Q(id=1), name="one_organisation")]
