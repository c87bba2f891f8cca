"""Reading rules and trying decisions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.conf import settings

from tandem.compliance.contracts.decisions import Decision
from tandem.compliance.domain.rules import changes
from tandem.compliance.domain.rules.changes import FieldChange, RuleChange
from tandem.compliance.domain.rules.decisions import decide as _decide
from tandem.compliance.domain.rules.facts import CHANNEL_WORDS, CHANNELS, CONSENT_WORDS, KINDS, PURPOSES, SOURCES
from tandem.compliance.domain.rules.pack_checks import CONFIDENCES
from tandem.compliance.domain.rules.packs import Pack, Packs, Rule, built_in, check_folder, layered
from tandem.compliance.domain.rules.places import EEA, EVERYWHERE, canonical
from tandem.core.errors import InvalidInput

__all__ = [
    "CHANNEL_WORDS",
    "CONFIDENCES",
    "CONSENTS",
    "KINDS",
    "PURPOSES",
    "SOURCES",
    "as_dict",
    "changes_between",
    "check_packs",
    "compared_versions",
    "decide",
    "lawyer_reasons",
    "own_packs",
    "packs",
    "packs_with",
    "product_packs",
    "rules_of",
]

# Kinds of consent that a registry may hold, with their words; those worked out from others are left out.
CONSENTS = tuple((kind, words) for kind, words in CONSENT_WORDS.items() if not kind.startswith(("fresh_", "channel")))


def packs() -> Packs:
    """The packs in force: the product's, and over them those of TANDEM_RULEPACKS_DIR, read once a process.

    Raises InvalidInput naming file, rule and field when the installation's own packs can't be read: without rules
    nothing is decided.
    """
    return _in_force(settings.RULEPACKS_DIR)


@lru_cache(maxsize=4)
def _in_force(folder: Path | None) -> Packs:
    return built_in() if folder is None else layered(built_in(), folder)


def product_packs() -> Packs:
    """The packs that come with the product, without those of the installation."""
    return built_in()


def own_packs() -> list[Pack]:
    """This installation's own packs, laid over the product's; none: the product's rules alone."""
    known = {pack.name for pack in built_in().packs}
    return [pack for pack in packs().packs if pack.name not in known]


def packs_with(folder: Path) -> Packs:
    """The product's packs with a folder over them. Raises InvalidInput naming file, rule and field."""
    return layered(built_in(), folder)


def check_packs(folder: Path) -> tuple[Packs, list[InvalidInput]]:
    """The same, with everything that is wrong instead of an error at the first."""
    return check_folder(built_in(), folder)


def decide(request: object) -> Decision:
    """Decide on one contact by the packs in force.

    request : the object of the shell contract
    Raises InvalidInput naming the field that can't be read.
    """
    return _decide(request, packs())


def changes_between(since: date, until: date) -> list[RuleChange]:
    """Rules in force here that begin or end from one day to another, both included, earliest first."""
    return changes.changes_between(packs(), since, until)


def compared_versions() -> list[tuple[Rule, Rule, list[FieldChange]]]:
    """Each rule that is known in more than one version: the older, the newer, and the fields that differ."""
    found = []
    for name in changes.with_versions(packs()):
        versions = changes.versions_of(packs(), name)
        found += [(one, other, changes.differences(one, other)) for one, other in pairwise(versions)]
    return found


def rules_of(*, country: str = "", channel: str = "") -> list[Rule]:
    """Rules of a place (its country's and everywhere's too) and a channel; empty: of all. Raises InvalidInput."""
    place = canonical(country) if country else ""
    if country and not place:
        raise InvalidInput(f"{country!r} is no country or state.", hint="Write DE or US-TX.", code="rules.place")
    if channel and channel not in CHANNELS:
        raise InvalidInput(f"{channel!r} is no channel.", hint=f"Known: {', '.join(CHANNELS)}.", code="rules.channel")
    groups = {place, place[:2], EVERYWHERE, *(("EEA",) if place[:2] in EEA else ())}
    return [
        rule
        for rule in packs().rules
        if (not place or not groups.isdisjoint(rule.where)) and (not channel or channel in rule.channels)
    ]


def lawyer_reasons(found: Iterable[Rule]) -> list[tuple[str, int, list[str]]]:
    """Why rules need a lawyer's eye: the reason, how many, and their ids."""
    reasons: dict[str, list[str]] = {}
    for rule in found:
        if rule.needs_lawyer:
            reasons.setdefault(_lawyer_reason(rule), []).append(rule.id)
    return sorted(((why, len(ids), ids) for why, ids in reasons.items()), key=lambda one: (-one[1], one[0]))


def _lawyer_reason(rule: Rule) -> str:
    if rule.status != "in_force":
        return "The law is not in force, stayed or delayed: its state must be followed"
    if rule.confidence == "low":
        return "The source is thin, secondary or old"
    if rule.stricter:
        return "Sources disagree or leave a question open, and the stricter reading was taken"
    return "How it applies to sales contact is a question of reading"


def as_dict(rule: Rule) -> dict[str, Any]:
    """A rule as the shell prints it."""
    return {
        "id": rule.id,
        "version": rule.version,
        "pack": rule.pack,
        "title": rule.title,
        "effect": rule.effect,
        "where": list(rule.where),
        "channels": sorted(rule.channels),
        "kinds": sorted(rule.kinds),
        "from": rule.starts.isoformat() if rule.starts else None,
        "to": rule.ends.isoformat() if rule.ends else None,
        "status": rule.status,
        "content": list(rule.content),
        "evidence": list(rule.evidence),
        "deadlines": dict(rule.deadlines),
        "retention": rule.retention,
        "source": [{"cite": source.cite, "url": source.url} for source in rule.sources],
        "confidence": rule.confidence,
        "needs_lawyer": rule.needs_lawyer,
        "words": rule.words,
    }
