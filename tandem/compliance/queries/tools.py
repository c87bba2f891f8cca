"""What an agent is offered for one recipient: the list of its tools, and the recipient's rules for its prompt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.compliance.domain.rules.offers import OPT_OUT_TOOL, ChannelOffer, channel_offers
from tandem.compliance.domain.rules.offers import prompt_rules as _prompt_rules
from tandem.compliance.queries.rules import packs

__all__ = ["OPT_OUT_TOOL", "ChannelOffer", "channels_for", "prompt_rules"]


def channels_for(request: Mapping[str, Any]) -> tuple[ChannelOffer, ...]:
    """Every channel with whether an agent is offered it for this recipient, and why; recording an opt-out always is.

    request : the object of the shell contract, without content; any channel
    The gate decides on each message again: an offer is no clearance. Raises InvalidInput.
    """
    return channel_offers(request, packs())


def prompt_rules(request: Mapping[str, Any]) -> str:
    """The recipient's regional rules as text for an agent's prompt, for the channel of the request."""
    return _prompt_rules(request, packs())
