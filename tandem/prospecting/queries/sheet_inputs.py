"""What fact sheets on people are made from: published pieces alone, and none of a private life."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from tandem.accounts.queries.accounts import source_choices
from tandem.accounts.queries.involvement import AccountPerson, competitor_names, people_by_id
from tandem.prospecting.ai.fact_sheet import FactSheetInput
from tandem.prospecting.ai.pieces import Piece
from tandem.prospecting.ai.privacy import private_pieces
from tandem.prospecting.contracts import AccountProfile, Observation
from tandem.prospecting.domain.research_terms import PUBLISHED, is_fresh
from tandem.prospecting.domain.titles import folded
from tandem.prospecting.queries.profiles import profiles
from tandem.prospecting.queries.research_inputs import region_word
from tandem.prospecting.queries.research_pieces import observed_piece

MOST_OWN, MOST_NEWS = 8, 6
NEWS_KINDS = frozenset({"news", "press_release", "funding_round", "product_launch", "site_opening", "earnings_call",
                        "competitor_deployment", "customer_story"})  # fmt: skip
PRODUCT_KINDS = frozenset({"technology_seen", "technology_dropped", "competitor_deployment"})
BECAUSE = "about somebody's private life"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetMaterial:
    """One person ready for a fact sheet.

    region : by the company's country; left_out : ids of pieces kept out, with the reason
    """

    person: AccountPerson
    owner_id: int | None
    input: FactSheetInput
    input_hash: str
    region: str
    left_out: tuple[tuple[str, str], ...]


def sheet_materials(contact_ids: Iterable[int], *, at: datetime) -> Iterator[SheetMaterial]:
    """Every living contact of these that works at an account, account by account. The caller has checked sight."""
    people = people_by_id(contact_ids)
    by_account: dict[int, list[AccountPerson]] = {}
    for person in people.values():
        by_account.setdefault(person.account_id, []).append(person)
    names, rivals = dict(source_choices()), competitor_names()
    drafts = [
        _draft(person, profile, names)
        for profile in profiles(by_account, at=at)
        for person in by_account[profile.account_id]
    ]
    private = private_pieces((piece, one.profile.name) for one in drafts for piece in one.pieces)
    for one in drafts:
        yield _material(one, private, rivals)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A person with everything published that could be told. own : ids of what they wrote or are named in"""

    person: AccountPerson
    profile: AccountProfile
    own: list[str]
    pieces: list[Piece]
    topics: list[str]


def _draft(person: AccountPerson, profile: AccountProfile, names: Mapping[str, str]) -> _Draft:
    at = profile.at
    fresh = [one for one in profile.observations if one.kind in PUBLISHED and is_fresh(one.kind, one.at, at)]
    own = [one for one in fresh if is_theirs(one, person.name)][:MOST_OWN]
    news = [one for one in fresh if one.kind in NEWS_KINDS and one not in own][:MOST_NEWS]
    return _Draft(
        person=person,
        profile=profile,
        own=[one.id for one in own],
        pieces=[observed_piece(one, profile.name, names) for one in (*own, *news)],
        topics=[one.topic for one in fresh if one.kind in PRODUCT_KINDS and one.topic],
    )


def _material(one: _Draft, private: Collection[str], rivals: tuple[str, ...]) -> SheetMaterial:
    input = FactSheetInput(
        contact_id=one.person.contact_id,
        person=one.person.name,
        title=one.person.title,
        account=one.profile.name,
        own=[pk for pk in one.own if pk not in private],
        products=list(dict.fromkeys((*rivals, *one.topics))),
        pieces=[piece for piece in one.pieces if piece.id not in private],
    )
    return SheetMaterial(
        person=one.person,
        owner_id=one.profile.owner_id,
        input=input,
        input_hash=_hash(input),
        region=region_word(one.profile.fields.get("country")),
        # The judgement quotes what it found: its words must not be kept.
        left_out=tuple((piece.id, BECAUSE) for piece in one.pieces if piece.id in private),
    )


def is_theirs(one: Observation, name: str) -> bool:
    """Whether a published thing is by or about this person: named as its author or person, or whole in its title."""
    wanted = folded(name)
    told = (str(one.details.get(word) or "") for word in ("author", "person", "speaker"))
    return any(folded(text) == wanted for text in told) or wanted in folded(one.title)


def _hash(input: FactSheetInput) -> str:
    told = [input.person, input.own, [[one.id, one.text] for one in input.pieces]]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()
