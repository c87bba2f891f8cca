"""Search over accounts, contacts and deals: exact addresses first, then names by the beginnings of their words.

The index is a word index kept by the database itself (SQLite: FTS5 with triggers; PostgreSQL: GIN over a tsvector), so
a hit costs the same at a thousand and at a million records. Words are matched from their beginning: "log bren" finds
"Brennholt Logistik". Nothing out of the actor's sight is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import RawSQL

from tandem.accounts.models import Account, AccountDomain, Contact, ContactPoint, Opportunity
from tandem.accounts.queries.visible import accounts_in_sight, contacts_in_sight, deals_in_sight
from tandem.core.actors import Actor

M = TypeVar("M", bound=Model)

SHORTEST = 2
LONGEST = 100
MOST_WORDS = 6
READ_FOR_EACH_SHOWN = 5
ORDER = {"account": 0, "contact": 1, "deal": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """Something found.

    kind : "account", "contact" or "deal"
    title : its name
    detail : what tells it apart from its namesakes
    is_exact : the text is its mail address, domain or whole name
    """

    kind: str
    id: int
    title: str
    detail: str
    is_exact: bool = False


def search(actor: Actor, text: str, limit: int = 20) -> list[SearchHit]:
    """What the actor can see and the text means, best first; fewer than two letters find nothing.

    Order: the mail address or domain itself, whole names, names beginning with the text, names with such words;
    among equals accounts, contacts, deals, then by name. No kind crowds out the others.
    """
    wanted = text.strip()[:LONGEST].casefold()
    words = words_of(wanted)
    if sum(map(len, words)) < SHORTEST:
        return []
    hits: dict[tuple[str, int], SearchHit] = {(hit.kind, hit.id): hit for hit in _by_address(actor, wanted, limit)}
    for hit in _by_name(actor, wanted, words, limit):
        hits.setdefault((hit.kind, hit.id), hit)
    return _shared(sorted(hits.values(), key=lambda hit: _rank(hit, wanted)), limit)


def _shared(ranked: list[SearchHit], limit: int) -> list[SearchHit]:
    """The best, of which no kind takes all places: each has a third of them, and what it leaves goes to the others.

    ranked : best first; the answer keeps this order
    """
    share, taken = max(limit // len(ORDER), 1), dict.fromkeys(ORDER, 0)
    first: list[int] = []
    rest: list[int] = []
    for place, hit in enumerate(ranked):
        taken[hit.kind] += 1
        (first if taken[hit.kind] <= share else rest).append(place)
    return [ranked[place] for place in sorted((first + rest)[:limit])]


def words_of(text: str) -> tuple[str, ...]:
    """Words as the index holds them: small letters and digits, without accents."""
    flat = "".join(
        letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter)
    )
    return tuple(re.findall(r"\w+", flat.replace("_", " ")))[:MOST_WORDS]


def _rank(hit: SearchHit, wanted: str) -> tuple[bool, bool, int, str, int]:
    name = hit.title.casefold()
    return (not hit.is_exact, not name.startswith(wanted), ORDER[hit.kind], name, hit.id)


def _by_address(actor: Actor, wanted: str, limit: int) -> Iterable[SearchHit]:
    """The mail address or web domain itself."""
    if "@" in wanted and " " not in wanted:
        points = ContactPoint.objects.filter(kind="email", value=wanted).values("contact_id")
        found = contacts_in_sight(actor).filter(Q(id__in=points) | Q(email=wanted))
        yield from _contacts(found.select_related("account")[:limit], wanted, is_exact=True)
    elif "." in wanted and " " not in wanted:
        domain = re.sub(r"^(https?://)?(www\.)?", "", wanted).split("/")[0]
        known = AccountDomain.objects.filter(domain=domain).values("account_id")
        found_accounts = accounts_in_sight(actor).filter(Q(id__in=known) | Q(domain=domain))
        yield from _accounts(found_accounts[:limit], wanted, is_exact=True)


def _by_name(actor: Actor, wanted: str, words: tuple[str, ...], limit: int) -> Iterable[SearchHit]:
    most = limit * READ_FOR_EACH_SHOWN
    yield from _accounts(_matching(accounts_in_sight(actor), words, most), wanted)
    yield from _contacts(_matching(contacts_in_sight(actor).select_related("account"), words, most), wanted)
    yield from _deals(_matching(deals_in_sight(actor).select_related("account"), words, most), wanted)


def _matching(rows: QuerySet[M], words: tuple[str, ...], most: int) -> list[M]:
    """Rows of which the first indexed column begins with the words, then rows that hold them anywhere."""
    table = rows.model._meta.db_table
    if connection.vendor != "sqlite":
        found = rows.filter(id__in=RawSQL(_postgresql(table), [" & ".join(f"{word}:*" for word in words)]))  # noqa: S611
        return list(found[:most])
    anywhere = " AND ".join(f'"{word}"*' for word in words)
    first = f'{{name}} : ^ "{words[0]}"*' + "".join(f' AND "{word}"*' for word in words[1:])
    sql = f"SELECT rowid FROM {table}_search WHERE {table}_search MATCH %s"  # noqa: S608  names of our own tables
    begins = list(rows.filter(id__in=RawSQL(sql, [first]))[:most])  # noqa: S611
    if len(begins) >= most:
        return begins
    return begins + list(rows.filter(id__in=RawSQL(sql, [anywhere])).exclude(id__in=[row.pk for row in begins])[:most])  # noqa: S611


@cache
def _postgresql(table: str) -> str:
    vector = import_module("tandem.accounts.migrations.0004_search").vector(table).replace("%", "%%")
    return f"SELECT id FROM {table} WHERE {vector} @@ to_tsquery('simple', %s)"  # noqa: S608  names of our own tables


def _accounts(rows: Iterable[Account], wanted: str, *, is_exact: bool = False) -> Iterable[SearchHit]:
    for row in rows:
        detail = " · ".join(filter(None, (row.domain, row.city, row.country)))
        yield SearchHit(
            kind="account", id=row.id, title=row.name, detail=detail, is_exact=is_exact or row.name.casefold() == wanted
        )


def _contacts(rows: Iterable[Contact], wanted: str, *, is_exact: bool = False) -> Iterable[SearchHit]:
    for row in rows:
        employer = row.account.name if row.account else ""
        detail = " · ".join(filter(None, (row.title, employer)))
        yield SearchHit(
            kind="contact", id=row.id, title=row.name, detail=detail, is_exact=is_exact or row.name.casefold() == wanted
        )


def _deals(rows: Iterable[Opportunity], wanted: str) -> Iterable[SearchHit]:
    for row in rows:
        employer = row.account.name if row.account else "no account"
        yield SearchHit(
            kind="deal",
            id=row.id,
            title=row.name,
            detail=f"{row.stage} · {employer}",
            is_exact=row.name.casefold() == wanted,
        )
