"""Words of residency: regions of people, places data can go to, what carries it there, and the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType


class Region(StrEnum):
    """Countries under one law on where personal data may go. REST: every country that no other region holds."""

    EEA = "eea"
    UK = "uk"
    CH = "ch"
    BR = "br"
    KR = "kr"
    JP = "jp"
    CA = "ca"
    AU = "au"
    NZ = "nz"
    SG = "sg"
    IN = "in"
    US = "us"
    REST = "rest"


REGION_NAMES: Mapping[Region, str] = MappingProxyType(
    {
        Region.EEA: "European Economic Area",
        Region.UK: "United Kingdom",
        Region.CH: "Switzerland",
        Region.BR: "Brazil",
        Region.KR: "South Korea",
        Region.JP: "Japan",
        Region.CA: "Canada",
        Region.AU: "Australia",
        Region.NZ: "New Zealand",
        Region.SG: "Singapore",
        Region.IN: "India",
        Region.US: "United States",
        Region.REST: "Rest of the world",
    }
)


class DestinationKind(StrEnum):
    """What sort of place data can go to."""

    DATABASE = "database"
    WAREHOUSE = "warehouse"
    MODEL_ENDPOINT = "model_endpoint"
    VENDOR = "vendor"
    EXPORT = "export"
    BACKUP = "backup"
    SIEM = "siem"
    ANCHOR = "anchor"
    MAIL = "mail"


class MechanismKind(StrEnum):
    """What may carry personal data out of its region. The module of standard clauses stands beside it."""

    SCC = "scc"
    UK_ADDENDUM = "uk_addendum"
    IDTA = "idta"
    BCR = "bcr"
    BR_SCC = "br_scc"
    CONTRACT = "contract"
    CONSENT = "consent"
    NONE = "none"


MECHANISM_NAMES: Mapping[MechanismKind, str] = MappingProxyType(
    {
        MechanismKind.SCC: "standard contractual clauses",
        MechanismKind.UK_ADDENDUM: "UK Addendum to the EU clauses",
        MechanismKind.IDTA: "UK International Data Transfer Agreement",
        MechanismKind.BCR: "binding corporate rules",
        MechanismKind.BR_SCC: "Brazilian standard clauses",
        MechanismKind.CONTRACT: "contract with the recipient",
        MechanismKind.CONSENT: "explicit consent of each person",
        MechanismKind.NONE: "none",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionAnswer:
    """Whose law a person's data is under. is_known : whether any place spoke for it; else the strictest counts"""

    region: Region
    why: str
    is_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A place to which data can go.

    key : short name by which code and the shell call it
    places : countries ("US", "DE") or "EEA" in which the data lies or is read from; empty: not known
    address : base address or host; empty where there is none
    kinds_of_data : in words
    is_here : a part of this installation
    opts_out_of_training : for model endpoints: the operator may not train on what it sees; None: not on record
    has_dpa : a processing contract that holds today; None: the company's own place, none is asked for
    certified_until : last day of a Data Privacy Framework certification; None: none
    certified_for : which origins the certification covers: EEA, UK, CH
    """

    key: str
    name: str
    kind: DestinationKind
    places: tuple[str, ...] = ()
    address: str = ""
    kinds_of_data: str = ""
    has_personal_data: bool = True
    is_here: bool = False
    opts_out_of_training: bool | None = None
    has_dpa: bool | None = None
    certified_until: date | None = None
    certified_for: frozenset[Region] = frozenset()
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """One instrument on record that may carry data from a region to a destination.

    destination : key of the one destination it is for
    module : 1 to 4 of the EU clauses; None for others
    reference : where the signed document lies
    expires_on : last day; None: no end
    assessed_until : the day on which the transfer impact assessment is to be looked at again; None: there is none
    """

    id: int
    kind: MechanismKind
    origin: Region
    destination: str
    module: int | None = None
    reference: str = ""
    starts_on: date
    expires_on: date | None = None
    assessed_until: date | None = None

    @property
    def label(self) -> str:
        """In words, with the module."""
        told = MECHANISM_NAMES[self.kind]
        return f"{told}, module {self.module}" if self.module else told


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDecision:
    """Whether personal data of a region may go to a destination.

    mechanism : what carries it, in words; "none needed" where it stays under its law; empty when it may not go
    expires_on : the day after which this answer ends by itself; None: none is set
    missing : what would have to be on record; empty when allowed
    source : the act behind the mechanism, to be looked up
    """

    region: Region
    destination: str
    allowed: bool
    mechanism: str = ""
    expires_on: date | None = None
    why: str = ""
    missing: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeeAnswer:
    """Whether a destination may see data of all regions asked: only when each of them says so."""

    destination: str
    decisions: Sequence[TransferDecision]

    @property
    def allowed(self) -> bool:
        """Whether every region's data may go there."""
        return all(one.allowed for one in self.decisions)

    @property
    def why(self) -> str:
        """The refusals in words; the reasons when there is none."""
        told = [one for one in self.decisions if not one.allowed] or list(self.decisions)
        return " ".join(dict.fromkeys(one.why for one in told))

    @property
    def missing(self) -> tuple[str, ...]:
        """What would have to be on record, each once."""
        return tuple(dict.fromkeys(word for one in self.decisions for word in one.missing))


class EvidenceKind(StrEnum):
    """By what a person, company or deal is known again across files; kept as keyed hashes alone."""

    EMAIL = "email"
    PHONE = "phone"
    DOMAIN = "domain"
    COMPANY = "company"
    NAME = "name"
    KEY = "key"


Evidence = tuple[EvidenceKind, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideRow:
    """A row of a file that this installation may not keep. row_hash : 128 bits in hex of the row as it came"""

    number: int
    row_hash: str
    region: Region
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerInfo:
    """Another installation of the same company: whose data it keeps and with what it is written to and known."""

    id: int
    name: str
    regions: frozenset[Region]
    address: str
    public_key: str


# How many people there are, by the places that speak for each: {("DE", "US"): 12, (): 3}.
PlaceCounts = Mapping[tuple[str, ...], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupUnit:
    """What one company contributes to one cell of a roll-up; the company's id stays inside the installation.

    path : the cell: region, segment, stage, quarter
    unit : which company, opaque
    amount : in whole units of the roll-up's currency
    """

    path: tuple[str, ...]
    unit: int
    deals: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupCell:
    """A published sum. path : from the whole ("") downwards; OTHER at its end holds what may not stand alone"""

    path: tuple[str, ...]
    deals: int
    amount: int
    children: tuple[RollupCell, ...] = field(default=())
