"""Forms of the registries. They check what a form can; the rules stand in the actions."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django import forms

from tandem.compliance import queries
from tandem.compliance.contracts import (
    PROOF_LABELS,
    AssessmentDecision,
    Channel,
    ConsentKind,
    LegalBasis,
    Purpose,
    RecordingScope,
    RecordingState,
    RelationshipKind,
    RiskClass,
    SuppressionReason,
)

Choices = tuple[tuple[str, str], ...]
ADDRESS_HELP = "Mail address or phone number; also a domain or a key like account:12 where that is meant."
COUNTRY_HELP = "Two letters, for phone numbers without +; empty where it is not known."
SOURCE_HELP = "Where it comes from: a call, a form, a tool, a file."
PROOF_HELP = "Where it can be looked up later; it is kept."


def words(known: type[StrEnum], *, without: frozenset[StrEnum] = frozenset()) -> Choices:
    """The words of an enum as a form and a filter offer them."""
    return tuple((word.value, word.value.replace("_", " ")) for word in known if word not in without)


REASONS = words(SuppressionReason, without=frozenset({SuppressionReason.ERASED}))
CHANNELS = words(Channel)
ONE_CHANNEL = words(Channel, without=frozenset({Channel.ALL}))
ONE_PURPOSE = words(Purpose, without=frozenset({Purpose.ANY}))


def _text(label: str, *, required: bool = True, help_text: str = "", most: int = 300) -> forms.CharField:
    return forms.CharField(label=label, required=required, help_text=help_text, max_length=most)


def _long(label: str, *, required: bool = True, help_text: str = "") -> forms.CharField:
    box = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, required=required, help_text=help_text, max_length=4_000, widget=box)


def _moment(label: str) -> forms.DateTimeField:
    box = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=box)


def _day(label: str, *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}))


class AddressForm(forms.Form):
    """Who it is about."""

    address = _text("Address", help_text=ADDRESS_HELP)
    country = _text("Country", required=False, help_text=COUNTRY_HELP, most=2)


class SuppressForm(AddressForm):
    """Somebody not to be contacted any more."""

    reason = forms.ChoiceField(choices=REASONS, initial=SuppressionReason.UNSUBSCRIBE.value)
    channel = forms.ChoiceField(choices=CHANNELS, initial=Channel.ALL.value)
    purpose = forms.ChoiceField(choices=words(Purpose), initial=Purpose.ANY.value)
    source = _text("Said how", help_text=SOURCE_HELP, most=200)
    evidence = _text("Proof", required=False, help_text=PROOF_HELP)


class LiftForm(forms.Form):
    """A later permission, with its proof."""

    permission = _text("Proof of the permission", help_text="What the person gave afterwards, and where it lies.")
    given_at = _moment("Given at")


class ImportForm(forms.Form):
    """A file of suppressions."""

    file = forms.FileField(label="CSV file", help_text="With a column address, email, phone or domain, in UTF-8.")
    country = _text("Country", required=False, help_text=COUNTRY_HELP, most=2)


class ConsentForm(AddressForm):
    """Something somebody agreed to."""

    kind = forms.ChoiceField(choices=words(ConsentKind))
    channel = forms.ChoiceField(choices=ONE_CHANNEL)
    purpose = forms.ChoiceField(choices=ONE_PURPOSE)
    given_at = _moment("Given at")
    counts_from = forms.DateTimeField(
        label="Counts from",
        required=False,
        help_text="Purchase or inquiry where its life is counted from that; empty: when it was given.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    wording = _long("Wording", required=False, help_text="The text that the person agreed to, word for word.")
    proof = _text("Proof", help_text=PROOF_HELP)
    source = _text("Source", help_text=SOURCE_HELP, most=200)


class RevokeForm(AddressForm):
    """Everything somebody agreed to, taken back."""

    how = _text("Said how", help_text="On which road: a reply, a call, a letter. Any road counts.", most=200)
    evidence = _text("Proof", required=False, help_text=PROOF_HELP)


class RecordingForm(AddressForm):
    """What somebody said about being recorded."""

    state = forms.ChoiceField(
        label="Answer", choices=words(RecordingState, without=frozenset({RecordingState.UNKNOWN}))
    )
    scope = forms.ChoiceField(choices=words(RecordingScope))
    at = _moment("Said at")
    meeting = _text("Only for the meeting", required=False, help_text="Its id; empty: for all.", most=120)
    wording = _long("What the person was told", required=False, help_text="Needed where it was granted.")
    proof = _text("Proof", help_text=PROOF_HELP)
    source = _text("Source", help_text=SOURCE_HELP, most=200)


class ScreeningForm(forms.Form):
    """A look into a do-not-call register."""

    number = _text("Phone number", most=40)
    country = _text("Country", required=False, help_text=COUNTRY_HELP, most=2)
    register = _text("Register", help_text="us_national, ca_dncl, uk_tps, uk_ctps, au_dncr, it_rpo, ...", most=20)
    is_listed = forms.BooleanField(label="The number is listed", required=False)
    screened_at = _moment("Looked up at")
    source = _text("Source", help_text="The service or the file.", most=200)
    evidence = _text("Proof", required=False, help_text="Number of the query or the file's line.")


class RelationshipForm(AddressForm):
    """A dated fact about the relationship."""

    fact = forms.ChoiceField(choices=words(RelationshipKind))
    at = _moment("On")
    source = _text("Source", help_text=SOURCE_HELP, most=200)
    evidence = _text("Evidence", help_text="Order, contract or message in which it can be looked up.")


class AssessmentForm(forms.Form):
    """The three tests of a legitimate interest."""

    name = _text("Name", most=200)
    purpose = _long("Purpose", help_text="The interest, and whose it is.")
    necessity = _long("Necessity", help_text="Why nothing milder does.")
    balancing = _long("Balancing", help_text="What people expect, what it means for them, the safeguards.")
    decision = forms.ChoiceField(choices=words(AssessmentDecision))
    approver = _text("Decided by", most=200)
    decided_on = _day("Decided on")
    review_on = _day("Review on")


class ProcessingForm(forms.Form):
    """A line of the register of processing."""

    name = _text("Name", most=200)
    purpose = _long("Purpose")
    basis = forms.ChoiceField(label="Legal basis", choices=words(LegalBasis))
    assessment_id = forms.TypedChoiceField(
        label="Assessment", required=False, coerce=int, empty_value=None, help_text="Where the basis is an interest."
    )
    people = _long("People", help_text="Categories.")
    kinds_of_data = _long("Data", help_text="Categories.")
    recipients = _long("Recipients")
    transfers = _long("Transfers", required=False, help_text="Countries and mechanism; empty: none.")
    retention = _long("Erased when")
    measures = _long("Kept safe how")
    review_on = _day("Review on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        approved = queries.approved_assessments()
        self.fields["assessment_id"].choices = [("", "none"), *approved]  # type: ignore[attr-defined]


class AiSystemForm(forms.Form):
    """An AI system at work."""

    name = _text("Name", most=200)
    workflow = _text("Workflow", most=100)
    provider = _text("Provider", most=200)
    risk = forms.ChoiceField(label="Class under the EU AI Act", choices=words(RiskClass), initial="minimal")
    why = _long("Why this class")
    oversight = _long("Human oversight", required=False, help_text="Who watches, and how they stop or overrule it.")
    disclosure = _long("Disclosure", required=False, help_text="How people learn that it is an AI.")
    is_in_use = forms.BooleanField(label="In use", required=False, initial=True)
    review_on = _day("Review on")


class VendorForm(forms.Form):
    """Somebody outside who sees data."""

    name = _text("Name", most=200)
    service = _text("Service")
    regions = _text("Where the data lies", most=100)
    sees_personal_data = forms.BooleanField(label="Sees personal data", required=False, initial=True)
    review_on = _day("Review on")


class VendorDocumentForm(forms.Form):
    """A vendor's proof."""

    proof = forms.ChoiceField(choices=tuple((proof.value, label) for proof, label in PROOF_LABELS.items()))
    reference = _text("Where it lies")
    issued_on = _day("Issued on")
    expires_on = _day("Ends on", required=False)


class ReasonForm(forms.Form):
    """Why."""

    reason = _text("Reason", help_text="Kept in the ledger.")
