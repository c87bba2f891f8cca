"""What is known of accounts and people, word for word with its source, and what research makes of it."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from tandem.prospecting.contracts import BuyingRole, Verdict

ROLES = [(role.value, role.value) for role in BuyingRole]


class Fact(models.Model):
    """One thing that a source says of an account or a person, as it says it, until it expires."""

    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(
        "accounts.Contact", null=True, on_delete=models.CASCADE, related_name="+", help_text="None: of the account."
    )
    subject = models.CharField(max_length=40, help_text='Whom it is about: "account:3", "contact:9".')
    kind = models.CharField(max_length=40, help_text='What sort of thing: "funding_round", "email", "employees".')
    section = models.CharField(max_length=24, help_text="Where it stands in the brief or the fact sheet.")
    statement = models.TextField(help_text="Our sentence that rests on it.")
    quote = models.TextField(help_text="The words of the source.")
    evidence_id = models.CharField(max_length=200, help_text='As claims cite it: "signal:news/4711".')
    source = models.CharField(max_length=120)
    url = models.TextField(default="")
    said_at = models.DateTimeField(null=True, help_text="None: the source does not say when.")
    expires_at = models.DateTimeField(null=True, help_text="None: holds until the source says otherwise.")
    found_at = models.DateTimeField(help_text="When research first took it up.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["subject", "evidence_id"], name="one_fact_per_subject_and_evidence"),
            CheckConstraint(condition=~Q(quote=""), name="fact_has_the_words_of_its_source"),
        ]
        indexes = [
            Index(fields=["account", "-said_at"], name="fact_of_account"),
            Index(fields=["contact", "section"], name="fact_of_contact"),
        ]


class Rationale(models.Model):
    """Why an account is worth this week, or why not. A later one replaces it; the old one stays."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=4, choices=[(one.value, one.value) for one in Verdict])
    claims = models.JSONField(help_text='[{"text", "evidence_ids"}], in their order.')
    signal_ids = models.JSONField(default=list, help_text="Those of the evidence that are signals.")
    icp_version = models.PositiveIntegerField(help_text="Of the ideal customer profile; 0: there was none.")
    engine = models.CharField(max_length=120)
    prompt_hash = models.CharField(max_length=64)
    run_id = models.BigIntegerField(help_text="Of the AI task; 0: not recorded.")
    input_hash = models.CharField(max_length=64, help_text="Of what it was made from: the same gives no new one.")
    created_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, help_text="None: stands.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["account"], condition=Q(replaced_at=None), name="one_standing_rationale"),
        ]
        indexes = [Index(fields=["account", "-created_at"], name="rationale_of_account")]


class Brief(models.Model):
    """Nine sections on an account, every claim with its evidence."""

    account = models.OneToOneField("accounts.Account", on_delete=models.CASCADE, related_name="+")
    sections = models.JSONField(help_text='[{"section", "claims": [{"text", "evidence_ids"}], "nothing"}], all nine.')
    engine = models.CharField(max_length=120)
    prompt_hash = models.CharField(max_length=64)
    run_id = models.BigIntegerField()
    input_hash = models.CharField(max_length=64)
    first_made_at = models.DateTimeField(help_text="Since then the account has had a brief.")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="When the first of its facts expires, at the latest after 30 days.")


class FactSheet(models.Model):
    """What is known of one person from professional sources; a draft needs it. Its facts are `Fact` rows."""

    contact = models.OneToOneField("accounts.Contact", on_delete=models.CASCADE, related_name="+")
    sections = models.JSONField(help_text='[{"section", "claims": [{"text", "evidence_ids"}]}], all four.')
    left_out = models.JSONField(
        default=list, help_text='Pieces kept out as personal, without their words: [{"evidence_id", "because"}].'
    )
    engine = models.CharField(max_length=120)
    prompt_hash = models.CharField(max_length=64)
    run_id = models.BigIntegerField()
    input_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()


class Stakeholder(models.Model):
    """A person's part in what an account buys, as evidence makes it likely or a person has said."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey("accounts.Contact", on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=16, choices=ROLES)
    confidence = models.FloatField(help_text="Probability of the role among the five, 0 to 1.")
    roles = models.JSONField(help_text="Probability of each role; they add up to 1.")
    evidence = models.JSONField(help_text='[{"kind", "because", "evidence_ids", "role", "times"}], strongest first.')
    touches = models.PositiveIntegerField(default=0, help_text="Mails from them, calls and meetings in 24 months.")
    last_touch_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_at = models.DateTimeField(null=True, help_text="None: inferred.")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["account", "contact"], name="one_part_per_account_and_person"),
            CheckConstraint(condition=Q(confidence__gte=0) & Q(confidence__lte=1), name="role_confidence_is_a_share"),
        ]


class OpeningContact(models.Model):
    """Whom to open an account with, in which order to bring in others, and what is missing."""

    account = models.OneToOneField("accounts.Account", on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(
        "accounts.Contact", null=True, on_delete=models.SET_NULL, related_name="+", help_text="None: nobody usable."
    )
    motion = models.CharField(max_length=24, help_text="How the company is likely to buy.")
    motion_because = models.CharField(max_length=300)
    because = models.CharField(max_length=400)
    plan = models.JSONField(help_text='[{"contact_id", "role", "because"}], in the order of writing.')
    missing = models.JSONField(help_text='Roles nobody fills: [{"role", "risk"}].')
    threads = models.PositiveIntegerField(help_text="People who took part in the last 180 days.")
    is_single_threaded = models.BooleanField()
    made_at = models.DateTimeField()

    class Meta:
        indexes = [Index(fields=["is_single_threaded"], name="single_threaded_accounts")]
