"""Which connector reads a file: by what stands in its header row, then by its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from tandem.accounts.connectors.base import Connector
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.headers import header_word

DECLARATIONS = (
    "salesforce", "hubspot", "pipedrive", "dynamics", "vendors", "intent", "segment", "mail", "meetings", "slack",
    "hr", "news",
    "job_boards", "filings", "registers", "sales_agents",
)  # fmt: skip
# Systems whose names are not their keys with a capital letter.
SYSTEM_NAMES = {
    "hubspot": "HubSpot",
    "zoominfo": "ZoomInfo",
    "hr": "HR",
    "g2": "G2",
    "6sense": "6sense",
    "techtarget": "TechTarget",
    "posthog": "PostHog",
    "edgar": "SEC EDGAR",
    "builtwith": "BuiltWith",
    "github": "GitHub",
    "transcripts": "Earnings calls",
    "apollo-sequences": "Apollo sequences",
}
ENOUGH = 0.5  # below, a person says what the file is
# What others point at comes first.
LOAD_ORDER: tuple[Entity, ...] = (
    Entity.EXCHANGE_RATE,
    Entity.PERSON,
    Entity.PRODUCT,
    Entity.COMPETITOR,
    Entity.ACCOUNT,
    Entity.CONTACT,
    Entity.OPPORTUNITY,
    Entity.OPPORTUNITY_CONTACT,
    Entity.OPPORTUNITY_PRODUCT,
    Entity.OPPORTUNITY_SNAPSHOT,
    Entity.OPPORTUNITY_CHANGE,
    Entity.RENEWAL,
    Entity.QUOTA,
    Entity.SELLER_CALL,
    Entity.ACTIVITY,
    Entity.SIGNAL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What a file was recognised as.

    confidence : 0 to 1; the share of its columns that are known, raised by a fitting name
    why : for people, e.g. 'Salesforce opportunities: 14 of 16 columns known, the name fits'
    """

    connector: Connector
    confidence: float
    why: str


@lru_cache(maxsize=1)
def list_connectors() -> tuple[Connector, ...]:
    """Every declared connector, system by system."""
    modules = (import_module(f"tandem.accounts.connectors.{name}") for name in DECLARATIONS)
    return tuple(connector for module in modules for connector in module.CONNECTORS)


def detect(path: Path, headers: Iterable[str] = ()) -> Detection | None:
    """The connector that reads `path`, or None when nothing declared fits well enough.

    Content wins over name: a connector whose required headers are missing is out, however well the name fits.

    Parameters
    ----------
    path : file, or a folder that is read as one thing (a chat export, meetings)
    headers : its column titles; empty when it is no table
    """
    words = [word for word in map(header_word, headers) if word]
    candidates = [found for connector in list_connectors() if (found := _weigh(connector, path, words)) is not None]
    best = max(candidates, key=lambda found: found.confidence, default=None)
    return best if best is not None and best.confidence >= ENOUGH else None


def list_units(path: Path) -> list[Path]:
    """What to import below `path`: single files, and folders that are read as one thing, in a stable order.

    A folder counts as one thing when a connector recognises it (a chat export, a folder of meetings).
    """
    if path.is_file() or _recognised(path) is not None:
        return [path]
    found: list[Path] = []
    for entry in sorted(path.iterdir()):
        if not entry.name.startswith("."):
            found += list_units(entry) if entry.is_dir() else [entry]
    return found


def files_of(unit: Path) -> list[Path]:
    """The files a unit is made of, in a stable order: itself, or all below the folder."""
    return [unit] if unit.is_file() else sorted(entry for entry in unit.rglob("*") if entry.is_file())


def source_name(key: str) -> str:
    """What a source is called until somebody names it.

    >>> source_name("hubspot"), source_name("vendor-list")
    ('HubSpot', 'Vendor list')
    """
    return SYSTEM_NAMES.get(key) or key.replace("-", " ").capitalize()


def load_rank(entity: Entity) -> int:
    """Where an entity stands in the order of loading."""
    return LOAD_ORDER.index(entity)


def describe(connector: Connector) -> str:
    """A connector's name for people."""
    return connector.label or f"{connector.system} {connector.entity.value.replace('_', ' ')}"


def _recognised(path: Path) -> Connector | None:
    connectors = (connector for connector in list_connectors() if connector.recognise is not None)
    return next((one for one in connectors if one.recognise is not None and one.recognise(path)), None)


def _weigh(connector: Connector, path: Path, words: Sequence[str]) -> Detection | None:
    """How well a connector fits; None when it does not."""
    label = describe(connector)
    named = _name_fits(connector, path)
    if connector.recognise is not None and not connector.required_headers:
        fits = connector.recognise(path)
        return Detection(connector=connector, confidence=1.0, why=f"{label}: the content fits") if fits else None
    known = set(words)
    if not connector.required_headers or not connector.required_headers <= known:
        return None
    told_apart = not connector.telling_headers or bool(connector.telling_headers & known)
    if not told_apart and not named:
        return None
    share = sum(word in connector.columns or word in connector.telling_headers for word in known) / len(known)
    told = len((connector.required_headers | connector.telling_headers) & known)
    confidence = min(1.0, 0.35 + 0.35 * share + 0.03 * min(told, 5) + 0.15 * (named and told_apart))
    mapped = sum(word in connector.columns for word in words)
    why = f"{label}: {mapped} of {len(words)} columns known" + (", the name fits" if named else "")
    return Detection(connector=connector, confidence=round(confidence, 3), why=why)


def _name_fits(connector: Connector, path: Path) -> bool:
    name = path.name.lower()
    for packed in (".gz", ".zip"):
        name = name.removesuffix(packed)
    return any(fnmatch(name, pattern) for pattern in connector.file_names)
