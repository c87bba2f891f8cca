"""What the ledger must say after a trial: the chain holds, and everything on the wire has its entries in order."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tandem.compliance import queries

ORDER = ("compliance.decided", "compliance.claimed", "compliance.departed")


def faults_of_record(wire: Mapping[str, str]) -> list[str]:
    """What is wrong with the ledger, in words.

    wire : SHA-256 of the bytes that went out, by touch
    """
    faults = [] if queries.verify().holds else ["the ledger's chain does not hold"]
    claimed: dict[str, list[str]] = {}
    place: dict[str, int] = {}
    decided: set[str] = set()
    for entry in queries.all_entries():
        if entry.action not in ORDER:
            continue
        facts = json.loads(entry.facts)
        stage, key = ORDER.index(entry.action), f"{entry.subject}/{facts['touch']}"
        if stage == 0:
            decided.add(key)
            continue
        if stage == 1:
            claimed.setdefault(facts["touch"], []).append(facts["message_hash"])
        if key not in decided or (stage == 2 and place.get(key) != 1):
            faults.append(f"{entry.action} without the entry before it: {facts['touch']}")
        place[key] = stage
    for touch, sent in wire.items():
        if sent not in claimed.get(touch, ()):
            faults.append(f"bytes left that no entry names: {touch}")
    return faults
