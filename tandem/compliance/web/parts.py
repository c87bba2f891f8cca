"""What the pages of all registries share: a form page that adds something, and an export that is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from tandem.core import fragments, ledger
from tandem.core.api import actor_of
from tandem.core.errors import Conflict, InvalidInput
from tandem.core.lists import ListSpec

FORM_PAGE, FORM_PART = "compliance/form.html", "compliance/form_part.html"


def form_page(
    request: HttpRequest,
    form_class: type[forms.Form],
    write: Callable[[Mapping[str, Any]], str],
    *,
    title: str,
    button: str,
    back: str,
    crumb: str,
    note: str = "",
    is_upload: bool = False,
) -> HttpResponse:
    """A form that adds one thing; what the action refuses stands above the form, with nothing lost.

    write : gets the cleaned fields, answers what happened in words
    """
    context = {"title": title, "button": button, "back": back, "crumb": crumb, "note": note, "is_upload": is_upload}
    if request.method != "POST":
        told = {**context, "form": form_class()}
        return fragments.render_either(request, page=FORM_PAGE, part=FORM_PART, context=told)
    form = form_class(request.POST, request.FILES)
    if form.is_valid():
        try:
            return fragments.done(request, write(form.cleaned_data), to=back)
        except (InvalidInput, Conflict) as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return fragments.invalid(request, form, page=FORM_PAGE, part=FORM_PART, context=context)


def exported(request: HttpRequest, spec: ListSpec, rows: Iterable[Any], registry: str) -> StreamingHttpResponse:
    """The rows as CSV; that they went out is in the ledger."""
    answer = spec.csv(rows, actor=actor_of(request))
    ledger.append(actor_of(request), "compliance.registry_exported", subject=f"registry:{registry}")
    return answer
