"""Which addresses an outside call may reach: public ones, and hosts that the operator has named.

Names are resolved once and the connection goes to the very address that was checked, so that a name which changes its
answer between check and call (DNS rebinding) gains nothing. Odd spellings of an address (decimal, octal, hexadecimal,
short) are resolved like names and checked by what they mean.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from tandem.core.errors import ProviderFailed

Resolve = Callable[[str, int], Sequence[str]]

# Answers inside cloud machines, yet lies in public space: Azure's agent address.
NEVER = frozenset({IPv4Address("168.63.129.16")})
NAT64 = IPv6Network("64:ff9b::/96")


def resolve(host: str, port: int) -> Sequence[str]:
    """Addresses of a name, as the system knows them. Raises ProviderFailed when it knows none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ProviderFailed(
            f"{host} has no address.", hint="Check the spelling and this machine's DNS.", code="outside.no_address",
            context={"host": host},
        ) from error  # fmt: skip
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Whether an address lies on the open internet, seen through any wrapping of IPv4 in IPv6.

    >>> is_public("93.184.216.34"), is_public("::ffff:127.0.0.1"), is_public("169.254.169.254")
    (True, False, False)
    """
    found = ip_address(address.split("%", 1)[0])
    return all(_is_open(one) for one in (found, *_wrapped(found)))


def _is_open(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in NEVER


def _wrapped(address: IPv4Address | IPv6Address) -> Sequence[IPv4Address]:
    """IPv4 addresses that an IPv6 one may lead to: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, IPv4Address):
        return ()
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        found.append(IPv4Address(int(address) & 0xFFFF_FFFF))
    return [one for one in found if one is not None]


def is_allowed(host: str, port: int, allowed_hosts: frozenset[str]) -> bool:
    """Whether the operator named this host ("crm.internal", "localhost:8025", "[::1]:8025"), for one port or any."""
    name = f"[{host}]" if ":" in host else host
    return name.lower() in allowed_hosts or f"{name.lower()}:{port}" in allowed_hosts


def checked_addresses(host: str, port: int, *, allowed_hosts: frozenset[str], resolve: Resolve) -> Sequence[str]:
    """Addresses to connect to. Raises ProviderFailed when one of them is not public and the host is not allowed."""
    found = resolve(host, port)
    if is_allowed(host, port, allowed_hosts):
        return found
    private = [address for address in found if not is_public(address)]
    if private or not found:
        raise ProviderFailed(
            f"{host} leads to {', '.join(private) or 'nowhere'}, which is no public address.",
            hint="If the host is yours, name it in TANDEM_OUTSIDE_HOSTS; else correct the address.",
            code="outside.private_address",
            context={"host": host, "port": port},
        )
    return found
