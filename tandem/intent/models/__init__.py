"""Tables of intent. Fields and constraints only; one file a subject."""

from tandem.intent.models.events import EventState, ReceivedEvent, WriteKey
from tandem.intent.models.kinds import KindOrigin, KindSetting
from tandem.intent.models.scores import AccountIntent, IntentRun, RunState

__all__ = [
    "AccountIntent",
    "EventState",
    "IntentRun",
    "KindOrigin",
    "KindSetting",
    "ReceivedEvent",
    "RunState",
    "WriteKey",
]
