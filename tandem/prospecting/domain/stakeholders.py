"""Which part somebody plays in a purchase, as a probability for each of five roles with what it rests on.

Naive Bayes over a title and behaviour (odds multiplied, Good 1950), with the exponents of behaviour tempered because
pieces of one conversation are not independent. No model, no learning; the tables are in `role_weights`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tandem.prospecting.contracts import BuyingRole
from tandem.prospecting.domain.role_weights import NOTHING_KNOWN, ORDER_OF_RANKS, PRIORS, ROLES, WEIGHTS, Shares
from tandem.prospecting.domain.titles import Position

TEMPER = 0.75  # of the logarithm of each factor: mails, calls and roles named in one deal tell partly the same
CONFIRMED = 0.98  # what a person has said still leaves room for a mistake
CLEAR = 0.4  # a role below this fills no place in the map


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """One piece of behaviour that speaks for or against roles.

    kind : a word of WEIGHTS
    because : in words, e.g. "wrote 14 of the account's 20 mails"
    evidence_ids : activities, deals or contact fields it was seen in
    """

    kind: str
    because: str
    evidence_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CluedRole:
    """What one clue did: by how much it multiplied the odds of the role it speaks for most."""

    kind: str
    because: str
    evidence_ids: tuple[str, ...]
    role: BuyingRole
    times: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Somebody's likely part. roles add up to 1; clues are the strongest first, the title's among them."""

    role: BuyingRole
    confidence: float
    roles: Mapping[BuyingRole, float]
    clues: tuple[CluedRole, ...]


def prior_of(position: Position) -> Shares:
    """How likely each role is by field and rank alone; a rank without a line of its own takes the next lower one's."""
    lines = PRIORS[position.field]
    at = ORDER_OF_RANKS.index(position.rank)
    for rank in (*ORDER_OF_RANKS[at:], *reversed(ORDER_OF_RANKS[:at])):
        if rank in lines:
            return lines[rank]
    return NOTHING_KNOWN


def part_of(position: Position, clues: Sequence[Clue], *, title: Clue | None = None) -> Part:
    """The posterior of the five roles.

    title : the clue that stands for the title in the evidence; None: no title is known

    >>> from tandem.prospecting.domain.titles import read_title
    >>> part = part_of(read_title("CFO"), [Clue(kind="named_economic_buyer", because="CRM: Economic Buyer")])
    >>> part.role.value, part.confidence > 0.9
    ('economic_buyer', True)
    """
    prior = prior_of(position)
    logs = [math.log(share) for share in prior]
    told = []
    for clue in clues:
        times = [factor**TEMPER for factor in WEIGHTS[clue.kind].times]
        logs = [one + math.log(factor) for one, factor in zip(logs, times, strict=True)]
        told.append(_clued(clue, times))
    if title is not None:
        told.append(_clued(title, [share / even for share, even in zip(prior, NOTHING_KNOWN, strict=True)]))
    most = max(logs)
    weights = [math.exp(one - most) for one in logs]
    shares = {role: weight / sum(weights) for role, weight in zip(ROLES, weights, strict=True)}
    role = max(ROLES, key=lambda one: shares[one])
    told.sort(key=lambda one: (-max(one.times, 1 / one.times), one.kind))
    return Part(role=role, confidence=shares[role], roles=shares, clues=tuple(told))


def confirmed(role: BuyingRole, part: Part) -> Part:
    """The same with the role a person has given."""
    rest = (1 - CONFIRMED) / (len(ROLES) - 1)
    shares = {one: CONFIRMED if one is role else rest for one in ROLES}
    return Part(role=role, confidence=CONFIRMED, roles=shares, clues=part.clues)


def _clued(clue: Clue, times: Sequence[float]) -> CluedRole:
    at = max(range(len(ROLES)), key=lambda place: times[place])
    return CluedRole(
        kind=clue.kind, because=clue.because, evidence_ids=clue.evidence_ids, role=ROLES[at], times=times[at]
    )


def named_role(words: str) -> str | None:
    """The clue that a role's name in a CRM gives; None when it says nothing ("Other").

    >>> named_role("Economic Buyer"), named_role("Entscheider"), named_role("Other")
    ('named_economic_buyer', 'named_economic_buyer', None)
    """
    text = words.casefold()
    return next((clue for clue, marks in NAMED if any(mark in text for mark in marks)), None)


NAMED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("named_champion", ("champion", "coach", "sponsor", "fürsprecher", "mobilizer")),
    ("named_technical_buyer", ("technical", "evaluator", "techni", "architect", "it-", "security")),
    ("named_economic_buyer", ("economic", "decision", "executive", "budget", "entscheid", "décideur", "decisor",
                              "buyer", "signatory", "approver")),
    ("named_blocker", ("block", "gatekeeper", "detractor", "legal", "procurement", "purchasing", "einkauf", "compet")),
    ("named_user", ("user", "anwender", "utilisateur", "usuario", "utente")),
    ("named_influencer", ("influenc", "recommender", "beeinfluss")),
)  # fmt: skip
