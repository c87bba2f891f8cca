"""The same choice that assembling makes, for one record, with every voice that was heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tandem.accounts.contracts import Entity
from tandem.accounts.queries.choosing import accounts, contacts, deals
from tandem.accounts.queries.choosing.links import Links
from tandem.accounts.queries.choosing.records import (
    Choices,
    Record,
    Tell,
    records_of,
    rules_in_force,
    source_kinds,
    value_of,
)


@dataclass(frozen=True, slots=True)
class Explained:
    """The records of one golden row, what was chosen, and how each record tells each field."""

    records: Sequence[Record]
    choices: Choices
    tellings: Mapping[str, Tell]


def explain(entity: Entity, golden_id: int) -> Explained:
    """Choose anew, by the rules in force now."""
    records = records_of(entity, [golden_id], source_kinds())[golden_id]
    links, rules = Links(), rules_in_force(entity)
    if entity is Entity.CONTACT:
        links.accounts.prepare(contacts.with_former(records), "account_key")
        claims = contacts.claims_of(records, links.accounts.of)
        told = contacts.tellings(links)
        choices = contacts.choose_contact(records, claims, told, rules)
        told = {
            **told,
            "email": contacts.email_tell(records),
            "account": contacts.account_tell(claims),
            "has_left": contacts.left_tell(records, claims, value_of(choices, "account")),
        }
        return Explained(records, choices, told)
    if entity is Entity.OPPORTUNITY:
        links.accounts.prepare(records, "account_key")
        told = deals.tellings(links)
        return Explained(records, deals.choose_deal(records, told, rules), told)
    links.accounts.prepare(records, "parent_key")
    told = accounts.tellings(links)
    choices = accounts.choose_account(records, told, rules)
    parent = accounts.parent_tell(links)
    chosen = accounts.choose_parent(golden_id, records, parent, rules)
    return Explained(records, choices | ({"parent": chosen} if chosen else {}), {**told, "parent": parent})
