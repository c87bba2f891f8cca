"""Whom a change of rules is tried on, as the rooms above know them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionSubject:
    """One request to decide for one contact on one channel.

    key : "contact:12"; of a file its id or line
    group : campaign or segment that it counts for; empty: none
    request : the object of the shell contract
    addresses : mail addresses and numbers under which registries know the person
    """

    key: str
    group: str
    request: Mapping[str, Any]
    addresses: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectSource:
    """What a room registers: its contacts as requests, batch by batch.

    count : how many requests `each` will give, about
    each : batches of requests as of a moment, with what the room itself knows; registries are looked up afterwards
    """

    count: Callable[[], int]
    each: Callable[[datetime], Iterator[Sequence[DecisionSubject]]]
