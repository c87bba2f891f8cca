"""Names that this installation knows, for the builder's fields and for reading sentences."""

from __future__ import annotations

from collections.abc import Iterable

from tandem.accounts.queries.observed import NamedSignal, signal_names
from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core.actors import Actor
from tandem.prospecting.domain.phrase_sentence import Vocabulary

# Kinds that public sources tell, whether or not one was seen here yet.
PUBLIC_KINDS = (
    "funding_round", "site_opening", "executive_hire", "executive_leave", "job_post", "product_launch", "news",
    "press_release", "technology_seen", "technology_dropped", "topic_surge", "competitor_deployment", "earnings_call",
    "filing", "blog_post", "podcast", "talk", "customer_story", "review", "github_activity", "award",
)  # fmt: skip
TECHNOLOGY_KINDS = ("technology_seen", "technology_dropped", "competitor_deployment")
MOST_CITIES, MOST_NAMES = 400, 200


def vocabulary(actor: Actor) -> Vocabulary:
    """What accounts in sight and the signals here are called. Five queries at most."""
    rows = accounts_in_sight(actor).order_by()
    names = signal_names()
    return Vocabulary(
        technologies=_topics(names, TECHNOLOGY_KINDS),
        industries=_values(rows, "industry"),
        segments=_values(rows, "segment"),
        cities=_values(rows, "city")[:MOST_CITIES],
        topics=_topics(names, ("topic_surge",)),
        kinds=tuple(dict.fromkeys([*PUBLIC_KINDS, *(name.kind for name in names)]))[:MOST_NAMES],
    )


def _values(rows: object, column: str) -> tuple[str, ...]:
    found = rows.exclude(**{column: ""}).values_list(column, flat=True).distinct()  # type: ignore[attr-defined]
    return tuple(sorted(found, key=str.casefold))


def _topics(names: Iterable[NamedSignal], kinds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.topic for name in names if name.kind in kinds and name.topic))[:MOST_NAMES]
