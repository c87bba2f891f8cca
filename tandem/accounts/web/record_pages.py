"""Where every field of an account, contact or deal comes from, and how to correct one."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse

from tandem.access.guard import page
from tandem.access.queries import list_people, may
from tandem.accounts.actions import corrections
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.editing import EDITABLE, PERSON, Editable
from tandem.accounts.domain.fields import FieldType
from tandem.accounts.queries import matches
from tandem.accounts.queries.provenance import Origin, provenance_of
from tandem.accounts.queries.visible import KIND_OF
from tandem.core import fragments, panels, words
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput
from tandem.core.panels import SourceValue, Why

PAGE = "accounts/correct.html"
PART = "accounts/correct_form.html"


class CorrectForm(forms.Form):
    """One field as typed in, with the reason for the ledger."""

    value = forms.CharField(required=False, max_length=5_000, strip=True)
    reason = forms.CharField(
        required=False, max_length=300, label="Reason", help_text="Kept in the ledger and shown in the timeline."
    )

    def __init__(self, editable: Editable, current: str, *args: object, **kwargs: object) -> None:
        super().__init__(*args, initial={"value": current}, **kwargs)  # type: ignore[arg-type,misc]
        field = self.fields["value"]
        field.label = editable.title
        choices = _choices(editable)
        if choices:
            field.widget = forms.Select(choices=choices)
        elif editable.type is FieldType.TEXT and editable.length > 400:
            field.widget = forms.Textarea(attrs={"rows": 5})
        if editable.may_be_empty:
            field.help_text = "Leave it empty to say that there is none."


def _choices(editable: Editable) -> list[tuple[str, str]]:
    """What can be chosen; empty when the field is typed in."""
    if editable.names == PERSON:
        return [("", "nobody"), *((str(one.id), one.name) for one in list_people(active_only=True))]
    none = [("", "none")] if editable.may_be_empty else []
    return [*none, *((word, word.replace("_", " ")) for word in editable.choices)] if editable.choices else []


def _panel(kind: str, golden_id: int, origin: Origin, *, may_edit: bool) -> Why:
    return Why(
        key=f"{kind}-{origin.field.replace('_', '-')}",
        title=f"{origin.title}: {origin.text or 'nothing known'}",
        text=origin.why,
        sources=tuple(
            SourceValue(
                source=voice.source,
                value=voice.value or "emptied",
                note=f"{words.moment(voice.observed_at)}"
                + (f", {voice.file_name} row {voice.row_number}" if voice.file_name else ""),
                address=f"/data/loads/{voice.load_id}" if voice.load_id else "",
                is_winner=voice.wins,
            )
            for voice in origin.voices
        ),
        wrong_address=reverse(f"{kind}_correct", args=[golden_id, origin.field])
        if may_edit and origin.is_editable
        else "",
    )


def provenance(request: HttpRequest, entity: Entity, golden_id: int) -> HttpResponse:
    """Every field with its origin."""
    actor, kind = actor_of(request), KIND_OF[entity]
    found = provenance_of(actor, entity, golden_id)
    name = next((one.text for one in found.fields if one.field == "name"), "")
    context = {
        "found": found,
        "kind": kind,
        "name": name or f"{kind} {golden_id}",
        "fields": [(one, reverse(f"{kind}_why_field", args=[golden_id, one.field])) for one in found.fields],
        "may_edit": may(actor, f"{kind}.edit"),
        "members": matches.list_members(actor, entity, golden_id),
        "merges": matches.list_merges(actor, entity, golden_id),
        "may_decide": may(actor, "match.decide"),
    }
    return render(request, "accounts/provenance.html", context)


def why_field(request: HttpRequest, entity: Entity, golden_id: int, field: str) -> HttpResponse:
    """What each source says about one field, and why one of them counts."""
    actor, kind = actor_of(request), KIND_OF[entity]
    origin = provenance_of(actor, entity, golden_id).of(field)
    return panels.respond(request, _panel(kind, golden_id, origin, may_edit=may(actor, f"{kind}.edit")))


def correct(request: HttpRequest, entity: Entity, golden_id: int, field: str) -> HttpResponse:
    """Correct one field; the sources' own words stay and can be brought back."""
    kind = KIND_OF[entity]
    origin = provenance_of(actor_of(request), entity, golden_id).of(field)
    editable = EDITABLE[entity].get(field)
    if editable is None:
        raise InvalidInput(f"{origin.title} can't be corrected.", hint="It follows from other fields.")
    form = CorrectForm(editable, str(origin.value or "") if editable.names else origin.text, request.POST or None)
    back = reverse(f"{kind}_provenance", args=[golden_id])
    shown = {"origin": origin, "kind": kind, "back": back}
    if request.method != "POST":
        return fragments.render_either(request, page=PAGE, part=PART, context={**shown, "form": form})
    if not form.is_valid() or not _is_kept(request, form, entity, golden_id, field):
        return fragments.invalid(request, form, page=PAGE, part=PART, context=shown)
    undo = reverse(f"{kind}_withdraw", args=[golden_id, field])
    return fragments.done(request, f"{origin.title} corrected.", to=back, undo=undo)


def _is_kept(request: HttpRequest, form: CorrectForm, entity: Entity, golden_id: int, field: str) -> bool:
    """Keep the correction; what the rules refuse becomes the form's error."""
    value, reason = form.cleaned_data["value"], form.cleaned_data["reason"]
    try:
        corrections.correct(
            entity, golden_id, field, value, actor=actor_of(request), now=moment_of(request), reason=reason
        )
    except InvalidInput as refusal:
        form.add_error("value", " ".join(filter(None, (refusal.message, refusal.hint))))
        return False
    return True


def withdraw(request: HttpRequest, entity: Entity, golden_id: int, field: str) -> HttpResponse:
    """Take a correction back."""
    corrections.withdraw(entity, golden_id, field, actor=actor_of(request), now=moment_of(request))
    back = reverse(f"{KIND_OF[entity]}_provenance", args=[golden_id])
    return fragments.done(request, "The sources' own words count again.", to=back)


def _doors(entity: Entity) -> list[URLPattern]:
    """The four doors of one kind of record, each under the rights of that kind."""
    kind, told = KIND_OF[entity], {"entity": entity}
    base = f"{kind}s/<int:golden_id>"
    see, edit, post = (
        page(kind, "view"),
        page(kind, "edit", methods=("GET", "POST")),
        page(kind, "edit", methods=("POST",)),
    )
    return [
        path(f"{base}/sources", see(provenance), told, name=f"{kind}_provenance"),
        path(f"{base}/sources/why/<slug:field>", see(why_field), told, name=f"{kind}_why_field"),
        path(f"{base}/correct/<slug:field>", edit(correct), told, name=f"{kind}_correct"),
        path(f"{base}/withdraw/<slug:field>", post(withdraw), told, name=f"{kind}_withdraw"),
    ]


urlpatterns = [door for entity in KIND_OF for door in _doors(entity)]
