"""Sources, loads, layers and sufficiency say how far the data can be trusted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.accounts.actions import assembling
from tandem.accounts.actions.reports import refresh_sufficiency
from tandem.accounts.actions.sources import expect_source
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.layers import Health, Layer
from tandem.accounts.domain.sufficiency import WORKFLOWS, Verdict
from tandem.accounts.models import Activity, Load, Opportunity, OpportunityContact, Source, StoredReport
from tandem.accounts.queries.health import list_layers
from tandem.accounts.queries.sources import (
    Freshness,
    find_rejects_file,
    get_load,
    get_source_row,
    list_loads,
    list_sources,
)
from tandem.accounts.queries.sufficiency import count_cases, sufficiency
from tandem.accounts.tests.telling import NOW, SHELL, source, tell
from tandem.compliance.queries import list_entries
from tandem.core import clock
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import InvalidInput, NotAllowed, NotFound

pytestmark = pytest.mark.django_db


def load(of: Source, hours_ago: int, *, state: str = "landed", refused: int = 0, **more: Any) -> Load:
    at = NOW - timedelta(hours=hours_ago)
    return Load.objects.create(
        source=of, entity="account", file_name="a.csv", file_sha256=f"{of.key}{hours_ago}", state=state, rows_read=10,
        rows_landed=7 - refused, rows_unchanged=3, rows_refused=refused, started_at=at, finished_at=at, **more,
    )  # fmt: skip


def test_a_source_is_measured_against_what_is_expected_of_it() -> None:
    for key, hours in (("crm", 24), ("hub", 24), ("list", 24), ("old", None)):
        made = source(key)
        made.expected_every_hours = hours
        made.save()
    load(source("crm"), 2)
    load(source("crm"), 50, refused=2)
    load(source("crm"), 60, state="failed")
    load(source("hub"), 30)
    tell(Entity.ACCOUNT, 1, source("crm"), name="Alpine")
    rows = {row.key: row for row in list_sources(now=NOW)}
    assert {key: row.freshness for key, row in rows.items()} == {
        "crm": Freshness.FRESH, "hub": Freshness.LATE, "list": Freshness.SILENT, "old": Freshness.UNWATCHED,
        "corrections": Freshness.UNWATCHED,
    }  # fmt: skip
    crm = rows["crm"]
    assert (crm.loads, crm.failed, crm.read, crm.landed, crm.unchanged, crm.refused) == (2, 1, 20, 12, 6, 2)
    assert crm.read == crm.landed + crm.unchanged + crm.refused
    assert (crm.records, crm.last_landed_at) == (1, NOW - timedelta(hours=2))
    assert get_source_row("crm", now=NOW) == crm
    with CaptureQueriesContext(connection) as captured:
        list_sources(now=NOW)
    assert len(captured) == 2


def test_a_load_shows_its_notes_and_the_first_refused_rows(company: Any) -> None:
    head = get_load(company.loads["leads"].id, most_rejects=2)
    assert (head.row.refused, head.row.has_rejects, head.more_rejects) == (3, True, True)
    assert [(line.row, line.column, line.reason) for line in head.rejects] == [
        ("3", "email", "is no mail address"), ("6", "email", "is no mail address"),
    ]  # fmt: skip
    assert get_load(company.loads["accounts"].id).notes == ("Dates are read as day.month.year.",)
    assert get_load(company.loads["broken"].id).error["code"] == "data.unreadable"
    assert find_rejects_file(company.loads["leads"].id).name == f"load-{company.loads['leads'].id}.csv"
    assert [row.id for row in list_loads(source_key="marketing", state="failed")] == [company.loads["broken"].id]


@pytest.mark.parametrize("path", ["../secret_key", "/etc/passwd", "secret_key", "rejects/../secret_key"])
def test_a_load_cannot_be_made_to_show_another_file(path: str) -> None:
    (settings.DATA_DIR / "secret_key").write_text("row\nsecret\n")
    made = load(source(), 1, refused=1, rejects_path=path)
    assert get_load(made.id).rejects == ()
    assert get_load(made.id).rejects_gone
    with pytest.raises(NotFound):
        find_rejects_file(made.id)


def test_layers_that_nobody_brings_are_named_risks() -> None:
    with clock.at(NOW):
        found = {layer.layer: layer for layer in list_layers()}
    assert list(found) == list(Layer)
    assert found[Layer.ENGAGEMENT].state is Health.MISSING
    assert found[Layer.ENGAGEMENT].risk.startswith("Without one way out")
    assert "Not installed yet." in found[Layer.FORECASTING].evidence
    assert found[Layer.DATA].state is Health.MISSING


def test_the_data_layer_is_healthy_until_a_source_is_late_or_rows_are_refused() -> None:
    crm = source()
    crm.expected_every_hours = 24
    crm.save()
    load(crm, 2)
    with clock.at(NOW):
        data = list_layers()[0]
        assert (data.state, data.risk) == (Health.HEALTHY, "")
        load(crm, 1, refused=4)
        data = list_layers()[0]
        assert data.state is Health.DEGRADED
        assert "4 refused (20.0%)" in data.evidence
        assert "Rows that were refused are deals" in data.risk
    with clock.at(NOW + timedelta(days=3)):
        assert "Not heard in time: Crm." in list_layers()[0].evidence


def test_records_that_are_not_matched_yet_degrade_identity() -> None:
    tell(Entity.ACCOUNT, None, source(), name="Alpine")
    tell(Entity.ACCOUNT, 1, source(), name="Borealis")
    identity = list_layers()[1]
    matching = next(part for part in identity.parts if part.part.key == "identity.matching")
    assert matching.finding.state is Health.DEGRADED
    assert matching.finding.evidence.startswith("2 records, 1 not matched yet, 2 to be put together")


def test_sufficiency_measures_missing_stale_and_contradictory_fields() -> None:
    crm, vendor = source(), source("vendor", SourceKind.VENDOR)
    old = NOW - timedelta(days=800)
    tell(Entity.ACCOUNT, 1, crm, name="A", industry="Tools", employees=5, country="AT", at=old)
    tell(Entity.ACCOUNT, 1, vendor, name="A", industry="Toys", employees=5, at=old)
    tell(Entity.ACCOUNT, 2, crm, name="B", industry="Tools", employees=7)
    tell(Entity.ACCOUNT, 3, crm, name="C")
    assembling.assemble(actor=SHELL, now=NOW)
    assert sufficiency().measured_at is None
    report = refresh_sufficiency(actor=SHELL, now=NOW)
    assert report.measured_at == NOW
    fit = report.of("account_fit")
    assert fit is not None
    told = {one.need.field: one.measure for one in fit.fields}
    industry = told["industry"]
    assert (industry.records, industry.filled, industry.stale, industry.contradictory) == (3, 2, 1, 1)
    employees = told["employees"]
    assert (employees.filled, employees.stale, employees.contradictory) == (2, 1, 0)
    assert told["domain"].filled == 0
    assert fit.verdict is Verdict.NOT_ENOUGH
    assert fit.sentence == (
        "Not enough data: 0 of 30 accounts with a won deal. "
        "Uses the written criteria alone, without learning from won deals."
    )
    assert sufficiency() == report
    assert len(report.workflows) == len(WORKFLOWS)


def test_open_deals_alone_are_asked_for_their_next_step_and_people() -> None:
    crm = source()
    tell(Entity.CONTACT, 1, crm, key="c", first_name="Ann")
    for at, closed in enumerate((False, False, True)):
        tell(Entity.OPPORTUNITY, None, crm, key=f"o{at}", name=f"D{at}", stage="S", is_closed=closed, next_step="Call")
    assembling.assemble(actor=SHELL, now=NOW)
    deal = Opportunity.objects.filter(is_closed=False).first()
    OpportunityContact.objects.create(opportunity=deal, contact_id=1, role="champion")
    risk = refresh_sufficiency(actor=SHELL, now=NOW).of("deal_risk")
    assert risk is not None
    told = {one.need.field: (one.measure.records, one.measure.filled) for one in risk.fields}
    assert told["next_step"] == (2, 2)
    assert told["people"] == (2, 1)
    assert told["close_on"] == (3, 0)


def test_every_minimum_of_every_workflow_is_counted() -> None:
    counts = count_cases(NOW)
    assert {minimum.counted for workflow in WORKFLOWS for minimum in workflow.minimums} <= set(counts)
    crm = source()
    common = {"source": crm, "row_hash": "", "at": NOW - timedelta(days=1)}
    Activity.objects.create(key="m", kind="meeting", body="Hello", details={"consent": {"status": "granted"}}, **common)
    Activity.objects.create(key="n", kind="meeting", details={"consent": {"status": "declined"}}, **common)
    Activity.objects.create(key="e", kind="email", is_inbound=True, **common)
    counts = count_cases(NOW)
    assert (counts["transcripts"], counts["consents"], counts["inbound_mails"], counts["activities"]) == (1, 1, 1, 3)


def test_only_those_who_manage_sources_measure() -> None:
    seller = Actor(kind=ActorKind.PERSON, id=1, name="Maya", role="seller")
    with pytest.raises(NotAllowed):
        refresh_sufficiency(actor=seller, now=NOW)
    assert not StoredReport.objects.exists()


def test_how_often_a_source_must_be_heard_is_set_and_kept_in_the_ledger() -> None:
    source("crm")
    expect_source("crm", 24, actor=SHELL, now=NOW)
    expect_source("crm", 24, actor=SHELL, now=NOW)
    assert get_source_row("crm", now=NOW).freshness is Freshness.SILENT
    assert [entry.subject for entry in list_entries(action="accounts.source_expected")] == ["source:crm"]
    expect_source("crm", None, actor=SHELL, now=NOW)
    assert get_source_row("crm", now=NOW).expected_every_hours is None
    for key, hours, family in (("crm", 0, InvalidInput), ("corrections", 5, InvalidInput), ("none", 5, NotFound)):
        with pytest.raises(family):
            expect_source(key, hours, actor=SHELL, now=NOW)
    with pytest.raises(NotAllowed):
        expect_source("crm", 5, actor=Actor(kind=ActorKind.PERSON, id=1, name="Maya", role="seller"), now=NOW)
    assert Source.objects.get(key="crm").expected_every_hours is None
