"""Recorded meetings: a folder each, with the transcript and the recording's metadata as the meeting tool gives them."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import dataclass

from tandem.simulation.deals.chain import state_parts
from tandem.simulation.deals.paths import Deal
from tandem.simulation.deals.touches import Touch
from tandem.simulation.market import Company, Person
from tandem.simulation.outputs import write_json
from tandem.simulation.staff import Member
from tandem.simulation.text.dialogue import Dialogue, Mood, Turn
from tandem.simulation.text.facts import FactBook, Said
from tandem.simulation.text.transcripts import Cue, cues_of, vtt_text
from tandem.simulation.text.voice import Voice, voice_of_member, voice_of_person
from tandem.simulation.times import Moment, full_slot, stamp
from tandem.simulation.world import World

KIND_BY_STAGE = ("discovery", "discovery", "demo", "demo", "negotiation")
TOPICS = {
    "discovery": ("{company} x {own}: intro", "Intro call {company}", "{own} / {company} first talk", "Discovery {company}"),
    "demo": ("{own} demo for {company}", "{company}: product session", "Demo + Q&A {company}", "{company} workshop"),
    "negotiation": ("{company}: commercial terms", "{own} & {company} contract", "Terms {company}", "Proposal review {company}"),
    "renewal": ("{company} renewal", "{company} / {own} contract year", "Renewal talk {company}"),
    "review": ("QBR {company}", "Business review {company}", "{company} quarterly check-in"),
}  # fmt: skip
REVIEWS = 0.12


def write_meetings(world: World) -> None:
    """Write `meetings/<id>/` for each seller's meetings: `meeting.json` always, `transcript.vtt` where one was made."""
    deals: dict[int, list[Deal]] = {}
    for deal in world.book.deals:
        deals.setdefault(deal.owner.index, []).append(deal)
    customers: dict[int, list[Company]] = {}
    for company in world.market.companies:
        if company.owner is not None and company.customer_since is not None:
            customers.setdefault(company.owner.index, []).append(company)
    for seller in world.sellers:
        _Calendar(world, seller).fill(deals.get(seller.index, []), customers.get(seller.index, []))


@dataclass(slots=True)
class Meeting:
    """One meeting that took place. id: the tool's uuid, also the folder's name. consents: state by participant, in the order ours, theirs."""

    id: str
    kind: str
    topic: str
    at: Moment
    language: str
    ours: list[Voice]
    theirs: list[Voice]
    consents: list[str]
    recorded: bool


class _Calendar:
    """The meetings of one seller."""

    def __init__(self, world: World, member: Member) -> None:
        self.world, self.member = world, member
        self.dice = world.dice("meetings", member.email)
        self.voice = voice_of_member(world.config.seed, member)
        self.first = max(world.config.start, member.started)
        self.last = min(world.config.end, member.ended or world.config.end)

    def fill(self, deals: list[Deal], customers: list[Company]) -> None:
        """All meetings, deal by deal, until the seller's number is reached."""
        config = self.world.config
        days = (self.last - self.first).days
        left = (
            self.dice.poisson(
                config.meetings_per_seller * config.scale * days / max(1, (config.end - config.start).days)
            )
            if days > 0
            else 0
        )
        for company in customers:
            if left > 0 and self.dice.chance(min(0.5, REVIEWS * left / len(customers))):
                self._hold(None, company, self.first + dt.timedelta(days=self.dice.between(0, days)), "review", None)
                left -= 1
        alive = [deal for deal in deals if (deal.ended or self.last) >= self.first and deal.opened_on <= self.last]
        keys = {deal.index: self.dice.random() - (0.35 if deal.ended is None else 0.0) for deal in alive}
        for deal in sorted(alive, key=lambda deal: keys[deal.index]):
            if left <= 0:
                return
            left -= self._talk(deal, left)

    def _talk(self, deal: Deal, most: int) -> int:
        """Some of the meetings that truly took place in a deal, the ones its CRM events are about; how many."""
        start = max(deal.opened_on + dt.timedelta(days=2), self.first)
        end = min(deal.ended or self.last, self.last)
        days = (end - start).days
        if days < 5:
            return 0
        count = min(most, 1 + self.dice.poisson(1.6), 1 + days // 12)
        book = FactBook.of(self.world.config.seed, deal, "meeting")
        took_place = [
            touch
            for touch in self.world.touches(deal)
            if touch.kind == "meeting" and touch.seller is self.member and start <= touch.at.date() <= end
        ]
        chosen = sorted(self.dice.some(took_place, count), key=lambda touch: touch.at)
        for touch in chosen:
            stage = state_parts(self._code(deal, touch.at.date()))[0]
            kind = "renewal" if deal.motion == "Renewal" and stage < 4 else KIND_BY_STAGE[stage]
            self._hold(deal, deal.company, touch.at.date(), kind, book, touch)
        return len(chosen)

    def _code(self, deal: Deal, day: dt.date) -> int:
        week = (day - self.world.config.origin).days // 7
        return deal.path[min(max(0, week - deal.opened), len(deal.path) - 1)]

    def _hold(
        self, deal: Deal | None, company: Company, day: dt.date, kind: str, book: FactBook | None, touch: Touch | None = None
    ) -> None:  # fmt: skip
        """One meeting: who came, whether it was recorded, what was said."""
        _, champion, buyer, frozen = state_parts(self._code(deal, day)) if deal else (0, int(company.usage > 0), 0, 0)
        people = list(touch.people) if touch else self._people(deal, company, bool(buyer))
        if not people:
            return
        theirs = [self._voice_of(person, company) for person in people]
        at = touch.at if touch else full_slot(self.dice, self.member.place.zone, day)
        meeting = self._meeting(company, at, kind, theirs, people)
        truth = self.world.truth
        dialogue = None
        if meeting.recorded:
            mood = Mood(
                pull=deal.pull if deal else company.usage, skill=deal.skill if deal else self.member.skill, champion=bool(champion),
                buyer=bool(buyer), frozen=bool(frozen), rival=bool(deal and deal.competitor),
                price_pressure=deal.price_pressure if deal else 0.0,
            )  # fmt: skip
            missing = [
                person
                for person in ([deal.buyer] if deal and deal.buyer else []) + company.people
                if person not in people
            ]
            dialogue = Dialogue(
                self.dice, meeting.language, company, deal, meeting.at.date(), meeting.ours, theirs, mood, book, missing[:3]
            )  # fmt: skip
            self._write_talk(meeting, dialogue.build(kind), deal, book)
        else:
            self._write_metadata(meeting, [])
        truth.add(
            "meetings", meeting.id, deal.index if deal else None, kind, meeting.language, meeting.at.isoformat(), int(meeting.recorded),
            dialogue.objections if dialogue else None,
        )  # fmt: skip
        self.world.summary.add("meetings")

    def _voice_of(self, person: Person, company: Company) -> Voice:
        second = person.second_job is not None and person.second_job.company is company
        return voice_of_person(self.world.config.seed, person, second=second)

    def _people(self, deal: Deal | None, company: Company, buyer: bool) -> list[Person]:
        """Who comes from the customer: lead first, at most four."""
        pool = [deal.champion, *deal.team] if deal else self.dice.some(company.people, 3)
        people = list({person.index: person for person in pool if person is not None}.values())
        count = 1 + self.dice.poisson(1.0)
        chosen = people[: min(count, 3)]
        if deal and buyer and deal.buyer is not None and deal.buyer not in chosen and self.dice.chance(0.6):
            chosen.append(deal.buyer)
        return chosen

    def _meeting(self, company: Company, at: Moment, kind: str, theirs: list[Voice], people: list[Person]) -> Meeting:
        dice = self.dice
        ours = [self.voice]
        if self.member.manager is not None and dice.chance(0.18):
            ours.append(voice_of_member(self.world.config.seed, self.member.manager))
        consents = ["granted"] * len(ours) + [person.consent for person in people]
        recorded = "declined" not in consents and dice.chance(0.55 + 0.45 * self.member.recorder)
        topic = dice.pick(TOPICS[kind]).format(company=company.name.short, own="Merrowline")
        language = self.voice.language_with(theirs[0])
        if any(language not in voice.languages for voice in (*ours, *theirs)):
            language = "en"
        uuid = base64.b64encode(dice.getrandbits(128).to_bytes(16), b"xy").decode()
        return Meeting(uuid, kind, topic, at, language, ours, theirs, consents, recorded)

    def _write_talk(self, meeting: Meeting, turns: list[Turn], deal: Deal | None, book: FactBook | None) -> None:
        cues = cues_of(self.dice, turns, meeting.theirs)
        folder = self.world.out / "meetings" / meeting.id
        self._write_metadata(meeting, cues)
        (folder / "transcript.vtt").write_text(vtt_text(self.dice, cues), encoding="utf-8")
        truth = self.world.truth
        for number, cue in enumerate(cues):
            side = "seller" if cue.turn.speaker.ours else "customer"
            truth.add("utterances", meeting.id, number, cue.turn.speaker.name, side, "turn", cue.name, "", "")
            for span in cue.spans:
                if span.act:
                    truth.add(
                        "utterances",
                        meeting.id,
                        number,
                        cue.turn.speaker.name,
                        side,
                        span.act,
                        span.detail,
                        span.text,
                        span.due,
                    )
            if cue.turn.absent and cue.spans[0].act == "absent":
                truth.add("absences", meeting.id, *cue.turn.absent, number)
            if cue.turn.fact and book is not None:
                name, value = cue.turn.fact
                book.note(truth, name, Said(meeting.id, number, cue.spans[0].text, value, cue.turn.speaker.name))
        self.world.summary.add("meetings/utterances", len(cues))

    def _write_metadata(self, meeting: Meeting, cues: list[Cue]) -> None:
        """`meeting.json`: what the meeting tool tells of a past meeting and its recording."""
        minutes = (
            round(cues[-1].end / 60_000) + self.dice.between(1, 4) if cues else self.dice.pick((20, 25, 30, 30, 45, 55))
        )
        end = meeting.at + dt.timedelta(minutes=minutes)
        participants = []
        for voice, consent in zip((*meeting.ours, *meeting.theirs), meeting.consents, strict=True):
            late = dt.timedelta(seconds=self.dice.between(0, 240))
            participants.append(
                {
                    "id": f"{self.dice.getrandbits(64):016x}" if voice.ours else "",
                    "name": voice.name,
                    "user_email": voice.email if voice.ours or self.dice.chance(0.9) else "",
                    "join_time": stamp(meeting.at + late),
                    "leave_time": stamp(end),
                    "internal_user": voice.ours,
                    "consent": consent,
                }
            )
        files = [
            {"id": f"{self.dice.getrandbits(80):020x}", "file_type": "TRANSCRIPT", "file_extension": "VTT", "recording_type": "audio_transcript",
             "file_name": "transcript.vtt", "recording_start": stamp(meeting.at), "recording_end": stamp(end), "status": "completed"}
        ] if cues else []  # fmt: skip
        document = {
            "uuid": meeting.id, "id": self.dice.between(81_000_000_000, 99_999_999_999), "topic": meeting.topic, "type": 2, "start_time": stamp(meeting.at)[:19] + "Z",
            "end_time": stamp(end)[:19] + "Z", "duration": minutes, "timezone": self.member.place.zone, "host_email": self.member.email,
            "language": meeting.language, "participants_count": len(participants), "participants": participants,
            "consent": {"status": _strictest(meeting.consents), "announced": bool(cues),
                        "states": {entry["name"]: entry["consent"] for entry in participants}},
            "recording_files": files,
        }  # fmt: skip
        write_json(self.world.out / "meetings" / meeting.id / "meeting.json", document)


def _strictest(consents: list[str]) -> str:
    """One participant's no is everybody's."""
    return next((state for state in ("declined", "unknown") if state in consents), "granted")
