"""The review queue shows what a person needs to decide, to those who may see it."""

from __future__ import annotations

import pytest

from tandem.access.models import Person
from tandem.accounts.actions import assembling, merging
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.models import Activity, MatchPair, PairState
from tandem.accounts.queries import matches
from tandem.accounts.tests.telling import NOW, SHELL, source, tell
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import NotFound

pytestmark = pytest.mark.django_db
WEIGHTS = [
    {"comparison": "before looking", "left": "", "right": "", "weight": -8.0},
    {"comparison": "name", "left": "alpine tools", "right": "alpine", "weight": 7.0},
    {"comparison": "city", "left": "wien", "right": "graz", "weight": -1.0},
]


@pytest.fixture
def revops() -> Actor:
    person = Person.objects.create(email="rev@us.example", name="Rev", role="revops")
    return Actor(kind=ActorKind.PERSON, id=person.id, name=person.name, role="revops")


@pytest.fixture
def pairs() -> list[MatchPair]:
    crm, vendor = source(), source("vendor", SourceKind.VENDOR)
    made = []
    for number, probability in ((1, 0.8), (3, 0.5)):
        left = tell(Entity.ACCOUNT, number, crm, name="Alpine Tools", domain="alpine.at", city="Wien")
        right = tell(Entity.ACCOUNT, number + 1, vendor, name="Alpine", domain="alpine.at")
        made.append(
            MatchPair.objects.create(
                entity="account", left=left, right=right, probability=probability, weights=WEIGHTS,
                state=PairState.REVIEW,
            )
        )  # fmt: skip
    assembling.assemble(actor=SHELL, now=NOW)
    Activity.objects.create(source=crm, key="t", kind="call", at=NOW, account_id=4, row_hash="")
    return made


def test_the_queue_stands_by_probability_or_by_what_hangs_on_the_decision(
    pairs: list[MatchPair], revops: Actor
) -> None:
    assert [row.id for row in matches.list_pairs(revops)] == [pairs[0].id, pairs[1].id]
    by_impact = matches.list_pairs(revops, sort="impact")
    assert [(row.id, row.impact) for row in by_impact] == [(pairs[1].id, 1), (pairs[0].id, 0)]
    assert matches.list_pairs(revops, entity=Entity.CONTACT) == ()
    assert matches.count_pairs(revops) == {"account": {"review": 2}}


def test_a_pair_shows_both_sides_what_differs_and_why(pairs: list[MatchPair], revops: Actor) -> None:
    detail = matches.get_pair(revops, pairs[0].id)
    assert [(field.field, field.left, field.right, field.differs) for field in detail.fields] == [
        ("city", "Wien", "", True), ("name", "Alpine Tools", "Alpine", True),
        ("domain", "alpine.at", "alpine.at", False),
    ]  # fmt: skip
    assert [part.words for part in detail.parts] == [
        "Before looking: speaks strongly against the same, 256 times",
        "Name: speaks strongly for the same, 128 times",
        "City: speaks slightly against the same, 2 times",
    ]
    assert {golden_id for golden_id, _ in detail.neighbours} == {3, 4}
    assert detail.row.left.golden_name == "Alpine Tools"


def test_a_decision_and_its_merge_are_told_afterwards(pairs: list[MatchPair], revops: Actor) -> None:
    merging.merge(pairs[0].id, actor=revops, now=NOW)
    detail = matches.get_pair(revops, pairs[0].id)
    assert (detail.row.state, detail.decided_by, detail.decided_at) == ("merged", "Rev", NOW)
    (event,) = matches.list_merges(revops, Entity.ACCOUNT, 1)
    assert (event.kept_id, event.absorbed_id, event.records, event.by, event.undone_at) == (1, 2, 1, "Rev", None)
    assert matches.count_pairs(revops) == {"account": {"merged": 1, "review": 1}}


def test_who_has_no_sight_of_matches_sees_none(pairs: list[MatchPair]) -> None:
    seller = Actor(kind=ActorKind.PERSON, id=1, name="Maya", role="seller")
    assert matches.list_pairs(seller) == ()
    assert matches.count_pairs(seller) == {}
    assert matches.list_merges(seller, Entity.ACCOUNT, 1) == ()
    with pytest.raises(NotFound):
        matches.get_pair(seller, pairs[0].id)


def test_a_longer_queue_does_not_mean_more_statements(
    pairs: list[MatchPair], revops: Actor, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert len(matches.list_pairs(revops, sort="impact")) == 2
