"""A page with one form, as outreach uses it: what the action refuses stands above the form, with nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from tandem.core import fragments
from tandem.core.errors import Conflict, InvalidInput, NotFound

PAGE, PART = "engagement/form.html", "engagement/form_part.html"
Write = Callable[[Mapping[str, Any]], tuple[str, str]]


def form_page(
    request: HttpRequest,
    form_class: type[forms.Form],
    write: Write,
    *,
    title: str,
    button: str,
    back: str,
    crumb: str,
    note: str = "",
    is_upload: bool = False,
    initial: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Show the form, or take it.

    write : gets the cleaned fields; answers what happened in words, and where to go
    back, crumb : where "Cancel" and the line above the title lead
    """
    context = {"title": title, "button": button, "back": back, "crumb": crumb, "note": note, "is_upload": is_upload}
    if request.method != "POST":
        told = {**context, "form": form_class(initial=dict(initial or {}))}
        return fragments.render_either(request, page=PAGE, part=PART, context=told)
    form = form_class(request.POST, request.FILES)
    if form.is_valid():
        try:
            said, to = write(form.cleaned_data)
            return fragments.done(request, said, to=to)
        except (InvalidInput, Conflict, NotFound) as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return fragments.invalid(request, form, page=PAGE, part=PART, context=context)
