"""This week's accounts as a seller works through them: why, through whom, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tandem.core.actors import Actor
from tandem.prospecting.contracts import Verdict
from tandem.prospecting.models import Brief, OpeningContact, Rationale
from tandem.prospecting.queries import ranking
from tandem.prospecting.queries.ranking import BookRow

LONGEST_REASON, SHOWN_STATEMENTS = 180, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRow:
    """One account of the week.

    reason : of the researched rationale, else the strongest parts of its rank
    contact_id, contact, title : whom to open with; None and empty: nobody is named yet
    next, address : what to do next and where
    """

    row: BookRow
    reason: str
    contact_id: int | None
    contact: str
    title: str
    next: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThisWeek:
    """The best accounts of whoever looks. week : empty: nothing was ranked; total : of the whole book"""

    week: str
    rows: tuple[WeekRow, ...]
    total: Decimal

    @property
    def shown_total(self) -> Decimal:
        """Expected value of the accounts shown."""
        return sum((one.row.expected_value for one in self.rows), Decimal(0))

    @property
    def currency(self) -> str:
        """Of all amounts; empty without rows."""
        return self.rows[0].row.currency if self.rows else ""


def this_week(actor: Actor, *, limit: int) -> ThisWeek:
    """The first accounts of the actor's book with what research knows of them. Seven reads."""
    week, rows, total = ranking.this_weeks_accounts(actor, limit=limit)
    return ThisWeek(week=week, rows=tuple(_worked_out(rows)), total=total)


def _worked_out(rows: Sequence[BookRow]) -> list[WeekRow]:
    ids = [row.account_id for row in rows]
    told = Rationale.objects.filter(account_id__in=ids, replaced_at=None).values_list("account_id", "verdict", "claims")
    rationales = {account: (verdict, claims) for account, verdict, claims in told}
    opened = OpeningContact.objects.filter(account_id__in=ids)
    contacts = {
        account: (pk, name or "", title or "")
        for account, pk, name, title in opened.values_list(
            "account_id", "contact_id", "contact__name", "contact__title"
        )
    }
    briefed = set(Brief.objects.filter(account_id__in=ids).values_list("account_id", flat=True))
    found = []
    for row in rows:
        verdict, claims = rationales.get(row.account_id, ("", []))
        pk, name, title = contacts.get(row.account_id, (None, "", ""))
        is_pass = verdict == Verdict.PASS
        step, address = _next(row, name, is_pass=is_pass, is_briefed=row.account_id in briefed,
                              is_mapped=row.account_id in contacts)  # fmt: skip
        found.append(
            WeekRow(
                row=row, reason=_reason(row, claims), contact_id=pk, contact=name, title=title, next=step,
                address=address,
            )
        )  # fmt: skip
    return found


def _reason(row: BookRow, claims: Sequence[Mapping[str, Any]]) -> str:
    """The first two statements of the rationale that rest on signals, else its first, cut at a word.

    Without a rationale the strongest parts of the rank.
    """
    told = [str(one.get("text", "")).strip() for one in claims if _rests_on_signals(one)][:SHOWN_STATEMENTS]
    told = told or [str(one.get("text", "")).strip() for one in claims[:1]]
    if not any(told):
        return row.reason
    both = " ".join(told)
    text = both if len(both) <= LONGEST_REASON else told[0]
    return text if len(text) <= LONGEST_REASON else text[:LONGEST_REASON].rsplit(" ", 1)[0] + " …"


def _rests_on_signals(claim: Mapping[str, Any]) -> bool:
    return any(str(one).startswith("signal:") for one in claim.get("evidence_ids", ()))


def _next(row: BookRow, name: str, *, is_pass: bool, is_briefed: bool, is_mapped: bool) -> tuple[str, str]:
    """What to do next, and the page where it is done."""
    if is_pass:
        return "Research says pass: read why", f"/prospecting/accounts/{row.account_id}/brief"
    if not row.owner_id:
        told = f"Nobody owns it; suggested: {row.suggested_owner}" if row.suggested_owner else "Nobody owns it"
        return told, f"/accounts/{row.account_id}"
    if is_briefed and name:
        return f"Read the brief, open with {name}", f"/prospecting/accounts/{row.account_id}/brief"
    if is_mapped and not name:
        return "Find somebody who can be reached", f"/prospecting/accounts/{row.account_id}/people"
    if is_briefed:
        return "Read the brief", f"/prospecting/accounts/{row.account_id}/brief"
    return "Look at its signals", f"/intent/accounts/{row.account_id}"
