"""Survivorship rules are data: RevOps sets them, the ledger keeps why, and every record follows."""

from __future__ import annotations

from typing import Any

import pytest

from tandem.accounts.actions import assembling
from tandem.accounts.actions.rules import ASSEMBLE_TASK, reset_rule, set_rule
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.models import Account, SourceRecord, SurvivorshipRule
from tandem.accounts.queries.rules import list_rules, ruled_fields
from tandem.accounts.tests.telling import NOW, SHELL, source, tell
from tandem.compliance.queries import list_entries
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import InvalidInput, NotAllowed, NotFound
from tandem.core.jobs import list_jobs

OLGA = Actor(kind=ActorKind.PERSON, id=1, name="Olga", role="revops")
pytestmark = pytest.mark.django_db


def set_industry(strategies: list[str], rank: list[str], actor: Actor = OLGA, field: str = "industry") -> int:
    return set_rule(
        Entity.ACCOUNT, field, strategies=strategies, source_rank=rank, reason="Their list is better.", actor=actor,
        now=NOW,
    )  # fmt: skip


def test_a_changed_rule_changes_the_values_and_goes_back_again() -> None:
    tell(Entity.ACCOUNT, 1, source(), name="A", industry="Tools")
    tell(Entity.ACCOUNT, 1, source("vendor", SourceKind.VENDOR), name="A", industry="Machines")
    assembling.assemble(actor=SHELL, now=NOW)
    assert set_industry(["correction", "source_rank"], ["vendor", "crm"]) == 2
    assert list_jobs(task=ASSEMBLE_TASK)[0].task == ASSEMBLE_TASK
    entry = list_entries(action="accounts.rule_set")[0]
    assert (entry.subject, entry.actor_name) == ("rule:account.industry", "Olga")
    assembling.assemble(actor=SHELL, now=NOW)
    assert Account.objects.get().industry == "Machines"
    own = [row for row in list_rules() if row.is_own]
    assert [(row.entity, row.field, row.sentence) for row in own] == [
        (Entity.ACCOUNT, "industry", "A person's correction; then the most trusted source; then what came first."),
    ]  # fmt: skip
    reset_rule(Entity.ACCOUNT, "industry", reason="Back.", actor=OLGA, now=NOW)
    assembling.assemble(actor=SHELL, now=NOW)
    assert Account.objects.get().industry == "Tools"
    with pytest.raises(NotFound):
        reset_rule(Entity.ACCOUNT, "industry", reason="Back.", actor=OLGA, now=NOW)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"field": "shoe_size"}, "no rule for"),
        ({"strategies": ["correction", "luck"]}, "no strategy 'luck'"),
        ({"strategies": []}, "at least one"),
        ({"strategies": ["source_rank"]}, "must come first"),
        ({"source_rank": ["oracle"]}, "no kind of source 'oracle'"),
        ({"strategies": ["correction", "longest", "longest"]}, "stands twice"),
        ({"entity": Entity.CONTACT, "field": "opted_out"}, "decided by the strictest"),
        ({"reason": " "}, "reason is empty"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_and_nothing_changes(told: dict[str, Any], why: str) -> None:
    tell(Entity.ACCOUNT, 1, source(), name="A")
    assembling.assemble(actor=SHELL, now=NOW)
    rule = {
        "entity": Entity.ACCOUNT, "field": "industry", "strategies": ["correction"], "source_rank": [], "reason": "Why not",
    }  # fmt: skip
    with pytest.raises(InvalidInput, match=why):
        set_rule(actor=OLGA, now=NOW, **rule | told)
    assert not SurvivorshipRule.objects.exists()
    assert not SourceRecord.objects.filter(is_dirty=True).exists()
    assert not list_jobs(task=ASSEMBLE_TASK)


def test_only_revops_sets_rules() -> None:
    manager = Actor(kind=ActorKind.PERSON, id=2, name="Lena", role="manager")
    with pytest.raises(NotAllowed):
        set_industry(["correction"], [], actor=manager)
    assert not SurvivorshipRule.objects.exists()


def test_the_rules_page_lists_every_entitys_general_rule_first() -> None:
    rows = list_rules()
    assert [row.field for row in rows if row.field == "*"] == ["*", "*", "*"]
    assert rows[0].field == "*"
    assert all(row.field == "*" or row.field in ruled_fields()[row.entity] for row in rows)
