"""The latent part of the truth: company, market, people, deals. Each writer adds what it planted itself."""

from __future__ import annotations

import dataclasses

from tandem.simulation.deals.chain import STAGES, state_parts
from tandem.simulation.deals.paths import Deal
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company
from tandem.simulation.world import World

NEED_EVERY_WEEKS = 4


def write_truth(world: World) -> None:
    """Fill the tables that no single writer owns. Quick when no truth is kept."""
    if not world.truth.kept:
        return
    for key, value in dataclasses.asdict(world.config).items():
        world.truth.add("meta", key, str(value))
    for company in world.market.companies:
        _company(world, company)
    _persons(world)
    for member in world.staff:
        world.truth.add(
            "staff", member.email, member.name, member.role, member.team, member.skill, member.optimism, member.hygiene,
            member.gaming, str(member.started), _text(member.ended),
        )  # fmt: skip
    for deal in world.book.deals:
        _deal(world, deal)


def _company(world: World, company: Company) -> None:
    truth = world.truth
    owner = company.owner.email if company.owner else ""
    truth.add(
        "companies", company.index, company.name.full, company.name.domain, company.place.code,
        load("companies")["industries"]["names"][company.industry], company.employees, company.segment, company.fit, company.usage,
        company.parent.index if company.parent else None, owner, _text(company.customer_since), _text(company.churned_on), company.sites,
    )  # fmt: skip
    for event in company.need_events:
        truth.add("need_events", company.index, event.kind, str(world.day(event.week)), event.weeks, event.strength)
    for week in range(0, world.config.weeks, NEED_EVERY_WEEKS):
        truth.add("need", company.index, str(world.day(week)), round(world.need(company, week), 4))


def _persons(world: World) -> None:
    for person in world.market.people:
        second = person.second_job
        world.truth.add(
            "persons", person.index, person.name, person.part, person.title, person.language, person.style, person.consent,
            person.first_job.company.index, person.first_job.email, _text(person.moved), second.company.index if second else None,
            second.email if second else None, int(person.opted_out),
        )  # fmt: skip


def _deal(world: World, deal: Deal) -> None:
    truth = world.truth
    truth.add(
        "deals", deal.index, world.opportunity_ids.get(deal.index), deal.company.index, deal.owner.email, deal.motion,
        deal.company.segment, deal.pull, deal.fit, deal.skill, deal.competitor, deal.price_pressure, str(deal.opened_on), deal.outcome,
        _text(deal.ended), deal.amount, deal.final_amount, deal.currency, deal.discount, deal.cause,
        deal.champion.index if deal.champion else None, deal.buyer.index if deal.buyer else None, _text(deal.champion_left),
    )  # fmt: skip
    for offset, code in enumerate(deal.path):
        stage, champion, buyer, frozen = state_parts(code)
        truth.add(
            "deal_weeks", deal.index, str(world.day(deal.opened + offset)), STAGES[stage], champion, buyer, frozen,
            round(deal.p_ever[offset], 5), round(deal.p_quarter[offset], 5),
        )  # fmt: skip


def _text(day: object) -> str | None:
    return None if day is None else str(day)
