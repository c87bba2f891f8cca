"""A demo company for benchmarks that need a whole installation: made for the run, or one that is there already."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

QUICK_SELLERS, FULL_SELLERS = 5, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCompany:
    """Where it lies. truth: the file with the truth behind it, which the product never reads"""

    folder: Path

    @property
    def data(self) -> Path:
        """Data folder of the installation."""
        return self.folder / "data"

    @property
    def truth(self) -> Path:
        """What the simulator knows."""
        return self.folder / "truth.sqlite"


@contextmanager
def made_company(about: str | None) -> Iterator[MadeCompany]:
    """The company the command line asks for, with Django started on its data.

    `--company DIR`: the folder of a demo that is there; else one of 5 sellers is made (`--sellers N`; `--full`: 50) and
    removed after the run.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help=f"{FULL_SELLERS} sellers")
    parser.add_argument("--sellers", type=int, help=f"{QUICK_SELLERS} unless said")
    parser.add_argument("--company", type=Path, help="folder of a demo company that is there already")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = said.company or Path(scratch) / "demo"
        if said.company is None:
            sellers = said.sellers or (FULL_SELLERS if said.full else QUICK_SELLERS)
            build = [sys.executable, "-m", "tandem.cli.main", "demo", "--no-serve", "--sellers", str(sellers)]
            subprocess.run([*build, "--dir", str(folder)], check=True, stdout=sys.stderr)
        os.environ |= {"TANDEM_DATA_DIR": str(folder / "data"), "DJANGO_SETTINGS_MODULE": "tandem.config.settings"}
        import django

        django.setup()
        yield MadeCompany(folder=folder)
