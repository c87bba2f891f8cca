"""A meeting recorder's settings against the law of the places where people take part."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.compliance.queries import recorder as queries
from tandem.core.api import moment_of
from tandem.core.errors import InvalidInput

VENDORS = (("zoom", "Zoom"), ("teams", "Teams"), ("meet", "Google Meet"), ("gong", "Gong"), ("other", "another"))
ANSWERS = (("", "not known"), ("yes", "yes"), ("no", "no"))
FLAGS = (
    ("announcement", "Every recording is announced"),
    ("announcement_names_company", "The announcement says who records"),
    ("announcement_links_notice", "It says where the privacy notice stands"),
    ("consent_prompt", "Everybody is asked"),
    ("waits_for_answer", "Nothing is captured before all said yes"),
    ("asks_late_joiners", "Who joins late is asked too"),
    ("can_go_on_without", "A meeting can go on unrecorded"),
    ("auto_record_internal", "Internal meetings are recorded by themselves"),
    ("auto_record_external", "Outside meetings are recorded by themselves"),
    ("transcription", "A transcript is made"),
    ("vendor_trains", "The vendor may learn from it"),
    ("voice_analysis", "Emotion, speakers or voice prints are worked out"),
)


class RecorderForm(forms.Form):
    """How a recorder is set. What is left open counts as not known."""

    vendor = forms.ChoiceField(choices=VENDORS)
    places = forms.CharField(label="People take part in", max_length=200, help_text="DE, US-CA, GB")
    retention_days = forms.IntegerField(label="Kept for days", required=False, min_value=0, help_text="0: for ever.")
    stored_in = forms.CharField(label="Stored in", max_length=8, required=False, help_text="Country, DE")
    who_hears = forms.ChoiceField(
        label="Who hears it", required=False,
        choices=[("", "not known"), *((word, word.replace("_", " ")) for word in queries.HEARERS)],
    )  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name, label in FLAGS:
            self.fields[name] = forms.ChoiceField(label=label, choices=ANSWERS, required=False)


@page("rule", "view")
def recorder_page(request: HttpRequest) -> HttpResponse:
    """The form, and below it what is wrong."""
    form = RecorderForm(request.GET) if request.GET else RecorderForm(initial={"places": "DE, US-CA"})
    problem, found = "", None
    if request.GET and form.is_valid():
        try:
            found = _checked(form, request)
        except InvalidInput as error:
            problem = f"{error.message} {error.hint or ''}"
    context = {"form": form, "findings": found, "problem": problem, "stops": _stops(found or ())}
    return render(request, "compliance/recorder.html", context)


def _checked(form: RecorderForm, request: HttpRequest) -> Sequence[queries.Finding]:
    said = form.cleaned_data
    told: dict[str, object] = {"vendor": said["vendor"]}
    told |= {name: said[name] == "yes" for name, _ in FLAGS if said[name]}
    told |= {name: said[name] for name in ("retention_days", "stored_in", "who_hears") if said[name] not in ("", None)}
    places = [one.strip() for one in said["places"].split(",") if one.strip()]
    return queries.check_settings(told, places, now=moment_of(request))


def _stops(found: Sequence[queries.Finding]) -> int:
    return sum(one.severity is queries.Severity.STOP for one in found)


urlpatterns = [path("compliance/recorder", recorder_page, name="recorder_check")]
