"""Decisions in words a person can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tandem.compliance.contracts.decisions import Outcome, Spoken
from tandem.compliance.domain.rules.facts import CHANNEL_WORDS, words_for
from tandem.compliance.domain.rules.packs import Rule, Way
from tandem.compliance.domain.rules.request import Request

BASIS_WORDS: Mapping[str, str] = {
    "consent": "consent",
    "soft_opt_in": "the own-customer exception",
    "legitimate_interest": "an assessed legitimate interest",
    "opt_out": "the law leaves it open with a way to refuse",
    "register_screened": "the register was screened in time",
    "published_address": "the address is published for such contact",
    "published_number": "the number is published for such contact",
    "existing_relationship": "an existing relationship",
    "business_exemption": "calls to businesses are exempt",
    "presumed_consent": "facts that show presumed consent",
    "pewc": "prior express written consent",
    "casl_express": "express consent under CASL",
    "casl_implied_ebr": "implied consent: purchase or contract of the last 24 months",
    "casl_implied_inquiry": "implied consent: inquiry of the last 6 months",
    "casl_implied_enbr": "implied consent: gift or membership of the last 24 months",
    "casl_implied_published": "implied consent: published address, fitting the job",
    "casl_implied_disclosed": "implied consent: address handed over, fitting the job",
    "casl_referral": "one message after a referral",
    "exempt_reply": "it answers what the recipient asked",
    "recording_consent_of_all": "everybody present agreed",
    "recording_announced": "the recording was announced",
    "recording_one_party": "one party's consent is enough there",
    "human_introduction_and_consent": "a person introduces the voice, with consent",
    "reply": "it answers a message of the recipient",
    "transactional": "it is strictly necessary for a transaction",
    "no_rule_forbids": "no rule forbids it",
}
_SHOWN_REASONS = 3


def basis_in_words(basis: str) -> str:
    """A basis, or several joined by " + ", in words."""
    return " and ".join(BASIS_WORDS.get(one, one) for one in basis.split(" + "))


def moment_in_words(moment: datetime) -> str:
    """A moment to the minute, UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def opened_by(rule: Rule, way: Way) -> str:
    """Which way met a rule."""
    ends = "; a person must judge the facts" if way.outcome == "review" else ""
    return f"{rule.title}: {BASIS_WORDS.get(way.basis, way.basis)}{ends}."


def ways_in_words(rule: Rule, facts: Mapping[str, object]) -> str:
    """What would meet a rule, and is not there."""
    lines = [_way_in_words(way, facts) for way in rule.ways]
    return f"{rule.title}. It would take {'; or '.join(dict.fromkeys(lines))}."


def _way_in_words(way: Way, facts: Mapping[str, object]) -> str:
    lacking = list(dict.fromkeys(name for name in way.needs.lacking(facts) if name != "purpose"))
    if lacking and all(name.startswith("consent.") for name in lacking):
        return " or ".join(words_for(name) for name in lacking)
    told = BASIS_WORDS.get(way.basis, way.basis)
    others = [words_for(name) for name in lacking if not name.startswith("consent.")]
    return f"{told} (not shown: {', '.join(others)})" if others else told


def explain(
    request: Request, outcome: Outcome, hold_until: datetime | None, basis: str | None, spoken: Sequence[Spoken]
) -> str:
    """One paragraph: what, to whom, why, by which rules."""
    what = f"{'' if request.channel == 'recording' else 'This '}{CHANNEL_WORDS[request.channel]}".capitalize()
    if outcome is Outcome.ALLOW:
        said = f"{what} may go ahead: {basis_in_words(basis or '')}."
    elif outcome is Outcome.HOLD:
        until = f" until {moment_in_words(hold_until)}" if hold_until else ", and no open moment is in sight"
        said = f"{what} must wait{until}."
    elif outcome is Outcome.REVIEW:
        said = f"A person must judge this {CHANNEL_WORDS[request.channel]}."
    else:
        said = f"{what} must not happen."
    effect = {Outcome.ALLOW: "allow", Outcome.HOLD: "hold", Outcome.REVIEW: "review", Outcome.BLOCK: "block"}[outcome]
    reasons = [one for one in spoken if one.effect == effect]
    shown = " ".join(f"{one.why.rstrip('.')} ({one.id}, {one.source})." for one in reasons[:_SHOWN_REASONS])
    more = f" {len(reasons) - _SHOWN_REASONS} more rules say the same." if len(reasons) > _SHOWN_REASONS else ""
    where = f" Counted as possible places: {', '.join(request.where.places)}." if len(request.where.places) > 1 else ""
    lapsed = f" Not counted: {'; '.join(request.lapsed)}." if request.lapsed else ""
    unknown = " Where the recipient is is not known, so the strictest applies." if request.has_unknown_place else ""
    return f"{said} {shown}{more}{where}{unknown}{lapsed}".strip()
