"""What a name server, or a zone file in its place, answers. Checks ask through a `Lookup` and know no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Status(StrEnum):
    """How a question ended.

    NO_DATA: the name exists without such a record. NO_NAME: it does not exist (NXDOMAIN). TIMEOUT, FAILED (SERVFAIL,
    REFUSED, no server): nothing is known. OUTSIDE: not in the zone file that is read instead of DNS.
    """

    FOUND = "found"
    NO_DATA = "no_data"
    NO_NAME = "no_name"
    TIMEOUT = "timeout"
    FAILED = "failed"
    OUTSIDE = "outside"


ABSENT = frozenset({Status.NO_DATA, Status.NO_NAME})
UNKNOWN = frozenset({Status.TIMEOUT, Status.FAILED})
UNKNOWN_WORDS = {
    Status.TIMEOUT: "no name server answered in time",
    Status.FAILED: "the name servers failed to answer",
    Status.OUTSIDE: "it is not in the zone file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer.

    values : of TXT: each record's strings put together; of MX: "10 mail.example.com"; of others: addresses, names
    """

    status: Status
    values: Sequence[str] = ()


class Lookup(Protocol):
    """Where answers come from. CNAMEs are followed, unless one is asked for."""

    def __call__(self, name: str, kind: str) -> Answer:
        """Records of one kind ("TXT", "MX", "A", "AAAA", "CNAME") under a name."""
        ...

    def names_below(self, name: str) -> Sequence[str]:
        """Names directly below one, as far as they can be listed; empty: DNS can't list them."""
        ...
