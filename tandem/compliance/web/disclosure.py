"""What is said about an AI and a recording: the exact text where it will stand, and the switches for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import get_organisation, may
from tandem.compliance.actions.disclosing import set_disclosure
from tandem.compliance.contracts.disclosure import DisclosureKind
from tandem.compliance.queries import disclosure as queries
from tandem.compliance.queries import required, rules
from tandem.compliance.web.parts import form_page
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput

HOME = "/compliance/disclosure"
MOST_LETTERS = 60
KIND_WORDS = {
    DisclosureKind.OPENING: "First sentence of a message that an AI sends by itself",
    DisclosureKind.FOOTER: "Last line of a message that an AI drafted and a person approved",
    DisclosureKind.SPOKEN: "First sentence of an AI voice",
    DisclosureKind.RECORDING: "Announcement of a recording",
}
WRITERS = (("ai", "an AI sends by itself"), ("approved", "a person approved it"))
SWITCHES = (("", "as the rules say"), ("yes", "on"), ("no", "off"))


class SettingForm(forms.Form):
    """One setting of disclosure."""

    kind = forms.ChoiceField(label="What", choices=[(kind.value, words) for kind, words in KIND_WORDS.items()])
    place = forms.CharField(label="Where", max_length=8, required=False, help_text="DE, US-TX, EEA; empty: everywhere.")
    campaign = forms.CharField(max_length=120, required=False, help_text="Its key; empty: all.")
    is_on = forms.ChoiceField(label="Said", choices=SWITCHES, required=False)
    language = forms.ChoiceField(
        required=False, choices=[("", "all languages"), *queries.LANGUAGES.items()], help_text="Needed for own words."
    )  # fmt: skip
    text = forms.CharField(
        label="Own words", required=False, max_length=1_000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Empty: the product's. {organisation}, {contact}, {postal_address} and {notice} are filled in.",
    )  # fmt: skip
    reason = forms.CharField(max_length=300, help_text="Kept in the ledger.")


@page("rule", "view")
def disclosure_page(request: HttpRequest) -> HttpResponse:
    """The preview, what is set, and every older version."""
    said = {
        name: request.GET.get(name, "").strip()[:MOST_LETTERS] for name in ("country", "region", "language", "campaign")
    }
    said["channel"] = request.GET.get("channel", "email")
    said["writer"] = request.GET.get("writer", "ai")
    problem, shown = "", None
    try:
        shown = _preview(said, moment_of(request).isoformat())
    except InvalidInput as error:
        problem = f"{error.message} {error.hint or ''}"
    context = {
        "said": said,
        "shown": shown,
        "problem": problem,
        "channels": rules.CHANNEL_WORDS.items(),
        "languages": queries.LANGUAGES.items(),
        "writers": WRITERS,
        "standing": [(row, KIND_WORDS[row.kind]) for row in queries.list_settings()],
        "history": [
            (row, KIND_WORDS[row.kind]) for row in queries.list_settings(with_history=True) if row.superseded_at
        ],
        "may_set": may(actor_of(request), "rule.manage"),
        "has_address": bool(get_organisation().postal_address),
    }
    return render(request, "compliance/disclosure.html", context)


def _preview(said: Mapping[str, str], at: str) -> dict[str, Any]:
    """What would stand in a message to that place, with everything else in order."""
    asked: dict[str, Any] = {
        "at": at,
        "channel": said["channel"],
        "recipient": {"country": said["country"] or None, "region": said["region"] or None},
        "sender": {"is_ai": said["writer"] == "ai"},
        "participants": [{"location": said["region"] or said["country"], "consented": True}],
        "content": {
            "human_approved": said["writer"] != "ai", "drafted_by_ai": True, "ai_disclosed": True,
            "has_unsubscribe": True, "has_postal_address": True,
        },
    }  # fmt: skip
    contact, notice = "[name, number or address]", "[address of the notice]"
    texts = queries.texts_for(
        asked, language=said["language"], campaign=said["campaign"], contact=contact, notice=notice
    )  # fmt: skip
    decision = rules.decide(asked)
    parts = required.required_parts(
        decision.required_content, channel=said["channel"], language=texts.language, places=decision.places,
        disclosure=texts, sender="[who sends]", contact=contact, unsubscribe="[unsubscribe link]", notice=notice,
        source="[where the address comes from]", purpose="[what it is about]", referrer="[who referred]",
        register_number="[company number]",
    )  # fmt: skip
    return {
        "texts": texts,
        "parts": parts,
        "footer": parts.text_footer.splitlines(),
        "why_off": [(KIND_WORDS[kind], why) for kind, why in texts.why_off],
        "language": queries.LANGUAGES[texts.language],
    }


@page("rule", "manage", methods=("GET", "POST"))
def set_page(request: HttpRequest) -> HttpResponse:
    """Switch something on or off, or give it own words."""

    def write(said: Mapping[str, Any]) -> str:
        version = set_disclosure(
            DisclosureKind(said["kind"]),
            place=said["place"],
            campaign=said["campaign"],
            language=said["language"],
            is_on={"yes": True, "no": False}.get(said["is_on"]),
            text=said["text"],
            reason=said["reason"],
            actor=actor_of(request),
            now=moment_of(request),
        )
        return f"It holds from now on, as version {version}."

    return form_page(
        request, SettingForm, write, title="Set what is disclosed", button="Set it", back=HOME, crumb="Disclosure",
        note="It holds at once. It can be switched on anywhere, and off only where no rule asks for it.",
    )  # fmt: skip


urlpatterns = [
    path("compliance/disclosure", disclosure_page, name="disclosure"),
    path("compliance/disclosure/set", set_page, name="disclosure_set"),
]
