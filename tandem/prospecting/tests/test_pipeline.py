"""The pipeline: reasons for each account, nothing done twice after a kill, no more than quality and room allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.accounts.models import Account, Opportunity
from tandem.compliance import actions as compliance
from tandem.compliance.contracts import Channel, Purpose, SuppressionEntry, SuppressionReason
from tandem.core.errors import Conflict, InvalidInput, NotFound, ProviderFailed
from tandem.core.models import Job
from tandem.prospecting.actions import lists as making
from tandem.prospecting.actions import pipeline, stages
from tandem.prospecting.domain.pipeline import (
    QUALITY_FLOOR,
    Candidate,
    Stage,
    admit,
    next_allowance,
    quality_of,
    room_of,
)
from tandem.prospecting.models import EntryState, ListEntry, PipelineRow, PipelineRun, RowState, RunPhase
from tandem.prospecting.queries.lists import ready_for_engagement
from tandem.prospecting.queries.runs import get_run, list_rows
from tests.company import NOW, Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, int]]:
    """Stages that look outside or think are played; how often each was asked of an account is counted."""
    count: Counter[tuple[str, int]] = Counter()

    def played(stage: Stage, facts: dict[str, Any]) -> Callable[[stages.Work], stages.Outcomes]:
        def do(work: stages.Work) -> stages.Outcomes:
            count.update((stage.value, pk) for pk in work.ids)
            return {pk: stages.Outcome(facts=facts) for pk in work.ids}

        return do

    told: dict[Stage, dict[str, Any]] = {
        Stage.ENRICH: {}, Stage.SCORE: {"value": 1.0, "capacity": 1.0}, Stage.RESEARCH: {"quality": 0.8},
        Stage.STAKEHOLDERS: {}, Stage.CONTACTS: {"candidates": [1]}, Stage.VERIFY: {"usable": [1]},
        Stage.GATE: {"contacts": [1]},
    }  # fmt: skip
    monkeypatch.setattr(
        stages, "STAGES", {**stages.STAGES, **{stage: played(stage, facts) for stage, facts in told.items()}}
    )
    return count


@pytest.fixture
def run_id(company: Company, settings: Any, tmp_path: Any) -> int:
    """A run over all accounts, of which only "alpine" and "kroeger" have no deal."""
    settings.WAREHOUSE_DIR = tmp_path
    Opportunity.objects.filter(account__in=[company.accounts["alpine"], company.accounts["kroeger"]]).delete()
    Account.objects.update(type="prospect")
    actor = company.actor("revops")
    made = making.list_from_accounts("All", [row.id for row in company.accounts.values()], actor=actor, now=NOW)
    return pipeline.start_run(made.list_id, actor=actor, now=NOW)


def states(run_id: int) -> Counter[str]:
    return Counter(PipelineRow.objects.filter(run_id=run_id).values_list("state", flat=True))


def test_every_account_ends_with_a_reason_or_is_ready(company: Company, run_id: int, called: Counter[Any]) -> None:
    pipeline.carry_on(run_id, now=NOW)
    run = get_run(company.actor("revops"), run_id)
    assert (run.phase, run.ended) == ("done", run.size)
    rows = list_rows(company.actor("revops"), run_id, limit=None)
    assert all(row.reason for row in rows if row.state != RowState.READY)
    ready = {row.account_id for row in rows if row.state == RowState.READY}
    assert {company.accounts["alpine"].id, company.accounts["kroeger"].id} <= ready
    assert {one.account_id for one in ready_for_engagement(company.actor("revops"))} == ready
    assert {pk for stage, pk in called if stage == "enrich"} == ready  # nothing is asked about the excluded
    assert sum(one.waiting for one in run.stages) == 0
    assert Job.objects.filter(task=pipeline.TASK).count() == 1


def test_a_suppressed_company_never_reaches_a_provider(company: Company, run_id: int, called: Counter[Any]) -> None:
    alpine = company.accounts["alpine"]
    entry = SuppressionEntry(
        address=f"account:{alpine.id}", reason=SuppressionReason.MANUAL, channel=Channel.ALL, purpose=Purpose.ANY
    )
    compliance.suppress(entry, source="test", actor=company.actor("revops"), now=NOW)
    pipeline.carry_on(run_id, now=NOW)
    row = PipelineRow.objects.get(run_id=run_id, account=alpine)
    assert (row.state, row.stage) == (RowState.EXCLUDED, "exclude")
    assert "suppression registry" in row.reason
    assert not any(pk == alpine.id for _, pk in called)
    assert ListEntry.objects.get(account=alpine).state == EntryState.EXCLUDED


@pytest.mark.parametrize("stage", [Stage.ENRICH, Stage.RESEARCH, Stage.GATE])
def test_a_killed_worker_loses_a_stretch_and_nothing_that_was_written(
    company: Company, run_id: int, called: Counter[Any], monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    whole = stages.STAGES[stage]

    def dies(work: stages.Work) -> stages.Outcomes:
        whole(work)
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(stages, "STAGES", {**stages.STAGES, stage: dies})
    with pytest.raises(KeyboardInterrupt):
        pipeline.carry_on(run_id, now=NOW)
    assert PipelineRun.objects.get(id=run_id).phase == RunPhase.RUNNING
    monkeypatch.setattr(stages, "STAGES", {**stages.STAGES, stage: whole})
    pipeline.carry_on(run_id, now=NOW)
    assert PipelineRun.objects.get(id=run_id).phase == RunPhase.DONE
    twice = {key for key, count in called.items() if count > 1}
    assert len(twice) == 1  # the one account whose stretch the kill broke off, and only that stage
    assert {name for name, _ in twice} == {stage.value}
    pipeline.carry_on(run_id, now=NOW)  # a second worker that comes late finds nothing to do
    assert {key for key, count in called.items() if count > 1} == twice
    assert states(run_id)[RowState.READY] >= 2


def test_a_worker_that_lost_its_lease_writes_nothing(company: Company, run_id: int, called: Counter[Any]) -> None:
    from tandem.core.jobs import LeaseLost

    def lost() -> Any:
        raise LeaseLost("job 1")

    with pytest.raises(LeaseLost):
        pipeline.carry_on(run_id, now=NOW, carrier=pipeline.Carrier(fence=lost))
    assert set(PipelineRow.objects.filter(run_id=run_id).values_list("stage", "state")) == {("deduplicate", "moving")}


def test_one_broken_account_fails_alone_and_can_be_tried_again(
    company: Company, run_id: int, called: Counter[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    alpine, whole = company.accounts["alpine"].id, stages.STAGES[Stage.RESEARCH]

    def breaks(work: stages.Work) -> stages.Outcomes:
        if alpine in work.ids:
            raise ProviderFailed("The model did not answer.", hint="Try again later.")
        return whole(work)

    monkeypatch.setattr(stages, "STAGES", {**stages.STAGES, Stage.RESEARCH: breaks})
    pipeline.carry_on(run_id, now=NOW)
    row = PipelineRow.objects.get(run_id=run_id, account_id=alpine)
    assert (row.state, row.attempts, row.reason) == (RowState.FAILED, 1, "The model did not answer. Try again later.")
    assert states(run_id)[RowState.READY] >= 1
    monkeypatch.setattr(stages, "STAGES", {**stages.STAGES, Stage.RESEARCH: whole})
    assert pipeline.try_again(run_id, actor=company.actor("revops"), now=NOW, row_ids=[row.id]) == 1
    pipeline.carry_on(run_id, now=NOW)
    row.refresh_from_db()
    assert row.state == RowState.READY
    assert called["enrich", alpine] == 1
    with pytest.raises(Conflict, match="can be tried again"):
        pipeline.try_again(run_id, actor=company.actor("revops"), now=NOW, row_ids=[row.id])


def test_one_run_at_a_time_and_only_over_what_one_may_change(company: Company, run_id: int) -> None:
    run = PipelineRun.objects.get(id=run_id)
    with pytest.raises(Conflict, match="goes on"):
        pipeline.start_run(run.prospect_list_id, actor=company.actor("revops"), now=NOW)
    with pytest.raises(NotFound):
        pipeline.start_run(run.prospect_list_id, actor=company.actor("seller"), now=NOW)
    with pytest.raises(NotFound):
        get_run(company.actor("seller"), run_id)
    pipeline.stop_run(run_id, actor=company.actor("revops"), now=NOW)
    pipeline.carry_on(run_id, now=NOW)
    assert states(run_id) == {RowState.MOVING: run.rows.count()}
    empty = making.list_from_accounts("Empty", [], actor=company.actor("revops"), now=NOW)
    with pytest.raises(InvalidInput, match="nothing to do"):
        pipeline.start_run(empty.list_id, actor=company.actor("revops"), now=NOW)
    assert PipelineRun.objects.count() == 1


def test_what_stands_ready_on_one_list_is_not_taken_up_by_another(
    company: Company, run_id: int, called: Counter[Any]
) -> None:
    pipeline.carry_on(run_id, now=NOW)
    actor = company.actor("revops")
    other = making.list_from_accounts("Other", [company.accounts["alpine"].id], actor=actor, now=NOW)
    second = pipeline.start_run(other.list_id, actor=actor, now=NOW + timedelta(days=1))
    pipeline.carry_on(second, now=NOW + timedelta(days=1))
    row = PipelineRow.objects.get(run_id=second)
    assert (row.state, row.reason) == (RowState.EXCLUDED, "It stands ready on the list “All” already.")


# --- quality and room ---

candidates = st.lists(
    st.builds(
        Candidate, key=st.integers(0, 10_000), owner_id=st.none() | st.integers(1, 3), quality=st.floats(0, 1),
        expected_value=st.floats(0, 1e6),
    ),
    max_size=40, unique_by=lambda one: one.key,
)  # fmt: skip


@given(candidates, st.integers(0, 20), st.dictionaries(st.integers(1, 3), st.integers(0, 5)))
def test_who_is_let_in_is_better_reasoned_than_who_waits_and_no_bound_is_passed(
    given_: list[Candidate], allowance: int, room: dict[int, int]
) -> None:
    answers = admit(given_, allowance=allowance, room=room)
    assert set(answers) == {one.key for one in given_}
    let_in = [one for one in given_ if not answers[one.key]]
    assert len(let_in) <= allowance
    assert all(one.quality >= QUALITY_FLOOR for one in let_in)
    by_owner = Counter(one.owner_id for one in let_in)
    assert all(by_owner[owner] <= places for owner, places in room.items())
    for waits in (one for one in given_ if answers[one.key]):
        rivals = [one for one in let_in if one.owner_id == waits.owner_id]
        assert all(one.quality >= waits.quality for one in rivals)


@given(st.integers(25, 1_000), st.lists(st.floats(0, 1), max_size=60))
def test_volume_rises_only_when_quality_held(last: int, qualities: list[float]) -> None:
    following = next_allowance(last, qualities)
    assert 25 <= following <= 1_000
    if following > last:
        assert len(qualities) >= 20
        assert sum(qualities) / len(qualities) >= 0.6 - 1e-9


def test_two_hundred_strong_beat_a_thousand_average() -> None:
    crowd = [
        Candidate(key=number, owner_id=None, quality=0.85 if number < 200 else 0.55, expected_value=float(number))
        for number in range(1_000)
    ]
    answers = admit(crowd, allowance=next_allowance(None, []), room={})
    assert {key for key, why in answers.items() if not why} == set(range(200))
    assert next_allowance(200, [0.85] * 200) == 250
    assert next_allowance(200, [0.55] * 200) == 200
    assert next_allowance(200, [0.45] * 200) == 160
    assert next_allowance(200, [0.9] * 5) == 200


def test_quality_counts_what_a_rationale_rests_on() -> None:
    strong = quality_of(signals=3, kinds=2, newest_age_days=0.0, fit=1.0)
    assert strong == pytest.approx(1.0)
    assert quality_of(signals=3, kinds=2, newest_age_days=60.0, fit=1.0) == pytest.approx(0.875)
    assert quality_of(signals=1, kinds=1, newest_age_days=None, fit=0.5) < QUALITY_FLOOR
    assert (room_of(1.0, 0), room_of(0.5, 10), room_of(None, 0), room_of(0.0, 3)) == (25, 2, 12, 0)
