"""The required content of a decision as text, filled with the organisation's own facts."""

from __future__ import annotations

from collections.abc import Iterable

from tandem.access.queries import get_organisation
from tandem.compliance.contracts.disclosure import DisclosureTexts
from tandem.compliance.domain.required_content import RequiredParts, SenderFacts, compose

__all__ = ["RequiredParts", "required_parts"]


def required_parts(
    required_content: Iterable[str],
    *,
    channel: str,
    language: str = "",
    places: Iterable[str] = (),
    disclosure: DisclosureTexts | None = None,
    sender: str = "",
    contact: str = "",
    unsubscribe: str = "",
    notice: str = "",
    source: str = "",
    referrer: str = "",
    purpose: str = "",
    register_number: str = "",
) -> RequiredParts:
    """What a decision's `required_content` asks for, ready to be put into a message or call sheet.

    places : `decision.places`; disclosure : of `queries.disclosure.texts_for`
    The others: see `SenderFacts`; name and postal address are those of the organisation's settings.
    """
    own = get_organisation()
    facts = SenderFacts(
        organisation=own.name,
        postal_address=own.postal_address,
        contact=contact,
        sender=sender,
        unsubscribe=unsubscribe,
        notice=notice,
        source=source,
        referrer=referrer,
        purpose=purpose,
        register_number=register_number,
    )
    return compose(
        required_content, channel=channel, language=language, facts=facts, disclosure=disclosure, places=places
    )
