"""Roll-ups go out as signed files of sums, and those of other installations come in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.access.queries import get_organisation
from tandem.compliance.actions.ledger import append
from tandem.compliance.domain import rollup, sealing
from tandem.compliance.models import RollupFile
from tandem.compliance.queries import residency
from tandem.compliance.queries import rollup as queries
from tandem.compliance.queries.installation_key import installation_keys
from tandem.core import exits
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, DataUnreadable, InvalidInput
from tandem.core.money import require_currency

FORMAT = 1
MOST_BYTES = 50_000_000


def export_rollup(
    out: Path, *, actor: Actor, now: datetime, currency: str = "", threshold: int = rollup.THRESHOLD
) -> dict[str, Any]:
    """Write this installation's sums as a signed file; returns what it says.

    currency : of the amounts; empty: the company's

    Raises NotAllowed without "region.manage", Conflict when the file exists, InvalidInput for a currency or threshold
    that can't be, or where too few companies are known to say anything.
    """
    require(actor, "region.manage")
    if out.exists():
        raise Conflict(f"{out} exists already.", hint="Name a new file.", context={"file": str(out)})
    code = currency.strip().upper() or get_organisation().currency
    require_currency(code)
    tree = queries.own_tree(currency=code, today=now.date(), threshold=threshold)
    if tree is None:
        raise InvalidInput(
            f"Fewer than {threshold} companies have deals: any sum would tell of one.", hint="Import deals first."
        )
    exits.leave(actor, what="rollup:1")
    keys = installation_keys()
    told: dict[str, Any] = {
        "format": FORMAT, "installation": residency.own_name(),
        "as_of": now.astimezone(UTC).isoformat(timespec="seconds"),
        "currency": code, "threshold": threshold, "levels": list(rollup.LEVELS), "tree": rollup.as_dict(tree),
        "public_key": keys.public,
    }  # fmt: skip
    document = {**told, "signature": sealing.sign(rollup.signed_words(told), keys)}
    half = out.with_name(out.name + ".half")
    half.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    half.replace(out)
    facts = {"currency": code, "threshold": threshold, "deals": tree.deals, "cells": len(rollup.flatten(tree))}
    append(actor=actor, action="compliance.rollup_exported", subject="rollup:own", facts=facts)
    return document


def merge_rollups(files: Sequence[Path], *, actor: Actor, now: datetime) -> list[str]:
    """Take roll-ups in, one an installation, the latest of each; returns the names of the installations.

    All of the files or none. A file counts only when this installation or a partner signed it.
    Raises NotAllowed without "region.manage", DataUnreadable, Conflict for a file older than the one that is here.
    """
    require(actor, "region.manage")
    read = [_read(file) for file in files]
    with transaction.atomic():
        for name, document, sha256 in read:
            as_of = datetime.fromisoformat(document["as_of"])
            known = RollupFile.objects.filter(installation=name).first()
            if known is not None and known.as_of > as_of:
                raise Conflict(f"A later roll-up of {name} is here already.", hint="Leave that file out.")
            fields = {
                "as_of": as_of, "sha256": sha256, "currency": document["currency"], "merged_at": now,
                "threshold": document["threshold"], "tree": document["tree"],
            }  # fmt: skip
            RollupFile.objects.update_or_create(installation=name, defaults=fields)
            append(actor=actor, action="compliance.rollup_merged", subject=f"rollup:{name}", facts={"sha256": sha256})
    return [name for name, _, _ in read]


def _read(file: Path) -> tuple[str, Mapping[str, Any], str]:
    """The installation's name as it is known here, the document, and the file's hash."""
    where = {"file": str(file)}
    unreadable = DataUnreadable(
        f"{file.name} is no roll-up of Tandem.", hint="Give what `tandem rollup export` wrote.", context=where
    )
    raw = file.read_bytes() if file.is_file() and file.stat().st_size <= MOST_BYTES else b""
    try:
        document = json.loads(raw)
        moment = datetime.fromisoformat(document["as_of"])
        is_known = document["format"] == FORMAT and moment.tzinfo is not None
        if not is_known or int(document["threshold"]) < rollup.THRESHOLD:
            raise unreadable
        require_currency(str(document["currency"]))
        rollup.read(document["tree"])
        public, signature = str(document["public_key"]), str(document["signature"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise unreadable from error
    if not sealing.is_signed(rollup.signed_words(document), signature, public):
        raise DataUnreadable(f"{file.name} was altered after it was signed.", hint="Have it sent again.", context=where)
    if public == installation_keys().public:
        return residency.own_name(), document, hashlib.sha256(raw).hexdigest()
    partner = next((one for one in residency.list_partners() if one.public_key == public), None)
    if partner is None:
        raise DataUnreadable(
            f"{file.name} comes from an installation that is not entered here.",
            hint="Enter it as a partner at /compliance/regions.", context=where,
        )  # fmt: skip
    return partner.name, document, hashlib.sha256(raw).hexdigest()
