"""Whose an address, a number or a mail domain is; and everything that reaches one person. For rooms that read mail.

An address that several people share leads to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from tandem.accounts.domain.normalise import company_domain
from tandem.accounts.models import AccountDomain, Contact, ContactPoint
from tandem.accounts.queries.whom import widen
from tandem.compliance.contracts.rights import PersonKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A contact as a mail reader needs them. None: nobody, or not known"""

    contact_id: int
    name: str
    account_id: int | None
    owner_id: int | None


def person_at(address: str) -> Person | None:
    """The one living contact who has a mail address or a number; None when nobody or several people do."""
    if not address:
        return None
    kinds = [ContactPoint.Kind.EMAIL] if "@" in address else [ContactPoint.Kind.PHONE, ContactPoint.Kind.MOBILE]
    rows = ContactPoint.objects.filter(kind__in=kinds, value=address.lower(), contact__merged_into=None)
    ids = set(rows.values_list("contact_id", flat=True)[:10])
    return get_person(next(iter(ids))) if len(ids) == 1 else None


def get_person(contact_id: int) -> Person | None:
    """A contact by id; None when there is none."""
    row = Contact.objects.filter(id=contact_id).select_related("account").first()
    if row is None:
        return None
    owner = row.owner_id or (row.account.owner_id if row.account else None)
    return Person(contact_id=row.id, name=row.name, account_id=row.account_id, owner_id=owner)


def account_at(address: str) -> int | None:
    """The account that uses the domain of a mail address; None for free mail, and for what several accounts use."""
    domain = company_domain(address.rpartition("@")[2])
    if not domain:
        return None
    rows = AccountDomain.objects.filter(domain=domain, account__merged_into=None)
    ids = set(rows.values_list("account_id", flat=True)[:10])
    return next(iter(ids)) if len(ids) == 1 else None


def ways_to(contact_id: int) -> PersonKeys:
    """Addresses, numbers and keys that are this person's and nobody else's."""
    return widen(PersonKeys(subjects=(f"contact:{contact_id}",)))
