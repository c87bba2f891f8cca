"""The company's settings."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction

from tandem.access import queries
from tandem.access.actions.checks import require
from tandem.access.contracts import OrganisationSettings
from tandem.access.models import Organisation
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput

CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
DOMAIN = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+")


def update_organisation(*, actor: Actor, **changes: Any) -> None:
    """Change some of the company's settings, named as in `OrganisationSettings`.

    Raises InvalidInput for an unknown setting or a value it can't have.
    """
    require(actor, "setting.manage")
    strays = sorted(set(changes) - {field.name for field in fields(OrganisationSettings)})
    if strays:
        raise InvalidInput(f"Unknown settings: {', '.join(strays)}.")
    for name, value in changes.items():
        _refuse_wrong(name, value)
    if "domains" in changes:
        changes["domains"] = tuple(changes["domains"])
    with transaction.atomic():
        present = queries.get_organisation()
        changed = {name: value for name, value in changes.items() if getattr(present, name) != value}
        if not changed:
            return
        row = Organisation.objects.filter(id=1).first() or Organisation(id=1)
        for name, value in changed.items():
            setattr(row, name, list(value) if name == "domains" else value)
        row.save()
        queries.forget_organisation()
        ledger.append(actor, "access.organisation_changed", subject="organisation:1", **changed)


def _refuse_wrong(name: str, value: Any) -> None:
    rule = {
        "currency": (_matches(r"[A-Z]{3}"), "three capital letters of ISO 4217, for example EUR"),
        "country": (_matches(r"([A-Z]{2})?"), "two capital letters of ISO 3166, for example DE"),
        "region": (_matches(r"[A-Z0-9-]{0,20}"), "a subdivision code, for example BY"),
        "time_zone": (lambda given: given in available_timezones(), "a time zone such as Europe/Berlin"),
        "fiscal_year_starts_month": (lambda given: given in range(1, 13), "a month from 1 to 12"),
        "working_hours": (_are_hours, 'weekdays 0 to 6, each with spans such as ["09:00", "17:30"]'),
        "domains": (_are_domains, "mail domains such as example.com"),
        "postal_address": (
            lambda given: isinstance(given, str) and len(given) <= 300,
            "one line such as Example Ltd, 1 High Street, London N1 1AA, United Kingdom",
        ),
    }.get(name)
    if rule is not None and not rule[0](value):
        raise InvalidInput(f"{name} can't be {value!r}.", hint=f"Give {rule[1]}.", context={"setting": name})


def _matches(pattern: str) -> Any:
    return lambda given: isinstance(given, str) and re.fullmatch(pattern, given) is not None


def _are_domains(given: Any) -> bool:
    return isinstance(given, list | tuple) and all(isinstance(one, str) and DOMAIN.fullmatch(one) for one in given)


def _are_hours(given: Any) -> bool:
    return isinstance(given, dict) and all(
        str(day) in set("0123456") and isinstance(spans, list) and all(_is_span(span) for span in spans)
        for day, spans in given.items()
    )


def _is_span(span: Any) -> bool:
    return (
        isinstance(span, list | tuple)
        and len(span) == 2
        and all(isinstance(end, str) and CLOCK_TIME.fullmatch(end) for end in span)
        and span[0] < span[1]
    )
