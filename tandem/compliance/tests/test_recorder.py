"""A recorder's settings are judged by the same rules as a recording, and what they do not say counts against them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tandem.cli.comply import app
from tandem.compliance.domain.recorder import Severity, check_recorder, places_of, read_settings
from tandem.compliance.domain.rules.packs import built_in
from tandem.core.errors import DataUnreadable, InvalidInput

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "vendor": "gong", "announcement": True, "announcement_names_company": True, "announcement_links_notice": True,
    "consent_prompt": True, "waits_for_answer": True, "asks_late_joiners": True, "can_go_on_without": True,
    "auto_record_internal": False, "auto_record_external": True, "transcription": True, "vendor_trains": False,
    "voice_analysis": False, "retention_days": 180, "stored_in": "DE", "who_hears": "team",
}  # fmt: skip


def rules(told: dict[str, Any], *places: str) -> list[tuple[str, str, str]]:
    found = check_recorder(read_settings(told), places_of({}, places), built_in(), now=NOW)
    return [(one.severity.value, one.place, one.rule) for one in found]


def test_a_recorder_that_asks_everybody_and_waits_passes_everywhere() -> None:
    assert rules(GOOD, "DE", "US-CA", "US-TX", "GB", "FR", "CA", "JP") == []


def test_without_a_prompt_two_party_places_stop_it_and_one_party_places_do_not() -> None:
    told = {**GOOD, "consent_prompt": False, "auto_record_external": False}
    assert ("stop", "US-CA", "REC-US-CA-001") in rules(told, "US-CA", "US-TX")
    assert ("stop", "DE", "REC-DE-001") in rules(told, "DE")
    assert all(place != "US-TX" for severity, place, _ in rules(told, "US-CA", "US-TX") if severity == "stop")


def test_a_prompt_that_does_not_wait_is_no_consent() -> None:
    assert ("stop", "US-CA", "REC-US-CA-001") in rules({**GOOD, "waits_for_answer": False}, "US-CA")


def test_late_joiners_who_are_not_asked_are_named() -> None:
    found = check_recorder(read_settings({**GOOD, "asks_late_joiners": False}), ["US-CA"], built_in(), now=NOW)
    assert {(one.rule, one.severity) for one in found} == {
        ("REC-US-CA-001", Severity.STOP), ("REC-US-INTERSTATE", Severity.STOP),
    }  # fmt: skip
    assert found[0].says.endswith("for who joins late.")
    assert found[0].remedy.startswith("Have late joiners asked")


def test_what_the_file_does_not_say_is_open() -> None:
    found = rules({"vendor": "other"}, "DE")
    assert ("judge", "", "REC-KEEP-004") in found
    assert ("judge", "DE", "EU-AIA-503") in found
    assert found[0][0] == "stop"


@pytest.mark.parametrize(
    ("changed", "places", "expected"),
    [
        ({"retention_days": 365}, ["US-TX"], ("judge", "", "REC-KEEP-004")),
        ({"retention_days": 0}, ["US-TX"], ("judge", "", "REC-KEEP-004")),
        ({"voice_analysis": True}, ["US-IL"], ("stop", "US-IL", "REC-BIO-001")),
        ({"voice_analysis": True}, ["FR"], ("judge", "FR", "EU-AIA-503")),
        ({"stored_in": "US"}, ["FR"], ("judge", "FR", "EU-GDPR-011")),
        ({"vendor_trains": True}, ["US-TX"], ("judge", "", "EU-GDPR-011")),
        ({"who_hears": "anybody_with_link"}, ["US-TX"], ("judge", "", "REC-KEEP-004")),
        ({"consent_prompt": False}, ["US-TX"], ("stop", "", "REC-CONTENT-001")),
        ({"announcement_links_notice": False}, ["US-TX"], ("note", "", "REC-CONTENT-001")),
    ],
)
def test_each_setting_has_its_finding(changed: dict[str, Any], places: list[str], expected: tuple[str, ...]) -> None:
    assert expected in rules({**GOOD, **changed}, *places)


def test_vendors_own_fields_are_understood_and_the_product_s_count_over_them() -> None:
    zoom = read_settings(
        {"vendor": "Zoom", "recording": {"recording_disclaimer": True, "auto_recording": "cloud",
         "ask_participants_to_consent_disclaimer": True, "auto_delete_cmr_days": 90, "other": 1}, "retention_days": 30}
    )  # fmt: skip
    assert (zoom.announcement, zoom.consent_prompt, zoom.auto_record_external, zoom.retention_days) == (
        True,
        True,
        True,
        30,
    )
    teams = read_settings({"vendor": "teams", "ExplicitRecordingConsent": "Enabled", "AllowTranscription": False})
    assert (teams.consent_prompt, teams.waits_for_answer, teams.transcription) == (True, True, False)
    meet = read_settings({"vendor": "meet", "artifactConfig": {"recordingConfig": {"autoRecordingGeneration": "OFF"}}})
    assert meet.auto_record_internal is False


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"consent_promt": True}, "consent_promt is no setting"),
        ({"announcement": "yes"}, "announcement can't be 'yes'"),
        ({"retention_days": True}, "retention_days can't be True"),
        ({"who_hears": "all"}, "who_hears can't be 'all'"),
        ({"stored_in": "Mars"}, "stored_in can't be 'Mars'"),
        ({"vendor": "zoom", "recording": {"auto_recording": "often"}}, "recording.auto_recording can't be 'often'"),
        ([], "no table"),
    ],
)
def test_what_can_not_be_read_is_named(told: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_settings(told)


@pytest.mark.parametrize("places", [[], ["Mars"]])
def test_places_are_asked_for(places: list[str]) -> None:
    with pytest.raises(InvalidInput):
        places_of({"jurisdictions": places})


@settings(max_examples=30, deadline=None)
@given(
    st.sets(st.sampled_from(sorted(set(GOOD) - {"vendor"}))), st.sampled_from(["DE", "US-CA", "US-TX", "GB", "US-IL"])
)
def test_saying_less_never_finds_less(left_out: set[str], place: str) -> None:
    told = {name: value for name, value in GOOD.items() if name not in left_out}
    fewer = {name: value for name, value in told.items() if name != "retention_days"}

    def worst(some: dict[str, Any]) -> int:
        return sum(severity != "note" for severity, _, _ in rules(some, place))

    assert worst(GOOD) <= worst(told) <= worst(fewer)


def test_the_shell_checks_a_file_and_fails_when_something_stops_it(tmp_path: Path) -> None:
    file = tmp_path / "recorder.toml"
    file.write_text('vendor = "gong"\njurisdictions = ["US-CA"]\nconsent_prompt = false\n', encoding="utf-8")
    answer = CliRunner().invoke(app, ["recorder", str(file), "--json"])
    told = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert (told["ok"], told["places"]) == (False, ["US-CA"])
    assert {"severity", "place", "says", "remedy", "rule", "source"} == set(told["findings"][0])
    (tmp_path / "good.json").write_text(json.dumps(GOOD), encoding="utf-8")
    assert CliRunner().invoke(app, ["recorder", str(tmp_path / "good.json"), "--where", "DE,US-CA"]).exit_code == 0
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    assert isinstance(CliRunner().invoke(app, ["recorder", str(tmp_path / "bad.json")]).exception, DataUnreadable)
