"""Everything that texts of touches are written from, for many touches in handfuls of queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem.access.queries import get_organisation
from tandem.accounts.queries.choosing.records import in_slices
from tandem.compliance.contracts.gate import Mode, Road
from tandem.engagement.ai.material import DraftInput, Piece, Recipient, Sender, first_word
from tandem.engagement.contracts import Angle, DraftState, TouchState
from tandem.engagement.domain.norms import has_pack, known_tag
from tandem.engagement.domain.voice import VoiceGuide
from tandem.engagement.models import Draft, Touch
from tandem.engagement.queries.soft_noes import changed_angles
from tandem.engagement.queries.voice import own_norms, voices_in_force
from tandem.engagement.queries.worth import touches_above
from tandem.prospecting.queries.telling import TellableFact, tellable_facts, with_fact_sheet

MOST_PIECES = 14  # of one person's material; more is read by no engine
SHORTEST_FIRST_NAME = 2  # letters
LONGEST_TEXT = 1_500  # letters of a source that go into a text's evidence
COLUMNS = (
    "id", "key", "state", "channel", "mode", "step", "variant", "contact_id", "enrollment_id", "answers_id",
    "enrollment__language", "enrollment__account_id", "enrollment__campaign_id", "enrollment__campaign__message",
    "enrollment__campaign__version__steps", "enrollment__seller_id",
    "enrollment__seller__name", "contact__name", "contact__first_name", "contact__last_name", "contact__title",
    "contact__language", "contact__country", "contact__account__name", "contact__account__country",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchToWrite:
    """One touch with all that a text for it needs.

    input : None: it can't be written yet, and why_not says in words what is missing
    country : for the region of the run; empty: not known
    needs_second : the account is worth more than the campaign's threshold
    """

    id: int
    key: str
    state: TouchState
    channel: Road
    mode: Mode
    contact_id: int | None
    account_id: int | None
    campaign_id: int | None
    seller_id: int | None
    country: str
    needs_second: bool
    input: DraftInput | None
    why_not: str = ""


def without_sheet(touch_ids: Iterable[int], *, at: datetime) -> frozenset[int]:
    """People of these touches of whom no fact sheet stands: nothing is written before there is one."""
    wanted: set[int] = set()
    for some in in_slices(sorted(set(touch_ids))):
        wanted.update(Touch.objects.filter(id__in=some, contact__isnull=False).values_list("contact_id", flat=True))
    return frozenset(wanted - with_fact_sheet(wanted, at=at))


def touches_to_write(touch_ids: Iterable[int], *, now: datetime) -> list[TouchToWrite]:
    """The touches with their material, in the order of their ids. The caller has checked sight."""
    rows = [row for some in in_slices(sorted(set(touch_ids))) for row in _rows(some)]
    facts = tellable_facts({row["contact_id"] for row in rows if row["contact_id"]}, at=now)
    sheeted = with_fact_sheet(facts, at=now)
    shared = _Shared(
        facts=facts,
        sheeted=sheeted,
        earlier=_earlier({row["enrollment_id"] for row in rows if row["enrollment_id"]}),
        taken=_taken({row["enrollment__account_id"] for row in rows if row["enrollment__account_id"]}),
        angles=changed_angles({row["enrollment_id"] for row in rows if row["enrollment_id"]}),
        voices=voices_in_force(),
        norms=own_norms(),
        company=get_organisation().name,
        above=touches_above([row["id"] for row in rows]),
        now=now,
    )
    return [_touch(row, shared) for row in rows]


def _rows(ids: Sequence[int]) -> list[dict[str, Any]]:
    return list(Touch.objects.filter(id__in=ids).order_by("id").values(*COLUMNS))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What one step of a thread told: evidence ids in their order, and its subject."""

    step: int
    ids: tuple[str, ...]
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    facts: Mapping[int, tuple[TellableFact, ...]]
    sheeted: frozenset[int]
    earlier: Mapping[int, Sequence[_Told]]
    taken: Mapping[int, Sequence[tuple[int, str]]]
    angles: Mapping[int, Angle]
    voices: Mapping[str, VoiceGuide]
    norms: Mapping[str, Mapping[str, Any]]
    company: str
    above: frozenset[int]
    now: datetime


def _earlier(enrollment_ids: Iterable[int]) -> dict[int, list[_Told]]:
    """What each step of each enrollment tells by its present draft, in the order of the steps."""
    found: dict[int, list[_Told]] = defaultdict(list)
    for some in in_slices(sorted(enrollment_ids)):
        rows = (
            Draft.objects.filter(touch__enrollment_id__in=some)
            .exclude(state__in=[DraftState.REPLACED.value, DraftState.REJECTED.value])
            .order_by("touch__step", "id")
        )
        for enrollment, step, subject, facts in rows.values_list(
            "touch__enrollment_id", "touch__step", "subject", "facts"
        ):
            ids = tuple(dict.fromkeys(one["id"] for one in facts))
            found[enrollment].append(_Told(step=step or 0, ids=ids, subject=subject))
    return found


def _taken(account_ids: Iterable[int]) -> dict[int, list[tuple[int, str]]]:
    """Which facts people of each account have been written about: (contact, evidence id) of every text."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for some in in_slices(sorted(account_ids)):
        rows = Draft.objects.filter(touch__enrollment__account_id__in=some).exclude(state=DraftState.REPLACED.value)
        columns = ("touch__enrollment__account_id", "touch__contact_id", "opening_fact")
        for account, contact, opening in rows.exclude(opening_fact="").values_list(*columns):
            found[account].append((contact, opening))
    return found


def _told_to_colleagues(row: Mapping[str, Any], shared: _Shared) -> dict[str, int]:
    told = shared.taken.get(row["enrollment__account_id"], ())
    return dict(Counter(opening for contact, opening in told if contact != row["contact_id"]))


def _touch(row: Mapping[str, Any], shared: _Shared) -> TouchToWrite:
    why_not = _why_not(row, shared)
    return TouchToWrite(
        id=row["id"],
        key=row["key"],
        state=TouchState(row["state"]),
        channel=Road(row["channel"]),
        mode=Mode(row["mode"]),
        contact_id=row["contact_id"],
        account_id=row["enrollment__account_id"],
        campaign_id=row["enrollment__campaign_id"],
        seller_id=row["enrollment__seller_id"],
        country=row["contact__account__country"] or row["contact__country"] or "",
        needs_second=row["id"] in shared.above,
        input=None if why_not else _input(row, shared),
        why_not=why_not,
    )


def _why_not(row: Mapping[str, Any], shared: _Shared) -> str:
    if row["contact_id"] is None:
        return "There is nobody to write to: the contact is gone."
    if row["enrollment_id"] is None or row["answers_id"] is not None:
        return "It answers a reply; the inbox drafts it."
    if not row["enrollment__seller__name"]:
        return "Nobody is named as the sender; give the account an owner."
    if not (row["contact__first_name"] or row["contact__name"]):
        return "The name of the person is not known."
    if len((row["contact__first_name"] or first_word(row["contact__name"])).strip(". ")) < SHORTEST_FIRST_NAME:
        return "Only the initial of the first name is known: nobody is greeted with one."
    if row["contact_id"] not in shared.sheeted:
        return "No fact sheet of this person stands: needs research."
    if not has_pack(_language(row)):
        return f"There are no norms for {_language(row)}: write it by hand."
    return ""


def _language(row: Mapping[str, Any]) -> str:
    """The language of the thread; else the person's; English of their side of the ocean where nothing is told."""
    told = row["enrollment__language"] or row["contact__language"] or ""
    country = row["contact__country"] or row["contact__account__country"] or ""
    if told in ("", "en"):
        return "en-US" if country in ("US", "CA") else "en-GB"
    return str(told)


def _input(row: Mapping[str, Any], shared: _Shared) -> DraftInput:
    tag = known_tag(_language(row))
    step = _step(row)
    told = [one for one in shared.earlier.get(row["enrollment_id"], ()) if one.step < (row["step"] or 0)]
    used = list(dict.fromkeys(pk for one in told for pk in one.ids))
    angle = shared.angles.get(row["id"]) or Angle(step.get("angle", Angle.OPENING))
    return DraftInput(
        touch=row["key"],
        channel=Road(row["channel"]),
        angle=angle,
        language=tag,
        recipient=_recipient(row),
        sender=Sender(first_name=first_word(row["enrollment__seller__name"]), company=shared.company),
        message=row["enrollment__campaign__message"] or "",
        pieces=[_piece(one) for one in shared.facts.get(row["contact_id"], ())[:MOST_PIECES]],
        used=used,
        taken={} if used else _told_to_colleagues(row, shared),
        earlier_subject=next((one.subject for one in told if one.subject), ""),
        voice=shared.voices[tag].as_document(),
        norms=dict(shared.norms.get(tag, {})),
        most_words=step.get("max_words"),
        now=shared.now,
    )


def _step(row: Mapping[str, Any]) -> Mapping[str, Any]:
    steps = row["enrollment__campaign__version__steps"] or []
    return next((one for one in steps if one.get("number") == row["step"]), {})


def _recipient(row: Mapping[str, Any]) -> Recipient:
    name = row["contact__name"] or " ".join(filter(None, (row["contact__first_name"], row["contact__last_name"])))
    return Recipient(
        first_name=row["contact__first_name"] or first_word(name),
        last_name=row["contact__last_name"] or "",
        name=name,
        title=row["contact__title"] or "",
        account=row["contact__account__name"] or "",
    )


def _piece(one: TellableFact) -> Piece:
    text = "\n".join(filter(None, (one.title, one.text))) or one.quote
    return Piece(
        id=one.evidence_id, kind=one.kind, statement=one.statement, text=text[:LONGEST_TEXT], source=one.source,
        at=one.at, url=one.url, title=one.title, body=one.text[:LONGEST_TEXT], topic=one.topic,
        details=dict(one.details), is_theirs=one.is_theirs, comments=list(one.comments),
    )  # fmt: skip
