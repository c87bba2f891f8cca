"""Fixtures of the rights desk's tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tandem.compliance.queries import stores
from tandem.compliance.tests.rights_desk import Shelf
from tandem.core.actors import Actor
from tests.company import Company


@pytest.fixture
def rights_folder(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, and no places that hold people but compliance's."""
    settings.DATA_DIR = tmp_path
    own = {name: store for name, store in stores._stores.items() if name.startswith("compliance.re")}
    monkeypatch.setattr(stores, "_stores", own)
    monkeypatch.setattr(stores, "_crawlers", {})
    return tmp_path


@pytest.fixture
def shelf(rights_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A further place that holds Ann, and who looks into it."""
    made = Shelf()
    monkeypatch.setitem(stores._stores, "shelf", made)
    monkeypatch.setitem(stores._crawlers, "shelf", made.crawl)
    return made


@pytest.fixture
def cleo(company: Company) -> Actor:
    """The compliance reviewer."""
    return company.actor("compliance")
