"""Records of the form "v=X; name=value; ...", as DKIM, DMARC, BIMI, MTA-STS and TLS-RPT write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """Tags in their order; `faults`: parts that are none, and names given twice, in words."""

    values: Mapping[str, str]
    faults: tuple[str, ...] = ()

    def get(self, name: str, otherwise: str = "") -> str:
        """A tag's value without blanks around it."""
        return self.values.get(name, otherwise)


def read_tags(record: str) -> Tags:
    """Read a tag list; the first of a name given twice stands."""
    values: dict[str, str] = {}
    faults = []
    for part in record.split(";"):
        if not part.strip():
            continue
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not NAME.fullmatch(name):
            faults.append(f"{part.strip()[:60]!r} is no tag; tags are written name=value and end with a semicolon")
        elif name in values:
            faults.append(f"{name}= stands twice")
        else:
            values[name] = value
    return Tags(values=values, faults=tuple(faults))


def has_version(record: str, version: str) -> bool:
    """Whether a record's first tag is v=VERSION, written so.

    >>> has_version("v=DMARC1; p=none", "DMARC1"), has_version("v=DMARC12", "DMARC1"), has_version("p=none", "DMARC1")
    (True, False, False)
    """
    first = record.split(";", 1)[0]
    name, _, value = (piece.strip() for piece in first.partition("="))
    return name == "v" and value == version
