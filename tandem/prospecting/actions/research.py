"""Researching accounts: rationale and brief of many at once, each resting on evidence that is kept word for word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.agents.contracts import Claim, RunResult, RunState
from tandem.agents.queries.prompts import prompt_in_force
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.prospecting.actions.having_done import Wanted, have_done
from tandem.prospecting.ai.brief import BRIEF, BriefInput, BriefOutput
from tandem.prospecting.ai.pieces import Piece, by_id
from tandem.prospecting.ai.rationale import RATIONALE, RationaleInput, RationaleOutput
from tandem.prospecting.contracts import Verdict
from tandem.prospecting.domain.research_terms import expires_at
from tandem.prospecting.models import Brief, Fact, Rationale
from tandem.prospecting.queries.research_inputs import Material, ground, materials

Progress = Callable[[int, int], object]
ACCOUNTS_AT_ONCE = 400
LONGEST_BRIEF = timedelta(days=30)
STATEMENT_LETTERS, URL_LETTERS, QUOTE_LETTERS = 1_000, 2_000, 4_000
FACT = (
    "subject", "account_id", "contact_id", "kind", "section", "statement", "quote", "evidence_id", "source", "url",
    "said_at", "expires_at", "found_at",
)  # fmt: skip
RATIONALE_ROW = (
    "account_id", "verdict", "claims", "signal_ids", "icp_version", "engine", "prompt_hash", "run_id", "input_hash",
    "created_at",
)  # fmt: skip
BRIEF_ROW = (
    "account_id", "sections", "engine", "prompt_hash", "run_id", "input_hash", "first_made_at", "made_at", "expires_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Researched:
    """What a pass came to, in accounts.

    fits, passed : new rationales; kept : nothing had changed; refused : no engine's answer kept the guards
    briefs : made anew; left_out : pieces kept out as private
    """

    accounts: int = 0
    fits: int = 0
    passed: int = 0
    kept: int = 0
    refused: int = 0
    briefs: int = 0
    left_out: int = 0

    def plus(self, other: Researched) -> Researched:
        """Both together."""
        return Researched(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """The accounts of a stretch, and which of them need a new rationale or brief."""

    all: Mapping[int, Material]
    rationales: list[Material] = field(default_factory=list)
    briefs: list[Material] = field(default_factory=list)


def research_accounts(
    account_ids: Iterable[int], *, actor: Actor, now: datetime, anew: bool = False, progress: Progress | None = None
) -> Researched:
    """Say of each account whether it fits and why, and brief on it. The caller has limited the accounts to sight.

    Accounts of which nothing worth a new text has changed keep what they have. Call it outside of transactions: a
    model may be waited for.

    anew : make every text again, whatever has changed
    progress : called with (accounts done, of)

    Raises NotAllowed without "prospect.edit" and the right to have AI tasks done.
    """
    require(actor, "prospect.edit")
    wanted = sorted(set(account_ids))
    known = ground(wanted)
    done = Researched()
    for start in range(0, len(wanted), ACCOUNTS_AT_ONCE):
        some = wanted[start : start + ACCOUNTS_AT_ONCE]
        found = {one.account_id: one for one in materials(some, at=now, under=known)}
        done = done.plus(_research(found, actor=actor, now=now, anew=anew))
        if progress is not None:
            progress(min(start + ACCOUNTS_AT_ONCE, len(wanted)), len(wanted))
    return done


def _research(found: Mapping[int, Material], *, actor: Actor, now: datetime, anew: bool) -> Researched:
    due = _due(found, now=now, anew=anew)
    judged = have_done(RATIONALE, [_wanted(one, one.rationale) for one in due.rationales], actor=actor, now=now)
    briefed = have_done(BRIEF, [_wanted(one, one.brief) for one in due.briefs], actor=actor, now=now)
    return _store(due, judged, briefed, actor=actor, now=now)


def _wanted(one: Material, input: RationaleInput | BriefInput) -> Wanted[Any]:
    subject = f"account:{one.account_id}"
    return Wanted(input=input, subject=subject, seller_id=one.owner_id, region=one.region)


def _due(found: Mapping[int, Material], *, now: datetime, anew: bool) -> _Due:
    """What is missing, out of date, or was made from something else, by another prompt."""
    if anew:
        return _Due(all=found, rationales=list(found.values()), briefs=list(found.values()))
    standing = Rationale.objects.filter(account_id__in=list(found), replaced_at=None)
    told = {row[0]: row[1:] for row in standing.values_list("account_id", "input_hash", "prompt_hash")}
    briefs = Brief.objects.filter(account_id__in=list(found), expires_at__gt=now)
    there = {row[0]: row[1:] for row in briefs.values_list("account_id", "input_hash", "prompt_hash")}
    judging, briefing = prompt_in_force(RATIONALE).hash, prompt_in_force(BRIEF).hash
    return _Due(
        all=found,
        rationales=[one for pk, one in found.items() if told.get(pk) != (one.rationale_hash, judging)],
        briefs=[one for pk, one in found.items() if there.get(pk) != (one.brief_hash, briefing)],
    )


def _store(
    due: _Due,
    judged: Sequence[RunResult[RationaleOutput]],
    briefed: Sequence[RunResult[BriefOutput]],
    *,
    actor: Actor,
    now: datetime,
) -> Researched:
    """Write a stretch in one transaction; what was refused leaves the old text standing."""
    facts: dict[tuple[str, str], tuple[Any, ...]] = {}
    rationales, briefs = [], []
    counts: Counter[str] = Counter()
    for one, told in zip(due.rationales, judged, strict=True):
        if told.output is None or told.state is RunState.REFUSED:
            counts["refused"] += 1
            continue
        counts[told.output.verdict.value] += 1
        rationales.append(_rationale_row(one, told, told.output, now))
        _add_facts(facts, one, "rationale", told.output.claims, now)
    for one, made in zip(due.briefs, briefed, strict=True):
        if made.output is None or made.state is RunState.REFUSED:
            counts["refused"] += 1
            continue
        briefs.append(_brief_row(one, made, made.output, now))
        for section in made.output.sections:
            _add_facts(facts, one, section.section.value, section.claims, now)
    with transaction.atomic():
        _write(rationales, briefs, list(facts.values()), now)
        done = Researched(
            accounts=len(due.all), fits=counts[Verdict.FITS], passed=counts[Verdict.PASS],
            kept=len(due.all) - len(due.rationales), refused=counts["refused"], briefs=len(briefs),
            left_out=sum(len(one.left_out) for one in due.all.values()),
        )  # fmt: skip
        ledger.append(
            actor, "prospecting.researched", subject="accounts", accounts=done.accounts, fits=done.fits,
            passed=done.passed, refused=done.refused, briefs=done.briefs, kept_out_as_private=done.left_out,
        )  # fmt: skip
    return done


def _write(
    rationales: list[tuple[Any, ...]], briefs: list[tuple[Any, ...]], facts: list[tuple[Any, ...]], now: datetime
) -> None:
    replaced = [row[0] for row in rationales]
    Rationale.objects.filter(account_id__in=replaced, replaced_at=None).update(replaced_at=now)
    bulk.upsert(Rationale, RATIONALE_ROW, rationales, conflict=(), update=None)
    bulk.upsert(Brief, BRIEF_ROW, briefs, conflict=("account_id",), update=(*BRIEF_ROW[1:6], "made_at", "expires_at"))
    bulk.upsert(
        Fact, FACT, facts, conflict=("subject", "evidence_id"),
        update=("section", "statement", "quote", "source", "url", "said_at", "expires_at"),
    )  # fmt: skip


def _claims(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    return [{"text": one.text, "evidence_ids": list(dict.fromkeys(one.evidence_ids))} for one in claims]


def _rationale_row(
    one: Material, told: RunResult[RationaleOutput], output: RationaleOutput, now: datetime
) -> tuple[Any, ...]:
    return (
        one.account_id, output.verdict.value, _claims(output.claims), list(output.signal_ids),
        one.rationale.icp_version, told.engine, told.prompt_hash, told.run_id, one.rationale_hash, now,
    )  # fmt: skip


def _brief_row(one: Material, made: RunResult[BriefOutput], output: BriefOutput, now: datetime) -> tuple[Any, ...]:
    sections = [{"section": part.section.value, "claims": _claims(part.claims)} for part in output.sections]
    pieces = by_id(one.brief.pieces)
    cited = {cited for part in output.sections for told in part.claims for cited in told.evidence_ids}
    ends = (expires_at(pieces[one_id].kind, pieces[one_id].at) for one_id in cited if one_id in pieces)
    soonest = min((end for end in ends if end is not None and end > now), default=now + LONGEST_BRIEF)
    expires = min(soonest, now + LONGEST_BRIEF)
    return (
        one.account_id, sections, made.engine, made.prompt_hash, made.run_id, one.brief_hash, now, now, expires,
    )  # fmt: skip


def _add_facts(
    facts: dict[tuple[str, str], tuple[Any, ...]], one: Material, section: str, claims: Iterable[Claim], now: datetime
) -> None:
    """Keep what each claim rests on; the first claim on a piece is its statement."""
    pieces = by_id([*one.brief.pieces, *one.rationale.pieces])
    subject = f"account:{one.account_id}"
    for told in claims:
        for piece in (pieces[cited] for cited in told.evidence_ids if cited in pieces):
            row = fact_row(piece, subject=subject, account_id=one.account_id, section=section, said=told.text, now=now)
            facts.setdefault((subject, piece.id), row)


def fact_row(
    piece: Piece, *, subject: str, account_id: int | None, section: str, said: str, now: datetime,
    contact_id: int | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    """A row of `Fact`, its values in the order of `FACT`. said : the claim that rests on the piece"""
    return (
        subject, account_id, contact_id, piece.kind, section, said[:STATEMENT_LETTERS], piece.quote[:QUOTE_LETTERS],
        piece.id, piece.source[:120], piece.url[:URL_LETTERS], piece.at, expires_at(piece.kind, piece.at), now,
    )  # fmt: skip
