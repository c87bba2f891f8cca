"""Writes of residency: what may be kept here, destinations, mechanisms, partners. A change is a new line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from tandem.access.actions import require, require_reason
from tandem.compliance.actions.ledger import append
from tandem.compliance.contracts.residency import DestinationKind, MechanismKind, Region
from tandem.compliance.domain.sealing import fingerprint, read_public
from tandem.compliance.domain.transfers import ASSESSED
from tandem.compliance.models import (
    DataDestination,
    PartnerInstallation,
    RegionPolicy,
    TransferMechanism,
    Vendor,
)
from tandem.compliance.queries import residency as queries
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound

KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
CERTIFYING = (Region.EEA, Region.UK, Region.CH)
LINES: Mapping[str, type[models.Model]] = {
    "destination": DataDestination,
    "mechanism": TransferMechanism,
    "partner": PartnerInstallation,
}
MODULES = (1, 2, 3, 4)


def set_policy(region: Region, *, stores_here: bool, reason: str, actor: Actor, now: datetime) -> None:
    """Say whether data of a region's people may be kept in this installation; holds from the next import on.

    What is here already stays: the page of regions counts it, and handing over and erasing are people's decisions.
    Raises NotAllowed without "region.manage", InvalidInput without a reason or for the installation's own region.
    """
    require(actor, "region.manage")
    reason = require_reason(reason)
    if not stores_here and queries.own_region() is region:
        raise InvalidInput("An installation can't refuse its own region.", hint="Change TANDEM_REGION first.")
    by = None if actor.is_agent else actor.id
    with transaction.atomic():
        RegionPolicy.objects.update_or_create(
            region=region.value,
            defaults={"stores_here": stores_here, "reason": reason, "recorded_at": now, "recorded_by_id": by},
        )
        append(actor=actor, action="compliance.region_policy_set", subject=f"region:{region.value}",
               facts={"stores_here": stores_here, "reason": reason})  # fmt: skip


def add_destination(
    *,
    key: str,
    name: str,
    kind: DestinationKind,
    places: str,
    actor: Actor,
    now: datetime,
    address: str = "",
    kinds_of_data: str = "",
    has_personal_data: bool = True,
    opts_out_of_training: bool | None = None,
    vendor_id: int | None = None,
    certified_for: Iterable[Region] = (),
    certified_until: date | None = None,
) -> int:
    """Enter a place to which data can go. Returns its id.

    places : countries, or EEA, by comma; empty: not known, so that nothing may go there
    vendor_id : of the line in the register of vendors, whose processing contract then counts

    Raises NotAllowed without "region.manage", InvalidInput for a bad key, place or certificate, NotFound for a vendor
    that is not there, Conflict when the key stands already.
    """
    require(actor, "region.manage")
    if not KEY.fullmatch(key):
        raise InvalidInput(f"{key!r} is no key.", hint="Small letters, digits, - _ and dots, at most 60.")
    origins = tuple(certified_for)
    if bool(origins) != (certified_until is not None) or not set(origins) <= set(CERTIFYING):
        raise InvalidInput(
            "A certificate needs its last day and its origins: EEA, UK, CH.", hint="Give both, or leave both."
        )
    if vendor_id is not None and not Vendor.objects.filter(id=vendor_id, ended_on=None).exists():
        raise NotFound(f"There is no standing vendor {vendor_id}.", hint="Enter it in the register of vendors first.")
    fields = {
        "key": key, "name": _filled(name, "The name"), "kind": kind.value, "address": address.strip(),
        "places": ",".join(queries.read_places(places)), "kinds_of_data": kinds_of_data.strip(),
        "has_personal_data": has_personal_data, "opts_out_of_training": opts_out_of_training, "vendor_id": vendor_id,
        "certified_for": ",".join(one.value for one in origins), "certified_until": certified_until,
    }  # fmt: skip
    facts = {"key": key, "places": fields["places"], "kind": kind.value}
    return _enter("destination", fields, facts, actor=actor, now=now)


def add_mechanism(
    *,
    kind: MechanismKind,
    origin: Region,
    destination_key: str,
    reference: str,
    starts_on: date,
    actor: Actor,
    now: datetime,
    module: int | None = None,
    expires_on: date | None = None,
    assessed_until: date | None = None,
) -> int:
    """Put a transfer mechanism on record. Returns its id.

    expires_on : last day on which it carries; None: no end
    assessed_until : when its transfer impact assessment is to be looked at again; clauses and BCR need one

    Raises NotAllowed without "region.manage", InvalidInput for dates, module or assessment that can't be, or a kind
    that the region's law does not accept; NotFound for an unknown destination.
    """
    require(actor, "region.manage")
    queries.get_destination(destination_key, today=now.date())
    law = queries.laws()[origin]
    if kind not in law.accepts:
        raise InvalidInput(f"The law there does not accept it: {law.source}.", hint="Choose another mechanism.")
    if (kind is MechanismKind.SCC) != (module is not None) or module not in (None, *MODULES):
        raise InvalidInput("Standard contractual clauses have a module from 1 to 4, others have none.",
                           hint="Controller to processor is module 2.")  # fmt: skip
    if expires_on is not None and expires_on < starts_on:
        raise InvalidInput("It ends before it begins.", hint="Check both days.")
    if kind in ASSESSED and assessed_until is None:
        raise InvalidInput(
            "It needs a transfer impact assessment.", hint="Give the day on which the assessment is to be reviewed."
        )
    fields = {
        "kind": kind.value, "module": module, "origin": origin.value, "destination_key": destination_key,
        "reference": _filled(reference, "Where the document lies"), "starts_on": starts_on, "expires_on": expires_on,
        "assessed_until": assessed_until,
    }  # fmt: skip
    facts = {
        "kind": kind.value, "origin": origin.value, "destination": destination_key,
        "expires_on": expires_on.isoformat() if expires_on else None,
    }  # fmt: skip
    return _enter("mechanism", fields, facts, actor=actor, now=now)


def add_partner(
    *, name: str, regions: Iterable[Region], public_key: str, actor: Actor, now: datetime, address: str = ""
) -> int:
    """Enter another installation of the company. Returns its id.

    regions : whose people's data it keeps
    public_key : as `tandem region key` prints it there

    Raises NotAllowed without "region.manage", InvalidInput for a bad key or no region, Conflict for a name that stands.
    """
    require(actor, "region.manage")
    read_public(public_key)
    kept = sorted({region.value for region in regions})
    if not kept:
        raise InvalidInput("A partner keeps the data of at least one region.", hint="Name its regions.")
    fields = {
        "name": _filled(name, "The name", most=100), "regions": ",".join(kept), "address": address.strip(),
        "public_key": public_key.strip(),
    }  # fmt: skip
    facts = {"name": name, "regions": kept, "fingerprint": fingerprint(public_key)}
    return _enter("partner", fields, facts, actor=actor, now=now)


def end_line(line: str, line_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """End a "destination", "mechanism" or "partner"; it stays to be read.

    Raises NotAllowed without "region.manage", InvalidInput without a reason, NotFound, Conflict when it has ended.
    """
    require(actor, "region.manage")
    reason = require_reason(reason)
    rows = LINES[line]._default_manager.filter(id=line_id)
    if not rows.exists():
        raise NotFound(f"There is no {line} {line_id}.")
    with transaction.atomic():
        if not rows.filter(ended_on=None).update(ended_on=now.date()):
            raise Conflict("It has ended already.", hint="Reload the page.")
        append(actor=actor, action=f"compliance.{line}_ended", subject=f"{line}:{line_id}", facts={"reason": reason})


def require_transfer(
    destination_key: str, regions: Iterable[Region], *, purpose: str, actor: Actor, now: datetime
) -> None:
    """Refuse unless personal data of these regions may go to the destination; a refusal is in the ledger.

    purpose : what is being done, for the ledger, e.g. "contacts.csv"
    Raises NotAllowed that says what is missing.
    """
    answer = queries.may_see(destination_key, regions, today=now.date())
    if answer.allowed:
        return
    refused = [one.region.value for one in answer.decisions if not one.allowed]
    facts = {"purpose": purpose, "regions": refused, "missing": list(answer.missing)}
    append(actor=actor, action="compliance.transfer_refused", subject=f"destination:{destination_key}", facts=facts)
    raise NotAllowed(answer.why, hint="Compliance puts the mechanism on record at /compliance/regions.")


def _filled(text: str, what: str, *, most: int = 200) -> str:
    if not text.strip() or len(text) > most:
        raise InvalidInput(f"{what} has 1 to {most} letters.", hint="Fill it in, or shorten it.")
    return text.strip()


def _enter(line: str, fields: Mapping[str, Any], facts: Mapping[str, Any], *, actor: Actor, now: datetime) -> int:
    by = None if actor.is_agent else actor.id
    try:
        with transaction.atomic():
            row: Any = LINES[line]._default_manager.create(**fields, recorded_at=now, recorded_by_id=by)
            append(actor=actor, action=f"compliance.{line}_added", subject=f"{line}:{row.id}", facts=facts)
    except IntegrityError as error:
        raise Conflict(f"A {line} of that name stands already.", hint="End it first, or give another name.") from error
    return int(row.id)
