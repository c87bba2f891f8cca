"""Whether a conversation may be recorded: the strictest participant decides, and who has not said decides too.

Source of the rule: two-party consent statutes of US states and GDPR Article 6(1)(a), read as the stricter of both for
everybody; REQUIREMENTS of the house: no consent, no recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tandem.compliance.contracts import RecordingAnswer, RecordingScope, RecordingState

_DEPTH = {scope: depth for depth, scope in enumerate(RecordingScope)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One thing one person said about being recorded. expires_at None: no end (a refusal)."""

    id: int
    state: RecordingState
    scope: RecordingScope
    at: datetime
    expires_at: datetime | None


def latest_word(words: Iterable[Word], *, scope: RecordingScope, now: datetime) -> Word | None:
    """The word that bears on what is asked; None: nothing was said, or what was said has expired.

    A grant reaches down (who agrees to the analysis agrees to the recording), a refusal reaches up. Of two words of
    the same moment the refusal stands.
    """
    bearing = [
        word
        for word in words
        if word.at <= now
        and (
            _DEPTH[word.scope] >= _DEPTH[scope]
            if word.state is RecordingState.GRANTED
            else _DEPTH[word.scope] <= _DEPTH[scope]
        )
    ]
    latest = max(bearing, key=lambda word: (word.at, word.state is RecordingState.DECLINED, word.id), default=None)
    if latest is None or (latest.expires_at is not None and latest.expires_at <= now):
        return None
    return latest


def strictest(said: Mapping[str, Word | None]) -> RecordingAnswer:
    """The answer for everybody together. Nobody at all is unknown."""
    declined = [who for who, word in said.items() if word is not None and word.state is RecordingState.DECLINED]
    unknown = [who for who, word in said.items() if word is None]
    granted: Sequence[int] = [
        word.id for word in said.values() if word is not None and word.state is RecordingState.GRANTED
    ]
    if declined:
        state = RecordingState.DECLINED
    else:
        state = RecordingState.UNKNOWN if unknown or not said else RecordingState.GRANTED
    return RecordingAnswer(state=state, declined=declined, unknown=unknown, consent_ids=granted)
