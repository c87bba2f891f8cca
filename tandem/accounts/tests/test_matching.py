"""Groups of likely pairs, ids that stay, probabilities that hold: invariants and known truth."""

from __future__ import annotations

import json
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.accounts.domain.matching import calibration, clusters, engine
from tandem.accounts.domain.matching.clusters import Decisions, group
from tandem.accounts.domain.matching.contracts import MatchResult, Thresholds
from tandem.accounts.domain.matching.employers import Employers
from tandem.accounts.domain.matching.identities import keep_ids

RECORDS = range(8)
couples = st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1])
likely = st.dictionaries(couples, st.floats(0.01, 0.999), max_size=20)
labels = st.dictionaries(st.integers(0, 9), st.integers(100, 104), max_size=10)


def frame(pairs: dict[tuple[int, int], float]) -> pd.DataFrame:
    rows = [(left, right, probability) for (left, right), probability in pairs.items()]
    return pd.DataFrame(rows, columns=["record_id_l", "record_id_r", "probability"])


@given(likely, st.randoms(use_true_random=False))
def test_the_order_of_records_and_pairs_does_not_matter(pairs: dict[tuple[int, int], float], random: Random) -> None:
    shuffled = list(pairs.items())
    random.shuffle(shuffled)
    records = list(RECORDS)
    random.shuffle(records)
    assert group(records, frame(dict(shuffled)), automatic=0.9) == group(RECORDS, frame(pairs), automatic=0.9)


@given(likely, st.sets(couples, max_size=5), st.sets(couples, max_size=5))
def test_apart_is_never_put_together_and_together_never_parted_but_by_apart(
    pairs: dict[tuple[int, int], float], apart: set[tuple[int, int]], together: set[tuple[int, int]]
) -> None:
    said = Decisions(together=tuple(sorted(together - apart)), apart=frozenset(apart))
    groups = group(RECORDS, frame(pairs), automatic=0.5, decisions=said)
    assert all(groups[left] != groups[right] for left, right in apart)
    if not apart:
        assert all(groups[left] == groups[right] for left, right in together)


@given(likely)
def test_a_group_is_named_by_its_smallest_record_and_held_groups_stay(pairs: dict[tuple[int, int], float]) -> None:
    groups = group(RECORDS, frame(pairs), automatic=0.9)
    assert all(groups[root] == root <= record for record, root in groups.items())
    assert group(RECORDS, frame({}), automatic=0.9, held=groups) == groups


def test_a_chain_of_single_links_does_not_become_a_giant() -> None:
    chain = frame({(at, at + 1): 0.95 for at in range(99)})
    groups = pd.Series(group(range(100), chain, automatic=0.9))
    assert groups.value_counts().max() <= 12


def test_two_groups_that_disagree_are_not_glued_by_one_wrong_pair() -> None:
    pairs = {(0, 1): 0.99, (0, 2): 0.99, (1, 2): 0.99, (3, 4): 0.99, (3, 5): 0.99, (4, 5): 0.99, (2, 3): 0.95}
    weak = {(left, right): 0.02 for left in (0, 1) for right in (3, 4, 5)}
    groups = group(range(6), frame(pairs | weak), automatic=0.9)
    assert (groups[0], groups[1], groups[2]) == (0, 0, 0)
    assert (groups[3], groups[4], groups[5]) == (3, 3, 3)


@given(labels, labels)
def test_ids_stay_with_the_largest_part_and_no_id_is_given_twice(
    former: dict[int, int], given_: dict[int, int]
) -> None:
    records = sorted(given_)
    smallest = {label: min(r for r in records if given_[r] == label) for label in set(given_.values())}
    groups = {record: smallest[given_[record]] for record in records}
    ids = keep_ids(groups, former)
    assert len(set(ids.kept.values())) == len(ids.kept)
    assert set(ids.kept) | set(ids.new) == set(groups.values())
    assert not set(ids.absorbed) & set(ids.kept.values())
    assert all(golden > ids.absorbed[golden] for golden in ids.absorbed)


@given(labels)
def test_the_same_groups_again_keep_their_ids(former: dict[int, int]) -> None:
    smallest = {golden: min(r for r in former if former[r] == golden) for golden in set(former.values())}
    ids = keep_ids({record: smallest[golden] for record, golden in former.items()}, former)
    assert (ids.new, ids.absorbed) == ((), {})
    assert ids.kept == {record: golden for golden, record in smallest.items()}


def test_a_split_leaves_the_id_with_the_larger_part_and_with_the_older_if_equal() -> None:
    assert keep_ids({1: 1, 2: 2, 3: 2}, {1: 7, 2: 7, 3: 7}).kept == {2: 7}
    assert keep_ids({1: 1, 2: 2}, {1: 7, 2: 7}).kept == {1: 7}


def test_stated_probabilities_are_measured_against_what_was_seen() -> None:
    stated, true = np.array([0.95] * 20 + [0.15] * 20), np.array([True] * 19 + [False] + [True] * 3 + [False] * 17)
    assert calibration.expected_calibration_error(stated, true) == pytest.approx(0.0, abs=1e-9)
    assert calibration.expected_calibration_error(stated, ~true) == pytest.approx(0.8)


def test_employers_are_found_by_key_then_domain_then_name_and_only_when_one_fits() -> None:
    accounts = pd.DataFrame(
        {
            "source": ["crm", "crm", "list"], "key": ["a", "b", "a"], "cluster_id": [1, 2, 3],
            "domain": ["alpine.at", "borealis.no", ""], "name": ["Alpine GmbH", "Twin", "Twin AG"],
        }
    )  # fmt: skip
    contacts = pd.DataFrame(
        {
            "source": ["crm", "mail", "mail", "mail", "mail"], "account_key": ["a", "a", "b", "", ""],
            "email": ["", "", "", "x@borealis.no", ""], "account_name": ["", "", "", "", "Twin"],
        }
    )  # fmt: skip
    assert Employers(accounts).of(contacts).tolist() == ["1", "", "2", "2", ""]


@pytest.fixture(scope="module")
def people() -> tuple[pd.DataFrame, dict[int, int], MatchResult]:
    """120 people, each told twice, the second time with an error, and what matching makes of them."""
    random, rows, truth = Random(5), [], {}
    syllables = "ba ce di fo gu ha ki lo me na po ra si ta vo wen zel mar ster ton".split()
    for person in range(120):
        first, last = ("".join(random.sample(syllables, 3)) for _ in range(2))
        mail, city = f"{first}.{last}@{random.choice(syllables)}{person % 40}.example", random.choice(syllables) * 2
        typed = last[:2] + "x" + last[3:] if person % 2 else last
        person_told = {"first_name": first, "last_name": last, "email": mail, "city": city}
        rows.append({"source": "a", **person_told})
        rows.append({**person_told, "source": "b", "last_name": typed, "email": mail if person % 3 else ""})
        truth |= {2 * person: person, 2 * person + 1: person}
    records = pd.DataFrame(rows)
    records.insert(0, "record_id", range(len(records)))
    return records, truth, engine.match_records(records, "contact", thresholds=Thresholds(automatic=0.8))


def test_people_told_twice_are_found(people: tuple[pd.DataFrame, dict[int, int], MatchResult]) -> None:
    _, _, result = people
    found = dict(zip(result.clusters["record_id"], result.clusters["cluster_id"], strict=True))
    together = [found[2 * person] == found[2 * person + 1] for person in range(120)]
    assert np.mean(together) >= 0.95
    assert len(set(found.values())) >= 118


def test_the_same_records_in_another_order_give_the_same_groups(
    people: tuple[pd.DataFrame, dict[int, int], MatchResult],
) -> None:
    records, _, result = people
    again = engine.match_records(
        records.sample(frac=1, random_state=3), "contact", thresholds=Thresholds(automatic=0.8)
    )
    pd.testing.assert_frame_equal(again.clusters, result.clusters, atol=1e-6)


def test_a_model_survives_being_stored_and_scores_only_what_is_fresh(
    people: tuple[pd.DataFrame, dict[int, int], MatchResult],
) -> None:
    records, _, result = people
    kept = result.model.__class__(
        entity="contact",
        settings=json.loads(json.dumps(dict(result.model.settings))),
        calibration=json.loads(json.dumps(dict(result.model.calibration))),
        columns=result.model.columns,
        trained=result.model.trained,
    )
    fresh = {10, 11}
    held = dict(zip(result.clusters["record_id"], result.clusters["cluster_id"], strict=True))
    for pk in fresh:
        del held[pk]
    again = engine.match_records(
        records, "contact", thresholds=Thresholds(automatic=0.8), model=kept, fresh=fresh, held=held, explain_up_to=5
    )
    assert (again.pairs["record_id_l"].isin(fresh) | again.pairs["record_id_r"].isin(fresh)).all()
    assert again.clusters["cluster_id"].tolist() == result.clusters["cluster_id"].tolist()
    parts = again.evidence[10, 11]
    stated = again.pairs.set_index(["record_id_l", "record_id_r"]).loc[(10, 11), "probability"]
    assert 1 / (1 + 2 ** -sum(part.weight for part in parts)) == pytest.approx(stated, abs=0.01)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 3))
def test_nothing_to_compare_leaves_everybody_alone(count: int) -> None:
    records = pd.DataFrame({"record_id": range(count), "source": "a", "first_name": ""})
    result = engine.match_records(records, "contact")
    assert result.clusters["cluster_id"].tolist() == list(range(count))
    assert clusters.memberships({}, result.pairs).empty


def test_colleagues_who_share_all_that_their_employer_gives_them_stay_different_people() -> None:
    names = [("Ann", "Roe"), ("Bob", "Poe"), ("Cid", "Zimmer"), ("Dan", "Moe")] * 3
    records = pd.DataFrame(names, columns=["first_name", "last_name"])
    records = records.assign(source="a", account_name="Acme", phone="+1 202 555 0100", city="Rome")
    records.insert(0, "record_id", range(12))
    assert engine.match_records(records, "contact").clusters["cluster_id"].tolist() == [0, 1, 2, 3] * 3


def test_one_row_written_hundreds_of_times_is_one_person() -> None:
    told = {"first_name": "Anna", "last_name": "Berg", "email": "anna.berg@fjord.example", "source": "a"}
    records = pd.DataFrame([told] * 300)
    records.insert(0, "record_id", range(300))
    assert set(engine.match_records(records, "contact").clusters["cluster_id"]) == {0}


def test_a_list_of_domains_alone_can_be_matched() -> None:
    words = [Random(at % 100).randbytes(6).hex() for at in range(120)]
    domains = pd.DataFrame({"domain": [f"{word}.com" for word in words]})
    domains = domains.assign(source="a", record_id=range(120))
    assert engine.match_records(domains, "account").clusters["cluster_id"].tolist() == [at % 100 for at in range(120)]
