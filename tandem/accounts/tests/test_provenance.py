"""Every golden value can say where it comes from, and the answer is the value itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tandem.access.models import Person
from tandem.accounts.actions import assembling
from tandem.accounts.actions.corrections import correct
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.models import Load, SourceRecord
from tandem.accounts.queries.choosing.explaining import explain
from tandem.accounts.queries.choosing.records import value_of
from tandem.accounts.queries.provenance import POINTERS, provenance_of
from tandem.accounts.queries.visible import in_sight
from tandem.accounts.tests.telling import NOW, SHELL, source, tell
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import NotFound

EARLIER = NOW - timedelta(days=30)
pytestmark = pytest.mark.django_db
KINDS = (("crm", SourceKind.CRM), ("vendor", SourceKind.VENDOR), ("hub", SourceKind.MARKETING))
WORDS = st.sampled_from(["Alpine", "Borealis AG", "CFO", "x"])
FIELDS = {
    Entity.ACCOUNT: {
        "domain": st.sampled_from(["alpine.at", "gmail.com", "borealis.se"]), "type": WORDS, "employees": st.integers(0, 9),
        "annual_revenue": st.sampled_from(["5", "7.25"]), "currency": st.sampled_from(["EUR", "USD"]), "city": WORDS,
        "country": st.sampled_from(["AT", "SE"]), "parent_key": st.sampled_from(["mother", "self"]),
        "owner_name": st.sampled_from(["Maya", "Nobody"]),
    },
    Entity.CONTACT: {
        "first_name": WORDS, "name": WORDS, "email": st.sampled_from(["a@alpine.at", "b@x.example"]), "title": WORDS,
        "email_2": st.sampled_from(["c@x.example"]), "bounced_at": st.just("2026-10-01T00:00:00+00:00"),
        "account_key": st.sampled_from(["mother", "none"]), "account_domain": st.just("mother.example"),
        "phone": st.just("+431234567"), "mobile": st.just("+43664123"), "country": st.sampled_from(["AT", "US"]),
        "opted_out": st.booleans(), "has_left": st.booleans(), "owner_name": st.just("Maya"), "seniority": WORDS,
    },
    Entity.OPPORTUNITY: {
        "name": WORDS, "stage": WORDS, "amount": st.sampled_from(["1", "2.5"]), "currency": st.sampled_from(["EUR", "USD"]),
        "is_closed": st.booleans(), "is_won": st.booleans(), "close_on": st.just("2026-12-01"), "probability": st.just(0.25),
        "account_name": st.sampled_from(["Mother", "Else"]), "competitor": WORDS, "motion": st.sampled_from(["Renewal", "?"]),
        "forecast_category": st.sampled_from(["Commit", "?"]), "created_at": st.just("2026-01-02T03:04:05+00:00"),
    },
}  # fmt: skip


def told(entity: Entity) -> st.SearchStrategy:
    one = st.fixed_dictionaries({}, optional=FIELDS[entity])
    return st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 3), one), min_size=1, max_size=4)


@pytest.mark.parametrize("entity", list(FIELDS))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_explanation_of_every_field_is_the_stored_value(entity: Entity, data: st.DataObject) -> None:
    SourceRecord.objects.all().delete()
    Person.objects.get_or_create(email="maya@us.example", defaults={"name": "Maya", "role": "seller"})
    tell(Entity.ACCOUNT, 900, source(), key="mother", name="Mother", domain="mother.example")
    for (key, kind), days, words in data.draw(told(entity)):
        required = {Entity.ACCOUNT: {"name": "Alpine"}, Entity.OPPORTUNITY: {"stage": "New"}}.get(entity, {})
        tell(entity, 1, source(key, kind), at=NOW - timedelta(days=days), **required | words)
    assembling.assemble(actor=SHELL, now=NOW)
    row = in_sight(entity, SHELL).get(id=1)
    explained = explain(entity, 1)
    origins = provenance_of(SHELL, entity, 1)
    assert {origin.field for origin in origins.fields} == set(explained.tellings)
    for origin in origins.fields:
        column = f"{origin.field}_id" if origin.field in POINTERS else origin.field
        chosen = value_of(explained.choices, origin.field)
        assert getattr(row, column) == origin.value
        if chosen is not None:
            assert origin.value == chosen, origin.field
            assert any(voice.wins for voice in origin.voices) or origin.decided_by.startswith("from_") or chosen is None
        else:
            assert origin.value in (None, "", False, "new", "Unknown", "Deal"), origin.field


def test_an_origin_names_source_file_row_and_reason() -> None:
    crm, vendor = source(), source("vendor", SourceKind.VENDOR)
    load = Load.objects.create(source=vendor, entity="account", file_name="list.csv", file_sha256="0", started_at=NOW)
    tell(Entity.ACCOUNT, 1, crm, name="Alpine", employees=80, industry="Tools", at=EARLIER)
    record = tell(Entity.ACCOUNT, 1, vendor, name="Alpine", employees=120)
    SourceRecord.objects.filter(id=record.id).update(load=load, row_number=7)
    assembling.assemble(actor=SHELL, now=NOW)
    correct(Entity.ACCOUNT, 1, "industry", "Machines", actor=SHELL, now=NOW)
    found = provenance_of(SHELL, Entity.ACCOUNT, 1)
    employees = found.of("employees")
    assert (employees.text, employees.decided_by) == ("120", "most_recent")
    assert employees.why == "From Vendor: its source changed it last."
    assert [(voice.source, voice.value, voice.wins) for voice in employees.voices] == [
        ("Vendor", "120", True), ("Crm", "80", False),
    ]  # fmt: skip
    winner = employees.voices[0]
    assert (winner.load_id, winner.file_name, winner.row_number) == (load.id, "list.csv", 7)
    assert employees.disagree
    assert found.of("name").why == "2 records agree on it; Crm told it first."
    industry = found.of("industry")
    assert (industry.text, industry.decided_by, industry.is_corrected) == ("Machines", "correction", True)
    assert found.of("city").why == "No source tells it."


def test_a_parent_left_out_because_of_a_ring_says_so() -> None:
    tell(Entity.ACCOUNT, 1, source(), key="a", name="Alpine", parent_key="b")
    tell(Entity.ACCOUNT, 2, source(), key="b", name="Borealis", parent_key="a")
    assembling.assemble(actor=SHELL, now=NOW)
    assert provenance_of(SHELL, Entity.ACCOUNT, 1).of("parent").decided_by == "ring"
    assert provenance_of(SHELL, Entity.ACCOUNT, 2).of("parent").text == "Alpine"


def test_what_is_out_of_sight_explains_nothing() -> None:
    maya = Person.objects.create(email="maya@us.example", name="Maya", role="seller")
    tell(Entity.ACCOUNT, 1, source(), name="Alpine", owner_name="Maya")
    assembling.assemble(actor=SHELL, now=NOW)
    liam = Actor(kind=ActorKind.PERSON, id=maya.id + 1, name="Liam", role="seller")
    with pytest.raises(NotFound):
        provenance_of(liam, Entity.ACCOUNT, 1)


def test_many_records_cost_no_more_statements_than_few() -> None:
    tell(Entity.ACCOUNT, 9, source(), key="a", name="Alpine", domain="alpine.at")
    tell(Entity.CONTACT, 1, source(), first_name="Ann", account_key="a", owner_name="Maya")
    for at in range(30):
        tell(Entity.CONTACT, 2, source(f"s{at}"), first_name="Bo", account_domain="alpine.at", email=f"b{at}@x.example")
    assembling.assemble(actor=SHELL, now=NOW)
    with CaptureQueriesContext(connection) as few:
        provenance_of(SHELL, Entity.CONTACT, 1)
    with CaptureQueriesContext(connection) as many:
        provenance_of(SHELL, Entity.CONTACT, 2)
    assert max(len(few), len(many)) <= 14
