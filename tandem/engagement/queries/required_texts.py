"""What laws want said around a text: asked of the rules once for all messages that are alike.

Worked out before anybody has read the text, and the same afterwards: who reads each message approves words as they will
leave. So a message of a campaign whose messages a person approves is written as approved from the beginning.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from typing import Any

from django.conf import settings

from tandem.access.queries import get_organisation
from tandem.compliance.contracts import Purpose
from tandem.compliance.contracts.gate import ContactRequest, Mode, RecipientFacts, Road
from tandem.compliance.queries import unsubscribe_path
from tandem.compliance.queries.disclosure import texts_for
from tandem.compliance.queries.required import RequiredParts, required_parts
from tandem.compliance.queries.rules import decide

STAND_IN = "https://unsubscribe.invalid/"  # replaced by each recipient's own link


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One message for which the words around it are wanted. sender : who signs it, in words; contact : their address"""

    request: ContactRequest
    facts: RecipientFacts | None
    due_at: datetime
    sender: str
    contact: str


class RequiredTexts:
    """Words around messages; those that are alike are asked for once."""

    def __init__(self) -> None:
        self._known: dict[str, RequiredParts] = {}
        self._country = get_organisation().country

    def of(self, asked: Asked) -> RequiredParts:
        """The parts, with the recipient's own unsubscribe link in them where the installation can be reached."""
        request = self._request(asked)
        key = json.dumps([request, asked.request.campaign, asked.sender, asked.contact], default=str, sort_keys=True)
        if key not in self._known:
            self._known[key] = self._written(asked, request)
        link = unsubscribe_link(asked.request.address, asked.request.touch) if _is_mail(asked) else ""
        return _with_link(self._known[key], link)

    def _written(self, asked: Asked, request: Mapping[str, Any]) -> RequiredParts:
        decision = decide(request)
        notice = f"{settings.PUBLIC_URL}/privacy/request" if settings.PUBLIC_URL else ""
        language, campaign = asked.request.language, asked.request.campaign
        said = texts_for(request, language=language, campaign=campaign, contact=asked.contact, notice=notice)
        source = request["address"].get("source", "")
        return required_parts(
            decision.required_content,
            channel=asked.request.channel.value,
            language=language,
            places=decision.places,
            disclosure=said,
            sender=asked.sender,
            contact=asked.contact,
            unsubscribe=STAND_IN if settings.PUBLIC_URL else "",
            notice=notice,
            source=str(source).replace("_", " "),
        )

    def _request(self, asked: Asked) -> dict[str, Any]:
        """As the gate will ask the rules, so far as it decides which words are wanted; the day, not the moment."""
        told = asked.request
        facts = asked.facts or RecipientFacts(subject=told.subject)
        is_read_first = told.mode is Mode.EVERY or not told.is_drafted_by_ai
        return {
            "at": asked.due_at.replace(hour=12, minute=0, second=0, microsecond=0).isoformat(),
            "channel": told.channel.value,
            "purpose": told.purpose,
            "recipient": {
                "kind": facts.kind or None,
                "country": facts.country or None,
                "region": facts.region or None,
                "candidate_locations": list(facts.candidate_locations),
                "timezone": facts.time_zone or None,
            },
            "sender": {"country": self._country or None, "is_ai": not is_read_first},
            "relationship": dict(facts.relationship),
            "suppressed": False,
            "content": {
                "human_approved": is_read_first,
                "drafted_by_ai": told.is_drafted_by_ai,
                "language": told.language or None,
            },
            "address": dict(facts.address_facts),
        }


def _is_mail(asked: Asked) -> bool:
    return asked.request.channel is Road.EMAIL


def unsubscribe_link(address: str, touch_key: str) -> str:
    """The one-click link of a message; empty: nobody outside can reach this installation."""
    if not settings.PUBLIC_URL:
        return ""
    return str(settings.PUBLIC_URL) + unsubscribe_path(address, purpose=Purpose.SALES, message_id=touch_key)


def _with_link(parts: RequiredParts, link: str) -> RequiredParts:
    if not link:
        return parts
    return replace(
        parts,
        text_footer=parts.text_footer.replace(STAND_IN, link),
        html_footer=parts.html_footer.replace(escape(STAND_IN), escape(link)),
        headers={name: value.replace(STAND_IN, link) for name, value in parts.headers.items()},
    )
