"""Answers of prospects to mail they really got: bytes in, bytes out, as their mail programs would write them."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import cast

from tandem.simulation.dice import Dice, Weighted
from tandem.simulation.market import STYLES, Company
from tandem.simulation.names import CompanyName, Place, person_name, places
from tandem.simulation.text import automatic
from tandem.simulation.text.correspondence import AUTO_HEADERS
from tandem.simulation.text.dates import day_text
from tandem.simulation.text.envelope import mbox_bytes, message_id
from tandem.simulation.text.grammar import grammar
from tandem.simulation.text.letters import Letter, answer, ending_of, greeting_of
from tandem.simulation.text.prospects import Act, Prospect
from tandem.simulation.text.quoting import reply_subject
from tandem.simulation.text.scene import Scene
from tandem.simulation.text.voice import CLIENTS, Voice

PLANS = {
    Act.MEETING: ("pos_meeting",),
    Act.INFO: ("pos_info",),
    Act.NOT_NOW: ("neg_now",),
    Act.NEVER: ("neg_ever",),
    Act.WRONG_PERSON: ("wrong_person", "redirect"),
    Act.UNSUBSCRIBE: ("unsubscribe",),
    Act.BRIEF_THANKS: ("brief_ack",),
    Act.SLOWER: ("slow_down",),
}
# Minutes until an answer: some within the hour, most the same day, some after days.
DELAYS = Weighted([((5, 55), 22), ((55, 420), 40), ((420, 2_000), 26), ((2_000, 7_000), 12)])
_COMMON = {
    "en": "the and you your for with would minutes is are this that",
    "de": "und die der das sie ihr ihre für mit wäre nicht minuten ist",
    "fr": "les vous votre pour avec est une des minutes dans serait",
    "es": "los las usted su para con una minutos que del por está",
}
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """One mail that comes back. act: what it is in truth; returns_on: of an absence, else None."""

    raw: bytes
    at: dt.datetime
    act: Act
    sender: str
    returns_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A mail of ours as the recipient has it."""

    id: str
    subject: str
    text: str
    sender_name: str
    sender: str
    bounces_to: str
    name: str
    address: str
    references: tuple[str, ...]

    @classmethod
    def of(cls, raw: bytes, *, bounces_to: str = "") -> Received:
        """Read a message. bounces_to: the envelope's sender; empty: the address it is from."""
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        part = message.get_body(("plain", "html"))
        sender_name, sender = parseaddr(str(message["From"] or ""))
        name, address = parseaddr(str(message["To"] or ""))
        return cls(
            id=str(message["Message-ID"] or "").strip(),
            subject=str(message["Subject"] or ""),
            text=part.get_content().replace("\r\n", "\n").strip() if part else "",
            sender_name=sender_name or sender,
            sender=sender,
            bounces_to=bounces_to or sender,
            name=name or address.split("@")[0].replace(".", " ").title(),
            address=address,
            references=tuple(str(message["References"] or "").split()),
        )


class Prospects:
    """Everybody who gets mail from us, made when the first mail to them comes."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.people: dict[str, Prospect] = {}

    def answers(self, raw: bytes, *, at: dt.datetime, bounces_to: str = "") -> Iterator[Answer]:
        """What comes back for a mail that arrives at a moment (aware), each with the moment it comes."""
        mail = Received.of(raw, bounces_to=bounces_to)
        person = self.people.setdefault(mail.address.lower(), Prospect.of(self.seed, mail.address))
        company = mail.address.split("@")[-1].split(".")[0].split("-")[0]
        for act in person.acts_on(at, names_company=len(company) > 3 and company in mail.text.lower()):
            yield _Desk(self.seed, person, mail, at).answer(act)


class _Desk:
    """One person with one mail in front of them."""

    def __init__(self, seed: int, person: Prospect, mail: Received, at: dt.datetime) -> None:
        self.person, self.mail, self.at, self.dice = person, mail, at, person.dice
        self.language = language_of(mail.text)
        self.place = _place_of(mail.address)
        self.voice = _voice(Dice.of(seed, "voice", mail.address.lower()), mail, self.language, self.place)
        self.us = _ours(mail)
        self.scene = Scene(self.dice, self.language, _company(mail.address, self.place), None, at.date())
        self.scene.address(self.us, at.date())

    def answer(self, act: Act) -> Answer:
        if act is Act.BOUNCE:
            return self._bounce()
        if act is Act.COMPLAINT:
            return self._complaint()
        return self._absence() if act is Act.AWAY else self._reply(act)

    def _sent(self) -> Letter:
        """Our mail as a letter that can be quoted."""
        return Letter(
            self.mail.id, self.at, self.us, [self.voice], [], self.mail.subject, self.language, "sent", "", self.mail.id, [],
            self.mail.text, "", references=self.mail.references,
        )  # fmt: skip

    def _letter(self, text: str, ending: str, subject: str, at: dt.datetime, kind: str, act: Act) -> Letter:
        return Letter(
            message_id(self.dice, self.voice), at, self.voice, [self.us], [], subject, self.language, kind, act, self.mail.id, [],
            text, ending,
        )  # fmt: skip

    def _reply(self, act: Act) -> Answer:
        dice, terse = self.dice, act in (Act.BRIEF_THANKS, Act.UNSUBSCRIBE)
        at = self.at + dt.timedelta(minutes=dice.between(*cast(tuple[int, int], dice.draw(DELAYS))))
        rules = PLANS[act] if act is not Act.WRONG_PERSON or dice.chance(0.7) else PLANS[act][:1]
        sentences = [self.voice.text(rule, self.language, dice, self.scene.fresh()) for rule in rules]
        greeting = (
            "" if terse and dice.chance(0.6) else greeting_of(self.voice, self.language, dice, self.scene, late=True)
        )
        text = "\n\n".join(part for part in (greeting, " ".join(sentences)) if part)
        ending = ending_of(
            self.voice, self.language, dice, self.scene, late=True, mobile=dice.chance(self.voice.on_phone)
        )
        letter = self._letter(text, ending, reply_subject(self.mail.subject, self.language), at, "reply", act)
        answer(letter, self._sent(), dice, forward=False)
        if dice.chance(0.12):
            letter.head = letter.history = ""
        return Answer(_bytes(letter, dice), at, act, self.voice.email)

    def _absence(self) -> Answer:
        dice, until = self.dice, (self.person.away_until or self.at).date()
        back = until + dt.timedelta(days=1)
        while back.weekday() >= 5:
            back += dt.timedelta(days=1)
        dated = dice.chance(0.7)
        scene = self.scene
        scene["subject"] = self.mail.subject
        scene["until"], scene["back"] = day_text(dice, self.language, until), day_text(dice, self.language, back)
        sentence = self.voice.text("ooo_dated" if dated else "ooo_open", self.language, dice, scene)
        deputy = self.voice.text("ooo_deputy", self.language, dice, scene.fresh())
        text = "\n\n".join(
            part for part in (greeting_of(self.voice, self.language, dice, scene, late=True), sentence, deputy) if part
        )
        at = self.at + dt.timedelta(seconds=dice.between(3, 190))
        subject = grammar(self.language).say("subject_ooo", dice, scene, self.voice.habit)
        ending = ending_of(self.voice, self.language, dice, scene, late=False, mobile=False)
        letter = self._letter(text, ending, subject, at, "auto_reply", Act.AWAY)
        letter.headers = dice.pick(AUTO_HEADERS)
        letter.parent, letter.references = self._sent(), (*self.mail.references, self.mail.id)
        return Answer(_bytes(letter, dice), at, Act.AWAY, self.voice.email, back if dated else None)

    def _bounce(self) -> Answer:
        dice, failure = self.dice, self.person.failure
        assert failure is not None
        kind = dice.pick(automatic.DAEMONS)
        domain = self.mail.address.split("@")[-1]
        daemon = automatic.daemon_voice(kind, domain, self.us)
        subject, report = automatic.bounce_content(dice, kind, failure, self._sent(), self.mail.address)
        at = self.at + dt.timedelta(seconds=dice.between(2, 1_500))
        back = replace(self.us, email=self.mail.bounces_to)
        letter = Letter(
            message_id(dice, daemon),
            at,
            daemon,
            [back],
            [],
            subject,
            "en",
            "bounce",
            "",
            self.mail.id,
            [],
            "",
            "",
            report=report,
        )
        letter.headers = (("Auto-Submitted", "auto-replied"), ("X-Failed-Recipients", self.mail.address))
        return Answer(_bytes(letter, dice), at, Act.BOUNCE, daemon.email)

    def _complaint(self) -> Answer:
        """A report of the recipient's provider (RFC 5965)."""
        dice = self.dice
        at = self.at + dt.timedelta(minutes=dice.between(20, 900))
        domain = self.mail.address.split("@")[-1]
        mark = f"fbl-{dice.getrandbits(64):x}"
        parts = (
            "Content-Type: text/plain; charset=us-ascii\n\nThis is an email abuse report for a message received from your "
            f"address on {format_datetime(self.at)}.\n",
            "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: FeedbackLoop/1.0\nVersion: 1\n"
            f"Original-Mail-From: <{self.mail.bounces_to}>\nOriginal-Rcpt-To: <{self.mail.address}>\n"
            f"Arrival-Date: {format_datetime(self.at)}\n",
            f"Content-Type: text/rfc822-headers\n\nMessage-ID: {self.mail.id}\nFrom: <{self.mail.sender}>\n"
            f"To: <{self.mail.address}>\n",
        )
        body = "".join(f"--{mark}\n{part}\n" for part in parts) + f"--{mark}--\n"
        raw = (
            f"Message-ID: <{mark}@{domain}>\nDate: {format_datetime(at)}\nFrom: <feedback@{domain}>\n"
            f"To: <{self.mail.sender}>\nSubject: Abuse report\nMIME-Version: 1.0\n"
            f'Content-Type: multipart/report; report-type=feedback-report; boundary="{mark}"\n\n{body}'
        )
        return Answer(raw.encode(), at, Act.COMPLAINT, f"feedback@{domain}")


def language_of(text: str) -> str:
    """The language a mail is in, by its commonest words; English where nothing tells."""
    words = {word.lower() for word in _WORD.findall(text)}
    scores = {language: len(words & set(common.split())) for language, common in _COMMON.items()}
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] > scores["en"] else "en"


def _place_of(address: str) -> Place:
    """The country of an address's domain; the United States for domains of no country."""
    ending = address.rsplit(".", 1)[-1].lower()
    known = places()
    return next((place for place in known.values() if ending in place.tlds and ending != "com"), known["US"])


def _voice(dice: Dice, mail: Received, language: str, place: Place) -> Voice:
    first = mail.name.split()[0] if mail.name.split() else mail.address
    style = str(dice.draw(STYLES))
    return Voice(
        mail.name, first, mail.address, dice.pick(("Head of Operations", "Director", "Manager", "Lead")),
        mail.address.split("@")[-1].split(".")[0].replace("-", " ").title(), f"{place.prefix} {dice.between(20_000, 99_999)}",
        place.zone, False, "", (language, "en") if language != "en" else ("en",), style, dice.between(0, 9_973),
        0.05 if style in ("terse", "chatty") else 0.01, 0.0, style == "terse" and dice.chance(0.3), dice.chance(0.05),
        dice.pick(CLIENTS), 0.12,
    )  # fmt: skip


def _ours(mail: Received) -> Voice:
    first = mail.sender_name.split()[0] if mail.sender_name.split() else mail.sender
    return Voice(
        mail.sender_name, first, mail.sender, "", "", "", "Europe/Berlin", True, "", ("en",), "plain", 0, 0.0, 0.0, False, False,
        "apple", 0.0,
    )  # fmt: skip


def _company(address: str, place: Place) -> Company:
    """A company with just what sentences ask of one."""
    domain = address.split("@")[-1]
    dice = Dice.of(0, "company", domain)
    root = domain.split(".")[0].replace("-", " ").title()
    first, last = person_name(dice, place)
    return Company(
        0, CompanyName(root, "", "", domain), place, dice.pick(place.cities)[0], "", "", f"{first} {last}",
        f"{place.prefix} {dice.between(200_000, 999_999)}", 0, 200, 0, "", 0.0, "{f}.{l}", None, 12,
    )  # fmt: skip


def _bytes(letter: Letter, dice: Dice) -> bytes:
    """The message alone, without the separator of a mailbox file."""
    raw = mbox_bytes(letter, dice, 0, "Inbox").split(b"\n", 1)[1]
    lines = raw.split(b"\n")
    while lines and lines[0].startswith((b"X-GM-", b"X-Gmail-")):
        lines.pop(0)
    return b"\n".join(lines)
