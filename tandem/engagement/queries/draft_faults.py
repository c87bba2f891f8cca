"""What the validators say of words a person is just typing, with everything that is known of their occasion."""

from __future__ import annotations

from datetime import UTC, datetime

from tandem.agents.contracts import Evidence
from tandem.compliance.contracts.gate import Road
from tandem.core.actors import Actor
from tandem.core.errors import NotFound
from tandem.engagement.contracts import Angle, Violation
from tandem.engagement.domain import lint
from tandem.engagement.domain.lint import Text
from tandem.engagement.models import Draft
from tandem.engagement.queries.review import drafts_in_sight


def faults_of(actor: Actor, draft_id: int, *, subject: str, body: str) -> tuple[Violation, ...]:
    """Violations the draft would have with these words. Raises NotFound, also out of sight."""
    rows = drafts_in_sight(actor).select_related(
        "touch__contact__account", "touch__enrollment__campaign__version", "touch__enrollment__seller"
    )
    draft = rows.filter(id=draft_id).first()
    if draft is None:
        raise NotFound(f"There is no draft {draft_id}.", hint="Look for it under Review.")
    return lint.check(_text_of(draft, subject, body))


def _text_of(draft: Draft, subject: str, body: str) -> Text:
    touch = draft.touch
    contact, enrollment = touch.contact, touch.enrollment
    steps = enrollment.campaign.version.steps if enrollment else []
    step = next((one for one in steps if one.get("number") == touch.step), None)
    seller = enrollment.seller if enrollment else None
    account = contact.account if contact else None
    return Text(
        subject=subject,
        body=body,
        channel=Road(touch.channel),
        language=draft.language,
        angle=Angle(step["angle"]) if step else None,
        first_name=contact.first_name if contact else "",
        last_name=contact.last_name if contact else "",
        seller_first_name=seller.name.split(" ")[0] if seller else "",
        evidence=[_evidence(one) for one in draft.facts] if draft.facts else None,
        opening_fact=draft.opening_fact,
        known=[one for one in (account.name if account else "", contact.name if contact else "") if one],
        most_words=step.get("max_words") if step else None,
    )


def _evidence(fact: dict[str, object]) -> Evidence:
    day = str(fact.get("date") or "")
    return Evidence(
        id=str(fact.get("id", "")), text=str(fact.get("text", "")), source=str(fact.get("source", "")),
        at=datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None, url=str(fact.get("url") or ""),
    )  # fmt: skip
