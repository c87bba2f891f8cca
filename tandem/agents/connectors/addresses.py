"""Base addresses of models: which of them a call may go to."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from tandem.core.errors import InvalidInput
from tandem.core.outside.addresses import is_allowed


def allowed_hosts() -> frozenset[str]:
    """Hosts that the operator named (TANDEM_OUTSIDE_HOSTS)."""
    return frozenset(settings.OUTSIDE_HOSTS)


def check_address(base_url: str) -> None:
    """Refuse an address that no call may go to. Empty is the provider's own and fine.

    Raises InvalidInput: no web address, a password in it, or no TLS to a host that the operator has not named.
    """
    if not base_url:
        return
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        host, port, parts = "", 0, urlsplit("")
    if not host or parts.scheme not in ("http", "https") or parts.username or parts.password or parts.query:
        raise InvalidInput(f"{base_url!r} is no base address.", hint="Write https://host/path, without a password.")
    if parts.scheme == "http" and not is_allowed(host, port, allowed_hosts()):
        raise InvalidInput(
            f"{host} can't be called without HTTPS.",
            hint="Give an https:// address; if the host is yours, name it in TANDEM_OUTSIDE_HOSTS.",
        )
