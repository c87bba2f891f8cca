"""Intent of all accounts as of a moment in the past, from signals up to it, by the rules in force now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tandem.intent.queries.accounts import scores_of_accounts
from tandem.intent.queries.kind_rules import rules_in_force
from tandem.prospecting.queries.marking import Interest


def interests_at(at: datetime) -> Mapping[int, Interest]:
    """By account, those with a signal that counts at the moment. Later signals do not exist for it."""
    found = scores_of_accounts(kinds=rules_in_force().rules.kinds, as_of=at)
    return {key: Interest(score=one.score, surge=one.surge) for key, one in found.items()}
