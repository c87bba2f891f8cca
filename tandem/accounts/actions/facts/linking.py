"""To whom an activity belongs: account, contact and deal by the source's keys, by mail, by domain.

One set-based pass serves landing and, later, the activities that named somebody whom nobody knew then.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tandem.access import queries as access
from tandem.accounts.actions.facts.keys import Named, golden_ids, lone_bearers, own_domains
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.normalise import company_domain
from tandem.accounts.models import Account, AccountDomain, Contact, ContactPoint, Opportunity
from tandem.accounts.queries.choosing.links import People
from tandem.accounts.queries.choosing.records import in_slices
from tandem.core import bulk

MOST_LOOSE_ADDRESSES = 20
KEYED = (
    ("account_key", Entity.ACCOUNT),
    ("contact_key", Entity.CONTACT),
    ("opportunity_key", Entity.OPPORTUNITY),
)

NAMED = (("account_name", Entity.ACCOUNT), ("opportunity_name", Entity.OPPORTUNITY))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Whom one activity names: keys or names of its source, and the mail addresses of those who are not ours."""

    source_id: int
    account_key: str = ""
    contact_key: str = ""
    opportunity_key: str = ""
    account_name: str = ""
    opportunity_name: str = ""
    addresses: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Link:
    """Whom that is.

    contact_ids : everybody known among those named
    loose : what is still to be found, as `Mention` fields; None when nothing is
    """

    account_id: int | None = None
    contact_id: int | None = None
    opportunity_id: int | None = None
    contact_ids: frozenset[int] = frozenset()
    loose: dict[str, Any] | None = field(default=None)


class OurSide:
    """Who is ours: colleagues by mail, and the domains of our own mail."""

    def __init__(self, people: People) -> None:
        self.people = people
        self._domains = own_domains(people, access.get_organisation().domains)

    def person(self, address: str) -> int | None:
        """The colleague of this address; None when it is nobody's."""
        return self.people.by_email.get(address)

    def is_ours(self, address: str) -> bool:
        """A colleague's address, or one of our own domains."""
        return address in self.people.by_email or address.rsplit("@", 1)[-1] in self._domains


def link(mentions: Sequence[Mention]) -> list[Link]:
    """Account, contact and deal of each mention.

    Contact: by key, else the first address that one known contact alone has. Account: by key, else by a name that one
    record of the source alone bears, else the deal's, else the contact's employer, else the company domain that stands
    most often among the addresses. Deal: by key, else by such a name.
    """
    keyed = {name: golden_ids(entity, _named(mentions, name)) for name, entity in KEYED}
    keyed |= {name: lone_bearers(entity, set(_named(mentions, name))) for name, entity in NAMED}
    by_mail = contacts_by_mail({address for mention in mentions for address in mention.addresses})
    links = [_first_look(mention, keyed, by_mail) for mention in mentions]
    _fill_accounts(mentions, links)
    for mention, found in zip(mentions, links, strict=True):
        found.loose = _loose(mention, found)
    return links


def contacts_by_mail(addresses: set[str]) -> dict[str, int]:
    """Mail to contact id, for addresses that one contact alone has."""
    seen: dict[str, set[int]] = defaultdict(set)
    for some in in_slices(sorted(addresses)):
        rows = ContactPoint.objects.filter(kind=ContactPoint.Kind.EMAIL, value__in=some, contact__merged_into=None)
        for value, contact in rows.values_list("value", "contact_id"):
            seen[value].add(contact)
    return {mail: next(iter(ids)) for mail, ids in seen.items() if len(ids) == 1}


def _named(mentions: Iterable[Mention], name: str) -> Iterable[Named]:
    return ((mention.source_id, getattr(mention, name)) for mention in mentions)


def _first_look(mention: Mention, keyed: dict[str, dict[Named, int]], by_mail: dict[str, int]) -> Link:
    def known(field: str) -> int | None:
        return keyed[field].get((mention.source_id, getattr(mention, field)))

    contact = known("contact_key")
    account = known("account_key") or known("account_name")
    deal = known("opportunity_key") or known("opportunity_name")
    if contact is None:
        contact = next((by_mail[address] for address in mention.addresses if address in by_mail), None)
    people = frozenset(by_mail[address] for address in mention.addresses if address in by_mail)
    return Link(
        account_id=account,
        contact_id=contact,
        opportunity_id=deal,
        contact_ids=people if contact is None else people | {contact},
    )


def _fill_accounts(mentions: Sequence[Mention], links: Sequence[Link]) -> None:
    """Accounts that no key told."""
    open_links = [found for found in links if found.account_id is None]
    customers = _column(Opportunity, {found.opportunity_id for found in open_links})
    employers = _column(Contact, {found.contact_id for found in open_links})
    for found in open_links:
        found.account_id = customers.get(found.opportunity_id) or employers.get(found.contact_id)
    nameless = [
        (mention, found) for mention, found in zip(mentions, links, strict=True)
        if found.account_id is None and mention.addresses
    ]  # fmt: skip
    domains = {id(found): _domains(mention.addresses) for mention, found in nameless}
    owners = accounts_by_domain({domain for counts in domains.values() for domain in counts})
    for _, found in nameless:
        counts = domains[id(found)]
        known = [domain for domain, _ in counts.most_common() if domain in owners]
        found.account_id = owners[known[0]] if known else None


def accounts_by_domain(domains: set[str]) -> dict[str, int]:
    """Company domain to account id, for domains of one account only."""
    seen: dict[str, set[int]] = defaultdict(set)
    for some in in_slices(sorted(domains)):
        rows = AccountDomain.objects.filter(domain__in=some, account__merged_into=None)
        for domain, account in rows.values_list("domain", "account_id"):
            seen[domain].add(account)
    return {domain: next(iter(ids)) for domain, ids in seen.items() if len(ids) == 1}


def _domains(addresses: Iterable[str]) -> Counter[str]:
    """How often each company's domain stands among the addresses; free mail does not count."""
    return Counter(filter(None, (company_domain(address.rsplit("@", 1)[-1]) for address in addresses)))


def _column(model: Any, ids: set[int | None]) -> dict[int | None, int | None]:
    """Id to account id."""
    known: dict[int | None, int | None] = {}
    for some in in_slices(sorted(pk for pk in ids if pk is not None)):
        known.update(model.objects.filter(id__in=some).values_list("id", "account_id"))
    return known


def _loose(mention: Mention, found: Link) -> dict[str, Any] | None:
    missing: dict[str, Any] = {
        name: getattr(mention, name)
        for (name, _), known in zip(
            KEYED, (found.account_id, found.contact_id, found.opportunity_id), strict=True
        )
        if getattr(mention, name) and known is None
    }  # fmt: skip
    for name, known_id in (("account_name", found.account_id), ("opportunity_name", found.opportunity_id)):
        if getattr(mention, name) and known_id is None:
            missing[name] = getattr(mention, name)
    if mention.addresses and (found.contact_id is None or found.account_id is None):
        missing["addresses"] = list(mention.addresses[:MOST_LOOSE_ADDRESSES])
    return missing or None


def touch(model: Any, times: Iterable[tuple[int | None, datetime]]) -> None:
    """Move `last_activity_at` of accounts, contacts or deals forward; never back."""
    latest: dict[int, datetime] = {}
    for pk, at in times:
        if pk is not None and (pk not in latest or at > latest[pk]):
            latest[pk] = at
    for some in in_slices(sorted(latest)):
        known = dict(model.objects.filter(id__in=some).values_list("id", "last_activity_at"))
        newer = [(pk, latest[pk]) for pk, present in known.items() if present is None or latest[pk] > present]
        bulk.update_many(model, "id", ("last_activity_at",), newer)


def touch_all(links: Iterable[tuple[Link, datetime]], *, now: datetime) -> None:
    """The latest activity of everything linked; what is only planned does not count."""
    past = [(found, at) for found, at in links if at <= now]
    for model, name in ((Account, "account_id"), (Contact, "contact_id"), (Opportunity, "opportunity_id")):
        touch(model, ((getattr(found, name), at) for found, at in past))
