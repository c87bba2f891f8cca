"""Stand-alone verifier of a ledger: standard library only, nothing of Tandem.

    python3 verifier.py LEDGER [--checkpoint FILE]... [--key HEX]... [--head HASH]

LEDGER is what `tandem ledger export` wrote (JSON lines), Tandem's SQLite database, or what PostgreSQL wrote for
`COPY (SELECT * FROM compliance_ledgerentry ORDER BY number) TO STDOUT`.

It recomputes the chain, so that somebody who does not trust this installation can check it with this one file and
their own Python. An entry that was edited, removed, put in or moved is found where it stands. A cut tail and a chain
made anew show only against checkpoints kept outside. Their signatures are checked where Python's package cryptography
is installed; elsewhere it says that they were not. `--key`: a public key that you have from somewhere else.
"""

import argparse
import hashlib
import json
import re
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from json.encoder import encode_basestring as quoted
from pathlib import Path
from typing import Any

try:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None  # type: ignore[assignment, misc]

KEYS = ("number", "at", "actor_kind", "actor_id", "actor_name", "action", "subject", "facts", "previous_hash", "hash")
TYPES = (int, str, str, int, str, str, str, str, str, str)
ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
EDITED, PART = "its contents were changed after it was written", "the line lacks a part of an entry"
BAD, STRANGE = "bears a signature that does not fit its words", "is signed by a key that you do not trust"
Row = tuple[Any, ...] | str  # the ten parts of an entry, or why it can't be read


@dataclass(frozen=True)
class Finding:
    """What the check found. `broken_at`: first entry that does not hold, None: all do. `notes` are on checkpoints."""

    entries: int
    head: str
    broken_at: int | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every line follows from the one before, and every checkpoint fits."""
        return not self.reason

    @property
    def sentence(self) -> str:
        """The finding in words."""
        if self.holds:
            return f"The ledger holds: {self.entries:,} entries, each following from the one before."
        if self.broken_at is None:
            return f"The entries follow one another, but {self.reason}."
        return f"The ledger does not hold at entry {self.broken_at}: {self.reason}."


def verify_file(
    file: Path, head: str | None = None, checkpoints: Iterable[dict[str, Any]] = (), keys: Iterable[str] = ()
) -> Finding:
    """Check every entry of a ledger.

    head : hash that an outside anchor says the last entry has; None: not known
    checkpoints : what outside anchors have seen; the ledger may have grown since
    keys : public keys trusted beforehand; none: a signature is only held against the key that stands beside it
    """
    kept, trusted, seen = list(checkpoints), set(keys), defaultdict(set)
    for one in kept:
        seen[int(one["number"])].add(str(one["hash"]))
    previous, number, first = "0" * 64, 0, ""
    for row in rows_of(Path(file)):
        reason = fault(row, number + 1, previous)
        if not reason and number + 1 in seen and seen[number + 1] != {row[9]}:
            reason = "it is not the entry that the checkpoint has seen"
        if reason:
            return Finding(number, previous, number + 1, reason)
        previous, number, first = row[9], number + 1, first or row[9]
        if trusted and row[5] == "compliance.signing_key_added":
            trusted |= endorsed(json.loads(row[7]), trusted)
    if number < max(seen, default=0) or (head is not None and previous != head):
        return Finding(number, previous, number + 1, "the chain ends before the anchored entry")
    told = [(f"the checkpoint of entry {int(one['number']):,}", signature(one, trusted)) for one in kept]
    wrong = [f"{name} {word}" for name, word in told if word in (BAD, STRANGE)]
    wrong += ["a checkpoint is of another ledger" for c in kept if c.get("installation", first[:16]) != first[:16]]
    notes = tuple(f"{name[0].upper()}{name[1:]} fits; {word}." for name, word in told)
    return Finding(number, previous, None, wrong[0]) if wrong else Finding(number, previous, notes=notes)


def fault(row: Row, number: int, previous: str) -> str:
    """What is wrong with an entry where it stands; empty: nothing."""
    if isinstance(row, str):
        return row
    if row[0] != number:
        return f"number {row[0]} stands where {number} belongs"
    if row[8] != previous:
        return "it does not point at the entry before"
    try:
        return "" if row[9] == line_hash(row) else EDITED
    except (TypeError, UnicodeError):
        return EDITED


def line_hash(row: tuple[Any, ...]) -> str:
    """SHA-256 over ten lines: layout, previous hash, number, time, kind, id, name, action, subject, facts."""
    number, at, kind, actor_id, name, action, subject, facts, previous, _ = row
    lines = f"tandem-ledger-1\n{previous}\n{number}\n{at}\n{kind}\n{actor_id}\n{quoted(name)}\n{quoted(action)}\n"
    return hashlib.sha256(f"{lines}{quoted(subject)}\n{facts}".encode()).hexdigest()


def signature(checkpoint: dict[str, Any], trusted: set[str]) -> str:
    """What its signature is worth, in words. Signed are six lines: layout, installation, number, hash, time, key."""
    key, given = str(checkpoint.get("public_key", "")), str(checkpoint.get("signature", ""))
    if not key and not given:
        return "it is not signed"
    if Ed25519PublicKey is None:
        return "ITS SIGNATURE WAS NOT CHECKED, for Python's package cryptography is not installed"
    parts = [str(checkpoint.get(name)) for name in ("installation", "number", "hash", "at", "public_key")]
    if not fits(key, given, "tandem-checkpoint-1", *parts):
        return BAD
    if not trusted:
        return f"it is signed by {key}: compare this key with one that you have from somewhere else"
    return "it is signed by a key that you trust" if key in trusted else STRANGE


def endorsed(facts: dict[str, Any], trusted: set[str]) -> set[str]:
    """The new key that an entry brings, if a trusted one signed for it: three lines, layout, old key, new key."""
    old, new, given = (str(facts.get(name)) for name in ("endorsed_by", "public_key", "endorsement"))
    return {new} if old in trusted and fits(old, given, "tandem-signing-key-1", old, new) else set()


def fits(key: str, given: str, *lines: str) -> bool:
    """Whether an Ed25519 signature (hex) fits these lines and a public key (hex)."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(given), "\n".join(lines).encode())
    except Exception:  # noqa: BLE001  whatever keeps it from being checked, it is no proof
        return False
    return True


def rows_of(file: Path) -> Iterator[Row]:
    """The entries in order."""
    with file.open("rb") as stream:
        start = stream.read(200)
    if start.startswith(b"SQLite format 3"):
        yield from of_sqlite(file)
        return
    with file.open(encoding="utf-8", newline="") as text:
        if re.match(rb"-?\d+\t", start):
            yield from map(of_postgresql, text)
        else:
            yield from map(of_json, text)


def of_json(line: str) -> Row:
    """A line that `tandem ledger export` wrote."""
    try:
        entry = json.loads(line)
    except ValueError:
        return "the line is no JSON"
    row = tuple(map(entry.get, KEYS)) if isinstance(entry, dict) else ()
    return row if tuple(map(type, row)) == TYPES else PART


def of_postgresql(line: str) -> Row:
    """A line that PostgreSQL's COPY wrote; its time in whatever zone."""
    parts = [re.sub(r"\\(.)", lambda found: ESCAPED.get(found[1], found[1]), part) for part in line[:-1].split("\t")]
    try:
        number, at, kind, actor_id, name, action, subject, facts, previous, own = parts
        moment = datetime.fromisoformat(at).astimezone(UTC).isoformat(timespec="microseconds")
        return (int(number), moment, kind, int(actor_id), name, action, subject, facts, previous, own)
    except ValueError:
        return PART


def of_sqlite(file: Path) -> Iterator[Row]:
    """The table of a database, which is only read. Its times are UTC, without a fraction on a full second."""
    question = f"SELECT {', '.join(KEYS)} FROM compliance_ledgerentry ORDER BY number"  # noqa: S608
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
            for row in database.execute(question):
                at = str(row[1]).replace(" ", "T")
                yield (row[0], f"{at}{'' if '.' in at else '.000000'}+00:00", *row[2:])
    except sqlite3.Error as error:
        yield f"the database can't be read there ({error})"


def main(arguments: list[str]) -> int:
    """Check what the command line names; 0: it holds, 1: it does not, 2: wrong usage or no such file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, metavar="LEDGER")
    parser.add_argument("--head", help="hash that the last entry must have")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], help="checkpoint kept outside; several")
    parser.add_argument("--key", action="append", default=[], help="public key that you trust, hex; several")
    given = parser.parse_args(arguments)
    try:
        checkpoints = [json.loads(file.read_text(encoding="utf-8")) for file in given.checkpoint]
        found = verify_file(given.file, given.head, checkpoints, given.key)
    except (OSError, ValueError, KeyError, TypeError) as error:
        parser.error(f"a file can't be read: {error!r}")
    sys.stdout.write("\n".join((found.sentence, *found.notes)) + "\n")
    return 0 if found.holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
