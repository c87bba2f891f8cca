"""The true life of every deal: when it opens and why, its week-by-week states, and its end."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from tandem.simulation.config import CompanyConfig
from tandem.simulation.deals.chain import (
    CHAMPION_LEAVES,
    FREEZE_ENDS,
    MOTION_ADVANCE,
    MOTION_LOSE,
    SEGMENT_PACE,
    Chain,
    Latents,
    state_code,
)
from tandem.simulation.dice import Dice, Weighted, chance_of
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company, Market, Person
from tandem.simulation.staff import Member

CHUNK = 2_000
FIRST_CUSTOMERS = 0.11
NEW_DEALS_PER_SELLER_WEEK = 0.62
MEDIAN_AMOUNT = {"enterprise": 235_000, "mid-market": 98_000, "commercial": 36_000}
RATES = {"EUR": 1.0, "USD": 1.08, "GBP": 0.85, "CHF": 0.95}
LOSS_REASONS = (
    "Price",
    "Lost to Competitor",
    "No Budget / Lost Funding",
    "No Decision / Non-Responsive",
    "Timing",
    "Missing feature",
)


@dataclass(slots=True)
class Deal:
    """One deal with its latent values and its true path.

    opened: week index. path: one state code a week from the opening, the state at the start of the week.
    ended: the day it was won or lost, None when open at the end. p_ever, p_quarter: exact, one a week as `path`.
    """

    index: int
    company: Company
    owner: Member
    motion: str
    opened: int
    opened_on: dt.date
    pull: float
    fit: float
    skill: float
    competitor: str
    price_pressure: float
    amount: float
    currency: str
    products: tuple[int, ...]
    name: str = ""
    champion: Person | None = None
    buyer: Person | None = None
    team: list[Person] = field(default_factory=list)
    path: bytearray = field(default_factory=bytearray)
    outcome: str = "open"
    ended: dt.date | None = None
    final_amount: float = 0.0
    discount: float = 0.0
    cause: str = ""
    champion_left: dt.date | None = None
    p_ever: list[float] = field(default_factory=list)
    p_quarter: list[float] = field(default_factory=list)
    contract_end: dt.date | None = None
    source: str = ""
    sdr: Member | None = None


@dataclass(slots=True)
class Contract:
    """A term of a customer's contract."""

    company: Company
    deal: Deal | None
    starts: dt.date
    ends: dt.date
    annual: float
    currency: str
    renewal: Deal | None = None


@dataclass(slots=True)
class Book:
    """Everything that was sold or tried."""

    deals: list[Deal]
    contracts: list[Contract]


class _Openings:
    """Draws the latent values of new deals."""

    def __init__(self, config: CompanyConfig, market: Market, staff: list[Member]) -> None:
        self.config, self.market = config, market
        self.dice = Dice.of(config.seed, "openings")
        self.sellers = [member for member in staff if member.role == "seller"]
        self.sdrs = [member for member in staff if member.role == "sdr"]
        self.by_team: dict[tuple[str, str], list[Member]] = {}
        for seller in self.sellers:
            self.by_team.setdefault((seller.region, seller.segment), []).append(seller)
        rivals = load("own")["competitors"]
        self.rivals = Weighted(list(zip(rivals["names"], rivals["weights"], strict=True)))
        self.count = 0

    def seller_for(self, company: Company, day: dt.date) -> Member:
        """The account's owner, or an active colleague when the owner was not there that day."""
        owner = company.owner
        assert owner is not None
        if owner.active_on(day):
            return owner
        there = [mate for mate in self.by_team[owner.region, owner.segment] if mate.active_on(day)]
        return self.dice.pick(there) if there else owner

    def open(self, company: Company, motion: str, week: int, day: dt.date, base: float | None = None) -> Deal:
        """One new deal."""
        dice = self.dice
        seller = self.seller_for(company, day)
        need = float(self.market.need[company.index, min(max(week, 0), self.config.weeks - 1)])
        pull = company.usage + dice.gauss(0, 0.45) if motion == "Renewal" else need - 1.0 + dice.gauss(0, 0.6)
        rivalry = {"New Business": 0.52, "Expansion": 0.22, "Renewal": 0.18}[motion]
        currency = (
            company.place.currency
            if company.place.currency in RATES
            else "USD"
            if company.place.code == "JP"
            else "EUR"
        )
        median = base or MEDIAN_AMOUNT[company.segment] * (0.45 if motion == "Expansion" else 1.0)
        amount = median * math.exp(dice.gauss(0, 0.12 if base else 0.6)) * RATES[currency]
        deal = Deal(
            self.count, company, seller, motion, week, day, pull, company.fit, seller.effect(day),
            str(dice.draw(self.rivals)) if dice.chance(rivalry) else "", dice.gauss(0, 1), round(amount / 500) * 500,
            currency, tuple(sorted(dice.some(range(5), 1 + dice.poisson(0.7)))),
        )  # fmt: skip
        self._people(deal, day)
        deal.source = dice.pick(
            ("Outbound", "Outbound", "Inbound", "Web", "Referral", "Trade Show", "Partner", "Webinar")
        )
        if deal.source == "Outbound" and motion == "New Business" and self.sdrs and dice.chance(0.6):
            deal.sdr = dice.pick(self.sdrs)
        self.count += 1
        return deal

    def _people(self, deal: Deal, day: dt.date) -> None:
        dice = self.dice
        here = [
            person for person in deal.company.people if person.job_on(day).company is deal.company
        ] or deal.company.people
        deal.team = dice.some(here, 2 + dice.poisson(1.6))
        doers = [person for person in deal.team if person.part in ("operations", "user", "it")] or deal.team
        deal.champion = dice.pick(doers)
        payers = [person for person in here if person.part in ("executive", "finance") and person is not deal.champion]
        deal.buyer = dice.pick(payers) if payers else None


def build_book(config: CompanyConfig, market: Market, staff: list[Member]) -> Book:
    """Every deal and contract of the period: new business, then expansion and renewals of those who became customers."""
    openings = _Openings(config, market, staff)
    contracts = _first_contracts(config, market, openings.dice)
    fresh = [company for company in market.companies if company.customer_since is None]
    deals = _run(config, openings, list(_new_business(config, market, openings, fresh)))
    deals = _without_overlap(config, deals, contracts, openings.dice)
    deals += _run(config, openings, list(_expansions(config, market, openings)))
    queue = list(contracts)
    while queue:
        due = [contract for contract in queue if contract.ends < config.end + dt.timedelta(days=110)]
        renewals = _run(config, openings, [_renewal(config, openings, contract) for contract in due])
        deals += renewals
        queue = [
            _next_contract(contract, deal, openings.dice)
            for contract, deal in zip(due, renewals, strict=True) if deal.outcome == "won"
        ]  # fmt: skip
        for contract, deal in zip(due, renewals, strict=True):
            if deal.outcome == "lost":
                contract.company.churned_on = contract.ends
        contracts += queue
    deals.sort(key=lambda deal: (deal.opened_on, deal.company.index, deal.index))
    for index, deal in enumerate(deals):
        deal.index = index
    return Book(deals, contracts)


def _first_contracts(config: CompanyConfig, market: Market, dice: Dice) -> list[Contract]:
    contracts = []
    for company in market.companies:
        if dice.chance(FIRST_CUSTOMERS * (0.45 + chance_of(1.3 * company.fit))):
            start = config.origin - dt.timedelta(days=dice.between(0, 330))
            company.customer_since = start - dt.timedelta(days=365 * dice.between(0, 3))
            company.usage = 0.35 * company.fit + dice.gauss(0.2, 0.9)
            annual = MEDIAN_AMOUNT[company.segment] * 0.8 * math.exp(dice.gauss(0, 0.45))
            contracts.append(Contract(company, None, start, start + dt.timedelta(days=364), round(annual, -2), "EUR"))
    return contracts


def _new_business(config: CompanyConfig, market: Market, openings: _Openings, fresh: list[Company]) -> Iterator[Deal]:
    """Openings by a Poisson draw per company and week; need and fit raise the rate."""
    rng = np.random.default_rng(config.seed + 23)
    rows = np.array([company.index for company in fresh])
    fit = np.array([company.fit for company in fresh])
    rate = np.exp(0.95 * market.need[rows] + 0.35 * fit[:, None])
    rate *= NEW_DEALS_PER_SELLER_WEEK * config.sellers * rate.shape[1] / rate.sum()
    yield from _drawn(config, openings, fresh, rng.random(rate.shape) < rate, "New Business")


def _expansions(config: CompanyConfig, market: Market, openings: _Openings) -> Iterator[Deal]:
    rng = np.random.default_rng(config.seed + 29)
    customers = [company for company in market.companies if company.customer_since is not None]
    rows = np.array([company.index for company in customers], dtype=int)
    usage = np.array([company.usage for company in customers])
    rate = 0.0055 * np.exp(0.6 * market.need[rows] + 0.4 * usage[:, None])
    drawn = rng.random(rate.shape) < rate
    for deal in _drawn(config, openings, customers, drawn, "Expansion"):
        since = deal.company.customer_since
        if since is not None and since + dt.timedelta(days=60) < deal.opened_on:
            yield deal


def _drawn(
    config: CompanyConfig, openings: _Openings, companies: list[Company], hits: np.ndarray, motion: str
) -> Iterator[Deal]:
    last = (config.end - config.origin).days
    for row, week in zip(*np.nonzero(hits), strict=True):
        offset = int(week) * 7 + openings.dice.between(0, 4)
        if offset <= last - 1:
            yield openings.open(companies[row], motion, int(week), config.origin + dt.timedelta(days=offset))


def _renewal(config: CompanyConfig, openings: _Openings, contract: Contract) -> Deal:
    due = contract.ends - dt.timedelta(days=118 + openings.dice.between(-12, 9))
    day = min(max(config.origin, due), config.end - dt.timedelta(days=1))
    base = contract.annual * 1.03 / RATES[contract.currency]
    deal = openings.open(contract.company, "Renewal", (day - config.origin).days // 7, day, base)
    deal.contract_end = contract.ends
    contract.renewal = deal
    return deal


def _next_contract(contract: Contract, deal: Deal, dice: Dice) -> Contract:
    start = contract.ends + dt.timedelta(days=1)
    years = dice.pick((1, 1, 1, 2, 3))
    return Contract(
        contract.company, deal, start, start + dt.timedelta(days=365 * years - 1), deal.final_amount, deal.currency
    )


def _without_overlap(config: CompanyConfig, deals: list[Deal], contracts: list[Contract], dice: Dice) -> list[Deal]:
    """Drop new business that would start beside an open deal or at a customer; the won ones become customers."""
    kept: list[Deal] = []
    busy: dict[int, dt.date] = {}
    for deal in sorted(deals, key=lambda deal: (deal.opened_on, deal.index)):
        company = deal.company
        if company.customer_since is not None or busy.get(company.index, dt.date.min) >= deal.opened_on:
            continue
        kept.append(deal)
        busy[company.index] = (deal.ended or config.end) + dt.timedelta(days=40)
        if deal.outcome == "won" and deal.ended is not None:
            company.customer_since = deal.ended
            company.usage = 0.35 * company.fit + dice.gauss(0.2, 0.9)
            start = deal.ended + dt.timedelta(days=dice.between(5, 40))
            years = dice.pick((1, 1, 1, 2, 3))
            contracts.append(
                Contract(
                    company, deal, start, start + dt.timedelta(days=365 * years - 1), deal.final_amount, deal.currency
                )
            )
    return kept


def _run(config: CompanyConfig, openings: _Openings, deals: list[Deal]) -> list[Deal]:
    """Let the deals live, chunk by chunk in order of opening."""
    deals.sort(key=lambda deal: (deal.opened, deal.index))
    for first in range(0, len(deals), CHUNK):
        _run_chunk(config, deals[first : first + CHUNK])
    deals.sort(key=lambda deal: deal.index)
    return deals


def latents_of(deals: list[Deal]) -> Latents:
    """The arrays the chain needs."""

    def column(values: list[float]) -> np.ndarray:
        return np.array(values, dtype=float)

    return Latents(
        pull=column([deal.pull for deal in deals]),
        fit=column([deal.fit for deal in deals]),
        skill=column([deal.skill for deal in deals]),
        competitor=column([float(bool(deal.competitor)) for deal in deals]),
        price_pressure=column([deal.price_pressure for deal in deals]),
        pace=column([SEGMENT_PACE[deal.company.segment] for deal in deals]),
        motion_advance=column([MOTION_ADVANCE[deal.motion] for deal in deals]),
        motion_lose=column([MOTION_LOSE[deal.motion] for deal in deals]),
        freeze_month=np.array([deal.company.freeze_month for deal in deals], dtype=int),
    )


def _run_chunk(config: CompanyConfig, deals: list[Deal]) -> None:
    chain = Chain(latents_of(deals), config.origin)
    last = config.weeks - 1
    first = min(deal.opened for deal in deals)
    for row, deal in enumerate(deals):
        _live(config, chain, row, deal, last)
    ever, quarter = chain.win_values(first, last)
    for row, deal in enumerate(deals):
        weeks = np.arange(deal.opened, deal.opened + len(deal.path)) - first
        codes = np.frombuffer(bytes(deal.path), dtype=np.uint8)
        deal.p_ever = ever[weeks, row, codes].tolist()
        deal.p_quarter = quarter[weeks, row, codes].tolist()


def _live(config: CompanyConfig, chain: Chain, row: int, deal: Deal, last: int) -> None:
    """Walk one deal through its weeks."""
    dice = Dice.of(config.seed, "life", deal.motion, deal.company.index, deal.opened)
    advance, lose = chain.advance[row].tolist(), chain.lose[row].tolist()
    gain_champion, gain_buyer = float(chain.gain_champion[row]), float(chain.gain_buyer[row])
    stage = {"New Business": 0, "Expansion": 1, "Renewal": 2}[deal.motion]
    champion = int(
        dice.chance(chance_of(-0.9 + 0.5 * deal.pull + 0.4 * deal.skill + (1.2 if deal.motion == "Renewal" else 0)))
    )
    buyer, frozen = int(dice.chance(0.06)), 0
    for week in range(deal.opened, last + 1):
        deal.path.append(state_code(stage, champion, buyer, frozen))
        season = _season(chain, week)
        had_champion = champion
        champion = int(dice.random() >= CHAMPION_LEAVES) if champion else int(dice.random() < gain_champion)
        if had_champion and not champion:
            deal.champion_left = deal.champion_left or chain.monday(week) + dt.timedelta(days=dice.between(0, 4))
        if not buyer and stage >= 1:
            buyer = int(dice.random() < gain_buyer * (1.6 if champion else 1.0))
        starts = 0.050 if deal.company.freeze_month == chain.monday(week).month else 0.012
        frozen = int(dice.random() >= FREEZE_ENDS) if frozen else int(dice.random() < starts)
        draw = dice.random()
        up, down = (
            advance[stage][champion][buyer][frozen] * season[stage],
            lose[stage][champion][buyer][frozen] * season[stage],
        )
        if draw < up:
            stage += 1
        elif draw < up + down:
            _finish(config, chain, deal, week, "lost", dice, frozen)
            return
        if stage == 5:
            _finish(config, chain, deal, week, "won", dice, frozen)
            return


_SEASONS: dict[tuple[dt.date, int], list[float]] = {}


def _season(chain: Chain, week: int) -> list[float]:
    key = (chain.origin, week)
    if key not in _SEASONS:
        _SEASONS[key] = chain.season(week).tolist()
    return _SEASONS[key]


def _finish(config: CompanyConfig, chain: Chain, deal: Deal, week: int, outcome: str, dice: Dice, frozen: int) -> None:
    """Record the end of a deal, in the week's working days."""
    ended = chain.monday(week) + dt.timedelta(days=dice.between(0, 4))
    ended = max(ended, deal.opened_on + dt.timedelta(days=1))
    if ended > config.end:
        return
    deal.outcome, deal.ended = outcome, ended
    deal.discount = min(
        0.38,
        max(
            0.0,
            0.05
            + 0.055 * deal.price_pressure
            + 0.035 * bool(deal.competitor)
            - 0.02 * deal.skill
            + dice.gauss(0, 0.03),
        ),
    )
    deal.final_amount = round(deal.amount * (1 - deal.discount) * math.exp(dice.gauss(0, 0.10)) / 100) * 100
    if outcome == "lost":
        deal.cause = _cause(deal, dice, frozen)


def _cause(deal: Deal, dice: Dice, frozen: int) -> str:
    weights = [
        0.6 + max(0, deal.price_pressure), 1.6 if deal.competitor else 0.02, 2.2 if frozen else 0.4,
        1.2 + max(0, -deal.pull), 0.7, 0.3 + max(0, -deal.fit),
    ]  # fmt: skip
    return str(dice.draw(Weighted(list(zip(LOSS_REASONS, weights, strict=True)))))
