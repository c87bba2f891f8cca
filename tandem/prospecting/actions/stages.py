"""What each stage of the pipeline does with a stretch of accounts. Doing it again comes to the same, and costs nothing:
what was asked of a provider or a model is kept by its question, and is not asked twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tandem.accounts.contracts import Entity
from tandem.accounts.queries.visible import accounts_in_sight
from tandem.compliance.contracts.registries import Channel, Purpose
from tandem.compliance.queries.disputes import list_disputes
from tandem.compliance.queries.suppression import suppressed_among
from tandem.core.actors import Actor
from tandem.core.errors import NotFound
from tandem.prospecting.actions.enriching import enrich
from tandem.prospecting.actions.research import research_accounts
from tandem.prospecting.actions.stakeholders import map_stakeholders
from tandem.prospecting.actions.verification import check_contacts
from tandem.prospecting.contracts import AccountProfile, Verdict
from tandem.prospecting.domain.fit import fit_of
from tandem.prospecting.domain.pipeline import Candidate, Stage, admit, quality_of, room_of
from tandem.prospecting.models import EntryState, Fact, ListEntry, OpeningContact, PipelineRow, Rationale, RowState
from tandem.prospecting.queries.contactable import Reachable, contactable
from tandem.prospecting.queries.icp import current_icp
from tandem.prospecting.queries.profiles import profiles
from tandem.prospecting.queries.ranking import latest_ranks
from tandem.prospecting.queries.sources import ContactState, contact_states

TAKEN_FOR_DAYS = 90
WEEK = timedelta(days=7)
MOST_CONTACTS = 5
LONGEST_REASON = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where an account stands after a stage. MOVING: it goes on. facts : added to what is known of it"""

    state: RowState = RowState.MOVING
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A stretch of one run. facts : by account, what stages before found"""

    run_id: int
    allowance: int
    actor: Actor
    now: datetime
    facts: Mapping[int, Mapping[str, Any]]

    @property
    def ids(self) -> list[int]:
        """The accounts, in order."""
        return sorted(self.facts)


Outcomes = dict[int, Outcome]
GO_ON = Outcome()


def held(reason: str) -> Outcome:
    """Something is missing; it can be mended and tried again."""
    return Outcome(state=RowState.HELD, reason=reason[:LONGEST_REASON])


def excluded(reason: str) -> Outcome:
    """It must not be contacted."""
    return Outcome(state=RowState.EXCLUDED, reason=reason[:LONGEST_REASON])


def deduplicate(work: Work) -> Outcomes:
    """Accounts that were merged away, are out of sight by now, or stand ready or taken on another list."""
    living = dict(accounts_in_sight(work.actor).filter(id__in=work.ids).values_list("id", "owner_id"))
    own = PipelineRow.objects.filter(run_id=work.run_id).values("entry_id")
    since = work.now - timedelta(days=TAKEN_FOR_DAYS)
    elsewhere = ListEntry.objects.filter(
        account_id__in=work.ids, state=EntryState.READY, removed_in=None, ready_at__gte=since,
        prospect_list__archived_at=None,
    ).exclude(id__in=own)  # fmt: skip
    names = dict(elsewhere.values_list("account_id", "prospect_list__name"))
    found: Outcomes = {}
    for pk in work.ids:
        if pk not in living:
            found[pk] = excluded("It was merged into another account, or is no longer in your sight.")
        elif pk in names:
            found[pk] = excluded(f"It stands ready on the list “{names[pk]}” already.")
        else:
            found[pk] = Outcome(facts={"owner_id": living[pk]})
    return found


def exclude(work: Work) -> Outcomes:
    """Customers, open deals, the profile's exclusions, suppression and disputes. The first that holds is told."""
    known = list(profiles(work.ids, at=work.now))
    domains = {str(one.account_id): _addresses(one) for one in known}
    suppressed = suppressed_among(domains, Channel.ALL, purpose=Purpose.SALES)
    disputes = {row.account: row.reason for row in list_disputes()}
    try:
        icp = current_icp()
    except NotFound:
        icp = None
    found: Outcomes = {}
    for one in known:
        fit = fit_of(icp, one) if icp is not None else None
        told = (
            (str(one.account_id) in suppressed, "Its domain or the company stands in the suppression registry."),
            (f"account:{one.account_id}" in disputes, "There is a legal dispute with it."),
            (one.is_customer or one.fields.get("type") == "customer", "It is a customer."),
            (one.open_deals > 0, "A deal is open; its seller speaks with them, and nobody beside."),
            (
                bool(fit and fit.excluded_by),
                f"The ideal customer profile excludes it: {fit.excluded_by if fit else ''}.",
            ),
        )
        against = next((words for holds, words in told if holds), "")
        score = fit.score if fit is not None else 0.0
        found[one.account_id] = excluded(against) if against else Outcome(facts={"fit": score})
    return found


def _addresses(one: AccountProfile) -> list[str]:
    domain = one.fields.get("domain", "")
    return [f"account:{one.account_id}", *([domain] if domain else [])]


def enrich_all(work: Work) -> Outcomes:
    """Ask providers that are switched on for missing fields; each question is charged once at most."""
    enrich(Entity.ACCOUNT, work.ids, actor=work.actor, now=work.now)
    return dict.fromkeys(work.ids, GO_ON)


def score(work: Work) -> Outcomes:
    """Expected value and the owner's capacity out of the weekly ranking."""
    ranks = latest_ranks(work.ids)
    return {
        pk: Outcome(facts={"value": float(ranks[pk].expected_value), "capacity": ranks[pk].capacity})
        if pk in ranks
        else Outcome(facts={"value": 0.0})
        for pk in work.ids
    }


def research(work: Work) -> Outcomes:
    """A rationale that cites a signal, or an explicit pass."""
    research_accounts(work.ids, actor=work.actor, now=work.now)
    standing = {row.account_id: row for row in Rationale.objects.filter(account_id__in=work.ids, replaced_at=None)}
    cited = {pk: list(dict.fromkeys(row.signal_ids)) for pk, row in standing.items()}
    facts = _facts_of(work.ids)
    found: Outcomes = {}
    for pk in work.ids:
        row = standing.get(pk)
        if row is None:
            found[pk] = held("No rationale kept the guards.")
        elif row.verdict == Verdict.PASS:
            words = row.claims[0]["text"] if row.claims else "Research found no reason to talk to them now."
            found[pk] = Outcome(state=RowState.PASSED, reason=words[:LONGEST_REASON])
        elif not cited[pk]:
            found[pk] = held("Its rationale cites no signal.")
        else:
            quality = _quality(cited[pk], facts.get(pk, {}), float(work.facts[pk].get("fit", 0.0)), work.now)
            found[pk] = Outcome(facts={"quality": round(quality, 4), "rationale": row.id})
    return found


def _facts_of(account_ids: Sequence[int]) -> dict[int, dict[str, tuple[str, datetime | None]]]:
    """Kind and day of every kept fact, by account and evidence id."""
    rows = Fact.objects.filter(account_id__in=account_ids, contact=None)
    found: dict[int, dict[str, tuple[str, datetime | None]]] = {}
    for account_id, evidence_id, kind, said_at in rows.values_list("account_id", "evidence_id", "kind", "said_at"):
        found.setdefault(account_id, {})[evidence_id] = (kind, said_at)
    return found


def _quality(
    cited: Sequence[str], facts: Mapping[str, tuple[str, datetime | None]], fit: float, now: datetime
) -> float:
    told = [facts[one] for one in cited if one in facts]
    days = [(now - at).total_seconds() / 86_400 for _, at in told if at is not None]
    kinds = len({kind for kind, _ in told}) or 1
    return quality_of(signals=len(cited), kinds=kinds, newest_age_days=min(days, default=None), fit=fit)


def stakeholders(work: Work) -> Outcomes:
    """Who matters, and in which order to write."""
    map_stakeholders(profiles(work.ids, at=work.now), actor=work.actor, now=work.now)
    plans = dict(OpeningContact.objects.filter(account_id__in=work.ids).values_list("account_id", "plan"))
    return {
        pk: Outcome(facts={"plan": [step["contact_id"] for step in plans.get(pk) or [] if step.get("contact_id")]})
        for pk in work.ids
    }


def contacts(work: Work) -> Outcomes:
    """People whom two independent sources place there now."""
    known = _by_account(contact_states(account_ids=work.ids, now=work.now))
    found: Outcomes = {}
    for pk in work.ids:
        people = known.get(pk, [])
        agreed = [one for one in people if one.email and one.has_two_sources]
        if agreed:
            found[pk] = Outcome(facts={"candidates": _ordered(agreed, work.facts[pk].get("plan", ()))})
        else:
            told = "No contact is known." if not people else f"No contact has two sources. {_usual(people)}"
            found[pk] = held(told)
    return found


def verify(work: Work) -> Outcomes:
    """Their addresses, checked; what a check says holds for a while and is not paid for twice."""
    wanted = [one for pk in work.ids for one in work.facts[pk].get("candidates", ())]
    check_contacts(wanted, actor=work.actor, now=work.now)
    states = contact_states(wanted, now=work.now)
    found: Outcomes = {}
    for pk in work.ids:
        asked = [states[one] for one in work.facts[pk].get("candidates", ()) if one in states]
        usable = [one.contact_id for one in asked if one.is_usable]
        if usable:
            found[pk] = Outcome(facts={"usable": usable})
        else:
            found[pk] = held(f"No address passed its check. {_usual(asked)}")
    return found


def gate(work: Work) -> Outcomes:
    """Whether anybody there may be contacted on some road, by the rules of contact."""
    usable = {pk: list(work.facts[pk].get("usable", ()))[:MOST_CONTACTS] for pk in work.ids}
    states = contact_states([one for some in usable.values() for one in some], now=work.now)
    people = [
        Reachable(contact_id=one, account_id=pk, email=states[one].email)
        for pk, some in usable.items()
        for one in some
        if one in states and states[one].email
    ]
    answers = contactable(people, actor=work.actor, now=work.now)
    found: Outcomes = {}
    for pk, some in usable.items():
        open_ = [one for one in some if one in answers and answers[one].roads]
        because = next((answers[one].because for one in some if one in answers), "Nobody is left to contact.")
        roads = {str(one): list(answers[one].roads) for one in open_}
        found[pk] = Outcome(facts={"contacts": open_, "roads": roads}) if open_ else held(because)
    return found


def intake(work: Work) -> Outcomes:
    """The best reasoned first, as many as the run may bring and owners have room for."""
    candidates = [
        Candidate(key=pk, owner_id=facts.get("owner_id"), quality=facts.get("quality", 0.0),
                  expected_value=facts.get("value", 0.0))
        for pk, facts in work.facts.items()
    ]  # fmt: skip
    let_in = PipelineRow.objects.filter(run_id=work.run_id, state=RowState.READY).count()
    answers = admit(candidates, allowance=max(work.allowance - let_in, 0), room=_room(work))
    return {
        pk: Outcome(state=RowState.DEFERRED, reason=why) if why else Outcome(state=RowState.READY)
        for pk, why in answers.items()
    }


def _room(work: Work) -> dict[int, int]:
    """Places left by owner this week."""
    owners = {facts["owner_id"] for facts in work.facts.values() if facts.get("owner_id") is not None}
    ready = ListEntry.objects.filter(
        state=EntryState.READY, removed_in=None, prospect_list__archived_at=None, account__owner_id__in=owners
    )
    waiting: Counter[int] = Counter()
    for owner_id, taken_at in ready.values_list("account__owner_id", "taken_at"):
        waiting[owner_id] += taken_at is None or taken_at >= work.now - WEEK
    capacities = {
        facts["owner_id"]: facts.get("capacity") for facts in work.facts.values() if facts.get("owner_id") is not None
    }
    return {owner: room_of(capacities.get(owner), waiting[owner]) for owner in owners}


def _by_account(states: Mapping[int, ContactState]) -> dict[int, list[ContactState]]:
    found: dict[int, list[ContactState]] = {}
    for one in states.values():
        if one.account_id is not None:
            found.setdefault(one.account_id, []).append(one)
    return found


def _ordered(people: Sequence[ContactState], plan: Sequence[int]) -> list[int]:
    """The plan's order first, then by number of sources."""
    place = {contact_id: at for at, contact_id in enumerate(plan)}
    ranked = sorted(
        people, key=lambda one: (place.get(one.contact_id, len(place)), -len(one.sources), one.contact_id)
    )  # fmt: skip
    return [one.contact_id for one in ranked][: MOST_CONTACTS * 2]


def _usual(people: Sequence[ContactState]) -> str:
    """The reason that stands against most of them."""
    reasons = Counter(one.reasons[0] for one in people if one.reasons)
    return f"{reasons.most_common(1)[0][0]} ({len(people)} looked at)" if reasons else ""


STAGES: Mapping[Stage, Callable[[Work], Outcomes]] = {
    Stage.DEDUPLICATE: deduplicate,
    Stage.EXCLUDE: exclude,
    Stage.ENRICH: enrich_all,
    Stage.SCORE: score,
    Stage.RESEARCH: research,
    Stage.STAKEHOLDERS: stakeholders,
    Stage.CONTACTS: contacts,
    Stage.VERIFY: verify,
    Stage.GATE: gate,
    Stage.INTAKE: intake,
}
