"""Which records must be put together again although they did not change: what they point at did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q

from tandem.access.queries import list_people
from tandem.accounts.contracts import Entity
from tandem.accounts.models import (
    Account,
    AccountDomain,
    AccountName,
    Contact,
    Employment,
    Opportunity,
    SourceRecord,
    StoredReport,
)
from tandem.accounts.queries.choosing.records import in_slices

PEOPLE_SEEN = "assembling-people"
OWNER_WORDS = Q(data__has_key="owner_key") | Q(data__has_key="owner_name") | Q(data__has_key="owner_email")
EMPLOYER_WORDS = (
    Q(data__has_key="account_key")
    | Q(data__has_key="account_name")
    | Q(data__has_key="account_domain")
    | Q(data__has_key="email")
)


def mark_for_new_people() -> int:
    """When people have come since the last run: records that name an owner whom nobody knew then; returns how many."""
    stored = StoredReport.objects.filter(key=PEOPLE_SEEN).first()
    if stored is not None and stored.body == _people_now():
        return 0
    marked = 0
    for entity, unowned in _golden(owner=None).items():
        naming = SourceRecord.objects.filter(OWNER_WORDS, entity=entity, is_dirty=False, golden_id__in=unowned)
        marked += naming.update(is_dirty=True)
    return marked


def note_people(now: datetime) -> None:
    """Remember which people this run knew, once it is over."""
    body = _people_now()
    if not StoredReport.objects.filter(key=PEOPLE_SEEN, body=body).exists():
        StoredReport.objects.update_or_create(key=PEOPLE_SEEN, defaults={"body": body, "computed_at": now})


def _people_now() -> list[int]:
    """Numbers that differ once a person or a key of one is new."""
    keyed = SourceRecord.objects.filter(entity=Entity.PERSON).aggregate(n=Count("id"), last=Max("id"))
    people = list_people()
    return [keyed["n"], keyed["last"] or 0, len(people), max((person.id for person in people), default=0)]


def _golden(**having: Any) -> dict[Entity, Any]:
    """Ids of the golden rows of each entity with these values, as sub-selects; accounts have no `account`."""
    managers: dict[Entity, Any] = {Entity.CONTACT: Contact.objects, Entity.OPPORTUNITY: Opportunity.objects}
    if "owner" in having:
        managers[Entity.ACCOUNT] = Account.objects
    return {entity: manager.filter(**having).values("id") for entity, manager in managers.items()}


def mark_dependents(account_ids: Sequence[int]) -> int:
    """Contacts and deals whose account may be another one now that these accounts changed; returns how many records.

    Those at these accounts, at accounts that share a domain or name with them, and those that name an employer which
    was not known.
    """
    if not Contact.objects.exists() and not Opportunity.objects.exists():
        return 0
    marked = 0
    for some in in_slices(account_ids):
        near = {*some, *_namesakes(some)}
        for part in in_slices(sorted(near)):
            marked += _mark_at(part)
    with transaction.atomic():
        for entity, loose in _golden(account=None).items():
            rows = SourceRecord.objects.filter(EMPLOYER_WORDS, entity=entity, is_dirty=False, golden_id__in=loose)
            marked += rows.update(is_dirty=True)
    return marked


def dependents_of(account_ids: Sequence[int]) -> dict[Entity, list[int]]:
    """Golden contacts and deals that point at these accounts."""
    employed = Employment.objects.filter(account_id__in=account_ids).values_list("contact_id", flat=True)
    contacts = Contact.objects.filter(account_id__in=account_ids, merged_into=None).values_list("id", flat=True)
    deals = Opportunity.objects.filter(account_id__in=account_ids).values_list("id", flat=True)
    return {Entity.CONTACT: sorted({*employed, *contacts}), Entity.OPPORTUNITY: sorted(deals)}


def _namesakes(account_ids: Sequence[int]) -> set[int]:
    domains = AccountDomain.objects.filter(account_id__in=account_ids).values("domain")
    names = AccountName.objects.filter(account_id__in=account_ids).values("core")
    found = set(AccountDomain.objects.filter(domain__in=domains).values_list("account_id", flat=True))
    return found | set(AccountName.objects.filter(core__in=names).values_list("account_id", flat=True))


def _mark_at(account_ids: Sequence[int]) -> int:
    employed = Employment.objects.filter(account_id__in=account_ids).values("contact_id")
    there = _golden(account__in=account_ids)
    there[Entity.CONTACT] = Contact.objects.filter(Q(account_id__in=account_ids) | Q(id__in=employed)).values("id")
    marked = 0
    for entity, ids in there.items():
        rows = SourceRecord.objects.filter(entity=entity, is_dirty=False, golden_id__in=ids)
        marked += rows.update(is_dirty=True)
    return marked
