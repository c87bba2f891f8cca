"""SEC EDGAR: filings of listed companies (https://www.sec.gov/search-filings/edgar-application-programming-interfaces).

The SEC refuses callers that do not tell a company's name and a mail address, and blocks who asks more than ten times a
second: calls of this process keep a tenth of a second and a bit apart. What filings say is read by accounts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from tandem.accounts.queries.told_answers import read_answer
from tandem.prospecting.connectors.base import (
    KEY_REFUSED,
    UNREADABLE,
    Door,
    ask,
    failed,
    read_object,
    text_of,
)
from tandem.prospecting.connectors.signals_found import Reading, signals_of

APART_SECONDS = 0.125  # eight a second, of the ten that are allowed
MOST_FILINGS = 200
FORMS = frozenset({"8-K", "10-K", "10-Q", "S-1", "D", "20-F", "6-K", "424B4"})  # the others are about owners of shares


class Pace:
    """Lets calls through so far apart, over all threads of this process."""

    def __init__(self, apart: float, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._apart, self._sleep = apart, sleep
        self._lock = threading.Lock()
        self._free_at = 0.0

    def wait(self) -> None:
        """Wait for the next free moment."""
        with self._lock:
            now = time.monotonic()
            at = max(now, self._free_at)
            self._free_at = at + self._apart
        if at > now:
            self._sleep(at - now)


PACE = Pace(APART_SECONDS)


def read_filings(door: Door, cik: str, *, company: str) -> Reading:
    """The latest filings of a company. Raises ProviderFailed, also without a contact: the SEC would refuse the call.

    cik : the SEC's number of the company, with or without leading zeros
    company : our own name, told in the User-Agent
    """
    if not door.contact:
        raise failed(door, "needs a mail address of ours.", code=KEY_REFUSED, hint="Enter it as contact under Sources.")
    number = cik.strip().upper().removeprefix("CIK").lstrip("0")
    if not number.isdecimal() or len(number) > 10:
        raise failed(
            door, f"knows no company {cik[:20]!r}.", code=UNREADABLE, hint="Give the number the SEC uses (CIK)."
        )
    PACE.wait()
    headers = {"User-Agent": f"{company or 'Tandem'} {door.contact}", "Accept-Encoding": "gzip, deflate"}
    answer = ask(door, "GET", f"/submissions/CIK{int(number):010d}.json", headers=headers)
    if text_of(read_object(door, answer).get("cik")).lstrip("0") != number:
        raise failed(door, "answered with another company's filings.", code=UNREADABLE)
    told = read_answer("edgar", answer.body, most=MOST_FILINGS)
    if not told.signals and told.unread:
        raise failed(door, f"answered what can't be read: {told.unread[0]}.", code=UNREADABLE)
    return Reading(signals=tuple(one for one in signals_of(told) if one.topic in FORMS))
