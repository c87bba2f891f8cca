"""From the words a source uses for others (ids, names, mail) to golden ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Any

from tandem.access import queries as access
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.normalise import company_domain, company_name
from tandem.accounts.models import Account, AccountDomain, AccountName, Competitor, SourceRecord
from tandem.accounts.queries.choosing.records import EMPTIED, Record, in_slices

Keyed = dict[tuple[int, str], int]
MOST_REDIRECTS = 20
NAME_FIELDS = ("account_name", "parent_name")
ANYWHERE = 0  # stands for "whatever source" where a source id is asked for


@lru_cache(maxsize=65_536)
def name_core(name: str) -> str:
    """What a company is called, without legal form; "" for no name."""
    return company_name(name).core if name else ""


@lru_cache(maxsize=262_144)
def owned_domain(domain: str) -> str:
    """The registered domain, "" for a mail provider's."""
    return company_domain(domain) if domain else ""


def mail_domain(record: Record) -> str:
    """The domain of the record's mail address that can be an employer's, or ""."""
    return owned_domain(str(record.data.get("email") or "").rpartition("@")[2])


class People:
    """Owners: by the source's key, by mail, by name."""

    @cached_property
    def by_key(self) -> Keyed:
        """(source, key) to person id."""
        rows = SourceRecord.objects.filter(entity=Entity.PERSON, golden_id__isnull=False)
        found = rows.values_list("source_id", "key", "golden_id")
        return {(source, key): person for source, key, person in found if person is not None}

    @cached_property
    def by_email(self) -> dict[str, int]:
        """Mail to person id."""
        return access.person_ids_by_email()

    @cached_property
    def by_name(self) -> dict[str, int]:
        """Name to person id, names borne once."""
        return access.person_ids_by_name()

    def owner(self, record: Record) -> Any:
        """Who owns what the record tells of, in our people; None when it names nobody we know.

        A person's correction names our own id, or EMPTIED for nobody.
        """
        data = record.data
        if "owner_id" in data:
            return data["owner_id"]
        key, email = data.get("owner_key"), data.get("owner_email")
        found = self.by_key.get((record.source_id, str(key))) if key else None
        if not found and email:
            found = self.by_email.get(str(email).lower())
        name = str(data.get("owner_name") or key or "").casefold()
        if not found and name:
            found = self.by_email.get(name) or self.by_name.get(name)
        return found


class Accounts:
    """Employers and customers: by the source's key, by domain, by name."""

    def __init__(self) -> None:
        self._keyed: Keyed = {}
        self._domains: dict[str, int] = {}
        self._named: Keyed = {}
        self._living: dict[int, int] = {}

    def prepare(self, records: Iterable[Record], *fields: str) -> None:
        """Look up the account keys, domains and names of one batch at once."""
        batch = list(records)
        self._keyed = keyed_ids(Entity.ACCOUNT, batch, fields)
        domains = {str(record.data.get("account_domain") or "") for record in batch}
        domains |= {mail_domain(record) for record in batch}
        self._domains = _by_domain(sorted(domains - {""}))
        names = {name_core(str(record.data.get(name) or "")) for record in batch for name in NAME_FIELDS}
        self._named = _by_name(sorted(names - {""}))
        named = {
            int(record.data[name]) for record in batch for name in ("account_id", "parent_id") if _is_id(record, name)
        }
        self._living = _living_ids({*self._keyed.values(), *self._domains.values(), *named})

    def by_key(self, record: Record, field: str = "account_key") -> int | None:
        """The living account the record names by the source's id."""
        key = record.data.get(field)
        return self._living.get(self._keyed.get((record.source_id, str(key)), 0)) if key else None

    def by_id(self, record: Record, field: str) -> Any:
        """The living account a person's correction names by our own id; EMPTIED for none, None when gone."""
        value = record.data[field]
        return value if value == EMPTIED else self._living.get(int(value))

    def by_name(self, record: Record, name: str) -> int | None:
        """The account of this name: in the same source, else anywhere when only one bears it."""
        core = name_core(name)
        return self._named.get((record.source_id, core)) or self._named.get((ANYWHERE, core)) if core else None

    def of(self, record: Record) -> Any:
        """The account a record belongs to: its key, else its domain, name or mail; None when none is known."""
        if "account_id" in record.data:
            return self.by_id(record, "account_id")
        found = self.by_key(record)
        if found:
            return found
        found = self._domains.get(str(record.data.get("account_domain") or ""))
        found = found or self.by_name(record, str(record.data.get("account_name") or ""))
        return found or self._domains.get(mail_domain(record))


class Competitors:
    """Competitors by name or alias, without case."""

    def __init__(self) -> None:
        self._by_name: dict[str, int] = {}
        for pk, name, aliases in Competitor.objects.order_by("id").values_list("id", "name", "aliases"):
            for word in (name, *aliases):
                self._by_name.setdefault(str(word).casefold(), pk)

    def knows(self, name: str) -> bool:
        """Whether somebody of this name or alias is listed."""
        return name.casefold() in self._by_name

    def of(self, record: Record) -> Any:
        """The competitor a deal names; None when none, or one that nobody has listed."""
        name = record.data.get("competitor")
        if name is None or name == EMPTIED:
            return EMPTIED if name is not None and record.is_correction else None
        return self._by_name.get(str(name)[:120].casefold())


class Links:
    """Everything a batch of records may point at."""

    def __init__(self) -> None:
        self.people = People()
        self.accounts = Accounts()

    @cached_property
    def competitors(self) -> Competitors:
        """Competitors, read once."""
        return Competitors()

    def forget_competitors(self) -> None:
        """Read them again: new ones have been written."""
        self.__dict__.pop("competitors", None)


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


def _is_id(record: Record, field: str) -> bool:
    return record.data.get(field) not in (None, EMPTIED)


def _by_domain(domains: Sequence[str]) -> dict[str, int]:
    """Domain to account id, domains of one living account only."""
    seen: dict[str, set[int]] = defaultdict(set)
    for some in in_slices(domains):
        rows = list(AccountDomain.objects.filter(domain__in=some).values_list("domain", "account_id"))
        merged = _merged(account for _, account in rows)
        for domain, account in rows:
            if account not in merged:
                seen[domain].add(account)
    return {domain: next(iter(ids)) for domain, ids in seen.items() if len(ids) == 1}


def _by_name(cores: Sequence[str]) -> Keyed:
    """(source, normalised name) to account id, names borne by one living account only."""
    seen: dict[tuple[int, str], set[int]] = defaultdict(set)
    for some in in_slices(cores):
        rows = list(AccountName.objects.filter(core__in=some).values_list("source_id", "core", "account_id"))
        merged = _merged(account for _, _, account in rows)
        for source, core, account in rows:
            if account not in merged:
                seen[source, core].add(account)
                seen[ANYWHERE, core].add(account)
    return {key: next(iter(ids)) for key, ids in seen.items() if len(ids) == 1}


def _merged(ids: Iterable[int]) -> set[int]:
    """Those of the accounts that stand for another no more.

    Asked apart: in a join, SQLite goes through all living accounts for the few that are named.
    """
    found: set[int] = set()
    for some in in_slices(sorted(set(ids))):
        rows = Account.objects.filter(id__in=some).values_list("id", "merged_into_id")
        found |= {pk for pk, into in rows if into is not None}
    return found


def _living_ids(ids: Iterable[int]) -> dict[int, int]:
    """Account id to the living account it stands for; ids that nobody has put together yet are absent."""
    found: dict[int, int] = {}
    waiting = {pk: pk for pk in ids}
    for _ in range(MOST_REDIRECTS):
        following: dict[int, int] = {}
        for some in in_slices(sorted(set(waiting.values()))):
            merged = dict(Account.objects.filter(id__in=some).values_list("id", "merged_into_id"))
            for start, here in waiting.items():
                if here in merged and merged[here] is None:
                    found[start] = here
                elif merged.get(here) not in (None, start):
                    following[start] = merged[here]
        waiting = following
        if not waiting:
            break
    return found
