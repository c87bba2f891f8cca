"""Word lists and templates, as data files beside this module."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@cache
def load(name: str) -> dict[str, Any]:
    """The data file `name`.toml of this folder, for example "countries" or "en/mail"."""
    with (FOLDER / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def exists(name: str) -> bool:
    """Whether there is such a data file."""
    return (FOLDER / f"{name}.toml").exists()
