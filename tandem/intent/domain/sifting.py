"""Whose signals do not count: robots, own people, rows that came twice; and how a robot is told by its pace.

A person sleeps and clicks with a hand: nobody does something in twenty different hours of one day, or more than a
hundred and twenty things in a minute. Both bounds are far above what people do, because a real buyer who is left out
costs more than a robot that counts a little under a saturation.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

BOTS_FILE = Path(__file__).parent / "bots.toml"
MOST_A_MINUTE = 120
HOURS_A_DAY = 20
# Fields of calls that say so themselves: set by analytics scripts and by proxies that know data centres' addresses.
FLAGS = (
    r'"(is_?bot|bot|is_?crawler|headless|is_?headless|hosting|is_?hosting|is_?datacenter|is_?data_?center|datacenter)"'
    r"\s*:\s*true"
)
AGENT = r'"\$?(?:user_?agent|userAgent|raw_user_agent)"\s*:\s*"([^"]*)"'
ADDRESS = r'"\$?ip(?:_?address)?"\s*:\s*"([0-9a-fA-F.:]+)"'
ANONYMOUS = r'"anonymous_?[iI]d"\s*:\s*"([^"]+)"'


class Reason(StrEnum):
    """Why a signal does not count. The first that holds is told; the last two depend on the rules of the run alone."""

    UNUSABLE = "unusable"
    REPEATED = "repeated"
    TOLD_TWICE = "told_twice"
    OWN_PEOPLE = "own_people"
    OWN_ADDRESS = "own_address"
    NAMED_BOT = "named_bot"
    AUTOMATED = "automated"
    DECLARED = "declared"
    PACE = "pace"
    SLEEPLESS = "sleepless"
    OTHER_TOPIC = "other_topic"
    TOO_WEAK = "too_weak"


WORDS: dict[Reason, tuple[str, str]] = {
    Reason.UNUSABLE: ("Strength can't be used", "Below 0, above a billion, or no number."),
    Reason.REPEATED: ("Came again", "The same source told the same key before."),
    Reason.TOLD_TWICE: (
        "Told by two sources",
        "The same person, event and second from another source, brought earlier.",
    ),
    Reason.OWN_PEOPLE: ("Own people", "The visitor's address is one of this company's people or domains."),
    Reason.OWN_ADDRESS: ("Own network", "It came from an IP address of this company."),
    Reason.NAMED_BOT: ("Robot by name", "The user agent names a crawler, a watcher or a program."),
    Reason.AUTOMATED: ("Automated browser", "The user agent names a browser that a program drives."),
    Reason.DECLARED: ("Declared as robot", "The call says itself that it comes from a robot or a data centre."),
    Reason.PACE: ("Faster than a person", f"More than {MOST_A_MINUTE} events of one visitor in a minute."),
    Reason.SLEEPLESS: ("Never sleeps", f"One visitor in {HOURS_A_DAY} or more different hours of one day."),
    Reason.OTHER_TOPIC: ("Topic not ours", "It tells of a topic that is not in the list of topics that matter here."),
    Reason.TOO_WEAK: ("Too weak", "Below the strength from which signals of its kind count."),
}


@lru_cache(maxsize=1)
def agent_patterns() -> tuple[str, str]:
    """Regular expressions, lower case, over user agents: robots by name, automated browsers."""
    told = tomllib.loads(BOTS_FILE.read_text(encoding="utf-8"))
    return _any_of(told["named"]), _any_of(told["automated"])


def own_among(addresses: Iterable[str], networks: Sequence[str]) -> frozenset[str]:
    """Which of these IP addresses lie in these networks; text that is no address lies in none."""
    own = [ipaddress.ip_network(one) for one in networks]
    return frozenset(one for one in addresses if own and _lies_in(one, own))


def _lies_in(address: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in words)
