"""A mapping file proposed from what stands in the columns: their names, their values, and what points where."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
from rapidfuzz import fuzz

from tandem.accounts.contracts import Entity
from tandem.accounts.domain import parsing
from tandem.accounts.domain.fields import Field, FieldType, fields_of
from tandem.accounts.domain.headers import header_word
from tandem.accounts.domain.parsing import Evidence, Style
from tandem.accounts.domain.vocabulary import LOST_STAGES, WON_STAGES

SAMPLE_VALUES = 2_000
LEAST_SCORE = 0.5  # of 1; below, a column is offered in a comment only
LEAST_READABLE = 0.9  # share of a column's values that must read as the field's type
LEAST_CONTAINED = 0.9  # share of a column's values found in another file's key, to call it a reference
LEAST_CONTAINED_OF_FEW, FEW_VALUES = 0.5, 50  # one misspelt word of seven must not hide that products are named
LEAST_ALIKE = 88.0  # of 100; header words that differ by a letter
NAMES_OF_FILES: dict[Entity, tuple[str, ...]] = {
    Entity.ACCOUNT: ("account", "compan", "organi", "firm", "customer", "kunden"),
    Entity.CONTACT: ("contact", "people", "lead", "kontakt"),
    Entity.OPPORTUNITY: ("deal", "opportunit", "pipeline", "chance"),
    Entity.PRODUCT: ("product", "catalog", "pricebook", "produkt"),
    Entity.PERSON: ("team", "seller", "user", "employee", "staff", "rep", "mitarbeiter"),
    Entity.ACTIVITY: ("activit", "task", "call", "event", "meeting"),
    Entity.QUOTA: ("quota", "target"),
    Entity.RENEWAL: ("contract", "renewal", "subscription"),
    Entity.OPPORTUNITY_CHANGE: ("history", "changes"),
    Entity.COMPETITOR: ("competitor",),
    Entity.EXCHANGE_RATE: ("rate", "currenc"),
    Entity.SIGNAL: ("signal", "intent", "surge"),
}
# What the names of columns alone can't tell apart is tried in this order.
TRIED = tuple(NAMES_OF_FILES)
# (entity, its column) pointed at, to the field that points.
POINTERS: dict[tuple[Entity, str], str] = {
    (Entity.ACCOUNT, "key"): "account_key",
    (Entity.ACCOUNT, "name"): "account_name",
    (Entity.ACCOUNT, "domain"): "account_domain",
    (Entity.CONTACT, "key"): "contact_key",
    (Entity.CONTACT, "email"): "contact_email",
    (Entity.OPPORTUNITY, "key"): "opportunity_key",
    (Entity.PERSON, "key"): "owner_key",
    (Entity.PERSON, "name"): "owner_name",
    (Entity.PERSON, "email"): "owner_email",
    (Entity.PRODUCT, "key"): "product_key",
    (Entity.PRODUCT, "name"): "product_name",
}
TELLING = frozenset({FieldType.EMAIL, FieldType.DATE, FieldType.DATETIME, FieldType.DECIMAL, FieldType.COUNTRY})


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """What a look at a column found.

    filled : share of rows that hold something, 0 to 1
    distinct : different values among those looked at
    values : up to 2,000 of them, missing words left out
    """

    header: str
    filled: float
    distinct: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProfile:
    """One file: its name, how many rows were looked at, its columns; `keys` are headers of unique columns."""

    name: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A column's likely meaning. confidence : 0 to 1. why : for people."""

    header: str
    field: str
    confidence: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A column whose values stand in a unique column of another file. share : of its values, 0 to 1."""

    file: str
    header: str
    share: float

    def __str__(self) -> str:
        return f"{self.share:.0%} of its values stand in {self.file}, {self.header}"


@dataclass(slots=True)
class Proposal:
    """What a file likely holds. `entity` None: nothing fits; `joined`: headers that make the name together."""

    file: FileProfile
    entity: Entity | None
    confidence: float = 0.0
    guesses: list[Guess] = field(default_factory=list)
    joined: tuple[str, ...] = ()
    references: dict[str, Reference] = field(default_factory=dict)


def profile(name: str, rows: pd.DataFrame) -> FileProfile:
    """Look at the first rows of a file; all cells are text."""
    columns, keys = [], set()
    for header in rows.columns:
        cells = rows[header].str.strip()
        told = cells[~cells.str.lower().isin(parsing.MISSING)]
        unique = told.unique()
        filled = len(told) / len(rows) if len(rows) else 0.0
        if len(unique) == len(rows) > 1:
            keys.add(str(header))
        columns.append(
            ColumnProfile(
                header=str(header), filled=filled, distinct=len(unique),
                values=tuple(str(value) for value in unique[:SAMPLE_VALUES]),
            )
        )  # fmt: skip
    return FileProfile(name=name, rows=len(rows), columns=tuple(columns), keys=frozenset(keys))


def propose(files: Sequence[FileProfile]) -> list[Proposal]:
    """What each file likely holds, with the columns that point from one file to another."""
    proposals = [_best_entity(file) for file in files]
    for proposal in proposals:
        proposal.references = _references(proposal.file, [other for other in files if other is not proposal.file])
    by_name = {proposal.file.name: proposal for proposal in proposals}
    for proposal in proposals:
        _add_references(proposal, by_name)
    return proposals


def _add_references(proposal: Proposal, by_name: Mapping[str, Proposal]) -> None:
    """Columns without a meaning of their own that point at another file get the meaning of where they point."""
    if proposal.entity is None:
        return
    meant = {guess.header for guess in proposal.guesses}
    given = {guess.field for guess in proposal.guesses}
    for header, reference in proposal.references.items():
        target = by_name[reference.file]
        at = next((guess.field for guess in target.guesses if guess.header == reference.header), "")
        name = POINTERS.get((target.entity, at), "") if target.entity else ""
        if header not in meant and name in fields_of(proposal.entity) and name not in given:
            guess = Guess(header=header, field=name, confidence=0.7, why="its values point there")
            proposal.guesses.append(guess)
            given.add(name)


def _best_entity(file: FileProfile) -> Proposal:
    tried = [_as_entity(file, entity) for entity in TRIED]
    best = max(tried, key=lambda proposal: proposal.confidence)
    return best if best.confidence >= LEAST_SCORE else Proposal(file, None)


def _as_entity(file: FileProfile, entity: Entity) -> Proposal:
    """The file read as this entity: each field taken by the column that fits it best."""
    known = fields_of(entity)
    pairs = [
        guess
        for column in file.columns
        for name, field_ in known.items()
        if (guess := _weigh(column, name, field_)) is not None
    ]
    guesses: dict[str, Guess] = {}
    taken: set[str] = set()
    for guess in sorted(pairs, key=lambda pair: -pair.confidence):
        if guess.header not in taken and guess.field not in guesses:
            guesses[guess.field] = guess
            taken.add(guess.header)
    required = [name for name, field_ in known.items() if field_.required]
    joined = _name_parts(file) if "name" in required and "name" not in guesses else ()
    if not all(name in guesses or (name == "name" and joined) for name in required) or not guesses:
        return Proposal(file, entity)
    share = sum(guess.confidence for guess in guesses.values()) / max(len(file.columns), 1)
    named = any(part in file.name.lower() for part in NAMES_OF_FILES[entity])
    confidence = min(1.0, 0.15 + 0.6 * share + 0.25 * named + 0.03 * min(len(required), 4))
    order = {column.header: place for place, column in enumerate(file.columns)}
    return Proposal(
        file, entity, round(confidence, 2), sorted(guesses.values(), key=lambda one: order[one.header]), joined
    )


def _name_parts(file: FileProfile) -> tuple[str, ...]:
    """Headers of given and family name, where the file has both."""
    words = {header_word(column.header): column.header for column in file.columns}
    parts = []
    for name in ("first_name", "last_name"):
        field_ = fields_of(Entity.CONTACT)[name]
        found = [words[word] for word in (header_word(name), *field_.synonyms) if word in words]
        if not found:
            return ()
        parts.append(found[0])
    return tuple(parts)


def _weigh(column: ColumnProfile, name: str, field_: Field) -> Guess | None:
    """How well a column fits a field: its header's word, and whether its values read as the field's type."""
    if not column.values:
        return None
    word, own = header_word(column.header), header_word(name)
    if word == own:
        score, why = 0.95, "the header says so"
    elif word in field_.synonyms:
        score, why = 0.85, f"{column.header!r} is a usual word for it"
    elif (
        len(word) > 3 and max((fuzz.ratio(word, other) for other in (own, *field_.synonyms)), default=0) >= LEAST_ALIKE
    ):
        score, why = 0.6, "the header is nearly a usual word for it"
    else:
        return None
    readable = _readable(column, field_.type)
    if readable < LEAST_READABLE:
        return None
    if field_.type in TELLING:
        score, why = score + 0.05, f"{why}, and {readable:.0%} of its values read as {field_.type.value}"
    return Guess(header=column.header, field=name, confidence=round(score, 2), why=why)


def _readable(column: ColumnProfile, kind: FieldType) -> float:
    """Share of the values that read as a type."""
    cells = pd.Series(column.values[:200], dtype=object)
    parsed = parsing.parse_column(cells, kind, style=Style())
    return 1 - len(parsed.reasons) / len(cells)


def _references(file: FileProfile, others: Sequence[FileProfile]) -> dict[str, Reference]:
    """The columns of a file that point at other files, with the best place they point at."""
    found: dict[str, Reference] = {}
    for column in file.columns:
        values = set(column.values)
        if len(values) < 2 or all(_is_number(value) for value in values):
            continue
        places = [
            Reference(file=other.name, header=target.header, share=len(values & set(target.values)) / len(values))
            for other in others
            for target in other.columns
            if target.header in other.keys
        ]
        best = max(places, key=lambda place: place.share, default=None)
        least = LEAST_CONTAINED if len(values) > FEW_VALUES else LEAST_CONTAINED_OF_FEW
        if best is not None and best.share >= least:
            found[column.header] = best
    return found


def _is_number(value: str) -> bool:
    return re.fullmatch(r"[\d.,\s-]+", value) is not None


def as_toml(proposals: Sequence[Proposal], *, source_key: str) -> str:
    """The proposal as a mapping file with comments on how sure it is; what it is unsure of is commented out."""
    lines = [
        "# Proposed from what stands in the files. Read it, mend it, then: tandem import PATH --mapping THIS-FILE",
        "",
        "[source]",
        f"key = {_text(source_key)}  # whose words these are",
        'kind = "crm"  # how much they are trusted: crm, marketing, vendor, product, hr, other ...',
    ]
    for proposal in proposals:
        lines += ["", *_file_lines(proposal)]
    if not any(proposal.entity for proposal in proposals):
        lines += ["", "# No file fits anything we know well enough: fill in a [[files]] table by hand."]
    return "\n".join(lines) + "\n"


def _file_lines(proposal: Proposal) -> list[str]:
    file = proposal.file
    if proposal.entity is None:
        headers = ", ".join(column.header for column in file.columns[:20])
        return [f"# {_plain(file.name)}: nothing fits well enough. Columns: {_plain(headers)}"]
    lines = [
        f"# {_plain(file.name)}: {proposal.confidence:.0%} sure that a row is of this kind",
        "[[files]]",
        f"match = {_text(file.name)}",
        f"entity = {_text(proposal.entity.value)}",
        *_style_lines(proposal),
        "",
        "[files.columns]",
    ]
    meant = {guess.header: guess for guess in proposal.guesses}
    for column in (column for column in file.columns if column.header not in proposal.joined):
        lines.append(_column_line(column, meant.get(column.header), proposal.references.get(column.header)))
    if proposal.joined:
        lines += ["", "[files.join]", f"name = [{', '.join(map(_text, proposal.joined))}]"]
    return lines + _stage_lines(proposal) + _line_lines(proposal)


def _column_line(column: ColumnProfile, guess: Guess | None, reference: Reference | None) -> str:
    facts = f"{column.filled:.0%} filled, {column.distinct:,} different"
    more = f"; {reference}" if reference else ""
    if guess is None:
        example = f", e.g. {column.values[0][:40]}" if column.values else ""
        return f'# {_text(column.header)} = ""  # not known; {facts}{_plain(example)}{_plain(more)}'
    sure = f"{guess.confidence:.0%}: {guess.why}; {facts}{more}"
    mark = "" if guess.confidence >= LEAST_SCORE else "# "
    return f"{mark}{_text(column.header)} = {_text(guess.field)}  # {_plain(sure)}"


def _style_lines(proposal: Proposal) -> list[str]:
    """How dates and numbers are written, where the values tell."""
    if proposal.entity is None:
        return []
    known = fields_of(proposal.entity)
    dates, numbers = Evidence(), Evidence()
    by_header = {column.header: column for column in proposal.file.columns}
    for guess in proposal.guesses:
        kind = known[guess.field].type
        evidence = dates if kind in (FieldType.DATE, FieldType.DATETIME) else numbers
        evidence.observe(by_header[guess.header].values, kind)
    lines = []
    if dates.day_first or dates.month_first:
        lines.append(f'date_order = "{"dmy" if dates.day_first >= dates.month_first else "mdy"}"')
    elif dates.ambiguous_dates:
        lines.append('# date_order = "mdy"  # nothing in the file tells: "mdy" or "dmy"')
    if numbers.comma_decimals > numbers.point_decimals:
        lines.append("decimal_comma = true")
    return lines


def _stage_lines(proposal: Proposal) -> list[str]:
    """Which of the file's stages end a deal."""
    header = next((guess.header for guess in proposal.guesses if guess.field == "stage"), None)
    if proposal.entity is not Entity.OPPORTUNITY or header is None:
        return []
    stages = next(column.values for column in proposal.file.columns if column.header == header)
    won = [stage for stage in stages if header_word(stage) in WON_STAGES]
    lost = [stage for stage in stages if header_word(stage) in LOST_STAGES]
    return [
        "",
        f"[files.stages]  # stages here: {_plain(', '.join(stages[:20]))}",
        f"won = {json.dumps(won, ensure_ascii=False)}",
        f"lost = {json.dumps(lost, ensure_ascii=False)}",
    ]


def _line_lines(proposal: Proposal) -> list[str]:
    """Deals that name their product feed a second entity: the lines of the deal."""
    by_field = {guess.field: guess.header for guess in proposal.guesses}
    if proposal.entity is not Entity.OPPORTUNITY or not {"key", "product_name"} <= set(by_field):
        return []
    columns = {"key": "opportunity_key", "product_name": "product_name", "amount": "amount"}
    mapped = [f"{_text(by_field[name])} = {_text(to)}" for name, to in columns.items() if name in by_field]
    return [
        "",
        "# The same file once more: each deal's product as a line of the deal",
        "[[files]]",
        f"match = {_text(proposal.file.name)}",
        f"entity = {_text(Entity.OPPORTUNITY_PRODUCT.value)}",
        "",
        "[files.columns]",
        *mapped,
        "",
        "[files.constants]",
        'key = "row"  # the one line that the deal\'s own row makes',
    ]


def _text(value: str) -> str:
    """A TOML basic string."""
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: str) -> str:
    """One line without control characters, which neither a comment nor a text may hold."""
    return "".join(sign if sign.isprintable() else " " for sign in value)
