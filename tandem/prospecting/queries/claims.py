"""How many statements of rationales and briefs their evidence does not bear out: the mechanical check over accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tandem.agents.contracts import Claim
from tandem.agents.queries.grounding import unsupported
from tandem.prospecting.ai.pieces import Piece, evidence_of
from tandem.prospecting.models import Brief, Rationale
from tandem.prospecting.queries.research_inputs import Material, ground, materials

ACCOUNTS_AT_ONCE = 400
LIMIT = 0.005  # of all statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """A statement that its evidence does not bear out, and why."""

    account_id: int
    text: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimReport:
    """What a check came to. gone : statements whose evidence has changed since, which can't be judged"""

    accounts: int
    claims: int
    unsupported: int
    gone: int
    examples: tuple[Unsupported, ...]

    @property
    def rate(self) -> float:
        """Share of unsupported statements; 0 without any."""
        return self.unsupported / self.claims if self.claims else 0.0

    @property
    def is_within_limit(self) -> bool:
        """Whether at most one in two hundred is unsupported."""
        return self.rate <= LIMIT


def check_claims(account_ids: Iterable[int] | None = None, *, at: datetime) -> ClaimReport:
    """Check every standing statement of these accounts against the evidence as it is now; None: all researched.

    The caller has checked sight.
    """
    wanted = sorted(set(account_ids)) if account_ids is not None else researched_accounts()
    told = _claims_of(wanted)
    claims = gone = wrong = 0
    examples: list[Unsupported] = []
    for one in _materials(wanted, at):
        pieces = [*one.rationale.pieces, *one.brief.pieces]
        known = {piece.id for piece in pieces}
        for claim in told.get(one.account_id, ()):
            if not known.issuperset(claim.evidence_ids):
                gone += 1
                continue
            claims += 1
            found = violations_of(claim, pieces, name=one.rationale.account)
            if found:
                wrong += 1
                examples.append(Unsupported(account_id=one.account_id, text=claim.text, because=found[0]))
    return ClaimReport(accounts=len(told), claims=claims, unsupported=wrong, gone=gone, examples=tuple(examples))


def _materials(account_ids: Sequence[int], at: datetime) -> Iterator[Material]:
    under = ground(account_ids)
    for start in range(0, len(account_ids), ACCOUNTS_AT_ONCE):
        yield from materials(account_ids[start : start + ACCOUNTS_AT_ONCE], at=at, under=under)


def violations_of(claim: Claim, pieces: Sequence[Piece], *, name: str) -> list[str]:
    """What of one statement its cited pieces do not bear out, in words. name : of the account, which needs no proof"""
    cited = [piece for piece in pieces if piece.id in claim.evidence_ids]
    return [one.message for one in unsupported([claim], evidence_of(cited), known=(name,))]


def researched_accounts() -> list[int]:
    """Ids of every account with a standing rationale or a brief, in order."""
    return sorted({*Rationale.objects.filter(replaced_at=None).values_list("account_id", flat=True),
                   *Brief.objects.values_list("account_id", flat=True)})  # fmt: skip


def _claims_of(account_ids: Sequence[int]) -> dict[int, list[Claim]]:
    found: dict[int, list[Claim]] = {}
    rows = Rationale.objects.filter(account_id__in=account_ids, replaced_at=None)
    for account, claims in rows.values_list("account_id", "claims"):
        found.setdefault(account, []).extend(Claim(**one) for one in claims)
    for account, sections in Brief.objects.filter(account_id__in=account_ids).values_list("account_id", "sections"):
        found.setdefault(account, []).extend(Claim(**one) for part in sections for one in part["claims"])
    return found
