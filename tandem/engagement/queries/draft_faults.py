"""What the validators say of words a person is just typing, with everything that is known of their occasion."""

from __future__ import annotations

from datetime import datetime

from tandem.core.actors import Actor
from tandem.core.errors import NotFound
from tandem.engagement.ai.material import DraftOutput, violations_of
from tandem.engagement.contracts import Violation
from tandem.engagement.domain import lint
from tandem.engagement.domain.lint import Text
from tandem.engagement.models import Draft
from tandem.engagement.queries.drafting import touches_to_write
from tandem.engagement.queries.review import drafts_in_sight


def faults_of(actor: Actor, draft_id: int, *, subject: str, body: str, now: datetime) -> tuple[Violation, ...]:
    """Violations the draft would have with these words. Raises NotFound, also out of sight.

    Where the material of the touch is gone (an answer, an erased person), form and words alone are checked.
    """
    draft = drafts_in_sight(actor).select_related("touch").filter(id=draft_id).first()
    if draft is None:
        raise NotFound(f"There is no draft {draft_id}.", hint="Look for it under Review.")
    return checked(draft, subject=subject, body=body, now=now)


def checked(draft: Draft, *, subject: str, body: str, now: datetime) -> tuple[Violation, ...]:
    """The same for a draft that the caller may see."""
    found = touches_to_write([draft.touch_id], now=now)
    given = found[0].input if found else None
    if given is None:
        return lint.check(Text(subject=subject, body=body, language=draft.language, angle=None))
    opening = draft.opening_fact if any(one.id == draft.opening_fact for one in given.pieces) else ""
    output = DraftOutput(subject=subject, body=body, opening_fact=opening, claims=[], facts=[])
    return violations_of(given, output)
