"""Finding companies and people at a provider: page after page, each page a question of its own, bounded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tandem.core.actors import Actor
from tandem.prospecting.actions.asking import Asked, Asker, Outcome, Question, note_asked
from tandem.prospecting.actions.bringing_in import bring_in_answers
from tandem.prospecting.connectors import adapters
from tandem.prospecting.connectors.base import LOOP, AccountQuery, Door, Page, PersonQuery, failed
from tandem.prospecting.domain.providers import CallKind

USUAL_LIMIT = 200
MOST_LIMIT = 2_000
MOST_PAGES = 100
SEARCH_HOLDS = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindReport:
    """What a search brought.

    rows : companies or people told, each once
    pages : asked now
    is_whole : the provider has no more, or the limit is reached
    because : why it stopped, in words; empty: it came to its end
    """

    rows: int
    pages: int
    is_whole: bool
    charged: Decimal
    because: str = ""


def find_accounts(
    provider_key: str, query: AccountQuery, *, limit: int = USUAL_LIMIT, actor: Actor, now: datetime
) -> FindReport:
    """Search companies, at most 2,000, and bring them in. Raises NotAllowed without "prospect.edit"."""

    def page(door: Door, token: str) -> Page:
        return adapters.account_source(door).search(query, token)

    return _find(provider_key, CallKind.SEARCH_ACCOUNTS, str(asdict(query)), page, limit, actor=actor, now=now)


def find_people(
    provider_key: str, query: PersonQuery, *, limit: int = USUAL_LIMIT, actor: Actor, now: datetime
) -> FindReport:
    """Search people and bring them in as source records. Raises NotAllowed without "prospect.edit"."""

    def page(door: Door, token: str) -> Page:
        return adapters.people_source(door).search_people(query, token)

    return _find(provider_key, CallKind.SEARCH_PEOPLE, str(asdict(query)), page, limit, actor=actor, now=now)


def _find(
    provider_key: str,
    kind: CallKind,
    words: str,
    page: Callable[[Door, str], Page],
    limit: int,
    *,
    actor: Actor,
    now: datetime,
) -> FindReport:
    asker = Asker(actor=actor, now=now)
    seen: set[str] = set()
    charged, pages, token, because = Decimal(0), 0, "", ""
    limit = min(limit, MOST_LIMIT)
    while pages < MOST_PAGES and len(seen) < limit:
        question = Question(kind=kind, words=(words, token), answer_holds=SEARCH_HOLDS, miss_holds=SEARCH_HOLDS)
        asked = _ask_page(asker, provider_key, question, page, token, seen)
        charged += asked.charged
        if asked.value is None:
            because = asked.because
            break
        pages += 1
        seen |= {row.key for row in asked.value.rows}
        token = asked.value.next
        if not token:
            break
    bring_in_answers(now=now)
    note_asked(asker.tally, actor=actor, what=f"provider:{provider_key}")
    is_whole = not because and (not token or len(seen) >= limit)
    return FindReport(rows=len(seen), pages=pages, is_whole=is_whole, charged=charged, because=because)


def _ask_page(
    asker: Asker,
    provider_key: str,
    question: Question,
    page: Callable[[Door, str], Page],
    token: str,
    seen: set[str],
) -> Asked[Page]:
    def call(door: Door) -> Page:
        found = page(door, token)
        if found.rows and {row.key for row in found.rows} <= seen:
            raise failed(door, "answers the same page again and again.", code=LOOP)
        return found

    return asker.ask(provider_key, question, call, is_hit=lambda found: bool(found.rows), rows=lambda found: found.rows)


__all__ = ["FindReport", "Outcome", "find_accounts", "find_people"]
