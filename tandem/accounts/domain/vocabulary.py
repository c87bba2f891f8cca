"""Words of other systems in our words: motions, forecast categories, stages that end a deal, activity kinds.

Tables are data: a mapping file may add to them for one source. What no table knows stays as the source wrote it
(stages) or stays unknown (categories, motions), and is never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tandem.accounts.contracts import ActivityKind, CallKind, ForecastCategory, Motion
from tandem.accounts.domain.headers import header_word

MOTIONS: dict[str, str] = {
    **dict.fromkeys(("new", "newbusiness", "newcustomer", "newlogo", "neukunde", "newbiz"), Motion.NEW),
    **dict.fromkeys(
        ("expansion", "upsell", "crosssell", "existingbusiness", "existingcustomer", "existingcustomerupgrade",
         "existingcustomerreplacement", "existingcustomerdowngrade", "addon", "upgrade", "erweiterung"),
        Motion.EXPANSION,
    ),
    **dict.fromkeys(("renewal", "renew", "renewals", "verlaengerung", "verlangerung"), Motion.RENEWAL),
}  # fmt: skip
CATEGORIES: dict[str, str] = {
    **dict.fromkeys(("omitted", "omit", "dontforecast", "100000004"), ForecastCategory.OMITTED),
    **dict.fromkeys(("pipeline", "notforecasted", "100000001"), ForecastCategory.PIPELINE),
    **dict.fromkeys(("bestcase", "upside", "100000002"), ForecastCategory.BEST_CASE),
    **dict.fromkeys(("mostlikely", "probable"), ForecastCategory.MOST_LIKELY),
    # "Forecast" is what Salesforce's history table calls Commit.
    **dict.fromkeys(("commit", "committed", "forecast", "100000003"), ForecastCategory.COMMIT),
    **dict.fromkeys(("closed", "won", "lost", "closedwon", "100000005", "100000006"), ForecastCategory.CLOSED),
}
WON_STAGES = frozenset({"closedwon", "won", "gewonnen", "abgeschlossengewonnen", "dealwon", "fermegagne", "ganado"})
LOST_STAGES = frozenset(
    {"closedlost", "lost", "verloren", "abgeschlossenverloren", "deallost", "canceled", "cancelled", "outsold",
     "closeddisqualified", "disqualified", "perdido", "fermeperdu"}
)  # fmt: skip
# HubSpot shows labels in its exports, some portals the internal names.
STAGE_NAMES: dict[str, str] = {
    "appointmentscheduled": "Appointment Scheduled",
    "qualifiedtobuy": "Qualified To Buy",
    "presentationscheduled": "Presentation Scheduled",
    "decisionmakerboughtin": "Decision Maker Bought-In",
    "contractsent": "Contract Sent",
    "closedwon": "Closed Won",
    "closedlost": "Closed Lost",
}
ACTIVITY_KINDS: dict[str, str] = {
    **dict.fromkeys(("email", "mail", "listemail"), ActivityKind.EMAIL),
    **dict.fromkeys(("call", "phonecall", "phone", "anruf", "telefonat"), ActivityKind.CALL),
    **dict.fromkeys(
        ("meeting", "event", "appointment", "lunch", "demo", "onlinemeeting", "conference", "visit", "termin"),
        ActivityKind.MEETING,
    ),
    **dict.fromkeys(("chat", "whatsapp", "slack", "teams", "message"), ActivityKind.CHAT),
    **dict.fromkeys(("sms", "text", "textmessage"), ActivityKind.SMS),
    **dict.fromkeys(("linkedin", "social", "linkedinmessage", "inmail", "xing"), ActivityKind.SOCIAL),
    **dict.fromkeys(("note", "notes", "comment", "notiz"), ActivityKind.NOTE),
    **dict.fromkeys(("form", "formsubmission", "webform"), ActivityKind.FORM),
    **dict.fromkeys(("task", "todo", "other", "deadline", "cadence", "aufgabe"), ActivityKind.TASK),
}
CALL_KINDS: dict[str, str] = {
    **dict.fromkeys(("commit", "committed", "commitforecast", "forecast"), CallKind.COMMIT),
    **dict.fromkeys(("bestcase", "bestcaseforecast", "upside"), CallKind.BEST_CASE),
}


@dataclass(frozen=True, slots=True)
class StageWords:
    """Which stages of a source end a deal, beyond those every CRM knows. Keys are header words."""

    won: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageState:
    """What a stage says of a deal."""

    name: str
    is_closed: bool
    is_won: bool


def read_motion(text: str, more: Mapping[str, str] | None = None) -> str:
    """A `Motion` value, or "" when the word is not known."""
    return _look_up(text, MOTIONS, more)


def read_category(text: str, more: Mapping[str, str] | None = None) -> str:
    """A `ForecastCategory` value, or "" when the word is not known.

    >>> read_category("Best Case"), read_category("Forecast")
    ('best_case', 'commit')
    """
    return _look_up(text, CATEGORIES, more)


def read_activity_kind(text: str, more: Mapping[str, str] | None = None) -> str:
    """An `ActivityKind` value, or "" when the word is not known."""
    return _look_up(text, ACTIVITY_KINDS, more)


def read_call_kind(text: str, more: Mapping[str, str] | None = None) -> str:
    """A `CallKind` value, or "" when the word is not known."""
    return _look_up(text, CALL_KINDS, more)


def read_stage(text: str, words: StageWords | None = None) -> StageState:
    """What a stage's name says: its name for people, whether it ends a deal, and how.

    >>> read_stage("closedwon")
    StageState(name='Closed Won', is_closed=True, is_won=True)
    """
    words = words or StageWords()
    word = header_word(text)
    won = word in words.won or (word in WON_STAGES and word not in words.lost)
    lost = not won and (word in words.lost or word in LOST_STAGES)
    name = words.names.get(word) or STAGE_NAMES.get(text.strip().lower()) or text.strip()
    return StageState(name=name, is_closed=won or lost, is_won=won)


def _look_up(text: str, table: Mapping[str, str], more: Mapping[str, str] | None) -> str:
    word = header_word(text)
    found = (more or {}).get(word) or table.get(word, "")
    return str(getattr(found, "value", found))
