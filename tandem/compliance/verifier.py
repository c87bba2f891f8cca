"""Stand-alone verifier of an exported ledger: standard library only, nothing of Tandem.

`python verifier.py ledger.jsonl [--head HASH] [--checkpoint FILE]` reads JSON lines and recomputes the chain, so that
somebody who does not trust this installation can check it with this one file and their own Python. It finds an entry
that was edited, removed, moved or put in; a cut tail only against a head or a checkpoint kept outside.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

VERSION = "tandem-ledger-1"
KEYS = ("number", "at", "actor_kind", "actor_id", "actor_name", "action", "subject", "facts", "previous_hash", "hash")
KINDS: dict[str, type] = {"number": int, "actor_id": int}


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


def verify_file(file: Path, head: str | None = None, checkpoint: dict[str, Any] | None = None) -> Finding:
    """Check every line of an exported ledger.

    head : hash that an outside anchor says the last entry has; None: not known
    checkpoint : "number" and "hash" of an entry that an outside anchor has seen; the ledger may have grown since
    """
    seen_number, seen_hash = (int(checkpoint["number"]), checkpoint["hash"]) if checkpoint else (0, "")
    previous, number = "0" * 64, 0
    with Path(file).open(encoding="utf-8") as lines:
        for text in lines:
            reason = _fault(text, number + 1, previous)
            if not reason and number + 1 == seen_number and json.loads(text)["hash"] != seen_hash:
                reason = "it is not the entry that the checkpoint has seen"
            if reason:
                return Finding(number, previous, number + 1, reason)
            previous, number = json.loads(text)["hash"], number + 1
    if number < seen_number or (head is not None and previous != head):
        return Finding(number, previous, number + 1, "the chain ends before the anchored entry")
    return Finding(number, previous)


def _fault(text: str, number: int, previous: str) -> str:
    try:
        entry = json.loads(text)
    except ValueError:
        return "the line is no JSON"
    if not isinstance(entry, dict) or any(not isinstance(entry.get(key), KINDS.get(key, str)) for key in KEYS):
        return "the line lacks a part of an entry"
    if entry["number"] != number:
        return f"number {entry['number']} stands where {number} belongs"
    if entry["previous_hash"] != previous:
        return "it does not point at the entry before"
    return "" if entry["hash"] == line_hash(entry) else "its contents were changed after it was written"


def main(arguments: list[str]) -> int:
    """Check the file named on the command line; 0: it holds, 1: it does not, 2: wrong usage."""
    parser = argparse.ArgumentParser(description="Check an exported ledger.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--head", help="hash that the last entry must have")
    parser.add_argument("--checkpoint", type=Path, help="checkpoint file kept outside")
    given = parser.parse_args(arguments)
    checkpoint = json.loads(given.checkpoint.read_text(encoding="utf-8")) if given.checkpoint else None
    found = verify_file(given.file, given.head, checkpoint)
    sys.stdout.write(found.sentence + "\n")
    return 0 if found.holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
