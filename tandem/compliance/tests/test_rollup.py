"""A roll-up tells sums of at least five companies, and no difference of what it tells is about fewer."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.accounts.models import Account, Opportunity
from tandem.compliance.actions import residency
from tandem.compliance.actions import rollup as actions
from tandem.compliance.contracts.residency import Region, RollupCell, RollupUnit
from tandem.compliance.domain.rollup import OTHER, THRESHOLD, as_dict, build, flatten, merge, read
from tandem.compliance.models import LedgerEntry, RollupFile
from tandem.compliance.queries import installation_key
from tandem.compliance.queries.rollup import merged_rollups
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, DataUnreadable, InvalidInput, NotAllowed
from tests.company import Company

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
BY: dict[str, Any] = {"actor": built_in_agent("shell", "shell"), "now": NOW}


def units(sizes: dict[tuple[str, ...], int]) -> list[RollupUnit]:
    """So many companies in each cell, each with one deal."""
    told, number = [], 0
    for path, size in sizes.items():
        for _ in range(size):
            number += 1
            told.append(RollupUnit(path=path, unit=number, deals=1, amount=100))
    return told


def labels(cell: RollupCell) -> dict[str, int]:
    return {child.path[-1]: child.deals for child in cell.children}


def test_small_cells_stand_together_with_the_smallest_of_the_others() -> None:
    tree = build(units({("eea",): 20, ("uk",): 2, ("us",): 9, ("ch",): 7}))
    assert tree is not None
    assert labels(tree) == {"eea": 20, "us": 9, OTHER: 9}
    tree = build(units({("eea",): 20, ("uk",): 3, ("ch",): 4}))
    assert tree is not None
    assert labels(tree) == {"eea": 20, OTHER: 7}


def test_where_nothing_may_stand_alone_only_the_sum_is_told() -> None:
    tree = build(units({("eea",): 4, ("us",): 4}))
    assert tree is not None
    assert (tree.deals, labels(tree)) == (8, {OTHER: 8})
    assert build(units({("eea",): 2, ("us",): 2})) is None
    assert build([]) is None


def test_many_deals_of_few_companies_are_still_few_companies() -> None:
    few = [RollupUnit(path=("uk",), unit=1, deals=50, amount=1), *units({("eea",): 9})]
    tree = build(few)
    assert tree is not None
    assert labels(tree) == {OTHER: 59}


def test_the_threshold_can_not_be_below_five() -> None:
    with pytest.raises(InvalidInput, match="below 5"):
        build(units({("eea",): 20}), threshold=4)


PATHS = st.tuples(
    st.sampled_from(["eea", "us", "uk"]), st.sampled_from(["small", "large"]), st.sampled_from(["open", "won", "lost"])
)
TOLD = st.lists(
    st.builds(RollupUnit, path=PATHS, unit=st.integers(1, 60), deals=st.integers(1, 4), amount=st.integers(0, 90)),
    max_size=120,
)


def companies_below(told: list[RollupUnit], path: tuple[str, ...]) -> set[int]:
    return {one.unit for one in told if one.path[: len(path)] == path}


@settings(max_examples=150, deadline=None)
@given(TOLD)
def test_every_number_is_about_at_least_five_companies_and_all_add_up(told: list[RollupUnit]) -> None:
    tree = build(told)
    if tree is None:
        assert len({one.unit for one in told}) < THRESHOLD
        return
    assert tree.deals == sum(one.deals for one in told)
    for cell in flatten(tree):
        named = {child.path[-1] for child in cell.children}
        if cell.children:
            assert cell.deals == sum(child.deals for child in cell.children)
            assert cell.amount == sum(child.amount for child in cell.children)
        if cell.path[-1:] == (OTHER,):
            above = next(one for one in flatten(tree) if one.path == cell.path[:-1])
            shown = {child.path[-1] for child in above.children}
            hidden = [one for one in told if one.path[: len(cell.path) - 1] == cell.path[:-1]
                      and one.path[len(cell.path) - 1] not in shown]  # fmt: skip
            assert len({one.unit for one in hidden}) >= THRESHOLD
            assert len({one.path[len(cell.path) - 1] for one in hidden}) >= 2
        else:
            assert len(companies_below(told, cell.path)) >= THRESHOLD
            assert named <= {
                word
                for one in told
                if one.path[: len(cell.path)] == cell.path
                for word in one.path[len(cell.path) :][:1]
            } | {OTHER}


@settings(max_examples=100, deadline=None)
@given(TOLD)
def test_no_small_cell_can_be_worked_out_from_the_sums(told: list[RollupUnit]) -> None:
    """The published sums are equations over the cells at the bottom; a small cell of any level must not follow."""
    tree = build(told)
    if tree is None:
        return
    bottom = sorted({one.path for one in told})
    column = {path: place for place, path in enumerate(bottom)}
    published = []
    for cell in flatten(tree):
        row = np.zeros(len(bottom))
        prefix = cell.path[:-1] if cell.path[-1:] == (OTHER,) else cell.path
        shown = {one.path[-1] for one in flatten(tree) if one.path[:-1] == prefix and len(one.path) == len(prefix) + 1}
        for path in bottom:
            is_below = path[: len(prefix)] == prefix
            if is_below and (cell.path[-1:] != (OTHER,) or path[len(prefix)] not in shown):
                row[column[path]] = 1
        published.append(row)
    equations = np.array(published)
    rank = np.linalg.matrix_rank(equations)
    for level in (1, 2, 3):
        for prefix in {path[:level] for path in bottom}:
            if len(companies_below(told, prefix)) < THRESHOLD:
                wanted = np.array([float(path[:level] == prefix) for path in bottom])
                assert np.linalg.matrix_rank(np.vstack([equations, wanted])) == rank + 1


@given(TOLD, TOLD)
def test_trees_of_installations_add_up_and_survive_a_file(here: list[RollupUnit], there: list[RollupUnit]) -> None:
    trees = [tree for tree in (build(here), build(there)) if tree is not None]
    whole = merge(trees)
    if whole is None:
        assert not trees
        return
    assert read(json.loads(json.dumps(as_dict(whole)))) == whole
    sums: dict[tuple[str, ...], int] = defaultdict(int)
    for tree in trees:
        for cell in flatten(tree):
            sums[cell.path] += cell.deals
    assert {cell.path: cell.deals for cell in flatten(whole)} == dict(sums)


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {"label": "", "deals": 1},
        {"label": "", "deals": 1, "amount": 1, "name": "Anna"},
        {"label": "", "deals": 3, "amount": 1, "cells": [{"label": "eea", "deals": 2, "amount": 1}]},
        {"label": "", "deals": 1, "amount": 1, "cells": {"label": "x"}},
        {"label": "x" * 99, "deals": 1, "amount": 1},
    ],
)
def test_what_is_no_tree_is_refused(told: object) -> None:
    with pytest.raises(InvalidInput):
        read(told)


# --- files


@pytest.fixture
def _keys(settings: Any, tmp_path: Path) -> None:
    settings.INSTALLATION_KEY_FILE = tmp_path / "installation_key"
    settings.REGION, settings.INSTALLATION_NAME = "DE", "Frankfurt"


def fill(company: Company, count: int = 12) -> None:
    """So many companies with a deal each: seven in Germany, the others in the United States, one in Switzerland."""
    for number in range(count):
        country = "CH" if not number else "DE" if number < 8 else "US"
        account = Account.objects.create(
            name=f"Firm {number}", country=country, segment="mid-market", created_at=NOW, updated_at=NOW
        )
        Opportunity.objects.create(
            name=f"Deal of Anna Weiss {number}", account=account, stage="Proposal", amount=1_000, currency="EUR",
            close_on=NOW.date(), created_at=NOW, updated_at=NOW,
        )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.usefixtures("_keys")
def test_a_rollup_file_holds_no_persons_value(company: Company, tmp_path: Path) -> None:
    fill(company)
    out = tmp_path / "rollup.json"
    told = actions.export_rollup(out, currency="EUR", **BY)
    text = out.read_text().casefold()
    personal = {value.casefold() for contact in company.contacts.values() for value in
                (contact.name, contact.email, contact.phone, contact.last_name) if value}  # fmt: skip
    personal |= {person.name.casefold() for person in company.people.values()}
    personal |= {person.email.casefold() for person in company.people.values()}
    personal |= {account.name.casefold() for account in Account.objects.all()}
    personal |= {deal.name.casefold() for deal in Opportunity.objects.all()}
    assert len(personal) > 60
    assert [value for value in personal if value in text] == []
    assert told["tree"]["deals"] == Opportunity.objects.count()
    assert {"eea", OTHER} <= {cell["label"] for cell in told["tree"]["cells"]}
    assert LedgerEntry.objects.get(action="compliance.rollup_exported").subject == "rollup:own"
    with pytest.raises(Conflict):
        actions.export_rollup(out, **BY)


@pytest.mark.django_db
@pytest.mark.usefixtures("_keys")
def test_too_few_companies_say_nothing(company: Company, tmp_path: Path) -> None:
    Opportunity.objects.exclude(id__in=[deal.id for deal in list(company.deals.values())[:3]]).delete()
    with pytest.raises(InvalidInput, match="Fewer than 5"):
        actions.export_rollup(tmp_path / "rollup.json", **BY)
    assert not (tmp_path / "rollup.json").exists()
    with pytest.raises(NotAllowed):
        actions.export_rollup(tmp_path / "rollup.json", actor=company.actor("executive"), now=NOW)


@pytest.mark.django_db
@pytest.mark.usefixtures("_keys")
def test_rollups_of_partners_are_shown_together(
    company: Company, tmp_path: Path, settings: Any, client_of: Callable[..., Client]
) -> None:
    fill(company)
    own, other = tmp_path / "own.json", tmp_path / "other.json"
    actions.export_rollup(own, currency="EUR", **BY)
    here = settings.INSTALLATION_KEY_FILE
    settings.INSTALLATION_KEY_FILE = tmp_path / "other_key"
    actions.export_rollup(other, currency="EUR", **BY)
    there = installation_key.public_key()
    settings.INSTALLATION_KEY_FILE = here
    with pytest.raises(DataUnreadable, match="not entered here"):
        actions.merge_rollups([own, other], **BY)
    assert not RollupFile.objects.exists()
    residency.add_partner(name="Ohio", regions=[Region.US], public_key=there, **BY)
    assert actions.merge_rollups([own, other], **BY) == ["Frankfurt", "Ohio"]
    assert actions.merge_rollups([own], **BY) == ["Frankfurt"]
    found = merged_rollups()
    assert [one.currency for one in found] == ["EUR"]
    assert found[0].cells[0].deals == 2 * Opportunity.objects.count()
    page = client_of("executive").get("/compliance/regions/rollup").content.decode()
    assert "Frankfurt" in page
    assert "EEA" in page


@pytest.mark.django_db
@pytest.mark.usefixtures("_keys")
@pytest.mark.parametrize("change", ["deals", "threshold", "label", "signature", "cut", "nothing"])
def test_an_altered_rollup_is_refused(company: Company, tmp_path: Path, change: str) -> None:
    fill(company)
    out = tmp_path / "rollup.json"
    told = actions.export_rollup(out, **BY)
    if change == "deals":
        told["tree"]["deals"] += 1
    elif change == "threshold":
        told["threshold"] = 3
    elif change == "label":
        told["tree"]["cells"][0]["label"] = "Anna Weiss"
    elif change == "signature":
        told["signature"] = told["signature"][:-6] + "AAAA=="
    text = json.dumps(told)
    out.write_text(text[:-9] if change == "cut" else "" if change == "nothing" else text)
    with pytest.raises((DataUnreadable, InvalidInput)):
        actions.merge_rollups([out], **BY)
    assert not RollupFile.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("_keys")
def test_an_older_rollup_does_not_replace_a_newer_one(company: Company, tmp_path: Path) -> None:
    fill(company)
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    actions.export_rollup(old, **{**BY, "now": NOW - timedelta(days=1)})
    actions.export_rollup(new, **BY)
    actions.merge_rollups([new], **BY)
    with pytest.raises(Conflict, match="later roll-up"):
        actions.merge_rollups([old], **BY)
    assert RollupFile.objects.get().as_of == NOW
