"""Job boards: what Greenhouse, Lever and Ashby answered for each company's board on some days, a reply a line."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import json
from dataclasses import dataclass
from typing import Any

from tandem.simulation.dice import Dice, Weighted
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company
from tandem.simulation.names import plain
from tandem.simulation.world import World
from tandem.simulation.writers.public.wording import slots_of, words_of

FOLDER = "public"
HAS_BOARD = {"enterprise": 0.55, "mid-market": 0.36, "commercial": 0.10}
VENDORS = Weighted([("greenhouse", 40), ("lever", 32), ("ashby", 28)])
SNAPSHOT_WEEKS = 13
OPEN_WEEKS = (3, 16)
NEED_POSTS, NOISE_POSTS = 2.4, {"enterprise": 4.0, "mid-market": 2.2, "commercial": 1.2}
LEAD_WEEKS = (-2, 12)  # weeks after the first week of a cause of need


@dataclass(slots=True)
class _Post:
    company: Company
    opened: dt.date
    closed: dt.date
    title: str
    department: str
    text: str
    place: str
    number: int
    token: str


def write_jobs(world: World) -> None:
    """One file a vendor and snapshot day."""
    boards: dict[str, list[tuple[Company, list[_Post]]]] = {}
    for company in world.market.companies:
        dice = world.dice("job board", company.index)
        if dice.chance(HAS_BOARD[company.segment]):
            boards.setdefault(str(dice.draw(VENDORS)), []).append((company, _posts(world, dice, company)))
    folder = world.out / FOLDER / "jobs"
    folder.mkdir(parents=True, exist_ok=True)
    for vendor, listed in sorted(boards.items()):
        for day in _days(world):
            lines = [
                json.dumps(_reply(vendor, company, some, day), ensure_ascii=False)
                for company, posts in listed
                if (some := [post for post in posts if post.opened <= day <= post.closed])
            ]
            if lines:
                name = f"{vendor}-{day}.jsonl"
                (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
                world.summary.add(f"public/jobs/{name}", len(lines))


def _days(world: World) -> list[dt.date]:
    """The last day and every thirteenth week before it."""
    days = [world.config.end - dt.timedelta(weeks=SNAPSHOT_WEEKS * back) for back in range(40)]
    return sorted(day for day in days if day >= world.config.start)


def _posts(world: World, dice: Dice, company: Company) -> list[_Post]:
    config = world.config
    posts = []
    for event in company.need_events:
        rows = [row for row in load("public")["jobs"] if event.kind in row["need"]]
        for _ in range(dice.poisson(NEED_POSTS)):
            day = world.day(event.week) + dt.timedelta(weeks=dice.between(*LEAD_WEEKS), days=dice.between(0, 6))
            posts.append(_post(world, dice, company, dice.pick(rows), day, event.kind))
    span = (config.end - config.start).days
    for _ in range(dice.poisson(NOISE_POSTS[company.segment] * config.months / 18)):
        day = config.start + dt.timedelta(days=dice.between(0, span))
        posts.append(_post(world, dice, company, dice.pick(load("public")["jobs"]), day, "noise"))
    return sorted(posts, key=lambda post: post.number)


def _post(world: World, dice: Dice, company: Company, row: dict[str, Any], day: dt.date, cause: str) -> _Post:
    slots = slots_of(dice, "en", company, day)
    lines = dice.some(row["lines"], 2)
    words = words_of("en")
    told = [words.say_line(line, dice, slots) for line in lines]
    number = dice.between(4_000_000_000, 7_999_999_999)
    token = plain(company.name.short if dice.chance(0.6) else company.name.root).replace(" ", dice.pick(("-", "")))
    post = _Post(
        company, day, day + dt.timedelta(weeks=dice.between(*OPEN_WEEKS)), dice.pick(row["titles"]), row["department"], " ".join(told),
        f"{company.city}, {company.place.name}", number, token,
    )  # fmt: skip
    if world.config.start <= day <= world.config.end:
        world.truth.add("public_items", "jobs", str(number), company.index, "job_post", cause, str(day), None)
    return post


def _reply(vendor: str, company: Company, posts: list[_Post], day: dt.date) -> object:
    token = posts[0].token if posts else ""
    make = {"greenhouse": _greenhouse, "lever": _lever, "ashby": _ashby}[vendor]
    rows = [make(post, token, company) for post in posts]
    if vendor == "lever":
        return rows
    return {"jobs": rows, "meta": {"total": len(rows)}} if vendor == "greenhouse" else {"apiVersion": "1", "jobs": rows}


def _greenhouse(post: _Post, token: str, company: Company) -> dict[str, object]:
    moment = f"{post.opened}T09:{post.number % 60:02}:00-05:00"
    own = post.number % 5 < 2
    url = (
        f"https://www.{company.name.domain}/careers/job?gh_jid={post.number}"
        if own
        else f"https://boards.greenhouse.io/{token}/jobs/{post.number}"
    )
    return {
        "absolute_url": url, "internal_job_id": post.number - 1_000_000, "location": {"name": post.place}, "metadata": None,
        "id": post.number, "updated_at": moment, "requisition_id": f"R-{post.number % 9000}", "title": post.title,
        "company_name": company.name.short, "first_published": moment, "content": html.escape(f"<p>{post.text}</p>"),
        "departments": [{"id": post.number % 900, "name": post.department, "child_ids": [], "parent_id": None}],
        "offices": [{"id": post.number % 77, "name": company.city, "location": post.place, "child_ids": [], "parent_id": None}],
    }  # fmt: skip


def _identifier(number: int) -> str:
    digits = hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _lever(post: _Post, token: str, company: Company) -> dict[str, object]:
    key = _identifier(post.number)
    created = int(dt.datetime.combine(post.opened, dt.time(9, post.number % 60), dt.UTC).timestamp() * 1000)
    return {
        "additionalPlain": "", "categories": {"commitment": "Full-time", "department": post.department, "location": post.place, "team": post.department},
        "createdAt": created, "descriptionPlain": post.text, "id": key, "lists": [], "text": post.title, "country": company.place.code,
        "workplaceType": "on-site", "hostedUrl": f"https://jobs.lever.co/{token}/{key}", "applyUrl": f"https://jobs.lever.co/{token}/{key}/apply",
    }  # fmt: skip


def _ashby(post: _Post, token: str, company: Company) -> dict[str, object]:
    key = _identifier(post.number)
    return {
        "id": key, "title": post.title, "department": post.department, "team": post.department, "employmentType": "FullTime",
        "location": post.place, "isRemote": False, "isListed": True, "publishedAt": f"{post.opened}T09:{post.number % 60:02}:00.000+00:00",
        "jobUrl": f"https://jobs.ashbyhq.com/{token}/{key}", "applyUrl": f"https://jobs.ashbyhq.com/{token}/{key}/application",
        "descriptionPlain": post.text, "address": {"postalAddress": {"addressLocality": company.city, "addressCountry": company.place.name}},
    }  # fmt: skip
