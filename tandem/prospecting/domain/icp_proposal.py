"""A first ideal customer profile out of a company's own deals: what accounts that were won have in common.

For each trait (industry, segment, size, country) the values that win more often per account than usual go together.
Rates of values are shrunk towards the company's own (empirical Bayes, stated weight, Efron & Morris 1975), so that
three lucky deals make no market. A trait comes into the profile only when its values differ by more than chance makes
of so many values (Pearson's chi-squared over all of them, not the best against the rest, which always looks good); its
weight is the difference in win rate it makes, in units of the usual rate. What remains of the usual rate is the weight
of being in a market where deals are won at all. So the fit of an account is near proportional to how often accounts
like it were won. It is a draft: a person reads it and publishes it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tandem.prospecting.contracts import BuyingRole
from tandem.prospecting.domain.conditions import fold
from tandem.prospecting.domain.icp import SCHEMA_NAME, money_text

LEAST_WINS = 20  # won deals; below, no trait can be told from chance
LEAST_ACCOUNTS = 8  # of a value, to be named at all
PRIOR_WINS = 4.0  # how many wins at the usual rate a value starts with
MOST_CHANCE = 0.1  # a draft that a person reads may name a likely trait
LEAST_ENDED = 30  # ended deals without a single win, to propose leaving a value out
SHRINK_DEALS = 5  # a segment's mean value starts with so many deals at the overall mean
BANDS = ((1, 49), (50, 199), (200, 999), (1_000, 4_999), (5_000, 10_000_000))
MOST_TITLES = 6
BASE = "In a country where deals are won"
# Words of CRM systems for a person's part in a deal.
ROLE_WORDS: Mapping[str, BuyingRole] = {
    "champion": BuyingRole.CHAMPION,
    "influencer": BuyingRole.CHAMPION,
    "executive sponsor": BuyingRole.CHAMPION,
    "economic buyer": BuyingRole.ECONOMIC_BUYER,
    "economic decision maker": BuyingRole.ECONOMIC_BUYER,
    "decision maker": BuyingRole.ECONOMIC_BUYER,
    "technical buyer": BuyingRole.TECHNICAL_BUYER,
    "evaluator": BuyingRole.TECHNICAL_BUYER,
    "business user": BuyingRole.USER,
    "end user": BuyingRole.USER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An account with what its deals of new business came to. Empty and None: not known."""

    industry: str
    segment: str
    country: str
    employees: int | None
    won: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WonDeal:
    """A won deal. amount : in the organisation's currency; None: not told or not convertible"""

    segment: str
    amount: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """A group of values that win more than the rest. lift : difference of rates in units of the usual rate"""

    name: str
    when: dict[str, Any]
    lift: float
    share: float
    note: str


def propose(
    accounts: Sequence[Tried],
    deals: Sequence[WonDeal],
    titles: Iterable[tuple[str, str]],
    *,
    currency: str,
    kinds: Sequence[str],
) -> dict[str, Any]:
    """The document of a draft.

    accounts : all, also those nobody ever tried
    titles : (role word, job title) of people in won deals, as often as they occur
    kinds : signal kinds that count for intent, each with weight 1 to begin with
    """
    wins = sum(one.won for one in accounts)
    found = _traits(accounts) if wins >= LEAST_WINS else []
    base = max(1.0 - sum(trait.lift * trait.share for trait in found), 0.2)
    countries = sorted({one.country for one in accounts if one.won and one.country})
    summary = (
        f"Proposed from {wins:,} won deals of new business at {len(accounts):,} accounts."
        if found
        else f"Only {wins:,} won deals of new business are known: no trait can be told from chance yet."
    )
    in_market: dict[str, Any] = (
        {"field": "country", "op": "in", "value": countries}
        if countries
        else {"field": "name", "op": "known", "value": True}
    )
    return {
        "schema": SCHEMA_NAME,
        "name": "Ideal customer",
        "summary": summary,
        "fit": [
            {
                "name": BASE,
                "weight": round(base, 2),
                "when": in_market,
                "note": "What every account there starts with.",
            },
            *(
                {"name": one.name, "weight": round(one.lift, 2), "when": one.when, "note": one.note}
                for one in sorted(found, key=lambda trait: -trait.lift)
            ),
        ],
        "intent": [{"kind": kind, "weight": 1.0} for kind in kinds],
        "exclusion": _exclusions(accounts),
        "personas": _personas(titles),
        **_values(deals, currency),
    }


def _traits(accounts: Sequence[Tried]) -> list[Trait]:
    usual = sum(one.won for one in accounts) / len(accounts)
    told = (
        ("Industry that buys", "industry", [fold(one.industry) for one in accounts]),
        ("Segment that buys", "segment", [fold(one.segment) for one in accounts]),
        ("Country that buys", "country", [one.country for one in accounts]),
        ("Size that buys", "employees", [_band(one.employees) for one in accounts]),
    )
    traits = (_trait(name, field, values, accounts, usual) for name, field, values in told)
    return [trait for trait in traits if trait is not None]


def _band(employees: int | None) -> str:
    if employees is None:
        return ""
    return next((str(nth) for nth, (low, high) in enumerate(BANDS) if low <= employees <= high), "")


def _trait(name: str, field: str, values: Sequence[str], accounts: Sequence[Tried], usual: float) -> Trait | None:
    """The values that win more than usual, together; None when the difference may be chance."""
    counts, wins = Counter(values), Counter[str]()
    for value, one in zip(values, accounts, strict=True):
        wins[value] += one.won
    weight = PRIOR_WINS / usual
    rates = {value: (wins[value] + PRIOR_WINS) / (count + weight) for value, count in counts.items()}
    good = [value for value in counts if value and counts[value] >= LEAST_ACCOUNTS and rates[value] > usual]
    inside = sum(counts[value] for value in good)
    outside = sum(count for value, count in counts.items() if value and value not in good)
    if not inside or not outside:
        return None
    won_in = sum(wins[value] for value in good)
    won_out = sum(won for value, won in wins.items() if value and value not in good)
    if _by_chance(counts, wins) > MOST_CHANCE:
        return None
    lift = (sum(rates[value] * counts[value] for value in good) / inside - _mean_rest(rates, counts, good)) / usual
    note = f"{won_in} wins at {inside} accounts, against {won_out} at {outside} others."
    return Trait(
        name=name, when=_when(field, good), lift=lift, share=inside / len(accounts), note=note
    )  # fmt: skip


def _by_chance(counts: Mapping[str, int], wins: Mapping[str, int]) -> float:
    """How likely chance alone makes the values differ as much as they do."""
    told = [value for value in counts if value and counts[value] >= LEAST_ACCOUNTS]
    usual = sum(wins[value] for value in told) / sum(counts[value] for value in told)
    if len(told) < 2 or usual == 0:
        return 1.0
    spread = sum((wins[value] - usual * counts[value]) ** 2 / (usual * counts[value]) for value in told)
    # Here, so that the web server, which seldom proposes, starts without it.
    from scipy.special import chdtrc

    return float(chdtrc(len(told) - 1, spread))


def _mean_rest(rates: Mapping[str, float], counts: Mapping[str, int], good: Sequence[str]) -> float:
    rest = [value for value in counts if value and value not in good]
    return sum(rates[value] * counts[value] for value in rest) / sum(counts[value] for value in rest)


def _when(field: str, good: Sequence[str]) -> dict[str, Any]:
    if field != "employees":
        return {"field": field, "op": "in", "value": sorted(good)}
    spans = [{"field": field, "op": "between", "value": list(BANDS[int(value)])} for value in sorted(good)]
    return spans[0] if len(spans) == 1 else {"any": spans}


def _exclusions(accounts: Sequence[Tried]) -> list[dict[str, Any]]:
    """An open deal, and industries where many deals ended and none was won."""
    ended: Counter[str] = Counter()
    won: Counter[str] = Counter()
    for one in accounts:
        ended[fold(one.industry)] += one.ended
        won[fold(one.industry)] += one.won
    barren = sorted(value for value, count in ended.items() if value and count >= LEAST_ENDED and not won[value])
    found: list[dict[str, Any]] = [
        {
            "name": "A deal is open",
            "reason": "It is worked in its deal; other outreach would cross what is being agreed there.",
            "when": {"open_deals": {"gte": 1}},
        },
        {
            "name": "Partner or competitor",
            "reason": "They do not buy from us.",
            "when": {"field": "type", "op": "in", "value": ["partner", "competitor"]},
        },
    ]
    if barren:
        deals = sum(ended[value] for value in barren)
        found.append(
            {
                "name": "Industry where nothing was ever won",
                "reason": f"{deals} deals ended there and none was won.",
                "when": {"field": "industry", "op": "in", "value": barren},
            }
        )
    return found


def _personas(titles: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """By role the titles that people in won deals have most."""
    by_role: defaultdict[BuyingRole, Counter[str]] = defaultdict(Counter)
    for word, title in titles:
        role = ROLE_WORDS.get(fold(word))
        if role is not None and title.strip():
            by_role[role][title.strip()[:120]] += 1
    return [
        {
            "role": role.value,
            "titles": sorted(counted, key=lambda title: (-counted[title], title))[:MOST_TITLES],
            "note": f"Of {sum(counted.values())} people in won deals.",
        }
        for role in BuyingRole
        if (counted := by_role[role])
    ]


def _values(deals: Sequence[WonDeal], currency: str) -> dict[str, Any]:
    """Mean value of won deals by segment, shrunk towards that of all."""
    amounts = [deal.amount for deal in deals if deal.amount is not None]
    overall = sum(amounts, Decimal(0)) / len(amounts) if amounts else Decimal(0)
    by_segment: defaultdict[str, list[Decimal]] = defaultdict(list)
    for deal in deals:
        if deal.amount is not None and deal.segment:
            by_segment[deal.segment].append(deal.amount)
    segments = [
        {
            "name": name,
            "when": {"field": "segment", "op": "eq", "value": name},
            "value_if_won": money_text((sum(own, Decimal(0)) + SHRINK_DEALS * overall) / (len(own) + SHRINK_DEALS)),
        }
        for name, own in sorted(by_segment.items())
    ]
    return {"segments": segments, "value": {"currency": currency, "otherwise": money_text(overall)}}
