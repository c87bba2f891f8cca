"""The history of deals: change rows as told, and those worked out from snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Max

from tandem.access import queries as access
from tandem.accounts.actions.facts.batch import FactBatch, FactResult, column, row_numbers, text_column
from tandem.accounts.actions.facts.keys import Colleagues, deal_ids, keys_of
from tandem.accounts.contracts import Entity
from tandem.accounts.domain import conversion, parsing
from tandem.accounts.domain.conversion import Refusal
from tandem.accounts.domain.headers import header_word
from tandem.accounts.domain.vocabulary import read_category, read_motion, read_stage
from tandem.accounts.models import Opportunity, OpportunityChange, OpportunitySnapshot
from tandem.accounts.queries.choosing.records import in_slices
from tandem.core import bulk

FIELD_WORDS = {
    "stagename": "stage", "stage": "stage", "dealstage": "stage", "stageid": "stage", "salesstage": "stage",
    "amount": "amount", "value": "amount", "dealamount": "amount", "estimatedvalue": "amount",
    "closedate": "close_on", "expectedclosedate": "close_on", "closeon": "close_on", "estimatedclosedate": "close_on",
    "forecastcategory": "forecast_category", "forecastcategoryname": "forecast_category",
    "hsmanualforecastcategory": "forecast_category",
    "probability": "probability", "owner": "owner", "ownerid": "owner", "userid": "owner", "hubspotownerid": "owner",
    "nextstep": "next_step", "type": "motion", "name": "name", "title": "name", "account": "account",
    "accountid": "account", "currencyisocode": "currency", "currency": "currency", "leadsource": "lead_source",
    "lossreason": "lost_reason", "lostreason": "lost_reason", "closedlostreason": "lost_reason",
}  # fmt: skip
# Tells that the record was made, which its creation date tells already.
MAKING = frozenset({"created", "opportunitycreatedfromlead", "add"})
SHOWN = ("stage", "amount", "probability", "forecast_category", "close_on")
CHANGE = ("opportunity_id", "field", "old", "new", "at", "by", "origin", "source_id")
Moment = tuple[int, str, datetime, str | None]
PLAIN = parsing.Style()


def load_changes(batch: FactBatch) -> FactResult:
    """Field history as the source keeps it. A change that another file told already is not told twice."""
    refused: list[Refusal] = []
    told: dict[Moment, tuple[Any, ...]] = {}
    unchanged = 0
    rows = _changes_told(batch, refused)
    known = _known_moments({row[0] for row in rows if row})
    for row in rows:
        moment = (row[0], row[1], row[4], row[3]) if row else None
        if moment is None or moment in known or moment in told:
            unchanged += 1
        else:
            told[moment] = row  # type: ignore[assignment]
    bulk.upsert(OpportunityChange, CHANGE, told.values(), conflict=(), update=None)
    _date_stages({moment[0] for moment in told})
    return FactResult(landed=len(told), unchanged=unchanged, refused=refused)


def _changes_told(batch: FactBatch, refused: list[Refusal]) -> list[tuple[Any, ...] | None]:
    """Change rows with canonical fields and values; None for rows that only tell of the record's making."""
    people = Colleagues()
    names = {person.id: person.name for person in access.list_people()}
    canonical = _Canonical(lambda text: names.get(people.find(batch.source.id, text, "", text) or 0, ""))
    found: list[tuple[Any, ...] | None] = []
    columns = (text_column(batch, name) for name in ("opportunity_key", "field", "old", "new", "by"))
    rows = zip(row_numbers(batch), deal_ids(batch), column(batch, "at"), *columns, strict=True)
    for number, deal, at, key, field, old, new, by in rows:
        word = header_word(field)
        if deal is None:
            refused.append(unknown_deal(number, key))
        elif word in MAKING:
            found.append(None)
        else:
            name = FIELD_WORDS.get(word, field[:40])
            values = (canonical(name, old), canonical(name, new))
            found.append((deal, name, *values, at, by[:200], "field_history", batch.source.id))
    return found


def load_snapshots(batch: FactBatch) -> FactResult:
    """Keep the snapshots, and work out anew what changed between neighbours in every deal they touch."""
    refused: list[Refusal] = []
    kept: dict[str, tuple[Any, ...]] = {}
    names = [name for name in SHOWN if name in batch.typed.columns]
    canonical = _Canonical(lambda _: "")
    columns = [[canonical(name, value) for value in column(batch, name)] for name in names]
    cells = zip(*columns, strict=True) if columns else (() for _ in batch.typed.index)
    facts = zip(
        row_numbers(batch), deal_ids(batch), keys_of(batch, Entity.OPPORTUNITY_SNAPSHOT), column(batch, "at"),
        text_column(batch, "by"), text_column(batch, "opportunity_key"), cells, strict=True,
    )  # fmt: skip
    for number, deal, key, at, by, deal_key, values in facts:
        if deal is None:
            refused.append(unknown_deal(number, deal_key))
            continue
        shown = dict(zip(names, values, strict=True))
        kept[key] = (deal, batch.source.id, key, at, shown, by[:200])
    counts = bulk.upsert(
        OpportunitySnapshot, ("opportunity_id", "source_id", "key", "at", "shown", "by"), kept.values(),
        conflict=("source_id", "key"), update=("opportunity_id", "at", "shown", "by"),
    )  # fmt: skip
    landed = counts.inserted + counts.updated
    if landed:
        for some in in_slices(sorted({row[0] for row in kept.values()})):
            _rework(some, batch.source.id)
    return FactResult(landed=landed, unchanged=len(batch.typed) - landed - len(refused), refused=refused)


def _rework(deals: Iterable[int], source_id: int) -> None:
    """Make the snapshot changes of these deals what the snapshots of the source now say."""
    wanted = {(row[0], row[1], row[4], row[3]): row for row in _differences(deals, source_id)}
    stale = []
    taken: set[Moment] = set()
    rows = OpportunityChange.objects.filter(opportunity_id__in=deals)
    for pk, deal, field, old, new, at, by, origin, source in rows.values_list("id", *CHANGE):
        moment = (deal, field, at, new)
        ours = origin == "snapshot" and source == source_id and field in SHOWN
        if ours and (moment not in wanted or wanted[moment][2] != old or wanted[moment][5] != by):
            stale.append(pk)
        else:
            taken.add(moment)
    for some in in_slices(stale):
        OpportunityChange.objects.filter(id__in=some).delete()
    missing = [row for moment, row in wanted.items() if moment not in taken]
    bulk.upsert(OpportunityChange, CHANGE, missing, conflict=(), update=None)
    if missing or stale:
        _date_stages(deals)


def _differences(deals: Iterable[int], source_id: int) -> Iterator[tuple[Any, ...]]:
    """Change rows between neighbouring snapshots. A field that a snapshot does not tell keeps its last told value."""
    rows = OpportunitySnapshot.objects.filter(opportunity_id__in=deals, source_id=source_id)
    told = rows.order_by("opportunity_id", "at", "key").values_list("opportunity_id", "at", "shown", "by").iterator()
    for deal, snapshots in groupby(told, key=lambda row: row[0]):
        before: dict[str, str | None] = {}
        for _, at, shown, by in snapshots:
            for field, new in shown.items():
                if field in before and before[field] != new:
                    yield (deal, field, before[field], new, at, by, "snapshot", source_id)
                before[field] = new


def _known_moments(deals: Iterable[int]) -> set[Moment]:
    known: set[Moment] = set()
    for some in in_slices(sorted(set(deals))):
        rows = OpportunityChange.objects.filter(opportunity_id__in=some)
        known.update(rows.values_list("opportunity_id", "field", "at", "new"))
    return known


def _date_stages(deals: Iterable[int]) -> None:
    """A deal stands in its stage since its last change of stage."""
    for some in in_slices(sorted(set(deals))):
        moves = OpportunityChange.objects.filter(opportunity_id__in=some, field="stage")
        latest = moves.values_list("opportunity_id").annotate(latest=Max("at")).order_by()
        bulk.update_many(Opportunity, "id", ("stage_since",), list(latest))


def unknown_deal(row_number: int, key: str) -> Refusal:
    """The refusal of a row whose deal nobody knows."""
    return Refusal(row_number, "opportunity_key", key[:200], "no deal with this key is known; import the deals first")


class _Canonical:
    """Values of history in one text form for all sources, once per distinct value."""

    def __init__(self, owner_name: Callable[[str], str]) -> None:
        self._owner_name = owner_name
        self._known: dict[tuple[str, Any], str | None] = {}

    def __call__(self, field: str, value: Any) -> str | None:
        """The canonical text of a field's value; None when it is empty."""
        if value is None or value == "":
            return None
        if (field, value) not in self._known:
            self._known[field, value] = self._read(field, value)[:255] or None
        return self._known[field, value]

    def _read(self, field: str, value: Any) -> str:
        if isinstance(value, Decimal | datetime | date):
            return str(conversion.as_json(value))
        text = str(value).strip()
        if text.lower() in parsing.MISSING:
            return ""
        if field == "owner":
            return self._owner_name(text) or text
        return READERS[field](text) if field in READERS else text


def _tried(read: Callable[[str], Any]) -> Callable[[str], str]:
    def as_text(text: str) -> str:
        """The value as it is kept; what can't be read stays as it came."""
        try:
            return str(conversion.as_json(read(text)))
        except parsing.Unreadable:
            return text

    return as_text


def _share(text: str) -> Decimal:
    return Decimal(str(round(parsing.read_probability(text, PLAIN), 6)))


READERS: Mapping[str, Callable[[str], str]] = {
    "stage": lambda text: read_stage(text).name,
    "amount": _tried(lambda text: parsing.read_decimal(text, PLAIN)),
    "probability": _tried(_share),
    "close_on": _tried(lambda text: parsing.read_moment(text, PLAIN).date()),
    "forecast_category": lambda text: read_category(text) or text,
    "motion": lambda text: read_motion(text) or text,
}
