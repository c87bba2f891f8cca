"""OpportunityHistory (a snapshot after each change) and OpportunityFieldHistory (each tracked change)."""

from __future__ import annotations

import datetime as dt
from types import TracebackType
from typing import Self

from tandem.simulation.deals.chain import LOST, STAGE_PROBABILITY, STAGES, WON
from tandem.simulation.deals.habits import Change, CrmStory
from tandem.simulation.deals.paths import Deal
from tandem.simulation.outputs import CsvFile
from tandem.simulation.staff import Member
from tandem.simulation.times import stamp
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.records import FOLDER, money

HISTORY = (
    "Id", "OpportunityId", "CreatedById", "CreatedDate", "StageName", "Amount", "ExpectedRevenue", "CloseDate", "Probability",
    "ForecastCategory", "CurrencyIsoCode", "PrevAmount", "PrevCloseDate", "SystemModstamp", "IsDeleted",
)  # fmt: skip
FIELD_HISTORY = (
    "Id", "IsDeleted", "OpportunityId", "CreatedById", "CreatedDate", "Field", "DataType", "OldValue", "NewValue",
)  # fmt: skip
CATEGORY_CODES = {
    "Omitted": "Omitted", "Pipeline": "Pipeline", "Best Case": "BestCase", "Commit": "Forecast", "Closed": "Closed",
}  # fmt: skip
DATA_TYPES = {
    "StageName": "DynamicEnum", "Amount": "Currency", "CloseDate": "DateOnly", "ForecastCategoryName": "DynamicEnum", "NextStep": "Text",
}  # fmt: skip
SNAPSHOT_FIELDS = ("StageName", "Amount", "CloseDate")
KEPT_DAYS = 730  # field history older than this is gone


def stage_probability(stage: str) -> int:
    """The CRM's probability of a stage, 0..100."""
    if stage in (WON, LOST):
        return 100 if stage == WON else 0
    return STAGE_PROBABILITY[STAGES.index(stage)]


class History:
    """The two history files, deal by deal."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.kept_since = world.config.end - dt.timedelta(days=KEPT_DAYS)
        self._snapshots = CsvFile(world.out / FOLDER / "OpportunityHistory.csv", HISTORY, world.summary)
        self._fields = CsvFile(world.out / FOLDER / "OpportunityFieldHistory.csv", FIELD_HISTORY, world.summary)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._snapshots.__exit__(kind, error, trace)
        self._fields.__exit__(kind, error, trace)

    def deal(self, deal: Deal, story: CrmStory) -> None:
        """All rows of one deal, oldest first."""
        maker = deal.sdr if deal.sdr and deal.sdr.active_on(deal.opened_on) else deal.owner
        state = dict(story.first)
        self._snapshot(deal, maker, stamp(story.created_at), state, {})
        self._field(deal, maker, stamp(story.created_at), "created", "", "", "")
        for change in story.changes:
            at, before = stamp(change.at), dict(state)
            state[change.field] = change.new
            if change.field in SNAPSHOT_FIELDS:
                self._snapshot(deal, change.by, at, state, before)
            self._change(deal, change, at)

    def _snapshot(self, deal: Deal, by: Member, at: str, state: dict[str, object], before: dict[str, object]) -> None:
        amount, stage = state["Amount"], str(state["StageName"])
        probability = stage_probability(stage)
        category = "Closed" if stage == WON else "Omitted" if stage == LOST else str(state["ForecastCategoryName"])
        expected = float(amount) * probability / 100 if isinstance(amount, float) else None
        self._snapshots.write((
            self.world.ids.new("OpportunityHistory"), self.world.opportunity_ids[deal.index], self.world.user_ids[by.index], at, stage,
            money(amount), money(expected), state["CloseDate"], probability, CATEGORY_CODES[category], deal.currency,
            money(before.get("Amount")), before.get("CloseDate"), at, "false",
        ))  # fmt: skip

    def _change(self, deal: Deal, change: Change, at: str) -> None:
        if change.at.date() < self.kept_since:
            return
        if change.field == "OwnerId":
            old, new = change.old, change.new
            assert isinstance(old, Member)
            assert isinstance(new, Member)
            users = self.world.user_ids
            self._field(deal, change.by, at, "Owner", "Text", old.name, new.name)
            self._field(deal, change.by, at, "Owner", "EntityId", users[old.index], users[new.index])
            return
        values = (money(value) if change.field == "Amount" else value for value in (change.old, change.new))
        self._field(deal, change.by, at, change.field, DATA_TYPES[change.field], *values)

    def _field(self, deal: Deal, by: Member, at: str, field: str, kind: str, old: object, new: object) -> None:
        self._fields.write((
            self.world.ids.new("OpportunityFieldHistory"), "false", self.world.opportunity_ids[deal.index],
            self.world.user_ids[by.index], at, field, kind, old, new,
        ))  # fmt: skip
