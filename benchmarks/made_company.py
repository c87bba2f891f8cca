"""A demo company for benchmarks that need a whole installation: made for the run, or one that is there already."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

QUICK_SELLERS, FULL_SELLERS = 5, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCompany:
    """Where it lies. truth: the file with the truth behind it, which the product never reads; said: the command line"""

    folder: Path
    said: argparse.Namespace

    @property
    def data(self) -> Path:
        """Data folder of the installation."""
        return self.folder / "data"

    @property
    def truth(self) -> Path:
        """What the simulator knows."""
        return self.folder / "truth.sqlite"


@contextmanager
def made_company(
    about: str | None, *, environment: Mapping[str, str] = MappingProxyType({}), **options: int
) -> Iterator[MadeCompany]:
    """The company the command line asks for, with Django started on its data.

    environment : settings that Django starts with; options : further numbers of the command line, with quick sizes

    `--company DIR`: the folder of a demo that is there; else one of 5 sellers is made (`--sellers N`; `--full`: 50) and
    removed after the run.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help=f"{FULL_SELLERS} sellers")
    parser.add_argument("--sellers", type=int, help=f"{QUICK_SELLERS} unless said")
    parser.add_argument("--company", type=Path, help="folder of a demo company that is there already")
    for name, quick in options.items():
        parser.add_argument(f"--{name}", type=int, help=f"{quick:,} unless said")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = said.company or Path(scratch) / "demo"
        if said.company is None:
            sellers = said.sellers or (FULL_SELLERS if said.full else QUICK_SELLERS)
            build = [
                sys.executable,
                "-m",
                "tandem.cli.main",
                "demo",
                "--no-serve",
                "--no-outreach",
                "--sellers",
                str(sellers),
            ]
            subprocess.run([*build, "--dir", str(folder)], check=True, stdout=sys.stderr)
        os.environ |= {
            **environment,
            "TANDEM_DATA_DIR": str(folder / "data"),
            "DJANGO_SETTINGS_MODULE": "tandem.config.settings",
        }
        import django

        django.setup()
        yield MadeCompany(folder=folder, said=said)
