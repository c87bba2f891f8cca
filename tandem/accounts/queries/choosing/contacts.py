"""The golden values of contacts: name, employer, the best usable ways to reach them, and what each source claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from tandem.accounts.contracts import Entity
from tandem.accounts.domain.normalise import department, profile_path, seniority
from tandem.accounts.domain.survivorship import Choice
from tandem.accounts.domain.time_zones import zone_of
from tandem.accounts.models import ContactPoint
from tandem.accounts.queries.choosing import readings
from tandem.accounts.queries.choosing.links import Links, name_core
from tandem.accounts.queries.choosing.records import EMPTIED, Choices, Record, Rules, Tell, choose_all, decide, value_of

ENTITY = Entity.CONTACT
Verification = ContactPoint.Verification
Kind = ContactPoint.Kind
WORST_FIRST = (
    Verification.BOUNCED, Verification.INVALID, Verification.RISKY, Verification.VALID, Verification.UNVERIFIED,
)  # fmt: skip
PLACE_OF = {state: place for place, state in enumerate(WORST_FIRST)}
UNUSABLE = frozenset({Verification.BOUNCED, Verification.INVALID})
# The words that vendors and marketing tools use for the state of an address.
STATUS_WORDS: Mapping[str, Verification] = {
    **dict.fromkeys(("valid", "verified", "deliverable", "ok", "good", "safe"), Verification.VALID),
    **dict.fromkeys(
        ("risky", "catch-all", "catch all", "catchall", "accept-all", "accept all", "accept_all", "likely"),
        Verification.RISKY,
    ),
    **dict.fromkeys(("invalid", "undeliverable", "bad", "unsafe", "do not mail"), Verification.INVALID),
    **dict.fromkeys(("bounced", "hard bounce", "hard_bounce"), Verification.BOUNCED),
}
# Vendors' words for levels that a job title would not use; "": says nothing.
LEVEL_WORDS = {
    "c level": "c_level", "c suite": "c_level", "cxo": "c_level", "board": "c_level", "executive": "c_level",
    "non manager": "", "non management": "", "individual contributor": "", "staff": "", "entry": "junior",
}  # fmt: skip
FORMER = "former"  # a contact record's earlier employers, as landing noted them

_seniority = lru_cache(maxsize=65_536)(seniority)
_department = lru_cache(maxsize=65_536)(department)


@dataclass(frozen=True, slots=True)
class Claim:
    """What one record says about one job. `account_id` None: an employer we don't have; `until`: told to be over."""

    record: Record
    account_id: int | None
    name: str
    title: str
    starts_on: date | None
    until: date | None

    @property
    def employer(self) -> int | str:
        """What two claims must share to speak of the same employer."""
        return self.account_id or name_core(self.name)


@dataclass(frozen=True, slots=True)
class PointState:
    """What one record says about one way to reach a person."""

    kind: str
    value: str
    source_id: int
    verification: str
    verified_at: datetime | None


def tellings(links: Links) -> Mapping[str, Tell]:
    """How a source record tells each golden field; mail and employer look at all records and are chosen apart."""
    return {
        "first_name": lambda record: _name_part(record, "first_name", 0),
        "last_name": lambda record: _name_part(record, "last_name", 1),
        "owner": links.people.owner,
        "title": readings.text("title", 200),
        "seniority": readings.text("seniority", 40, level_word),
        "department": readings.text("department", 120, lambda text: _department(text) or text.lower()),
        "phone": _phone,
        "linkedin": readings.text("linkedin", 255, profile_path),
        "city": readings.text("city", 120),
        "region": readings.text("region", 120),
        "country": readings.text("country", 2),
        "language": readings.text("language", 8, str.lower),
        "time_zone": readings.text("time_zone", 64),
        "opted_out": readings.yes("opted_out"),
        "do_not_call": readings.yes("do_not_call"),
        "has_left": readings.yes("has_left"),
    }


def choose_contact(
    records: Sequence[Record], claims: Sequence[Claim], told: Mapping[str, Tell], rules: Rules
) -> Choices:
    """The contact's fields. `claims`: `claims_of` the same records."""
    choices = choose_all(records, told, rules)
    others = {
        "email": decide(records, rules.of("email"), email_tell(records)),
        "account": decide(records, rules.of("account"), account_tell(claims)),
    }
    choices |= {field: choice for field, choice in others.items() if choice is not None}
    if "has_left" in choices:
        told_left = left_tell(records, claims, value_of(choices, "account"))
        left = decide(records, rules.of("has_left"), told_left)
        choices = {field: choice for field, choice in choices.items() if field != "has_left"}
        choices |= {} if left is None else {"has_left": left}
    return choices | _read_from_others(choices)


def _read_from_others(choices: Choices) -> Choices:
    """Level and department from the job title, the time zone from place and phone, where no source tells them."""
    found: Choices = {}
    title = choices.get("title")
    if title is not None and title.value:
        for field, read in (("seniority", _seniority), ("department", _department)):
            word = "" if field in choices else read(title.value)
            if word:
                found[field] = Choice(word, title.record_id, "from_title")
    place = choices.get("country") or choices.get("phone")
    if "time_zone" not in choices and place is not None:
        zone = zone_of(value_of(choices, "country", ""), value_of(choices, "phone", ""))
        if zone:
            found["time_zone"] = Choice(zone, place.record_id, "from_place")
    return found


def level_word(text: str) -> str:
    """A source's word for a level in ours; its own word, lower case, where we have none; "" where it says nothing.

    >>> level_word("C-Level"), level_word("VP-Level"), level_word("Non-Manager")
    ('c_level', 'vp', '')
    """
    word = text.lower().replace("-", " ").replace("_", " ").strip()
    return LEVEL_WORDS[word] if word in LEVEL_WORDS else _seniority(word) or word


def full_name(choices: Choices) -> str:
    """The name to show: both parts, else the mail address, else a word for nobody known."""
    parts = (value_of(choices, "first_name", ""), value_of(choices, "last_name", ""))
    return " ".join(filter(None, parts)) or value_of(choices, "email", "") or "Nameless"


def split_name(name: str) -> tuple[str, str]:
    """Given and family name of a whole name.

    >>> split_name("Maria del Carmen Ruiz"), split_name("Lee, Ann")
    (('Maria del Carmen', 'Ruiz'), ('Ann', 'Lee'))
    """
    if "," in name:
        last, _, first = name.partition(",")
        return first.strip(), last.strip()
    first, _, last = name.strip().rpartition(" ")
    return first.strip(), last


def _name_part(record: Record, field: str, place: int) -> str | None:
    value = record.data.get(field)
    if value is not None:
        return str(value)[:120]
    data = record.data
    if "first_name" in data or "last_name" in data or not data.get("name"):
        return None
    return split_name(str(data["name"]))[place][:120] or None


def _phone(record: Record) -> str | None:
    value = record.data.get("phone")
    return str(value)[:40] if value is not None else record.data.get("mobile")


def addresses(record: Record) -> list[str]:
    """The record's mail addresses, the main one first."""
    return [str(value)[:254] for value in (record.data.get("email"), record.data.get("email_2")) if value]


def email_state(record: Record) -> tuple[Verification, datetime | None]:
    """What the record says about its main address, and since when."""
    if record.data.get("bounced_at"):
        return Verification.BOUNCED, datetime.fromisoformat(record.data["bounced_at"])
    told = STATUS_WORDS.get(str(record.data.get("email_status") or "").strip().lower())
    return (told, record.observed_at) if told else (Verification.UNVERIFIED, None)


def unusable_addresses(records: Sequence[Record]) -> set[str]:
    """Addresses that some source knows not to work, unless a person has typed them in since."""
    bad: dict[str, datetime] = {}
    for record in records:
        state, since = email_state(record)
        if state in UNUSABLE and since is not None and record.data.get("email"):
            address = str(record.data["email"])
            bad[address] = max(since, bad.get(address, since))
    for record in records:
        if record.is_correction:
            for address in addresses(record):
                if address in bad and record.observed_at > bad[address]:
                    del bad[address]
    return set(bad)


def email_tell(records: Sequence[Record]) -> Tell:
    """A record's best address that is not known to be dead."""
    bad = unusable_addresses(records)

    def tell(record: Record) -> str | None:
        if record.data.get("email") == "":
            return ""
        return next((address for address in addresses(record) if address not in bad), None)

    return tell


def account_tell(claims: Sequence[Claim]) -> Tell:
    """The employer a record names as the present one among our accounts.

    Where every source says that the person has left, the last employer stays: it is the only one we know.
    """
    present = {claim.record.id: claim.account_id for claim in claims if claim.until is None}
    left = {claim.record.id: claim.account_id for claim in claims if claim.record.data.get("has_left")}
    ids = present if any(present.values()) else left

    def tell(record: Record) -> Any:
        if record.data.get("account_id") == EMPTIED:
            return EMPTIED
        return ids.get(record.id)

    return tell


def left_tell(records: Sequence[Record], claims: Sequence[Claim], account_id: int | None) -> Tell:
    """Whether a record says that the person left the present employer; leaving another one says nothing about it.

    account_id : the golden employer
    """
    own = {id(record) for record in records}
    spoken = {claim.record.id: claim.employer for claim in claims if id(claim.record) in own}
    employer = present_employer(claims, account_id)

    def tell(record: Record) -> bool | None:
        value: bool | None = readings.yes("has_left")(record)
        speaks_of = spoken.get(record.id, employer)
        return None if value and employer is not None and speaks_of != employer else value

    return tell


def points_of(records: Sequence[Record]) -> dict[tuple[str, str, int], PointState]:
    """Every way to reach the person, once for each source, in the worst state that source tells."""
    found: dict[tuple[str, str, int], PointState] = {}
    for record in records:
        for kind, value, state, since in _points(record):
            key = (kind, value, record.source_id)
            before = found.get(key)
            if before is None or PLACE_OF[Verification(state)] < PLACE_OF[Verification(before.verification)]:
                found[key] = PointState(kind, value, record.source_id, state, since)
    return found


def _points(record: Record) -> Iterator[tuple[str, str, str, datetime | None]]:
    data = record.data
    main = data.get("email")
    for address in addresses(record):
        state, since = email_state(record) if address == main else (Verification.UNVERIFIED, None)
        yield Kind.EMAIL.value, address, state.value, since
    for kind in (Kind.PHONE.value, Kind.MOBILE.value):
        if data.get(kind):
            yield kind, str(data[kind])[:254], Verification.UNVERIFIED.value, None
    profile = profile_path(str(data["linkedin"])) if data.get("linkedin") else ""
    if profile:
        yield Kind.LINKEDIN.value, profile[:254], Verification.UNVERIFIED.value, None


def with_former(records: Sequence[Record]) -> list[Record]:
    """The records, each with what it said before about former employers as records of their own."""
    found: list[Record] = []
    for record in records:
        found.append(record)
        for told in record.data.get(FORMER, ()):
            found.append(replace(record, data=told))
    return found


def claims_of(records: Sequence[Record], of: Tell) -> list[Claim]:
    """What each source claims about the person's jobs."""
    found = []
    for record in with_former(records):
        data: Mapping[str, Any] = record.data
        account_id = of(record)
        name = str(data.get("account_name") or "")[:255]
        if not account_id and not name:
            continue
        until = data.get("until") or (record.observed_at.date() if data.get("has_left") else None)
        starts_on = data.get("starts_on")
        found.append(
            Claim(
                record,
                account_id or None,
                name,
                str(data.get("title") or "")[:200],
                readings.as_day(starts_on) if starts_on else None,
                readings.as_day(until) if until else None,
            )
        )
    return [_ended_by_a_later_one(claim, found) for claim in found] if len(found) > 1 else found


def _ended_by_a_later_one(claim: Claim, claims: Sequence[Claim]) -> Claim:
    """Of two records of one source that name different employers, the later one tells of the present job."""
    if claim.until is not None or claim.record.is_correction:
        return claim
    mine = claim.record
    later = [
        other
        for other in claims
        if other.record.source_id == mine.source_id
        and other.until is None
        and other.employer != claim.employer
        and (other.record.observed_at, other.record.id) > (mine.observed_at, mine.id)
    ]
    if not later:
        return claim
    newest = max(later, key=lambda other: (other.record.observed_at, other.record.id))
    return replace(claim, until=newest.starts_on or newest.record.observed_at.date())


def present_employer(claims: Sequence[Claim], account_id: int | None) -> int | str | None:
    """The golden employer, or, where none of our accounts is it, the one named last; None: nobody names any."""
    if account_id is not None:
        return account_id
    named = [claim for claim in claims if claim.until is None and claim.account_id is None]
    return max(named, key=lambda claim: (claim.record.observed_at, claim.record.id)).employer if named else None


def agreeing_sources(claims: Sequence[Claim], employer: int | str | None) -> int:
    """Independent sources that say the person works there now. People's corrections are no source of their own."""
    return len(
        {
            claim.record.source_id
            for claim in claims
            if claim.until is None and claim.employer == employer and not claim.record.is_correction
        }
    )


def ends_on(claim: Claim, claims: Sequence[Claim], employer: int | str | None) -> date | None:
    """When a job that is over ended: as told, else when the present one began or was first seen; None: unknown."""
    if claim.until is not None:
        return claim.until
    present = [one for one in claims if one.employer == employer and one.until is None]
    starts = [one.starts_on for one in present if one.starts_on]
    if starts:
        return min(starts)
    later = [one.record.observed_at for one in present if one.record.observed_at > claim.record.observed_at]
    return min(later).date() if later else None
