"""Pages of sequences: the list, one with its lane of steps and versions, and the editor, which needs no script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance.contracts.gate import Road
from tandem.core import fragments, lists
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput
from tandem.core.lists import Column, ListSpec, TextFilter
from tandem.engagement.actions import sequences as actions
from tandem.engagement.contracts import BY_HAND, CHANNELS, LONGEST_PLAN, Angle, Step
from tandem.engagement.domain.plans import ANGLE_WORDS, MOST_WORDS, faults_of, read_steps, steps_json
from tandem.engagement.domain.step_conditions import in_words, known_conditions
from tandem.engagement.queries import sequences as queries
from tandem.engagement.web.form_pages import form_page

HOME = "/outreach/sequences"
MOST_POSTED = 12
LIST = ListSpec(
    name="sequences",
    noun="sequence",
    columns=(
        Column(key="name", label="Sequence", template="engagement/cells/sequence.html"),
        Column(key="touches", label="Touches", is_figure=True),
        Column(key="days", label="Working days", is_figure=True, is_optional=True),
        Column(key="campaigns", label="Campaigns on it", is_figure=True),
        Column(key="owner_name", label="Owner", is_optional=True),
    ),
    filters=(TextFilter(key="text", label="Name"),),
    empty_title="No sequence yet",
    empty_text="A plan of four to seven touches over mail, LinkedIn and phone.",
    empty_address=f"{HOME}/new",
    empty_action="New sequence",
)
BLANK = {"channel": Road.EMAIL.value, "angle": Angle.NEW_REASON.value, "wait_days": 3}


class NewForm(forms.Form):
    """A new sequence."""

    name = forms.CharField(label="Name", max_length=120)
    purpose = forms.ChoiceField(
        label="For", choices=[("cold_outreach", "People who do not know us"), ("existing_customer", "Customers")]
    )


@page("campaign", "view")
def list_page(request: HttpRequest) -> HttpResponse:
    """All sequences in use."""
    state, actor = LIST.read(request.GET), actor_of(request)
    found = queries.list_sequences(actor, text=state.text("text"))
    listing = LIST.listing(state, found[state.offset : state.offset + state.limit], total=len(found))
    return lists.respond(request, "engagement/sequences.html", listing, {"may_edit": may(actor, "campaign.edit")})


@page("campaign", "edit", methods=("GET", "POST"))
def new(request: HttpRequest) -> HttpResponse:
    """A new sequence with five touches to begin with."""

    def write(told: Mapping[str, Any]) -> tuple[str, str]:
        made = actions.create(told["name"], purpose=told["purpose"], actor=actor_of(request), now=moment_of(request))
        return "The sequence is there, with five touches to begin with.", f"{HOME}/{made}/edit"

    return form_page(request, NewForm, write, title="New sequence", button="Make it", back=HOME, crumb="Sequences")


@page("campaign", "view")
def one(request: HttpRequest, sequence_id: int) -> HttpResponse:
    """One sequence: the plan in use, the draft, its versions and what changed between two of them."""
    actor = actor_of(request)
    row = queries.get_sequence(actor, sequence_id)
    first, _, second = request.GET.get("compare", "").partition("-")
    pair = (int(first[:6]), int(second[:6])) if first.isdecimal() and second.isdecimal() else None
    changes = queries.compared(row, *pair) if pair else ()
    context = {
        "row": row,
        "shown": lane(row.in_use.steps) if row.in_use else (),
        "drafted": lane(row.draft.steps) if row.draft else (),
        "faults": row.draft.faults if row.draft else (),
        "pair": pair,
        "changes": [(word, lane([old])[0] if old else None, lane([new_one])[0] if new_one else None)
                    for word, old, new_one in changes],
        "may_edit": queries.sequences_in_sight(actor, "edit").filter(id=sequence_id).exists(),
    }  # fmt: skip
    return render(request, "engagement/sequence.html", context)


@page("campaign", "edit", methods=("GET", "POST"))
def edit(request: HttpRequest, sequence_id: int) -> HttpResponse:
    """The editor: every step a row of fields; buttons add, move and remove steps without saving."""
    actor = actor_of(request)
    row = queries.get_sequence(actor, sequence_id)
    newest = row.newest
    if request.method != "POST":
        given = steps_json(newest.steps) if newest else []
        return _editor(request, row, given, note=newest.note if newest and row.draft else "")
    given = _posted(request.POST)
    word, _, place = request.POST.get("do", "save").partition(":")
    if word != "save":
        given, focus = _changed(given, word, int(place) if place.isdecimal() else 0)
        return _editor(request, row, given, note=request.POST.get("note", ""), focus=focus)
    try:
        number = actions.save_steps(
            sequence_id, given, note=request.POST.get("note", ""), actor=actor, now=moment_of(request)
        )
    except InvalidInput as error:
        told = f"{error.message} {error.hint or ''}".strip()
        return _editor(request, row, given, note=request.POST.get("note", ""), error=told, status=422)
    return fragments.done(request, f"Version {number} is kept as a draft.", to=f"{HOME}/{sequence_id}")


@page("campaign", "edit", methods=("POST",))
def publish(request: HttpRequest, sequence_id: int) -> HttpResponse:
    """Let campaigns take the draft; it never changes again."""
    number = actions.publish(sequence_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, f"Version {number} is published.", to=f"{HOME}/{sequence_id}")


@page("campaign", "edit", methods=("POST",))
def archive(request: HttpRequest, sequence_id: int) -> HttpResponse:
    """Take it out of use."""
    actions.archive(sequence_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The sequence is put away.", to=HOME)


def lane(steps: Any) -> list[dict[str, Any]]:
    """Steps as a lane shows them, with the working day each is on."""
    shown: list[dict[str, Any]] = []
    at = 0
    for step in steps:
        at += step.wait_days if shown else 0
        shown.append(
            {
                "number": step.number,
                "channel": CHANNELS[step.channel],
                "road": step.channel.value,
                "by_hand": step.channel in BY_HAND,
                "angle": ANGLE_WORDS[step.angle],
                "wait": step.wait_days,
                "day": at + 1,
                "conditions": [in_words(text) for text in step.conditions],
                "variants": list(step.variants),
                "words": step.max_words or MOST_WORDS[step.channel],
                "told": _told(step),
            }
        )
    return shown


def _told(step: Step) -> str:
    """A step on one line."""
    parts = [CHANNELS[step.channel], ANGLE_WORDS[step.angle].lower(), f"wait {step.wait_days}"]
    parts += [f"if {in_words(text)}" for text in step.conditions]
    parts += [f"texts {' and '.join(step.variants)}"] if step.variants else []
    parts += [f"at most {step.max_words} words"] if step.max_words else []
    return ", ".join(parts)


def _posted(posted: QueryDict) -> list[dict[str, Any]]:
    """Steps out of the editor's fields; numbers that are none stay text, and the reader of steps refuses them."""
    columns = {name: posted.getlist(name) for name in ("channel", "angle", "wait", "conditions", "variants", "words")}
    count = min(len(columns["channel"]), MOST_POSTED)

    def field(name: str, at: int) -> str:
        values = columns[name]
        return values[at].strip() if at < len(values) else ""

    return [
        {
            "channel": field("channel", at),
            "angle": field("angle", at),
            "wait_days": _number(field("wait", at) or "0"),
            "conditions": _listed(field("conditions", at)),
            "variants": _listed(field("variants", at)),
            "max_words": _number(field("words", at)) if field("words", at) else None,
        }
        for at in range(count)
    ]


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.replace(";", ",").split(",") if word.strip()]


def _number(text: str) -> int | str:
    return int(text) if text.isdecimal() and len(text) < 6 else text


def _changed(given: list[dict[str, Any]], word: str, place: int) -> tuple[list[dict[str, Any]], int]:
    """Steps after a press, and the number of the step that the keyboard goes on with."""
    at = place - 1
    if word == "add" and len(given) < LONGEST_PLAN:
        given.insert(place, dict(BLANK))
        return given, place + 1
    if not 0 <= at < len(given):
        return given, 1
    if word == "remove":
        del given[at]
        return given, max(1, min(place, len(given)))
    other = at + {"up": -1, "down": 1}.get(word, 0)
    if 0 <= other < len(given):
        given[at], given[other] = given[other], given[at]
        return given, other + 1
    return given, place


def _editor(
    request: HttpRequest,
    row: queries.SequenceRow,
    given: list[dict[str, Any]],
    *,
    note: str = "",
    error: str = "",
    focus: int = 0,
    status: int = 200,
) -> HttpResponse:
    steps: tuple[Step, ...] = ()
    try:
        steps = read_steps(given)
    except InvalidInput as problem:
        error = error or f"{problem.message} {problem.hint or ''}".strip()
    context = {
        "row": row,
        "fields": [
            {**one, "number": number, "conditions": ", ".join(one.get("conditions") or ()),
             "variants": ", ".join(one.get("variants") or ()), "words": one.get("max_words") or "",
             "by_hand": one["channel"] in BY_HAND}
            for number, one in enumerate(given, 1)
        ],
        "faults": faults_of(steps) if steps else (),
        "error": error,
        "focus": focus,
        "note": note,
        "channels": CHANNELS.items(),
        "angles": [(angle.value, words) for angle, words in ANGLE_WORDS.items()],
        "words": known_conditions(),
        "most": LONGEST_PLAN,
    }  # fmt: skip
    return fragments.render_either(
        request, page="engagement/sequence_edit.html", part="engagement/sequence_editor.html", context=context,
        status=status,
    )  # fmt: skip


urlpatterns = [
    path("outreach/sequences", list_page, name="sequences"),
    path("outreach/sequences/new", new, name="sequence_new"),
    path("outreach/sequences/<int:sequence_id>", one, name="sequence"),
    path("outreach/sequences/<int:sequence_id>/edit", edit, name="sequence_edit"),
    path("outreach/sequences/<int:sequence_id>/publish", publish, name="sequence_publish"),
    path("outreach/sequences/<int:sequence_id>/archive", archive, name="sequence_archive"),
]
