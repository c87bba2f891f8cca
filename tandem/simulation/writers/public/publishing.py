"""Who tells what: news rooms, the wire, the trade press, vendors, fairs, podcasts, blogs and people's own posts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tandem.simulation.dice import Dice
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company, Person
from tandem.simulation.names import plain
from tandem.simulation.times import working_moment
from tandem.simulation.world import World
from tandem.simulation.writers.public.feeds import Entry, write_atom, write_rss
from tandem.simulation.writers.public.happenings import MARKET, NOISE, Happening
from tandem.simulation.writers.public.wording import LANGUAGES, amount_text, body_of, named, slots_of, title_of

FOLDER = "public"
NEWS_ROOM = {"enterprise": 0.85, "mid-market": 0.55, "commercial": 0.28}  # has one that a reader follows
ON_THE_WIRE, IN_THE_PRESS, OWN_LANGUAGE = 0.25, 0.34, 0.5
LATE, UNDATED, WRONG_NAME = 0.06, 0.006, 0.015
MARKET_A_WEEK = 5.0
OVERLAP = dt.timedelta(days=7)  # a feed saved in parts holds the last week of the part before
SMALL_NEWS = frozenset({"news", "award", "product_launch"})


@dataclass(slots=True)
class _Desk:
    """Entries by feed, and what the truth says of each."""

    world: World
    feeds: dict[str, list[Entry]] = field(default_factory=dict)
    number: int = 0

    def take(self, feed: str, entry: Entry, one: Happening | None, cause: str) -> None:
        """Keep an entry for a feed, and its truth."""
        self.feeds.setdefault(feed, []).append(entry)
        company = one.company.index if one else None
        person = one.person.index if one and one.person else None
        self.world.truth.add(
            "public_items",
            feed,
            entry.key,
            company,
            one.kind if one else MARKET,
            cause,
            str(one.day) if one else None,
            person,
        )

    def next(self) -> int:
        """A number for the next text."""
        self.number += 1
        return self.number


def write_feeds(world: World, told: Sequence[Happening]) -> None:
    """All feeds of `public/`."""
    desk = _Desk(world)
    for place, one in enumerate(told):
        dice = world.dice("published", place, one.company.index)
        if one.kind in ("post", "new_job", "personal"):
            _by_the_person(desk, dice, one, "people/posts")
        elif one.kind == "blog_post":
            _by_the_person(desk, dice, one, "blogs/planet")
        elif one.kind == "podcast":
            _on_a_show(desk, dice, one)
        elif one.kind == "talk":
            _at_a_fair(desk, dice, one)
        elif one.kind == "competitor_deployment":
            _by_the_vendor(desk, dice, one)
        else:
            _in_the_news(desk, dice, one)
    _market(desk)
    _save(desk)


def _slots(dice: Dice, language: str, one: Happening) -> dict[str, str]:
    """Slots of a text, with the happening's own facts."""
    slots = slots_of(dice, language, one.company, one.day)
    if one.person is not None:
        title = next(
            (job.title for job in (one.person.first_job, one.person.second_job) if job and job.company is one.company),
            "",
        )
        slots |= {"person": one.person.name, "position": title or one.person.title}
    slots |= one.extra
    if one.amount:
        slots["amount"] = amount_text(dice, language, one.amount, one.company.place.currency)
    return slots


def _entry(
    desk: _Desk, dice: Dice, one: Happening, language: str, home: str, slots: dict[str, str], *, lag: int = 0
) -> Entry | None:
    """A text about a happening; None when it would come out after the export."""
    kind = "customer_story" if one.kind == "competitor_deployment" else one.kind
    day = one.day + dt.timedelta(days=lag + (dice.between(10, 60) if dice.chance(LATE) else 0))
    if day > desk.world.config.end - dt.timedelta(days=3):
        return None
    at = working_moment(dice, one.company.place.zone, day)
    title = title_of(kind, language, dice, slots)
    url = f"{home}/{plain(title).replace(' ', '-')[:60].strip('-')}-{desk.next()}"
    text = body_of(kind, language, dice, slots)
    dated = None if dice.chance(UNDATED) else at
    return Entry(url, dated, title, text, url, language, order=at)


def _language(dice: Dice, company: Company) -> str:
    own = company.place.language
    return own if own in LANGUAGES and dice.chance(OWN_LANGUAGE) else "en"


def _site(company: Company) -> str:
    return f"https://www.{company.name.domain}"


def _in_the_news(desk: _Desk, dice: Dice, one: Happening) -> None:
    """The company's own news room, the wire, and the trade press of a language some days later."""
    company = one.company
    slots_by: dict[str, dict[str, str]] = {}
    language = _language(dice, company)
    has_room = desk.world.dice("news room", company.index).chance(NEWS_ROOM[company.segment])
    told = 0
    for feed, wanted in (("news/newsrooms", has_room), ("news/wire", dice.chance(ON_THE_WIRE if has_room else 0.6))):
        if not wanted:
            continue
        slots = slots_by.setdefault(language, _slots(dice, language, one))
        home = (
            f"{_site(company)}/{dice.pick(('news', 'press', 'newsroom'))}" if feed == "news/newsrooms" else _wire_home()
        )
        entry = _entry(desk, dice, one, language, home, slots)
        if entry is not None:
            entry.source = (company.name.full, _site(company)) if has_room or dice.chance(0.6) else ("", "")
            desk.take(feed, entry, one, "repeat" if told else one.cause)
            told += 1
    if dice.chance(IN_THE_PRESS * (0.25 if one.kind in SMALL_NEWS else 1.0)):
        _in_the_press(desk, dice, one, repeats=told > 0)


def _wire_home() -> str:
    return f"https://{load('public')['wire']['host']}/release"


def _in_the_press(desk: _Desk, dice: Dice, one: Happening, *, repeats: bool) -> None:
    paper = _of_language(dice, load("public")["papers"], one.company)
    slots = _slots(dice, paper["language"], one)
    cause = "repeat" if repeats else one.cause
    if dice.chance(WRONG_NAME):
        slots["company"] = named(dice, dice.pick(desk.world.market.companies))
        cause = "wrong company"
    entry = _entry(
        desk, dice, one, paper["language"], f"https://{paper['host']}/article", slots, lag=dice.between(1, 6)
    )
    if entry is not None:
        entry.author = dice.pick(("Editorial desk", "J. Marlow", "K. Ebert", "S. Aubry"))
        desk.take(f"news/{paper['file']}", entry, one, cause)


def _of_language(dice: Dice, rows: list[dict[str, Any]], company: Company) -> dict[str, Any]:
    """The row of the company's language, else the first."""
    return next((row for row in rows if row["language"] == company.place.language and dice.chance(0.75)), rows[0])


def _by_the_vendor(desk: _Desk, dice: Dice, one: Happening) -> None:
    vendor = one.extra["vendor"]
    site = f"https://www.{plain(vendor).replace(' ', '-')}.example"
    entry = _entry(desk, dice, one, "en", f"{site}/customers", _slots(dice, "en", one))
    if entry is not None:
        entry.source, entry.tags = (vendor, site), ("Customer stories",)
        desk.take("news/vendors", entry, one, one.cause)


def _at_a_fair(desk: _Desk, dice: Dice, one: Happening) -> None:
    language = _language(dice, one.company)
    slots = _slots(dice, language, one)
    fair = plain(slots["show"]).replace(" ", "-")
    entry = _entry(desk, dice, one, language, f"https://www.{fair}.example/programme", slots)
    if entry is not None:
        entry.author, entry.tags = slots["person"], ("Talks", slots["show"])
        desk.take("events/programmes", entry, one, one.cause)


def _on_a_show(desk: _Desk, dice: Dice, one: Happening) -> None:
    show = _of_language(dice, load("public")["shows"], one.company)
    entry = _entry(
        desk, dice, one, show["language"], f"https://{show['host']}/episodes", _slots(dice, show["language"], one)
    )
    if entry is not None:
        entry.minutes = dice.between(18, 70)
        desk.take(f"podcasts/{show['file']}", entry, one, one.cause)


def _by_the_person(desk: _Desk, dice: Dice, one: Happening, feed: str) -> None:
    """Signed by the person, half of the time with the address at work."""
    person, company = one.person, one.company
    if person is None:
        return
    language = "de" if person.language == "de" and one.kind != "blog_post" and dice.chance(0.7) else "en"
    home = f"{_site(company)}/blog" if feed.startswith("blogs") else _profile(desk.world, person)
    entry = _entry(desk, dice, one, language, home, _slots(dice, language, one))
    if entry is not None:
        entry.author = person.name
        entry.email = person.job_on(one.day).email if dice.chance(0.5) else ""
        entry.author_url = _site(company) if dice.chance(0.7) else ""
        entry.source = (
            (f"{company.name.short} blog", f"{_site(company)}/blog") if feed.startswith("blogs") else ("", "")
        )
        desk.take(feed, entry, one, one.cause)


def _profile(world: World, person: Person) -> str:
    name = plain(person.name).replace(" ", "-")
    return f"https://posts.example/{name}-{person.index}"


def _market(desk: _Desk) -> None:
    """Pieces of the trade press about nobody in particular."""
    world = desk.world
    companies = world.market.companies
    for paper in load("public")["papers"]:
        dice = world.dice("market news", paper["file"])
        span = (world.config.end - world.config.start).days
        rate = MARKET_A_WEEK * span / 7 * min(1.0, world.config.scale, len(companies) / 1000)
        for _ in range(dice.poisson(rate)):
            day = world.config.start + dt.timedelta(days=dice.between(0, span))
            one = Happening(dice.pick(companies), day, MARKET, NOISE)
            slots = slots_of(dice, paper["language"], one.company, day)
            entry = _entry(desk, dice, one, paper["language"], f"https://{paper['host']}/article", slots)
            if entry is not None:
                desk.take(f"news/{paper['file']}", entry, None, NOISE)


def _save(desk: _Desk) -> None:
    """One file a feed; the two large ones in halves of a year that overlap by a week."""
    public = load("public")
    out, told = desk.world.out / FOLDER, desk.world.summary
    titles = {f"news/{one['file']}": one for one in public["papers"]} | {
        f"podcasts/{one['file']}": one for one in public["shows"]
    }
    for feed, entries in sorted(desk.feeds.items()):
        if feed in titles:
            one = titles[feed]
            count = write_rss(
                out / f"{feed}.xml", one["title"], f"https://{one['host']}", one["language"], entries,
                show=feed.startswith("podcasts"),
            )  # fmt: skip
            told.add(f"public/{feed}.xml", count)
        else:
            _save_collected(desk, feed, entries)


def _save_collected(desk: _Desk, feed: str, entries: list[Entry]) -> None:
    out, told = desk.world.out / FOLDER, desk.world.summary
    wire = load("public")["wire"]
    for name, part in _parts(feed, entries, desk.world.config.start):
        path = out / f"{name}.xml"
        if feed == "news/wire":
            count = write_rss(path, wire["title"], f"https://{wire['host']}", "en", part)
        elif feed == "events/programmes":
            count = write_rss(path, "Fair programmes: talks and panels", "https://fairs.example", "en", part)
        else:
            count = write_atom(path, {"blogs/planet": "Blogs we read", "people/posts": "People we follow"}.get(feed, "News we read"),
                               f"https://reader.example/{feed}.atom", part)  # fmt: skip
        told.add(f"public/{name}.xml", count)


def _parts(feed: str, entries: list[Entry], start: dt.date) -> list[tuple[str, list[Entry]]]:
    """The whole feed, or its halves of a year."""
    if feed not in ("news/newsrooms", "news/wire"):
        return [(feed, entries)]
    parts: dict[str, list[Entry]] = {}
    for entry in entries:
        names = {
            f"{feed}-{day.year}-{1 + (day.month > 6)}" for day in (entry.order.date(), entry.order.date() + OVERLAP)
        }
        for name in names:
            parts.setdefault(name, []).append(entry)
    return sorted(parts.items())
