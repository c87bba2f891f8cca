"""The voice guide: what is in force, a sample checked as it is typed, its history, what edits propose, its drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import altair as alt
import pandas as pd
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.http import urlencode

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance.contracts.gate import Road
from tandem.core import charts, fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import Conflict, InvalidInput
from tandem.engagement.actions import voice as actions
from tandem.engagement.ai.checking import check
from tandem.engagement.contracts import CHANNELS, Violation
from tandem.engagement.domain.norms import TAGS, known_tag, norms_of
from tandem.engagement.domain.sentences import count_words
from tandem.engagement.domain.texts import Text
from tandem.engagement.domain.voice import DEFAULT_WORDS, VoiceGuide
from tandem.engagement.queries import voice as queries

HOME = "/outreach/voice"
WEEKS = 12
LONGEST_SAMPLE = 5_000
FIELDS = (
    ("tone", "What we sound like"),
    ("preferred", "Words we like"),
    ("preferred_openers", "How first sentences go well"),
    ("structures", "How a message is built"),
    ("forbidden_openers", "Beginnings that no message may have"),
)
FIELD_WORDS: Mapping[str, str] = {
    **dict(FIELDS), "forbidden": "Words we never use", "most_words": "Most words",
    "longest_sentence": "Longest sentence",
}  # fmt: skip


def _lines(label: str, rows: int, hint: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "class": "area input", "autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=20_000, widget=widget, help_text=hint)


class GuideForm(forms.Form):
    """The guide as lines that people can edit."""

    language = forms.ChoiceField(choices=[(tag, tag) for tag in TAGS], widget=forms.HiddenInput)
    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    tone = _lines("What we sound like", 3, "One a line.")
    preferred = _lines("Words we like", 3, "One a line.")
    forbidden = _lines(
        "Words we never use", 6, "One a line; behind an equals sign what to write instead: leverage = use"
    )
    preferred_openers = _lines("How first sentences go well", 3, "One a line.")
    forbidden_openers = _lines("Beginnings that no message may have", 3, "One a line.")
    structures = _lines("How a message is built", 3, "One a line, in order.")
    most_words = _lines("Most words", 6, f"One channel a line: email = 89. Channels are {', '.join(CHANNELS)}.")
    longest_sentence = forms.IntegerField(label="Longest sentence, in words", min_value=5, max_value=400)
    note = forms.CharField(label="Why it changes", max_length=300, required=False)


class NormsForm(forms.Form):
    """What the organisation wants otherwise in the norms of a language."""

    language = forms.ChoiceField(choices=[(tag, tag) for tag in TAGS], widget=forms.HiddenInput)
    greeting = forms.CharField(label="Greeting", max_length=80, help_text="With {first} and {last}.")
    closing = forms.CharField(label="Formula above the name", max_length=80, required=False)
    least_days = forms.IntegerField(label="Working days between touches, at least", min_value=1, max_value=60)
    meeting = forms.CharField(label="How a meeting is asked for", max_length=200)
    forbidden = _lines("What nobody may write", 5, "One a line; behind an equals sign what to write instead.")
    note = forms.CharField(label="Why it changes", max_length=300, required=False)


@page("campaign", "view")
def overview(request: HttpRequest) -> HttpResponse:
    """The guide of a language with all around it."""
    tag, now = _tag(request), moment_of(request)
    versions = queries.voice_versions(tag)
    guide = versions[0].guide
    context = {
        "language": tag,
        "languages": [(one, norms_of(one).name, f"{HOME}?{urlencode({'language': one})}") for one in TAGS],
        "guide": guide,
        "sections": [(label, getattr(guide, name)) for name, label in FIELDS],
        "limits": _limits(guide),
        "versions": [(one, _told(one.changes)) for one in versions],
        "proposals": queries.open_proposals(tag),
        "norms": queries.norms_in_force(tag),
        "has_own_norms": tag in queries.own_norms(),
        "chart": _chart(tag, now),
        "may_manage": may(actor_of(request), "campaign.manage"),
        "field_words": FIELD_WORDS,
    }
    return render(request, "engagement/voice.html", context)


def _tag(request: HttpRequest) -> str:
    return known_tag(request.GET.get("language") or request.POST.get("language") or "en-US")


def _limits(guide: VoiceGuide) -> list[tuple[str, int]]:
    return [(CHANNELS[channel], guide.limit(Road(channel))) for channel in CHANNELS]


def _told(changes: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    return [(FIELD_WORDS.get(field, field), what, entry) for field, what, entry in changes]


def _chart(tag: str, now: datetime) -> charts.Chart | None:
    """Distance of each week's words from the weeks before, with the distance that chance explains."""
    weeks = [one for one in queries.drift_by_week(tag, weeks=WEEKS, now=now) if one.drift is not None]
    if not weeks:
        return None
    told = [(one, one.drift) for one in weeks if one.drift is not None]
    frame = pd.DataFrame(
        {
            "week": [pd.Timestamp(one.monday) for one, _ in told],
            "distance": [drift.distance for _, drift in told],
            "usual": [drift.usual for _, drift in told],
        }
    )
    base = alt.Chart(frame).encode(x=alt.X("week:T", title=None))
    line = base.mark_line(color=charts.PERSON, point=True).encode(y=alt.Y("distance:Q", title="Distance, 0 to 1"))
    usual = base.mark_line(color=charts.HISTORY, strokeDash=[4, 3]).encode(y="usual:Q")
    gone = [one.monday for one, drift in told if drift.has_drifted]
    summary = f"{len(gone)} of {len(told)} weeks are further from the four before than chance explains."
    heads = ("Week of", "Distance", "Usual at most", "Words a message", "With a forbidden word")
    rows = [
        (f"{one.monday:%d %b %Y}", f"{drift.distance:.2f}", f"{drift.usual:.2f}", f"{drift.length:.0f}",
         f"{drift.broken} of {drift.messages}")
        for one, drift in told
    ]  # fmt: skip
    return charts.draw(line + usual, key="voice-drift", summary=summary, heads=heads, rows=rows)


@page("campaign", "view", methods=("POST",))
def lint_sample(request: HttpRequest) -> HttpResponse:
    """What the validators say of the sample in the box; nothing is kept."""
    tag = _tag(request)
    body = request.POST.get("body", "")[:LONGEST_SAMPLE].replace("\r\n", "\n").strip()
    subject = request.POST.get("subject", "")[:200].strip()
    faults: tuple[Violation, ...] = ()
    if body:
        text = Text(subject=subject, body=body, language=tag, has_subject=bool(subject))
        faults = check(text, voice=queries.voice_in_force(tag), overrides=queries.own_norms().get(tag))
    context = {
        "faults": faults, "is_live": bool(body), "hard": sum(one.is_hard for one in faults),
        "words": count_words(body),
    }  # fmt: skip
    return render(request, "engagement/voice_faults.html", context)


@page("campaign", "manage", methods=("GET", "POST"))
def edit(request: HttpRequest) -> HttpResponse:
    """The guide in a form; a change is a new version."""
    tag = _tag(request)
    if request.method != "POST":
        return render(
            request, "engagement/voice_edit.html", {"form": GuideForm(initial=_initial(tag)), "language": tag}
        )
    form = GuideForm(request.POST)
    if form.is_valid():
        try:
            number = actions.save(
                _document(form.cleaned_data), note=form.cleaned_data["note"], base=form.cleaned_data["base"],
                actor=actor_of(request), now=moment_of(request),
            )  # fmt: skip
            return fragments.done(request, f"Version {number} is in force.", to=_home(tag))
        except (InvalidInput, Conflict) as error:
            field = str(error.context.get("field") or "")
            form.add_error(field if field in form.fields else None, " ".join(filter(None, (error.message, error.hint))))
    part, context = "engagement/voice_form.html", {"language": tag}
    return fragments.invalid(request, form, page="engagement/voice_edit.html", part=part, context=context)


def _home(tag: str) -> str:
    return f"{HOME}?{urlencode({'language': tag})}"


def _initial(tag: str) -> dict[str, Any]:
    guide = queries.voice_in_force(tag)
    limits = guide.most_words or {channel.value: words for channel, words in DEFAULT_WORDS.items()}
    return {
        "language": tag,
        "base": guide.version,
        **{name: "\n".join(getattr(guide, name)) for name, _ in FIELDS},
        "forbidden": _pairs(guide.forbidden),
        "most_words": "\n".join(f"{channel} = {words}" for channel, words in limits.items()),
        "longest_sentence": guide.longest_sentence,
    }


def _pairs(told: Mapping[str, str]) -> str:
    return "\n".join(f"{word} = {instead}" if instead else word for word, instead in told.items())


def _read_pairs(text: str) -> dict[str, str]:
    rows = (line.partition("=") for line in text.splitlines() if line.strip())
    return {word.strip(): instead.strip() for word, _, instead in rows}


def _document(told: Mapping[str, Any]) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    for channel, words in _read_pairs(told["most_words"]).items():
        limits[channel] = int(words) if words.isascii() and words.isdecimal() else words
    return {
        "language": told["language"],
        **{name: [line for line in told[name].splitlines() if line.strip()] for name, _ in FIELDS},
        "forbidden": _read_pairs(told["forbidden"]),
        "most_words": limits,
        "longest_sentence": told["longest_sentence"],
    }


@page("campaign", "manage", methods=("POST",))
def decide(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Take or decline what edits propose."""
    is_taken = request.POST.get("answer") == "take"
    tag = queries.get_proposal(proposal_id).language
    try:
        number = actions.decide(proposal_id, is_taken=is_taken, actor=actor_of(request), now=moment_of(request))
    except Conflict as error:
        return fragments.done(request, " ".join(filter(None, (error.message, error.hint))), to=_home(tag))
    told = f"Taken: version {number} is in force." if is_taken else "Declined."
    return fragments.done(request, told, to=_home(tag))


@page("campaign", "manage", methods=("GET", "POST"))
def norms(request: HttpRequest) -> HttpResponse:
    """The norms of a language as the organisation wants them."""
    tag = _tag(request)
    if request.method != "POST":
        form = NormsForm(initial=_norms_initial(tag))
        return render(request, "engagement/norms_edit.html", {"form": form, "language": tag})
    form = NormsForm(request.POST)
    if form.is_valid():
        try:
            actions.change_norms(
                tag, _norms_values(tag, form.cleaned_data), note=form.cleaned_data["note"], actor=actor_of(request),
                now=moment_of(request),
            )  # fmt: skip
            return fragments.done(request, "These norms are in force.", to=_home(tag))
        except InvalidInput as error:
            field = str(error.context.get("field") or "")
            form.add_error(field if field in form.fields else None, " ".join(filter(None, (error.message, error.hint))))
    part, context = "engagement/norms_form.html", {"language": tag}
    return fragments.invalid(request, form, page="engagement/norms_edit.html", part=part, context=context)


def _norms_initial(tag: str) -> dict[str, Any]:
    found, own = queries.norms_in_force(tag), queries.own_norms().get(tag, {})
    return {
        "language": tag,
        **{name: getattr(found, name) for name in ("greeting", "closing", "least_days", "meeting")},
        "forbidden": _pairs(own.get("forbidden", {})),
    }


def _norms_values(tag: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """Only what differs from the pack is kept, so that a better pack still comes through."""
    pack = norms_of(tag)
    values = {
        name: told[name]
        for name in ("greeting", "closing", "least_days", "meeting")
        if told[name] != getattr(pack, name)
    }
    if values.get("closing"):
        values["closings"] = list(dict.fromkeys([values["closing"], *pack.closings]))
    forbidden = _read_pairs(told["forbidden"])
    return {**values, "forbidden": forbidden} if forbidden else values


urlpatterns = [
    path("outreach/voice", overview),
    path("outreach/voice/lint", lint_sample),
    path("outreach/voice/edit", edit),
    path("outreach/voice/norms", norms),
    path("outreach/voice/proposals/<int:proposal_id>", decide),
]
