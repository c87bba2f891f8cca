"""From the words a source uses for others (ids, names, mail) to golden ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from tandem.access import queries as access
from tandem.accounts.actions.assembling.records import Record
from tandem.accounts.actions.records import in_slices
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.normalise import company_domain, company_name
from tandem.accounts.models import AccountDomain, SourceRecord

Keyed = dict[tuple[int, str], int]


class People:
    """Owners: by the source's key, by mail, by name."""

    @cached_property
    def by_key(self) -> Keyed:
        """(source, key) to person id."""
        rows = SourceRecord.objects.filter(entity=Entity.PERSON, golden_id__isnull=False)
        return {(source, key): person for source, key, person in rows.values_list("source_id", "key", "golden_id")}

    @cached_property
    def by_email(self) -> dict[str, int]:
        """Mail to person id."""
        return access.person_ids_by_email()

    @cached_property
    def by_name(self) -> dict[str, int]:
        """Name to person id, names borne once."""
        return access.person_ids_by_name()

    def owner(self, record: Record) -> int | None:
        """Who owns what the record tells of, in our people; None when the record names nobody we know."""
        data = record.data
        found = self.by_key.get((record.source_id, str(data.get("owner_key", ""))))
        found = found or self.by_email.get(str(data.get("owner_email", "")).lower())
        name = str(data.get("owner_name") or data.get("owner_key") or "").casefold()
        return found or self.by_email.get(name) or self.by_name.get(name)


class Accounts:
    """Employers and customers: by the source's key, by name within the source, by domain."""

    def __init__(self) -> None:
        self._keyed: Keyed = {}

    def prepare(self, records: Iterable[Record], *fields: str) -> None:
        """Look up the account keys of one batch at once."""
        self._keyed = keyed_ids(Entity.ACCOUNT, records, fields)

    def by_key(self, record: Record, field: str = "account_key") -> int | None:
        """The account the record names by the source's id."""
        return self._keyed.get((record.source_id, str(record.data.get(field, ""))))

    @cached_property
    def _by_name(self) -> dict[tuple[int, str], int]:
        """(source, normalised name) to account id, names borne by one account only."""
        seen: dict[tuple[int, str], set[int]] = defaultdict(set)
        rows = SourceRecord.objects.filter(entity=Entity.ACCOUNT, golden_id__isnull=False)
        for source, golden_id, name in rows.values_list("source_id", "golden_id", "data__name").iterator():
            if name:
                seen[source, company_name(name).core].add(golden_id)
                seen[0, company_name(name).core].add(golden_id)
        return {key: next(iter(ids)) for key, ids in seen.items() if len(ids) == 1}

    @cached_property
    def _by_domain(self) -> dict[str, int]:
        """Domain to account id, domains of one account only."""
        seen: dict[str, set[int]] = defaultdict(set)
        for domain, account in AccountDomain.objects.values_list("domain", "account_id"):
            seen[domain].add(account)
        return {domain: next(iter(ids)) for domain, ids in seen.items() if len(ids) == 1}

    def by_name(self, record: Record, name: str) -> int | None:
        """The account of this name: in the same source, else anywhere when only one bears it."""
        core = company_name(name).core if name else ""
        return self._by_name.get((record.source_id, core)) or self._by_name.get((0, core)) if core else None

    def of(self, record: Record) -> int | None:
        """The account a record belongs to: its key, else its domain, else its name; None when none is known."""
        found = self.by_key(record)
        if found:
            return found
        domain = str(record.data.get("account_domain") or "")
        found = self._by_domain.get(domain) if domain else None
        found = found or self.by_name(record, str(record.data.get("account_name") or ""))
        mail = company_domain(str(record.data.get("email") or "").rsplit("@", 1)[-1]) if not found else ""
        return found or (self._by_domain.get(mail) if mail else None)


def keyed_ids(entity: Entity, records: Iterable[Record], fields: Sequence[str]) -> Keyed:
    """(source, key) to golden id for every key the records name in `fields`."""
    wanted: dict[int, set[str]] = defaultdict(set)
    for record in records:
        for field in fields:
            if record.data.get(field):
                wanted[record.source_id].add(str(record.data[field]))
    found: Keyed = {}
    for source_id, keys in wanted.items():
        for some in in_slices(sorted(keys)):
            rows: Any = SourceRecord.objects.filter(
                source_id=source_id, entity=entity, key__in=some, golden_id__isnull=False
            )
            found |= {(source_id, key): golden_id for key, golden_id in rows.values_list("key", "golden_id")}
    return found
