"""The golden values of accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tandem.accounts.contracts import Entity
from tandem.accounts.domain.survivorship import Choice
from tandem.accounts.queries.choosing import readings
from tandem.accounts.queries.choosing.links import Links, name_core, owned_domain
from tandem.accounts.queries.choosing.records import Choices, Record, Rules, Tell, choose_all, decide

ENTITY = Entity.ACCOUNT
DOMAIN_FIELDS = ("domain", "domain_2")


def tellings(links: Links) -> Mapping[str, Tell]:
    """How a source record tells each golden field, the parent aside."""
    return {
        "name": readings.text("name", 255),
        "owner": links.people.owner,
        "domain": readings.text("domain", 253, owned_domain),
        "type": readings.text("type", 40, readings.account_type),
        "segment": readings.text("segment", 40),
        "industry": readings.text("industry", 120),
        "employees": readings.head_count("employees"),
        "annual_revenue": readings.money("annual_revenue"),
        "currency": readings.text("currency", 3),
        "phone": readings.text("phone", 40),
        "street": readings.text("street", 255),
        "city": readings.text("city", 120),
        "region": readings.text("region", 120),
        "postal_code": readings.text("postal_code", 20),
        "country": readings.text("country", 2),
        "description": readings.text("description", 5_000),
    }


def choose_account(records: Sequence[Record], told: Mapping[str, Tell], rules: Rules) -> Choices:
    """The account's fields, the parent aside."""
    return with_its_currency(choose_all(records, told, rules), "annual_revenue", records)


def with_its_currency(choices: Choices, amount: str, records: Sequence[Record]) -> Choices:
    """An amount brings its own currency: the money of one source in the currency of another would be wrong."""
    won = choices.get(amount)
    if won is None or len(records) == 1:
        return choices
    told = next((record.data.get("currency") for record in records if record.id == won.record_id), None)
    if told and choices["currency"].record_id != won.record_id:
        return choices | {"currency": Choice(told, won.record_id, "with_amount")}
    return choices


def domains_of(records: Iterable[Record]) -> dict[str, int]:
    """Every domain any source gives the account, with that source's id; mail providers' aside."""
    found: dict[str, int] = {}
    for record in records:
        for field in DOMAIN_FIELDS:
            domain = owned_domain(str(record.data.get(field) or ""))
            if domain:
                found[domain] = min(found.get(domain, record.source_id), record.source_id)
    return found


def names_of(records: Iterable[Record]) -> set[tuple[str, int]]:
    """Every name any source gives the account, in the form in which names are compared, with that source's id."""
    told = ((name_core(str(record.data.get("name") or ""))[:255], record.source_id) for record in records)
    return {(core, source_id) for core, source_id in told if core}


def parent_tell(links: Links) -> Tell:
    """How a record names the parent: a person's correction by our id, else the source's key, else the name."""

    def tell(record: Record) -> object:
        if "parent_id" in record.data:
            return links.accounts.by_id(record, "parent_id")
        found = links.accounts.by_key(record, "parent_key")
        name = record.data.get("parent_name")
        return found or (links.accounts.by_name(record, str(name)) if name else None)

    return tell


def choose_parent(golden_id: int, records: Sequence[Record], tell: Tell, rules: Rules) -> Choice | None:
    """The parent by the rules, before rings are broken; nobody is their own parent."""

    def other(record: Record) -> object:
        parent = tell(record)
        return None if parent == golden_id else parent

    return decide(records, rules.of("parent"), other)


def break_rings(parents: Mapping[int, int]) -> dict[int, int]:
    """Parents without rings: in each ring the lowest id has no parent, whatever order the rows came in.

    >>> break_rings({1: 2, 2: 3, 3: 1, 4: 1})
    {2: 3, 3: 1, 4: 1}
    """
    roots: set[int] = set()
    settled: set[int] = set()
    for start in parents:
        path: list[int] = []
        place: dict[int, int] = {}
        here = start
        while here in parents and here not in settled and here not in place:
            place[here] = len(path)
            path.append(here)
            here = parents[here]
        if here in place:
            roots.add(min(path[place[here] :]))
        settled.update(path)
    return {child: parent for child, parent in parents.items() if child not in roots}


def emptied(choice: Choice | None) -> Choice | None:
    """The same choice with nothing in it: what a broken ring leaves."""
    return None if choice is None else replace(choice, value=None, decided_by="ring")
