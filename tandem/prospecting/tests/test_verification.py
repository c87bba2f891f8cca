"""Who may be written to: two independent sources, and an address that somebody checked not too long ago."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.accounts.models import Contact, ContactPoint, Employment, Source
from tandem.compliance import actions as compliance
from tandem.compliance.contracts.rights import PersonKeys
from tandem.core import secrets
from tandem.core.errors import NotAllowed
from tandem.core.intervals import Share
from tandem.prospecting.actions.checks_store import ChecksStore
from tandem.prospecting.actions.measuring import measure_sources
from tandem.prospecting.actions.verification import check_contacts
from tandem.prospecting.connectors import mail_hosts
from tandem.prospecting.domain.accuracy import Candidate, Measure, Word, accuracies, in_order
from tandem.prospecting.domain.providers import independent
from tandem.prospecting.domain.verification import (
    History,
    MailHosts,
    Result,
    check_built_in,
    good_until,
    is_due,
    left_of,
)
from tandem.prospecting.domain.waterfall import Rule, next_step
from tandem.prospecting.models import AddressCheck, ProviderAccount, ProviderCall
from tandem.prospecting.queries.providers import accuracy_by_source
from tandem.prospecting.queries.sources import contact_states, usable_contacts
from tandem.prospecting.tests.outside_servers import Heard, Outside, Reply, outside
from tests.company import Company

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
MOMENTS = st.integers(0, 2_000).map(lambda days: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=days))


@given(MOMENTS, st.integers(0, 2_000), st.integers(0, 2_000))
def test_a_check_only_loses_worth_and_is_due_when_its_day_is_past(at: datetime, some: int, more: int) -> None:
    early, late = at + timedelta(days=some), at + timedelta(days=some + more)
    assert 0 < left_of(at, late) <= left_of(at, early) <= 1
    assert is_due(at, good_until(at) + timedelta(minutes=1))
    assert not is_due(at, good_until(at) - timedelta(minutes=1))


def test_a_month_costs_two_and_a_half_percent_and_a_check_counts_for_87_days() -> None:
    assert left_of(NOW, NOW + timedelta(days=365.25 / 12)) == pytest.approx(0.975)
    assert (good_until(NOW) - NOW).days == 87


@pytest.mark.parametrize(
    ("address", "history", "hosts", "result", "raw"),
    [
        ("ann.lee@acme.com", History(), MailHosts.NOT_ASKED, Result.OK, "built-in"),
        ("ann.lee@acme.com", History(), MailHosts.TAKES, Result.OK, "built-in"),
        ("ann.lee@@acme", History(), MailHosts.TAKES, Result.BAD, "syntax"),
        ("ann@mailinator.com", History(), MailHosts.TAKES, Result.BAD, "disposable"),
        ("ann@sub.yopmail.com", History(), MailHosts.TAKES, Result.BAD, "disposable"),
        ("info@acme.com", History(), MailHosts.TAKES, Result.RISKY, "role"),
        ("ann@acme.com", History(), MailHosts.NONE, Result.BAD, "no_domain"),
        ("ann@acme.com", History(), MailHosts.REFUSES, Result.BAD, "no_mail"),
        ("ann@acme.com", History(is_catch_all=True), MailHosts.TAKES, Result.RISKY, "catch_all"),
        ("ann@acme.com", History(bounced=True), MailHosts.TAKES, Result.BAD, "bounced"),
        ("info@acme.com", History(seen_at=NOW - timedelta(days=9)), MailHosts.NOT_ASKED, Result.OK, "seen"),
        ("ann@acme.com", History(seen_at=NOW - timedelta(days=200)), MailHosts.NOT_ASKED, Result.OK, "built-in"),
        ("ann@acme.com", History(bounced=True, bounced_at=NOW - timedelta(days=30), seen_at=NOW - timedelta(days=9)),
         MailHosts.NOT_ASKED, Result.OK, "seen"),
        ("ann@acme.com", History(bounced=True, bounced_at=NOW - timedelta(days=3), seen_at=NOW - timedelta(days=9)),
         MailHosts.NOT_ASKED, Result.BAD, "bounced"),
    ],
)  # fmt: skip
def test_the_built_in_check(address: str, history: History, hosts: MailHosts, result: Result, raw: str) -> None:
    told = check_built_in(address, history, hosts=hosts, now=NOW)
    assert (told.result, told.raw) == (result, raw)
    assert told.is_weak == (raw not in {"syntax", "bounced", "seen"}), "only what is certain is not weak"


@given(st.text(max_size=80), st.booleans())
def test_the_built_in_check_answers_anything(address: str, bounced: bool) -> None:
    told = check_built_in(address, History(bounced=bounced), hosts=MailHosts.NOT_ASKED, now=NOW)
    assert 0 <= told.chance <= 1
    assert told.reasons


def test_sources_of_one_base_are_one_word_and_a_reseller_beside_a_vendor_is_none() -> None:
    assert independent(["salesforce", "dynamics"], vendors=frozenset()) == ("crm",)
    assert independent(["salesforce", "zoominfo"], vendors=frozenset({"zoominfo"})) == ("crm", "zoominfo")
    assert independent(["clay", "zoominfo"], vendors=frozenset({"clay", "zoominfo"})) == ("zoominfo",)
    assert independent(["clay", "hubspot"], vendors=frozenset({"clay"})) == ("clay", "hubspot")


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=80))
def test_observed_shares_count_every_outcome_once(told: list[tuple[str, bool]]) -> None:
    found = accuracies(Word(source_key=key, mail_took=took) for key, took in told)
    assert sum(share.n for share in found.values()) == len(told)
    assert sum(share.hits for share in found.values()) == sum(took for _, took in told)
    assert all(share.low <= (share.value or 0) <= share.high for share in found.values())


def test_the_waterfall_asks_for_right_answers_by_the_money_and_stops_when_enough_is_known() -> None:
    from decimal import Decimal

    cheap, dear, free = (
        Candidate(key=key, accuracy=right, hit_rate=0.5, price=Decimal(price))
        for key, right, price in (("cheap", 0.6, "0.01"), ("dear", 0.9, "0.10"), ("free", 0.2, "0"))
    )
    assert [one.key for one in in_order([dear, cheap, free])] == ["free", "cheap", "dear"]
    rules = {"title": Rule(providers=("a", "b"), enough=2)}
    able = {"a", "b"}
    first = next_step(["title"], rules, told_by={}, asked=set(), able=able)
    second = next_step(["title"], rules, told_by={"title": 1}, asked={"a"}, able=able)
    assert [first and first.provider, second and second.provider] == ["a", "b"]
    assert next_step(["title"], rules, told_by={"title": 2}, asked={"a"}, able=able) is None
    assert next_step(["title"], rules, told_by={}, asked=set(), able={"b"}) is not None


def test_mail_hosts_that_do_not_answer_are_not_asked() -> None:
    assert mail_hosts.look_up("acme.com", servers=[]) is MailHosts.NOT_ASKED


@pytest.fixture
def server(settings: Any) -> Iterator[Outside]:
    with outside() as found:
        settings.OUTSIDE_HOSTS = [found.host]
        yield found


@pytest.fixture
def ann(company: Company, now: datetime) -> Contact:
    """Somebody at Kroeger whom CRM and a vendor place there; their address was never checked."""
    kroeger = company.accounts["kroeger"]
    one = Contact.objects.create(
        name="Ann Lee", first_name="Ann", last_name="Lee", account=kroeger, email="ann.lee@kroeger.com", country="US",
        created_at=now, updated_at=now,
    )  # fmt: skip
    for source in sources_of(company)[:2]:
        Employment.objects.create(contact=one, account=kroeger, source=source)
        ContactPoint.objects.create(contact=one, kind="email", value=one.email, source=source)
    return one


def sources_of(company: Company) -> list[Source]:
    """A CRM and a vendor."""
    crm = Source.objects.filter(kind="crm").order_by("id")[0]
    return [crm, Source.objects.create(key="zoominfo-d2", name="Z", kind="vendor", system="zoominfo", created_at=NOW)]


def kickbox(server: Outside, company: Company, now: datetime, *, allowed: bool = True) -> None:
    if allowed:
        vendor = compliance.add_vendor(
            name="Kickbox", service="checks", regions="US", sees_personal_data=False, review_on=now.date(),
            actor=company.actor("revops"), now=now,
        )  # fmt: skip
        assert vendor
    ProviderAccount.objects.create(
        key="kickbox", is_on=True, sealed_key=secrets.seal("live_key_1"), base_address=server.url, updated_at=now
    )


def says(server: Outside, *results: str) -> None:
    rest = list(results)

    def answer(heard: Heard) -> Reply:
        word = rest.pop(0) if len(rest) > 1 else rest[0]
        return Reply(body={"success": True, "result": word, "reason": "r", "email": heard.query["email"]})

    server.answerer = answer


@pytest.mark.django_db
def test_without_a_provider_the_built_in_check_lets_a_contact_through_labelled_as_weaker(
    ann: Contact, company: Company, now: datetime
) -> None:
    before = contact_states([ann.id], now=now)[ann.id]
    assert before.reasons == ("The address was not checked yet.",)
    report = check_contacts([ann.id], actor=company.actor("seller"), now=now)
    state = contact_states([ann.id], now=now)[ann.id]
    assert (report.checked, report.asked, ProviderCall.objects.count()) == ({"ok": 1}, {}, 0)
    assert state.is_usable
    assert state.check is not None
    assert (state.check.verifier, state.check.is_weak) == ("built-in", True)
    assert check_contacts([ann.id], actor=company.actor("seller"), now=now + timedelta(days=80)).fresh == 1
    late = now + timedelta(days=100)
    assert contact_states([ann.id], now=late)[ann.id].reasons == ("The last check is too old; it is made again.",)
    assert check_contacts([ann.id], actor=company.actor("seller"), now=late).total == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("word", "reason"),
    [("deliverable", ""), ("undeliverable", "takes no mail"), ("risky", "is risky"), ("unknown", "Nobody could tell")],
)
def test_a_verifiers_word_decides(
    server: Outside, ann: Contact, company: Company, now: datetime, word: str, reason: str
) -> None:
    kickbox(server, company, now)
    says(server, word)
    check_contacts([ann.id], actor=company.actor("seller"), now=now)
    state = contact_states([ann.id], now=now)[ann.id]
    assert state.is_usable == (not reason)
    assert reason in " ".join(state.reasons)
    assert AddressCheck.objects.get().raw == word
    assert ann.email not in str(list(AddressCheck.objects.values())), "the address itself is not kept there"


@pytest.mark.django_db
def test_an_unknown_address_is_asked_once_more_later_and_then_left(
    server: Outside, ann: Contact, company: Company, now: datetime
) -> None:
    kickbox(server, company, now)
    says(server, "unknown")
    for hours in (0, 1, 7, 14, 30):
        check_contacts([ann.id], actor=company.actor("seller"), now=now + timedelta(hours=hours))
    assert len(server.heard) == 2
    assert ProviderCall.objects.filter(price__gt=0).count() == 0, "Kickbox takes nothing for it"
    assert not contact_states([ann.id], now=now + timedelta(hours=30))[ann.id].is_usable


@pytest.mark.django_db
def test_a_bounce_counts_at_once_whatever_was_checked(
    server: Outside, ann: Contact, company: Company, now: datetime
) -> None:
    kickbox(server, company, now)
    says(server, "deliverable")
    check_contacts([ann.id], actor=company.actor("seller"), now=now)
    ContactPoint.objects.filter(contact=ann).update(verification="bounced", verified_at=now)
    assert "bounced for good" in contact_states([ann.id], now=now)[ann.id].reasons[0]
    later = now + timedelta(days=100)
    check_contacts([ann.id], actor=company.actor("seller"), now=later)
    assert len(server.heard) == 1, "nobody is paid to hear what is known"


@pytest.mark.django_db
def test_an_address_does_not_go_to_a_vendor_that_the_register_does_not_know(
    server: Outside, ann: Contact, company: Company, now: datetime
) -> None:
    kickbox(server, company, now, allowed=False)
    report = check_contacts([ann.id], actor=company.actor("seller"), now=now)
    assert server.heard == []
    assert report.asked == {"kickbox region": 1}
    assert AddressCheck.objects.get().verifier == "built-in"


@pytest.mark.django_db
def test_one_source_is_not_enough_unless_a_person_confirms(ann: Contact, company: Company, now: datetime) -> None:
    from tandem.accounts.actions.corrections import correct
    from tandem.accounts.contracts import Entity

    check_contacts([ann.id], actor=company.actor("seller"), now=now)
    Employment.objects.filter(contact=ann, source__kind="vendor").update(is_current=False)
    state = contact_states([ann.id], now=now)[ann.id]
    assert state.reasons == ("Only one independent source says that the person works there now.",)
    assert (state.has_two_sources, state.sources) == (False, ("crm",))
    anna = company.contacts["anna"]
    correct(Entity.CONTACT, anna.id, "email", "anna@kroeger.com", actor=company.actor("revops"), now=now)
    assert contact_states([anna.id], now=now)[anna.id].is_reconciled


@pytest.mark.django_db
def test_the_contacts_of_an_account_are_told_with_reasons(
    ann: Contact, company: Company, now: datetime, django_assert_max_num_queries: Any
) -> None:
    check_contacts([ann.id], actor=company.actor("seller"), now=now)
    with django_assert_max_num_queries(9):
        found = usable_contacts(company.accounts["kroeger"].id, now=now)
    assert [one.contact_id for one in found.usable] == [ann.id]
    assert found.others
    assert all(one.reasons for one in found.others)


@pytest.mark.django_db
def test_sources_are_measured_by_what_came_of_their_words(ann: Contact, company: Company, now: datetime) -> None:
    Contact.objects.filter(id=ann.id).update(has_left=True)
    measure_sources(actor=company.actor("revops"), now=now)
    told = accuracy_by_source()["zoominfo-d2"]
    assert told[Measure.PRESENT] == Share(hits=0, n=1)
    with pytest.raises(NotAllowed):
        measure_sources(actor=company.actor("compliance"), now=now)


@pytest.mark.django_db
def test_an_erased_person_leaves_charges_and_nothing_of_themselves(
    server: Outside, ann: Contact, company: Company, now: datetime
) -> None:
    kickbox(server, company, now)
    says(server, "deliverable")
    check_contacts([ann.id], actor=company.actor("seller"), now=now)
    store, person = ChecksStore(), PersonKeys(emails=(ann.email,), subjects=(f"contact:{ann.id}",))
    assert [item.what for item in store.collect(person)] == ["check of an address", "question to a provider"]
    assert store.erase(person, request="request:1", actor=company.actor("compliance"), now=now) == 2
    assert list(store.collect(person)) == []
    assert ProviderCall.objects.get().price > 0
