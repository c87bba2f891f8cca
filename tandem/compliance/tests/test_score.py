"""A score's parts add up, a law that is broken costs its whole part, and many scores come with n and interval."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.compliance.domain.rules.decisions import decide
from tandem.compliance.domain.rules.packs import built_in
from tandem.compliance.domain.score import ContentFacts, Regime, regimes_of, score, summarise
from tandem.compliance.models import GateDecision
from tandem.compliance.queries.scores import score_table

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
KNOWN = regimes_of(built_in())
AMERICAN = {
    "at": NOW.isoformat(), "channel": "email", "purpose": "cold_outreach", "suppressed": False, "history": [],
    "recipient": {"country": "US", "region": "CA", "kind": "corporate_named", "timezone": "America/Los_Angeles"},
    "sender": {"is_ai": False, "postal_address": "1 Main St"}, "address": {"source": "published_by_recipient"},
    "content": {"has_unsubscribe": True, "has_postal_address": True, "human_approved": True, "subject": "Racks"},
}  # fmt: skip


def decided(**changed: Any) -> dict[str, Any]:
    return decide({**AMERICAN, **changed}, built_in()).as_dict()


def points(decision: dict[str, Any], content: ContentFacts | None = None) -> dict[Regime, tuple[float, int]]:
    return {part.regime: (part.points, part.of) for part in score(decision, KNOWN, content).parts}


def test_every_pack_of_the_product_has_its_part() -> None:
    by_pack = {pack.name: {KNOWN[rule.id] for rule in pack.rules} for pack in built_in().packs}
    house = {"world", "calendar-and-frequency", "mailbox-providers", "records"}
    assert {name for name, found in by_pack.items() if found == {Regime.HOUSE}} == house
    assert all(len(found) == 1 for found in by_pack.values())
    assert {regime for found in by_pack.values() for regime in found} == set(Regime)


def test_a_message_that_meets_everything_has_a_hundred() -> None:
    content = ContentFacts(address_source="published_by_recipient", has_privacy_notice=True)
    found = score(decided(), KNOWN, content)
    assert found.total == 100
    assert Regime.CAN_SPAM in points(decided())
    assert Regime.CASL in found.silent
    assert found.as_dict()["score"] == 100


def test_a_broken_law_costs_its_whole_part_and_says_which_rule() -> None:
    whole = decided(content={**AMERICAN["content"], "has_unsubscribe": False})  # type: ignore[dict-item]
    found = score(whole, KNOWN)
    spam = next(part for part in found.parts if part.regime is Regime.CAN_SPAM)
    assert spam.points == 0
    assert spam.lost[0].rule == "US-CANSPAM-004"
    assert "a way to unsubscribe" in spam.lost[0].why
    assert found.total == sum(part.points for part in found.parts)


def test_california_asks_for_notice_and_for_where_the_address_comes_from() -> None:
    assert points(decided())[Regime.CCPA][0] * 2 == points(decided())[Regime.CCPA][1]
    bought = score(decided(), KNOWN, ContentFacts(address_source="purchased", has_privacy_notice=True))
    part = next(part for part in bought.parts if part.regime is Regime.CCPA)
    assert [one.rule for one in part.lost] == ["US-CA-CCPA-004"]
    texas = decided(recipient={**AMERICAN["recipient"], "region": "TX"})  # type: ignore[dict-item]
    assert points(texas)[Regime.CCPA][0] == points(texas)[Regime.CCPA][1]


def test_waiting_costs_nothing() -> None:
    night = decided(at="2026-11-24T09:00:00Z")
    assert night["decision"] == "hold"
    assert score(night, KNOWN, ContentFacts(address_source="business_card", has_privacy_notice=True)).total == 100


def test_a_rule_that_is_gone_counts_as_one_of_the_house() -> None:
    old = {"rules": [{"id": "OLD-1", "source": "law", "effect": "block", "why": "w"}], "places": [], "missing": []}
    assert points(old) == {Regime.HOUSE: (0, 100)}


@settings(max_examples=60, deadline=None)
@given(
    country=st.sampled_from(["DE", "US", "CA", "GB", "AU", "JP", "FR", ""]),
    channel=st.sampled_from(["email", "sms", "phone_manual", "phone_ai", "recording", "linkedin"]),
    unsubscribe=st.sampled_from([True, False, None]),
    is_ai=st.sampled_from([True, False, None]),
)
def test_parts_add_up_and_lie_between_nothing_and_their_share(
    country: str, channel: str, unsubscribe: bool | None, is_ai: bool | None
) -> None:
    decision = decide(
        {"at": NOW.isoformat(), "channel": channel, "recipient": {"country": country or None}, "sender": {"is_ai": is_ai},
         "content": {"has_unsubscribe": unsubscribe}}, built_in(),
    )  # fmt: skip
    found = score(decision.as_dict(), KNOWN)
    assert sum(part.of for part in found.parts) == 100
    assert found.total == sum(part.points for part in found.parts)
    assert all(0 <= part.points <= part.of for part in found.parts)
    assert set(found.silent).isdisjoint(part.regime for part in found.parts)
    assert (found.total == 100) <= (decision.outcome.value in ("allow", "hold"))


def test_many_scores_have_n_and_an_interval_and_few_have_none() -> None:
    whole, broken = score(decided(), KNOWN), score(decided(suppressed=True), KNOWN)
    few = summarise([whole] * 5)
    assert (few.n, few.low, few.high) == (5, None, None)
    many = summarise([whole] * 20 + [broken] * 20)
    assert many.n == 40
    assert many.mean is not None
    assert many.low is not None
    assert many.high is not None
    assert many.low < many.mean < many.high
    assert summarise([]).mean is None


@pytest.mark.django_db
def test_the_gate_s_decisions_are_scored_by_campaign_with_the_last_word_of_each_message() -> None:
    empty = score_table(now=NOW, days=90)
    assert (empty.decisions, empty.total) == (0, None)
    for touch, campaign, changed, hours in (
        ("enrollment:1:step:1", "spring", {"suppressed": True}, 3),
        ("enrollment:1:step:1", "spring", {}, 1),
        ("enrollment:2:step:1", "autumn", {"suppressed": True}, 2),
        ("reply:9", "", {}, 2),
        ("enrollment:3:step:1", "old", {}, 24 * 100),
    ):
        decision = decided(**changed)
        GateDecision.objects.create(
            decided_at=NOW - timedelta(hours=hours), touch=touch, channel="email", purpose="cold_outreach", mode="every",
            campaign=campaign, recipient_hash="0" * 32, key_id="k", actor_kind="worker", actor_id=1,
            message_hash="0" * 64, content_hash="0" * 64, outcome=decision["decision"], basis=decision["basis"] or "",
            rules_version="1", facts={"address": {"source": "business_card"}}, decision=decision,
        )  # fmt: skip
    table = score_table(now=NOW, days=90)
    assert table.decisions == 3
    assert list(table.by_campaign) == ["autumn", "no campaign", "spring"]
    assert {name: found.n for name, found in table.by_workflow.items()} == {"enrollment": 2, "reply": 1}
