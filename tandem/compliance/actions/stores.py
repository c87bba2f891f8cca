"""Registration of the places that hold people: called in a room's `ready()`, as the ledger's writer is."""

from __future__ import annotations

from tandem.compliance.contracts.rights import Crawler, PersonStore
from tandem.compliance.queries.stores import keep_crawler, keep_store


def register_store(store: PersonStore) -> None:
    """Let the rights desk reach a place that holds people. The same name again replaces it."""
    keep_store(store)


def register_crawler(name: str, crawler: Crawler) -> None:
    """Let a finished deletion be proved by a crawl; several crawlers share the work."""
    keep_crawler(name, crawler)
