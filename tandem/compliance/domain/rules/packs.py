"""Rule packs: TOML files of versioned, dated rules, read, checked and compiled once."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from tandem.compliance.domain.rules.conditions import Condition, compile_condition
from tandem.compliance.domain.rules.facts import FACTS, OUTREACH, PURPOSES
from tandem.compliance.domain.rules.hours import Hours, read_hours
from tandem.compliance.domain.rules.pack_checks import HINT, check_rule, refused
from tandem.core.errors import InvalidInput

FOLDER = Path(__file__).parent.parent.parent / "rulepacks"


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
    told : each field as the pack has it, in words, for comparing versions
    digest : equal for rules that say the same, the terms they use included
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
    told: Mapping[str, str]
    digest: str

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
    """All packs, with the index that decisions use.

    replaced : rules of the product that an own pack of the installation took the place of
    terms : conditions with a name of their own
    """

    packs: tuple[Pack, ...]
    replaced: tuple[Rule, ...] = ()
    terms: Mapping[str, Condition] = field(default_factory=dict)
    chosen: dict[tuple[Any, ...], tuple[Rule, ...]] = field(default_factory=dict)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in the order of the packs."""
        return tuple(rule for pack in self.packs for rule in pack.rules)

    def as_of(self, day: date) -> Packs:
        """The rules in force on a day, held to be in force always: what that day's law says of any moment."""
        return replace(self, packs=tuple(_frozen(pack, day) for pack in self.packs), chosen={})

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


def _frozen(pack: Pack, day: date) -> Pack:
    return replace(pack, rules=tuple(replace(r, starts=None, ends=None) for r in pack.rules if r.is_on(day)))


@lru_cache(maxsize=1)
def built_in() -> Packs:
    """The packs that come with the product."""
    return load_packs(FOLDER)


def load_packs(folder: Path) -> Packs:
    """Read every pack of a folder. Raises InvalidInput naming file, rule, field and what is wrong."""
    found, problems = _read_folder(folder, {})
    if problems:
        raise problems[0]
    return found


def layered(base: Packs, folder: Path) -> Packs:
    """Packs with an installation's own folder over them. Raises InvalidInput as `load_packs` does.

    An own rule with the id of one in `base` takes the place of all its versions; other own rules are added. Own
    conditions may use the terms of `base` and add terms of their own.
    """
    found, problems = check_folder(base, folder)
    if problems:
        raise problems[0]
    return found


def check_folder(base: Packs, folder: Path) -> tuple[Packs, list[InvalidInput]]:
    """The same with everything that is wrong, file by file; what comes back with problems is not to be used."""
    if not folder.is_dir():
        said = f"The folder of rule packs {folder} is not there."
        return base, [refused(said, str(folder), "", hint="Make the folder, or empty TANDEM_RULEPACKS_DIR.")]
    own, problems = _read_folder(folder, base.terms)
    names = {pack.name for pack in base.packs}
    for pack in own.packs:
        if pack.name in names:
            said = f"The product has a pack {pack.name} already."
            problems.append(refused(said, pack.name, "", "name", hint="Give your pack another name."))
    ids = {rule.id for rule in own.rules}
    kept = tuple(replace(pack, rules=tuple(r for r in pack.rules if r.id not in ids)) for pack in base.packs)
    return Packs(
        packs=(*kept, *own.packs),
        replaced=tuple(rule for rule in base.rules if rule.id in ids),
        terms={**base.terms, **own.terms},
    ), problems


def _read_folder(folder: Path, known: Mapping[str, Condition]) -> tuple[Packs, list[InvalidInput]]:
    problems: list[InvalidInput] = []
    terms: Mapping[str, Condition] = known
    packs: list[Pack] = []
    try:
        terms = _terms(folder / "terms.toml", known)
    except InvalidInput as error:
        problems.append(error)
    for path in sorted(folder.glob("*.toml")):
        if path.name != "terms.toml":
            pack, wrong = _pack(path, terms)
            problems += wrong
            packs += [pack] if pack else []
    problems += _twice(packs)
    return Packs(packs=tuple(packs), terms=terms), problems


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(
            f"{path.name} can't be read: {error}.",
            hint="A pack is a TOML file in UTF-8.",
            code="rules.unreadable",
            context={"file": path.name},
        ) from error


def _terms(path: Path, known: Mapping[str, Condition]) -> Mapping[str, Condition]:
    terms = dict(known)
    for name, text in (_read(path).get("terms", {}) if path.exists() else {}).items():
        if name in known:
            hint = "Give your term another name; terms of the product do not change."
            raise refused(f"The product has a term {name} already.", path.name, name, hint=hint)
        terms[name] = _condition(text, terms, path.name, name, "terms")
    return terms


def _condition(text: object, terms: Mapping[str, Condition], file: str, rule: str, field: str) -> Condition:
    if not isinstance(text, str):
        raise refused(f"The condition {text!r} is no text.", file, rule, field)
    try:
        return compile_condition(text, names=FACTS, terms=terms)
    except InvalidInput as error:
        raise refused(f"The condition {text!r}: {error.message}", file, rule, field, error.hint or HINT) from error


def _pack(path: Path, terms: Mapping[str, Condition]) -> tuple[Pack | None, list[InvalidInput]]:
    """One file, and everything that is wrong with it."""
    try:
        told = _read(path)
    except InvalidInput as error:
        return None, [error]
    for name, form in (("name", str), ("title", str), ("version", str), ("published", date), ("rule", list)):
        if not isinstance(told.get(name), form):
            hint = "A pack begins with name, title, version (texts) and published (a date), then [[rule]] tables."
            return None, [refused(f"The pack has no fitting {name}.", path.name, "", name, hint)]
    rules, problems = [], []
    for number, entry in enumerate(told["rule"], 1):
        try:
            check_rule(entry, path.name, number)
            rules.append(_rule(entry, path.name, told["name"], terms))
        except InvalidInput as error:
            problems.append(error)
    head = {key: told[key] for key in ("name", "title", "version", "published")}
    return Pack(**head, rules=tuple(rules)), problems


def _rule(told: Mapping[str, Any], file: str, pack: str, terms: Mapping[str, Condition]) -> Rule:
    name = str(told["id"])

    def condition(key: str) -> Condition | None:
        return _condition(told[key], terms, file, name, key) if key in told else None

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
        follows_sender=told.get("follows_sender", False),
        starts=told.get("from"),
        ends=told.get("to"),
        status=told.get("status", "in_force"),
        applies=condition("applies"),
        needs=needs,
        ways=tuple(_way(entry, terms, file, name) for entry in told.get("ways", ())),
        basis=told.get("basis", ""),
        hours=_hours(told.get("windows", ()), file, name),
        no_holidays=told.get("no_holidays", False),
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
        told={key: _in_words(value) for key, value in told.items()},
        digest=_digest(told, terms),
    )


def _in_words(value: object) -> str:
    """A field as people compare it: lists line by line."""
    if isinstance(value, list):
        return "\n".join(_in_words(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_in_words(one)}" for key, one in value.items())
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _digest(told: Mapping[str, Any], terms: Mapping[str, Condition]) -> str:
    """SHA-256 over the rule and the text of every term it uses, directly or through others."""
    text = json.dumps(told, sort_keys=True, default=str)
    used: dict[str, str] = {}
    waiting = [text]
    while waiting:
        for word in re.findall(r"[A-Za-z0-9_]+", waiting.pop()):
            if word in terms and word not in used:
                used[word] = terms[word].text
                waiting.append(terms[word].text)
    return hashlib.sha256(f"{text}{json.dumps(used, sort_keys=True)}".encode()).hexdigest()


def _way(told: Mapping[str, Any], terms: Mapping[str, Condition], file: str, rule: str) -> Way:
    outcome = told.get("outcome", "allow")
    if outcome not in ("allow", "review"):
        raise refused(f"A way can't end in {outcome!r}; allow and review are known.", file, rule, "ways")
    return Way(basis=told["basis"], needs=_condition(told["needs"], terms, file, rule, "ways"), outcome=outcome)


def _cap(told: Mapping[str, Any], terms: Mapping[str, Condition], file: str, rule: str) -> Cap:
    if told.get("max", 0) < 1 or told.get("hours", 0) < 1:
        raise refused("A cap needs max and hours of 1 or more.", file, rule, "caps")
    unless = _condition(told["unless"], terms, file, rule, "caps") if "unless" in told else None
    return Cap(maximum=told["max"], hours=told["hours"], channels=frozenset(told.get("channels", ())), unless=unless)


def _hours(lines: Iterable[str], file: str, rule: str) -> Hours | None:
    try:
        return read_hours(tuple(lines)) if lines else None
    except InvalidInput as error:
        raise refused(error.message, file, rule, "windows", error.hint or HINT) from error


def _twice(packs: Iterable[Pack]) -> list[InvalidInput]:
    """No two packs may have one name, and no two versions of a rule may be in force on one day."""
    seen: dict[str, list[Rule]] = {}
    problems: list[InvalidInput] = []
    names: set[str] = set()
    for pack in packs:
        if pack.name in names:
            problems.append(refused(f"Two packs have the name {pack.name}.", pack.name, "", "name"))
        names.add(pack.name)
        for rule in pack.rules:
            for other in seen.setdefault(rule.id, []):
                if _overlap(rule, other):
                    said = f"{rule.id} stands twice for the same days (also in {other.pack})."
                    hint = "End the older version with `to` on the day before the newer one begins."
                    problems.append(refused(said, pack.name, rule.id, "from", hint))
            seen[rule.id].append(rule)
    return problems


def _overlap(one: Rule, other: Rule) -> bool:
    starts = max(one.starts or date.min, other.starts or date.min)
    return starts <= min(one.ends or date.max, other.ends or date.max)
