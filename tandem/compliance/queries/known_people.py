"""What the rooms above know of somebody: for explanations, and for holds on a whole account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tandem.compliance.contracts.gate import RecipientFacts
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.queries import gate


def facts_of(person: PersonKeys) -> RecipientFacts | None:
    """What is known of a person; None: the rooms above know nobody like that."""
    return next(_all_facts(person), None)


def accounts_of(person: PersonKeys) -> tuple[str, ...]:
    """Where the person works: ("account:3",); empty: not known."""
    return accounts_among([person])[0]


def accounts_among(people: Sequence[PersonKeys]) -> list[tuple[str, ...]]:
    """The same for many people, in their order."""
    told = gate.recipient_facts(list({key for person in people for key in _asked(person)}))
    return [
        tuple(dict.fromkeys(told[key].account for key in _asked(person) if key in told and told[key].account))
        for person in people
    ]


def _asked(person: PersonKeys) -> list[tuple[str, str, str]]:
    """As the rooms above are asked: by name, and by each address."""
    return [
        *((subject, "", "") for subject in person.subjects),
        *(("", "", address) for address in person.addresses),
    ]


def _all_facts(person: PersonKeys) -> Iterator[RecipientFacts]:
    asked = _asked(person)
    told = gate.recipient_facts(asked)
    for key in asked:
        if key in told:
            yield told[key]
