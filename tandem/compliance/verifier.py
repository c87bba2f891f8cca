"""Stand-alone verifier of an exported ledger: standard library only, nothing of Tandem.

`python verifier.py ledger.jsonl [--head HASH]` reads JSON lines and recomputes the chain, so that somebody who does
not trust this installation can check it with this one file and their own Python.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

VERSION = "tandem-ledger-1"
KEYS = ("number", "at", "actor_kind", "actor_id", "actor_name", "action", "subject", "facts", "previous_hash", "hash")


@dataclass(frozen=True)
class Finding:
    """What the check found. `broken_at` None: everything holds."""

    entries: int
    head: str
    broken_at: int | None = None
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether every line follows from the one before."""
        return self.broken_at is None

    @property
    def sentence(self) -> str:
        """The finding in words."""
        if self.holds:
            return f"The ledger holds: {self.entries:,} entries, each following from the one before."
        return f"The ledger does not hold at entry {self.broken_at}: {self.reason}."

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self) | {"holds": self.holds}


def line_hash(entry: dict[str, Any]) -> str:
    """The hash that the line must bear."""
    quoted = [json.dumps(entry[key], ensure_ascii=False) for key in ("actor_name", "action", "subject")]
    lines = [VERSION, entry["previous_hash"], str(entry["number"]), entry["at"], entry["actor_kind"]]
    lines += [str(entry["actor_id"]), *quoted, entry["facts"]]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def verify_file(file: Path, head: str | None = None) -> Finding:
    """Check every line of an exported ledger; `head` is the hash an outside anchor says it ends with."""
    previous, number = "0" * 64, 0
    with Path(file).open(encoding="utf-8") as lines:
        for text in lines:
            reason = _fault(text, number + 1, previous)
            if reason:
                return Finding(number, previous, number + 1, reason)
            previous, number = json.loads(text)["hash"], number + 1
    if head is not None and previous != head:
        return Finding(number, previous, number + 1, "the chain ends before the anchored entry")
    return Finding(number, previous)


def _fault(text: str, number: int, previous: str) -> str:
    try:
        entry = json.loads(text)
    except ValueError:
        return "the line is no JSON"
    if not isinstance(entry, dict) or any(key not in entry for key in KEYS):
        return "the line lacks a part of an entry"
    if entry["number"] != number:
        return f"number {entry['number']} stands where {number} belongs"
    if entry["previous_hash"] != previous:
        return "it does not point at the entry before"
    return "" if entry["hash"] == line_hash(entry) else "its contents were changed after it was written"


if __name__ == "__main__":
    anchored = sys.argv[sys.argv.index("--head") + 1] if "--head" in sys.argv else None
    found = verify_file(Path(sys.argv[1]), anchored)
    sys.stdout.write(found.sentence + "\n")
    sys.exit(0 if found.holds else 1)
