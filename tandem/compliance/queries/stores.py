"""The places that hold people, and who crawls them: registered at start-up by the rooms that own them."""

from __future__ import annotations

from tandem.compliance.contracts.rights import Crawler, PersonKeys, PersonStore

_stores: dict[str, PersonStore] = {}
_crawlers: dict[str, Crawler] = {}


def stores() -> tuple[PersonStore, ...]:
    """Every registered store, in the order of registration (lower rooms first)."""
    return tuple(_stores.values())


def crawlers() -> dict[str, Crawler]:
    """Every registered crawler by name."""
    return dict(_crawlers)


def keep_store(store: PersonStore) -> None:
    """Remember a store for the life of the process; the same name again replaces it."""
    _stores[store.name] = store


def keep_crawler(name: str, crawler: Crawler) -> None:
    """Remember a crawler for the life of the process; the same name again replaces it."""
    _crawlers[name] = crawler


def widen(person: PersonKeys) -> PersonKeys:
    """Everything the stores know of the same person; asked again until none knows more.

    Names are only carried along: a store finds nobody by a name alone.
    """
    while True:
        wider = person
        for store in stores():
            wider = wider.joined(store.widen(wider))
        if wider == person:
            return person
        person = wider
