"""What people forbade to be done with their data: read before scoring, ranking and automatic sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from tandem.compliance.contracts import Address
from tandem.compliance.contracts.requests import Limit
from tandem.compliance.models import PersonalLimit
from tandem.compliance.queries.keys import hashes_of, read_all

HASHES_AT_ONCE = 5_000


def opted_out_of_automation(found: Sequence[str], *, country: str = "") -> bool:
    """Whether the person refused automated decisions, or any use of the data. One query.

    found : addresses and keys of one person: "ann@acme.example", "contact:12"
    country : of numbers without country code
    """
    return bool(limited_among({"": found}, country=country))


def is_restricted(found: Sequence[str], *, country: str = "") -> bool:
    """Whether the person's data may only be kept (GDPR Article 18)."""
    return limited_among({"": found}, country=country).get("") is Limit.RESTRICTION


def limited_among(people: Mapping[str, Sequence[Address | str]], *, country: str = "") -> dict[str, Limit]:
    """For many people, by the caller's keys: what they forbade, the stronger of two; who forbade nothing is left out.

    For rankings and lists: one query for each five thousand addresses and keys.
    """
    wanted: dict[str, set[str]] = {}
    for key, given in people.items():
        for hashed in hashes_of(read_all(given, country=country)):
            wanted.setdefault(hashed, set()).add(key)
    told: dict[str, Limit] = {}
    rest = iter(wanted)
    while some := list(islice(rest, HASHES_AT_ONCE)):
        rows = PersonalLimit.objects.filter(key_hash__in=some, ended_at=None).values_list("key_hash", "limit")
        for hashed, word in rows:
            for key in wanted[hashed]:
                told[key] = Limit.RESTRICTION if Limit.RESTRICTION in (told.get(key), word) else Limit(word)
    return told


def limits_of(found: Sequence[str]) -> list[PersonalLimit]:
    """Every limit that holds for a person, the oldest first."""
    hashes = list(hashes_of(read_all(found)))
    return list(PersonalLimit.objects.filter(key_hash__in=hashes, ended_at=None).order_by("at", "id"))
