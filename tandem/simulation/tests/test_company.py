"""The simulated company: the same bytes for the same seed, files that agree with each other and with the truth."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tandem.simulation import CompanyConfig, Noise, Summary, simulate
from tandem.simulation.company import build_world
from tandem.simulation.deals.chain import LOST, WON
from tandem.simulation.deals.habits import Bookkeeper
from tandem.simulation.deals.paths import Deal
from tandem.simulation.drift import Drift
from tandem.simulation.outputs import Truth
from tandem.simulation.world import World
from tandem.simulation.writers.product import _Events
from tandem.simulation.writers.vendor import write_vendor

SMALL = CompanyConfig(sellers=4, months=12, scale=0.3)
LATENT_WORDS = (
    "optimism",
    "hygiene",
    "sandbag",
    "gaming",
    "fake_",
    "parked_stages",
    "pushed_dates",
    "p_win",
    "price_pressure",
    "latent",
)


@dataclasses.dataclass(frozen=True)
class Company:
    """A written company and its truth."""

    out: Path
    truth: sqlite3.Connection
    summary: Summary

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.out / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def ask(self, sql: str, *values: object) -> list[tuple]:
        return self.truth.execute(sql, values).fetchall()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("company")
    summary = simulate(SMALL, folder / "out", folder / "truth.sqlite")
    connection = sqlite3.connect(folder / "truth.sqlite")
    yield Company(folder / "out", connection, summary)
    connection.close()


@pytest.fixture(scope="module")
def big_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(CompanyConfig(sellers=40), tmp_path_factory.mktemp("world"), Truth(None))


def digest_of(folder: Path) -> str:
    digest = hashlib.blake2b()
    for file in sorted(entry for entry in folder.rglob("*") if entry.is_file()):
        digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(tmp_path):
    script = (
        "import sys; from pathlib import Path; from tandem.simulation import CompanyConfig, simulate; "
        "simulate(CompanyConfig(sellers=1, months=3, seed=5, scale=0.2), Path(sys.argv[1]) / 'out', Path(sys.argv[1]) / 'truth')"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / seed)], env={**os.environ, "PYTHONHASHSEED": seed}
        )
        for seed in ("1", "77")
    ]
    assert [process.wait() for process in running] == [0, 0]
    assert digest_of(tmp_path / "1") == digest_of(tmp_path / "77")


def test_another_seed_gives_another_company(tmp_path):
    for seed in (1, 2):
        simulate(CompanyConfig(sellers=1, months=3, seed=seed, scale=0.05), tmp_path / str(seed))
    assert digest_of(tmp_path / "1") != digest_of(tmp_path / "2")


def test_progress_tells_each_part_and_ends_complete(tmp_path):
    told: list[tuple[int, int | None]] = []
    simulate(
        CompanyConfig(sellers=1, months=3, scale=0.05),
        tmp_path,
        None,
        lambda done, total, note: told.append((done, total)),
    )
    assert [done for done, _ in told] == list(range(len(told)))
    assert told[-1][0] == told[-1][1]


def test_the_summary_counts_what_the_files_hold(company):
    files = [file for file in company.out.rglob("*") if file.is_file()]
    assert company.summary.files == len(files)
    assert company.summary.bytes == sum(file.stat().st_size for file in files)
    for name in (
        "salesforce/Account.csv",
        "hubspot/hubspot-contacts.csv",
        "vendor/zoominfo-contacts.csv",
        "hr/quotas.csv",
    ):
        assert company.summary.counts[name] == len(company.rows(name)) > 0


@pytest.mark.parametrize(
    ("table", "source", "files"),
    [
        ("account_records", "salesforce", {"salesforce/Account.csv": "Id"}),
        ("contact_records", "salesforce", {"salesforce/Contact.csv": "Id", "salesforce/Lead.csv": "Id"}),
        ("account_records", "hubspot", {"hubspot/hubspot-companies.csv": "Record ID"}),
        ("contact_records", "hubspot", {"hubspot/hubspot-contacts.csv": "Record ID"}),
        ("account_records", "zoominfo", {"vendor/zoominfo-contacts.csv": "ZoomInfo Company ID"}),
        ("contact_records", "zoominfo", {"vendor/zoominfo-contacts.csv": "ZoomInfo Contact ID"}),
    ],
)
def test_the_truth_says_who_every_record_is(company, table, source, files):
    written = {
        row[column] for name, column in files.items() for row in company.rows(name) if row.get("IsDeleted") != "true"
    }
    known = {key for (key,) in company.ask(f"SELECT source_id FROM {table} WHERE source = ?", source)}
    assert written == known


def test_every_reference_of_the_crm_points_at_a_record_that_is_there(company):
    def keys(name: str) -> set[str]:
        return {row["Id"] for row in company.rows(f"salesforce/{name}.csv")}

    users, accounts, contacts, deals = keys("User"), keys("Account"), keys("Contact"), keys("Opportunity")
    people = contacts | keys("Lead")
    expected = {
        "Account": {"OwnerId": users, "ParentId": accounts, "MasterRecordId": accounts},
        "Contact": {"OwnerId": users, "AccountId": accounts},
        "Lead": {"OwnerId": users, "ConvertedAccountId": accounts, "ConvertedContactId": contacts, "ConvertedOpportunityId": deals},
        "Opportunity": {"OwnerId": users, "AccountId": accounts, "ContactId": contacts, "CreatedById": users},
        "OpportunityHistory": {"OpportunityId": deals, "CreatedById": users},
        "OpportunityFieldHistory": {"OpportunityId": deals, "CreatedById": users},
        "OpportunityContactRole": {"OpportunityId": deals, "ContactId": contacts},
        "OpportunityLineItem": {"OpportunityId": deals, "Product2Id": keys("Product2")},
        "Task": {"OwnerId": users, "WhoId": people, "WhatId": deals | accounts, "AccountId": accounts},
        "Event": {"OwnerId": users, "WhoId": people, "WhatId": deals | accounts, "AccountId": accounts},
        "Contract": {"AccountId": accounts, "OwnerId": users, "RenewalOpportunity__c": deals},
        "ForecastingItem": {"OwnerId": users},
        "ForecastingQuota": {"QuotaOwnerId": users},
        "User": {"ManagerId": users},
    }  # fmt: skip
    for name, columns in expected.items():
        rows = company.rows(f"salesforce/{name}.csv")
        ids = [row["Id"] for row in rows]
        assert rows
        assert len(set(ids)) == len(ids)
        assert all(len(key) == 18 for key in ids)
        for column, there in columns.items():
            assert {row[column] for row in rows} - {""} <= there, f"{name}.{column}"


def test_the_history_of_a_deal_ends_where_the_deal_stands(company):
    last: dict[str, dict[str, str]] = {}
    changes: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in company.rows("salesforce/OpportunityHistory.csv"):
        before = last.get(row["OpportunityId"])
        assert before is None or before["CreatedDate"] <= row["CreatedDate"]
        last[row["OpportunityId"]] = row
    for row in company.rows("salesforce/OpportunityFieldHistory.csv"):
        changes[row["OpportunityId"], row["Field"] + row["DataType"]].append(row)
    for deal in company.rows("salesforce/Opportunity.csv"):
        row = last[deal["Id"]]
        assert (row["StageName"], row["Amount"], row["CloseDate"]) == (
            deal["StageName"],
            deal["Amount"],
            deal["CloseDate"],
        )
        assert row["Probability"] == deal["Probability"]
        for field in ("StageName", "Amount", "CloseDate", "NextStep"):
            kind = {"StageName": "DynamicEnum", "Amount": "Currency", "CloseDate": "DateOnly", "NextStep": "Text"}[
                field
            ]
            chain = changes.get((deal["Id"], field + kind), [])
            assert all(first["NewValue"] == second["OldValue"] for first, second in pairwise(chain))
            if chain:
                assert chain[-1]["NewValue"] == deal[field]


def test_the_crm_tells_of_no_end_that_did_not_come(company):
    outcome = dict(company.ask("SELECT crm_id, outcome FROM deals WHERE crm_id IS NOT NULL"))
    deals = company.rows("salesforce/Opportunity.csv")
    assert outcome.keys() == {deal["Id"] for deal in deals}
    for deal in deals:
        closed = {WON: "won", LOST: "lost"}.get(deal["StageName"])
        assert closed is None or outcome[deal["Id"]] == closed
    open_but_over = {deal["Id"] for deal in deals if deal["IsClosed"] == "false" and outcome[deal["Id"]] != "open"}
    assert open_but_over == {
        key for (key,) in company.ask("SELECT source_id FROM planted WHERE kind = 'over but open'")
    }


def test_lines_add_up_to_the_amount_and_deals_are_in_several_currencies(company):
    totals: Counter[str] = Counter()
    for line in company.rows("salesforce/OpportunityLineItem.csv"):
        totals[line["OpportunityId"]] += round(float(line["TotalPrice"]) * 100)
    deals = {deal["Id"]: deal for deal in company.rows("salesforce/Opportunity.csv")}
    assert totals
    assert all(cents == round(float(deals[key]["Amount"]) * 100) for key, cents in totals.items())
    currencies = {deal["CurrencyIsoCode"] for deal in deals.values()}
    rates = {row["IsoCode"] for row in company.rows("salesforce/DatedConversionRate.csv")}
    assert len(currencies) >= 3
    assert currencies | {row["CurrencyIsoCode"] for row in company.rows("salesforce/Account.csv")} <= rates


def test_bad_habits_are_in_the_files_as_the_truth_says(company):
    deals = {deal["Id"]: deal for deal in company.rows("salesforce/Opportunity.csv")}
    planted = defaultdict(set)
    for key, kind in company.ask("SELECT source_id, kind FROM planted WHERE file = 'salesforce/Opportunity.csv'"):
        planted[kind].add(key)
    assert planted["no account"] == {key for key, deal in deals.items() if not deal["AccountId"]}
    assert planted["amount missing"] == {key for key, deal in deals.items() if not deal["Amount"]}
    assert planted["amount missing"]
    assert planted["pushed over a quarter"]
    assert planted["logged late"]


def test_deceit_is_in_the_files_and_in_the_truth(tmp_path):
    simulate(CompanyConfig(sellers=16, months=9, scale=0.2, gaming_share=0.5), tmp_path / "out", tmp_path / "truth")
    company = Company(tmp_path / "out", sqlite3.connect(tmp_path / "truth"), Summary())
    tasks = {row["Id"]: row for row in company.rows("salesforce/Task.csv")}
    deals = {row["Id"] for row in company.rows("salesforce/Opportunity.csv")}
    kinds = Counter(kind for (kind,) in company.ask("SELECT kind FROM gaming"))
    assert set(kinds) == {"fake_activities", "pushed_dates", "parked_stages", "fake_engagement"}
    objects = company.ask("SELECT object, object_id, kind FROM gaming")
    assert all(key in (tasks if what == "Task" else deals) for what, key, _ in objects)
    fakes = [tasks[key] for what, key, kind in objects if kind == "fake_activities"]
    assert all(task["CallDurationInSeconds"] == "" for task in fakes)


def test_the_latent_values_are_in_no_file(company):
    for file in company.out.rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8").lower()
            assert not [word for word in LATENT_WORDS if word in text], file.name


def test_a_third_to_two_thirds_of_the_bought_list_is_stale_or_wrong(big_world, tmp_path):
    shares = []
    for noise in Noise:
        truth = Truth(tmp_path / f"{noise}.sqlite")
        config = dataclasses.replace(big_world.config, noise=noise)
        world = World(
            config,
            big_world.staff,
            big_world.market,
            big_world.book,
            tmp_path / noise,
            truth,
            Summary(),
            Drift(noise),
            big_world.ids,
        )
        write_vendor(world)
        truth.close()
        connection = sqlite3.connect(tmp_path / f"{noise}.sqlite")
        ((wrong,),) = connection.execute("SELECT count(*) FROM vendor_errors").fetchall()
        shares.append(wrong / world.summary.counts["vendor/zoominfo-contacts.csv"])
        kinds = {kind for (kind,) in connection.execute("SELECT DISTINCT kind FROM vendor_errors")}
        assert kinds == {"moved", "old_title", "dead_mail", "wrong_employer", "wrong_phone"}
    assert shares == sorted(shares)
    assert [0.35 <= share <= 0.60 for share in shares] == [True] * 3, shares


def closed_new_business(world: World) -> list[Deal]:
    return [deal for deal in world.book.deals if deal.motion == "New Business" and deal.outcome != "open"]


def logistic_regression(causes: np.ndarray, won: np.ndarray) -> np.ndarray:
    """Coefficients without the intercept, by Newton's method."""
    design = np.column_stack([np.ones(len(causes)), causes])
    weights = np.zeros(design.shape[1])
    for _ in range(25):
        told = 1 / (1 + np.exp(-design @ weights))
        weights += np.linalg.solve((design * (told * (1 - told))[:, None]).T @ design, design.T @ (won - told))
    return weights[1:]


def test_causes_drive_outcomes_with_the_signs_they_should_have(big_world):
    deals = closed_new_business(big_world)
    causes = np.array(
        [[deal.pull, deal.fit, deal.skill, float(bool(deal.competitor)), deal.price_pressure] for deal in deals]
    )
    won = np.array([deal.outcome == "won" for deal in deals])
    pull, fit, skill, competitor, price = logistic_regression(causes, won)
    assert min(pull, fit, skill) > 0.15
    assert max(competitor, price) < -0.15


def test_a_quarter_to_a_half_of_new_business_is_won_or_less_and_most_renewals(big_world):
    def share(motion: str) -> float:
        over = [deal for deal in big_world.book.deals if deal.motion == motion and deal.outcome != "open"]
        return sum(deal.outcome == "won" for deal in over) / len(over)

    assert 0.15 <= share("New Business") <= 0.40
    assert 0.35 <= share("Expansion") <= 0.65
    assert 0.80 <= share("Renewal") <= 0.97


def test_the_true_probability_of_winning_is_calibrated(big_world):
    early = [deal for deal in big_world.book.deals if deal.opened < big_world.config.weeks - 75]
    told = np.array([deal.p_ever[0] for deal in early])
    won = np.array([deal.outcome == "won" for deal in early])
    spread = np.sqrt((told * (1 - told)).sum())
    assert abs(told.sum() - won.sum()) < 3 * spread + 0.02 * len(early)
    better = told > np.median(told)
    assert won[better].mean() > won[~better].mean() + 0.15


def test_optimists_believe_more_than_is_true_and_sandbaggers_less(big_world):
    ratio: dict[bool, list[float]] = {True: [], False: []}
    for deal in big_world.book.deals[::4]:
        if abs(deal.owner.optimism) > 0.4:
            keeper = Bookkeeper(
                deal, big_world.dice("test", deal.index), big_world.config.origin, big_world.config.end, None
            )
            believed = [commit[1] for commit in keeper.keep().commits.values()]
            ratio[deal.owner.optimism > 0].append(np.mean(believed) - np.mean(deal.p_quarter[: len(believed)]))
    assert np.mean(ratio[True]) > 0.03
    assert np.mean(ratio[False]) < -0.02


def test_research_on_relevant_topics_runs_ahead_of_need(company):
    need = {(entity, day): value for entity, day, value in company.ask("SELECT entity, day, need FROM need")}
    domains = {domain: entity for entity, domain in company.ask("SELECT entity, domain FROM companies")}
    pairs = []
    for file in sorted((company.out / "intent").iterdir()):
        for row in company.rows(f"intent/{file.name}"):
            value = need.get((domains[row["Domain"]], row["Date Stamp"]))
            if value is not None and row["Topic ID"] in ("1208", "3391"):
                pairs.append((value, float(row["Composite Score"])))
    assert len(pairs) > 30
    assert np.corrcoef(np.array(pairs).T)[0, 1] > 0.2


def test_use_of_the_product_fades_before_a_customer_leaves(big_world):
    events = _Events(big_world)
    leavers = [tenant.company for tenant in events.tenants if tenant.company.churned_on]
    assert len(leavers) > 10
    for company in leavers:
        assert company.churned_on is not None
        share = events._presence(company, None)
        left = [(company.churned_on - big_world.day(week)).days / 7 for week in events.weeks]
        late = [value for value, weeks in zip(share, left, strict=True) if 0 <= weeks < 3]
        assert all(value < 0.4 for value in late)
        assert all(value == 0 for value, weeks in zip(share, left, strict=True) if weeks < 0)


def test_product_events_follow_the_segment_spec_in_order_of_time(company):
    seen, before = set(), ""
    for file in sorted((company.out / "product").iterdir()):
        for line in file.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            assert event["type"] in ("identify", "group", "track", "page")
            assert event.get("userId") or event.get("anonymousId")
            assert ("event" in event) == (event["type"] == "track")
            assert ("groupId" in event) == (event["type"] == "group")
            assert before <= event["timestamp"] <= event["receivedAt"]
            assert event["timestamp"][:7] == file.stem.removeprefix("events-")
            before = event["timestamp"]
            seen.add(event["messageId"])
    total = sum(count for name, count in company.summary.counts.items() if name.startswith("product/"))
    assert len(seen) == total
    assert total == pytest.approx(SMALL.events_per_seller * SMALL.sellers * SMALL.scale, rel=0.1)
    planted = {kind for (kind,) in company.ask("SELECT DISTINCT kind FROM planted WHERE file = 'product'")}
    assert planted == {"bot", "own employee"}


def test_noise_makes_the_systems_disagree_more(big_world):
    def same(noise: Noise) -> float:
        drift = Drift(noise)
        companies = big_world.market.companies[:600]
        return (
            sum(
                drift.company(big_world.dice("noise", company.index), company) == company.name.full
                for company in companies
            )
            / 600
        )

    assert same(Noise.LOW) > same(Noise.MIDDLE) + 0.1 > same(Noise.HIGH) + 0.2


@pytest.mark.parametrize("end", [dt.date(2026, 11, 24), dt.date(2025, 3, 2), dt.date(2026, 1, 31)])
def test_nothing_is_made_later_than_the_export_even_on_a_weekend(end, tmp_path):
    simulate(dataclasses.replace(SMALL, sellers=3, months=6, end=end), tmp_path)
    for name in (
        "Opportunity",
        "OpportunityHistory",
        "Contact",
        "Account",
        "Lead",
        "ForecastingItem",
        "User",
        "Event",
        "Task",
        "Contract",
    ):
        with (tmp_path / "salesforce" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        column = "LastModifiedDate" if "LastModifiedDate" in rows[0] else "CreatedDate"
        assert max(row[column] for row in rows)[:10] <= end.isoformat(), name
    assert max(file.stem for file in (tmp_path / "intent").iterdir())[-10:] <= end.isoformat()
    assert max(file.stem for file in (tmp_path / "product").iterdir())[-7:] <= f"{end:%Y-%m}"
