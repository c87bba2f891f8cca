"""Train the check for private life: `python -m tools.train_personal`. Same sentences, same weights.

Reads the labelled sentences of `tandem/agents/domain/data` and writes personal_weights.npz beside them, with the hash
of what it was trained on.
"""

from __future__ import annotations

import sys

import numpy as np

from tandem.agents.domain import personal


def main() -> None:
    """Train and write."""
    rows = personal.training_rows()
    parts = personal.taken_apart(personal.trained(rows))
    trained_on = np.array(personal.training_hash())
    np.savez_compressed(personal.WEIGHTS, trained_on=trained_on, **parts)
    size = personal.WEIGHTS.stat().st_size / 1e6
    sys.stdout.write(f"{len(rows):,} sentences, {len(parts['coefficients']):,} weights, {size:.1f} MB\n")


if __name__ == "__main__":
    main()
