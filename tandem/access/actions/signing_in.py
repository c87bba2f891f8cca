"""Sign-ins in the ledger: who came in, by which way, and who knocked with the wrong key."""

from __future__ import annotations

from tandem.access import queries
from tandem.core import ledger
from tandem.core.actors import Actor, ActorKind, built_in_agent


def note_sign_in(*, person_id: int, ways: list[str]) -> None:
    """Record that a person is in. `ways` are the steps passed: "password", "mfa", "socialaccount", "demo"."""
    person = queries.get_person(person_id)
    actor = Actor(kind=ActorKind.PERSON, id=person.id, name=person.name, role=person.role)
    ledger.append(actor, "access.signed_in", subject=f"person:{person.id}", ways=ways)


def note_sign_out(*, actor: Actor) -> None:
    """Record that a person has left."""
    ledger.append(actor, "access.signed_out", subject=f"person:{actor.id}")


def note_failed_sign_in(*, email: str) -> None:
    """Record a failed try at the door of somebody known; strangers' addresses are not kept."""
    person = queries.find_person_by_email(email)
    if person is not None:
        ledger.append(built_in_agent("sign-in"), "access.sign_in_failed", subject=f"person:{person.id}")


def note_credential_change(*, person_id: int, what: str) -> None:
    """Record that a person changed how they sign in; never the secret itself."""
    person = queries.get_person(person_id)
    actor = Actor(kind=ActorKind.PERSON, id=person.id, name=person.name, role=person.role)
    ledger.append(actor, "access.credential_changed", subject=f"person:{person.id}", what=what)
