"""Destinations, mechanisms and policies on record decide who may see whom; pages, API and alarms say the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tandem.access.domain.rights import RIGHTS
from tandem.compliance import actions as register
from tandem.compliance import queries as registers
from tandem.compliance.actions import residency as actions
from tandem.compliance.contracts import VendorProof
from tandem.compliance.contracts.residency import DestinationKind, MechanismKind, Region
from tandem.compliance.domain.sealing import key_pair
from tandem.compliance.models import DataDestination, LedgerEntry, PartnerInstallation, RegionPolicy, TransferMechanism
from tandem.compliance.queries import installation_key, region_picture
from tandem.compliance.queries import residency as queries
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.company import Company

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
TODAY = NOW.date()
YEAR = TODAY + timedelta(days=365)
BY: dict[str, Any] = {"actor": built_in_agent("shell", "shell"), "now": NOW}
OTHER = key_pair(b"\7" * 32).public

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_key(settings: Any, tmp_path: Path) -> None:
    settings.INSTALLATION_KEY_FILE = tmp_path / "installation_key"


def endpoint(**changed: Any) -> int:
    said = {"key": "model", "name": "Model", "kind": DestinationKind.MODEL_ENDPOINT, "places": "US",
            "opts_out_of_training": True, "address": "http://localhost:8080/v1"}  # fmt: skip
    return actions.add_destination(**{**said, **changed}, **BY)


def clauses(**changed: Any) -> int:
    said = {"kind": MechanismKind.SCC, "module": 2, "origin": Region.EEA, "destination_key": "model",
            "reference": "drive/12", "starts_on": TODAY, "expires_on": YEAR, "assessed_until": YEAR}  # fmt: skip
    return actions.add_mechanism(**{**said, **changed}, **BY)


def test_an_endpoint_sees_european_data_only_while_its_clauses_hold() -> None:
    assert not queries.endpoint_allowed("model", Region.EEA, today=TODAY).allowed
    endpoint()
    assert queries.endpoint_allowed("model", Region.US, today=TODAY).allowed
    assert not queries.endpoint_allowed("model", Region.EEA, today=TODAY).allowed
    mechanism = clauses()
    decision = queries.endpoint_allowed("model", Region.EEA, today=TODAY)
    assert (decision.allowed, decision.expires_on) == (True, YEAR)
    assert not queries.endpoint_allowed("model", Region.EEA, today=YEAR + timedelta(days=1)).allowed
    assert not queries.endpoint_allowed("export", Region.US, today=TODAY).allowed
    actions.end_line("mechanism", mechanism, reason="cancelled", **BY)
    assert not queries.endpoint_allowed("model", Region.EEA, today=TODAY).allowed
    with pytest.raises(Conflict):
        actions.end_line("mechanism", mechanism, reason="again", **BY)
    assert LedgerEntry.objects.filter(action__startswith="compliance.mechanism").count() == 2


def test_all_regions_must_be_open_and_the_answer_names_what_is_missing() -> None:
    endpoint()
    clauses()
    assert queries.may_see("model", [Region.EEA, Region.US], today=TODAY).allowed
    answer = queries.may_see("model", [Region.EEA, Region.UK], today=TODAY)
    assert not answer.allowed
    assert answer.missing == ("Data Privacy Framework certificate (none is on record), or another mechanism",)
    assert "United Kingdom" in answer.why
    assert queries.may_see("model", [], today=TODAY).allowed
    assert not queries.may_see("nowhere", [Region.US], today=TODAY).allowed


def test_a_vendor_is_used_only_where_its_data_may_lie_and_with_a_contract_that_holds() -> None:
    assert not queries.may_use_vendor("Mailer", [Region.EEA], today=TODAY).allowed
    vendor = register.add_vendor(name="Mailer", service="Sends", regions="EU", review_on=YEAR, **BY)
    unplaced = queries.may_use_vendor("mailer", [Region.EEA], today=TODAY)
    assert unplaced.missing == ("where its data lies, as a destination",)
    actions.add_destination(
        key="mailer", name="Mailer", kind=DestinationKind.VENDOR, places="IE", vendor_id=vendor, **BY
    )
    assert queries.may_use_vendor("mailer", [Region.EEA], today=TODAY).missing == (
        "processing contract (DPA) that holds",
    )
    register.add_vendor_document(
        vendor, proof=VendorProof.DPA, reference="drive/7", issued_on=date(2026, 1, 1), expires_on=YEAR, **BY
    )
    assert queries.may_use_vendor("mailer", [Region.EEA], today=TODAY).allowed
    assert not queries.may_use_vendor("mailer", [Region.EEA], today=YEAR + timedelta(days=1)).allowed
    register.add_vendor(name="Plain", service="Counts", regions="IN", sees_personal_data=False, review_on=YEAR, **BY)
    assert queries.may_use_vendor("Plain", [Region.EEA], today=TODAY).allowed


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"key": "Model One"}, InvalidInput),
        ({"places": "Atlantis"}, InvalidInput),
        ({"name": " "}, InvalidInput),
        ({"certified_for": [Region.EEA]}, InvalidInput),
        ({"certified_for": [Region.US], "certified_until": YEAR}, InvalidInput),
        ({"vendor_id": 999}, NotFound),
    ],
)
def test_a_destination_that_can_not_be_is_refused(changed: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        endpoint(**changed)
    assert not DataDestination.objects.exists()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"module": None}, InvalidInput),
        ({"kind": MechanismKind.BCR}, InvalidInput),
        ({"kind": MechanismKind.IDTA, "module": None}, InvalidInput),
        ({"expires_on": TODAY - timedelta(days=1)}, InvalidInput),
        ({"assessed_until": None}, InvalidInput),
        ({"reference": ""}, InvalidInput),
        ({"destination_key": "nowhere"}, NotFound),
    ],
)
def test_a_mechanism_that_can_not_be_is_refused(changed: dict[str, Any], error: type[Exception]) -> None:
    endpoint()
    with pytest.raises(error):
        clauses(**changed)
    assert not TransferMechanism.objects.exists()


def test_one_key_stands_once_and_only_those_with_the_right_write(company: Company) -> None:
    endpoint()
    with pytest.raises(Conflict):
        endpoint()
    with pytest.raises(NotAllowed):
        actions.add_destination(
            key="x", name="X", kind=DestinationKind.SIEM, places="DE", actor=company.actor("executive"), now=NOW
        )
    with pytest.raises(NotAllowed):
        actions.set_policy(
            Region.EEA, stores_here=False, reason="x", actor=company.actor("executive"), now=NOW
        )  # fmt: skip
    assert DataDestination.objects.count() == 1
    assert not RegionPolicy.objects.exists()


def test_a_policy_holds_from_now_on_and_never_against_the_own_region(settings: Any) -> None:
    assert queries.forbidden_regions() == frozenset()
    settings.REGION = "US"
    actions.set_policy(Region.EEA, stores_here=False, reason="kept in Frankfurt", **BY)
    assert queries.forbidden_regions() == {Region.EEA}
    with pytest.raises(InvalidInput, match="its own region"):
        actions.set_policy(Region.US, stores_here=False, reason="x", **BY)
    actions.set_policy(Region.EEA, stores_here=True, reason="moved", **BY)
    assert queries.forbidden_regions() == frozenset()
    settings.REGION = "Atlantis"
    with pytest.raises(InvalidInput, match="no country or region"):
        queries.own_region()


@pytest.mark.parametrize(("told", "region"), [("", None), ("de", Region.EEA), ("EEA", Region.EEA), ("uk", Region.UK)])
def test_the_setting_names_a_country_or_region(settings: Any, told: str, region: Region | None) -> None:
    settings.REGION = told
    assert queries.own_region() is region


def test_people_are_counted_under_the_strictest_region_of_their_places(company: Company, settings: Any) -> None:
    counts = {one.region: one for one in region_picture.count_people()}
    assert sum(one.people for one in counts.values()) == len(company.contacts)
    assert counts[Region.EEA].people > 0
    assert not counts[Region.EEA].is_out_of_place
    settings.REGION = "US"
    actions.set_policy(Region.EEA, stores_here=False, reason="kept in Frankfurt", **BY)
    assert next(one for one in region_picture.count_people() if one.region is Region.EEA).is_out_of_place
    flows = {
        (flow.destination.key, flow.region): flow.decision.allowed for flow in region_picture.picture(today=TODAY).flows
    }
    assert not flows["database", Region.EEA]
    assert flows["database", Region.US]


def test_what_ends_is_told_before_and_after(company: Company) -> None:
    endpoint(key="model", certified_for=[Region.EEA], certified_until=TODAY + timedelta(days=30))
    clauses(expires_on=TODAY + timedelta(days=10), assessed_until=TODAY - timedelta(days=1))
    found = {(one.text, one.is_late, one.due_on) for one in registers.alarms(today=TODAY) if one.register == "transfer"}
    assert found == {
        ("standard contractual clauses, module 2 ends", False, TODAY + timedelta(days=10)),
        ("transfer impact assessment is to be reviewed", True, TODAY - timedelta(days=1)),
        ("Data Privacy Framework certificate ends", False, TODAY + timedelta(days=30)),
    }


def test_a_refused_transfer_is_in_the_ledger(settings: Any) -> None:
    settings.REGION = "US"
    with pytest.raises(NotAllowed, match="European Economic Area"):
        actions.require_transfer("export", [Region.EEA], purpose="contacts.csv", **BY)
    entry = LedgerEntry.objects.get(action="compliance.transfer_refused")
    assert '"regions":["eea"]' in entry.facts
    actions.require_transfer("export", [Region.US], purpose="contacts.csv", **BY)
    assert LedgerEntry.objects.filter(action="compliance.transfer_refused").count() == 1


def test_the_key_is_made_once_and_for_its_owner_alone(settings: Any) -> None:
    first = installation_key.public_key()
    file = Path(settings.INSTALLATION_KEY_FILE)
    assert installation_key.public_key() == first
    assert file.stat().st_mode & 0o077 == 0
    assert [one.name for one in file.parent.iterdir()] == ["installation_key"]


def test_reviewers_see_the_picture_and_add_by_forms(company: Company, client_of: Callable[..., Client]) -> None:
    client = client_of("compliance")
    page = client.get("/compliance/regions").content.decode()
    assert page.count('role="img"') == 2
    assert "Every flow is allowed" in page
    assert "style=" not in page[page.index('<svg class="chart') : page.index("</figure>")]
    said = {"key": "model", "name": "Model", "kind": "model_endpoint", "places": "US", "training": "out",
            "has_personal_data": "on"}  # fmt: skip
    assert client.post("/compliance/regions/destinations/new", {**said, "places": "Nowhere"}).status_code == 422
    assert client.post("/compliance/regions/destinations/new", said)["Location"] == "/compliance/regions"
    page = client.get("/compliance/regions").content.decode()
    assert "not allowed" in page
    mechanism = {"kind": "scc", "module": "2", "origin": "eea", "destination_key": "model", "reference": "drive/1",
                 "starts_on": "2026-11-01", "expires_on": "2027-11-01", "assessed_until": "2027-06-01"}  # fmt: skip
    assert client.get("/compliance/regions/mechanisms/new").status_code == 200
    assert client.post("/compliance/regions/mechanisms/new", mechanism).status_code == 302
    assert "standard contractual clauses, module 2" in client.get("/compliance/regions").content.decode()
    partner = {"name": "Frankfurt", "regions": ["eea", "ch"], "public_key": OTHER}
    assert client.post("/compliance/regions/partners/new", {**partner, "public_key": "x"}).status_code == 422
    assert client.post("/compliance/regions/partners/new", partner).status_code == 302
    row = PartnerInstallation.objects.get()
    assert row.regions == "ch,eea"
    assert client.post(f"/compliance/regions/partners/{row.id}/end", {"reason": "closed"}).status_code == 302
    assert not queries.list_partners()
    policy = {"region": "eea", "stores_here": "no", "reason": "kept in Frankfurt"}
    assert client.post("/compliance/regions/policy", policy).status_code == 302
    assert "no, but they are" in client.get("/compliance/regions").content.decode()
    assert client.post("/compliance/regions/policy", {**policy, "reason": ""}).status_code == 422
    assert client.get("/compliance/regions/rollup").status_code == 200


def test_executives_look_on_and_sellers_do_not(company: Company, client_of: Callable[..., Client]) -> None:
    page = client_of("executive").get("/compliance/regions")
    assert page.status_code == 200
    assert "Set what is kept here" not in page.content.decode()
    assert client_of("executive").get("/compliance/regions/partners/new").status_code == 403
    for who in ("seller", "manager"):
        assert client_of(who).get("/compliance/regions").status_code == 403
        assert client_of(who).get("/api/v1/regions").status_code == 403
    assert all(("region", "manage") not in RIGHTS[role] for role in RIGHTS if role not in ("compliance", "revops"))


def test_the_api_tells_the_same(company: Company, client_of: Callable[..., Client], settings: Any) -> None:
    endpoint()
    client = client_of("compliance")
    told = client.get("/api/v1/regions").json()
    assert {one["key"] for one in told["destinations"]} == {"database", "warehouse", "export", "model"}
    assert {(one["destination"], one["region"]): one["allowed"] for one in told["flows"]}["model", "eea"] is False
    answer = client.get("/api/v1/regions/check?destination=model&origin=EU,us").json()
    assert (answer["allowed"], [one["allowed"] for one in answer["decisions"]]) == (False, [False, True])
    for bad in ("", "Atlantis"):
        assert client.get(f"/api/v1/regions/check?destination=model&origin={bad}").status_code == 422
