"""Settings: the company, whose word counts for a field, when records are put together, what the environment says."""

from __future__ import annotations

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tandem.access.actions import update_organisation
from tandem.access.contracts import OrganisationSettings
from tandem.access.guard import page
from tandem.access.queries import get_organisation, may
from tandem.accounts.actions import resolving, rules
from tandem.accounts.contracts import Entity
from tandem.accounts.queries import matching
from tandem.accounts.queries import rules as rule_queries
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import AppError, NotFound

MATCHED = (Entity.ACCOUNT, Entity.CONTACT)
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
ENTITY_LABELS = {Entity.ACCOUNT: "Accounts", Entity.CONTACT: "Contacts", Entity.OPPORTUNITY: "Deals"}


class OrganisationForm(forms.Form):
    """The company's own facts."""

    name = forms.CharField(max_length=200, required=False, label="Company name")
    currency = forms.CharField(max_length=3, help_text="ISO 4217, for example EUR; totals are shown in it.")
    country = forms.CharField(max_length=2, required=False, help_text="ISO 3166, for example DE; decides holidays.")
    region = forms.CharField(max_length=20, required=False, help_text="Subdivision for holidays, for example BY.")
    time_zone = forms.ChoiceField(choices=[(zone, zone) for zone in sorted(available_timezones())])
    fiscal_year_starts_month = forms.TypedChoiceField(
        label="Fiscal year starts in", coerce=int, choices=list(enumerate(MONTHS, start=1))
    )
    domains = forms.CharField(
        required=False, label="Own mail domains", help_text="By comma; mail among them is internal."
    )
    postal_address = forms.CharField(
        required=False, max_length=300, help_text="On one line, as it stands under mail; laws ask for it."
    )

    def clean_domains(self) -> tuple[str, ...]:
        """The domains, one by one."""
        return tuple(part.strip().lower() for part in self.cleaned_data["domains"].split(",") if part.strip())


class ThresholdForm(forms.Form):
    """From which probability on records are put together, and from which a person is asked."""

    automatic = forms.FloatField(
        min_value=0.5, max_value=1.0, label="Put together from", help_text="Probability, 0.5 to 1."
    )
    review = forms.FloatField(min_value=0.01, max_value=1.0, label="Ask a person from")


class RuleForm(forms.Form):
    """How the winner of a field is chosen."""

    strategies = forms.CharField(help_text="Words in the order in which they are tried, by comma.")
    source_rank = forms.CharField(
        required=False, label="Trust", help_text="Kinds of sources, most trusted first, by comma."
    )
    reason = forms.CharField(max_length=300, help_text="Kept in the ledger.")


def _told(organisation: OrganisationSettings) -> dict[str, object]:
    fields = ("name", "currency", "country", "region", "time_zone", "fiscal_year_starts_month", "postal_address")
    return {name: getattr(organisation, name) for name in fields} | {"domains": ", ".join(organisation.domains)}


@page("setting", "view")
def settings_page(request: HttpRequest) -> HttpResponse:
    """Everything that can be set, and what the environment has set."""
    organisation = get_organisation()
    groups: dict[Entity, list[rule_queries.RuleRow]] = {}
    for row in rule_queries.list_rules():
        groups.setdefault(row.entity, []).append(row)
    context = {
        "organisation": organisation,
        "month": MONTHS[organisation.fiscal_year_starts_month - 1],
        "rules": [(ENTITY_LABELS[entity], rows) for entity, rows in groups.items()],
        "thresholds": [(ENTITY_LABELS[entity], entity.value, matching.thresholds_of(entity)) for entity in MATCHED],
        "declared": settings.DECLARED,
        "may_manage": may(actor_of(request), "setting.manage"),
    }
    return render(request, "console/settings.html", context)


@page("setting", "manage", methods=("GET", "POST"))
def edit_organisation(request: HttpRequest) -> HttpResponse:
    """Change the company's facts."""
    form = OrganisationForm(request.POST or None, initial=_told(get_organisation()))
    if request.method == "POST" and form.is_valid():
        try:
            update_organisation(actor=actor_of(request), **form.cleaned_data)
        except AppError as refusal:
            form.add_error(None, f"{refusal.message} {refusal.hint or ''}")
        else:
            return fragments.done(request, "Kept.", to="/settings")
    context = {"form": form, "title": "The company", "button": "Keep the settings"}
    return render(request, "console/setting_form.html", context, status=422 if form.errors else 200)


@page("setting", "manage", methods=("GET", "POST"))
def edit_thresholds(request: HttpRequest, entity: str) -> HttpResponse:
    """Change when records are put together without asking."""
    of = _entity(entity, MATCHED)
    present = matching.thresholds_of(of)
    form = ThresholdForm(request.POST or None, initial={"automatic": present.automatic, "review": present.review})
    if request.method == "POST" and form.is_valid():
        try:
            resolving.set_thresholds(of, **form.cleaned_data, actor=actor_of(request), now=moment_of(request))
        except AppError as refusal:
            form.add_error(None, f"{refusal.message} {refusal.hint or ''}")
        else:
            return fragments.done(request, "Kept; the next matching goes by it.", to="/settings")
    title = f"{ENTITY_LABELS[of]}: when to put together"
    context = {"form": form, "title": title, "button": "Keep the thresholds"}
    return render(request, "console/setting_form.html", context, status=422 if form.errors else 200)


@page("setting", "manage", methods=("GET", "POST"))
def edit_rule(request: HttpRequest, entity: str, field: str) -> HttpResponse:
    """Change how the winner of a field is chosen; "all" is every field without a rule of its own."""
    of = _entity(entity, tuple(ENTITY_LABELS))
    name = "*" if field == "all" else field
    known = {one.field: one for one in rule_queries.list_rules() if one.entity is of}
    present = known.get(name) or known["*"]
    initial = {"strategies": ", ".join(present.strategies), "source_rank": ", ".join(present.source_rank)}
    form = RuleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            marked = rules.set_rule(
                of,
                name,
                strategies=_listed(form.cleaned_data["strategies"]),
                source_rank=_listed(form.cleaned_data["source_rank"]),
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
                now=moment_of(request),
            )
        except AppError as refusal:
            form.add_error(None, f"{refusal.message} {refusal.hint or ''}")
        else:
            return fragments.done(request, f"Kept; {marked:,} records are put together anew.", to="/settings#h-rules")
    context = {
        "form": form,
        "title": f"{ENTITY_LABELS[of]}: {'all other fields' if name == '*' else name.replace('_', ' ')}",
        "button": "Keep the rule",
        "strategies": rule_queries.known_strategies(),
        "kinds": rule_queries.known_kinds(),
    }
    return render(request, "console/setting_form.html", context, status=422 if form.errors else 200)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _entity(word: str, known: tuple[Entity, ...]) -> Entity:
    if word not in {entity.value for entity in known}:
        raise NotFound(f"There is no setting for {word!r}.", hint="Open the settings.")
    return Entity(word)
