"""Registers of the public world: funding rounds (Crunchbase), technologies (BuiltWith), code (GitHub)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path

from tandem.simulation.dice import Dice, Weighted
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company
from tandem.simulation.names import plain
from tandem.simulation.outputs import write_csv
from tandem.simulation.world import World
from tandem.simulation.writers.public.happenings import Happening

FOLDER = "public"
FUNDING = (
    "Transaction Name", "Transaction Name URL", "Organization Name", "Organization Name URL", "Funding Type", "Money Raised",
    "Money Raised Currency", "Money Raised (in USD)", "Announced Date", "Lead Investors", "Organization Website",
)  # fmt: skip
TECHNOLOGY = ("Domain", "Technology", "Category", "First Detected", "Last Detected")
IN_DOLLARS = {"EUR": 1.08, "USD": 1.0, "GBP": 1.27, "CHF": 1.12}
REGISTERED = 0.78  # of the rounds that happen
WAREHOUSE = "Warehouse Management"
ORGANISATIONS = 0.03
EVENTS = Weighted(
    [
        ("PushEvent", 52),
        ("PullRequestEvent", 20),
        ("IssuesEvent", 10),
        ("ReleaseEvent", 8),
        ("CreateEvent", 6),
        ("WatchEvent", 4),
    ]
)
REPOSITORIES = (
    "slotting-notebooks",
    "edi-gateway",
    "wms-connector",
    "label-printer",
    "fleet-sim",
    "website",
    "terraform-modules",
    "opc-bridge",
)


def write_funding(world: World, told: Sequence[Happening]) -> None:
    """funding.csv as Crunchbase exports its funding rounds, newest first."""
    rows = []
    for one in told:
        dice = world.dice("funding round", one.company.index, one.day)
        if one.kind == "funding_round" and dice.chance(REGISTERED):
            rows.append(_round(world, dice, one))
    rows.sort(key=lambda row: (str(row[8]), str(row[1])), reverse=True)
    write_csv(world.out / FOLDER / "funding.csv", FUNDING, rows, world.summary)


def _round(world: World, dice: Dice, one: Happening) -> tuple[object, ...]:
    company, kind, currency = one.company, one.extra["round"], one.company.place.currency
    slug = plain(company.name.short).replace(" ", "-")
    tail = dice.token("0123456789abcdef", 8)
    url = f"https://www.crunchbase.com/funding_round/{slug}-{plain(kind).replace(' ', '-')}--{tail}"
    money = "" if dice.chance(0.12) else one.amount
    dollars = round(one.amount * IN_DOLLARS.get(currency, 0.1)) if money else ""
    site = "" if dice.chance(0.15) else f"https://www.{company.name.domain}/"
    world.truth.add("public_items", "funding.csv", url, company.index, "funding_round", one.cause, str(one.day), None)
    return (
        f"{kind} - {company.name.short}", url, company.name.short, f"https://www.crunchbase.com/organization/{slug}", kind, money,
        currency, dollars, one.day, one.extra["investors"], site,
    )  # fmt: skip


def write_technologies(world: World) -> None:
    """technographics.csv: what a crawler of websites and job posts saw where, and when last."""
    rows: list[tuple[object, ...]] = []
    rivals = set(load("own")["competitors"]["names"])
    for company in world.market.companies:
        dice = world.dice("technologies", company.index)
        for category, listed in load("public")["technologies"].items():
            if dice.chance(listed["share"]):
                name = str(dice.draw(Weighted(list(zip(listed["names"], listed["weights"], strict=True)))))
                rows.append(_seen(world, dice, company, name, category, rivals))
        if company.customer_since and dice.chance(0.5):
            last = company.churned_on or world.config.end
            rows.append(
                (
                    company.name.domain,
                    load("own")["company"]["name"],
                    WAREHOUSE,
                    company.customer_since,
                    min(last, world.config.end),
                )
            )
    write_csv(world.out / FOLDER / "technographics.csv", TECHNOLOGY, rows, world.summary, quoted=False)


def _seen(world: World, dice: Dice, company: Company, name: str, category: str, rivals: set[str]) -> tuple[object, ...]:
    """First and last sight. A warehouse system whose contract ends is often gone some months later."""
    end = world.config.end
    first = end - dt.timedelta(days=dice.between(40, 1400))
    last = end - dt.timedelta(days=dice.between(0, 25))
    ending = next((event for event in company.need_events if event.kind == "wms_contract_ends"), None)
    if category == WAREHOUSE and ending and dice.chance(0.5):
        last = min(last, world.day(ending.week) + dt.timedelta(weeks=dice.between(8, 26)))
    elif dice.chance(0.07):
        last = first + dt.timedelta(days=dice.between(20, max(30, (end - first).days)))
    last = max(first, min(last, end))
    cause = "rival" if name in rivals else "noise"
    world.truth.add(
        "public_items",
        "technographics.csv",
        f"{company.name.domain}|{name}",
        company.index,
        "technology_seen",
        cause,
        str(first),
        None,
    )
    return (company.name.domain, name, category, first, last)


def write_github(world: World) -> None:
    """The latest public events of organisations, one API reply a file, and the organisations' own entries."""
    for company in world.market.companies:
        dice = world.dice("code", company.index)
        if not dice.chance(ORGANISATIONS * (2 if company.segment == "enterprise" else 1)):
            continue
        login = plain(company.name.root).replace(" ", "-")
        folder = world.out / FOLDER / "github"
        programme = any(event.kind == "automation_programme" for event in company.need_events)
        events = [_event(world, dice, login, company) for _ in range(dice.poisson(26 if programme else 15))]
        events.sort(key=lambda event: str(event["created_at"]), reverse=True)
        _save(folder / f"{login}-{company.index}-events.json", events)
        if dice.chance(0.75):
            about = {
                "login": login, "id": 40_000_000 + company.index, "url": f"https://api.github.com/orgs/{login}", "type": "Organization",
                "name": company.name.full, "blog": f"https://{company.name.domain}", "location": company.city, "public_repos": len(events) // 3,
            }  # fmt: skip
            _save(folder / f"{login}-{company.index}.json", about)
        world.summary.add("public/github", len(events))


def _event(world: World, dice: Dice, login: str, company: Company) -> dict[str, object]:
    kind, repository = str(dice.draw(EVENTS)), f"{login}/{dice.pick(REPOSITORIES)}"
    day = world.config.end - dt.timedelta(days=dice.between(1, 90))
    payload: dict[str, object] = {"action": "opened"}
    if kind == "PushEvent":
        payload = {"ref": "refs/heads/main", "size": dice.between(1, 9)}
    elif kind == "ReleaseEvent":
        tag = f"v{dice.between(0, 4)}.{dice.between(0, 12)}.{dice.between(0, 9)}"
        payload = {"action": "published", "release": {"tag_name": tag, "name": tag}}
    elif kind == "CreateEvent":
        payload = {"ref": None, "ref_type": "repository", "description": None}
    number = dice.between(20_000_000_000, 49_999_999_999)
    return {
        "id": str(number), "type": kind, "actor": {"id": dice.between(1000, 9_000_000), "login": f"dev{dice.between(1, 400)}"},
        "repo": {"id": dice.between(1000, 900_000_000), "name": repository}, "payload": payload, "public": True,
        "created_at": f"{day}T{dice.between(7, 18):02}:{dice.between(0, 59):02}:00Z", "org": {"id": 40_000_000 + company.index, "login": login},
    }  # fmt: skip


def _save(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
