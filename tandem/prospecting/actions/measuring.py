"""How right each source of contacts was, measured anew from what happened to what it told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tandem.access.actions import require
from tandem.accounts.contracts import SourceKind
from tandem.accounts.queries.contact_evidence import ContactEvidence, ToldAddress, ToldEmployer, contact_evidence
from tandem.core import bulk
from tandem.core.actors import Actor
from tandem.prospecting.domain.accuracy import Word, accuracies
from tandem.prospecting.domain.providers import family_of
from tandem.prospecting.models import ObservedAccuracy

BOUNCES_WITHIN = timedelta(days=5)  # servers give up trying by then (RFC 5321, 4.5.4.1)


def measure_sources(*, actor: Actor, now: datetime) -> int:
    """Measure every source that tells contacts; returns how many sources have an outcome.

    Bounces, mails from an address and mails to it that stayed tell whether it takes mail; people who left or stand
    elsewhere by another source's word tell what is stale; corrections by hand tell what was wrong.
    Raises NotAllowed without "prospect.edit".
    """
    require(actor, "prospect.edit")
    evidence = contact_evidence()
    measured = accuracies(word for one in evidence.values() for word in words_of(one, now))
    bulk.upsert(
        ObservedAccuracy,
        ("source_key", "measure", "hits", "n", "measured_at"),
        ((key, measure.value, share.hits, share.n, now) for (key, measure), share in sorted(measured.items())),
        conflict=("source_key", "measure"),
        update=("hits", "n", "measured_at"),
    )
    return len({key for key, _ in measured})


def words_of(one: ContactEvidence, now: datetime) -> Iterator[Word]:
    """What each source says of a person, with what is known of it by now. Corrections are no source."""
    for address in one.addresses:
        if address.kind != SourceKind.CORRECTION:
            yield Word(
                source_key=address.source_key, mail_took=_took(one, address, now), corrected=_corrected(one, address)
            )
    told = [employer for employer in one.employers if employer.kind != SourceKind.CORRECTION and employer.is_current]
    for employer in told:
        others = [other for other in told if family_of(other.system) != family_of(employer.system)]
        yield Word(
            source_key=employer.source_key,
            is_present=_present(one, employer, others),
            agrees=any(other.is_here == employer.is_here for other in others) if others else None,
        )


def _took(one: ContactEvidence, address: ToldAddress, now: datetime) -> bool | None:
    """Whether mail to the address arrived: it bounced, the person wrote from it, or what was sent to it stayed.

    None where no mail from or to it is recorded: a CRM's bounce flags of mail that was sent elsewhere would count
    what failed and not what arrived.
    """
    wrote, mailed = one.wrote_at.get(address.value.lower()), one.mailed_at.get(address.value.lower())
    if wrote is None and mailed is None:
        return None
    dead = [other for other in one.addresses if other.value == address.value and other.is_dead]
    since = max((other.at for other in dead if other.at is not None), default=None)
    if dead and not (wrote and since and wrote > since):
        return False
    return True if wrote is not None or (mailed is not None and now - mailed > BOUNCES_WITHIN) else None


def _corrected(one: ContactEvidence, address: ToldAddress) -> bool | None:
    return address.value != one.email if "email" in one.corrected else None


def _present(one: ContactEvidence, employer: ToldEmployer, others: list[ToldEmployer]) -> bool | None:
    """Whether the person is still where the source says; None: nobody else says anything about it."""
    if one.has_left and employer.is_here:
        return False
    if not employer.is_here:
        return False if any(other.is_here for other in others) else None
    if "account" in one.corrected or any(other.is_here for other in others):
        return True
    return None
