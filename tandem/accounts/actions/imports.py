"""Bring in a file or a folder of exports: recognise each, land them in the order in which they need each other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from tandem.access import actions as access
from tandem.accounts.actions import golden, landing
from tandem.accounts.actions.landing import MATCHED, LoadReport
from tandem.accounts.actions.opting_out import suppress_reported
from tandem.accounts.actions.partitioning import Planned, learn_regions
from tandem.accounts.actions.reading_ahead import ReadAhead
from tandem.accounts.actions.refusing import TABLES, refuse_file
from tandem.accounts.connectors import registry
from tandem.accounts.connectors.base import Connector
from tandem.accounts.connectors.files import open_table
from tandem.accounts.connectors.mapped import connector_of, open_mapping
from tandem.accounts.contracts import SourceKind
from tandem.accounts.domain import proposing
from tandem.accounts.domain.mapping import KINDS, SOURCE_KEY, FileMappings
from tandem.core import clock, ledger
from tandem.core.actors import Actor
from tandem.core.errors import AppError, InvalidInput

LOOKED_AT = 5_000  # rows of each file, for a proposal
FAILED, NOT_RECOGNISED, LEFT_OUT = "failed", "not recognised", "left out"

Progress = Callable[[int, int | None, str], None]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of every file.

    rows_landed, rows_refused : over all files, this time; the rows of files refused whole are refused
    failed : a file could not be read or written, or nothing was recognised at all
    golden : what matching and putting together did; None when no account, contact or deal came
    """

    files: tuple[LoadReport, ...]
    rows_landed: int
    rows_refused: int
    failed: bool
    golden: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """One file, or folder read as one, and how it will be read."""

    unit: Path
    connector: Connector
    source_key: str
    mapping_sha256: str = ""

    @property
    def rank(self) -> tuple[int, str]:
        """Where it stands in the order of loading."""
        return registry.load_rank(self.connector.entity), str(self.unit)


def import_path(
    path: Path,
    *,
    actor: Actor,
    now: datetime | None = None,
    source_key: str | None = None,
    mapping: Path | None = None,
    leave_out: Collection[Path] = (),
    when_ready: Callable[[], None] | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file or folder. Safe to repeat, also after a kill: what has landed is not landed again.

    source_key : a kind ("crm", "marketing", "product", "mail", "meetings" ...) says how much the source is trusted;
        any other word is the source's own key. None: the name of the system that wrote the file
    mapping : TOML file with the meaning of columns; files it does not name are recognised as ever
    leave_out : files not to be read now, with the mailbox, meeting or thread that they are part of
    when_ready : called once accounts, people and deals stand and only their history, touches and signals are to come
    Raises NotAllowed, and InvalidInput for a path that is not there, a bad source key or a wrong mapping.
    """
    access.require(actor, "source.manage")
    moment = now or clock.now()
    if not path.exists():
        raise InvalidInput(f"{path} does not exist.", hint="Check the spelling.", context={"file": str(path)})
    told = open_mapping(mapping) if mapping is not None else None
    units = [unit for unit in registry.list_units(path) if not any(file.is_relative_to(unit) for file in leave_out)]
    plans, reports = _plan(units, told, _checked_source(source_key), progress)
    return _carry_out(plans, reports, actor=actor, moment=moment, when_ready=when_ready, progress=progress)


def import_planned(
    planned: Sequence[Planned], *, actor: Actor, now: datetime, progress: Progress | None = None
) -> ImportReport:
    """Import files of which it is known how they are read. Raises NotAllowed."""
    access.require(actor, "source.manage")
    plans = [_Plan(unit=one.unit, connector=one.connector, source_key=one.source_key) for one in planned]
    plans.sort(key=lambda plan: plan.rank)
    return _carry_out(plans, [], actor=actor, moment=now, when_ready=None, progress=progress)


def list_planned(path: Path, *, source_key: str | None = None, mapping: Path | None = None) -> list[Planned]:
    """How `import_path` would read each file at `path`, in the order of loading; those it can't read are left out.

    Raises InvalidInput for a path that is not there, a bad source key or a wrong mapping.
    """
    if not path.exists():
        raise InvalidInput(f"{path} does not exist.", hint="Check the spelling.", context={"file": str(path)})
    told = open_mapping(mapping) if mapping is not None else None
    plans, _ = _plan(registry.list_units(path), told, _checked_source(source_key), None)
    return [Planned(one.unit, one.connector, one.source_key) for one in plans]


def _carry_out(
    plans: Sequence[_Plan],
    reports: list[LoadReport],
    *,
    actor: Actor,
    moment: datetime,
    when_ready: Callable[[], None] | None,
    progress: Progress | None,
) -> ImportReport:
    learn_regions([Planned(one.unit, one.connector, one.source_key) for one in plans], actor=actor, now=moment)
    before = [plan for plan in plans if registry.load_rank(plan.connector.entity) <= _LAST_GOLDEN]
    after = [plan for plan in plans if registry.load_rank(plan.connector.entity) > _LAST_GOLDEN]
    reports += _land(before, actor=actor, now=moment, progress=progress)
    with closing(ReadAhead([(plan.unit, plan.connector) for plan in after], size=landing.ROWS_AT_ONCE)) as ahead:
        refreshed = None
        if golden.is_stale():
            ahead.start()  # where records are new, what happened to them most likely is
            refreshed = golden.refresh(actor=actor, now=moment, progress=progress)
        if when_ready is not None:
            when_ready()
        reports += _land(after, ahead, actor=actor, now=moment, progress=progress)
    if after:
        suppress_reported(actor=actor, now=moment)
    return _finish(reports, refreshed, actor)


_LAST_GOLDEN = max(registry.load_rank(entity) for entity in MATCHED)


def _plan(
    units: Sequence[Path], told: FileMappings | None, source: str | None, progress: Progress | None
) -> tuple[list[_Plan], list[LoadReport]]:
    """How each unit will be read, in the order of loading; and reports on those that can't be."""
    plans: list[_Plan] = []
    reports: list[LoadReport] = []
    for unit in units:
        left_out = told.why_left_out(unit.name) if told is not None else None
        if left_out is not None:
            reports.append(refuse_file(unit, LEFT_OUT, f"Left out: {left_out}.", progress=progress))
            continue
        mapped = told.of(unit.name) if told is not None else ()
        if told is not None and mapped:
            plans += [
                _Plan(
                    unit=unit, connector=connector_of(file), mapping_sha256=told.sha256,
                    source_key=file.source_key if source is None or source in KINDS else source,
                )
                for file in mapped
            ]  # fmt: skip
            continue
        found = _recognise(unit, progress)
        if isinstance(found, Connector):
            plans.append(_plan_of(unit, found, source))
        else:
            reports.append(found)
    return sorted(plans, key=lambda plan: plan.rank), reports


def _plan_of(unit: Path, connector: Connector, source: str | None) -> _Plan:
    """Whose words a recognised file is, and how much they are trusted."""
    if source is None:
        return _Plan(unit=unit, connector=connector, source_key=connector.system)
    if source not in KINDS:
        return _Plan(unit=unit, connector=connector, source_key=source)
    kind = SourceKind(source)
    key = connector.system if kind is connector.source_kind else f"{connector.system}-{kind.value}"
    return _Plan(unit=unit, connector=replace(connector, source_kind=kind), source_key=key)


def _checked_source(source: str | None) -> str | None:
    if source is not None and not SOURCE_KEY.match(source):
        raise InvalidInput(
            f"{source!r} is no key of a source.",
            hint="Small letters, digits, - and _; or a kind: " + ", ".join(KINDS) + ".",
            code="import.source",
        )
    return source


def _recognise(unit: Path, progress: Progress | None) -> Connector | LoadReport:
    """The connector that reads the unit, or the report that says why there is none."""
    try:
        found = registry.detect(unit)
        if found is None and unit.is_file():
            found = registry.detect(unit, open_table(unit).headers)
    except AppError as error:
        if unit.suffix.lower() in TABLES:
            return LoadReport(file_name=unit.name, word=FAILED, error=error.as_dict())
        found = None
    if found is not None:
        return found.connector
    hint = f"Nothing here knows its columns. `tandem import {unit} --propose` writes a mapping file to begin with."
    return refuse_file(unit, NOT_RECOGNISED, hint, progress=progress)


def _land(
    plans: Sequence[_Plan], ahead: ReadAhead | None = None, *, actor: Actor, now: datetime, progress: Progress | None
) -> list[LoadReport]:
    reports = []
    for place, plan in enumerate(plans, start=1):
        told = _named(progress, plan, place, len(plans))
        reports.append(_land_one(plan, ahead, actor=actor, now=now, progress=told))
    return reports


def _land_one(
    plan: _Plan, ahead: ReadAhead | None, *, actor: Actor, now: datetime, progress: Progress | None
) -> LoadReport:
    """Land one unit. Whatever goes wrong with it, the others go on."""
    try:
        return landing.land_file(
            plan.unit,
            plan.connector,
            source_key=plan.source_key,
            actor=actor,
            now=now,
            progress=progress,
            mapping_sha256=plan.mapping_sha256,
            ahead=partial(ahead.take, plan.unit, plan.connector) if ahead is not None else None,
        )
    except AppError as error:
        failure = error.as_dict()
    except Exception as error:
        log.exception("Import of %s stopped", plan.unit.name)
        failure = AppError(
            f"{plan.unit.name} stopped half way: {type(error).__name__}.",
            hint="Import it again: it goes on where it stood. If it stops again, the log tells where.",
            code="import.stopped",
            context={"file": plan.unit.name},
        ).as_dict()
    entity, source = plan.connector.entity.value, plan.source_key
    return LoadReport(file_name=plan.unit.name, word=FAILED, entity=entity, source_key=source, error=failure)


def _named(progress: Progress | None, plan: _Plan, place: int, count: int) -> Progress | None:
    if progress is None:
        return None
    title = f"{plan.unit.name} ({place} of {count})"
    return lambda done, total, note: progress(done, total, f"{title}: {note}")


def _finish(reports: Sequence[LoadReport], refreshed: golden.GoldenReport | None, actor: Actor) -> ImportReport:
    """The report; in the ledger when anything came in."""
    landed = [report for report in reports if report.word == "landed"]
    recognised = any(report.word not in (NOT_RECOGNISED, LEFT_OUT) for report in reports)
    report = ImportReport(
        files=tuple(reports),
        rows_landed=sum(one.rows_landed for one in landed),
        rows_refused=sum(one.rows_refused for one in reports if one.word in ("landed", NOT_RECOGNISED, LEFT_OUT)),
        failed=not recognised or any(one.word == FAILED for one in reports),
        golden=refreshed.as_dict() if refreshed is not None else None,
    )
    if landed:
        ledger.append(
            actor,
            "accounts.import_done",
            subject=f"load:{landed[0].load_id}",
            loads=[one.load_id for one in landed],
            landed=report.rows_landed,
            refused=report.rows_refused,
        )
    return report


def propose_mapping_for(path: Path) -> str:
    """A mapping file for the tables at `path`, as TOML to edit; tables that can't be read are named in comments.

    Raises InvalidInput when there is no readable table.
    """
    profiles, unreadable = [], []
    units = [unit for unit in registry.list_units(path) if unit.is_file()]
    for unit in units:
        try:
            rows = next(iter(open_table(unit).batches(size=LOOKED_AT)), None)
        except AppError as error:
            unreadable.append(f"# {unit.name}: {error.message}")
            continue
        if rows is not None and len(rows.rows):
            profiles.append(proposing.profile(unit.name, rows.rows))
    if not profiles:
        raise InvalidInput(
            f"There is no readable table in {path}.",
            hint="Give a CSV, XLSX, Parquet or JSON lines file, or a folder of them.",
            context={"file": str(path)},
        )
    key = _slug(path.stem if path.is_file() else path.resolve().name)
    return proposing.as_toml(proposing.propose(profiles), source_key=key) + "".join(f"{line}\n" for line in unreadable)


def _slug(name: str) -> str:
    return (
        "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in name.lower()).strip("-")[:60] or "files"
    )
