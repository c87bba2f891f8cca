"""Whose law somebody is under is the strictest that speaks; data leaves it only on what is on record and holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.compliance.contracts.residency import Destination, DestinationKind, Mechanism, MechanismKind, Region
from tandem.compliance.domain.regions import adequacy, laws, members, region_of, region_of_place, strictest
from tandem.compliance.domain.transfers import NONE_NEEDED, may_go

TODAY = date(2026, 11, 24)
US_VENDOR = Destination(
    key="mailer", name="Mailer", kind=DestinationKind.VENDOR, places=("US",), has_dpa=True, kinds_of_data="addresses"
)
MODEL = replace(US_VENDOR, key="model", name="Model", kind=DestinationKind.MODEL_ENDPOINT, opts_out_of_training=True)
HERE = Destination(key="database", name="Database", kind=DestinationKind.DATABASE, is_here=True)
SCC = Mechanism(
    id=1, kind=MechanismKind.SCC, module=2, origin=Region.EEA, destination="mailer", reference="drive/12",
    starts_on=date(2025, 1, 1), expires_on=date(2027, 1, 1), assessed_until=date(2026, 12, 31),
)  # fmt: skip


@pytest.mark.parametrize(
    ("places", "region", "is_known"),
    [
        (["DE"], Region.EEA, True),
        (["NO"], Region.EEA, True),
        (["US-TX", "DE"], Region.EEA, True),
        (["UK"], Region.UK, True),
        (["US", "CA"], Region.CA, True),
        (["PR"], Region.US, True),
        (["CN"], Region.REST, True),
        (["CN", "US"], Region.REST, True),
        (["EEA"], Region.EEA, True),
        ([], Region.EEA, False),
        (["US", "Atlantis"], Region.EEA, False),
    ],
)
def test_the_strictest_of_all_places_counts_and_unknown_is_the_strictest(
    places: list[str], region: Region, is_known: bool
) -> None:
    answer = region_of(places)
    assert (answer.region, answer.is_known) == (region, is_known)
    assert answer.why


def test_every_region_has_one_law_and_no_country_two_regions() -> None:
    assert set(laws()) == set(Region)
    countries = [country for region in Region for country in members(region)]
    assert len(countries) == len(set(countries))
    assert len(members(Region.EEA)) == 30
    assert strictest(()) is Region.EEA
    assert all(one.source and one.since < TODAY for one in adequacy())
    assert all(law.source for law in laws().values())


def test_inside_its_own_region_nothing_is_needed() -> None:
    decision = may_go(Region.EEA, replace(US_VENDOR, places=("DE", "IE", "EEA")), [], TODAY)
    assert (decision.allowed, decision.mechanism) == (True, NONE_NEEDED)


def test_without_a_mechanism_european_data_stays() -> None:
    decision = may_go(Region.EEA, US_VENDOR, [], TODAY)
    assert not decision.allowed
    assert decision.missing == ("Data Privacy Framework certificate (none is on record), or another mechanism",)
    assert "European Economic Area" in decision.why
    for places in ((), ("IN",), ("DE", "IN"), ("Atlantis",)):
        assert not may_go(Region.EEA, replace(US_VENDOR, places=places), [], TODAY).allowed


@pytest.mark.parametrize(
    ("origin", "place"),
    [("eea", "GB"), ("eea", "CH"), ("eea", "JP"), ("eea", "KR"), ("eea", "BR"), ("eea", "CA"), ("uk", "DE"), ("uk", "KR"),
     ("ch", "FR"), ("ch", "GB"), ("br", "DE")],
)  # fmt: skip
def test_an_adequacy_decision_carries(origin: str, place: str) -> None:
    decision = may_go(Region(origin), replace(US_VENDOR, places=(place,)), [], TODAY)
    assert decision.allowed
    assert decision.mechanism.startswith("adequacy decision")
    assert decision.source


@pytest.mark.parametrize(("origin", "place"), [("ch", "JP"), ("ch", "KR"), ("br", "US"), ("uk", "US"), ("eea", "AU")])
def test_what_no_decision_names_is_not_adequate(origin: str, place: str) -> None:
    assert not may_go(Region(origin), replace(US_VENDOR, places=(place,)), [], TODAY).allowed


def test_the_british_decision_ends_on_its_last_day() -> None:
    britain = replace(US_VENDOR, places=("GB",))
    last = date(2031, 12, 27)
    assert may_go(Region.EEA, britain, [], last).expires_on == last
    assert not may_go(Region.EEA, britain, [], last + timedelta(days=1)).allowed


def test_a_certificate_carries_to_the_united_states_for_its_origins_until_it_ends() -> None:
    certified = replace(US_VENDOR, certified_for=frozenset({Region.EEA}), certified_until=TODAY)
    assert may_go(Region.EEA, certified, [], TODAY).expires_on == TODAY
    assert not may_go(Region.UK, certified, [], TODAY).allowed
    late = may_go(Region.EEA, certified, [], TODAY + timedelta(days=1))
    assert late.missing == ("Data Privacy Framework certificate (it ended on 24 Nov 2026), or another mechanism",)


def test_standard_clauses_carry_until_they_or_their_assessment_end() -> None:
    decision = may_go(Region.EEA, US_VENDOR, [SCC], TODAY)
    assert decision.allowed
    assert (decision.mechanism, decision.expires_on) == (
        "standard contractual clauses, module 2", date(2026, 12, 31),
    )  # fmt: skip
    assert may_go(Region.EEA, US_VENDOR, [SCC], date(2026, 12, 31)).allowed
    assert not may_go(Region.EEA, US_VENDOR, [SCC], date(2027, 1, 1)).allowed


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"expires_on": TODAY - timedelta(days=1)}, "it ended on 23 Nov 2026"),
        ({"starts_on": TODAY + timedelta(days=1)}, "it begins 25 Nov 2026"),
        ({"assessed_until": None}, "transfer impact assessment for"),
        ({"assessed_until": TODAY - timedelta(days=1)}, "review of the transfer impact assessment"),
        ({"kind": MechanismKind.IDTA, "module": None}, "in place of UK International Data Transfer Agreement"),
        ({"kind": MechanismKind.CONSENT, "module": None}, "consent carries only single transfers"),
        ({"destination": "other"}, "Data Privacy Framework certificate"),
        ({"origin": Region.UK}, "Data Privacy Framework certificate"),
    ],
)
def test_what_does_not_hold_does_not_carry_and_says_why(changed: dict[str, object], missing: str) -> None:
    decision = may_go(Region.EEA, US_VENDOR, [replace(SCC, **changed)], TODAY)  # type: ignore[arg-type]
    assert not decision.allowed
    assert missing in decision.missing[0]


def test_european_clauses_do_not_carry_british_data_but_the_addendum_does() -> None:
    assert not may_go(Region.UK, US_VENDOR, [replace(SCC, origin=Region.UK)], TODAY).allowed
    addendum = replace(SCC, kind=MechanismKind.UK_ADDENDUM, module=None, origin=Region.UK)
    assert may_go(Region.UK, US_VENDOR, [addendum], TODAY).allowed


def test_consent_carries_a_file_that_somebody_takes_out() -> None:
    consent = replace(SCC, kind=MechanismKind.CONSENT, module=None, assessed_until=None, destination="export")
    file = replace(US_VENDOR, key="export", kind=DestinationKind.EXPORT, has_dpa=None)
    assert may_go(Region.EEA, file, [consent], TODAY).allowed


def test_a_model_that_may_train_and_a_vendor_without_contract_see_nothing() -> None:
    for training in (None, False):
        decision = may_go(Region.US, replace(MODEL, opts_out_of_training=training), [], TODAY)
        assert (decision.allowed, decision.missing) == (False, ("training opt-out",))
    assert may_go(Region.US, MODEL, [], TODAY).allowed
    bare = may_go(Region.EEA, replace(US_VENDOR, has_dpa=False, places=("DE",)), [], TODAY)
    assert bare.missing == ("processing contract (DPA) that holds",)


def test_american_data_may_leave_but_not_to_countries_of_concern() -> None:
    assert may_go(Region.US, replace(US_VENDOR, places=("IN",)), [], TODAY).allowed
    assert not may_go(Region.US, replace(US_VENDOR, places=("IN", "CN")), [], TODAY).allowed


def test_where_a_contract_is_enough_the_vendors_contract_carries() -> None:
    assert may_go(Region.CA, US_VENDOR, [], TODAY).mechanism == "processing contract"
    assert not may_go(Region.CA, replace(US_VENDOR, has_dpa=False), [], TODAY).allowed


def test_an_installation_not_tied_to_a_region_keeps_everything_and_no_personal_data_may_go_anywhere() -> None:
    assert may_go(Region.EEA, HERE, [], TODAY).allowed
    assert not may_go(Region.EEA, replace(HERE, places=("US",)), [], TODAY).allowed
    assert may_go(Region.EEA, replace(US_VENDOR, has_personal_data=False, places=()), [], TODAY).allowed


REGIONS = st.sampled_from(list(Region))
PLACES = st.lists(st.sampled_from(["DE", "US", "GB", "CH", "CN", "IN", "CA", "BR", "EEA"]), max_size=3, unique=True)
DAYS = st.one_of(st.none(), st.dates(date(2025, 1, 1), date(2028, 1, 1)))


@st.composite
def mechanisms(draw: st.DrawFn) -> Mechanism:
    return replace(
        SCC, kind=draw(st.sampled_from(list(MechanismKind))), origin=draw(REGIONS), expires_on=draw(DAYS),
        assessed_until=draw(DAYS), starts_on=draw(st.dates(date(2024, 1, 1), date(2027, 1, 1))),
    )  # fmt: skip


@given(
    region=REGIONS, places=PLACES, found=st.lists(mechanisms(), max_size=3), dpa=st.sampled_from([None, False, True])
)
def test_more_places_never_open_a_way_and_more_mechanisms_never_close_one(
    region: Region, places: list[str], found: list[Mechanism], dpa: bool | None
) -> None:
    destination = replace(US_VENDOR, places=tuple(places), has_dpa=dpa)
    decision = may_go(region, destination, found, TODAY)
    assert decision.allowed != bool(decision.missing)
    assert decision.allowed == bool(decision.mechanism)
    if decision.expires_on is not None:
        assert decision.expires_on >= TODAY
    if decision.allowed and places:
        assert all(may_go(region, replace(destination, places=(one,)), found, TODAY).allowed for one in places)
        assert may_go(region, destination, [*found, SCC], TODAY).allowed
    if not decision.allowed:
        assert not may_go(region, replace(destination, places=(*places, "CN")), found, TODAY).allowed or not places


@given(
    st.lists(st.sampled_from(["DE", "US-TX", "GB", "CA", "CN", "SG"]), min_size=1), st.sampled_from(["FR", "US", "JP"])
)
def test_one_more_place_never_makes_the_law_milder(places: list[str], more: str) -> None:
    before, after = region_of(places).region, region_of([*places, more]).region
    assert laws()[after].strictness <= laws()[before].strictness
    assert after in {region_of_place(place) for place in (*places, more)}
