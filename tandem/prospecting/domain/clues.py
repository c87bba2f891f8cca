"""What mail, calls, meetings and deals say of people's parts: the clues that `stakeholders` reckons with."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tandem.prospecting.domain.stakeholders import Clue, named_role
from tandem.prospecting.domain.titles import folded

OFTEN_MAILS, MOST_SHARE, FEWEST_MAILS = 3, 0.4, 5
FEWEST_COPIES, FEWEST_MEETINGS = 2, 3
RECENT_DAYS = 180
MOST_IDS = 5  # of evidence kept for one clue
SHORTEST_NAME = 3  # letters; shorter ones are words of some language


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody at the account."""

    contact_id: int
    name: str
    first_name: str
    last_name: str
    opted_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One touch: who of the account wrote it, was written to, copied in, or met.

    text : subject and new words
    copied, met : people copied in; people met in a call or meeting
    """

    id: int
    at: datetime
    text: str
    writer: int | None = None
    copied: tuple[int, ...] = ()
    met: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPart:
    """A part in a deal as a source names it."""

    deal_id: int
    deal_name: str
    contact_id: int
    role: str
    is_primary: bool
    source: str = "CRM"


@dataclass(slots=True, kw_only=True)
class Standing:
    """What is seen of one person: their clues, and how much was between them and us.

    touches : mails from them, calls and meetings; last_at : the newest of those, None: none
    """

    clues: list[Clue] = field(default_factory=list)
    touches: int = 0
    last_at: datetime | None = None


_APPROVES = re.compile(
    r"sign(s|ed|ing)? (it |this )?off|approv|budget|has the final|final say|decides|decision is|freigab|freigeben|"
    r"unterschr|entscheid|valid(er|ation)|approuv|decide|godkann|goedkeur|beslis|aprob|approva|firma\b|beslut"
)
_BRINGS = re.compile(
    r"\bjoin|\badd(ed|ing)?\b|\bcc\b|\bloop|\binvit|in copy|\bbring|comes along|"
    r"\bdazu\b|mitbring|nimmt teil|kommt (auch|mit)|in kopie|participe|rejoin|en copie|aanwezig|sluit aan|is ook|"
    r"se une|participa|partecip|in copia|ansluter|deltar"
)
_REFUSES = re.compile(
    r"unsubscribe|not interested|no interest|remove me|take me off|stop (mailing|emailing|writing)|"
    r"do not (contact|write)|don'?t (contact|write|mail)|"
    r"kein interesse|nicht (mehr )?(anschreiben|kontaktieren)|keine (weiteren )?mails|"
    r"pas interess|ne (plus|m'ecrivez)|desinscri|no (me|nos) interesa|non (mi|ci) interessa|geen interesse|"
    r"inte intresser"
)
_MONEY = re.compile(
    r"\bpric|\bcost|discount|budget|contract|\bterms\b|invoice|\bpreis|angebot|rabatt|vertrag|kosten|\bprix|devis|remise|"
    r"contrat|precio|contrato|descuento|prezz|contratto|sconto|prijs|korting|offerte|\bpris\b|avtal|nutzenrechnung|"
    r"business case|\broi\b|commercial"
)
_TECHNOLOGY = re.compile(
    r"integrat|\bapi\b|interface|schnittstell|\bsso\b|security|sicherheit|architect|architekt|\bsap\b|server|database|"
    r"technical|technisch|technique|tecnic|koppeling|granssnitt|interfaz|infrastruct|deep dive|data model|migration"
)
_SENTENCE = re.compile(r"[^.!?\n]+")


def standings(people: Sequence[Known], events: Iterable[Event], parts: Iterable[NamedPart]) -> dict[int, Standing]:
    """What is seen of each person of one account, by contact."""
    found: dict[int, Standing] = {one.contact_id: Standing() for one in people}
    told = _Told(people)
    for event in events:
        told.take(event)
    for contact_id, standing in found.items():
        standing.clues += told.clues_of(contact_id)
        standing.touches, standing.last_at = told.touches[contact_id], told.last_at.get(contact_id)
    for contact_id, clues in _named(parts).items():
        if contact_id in found:
            found[contact_id].clues += clues
    for one in people:
        if one.opted_out:
            evidence = (f"contact:{one.contact_id}:opted_out",)
            clue = Clue(kind="opted_out", because="asked not to be contacted", evidence_ids=evidence)
            found[one.contact_id].clues.append(clue)
    return found


def is_recent(last_at: datetime | None, at: datetime) -> bool:
    """Whether somebody took part in the last 180 days."""
    return last_at is not None and at - last_at <= timedelta(days=RECENT_DAYS)


def _named(parts: Iterable[NamedPart]) -> dict[int, list[Clue]]:
    """Roles that sources name, each once a person; the primary contact of any deal."""
    kinds: dict[int, dict[str, list[NamedPart]]] = defaultdict(lambda: defaultdict(list))
    for part in parts:
        kind = named_role(part.role)
        if kind is not None:
            kinds[part.contact_id][kind].append(part)
        if part.is_primary:
            kinds[part.contact_id]["primary"].append(part)
    return {contact: [_named_clue(kind, seen) for kind, seen in by.items()] for contact, by in kinds.items()}


def _named_clue(kind: str, seen: Sequence[NamedPart]) -> Clue:
    first = seen[0]
    what = "first contact" if kind == "primary" else first.role
    more = f" and {len(seen) - 1} more" if len(seen) > 1 else ""
    ids = tuple(f"deal:{part.deal_id}" for part in seen[:MOST_IDS])
    return Clue(kind=kind, because=f"{first.source} names {what} of {first.deal_name}{more}", evidence_ids=ids)


class _Told:
    """What the events of one account say, gathered person by person."""

    def __init__(self, people: Sequence[Known]) -> None:
        self.names = _names(people)
        self.ids: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        self.by: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.touches: Counter[int] = Counter()
        self.last_at: dict[int, datetime] = {}
        self.full_names = {one.contact_id: one.name for one in people}

    def take(self, event: Event) -> None:
        """Count one event for everybody who took part."""
        if event.writer is not None:
            self._note("wrote", event.writer, event)
        for contact in event.copied:
            self._note("copied", contact, event)
        for contact in event.met:
            self._note("met", contact, event)
        for contact in {*event.met, *([event.writer] if event.writer is not None else [])}:
            self.touches[contact] += 1
            self.last_at[contact] = max(self.last_at.get(contact, event.at), event.at)
        text = folded(event.text)
        if text:
            self._read(event, text)

    def _note(self, what: str, contact: int, event: Event) -> None:
        self.ids[what][contact].append(event.id)

    def _read(self, event: Event, text: str) -> None:
        """What the words say: of the writer, or of those who met; and of others who are named."""
        speakers = [event.writer] if event.writer is not None else list(event.met)
        for what, pattern in (("money", _MONEY), ("technology", _TECHNOLOGY)):
            if speakers and pattern.search(text):
                for contact in speakers:
                    self._note(what, contact, event)
        if event.writer is None:
            return
        if _REFUSES.search(text):
            self._note("refuses", event.writer, event)
        for sentence in _SENTENCE.findall(folded_lines(event.text)):
            for other in self._others_in(sentence, event.writer):
                if _APPROVES.search(sentence):
                    self._note("approves", other, event)
                    self.by["approves"][other].append(self.full_names.get(event.writer, ""))
                elif _BRINGS.search(sentence):
                    self._note("brings", event.writer, event)
                    self.by["brings"][event.writer].append(self.full_names[other])

    def _others_in(self, sentence: str, writer: int) -> Iterable[int]:
        words = set(re.findall(r"\w+", sentence))
        return [contact for word, contact in self.names.items() if word in words and contact != writer]

    def clues_of(self, contact: int) -> list[Clue]:
        """The clues on one person, each with its evidence."""
        return [*self._writing(contact), *self._meeting(contact), *self._words(contact)]

    def _writing(self, contact: int) -> Iterable[Clue]:
        wrote, of_all = len(self.ids["wrote"][contact]), sum(len(ids) for ids in self.ids["wrote"].values())
        if of_all >= FEWEST_MAILS and wrote >= MOST_SHARE * of_all:
            yield self._clue("writes_most", "wrote", contact, f"wrote {wrote} of their {of_all} mails and messages")
        elif wrote >= OFTEN_MAILS:
            yield self._clue("writes_often", "wrote", contact, f"wrote {wrote} mails and messages")
        copies = len(self.ids["copied"][contact])
        if copies >= FEWEST_COPIES and copies > wrote:
            yield self._clue("copied_in", "copied", contact, f"was copied in {copies} times and wrote {wrote}")

    def _meeting(self, contact: int) -> Iterable[Clue]:
        met = len(self.ids["met"][contact])
        if met >= FEWEST_MEETINGS:
            yield self._clue("often_met", "met", contact, f"took part in {met} calls and meetings")

    def _words(self, contact: int) -> Iterable[Clue]:
        if self.ids["refuses"][contact]:
            yield self._clue("refuses", "refuses", contact, "wrote that they want no more mail, or have no interest")
        if self.ids["approves"][contact]:
            by = ", ".join(dict.fromkeys(self.by["approves"][contact][:2]))
            yield self._clue("must_approve", "approves", contact, f"{by} wrote of their approval or budget")
        if self.ids["brings"][contact]:
            whom = ", ".join(dict.fromkeys(self.by["brings"][contact][:2]))
            yield self._clue("brings_others", "brings", contact, f"brought in {whom}")
        money, technology = len(self.ids["money"][contact]), len(self.ids["technology"][contact])
        if money >= OFTEN_MAILS and money > technology:
            yield self._clue("talks_money", "money", contact, f"{money} touches were about price or contract")
        if technology >= OFTEN_MAILS and technology > money:
            yield self._clue("talks_technology", "technology", contact, f"{technology} touches were about technology")

    def _clue(self, kind: str, what: str, contact: int, because: str) -> Clue:
        newest = sorted(self.ids[what][contact], reverse=True)[:MOST_IDS]
        return Clue(kind=kind, because=because, evidence_ids=tuple(f"activity:{one}" for one in newest))


def folded_lines(text: str) -> str:
    """Small letters without accents, line by line, so that sentences stay apart."""
    return "\n".join(folded(line) for line in text.splitlines())


def _names(people: Sequence[Known]) -> Mapping[str, int]:
    """First and last names that belong to one person of the account alone."""
    bearers: dict[str, set[int]] = defaultdict(set)
    for one in people:
        for name in (one.first_name, one.last_name):
            word = folded(name)
            if len(word) >= SHORTEST_NAME and " " not in word:
                bearers[word].add(one.contact_id)
    return {word: next(iter(ids)) for word, ids in bearers.items() if len(ids) == 1}
