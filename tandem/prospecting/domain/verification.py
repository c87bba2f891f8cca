"""Whether a mail address takes mail: what a check says, how long that holds, and the built-in check.

A check ages. People leave and mailboxes close at two to three in a hundred a month; with 2.5 % a month, the chance that
an address which was good on the day of its check still is one, m months later, is 0.975 to the power of m.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

LOST_A_MONTH = 0.025
DAYS_A_MONTH = 365.25 / 12
LEAST_LEFT = 0.93  # of a check's worth; below, it is made again: after 87 days
RETRY_AFTER = timedelta(hours=6)  # greylisting and time-outs are over by then
MOST_TRIES = 2
SEEN_WITHIN = timedelta(days=180)
LISTS = Path(__file__).with_name("address_lists")
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
LONGEST_LOCAL, LONGEST = 64, 254


class Result(StrEnum):
    """What a check comes to. Risky: may or may not take mail. Unknown: nobody could tell; never written to."""

    OK = "ok"
    BAD = "bad"
    RISKY = "risky"
    UNKNOWN = "unknown"


class MailHosts(StrEnum):
    """What the names of a domain say. Not asked: no look was made, or it failed."""

    TAKES = "takes"
    REFUSES = "refuses"
    NONE = "none"
    NOT_ASKED = "not_asked"


# The chance that an address takes mail on the day of its check, until enough outcomes of one's own are there: vendors
# claim more, practitioners measure 8 % bounces on "verified" lists; a mail from the person is as good as proof.
CHANCES: Mapping[tuple[Result, bool], float] = {
    (Result.OK, False): 0.96,
    (Result.OK, True): 0.85,
    (Result.RISKY, False): 0.70,
    (Result.RISKY, True): 0.60,
    (Result.UNKNOWN, False): 0.50,
    (Result.UNKNOWN, True): 0.50,
    (Result.BAD, False): 0.02,
    (Result.BAD, True): 0.05,
}
SEEN_CHANCE = 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check of an address says.

    raw : the verifier's own word
    is_weak : the receiving server was not asked
    chance : of taking mail today, 0 to 1
    reasons : in words, the strongest first
    """

    result: Result
    raw: str
    is_weak: bool
    chance: float
    reasons: tuple[str, ...] = ()


def checked(result: Result, raw: str, *, is_weak: bool, reasons: tuple[str, ...] = ()) -> Checked:
    """A result with its usual chance."""
    return Checked(result=result, raw=raw, is_weak=is_weak, chance=CHANCES[result, is_weak], reasons=reasons or (raw,))


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known here of an address.

    bounced : a source or a mail server says it is gone for good
    bounced_at : when; None: not told
    seen_at : the last mail from it; None: none
    is_catch_all : its domain is known to take whatever is sent to it
    """

    bounced: bool = False
    bounced_at: datetime | None = None
    seen_at: datetime | None = None
    is_catch_all: bool = False


def left_of(checked_at: datetime, now: datetime) -> float:
    """What is left of a check's worth, 0 to 1: 0.975 for each month since.

    >>> from datetime import UTC
    >>> round(left_of(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)), 3)
    0.738
    """
    days = max((now - checked_at).total_seconds(), 0.0) / 86_400
    return float((1 - LOST_A_MONTH) ** (days / DAYS_A_MONTH))


def is_due(checked_at: datetime, now: datetime) -> bool:
    """Whether a check is so old that it is made again before the address is used."""
    return left_of(checked_at, now) < LEAST_LEFT


def good_until(checked_at: datetime) -> datetime:
    """The moment from which a check no longer counts."""
    from math import log

    return checked_at + timedelta(days=DAYS_A_MONTH * log(LEAST_LEFT) / log(1 - LOST_A_MONTH))


def read_address(text: str) -> tuple[str, str] | None:
    """Local part and domain of a mail address in lower case; None when it can't be one (RFC 5321, without quoting).

    >>> read_address("Ann.Lee@Acme.Example"), read_address("ann@@acme"), read_address("a..b@acme.example")
    (('ann.lee', 'acme.example'), None, None)
    """
    local, at, domain = text.strip().lower().rpartition("@")
    labels = domain.split(".")
    is_domain = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdecimal()
    is_local = len(local) <= LONGEST_LOCAL and _LOCAL.fullmatch(local) is not None
    return (local, domain) if at and is_domain and is_local and len(text) <= LONGEST else None


@lru_cache(maxsize=4)
def _list(name: str) -> frozenset[str]:
    lines = (LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def is_disposable(domain: str) -> bool:
    """Whether a domain, or one above it, hands out mailboxes that are thrown away."""
    labels = domain.split(".")
    return any(".".join(labels[at:]) in _list("disposable") for at in range(len(labels) - 1))


def is_role(local: str) -> bool:
    """Whether the local part names a function and no person.

    >>> is_role("info"), is_role("sales-emea"), is_role("ann.lee")
    (True, True, False)
    """
    first = re.split(r"[.+_-]", local, maxsplit=1)[0].rstrip("0123456789")
    return local in _list("roles") or first in _list("roles")


def check_built_in(address: str, history: History, *, hosts: MailHosts, now: datetime) -> Checked:
    """The built-in check: own history, syntax, lists, mail hosts. The receiving server is not asked, so it is weak.

    A mail from the address within half a year is the one proof it can give.
    """
    read = read_address(address)
    if read is None:
        return checked(Result.BAD, "syntax", is_weak=False, reasons=("It can't be a mail address.",))
    local, domain = read
    seen = history.seen_at
    is_seen = seen is not None and now - seen <= SEEN_WITHIN
    if history.bounced and not (is_seen and seen and history.bounced_at and seen > history.bounced_at):
        return checked(Result.BAD, "bounced", is_weak=False, reasons=("Mail to it bounced for good.",))
    if is_seen:
        return Checked(
            result=Result.OK, raw="seen", is_weak=False, chance=SEEN_CHANCE,
            reasons=("The person wrote from it within half a year.",),
        )  # fmt: skip
    refusals = (
        (is_disposable(domain), "disposable", "Its domain hands out mailboxes that are thrown away."),
        (hosts is MailHosts.NONE, "no_domain", "Its domain does not exist."),
        (hosts is MailHosts.REFUSES, "no_mail", "Its domain says that it takes no mail."),
    )
    for holds, raw, why in refusals:
        if holds:
            return checked(Result.BAD, raw, is_weak=True, reasons=(why,))
    return _weakly(local, history, hosts)


def _weakly(local: str, history: History, hosts: MailHosts) -> Checked:
    if is_role(local):
        return checked(Result.RISKY, "role", is_weak=True, reasons=("It is a function's address, nobody's own.",))
    if history.is_catch_all:
        return checked(
            Result.RISKY, "catch_all", is_weak=True, reasons=("Its domain takes whatever is sent to it, so far.",)
        )
    told = "its domain takes mail" if hosts is MailHosts.TAKES else "its domain was not asked"
    return checked(
        Result.OK, "built-in", is_weak=True,
        reasons=(f"Well formed, no bounce known, {told}; the receiving server was not asked.",),
    )  # fmt: skip


# The words of the three verifiers, by their documentation. What is not among them is unknown.
WORDS: Mapping[str, Mapping[str, Result]] = {
    "neverbounce": {
        "valid": Result.OK, "invalid": Result.BAD, "disposable": Result.BAD, "catchall": Result.RISKY,
        "unknown": Result.UNKNOWN, "0": Result.OK, "1": Result.BAD, "2": Result.BAD, "3": Result.RISKY,
        "4": Result.UNKNOWN,
    },
    "kickbox": {
        "deliverable": Result.OK, "undeliverable": Result.BAD, "risky": Result.RISKY, "unknown": Result.UNKNOWN,
    },
    "zerobounce": {
        "valid": Result.OK, "invalid": Result.BAD, "catch-all": Result.RISKY, "unknown": Result.UNKNOWN,
        "spamtrap": Result.BAD, "abuse": Result.BAD, "do_not_mail": Result.BAD,
    },
}  # fmt: skip


def result_of(verifier: str, word: str) -> Result:
    """A verifier's word in ours; a word it does not document is unknown.

    >>> result_of("kickbox", "deliverable"), result_of("zerobounce", "brand-new")
    (<Result.OK: 'ok'>, <Result.UNKNOWN: 'unknown'>)
    """
    return WORDS[verifier].get(word.strip().lower(), Result.UNKNOWN)


def strictest(results: Collection[Result]) -> Result | None:
    """The worst that several checks say; None for none."""
    order = (Result.BAD, Result.UNKNOWN, Result.RISKY, Result.OK)
    return next((result for result in order if result in results), None)
