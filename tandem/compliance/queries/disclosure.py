"""What is to be said about an AI or a recording, as the rules and this installation's settings have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tandem.access.queries import get_organisation
from tandem.compliance.contracts.disclosure import DisclosureKind, DisclosureTexts
from tandem.compliance.domain import disclosure
from tandem.compliance.domain.disclosure import Setting, Situation
from tandem.compliance.domain.languages import LANGUAGES
from tandem.compliance.domain.rules.decisions import rules_of
from tandem.compliance.domain.rules.packs import Rule
from tandem.compliance.domain.rules.places import EEA, EVERYWHERE
from tandem.compliance.domain.rules.request import Request, read_request
from tandem.compliance.models import DisclosureSetting
from tandem.compliance.queries.keys import registry_keys
from tandem.compliance.queries.rules import packs

__all__ = [
    "LANGUAGES",
    "SettingRow",
    "arm_of",
    "filled_with",
    "list_settings",
    "rules_that_ask",
    "said_in_messages",
    "situation_of",
    "texts_for",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One version of a setting, as its page shows it. by: who set it; empty: software"""

    kind: DisclosureKind
    place: str
    campaign: str
    language: str
    version: int
    is_on: bool | None
    text: str
    reason: str
    by: str
    set_at: datetime
    superseded_at: datetime | None


def texts_for(
    request: Mapping[str, Any], *, language: str = "", campaign: str = "", contact: str = "", notice: str = ""
) -> DisclosureTexts:
    """The exact texts of a message, call or recording.

    request : the object of the shell contract; its places, channel, moment and sender decide
    language : wished for, such as "de"; empty: that of the content, else of the place
    contact : where a person is reached (mail address, number); notice : address of the privacy notice
    Raises InvalidInput naming the field that can't be read.
    """
    read = read_request(request)
    content = request.get("content")
    told = content.get("language") if isinstance(content, Mapping) else ""
    situation = situation_of(read, language=language or str(told or ""), campaign=campaign)
    return disclosure.texts_for(situation, _standing(), filled_with(contact=contact, notice=notice))


def situation_of(read: Request, *, language: str, campaign: str) -> Situation:
    """A request that was read, as disclosure looks at it."""
    speaks = read.facts["speaks_as_ai"]
    return Situation(
        channel=read.channel,
        places=read.where.places,
        jurisdictions=read.where.jurisdictions,
        language=language,
        campaign=campaign,
        speaks_as_ai=speaks if isinstance(speaks, bool) else None,
        rules=rules_of(read, packs()),
    )


def filled_with(*, contact: str = "", notice: str = "") -> dict[str, str]:
    """What fills texts, the organisation's name and address from its settings."""
    own = get_organisation()
    return {"organisation": own.name, "postal_address": own.postal_address, "contact": contact, "notice": notice}


def said_in_messages(*, campaign: str = "") -> list[str]:
    """Every text, in all languages, of which any one in a message says that an AI wrote or speaks. For the gate.

    Without the sentence that names a contact, which differs by sender.
    """
    kinds = (DisclosureKind.OPENING, DisclosureKind.SPOKEN)
    return disclosure.every_text(kinds, _standing(), campaign, filled_with())


def arm_of(touch: str, share: float) -> bool:
    """Whether the message of a touch shows the footer, when a share of them does so to measure replies."""
    return disclosure.disclosure_arm(touch, share, secret=registry_keys()[0])


def rules_that_ask(kind: DisclosureKind, place: str, *, today: date) -> list[Rule]:
    """Rules in force that ask for a kind at a place and its country; for no place, anywhere."""
    groups = {place, place[:2], EVERYWHERE, *(("EEA",) if place[:2] in EEA or place == "EEA" else ())}
    return [
        rule
        for rule in packs().rules
        if rule.is_on(today) and disclosure.asks_for(rule, kind) and (not place or not groups.isdisjoint(rule.where))
    ]


def list_settings(*, with_history: bool = False) -> list[SettingRow]:
    """What this installation has set, newest first; with every older version when asked."""
    rows = DisclosureSetting.objects.select_related("set_by").order_by("-set_at", "-id")
    if not with_history:
        rows = rows.filter(superseded_at=None)
    return [_row(row) for row in rows]


def _standing() -> Sequence[Setting]:
    return [
        Setting(
            kind=DisclosureKind(row.kind),
            place=row.place,
            campaign=row.campaign,
            language=row.language,
            version=row.version,
            is_on=row.is_on,
            text=row.text,
        )
        for row in DisclosureSetting.objects.filter(superseded_at=None).order_by("id")
    ]


def _row(row: DisclosureSetting) -> SettingRow:
    return SettingRow(
        kind=DisclosureKind(row.kind),
        place=row.place,
        campaign=row.campaign,
        language=row.language,
        version=row.version,
        is_on=row.is_on,
        text=row.text,
        reason=row.reason,
        by=row.set_by.name if row.set_by is not None else "",
        set_at=row.set_at,
        superseded_at=row.superseded_at,
    )
