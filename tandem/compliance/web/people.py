"""Pages of what is known about people: consent, recording consent, do-not-call screenings, facts of the relationship.

The four registries are the same page with other words: a list with filters and CSV, and a form that adds to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance import actions, queries
from tandem.compliance.contracts import (
    Channel,
    ConsentKind,
    Purpose,
    RecordingScope,
    RecordingState,
    RelationshipKind,
)
from tandem.compliance.domain.consent_terms import dnc_days, is_in_force
from tandem.compliance.web import forms
from tandem.compliance.web.parts import exported, form_page
from tandem.core import clock, fragments, lists
from tandem.core.actors import Actor
from tandem.core.api import actor_of, moment_of
from tandem.core.lists import ChoiceFilter, Column, ListSpec, ListState, TextFilter

Write = Callable[[Mapping[str, Any], Actor, Any], str]
ADDRESS = Column(key="address", label="Address", template="compliance/cells/address.html")
TEXT = TextFilter(key="text", label="Address or key")


def _by(row: Any) -> str:
    return row.recorded_by.name if row.recorded_by is not None else ""


def _word(key: str) -> Callable[[Any], str]:
    return lambda row: str(getattr(row, key)).replace("_", " ")


def _consent_state(row: Any) -> str:
    missing = is_in_force(
        ConsentKind(row.consent_kind), confirmed_at=row.confirmed_at, expires_at=row.expires_at,
        withdrawn_at=row.withdrawn_at, now=clock.now(),
    )  # fmt: skip
    return missing or "holds"


def _ends_on(row: Any) -> date | None:
    return row.expires_at.date() if row.expires_at is not None else None


def _screening_age(row: Any) -> str:
    age = (clock.now() - row.screened_at).days
    return f"{age} days" + ("" if age <= dnc_days(row.register) else ", too old")


HEADS = {"consent_kind": "kind"}  # where a column of the file has another name than its field
SAID = ("address", "key_hash", "key_id", "subject", "source")
BY = Column(key="recorded_by", label="Written down by", value=_by, is_optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """One of the registries as pages show it.

    name : as `queries.list_about_people` knows it
    slug : its place under /compliance
    columns : filter keys to columns of the table
    add_right : what one needs to add to it
    more : further ways: address, label, the right that opens it
    kept : columns that its file carries, as its import reads them
    """

    name: str
    slug: str
    title: str
    note: str
    add_label: str
    spec: ListSpec
    form: type[django_forms.Form]
    write: Write
    columns: Mapping[str, str]
    kept: tuple[str, ...]
    add_right: str = "consent.edit"
    more: tuple[tuple[str, str, str], ...] = ()

    @property
    def home(self) -> str:
        """The address of its list."""
        return f"/compliance/{self.slug}"

    @property
    def file(self) -> ListSpec:
        """What a file carries: every field, under the names that imports read."""
        columns = tuple(Column(key=key, label=HEADS.get(key, key)) for key in self.kept)
        return ListSpec(name=self.spec.name, noun=self.spec.noun, columns=columns)


def _add_consent(said: Mapping[str, Any], actor: Actor, now: Any) -> str:
    kind = ConsentKind(said["kind"])
    typed = {"kind": kind, "channel": Channel(said["channel"]), "purpose": Purpose(said["purpose"])}
    actions.record_consent(**{**said, **typed}, actor=actor, now=now)
    waits = " It holds once it is confirmed." if kind is ConsentKind.DOUBLE_OPT_IN else ""
    return f"Consent kept.{waits}"


def _add_recording(said: Mapping[str, Any], actor: Actor, now: Any) -> str:
    typed = {"state": RecordingState(said["state"]), "scope": RecordingScope(said["scope"])}
    actions.record_recording_consent(**{**said, **typed}, actor=actor, now=now)
    return "Kept. It is read before the next recording."


def _add_screening(said: Mapping[str, Any], actor: Actor, now: Any) -> str:
    actions.record_screening(**said, actor=actor, now=now)
    return "Screening kept."


def _add_relationship(said: Mapping[str, Any], actor: Actor, now: Any) -> str:
    actions.record_relationship(**{**said, "fact": RelationshipKind(said["fact"])}, actor=actor, now=now)
    return "Fact kept."


CONSENT = Registry(
    name="consent",
    slug="consent",
    title="Consent",
    note="Who agreed to what, on which words and with what proof. Its end is computed from its kind.",
    add_label="Record a consent",
    form=forms.ConsentForm,
    write=_add_consent,
    columns={"kind": "consent_kind", "channel": "channel", "purpose": "purpose"},
    kept=(
        *SAID,
        "consent_kind",
        "purpose",
        "channel",
        "wording",
        "proof",
        "given_at",
        "counts_from",
        "confirmed_at",
        "country",
        "expires_at",
        "withdrawn_at",
        "withdrawn_how",
    ),
    more=(
        ("/compliance/consent/import", "Import a file", "consent.manage"),
        ("/compliance/consent/revoke", "Take back", "consent.edit"),
    ),
    spec=ListSpec(
        name="consent",
        noun="consent",
        default_sort="-at",
        columns=(
            ADDRESS,
            Column(key="consent_kind", label="Kind", value=_word("consent_kind")),
            Column(key="channel", label="Channel", is_optional=True),
            Column(key="purpose", label="Purpose", is_optional=True),
            Column(key="given_at", label="Given", sort="at", is_optional=True),
            Column(key="expires_at", label="Ends", value=_ends_on, sort="expires_at"),
            Column(key="state", label="State", value=_consent_state, template="compliance/cells/consent_state.html"),
            Column(key="proof", label="Proof", is_optional=True),
            BY,
        ),
        filters=(
            TEXT,
            ChoiceFilter(key="kind", label="Kind", choices=forms.words(ConsentKind)),
            ChoiceFilter(key="channel", label="Channel", choices=forms.ONE_CHANNEL),
            ChoiceFilter(key="purpose", label="Purpose", choices=forms.ONE_PURPOSE),
        ),
        empty_title="No consent is recorded yet",
        empty_text="Forms, replies and calls leave one here, each with its proof.",
        empty_address="/compliance/consent/new",
        empty_action="Record a consent",
    ),
)
RECORDING = Registry(
    name="recording",
    slug="recording",
    title="Recording consent",
    note="What each person said about being recorded. Read before capture; the strictest participant decides.",
    add_label="Record an answer",
    form=forms.RecordingForm,
    write=_add_recording,
    columns={"state": "state", "scope": "scope"},
    kept=(*SAID, "state", "scope", "meeting", "wording", "proof", "at", "expires_at"),
    more=(("/compliance/recordings", "Conversations", "consent.view"),),
    spec=ListSpec(
        name="recording-consent",
        noun="answer",
        default_sort="-at",
        columns=(
            ADDRESS,
            Column(key="state", label="Answer"),
            Column(key="scope", label="Scope"),
            Column(key="meeting", label="Only for", is_optional=True),
            Column(key="at", label="Said", sort="at", is_optional=True),
            Column(key="expires_at", label="Ends", value=_ends_on, sort="expires_at"),
            Column(key="proof", label="Proof", is_optional=True),
            BY,
        ),
        filters=(
            TEXT,
            ChoiceFilter(key="state", label="Answer", choices=(("granted", "granted"), ("declined", "declined"))),
            ChoiceFilter(key="scope", label="Scope", choices=forms.words(RecordingScope)),
        ),
        empty_title="Nobody was asked yet",
        empty_text="Who has not said counts as not agreed: nothing is recorded.",
        empty_address="/compliance/recording/new",
        empty_action="Record an answer",
    ),
)
SCREENING = Registry(
    name="screening",
    slug="dnc",
    title="Do-not-call screenings",
    note="When a number was looked up in which register. Too old counts as not looked up.",
    add_label="Record a screening",
    form=forms.ScreeningForm,
    write=_add_screening,
    columns={"register": "register"},
    kept=(*SAID, "register", "is_listed", "screened_at", "evidence"),
    add_right="consent.manage",
    more=(("/compliance/dnc/import", "Import a file", "consent.manage"),),
    spec=ListSpec(
        name="dnc",
        noun="screening",
        default_sort="-at",
        columns=(
            Column(key="address", label="Number", template="compliance/cells/address.html"),
            Column(key="register", label="Register"),
            Column(key="is_listed", label="Listed"),
            Column(key="screened_at", label="Looked up", sort="at", is_optional=True),
            Column(key="age", label="Age", value=_screening_age),
            Column(key="source", label="Source", is_optional=True),
            BY,
        ),
        filters=(TextFilter(key="text", label="Number"), TextFilter(key="register", label="Register")),
        empty_title="No number was screened yet",
        empty_text="Calls to numbers that were not screened stay blocked where a register must be asked.",
        empty_address="/compliance/dnc/new",
        empty_action="Record a screening",
    ),
)
RELATIONSHIP = Registry(
    name="relationship",
    slug="relationships",
    title="Relationship facts",
    note="Purchases, inquiries and the like, from which a rule counts its months.",
    add_label="Record a fact",
    form=forms.RelationshipForm,
    write=_add_relationship,
    columns={"fact": "fact"},
    kept=(*SAID, "fact", "at", "evidence"),
    spec=ListSpec(
        name="relationships",
        noun="fact",
        default_sort="-at",
        columns=(
            ADDRESS,
            Column(key="fact", label="Fact", value=_word("fact")),
            Column(key="at", label="On", sort="at"),
            Column(key="source", label="Source", is_optional=True),
            Column(key="evidence", label="Evidence", is_optional=True),
            BY,
        ),
        filters=(TEXT, ChoiceFilter(key="fact", label="Fact", choices=forms.words(RelationshipKind))),
        empty_title="No fact is recorded yet",
        empty_text="Without one, consent that is implied by a purchase or an inquiry does not hold.",
        empty_address="/compliance/relationships/new",
        empty_action="Record a fact",
    ),
)


def _asked(registry: Registry, state: ListState) -> dict[str, Any]:
    wanted = {column: state.text(key) for key, column in registry.columns.items()}
    return {"text": state.text("text"), "wanted": wanted}


def _list_view(registry: Registry) -> Callable[..., Any]:
    @page("consent", "view")
    def view(request: HttpRequest) -> HttpResponse:
        state, actor = registry.spec.read(request.GET), actor_of(request)
        asked, may_edit = _asked(registry, state), may(actor, "consent.edit")
        rows = queries.list_about_people(
            registry.name, actor, **asked, sort=state.sort, offset=state.offset, limit=state.limit
        )
        for row in rows:
            row.may_confirm = may_edit
        total = queries.count_about_people(registry.name, actor, **asked)
        may_add = may(actor, registry.add_right)
        context = {
            "title": registry.title,
            "note": registry.note,
            "add_address": f"{registry.home}/new" if may_add else "",
            "add_label": registry.add_label,
            "more": [(address, label) for address, label, right in registry.more if may(actor, right)],
        }
        csv_address = f"{registry.home}.csv" if may(actor, "consent.export") else ""
        listing = registry.spec.listing(state, rows, total=total, csv_address=csv_address)
        return lists.respond(request, "compliance/list.html", listing, context)

    return view


def _csv_view(registry: Registry) -> Callable[..., Any]:
    @page("consent", "export")
    def view(request: HttpRequest) -> StreamingHttpResponse:
        state = registry.spec.read(request.GET)
        rows = queries.list_about_people(
            registry.name, actor_of(request), **_asked(registry, state), sort=state.sort, limit=None
        )
        return exported(request, registry.file, rows, registry.name)

    return view


def _add_view(registry: Registry) -> Callable[..., Any]:
    kind, verb = registry.add_right.split(".")

    @page(kind, verb, methods=("GET", "POST"))
    def view(request: HttpRequest) -> HttpResponse:
        return form_page(
            request,
            registry.form,
            lambda said: registry.write(said, actor_of(request), moment_of(request)),
            title=registry.add_label,
            button=registry.add_label,
            back=registry.home,
            crumb=registry.title,
        )

    return view


@page("consent", "edit", methods=("GET", "POST"))
def revoke(request: HttpRequest) -> HttpResponse:
    """Everything somebody agreed to, taken back on whatever road."""

    def write(said: Mapping[str, Any]) -> str:
        ended = actions.revoke_consent(
            [said["address"]], how=said["how"], evidence=said["evidence"], country=said["country"],
            actor=actor_of(request), now=moment_of(request),
        )  # fmt: skip
        return f"Taken back: {ended} ended, and the address is suppressed on every channel."

    note = "Ends every consent of the address and suppresses it on all channels at once."
    return form_page(
        request, forms.RevokeForm, write, title="Take back consent", button="Take back", back=CONSENT.home,
        crumb=CONSENT.title, note=note,
    )  # fmt: skip


@page("consent", "edit", methods=("POST",))
def confirm(request: HttpRequest, consent_id: int) -> HttpResponse:
    """A double opt-in was confirmed."""
    actions.confirm_consent(consent_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "Confirmed. It holds from now on.", to=CONSENT.home)


def _routes(registry: Registry) -> list[URLPattern]:
    place = f"compliance/{registry.slug}"
    return [
        path(place, _list_view(registry), name=registry.name),
        path(f"{place}.csv", _csv_view(registry), name=f"{registry.name}_csv"),
        path(f"{place}/new", _add_view(registry), name=f"{registry.name}_add"),
    ]


urlpatterns = [
    *(route for registry in (CONSENT, RECORDING, SCREENING, RELATIONSHIP) for route in _routes(registry)),
    path("compliance/consent/revoke", revoke, name="consent_revoke"),
    path("compliance/consent/<int:consent_id>/confirm", confirm, name="consent_confirm"),
]
