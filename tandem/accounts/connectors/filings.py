"""Listed companies: SEC EDGAR submissions (data.sec.gov/submissions/CIK##########.json) and transcripts of earnings
calls.

EDGAR gives a company's filings as columns of equal length; one signal a filing, its key the accession number. A form
8-K that reports a change of officers (item 5.02) is told as a filing: whether somebody came or went stands in its
document only. Older filings that the answer only points to ("files") are not read. Transcripts are JSON lists of
{symbol, quarter, year, date, content}; the company is the one that the operator names, so a call without such a
welcome is told by its symbol alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tandem.accounts.connectors import shaping
from tandem.accounts.connectors.base import Connector, Table
from tandem.accounts.connectors.files.json_documents import begins_with, documents, rows_at, text_at
from tandem.accounts.connectors.files.rows import RowTable, Unread
from tandem.accounts.connectors.news import host_of, moment_of
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.news_facts import company_of_call

EDGAR, TRANSCRIPTS = "edgar", "transcripts"
HEADERS = ("key", "kind", "at", "topic", "account_name", "account_domain", "payload")
COLUMNS = {
    "key": "key", "kind": "kind", "at": "at", "topic": "topic", "accountname": "account_name",
    "accountdomain": "account_domain",
    "payload": "payload",
}  # fmt: skip
MOST_TEXT = 200_000
# What the items of a form 8-K report (SEC form 8-K, general instructions).
ITEMS = {
    "1.01": "material agreement", "1.02": "end of a material agreement", "2.01": "acquisition or disposal completed",
    "2.02": "results of operations", "2.03": "new financial obligation", "2.05": "costs of exit or disposal",
    "2.06": "impairments",
    "3.01": "listing", "4.01": "change of auditor", "5.01": "change of control",
    "5.02": "change of directors or officers",
    "5.03": "change of by-laws or fiscal year", "5.07": "votes of shareholders", "7.01": "regulation FD disclosure",
    "8.01": "other events",
    "9.01": "financial statements and exhibits",
}  # fmt: skip


def _filings(answer: Any) -> Iterator[Mapping[str, str] | Unread]:
    recent = answer.get("filings", {}).get("recent") if isinstance(answer.get("filings"), dict) else None
    numbers = recent.get("accessionNumber") if isinstance(recent, dict) else None
    if not isinstance(recent, dict) or not isinstance(numbers, list):
        yield Unread(f"{text_at(answer, 'name') or 'the answer'} holds no filings")
        return
    lists = {name: values for name, values in recent.items() if isinstance(values, list)}
    uneven = sorted(name for name, values in lists.items() if len(values) != len(numbers))
    if uneven:
        yield Unread(f"the columns {', '.join(uneven)} are not as long as the accession numbers")
        return
    for place in range(len(numbers)):
        yield _filing(
            answer, {name: "" if values[place] is None else str(values[place]) for name, values in lists.items()}
        )


def _filing(answer: Any, cells: Mapping[str, str]) -> Mapping[str, str] | Unread:
    number, form = cells.get("accessionNumber", ""), cells.get("form", "")
    at = moment_of(cells.get("acceptanceDateTime", "") or cells.get("filingDate", ""))
    if not number or not form or not at:
        return Unread("the filing has no number, form or day", number)
    items = [item.strip() for item in cells.get("items", "").split(",") if item.strip()]
    about = "; ".join(ITEMS[item] for item in items if item in ITEMS)
    name, cik = text_at(answer, "name"), text_at(answer, "cik").lstrip("0")
    document = cells.get("primaryDocument", "")
    url = f"https://www.sec.gov/Archives/edgar/data/{cik}/{number.replace('-', '')}/{document}"
    payload = {
        "title": f"{name}: form {form}" + (f", {about}" if about else ""), "url": url, "form": form,
        "items": ",".join(items),
        "report_date": cells.get("reportDate", ""), "text": cells.get("primaryDocDescription", ""), "language": "en",
    }  # fmt: skip
    return {
        "key": number, "kind": "filing", "at": at, "topic": form, "account_name": name,
        "account_domain": host_of(text_at(answer, "website")), "payload": shaping.as_json({word: value for word,
        value in payload.items() if value}),
    }  # fmt: skip


def _read_edgar(path: Path) -> Iterator[Mapping[str, str] | Unread]:
    for found in documents(path):
        if isinstance(found, Unread):
            yield found
        elif isinstance(found[1], dict):
            yield from _filings(found[1])
        else:
            yield Unread(f"{found[0]} is no answer of EDGAR")


def _call(row: Mapping[str, Any]) -> Mapping[str, str] | Unread:
    symbol, quarter, year = text_at(row, "symbol"), text_at(row, "quarter"), text_at(row, "year")
    at, text = moment_of(text_at(row, "date")), text_at(row, "content").strip()
    if not symbol or not quarter or not year or not at:
        return Unread("the call has no symbol, quarter, year or day", text)
    if not text:
        return Unread("the call has no text", symbol)
    company = company_of_call(text)
    payload = {
        "title": f"{company or symbol}: earnings call Q{quarter} {year}", "text": text[:MOST_TEXT],
        "quarter": f"{year}-Q{quarter}",
        "symbol": symbol, "language": "en",
    }  # fmt: skip
    return {
        "key": f"{symbol}-{year}-Q{quarter}", "kind": "earnings_call", "at": at, "topic": "", "account_name": company,
        "account_domain": "", "payload": shaping.as_json(payload),
    }  # fmt: skip


def _read_calls(path: Path) -> Iterator[Mapping[str, str] | Unread]:
    for found in documents(path):
        if isinstance(found, Unread):
            yield found
            continue
        rows = rows_at(found[1]) if isinstance(found[1], list) else [found[1]] if isinstance(found[1], dict) else []
        if not rows:
            yield Unread(f"{found[0]} holds no calls")
        for row in rows:
            yield _call(row)


def open_edgar(path: Path) -> Table:
    """One answer, or a folder of them, as a table of filings."""
    return RowTable(HEADERS, partial(_read_edgar, path))


def open_calls(path: Path) -> Table:
    """Transcripts as a table of calls."""
    return RowTable(HEADERS, partial(_read_calls, path))


def is_edgar(path: Path) -> bool:
    """Whether a file or folder holds EDGAR submissions."""
    return begins_with(path, ("cik", "sicDescription"))


def is_calls(path: Path) -> bool:
    """Whether a file or folder holds transcripts of earnings calls."""
    return begins_with(path, ("symbol", "quarter", "content"))


SUBMISSIONS = Connector(
    system=EDGAR, entity=Entity.SIGNAL, source_kind=SourceKind.PUBLIC, file_names=("cik*.json",), columns=COLUMNS,
    recognise=is_edgar, open_table=open_edgar, label="SEC EDGAR submissions",
)  # fmt: skip
CALLS = Connector(
    system=TRANSCRIPTS, entity=Entity.SIGNAL, source_kind=SourceKind.PUBLIC, file_names=("*transcript*.json",),
    columns=COLUMNS, recognise=is_calls, open_table=open_calls, label="Earnings call transcripts",
)  # fmt: skip

CONNECTORS: tuple[Connector, ...] = (SUBMISSIONS, CALLS)
