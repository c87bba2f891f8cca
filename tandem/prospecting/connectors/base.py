"""The two small interfaces of sources outside, find and enrich, and what their answers are.

    source.search(AccountQuery(countries=("DE",), employees=(200, 1000)), "") -> Page
    enricher.enrich(Subject(domain="acme.example")) -> Enrichment

An adapter speaks one provider's documented protocol and nothing else: no database, no clock, no budget. It trusts no
answer: what is no text where text is due is left out, what speaks of somebody else is refused. Every failure is a
`ProviderFailed` with one of the codes below, so that callers know whether it may have been charged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tandem.core.errors import ProviderFailed
from tandem.core.outside import Answer, Limits, OutsideClient, open_client
from tandem.prospecting.domain.verification import Checked

KEY_REFUSED, NO_CREDIT, THROTTLED = "provider.key", "provider.credit", "provider.throttled"
REFUSED, FAILING, UNCERTAIN = "provider.refused", "provider.failing", "provider.uncertain"
UNREADABLE, SOMEBODY_ELSE, LOOP = "provider.unreadable", "provider.somebody_else", "provider.loop"

# One try: a paid question is never repeated by itself; who asks decides whether it is asked again.
ONCE = Limits(connect_seconds=5, read_seconds=20, total_seconds=40, most_bytes=5_000_000, tries=1)
EVERY_STATUS = range(200, 600)
LONGEST_TEXT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountQuery:
    """What companies are looked for. Empty: not narrowed. employees : least and most, either may be None"""

    text: str = ""
    domains: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()
    employees: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonQuery:
    """What people are looked for at which companies. Empty: not narrowed."""

    domains: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    seniorities: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom an enricher is asked about: a company by its domain, a person by name and company, address or profile."""

    domain: str = ""
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    linkedin: str = ""

    @property
    def is_person(self) -> bool:
        """Whether a person is meant."""
        return bool(self.last_name or self.email or self.linkedin)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRow:
    """One company or person as the provider tells it: what becomes a source record, so that provenance is kept.

    entity : "account" or "contact"
    key : the provider's own id
    fields : canonical field words of accounts to text; what is not told is absent
    """

    entity: str
    key: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a search. next : token of the following one; empty: this is the last"""

    rows: tuple[FoundRow, ...]
    next: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment:
    """What an enricher knows. row None: it does not know whom we mean."""

    row: FoundRow | None


class AccountSource(Protocol):
    """Finds companies."""

    def search(self, query: AccountQuery, page: str) -> Page:
        """A page of companies. page: "" for the first, else a page's `next`. Raises ProviderFailed."""
        ...


class PeopleSource(Protocol):
    """Finds people at companies."""

    def search_people(self, query: PersonQuery, page: str) -> Page:
        """A page of people. page: "" for the first, else a page's `next`. Raises ProviderFailed."""
        ...


class Enricher(Protocol):
    """Tells more of a company or person."""

    def enrich(self, subject: Subject) -> Enrichment:
        """What it knows. Raises ProviderFailed, with SOMEBODY_ELSE when the answer is about somebody else."""
        ...


class Verifier(Protocol):
    """Checks whether an address takes mail."""

    def check(self, address: str) -> Checked:
        """What it says of one address. Raises ProviderFailed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where and as whom a provider is called.

    base_address : without a slash at its end
    secret : the key; never shown, never logged
    contact : mail address told to those who want one
    """

    key: str
    name: str
    base_address: str
    secret: str = field(default="", repr=False)
    contact: str = ""


def ask(
    door: Door,
    method: str,
    path: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    json_body: Any = None,
    content: bytes | None = None,
    limits: Limits = ONCE,
    accepts: tuple[int, ...] = (),
) -> Answer:
    """One call of a provider; statuses other than 2xx and those in `accepts` are `ProviderFailed` with a code.

    path : below the base address, or a whole address
    """
    url = path if path.startswith("http") else f"{door.base_address}{path}"
    with open_client(door.name, limits=limits) as client:
        answer = _call(client, door, method, url, params, headers, json_body, content)
    if 200 <= answer.status < 300 or answer.status in accepts:
        return answer
    raise refused(door, answer.status, retry_after=_seconds(answer.headers.get("retry-after")))


def _call(
    client: OutsideClient,
    door: Door,
    method: str,
    url: str,
    params: Mapping[str, str] | None,
    headers: Mapping[str, str] | None,
    json_body: Any,
    content: bytes | None,
) -> Answer:
    try:
        return client.call(
            method, url, params=params, headers=headers, json_body=json_body, content=content, accepts=EVERY_STATUS
        )
    except ProviderFailed as failure:
        status = failure.context.get("status")
        if status is not None:
            raise refused(door, int(status), retry_after=failure.context.get("retry_after")) from failure
        may_have_arrived = failure.error_code == "outside.failed" and failure.context.get("sent", True)
        is_late = failure.error_code == "outside.too_large"
        code = UNCERTAIN if may_have_arrived or is_late else FAILING
        raise failed(door, failure.message.removeprefix(f"{door.name}: "), code=code, hint=failure.hint) from failure


def refused(door: Door, status: int, *, retry_after: float | None = None) -> ProviderFailed:
    """What a status other than success means."""
    told = {
        401: (KEY_REFUSED, "does not accept the key", "Enter a valid key under Sources."),
        403: (KEY_REFUSED, "does not let this key do that", "Ask the provider which rights the key needs."),
        402: (NO_CREDIT, "has no credit left for us", "Buy credits, or switch the provider off."),
        429: (THROTTLED, "asks us to slow down", "It is asked again later by itself."),
    }
    code, what, hint = told.get(status) or (
        (FAILING, f"failed ({status})", "It is asked again later by itself.")
        if status >= 500
        else (REFUSED, f"does not take the question ({status})", "Check the base address and what was asked.")
    )
    failure = failed(door, f"{what}.", code=code, hint=hint)
    failure.context |= {"status": status, "retry_after": retry_after}
    return failure


def failed(door: Door, what: str, *, code: str, hint: str | None = None) -> ProviderFailed:
    """A failure of this provider, in one form."""
    return ProviderFailed(f"{door.name} {what}", code=code, hint=hint, context={"provider": door.key})


def read_object(door: Door, answer: Answer) -> dict[str, Any]:
    """The answer's JSON object. Raises ProviderFailed when it is something else."""
    try:
        told = answer.json()
    except (ProviderFailed, RecursionError) as failure:
        raise failed(door, "answered with something that is no JSON.", code=UNREADABLE) from failure
    if not isinstance(told, dict):
        raise failed(door, "answered with JSON of another form than it documents.", code=UNREADABLE)
    return told


def text_of(value: object, most: int = LONGEST_TEXT) -> str:
    """A text without blanks around it; whole numbers as text; "" for everything else: answers may hold anything."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(str(value).replace("\x00", "").split())[:most]


def objects_of(value: object) -> list[dict[str, Any]]:
    """The objects of a list; what is no object is left out; empty for what is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def object_of(value: object) -> dict[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def told_fields(**fields: str) -> dict[str, str]:
    """The fields that are told."""
    return {name: value for name, value in fields.items() if value}


def _seconds(header: str | None) -> float | None:
    from tandem.core import clock
    from tandem.core.outside.client import retry_after

    return retry_after(header, clock.now())
