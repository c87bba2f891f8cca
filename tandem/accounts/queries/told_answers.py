"""What outside systems answer, read by the connectors of their saved files: a live answer and a file say the same.

The rows are those a file of the answer would land as: the same key, kind and payload, so that what came by both roads
counts once.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from tandem.accounts.connectors.base import Connector
from tandem.accounts.connectors.registry import list_connectors
from tandem.accounts.contracts import Entity

NEWS = "news"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSignal:
    """One thing an answer tells.

    key : the source's own; a second reading adds nothing
    kind : e.g. "news", "job_post", "filing"
    account_name, account_domain : whose it is by its own words; empty: it does not say
    payload : title, text, url, author, language, and what the kind has of its own
    """

    key: str
    kind: str
    at: datetime
    topic: str
    account_name: str
    account_domain: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAnswer:
    """An answer as far as it can be read. unread : why the rest can't"""

    signals: tuple[ToldSignal, ...]
    unread: tuple[str, ...]


def read_answer(system: str, raw: bytes, *, most: int) -> ToldAnswer:
    """Read one answer of a system: "news" (RSS, Atom), "greenhouse", "lever", "ashby", "edgar" or "github".

    most : no more signals are read than these

    Raises KeyError for a system that tells no signals.
    """
    connector = _connector(system)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("answer.xml" if system == NEWS else "answer.json")
        path.write_bytes(raw)
        if system == NEWS and not (connector.recognise and connector.recognise(path)):
            return ToldAnswer(signals=(), unread=("it is no RSS or Atom feed",))
        assert connector.open_table is not None, "a connector of answers reads them itself"
        table = connector.open_table(path)
        signals: list[ToldSignal] = []
        unread: list[str] = []
        for batch in table.batches():
            unread += [one.reason for one in batch.broken]
            rows = batch.rows.to_dict("records")
            signals += [_signal(row) for row in islice(rows, most - len(signals))]
            if len(signals) >= most:
                break
    return ToldAnswer(signals=tuple(signals), unread=tuple(unread))


def _connector(system: str) -> Connector:
    for connector in list_connectors():
        if connector.system == system and connector.entity is Entity.SIGNAL:
            return connector
    raise KeyError(f"{system!r} tells no signals")


def _signal(row: Mapping[Any, Any]) -> ToldSignal:
    return ToldSignal(
        key=str(row["key"]),
        kind=str(row["kind"]),
        at=datetime.fromisoformat(str(row["at"])),
        topic=str(row.get("topic") or ""),
        account_name=str(row.get("account_name") or ""),
        account_domain=str(row.get("account_domain") or ""),
        payload=json.loads(str(row["payload"])),
    )
