"""An agent sees no tool for a channel that is blocked, always the one that records an opt-out, and the law in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.domain.rules.decisions import decide
from tandem.compliance.domain.rules.offers import OFFERED, OPT_OUT_TOOL, TOOL_NAMES, channel_offers, prompt_rules
from tandem.compliance.domain.rules.packs import built_in
from tandem.compliance.queries.tools import channels_for

GERMAN: dict[str, Any] = {
    "at": "2026-11-24T15:00:00Z", "channel": "email", "purpose": "cold_outreach", "suppressed": False, "history": [],
    "recipient": {"country": "DE", "kind": "corporate_named", "timezone": "Europe/Berlin"}, "sender": {"is_ai": True},
    "basis": {"lia_approved": True, "art14_notice_at": "2026-11-01"}, "address": {"source": "business_card"},
    "consents": [{"kind": "gdpr_opt_in", "at": "2026-10-01"}],
}  # fmt: skip


def offered(request: dict[str, Any]) -> dict[str, Any]:
    return {one.tool: one for one in channel_offers(request, built_in()) if one.offered}


def test_every_channel_has_a_tool_with_a_name_of_its_own() -> None:
    assert set(TOOL_NAMES) == set(OFFERED)
    assert len({*TOOL_NAMES.values(), OPT_OUT_TOOL}) == len(OFFERED) + 1


def test_a_german_with_an_opt_in_for_mail_is_offered_mail_and_no_machine_calls() -> None:
    found = offered(GERMAN)
    assert "send_email" in found
    assert "place_ai_call" not in found
    assert found["send_email"].not_before is None


def test_outside_hours_the_tool_is_there_with_its_moment() -> None:
    mail = offered({**GERMAN, "at": "2026-11-24T20:00:00Z"})["send_email"]
    assert mail.not_before == datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
    assert "must wait until 2026-11-25 07:00 UTC" in mail.why


def test_whoever_is_suppressed_is_offered_nothing_but_the_opt_out() -> None:
    assert set(offered({**GERMAN, "suppressed": True})) == {OPT_OUT_TOOL}
    assert channels_for({**GERMAN, "suppressed": True})[-1].offered


def test_the_prompt_names_tools_bans_and_sources_in_a_fixed_order() -> None:
    text = prompt_rules(GERMAN, built_in())
    assert text == prompt_rules(dict(reversed(GERMAN.items())), built_in())
    assert text.startswith("Rules for this recipient (rules ")
    assert "place: DE" in text
    assert "- send_email (e-mail): now." in text
    assert "so do not propose or promise it: " in text
    assert "call by an AI voice" in text
    assert "- Never say or imply that you are a human. (AI-PRODUCT-001)" in text
    assert f"call {OPT_OUT_TOOL} at once" in text
    assert "(EU-AIA-501, Reg. 2024/1689 Art. 50(1),(5), 99(4) (EUR 15m / 3%))" in text or "more rules speak" in text
    assert len(text) < 6_000


@settings(max_examples=40, deadline=None)
@given(
    country=st.sampled_from(["DE", "US", "CA", "GB", "AU", "FR", ""]),
    kind=st.sampled_from(["corporate_named", "consumer", "sole_trader", "unknown"]),
    consent=st.sampled_from(["", "express", "pewc", "gdpr_opt_in", "opt_in_sms"]),
    hour=st.integers(0, 23),
)
def test_a_tool_is_shown_exactly_where_the_decision_leaves_a_way(
    country: str, kind: str, consent: str, hour: int
) -> None:
    request: dict[str, Any] = {
        **GERMAN, "at": f"2026-11-24T{hour:02}:00:00Z",
        "recipient": {"country": country or None, "kind": kind},
        "consents": [{"kind": consent, "at": "2026-10-01"}] if consent else [],
    }  # fmt: skip
    content = {"has_unsubscribe": True, "has_postal_address": True, "ai_disclosed": True}
    for one in channel_offers(request, built_in()):
        if one.channel:
            decision = decide({**request, "channel": one.channel, "content": content}, built_in())
            is_open = decision.outcome in (Outcome.ALLOW, Outcome.REVIEW) or decision.hold_until is not None
            assert one.offered == is_open
            assert one.not_before == decision.hold_until
