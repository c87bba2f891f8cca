"""What an actor may see, as query sets. Every read of accounts, contacts and deals starts here.

Sight comes from the one table of rights in `access`; this module says what "owned" means for each kind:
an account by its owner; a contact by its employer's owner or its own; a deal by its owner.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from tandem.access.contracts import Reach, Sight
from tandem.access.queries import sight_of
from tandem.accounts.contracts import Entity
from tandem.accounts.models import Account, Contact, Opportunity
from tandem.core.actors import Actor

M = TypeVar("M", bound=Model)


def accounts_in_sight(actor: Actor, verb: str = "view") -> QuerySet[Account]:
    """Living accounts (not merged away) that the actor may touch with this verb."""
    sight = sight_of(actor, verb, "account")
    return _limited(Account.objects.filter(merged_into=None), sight, _owned(sight, "owner"))


def contacts_in_sight(actor: Actor, verb: str = "view") -> QuerySet[Contact]:
    """Living contacts: those at accounts in sight, those the actor owns, and those without account and owner."""
    sight = sight_of(actor, verb, "account")
    # Sub-select instead of a join: both databases can then use the index of `account` for it.
    mine = Q(owner_id__in=sight.person_ids) | Q(account__in=Account.objects.filter(_owned(sight, "owner")))
    if sight.unowned:
        mine |= Q(account=None, owner=None)
    return _limited(Contact.objects.filter(merged_into=None), sight, mine)


def deals_in_sight(actor: Actor, verb: str = "view") -> QuerySet[Opportunity]:
    """Deals that the actor may touch with this verb."""
    sight = sight_of(actor, verb, "deal")
    return _limited(Opportunity.objects.all(), sight, _owned(sight, "owner"))


KIND_OF = {Entity.ACCOUNT: "account", Entity.CONTACT: "contact", Entity.OPPORTUNITY: "deal"}


def in_sight(entity: Entity, actor: Actor, verb: str = "view") -> QuerySet[Any]:
    """Golden rows of an entity that the actor may touch with this verb."""
    rows = {Entity.ACCOUNT: accounts_in_sight, Entity.CONTACT: contacts_in_sight, Entity.OPPORTUNITY: deals_in_sight}
    return rows[entity](actor, verb)  # type: ignore[operator]


def reaches(sight: Sight, owner_id: int | None) -> bool:
    """Whether a sight takes in an object of this owner (None: nobody owns it)."""
    if sight.reach is Reach.ALL:
        return True
    return sight.unowned if owner_id is None else owner_id in sight.person_ids


def may(actor: Actor, verb: str, kind: str, owner_id: int | None) -> bool:
    """Whether the actor may do this with one object of this owner."""
    return reaches(sight_of(actor, verb, kind), owner_id)


def _owned(sight: Sight, path: str) -> Q:
    inside = Q(**{f"{path}_id__in": sight.person_ids})
    return inside | Q(**{f"{path}__isnull": True}) if sight.unowned else inside


def _limited(rows: QuerySet[M], sight: Sight, inside: Q) -> QuerySet[M]:
    if sight.reach is Reach.ALL:
        return rows
    return rows.none() if sight.reach is Reach.NONE else rows.filter(inside)
