"""A small company, written by hand, for tests of pages, queries and rights; see tests/README.md.

`build()` stores it through the models in a few dozen statements. It is one moment of one company: Tuesday 24 November
2026, 08:40 UTC, the moment at which the `now` fixture holds the clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings

from tandem.access.models import Organisation, Person, Team
from tandem.accounts import models as rows
from tandem.accounts.actions.rejects import COLUMNS
from tandem.accounts.domain.conversion import row_hash
from tandem.core.actors import Actor, ActorKind
from tandem.core.models import ExchangeRate
from tests import company_facts as facts

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
LONG_AGO = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The stored company. Each mapping goes from the words of `company_facts` to the stored row.

    people : "lena" manager, "maya" and "liam" sellers of two teams, "priya" SDR, "olga" RevOps, "victor" executive,
        "cleo" compliance
    records : source records by (source, entity, word)
    pairs : the two likely duplicates in review, "account" and "contact"
    absorbed : the account that was merged into "alpine", now only a pointer
    merge : the event that tells of it
    loads : by word: "accounts", "contacts", "deals", "leads" (with rejects), "broken" (failed), "list"
    """

    people: Mapping[str, Person]
    teams: Mapping[str, Team]
    sources: Mapping[str, rows.Source]
    accounts: Mapping[str, rows.Account]
    contacts: Mapping[str, rows.Contact]
    deals: Mapping[str, rows.Opportunity]
    loads: Mapping[str, rows.Load]
    records: Mapping[tuple[str, str, str], rows.SourceRecord]
    pairs: Mapping[str, rows.MatchPair]
    absorbed: rows.Account
    merge: rows.MergeEvent

    def actor(self, who: str) -> Actor:
        """A person as an actor, by first name or by role ("seller" is Maya, the other seller is "liam")."""
        person = self.people[facts.FACES.get(who, who)]
        return Actor(kind=ActorKind.PERSON, id=person.id, name=person.name, role=str(person.role))


def build() -> Company:
    """Store the company; the caller has a database."""
    teams, people = _organisation()
    sources = _sources()
    loads = _loads(sources)
    accounts = _accounts(people)
    contacts = _contacts(people, accounts)
    deals = _deals(people, accounts)
    records = _records(sources, loads, accounts, contacts, deals)
    absorbed, merge = _merge(sources, loads, accounts, records)
    _points(sources, accounts, contacts)
    _deal_facts(sources, people, accounts, contacts, deals)
    _activities(sources, people, accounts, contacts, deals)
    return Company(
        people=people,
        teams=teams,
        sources=sources,
        accounts=accounts,
        contacts=contacts,
        deals=deals,
        loads=loads,
        records=records,
        pairs=_pairs(records),
        absorbed=absorbed,
        merge=merge,
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _money(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None


def _store(made: Mapping[str, Any]) -> dict[str, Any]:
    """Write rows of one model at once; they keep their words."""
    values = list(made.values())
    type(values[0]).objects.bulk_create(values)
    return dict(made)


def _organisation() -> tuple[dict[str, Team], dict[str, Person]]:
    Organisation.objects.create(
        id=1,
        name="Aislewright",
        currency="EUR",
        country="DE",
        time_zone="Europe/Berlin",
        domains=["aislewright.example"],
    )
    teams: dict[str, Team] = {}
    for name, (parent, region) in facts.TEAMS.items():
        teams[name] = Team.objects.create(name=name, region=region, parent=teams.get(parent or ""))
    people: dict[str, Person] = {}
    for word, (name, role, team, boss, country, zone) in facts.PEOPLE.items():
        people[word] = Person.objects.create(
            email=f"{word}@aislewright.example", name=name, role=role, team=teams.get(team or ""),
            reports_to=people.get(boss or ""), country=country, time_zone=zone, password="!", starts_on=date(2025, 1, 1),
        )  # fmt: skip
    ExchangeRate.objects.bulk_create(
        ExchangeRate(base=base, quote=quote, on=_day(on), rate=Decimal(rate), source="ECB reference rate")
        for base, quote, on, rate in facts.RATES
    )
    return teams, people


def _sources() -> dict[str, rows.Source]:
    return _store(
        {
            key: rows.Source(
                key=key, name=name, kind=kind, system=system, expected_every_hours=hours, created_at=LONG_AGO
            )
            for key, (name, kind, system, hours) in facts.SOURCES.items()
        }
    )


def _loads(sources: Mapping[str, rows.Source]) -> dict[str, rows.Load]:
    def load(source: str, entity: str, file: str, landed: int, *, refused: int = 0, hours: int = 6, **more: Any) -> Any:
        at = NOW - timedelta(hours=hours)
        digest = hashlib.sha256(file.encode()).hexdigest()
        counts = {"rows_read": landed + refused, "rows_landed": landed, "rows_refused": refused, "position": landed}
        values = counts | {"state": "landed", "started_at": at, "finished_at": at + timedelta(seconds=4)} | more
        return rows.Load(source=sources[source], entity=entity, file_name=file, file_sha256=digest, **values)

    broken = {"code": "data.unreadable", "message": "companies.csv is no CSV.", "hint": "Export it again.", "where": {}}
    made = _store(
        {
            "accounts": load("crm", "account", "Account.csv", 11, notes=["Dates are read as day.month.year."]),
            "contacts": load("crm", "contact", "Contact.csv", 17),
            "deals": load("crm", "opportunity", "Opportunity.csv", 11),
            "leads": load(
                "marketing",
                "contact",
                "hubspot-contacts.csv",
                7,
                refused=3,
                hours=80,
            ),
            "broken": load(
                "marketing", "account", "companies.csv", 0, hours=79, state="failed", finished_at=None, error=broken
            ),
            "list": load("vendor", "contact", "zoominfo-contacts.csv", 4, hours=24 * 40),
        }
    )
    _write_rejects(made["leads"])
    return made


def _write_rejects(load: rows.Load) -> None:
    """What landing leaves behind for a load with refused rows."""
    folder = Path(settings.DATA_DIR) / "rejects"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"load-{load.id}.csv"
    lines = [",".join(COLUMNS)]
    lines += [f'{row},row refused,email,nobody@,"is no mail address",email=nobody@' for row in (3, 6, 9)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    load.rejects_path = str(file.relative_to(settings.DATA_DIR))
    load.save(update_fields=["rejects_path"])


def _accounts(people: Mapping[str, Person]) -> dict[str, rows.Account]:
    made: dict[str, rows.Account] = {}
    for word, row in facts.ACCOUNTS.items():
        name, owner, domain, kind, segment, trade, size, revenue, currency, city, country, _, told = row
        made[word] = rows.Account(
            name=name, owner=people.get(owner or ""), domain=domain, type=kind, segment=segment, industry=trade,
            employees=size, annual_revenue=_money(revenue), currency=currency, city=city, country=country,
            source_count=len(told.split()), last_activity_at=_last_touch("account", word), created_at=LONG_AGO,
            updated_at=NOW - timedelta(days=2),
        )  # fmt: skip
    _store(made)
    for word, row in facts.ACCOUNTS.items():
        if row[11]:
            made[word].parent = made[row[11]]
            made[word].save(update_fields=["parent"])
    return made


def _contacts(people: Mapping[str, Person], accounts: Mapping[str, rows.Account]) -> dict[str, rows.Contact]:
    made = {}
    for word, row in facts.CONTACTS.items():
        name, account, owner, title, seniority, department, mail, phone, country, told, flags = row
        first, _, last = name.partition(" ")
        made[word] = rows.Contact(
            name=name, first_name=first, last_name=last, account=accounts.get(account or ""),
            owner=people.get(owner or ""), title=title, seniority=seniority, department=department, email=mail,
            phone=phone, country=country, language={"DE": "de", "AT": "de"}.get(country, ""),
            source_count=len(told.split()), agreeing_sources=len(told.split()),
            last_activity_at=_last_touch("contact", word), created_at=LONG_AGO, updated_at=NOW - timedelta(days=2),
            **dict.fromkeys(flags.split(), True),
        )  # fmt: skip
    return _store(made)


def _last_touch(what: str, word: str) -> datetime | None:
    place = {"account": 6, "contact": 7, "deal": 8}[what]
    return max((_moment(row[2]) for row in facts.ACTIVITIES if row[place] == word), default=None)


def _deals(people: Mapping[str, Person], accounts: Mapping[str, rows.Account]) -> dict[str, rows.Opportunity]:
    made = {}
    meridian = rows.Competitor.objects.create(name="Meridian Systems", domain="meridian.example")
    for word, row in facts.DEALS.items():
        name, account, owner, motion, stage, amount, currency, odds, category, close, state, opened, step = row
        changed = [_moment(at) for deal, field, _, _, at, _ in facts.CHANGES if (deal, field) == (word, "stage")]
        made[word] = rows.Opportunity(
            name=name, account=accounts.get(account or ""), owner=people.get(owner or ""), motion=motion, stage=stage,
            amount=_money(amount), currency=currency, probability=odds, forecast_category=category,
            close_on=_day(close), is_closed=state != "open", is_won=state == "won",
            closed_on=None if state == "open" else _day(close), lost_reason="Price" if state == "lost" else "",
            competitor=meridian if state == "lost" else None, next_step=step, lead_source="Referral",
            stage_since=max(changed, default=_moment(opened)), opened_on=_day(opened),
            last_activity_at=_last_touch("deal", word), created_at=_moment(opened), updated_at=NOW - timedelta(days=1),
        )  # fmt: skip
    return _store(made)


def _records(
    sources: Mapping[str, rows.Source],
    loads: Mapping[str, rows.Load],
    accounts: Mapping[str, rows.Account],
    contacts: Mapping[str, rows.Contact],
    deals: Mapping[str, rows.Opportunity],
) -> dict[tuple[str, str, str], rows.SourceRecord]:
    made: dict[tuple[str, str, str], rows.SourceRecord] = {}

    def add(source: str, entity: str, word: str, golden_id: int, data: dict[str, Any], several: bool) -> None:
        made[source, entity, word] = rows.SourceRecord(
            source=sources[source], entity=entity, key=f"{source}-{word}", data=data, row_hash=row_hash(data),
            load=loads[_LOAD_OF.get((source, entity), "list")], row_number=len(made) + 1, golden_id=golden_id,
            observed_at=NOW - timedelta(days={"crm": 2, "marketing": 5, "vendor": 90}[source]), is_dirty=False,
            link="automatic" if several else "alone", match_probability=0.97 if several else None,
        )  # fmt: skip

    for word, row in facts.ACCOUNTS.items():
        for source in row[12].split():
            add(source, "account", word, accounts[word].id, _account_data(source, word), len(row[12].split()) > 1)
    for word, row in facts.CONTACTS.items():
        for source in row[9].split():
            add(source, "contact", word, contacts[word].id, _contact_data(source, word), len(row[9].split()) > 1)
    for word in facts.DEALS:
        add("crm", "opportunity", word, deals[word].id, _deal_data(word), False)
    return _store(made)


_LOAD_OF = {
    ("crm", "account"): "accounts",
    ("crm", "contact"): "contacts",
    ("crm", "opportunity"): "deals",
    ("marketing", "contact"): "leads",
    ("marketing", "account"): "leads",
}


def _account_data(source: str, word: str) -> dict[str, Any]:
    """What a source says: the CRM as it stands; marketing knows no money; the vendor has older head counts."""
    name, owner, domain, kind, segment, trade, size, revenue, currency, city, country, parent, _ = facts.ACCOUNTS[word]
    data = {"name": name, "domain": domain, "industry": trade, "employees": size, "city": city, "country": country}
    if source == "crm":
        data |= {"type": kind, "segment": segment, "annual_revenue": revenue, "currency": currency}
        data |= {
            "owner_email": f"{owner}@aislewright.example" if owner else "",
            "parent_key": f"crm-{parent}" if parent else "",
        }
    if source == "vendor" and word != "twin":
        data |= {"employees": size - 40, "name": name.replace("ö", "oe").upper()}
    return {field: value for field, value in data.items() if value not in (None, "")}


def _contact_data(source: str, word: str) -> dict[str, Any]:
    name, account, owner, title, seniority, department, mail, phone, country, _, flags = facts.CONTACTS[word]
    first, _, last = name.partition(" ")
    data = {"name": name, "first_name": first, "last_name": last, "title": title, "email": mail, "country": country}
    data |= {"account_key": f"{source}-{account}" if account else "", **dict.fromkeys(flags.split(), True)}
    if source == "crm":
        data |= {"phone": phone, "department": department, "seniority": seniority}
        data |= {"owner_email": f"{owner}@aislewright.example" if owner else ""}
    if source == "vendor":
        data |= {"title": "Production Lead" if word == "anna" else title}
    return {field: value for field, value in data.items() if value not in (None, "")}


def _deal_data(word: str) -> dict[str, Any]:
    name, account, owner, motion, stage, amount, currency, odds, category, close, state, opened, step = facts.DEALS[
        word
    ]
    data = {"name": name, "account_key": f"crm-{account}" if account else "", "motion": motion, "stage": stage}
    data |= {"amount": amount, "currency": currency, "probability": odds, "forecast_category": category}
    data |= {"close_on": close, "is_closed": state != "open", "is_won": state == "won", "next_step": step}
    data |= {"owner_email": f"{owner}@aislewright.example" if owner else "", "created_at": f"{opened}T00:00:00+00:00"}
    return {field: value for field, value in data.items() if value not in (None, "")}


def _pairs(records: Mapping[tuple[str, str, str], rows.SourceRecord]) -> dict[str, rows.MatchPair]:
    def pair(entity: str, one: str, other: str, probability: float, name: tuple[str, str]) -> rows.MatchPair:
        ends = sorted([records["crm", entity, one], records["vendor", entity, other]], key=lambda record: record.id)
        weights = [
            {"comparison": "prior", "left": "", "right": "", "weight": -12.0},
            {"comparison": "name", "left": name[0], "right": name[1], "weight": 6.2},
            {"comparison": "domain", "left": "kroeger.example", "right": "kroeger.example", "weight": 7.1},
        ]
        return rows.MatchPair(
            entity=entity, left=ends[0], right=ends[1], probability=probability, weights=weights, state="review"
        )

    return _store(
        {
            "account": pair("account", "kroeger", "twin", 0.71, ("Kröger Maschinenbau GmbH", "Kroeger Maschinenbau")),
            "contact": pair("contact", "anna", "anna_twin", 0.58, ("Anna Weiss", "A. Weiss")),
        }
    )


def _merge(
    sources: Mapping[str, rows.Source],
    loads: Mapping[str, rows.Load],
    accounts: Mapping[str, rows.Account],
    records: Mapping[tuple[str, str, str], rows.SourceRecord],
) -> tuple[rows.Account, rows.MergeEvent]:
    """Alpine stood twice in the CRM; Olga put the two together last week."""
    kept = accounts["alpine"]
    at = NOW - timedelta(days=6)
    absorbed = rows.Account.objects.create(
        name="Alpine Robotics", domain=kept.domain, country="CH", merged_into=kept, created_at=LONG_AGO, updated_at=at
    )
    data = {"name": "Alpine Robotics", "domain": kept.domain, "country": "CH"}
    moved = rows.SourceRecord.objects.create(
        source=sources["crm"], entity="account", key="crm-alpine-old", data=data, row_hash=row_hash(data),
        load=loads["accounts"], row_number=12, observed_at=LONG_AGO, golden_id=kept.id, link="reviewed",
        match_probability=0.88, is_dirty=False,
    )  # fmt: skip
    pair = rows.MatchPair.objects.create(
        entity="account", left=records["crm", "account", "alpine"], right=moved, probability=0.88, state="merged",
        weights=[{"comparison": "prior", "left": "", "right": "", "weight": -12.0}], decided_at=at,
        decided_by_id=Person.objects.get(email="olga@aislewright.example").id,
    )  # fmt: skip
    event = rows.MergeEvent.objects.create(
        entity="account", kept_id=kept.id, absorbed_id=absorbed.id, record_ids=[moved.id],
        moved={"pair_state": "review"}, pair=pair, at=at,
        by="Olga Lindqvist",
    )  # fmt: skip
    return absorbed, event


def _points(
    sources: Mapping[str, rows.Source], accounts: Mapping[str, rows.Account], contacts: Mapping[str, rows.Contact]
) -> None:
    domains, points, jobs = [], [], []
    for word, row in facts.ACCOUNTS.items():
        domains.append(rows.AccountDomain(account=accounts[word], domain=row[2], source=sources[row[12].split()[0]]))
    for word, row in facts.CONTACTS.items():
        _, account, _, title, _, _, mail, phone, _, told, flags = row
        for source in told.split():
            verdict = "valid" if source == "crm" else "unverified"
            common = {"contact": contacts[word], "source": sources[source], "verification": verdict}
            points.append(rows.ContactPoint(kind="email", value=mail, is_primary=source == told.split()[0], **common))
            if phone and source == "crm":
                points.append(rows.ContactPoint(kind="phone", value=phone, **common))
            if account:
                jobs.append(
                    rows.Employment(
                        contact=contacts[word], account=accounts[account], account_name=facts.ACCOUNTS[account][0],
                        title=title, is_current="has_left" not in flags, source=sources[source],
                    )
                )  # fmt: skip
    points.append(
        rows.ContactPoint(
            contact=contacts["anna"], kind="email", value="anna@kroeger.example", source=sources["vendor"],
            verification="bounced", verified_at=NOW - timedelta(days=30),
        )
    )  # fmt: skip
    jobs.append(
        rows.Employment(
            contact=contacts["anna"], account=accounts["helios"], account_name="Helios Energie SE", title="Engineer",
            starts_on=date(2015, 4, 1), ends_on=date(2021, 12, 31), is_current=False, source=sources["vendor"],
        )
    )  # fmt: skip
    for made in (domains, points, jobs):
        type(made[0]).objects.bulk_create(made)


def _deal_facts(
    sources: Mapping[str, rows.Source],
    people: Mapping[str, Person],
    accounts: Mapping[str, rows.Account],
    contacts: Mapping[str, rows.Contact],
    deals: Mapping[str, rows.Opportunity],
) -> None:
    crm = sources["crm"]
    products = _store(
        {
            key: rows.Product(source=crm, key=key, name=name, family=family, list_price=_money(price), currency=code)
            for key, (name, family, price, code) in facts.PRODUCTS.items()
        }
    )
    rows.OpportunityChange.objects.bulk_create(
        rows.OpportunityChange(
            opportunity=deals[deal], field=field, old=old, new=new, at=_moment(at), by=people[by].name,
            origin="field_history", source=crm,
        )
        for deal, field, old, new, at, by in facts.CHANGES
    )  # fmt: skip
    rows.OpportunityContact.objects.bulk_create(
        rows.OpportunityContact(opportunity=deals[deal], contact=contacts[who], role=role, is_primary=primary)
        for deal, who, role, primary in facts.PARTS
    )
    rows.OpportunityProduct.objects.bulk_create(
        rows.OpportunityProduct(
            opportunity=deals[deal], key=key, product=products[product], quantity=Decimal(count),
            unit_price=_money(price), amount=Decimal(count) * Decimal(price),
        )
        for deal, key, product, count, price in facts.LINES
    )  # fmt: skip
    rows.SellerCall.objects.bulk_create(
        rows.SellerCall(
            person=people[who], opportunity=deals.get(deal or ""), period_starts_on=date(2026, 10, 1), kind=kind,
            amount=_money(amount), currency=code, at=_moment(at), source=crm, key=f"call-{number}",
        )
        for number, (who, deal, kind, amount, code, at) in enumerate(facts.CALLS)
    )  # fmt: skip
    rows.Quota.objects.bulk_create(
        rows.Quota(
            person=people[who],
            starts_on=_day(first),
            ends_on=_day(last),
            amount=_money(amount),
            currency=code,
            source=crm,
        )
        for who, first, last, amount, code in facts.QUOTAS
    )
    rows.Renewal.objects.bulk_create(
        rows.Renewal(
            account=accounts[account], opportunity=deals.get(deal or ""), product=products[product], ends_on=_day(on),
            amount=_money(amount), currency=code, source=crm, key=f"contract-{account}",
        )
        for account, deal, product, on, amount, code in facts.RENEWALS
    )  # fmt: skip


def _activities(
    sources: Mapping[str, rows.Source],
    people: Mapping[str, Person],
    accounts: Mapping[str, rows.Account],
    contacts: Mapping[str, rows.Contact],
    deals: Mapping[str, rows.Opportunity],
) -> None:
    made, parts = [], []
    for number, row in enumerate(facts.ACTIVITIES):
        kind, inbound, at, seconds, subject, body, account, contact, deal, owner = row
        touch = rows.Activity(
            source=sources["crm"], key=f"touch-{number}", kind=kind, is_inbound=inbound, at=_moment(at),
            duration_seconds=seconds, subject=subject, body=body, account=accounts.get(account or ""),
            contact=contacts.get(contact or ""), opportunity=deals.get(deal or ""), owner=people.get(owner or ""),
            thread_key="thread-line-4" if "Line 4 contract" in subject else "", row_hash=row_hash({"n": number}),
        )  # fmt: skip
        made.append(touch)
        role = "from" if inbound else "to" if inbound is False else "attendee"
        parts.append(
            rows.ActivityParticipant(
                activity=touch, address=contacts[contact].email, name=contacts[contact].name, role=role,
                contact=contacts[contact],
            )
        )  # fmt: skip
    rows.Activity.objects.bulk_create(made)
    rows.ActivityParticipant.objects.bulk_create(parts)
