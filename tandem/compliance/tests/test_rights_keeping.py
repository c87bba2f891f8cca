"""Data go when their time is over and no hold keeps them; who was bought is told in time; people decide on people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tandem.compliance import queries
from tandem.compliance.actions import carrying_out, rights
from tandem.compliance.actions.decision_kinds import require_person, set_material
from tandem.compliance.actions.holds import set_hold
from tandem.compliance.actions.limits import set_limit
from tandem.compliance.actions.notices import record_notice, record_notices
from tandem.compliance.actions.own_stores import RegistryStore
from tandem.compliance.actions.retention import delete_past, end_schedule, set_schedule
from tandem.compliance.actions.suppression import suppress
from tandem.compliance.contracts import SuppressionEntry, SuppressionReason
from tandem.compliance.contracts.gate import RecipientFacts
from tandem.compliance.contracts.requests import (
    BoughtContact,
    HoldScope,
    IdentityProof,
    Limit,
    RequestKind,
    RequestRoad,
)
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.domain import addresses
from tandem.compliance.models import (
    Consent,
    DncScreening,
    GateDecision,
    LedgerEntry,
    NoticeGiven,
    PersonalLimit,
    Relationship,
    RetentionSchedule,
    RightsRequest,
    Suppression,
)
from tandem.compliance.queries import gate, notices, stores
from tandem.compliance.queries.decision_kinds import decision_kinds
from tandem.compliance.queries.explaining import explain
from tandem.compliance.queries.retention import dry_run
from tandem.core.actors import Actor, built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tandem.core.nightly import run as run_night
from tests.company import Company

WORKER = built_in_agent("worker", "worker")
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=365 * 6)
ANN = PersonKeys(emails=("ann@acme.example",), phones=("+442079460958",), subjects=("contact:12",))
BY: dict[str, Any] = {"actor": WORKER, "now": NOW}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rights_folder")]


def keyed(text: str) -> dict[str, str]:
    read = addresses.read(text)
    assert read is not None
    key = queries.registry_keys()[0]
    return {"kind": read.kind.value, "key_hash": addresses.keyed_hash(read, key), "key_id": addresses.key_id(key)}


def screen(number: str, at: datetime, subject: str = "") -> DncScreening:
    return DncScreening.objects.create(
        **keyed(number), address=number, subject=subject, source="scrub", register="uk_tps", is_listed=False,
        screened_at=at, recorded_at=NOW,
    )  # fmt: skip


def fact(address: str, at: datetime, subject: str = "") -> Relationship:
    return Relationship.objects.create(
        **keyed(address), address=address, subject=subject, source="crm", evidence="order 9", fact="purchase", at=at,
        recorded_at=NOW,
    )  # fmt: skip


# --- retention and holds ---


def test_what_is_past_goes_in_the_night_and_its_count_is_in_the_ledger(cleo: Actor) -> None:
    old, new = screen("+442079460958", LONG_AGO), screen("+442079460959", NOW - timedelta(days=30))
    assert (dry_run("compliance.screenings", 60, now=NOW).past, DncScreening.objects.count()) == (1, 2)
    set_schedule("compliance.screenings", 60, basis="REC-KEEP-002", expected=1, actor=cleo, now=NOW)
    run_night(NOW.date(), actor=WORKER, only="compliance.retention")
    assert list(DncScreening.objects.values_list("id", flat=True)) == [new.id]
    entry = LedgerEntry.objects.get(action="compliance.retention_ran")
    assert (entry.subject, '"deleted":1' in entry.facts) == ("retention:compliance.screenings", True)
    assert old.id not in DncScreening.objects.values_list("id", flat=True)


def test_without_a_schedule_nothing_is_ever_deleted(cleo: Actor) -> None:
    screen("+442079460958", LONG_AGO)
    assert delete_past(**BY) == {}
    assert DncScreening.objects.count() == 1


@pytest.mark.parametrize(
    ("scope", "whom"),
    [
        (HoldScope.EVERYTHING, ""),
        (HoldScope.PERSON, "+44 20 7946 0958"),
        (HoldScope.PERSON, "contact:12"),
        (HoldScope.ACCOUNT, "account:3"),
    ],
)
def test_a_hold_wins_over_retention(scope: HoldScope, whom: str, cleo: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def facts(asked: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], RecipientFacts]:
        return {
            one: RecipientFacts(subject="contact:12", account="account:3") for one in asked if one[0] == "contact:12"
        }

    monkeypatch.setattr(gate, "_facts_of", facts)
    screen("+442079460958", LONG_AGO, subject="contact:12")
    screen("+442079460959", LONG_AGO, subject="contact:13")
    set_hold(scope, whom=whom, name="Matter 7", reason="Court", starts_on=NOW.date(), actor=cleo, now=NOW)
    found = dry_run("compliance.screenings", 60, now=NOW)
    kept = 2 if scope is HoldScope.EVERYTHING else 1
    assert (found.past, found.kept) == (2, kept)
    set_schedule("compliance.screenings", 60, basis="House rule", expected=2 - kept, actor=cleo, now=NOW)
    assert delete_past(**BY) == {"compliance.screenings": 2 - kept}
    assert DncScreening.objects.filter(subject="contact:12").exists()


def test_a_schedule_that_was_counted_at_another_time_is_not_saved(cleo: Actor, company: Company) -> None:
    screen("+442079460958", LONG_AGO)
    with pytest.raises(Conflict, match="delete 1 by now, not 0"):
        set_schedule("compliance.screenings", 60, basis="House rule", expected=0, actor=cleo, now=NOW)
    with pytest.raises(InvalidInput):
        set_schedule("compliance.screenings", 0, basis="House rule", expected=0, actor=cleo, now=NOW)
    with pytest.raises(NotFound):
        set_schedule("ledger", 60, basis="House rule", expected=0, actor=cleo, now=NOW)
    with pytest.raises(NotAllowed):
        set_schedule("compliance.screenings", 60, basis="x", expected=1, actor=company.actor("lena"), now=NOW)
    assert not RetentionSchedule.objects.exists()


def test_a_new_schedule_takes_the_place_of_the_old_one_and_can_be_ended(cleo: Actor) -> None:
    for months in (60, 48):
        set_schedule("compliance.consents", months, basis="House rule", expected=0, actor=cleo, now=NOW)
    assert list(RetentionSchedule.objects.filter(ended_at=None).values_list("months", flat=True)) == [48]
    end_schedule("compliance.consents", reason="Under review", actor=cleo, now=NOW)
    assert not RetentionSchedule.objects.filter(ended_at=None).exists()


def test_requests_go_two_years_after_their_end_and_not_before(cleo: Actor) -> None:
    number = carrying_out.take_in(
        RequestKind.OBJECTION, PersonKeys(emails=("ann@acme.example",)), road=RequestRoad.FORM, **BY
    )[0]
    set_schedule("compliance.requests", 24, basis="US-CA-CCPA-002", expected=0, actor=cleo, now=NOW)
    assert delete_past(actor=WORKER, now=NOW + timedelta(days=700))["compliance.requests"] == 0
    assert delete_past(actor=WORKER, now=NOW + timedelta(days=740))["compliance.requests"] == 1
    assert not RightsRequest.objects.filter(id=number).exists()
    assert Suppression.objects.filter(superseded_at=None).exists()


# --- notices (GDPR Article 14) ---


@pytest.fixture
def bought(monkeypatch: pytest.MonkeyPatch) -> list[BoughtContact]:
    people = [
        BoughtContact(subject="contact:1", name="Ann", email="ann@acme.example", country="DE", source="Vendor",
                      collected_at=datetime(2026, 10, 1, tzinfo=UTC)),
        BoughtContact(subject="contact:2", name="Bob", email="", country="", source="Vendor",
                      collected_at=datetime(2026, 11, 1, tzinfo=UTC)),
        BoughtContact(subject="contact:3", name="Cy", email="cy@acme.example", country="US", source="Vendor",
                      collected_at=datetime(2026, 1, 1, tzinfo=UTC)),
    ]  # fmt: skip

    def provider(*, now: datetime, subjects: Sequence[str] | None = None) -> list[BoughtContact]:
        return [one for one in people if subjects is None or one.subject in subjects]

    monkeypatch.setattr(notices, "_providers", {"test": provider})
    return people


def test_who_was_bought_is_to_be_told_within_a_month_the_late_first(bought: list[BoughtContact]) -> None:
    found = [(one.subject, state.due_on, state.is_overdue(NOW.date())) for one, state in notices.open_notices(now=NOW)]
    assert found == [("contact:1", date(2026, 11, 1), True), ("contact:2", date(2026, 12, 1), False)]
    told = [(one.text, one.is_late) for one in notices.notice_alarms(NOW)]
    assert told == [
        ("were not told where their data come from: tell or delete", True),
        ("are to be told where their data come from", False),
    ]


@pytest.mark.parametrize("key", ["contact:1", "Ann@acme.example"])
def test_who_was_told_waits_no_more_under_whatever_name(key: str, bought: list[BoughtContact]) -> None:
    record_notice(key, NOW - timedelta(days=2), "message m-1", **BY)
    assert [one.subject for one, _ in notices.open_notices(now=NOW)] == ["contact:2"]
    state = notices.notice_state(["contact:1"], now=NOW)["contact:1"]
    assert (state.given_at, state.is_overdue(NOW.date())) == (NOW - timedelta(days=2), False)
    assert notices.notices_given({"a": ["contact:1", "ann@acme.example"], "b": ["contact:9"]}) == {
        "a": NOW - timedelta(days=2)
    }
    assert not LedgerEntry.objects.filter(facts__icontains="acme").exists()


@pytest.mark.parametrize(
    ("subject", "at", "evidence"),
    [("nobody at all", NOW, "m-1"), ("contact:1", NOW + timedelta(days=1), "m-1"), ("contact:1", NOW, " ")],
)
def test_a_notice_without_evidence_or_of_the_future_is_none(subject: str, at: datetime, evidence: str) -> None:
    with pytest.raises(InvalidInput):
        record_notices(["contact:5", subject], at, evidence, **BY)
    assert not NoticeGiven.objects.exists()


def test_contacts_of_vendors_alone_are_bought_and_those_the_own_crm_knows_are_not(company: Company) -> None:
    from tandem.accounts.queries.notices import bought_contacts

    found = {one.subject: one.source for one in bought_contacts(now=NOW)}
    points = {
        f"contact:{contact.id}": set(contact.points.values_list("source__kind", flat=True))
        for contact in company.contacts.values()
    }
    assert set(found) == {subject for subject, kinds in points.items() if kinds == {"vendor"}}
    assert list(bought_contacts(now=NOW, subjects=["account:1", "contact:x"])) == []


# --- decisions that need a person ---


def test_software_is_refused_what_materially_affects_somebody(cleo: Actor) -> None:
    for kind in decision_kinds():
        require_person(kind.kind.name, cleo)
        if kind.is_material:
            with pytest.raises(NotAllowed, match="never by software"):
                require_person(kind.kind.name, WORKER)
        else:
            require_person(kind.kind.name, WORKER)
    with pytest.raises(NotFound):
        require_person("what.nobody.described", cleo)


def test_compliance_alone_makes_it_stricter_and_what_is_a_persons_stays_so(company: Company, cleo: Actor) -> None:
    for actor in (company.actor("revops"), WORKER):
        with pytest.raises(NotAllowed):
            set_material("contact.ranked", True, reason="Strict", actor=actor, now=NOW)
    require_person("contact.ranked", WORKER)
    set_material("contact.ranked", True, reason="Strict", actor=cleo, now=NOW)
    with pytest.raises(NotAllowed):
        require_person("contact.ranked", WORKER)
    with pytest.raises(Conflict):
        set_material("request.refused", False, reason="Fast", actor=cleo, now=NOW)
    with pytest.raises(NotAllowed):
        require_person("request.refused", WORKER)


# --- explanation ---


def decided(outcome: str, **changed: Any) -> GateDecision:
    fields = {
        "decided_at": NOW, "touch": "enrollment:5:step:2", "message_key": "m-1", "channel": "email",
        "purpose": "cold_outreach", "mode": "every", "recipient_hash": keyed("ann@acme.example")["key_hash"],
        "key_id": "x", "actor_kind": "agent", "actor_id": 0, "message_hash": "0" * 64, "content_hash": "0" * 64,
        "outcome": outcome, "basis": "legitimate interest" if outcome == "allow" else "", "rules_version": "2026.11.1",
        "facts": {},
        "decision": {"explanation": "Because.", "rules": [{"id": "EU-GDPR-001", "version": "1", "why": "a basis"}]},
    }  # fmt: skip
    return GateDecision.objects.create(**{**fields, **changed})


def test_an_explanation_names_past_decisions_with_rules_and_what_one_of_today_would_be(company: Company) -> None:
    decided("block", decided_at=NOW - timedelta(days=1))
    decided("allow", subject="contact:12", recipient_hash="f" * 32)
    decided("allow", recipient_hash="e" * 32)
    told = explain(ANN, now=NOW, places=["DE"])
    assert [(one.outcome, one.rules) for one in told.past] == [
        ("allow", (("EU-GDPR-001", "1", "a basis"),)),
        ("block", (("EU-GDPR-001", "1", "a basis"),)),
    ]
    assert told.sentence.startswith("Contacts allowed so far: 1; not allowed: 1; the last decision was on 24 Nov 2026.")
    by_channel = {one.channel: one for one in told.today}
    assert by_channel["call by an AI voice"].outcome == "block"
    assert any(rule.startswith("EU-") for rule, _, _ in by_channel["call by an AI voice"].blocked_by)
    assert next(title for title, _ in told.logic) == "Whether somebody may be contacted"


def test_what_the_person_forbade_is_said_and_stands_in_the_way(company: Company) -> None:
    suppress(SuppressionEntry(address="ann@acme.example", reason=SuppressionReason.OBJECTION), source="mail", **BY)
    set_limit(Limit.AUTOMATION, ANN, request="request:1", **BY)
    told = explain(ANN, now=NOW, places=["DE"])
    assert any("Suppressed on every channel" in line for line in told.limits)
    assert any("Automated decisions were refused" in line for line in told.limits)
    assert {one.outcome for one in told.today} <= {"block", "no address"}
    assert "EU-GDPR-007" in told.sentence


def test_somebody_nobody_knows_gets_an_answer_too(db: None) -> None:
    told = explain(PersonKeys(emails=("nobody@nowhere.example",)), now=NOW)
    assert told.past == ()
    assert told.signals[0].startswith("No room knows this person")
    assert {one.outcome for one in told.today} == {"block", "no address"}


# --- compliance's own stores ---


def test_the_registries_find_a_person_by_address_and_by_name_give_all_out_and_erase_all(db: None) -> None:
    store = RegistryStore()
    fact("ann@acme.example", NOW, subject="contact:12")
    screen("+442079460958", NOW, subject="contact:12")
    fact("boss@acme.example", NOW, subject="account:3")
    set_limit(Limit.AUTOMATION, PersonKeys(emails=("ann@acme.example",)), request="request:1", **BY)
    record_notice("contact:12", NOW, "m-1", **BY)
    person = stores.widen(PersonKeys(emails=("Ann@acme.example",)))
    assert set(person.phones) == {"+442079460958"}
    assert set(person.subjects) == {"contact:12"}
    held = sorted(item.what for item in store.collect(person))
    assert held == ["do-not-call screening", "fact of the relationship", "limit on use", "notice given"]
    assert store.erase(person, request="request:1", **BY) == 4
    assert next(iter(store.collect(person))).what == "suppression"
    assert {(row.address, row.subject) for row in Suppression.objects.all()} == {("", "")}
    assert Relationship.objects.get().address == "boss@acme.example"
    assert store.erase(person, request="request:1", **BY) == 0
    assert (Consent.objects.count(), PersonalLimit.objects.count()) == (0, 0)


def test_a_hold_on_somebodys_account_keeps_them_from_being_deleted(
    cleo: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def facts(asked: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], RecipientFacts]:
        return {one: RecipientFacts(subject="contact:12", account="account:3") for one in asked}

    monkeypatch.setattr(gate, "_facts_of", facts)
    set_hold(
        HoldScope.ACCOUNT, whom="account:3", name="Matter", reason="Court", starts_on=NOW.date(), actor=cleo, now=NOW
    )
    number = carrying_out.take_in(
        RequestKind.DELETION, PersonKeys(emails=("ann@acme.example",)), road=RequestRoad.FORM, **BY
    )[0]
    rights.check_identity(number, IdentityProof.REPLY, actor=cleo, now=NOW)
    assert carrying_out.begin(number, actor=cleo, now=NOW) == "held"
