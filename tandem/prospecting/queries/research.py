"""Reads of research: rationale, brief and fact sheet with the words their claims rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tandem.accounts.queries.visible import accounts_in_sight, contacts_in_sight, deals_in_sight
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.errors import NotFound
from tandem.prospecting.contracts import Verdict
from tandem.prospecting.domain.research_terms import NOTHING, TITLES, Section, SheetSection, quarter_of
from tandem.prospecting.models import Brief, Fact, FactSheet, Rationale

SOON = timedelta(days=14)
DEAL, CONTACT = "deal:", "contact:"
UNKNOWN = "The source of this statement is gone."


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFact:
    """What a source says, word for word.

    number : its place on the page; address : of ours that shows it; url : outside; both may be empty
    expires_at : None: holds until the source says otherwise
    """

    number: int
    evidence_id: str
    kind: str
    quote: str
    source: str
    url: str
    address: str
    said_at: datetime | None
    expires_at: datetime | None
    is_expired: bool = False
    is_ending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """One statement with its sources. is_expired : everything it rests on has expired; quarter empty: no date"""

    text: str
    facts: tuple[SourceFact, ...]
    evidence_ids: tuple[str, ...]
    is_expired: bool
    is_ending: bool
    quarter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A section with its claims; without any, what is to be said instead."""

    section: str
    title: str
    claims: tuple[ClaimView, ...]
    nothing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RationaleView:
    """Why an account fits this week, or not. is_by_model : a language model wrote it"""

    verdict: Verdict
    claims: tuple[ClaimView, ...]
    signal_ids: tuple[str, ...]
    icp_version: int
    engine: str
    run_id: int
    created_at: datetime

    @property
    def text(self) -> str:
        """The paragraph."""
        return " ".join(one.text for one in self.claims)

    @property
    def is_by_model(self) -> bool:
        """Whether a language model wrote it."""
        return ":" in self.engine


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefView:
    """A brief. hidden : statements left out because they rest on deals out of sight"""

    sections: tuple[SectionView, ...]
    engine: str
    run_id: int
    made_at: datetime
    expires_at: datetime
    is_expired: bool
    hidden: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSheetView:
    """What is known of one person. left_out : pieces kept out as private"""

    contact_id: int
    sections: tuple[SectionView, ...]
    engine: str
    run_id: int
    made_at: datetime
    expires_at: datetime
    is_expired: bool
    left_out: int

    @property
    def claims(self) -> tuple[ClaimView, ...]:
        """All claims that have not expired."""
        return tuple(one for section in self.sections for one in section.claims if not one.is_expired)


@dataclass(slots=True)
class Sources:
    """The facts of one page, numbered in the order in which claims cite them."""

    rows: Mapping[str, Fact]
    now: datetime
    account_id: int | None
    shown: dict[str, SourceFact] = field(default_factory=dict)

    def of(self, evidence_id: str) -> SourceFact:
        """The fact behind an id; one that says so when it is gone."""
        if evidence_id not in self.shown:
            self.shown[evidence_id] = self._read(evidence_id, len(self.shown) + 1)
        return self.shown[evidence_id]

    def _read(self, evidence_id: str, number: int) -> SourceFact:
        row = self.rows.get(evidence_id)
        if row is None:
            return SourceFact(
                number=number, evidence_id=evidence_id, kind="", quote=UNKNOWN, source="", url="", address="",
                said_at=None, expires_at=None, is_expired=True,
            )  # fmt: skip
        ends = row.expires_at
        return SourceFact(
            number=number,
            evidence_id=evidence_id,
            kind=row.kind,
            quote=row.quote,
            source=row.source,
            url=row.url if row.url.startswith(("https://", "http://")) else "",
            address=_address(evidence_id, self.account_id),
            said_at=row.said_at,
            expires_at=ends,
            is_expired=ends is not None and ends <= self.now,
            is_ending=ends is not None and self.now < ends <= self.now + SOON,
        )

    def claim(self, told: Mapping[str, Any]) -> ClaimView:
        """A stored claim with its facts."""
        facts = tuple(self.of(one) for one in told["evidence_ids"])
        dated = [one.said_at for one in facts if one.said_at]
        return ClaimView(
            text=told["text"],
            facts=facts,
            evidence_ids=tuple(told["evidence_ids"]),
            is_expired=bool(facts) and all(one.is_expired for one in facts),
            is_ending=any(one.is_ending for one in facts),
            quarter=quarter_of(max(dated)) if dated else "",
        )


def _address(evidence_id: str, account_id: int | None) -> str:
    """The page of ours that shows a piece; empty: none does."""
    kind, _, rest = evidence_id.partition(":")
    number = rest.split(":", 1)[0]
    if kind == "deal" and number.isdecimal():
        return f"/deals/{number}"
    if kind == "contact" and number.isdecimal():
        return f"/contacts/{number}"
    if kind == "account" and number.isdecimal():
        field = rest.partition(":")[2]
        pages = {"fit": f"/prospecting/accounts/{number}/rank", "intent": f"/intent/accounts/{number}"}
        return pages.get(field, f"/accounts/{number}")
    return f"/accounts/{account_id}" if kind == "activity" and account_id else ""


def rationale_of(account_id: int) -> RationaleView | None:
    """The standing rationale; None: never researched. Two queries. The caller has checked sight."""
    row = Rationale.objects.filter(account_id=account_id, replaced_at=None).first()
    return _rationale(row, _sources(f"account:{account_id}", account_id)) if row else None


def brief_of(account_id: int) -> BriefView | None:
    """The brief; None: never made. Two queries. The caller has checked sight."""
    row = Brief.objects.filter(account_id=account_id).first()
    return _brief(row, _sources(f"account:{account_id}", account_id), hidden=frozenset()) if row else None


def fact_sheet_of(contact_id: int) -> FactSheetView | None:
    """What is known of a person; None: no fact sheet was made, and nothing may be drafted. Two queries.

    The caller has checked sight.
    """
    row = FactSheet.objects.filter(contact_id=contact_id).first()
    if row is None:
        return None
    sources = _sources(f"contact:{contact_id}", None)
    return FactSheetView(
        contact_id=contact_id,
        sections=_sections(row.sections, SheetSection, sources),
        engine=row.engine,
        run_id=row.run_id,
        made_at=row.made_at,
        expires_at=row.expires_at,
        is_expired=row.expires_at <= sources.now,
        left_out=len(row.left_out),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountResearch:
    """Everything that a page on one account's research shows; None: not made yet. sources : in their order"""

    account_id: int
    name: str
    owner_id: int | None
    rationale: RationaleView | None
    brief: BriefView | None
    history: tuple[RationaleView, ...]
    sources: tuple[SourceFact, ...]


def account_research(actor: Actor, account_id: int, *, history: int = 0) -> AccountResearch:
    """Rationale and brief of an account in sight, without what rests on deals out of sight.

    history : how many rationales that were replaced to tell, newest first
    Raises NotFound.
    """
    account = accounts_in_sight(actor).filter(id=account_id).values("id", "name", "owner_id").first()
    if account is None:
        raise NotFound(f"There is no account {account_id} that you can see.", hint="Open the list of accounts.")
    sources = _sources(f"account:{account_id}", account_id)
    hidden = _hidden_deals(actor, sources.rows)
    rows = Rationale.objects.filter(account_id=account_id).order_by("-created_at", "-id")[: history + 1]
    told = [_rationale(row, sources, hidden=hidden) for row in rows]
    brief = Brief.objects.filter(account_id=account_id).first()
    view = _brief(brief, sources, hidden=hidden) if brief else None
    return AccountResearch(
        account_id=account_id,
        name=account["name"],
        owner_id=account["owner_id"],
        rationale=told[0] if told else None,
        brief=view,
        history=tuple(told[1:]),
        sources=tuple(sources.shown.values()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonResearch:
    """One person's fact sheet with its sources; sheet None: not made yet."""

    contact_id: int
    name: str
    title: str
    account_id: int | None
    account_name: str
    sheet: FactSheetView | None
    sources: tuple[SourceFact, ...]


def person_research(actor: Actor, contact_id: int) -> PersonResearch:
    """A contact in sight with what is known of them. Raises NotFound."""
    row = contacts_in_sight(actor).filter(id=contact_id)
    found = row.values("id", "name", "title", "account_id", "account__name").first()
    if found is None:
        raise NotFound(f"There is no contact {contact_id} that you can see.", hint="Open the list of contacts.")
    sheet = fact_sheet_of(contact_id)
    cited = {one.evidence_id: one for section in (sheet.sections if sheet else ()) for told in section.claims
             for one in told.facts}  # fmt: skip
    return PersonResearch(
        contact_id=contact_id,
        name=found["name"],
        title=found["title"],
        account_id=found["account_id"],
        account_name=found["account__name"] or "",
        sheet=sheet,
        sources=tuple(cited.values()),
    )


def _sources(subject: str, account_id: int | None) -> Sources:
    rows = {row.evidence_id: row for row in Fact.objects.filter(subject=subject)}
    return Sources(rows=rows, now=clock.now(), account_id=account_id)


def _hidden_deals(actor: Actor, rows: Iterable[str]) -> frozenset[str]:
    """Ids of cited deals that the actor can't see."""
    cited = {one for one in rows if one.startswith(DEAL)}
    if not cited:
        return frozenset()
    ids = [int(one.removeprefix(DEAL)) for one in cited]
    seen = {f"{DEAL}{pk}" for pk in deals_in_sight(actor).filter(id__in=ids).values_list("id", flat=True)}
    return frozenset(cited - seen)


def _visible(claims: Sequence[Mapping[str, Any]], hidden: frozenset[str]) -> list[Mapping[str, Any]]:
    return [one for one in claims if not hidden & set(one["evidence_ids"])]


def _rationale(row: Rationale, sources: Sources, *, hidden: frozenset[str] = frozenset()) -> RationaleView:
    return RationaleView(
        verdict=Verdict(row.verdict),
        claims=tuple(sources.claim(one) for one in _visible(row.claims, hidden)),
        signal_ids=tuple(row.signal_ids),
        icp_version=row.icp_version,
        engine=row.engine,
        run_id=row.run_id,
        created_at=row.created_at,
    )


def _brief(row: Brief, sources: Sources, *, hidden: frozenset[str]) -> BriefView:
    kept = [{**one, "claims": _visible(one["claims"], hidden)} for one in row.sections]
    left_out = sum(len(one["claims"]) for one in row.sections) - sum(len(one["claims"]) for one in kept)
    return BriefView(
        sections=_sections(kept, Section, sources),
        engine=row.engine,
        run_id=row.run_id,
        made_at=row.made_at,
        expires_at=row.expires_at,
        is_expired=row.expires_at <= sources.now,
        hidden=left_out,
    )


def _sections(
    stored: Sequence[Mapping[str, Any]], known: type[Section] | type[SheetSection], sources: Sources
) -> tuple[SectionView, ...]:
    """All sections in their order; claims of which everything has expired are told as such by the page."""
    claims = {one["section"]: one["claims"] for one in stored}
    return tuple(
        SectionView(
            section=one.value,
            title=TITLES[one],
            claims=tuple(sources.claim(told) for told in claims.get(one.value, ())),
            nothing=NOTHING[one],
        )
        for one in known
    )
