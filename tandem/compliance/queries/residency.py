"""Reads of residency: what may be kept here, which destination may see whose data, and what about it needs a hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from tandem.compliance.contracts import VendorProof
from tandem.compliance.contracts.residency import (
    Destination,
    DestinationKind,
    Mechanism,
    MechanismKind,
    PartnerInfo,
    Region,
    SeeAnswer,
    TransferDecision,
)
from tandem.compliance.domain.regions import laws, region_of, region_of_place, strictest
from tandem.compliance.domain.rules.places import place_of_mail, places_of_number
from tandem.compliance.domain.transfers import may_go
from tandem.compliance.models import (
    DataDestination,
    PartnerInstallation,
    RegionPolicy,
    TransferMechanism,
    Vendor,
    VendorDocument,
)
from tandem.core.errors import InvalidInput, NotFound

__all__ = [
    "BUILT_IN",
    "Transfers",
    "decision_as_dict",
    "endpoint_allowed",
    "find_partner",
    "forbidden_regions",
    "get_destination",
    "is_bound",
    "laws",
    "list_destinations",
    "list_mechanisms",
    "list_partners",
    "load_transfers",
    "may_see",
    "may_use_vendor",
    "own_name",
    "own_region",
    "places_of",
    "policies",
    "read_places",
    "read_regions",
    "region_of",
    "region_of_place",
    "strictest",
]

DATABASE, WAREHOUSE, EXPORT = "database", "warehouse", "export"
OF_OTHERS = frozenset({DestinationKind.VENDOR.value, DestinationKind.MODEL_ENDPOINT.value, DestinationKind.MAIL.value})
LOOPBACK = ("localhost", "127.0.0.1", "::1")
BUILT_IN = (
    (DATABASE, DestinationKind.DATABASE, "This installation's database", "everything"),
    (WAREHOUSE, DestinationKind.WAREHOUSE, "This installation's warehouse", "rows as they came, signals"),
    (EXPORT, DestinationKind.EXPORT, "Files that people take out", "lists, archives"),
)


def own_region() -> Region | None:
    """The region this installation is in, by the setting TANDEM_REGION; None: it is not tied to one.

    Raises InvalidInput when the setting names no place.
    """
    places = _own_places()
    return region_of_place(places[0]) if places else None


def _own_places() -> tuple[str, ...]:
    told: str = settings.REGION
    if not told:
        return ()
    by_code = {region.value: region for region in Region}
    place = {"eea": "EEA", "uk": "GB"}.get(told.lower(), told.upper()) if told.lower() in by_code else told.upper()
    if region_of_place(place) is None:
        raise InvalidInput(
            f"TANDEM_REGION says {told!r}, which is no country or region.", hint="Set it to DE, EEA or US, or leave it."
        )
    return (place,)


def own_name() -> str:
    """The name by which other installations know this one."""
    return str(settings.INSTALLATION_NAME or settings.REGION.lower() or "main")


def places_of(phones: Iterable[str], mails: Iterable[str]) -> tuple[str, ...]:
    """Countries and states that phone numbers (E.164) and endings of mail addresses speak for."""
    found = [place for phone in phones for place in places_of_number(phone)]
    return tuple(dict.fromkeys([*found, *(place for mail in mails if (place := place_of_mail(mail)))]))


def read_places(text: str) -> tuple[str, ...]:
    """Countries, or EEA, from a text with commas; each once, in capitals. Raises InvalidInput naming what is none."""
    words = tuple(dict.fromkeys(word.strip().upper() for word in text.replace(";", ",").split(",") if word.strip()))
    unknown = [word for word in words if region_of_place(word) is None]
    if unknown:
        raise InvalidInput(
            f"{', '.join(unknown)} is no country or region.",
            hint="Write two letters such as DE or US, or EEA; by comma.",
        )
    return tuple("EEA" if word == "EU" else word for word in words)


def read_regions(text: str) -> tuple[Region, ...]:
    """Regions by their code ("eea", "us") or a country's, from a text with commas. Raises InvalidInput."""
    found: list[Region] = []
    for word in (part.strip().lower() for part in text.split(",") if part.strip()):
        region = Region(word) if word in {one.value for one in Region} else region_of_place(word)
        if region is None:
            known = ", ".join(one.value for one in Region)
            raise InvalidInput(f"{word!r} is no region.", hint=f"Known: {known}; or a country such as DE.")
        found.append(region)
    return tuple(dict.fromkeys(found))


# --- what may be kept here


def policies() -> dict[Region, bool]:
    """Region to whether its people's data may be kept here; regions without a policy may. One query."""
    told = {Region(region): stores for region, stores in RegionPolicy.objects.values_list("region", "stores_here")}
    return {region: told.get(region, True) for region in laws()}


def forbidden_regions() -> frozenset[Region]:
    """Regions whose people's data may not be kept here; none by default. One query."""
    rows = RegionPolicy.objects.filter(stores_here=False).values_list("region", flat=True)
    return frozenset(map(Region, rows))


# --- where it may go


def list_destinations(*, today: date) -> list[Destination]:
    """Every standing destination: those of the installation itself, and those on the register. Two queries."""
    entered = list(DataDestination.objects.filter(ended_on=None).select_related("vendor").order_by("kind", "name"))
    contracts = _contracts([row.vendor_id for row in entered if row.vendor_id], today)
    found = [_destination(row, contracts) for row in entered]
    keys = {one.key for one in found}
    built_in = [
        Destination(key=key, kind=kind, name=name, kinds_of_data=data, is_here=True, places=_own_places())
        for key, kind, name, data in BUILT_IN
        if key not in keys and not (key == WAREHOUSE and settings.WAREHOUSE_URL)
    ]
    if WAREHOUSE not in keys and settings.WAREHOUSE_URL:
        built_in.append(
            Destination(
                key=WAREHOUSE, kind=DestinationKind.WAREHOUSE, name="Outside warehouse", kinds_of_data="signals"
            )
        )
    return [*built_in, *found]


def _destination(row: DataDestination, contracts: Mapping[int, bool]) -> Destination:
    return Destination(
        id=row.id,
        key=row.key,
        name=row.name,
        kind=DestinationKind(row.kind),
        places=tuple(filter(None, row.places.split(","))),
        address=row.address,
        kinds_of_data=row.kinds_of_data,
        has_personal_data=row.has_personal_data,
        opts_out_of_training=row.opts_out_of_training,
        has_dpa=contracts.get(row.vendor_id, False) if row.vendor_id else _own_contract(row),
        certified_until=row.certified_until,
        certified_for=frozenset(map(Region, filter(None, row.certified_for.split(",")))),
    )


def _own_contract(row: DataDestination) -> bool | None:
    """Somebody else's service without its vendor's line in the register has no contract on record; other places, and
    hosts that the settings name as own, are the company's."""
    if row.kind not in OF_OTHERS:
        return None
    host = urlsplit(row.address if "://" in row.address else f"//{row.address}")
    is_own = host.hostname in LOOPBACK or {host.hostname, host.netloc} & set(settings.OUTSIDE_HOSTS)
    return None if is_own else False


def _contracts(vendor_ids: Sequence[int], today: date) -> dict[int, bool]:
    """Vendor to whether the latest processing contract holds."""
    if not vendor_ids:
        return {}
    rows = VendorDocument.objects.filter(vendor__in=vendor_ids, proof=VendorProof.DPA.value)
    latest = {row.vendor_id: row for row in rows.order_by("issued_on", "id")}
    return {
        vendor: row.issued_on <= today and (row.expires_on is None or row.expires_on >= today)
        for vendor, row in latest.items()
    }


def get_destination(key: str, *, today: date) -> Destination:
    """One standing destination by its key. Raises NotFound."""
    found = next((one for one in list_destinations(today=today) if one.key == key), None)
    if found is None:
        raise NotFound(f"There is no destination {key!r}.", hint="See /compliance/regions for all of them.")
    return found


def list_mechanisms(*, ended: bool = False) -> list[Mechanism]:
    """Mechanisms on record, those that end first in front. ended: the closed ones instead."""
    rows = TransferMechanism.objects.filter(ended_on__isnull=not ended).order_by("expires_on", "id")
    return [
        Mechanism(
            id=row.id,
            kind=MechanismKind(row.kind),
            origin=Region(row.origin),
            destination=row.destination_key,
            module=row.module,
            reference=row.reference,
            starts_on=row.starts_on,
            expires_on=row.expires_on,
            assessed_until=row.assessed_until,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfers:
    """All that decides on transfers on a day, read once and asked often."""

    today: date
    destinations: Mapping[str, Destination]
    mechanisms: Sequence[Mechanism]

    def decide(self, key: str, region: Region) -> TransferDecision:
        """Whether the destination may see data of a region's people; one that is not on record may not."""
        destination = self.destinations.get(key)
        if destination is not None:
            return may_go(region, destination, self.mechanisms, self.today)
        return TransferDecision(
            region=region, destination=key, allowed=False, missing=(f"a destination {key!r} on record",),
            why=f"Nothing is on record of a destination {key!r}.",
        )  # fmt: skip

    def may_see(self, key: str, regions: Iterable[Region]) -> SeeAnswer:
        """The same for several regions: all of them must allow it. Of nobody's data nothing is asked."""
        ordered = sorted(set(regions), key=lambda region: laws()[region].strictness)
        return SeeAnswer(destination=key, decisions=tuple(self.decide(key, region) for region in ordered))


def load_transfers(*, today: date) -> Transfers:
    """Destinations and mechanisms as they stand. Three queries."""
    found = {one.key: one for one in list_destinations(today=today)}
    return Transfers(today=today, destinations=found, mechanisms=list_mechanisms())


def may_see(destination_key: str, regions: Iterable[Region], *, today: date) -> SeeAnswer:
    """Whether a destination may see personal data of people of these regions."""
    return load_transfers(today=today).may_see(destination_key, regions)


def is_bound(destination_key: str, *, today: date) -> bool:
    """Whether anything is to be asked of a destination: not of a part of an installation that is tied to no region."""
    found = next((one for one in list_destinations(today=today) if one.key == destination_key), None)
    return found is None or not found.is_here or bool(found.places)


def endpoint_allowed(endpoint_key: str, region: Region, *, today: date) -> TransferDecision:
    """Whether a model endpoint may see data of a region's people. What is no model endpoint on record may not."""
    transfers = load_transfers(today=today)
    found = transfers.destinations.get(endpoint_key)
    if found is not None and found.kind is not DestinationKind.MODEL_ENDPOINT:
        why = f"{found.name} is no model endpoint."
        return TransferDecision(
            region=region, destination=endpoint_key, allowed=False, why=why, missing=("a model endpoint of that name",)
        )
    return transfers.decide(endpoint_key, region)


def may_use_vendor(name: str, regions: Iterable[Region], *, today: date) -> SeeAnswer:
    """Whether a vendor of the register may see data of these regions' people, wherever it keeps it.

    Every destination of the vendor must be open. A vendor that says it sees no personal data may always be used; one
    without a destination, or that the register does not know, may not be.
    """
    wanted = tuple(dict.fromkeys(regions))
    vendor = Vendor.objects.filter(ended_on=None, name__iexact=name).first()
    if vendor is not None and not vendor.sees_personal_data:
        why = f"{vendor.name} sees no personal data."
        decisions = [TransferDecision(region=one, destination=vendor.name, allowed=True, why=why) for one in wanted]
        return SeeAnswer(destination=name, decisions=decisions)
    keys = (
        list(DataDestination.objects.filter(ended_on=None, vendor=vendor).values_list("key", flat=True))
        if vendor
        else []
    )
    transfers = load_transfers(today=today)
    found = [one for key in keys for one in transfers.may_see(key, wanted).decisions]
    if not found:
        missing = "where its data lies, as a destination" if vendor else "the vendor in the register"
        why = f"{name} may not see personal data: missing is {missing}."
        found = [
            TransferDecision(region=one, destination=name, allowed=False, why=why, missing=(missing,)) for one in wanted
        ]
    return SeeAnswer(destination=name, decisions=found)


def decision_as_dict(decision: TransferDecision) -> dict[str, Any]:
    """A decision as the shell and the API print it."""
    return {
        "region": decision.region.value, "destination": decision.destination, "allowed": decision.allowed,
        "mechanism": decision.mechanism or None, "why": decision.why, "missing": list(decision.missing),
        "expires_on": decision.expires_on.isoformat() if decision.expires_on else None, "source": decision.source,
    }  # fmt: skip


# --- partners


def list_partners() -> list[PartnerInfo]:
    """The company's other installations."""
    return [_partner(row) for row in PartnerInstallation.objects.filter(ended_on=None).order_by("name")]


def find_partner(name: str) -> PartnerInfo:
    """A standing partner by its name. Raises NotFound."""
    row = PartnerInstallation.objects.filter(ended_on=None, name__iexact=name).first()
    if row is None:
        known = ", ".join(one.name for one in list_partners()) or "none is entered"
        raise NotFound(f"There is no partner installation {name!r}.", hint=f"Known: {known}.")
    return _partner(row)


def _partner(row: PartnerInstallation) -> PartnerInfo:
    regions = frozenset(map(Region, row.regions.split(",")))
    return PartnerInfo(id=row.id, name=row.name, regions=regions, address=row.address, public_key=row.public_key)
