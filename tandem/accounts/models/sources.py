"""Where facts come from: sources, loads, the records as each source tells them, and how they were matched."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint


class Source(models.Model):
    """One system (or list, or person) that tells us things."""

    key = models.SlugField(max_length=60, unique=True, help_text='E.g. "salesforce", "vendor-list", "corrections".')
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, help_text="contracts.SourceKind value.")
    system = models.CharField(max_length=40, default="", help_text="Which connector reads it.")
    expected_every_hours = models.PositiveIntegerField(
        null=True, help_text="Older data than this raises an alarm. None: no expectation."
    )
    created_at = models.DateTimeField()


class LoadState(models.TextChoices):
    """Reading (may have been killed: resumable), landed (all rows counted), failed (nothing of it is in use)."""

    READING = "reading"
    LANDED = "landed"
    FAILED = "failed"


class Load(models.Model):
    """One file brought in. `rows_read = rows_landed + rows_unchanged + rows_refused` once landed."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="loads")
    entity = models.CharField(max_length=30, help_text="contracts.Entity value.")
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    mapping_sha256 = models.CharField(max_length=64, default="", help_text="Of the column mapping used.")
    state = models.CharField(max_length=8, choices=LoadState.choices, default=LoadState.READING)
    position = models.PositiveBigIntegerField(
        default=0, help_text="Rows of the file safely behind us; a resumed load goes on here."
    )
    rows_read = models.PositiveBigIntegerField(default=0)
    rows_landed = models.PositiveBigIntegerField(default=0, help_text="New or changed.")
    rows_unchanged = models.PositiveBigIntegerField(default=0)
    rows_refused = models.PositiveBigIntegerField(default=0)
    rejects_path = models.CharField(
        max_length=400, default="", help_text="Relative to the data folder; empty: none refused."
    )
    notes = models.JSONField(
        default=list, help_text="What a reader should know: encoding guessed, spelling drift found."
    )
    error = models.JSONField(null=True, help_text="AppError.as_dict() of what failed the load.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["source", "entity", "file_sha256", "mapping_sha256"], name="one_load_per_file_and_mapping"
            ),
            CheckConstraint(
                condition=~Q(state="landed") | Q(rows_read=F("rows_landed") + F("rows_unchanged") + F("rows_refused")),
                name="landed_rows_add_up",
            ),
        ]


class GoldenLink(models.TextChoices):
    """How a source record came to belong to its golden record."""

    PENDING = "pending"
    ALONE = "alone"
    AUTOMATIC = "automatic"
    REVIEWED = "reviewed"


class SourceRecord(models.Model):
    """One account, contact or opportunity as one source tells it: canonical field words, typed values as JSON."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    entity = models.CharField(max_length=12, help_text='"account", "contact" or "opportunity".')
    key = models.CharField(max_length=200, help_text="The source's own id, or a hash of the natural key.")
    data = models.JSONField(help_text="Canonical field to value; missing fields are absent.")
    row_hash = models.CharField(
        max_length=32, help_text="BLAKE2b-128 of canonical data, hex: unchanged rows are skipped."
    )
    load = models.ForeignKey(
        Load,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The load that last changed it. None: typed in by a person.",
    )
    row_number = models.PositiveBigIntegerField(null=True, help_text="In the file, header not counted, from 1.")
    observed_at = models.DateTimeField(help_text="When the source last changed it; else when it was read.")
    golden_id = models.BigIntegerField(
        null=True, help_text="Id of the Account, Contact or Opportunity. None: not resolved yet."
    )
    link = models.CharField(max_length=9, choices=GoldenLink.choices, default=GoldenLink.PENDING)
    match_probability = models.FloatField(
        null=True, help_text="Of belonging to its golden record's other records. None: alone."
    )
    is_dirty = models.BooleanField(default=True, help_text="Changed since its golden record was last put together.")

    class Meta:
        constraints = [UniqueConstraint(fields=["source", "entity", "key"], name="one_record_per_source_key")]
        indexes = [
            Index(fields=["entity", "golden_id"], name="record_by_golden"),
            Index(fields=["entity", "is_dirty"], condition=Q(is_dirty=True), name="record_dirty"),
        ]


class PairState(models.TextChoices):
    """What became of a likely pair. The last two are a person's word and bind every later run."""

    AUTOMATIC = "automatic"
    REVIEW = "review"
    MERGED = "merged"
    APART = "apart"


class MatchPair(models.Model):
    """Two source records that may be the same thing, with the evidence."""

    entity = models.CharField(max_length=12)
    left = models.ForeignKey(SourceRecord, on_delete=models.CASCADE, related_name="+")
    right = models.ForeignKey(SourceRecord, on_delete=models.CASCADE, related_name="+")
    probability = models.FloatField(help_text="Calibrated, 0 to 1.")
    weights = models.JSONField(
        help_text='Match weight waterfall: [{"comparison","left","right","weight"}], log2; the prior first.'
    )
    state = models.CharField(max_length=9, choices=PairState.choices)
    decided_by_id = models.BigIntegerField(null=True, help_text="Person. None: not decided by a person.")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["left", "right"], name="one_pair_row"),
            CheckConstraint(condition=Q(left__lt=F("right")), name="pair_is_ordered"),
        ]
        indexes = [Index(fields=["entity", "state", "-probability"], name="pair_queue")]


class MergeEvent(models.Model):
    """Golden records put together, with what is needed to take them apart again."""

    entity = models.CharField(max_length=12)
    kept_id = models.BigIntegerField()
    absorbed_id = models.BigIntegerField()
    record_ids = models.JSONField(help_text="Source records that moved from the absorbed to the kept one.")
    moved = models.JSONField(
        default=dict,
        help_text='Facts that moved with them, by table: {"activity": [ids], ...}; undoing moves them back.',
    )
    pair = models.ForeignKey(MatchPair, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    by = models.CharField(max_length=200, help_text="Actor name.")
    undone_at = models.DateTimeField(null=True)


class SurvivorshipRule(models.Model):
    """How the winning value of a golden field is chosen, as data. Strategies are tried in order."""

    entity = models.CharField(max_length=12)
    field = models.CharField(
        max_length=40, help_text='Canonical field; "*" for all fields without a rule of their own.'
    )
    strategies = models.JSONField(help_text='Words in order, e.g. ["correction", "source_rank", "most_recent"].')
    source_rank = models.JSONField(default=list, help_text="Source kinds, most trusted first.")

    class Meta:
        constraints = [UniqueConstraint(fields=["entity", "field"], name="one_survivorship_rule_per_field")]
