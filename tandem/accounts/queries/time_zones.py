"""Time zones that may be somebody's, for rooms above."""

from __future__ import annotations

from tandem.accounts.domain.time_zones import known_zone, zones_of_country

__all__ = ["known_zone", "zones_of_country"]
