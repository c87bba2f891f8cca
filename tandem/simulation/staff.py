"""The people who sell: sellers with skill and habits, their managers, and the rest of the sales house."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from tandem.simulation.config import CompanyConfig
from tandem.simulation.dice import Dice
from tandem.simulation.lexicon import load
from tandem.simulation.names import Place, mail_address, person_name, places

SPAN = 9  # sellers to a manager
RAMP_WEEKS = {"enterprise": 30.0, "mid-market": 20.0, "commercial": 13.0}
QUARTERLY_QUOTA = {"enterprise": 520_000, "mid-market": 330_000, "commercial": 190_000}


@dataclass(slots=True)
class Member:
    """One person of the own company, with the latent traits that only the truth file tells.

    skill: standard normal. optimism: added to the logit of what a seller believes of a deal; below 0 sandbags.
    hygiene: 0..1, how soon and how fully the CRM is kept. gaming: kind of deceit, or empty.
    """

    index: int
    first: str
    last: str
    email: str
    role: str
    title: str
    team: str
    region: str
    segment: str
    place: Place
    started: dt.date
    ended: dt.date | None
    manager: Member | None
    skill: float = 0.0
    optimism: float = 0.0
    hygiene: float = 0.7
    gaming: str = ""
    recorder: float = 0.5
    quota: int = 0

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def local_part(self) -> str:
        """What stands before the @ of the mail address."""
        return self.email.split("@")[0]

    def active_on(self, day: dt.date) -> bool:
        """Whether employed on a day."""
        return self.started <= day and (self.ended is None or day <= self.ended)

    def ramp(self, day: dt.date) -> float:
        """Share of full effect reached since the start, 0..1: 1 - exp(-weeks / ramp)."""
        weeks = max(0, (day - self.started).days / 7)
        return 1 - math.exp(-(weeks + 3) / RAMP_WEEKS.get(self.segment, 16.0))

    def effect(self, day: dt.date) -> float:
        """Skill as it works on deals on a day: skill less what ramping still costs."""
        return self.skill - 1.2 * (1 - self.ramp(day))


SETTLED = dt.timedelta(days=300)  # deceit needs deals to show on
GAMING_KINDS = ("fake_activities", "pushed_dates", "parked_stages", "fake_engagement")


class _Hiring:
    """Draws members and keeps their mail addresses apart."""

    def __init__(self, config: CompanyConfig) -> None:
        self.config = config
        self.dice = Dice.of(config.seed, "staff")
        self.domain = load("own")["company"]["domain"]
        self.members: list[Member] = []
        self._addresses: set[str] = set()

    def hire(
        self, role: str, title: str, *, team: str, region: str, segment: str = "", place: Place | None = None,
        name: tuple[str, str] | None = None, manager: Member | None = None, started: dt.date | None = None,
        ended: dt.date | None = None,
    ) -> Member:  # fmt: skip
        """Add one person."""
        place = place or self._place(region)
        first, last = name or person_name(self.dice, place)
        address = mail_address("{f}.{l}", first, last, self.domain)
        while address in self._addresses:
            first, last = person_name(self.dice, place)
            address = mail_address("{f}.{l}", first, last, self.domain)
        self._addresses.add(address)
        started = started or self.config.end - dt.timedelta(days=int(min(2600, 120 + self.dice.expovariate(1 / 900))))
        member = Member(
            len(self.members), first, last, address, role, title, team, region, segment, place, started, ended, manager
        )
        self.members.append(member)
        return member

    def _place(self, region: str) -> Place:
        homes = {
            "NA": ("US", "US", "US", "CA"),
            "EMEA": ("DE", "DE", "GB", "NL", "FR", "ES", "IT", "SE"),
            "ALL": ("JP", "US", "DE", "GB"),
        }
        return places()[self.dice.pick(homes[region])]

    def seller(self, team: dict, manager: Member, index: int, *, left: bool) -> Member:
        """One seller with latent traits."""
        dice, end = self.dice, self.config.end
        cast = team["cast"][index] if not left and index < len(team["cast"]) else None
        fresh = not left and not cast and dice.chance(0.24)
        days = dice.between(20, 400) if fresh else dice.between(420, 2200)
        ended = end - dt.timedelta(days=dice.between(30, int(self.config.months * 28))) if left else None
        started = (ended or end) - dt.timedelta(days=days)
        title = {"enterprise": "Enterprise Account Executive", "mid-market": "Account Executive"}.get(
            team["segment"], "Commercial Account Executive"
        )
        member = self.hire(
            "seller", title, team=team["name"], region=team["region"], segment=team["segment"], manager=manager,
            place=places()[cast[2]] if cast else None, name=(cast[0], cast[1]) if cast else None, started=started, ended=ended,
        )  # fmt: skip
        member.skill = dice.gauss(-0.6 if left else 0.0, 0.9)
        member.optimism = dice.gauss(0.45, 0.55) if dice.chance(0.82) else dice.gauss(-0.75, 0.25)
        member.hygiene = min(0.97, max(0.15, dice.betavariate(4, 2.4)))
        member.recorder = min(0.98, max(0.05, dice.betavariate(3, 1.8)))
        member.quota = round(QUARTERLY_QUOTA[team["segment"]] * dice.uniform(0.85, 1.15) / 5_000) * 5_000
        return member


def _plant_gaming(config: CompanyConfig, sellers: list[Member], dice: Dice) -> None:
    """A known share of sellers deceives, each kind at least once where there are enough sellers."""
    count = max(min(len(GAMING_KINDS), len(sellers) // 4), round(config.gaming_share * len(sellers)))
    here = [seller for seller in sellers if seller.name != "Maya Okafor" and seller.ended is None]
    settled = [seller for seller in here if seller.started < config.end - SETTLED]
    candidates = settled if len(settled) >= count else here
    for position, seller in enumerate(dice.some(candidates, count)):
        seller.gaming = GAMING_KINDS[position % len(GAMING_KINDS)]


def team_sizes(sellers: int, teams: list[dict]) -> list[int]:
    """How many sellers each team kind gets, by largest remainder."""
    total = sum(team["share"] for team in teams)
    exact = [sellers * team["share"] / total for team in teams]
    sizes = [int(value) for value in exact]
    order = sorted(range(len(teams)), key=lambda i: sizes[i] - exact[i])
    for i in order[: sellers - sum(sizes)]:
        sizes[i] += 1
    return sizes


def build_staff(config: CompanyConfig) -> list[Member]:
    """All people of the selling company, in the order they are listed in its files."""
    hiring = _Hiring(config)
    dice = hiring.dice
    boss = hiring.hire("executive", "Chief Revenue Officer", team="Leadership", region="EMEA")
    for title in ("Chief Executive Officer", "Chief Financial Officer"):
        hiring.hire("executive", title, team="Leadership", region="EMEA")
    hiring.hire("compliance", "Data Protection and Compliance Lead", team="Legal", region="EMEA", manager=boss)
    if config.sellers > 200:
        hiring.hire("compliance", "Privacy Counsel", team="Legal", region="NA", manager=boss)
    for number in range(max(1, config.sellers // 25)):
        title = "Head of Revenue Operations" if number == 0 else "Revenue Operations Analyst"
        hiring.hire("revops", title, team="Revenue Operations", region="EMEA", manager=boss)
    sellers = _staff_teams(config, hiring, boss)
    _plant_gaming(config, sellers, dice)
    managers = [member for member in hiring.members if member.role == "manager" and member.segment]
    for number in range(max(1, config.sellers // 7)):
        lead = managers[number % len(managers)]
        hiring.hire(
            "sdr",
            "Sales Development Representative",
            team=lead.team,
            region=lead.region,
            segment=lead.segment,
            manager=lead,
        )
    return hiring.members


def _staff_teams(config: CompanyConfig, hiring: _Hiring, boss: Member) -> list[Member]:
    """Teams of about nine sellers with a manager; many teams get directors between manager and chief."""
    teams = load("own")["teams"]
    sellers: list[Member] = []
    for team, size in zip(teams, team_sizes(config.sellers, teams), strict=True):
        if size == 0:
            continue
        squads = max(1, round(size / (SPAN + 4)))
        head = boss
        if squads > 2:
            head = hiring.hire(
                "manager", f"Director, {team['name']}", team=team["name"], region=team["region"], manager=boss
            )
        for squad in range(squads):
            label = team["name"] if squad == 0 else f"{team['name']} {squad + 1}"
            cast = team["manager"] if squad == 0 else None
            manager = hiring.hire(
                "manager", f"Sales Manager, {label}", team=label, region=team["region"], segment=team["segment"], manager=head,
                name=(cast[0], cast[1]) if cast else None, place=places()[cast[2]] if cast else None,
            )  # fmt: skip
            here = {**team, "name": label, "cast": team["cast"] if squad == 0 else []}
            count = size // squads + (squad < size % squads)
            sellers += [hiring.seller(here, manager, index, left=False) for index in range(count)]
            sellers += [hiring.seller(here, manager, 0, left=True) for _ in range(hiring.dice.poisson(count * 0.13))]
    return sellers
