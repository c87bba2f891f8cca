"""Forms of the rights desk. They check what a form can; the rules stand in the actions."""

from __future__ import annotations

from typing import Any

from django import forms

from tandem.compliance.contracts.requests import KIND_LABELS, PROOF_WORDS, HoldScope, IdentityProof, RequestKind
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.web.forms import words

KINDS = tuple((kind.value, label) for kind, label in KIND_LABELS.items())
PROOFS = tuple((proof.value, told) for proof, told in PROOF_WORDS.items() if proof is not IdentityProof.NOT_NEEDED)
FIELDS = ("given_name", "family_name", "email", "phone", "title")


def _text(label: str, *, required: bool = True, help_text: str = "", most: int = 300) -> forms.CharField:
    return forms.CharField(label=label, required=required, help_text=help_text, max_length=most)


def _long(label: str, *, required: bool = True, help_text: str = "") -> forms.CharField:
    box = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(label=label, required=required, help_text=help_text, max_length=4_000, widget=box)


def _day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    box = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=required, help_text=help_text, widget=box)


class PersonForm(forms.Form):
    """Whom it is about."""

    email = _text("Mail addresses", required=False, help_text="Several with commas between.", most=1_000)
    phone = _text("Phone numbers", required=False, help_text="With country code; several with commas.", most=400)
    name = _text("Name", required=False, help_text="Only for the look after a deletion.", most=200)

    def clean(self) -> dict[str, Any]:
        """At least one address."""
        said: dict[str, Any] = super().clean() or {}
        if not self.errors and not said.get("email") and not said.get("phone") and not said.get("subject"):
            raise forms.ValidationError("Give a mail address or a phone number.")
        return said

    def person(self) -> PersonKeys:
        """As the desk takes it."""
        said = self.cleaned_data
        subject, name = said.get("subject", ""), said.get("name", "")
        return PersonKeys(
            emails=_listed(said.get("email", "")),
            phones=_listed(said.get("phone", "")),
            names=(name,) if name else (),
            subjects=(subject,) if subject else (),
        )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace(";", ",").split(",") if part.strip())


class RequestForm(PersonForm):
    """A request as it came by mail, letter or call."""

    kind = forms.ChoiceField(label="What is asked", choices=KINDS)
    subject = _text("Contact", required=False, help_text="Key of the contact, contact:12, where it is known.", most=100)
    places = _text(
        "Country or state", required=False, most=60,
        help_text="DE, US-CA; several with commas. Empty: the strictest law counts.",
    )  # fmt: skip
    received_on = _day("Came in on", required=False, help_text="Empty: today. The clock runs from then.")
    note = _long("What the person wrote", required=False)
    given_name = _text("Right given name", required=False, help_text="For a correction.", most=120)
    family_name = _text("Right family name", required=False, most=120)
    right_email = _text("Right mail address", required=False, most=254)
    right_phone = _text("Right phone number", required=False, most=40)
    title = _text("Right job title", required=False, most=200)
    field_order = ("kind", "email", "phone", "name", "subject", "places", "received_on", "note")

    def changes(self) -> dict[str, str]:
        """What is to be corrected."""
        said = self.cleaned_data
        told = {name: said.get(f"right_{name}", said.get(name, "")) for name in FIELDS}
        told["email"], told["phone"] = said.get("right_email", ""), said.get("right_phone", "")
        return {name: value for name, value in told.items() if value}

    def places_listed(self) -> tuple[str, ...]:
        """Candidates of the place."""
        return _listed(self.cleaned_data.get("places", ""))

    def asked_kind(self) -> RequestKind:
        """The right that is meant."""
        return RequestKind(self.cleaned_data["kind"])


class PublicRequestForm(PersonForm):
    """The same from a stranger: one address, fewer questions."""

    kind = forms.ChoiceField(label="What do you want?", choices=KINDS)
    email = forms.EmailField(label="Your mail address", required=False, max_length=254)
    phone = _text("Or your phone number", required=False, help_text="With country code, +44 ...", most=40)
    name = _text("Your name", required=False, most=120)
    country = _text("Your country", required=False, help_text="Two letters, DE. It decides how soon we answer.", most=6)
    note = forms.CharField(
        label="Anything that helps us", required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    field_order = ("kind", "email", "phone", "name", "country", "note")


class IdentityForm(forms.Form):
    """How it was made sure who asks."""

    proof = forms.ChoiceField(label="The person", choices=PROOFS)


class PlacesForm(forms.Form):
    """Where the person is."""

    places = _text("Country or state", required=False, help_text="DE, US-CA; empty: unknown.", most=60)


class ExtendForm(forms.Form):
    """Why it takes longer."""

    reason = _text("Reason", help_text="As it was told to the person, within the time the clock names.")


class RefuseForm(forms.Form):
    """Why not."""

    reason = _text("Reason", help_text="Told to the person, with the way to complain.")
    law = _text("Law", help_text="Law and section that allow it: GDPR Art. 12(5)(b).", most=200)


class ScheduleForm(forms.Form):
    """How long a kind of data is kept."""

    months = forms.IntegerField(label="Months", min_value=1, max_value=1_200)
    basis = _text("Basis", help_text="Rule or reason.")


class SaveScheduleForm(ScheduleForm):
    """The same once the count was seen."""

    expected = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class HoldForm(forms.Form):
    """A legal hold."""

    scope = forms.ChoiceField(label="Keeps", choices=words(HoldScope))
    whom = _text(
        "Whom", required=False, most=254, help_text="Mail address, number or contact:12; account:3; empty: everything."
    )
    name = _text("Matter", help_text="Without names of people.", most=200)
    reason = _long("Reason")
    starts_on = _day("From")
    ends_on = _day("To", required=False, help_text="Empty: until it is lifted.")


class NoticeForm(forms.Form):
    """A notice that was given."""

    subjects = _long("To whom", help_text="Keys or addresses, one a line: contact:12.")
    at = forms.DateTimeField(
        label="Given at", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    how = _text("How", help_text="First message, letter, own mail.", most=100)
    evidence = _text("Evidence", help_text="Where it can be looked up: the message's id.")


class MaterialForm(forms.Form):
    """Whether a person must decide."""

    is_material = forms.BooleanField(label="A person must decide", required=False)
    reason = _text("Reason", help_text="Kept in the ledger.")
