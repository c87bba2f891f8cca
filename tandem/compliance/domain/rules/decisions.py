"""Deciding on a contact: facts in, decision out. Pure; the strictest of all rules that speak wins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tandem.compliance.contracts.decisions import Decision, Outcome, Spoken
from tandem.compliance.domain.rules.facts import OUTREACH, words_for
from tandem.compliance.domain.rules.hours import common_hours, is_holiday, next_open
from tandem.compliance.domain.rules.packs import Packs, Rule
from tandem.compliance.domain.rules.places import EEA, EVERYWHERE, UNKNOWN
from tandem.compliance.domain.rules.request import Request, Situation, read_request
from tandem.compliance.domain.rules.wording import explain, moment_in_words, opened_by, ways_in_words

# From the strongest basis to the weakest; the weak ones are not named beside a strong one.
WEAK = frozenset({"opt_out", "business_exemption"})
ALWAYS_KNOWN = frozenset({"at", "channel", "purpose", "places"})
_LOOKS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class _Voice:
    """What one rule says to one request."""

    rule: Rule
    effect: str
    why: str
    basis: str = ""
    missing: tuple[str, ...] = ()


def decide(request: object, packs: Packs) -> Decision:
    """Decide on one contact.

    request : the object of the shell contract, as JSON gives it
    Raises InvalidInput naming the field that can't be read.
    """
    return decide_request(read_request(request), packs)


def decide_request(request: Request, packs: Packs) -> Decision:
    """Decide on a request that has been read."""
    rules = [
        rule
        for rule in rules_of(request, packs)
        if (not rule.kinds or not rule.kinds.isdisjoint(request.kinds))
        and (rule.applies is None or rule.applies.test(request.facts) is not False)
    ]
    voices = [voice for rule in rules if (voice := _voice(rule, request)) is not None]
    held_until, held = _timing(rules, request)
    voices += held
    return _decision(request, packs, voices, held_until, is_closed=any(voice.effect == "hold" for voice in held))


def rules_of(request: Situation, packs: Packs) -> tuple[Rule, ...]:
    """Rules of the places, channel, purpose and day of a request, whatever its other facts."""
    places = _jurisdictions(request, packs)
    return packs.rules_for(request.channel, request.purpose, places, request.sender_country, request.at.date())


def _jurisdictions(request: Situation, packs: Packs) -> frozenset[str]:
    """All that rules may name; "XX" where no rule says how contact becomes lawful."""
    where = request.where
    found = set(where.jurisdictions)
    if request.channel == "recording" and where.us_state_unknown:
        found = {place for place in found if not place.startswith("US-") or place in where.places}
    for place in where.places:
        groups = {place, place[:2], *(("EEA",) if place[:2] in EEA else ())}
        if not packs.has_way_in(request.channel, frozenset(groups)):
            found.add(UNKNOWN)
    if request.has_unknown_place or not where.places:
        found.add(UNKNOWN)
    return frozenset(found)


def _voice(rule: Rule, request: Request) -> _Voice | None:
    """What the rule says, hours and caps aside; None when it is silent."""
    if rule.effect == "allow":
        return _allowance(rule, request)
    met = rule.needs.test(request.facts) if rule.needs else None
    if rule.effect == "permit":
        return _Voice(rule=rule, effect="allow", why=rule.title, basis=rule.basis) if met else None
    if rule.effect == "forbid":
        if met:
            return _Voice(rule=rule, effect="block", why=f"Forbidden: {_lower(rule.title)}.")
        return _Voice(rule=rule, effect="require", why=rule.title) if rule.content else None
    if rule.effect == "require":
        if rule.needs is None or met:
            return _Voice(rule=rule, effect="require", why=rule.title)
        lacking = tuple(dict.fromkeys(rule.needs.lacking(request.facts)))
        return _Voice(rule=rule, effect="block", why=f"{rule.title}: lacks {_listed(lacking)}.", missing=lacking)
    return None


def _allowance(rule: Rule, request: Request) -> _Voice:
    facts = request.facts
    if rule.needs is not None and rule.needs.test(facts) is not True:
        lacking = tuple(dict.fromkeys(rule.needs.lacking(facts)))
        return _Voice(rule=rule, effect="block", why=f"{rule.title}: lacks {_listed(lacking)}.", missing=lacking)
    for way in rule.ways:
        if way.needs.test(facts) is True:
            return _Voice(rule=rule, effect=way.outcome, why=opened_by(rule, way), basis=way.basis)
    lacking = tuple(dict.fromkeys(name for way in rule.ways for name in way.needs.lacking(facts)))
    return _Voice(rule=rule, effect="block", why=ways_in_words(rule, facts), missing=lacking)


def _timing(rules: Iterable[Rule], request: Request) -> tuple[datetime | None, list[_Voice]]:
    """The next moment at which hours are open and caps allow it, and the rules that hold until then."""
    rules = list(rules)
    windows = [rule for rule in rules if rule.hours or rule.no_holidays]
    caps = [rule for rule in rules if rule.caps]
    voices = [voice for rule in caps if (voice := _capped(rule, request, request.at)) is not None]
    if windows and not request.where.zones:
        return None, [*voices, *(_hold(rule, "the recipient's time zone is not known") for rule in windows)]
    zones = _zones(request.where.zones)
    holds = [rule for rule in windows if not _is_open(rule, request, zones)]
    told = {voice.rule.id for voice in voices}
    voices += [_Voice(rule=r, effect="require", why=f"{r.title}: open now.") for r in windows if r not in holds]
    voices += [_Voice(rule=r, effect="require", why=r.title) for r in caps if r.id not in told]
    if not holds and not told:
        return None, voices
    until = _settled(request, windows, caps, zones)
    said = f"until {moment_in_words(until)}" if until else "no open moment is in sight"
    return until, [*voices, *(_hold(rule, f"outside its hours, {said}") for rule in holds)]


def _settled(request: Request, windows: list[Rule], caps: list[Rule], zones: tuple[ZoneInfo, ...]) -> datetime | None:
    """Hours and caps in turn until both agree."""
    moment = request.at
    for _ in range(_LOOKS):
        later = max([moment, *(free for rule in caps for free in _free_at(rule, request, moment))])
        opened = _next(request, windows, zones, later)
        if opened is None or opened == moment:
            return opened
        moment = opened
    return moment


def _is_open(rule: Rule, request: Request, zones: tuple[ZoneInfo, ...]) -> bool:
    """Whether the rule lets the moment pass in every zone."""
    for zone in zones:
        local = request.at.astimezone(zone)
        if rule.hours is not None and not rule.hours.hold(local):
            return False
        if rule.no_holidays and any(is_holiday(place, local.date()) for place in request.where.places):
            return False
    return True


def _next(request: Request, rules: Iterable[Rule], zones: tuple[ZoneInfo, ...], at: datetime) -> datetime | None:
    """The next moment not before `at` at which all hours are open; `at` itself when nothing has hours."""
    rules = tuple(rules)
    if not rules:
        return at
    quiet = request.where.places if any(rule.no_holidays for rule in rules) else ()
    hours = common_hours(tuple(dict.fromkeys(rule.hours for rule in rules if rule.hours)))
    return next_open(at, hours=hours, zones=zones, quiet=quiet)


@lru_cache(maxsize=4_096)
def _zones(names: tuple[str, ...]) -> tuple[ZoneInfo, ...]:
    return tuple(ZoneInfo(name) for name in names)


def _free_at(rule: Rule, request: Request, at: datetime) -> list[datetime]:
    """For each cap that is full at a moment: when it no longer is."""
    found = []
    for cap in rule.caps:
        if cap.unless is not None and cap.unless.test(request.facts) is True:
            continue
        since = at - timedelta(hours=cap.hours)
        counted = [
            when for when, channel in request.history
            if since < when <= at and (not cap.channels or channel in cap.channels or not channel)
        ]  # fmt: skip
        if len(counted) >= cap.maximum:
            found.append(counted[-cap.maximum] + timedelta(hours=cap.hours))
    return found


def _capped(rule: Rule, request: Request, at: datetime) -> _Voice | None:
    free = _free_at(rule, request, at)
    return _hold(rule, f"too many touches, until {moment_in_words(max(free))}") if free else None


def _hold(rule: Rule, why: str) -> _Voice:
    return _Voice(rule=rule, effect="hold", why=f"{rule.title}: {why}.")


def _outcome(voices: Iterable[_Voice]) -> Outcome:
    ends = {"block": Outcome.BLOCK, "review": Outcome.REVIEW, "hold": Outcome.HOLD}
    found = [ends.get(voice.effect, Outcome.ALLOW) for voice in voices]
    return max(found, key=lambda one: one.severity, default=Outcome.ALLOW)


def _decision(
    request: Request, packs: Packs, voices: list[_Voice], opens_at: datetime | None, *, is_closed: bool
) -> Decision:
    outcome = _outcome(voices)
    hold_until = opens_at if outcome is Outcome.HOLD else None
    order = {"block": 0, "review": 1, "hold": 2, "allow": 3, "require": 4}
    ranked = sorted(voices, key=lambda voice: (order[voice.effect], _rank(voice.rule), voice.rule.id))
    content = sorted({word for voice in ranked for word in voice.rule.content})
    lacking = {name for voice in ranked for name in voice.missing} - ALWAYS_KNOWN
    missing = sorted({*request.unknown, *lacking})
    basis = None if outcome is Outcome.BLOCK else _basis(request, voices)
    spoken = _spoken(ranked)
    return Decision(
        outcome=outcome,
        hold_until=hold_until,
        basis=basis,
        rules=spoken,
        required_content=tuple(content),
        missing=tuple(missing),
        evidence=tuple(sorted({word for voice in ranked for word in voice.rule.evidence})),
        places=request.where.places,
        rules_version=packs.version,
        explanation=explain(request, outcome, hold_until, basis, spoken),
        opens_at=opens_at,
        is_closed=is_closed,
    )


def _rank(rule: Rule) -> int:
    """Suppression first, then the law of places, then what holds everywhere."""
    if rule.effect == "forbid":
        return 0
    return 2 if EVERYWHERE in rule.where else 1


def _spoken(ranked: Iterable[_Voice]) -> tuple[Spoken, ...]:
    """One line a rule, with the strictest of what it said."""
    found: dict[str, Spoken] = {}
    for voice in ranked:
        rule = voice.rule
        found.setdefault(
            rule.id,
            Spoken(
                id=rule.id,
                version=rule.version,
                effect=voice.effect,
                source=rule.cite,
                why=voice.why,
                url=next((source.url for source in rule.sources if source.url), ""),
                confidence=rule.confidence,
            ),
        )
    return tuple(found.values())


def _basis(request: Request, voices: Iterable[_Voice]) -> str:
    """What makes it lawful: every basis that was relied on."""
    found = sorted({voice.basis for voice in voices if voice.basis})
    strong = [basis for basis in found if basis not in WEAK]
    if request.purpose not in OUTREACH and not strong:
        return request.purpose
    return " + ".join(strong or found) or "no_rule_forbids"


def _lower(title: str) -> str:
    return title[0].lower() + title[1:] if title[1:2].islower() else title


def _listed(names: Iterable[str]) -> str:
    return ", ".join(words_for(name) for name in names)
