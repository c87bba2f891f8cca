"""Product and website events after the Segment spec, one JSON object a line, one file a month, in order of time.

A customer's use grows with need, fit and the health of its use, and falls in the months before it leaves. Companies with
need look at the website some weeks before they talk. Bots and own employees are among the users, as in life.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tandem.simulation.deals.paths import Deal
from tandem.simulation.dice import Dice, Weighted
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company, Person
from tandem.simulation.staff import Member
from tandem.simulation.times import local_to_utc
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.records import job_number

FOLDER, SOURCE = "product", "segment"
SHARES = {"product": 0.82, "website": 0.13, "bot": 0.03, "own": 0.02}
FADING_WEEKS, FADED = 18, 0.2  # before leaving, use falls to this share of what it was
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
ACTIONS = (
    (("Wave Planned", 30), ("Wave Rule Edited", 4), ("Plan Compared", 6)), (("Robot Task Assigned", 34), ("Fleet Paused", 2), ("Zone Edited", 4)),
    (("Slotting Run", 12), ("Slot Moved", 20)), (("Dock Slot Booked", 24), ("Truck Checked In", 20)),
    (("Dashboard Viewed", 22), ("Report Exported", 8), ("Alert Created", 2)),
)  # fmt: skip
COMMON = (("Signed In", 26), ("Alert Acknowledged", 10), ("Invite Sent", 1), ("Integration Connected", 1), ("Export Failed", 2),
          ("Support Ticket Opened", 2), ("Settings Changed", 2))  # fmt: skip
PAGES = Weighted([
    ("/", 30), ("/product/robot-fleet", 14), ("/product/wave-planning", 14), ("/pricing", 9), ("/customers", 10), ("/blog/peak-season", 10),
    ("/docs/api", 6), ("/careers", 7), ("/integrations/sap", 6), ("/demo", 4),
])  # fmt: skip
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0",
)
BOTS = (
    ("bot-uptime", "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)"),
    (
        "bot-headless",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/128.0 Safari/537.36",
    ),
    ("bot-crawler", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
)
Event = dict[str, Any]
ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
Stamped = tuple[dt.datetime, Event]


@dataclass(slots=True)
class _Tenant:
    """A customer's workspace."""

    company: Company
    key: str
    name: str
    users: list[Person]
    actions: Weighted


def write_product(world: World) -> None:
    """events-YYYY-MM.jsonl for every month of the exported period."""
    _Events(world).write()


class _Events:
    """Draws the events week by week."""

    def __init__(self, world: World) -> None:
        self.world, self.config = world, world.config
        self.dice = world.dice("product")
        self.rng = np.random.default_rng(self.config.seed + 31)
        self.weeks = [week for week in range(self.config.weeks) if world.day(week) >= self.config.start]
        self.tenants = self._tenants()
        self._begun: set[str] = set()
        self._met: dict[str, set[tuple[str, str, str]]] = {}
        self._keys: dict[tuple[str, object], str] = {}
        self.domain = load("own")["company"]["domain"]
        self._host = f"https://www.{self.domain}"

    def _tenants(self) -> list[_Tenant]:
        sold: dict[int, set[int]] = {}
        for deal in self.world.book.deals:
            if deal.outcome == "won":
                sold.setdefault(deal.company.index, set()).update(deal.products)
        tenants = []
        for company in self.world.market.companies:
            if company.customer_since is None:
                continue
            dice = self.world.dice("tenant", company.index)
            users = dice.some(company.people, 2 + dice.poisson(company.sites))
            held = sorted(sold.get(company.index, set())) or [dice.between(0, 4)]
            actions = Weighted([*COMMON, *(row for place in held for row in ACTIONS[place])])
            tenants.append(
                _Tenant(
                    company, f"org_{dice.token(LETTERS, 10)}", self.world.drift.company(dice, company), users, actions
                )
            )
        return tenants

    def write(self) -> None:
        """Every week's events in order of time; at a month's end the next file begins."""
        product, website = self._expected_use(), self._expected_visits()
        total = self.config.events_per_seller * self.config.sellers * self.config.scale
        product *= SHARES["product"] * total / max(1e-9, product.sum())
        website *= SHARES["website"] * total / max(1e-9, website.sum())
        rest = total / max(1, len(self.weeks))
        lines: dict[str, list[str]] = {}
        for place, week in enumerate(self.weeks):
            events = list(self._use(week, self.rng.poisson(product[:, place])))
            events += self._visits(week, self.rng.poisson(website[:, place]))
            events += self._bots(week, self.dice.poisson(SHARES["bot"] * rest))
            events += self._own(week, self.dice.poisson(SHARES["own"] * rest))
            events.sort(key=lambda event: event[0])
            for at, event in events:
                lines.setdefault(f"{at:%Y-%m}", []).append(ENCODE(event))
            self._flush(lines, f"{self.world.day(week):%Y-%m}")
        self._flush(lines, "9999-99")
        self._tell_truth()

    def _flush(self, lines: dict[str, list[str]], month: str) -> None:
        """Append what is complete: all of earlier months, and the current one so far; forget whom earlier months met."""
        self._met = {name: met for name, met in self._met.items() if name >= month}
        for name in sorted(lines):
            path = self.world.out / FOLDER / f"events-{name}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            if name <= month:
                with path.open("a" if name in self._begun else "w", encoding="utf-8") as file:
                    file.writelines(line + "\n" for line in lines[name])
                self._begun.add(name)
                self.world.summary.add(f"{FOLDER}/{path.name}", len(lines.pop(name)))

    def _expected_use(self) -> NDArray[np.float64]:
        """Relative use by tenant and week."""
        shape = np.zeros((len(self.tenants), len(self.weeks)))
        lost = {
            deal.company.index: deal
            for deal in self.world.book.deals
            if deal.motion == "Renewal" and deal.outcome == "lost"
        }
        weeks = np.array(self.weeks)
        for row, tenant in enumerate(self.tenants):
            company = tenant.company
            need = self.world.market.need[company.index][weeks]
            shape[row] = np.exp(0.55 * company.usage + 0.20 * company.fit + 0.35 * need) * company.sites**0.6
            shape[row] *= self._presence(company, lost.get(company.index))
        return shape

    def _presence(self, company: Company, loss: Deal | None) -> NDArray[np.float64]:
        """0 before the start and after the end, 1 between, fading before an end."""
        days = np.array([self.world.day(week).toordinal() for week in self.weeks], dtype=float)
        assert company.customer_since is not None
        ramp = np.clip((days - company.customer_since.toordinal()) / 42, 0, 1)
        end = company.churned_on or (loss.contract_end if loss else None)
        if end is None:
            return ramp
        left = (end.toordinal() - days) / 7
        return ramp * np.where(left < 0, 0.0, np.clip(FADED + (1 - FADED) * left / FADING_WEEKS, FADED, 1.0))

    def _expected_visits(self) -> NDArray[np.float64]:
        """Relative website visits by company and week, two weeks ahead of need."""
        ahead = np.minimum(np.array(self.weeks) + 2, self.config.weeks - 1)
        fit = np.array([company.fit for company in self.world.market.companies])
        return np.exp(1.15 * self.world.market.need[:, ahead].astype(float) + 0.25 * fit[:, None])

    def _use(self, week: int, counts: NDArray[np.int64]) -> Iterator[Stamped]:
        for row in np.nonzero(counts)[0]:
            tenant = self.tenants[row]
            monday = self.world.day(week)
            users = [user for user in tenant.users if user.job_on(monday).company is tenant.company] or tenant.users[:1]
            for _ in range(int(counts[row])):
                user = self.dice.pick(users)
                at = self._moment(tenant.company.place.zone, monday)
                yield at, self._step(tenant, user, at)

    def _step(self, tenant: _Tenant, user: Person, at: dt.datetime) -> Event:
        """One call of a user: identify and group at first sight in a month, else track."""
        key = self._user_key(user)
        month = f"{at:%Y-%m}"
        for kind in ("identify", "group"):
            met = self._met.setdefault(month, set())
            if (kind, key, tenant.key) not in met:
                met.add((kind, key, tenant.key))
                return self._identify(tenant, user, at) if kind == "identify" else self._group(tenant, user, at)
        name = str(self.dice.draw(tenant.actions))
        properties: Event = {"site": f"DC{self.dice.between(1, tenant.company.sites)}"}
        if self.dice.chance(0.3):
            properties["value"] = self.dice.between(1, 900)
        return self._call("track", at, userId=key, event=name, properties=properties, group=tenant.key)

    def _identify(self, tenant: _Tenant, user: Person, at: dt.datetime) -> Event:
        job = user.job_on(at.date())
        traits: Event = {
            "email": job.email, "firstName": user.first, "lastName": user.last, "title": job.title,
            "company": {"id": tenant.key, "name": tenant.name}, "createdAt": f"{tenant.company.customer_since}T08:00:00.000Z",
        }  # fmt: skip
        return self._call("identify", at, userId=self._user_key(user), traits=traits, group=tenant.key)

    def _group(self, tenant: _Tenant, user: Person, at: dt.datetime) -> Event:
        company = tenant.company
        traits: Event = {
            "name": tenant.name, "website": company.name.domain, "industry": load("companies")["industries"]["names"][company.industry],
            "employees": max(5, round(company.employees, -1)), "plan": company.segment,
        }  # fmt: skip
        return self._call("group", at, userId=self._user_key(user), groupId=tenant.key, traits=traits)

    def _visits(self, week: int, counts: NDArray[np.int64]) -> Iterator[Stamped]:
        monday = self.world.day(week)
        for row in np.nonzero(counts)[0]:
            company = self.world.market.companies[row]
            dice = self.dice
            person = dice.pick(company.people)
            visitor = self._visitor_key(person.index)
            for _ in range(int(counts[row])):
                at = self._moment(company.place.zone, monday)
                job = person.job_on(monday)
                if job.company is company and dice.chance(0.05):
                    traits = {
                        "email": job.email,
                        "firstName": person.first,
                        "lastName": person.last,
                        "company": {"name": company.name.short},
                    }
                    yield at, self._call("identify", at, anonymousId=visitor, userId=job.email, traits=traits)
                    event = dice.pick(("Form Submitted", "Demo Requested", "Whitepaper Downloaded"))
                    after = at + dt.timedelta(seconds=dice.between(2, 40))
                    yield (
                        after,
                        self._call(
                            "track",
                            after,
                            anonymousId=visitor,
                            userId=job.email,
                            event=event,
                            properties={"form": "contact"},
                        ),
                    )
                else:
                    path = str(dice.draw(PAGES))
                    yield at, self._page(at, visitor, path)

    def _page(self, at: dt.datetime, visitor: str, path: str, agent: str = "") -> Event:
        name = path.rsplit("/", 1)[-1] or "home"
        return self._call(
            "page", at, anonymousId=visitor, name=name, properties={"path": path, "url": self._host + path, "title": name.title()}, agent=agent
        )  # fmt: skip

    def _bots(self, week: int, count: int) -> Iterator[Stamped]:
        for _ in range(count):
            name, agent = self.dice.pick(BOTS)
            at = self._moment("UTC", self.world.day(week), any_hour=True)
            yield (
                at,
                self._page(at, self._visitor_key(name), str(self.dice.draw(PAGES)), agent),
            )

    def _own(self, week: int, count: int) -> Iterator[Stamped]:
        """Colleagues who look into customers' workspaces, for support and for demos."""
        monday = self.world.day(week)
        there = [member for member in self.world.staff if member.active_on(monday)]
        for _ in range(count if self.tenants and there else 0):
            member: Member = self.dice.pick(there)
            tenant = self.dice.pick(self.tenants)
            at = self._moment(member.place.zone, monday)
            yield at, self._call(
                "track", at, userId=member.email, event=str(self.dice.draw(tenant.actions)), properties={"site": "DC1"}, group=tenant.key
            )  # fmt: skip

    def _moment(self, zone: str, monday: dt.date, *, any_hour: bool = False) -> dt.datetime:
        dice = self.dice
        days = 6 if any_hour or dice.chance(0.08) else 4
        left = (self.config.end - monday).days
        day = monday + dt.timedelta(days=dice.between(0, max(0, min(days, left))))
        hour = dice.between(0, 23) if any_hour else min(21, max(5, round(dice.gauss(12, 3.2))))
        at = local_to_utc(zone, day, hour, dice.between(0, 59), dice.between(0, 59))
        return at + dt.timedelta(milliseconds=dice.between(0, 999))

    def _call(self, kind: str, at: dt.datetime, *, group: str = "", agent: str = "", **fields: object) -> Event:
        """One message with the common fields."""
        dice = self.dice
        bits = f"{dice.getrandbits(128):032x}"
        context: Event = {
            "library": {"name": "analytics.js", "version": "4.3.1"},
            "userAgent": agent or dice.pick(BROWSERS),
        }
        if group:
            context["groupId"] = group
        received = at + dt.timedelta(milliseconds=dice.between(80, 2500))
        message_id = f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"
        return {
            "type": kind, "messageId": message_id, "timestamp": _iso(at), "receivedAt": _iso(received), **fields, "context": context,
        }  # fmt: skip

    def _user_key(self, user: Person) -> str:
        return self._key("product user", user.index, LETTERS, 12)

    def _visitor_key(self, name: object) -> str:
        return self._key("visitor", name, "0123456789abcdef", 24)

    def _key(self, kind: str, name: object, alphabet: str, length: int) -> str:
        """The id a tool gave somebody, the same in every file."""
        if (kind, name) not in self._keys:
            self._keys[kind, name] = Dice.of(self.config.seed, kind, name).token(alphabet, length)
        return self._keys[kind, name]

    def _tell_truth(self) -> None:
        world, truth = self.world, self.world.truth
        if not truth.kept:
            return
        users: dict[int, tuple[Person, Company]] = {}
        for tenant in self.tenants:
            world.account_key(tenant.company, tenant.key, SOURCE)
            for user in tenant.users:
                users.setdefault(user.index, (user, tenant.company))
        for user, company in users.values():
            world.contact_key(user, self._user_key(user), SOURCE, job_number(user, company))
        for name, _ in BOTS:
            truth.add("planted", FOLDER, self._visitor_key(name), "bot")
        for member in world.staff:
            truth.add("planted", FOLDER, member.email, "own employee")


def _iso(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
