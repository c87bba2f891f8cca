"""Rule packs: TOML files of versioned, dated rules, read, checked and compiled once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from tandem.compliance.domain.rules.conditions import Condition, compile_condition
from tandem.compliance.domain.rules.facts import CHANNELS, FACTS, KINDS, OUTREACH, PURPOSES
from tandem.compliance.domain.rules.hours import Hours, read_hours
from tandem.compliance.domain.rules.places import is_place
from tandem.core.errors import InvalidInput

FOLDER = Path(__file__).parent.parent.parent / "rulepacks"
EFFECTS: Mapping[str, str] = {
    "allow": "needs one of its ways; otherwise the contact is blocked",
    "permit": "says which basis there is; blocks nothing",
    "require": "asks for content, evidence or duties; blocks when its condition is not met",
    "forbid": "blocks when its condition is met",
    "window": "holds the contact outside its hours",
    "cap": "holds the contact when there were too many",
    "reference": "not decided on here: rights, retention, duties of sending systems, law not yet in force",
}
STATUSES = frozenset({"in_force", "pending", "vacated", "delayed", "suspended"})
_TEXTS = frozenset(
    "id version title effect status applies needs when basis gates retention as_of confidence stricter words".split()
)
_LISTS = frozenset("where channels kinds purposes windows content evidence prohibits duties source ways caps".split())
_OTHERS = frozenset({"from", "to", "deadlines", "follows_sender", "no_holidays", "needs_lawyer"})  # fmt: skip
_NEEDED = ("id", "version", "title", "effect", "where", "source", "confidence", "needs_lawyer", "words")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a rule comes from: law and section, with an address when there is one."""

    cite: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to meet a rule: the basis it gives, and "allow", or "review" when a person must judge."""

    basis: str
    needs: Condition
    outcome: str = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most `maximum` touches in `hours`; channels empty: over all channels; `unless` lifts it."""

    maximum: int
    hours: int
    channels: frozenset[str]
    unless: Condition | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One rule; see the page of methods for what each effect does.

    where : countries, states ("US-TX"), "EEA", "*" for everywhere, "XX" for places whose law we do not know
    kinds, purposes : empty kinds: all; purposes of outreach when the pack says nothing
    starts, ends : in force from and to, both days included; None: open
    applies : None: always
    """

    id: str
    version: str
    pack: str
    title: str
    effect: str
    where: tuple[str, ...]
    channels: frozenset[str]
    kinds: frozenset[str]
    purposes: frozenset[str]
    follows_sender: bool
    starts: date | None
    ends: date | None
    status: str
    applies: Condition | None
    needs: Condition | None
    ways: tuple[Way, ...]
    basis: str
    hours: Hours | None
    no_holidays: bool
    caps: tuple[Cap, ...]
    content: tuple[str, ...]
    evidence: tuple[str, ...]
    prohibits: tuple[str, ...]
    duties: tuple[str, ...]
    deadlines: Mapping[str, str]
    retention: str
    sources: tuple[Source, ...]
    as_of: str
    confidence: str
    needs_lawyer: bool
    stricter: str
    words: str

    def is_on(self, day: date) -> bool:
        """Whether the rule is in force on a day."""
        return (self.starts is None or self.starts <= day) and (self.ends is None or day <= self.ends)

    @property
    def cite(self) -> str:
        """The sources in one line."""
        return "; ".join(source.cite for source in self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One file of rules."""

    name: str
    title: str
    version: str
    published: date
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Packs:
    """All packs, with the index that decisions use."""

    packs: tuple[Pack, ...]
    chosen: dict[tuple[Any, ...], tuple[Rule, ...]] = field(default_factory=dict)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in the order of the packs."""
        return tuple(rule for pack in self.packs for rule in pack.rules)

    @property
    def version(self) -> str:
        """One word for the state of all packs."""
        return "+".join(sorted({pack.version for pack in self.packs}))

    def rules_for(self, channel: str, purpose: str, places: frozenset[str], sender: str, day: date) -> tuple[Rule, ...]:
        """Rules that may speak for a channel, a purpose and places on a day, without those only for reference."""
        key = (channel, purpose, places, sender, day)
        found = self.chosen.get(key)
        if found is None:
            if len(self.chosen) > 20_000:
                self.chosen.clear()
            found = self.chosen[key] = tuple(
                rule
                for rule in self.rules
                if rule.effect != "reference"
                and channel in rule.channels
                and purpose in rule.purposes
                and rule.is_on(day)
                and (not places.isdisjoint(rule.where) or (rule.follows_sender and sender in rule.where))
            )
        return found

    def has_way_in(self, channel: str, places: frozenset[str]) -> bool:
        """Whether any rule says how contact on this channel becomes lawful in these places."""
        key = ("way", channel, places)
        if key not in self.chosen:
            known = [r for r in self.rules if r.effect == "allow" and channel in r.channels]
            self.chosen[key] = tuple(r for r in known if not places.isdisjoint(r.where))
        return bool(self.chosen[key])


@lru_cache(maxsize=1)
def built_in() -> Packs:
    """The packs that come with the product."""
    return load_packs(FOLDER)


def load_packs(folder: Path) -> Packs:
    """Read every pack of a folder. Raises InvalidInput naming file, rule and what is wrong."""
    terms = _terms(folder / "terms.toml")
    packs = tuple(_pack(path, terms) for path in sorted(folder.glob("*.toml")) if path.name != "terms.toml")
    _require_unique(packs)
    return Packs(packs=packs)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(
            f"{path.name} can't be read: {error}.", code="rules.unreadable", context={"file": path.name}
        ) from error


def _terms(path: Path) -> Mapping[str, Condition]:
    terms: dict[str, Condition] = {}
    for name, text in (_read(path).get("terms", {}) if path.exists() else {}).items():
        terms[name] = _condition(text, terms, path.name, name)
    return terms


def _condition(text: str, terms: Mapping[str, Condition], file: str, rule: str) -> Condition:
    try:
        return compile_condition(text, names=FACTS, terms=terms)
    except InvalidInput as error:
        raise _refused(f"The condition {text!r}: {error.message}", file, rule) from error


def _refused(message: str, file: str, rule: str) -> InvalidInput:
    hint = "Mend the pack; docs/methods/decisions.md lists the fields and words."
    return InvalidInput(message, hint=hint, code="rules.invalid", context={"file": file, "rule": rule})


def _pack(path: Path, terms: Mapping[str, Condition]) -> Pack:
    told = _read(path)
    for name in ("name", "title", "version", "published", "rule"):
        if name not in told:
            raise _refused(f"The pack has no {name}.", path.name, "")
    rules = tuple(_rule(entry, path.name, told["name"], terms) for entry in told["rule"])
    return Pack(
        name=told["name"], title=told["title"], version=told["version"], published=told["published"], rules=rules
    )


def _rule(told: Mapping[str, Any], file: str, pack: str, terms: Mapping[str, Condition]) -> Rule:
    name = str(told.get("id", "without id"))
    _require_words(told, file, name)

    def condition(key: str) -> Condition | None:
        return _condition(told[key], terms, file, name) if key in told else None

    needs = condition({"forbid": "when", "permit": "when"}.get(told["effect"], "needs")) or condition("gates")
    return Rule(
        id=name,
        version=told["version"],
        pack=pack,
        title=told["title"],
        effect=told["effect"],
        where=tuple(told["where"]),
        channels=frozenset(told.get("channels", ())),
        kinds=frozenset(told.get("kinds", ())),
        purposes=frozenset(told.get("purposes", OUTREACH if "recording" not in told.get("channels", ()) else PURPOSES)),
        follows_sender=bool(told.get("follows_sender", False)),
        starts=told.get("from"),
        ends=told.get("to"),
        status=told.get("status", "in_force"),
        applies=condition("applies"),
        needs=needs,
        ways=tuple(_way(entry, terms, file, name) for entry in told.get("ways", ())),
        basis=told.get("basis", ""),
        hours=_hours(told.get("windows", ()), file, name),
        no_holidays=bool(told.get("no_holidays", False)),
        caps=tuple(_cap(entry, terms, file, name) for entry in told.get("caps", ())),
        content=tuple(told.get("content", ())),
        evidence=tuple(told.get("evidence", ())),
        prohibits=tuple(told.get("prohibits", ())),
        duties=tuple(told.get("duties", ())),
        deadlines=dict(told.get("deadlines", {})),
        retention=told.get("retention", ""),
        sources=tuple(Source(cite=one["cite"], url=one.get("url", "")) for one in told["source"]),
        as_of=told.get("as_of", ""),
        confidence=told["confidence"],
        needs_lawyer=told["needs_lawyer"],
        stricter=told.get("stricter", ""),
        words=told["words"].strip(),
    )


def _way(told: Mapping[str, Any], terms: Mapping[str, Condition], file: str, rule: str) -> Way:
    outcome = told.get("outcome", "allow")
    if outcome not in ("allow", "review"):
        raise _refused(f"A way can't end in {outcome!r}; allow and review are known.", file, rule)
    return Way(basis=told["basis"], needs=_condition(told["needs"], terms, file, rule), outcome=outcome)


def _cap(told: Mapping[str, Any], terms: Mapping[str, Condition], file: str, rule: str) -> Cap:
    if told.get("max", 0) < 1 or told.get("hours", 0) < 1:
        raise _refused("A cap needs max and hours of 1 or more.", file, rule)
    unless = _condition(told["unless"], terms, file, rule) if "unless" in told else None
    return Cap(maximum=told["max"], hours=told["hours"], channels=frozenset(told.get("channels", ())), unless=unless)


def _hours(lines: Iterable[str], file: str, rule: str) -> Hours | None:
    try:
        return read_hours(tuple(lines)) if lines else None
    except InvalidInput as error:
        raise _refused(error.message, file, rule) from error


def _require_words(told: Mapping[str, Any], file: str, name: str) -> None:
    """Every field known and every value one that decisions understand."""
    lacking = [key for key in _NEEDED if key not in told]
    unknown = sorted(set(told) - _TEXTS - _LISTS - _OTHERS)
    if lacking or unknown:
        said = f"Missing: {', '.join(lacking) or 'nothing'}; unknown: {', '.join(unknown) or 'nothing'}."
        raise _refused(said, file, name)
    for key, known in (("channels", CHANNELS), ("kinds", KINDS), ("purposes", PURPOSES)):
        strange = sorted(set(told.get(key, ())) - set(known))
        if strange:
            raise _refused(f"{key} does not know {', '.join(strange)}; known: {', '.join(known)}.", file, name)
    for key, value, words in (
        ("effect", told["effect"], EFFECTS),
        ("status", told.get("status", "in_force"), STATUSES),
        ("confidence", told["confidence"], ("high", "medium", "low")),
    ):
        if value not in words:
            raise _refused(f"{key} {value!r} is not known; known: {', '.join(sorted(words))}.", file, name)
    _require_sense(told, file, name)


def _require_sense(told: Mapping[str, Any], file: str, name: str) -> None:
    """Places that exist, dates in order, and the parts that the effect needs."""
    strange = [place for place in told["where"] if not is_place(place)]
    if strange or not told["where"]:
        raise _refused(f"where does not know {', '.join(strange) or 'any place'}.", file, name)
    for key in ("from", "to"):
        if key in told and type(told[key]) is not date:
            raise _refused(f"{key} must be a date like 2026-08-02.", file, name)
    if "from" in told and "to" in told and told["from"] > told["to"]:
        raise _refused(f"It ends ({told['to']}) before it starts ({told['from']}).", file, name)
    part = {"allow": "ways", "forbid": "when", "permit": "when", "cap": "caps"}.get(told["effect"])
    if part and not told.get(part):
        raise _refused(f"A rule with the effect {told['effect']} needs {part}.", file, name)
    if told["effect"] != "reference" and not told.get("channels"):
        raise _refused("A rule that decides needs channels.", file, name)
    if told["effect"] == "window" and not (told.get("windows") or told.get("no_holidays")):
        raise _refused("A window needs windows or no_holidays.", file, name)


def _require_unique(packs: Iterable[Pack]) -> None:
    """No two versions of a rule may be in force on one day."""
    seen: dict[str, list[Rule]] = {}
    for pack in packs:
        for rule in pack.rules:
            for other in seen.setdefault(rule.id, []):
                if _overlap(rule, other):
                    said = f"{rule.id} stands twice for the same days (also in {other.pack})."
                    raise _refused(said, pack.name, rule.id)
            seen[rule.id].append(rule)


def _overlap(one: Rule, other: Rule) -> bool:
    starts = max(one.starts or date.min, other.starts or date.min)
    return starts <= min(one.ends or date.max, other.ends or date.max)
