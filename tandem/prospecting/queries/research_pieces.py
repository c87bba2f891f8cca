"""Evidence on accounts for research, from profiles, fit, interest, deals and touches: words of the sources with ids."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tandem.accounts.queries.involvement import AccountDeal, Touch
from tandem.accounts.queries.timeline import MAIL_PREFIX
from tandem.core import words
from tandem.intent.contracts import KindRules, Standing
from tandem.intent.queries.kind_rules import speaks
from tandem.prospecting.ai.pieces import Piece
from tandem.prospecting.contracts import AccountProfile, Fit, FitPart, Observation, Truth
from tandem.prospecting.domain.research_terms import PUBLISHED, is_fresh
from tandem.prospecting.domain.statements import NAMES_OF_KINDS, Told, day_of, evidence_text, noun_of, source_words
from tandem.prospecting.queries.taking_part import Involvement

OURS, CRM, MEASURED = "own records", "CRM", "own reckoning"
MOST_OF_KIND, MOST_TOPICS, MOST_COUNTED, MOST_TOUCHES, MOST_DEALS = 6, 3, 3, 6, 4
COUNTED_TWICE = 2  # a single event of a kind is hardly worth a word
HALF_LIFE = timedelta(days=45)
TOUCHED_WITHIN = timedelta(days=180)
# What a kind is worth saying first, beside how old it is: what changes plans and budgets before what is only heard.
VALUES: Mapping[str, float] = {
    "funding_round": 10, "executive_hire": 9, "site_opening": 8, "technology_dropped": 8, "competitor_deployment": 7,
    "executive_leave": 6, "product_launch": 5, "job_post": 5, "earnings_call": 5, "news": 5, "press_release": 4,
    "technology_seen": 2, "topic_surge": 4, "counted": 4, "review": 3, "filing": 0.6, "customer_story": 2, "talk": 2,
    "podcast": 2, "blog_post": 2, "award": 1, "github_activity": 1,
}  # fmt: skip
USUAL_VALUE = 2.0
ASKED = ("Demo Requested", "Form Submitted", "Contact Requested", "Trial Started")
UNTOLD = frozenset({"language", "id", "guid", "hash", "linked_by", "publisher", "first_seen", "last_seen", "symbol"})
LONGEST_SOURCE = 120
YEAR_FIRST = re.compile(r"(\d{4})-?Q([1-4])")


def signal_pieces(profile: AccountProfile, names: Mapping[str, str], *, at: datetime, rules: KindRules) -> list[Piece]:
    """Published signals, researched topics and counted events that are still worth saying, strongest first.

    names : of sources, by key
    rules : of intent; a topic that counts nothing there is no reason here
    """
    published = _newest_of_kinds(one for one in profile.observations if is_fresh(one.kind, one.at, at))
    topics = [
        one
        for one in profile.observations
        if one.kind == "topic_surge"
        and is_fresh(one.kind, one.at, at)
        and speaks(rules, one.kind, strength=one.strength or 0.0, topic=one.topic)
    ]
    strongest: dict[str, Observation] = {}
    for one in sorted(topics, key=lambda topic: -(topic.strength or 0.0)):
        strongest.setdefault(one.topic, one)
    told = [*published, *list(strongest.values())[:MOST_TOPICS]]
    pieces = [observed_piece(one, profile.name, names) for one in told]
    pieces += list(_counted(profile, names))
    return sorted(pieces, key=lambda one: (-value_of(one, at), one.id))


def _newest_of_kinds(observations: Iterable[Observation]) -> list[Observation]:
    """The newest few of each published kind: more is read by nobody."""
    counted: Counter[str] = Counter()
    kept = []
    for one in observations:
        if one.kind in PUBLISHED and counted[one.kind] < MOST_OF_KIND:
            counted[one.kind] += 1
            kept.append(one)
    return kept


def value_of(piece: Piece, at: datetime) -> float:
    """What a signal is worth saying: by its kind, halved every 45 days."""
    age = max((at - piece.at) / HALF_LIFE, 0.0) if piece.at else 2.0
    share = (piece.strength or 0.0) / 100 if piece.kind == "topic_surge" else 1.0
    asked = 2.5 if piece.details.get("event") in ASKED else 1.0
    return float(VALUES.get(piece.kind, USUAL_VALUE) * share * asked * 2.0**-age)


def observed_piece(one: Observation, name: str, names: Mapping[str, str]) -> Piece:
    """A published signal as evidence. name : of the account; names : of sources, by key"""
    details = {str(key): text for key, value in one.details.items() if key not in UNTOLD and (text := _as_words(value))}
    told = Told(
        id=one.id, kind=one.kind, at=one.at, title=one.title, text=one.text, topic=one.topic, strength=one.strength,
        details=details,
    )  # fmt: skip
    shown = f"About {name}: {evidence_text(told)}"
    source = (_as_words(one.details.get("publisher")) or names.get(one.source, one.source))[:LONGEST_SOURCE]
    return Piece(
        id=one.id, kind=one.kind, text=shown, quote=source_words(told) or evidence_text(told), source=source,
        at=one.at, url=one.url, title=one.title, body=one.text, topic=one.topic, strength=one.strength, details=details,
    )  # fmt: skip


def _as_words(value: object) -> str:
    """A typed value of a payload as text; empty for what is no plain value."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, str):
        return YEAR_FIRST.sub(r"Q\2 \1", value)
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return ""


def _counted(profile: AccountProfile, names: Mapping[str, str]) -> Iterator[Piece]:
    """The most frequent kinds of events in the product and on the website, and any that ask for something."""
    kinds = [kind for kind in profile.latest if kind not in PUBLISHED and kind != "topic_surge"]
    frequent = sorted(kinds, key=lambda kind: (kind not in ASKED, -profile.counts.get(kind, 0), kind))
    for kind in frequent[:MOST_COUNTED]:
        count, newest = profile.counts.get(kind, 0), profile.latest[kind]
        if count < COUNTED_TWICE and kind not in ASKED:
            continue
        event = f"{'page viewed' if kind == 'page' else kind}"
        times = {1: "once", 2: "twice"}.get(count, f"{count} times")
        text = f"{event}: {times} in 90 days, the last on {day_of(newest.at)}."
        yield Piece(
            id=newest.id, kind="counted", text=text, quote=text, source=names.get(newest.source, newest.source),
            at=newest.at, details={"event": event, "times": times}, is_outside=False,
        )  # fmt: skip


def field_pieces(profile: AccountProfile, *, currency: str) -> Iterator[Piece]:
    """What own records say of the company, a sentence a field."""
    fields, name = profile.fields, profile.name
    place = ", ".join(str(fields[word]) for word in ("city", "country") if fields.get(word))
    told = {
        "industry": f"{name} is in {words.uncoded(str(fields['industry']))}." if fields.get("industry") else "",
        "employees": f"{name} has {int(fields['employees']):,} employees." if fields.get("employees") else "",
        "annual_revenue": _revenue(name, fields.get("annual_revenue"), currency),
        "country": f"{name} is in {place}." if place else "",
        "is_customer": f"{name} is a customer." if profile.is_customer else f"{name} is no customer.",
    }
    for field, text in told.items():
        if text:
            yield _own(f"account:{profile.account_id}:{field}", "account", text, OURS)


def _revenue(name: str, revenue: Any, currency: str) -> str:
    return f"{name} has a revenue of {words.money(revenue, currency)}." if revenue and currency else ""


def fit_pieces(profile: AccountProfile, fit: Fit | None) -> Iterator[Piece]:
    """How it measures against the profile, and the records that single parts rest on."""
    if fit is None:
        text = "No ideal customer profile is in force, so the fit is not measured."
        yield _own(f"account:{profile.account_id}:fit", "fit", text, MEASURED, at=profile.at)
        return
    by_truth = {
        truth: [part.match.because for part in fit.parts if part.match.truth is truth and part.match.because]
        for truth in Truth
    }
    lines = [f"{profile.name} earns {fit.score:.2f} of 1 against version {fit.icp_version} of the profile."]
    if fit.excluded_by:
        lines.append(f"{profile.name} is excluded: {fit.excluded_by}.")
    if by_truth[Truth.YES]:
        lines.append(f"It fits: {'; '.join(by_truth[Truth.YES])}.")
    # A sentence each: what one part denies, another must not seem to deny.
    for truth, label in ((Truth.NO, "Against it"), (Truth.UNKNOWN, "Still open")):
        lines += [f"{label}: {because}." for because in by_truth[truth]]
    text = " ".join(lines)
    yield _own(f"account:{profile.account_id}:fit", "fit", text, MEASURED, at=profile.at)
    yield from _parts(profile, fit.parts)


def _parts(profile: AccountProfile, parts: Sequence[FitPart]) -> Iterator[Piece]:
    prefix = f"account:{profile.account_id}:"
    for part in parts:
        for cited in part.match.evidence_ids:
            if cited.startswith(prefix):
                yield _own(cited, "field", f"{part.match.because}.", OURS)


def interest_piece(profile: AccountProfile, standing: Standing | None) -> Iterator[Piece]:
    """How much interest there is against others and against its own weeks before."""
    if standing is None or standing.score <= 0:
        return
    lines = [f"Interest is {standing.score:.1f}, above that of {standing.percentile:.0%} of accounts."]
    if standing.surge is not None:
        side = "over" if standing.surge >= 0 else "under"
        lines.append(f"It is {abs(standing.surge):.1f} standard deviations {side} its usual week.")
    if standing.top:
        kinds = ", ".join(NAMES_OF_KINDS.get(kind, kind.replace("_", " ")) for kind, _ in standing.top[:MOST_COUNTED])
        lines.append(f"Most of it comes from {kinds}.")
    text = " ".join(lines)
    yield _own(f"account:{profile.account_id}:intent", "intent", text, MEASURED, at=standing.scored_at)


def history_pieces(one: Involvement, *, at: datetime) -> Iterator[Piece]:
    """Deals, open ones first, and the newest touches."""
    deals = sorted(one.deals, key=lambda deal: (deal.is_closed, -_day_number(deal)))
    for deal in deals[:MOST_DEALS]:
        yield _deal(deal)
    names = {part.person.contact_id: part.person.name for part in one.parts}
    recent = [touch for touch in one.touches if at - touch.at <= TOUCHED_WITHIN]
    for touch in reversed(recent[-MOST_TOUCHES:]):
        yield _touch(touch, names)


def _day_number(deal: AccountDeal) -> int:
    on = deal.closed_on or deal.opened_on
    return on.toordinal() if on else 0


def _deal(deal: AccountDeal) -> Piece:
    amount = f", {words.money(deal.amount, deal.currency)}" if deal.amount is not None and deal.currency else ""
    state = "open" if not deal.is_closed else "won" if deal.is_won else "lost"
    on = deal.closed_on or deal.close_on if deal.is_closed else deal.opened_on
    if state == "open":
        expected = f", expected on {_day(deal.close_on)}" if deal.close_on else ""
        text = f"Open deal {deal.name}: {deal.stage}{amount}{expected}."
    else:
        to = f" to {deal.competitor}" if deal.competitor and state == "lost" else ""
        reason = f": {deal.lost_reason}" if deal.lost_reason and state == "lost" else ""
        when = f" on {_day(on)}" if on else ""
        text = f"{state.capitalize()}{to}{when}: deal {deal.name}{amount}{reason}."
    moment = datetime(on.year, on.month, on.day, tzinfo=UTC) if on else None
    return Piece(
        id=f"deal:{deal.id}", kind="deal", text=text, quote=text, source=CRM, at=moment, title=deal.name,
        details={"state": state, "stage": deal.stage}, is_outside=False,
    )  # fmt: skip


def _day(on: Any) -> str:
    return f"{on.day} {on:%b %Y}"


def _touch(touch: Touch, names: Mapping[int, str]) -> Piece:
    writer = next((one.contact_id for one in touch.people if one.role == "from" and one.contact_id in names), None)
    contact = writer if writer is not None else touch.contact_id
    who = names.get(contact, "") if contact is not None else ""
    is_from_them = bool(touch.is_inbound) or writer is not None
    direction = "in" if is_from_them else "out"
    subject = MAIL_PREFIX.sub("", " ".join(touch.subject.split()))
    by = f" from {who}" if who and is_from_them else f" with {who}" if who else ""
    text = f"In touch: a {noun_of(touch.kind)}{by} on {day_of(touch.at)}{': ' + subject if subject else ''}."
    return Piece(
        id=f"activity:{touch.id}", kind=touch.kind, text=text, quote=subject or text, source=touch.source, at=touch.at,
        title=subject, details={"who": who, "direction": direction}, is_outside=is_from_them,
    )  # fmt: skip


def seen_piece(profile: AccountProfile) -> Piece:
    """That nothing was seen, for an account of which nothing of weight was."""
    text = f"Nothing of weight was seen of {profile.name} lately: no signal that still counts, no mail, no meeting."
    return _own(f"account:{profile.account_id}:seen", "seen", text, MEASURED, at=profile.at)


def _own(id_: str, kind: str, text: str, source: str, *, at: datetime | None = None) -> Piece:
    return Piece(id=id_, kind=kind, text=text, quote=text, source=source, at=at, is_outside=False)


def once_each(pieces: Iterable[Piece]) -> list[Piece]:
    """Each id once, the first of it."""
    found: dict[str, Piece] = {}
    for one in pieces:
        found.setdefault(one.id, one)
    return list(found.values())
