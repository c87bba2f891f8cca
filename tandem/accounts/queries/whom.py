"""Who is meant by somebody's addresses: the contacts, source records and further addresses that are the same person.

Nobody is found by a name. An address that people of different names share (a reception's mailbox, a switchboard) leads
to nobody and is nobody's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from tandem.access.queries import list_people
from tandem.accounts.contracts import Entity
from tandem.accounts.models import ActivityParticipant, Contact, ContactPoint, SourceRecord
from tandem.accounts.queries.choosing.records import in_slices
from tandem.compliance import queries as registry
from tandem.compliance.contracts import AddressKind
from tandem.compliance.contracts.rights import PersonKeys
from tandem.core.redaction import Redactor, core_digits

SUBJECT = "contact"
MAILS = ("email", "email_2")
PHONES = ("phone", "mobile")
CALLED = (ContactPoint.Kind.PHONE, ContactPoint.Kind.MOBILE)
GMAIL = ("@gmail.com", "@googlemail.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """One person as the unified model knows them.

    contact_ids : golden contacts, those merged into one another among them
    record_ids : their source records
    record_keys : the ids that sources gave them, by source key
    sure : takes out addresses, numbers, and the names that nobody else here bears
    near : takes out every name they have, for texts in which they took part
    own_names : the names that nobody else here bears, in small letters
    """

    contact_ids: frozenset[int]
    record_ids: frozenset[int]
    record_keys: Mapping[str, frozenset[str]]
    sure: Redactor
    near: Redactor
    own_names: frozenset[str]

    def is_theirs(self, address: str) -> bool:
        """Whether this is one of their addresses and nothing else."""
        return self.sure.is_whole(address)


def whom(person: PersonKeys) -> Whom:
    """The person with everything that points at them here; call it with widened keys."""
    ids = contact_ids_of(person)
    records = SourceRecord.objects.filter(_records_of(ids, person)).values_list("id", "source__key", "key")
    keys: dict[str, set[str]] = defaultdict(set)
    record_ids = set()
    for pk, source, key in records:
        record_ids.add(pk)
        keys[source].add(key)
    known = {name.casefold() for name in names_told(person, ids)}
    names = [name for name in person.names if name.casefold() in known]
    phones = (*person.phones, *sorted(_own_numbers(ids, person)))
    shared = _names_of_others(names, ids)
    sure = [name for name in names if name.casefold() not in shared]
    return Whom(
        contact_ids=frozenset(ids),
        record_ids=frozenset(record_ids),
        record_keys={source: frozenset(found) for source, found in keys.items()},
        sure=Redactor(emails=person.emails, phones=phones, names=sure),
        near=Redactor(emails=person.emails, phones=phones, names=names),
        own_names=frozenset(name.casefold() for name in sure if len(name.split()) > 1),
    )


def widen(person: PersonKeys) -> PersonKeys:
    """Further addresses, names and subjects of the same person, as far as they are nobody else's."""
    ids = contact_ids_of(person)
    found = ContactPoint.objects.filter(contact_id__in=ids, kind=ContactPoint.Kind.EMAIL)
    emails = {
        *found.values_list("value", flat=True),
        *Contact.objects.filter(id__in=ids).values_list("email", flat=True),
    }
    for data in SourceRecord.objects.filter(_records_of(ids, person)).values_list("data", flat=True):
        emails |= {str(data[word]) for word in MAILS if data.get(word)}
    emails -= _shared(ContactPoint.Kind.EMAIL, emails, ids)
    return PersonKeys(
        emails=_readable(emails, AddressKind.EMAIL),
        phones=_readable(_own_numbers(ids, person), AddressKind.PHONE, countries=_countries(ids)),
        names=tuple(names_told(person, ids)),
        subjects=tuple(f"{SUBJECT}:{pk}" for pk in sorted(ids)),
    )


def _own_numbers(ids: Iterable[int], person: PersonKeys) -> set[str]:
    """Phone numbers of the contacts, in whatever form, that nobody else has."""
    ids = set(ids)
    points = ContactPoint.objects.filter(contact_id__in=ids, kind__in=CALLED)
    phones = {
        *points.values_list("value", flat=True),
        *Contact.objects.filter(id__in=ids).values_list("phone", flat=True),
    }
    for data in SourceRecord.objects.filter(_records_of(ids, person)).values_list("data", flat=True):
        phones |= {str(data[word]) for word in PHONES if data.get(word)}
    return phones - {""} - _shared_numbers(phones, ids)


def _countries(ids: Iterable[int]) -> set[str]:
    return set(Contact.objects.filter(id__in=ids).values_list("country", flat=True))


def _readable(texts: Iterable[str], kind: AddressKind, countries: Iterable[str] = ()) -> tuple[str, ...]:
    """The addresses of a kind among the texts, in the form in which registries know them; numbers by their country."""
    found = {
        one.value
        for country in {"", *countries}
        for one in registry.read_all(filter(None, texts), country=country)
        if one.kind is kind
    }
    return tuple(sorted(found))


def names_told(person: PersonKeys, ids: Iterable[int]) -> list[str]:
    """What sources call the person, whole names, each once: at the contact, in their records, where they took part."""
    names = list(Contact.objects.filter(id__in=ids).order_by("id").values_list("name", flat=True))
    records = SourceRecord.objects.filter(_records_of(ids, person)).order_by("id")
    for data in records.values_list("data", flat=True):
        names += [str(data.get("name") or ""), f"{data.get('first_name') or ''} {data.get('last_name') or ''}"]
    taking_part = Q(contact_id__in=list(ids)) | Q(address__in=[email.strip().lower() for email in person.emails])
    names += ActivityParticipant.objects.filter(taking_part, person=None).values_list("name", flat=True).distinct()
    plain = (" ".join(name.split()) for name in names)
    return list(dict.fromkeys(name for name in plain if name and "@" not in name))


def contact_ids_of(person: PersonKeys) -> set[int]:
    """Golden contacts that the keys mean, with those they were merged into and those merged into them."""
    told = (subject.partition(":") for subject in person.subjects)
    ids = {int(number) for kind, _, number in told if kind == SUBJECT and number.isdecimal()}
    ids = set(Contact.objects.filter(id__in=ids).values_list("id", flat=True))
    found = ContactPoint.objects.filter(_mail_points(person.emails))
    found |= ContactPoint.objects.filter(kind__in=CALLED, value__in=_numbers(person.phones))
    by_value: dict[str, dict[int, str]] = defaultdict(dict)
    for value, pk, name in found.values_list("value", "contact_id", "contact__name"):
        by_value[value][pk] = name.casefold()
    for bearers in by_value.values():
        if len(set(bearers.values())) == 1 or ids & bearers.keys():
            ids |= {pk for pk, name in bearers.items() if len(set(bearers.values())) == 1 or pk in ids}
    return _with_merged(ids)


def _mail_points(emails: Iterable[str]) -> Q:
    """Mail addresses under every spelling that reaches the same mailbox."""
    wanted = Q(pk__in=[])
    for email in emails:
        local, _, host = email.strip().lower().rpartition("@")
        base = local.split("+", 1)[0]
        wanted |= Q(value__in={f"{local}@{host}", f"{base}@{host}"})
        wanted |= Q(value__startswith=f"{base}+", value__endswith=f"@{host}")
        if f"@{host}" in GMAIL:
            normal = {one.value for one in registry.read_all([email])}
            points = ContactPoint.objects.filter(
                Q(value__endswith=GMAIL[0]) | Q(value__endswith=GMAIL[1]), kind="email"
            )
            values = points.values_list("value", flat=True).distinct()
            wanted |= Q(value__in=[one for one in values if {read.value for read in registry.read_all([one])} & normal])
    return Q(kind=ContactPoint.Kind.EMAIL) & wanted


def _numbers(phones: Iterable[str]) -> set[str]:
    """Numbers as they may stand at a contact: as given, and in the international form."""
    given = {phone.strip() for phone in phones if phone.strip()}
    return given | {one.value for one in registry.read_all(given) if one.kind is AddressKind.PHONE}


def _with_merged(ids: set[int]) -> set[int]:
    """The ids with those they point to and those that point to them, however many steps away."""
    known: set[int] = set()
    while ids - known:
        known |= ids
        linked = Contact.objects.filter(Q(id__in=ids) | Q(merged_into__in=ids)).values_list("id", "merged_into_id")
        ids = known | {pk for pair in linked for pk in pair if pk is not None}
    return known


def _records_of(ids: Iterable[int], person: PersonKeys) -> Q:
    """Source records put together into these contacts, and those not matched yet that name one of the addresses."""
    pending = Q(golden_id=None) & (Q(data__email__in=list(person.emails)) | Q(data__email_2__in=list(person.emails)))
    return Q(entity=Entity.CONTACT) & (Q(golden_id__in=list(ids)) | pending)


def _shared(kind: str, values: Iterable[str], ids: set[int]) -> set[str]:
    """Those of the values that somebody else has as well."""
    shared: set[str] = set()
    for some in in_slices(sorted(values)):
        others = ContactPoint.objects.filter(kind=kind, value__in=some, contact__merged_into=None)
        shared |= set(others.exclude(contact_id__in=ids).values_list("value", flat=True))
    return shared


def _shared_numbers(phones: Iterable[str], ids: set[int]) -> set[str]:
    """Numbers that somebody else has as well, whatever way they are written."""
    wanted = _numbers(phones)
    taken = {core_digits(value) for kind in CALLED for value in _shared(kind, wanted, ids)}
    return {phone for phone in phones if core_digits(phone) in taken or not core_digits(phone)}


def _names_of_others(names: Sequence[str], ids: set[int]) -> set[str]:
    """Which of the names somebody else bears, in small letters."""
    if not names:
        return set()
    wanted = Q(pk__in=[])
    for name in names:
        wanted |= Q(name__iexact=name)
    others = Contact.objects.filter(wanted, merged_into=None).exclude(id__in=ids).values_list("name", flat=True)
    ours = (row.name for row in list_people(active_only=False))
    return {name.casefold() for name in (*others, *ours)} & {name.casefold() for name in names}
