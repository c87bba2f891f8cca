"""What is known of how well domains and mailboxes are received: DNS checks, daily counts, DMARC reports."""

from __future__ import annotations

from django.db import models
from django.db.models import Index, UniqueConstraint


class DomainCheck(models.Model):
    """One look at a domain's DNS entries with all it found. Never changed."""

    domain = models.ForeignKey("engagement.SendingDomain", on_delete=models.CASCADE, related_name="checks")
    verdict = models.CharField(max_length=9, help_text="As `domain.domain_findings.Verdict`.")
    findings = models.JSONField(help_text="As `domain.domain_findings.Finding`, in the order of the check.")
    checked_at = models.DateTimeField()
    checked_by = models.CharField(max_length=200)

    class Meta:
        indexes = [Index(fields=["domain", "-checked_at"], name="domain_check_latest")]


class RecipientDomain(models.Model):
    """Who receives mail for a domain we write to, by its MX entries."""

    name = models.CharField(max_length=253, unique=True, help_text="Lower case, IDNA.")
    provider = models.CharField(max_length=24, default="", help_text="Key of `providers.toml`; empty: not known yet.")
    looked_at = models.DateTimeField(null=True, help_text="Last look at its MX entries. None: never.")

    class Meta:
        indexes = [Index(fields=["looked_at"], name="recipient_domain_to_look_at")]


class SenderDay(models.Model):
    """What one mailbox sent to one domain on one day of the company's, and what came of it on that day."""

    mailbox = models.ForeignKey("engagement.Mailbox", on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    recipient_domain = models.CharField(max_length=253, default="", help_text="Empty: not told, as in some reports.")
    provider = models.CharField(max_length=24, default="", help_text="Key of `providers.toml`; empty: not known yet.")
    sent = models.PositiveIntegerField(default=0)
    bounced_hard = models.PositiveIntegerField(default=0)
    bounced_soft = models.PositiveIntegerField(default=0)
    complained = models.PositiveIntegerField(default=0)
    unsubscribed = models.PositiveIntegerField(default=0)
    replied = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["mailbox", "day", "recipient_domain"], name="one_sender_day_per_recipient_domain")
        ]
        indexes = [
            Index(fields=["day", "mailbox"], name="sender_day_by_day"),
            Index(fields=["recipient_domain"], name="sender_day_without_provider", condition=models.Q(provider="")),
        ]


class DmarcReport(models.Model):
    """One aggregate report of a receiver about mail that named one of our domains. Never changed."""

    domain = models.ForeignKey("engagement.SendingDomain", on_delete=models.CASCADE, related_name="dmarc_reports")
    reporter = models.CharField(max_length=200, help_text="Who reports, as it calls itself.")
    report_id = models.CharField(max_length=255)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    policy = models.JSONField(default=dict, help_text="The policy the receiver saw: p, sp, adkim, aspf, pct.")
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["domain", "reporter", "report_id"], name="one_dmarc_report_per_reporter_and_id")
        ]
        indexes = [Index(fields=["domain", "begins_at"], name="dmarc_report_by_day")]


class DmarcRow(models.Model):
    """Mail of one source in one report: how much, and whether it was aligned."""

    report = models.ForeignKey(DmarcReport, on_delete=models.CASCADE, related_name="rows")
    source_ip = models.GenericIPAddressField()
    count = models.PositiveIntegerField()
    disposition = models.CharField(max_length=10, help_text="What the receiver did: none, quarantine, reject.")
    is_dkim_aligned = models.BooleanField()
    is_spf_aligned = models.BooleanField()
    header_from = models.CharField(max_length=253)
    dkim = models.JSONField(default=list, help_text="Each signature: domain, selector, result.")
    spf = models.JSONField(default=list, help_text="Each look: domain, result.")
    overrides = models.JSONField(
        default=list, help_text="Why the receiver did otherwise than asked; empty: it did not."
    )
