"""Speed of the simulator: seconds and megabytes by size of company. `python -m benchmarks.bench_simulation [SELLERS ...]`.

Each company is written by a process of its own, so that its peak memory is its own. The first size is the baseline:
time and memory of the others are given per seller, as ratios to it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

SIZES = (10, 50)
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
    sizes = [int(word) for word in sys.argv[1:]] or SIZES
    base: dict[str, float] | None = None
    broken = 0
    print(
        f"{'sellers':>8}{'seconds':>9}{'limit':>7}{'MB':>8}{'files':>8}{'rows':>11}{'peak MB':>9}{'s/seller':>10}{'ratio':>7}"
    )
    for sellers in sizes:
        told = measure(sellers)
        each = told["seconds"] / sellers
        base = base or {"each": each}
        limit = LIMITS.get(sellers)
        broken += bool(limit and told["seconds"] > limit)
        print(
            f"{sellers:>8}{told['seconds']:>9.1f}{limit or '':>7}{told['mb']:>8.1f}{told['files']:>8,}{told['rows']:>11,}"
            f"{told['peak_mb']:>9.0f}{each:>10.3f}{each / base['each']:>7.2f}"
        )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
