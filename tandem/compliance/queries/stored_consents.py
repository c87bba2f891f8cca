"""Reads of consents as the rules take them: everything the registry holds of an address, for one person or for many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tandem.compliance.contracts import Address, Channel, ConsentKind, Purpose
from tandem.compliance.domain.consent_words import StoredConsent
from tandem.compliance.models import Consent
from tandem.compliance.queries.keys import hashes_of, read_all
from tandem.core.bulk import BATCH_ROWS


def stored_consents(found: Sequence[Address | str], *, country: str = "") -> list[StoredConsent]:
    """Every consent recorded for the address that is used, withdrawn and ended ones too, oldest first. One query.

    found : addresses, and keys such as "account:3"; what can't be read as an address has no consent
    country : of a number without country code
    Give what comes out to `domain.consent_words.rule_consents`.
    """
    return stored_consents_among({"": found}, country=country).get("", [])


def stored_consents_among(
    people: Mapping[str, Sequence[Address | str]], *, country: str = ""
) -> dict[str, list[StoredConsent]]:
    """The same for many people at once, by the caller's keys. One query for each five thousand hashes."""
    wanted: dict[str, set[str]] = {}
    for key, given in people.items():
        for hashed in hashes_of(read_all(given, country=country)):
            wanted.setdefault(hashed, set()).add(key)
    told: dict[str, list[StoredConsent]] = {}
    hashes = list(wanted)
    for start in range(0, len(hashes), BATCH_ROWS):
        for row in Consent.objects.filter(key_hash__in=hashes[start : start + BATCH_ROWS]).order_by("given_at", "id"):
            for key in wanted[row.key_hash]:
                told.setdefault(key, []).append(_stored(row))
    return told


def _stored(row: Consent) -> StoredConsent:
    return StoredConsent(
        id=row.id,
        kind=ConsentKind(row.consent_kind),
        channel=Channel(row.channel),
        purpose=Purpose(row.purpose),
        country=row.country,
        wording=row.wording,
        given_at=row.given_at,
        counts_from=row.counts_from,
        confirmed_at=row.confirmed_at,
        expires_at=row.expires_at,
        withdrawn_at=row.withdrawn_at,
    )
