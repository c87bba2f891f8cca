"""One question is asked once and charged once, whatever the provider does and wherever the process dies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tandem.accounts.contracts import Entity
from tandem.compliance.models import LedgerEntry
from tandem.core import secrets
from tandem.core.actors import built_in_agent
from tandem.core.errors import NotAllowed, NotFound
from tandem.prospecting.actions.asking import Asker, Outcome, Question, let_ask_again
from tandem.prospecting.actions.bringing_in import bring_in_answers, count_waiting
from tandem.prospecting.actions.enriching import enrich
from tandem.prospecting.actions.finding import find_people
from tandem.prospecting.connectors.base import AccountQuery, Door, FoundRow, PersonQuery
from tandem.prospecting.domain.providers import CallKind
from tandem.prospecting.models import CallState, FieldObservation, ProviderAccount, ProviderCall, ProviderState
from tandem.prospecting.queries.costs import estimate, known_questions
from tandem.prospecting.tests.outside_servers import Heard, Outside, Reply, outside
from tests.company import Company

pytestmark = pytest.mark.django_db
ACTOR = built_in_agent("worker", "worker")
PRICE = Decimal("0.02")
QUESTION = Question(kind=CallKind.ENRICH_ACCOUNT, words=("acme.example",), subject="account:1")


@pytest.fixture
def server(settings: Any) -> Iterator[Outside]:
    with outside() as found:
        settings.OUTSIDE_HOSTS = [found.host]
        yield found


@pytest.fixture
def apollo(server: Outside, now: datetime) -> ProviderAccount:
    return ProviderAccount.objects.create(
        key="apollo", is_on=True, sealed_key=secrets.seal("secret-key-1"), base_address=server.url, updated_at=now
    )


def ask(now: datetime, call: Any = lambda _: "answer", *, is_hit: bool = True, question: Question = QUESTION) -> Any:
    row = FoundRow(entity="account", key="k1", fields={"name": "Acme"})
    return Asker(actor=ACTOR, now=now).ask("apollo", question, call, is_hit=lambda _: is_hit, rows=lambda _: (row,))


def charged() -> Decimal:
    return sum(ProviderCall.objects.values_list("price", flat=True), Decimal(0))


def test_an_answer_is_charged_once_and_known_while_it_holds(apollo: ProviderAccount, now: datetime) -> None:
    assert ask(now).outcome is Outcome.FOUND
    assert ask(now + timedelta(days=89)).outcome is Outcome.KNOWN
    assert (ProviderCall.objects.count(), charged()) == (1, PRICE)
    assert ask(now + timedelta(days=91)).outcome is Outcome.FOUND
    assert list(ProviderCall.objects.order_by("round").values_list("round", "price")) == [(1, PRICE), (2, PRICE)]


def test_a_miss_costs_nothing_and_is_not_asked_again_soon(apollo: ProviderAccount, now: datetime) -> None:
    assert ask(now, is_hit=False).outcome is Outcome.MISSED
    assert ask(now + timedelta(days=29)).outcome is Outcome.KNOWN
    assert charged() == 0
    assert count_waiting() == 0, "a miss brings no rows"


def test_a_process_that_dies_between_call_and_record_leaves_an_uncertain_charge(
    apollo: ProviderAccount, now: datetime
) -> None:
    def die(_: Door) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(now, die)
    assert ask(now + timedelta(days=1)).outcome is Outcome.UNCERTAIN
    assert (ProviderCall.objects.get().state, charged()) == (CallState.UNCERTAIN, PRICE)


def test_a_killed_process_is_seen_by_the_next_and_not_repeated(apollo: ProviderAccount, now: datetime) -> None:
    ask(now)
    ProviderCall.objects.update(state=CallState.ASKED, asked_at=now, good_until=None)  # killed before it could write
    assert ask(now + timedelta(minutes=1)).outcome is Outcome.BUSY
    assert ask(now + timedelta(minutes=11)).outcome is Outcome.UNCERTAIN
    assert (ProviderCall.objects.count(), charged()) == (1, PRICE)


def test_a_person_lets_an_uncertain_question_be_asked_again(
    apollo: ProviderAccount, company: Company, now: datetime
) -> None:
    ask(now)
    ProviderCall.objects.update(state=CallState.UNCERTAIN, good_until=None)
    call = ProviderCall.objects.get()
    with pytest.raises(NotAllowed):
        let_ask_again(call.id, actor=company.actor("seller"), now=now)
    assert ask(now).outcome is Outcome.UNCERTAIN
    let_ask_again(call.id, actor=company.actor("revops"), now=now)
    assert ask(now).outcome is Outcome.FOUND
    assert charged() == 2 * PRICE, "the first may have been charged too, and is counted"
    with pytest.raises(NotFound):
        let_ask_again(call.id, actor=company.actor("revops"), now=now)


def test_a_free_question_is_simply_asked_again(apollo: ProviderAccount, now: datetime) -> None:
    free = Question(kind=CallKind.SEARCH_PEOPLE, words=("x",))
    ask(now, question=free)
    ProviderCall.objects.update(state=CallState.ASKED)
    assert ask(now + timedelta(minutes=11), question=free).outcome is Outcome.FOUND
    assert ProviderCall.objects.get().tries == 2


def test_two_processes_do_not_ask_the_same_at_once(apollo: ProviderAccount, now: datetime) -> None:
    inner: list[Outcome] = []

    def meanwhile(_: Door) -> str:
        inner.append(ask(now).outcome)
        return "answer"

    assert ask(now, meanwhile).outcome is Outcome.FOUND
    assert inner == [Outcome.BUSY]
    assert charged() == PRICE


def test_the_months_budget_ends_the_asking_and_begins_anew(apollo: ProviderAccount, now: datetime) -> None:
    ProviderAccount.objects.update(monthly_budget=Decimal("0.05"))
    outcomes = [
        ask(now, question=Question(kind=CallKind.ENRICH_ACCOUNT, words=(str(number),))).outcome for number in range(4)
    ]
    assert outcomes == [Outcome.FOUND, Outcome.FOUND, Outcome.NO_BUDGET, Outcome.NO_BUDGET]
    assert charged() == 2 * PRICE
    later = Question(kind=CallKind.ENRICH_ACCOUNT, words=("3",))
    assert ask(now + timedelta(days=10), question=later).outcome is Outcome.FOUND


@pytest.mark.parametrize(
    ("reply", "state", "waits"),
    [
        (Reply(status=401, body={}), ProviderState.KEY_REFUSED, None),
        (Reply(status=402, body={}), ProviderState.NO_CREDIT, None),
        (Reply(status=429, body={}, headers={"Retry-After": "120"}), ProviderState.THROTTLED, 120),
        (Reply(status=429, body={}), ProviderState.THROTTLED, 60),
        (Reply(status=500, body={}), ProviderState.FAILING, 300),
    ],
)
def test_a_provider_in_trouble_is_left_alone_and_nothing_is_charged(
    server: Outside,
    apollo: ProviderAccount,
    company: Company,
    now: datetime,
    reply: Reply,
    state: str,
    waits: int | None,
) -> None:
    server.says(reply)
    ids = [company.accounts["kroeger"].id, company.accounts["alpine"].id]
    report = enrich(Entity.ACCOUNT, ids, fields=["industry", "description"], actor=ACTOR, now=now)
    assert len(server.heard) == 1, "the second was not asked any more"
    assert charged() == 0
    assert len(report.unmet) == 2
    apollo.refresh_from_db()
    assert apollo.state == state
    assert apollo.paused_until == (None if waits is None else now + timedelta(seconds=waits))
    later = now + timedelta(minutes=6)
    server.says(Reply(body={"organization": None}))
    enrich(Entity.ACCOUNT, ids, fields=["description"], actor=ACTOR, now=later)
    assert len(server.heard) == (1 if waits is None else 3), "time heals all but the key and the purse"


def test_a_lie_is_charged_once_and_not_asked_again_soon(
    server: Outside, apollo: ProviderAccount, company: Company, now: datetime
) -> None:
    server.says(Reply(body={"organization": {"id": "o", "name": "Other", "primary_domain": "other.example"}}))
    ids = [company.accounts["kroeger"].id]
    for _ in range(3):
        enrich(Entity.ACCOUNT, ids, fields=["description"], actor=ACTOR, now=now)
    assert len(server.heard) == 1
    assert (ProviderCall.objects.get().state, charged(), count_waiting()) == (CallState.FAILED, PRICE, 0)


def test_what_a_provider_tells_becomes_a_source_record_with_its_name(
    server: Outside, apollo: ProviderAccount, company: Company, now: datetime
) -> None:
    from tandem.accounts.models import SourceRecord

    account = company.accounts["kroeger"]
    told = {"id": "org9", "name": account.name, "primary_domain": account.domain, "short_description": "Makes pumps."}
    server.says(Reply(body={"organization": told}))
    report = enrich(Entity.ACCOUNT, [account.id], fields=["description"], actor=ACTOR, now=now)
    record = SourceRecord.objects.get(source__key="apollo")
    assert (record.key, record.data["description"]) == ("org9", "Makes pumps.")
    assert report.filled["account.description"] == 1
    assert count_waiting() == 0
    assert FieldObservation.objects.get(field="account.description").has_value is True
    entry = LedgerEntry.objects.filter(action="prospecting.providers_asked").get()
    assert '"charged":{"apollo":"0.02' in str(entry.facts).replace(" ", "")
    enrich(Entity.ACCOUNT, [account.id], fields=["description"], actor=ACTOR, now=now)
    assert len(server.heard) == 1, "nothing is missing any more, or it is known"


def test_a_persons_data_go_nowhere_that_the_register_does_not_allow(
    server: Outside, apollo: ProviderAccount, company: Company, now: datetime
) -> None:
    report = enrich(Entity.CONTACT, [company.contacts["anna"].id], actor=ACTOR, now=now)
    assert server.heard == []
    assert any("register" in why for why in report.unmet.values())
    assert ProviderCall.objects.count() == 0


def test_answers_that_were_not_brought_in_wait_sealed_and_come_in_once(
    apollo: ProviderAccount, company: Company, now: datetime
) -> None:
    from tandem.accounts.models import SourceRecord

    ask(now)
    sealed = ProviderCall.objects.get().answer
    assert "Acme" not in sealed
    assert json.loads(secrets.unseal(sealed)) == [["account", "k1", {"name": "Acme"}]]
    assert [bring_in_answers(now=now), bring_in_answers(now=now)] == [1, 0]
    assert SourceRecord.objects.filter(source__key="apollo", key="k1").count() == 1


def test_a_search_stops_at_a_page_that_comes_twice(server: Outside, apollo: ProviderAccount, now: datetime) -> None:
    person = {"id": "p1", "first_name": "Ann", "last_name": "Lee"}

    def loop(heard: Heard) -> Reply:
        return Reply(body={"people": [person], "pagination": {"page": heard.json["page"], "total_pages": 900}})

    server.answerer = loop
    report = find_people("apollo", PersonQuery(domains=("acme.example",)), limit=100, actor=ACTOR, now=now)
    assert len(server.heard) == 2
    assert (report.rows, report.is_whole) == (1, False)
    assert "again and again" in report.because


def test_with_no_provider_on_nothing_is_asked(server: Outside, company: Company, now: datetime) -> None:
    report = enrich(Entity.ACCOUNT, [company.accounts["kroeger"].id], actor=ACTOR, now=now)
    assert (report.asked, report.outcomes, server.heard) == (0, {}, [])
    assert estimate(CallKind.ENRICH_ACCOUNT, 100, now=now).provider == ""


def test_the_cost_of_questions_is_told_before_they_are_asked(apollo: ProviderAccount, now: datetime) -> None:
    ProviderAccount.objects.update(monthly_budget=Decimal("1"))
    told = estimate(CallKind.ENRICH_ACCOUNT, 100, now=now)
    assert (told.provider, told.most.amount, told.is_within) == ("apollo", Decimal("2.00"), False)
    assert "budget does not carry it" in told.because
    ask(now)
    assert known_questions(CallKind.ENRICH_ACCOUNT, ["account:1", "account:2"], now=now) == {"account:1"}


def test_a_stop_of_everything_stops_questions_too(apollo: ProviderAccount, company: Company, now: datetime) -> None:
    from tandem.compliance.actions import switches
    from tandem.compliance.contracts.switches import SwitchScope

    switches.throw(SwitchScope.GLOBAL, "", reason="drill", actor=company.actor("revops"), now=now)
    with pytest.raises(NotAllowed):
        ask(now)
    assert ProviderCall.objects.count() == 0


def test_queries_are_told_apart_by_their_words() -> None:
    one, other = (Question(kind=CallKind.SEARCH_ACCOUNTS, words=(str(AccountQuery(text=text)),)) for text in "ab")
    assert one.key != other.key
    assert one.key == Question(kind=CallKind.SEARCH_ACCOUNTS, words=(str(AccountQuery(text="a")),)).key
