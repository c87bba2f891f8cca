"""How processes of a proof speak to their parent: JSON lines on standard output."""

from __future__ import annotations

import json
import sys


def say(**told: object) -> None:
    """One line for the parent."""
    sys.stdout.write(json.dumps(told, default=str) + "\n")
    sys.stdout.flush()
