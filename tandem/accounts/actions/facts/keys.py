"""From the keys and names in fact rows to golden ids: the row's own source first, others where the key is used once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from tandem.accounts.actions.facts.batch import FactBatch, text_column
from tandem.accounts.contracts import Entity
from tandem.accounts.domain import conversion
from tandem.accounts.models import Account, Contact, Opportunity, Source, SourceRecord
from tandem.accounts.queries.choosing.links import People
from tandem.accounts.queries.choosing.records import in_slices

Named = tuple[int, str]
GOLDEN = {Entity.ACCOUNT: Account, Entity.CONTACT: Contact}
MOST_REDIRECTS = 20


def golden_ids(entity: Entity, named: Iterable[Named]) -> dict[Named, int]:
    """(source id, key) to golden id, for the keys that are known.

    A key that the named source does not know counts where exactly one golden record bears it in the other sources.
    """
    wanted = {pair for pair in named if pair[1]}
    if not wanted:
        return {}
    keys = sorted({key for _, key in wanted})
    bearers: dict[str, dict[int, int]] = defaultdict(dict)
    for source_id in Source.objects.values_list("id", flat=True):
        for some in in_slices(keys):
            rows = SourceRecord.objects.filter(source_id=source_id, entity=entity, key__in=some)
            for key, golden_id in rows.values_list("key", "golden_id"):
                if golden_id is not None:
                    bearers[key][source_id] = golden_id
    living = living_ids(entity, {pk for ids in bearers.values() for pk in ids.values()})
    found: dict[Named, int] = {}
    for source_id, key in wanted:
        own = living.get(bearers[key].get(source_id, 0))
        others = {living[pk] for pk in bearers[key].values() if pk in living}
        if own is not None or len(others) == 1:
            found[source_id, key] = own if own is not None else next(iter(others))
    return found


def lone_bearers(entity: Entity, named: set[Named]) -> dict[Named, int]:
    """(source id, name) to golden id, for names that one golden record alone bears among the source's records."""
    wanted: dict[int, set[str]] = defaultdict(set)
    for source_id, name in named:
        if name:
            wanted[source_id].add(name)
    bearers: dict[Named, set[int]] = defaultdict(set)
    for source_id, names in wanted.items():
        records = SourceRecord.objects.filter(source_id=source_id, entity=entity, golden_id__isnull=False)
        for name, golden_id in records.values_list("data__name", "golden_id").iterator(chunk_size=10_000):
            if name in names and golden_id is not None:
                bearers[source_id, str(name)].add(golden_id)
    lone = {pair: next(iter(ids)) for pair, ids in bearers.items() if len(ids) == 1}
    living = living_ids(entity, set(lone.values()))
    return {pair: living[pk] for pair, pk in lone.items() if pk in living}


def living_ids(entity: Entity, ids: set[int]) -> dict[int, int]:
    """Golden id to the living row it stands for; ids that nobody has put together yet are absent."""
    if entity is Entity.OPPORTUNITY:
        return {pk: pk for some in in_slices(sorted(ids)) for pk in _present(Opportunity, some, "id")}
    found: dict[int, int] = {}
    waiting = {pk: pk for pk in ids}
    for _ in range(MOST_REDIRECTS):
        merged: dict[int, int | None] = {}
        for some in in_slices(sorted(set(waiting.values()))):
            merged |= _present(GOLDEN[entity], some, "merged_into_id")
        found |= {start: here for start, here in waiting.items() if here in merged and merged[here] is None}
        waiting = {start: after for start, here in waiting.items() if (after := merged.get(here))}
        if not waiting:
            break
    return found


def _present(model: Any, ids: Sequence[int], column: str) -> dict[int, int | None]:
    return dict(model.objects.filter(id__in=ids).values_list("id", column))


def ids_in(batch: FactBatch, entity: Entity, field: str) -> list[int | None]:
    """The golden id each row names in `field`, in row order; None: names none, or none that is known."""
    keys = [key[:200] for key in text_column(batch, field)]
    known = golden_ids(entity, ((batch.source.id, key) for key in keys))
    return [known.get((batch.source.id, key)) for key in keys]


def deal_ids(batch: FactBatch) -> list[int | None]:
    """The deal each row is about: by the source's key, else by a name that one deal alone bears."""
    found = ids_in(batch, Entity.OPPORTUNITY, "opportunity_key")
    words = text_column(batch, "opportunity_key")
    missing = {word for word, deal in zip(words, found, strict=True) if word and deal is None}
    if not missing:
        return found
    seen: dict[str, set[int]] = defaultdict(set)
    for some in in_slices(sorted(missing)):
        for pk, name in Opportunity.objects.filter(name__in=some).values_list("id", "name"):
            seen[name].add(pk)
    by_name = {name: next(iter(ids)) for name, ids in seen.items() if len(ids) == 1}
    return [deal if deal is not None else by_name.get(word) for word, deal in zip(words, found, strict=True)]


def keys_of(batch: FactBatch, entity: Entity, *, most: int = 200) -> list[str]:
    """Each row's key: the source's own, else a hash of what names the row."""
    told = text_column(batch, "key")
    if all(told):
        return [key[:most] for key in told]
    rows = conversion.row_data(batch.typed)
    return [(key or conversion.natural_key(entity, row))[:most] for key, row in zip(told, rows, strict=True)]


class Colleagues(People):
    """Our people as the rows of a batch name them."""

    @cached_property
    def _by_lone_key(self) -> dict[str, int]:
        """Key to person id, for keys that mean one person in all sources."""
        seen: dict[str, set[int]] = defaultdict(set)
        for (_, key), person in self.by_key.items():
            seen[key].add(person)
        return {key: next(iter(people)) for key, people in seen.items() if len(people) == 1}

    def find(self, source_id: int, key: str, email: str, name: str) -> int | None:
        """By the source's key, by mail, by a name borne once; a key may itself be a mail or a name. None: nobody."""
        if key:
            found = self.by_key.get((source_id, key)) or self._by_lone_key.get(key)
            if found:
                return found
        for word in (email, key):
            if word and word.lower() in self.by_email:
                return self.by_email[word.lower()]
        for word in (name, key):
            if word and word.casefold() in self.by_name:
                return self.by_name[word.casefold()]
        return None

    def of(self, batch: FactBatch, prefix: str) -> list[int | None]:
        """The person each row names in `<prefix>_key`, `<prefix>_email`, `<prefix>_name`."""
        parts = [text_column(batch, f"{prefix}_{part}") for part in ("key", "email", "name")]
        return [self.find(batch.source.id, *words) for words in zip(*parts, strict=True)]


def own_domains(people: People, more: Sequence[str]) -> frozenset[str]:
    """Mail domains that are ours: those the organisation names."""
    return frozenset(domain.lower() for domain in more) or _shared_domains(people.by_email)


def _shared_domains(mails: Iterable[str]) -> frozenset[str]:
    """Domains of more than one colleague, where nobody has said which domains are ours."""
    counts: dict[str, int] = defaultdict(int)
    for mail in mails:
        counts[mail.rsplit("@", 1)[-1]] += 1
    return frozenset(domain for domain, count in counts.items() if count > 1 and not domain.endswith(".invalid"))
