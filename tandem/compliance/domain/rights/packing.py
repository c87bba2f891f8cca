"""What is in a package: the machine-readable document, its schema in words, and a summary for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from html import escape
from typing import Any

from tandem.compliance.contracts.requests import Explanation
from tandem.compliance.contracts.rights import StoredItem

FORMAT = "tandem-person-1"
LONGEST_VALUE = 2_000  # in the summary; the document holds all of it
SCHEMA = """What is in data.json (format tandem-person-1)

format       "tandem-person-1"
request      number of the request
kind         access, portability or explanation
made_at      moment, ISO 8601 with offset
by           who holds the data
person       the addresses and names that were looked for
stores       list of the places that hold something, each:
  name       stable name of the place
  title      the same for people
  items      list of what is held there, each:
    what     kind of thing: contact, consent, activity, ...
    key      finds it again in the place
    at       when it was collected or written, ISO 8601; null: not known
    origin   where it came from: a file, a vendor, a form; empty: not known
    data     the content: text, numbers, true or false, null, lists and objects; moments and days as ISO 8601 text
explanation  null, or: which decisions were taken about the person and why
  past       list: at, what, outcome, basis, rules (id, version, why), rules_version, text
  today      list for each channel: what a decision of today would be, and which rules stand in the way
  signals    list: what was known and used, in words
  limits     list: what the person forbade, in words
  logic      list: (title, how such decisions are made)

summary.html shows the same for reading. Text is UTF-8.
"""
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:0 0 1rem}"
    "th,td{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #ccc}"
    "th{width:14rem;font-weight:600}"
)


def item_as_dict(item: StoredItem) -> dict[str, Any]:
    """One thing that is held, with JSON types alone."""
    return {
        "what": item.what,
        "key": item.key,
        "at": _plain(item.at),
        "origin": item.origin,
        "data": _plain(item.data),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def explanation_as_dict(told: Explanation) -> dict[str, Any]:
    """An explanation with JSON types alone."""
    return {"sentence": told.sentence, **{name: _plain(value) for name, value in asdict(told).items()}}


def count_items(document: Mapping[str, Any]) -> int:
    """How many things the document holds."""
    return sum(len(store["items"]) for store in document["stores"])


def summary(document: Mapping[str, Any]) -> str:
    """The document as a page that needs nothing else: what is held where, and why there was contact or none."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Your data</title>',
        f"<style>{_STYLE}</style></head><body><h1>What {escape(document['by'] or 'we')} holds about you</h1>",
        f"<p>Made {escape(document['made_at'][:10])} for request {document['request']}. "
        f"{count_items(document)} things in {sum(bool(store['items']) for store in document['stores'])} places. "
        "The same for machines is in data.json; schema.txt says how to read it.</p>",
        *(part for store in document["stores"] for part in _store(store)),
        *_explanation(document["explanation"]),
        "</body></html>",
    ]
    return "\n".join(parts)


def _store(store: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2>{escape(store['title'])}</h2>"
    if not store["items"]:
        yield "<p>Nothing is held here.</p>"
    for item in store["items"]:
        origin = f", from {item['origin']}" if item["origin"] else ""
        when = f", {item['at'][:10]}" if item["at"] else ""
        yield f"<h3>{escape(item['what'] + when + origin)}</h3><table>"
        for name, value in item["data"].items():
            if value not in ("", None, [], {}):
                told = str(value)[:LONGEST_VALUE]
                yield f"<tr><th>{escape(str(name).replace('_', ' '))}</th><td>{escape(told)}</td></tr>"
        yield "</table>"


def _explanation(told: Mapping[str, Any] | None) -> Iterator[str]:
    if told is None:
        return
    yield f"<h2>Why you were, or were not, contacted</h2><p>{escape(told['sentence'])}</p>"
    for title, lines in (("What was known and used", told["signals"]), ("What you have forbidden", told["limits"])):
        if lines:
            yield f"<h3>{title}</h3><ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"
    if told["past"]:
        yield "<h3>Decisions that were taken</h3><table>"
        for one in told["past"]:
            yield f"<tr><th>{escape(one['at'][:16])}</th><td>{escape(one['text'])}</td></tr>"
        yield "</table>"
    yield "<h3>What a decision of today would be</h3><table>"
    for one in told["today"]:
        yield f"<tr><th>{escape(one['channel'])}</th><td>{escape(one['outcome'] + ': ' + one['explanation'])}</td></tr>"
    yield "</table><h3>How decisions are made</h3>"
    for title, words in told["logic"]:
        yield f"<p><b>{escape(title)}.</b> {escape(words)}</p>"
