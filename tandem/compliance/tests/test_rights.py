"""Requests of people are taken in, checked, carried out in every store and proved; holds keep, crashes go on."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tandem.accounts.models import Opportunity
from tandem.compliance import queries
from tandem.compliance.actions import carrying_out, gate, packages, rights
from tandem.compliance.actions.limits import end_limit
from tandem.compliance.contracts import Channel, Purpose, SuppressionReason
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.requests import IdentityProof, RequestKind, RequestRoad
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.models import (
    LedgerEntry,
    PersonalLimit,
    RequestWork,
    RightsPackage,
    RightsRequest,
    Suppression,
)
from tandem.compliance.queries import limits
from tandem.compliance.queries import rights as reads
from tandem.compliance.queries.rights import RequestFilters
from tandem.compliance.tests.rights_desk import (
    ANN,
    BY,
    NOW,
    WORKER,
    Shelf,
    agree,
    carried_out,
    deeds,
    state_of,
    take_in,
)
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tandem.core.jobs import run_worker
from tests.company import Company
from tests.outbound import request, set_up_sender

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rights_folder")]


# --- intake ---


def test_a_request_has_its_clock_from_the_first_second_and_the_person_is_nowhere_in_the_ledger() -> None:
    number = take_in(RequestKind.ACCESS)
    row = RightsRequest.objects.get(id=number)
    assert (row.state, row.due_on, row.person["emails"]) == ("received", date(2026, 12, 24), ["ann@acme.example"])
    assert row.clock[0]["rule"] == "EU-GDPR-006"
    assert deeds(number) == ["request_received"]
    assert not LedgerEntry.objects.filter(facts__icontains="acme").exists()


def test_the_same_again_is_the_same_request_and_the_first_clock_runs_on(now: datetime) -> None:
    first = take_in(RequestKind.ACCESS)
    again = carrying_out.take_in(
        RequestKind.ACCESS, PersonKeys(emails=("ann+x@acme.example",)), road=RequestRoad.PUBLIC, actor=WORKER,
        now=NOW + timedelta(days=9),
    )  # fmt: skip
    assert again == (first, False)
    assert RightsRequest.objects.get().due_on == date(2026, 12, 24)
    assert take_in(RequestKind.CORRECTION) != first


@pytest.mark.parametrize(
    ("person", "said"),
    [
        (PersonKeys(), {}),
        (PersonKeys(names=("Ann Lee",)), {}),
        (PersonKeys(emails=("nobody",)), {}),
        (PersonKeys(phones=("020 7946 0958",)), {}),
        (PersonKeys(subjects=("; drop table",)), {}),
        (PersonKeys(emails=tuple(f"a{n}@b.example" for n in range(21))), {}),
        (ANN, {"places": ["Atlantis"]}),
        (ANN, {"received_at": NOW + timedelta(days=1)}),
        (ANN, {"kind": RequestKind.CORRECTION, "changes": {"salary": "1"}}),
    ],
)
def test_what_can_not_be_read_is_refused_and_nothing_is_kept(person: PersonKeys, said: dict[str, Any]) -> None:
    kind = said.pop("kind", RequestKind.ACCESS)
    with pytest.raises(InvalidInput):
        take_in(kind, person, **said)
    assert not RightsRequest.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_a_link_of_ours_proves_the_address_it_was_made_for_and_no_other() -> None:
    path = queries.unsubscribe_path("ann@acme.example", purpose=Purpose.SALES, message_id="m-1")
    link = queries.read_unsubscribe_token(path.rpartition("/")[2])
    number = take_in(RequestKind.ACCESS, link=link)
    assert (state_of(number), RightsRequest.objects.get().proof) == ("identity_checked", "link")
    other = take_in(RequestKind.ACCESS, PersonKeys(emails=("bob@acme.example",)), link=link)
    assert state_of(other) == "received"
    both = take_in(RequestKind.DELETION, PersonKeys(emails=("ann@acme.example", "bob@acme.example")), link=link)
    assert state_of(both) == "received"


# --- the way of a request ---


def test_identity_is_judged_by_a_person_never_by_software(cleo: Actor) -> None:
    number = take_in(RequestKind.ACCESS)
    with pytest.raises(NotAllowed, match="decided by a person"):
        rights.check_identity(number, IdentityProof.REPLY, **BY)
    with pytest.raises(InvalidInput):
        rights.check_identity(number, IdentityProof.NOT_NEEDED, actor=cleo, now=NOW)
    assert state_of(number) == "received"
    rights.check_identity(number, IdentityProof.REPLY, actor=cleo, now=NOW)
    assert state_of(number) == "identity_checked"


def test_nothing_is_carried_out_before_the_identity_is_checked(cleo: Actor, shelf: Shelf) -> None:
    number = take_in(RequestKind.DELETION)
    with pytest.raises(Conflict):
        carrying_out.begin(number, actor=cleo, now=NOW)
    assert (state_of(number), RequestWork.objects.count(), Suppression.objects.count()) == ("received", 0, 0)


def test_a_refusal_is_a_persons_and_names_reason_and_law(cleo: Actor) -> None:
    number = take_in(RequestKind.ACCESS)
    with pytest.raises(NotAllowed):
        rights.refuse(number, reason="Excessive", law="GDPR Art. 12(5)(b)", **BY)
    for reason, law in (("", "GDPR Art. 12(5)(b)"), ("Excessive", " ")):
        with pytest.raises(InvalidInput):
            rights.refuse(number, reason=reason, law=law, actor=cleo, now=NOW)
    assert state_of(number) == "received"
    rights.refuse(number, reason="Excessive", law="GDPR Art. 12(5)(b)", actor=cleo, now=NOW)
    assert state_of(number) == "refused"
    with pytest.raises(Conflict):
        rights.refuse(number, reason="Excessive", law="GDPR Art. 12(5)(b)", actor=cleo, now=NOW)


def test_an_extension_is_told_within_the_month_and_only_once(cleo: Actor) -> None:
    number = take_in(RequestKind.ACCESS)
    with pytest.raises(Conflict, match="had to be told by"):
        rights.extend(number, "Many systems", actor=cleo, now=NOW + timedelta(days=31))
    assert rights.extend(number, "Many systems", actor=cleo, now=NOW) == date(2027, 2, 24)
    with pytest.raises(Conflict):
        rights.extend(number, "Still many", actor=cleo, now=NOW)
    brazil = take_in(RequestKind.ACCESS, PersonKeys(emails=("bia@acme.example",)), places=["BR"])
    with pytest.raises(Conflict, match="allows an extension"):
        rights.extend(brazil, "Many systems", actor=cleo, now=NOW)


def test_in_britain_the_days_of_the_identity_check_do_not_count(cleo: Actor) -> None:
    number = take_in(RequestKind.ACCESS, places=["GB"])
    rights.ask_identity(number, actor=cleo, now=NOW + timedelta(days=1))
    rights.check_identity(number, IdentityProof.DOCUMENT, actor=cleo, now=NOW + timedelta(days=6))
    assert RightsRequest.objects.get(id=number).due_on == date(2026, 12, 29)
    assert rights.set_places(number, ["GB", "DE"], actor=cleo, now=NOW) == date(2026, 12, 24)


def test_sellers_take_requests_in_and_see_their_own_but_decide_nothing(company: Company) -> None:
    maya, liam, lena, cleo = (company.actor(who) for who in ("maya", "liam", "lena", "compliance"))
    number = take_in(RequestKind.ACCESS, actor=maya)
    assert [row.id for row in reads.list_requests(maya, RequestFilters(), now=NOW)] == [number]
    assert [row.id for row in reads.list_requests(lena, RequestFilters(), now=NOW)] == [number]
    assert [row.id for row in reads.list_requests(cleo, RequestFilters(), now=NOW)] == [number]
    assert reads.list_requests(liam, RequestFilters(), now=NOW) == []
    with pytest.raises(NotFound):
        reads.get_request(liam, number)
    with pytest.raises(NotAllowed):
        rights.check_identity(number, IdentityProof.REPLY, actor=maya, now=NOW)
    with pytest.raises(NotAllowed):
        take_in(RequestKind.ACCESS, actor=company.actor("executive"))


def test_what_is_overdue_comes_first_and_is_an_alarm(company: Company) -> None:
    cleo = company.actor("compliance")
    late = take_in(RequestKind.ACCESS, received_at=NOW - timedelta(days=40))
    soon = take_in(RequestKind.ACCESS, PersonKeys(emails=("bia@acme.example",)), places=["US-CA"])
    rows = reads.list_requests(cleo, RequestFilters(), now=NOW)
    assert [(row.id, row.is_overdue) for row in rows] == [(late, True), (soon, False)]
    assert [row.id for row in reads.list_requests(cleo, RequestFilters(overdue=True), now=NOW)] == [late]
    told = {(one.id, one.is_late) for one in queries.alarms(today=NOW.date()) if one.register == "request"}
    assert told == {(late, True)}
    later = {(one.id, one.text, one.is_late) for one in reads.request_alarms(date(2026, 12, 11))}
    assert (soon, "its receipt is to be confirmed", True) in later
    rights.confirm_receipt(soon, actor=cleo, now=NOW)
    assert soon not in {one.id for one in reads.request_alarms(date(2026, 12, 11))}


def test_a_request_is_found_by_any_way_of_writing_its_address(company: Company) -> None:
    number, cleo = take_in(RequestKind.ACCESS), company.actor("compliance")
    for text in ("ann@acme.example", "ANN+news@acme.example"):
        assert [row.id for row in reads.list_requests(cleo, RequestFilters(text=text), now=NOW)] == [number]
    assert reads.list_requests(cleo, RequestFilters(text="bob@acme.example"), now=NOW) == []


def test_the_database_itself_refuses_what_must_not_be(cleo: Actor) -> None:
    number = take_in(RequestKind.ACCESS)
    for wrong in (
        {"state": "in_work"},
        {"state": "done", "finished_at": NOW},
        {"state": "refused", "finished_at": NOW},
        {"state": "identity_checked", "proof": "not_needed", "proved_at": NOW},
        {"extended_at": NOW},
        {"finished_at": NOW},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            RightsRequest.objects.filter(id=number).update(**wrong)


# --- rights to be left alone ---


def test_an_objection_is_carried_out_in_the_same_call_without_any_proof(shelf: Shelf) -> None:
    number = take_in(RequestKind.OBJECTION)
    row = RightsRequest.objects.get(id=number)
    assert (row.state, row.proof) == ("done", "not_needed")
    for address in ("ann@acme.example", "+442079460958"):
        found = queries.is_suppressed([address], Channel.VOICE)
        assert found is not None
        assert found.reason is SuppressionReason.OBJECTION
    assert deeds(number) == ["request_received", "request_begun", "request_carried_out", "request_done"]
    assert [(work.deed, work.count) for work in reads.work_of(number)] == [("suppress", 2)]


def test_an_objection_can_not_be_refused(cleo: Actor, shelf: Shelf) -> None:
    number = rights.open_request(RequestKind.OBJECTION, ANN, road=RequestRoad.FORM, **BY)[0]
    with pytest.raises(Conflict, match="absolute"):
        rights.refuse(number, reason="No", law="None", actor=cleo, now=NOW)


def test_who_opts_out_of_automated_decisions_is_known_under_every_address_and_name(cleo: Actor, shelf: Shelf) -> None:
    assert not limits.opted_out_of_automation(["ann@acme.example"])
    assert state_of(take_in(RequestKind.AUTOMATION)) == "done"
    for key in ("ann@acme.example", "Ann+x@acme.example", "+442079460958", "contact:12"):
        assert limits.opted_out_of_automation([key])
    assert limits.opted_out_of_automation(["020 7946 0958"], country="GB")
    assert not limits.opted_out_of_automation(["bob@acme.example", "contact:13"])
    assert not limits.is_restricted(["contact:12"])
    assert queries.is_suppressed(["ann@acme.example"], Channel.EMAIL) is None
    for limit in PersonalLimit.objects.all():
        end_limit(limit.id, reason="Taken back by mail of today", actor=cleo, now=NOW)
    assert not limits.opted_out_of_automation(["contact:12"])


def test_whatever_goes_to_somebody_who_opted_out_of_automation_needs_a_person(company: Company) -> None:
    set_up_sender()
    Opportunity.objects.filter(account=company.accounts["cascade"]).update(is_closed=True)
    paula, at = company.contacts["paula"], datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
    with clock.at(at):
        asked = request(paula.email, subject=f"contact:{paula.id}")
        assert gate.decide(asked, actor=WORKER, now=at).outcome is Outcome.ALLOW
        take_in(RequestKind.AUTOMATION, PersonKeys(emails=(paula.email,)), places=["US-CA"], now=at)
        answer = gate.decide(request(paula.email, subject=f"contact:{paula.id}", touch="t-2"), actor=WORKER, now=at)
    assert (answer.outcome, answer.clearance, answer.approvals_needed) == (Outcome.REVIEW, None, 1)
    assert "GATE-AUTOMATION" in {rule.id for rule in answer.decision.rules}


def test_a_restriction_lets_data_be_kept_and_nothing_else(cleo: Actor, shelf: Shelf) -> None:
    assert carried_out(RequestKind.RESTRICTION, cleo).state == "done"
    assert limits.is_restricted(["contact:12"])
    assert limits.opted_out_of_automation(["ann@acme.example"])
    assert queries.is_suppressed(["ann@acme.example"], Channel.EMAIL) is not None
    assert shelf.things["ann@acme.example"] == ["card", "photo"]


# --- access and portability ---


def test_access_gathers_every_store_into_one_file_that_is_fetched_once(cleo: Actor, shelf: Shelf) -> None:
    agree()
    row = carried_out(RequestKind.ACCESS, cleo)
    assert row.state == "done"
    name, body = packages.fetch(row.id, actor=cleo, now=NOW)
    archive = zipfile.ZipFile(BytesIO(b"".join(body)))
    assert (name, sorted(archive.namelist())) == (f"request-{row.id}.zip", ["data.json", "schema.txt", "summary.html"])
    told = json.loads(archive.read("data.json"))
    held = {store["name"]: [item["what"] for item in store["items"]] for store in told["stores"]}
    assert held == {
        "shelf": ["card", "photo", "number"], "compliance.registries": ["consent"], "compliance.requests": ["request"],
    }  # fmt: skip
    assert told["explanation"]["sentence"].startswith("No decision to contact this person has been taken.")
    assert told["person"]["phones"] == ["+442079460958"]
    assert "form 1" in archive.read("summary.html").decode()
    with pytest.raises(Conflict, match="fetched or removed"):
        packages.fetch(row.id, actor=cleo, now=NOW)
    assert list(packages.folder().iterdir()) == []
    assert deeds(row.id)[-1] == "package_fetched"


def test_portability_has_the_data_and_no_explanation(cleo: Actor, shelf: Shelf) -> None:
    row = carried_out(RequestKind.PORTABILITY, cleo)
    told = json.loads(
        zipfile.ZipFile(BytesIO(b"".join(packages.fetch(row.id, actor=cleo, now=NOW)[1]))).read("data.json")
    )
    assert told["explanation"] is None
    assert [store["name"] for store in told["stores"]] == ["compliance.registries", "shelf", "compliance.requests"]
    assert told["stores"][1]["items"][0] == {
        "what": "card", "key": "card:1", "at": "2026-11-24T08:40:00+00:00", "origin": "test",
        "data": {"address": "ann@acme.example"},
    }  # fmt: skip


def test_a_package_is_not_made_while_a_store_is_missing_from_it(cleo: Actor, shelf: Shelf) -> None:
    shelf.breaks = 1
    row = carried_out(RequestKind.ACCESS, cleo)
    assert (row.state, RightsPackage.objects.count()) == ("in_work", 0)
    carrying_out.again(row.id, actor=cleo, now=NOW)
    run_worker(once=True)
    assert (state_of(row.id), RightsPackage.objects.get().items) == ("done", 4)


def test_what_a_person_wrote_can_not_become_a_page_of_its_own(cleo: Actor, shelf: Shelf) -> None:
    row = carried_out(RequestKind.ACCESS, cleo, note="<script>alert(1)</script>")
    archive = zipfile.ZipFile(BytesIO(b"".join(packages.fetch(row.id, actor=cleo, now=NOW)[1])))
    assert "<script>" not in archive.read("summary.html").decode()


def test_a_package_goes_by_itself_after_its_time(cleo: Actor, shelf: Shelf) -> None:
    row = carried_out(RequestKind.ACCESS, cleo)
    assert packages.remove_past(actor=WORKER, now=NOW + timedelta(days=29)) == 0
    later = NOW + timedelta(days=packages.KEEP_DAYS + 1)
    assert packages.remove_past(actor=WORKER, now=later) == 1
    assert RightsPackage.objects.get(request=row).file == ""
    assert list(packages.folder().iterdir()) == []


def test_only_who_may_take_data_out_fetches_a_package(company: Company, cleo: Actor, shelf: Shelf) -> None:
    row = carried_out(RequestKind.ACCESS, cleo, actor=company.actor("maya"))
    with pytest.raises(NotAllowed):
        packages.fetch(row.id, actor=company.actor("maya"), now=NOW)
    assert RightsPackage.objects.get().fetched_at is None


# --- correction ---


def test_a_correction_reaches_every_store(cleo: Actor, shelf: Shelf) -> None:
    row = carried_out(RequestKind.CORRECTION, cleo, changes={"family_name": "Li"})
    assert (row.state, shelf.corrected) == ("done", [{"family_name": "Li"}])


def test_a_correction_without_a_right_value_is_told_and_stays_open(cleo: Actor, shelf: Shelf) -> None:
    row = carried_out(RequestKind.CORRECTION, cleo)
    assert row.state == "in_work"
    assert all("Nothing is said to be corrected" in work.told for work in reads.work_of(row.id))
