"""What the pages of AI tasks share: a form page, and cost as they write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from tandem.core import fragments
from tandem.core.errors import Conflict, InvalidInput

FORM_PAGE, FORM_PART = "agents/form.html", "agents/form_part.html"
SMALL = Decimal("0.995")


def dollars(amount: Decimal | None) -> str:
    """US dollars; below one dollar to a hundredth of a cent.

    >>> dollars(Decimal("0.01053")), dollars(Decimal("1234.5")), dollars(Decimal(0))
    ('$0.0105', '$1,234.50', '$0')
    """
    if amount is None:
        return ""
    if not amount:
        return "$0"
    return f"${amount:,.4f}" if amount < SMALL else f"${amount:,.2f}"


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
    initial: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """A form that sets one thing; what the action refuses stands above the form, with nothing lost.

    write : gets the cleaned fields, answers what happened in words
    """
    context = {"title": title, "button": button, "back": back, "crumb": crumb, "note": note}
    if request.method != "POST":
        told = {**context, "form": form_class(initial=dict(initial or {}))}
        return fragments.render_either(request, page=FORM_PAGE, part=FORM_PART, context=told)
    form = form_class(request.POST)
    if form.is_valid():
        try:
            return fragments.done(request, write(form.cleaned_data), to=back)
        except (InvalidInput, Conflict) as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return fragments.invalid(request, form, page=FORM_PAGE, part=FORM_PART, context=context)
