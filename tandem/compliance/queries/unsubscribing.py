"""Unsubscribe links: made for a message, read when somebody presses them."""

from __future__ import annotations

from tandem.compliance.contracts import Address, Purpose
from tandem.compliance.domain import addresses, unsubscribe_tokens
from tandem.compliance.domain.unsubscribe_tokens import Claim
from tandem.compliance.queries.keys import registry_keys
from tandem.core.errors import InvalidInput

PATH = "/u/"


def unsubscribe_path(address: Address | str, *, purpose: Purpose, message_id: str) -> str:
    """The path of the one-click link of a message ("/u/<token>"), for List-Unsubscribe and the text. It never ends.

    message_id : at most 64 bytes; names the message in the registry when the link is pressed

    Raises InvalidInput for an address that can't be one, or a message id that is too long.
    """
    read = address if isinstance(address, Address) else addresses.read(address)
    if read is None:
        raise InvalidInput(
            f"{address!r} is no address.", hint="Give a mail address or a phone number with its country."
        )
    try:
        return PATH + unsubscribe_tokens.make(read, purpose=purpose, message_id=message_id, keys=registry_keys())
    except ValueError as error:
        raise InvalidInput(f"{error}.", hint="Give the short id of the message.") from error


def read_unsubscribe_token(token: str) -> Claim | None:
    """What a link says; None for one that was not made here. No database."""
    return unsubscribe_tokens.read(token, registry_keys())
