"""SEC EDGAR: filings of listed companies (https://www.sec.gov/search-filings/edgar-application-programming-interfaces).

The SEC refuses callers that do not tell a company's name and a mail address, and blocks who asks more than ten times a
second: calls of this process keep a tenth of a second and a bit apart.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tandem.prospecting.connectors.base import (
    KEY_REFUSED,
    UNREADABLE,
    Door,
    ask,
    failed,
    object_of,
    read_object,
    text_of,
)
from tandem.prospecting.connectors.signals_found import FoundSignal, Reading, moment_of

APART_SECONDS = 0.125  # eight a second, of the ten that are allowed
MOST_FILINGS = 200
ARCHIVE = "https://www.sec.gov/Archives/edgar/data"
FORMS: Mapping[str, str] = {
    "8-K": "Current report", "10-K": "Annual report", "10-Q": "Quarterly report", "S-1": "Registration of shares",
    "D": "Private raise", "20-F": "Annual report", "6-K": "Current report", "424B4": "Prospectus",
}  # fmt: skip
ITEMS: Mapping[str, str] = {
    "1.01": "a material agreement", "1.02": "the end of a material agreement", "1.03": "bankruptcy",
    "2.01": "an acquisition or sale completed", "2.02": "results", "2.03": "a new financial obligation",
    "2.05": "costs of an exit or of lay-offs", "2.06": "impairments", "3.01": "notice of delisting",
    "4.01": "a change of auditor", "5.01": "a change of control", "5.02": "a change of officers or directors",
    "7.01": "a disclosure under Regulation FD", "8.01": "other events",
}  # fmt: skip


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
    told = read_object(door, ask(door, "GET", f"/submissions/CIK{int(number):010d}.json", headers=headers))
    if text_of(told.get("cik")).lstrip("0") != number:
        raise failed(door, "answered with another company's filings.", code=UNREADABLE)
    return Reading(signals=tuple(_signals(number, object_of(object_of(told.get("filings")).get("recent")))))


def _signals(number: str, recent: Mapping[str, Any]) -> list[FoundSignal]:
    """Filings stand in columns; a row counts as far as all columns that are needed reach."""
    keys, forms, items = (_column(recent, name) for name in ("accessionNumber", "form", "items"))
    accepted, filed = _column(recent, "acceptanceDateTime"), _column(recent, "filingDate")
    documents = _column(recent, "primaryDocument")
    found = []
    for row in range(min(len(keys), len(forms), MOST_FILINGS)):
        form = text_of(forms[row], 20)
        at = moment_of(_at(accepted, row)) or moment_of(_at(filed, row))
        key = text_of(keys[row], 40)
        if form in FORMS and at is not None and key:
            codes = [code for code in text_of(_at(items, row), 120).replace(" ", "").split(",") if code]
            found.append(_signal(number, key, form, codes, at, text_of(_at(documents, row), 120)))
    return found


def _signal(number: str, key: str, form: str, codes: Sequence[str], at: Any, document: str) -> FoundSignal:
    said = [ITEMS[code] for code in codes if code in ITEMS]
    title = f"{FORMS[form]} (form {form})" + (f": {', '.join(said)}" if said else "")
    url = f"{ARCHIVE}/{number}/{key.replace('-', '')}/{document}" if document else ""
    payload = {"title": title, "form": form, "items": list(codes), "url": url, "language": "en"}
    return FoundSignal(key=key, kind="filing", at=at, topic=form, payload={name: v for name, v in payload.items() if v})


def _column(recent: Mapping[str, Any], name: str) -> list[Any]:
    told = recent.get(name)
    return told if isinstance(told, list) else []


def _at(column: Sequence[Any], row: int) -> Any:
    return column[row] if row < len(column) else None
