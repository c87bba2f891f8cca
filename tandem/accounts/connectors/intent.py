"""Third-party intent: Bombora Company Surge, G2 Buyer Intent, TechTarget Priority Engine, 6sense.

Bombora: the weekly report with titles, and the master files without (9 columns "Surge", 12 columns "ADAT", gzip CSV);
the week is a column or stands in the file's name. A company and topic appear once a week, so that is the row's key,
and a file that overlaps another doubles nothing. Scores keep the vendor's own scale (Bombora 0 to 100, 60 and above a
surge; 6sense 0 to 100; Priority Engine a level). G2 and Priority Engine publish no column list: their usual titles and
near relatives are read. Companies that match no account are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from tandem.accounts.connectors import shaping
from tandem.accounts.connectors.base import BrokenRow, Connector, RawBatch, Table
from tandem.accounts.connectors.files import open_table
from tandem.accounts.connectors.files.told import ToldColumns, date_in_name
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.headers import header_word
from tandem.core.errors import AppError

BOMBORA, G2, TECHTARGET, SIXSENSE = "bombora", "g2", "techtarget", "6sense"
SURGE_TITLES = (
    "Company Name", "Domain", "Size", "Industry", "Category", "Topic", "Composite Score", "Metro Areas",
    "Domain Origin Country",
)  # fmt: skip
ADAT_TITLES = (
    "Company Name", "Domain", "Size", "Industry", "Category", "Topic", "Composite Score", "Bucket Code", "Metro Area",
    "Metro Composite Score", "Metro Bucket Code", "Domain Origin Country",
)  # fmt: skip
DATE_TITLES = frozenset({"datestamp", "date", "weekof", "weekending", "weekstart", "surgedate", "reportdate"})
LEVELS = {"very high": "90", "high": "75", "medium": "50", "moderate": "50", "low": "25", "none": "0"}
_DOMAIN = re.compile(r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", re.I)


class TitledTable:
    """A table whose first row is data: the reader has taken it for titles; here it is a row again.

    Titles were made distinct by the reader, so the first row's own cells come from `first`.
    """

    def __init__(self, table: Table, titles: tuple[str, ...], first: tuple[str, ...]) -> None:
        self._table, self.headers, self._first = table, titles, first
        self.row_estimate: int | None = None if table.row_estimate is None else table.row_estimate + 1

    @property
    def notes(self) -> tuple[str, ...]:
        """See `Table.notes`."""
        return (*self._table.notes, "The file has no header row; its columns are those of Bombora's master file.")

    def batches(self, *, skip_rows: int = 0, size: int = 20_000) -> Iterator[RawBatch]:
        """See `Table.batches`."""
        if skip_rows == 0:
            frame = pd.DataFrame(
                [self._first], columns=list(self.headers), index=pd.Index([1], name="row"), dtype=object
            )
            yield RawBatch(first_row_number=1, rows=frame)
        for batch in self._table.batches(skip_rows=max(skip_rows - 1, 0), size=size):
            rows = batch.rows.set_axis(list(self.headers), axis=1)
            rows.index = rows.index + 1
            broken = tuple(
                BrokenRow(row_number=one.row_number + 1, reason=one.reason, raw=one.raw) for one in batch.broken
            )
            yield RawBatch(first_row_number=batch.first_row_number + 1, rows=rows, broken=broken)


def _titles_of(headers: tuple[str, ...]) -> tuple[str, ...]:
    """The titles a file without a header row should have; empty when its first row is no master-file row."""
    titles = {len(SURGE_TITLES): SURGE_TITLES, len(ADAT_TITLES): ADAT_TITLES}.get(len(headers), ())
    if not titles or not _DOMAIN.match(headers[1]) or not re.fullmatch(r"\d{1,3}(?: \d+)?", headers[6]):
        return ()
    return titles


def is_master_file(path: Path) -> bool:
    """Whether a file is a Bombora master file: its first row is data, with a domain second and a score seventh."""
    if not path.is_file() or not re.search(r"\.csv(\.gz|\.zip)?$", path.name, re.I):
        return False
    try:
        return bool(_titles_of(open_table(path).headers))
    except AppError:
        return False


def open_surge(path: Path) -> Table:
    """A Bombora file with titles, whichever form it came in, and with the week where only the name tells it."""
    table = open_table(path)
    titles = _titles_of(table.headers)
    if titles:
        first = tuple("" if re.fullmatch(r"column \d+", cell) else cell for cell in table.headers)
        table = TitledTable(table, titles, first)
    if not DATE_TITLES & {header_word(title) for title in table.headers}:
        table = ToldColumns(table, {"Date Stamp": date_in_name(path)})
    return table


def open_dated(path: Path) -> Table:
    """A table with "Report Date" from the file's name, for exports that carry no day."""
    return ToldColumns(open_table(path), {"Report Date": date_in_name(path)})


def _prepare_surge(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    rows["kind"] = "topic_surge"
    shaping.refuse(rows, shaping.text(rows, "topic") == "", "names no topic: the company was seen, without a surge")
    return _finish(rows, {"size": "_size", "industry": "_industry", "category": "_category", "metros": "_metros",
                          "country": "_country"})  # fmt: skip


def _prepare_g2(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    words = shaping.each(
        shaping.text(rows, "_signal"), lambda text: re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    )
    rows["kind"] = ("review_site_" + words).where(words != "", "review_site_visit")
    rows["topic"] = shaping.first_filled(rows, "topic", "_category")
    level = shaping.each(shaping.text(rows, "strength"), lambda text: LEVELS.get(text.strip().lower(), text))
    rows["strength"] = level
    return _finish(rows, {"stage": "_stage", "country": "_country", "location": "_place", "page": "_page"})


def _prepare_priority(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    rows["kind"] = "publisher_research"
    rows["strength"] = shaping.each(shaping.text(rows, "strength"), lambda text: LEVELS.get(text.strip().lower(), text))
    rows["at"] = shaping.first_filled(rows, "at", "_reported")
    told = {"rank": "_rank", "rank_change": "_rank_change", "prospects": "_prospects", "region": "_region"}
    return _finish(rows, told | {"entry_points": "_entry"})


def _prepare_sixsense(rows: pd.DataFrame) -> pd.DataFrame:
    """An account's buying stage and score on a day."""
    rows = rows.copy()
    rows["kind"] = "predicted_stage"
    rows["topic"] = shaping.first_filled(rows, "topic", "_stage")
    rows["at"] = shaping.first_filled(rows, "at", "_reported")
    return _finish(rows, {"stage": "_stage", "fit": "_fit", "profile_score": "_profile", "reach": "_reach",
                          "country": "_country", "industry": "_industry"})  # fmt: skip


def _finish(rows: pd.DataFrame, told: dict[str, str]) -> pd.DataFrame:
    """Payload from the scratch columns, and a key that is the same in every file: who, what, when."""
    rows["payload"] = shaping.details(rows, told)
    who = shaping.first_filled(rows, "account_domain", "account_name").str.strip().str.lower()
    parts = [who, *(shaping.text(rows, name).str.strip().str.lower() for name in ("kind", "topic", "at"))]
    metros = shaping.text(rows, "_metro")
    cells = zip(*(part.tolist() for part in (*parts, metros)), strict=True)
    joined = pd.Series(["|".join(one).rstrip("|") for one in cells], index=rows.index, dtype=object)
    rows["key"] = joined.where(joined.str.len() <= 200, joined.map(_short)).where(who != "", "")
    shaping.refuse(rows, who == "", "names no company")
    return shaping.without_scratch(rows)


def _short(text: str) -> str:
    import hashlib

    return text[:150] + "~" + hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


_COMPANY = {
    "domain": "account_domain", "companydomain": "account_domain", "website": "account_domain",
    "companywebsite": "account_domain", "companyname": "account_name", "company": "account_name",
    "accountname": "account_name", "account": "account_name", "organization": "account_name",
}  # fmt: skip
_SURGE = {
    **_COMPANY, "topicname": "topic", "topic": "topic", "compositescore": "strength", "score": "strength",
    **dict.fromkeys(sorted(DATE_TITLES), "at"), "size": "_size", "companysize": "_size", "industry": "_industry",
    "category": "_category", "themename": "_category", "metroareas": "_metros", "metroarea": "_metro",
    "domainorigincountry": "_country", "country": "_country",
}  # fmt: skip
SURGE = Connector(
    system=BOMBORA,
    entity=Entity.SIGNAL,
    source_kind=SourceKind.INTENT,
    file_names=("*bombora*.csv", "*surge*.csv"),
    columns=_SURGE,
    required_headers=frozenset({"domain", "compositescore"}),
    telling_headers=frozenset({"topicname", "topic", "topicid"}),
    open_table=open_surge,
    prepare=_prepare_surge,
    label="Bombora Company Surge",
)
SURGE_MASTER = Connector(
    system=BOMBORA,
    entity=Entity.SIGNAL,
    source_kind=SourceKind.INTENT,
    file_names=SURGE.file_names,
    columns=_SURGE,
    recognise=is_master_file,
    open_table=open_surge,
    prepare=_prepare_surge,
    label="Bombora master file",
)
BUYER_INTENT = Connector(
    system=G2,
    entity=Entity.SIGNAL,
    source_kind=SourceKind.INTENT,
    file_names=("*g2*intent*.csv", "*g2*buyer*.csv", "*buyer*intent*.csv"),
    columns={
        **_COMPANY, "signaltype": "_signal", "signal": "_signal", "productname": "topic", "product": "topic",
        "g2product": "topic", "categoryname": "_category", "category": "_category", "timestamp": "at",
        "signaldate": "at", "lastseen": "at", "visitedat": "at", "date": "at", "activitylevel": "strength",
        "intentscore": "strength", "buyingstage": "_stage", "visitorcountry": "_country", "country": "_country",
        "visitorlocation": "_place", "pageurl": "_page",
    },
    required_headers=frozenset({"signaltype"}),
    telling_headers=frozenset({"buyingstage", "activitylevel", "g2product", "visitorcountry", "visitorlocation"}),
    prepare=_prepare_g2,
    label="G2 Buyer Intent",
)  # fmt: skip
PRIORITY_ENGINE = Connector(
    system=TECHTARGET,
    entity=Entity.SIGNAL,
    source_kind=SourceKind.INTENT,
    file_names=("*priority*engine*.csv", "*techtarget*.csv"),
    columns={
        **_COMPANY, "weeklyrank": "_rank", "rank": "_rank", "rankchange": "_rank_change", "intentlevel": "strength",
        "topics": "topic", "topic": "topic", "prospects": "_prospects", "entrypoints": "_entry", "region": "_region",
        "lastactivity": "at", "lastactivitydate": "at", "reportdate": "_reported",
    },
    required_headers=frozenset({"weeklyrank"}),
    telling_headers=frozenset({"intentlevel", "entrypoints", "rankchange", "prospects"}),
    open_table=open_dated,
    prepare=_prepare_priority,
    label="TechTarget Priority Engine",
)  # fmt: skip
_SIXSENSE = {
    "6sensedomain": "account_domain", "6sensecompanyname": "account_name", "accountintentscore": "strength",
    "intentscore": "strength", "accountbuyingstage": "_stage", "buyingstage": "_stage", "buyingstageend": "_stage",
    "accountprofilefit": "_fit", "profilefit": "_fit", "accountprofilescore": "_profile", "profilescore": "_profile",
    "accountreachscore": "_reach", "6sensecountry": "_country", "industry": "_industry", "product": "topic",
    "keywords": "topic", "6qadate": "_qualified", "date": "at", "scoredate": "at", "updatedate": "at",
    "reportdate": "_reported", **_COMPANY,
}  # fmt: skip
SIXSENSE_ACCOUNTS = Connector(
    system=SIXSENSE,
    entity=Entity.SIGNAL,
    source_kind=SourceKind.INTENT,
    file_names=("*6sense*.csv",),
    columns=_SIXSENSE,
    required_headers=frozenset({"6sensecompanyname", "6sensedomain"}),
    open_table=open_dated,
    prepare=_prepare_sixsense,
    label="6sense accounts",
)

CONNECTORS: tuple[Connector, ...] = (SURGE, SURGE_MASTER, BUYER_INTENT, PRIORITY_ENGINE, SIXSENSE_ACCOUNTS)
