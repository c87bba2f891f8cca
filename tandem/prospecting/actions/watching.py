"""Watched public places: read when they are due, and what is new becomes signals of the account they stand for."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from tandem.access.actions import require
from tandem.access.queries import get_organisation
from tandem.accounts.queries.missing_fields import AskedAbout, accounts_to_ask
from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import AppError, Conflict, InvalidInput, NotFound, ProviderFailed
from tandem.prospecting.actions.bringing_in import bring_in_signals
from tandem.prospecting.connectors.edgar import read_filings
from tandem.prospecting.connectors.feeds import read_feed
from tandem.prospecting.connectors.github import read_organisation
from tandem.prospecting.connectors.job_boards import HOSTS, read_board
from tandem.prospecting.connectors.pages import Fetcher
from tandem.prospecting.connectors.signals_found import FoundSignal, Reading
from tandem.prospecting.domain.likeness import same_domain
from tandem.prospecting.domain.providers import PlaceKind
from tandem.prospecting.models import WatchedPlace
from tandem.prospecting.queries.providers import accounts_on, can_be_asked, public_door

PROVIDER_OF: Mapping[PlaceKind, str] = {PlaceKind.EDGAR: "edgar", PlaceKind.GITHUB: "github"}
OF_ALL_OTHERS = "public-web"
SOURCE_OF: Mapping[PlaceKind, str] = {
    PlaceKind.FEED: "feeds", PlaceKind.GREENHOUSE: "greenhouse", PlaceKind.LEVER: "lever", PlaceKind.ASHBY: "ashby",
    PlaceKind.GITHUB: "github", PlaceKind.EDGAR: "sec-edgar", PlaceKind.PAGE: "public-pages",
}  # fmt: skip
EVERY: Mapping[PlaceKind, timedelta] = {
    PlaceKind.FEED: timedelta(hours=6), PlaceKind.EDGAR: timedelta(hours=6), PlaceKind.GREENHOUSE: timedelta(days=1),
    PlaceKind.LEVER: timedelta(days=1), PlaceKind.ASHBY: timedelta(days=1), PlaceKind.GITHUB: timedelta(days=1),
    PlaceKind.PAGE: timedelta(days=1),
}  # fmt: skip
LONGEST_WAIT = timedelta(days=7)
MOST_FAILURES = 10
PLACES_AT_ONCE = 200
SHOWN_TEXT = 4_000
Progress = Callable[[int, int | None, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchReport:
    """What a round did: places read, those that failed, signals brought in."""

    read: int = 0
    failed: int = 0
    signals: int = 0


def watch_place(kind: PlaceKind, place: str, account_id: int, *, actor: Actor, now: datetime) -> int:
    """Watch a public place for an account in sight; returns its id.

    place : address of a feed or page, name of a board or organisation, or the number the SEC uses
    Raises NotAllowed without "prospect.edit", NotFound for an account out of sight, InvalidInput, Conflict.
    """
    require(actor, "prospect.edit")
    if not accounts_in_sight(actor).filter(id=account_id).exists():
        raise NotFound(f"There is no account {account_id} that you can see.", hint="Open the list of accounts.")
    told = _checked(kind, place)
    try:
        with transaction.atomic():
            row = WatchedPlace.objects.create(kind=kind.value, place=told, account_id=account_id, next_at=now)
            ledger.append(actor, "prospecting.place_watched", subject=f"account:{account_id}", kind=kind.value)
    except IntegrityError as error:
        raise Conflict("This place is watched already.", hint="Stop watching it first.") from error
    return row.id


def stop_watching(place_id: int, *, actor: Actor, now: datetime) -> None:
    """Watch a place no more; its signals stay. Raises NotAllowed without "prospect.edit", NotFound."""
    require(actor, "prospect.edit")
    with transaction.atomic():
        seen = WatchedPlace.objects.filter(id=place_id, account__in=accounts_in_sight(actor))
        if not seen.delete()[0]:
            raise NotFound("This place is not watched.", hint="Reload the page.")
        ledger.append(actor, "prospecting.place_left", subject=f"watched_place:{place_id}")


def _checked(kind: PlaceKind, place: str) -> str:
    told = place.strip()[:500]
    if kind in (PlaceKind.FEED, PlaceKind.PAGE):
        parts = urlsplit(told)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
            raise InvalidInput(f"{told[:80]!r} is no web address.", hint="Give one that begins with https://.")
    elif not told or any(letter in told for letter in "/?#&: "):
        raise InvalidInput(f"{told[:80]!r} is no name of a board.", hint="Give the name alone, as its address ends.")
    return told


def read_due_places(*, actor: Actor, now: datetime, progress: Progress | None = None) -> WatchReport:
    """Read every place that is due and whose provider is on, at most 200, and bring in what is new.

    A place is marked as read only once its signals are in: a crash reads it again, and repeats count once.
    Raises NotAllowed without "prospect.edit".
    """
    require(actor, "prospect.edit")
    able = {key for key, row in accounts_on().items() if can_be_asked(row, now)}
    kinds = [kind for kind in PlaceKind if PROVIDER_OF.get(kind, OF_ALL_OTHERS) in able]
    due = WatchedPlace.objects.filter(is_on=True, next_at__lte=now, kind__in=[kind.value for kind in kinds])
    places = list(due.order_by("next_at", "id")[:PLACES_AT_ONCE])
    about = accounts_to_ask([place.account_id for place in places])
    reader = _Reader(now) if places else None
    done: list[tuple[WatchedPlace, Reading]] = []
    found: dict[str, list[tuple[FoundSignal, str, str]]] = defaultdict(list)
    failed = 0
    for number, place in enumerate(places, start=1):
        account = about.get(place.account_id)
        if account is None or reader is None:
            continue
        try:
            reading = reader.read(place, account)
        except ProviderFailed as failure:
            failed += 1
            _note_failure(place, failure, now)
        else:
            done.append((place, reading))
            found[SOURCE_OF[PlaceKind(place.kind)]] += [(one, account.domain, account.name) for one in reading.signals]
        if progress is not None:
            progress(number, len(places), account.name)
    signals = sum(bring_in_signals(key, some, now=now) for key, some in sorted(found.items()))
    for place, reading in done:
        _note_read(place, reading, now)
    if places:
        ledger.append(
            actor, "prospecting.places_read", subject="places", read=len(done), failed=failed, signals=signals
        )
    return WatchReport(read=len(done), failed=failed, signals=signals)


class _Reader:
    """Reads places of all kinds; one for a round, so that robots.txt is asked once a host."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._fetcher = Fetcher(public_door(OF_ALL_OTHERS).contact)

    def read(self, place: WatchedPlace, account: AskedAbout) -> Reading:
        kind = PlaceKind(place.kind)
        if kind is PlaceKind.FEED:
            return read_feed(
                self._fetcher, place.place, own_domain=account.domain, etag=place.etag,
                last_modified=place.last_modified,
            )  # fmt: skip
        if kind in HOSTS:
            return read_board(kind, place.place, etag=place.etag)
        if kind is PlaceKind.GITHUB:
            return read_organisation(public_door("github"), place.place, etag=place.etag)
        if kind is PlaceKind.EDGAR:
            return read_filings(public_door("edgar"), place.place, company=get_organisation().name)
        return self._page(place, account)

    def _page(self, place: WatchedPlace, account: AskedAbout) -> Reading:
        found = self._fetcher.read(place.place, etag=place.etag, last_modified=place.last_modified)
        if found.not_modified:
            return Reading(not_modified=True, etag=place.etag, last_modified=place.last_modified)
        digest = hashlib.sha256(found.page.text.encode()).hexdigest()
        if digest == place.content_hash:
            return Reading(not_modified=True, etag=found.etag, last_modified=found.last_modified)
        place.content_hash = digest
        payload = {
            "title": found.page.title or place.place, "text": found.page.text[:SHOWN_TEXT], "url": found.url,
            "language": found.page.language,
        }  # fmt: skip
        kind = "blog_post" if same_domain(found.url, account.domain) else "news"
        signal = FoundSignal(
            key=hashlib.sha256(f"{place.place} {digest}".encode()).hexdigest()[:40], kind=kind, at=self._now,
            payload={name: told for name, told in payload.items() if told},
        )  # fmt: skip
        return Reading(signals=(signal,), etag=found.etag, last_modified=found.last_modified)


def _note_read(place: WatchedPlace, reading: Reading, now: datetime) -> None:
    WatchedPlace.objects.filter(id=place.id).update(
        etag=reading.etag, last_modified=reading.last_modified, content_hash=place.content_hash, read_at=now,
        next_at=now + EVERY[PlaceKind(place.kind)], failures=0, note="",
    )  # fmt: skip


def _note_failure(place: WatchedPlace, failure: AppError, now: datetime) -> None:
    """Each failure in a row doubles the wait, to a week; after ten the place is given up until it is added anew."""
    failures = place.failures + 1
    wait = min(EVERY[PlaceKind(place.kind)] * 2 ** min(failures, 10), LONGEST_WAIT)
    told = " ".join(filter(None, (failure.message, failure.hint)))[:400]
    WatchedPlace.objects.filter(id=place.id).update(
        failures=failures, note=told, next_at=now + wait, is_on=failures < MOST_FAILURES
    )
