"""What rationales and briefs are made from, for many accounts in a handful of reads, and whether it has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem.access.queries import get_organisation
from tandem.accounts.queries.accounts import source_choices
from tandem.compliance.queries.residency import region_of
from tandem.core.errors import NotFound
from tandem.intent.contracts import KindRules, Standing
from tandem.intent.queries.kind_rules import rules_in_force
from tandem.intent.queries.latest import latest_scores
from tandem.prospecting.ai.brief import BriefInput
from tandem.prospecting.ai.pieces import Piece
from tandem.prospecting.ai.privacy import private_pieces
from tandem.prospecting.ai.rationale import MeasuredPart, RationaleInput
from tandem.prospecting.contracts import AccountProfile, Fit
from tandem.prospecting.domain.fit import fit_of
from tandem.prospecting.domain.icp import Icp
from tandem.prospecting.queries.icp import current_icp
from tandem.prospecting.queries.profiles import profiles
from tandem.prospecting.queries.research_pieces import (
    field_pieces,
    fit_pieces,
    history_pieces,
    interest_piece,
    once_each,
    seen_piece,
    signal_pieces,
    value_of,
)
from tandem.prospecting.queries.taking_part import Involvement, involvements

MOST_FOR_RATIONALE = 14  # signals that a rationale may choose from
LEAST_VALUE = 0.4  # a post of yesterday, or a technology seen three months ago
CERTAIN_FIT = 1.0  # without a profile nothing is measured, and nothing is passed for its fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One account ready to be researched.

    rationale_hash, brief_hash : the same as before means that nothing worth a new text has changed
    region : of the people there, by the company's country, as the routing of models asks for it; empty: not known
    left_out : ids of pieces kept out because they are about somebody's private life
    """

    account_id: int
    owner_id: int | None
    rationale: RationaleInput
    brief: BriefInput
    rationale_hash: str
    brief_hash: str
    region: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is read once for all accounts. icp None: no profile is in force; rules : how signals count"""

    icp: Icp | None
    rules: KindRules
    scores: Mapping[int, Standing]
    names: Mapping[str, str]
    currency: str


def ground(account_ids: Iterable[int]) -> Ground:
    """Profile in force, interest of these accounts, names of sources, the organisation's currency."""
    try:
        icp = current_icp()
    except NotFound:
        icp = None
    return Ground(
        icp=icp,
        rules=rules_in_force().rules,
        scores=latest_scores(list(account_ids)),
        names=dict(source_choices()),
        currency=get_organisation().currency,
    )


def materials(account_ids: Sequence[int], *, at: datetime, under: Ground | None = None) -> Iterator[Material]:
    """Every living account of these, in the order of the ids. The caller has checked sight."""
    wanted = sorted(set(account_ids))
    known = under or ground(wanted)
    found = list(profiles(wanted, at=at))
    involved = {one.account_id: one for one in involvements([one.account_id for one in found], at=at)}
    fits = [fit_of(known.icp, one) if known.icp else None for one in found]
    gathered = [_gathered(one, fit, involved[one.account_id], known, at) for one, fit in zip(found, fits, strict=True)]
    private = private_pieces((piece, one.name) for one, pieces in zip(found, gathered, strict=True) for piece in pieces)
    for profile, fit, pieces in zip(found, fits, gathered, strict=True):
        kept = [piece for piece in pieces if piece.id not in private]
        yield _material(profile, kept, fit, known, at, [one.id for one in pieces if one.id in private])


def _gathered(profile: AccountProfile, fit: Fit | None, one: Involvement, known: Ground, at: datetime) -> list[Piece]:
    """Everything that may be said of an account, strongest first; that nothing was seen where nothing was."""
    signals = signal_pieces(profile, known.names, at=at, rules=known.rules)
    history = list(history_pieces(one, at=at))
    pieces = [
        *signals,
        *history,
        *interest_piece(profile, known.scores.get(profile.account_id)),
        *field_pieces(profile, currency=known.currency),
        *fit_pieces(profile, fit),
    ]
    return once_each(pieces)


def _material(
    profile: AccountProfile, pieces: list[Piece], fit: Fit | None, known: Ground, at: datetime, left_out: list[str]
) -> Material:
    standing = known.scores.get(profile.account_id)
    rationale = RationaleInput(
        account_id=profile.account_id,
        account=profile.name,
        icp_version=fit.icp_version if fit else 0,
        fit=round(fit.score, 2) if fit else CERTAIN_FIT,
        excluded_by=fit.excluded_by if fit else "",
        parts=_parts(fit),
        percentile=standing.percentile if standing and standing.score > 0 else None,
        surge=standing.surge if standing and standing.score > 0 else None,
        pieces=_for_rationale(profile, pieces, at),
    )
    brief = BriefInput(
        account_id=profile.account_id,
        account=profile.name,
        on=at,
        pieces=[one for one in pieces if one.kind not in ("fit", "field", "seen")],
    )
    return Material(
        account_id=profile.account_id,
        owner_id=profile.owner_id,
        rationale=rationale,
        brief=brief,
        rationale_hash=_rationale_hash(rationale),
        brief_hash=_hash([[one.id, one.text] for one in brief.pieces if one.kind != "intent"]),
        region=region_word(profile.fields.get("country")),
        left_out=tuple(left_out),
    )


def region_word(country: object) -> str:
    """The region of a country as AI tasks are routed by; empty: not known, then only models allowed everywhere."""
    answer = region_of([str(country)] if country else [])
    return answer.region.value if answer.is_known else ""


def _parts(fit: Fit | None) -> list[MeasuredPart]:
    found = [
        MeasuredPart(
            name=part.name,
            truth=part.match.truth,
            because=part.match.because,
            weight=part.weight,
            evidence_ids=list(part.match.evidence_ids),
        )
        for part in (fit.parts if fit else ())
    ]
    return sorted(found, key=lambda part: -part.weight)


def _for_rationale(profile: AccountProfile, pieces: Sequence[Piece], at: datetime) -> list[Piece]:
    """The strongest signals that are still worth a word, and everything of our own; else that nothing was seen."""
    signals = [one for one in pieces if one.id.startswith("signal:") and value_of(one, at) >= LEAST_VALUE]
    rest = [one for one in pieces if not one.id.startswith("signal:") and one.kind != "account"]
    found = [*signals[:MOST_FOR_RATIONALE], *rest]
    return found if any(one.is_signal for one in found) else [*found, seen_piece(profile)]


def _rationale_hash(input: RationaleInput) -> str:
    """Interest counts in tenths: it moves a little every night, and a text need not."""
    interest = round(input.percentile, 1) if input.percentile is not None else None
    parts = [[part.name, part.truth.value] for part in input.parts]
    pieces = [one.id for one in input.pieces if one.kind not in ("intent", "fit", "field")]
    return _hash([input.icp_version, input.fit, input.excluded_by, parts, interest, pieces])


def _hash(what: Any) -> str:
    return hashlib.sha256(json.dumps(what, ensure_ascii=False).encode()).hexdigest()
