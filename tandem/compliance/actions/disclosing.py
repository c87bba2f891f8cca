"""Switching disclosure on and off and changing its words, without a deployment; every version is kept."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from tandem.access.actions import require
from tandem.compliance.actions.ledger import append
from tandem.compliance.contracts.disclosure import DisclosureKind
from tandem.compliance.domain import disclosure
from tandem.compliance.domain.languages import LANGUAGES
from tandem.compliance.domain.rules.places import canonical
from tandem.compliance.models import DisclosureSetting
from tandem.compliance.queries.disclosure import rules_that_ask
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import Conflict, InvalidInput

_GROUPS = frozenset({"", "EEA"})


def set_disclosure(
    kind: DisclosureKind,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    place: str = "",
    campaign: str = "",
    language: str = "",
    is_on: bool | None = None,
    text: str = "",
) -> int:
    """Set what is said; returns the version. It holds from this moment on, in every process.

    place : "DE", "US-TX", "EEA"; empty: everywhere. campaign, language : empty: all
    is_on : True switches it on anywhere; False off, where no rule asks for it; None: as the rules say
    text : own words, for one language; empty: those of the product

    Raises NotAllowed without "rule.manage", InvalidInput for words that do not say it or for what a rule forbids.
    """
    require(actor, "rule.manage")
    where = _place(place)
    words, why, spoken = text.strip(), reason.strip()[:300], language.strip()
    if not why:
        raise InvalidInput("The reason is empty.", hint="Say why, for whoever reads the record later.")
    if spoken and spoken not in LANGUAGES:
        raise InvalidInput(f"{spoken!r} is no language of texts.", hint=f"Known: {', '.join(LANGUAGES)}.")
    if words:
        disclosure.check_text(kind, spoken, words)
    if is_on is False:
        disclosure.refuse_off(kind, where, rules_that_ask(kind, where, today=now.date()))
    key = {"kind": kind.value, "place": where, "campaign": campaign.strip()[:120], "language": spoken}
    try:
        return _write(key, is_on=is_on, text=words, reason=why, actor=actor, now=now)
    except IntegrityError as error:
        raise Conflict(
            "Somebody set the same at this moment.", hint="Look at it, and set it again if needed."
        ) from error


def _write(key: dict[str, str], *, is_on: bool | None, text: str, reason: str, actor: Actor, now: datetime) -> int:
    with transaction.atomic():
        known = DisclosureSetting.objects.filter(**key)
        version: int = (known.aggregate(last=Max("version"))["last"] or 0) + 1
        known.filter(superseded_at=None).update(superseded_at=now)
        row = DisclosureSetting.objects.create(
            **key,
            version=version,
            is_on=is_on,
            text=text,
            reason=reason,
            set_by_id=actor.id if actor.kind is ActorKind.PERSON else None,
            set_at=now,
        )
        facts = {**key, "version": version, "is_on": is_on, "own_words": bool(text), "reason": reason}
        append(actor=actor, action="compliance.disclosure_set", subject=f"disclosure:{row.id}", facts=facts)
    return version


def _place(place: str) -> str:
    name = place.strip().upper()
    where = name if name in _GROUPS else canonical(place)
    if name and not where:
        raise InvalidInput(f"{place!r} is no country or state.", hint="Write DE, US-TX, or EEA.", code="rules.place")
    return where
