"""A change of rules names whose outcome differs and because of which rules; nothing else counts as changed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.subjects import DecisionSubject
from tandem.compliance.domain.rules.changes import Turn, changes_between, differences, versions_of, with_versions
from tandem.compliance.domain.rules.decisions import decide
from tandem.compliance.domain.rules.impact import compare
from tandem.compliance.domain.rules.packs import built_in, layered
from tandem.compliance.tests.test_own_packs import FREE, NO_FRANCE, folder_with

AT = datetime(2026, 11, 24, 15, tzinfo=UTC)


def subject(key: str = "contact:1", group: str = "spring", **changed: Any) -> DecisionSubject:
    recipient = {**FREE["recipient"], **changed.pop("recipient", {})}  # type: ignore[dict-item]
    return DecisionSubject(key=key, group=group, request={**FREE, "recipient": recipient, **changed})


def test_a_new_ban_changes_those_it_concerns_and_says_why(tmp_path: Path) -> None:
    after = layered(built_in(), folder_with(tmp_path, NO_FRANCE))
    german = {"country": "DE", "email": "info@firma.de", "timezone": "Europe/Berlin"}
    found = compare(built_in(), after, [subject(), subject("contact:2", recipient=german), subject("contact:3", "")])
    assert (found.decided, found.changed_count) == (3, 2)
    assert [(one.subject, one.before, one.after, one.rules) for one in found.changed] == [
        ("contact:1", Outcome.ALLOW, Outcome.BLOCK, ("HOUSE-FR-001",)),
        ("contact:3", Outcome.ALLOW, Outcome.BLOCK, ("HOUSE-FR-001",)),
    ]
    told = found.as_dict()
    assert told["by_rule"] == {"HOUSE-FR-001": 2}
    assert told["by_campaign"] == {"": 1, "spring": 1}
    assert told["by_place"] == {"FR": 2}
    assert told["by_turn"] == {"allow to block": 2}
    assert "HOUSE-FR-001" in told["changed"][0]["why"]


def test_counts_are_whole_where_only_the_first_changes_are_kept(tmp_path: Path) -> None:
    after = layered(built_in(), folder_with(tmp_path, NO_FRANCE))
    found = compare(built_in(), after, (subject(f"contact:{number}") for number in range(7)), keep=2)
    assert (found.changed_count, len(found.changed), found.by_rule["HOUSE-FR-001"]) == (7, 2, 7)


def test_a_date_changes_what_the_law_of_two_days_says_of_one_moment() -> None:
    spoken: dict[str, Any] = {
        "sender": {"is_ai": True, "postal_address": "1 rue"},
        "content": {"has_unsubscribe": True, "has_postal_address": True, "ai_disclosed": False},
    }
    before, after = built_in().as_of(date(2026, 8, 1)), built_in().as_of(date(2026, 8, 2))
    assert compare(before, after, [subject(**spoken)]).changed_count == 0  # the house's own rule asks for it anyway
    without = [{rule.id for rule in decide(subject(**spoken).request, one).rules} for one in (before, after)]
    assert "EU-AIA-501" in without[1] - without[0]


def test_what_can_not_be_read_is_counted_with_its_reason_and_left_out() -> None:
    found = compare(built_in(), built_in(), [DecisionSubject(key="line 3", group="", request={"channel": "fax"})])
    assert (found.decided, found.unreadable_count) == (0, 1)
    assert found.unreadable[0].startswith("line 3: at ")


def test_progress_is_told_while_it_runs() -> None:
    told: list[int] = []
    compare(built_in(), built_in(), (subject() for _ in range(4_100)), report=told.append)
    assert told == [2_000, 4_000]


@settings(max_examples=40, deadline=None)
@given(
    country=st.sampled_from(["FR", "DE", "US", "CA", "GB", "JP", "BR", ""]),
    kind=st.sampled_from(["corporate_named", "corporate_generic", "sole_trader", "consumer", "unknown"]),
    channel=st.sampled_from(["email", "sms", "phone_manual", "phone_ai"]),
    consented=st.booleans(),
)
def test_a_comparison_says_the_same_as_deciding_twice(
    tmp_path_factory: pytest.TempPathFactory, country: str, kind: str, channel: str, consented: bool
) -> None:
    after = layered(built_in(), folder_with(tmp_path_factory.mktemp("packs"), NO_FRANCE))
    recipient = {"country": country or None, "kind": kind, "email": None, "timezone": None}
    one = subject(channel=channel, recipient=recipient, consents=FREE["consents"] if consented else [])
    outcomes = [decide(one.request, packs).outcome for packs in (built_in(), after)]
    found = compare(built_in(), after, [one, one])
    assert [(change.before, change.after) for change in found.changed] == (
        [tuple(outcomes)] * 2 if outcomes[0] is not outcomes[1] else []
    )
    assert compare(after, after, [one]).changed_count == 0


def test_what_comes_into_force_or_ends_is_listed_by_its_day() -> None:
    found = changes_between(built_in(), date(2026, 8, 1), date(2027, 8, 1))
    told = [(one.on, one.turn, one.rule.id) for one in found]
    assert (date(2026, 8, 2), Turn.STARTS, "EU-AIA-501") in told
    assert (date(2027, 7, 2), Turn.ENDS, "US-UT-AI-001") in told
    assert [one[0] for one in told] == sorted(one[0] for one in told)
    assert changes_between(built_in(), date(2031, 1, 1), date(2031, 1, 2)) == []


def test_two_versions_of_a_rule_are_shown_field_by_field(tmp_path: Path) -> None:
    older = NO_FRANCE.replace("words =", "to = 2026-12-31\nwords =")
    newer = NO_FRANCE.replace('version = "1"', 'version = "2"').replace("FR", "FR").replace(
        'channels = ["email"]', 'from = 2027-01-01\nchannels = ["email", "sms"]'
    )  # fmt: skip
    packs = layered(built_in(), folder_with(tmp_path, older, newer))
    first, second = versions_of(packs, "HOUSE-FR-001")
    assert {one.field: (one.before, one.after) for one in differences(first, second)} == {
        "version": ("1", "2"),
        "from": ("", "2027-01-01"),
        "to": ("2026-12-31", ""),
        "channels": ("email", "email\nsms"),
    }
    assert with_versions(packs) == ["HOUSE-FR-001"]
    assert with_versions(built_in()) == []
