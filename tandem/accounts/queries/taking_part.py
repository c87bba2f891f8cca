"""Activities in which an erased person took part: which are their own, and which belong to others as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from tandem.accounts.models import Activity, ActivityParticipant
from tandem.accounts.queries.choosing.records import in_slices
from tandem.accounts.queries.whom import Whom

FROM = "from"
SPEECH = frozenset({"meeting", "chat"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One activity the person took part in.

    is_own : they wrote it, or it is with or about nobody else outside: its text goes whole
    theirs : ids of the participant rows that are the person
    their_names : what they are called there, in small letters
    others : names of everybody else who took part
    """

    activity: Activity
    is_own: bool
    theirs: tuple[int, ...]
    their_names: frozenset[str]
    others: tuple[str, ...]


def activities_with(whom: Whom) -> QuerySet[Activity]:
    """Every activity that names the person among those who took part, or is about them."""
    return Activity.objects.filter(
        Q(contact_id__in=list(whom.contact_ids))
        | Q(id__in=ActivityParticipant.objects.filter(_is_them(whom)).values("activity_id"))
    )


def _is_them(whom: Whom) -> Q:
    """Participant rows of the person: by link, by address, and by the name alone where nobody else bears it."""
    wanted = Q(contact_id__in=list(whom.contact_ids))
    for email in whom.sure.emails:
        local, _, host = email.rpartition("@")
        wanted |= Q(address__iexact=email) | Q(address__istartswith=f"{local}+", address__iendswith=f"@{host}")
    if whom.own_names:
        wanted |= Q(person=None) & Q(address__in=list(whom.own_names))  # a speaker without address stands by the name
    return wanted


def parts_of(whom: Whom) -> Iterator[Part]:
    """The activities one by one, in order."""
    ids = list(activities_with(whom).order_by("id").values_list("id", flat=True))
    for some in in_slices(ids, 1_000):
        rows = Activity.objects.filter(id__in=some).order_by("id").prefetch_related("participants")
        yield from (_part(row, whom) for row in rows)


def _part(row: Activity, whom: Whom) -> Part:
    people = list(row.participants.all())
    theirs = [one for one in people if one.person_id is None and _stands_for(one, whom)]
    outside = [one for one in people if one.person_id is None and one not in theirs]
    wrote = any(one.role == FROM for one in theirs)
    return Part(
        activity=row,
        is_own=wrote or (row.kind not in SPEECH and not outside),
        theirs=tuple(one.id for one in theirs),
        their_names=frozenset((one.name or one.address).casefold() for one in theirs),
        others=tuple(dict.fromkeys(one.name or one.address for one in people if one not in theirs)),
    )


def _stands_for(one: ActivityParticipant, whom: Whom) -> bool:
    is_linked = one.contact_id is not None and one.contact_id in whom.contact_ids
    return is_linked or whom.is_theirs(one.address) or one.address.casefold() in whom.own_names
