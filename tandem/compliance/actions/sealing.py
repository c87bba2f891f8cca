"""Files to and from partner installations, with this installation's key."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from tandem.access.actions import require
from tandem.compliance.contracts.residency import PartnerInfo
from tandem.compliance.domain import sealing
from tandem.compliance.queries import residency
from tandem.compliance.queries.installation_key import installation_keys
from tandem.core.actors import Actor
from tandem.core.errors import DataUnreadable


def seal_for_partner(content: bytes, partner: PartnerInfo, head: Mapping[str, Any], *, actor: Actor) -> bytes:
    """A file that only the partner can open.

    head : what anybody may read on the way; nobody's personal data
    Raises NotAllowed without "region.manage".
    """
    require(actor, "region.manage")
    told = {**head, "from": residency.own_name(), "to": partner.name}
    once = secrets.token_bytes(sealing.SEED_BYTES)
    return sealing.seal(content, head=told, to=partner.public_key, keys=installation_keys(), ephemeral=once)


def open_from_partner(sealed: bytes, *, actor: Actor) -> tuple[PartnerInfo, bytes]:
    """Who sent a file, and what is in it. Only a partner that is entered here counts as a sender.

    Raises NotAllowed without "region.manage", DataUnreadable when it is altered, for another or from nobody known.
    """
    require(actor, "region.manage")
    told = str(sealing.read_head(sealed).get("sender", ""))
    partner = next((one for one in residency.list_partners() if one.public_key == told), None)
    if partner is None:
        raise DataUnreadable(
            "The file comes from an installation that is not entered here.",
            hint="Enter it as a partner at /compliance/regions, with the key that `tandem region key` prints there.",
        )
    return partner, sealing.open_sealed(sealed, keys=installation_keys(), sender=partner.public_key)
