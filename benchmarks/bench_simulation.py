"""Speed of the simulator: seconds and megabytes by size of company. `python -m benchmarks.bench_simulation [SELLERS ...] [--full]`.

Each company is written by a process of its own, so that its peak memory is its own. 10 and 50 sellers; in full
1,000 too, which takes minutes. The first size is the baseline: seconds a seller of the others as ratios to it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import print_table

QUICK, FULL = (10, 50), (10, 50, 1_000)
LIMITS = {50: 60.0, 1000: 900.0}  # seconds
WORK = """
import json, resource, sys
from pathlib import Path
from tandem.simulation import CompanyConfig, simulate
summary = simulate(CompanyConfig(sellers=int(sys.argv[1])), Path(sys.argv[2]) / "files", Path(sys.argv[2]) / "truth")
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
rows = sum(count for kind, count in summary.counts.items())
print(json.dumps({"seconds": summary.seconds, "mb": summary.bytes / 1e6, "files": summary.files, "rows": rows, "peak_mb": peak}))
"""


def measure(sellers: int) -> dict[str, float]:
    """One company of a size: seconds, megabytes written, files, rows, peak memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", WORK, str(sellers), str(Path(folder))]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


def main() -> int:
    """Print a line a size; 1 when a stated limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sellers", type=int, nargs="*")
    parser.add_argument("--full", action="store_true")
    said = parser.parse_args()
    rows: list[tuple[str, ...]] = []
    base, is_broken = 0.0, False
    for sellers in said.sellers or (FULL if said.full else QUICK):
        told = measure(sellers)
        each = told["seconds"] / sellers
        base, limit = base or each, LIMITS.get(sellers)
        is_broken |= limit is not None and told["seconds"] > limit
        rows.append((
            f"{sellers:,} sellers", f"{told['seconds']:.1f}", f"{limit:.0f}" if limit else "", f"{told['mb']:.1f}",
            f"{told['files']:,}", f"{told['rows']:,}", f"{told['peak_mb']:.0f}", f"{each:.3f}", f"{each / base:.2f}",
        ))  # fmt: skip
    head = ("company", "seconds", "limit", "MB", "files", "rows", "peak MB", "s a seller", "x the first")
    print_table("Simulating", head, rows)
    return int(is_broken)


if __name__ == "__main__":
    sys.exit(main())
