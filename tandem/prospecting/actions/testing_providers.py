"""The test call of a provider: does the key work. As small as the provider allows, and counted like every call."""

from __future__ import annotations

from datetime import datetime, timedelta

from tandem.access.actions import require
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput
from tandem.prospecting.actions.asking import Asked, Asker, Outcome, Question, note_asked
from tandem.prospecting.connectors import adapters
from tandem.prospecting.connectors.base import Door, PersonQuery
from tandem.prospecting.domain.providers import CallKind
from tandem.prospecting.queries.providers import get_provider

NO_HOLD = timedelta(0)
TEST_ADDRESSES = {"neverbounce": "support@neverbounce.com", "kickbox": "deliverable@example.com",
                  "zerobounce": "valid@example.com"}  # fmt: skip
TEST_DOMAIN = "apollo.io"
WORKED = frozenset({Outcome.FOUND, Outcome.MISSED})


def try_provider(key: str, *, actor: Actor, now: datetime) -> str:
    """Make the test call; returns what came of it, in words.

    Verifiers are asked about an address of their own, Apollo about people at its own company, which costs nothing.
    Raises NotAllowed without "prospect.manage", NotFound, InvalidInput for a provider that has no test call.
    """
    require(actor, "prospect.manage")
    require_test(key)
    asker = Asker(actor=actor, now=now)
    told = _try_verifier(asker, key) if key in TEST_ADDRESSES else _try_search(asker, key)
    note_asked(asker.tally, actor=actor, what=f"provider:{key}")
    return told


def require_test(key: str) -> None:
    """Raises NotFound for an unknown provider, InvalidInput for one that has no test call."""
    provider = get_provider(key)
    if key not in TEST_ADDRESSES and CallKind.SEARCH_PEOPLE not in provider.kinds:
        raise InvalidInput(f"{provider.name} has no test call.", hint="It is asked when there is something to ask.")


def _try_verifier(asker: Asker, key: str) -> str:
    def call(door: Door) -> str:
        return adapters.verifier(door).check(TEST_ADDRESSES[key]).raw

    question = Question(
        kind=CallKind.CHECK_ADDRESS, words=("test", TEST_ADDRESSES[key]), answer_holds=NO_HOLD, miss_holds=NO_HOLD
    )
    return _told(asker.ask(key, question, call, is_hit=bool))


def _try_search(asker: Asker, key: str) -> str:
    def call(door: Door) -> str:
        found = adapters.people_source(door).search_people(PersonQuery(domains=(TEST_DOMAIN,)), "")
        return f"{len(found.rows)} people on the first page"

    question = Question(kind=CallKind.SEARCH_PEOPLE, words=("test", TEST_DOMAIN), answer_holds=NO_HOLD)
    return _told(asker.ask(key, question, call, is_hit=bool))


def _told(asked: Asked[str]) -> str:
    return f"It works: {asked.value}." if asked.outcome in WORKED else f"It does not work: {asked.because}"
