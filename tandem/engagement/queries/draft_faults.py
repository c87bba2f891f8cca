"""What the validators say of words a person is just typing, with everything that is known of their occasion."""

from __future__ import annotations

from datetime import datetime

from tandem.core.actors import Actor
from tandem.core.errors import NotFound
from tandem.engagement.ai.checking import check
from tandem.engagement.ai.material import DraftOutput, text_of
from tandem.engagement.contracts import Violation
from tandem.engagement.domain.lint import Text
from tandem.engagement.domain.voice import VoiceGuide, read_guide
from tandem.engagement.queries.answer_faults import deflection_faults
from tandem.engagement.queries.drafting import touches_to_write
from tandem.engagement.queries.review import drafts_in_sight


def faults_of(actor: Actor, draft_id: int, *, subject: str, body: str, now: datetime) -> tuple[Violation, ...]:
    """Violations the draft would have with these words, but for private life. Raises NotFound, also out of sight.

    Where the material of the touch is gone (an erased person), form and words alone are checked; an answer must answer.
    """
    draft = drafts_in_sight(actor).select_related("touch__answers").filter(id=draft_id).first()
    if draft is None:
        raise NotFound(f"There is no draft {draft_id}.", hint="Look for it under Review.")
    if draft.touch.answers is not None:
        text = Text(subject=subject, body=body, language=draft.language, angle=None, has_subject=False)
        return _checked(text, None, {}) + deflection_faults(draft.touch.answers, body)
    found = touches_to_write([draft.touch_id], now=now)
    given = found[0].input if found else None
    if given is None:
        return _checked(Text(subject=subject, body=body, language=draft.language, angle=None), None, {})
    opening = draft.opening_fact if any(one.id == draft.opening_fact for one in given.pieces) else ""
    output = DraftOutput(subject=subject, body=body, opening_fact=opening, claims=[], facts=[])
    return _checked(text_of(given, output), read_guide(given.voice) if given.voice else None, given.norms)


def _checked(text: Text, voice: VoiceGuide | None, overrides: dict[str, object]) -> tuple[Violation, ...]:
    # What the filter learns when a process first needs it would let the first who types wait; it is asked on approving.
    return check(text, voice=voice, overrides=overrides or None, asks_private=False)
