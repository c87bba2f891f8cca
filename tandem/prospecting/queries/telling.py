"""What may be told to people of what research keeps, with the parts of each source: for rooms that write messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from tandem.accounts.queries.choosing.records import in_slices
from tandem.accounts.queries.involvement import AccountPerson, people_by_id
from tandem.prospecting.contracts import Observation
from tandem.prospecting.domain.commentary import comments_in
from tandem.prospecting.domain.research_terms import PUBLISHED
from tandem.prospecting.models import Fact, FactSheet
from tandem.prospecting.queries.profiles import profiles
from tandem.prospecting.queries.sheet_inputs import is_theirs

COLUMNS = ("subject", "kind", "statement", "quote", "evidence_id", "source", "url", "said_at")
PLAIN = (str, int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellableFact:
    """One published thing that research kept on a person or their company, and that has not expired.

    evidence_id : of the kept fact; statement : research's sentence on it; quote : the words of the source
    title, text, topic, details : as the source has them; empty: it is only kept in words
    is_theirs : by or about the person themself
    comments : (words, person, position) of everybody quoted in it
    """

    evidence_id: str
    kind: str
    statement: str
    quote: str
    source: str
    url: str
    at: datetime | None
    title: str = ""
    text: str = ""
    topic: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    is_theirs: bool = False
    comments: tuple[tuple[str, str, str], ...] = ()


def with_fact_sheet(contact_ids: Iterable[int], *, at: datetime) -> frozenset[int]:
    """Those of these people who have a fact sheet that has not expired. One query a thousand people."""
    found: set[int] = set()
    for some in in_slices(sorted(set(contact_ids))):
        rows = FactSheet.objects.filter(contact_id__in=some, expires_at__gt=at)
        found.update(rows.values_list("contact_id", flat=True))
    return frozenset(found)


def tellable_facts(contact_ids: Iterable[int], *, at: datetime) -> dict[int, tuple[TellableFact, ...]]:
    """What may be told to each of these people: facts of their sheet and of their company, newest first.

    What research kept out as private was never kept, so it is not here. Handfuls of queries however many people; the
    caller has checked sight.
    """
    people = people_by_id(contact_ids)
    subjects = {f"contact:{pk}" for pk in people} | {f"account:{one.account_id}" for one in people.values()}
    kept: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for some in in_slices(sorted(subjects)):
        rows = Fact.objects.filter(Q(expires_at=None) | Q(expires_at__gt=at), subject__in=some, kind__in=PUBLISHED)
        for row in rows.order_by("-said_at", "id").values_list(*COLUMNS):
            kept[row[0]].append(row[1:])
    seen = _observations({one.account_id for one in people.values()}, at)
    return {pk: _of(person, kept, seen) for pk, person in people.items()}


def _observations(account_ids: Iterable[int], at: datetime) -> dict[str, Observation]:
    return {one.id: one for profile in profiles(account_ids, at=at) for one in profile.observations}


def _of(
    person: AccountPerson, kept: Mapping[str, list[tuple[object, ...]]], seen: Mapping[str, Observation]
) -> tuple[TellableFact, ...]:
    rows = [*kept.get(f"contact:{person.contact_id}", ()), *kept.get(f"account:{person.account_id}", ())]
    found = {str(row[3]): _fact(row, seen.get(str(row[3])), person.name) for row in reversed(rows)}
    return tuple(reversed(found.values()))


def _fact(row: tuple[object, ...], seen: Observation | None, name: str) -> TellableFact:
    kind, statement, quote, evidence_id, source, url, at = row
    text = f"{seen.title}\n{seen.text}" if seen else str(quote)
    details = {str(key): str(value) for key, value in seen.details.items() if isinstance(value, PLAIN)} if seen else {}
    return TellableFact(
        evidence_id=str(evidence_id),
        kind=str(kind),
        statement=str(statement),
        quote=str(quote),
        source=str(source),
        url=str(url),
        at=at if isinstance(at, datetime) else None,
        title=seen.title if seen else "",
        text=seen.text if seen else "",
        topic=seen.topic if seen else "",
        details=details,
        is_theirs=seen is not None and is_theirs(seen, name),
        comments=tuple((one.words, one.person, one.position) for one in comments_in(text)),
    )
