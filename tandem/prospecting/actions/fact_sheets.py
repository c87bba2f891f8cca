"""Making fact sheets on people: what stands in public about their work, kept word for word with its source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.agents.contracts import RunResult
from tandem.agents.queries.prompts import prompt_in_force
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.prospecting.actions.having_done import Wanted, have_done
from tandem.prospecting.actions.research import FACT, fact_row
from tandem.prospecting.ai.fact_sheet import FACT_SHEET, FactSheetOutput
from tandem.prospecting.ai.pieces import by_id
from tandem.prospecting.domain.research_terms import expires_at
from tandem.prospecting.models import Fact, FactSheet
from tandem.prospecting.queries.sheet_inputs import SheetMaterial, sheet_materials

Progress = Callable[[int, int], object]
PEOPLE_AT_ONCE = 400
LONGEST_SHEET = timedelta(days=30)
ROW = (
    "contact_id", "sections", "left_out", "engine", "prompt_hash", "run_id", "input_hash", "made_at", "expires_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """What a pass came to, in people. left_out : pieces kept out as private"""

    made: int = 0
    kept: int = 0
    refused: int = 0
    left_out: int = 0


def make_fact_sheets(
    contact_ids: Iterable[int], *, actor: Actor, now: datetime, anew: bool = False, progress: Progress | None = None
) -> Sheets:
    """Fact sheets of people; one that has not expired and rests on the same pieces stays. The caller checked sight.

    Every piece passes the filter for private life before it is stored; what is kept out is counted, never its words.
    Raises NotAllowed without "prospect.edit" and the right to have AI tasks done. Call it outside of transactions.
    """
    require(actor, "prospect.edit")
    wanted, done = sorted(set(contact_ids)), Sheets()
    for start in range(0, len(wanted), PEOPLE_AT_ONCE):
        found = list(sheet_materials(wanted[start : start + PEOPLE_AT_ONCE], at=now))
        due = found if anew else _due(found, now)
        results = have_done(FACT_SHEET, [_wanted(one) for one in due], actor=actor, now=now)
        done = _store(due, results, len(found) - len(due), done, actor=actor, now=now)
        if progress is not None:
            progress(min(start + PEOPLE_AT_ONCE, len(wanted)), len(wanted))
    return done


def _wanted(one: SheetMaterial) -> Wanted[Any]:
    subject = f"contact:{one.person.contact_id}"
    return Wanted(input=one.input, subject=subject, seller_id=one.owner_id, region=one.region)


def _due(found: Sequence[SheetMaterial], now: datetime) -> list[SheetMaterial]:
    ids = [one.person.contact_id for one in found]
    rows = FactSheet.objects.filter(contact_id__in=ids, expires_at__gt=now)
    there = {row[0]: row[1:] for row in rows.values_list("contact_id", "input_hash", "prompt_hash")}
    prompt = prompt_in_force(FACT_SHEET).hash
    return [one for one in found if there.get(one.person.contact_id) != (one.input_hash, prompt)]


def _store(
    due: Sequence[SheetMaterial],
    results: Sequence[RunResult[FactSheetOutput]],
    kept: int,
    before: Sheets,
    *,
    actor: Actor,
    now: datetime,
) -> Sheets:
    rows, facts, refused = [], [], 0
    for one, told in zip(due, results, strict=True):
        if told.output is None:
            refused += 1
            continue
        rows.append(_row(one, told, told.output, now))
        facts += _facts(one, told.output, now)
    made = [row[0] for row in rows]
    with transaction.atomic():
        Fact.objects.filter(contact_id__in=made).delete()
        bulk.upsert(Fact, FACT, facts, conflict=("subject", "evidence_id"), update=None)
        bulk.upsert(FactSheet, ROW, rows, conflict=("contact_id",), update=ROW[1:])
        left_out = sum(len(one.left_out) for one in due)
        if due:
            ledger.append(
                actor, "prospecting.fact_sheets_made", subject="contacts", made=len(rows), refused=refused,
                kept_out_as_private=left_out,
            )  # fmt: skip
    return Sheets(
        made=before.made + len(rows), kept=before.kept + kept, refused=before.refused + refused,
        left_out=before.left_out + left_out,
    )  # fmt: skip


def _row(
    one: SheetMaterial, told: RunResult[FactSheetOutput], output: FactSheetOutput, now: datetime
) -> tuple[Any, ...]:
    sections = [
        {"section": part.section.value,
         "claims": [{"text": said.text, "evidence_ids": list(said.evidence_ids)} for said in part.claims]}
        for part in output.sections
    ]  # fmt: skip
    pieces: Mapping[str, Any] = by_id(one.input.pieces)
    cited = {cited for part in output.sections for said in part.claims for cited in said.evidence_ids}
    ends = (expires_at(pieces[pk].kind, pieces[pk].at) for pk in cited if pk in pieces)
    soonest = min((end for end in ends if end is not None and end > now), default=now + LONGEST_SHEET)
    left_out = [{"evidence_id": pk, "because": because} for pk, because in one.left_out]
    return (
        one.person.contact_id, sections, left_out, told.engine, told.prompt_hash, told.run_id, one.input_hash, now,
        min(soonest, now + LONGEST_SHEET),
    )  # fmt: skip


def _facts(one: SheetMaterial, output: FactSheetOutput, now: datetime) -> list[tuple[Any, ...]]:
    pieces, found = by_id(one.input.pieces), {}
    for part in output.sections:
        for said in part.claims:
            for cited in said.evidence_ids:
                if cited in pieces and cited not in found:
                    found[cited] = fact_row(
                        pieces[cited], subject=f"contact:{one.person.contact_id}", account_id=one.person.account_id,
                        contact_id=one.person.contact_id, section=part.section.value, said=said.text, now=now,
                    )  # fmt: skip
    return list(found.values())
