"""How titles and behaviour speak for the five roles: the tables behind `stakeholders`.

Priors are what sales methods with named roles (Miller and Heiman 1985, Strategic Selling; Dixon and Adamson 2011 on
mobilisers) say of who pays, who checks, who uses and who stops a purchase. A piece of behaviour multiplies the odds.
The figures are set by judgement, not fitted to any company; the method page says how well they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tandem.prospecting.contracts import BuyingRole
from tandem.prospecting.domain.titles import Field, Rank

CHAMPION, ECONOMIC, TECHNICAL = BuyingRole.CHAMPION, BuyingRole.ECONOMIC_BUYER, BuyingRole.TECHNICAL_BUYER
USER, BLOCKER = BuyingRole.USER, BuyingRole.BLOCKER
ROLES = (CHAMPION, ECONOMIC, TECHNICAL, USER, BLOCKER)

Shares = tuple[float, float, float, float, float]  # in the order of ROLES

NOTHING_KNOWN: Shares = (0.25, 0.15, 0.15, 0.35, 0.10)
PRIORS: Mapping[Field, Mapping[Rank, Shares]] = {
    Field.EXECUTIVE: {
        Rank.TOP: (0.12, 0.78, 0.02, 0.03, 0.05), Rank.SENIOR: (0.25, 0.62, 0.03, 0.05, 0.05),
        Rank.HEAD: (0.22, 0.64, 0.04, 0.05, 0.05),
    },
    Field.FINANCE: {
        Rank.TOP: (0.05, 0.78, 0.02, 0.02, 0.13), Rank.SENIOR: (0.06, 0.74, 0.02, 0.04, 0.14),
        Rank.HEAD: (0.08, 0.62, 0.03, 0.10, 0.17), Rank.MANAGER: (0.10, 0.50, 0.05, 0.17, 0.18),
        Rank.STAFF: (0.10, 0.44, 0.06, 0.22, 0.18),
    },
    Field.PURCHASING: {
        Rank.TOP: (0.08, 0.48, 0.04, 0.02, 0.38), Rank.HEAD: (0.09, 0.24, 0.08, 0.03, 0.56),
        Rank.STAFF: (0.09, 0.14, 0.12, 0.07, 0.58),
    },
    Field.LEGAL: {Rank.STAFF: (0.04, 0.05, 0.16, 0.03, 0.72)},
    Field.COUNCIL: {Rank.STAFF: (0.05, 0.02, 0.03, 0.20, 0.70)},
    Field.SECURITY: {Rank.TOP: (0.06, 0.14, 0.55, 0.02, 0.23), Rank.STAFF: (0.06, 0.03, 0.62, 0.04, 0.25)},
    Field.IT: {
        Rank.TOP: (0.12, 0.20, 0.62, 0.02, 0.04), Rank.SENIOR: (0.14, 0.14, 0.65, 0.03, 0.04),
        Rank.HEAD: (0.15, 0.06, 0.70, 0.05, 0.04), Rank.MANAGER: (0.16, 0.03, 0.69, 0.09, 0.03),
        Rank.STAFF: (0.15, 0.01, 0.65, 0.16, 0.03),
    },
    Field.OPERATIONS: {
        Rank.TOP: (0.32, 0.52, 0.03, 0.09, 0.04), Rank.SENIOR: (0.46, 0.38, 0.03, 0.10, 0.03),
        Rank.HEAD: (0.64, 0.12, 0.04, 0.17, 0.03), Rank.MANAGER: (0.58, 0.05, 0.04, 0.30, 0.03),
        Rank.STAFF: (0.38, 0.02, 0.06, 0.51, 0.03),
    },
    Field.COMMERCIAL: {
        Rank.TOP: (0.30, 0.54, 0.03, 0.09, 0.04), Rank.HEAD: (0.56, 0.16, 0.04, 0.20, 0.04),
        Rank.STAFF: (0.30, 0.03, 0.05, 0.58, 0.04),
    },
    Field.PEOPLE: {
        Rank.TOP: (0.28, 0.48, 0.03, 0.12, 0.09), Rank.HEAD: (0.48, 0.17, 0.04, 0.22, 0.09),
        Rank.STAFF: (0.26, 0.04, 0.05, 0.56, 0.09),
    },
    Field.DOING: {
        Rank.HEAD: (0.34, 0.05, 0.14, 0.44, 0.03), Rank.MANAGER: (0.27, 0.03, 0.10, 0.57, 0.03),
        Rank.STAFF: (0.22, 0.01, 0.13, 0.61, 0.03),
    },
    Field.UNKNOWN: {
        Rank.TOP: (0.15, 0.65, 0.06, 0.06, 0.08), Rank.SENIOR: (0.30, 0.45, 0.08, 0.10, 0.07),
        Rank.HEAD: (0.45, 0.22, 0.10, 0.16, 0.07), Rank.MANAGER: (0.42, 0.10, 0.12, 0.29, 0.07),
        Rank.STAFF: NOTHING_KNOWN,
    },
}  # fmt: skip
ORDER_OF_RANKS = (Rank.TOP, Rank.SENIOR, Rank.HEAD, Rank.MANAGER, Rank.STAFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a kind of behaviour does to the odds of each role.

    times : factor for each of ROLES; 1 leaves a role as likely as before
    """

    times: Shares


WEIGHTS: Mapping[str, Weight] = {
    # A source names the role: sellers fill the field in late and roughly, so it counts, but does not settle it.
    "named_champion": Weight(times=(6.0, 1.0, 1.0, 1.0, 0.6)),
    "named_economic_buyer": Weight(times=(0.7, 7.0, 0.6, 0.4, 0.8)),
    "named_technical_buyer": Weight(times=(0.9, 0.5, 5.0, 0.9, 1.0)),
    "named_user": Weight(times=(1.3, 0.4, 0.6, 2.2, 0.7)),
    "named_blocker": Weight(times=(0.5, 1.0, 1.0, 0.8, 7.0)),
    "named_influencer": Weight(times=(1.9, 0.8, 1.0, 1.0, 1.0)),
    "primary": Weight(times=(1.8, 0.9, 0.9, 0.9, 0.7)),
    # Who carries a purchase writes, answers and speaks for the others.
    "writes_most": Weight(times=(2.4, 0.7, 1.0, 1.0, 0.6)),
    "writes_often": Weight(times=(1.5, 0.8, 1.0, 1.1, 0.7)),
    "brings_others": Weight(times=(2.2, 0.9, 0.9, 0.8, 0.6)),
    "often_met": Weight(times=(1.5, 0.8, 1.1, 1.1, 0.8)),
    # Who signs is copied in and asked, and seldom writes.
    "copied_in": Weight(times=(0.8, 1.6, 1.0, 1.0, 1.1)),
    "must_approve": Weight(times=(0.5, 4.0, 0.8, 0.3, 1.3)),
    "talks_money": Weight(times=(0.9, 1.7, 0.6, 0.7, 1.2)),
    "talks_technology": Weight(times=(0.9, 0.5, 2.2, 1.1, 0.9)),
    "refuses": Weight(times=(0.2, 0.9, 0.8, 0.8, 6.0)),
    "opted_out": Weight(times=(0.3, 0.9, 0.9, 0.9, 2.5)),
}
