"""The evaluator never gets laxer with more places or fewer facts; packs are checked when they are read."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tandem.compliance.contracts.decisions import Decision, Outcome
from tandem.compliance.domain.rules.conditions import compile_condition
from tandem.compliance.domain.rules.decisions import decide as _decide
from tandem.compliance.domain.rules.facts import CHANNELS, CONSENT_WORDS, FACTS, KINDS, OUTREACH, SOURCES
from tandem.compliance.domain.rules.hours import next_open, read_hours
from tandem.compliance.domain.rules.packs import FOLDER, built_in, load_packs
from tandem.compliance.domain.rules.places import whereabouts
from tandem.core.errors import InvalidInput

PLACES = (
    "US-TX",
    "US-FL",
    "US-CA",
    "US-NY",
    "CA-ON",
    "CA-QC",
    "DE",
    "FR",
    "GB",
    "IE",
    "NL",
    "IT",
    "CH",
    "AU-NSW",
    "SG",
    "BR",
)
KNOWN_CONSENTS = sorted(set(CONSENT_WORDS) - {"channel", "fresh_call_3_months", "fresh_call_24_months"})
MOMENT = datetime(2026, 11, 17, 16, tzinfo=UTC)
# Facts that speak for a contact when they are there. Taking one out must never open anything.
SPEAKING_FOR = (
    "consents", "relationship", "dnc", "basis", "content.has_unsubscribe", "content.has_postal_address",
    "content.ai_disclosed", "content.human_approved", "content.human_intro", "content.language", "sender.is_ai",
    "sender.postal_address", "recording", "recipient.kind", "dnc.scrubbed_at", "dnc.national", "basis.lia_approved",
    "basis.art14_notice_at", "address.role_relevant", "address.published_for_commercial_contact", "purpose",
)  # fmt: skip


def decide(request: object) -> Decision:
    return _decide(request, built_in())


# Most facts speak for the contact, so that single ones decide.
mostly = st.integers(0, 9).map(lambda dice: dice > 0)
moments = st.integers(0, 60 * 24 * 40).map(lambda minutes: MOMENT + timedelta(minutes=minutes))
pasts = st.one_of(st.integers(3, 28), st.integers(3, 900)).map(lambda days: (MOMENT - timedelta(days=days)).isoformat())


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A request with every fact that may speak for it."""
    kind = draw(st.sampled_from(["purchase", "inquiry", "membership", "contract_in_force"]))
    return {
        "at": draw(moments).isoformat(),
        "channel": draw(st.sampled_from(CHANNELS)),
        "purpose": draw(st.sampled_from(sorted(OUTREACH))),
        "suppressed": not draw(mostly),
        "recipient": {
            "kind": draw(st.sampled_from(KINDS)),
            "candidate_locations": draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=2, unique=True)),
        },
        "sender": {"country": draw(st.sampled_from(["US", "CA", "DE"])), "is_ai": draw(st.booleans()), "postal_address": "x"},
        "consents": [
            {"kind": one, "at": draw(pasts), "evidence": "form"}
            for one in draw(st.one_of(st.just(KNOWN_CONSENTS), st.lists(st.sampled_from(KNOWN_CONSENTS), max_size=3, unique=True)))
        ],
        "relationship": {"kind": kind, "at": draw(pasts)},
        "dnc": {"national": not draw(mostly), "scrubbed_at": draw(pasts)},
        "history": [{"channel": "email", "at": draw(pasts)} for _ in range(draw(st.integers(0, 4)))],
        "content": {
            name: draw(mostly) for name in ("has_unsubscribe", "ai_disclosed", "human_approved", "human_intro")
        }
        | {"language": draw(st.sampled_from(["en", "fr"]))},
        "address": {
            "source": draw(st.sampled_from(SOURCES)),
            "role_relevant": draw(mostly),
            "refusal_statement_at_source": False,
            "published_for_commercial_contact": draw(mostly),
            "collected_at": draw(pasts),
        },
        "basis": {"lia_approved": draw(mostly), "art14_notice_at": draw(pasts)},
        "participants": [{"name": "host", "location": draw(st.sampled_from(PLACES)), "consented": draw(mostly)}],
        "recording": {"disclosure_announced": draw(mostly)},
    }  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(requests(), st.sampled_from(PLACES))
def test_one_more_place_never_makes_it_laxer(request: dict[str, Any], place: str) -> None:
    more = deepcopy(request)
    more["recipient"]["candidate_locations"].append(place)
    more["participants"].append({"name": "guest", "location": place})
    before, after = decide(request), decide(more)
    assert after.outcome.severity >= before.outcome.severity
    if before.hold_until and after.hold_until:
        assert after.hold_until >= before.hold_until


@settings(max_examples=100, deadline=None)
@given(requests(), st.sampled_from(SPEAKING_FOR))
def test_a_fact_less_never_makes_it_laxer(request: dict[str, Any], path: str) -> None:
    less = deepcopy(request)
    section, _, name = path.partition(".")
    if name:
        del_from = less[section]
        assume(name in del_from)
        del del_from[name]
    else:
        del less[section]
    assert decide(less).outcome.severity >= decide(request).outcome.severity


@settings(max_examples=30, deadline=None)
@given(requests())
def test_nobody_suppressed_is_approached(request: dict[str, Any]) -> None:
    assume(request["channel"] != "recording")
    assert decide(request | {"suppressed": True}).outcome is Outcome.BLOCK


@settings(max_examples=30, deadline=None)
@given(requests(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_told_does_not_matter(request: dict[str, Any], dice: Any) -> None:
    other = deepcopy(request)
    for rows in (other["recipient"]["candidate_locations"], other["consents"], other["history"]):
        dice.shuffle(rows)
    assert decide(other).as_dict() == decide(request).as_dict()


@settings(max_examples=60, deadline=None)
@given(requests())
def test_at_the_moment_it_is_held_until_it_may_go(request: dict[str, Any]) -> None:
    decision = decide(request)
    if decision.outcome is not Outcome.HOLD or decision.hold_until is None:
        return
    later = decide(request | {"at": decision.hold_until.isoformat()})
    assert not [rule for rule in later.rules if rule.effect == "hold"]


@pytest.mark.parametrize(
    ("request_told", "field"),
    [
        ([], "request"),
        ({"channel": "email"}, "at"),
        ({"at": "2026-11-17T16:00:00", "channel": "email"}, "at"),
        ({"at": "0001-01-01T00:00:00Z", "channel": "email"}, "at"),
        ({"at": "9999-12-31T23:59:59-12:00", "channel": "email"}, "at"),
        ({"at": "2026-11-17T16:00:00Z", "channel": "fax"}, "channel"),
        ({"at": "2026-11-17T16:00:00Z", "channel": "email", "suppressed": "no"}, "suppressed"),
        ({"at": "2026-11-17T16:00:00Z", "channel": "email", "recipient": "Jane"}, "recipient"),
        ({"at": "2026-11-17T16:00:00Z", "channel": "email", "recipient": {"kind": "firm"}}, "recipient.kind"),
        ({"at": "2026-11-17T16:00:00Z", "channel": "email", "recipient": {"timezone": "Mars"}}, "recipient.timezone"),
        ({"at": "2026-11-17T16:00:00Z", "channel": "email", "consents": {}}, "consents"),
        ({"at": "2026-11-17T16:00:00Z", "channel": "email", "dnc": {"scrubbed_at": "lately"}}, "dnc.scrubbed_at"),
    ],
)
def test_what_can_not_be_read_is_refused_by_field(request_told: object, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        decide(request_told)
    assert refused.value.context["field"] == field


def test_a_window_of_a_night_that_has_no_two_oclock() -> None:
    hours = read_hours(("sun 02:30-05:00",))
    zone = whereabouts(("DE",), (), (), "").zones
    from zoneinfo import ZoneInfo

    at = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)  # 01:30 in Berlin; at 02:00 the clock shows 03:00
    opened = next_open(at, hours=hours, zones=tuple(ZoneInfo(one) for one in zone), quiet=())
    assert opened == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "facts", "met"),
    [
        ("basis.lia_approved", {}, None),
        ("not basis.lia_approved", {}, None),
        ("basis.lia_approved or suppressed", {"suppressed": True}, True),
        ("basis.lia_approved and suppressed", {"suppressed": False}, False),
        ("unknown address.source", {}, True),
        ("address.source in purchased|business_card", {"address.source": "purchased"}, True),
        ("places in DE|FR", {"places": frozenset({"US", "FR"})}, True),
        ("relationship.purchase_at within 24 months", {"relationship.purchase_at": MOMENT - timedelta(days=800)}, False),
        ("relationship.purchase_at within 24 months", {"relationship.purchase_at": MOMENT + timedelta(days=1)}, False),
    ],
)  # fmt: skip
def test_conditions_know_three_answers(text: str, facts: dict[str, object], met: bool | None) -> None:
    condition = compile_condition(text, names=FACTS, terms={})
    assert condition.test({"at": MOMENT, **facts}) is met


RULE = """
name = "p"
title = "P"
version = "1"
published = 2026-11-24
[[rule]]
id = "A-1"
version = "1"
title = "T"
effect = "forbid"
where = ["DE"]
channels = ["email"]
when = "suppressed"
source = [{cite = "law"}]
confidence = "high"
needs_lawyer = false
words = "w"
"""


@pytest.mark.parametrize(
    ("old", "new", "said", "field"),
    [
        ('when = "suppressed"', 'when = "supressed"', "is no fact", "when"),
        ('when = "suppressed"', "", "needs when", "when"),
        ('where = ["DE"]', 'where = ["Germany"]', "does not know Germany", "where"),
        ('where = ["DE"]', 'where = "DE"', "it is a list", "where"),
        ('effect = "forbid"', 'effect = "ban"', "effect 'ban' is not known", "effect"),
        ('effect = "forbid"', "effect = 1", "it is a text in quotes", "effect"),
        ('channels = ["email"]', 'channels = ["fax"]', "does not know fax", "channels"),
        ('words = "w"', 'words = "w"\nwindows = ["mon-fri 9-17"]', "are no hours", "windows"),
        ('words = "w"', 'words = "w"\nfrom = 2026-02-01\nto = 2026-01-01', "ends (2026-01-01) before it starts", "to"),
        ('words = "w"', 'words = "w"\nfrom = "2026-02-01"', "must be a date", "from"),
        ('words = "w"', 'words = "w"\nremark = "x"', "remark is no field of a rule", "remark"),
        ('words = "w"', 'words = "w"\ncaps = [{max = "2", hours = 3}]', "max in caps can't be '2'", "caps"),
        ('words = "w"', 'words = "w"\nways = [{basis = "consent"}]', "A part of ways misses needs", "ways"),
        ('source = [{cite = "law"}]', 'source = "law"', "source is a list of tables with cite", "source"),
        ('confidence = "high"', "", "confidence is missing", "confidence"),
        ("needs_lawyer = false", 'needs_lawyer = "no"', "write true or false", "needs_lawyer"),
    ],
)
def test_a_broken_rule_is_named_with_file_rule_field_and_remedy(
    tmp_path: Any, old: str, new: str, said: str, field: str
) -> None:
    assert old in RULE
    (tmp_path / "p.toml").write_text(RULE.replace(old, new), encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        load_packs(tmp_path)
    assert said in refused.value.message
    assert refused.value.context == {"file": "p.toml", "rule": "A-1", "field": field}
    assert refused.value.hint


OTHER = RULE.replace('name = "p"', 'name = "q"')


def test_two_versions_of_a_rule_may_not_be_in_force_at_once(tmp_path: Any) -> None:
    (tmp_path / "p.toml").write_text(RULE, encoding="utf-8")
    (tmp_path / "q.toml").write_text(OTHER.replace('version = "1"\ntitle = "T"', 'version = "2"\ntitle = "T"'), encoding="utf-8")  # fmt: skip
    with pytest.raises(InvalidInput, match="stands twice"):
        load_packs(tmp_path)
    older = RULE.replace('words = "w"', 'words = "w"\nto = 2026-06-30')
    (tmp_path / "p.toml").write_text(older, encoding="utf-8")
    newer = OTHER.replace('words = "w"', 'words = "w"\nfrom = 2026-07-01')
    (tmp_path / "q.toml").write_text(newer, encoding="utf-8")
    assert len(load_packs(tmp_path).rules) == 2


def test_every_rule_names_its_source_and_how_sure_it_is() -> None:
    rules = built_in().rules
    assert len(rules) >= 336
    assert all(rule.sources and rule.confidence and rule.words for rule in rules)
    assert all(rule.needs_lawyer for rule in rules if rule.confidence == "low")
    assert FOLDER.is_dir()
