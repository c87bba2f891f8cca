"""Product events: Segment-spec JSON lines, and the raw exports of Amplitude, Mixpanel and PostHog.

Segment: identify, group, track, page, screen and alias calls, one JSON object a line, also as batches
(`{"batch": […]}`). Amplitude: the lines of its export zip. Mixpanel: raw export lines `{"event", "properties"}`.
PostHog: batch export lines or the CSV of events. One signal a call; its kind is the event's name for track, else the
call's own word.

The account is told by the call itself (groupId, `context.groupId`, traits and properties that name a company or
domain), else by what the same user's earlier identify and group calls said, in this file and in the files of the same
series before it in the folder (events-2026-01.jsonl before events-2026-02.jsonl); else by the domain of the user's
mail, unless it is a free one. Ids are keys of the product, not of the CRM.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from tandem.accounts.connectors import shaping
from tandem.accounts.connectors.base import Connector, Table
from tandem.accounts.connectors.files import open_table
from tandem.accounts.connectors.files.json_lines import parsed_object
from tandem.accounts.connectors.files.limits import MAX_CELL_CHARACTERS
from tandem.accounts.connectors.files.rows import RowTable, Unread
from tandem.accounts.connectors.files.text import open_text
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.normalise import company_domain

SYSTEM = "segment"
HEADERS = (
    "message_id", "kind", "at", "strength", "topic", "group_id", "company", "domain", "email", "user_id", "payload",
    "raw",
)  # fmt: skip
CALLS = frozenset({"identify", "group", "track", "page", "screen", "alias"})
MAX_KNOWN = 1_000_000  # users and groups kept in mind; further ones are told by their own calls alone
COMPANY_WORDS = ("company", "companyName", "company_name", "account_name", "organization", "org_name")
DOMAIN_WORDS = ("domain", "companyDomain", "company_domain", "website", "account_domain")
GROUP_WORDS = ("groupId", "group_id", "account_id", "accountId", "company_id", "companyId", "workspace_id", "$group_0")
_domain_of = lru_cache(65_536)(company_domain)
_MAIL = re.compile(r"^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$")


@dataclass(frozen=True, slots=True)
class Who:
    """What is known of a user or group: mail, group, company name and domain; "" where it is not."""

    email: str = ""
    group: str = ""
    company: str = ""
    domain: str = ""

    def filled_from(self, other: Who) -> Who:
        """Itself, with what it lacks from another."""
        if self == other or other == NOBODY:
            return self
        return Who(
            self.email or other.email,
            self.group or other.group,
            self.company or other.company,
            self.domain or other.domain,
        )


NOBODY = Who()


@dataclass(slots=True)
class Identities:
    """Users and groups seen so far."""

    users: dict[str, Who] = field(default_factory=dict)
    groups: dict[str, Who] = field(default_factory=dict)

    def learn_user(self, keys: Iterable[str], told: Who) -> None:
        """Later calls win over earlier ones, field by field."""
        _learn(self.users, [key for key in keys if key], told)

    def learn_group(self, key: str, told: Who) -> None:
        """A group's traits."""
        _learn(self.groups, [key] if key else [], replace(told, email="", group=""))

    def take(self, later: Identities) -> None:
        """What another file tells, over what is known."""
        for key, told in later.users.items():
            _learn(self.users, [key], told)
        for key, told in later.groups.items():
            _learn(self.groups, [key], told)

    def complete(self, told: Who, keys: Iterable[str]) -> Who:
        """What a call tells, with what is known of its user and of the group."""
        for key in keys:
            known = self.users.get(key) if key else None
            if known is not None:
                told = told.filled_from(known)
        group = self.groups.get(told.group) if told.group else None
        if group is not None:
            told = told.filled_from(group)
        return told if told.domain else replace(told, domain=_domain_of(told.email))


def _learn(known: dict[str, Who], keys: list[str], told: Who) -> None:
    for key in keys:
        if key in known or len(known) < MAX_KNOWN:
            known[key] = told.filled_from(known.get(key, NOBODY))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _first(words: Iterable[str], *places: Mapping[str, Any]) -> str:
    """The first filled value of these keys; a nested object tells its name or id."""
    for place in places:
        if not place:
            continue
        for word in words:
            value = place.get(word)
            if value is None:
                continue
            if isinstance(value, dict):
                value = value.get("name") or value.get("id")
            if found := _text(value):
                return found
    return ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def calls_of(line: str) -> list[dict[str, Any]] | str:
    """The Segment calls of a line (one, or a batch), or why there are none."""
    found = parsed_object(line) if len(line) <= MAX_CELL_CHARACTERS else "the line is too long"
    if isinstance(found, str):
        return found
    batch = found.get("batch")
    if not isinstance(batch, list):
        return [found]
    outer = _mapping(found.get("context"))
    calls = [one for one in batch if isinstance(one, dict)]
    return [{**one, "context": {**outer, **_mapping(one.get("context"))}} for one in calls]


def _who(call: Mapping[str, Any]) -> Who:
    """What a call itself says of its user and company."""
    context, properties = _mapping(call.get("context")), _mapping(call.get("properties"))
    own, told = _mapping(call.get("traits")), _mapping(context.get("traits"))
    is_group = call.get("type") == "group"
    company = _mapping(own.get("company"))
    domain = _first(DOMAIN_WORDS, company, own, told, properties)
    return Who(
        email=_mail(_first(("email",), *(() if is_group else (own,)), told, properties), _text(call.get("userId"))),
        group=_text(call.get("groupId")) or _first(GROUP_WORDS, context, properties, told) or _text(company.get("id")),
        company=_first(("name", *COMPANY_WORDS), own) if is_group else _first(COMPANY_WORDS, own, told, properties),
        domain=domain,
    )


def _mail(*candidates: str) -> str:
    return next((one.lower() for one in candidates if _MAIL.match(one)), "")


def _keys(call: Mapping[str, Any]) -> list[str]:
    return [_text(call.get("userId")), _text(call.get("anonymousId"))]


def _learn_from(call: Mapping[str, Any], told: Who, known: Identities) -> None:
    """Take in what an identify, group or alias call says; `told` is what it says of its user."""
    kind = call.get("type")
    if kind == "identify":
        known.learn_user(_keys(call), told)
    elif kind == "group":
        known.learn_group(told.group, told)
        known.learn_user(_keys(call), replace(told, email="", company="", domain=""))
    elif kind == "alias":
        before = known.users.get(_text(call.get("previousId")))
        if before is not None:
            known.learn_user([_text(call.get("userId"))], before)


def _row(call: Mapping[str, Any], known: Identities) -> Mapping[str, str] | Unread:
    kind = _text(call.get("type")).lower()
    if kind not in CALLS:
        return Unread("the object is no Segment call", json.dumps(call, ensure_ascii=False)[:2_000])
    told = _who(call)
    _learn_from(call, told, known)
    who = known.complete(told, _keys(call))
    properties = _mapping(call.get("properties"))
    page = _mapping(_mapping(call.get("context")).get("page"))
    name = _text(call.get("event")) if kind == "track" else ""
    payload = properties or (_mapping(call.get("traits")) if kind in ("identify", "group") else {})
    return {
        "message_id": _text(call.get("messageId")),
        "kind": name or kind,
        "at": _text(call.get("timestamp") or call.get("originalTimestamp") or call.get("sentAt"))
        or _text(call.get("receivedAt")),
        "strength": _number(properties),
        "topic": _text(call.get("name")) or _first(("path", "url", "title", "feature", "plan"), properties, page),
        "group_id": who.group,
        "company": who.company,
        "domain": who.domain,
        "email": who.email,
        "user_id": _text(call.get("userId")) or _text(call.get("anonymousId")),
        "payload": json.dumps(payload, ensure_ascii=False, sort_keys=True) if payload else "",
        "raw": json.dumps(call, ensure_ascii=False),
    }


def _number(properties: Mapping[str, Any]) -> str:
    """An event's own number: revenue, value or count."""
    for word in ("revenue", "value", "count", "quantity"):
        value = properties.get(word)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def _read(path: Path) -> Iterator[Mapping[str, str] | Unread]:
    known = Identities()
    for earlier in series_before(path):
        state = earlier.stat()
        known.take(_identities_in(earlier, state.st_size, state.st_mtime_ns))
    for line in open_text(path).lines():
        if not line.strip():
            continue
        calls = calls_of(line)
        if isinstance(calls, str):
            yield Unread(calls, line)
            continue
        for call in calls:
            yield _row(call, known)


def series_before(path: Path) -> list[Path]:
    """Files of the same series (the same name but for its digits) that come before this one in the folder."""
    pattern = re.sub(r"\d+", "0", path.name)
    beside = (entry for entry in path.parent.iterdir() if entry.is_file() and entry.name < path.name)
    return sorted(entry for entry in beside if re.sub(r"\d+", "0", entry.name) == pattern)


@lru_cache(maxsize=128)
def _identities_in(path: Path, size: int, changed: int) -> Identities:
    """Who the identify, group and alias calls of a file tell of; its other lines are passed over unparsed.

    size, changed : of the file as it is now, so that a file that has changed is read again
    """
    known = Identities()
    for line in open_text(path).lines():
        if '"identify"' in line or '"group"' in line or '"alias"' in line:
            calls = calls_of(line)
            for call in calls if isinstance(calls, list) else ():
                _learn_from(call, _who(call), known)
    return known


def open_events(path: Path) -> Table:
    """A Segment file as a table, one call a row."""
    return RowTable(HEADERS, partial(_read, path))


SEGMENT = Connector(
    system=SYSTEM,
    entity=Entity.SIGNAL,
    source_kind=SourceKind.PRODUCT,
    file_names=("events*.jsonl", "*segment*.jsonl", "events*.json", "*segment*.json"),
    columns={
        "messageid": "key", "kind": "kind", "at": "at", "strength": "strength", "topic": "topic",
        "groupid": "account_key", "company": "account_name", "domain": "account_domain", "email": "contact_email",
        "userid": "contact_key", "payload": "payload",
        # As they stand in the file, for recognising it.
        "type": "_type", "anonymousid": "_anonymous", "timestamp": "_timestamp", "originaltimestamp": "_original",
        "sentat": "_sent", "receivedat": "_received", "event": "_event", "contextgroupid": "_group", "json": "_json",
    },
    required_headers=frozenset({"type", "timestamp"}),
    telling_headers=frozenset({"anonymousid", "userid", "messageid"}),
    open_table=open_events,
    label="Segment events",
)  # fmt: skip
SEGMENT_BATCHES = replace(
    SEGMENT, required_headers=frozenset({"batch"}), telling_headers=frozenset({"writekey", "sentat"})
)


def _prepare_flat(rows: pd.DataFrame) -> pd.DataFrame:
    """Kind and account of a flat event; the domain of a mail where nothing else names the company."""
    rows = rows.copy()
    mails = shaping.text(rows, "contact_email")
    users = shaping.text(rows, "contact_key")
    mails = mails.where(mails != "", users.where(users.map(lambda text: bool(_MAIL.match(text))), ""))
    rows["contact_email"] = mails
    domains = shaping.text(rows, "account_domain")
    rows["account_domain"] = domains.where(domains != "", shaping.each(mails, company_domain))
    groups = shaping.each(shaping.text(rows, "_groups"), _group_of)
    rows["account_key"] = shaping.text(rows, "account_key").where(shaping.text(rows, "account_key") != "", groups)
    rows["payload"] = shaping.first_filled(rows, "payload", "_properties")
    rows["at"] = shaping.each(shaping.first_filled(rows, "at", "_epoch"), moment_of)
    return shaping.without_scratch(rows)


def moment_of(text: str) -> str:
    """Epoch seconds or milliseconds as ISO text; other text as it is.

    >>> moment_of("1767225600.5"), moment_of("2026-01-01 00:00:00")
    ('2026-01-01T00:00:00+00:00', '2026-01-01 00:00:00')
    """
    if not re.fullmatch(r"\d{10}(?:\d{3})?(?:\.\d+)?", text):
        return text
    number = float(text)
    return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC).isoformat(timespec="seconds")


def _group_of(text: str) -> str:
    """The first group of Amplitude's `{"company": ["acme"]}` or PostHog's `{"company": "acme"}`."""
    try:
        found = json.loads(text) if text.startswith(("{", "[", '"')) else text
    except ValueError:
        return ""
    while isinstance(found, dict | list) and found:
        found = next(iter(found.values())) if isinstance(found, dict) else found[0]
    return "" if isinstance(found, dict | list) else str(found)


def _flat(system: str, columns: dict[str, str], required: set[str], telling: set[str], label: str) -> Connector:
    return Connector(
        system=system,
        entity=Entity.SIGNAL,
        source_kind=SourceKind.PRODUCT,
        file_names=(f"*{system}*.json*", f"*{system}*.csv"),
        columns=columns,
        required_headers=frozenset(required),
        telling_headers=frozenset(telling),
        open_table=open_table,
        prepare=_prepare_flat,
        label=label,
    )


AMPLITUDE = _flat(
    "amplitude",
    {
        "uuid": "key", "insertid": "key", "eventtype": "kind", "eventtime": "at", "clienteventtime": "at",
        "userid": "contact_key", "deviceid": "contact_key", "userpropertiesemail": "contact_email",
        "userpropertiescompany": "account_name", "groupscompany": "_groups", "groups": "_groups",
        "eventpropertiesrevenue": "strength", "eventproperties": "_properties",
    },
    {"eventtype", "eventtime"},
    {"amplitudeid", "serveruploadtime", "sessionid", "deviceid"},
    "Amplitude events",
)  # fmt: skip
MIXPANEL = _flat(
    "mixpanel",
    {
        "propertiesinsertid": "key", "insertid": "key", "event": "kind", "eventname": "kind",
        "propertiestime": "_epoch", "time": "_epoch", "propertiesdistinctid": "contact_key",
        "distinctid": "contact_key",
        "propertiesemail": "contact_email", "email": "contact_email", "propertiescompanyid": "account_key",
        "companyid": "account_key", "propertiescompany": "account_name", "company": "account_name",
        "propertiescurrenturl": "topic", "currenturl": "topic", "properties": "_properties",
    },
    {"event", "propertiesdistinctid", "propertiestime"},
    set(),
    "Mixpanel events",
)  # fmt: skip
MIXPANEL_CSV = replace(MIXPANEL, required_headers=frozenset({"eventname", "time", "distinctid"}))
POSTHOG = _flat(
    "posthog",
    {
        "uuid": "key", "event": "kind", "timestamp": "at", "distinctid": "contact_key",
        "personpropertiesemail": "contact_email", "propertiesemail": "contact_email", "propertiesgroup0": "account_key",
        "propertiesgroups": "_groups", "groups": "_groups", "propertiesgroupscompany": "_groups",
        "propertiescurrenturl": "topic", "properties": "_properties",
    },
    {"event", "distinctid", "timestamp", "uuid"},
    set(),
    "PostHog events",
)  # fmt: skip

CONNECTORS: tuple[Connector, ...] = (SEGMENT, SEGMENT_BATCHES, AMPLITUDE, MIXPANEL, MIXPANEL_CSV, POSTHOG)
