"""Checks the settings of a meeting recorder against the recording law of the places where people take part.

Settings come in one form, documented in docs/how-to/check-a-recorder.md, or as the vendor's own export where its field
names are known (Zoom account settings, Teams meeting policies, Google Meet spaces). What a file does not say is not
known, and is judged strictly. Whether a recording may happen is decided by the same rules as everywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from tandem.compliance.contracts.decisions import Decision, Outcome
from tandem.compliance.domain.rules.decisions import decide
from tandem.compliance.domain.rules.packs import Packs
from tandem.compliance.domain.rules.places import EEA, canonical
from tandem.core.errors import InvalidInput

LONGEST_DAYS = 184  # REC-KEEP-004: six months unless needed as evidence
BIOMETRIC = frozenset({"US-IL", "US-TX", "US-WA"})
HEARERS = ("host", "team", "company", "anybody_with_link")


class Severity(StrEnum):
    """How bad a finding is: STOP breaks the law there, JUDGE is for a person, NOTE is good practice."""

    STOP = "stop"
    JUDGE = "judge"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderSettings:
    """A recorder as it is set. None: the file does not say.

    announcement : everybody hears or sees that it is recorded before it is
    announcement_names_company, announcement_links_notice : what the announcement says
    consent_prompt : everybody is asked; waits_for_answer: nothing is captured before all have answered yes
    asks_late_joiners : who comes later is asked too, and capture pauses until then
    can_go_on_without : a meeting can go on unrecorded when somebody says no
    auto_record_internal, auto_record_external : begins by itself in meetings without and with outsiders
    transcription, vendor_trains, voice_analysis : a transcript is made; the vendor may learn from it; emotion, speaker
        or voice prints are worked out from the voice
    retention_days : None: not said; 0: kept for ever
    stored_in : country of storage; who_hears : "host", "team", "company", "anybody_with_link"
    """

    vendor: str = ""
    announcement: bool | None = None
    announcement_names_company: bool | None = None
    announcement_links_notice: bool | None = None
    consent_prompt: bool | None = None
    waits_for_answer: bool | None = None
    asks_late_joiners: bool | None = None
    can_go_on_without: bool | None = None
    auto_record_internal: bool | None = None
    auto_record_external: bool | None = None
    transcription: bool | None = None
    vendor_trains: bool | None = None
    voice_analysis: bool | None = None
    retention_days: int | None = None
    stored_in: str = ""
    who_hears: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong or open. place : empty for everywhere; remedy : which setting to change"""

    severity: Severity
    place: str
    says: str
    remedy: str
    rule: str
    source: str

    def as_dict(self) -> dict[str, str]:
        """As the shell prints it."""
        return {
            "severity": self.severity.value,
            "place": self.place,
            "says": self.says,
            "remedy": self.remedy,
            "rule": self.rule,
            "source": self.source,
        }


# Field names of vendors, dotted where they are nested, with what a value means; others are left out.
_VENDOR_FIELDS: Mapping[str, tuple[tuple[str, str, Mapping[str, bool] | None], ...]] = {
    "zoom": (
        ("recording.recording_disclaimer", "announcement", None),
        ("recording.ask_participants_to_consent_disclaimer", "consent_prompt", None),
        ("recording.recording_audio_transcript", "transcription", None),
        ("recording.auto_recording", "auto_record_external", {"cloud": True, "local": True, "none": False}),
        ("recording.auto_recording", "auto_record_internal", {"cloud": True, "local": True, "none": False}),
        ("recording.auto_delete_cmr_days", "retention_days", None),
    ),
    "teams": (
        ("ExplicitRecordingConsent", "consent_prompt", {"Enabled": True, "Disabled": False}),
        ("ExplicitRecordingConsent", "waits_for_answer", {"Enabled": True, "Disabled": False}),
        ("AllowTranscription", "transcription", None),
        ("NewMeetingRecordingExpirationDays", "retention_days", None),
    ),
    "meet": (
        ("artifactConfig.recordingConfig.autoRecordingGeneration", "auto_record_external", {"ON": True, "OFF": False}),
        ("artifactConfig.recordingConfig.autoRecordingGeneration", "auto_record_internal", {"ON": True, "OFF": False}),
        ("artifactConfig.transcriptionConfig.autoTranscriptionGeneration", "transcription", {"ON": True, "OFF": False}),
    ),
}


def read_settings(told: object) -> RecorderSettings:
    """Settings from JSON or TOML: the form of the product, a vendor's own fields, or both (the product's form counts).

    Raises InvalidInput naming the field that can't be read.
    """
    if not isinstance(told, Mapping):
        raise InvalidInput("The settings are no table.", hint="See docs/how-to/check-a-recorder.md for the fields.")
    vendor = str(told.get("vendor", "")).strip().lower()
    found = RecorderSettings(vendor=vendor)
    for path, name, meanings in _VENDOR_FIELDS.get(vendor, ()):
        value = _at(told, path)
        if value is not None:
            found = replace(found, **{name: _meaning(value, path, name, meanings)})
    known = {one.name for one in fields(RecorderSettings)}
    strange = sorted(set(told) - known - {"jurisdictions"} - _first_names(vendor))
    if strange:
        raise InvalidInput(
            f"{strange[0]} is no setting of a recorder.",
            hint=f"Known: {', '.join(sorted(known))}, jurisdictions.",
            code="recorder.field",
            context={"field": strange[0]},
        )
    own = {name: _checked(name, value) for name, value in told.items() if name in known and name != "vendor"}
    return replace(found, **own)


def _first_names(vendor: str) -> set[str]:
    return {path.partition(".")[0] for path, _, _ in _VENDOR_FIELDS.get(vendor, ())}


def _at(told: Mapping[str, Any], path: str) -> object:
    value: object = told
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _meaning(value: object, path: str, name: str, meanings: Mapping[str, bool] | None) -> Any:
    if meanings is None:
        return _checked(name, value, path)
    if value not in meanings or not isinstance(value, str):
        raise _refused(path, value, f"Known: {', '.join(meanings)}.")
    return meanings[value]


def _checked(name: str, value: object, path: str = "") -> Any:
    if name == "retention_days":
        fits = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        hint = "Give days as a whole number; 0 means for ever."
    elif name == "stored_in":
        fits, hint = isinstance(value, str) and bool(canonical(value)), "Give a country such as DE."
    elif name == "who_hears":
        fits, hint = value in HEARERS, f"Known: {', '.join(HEARERS)}."
    else:
        fits, hint = isinstance(value, bool), "Give true or false, or leave it out when it is not known."
    if not fits:
        raise _refused(path or name, value, hint)
    return canonical(str(value)) if name == "stored_in" else value


def _refused(path: str, value: object, hint: str) -> InvalidInput:
    return InvalidInput(f"{path} can't be {value!r}.", hint=hint, code="recorder.field", context={"field": path})


def places_of(told: Mapping[str, Any], given: Sequence[str] = ()) -> tuple[str, ...]:
    """Where people take part: as given, else as the file says. Raises InvalidInput for no place or an unknown one."""
    listed = given or told.get("jurisdictions") or ()
    if not listed or isinstance(listed, str):
        raise InvalidInput("Where people take part is not said.", hint="Give places such as DE, US-CA.")
    found = [canonical(str(place)) for place in listed]
    if "" in found:
        raise InvalidInput(f"{listed[found.index('')]!r} is no country or state.", hint="Write DE or US-CA.")
    return tuple(dict.fromkeys(found))


def check_recorder(
    settings: RecorderSettings, places: Sequence[str], packs: Packs, *, now: datetime
) -> tuple[Finding, ...]:
    """What is wrong with the settings for people in these places, the worst first; nothing: no rule objects."""
    found: list[Finding] = []
    for place in places:
        found += _of_place(settings, place, packs, now)
    found += _everywhere(settings)
    order = list(Severity)
    return tuple(
        sorted(dict.fromkeys(found), key=lambda one: (order.index(one.severity), one.place, one.rule, one.says))
    )


def _of_place(settings: RecorderSettings, place: str, packs: Packs, now: datetime) -> list[Finding]:
    agreed = True if settings.consent_prompt and settings.waits_for_answer else None
    found = _broken(_decided(settings, place, agreed, packs, now), place, "")
    if not found and agreed and not settings.asks_late_joiners:
        found = _broken(_decided(settings, place, None, packs, now), place, "for who joins late")
    if settings.voice_analysis is not False and (place in EEA or place in BIOMETRIC):
        found.append(_voice(settings, place))
    if settings.stored_in and place[:2] in EEA | {"GB", "CH"} and settings.stored_in[:2] not in EEA | {"GB", "CH"}:
        found.append(
            _finding(
                Severity.JUDGE,
                place,
                f"Recordings of people there are stored in {settings.stored_in}.",
                "Store them in Europe, or keep a transfer mechanism on record.",
                "EU-GDPR-011",
                "GDPR Art. 44-46",
            )
        )
    return found


def _decided(settings: RecorderSettings, place: str, agreed: bool | None, packs: Packs, now: datetime) -> Decision:
    """The decision on recording one person there, as the recorder is set."""
    request = {
        "at": now.isoformat(),
        "channel": "recording",
        "participants": [{"location": place, "consented": agreed}],
        "recording": {"disclosure_announced": bool(settings.announcement or settings.consent_prompt)},
    }
    return decide(request, packs)


def _broken(decision: Decision, place: str, whom: str) -> list[Finding]:
    if decision.outcome not in (Outcome.BLOCK, Outcome.REVIEW):
        return []
    severity = Severity.STOP if decision.outcome is Outcome.BLOCK else Severity.JUDGE
    effect = "block" if severity is Severity.STOP else "review"
    found = []
    for rule in decision.rules:
        if rule.effect == effect:
            says = f"{rule.why.rstrip('.')}{f', {whom}' if whom else ''}."
            found.append(_finding(severity, place, says, _remedy(decision, whom), rule.id, rule.source))
    return found


def _remedy(decision: Decision, whom: str) -> str:
    if whom:
        return "Have late joiners asked too, and pause capture until they have answered."
    if "recording.all_consented" in decision.missing:
        return "Switch the consent prompt on, and let nothing be captured before everybody has said yes."
    return "Switch the announcement on, before capture begins."


def _voice(settings: RecorderSettings, place: str) -> Finding:
    on = settings.voice_analysis is True
    says = "Emotion, speakers or voice prints are worked out from the voice" if on else (
        "Whether emotion, speakers or voice prints are worked out from the voice is not said"
    )  # fmt: skip
    rule, source = (
        ("EU-AIA-503", "Reg. 2024/1689 Art. 50(3)") if place in EEA else ("REC-BIO-001", "740 ILCS 14 and others")
    )
    severity = Severity.STOP if on and place in BIOMETRIC else Severity.JUDGE
    return _finding(severity, place, f"{says}.", "Switch voice analysis off.", rule, source)


def _everywhere(settings: RecorderSettings) -> list[Finding]:
    """What holds wherever people are."""
    stop, judge, note = Severity.STOP, Severity.JUDGE, Severity.NOTE
    content, keep, gdpr = "REC-CONTENT-001", "REC-KEEP-004", "EU-GDPR-011"
    days = settings.retention_days
    checks: list[tuple[bool, Severity, str, str, str]] = [
        (settings.announcement is not True, judge, "It is not known that every recording is announced.",
         "Switch the announcement on.", content),
        (settings.announcement_names_company is not True, note, "The announcement may not say who records.",
         "Name your company in it.", content),
        (settings.announcement_links_notice is not True, note, "The announcement may not say where the notice stands.",
         "Put the address of the notice in it.", content),
        (settings.can_go_on_without is not True, judge, "It is not known that a meeting can go on unrecorded.",
         "Let whoever says no switch it off.", content),
        (bool(settings.auto_record_external) and not settings.consent_prompt, stop,
         "Meetings with outsiders are recorded by themselves, and nobody is asked.",
         "Switch the consent prompt on, or automatic recording of outside meetings off.", content),
        (bool(settings.auto_record_internal) and not settings.consent_prompt, judge,
         "Internal meetings are recorded by themselves, and nobody is asked.",
         "Ask the works council or staff first, or switch it off.", content),
        (days is None, judge, "How long recordings are kept is not said.", "Set six months or less.", keep),
        (days == 0 or (days or 0) > LONGEST_DAYS, judge,
         f"Recordings are kept {'for ever' if days == 0 else f'{days} days'}.",
         "Set six months or less, and keep longer only what proves a contract or consent.", keep),
        (settings.who_hears in ("company", "anybody_with_link"), judge,
         "More people can hear recordings than took part or lead them.", "Let host and team hear them.", keep),
        (settings.vendor_trains is not False, judge, "The vendor may learn from the recordings, or it is not said.",
         "Opt out of training in the contract and in the settings.", gdpr),
    ]  # fmt: skip
    sources = {
        content: "CT 52-570d, WA 9.73.030(3), GDPR Art. 13",
        keep: "GDPR Art. 5(1)(e)",
        gdpr: "GDPR Art. 28(3)",
    }
    return [
        _finding(severity, "", says, remedy, rule, sources[rule])
        for is_wrong, severity, says, remedy, rule in checks
        if is_wrong
    ]


def _finding(severity: Severity, place: str, says: str, remedy: str, rule: str, source: str) -> Finding:
    return Finding(severity=severity, place=place, says=says, remedy=remedy, rule=rule, source=source)
