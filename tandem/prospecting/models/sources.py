"""Sources outside: accounts at providers, each question that was asked of them, checked addresses, watched places."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint


class ProviderState(models.TextChoices):
    """How a provider answered last. Only a person's new key or credit mends the second and third."""

    READY = "ready"
    KEY_REFUSED = "key_refused"
    NO_CREDIT = "no_credit"
    THROTTLED = "throttled"
    FAILING = "failing"


class ProviderAccount(models.Model):
    """Our account at a provider: whether it is asked, with which key, at which price, up to which budget."""

    key = models.SlugField(max_length=40, unique=True, help_text='Of `domain.providers`, e.g. "apollo".')
    is_on = models.BooleanField(default=False)
    sealed_key = models.TextField(default="", help_text="By `core.secrets`; never shown again.")
    key_hint = models.CharField(max_length=8, default="", help_text="The key's last characters.")
    base_address = models.CharField(max_length=300, default="", help_text="Empty: the provider's usual one.")
    prices = models.JSONField(default=dict, help_text="Kind of call to price as decimal text.")
    currency = models.CharField(max_length=3, default="USD")
    monthly_budget = models.DecimalField(max_digits=12, decimal_places=2, null=True, help_text="None: no bound.")
    vendor_name = models.CharField(max_length=200, default="", help_text="In the register of vendors.")
    contact = models.CharField(max_length=254, default="", help_text="Mail address told in the User-Agent.")
    token_hash = models.CharField(max_length=64, default="", help_text="Of the token with which it calls us.")
    state = models.CharField(max_length=12, choices=ProviderState.choices, default=ProviderState.READY)
    state_note = models.CharField(max_length=300, default="")
    paused_until = models.DateTimeField(null=True, help_text="Asked again from then on. None: at any time.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(monthly_budget=None) | Q(monthly_budget__gte=0), name="budget_is_not_negative")
        ]


class CallState(models.TextChoices):
    """Asked: on its way. Answered and missed: paid or free, by the provider's price. Failed: nothing is charged.

    Uncertain: it was sent and nobody knows how it ended; it counts as charged and is not repeated by itself.
    """

    ASKED = "asked"
    ANSWERED = "answered"
    MISSED = "missed"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class ProviderCall(models.Model):
    """One question to a provider and what it came to: at most one charge a question and round."""

    provider = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, help_text="domain.providers.CallKind value.")
    request_key = models.CharField(max_length=64, help_text="Hash of the question, hex.")
    round = models.PositiveIntegerField(default=1, help_text="Counts up when an answer has become too old.")
    subject = models.CharField(max_length=60, default="", help_text='"account:3", "contact:12"; empty: a search.')
    state = models.CharField(max_length=9, choices=CallState.choices, default=CallState.ASKED)
    claim = models.CharField(max_length=32, help_text="Of whoever asks: only they may write how it ended.")
    price = models.DecimalField(max_digits=12, decimal_places=4)
    currency = models.CharField(max_length=3)
    records = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=1)
    error_code = models.CharField(max_length=60, default="")
    error = models.CharField(max_length=400, default="")
    answer = models.TextField(default="", help_text="Sealed rows until they are brought in; then empty.")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    good_until = models.DateTimeField(null=True, help_text="Not asked again before. None: at any time.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["provider", "request_key", "round"], name="one_charge_per_question_and_round"),
            CheckConstraint(condition=Q(price__gte=0), name="call_price_is_not_negative"),
        ]
        indexes = [
            Index(fields=["provider", "-asked_at"], name="call_by_provider"),
            Index(fields=["id"], condition=~Q(answer=""), name="call_to_bring_in"),
            Index(fields=["subject"], name="call_by_subject"),
        ]


class FieldObservation(models.Model):
    """Whether a provider told a field of a company or person when it was asked; its word is a source record."""

    provider = models.ForeignKey(ProviderAccount, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=60)
    field = models.CharField(max_length=30)
    has_value = models.BooleanField()
    observed_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["provider", "subject", "field"], name="one_observation_per_field")]
        indexes = [Index(fields=["subject", "field"], name="observation_by_subject")]


class CheckResult(models.TextChoices):
    """What a check says of an address. Risky: may take mail or not. Unknown: never written to, asked once more."""

    OK = "ok"
    BAD = "bad"
    RISKY = "risky"
    UNKNOWN = "unknown"


class AddressCheck(models.Model):
    """The last check of one person's address by one verifier."""

    contact = models.ForeignKey("accounts.Contact", on_delete=models.CASCADE, related_name="+")
    address_hash = models.CharField(max_length=64, help_text="Keyed; the address itself stands in accounts.")
    verifier = models.CharField(max_length=40, help_text='Provider\'s key, or "built-in".')
    result = models.CharField(max_length=7, choices=CheckResult.choices)
    is_weak = models.BooleanField(help_text="The mail server was not asked.")
    raw = models.CharField(max_length=60, default="", help_text="The verifier's own word.")
    reasons = models.JSONField(default=list)
    chance = models.FloatField(help_text="Of taking mail on the day of the check, 0 to 1.")
    tries = models.PositiveSmallIntegerField(default=1)
    checked_at = models.DateTimeField()
    retry_at = models.DateTimeField(null=True, help_text="For unknown ones, once. None: not by itself.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["address_hash", "verifier"], name="one_check_per_address_and_verifier"),
            CheckConstraint(condition=Q(chance__gte=0, chance__lte=1), name="check_chance_is_a_share"),
        ]
        indexes = [Index(fields=["contact"], name="check_by_contact")]


class ObservedAccuracy(models.Model):
    """How right one source was of late in what can be looked at: hits among n, last measured."""

    source_key = models.CharField(max_length=60)
    measure = models.CharField(max_length=20, help_text="domain.accuracy.Measure value.")
    hits = models.PositiveIntegerField()
    n = models.PositiveIntegerField()
    measured_at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["source_key", "measure"], name="one_accuracy_per_source_and_measure"),
            CheckConstraint(condition=Q(hits__lte=models.F("n")), name="accuracy_hits_are_among_n"),
        ]


class WaterfallRule(models.Model):
    """RevOps' own order of providers for a field; without one they go by accuracy for the price."""

    field = models.CharField(max_length=30, unique=True)
    providers = models.JSONField(help_text="Keys, the first asked first.")
    enough = models.PositiveSmallIntegerField(default=1, help_text="Sources that must tell the field.")
    set_at = models.DateTimeField()
    set_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")


class WatchedPlace(models.Model):
    """A public place that is read for signals: a feed, a job board, filings, an organisation's code, a page."""

    kind = models.CharField(max_length=12, help_text="domain.providers.PlaceKind value.")
    place = models.CharField(max_length=500, help_text="Address, or the board's or organisation's name.")
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    is_on = models.BooleanField(default=True)
    etag = models.CharField(max_length=200, default="")
    last_modified = models.CharField(max_length=60, default="")
    content_hash = models.CharField(max_length=64, default="")
    next_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, help_text="None: never yet.")
    failures = models.PositiveSmallIntegerField(default=0, help_text="In a row.")
    note = models.CharField(max_length=400, default="", help_text="Why it failed or is not read; empty: all is well.")

    class Meta:
        constraints = [UniqueConstraint(fields=["kind", "place"], name="one_watch_per_place")]
        indexes = [Index(fields=["is_on", "next_at"], name="watch_due")]


class SentRow(models.Model):
    """A row sent to a table outside that answers by calling us; its key comes back with the answer."""

    provider = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=40, unique=True)
    table = models.CharField(max_length=16, help_text="Short hash of the table's address: limits are a table's.")
    subject = models.CharField(max_length=60)
    sent_at = models.DateTimeField(null=True, help_text="None: not confirmed, so it may not have arrived.")
    answered_at = models.DateTimeField(null=True)
    answer_hash = models.CharField(max_length=64, default="", help_text="Of the last answer: repeats change nothing.")

    class Meta:
        indexes = [Index(fields=["provider", "table"], name="row_by_table")]
