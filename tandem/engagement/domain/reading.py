"""Reading what came in: a mail's bytes, or the text of a short message, as one answer for everything that follows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from tandem.core.html_text import text_of_html
from tandem.core.reply_text import trim
from tandem.engagement.contracts import BounceReading, MailKind, MailReading, ReplyLabel
from tandem.engagement.domain.mail.bounces import complainer_of, read_bounce, report_of, returned_ids
from tandem.engagement.domain.mail.kinds import Kind, kind_of
from tandem.engagement.domain.mail.parsing import Mail, message_ids, parse
from tandem.engagement.domain.replies.absence import Return, returns_on
from tandem.engagement.domain.replies.labels import CERTAIN, Verdict, label_of
from tandem.engagement.domain.replies.language import language_of
from tandem.engagement.domain.replies.redirect import redirect_of

_AMERICAN_ZONE = re.compile(r"\s-(?:0[4-9]|10)00\b|\b[ECMP][SD]T\b")  # of English mail: it writes the month first
MAX_NEW_TEXT = 20_000  # characters of a mail's own text


def read_mail(raw: bytes, *, today: date) -> MailReading:
    """Read a mail. Any bytes will do.

    today : the day "back on Monday" counts from where the mail has no date that can be read

    >>> read_mail(b"From: ann@acme.test\\nSubject: Re: Hi\\n\\nPlease remove me.", today=date(2026, 1, 5)).label
    <ReplyLabel.UNSUBSCRIBE: 'unsubscribe'>
    """
    mail = parse(raw)
    kind = kind_of(mail)
    if kind.kind in {MailKind.BOUNCE, MailKind.COMPLAINT} or (kind.kind is MailKind.OTHER and kind.is_marked):
        return _report(mail, kind)
    text = new_text_of(mail)
    reading = _answer(mail, kind, text, mail.sent_on or today)
    return _one_click(reading, mail) if mail.header("x-apple-unsubscribe") else reading


def _one_click(reading: MailReading, mail: Mail) -> MailReading:
    """The unsubscribe button of a mail program: a request by its sender, whatever the program writes."""
    return replace(
        reading,
        kind=MailKind.AUTO_REPLY,
        label=ReplyLabel.UNSUBSCRIBE,
        confidence=CERTAIN,
        to_human=False,
        evidence="",
        bounce=BounceReading(recipient=mail.sender, type="soft", status="", reason="feedback"),
    )


def read_text(text: str, *, today: date) -> MailReading:
    """Read a short message (SMS, WhatsApp): all of it is new, and a person wrote it."""
    mail = Mail(headers={}, text=text[:MAX_NEW_TEXT])
    return _answer(mail, Kind(kind=MailKind.REPLY, confidence=1.0), mail.text.strip(), today)


def new_text_of(mail: Mail) -> str:
    """What its writer added: without quotes and signature."""
    signer = mail.sender_name or mail.sender.partition("@")[0].replace(".", " ")
    text = text_of_html(mail.html, without_quotes=True) if mail.is_from_html else mail.text
    return trim(text[:200_000], signer=signer).new_text[:MAX_NEW_TEXT]


def _report(mail: Mail, kind: Kind) -> MailReading:
    """A delivery report, a complaint, or a receipt."""
    report = report_of(mail)
    bounce: BounceReading | None = read_bounce(mail, report)
    if kind.kind is MailKind.COMPLAINT or mail.part("message/feedback-report"):
        bounce = BounceReading(recipient=complainer_of(mail, report), type="soft", status="", reason="feedback")
    elif kind.kind is MailKind.OTHER and not report.recipients:
        bounce = None
    text = report.text.strip()[:MAX_NEW_TEXT]
    return MailReading(
        kind=kind.kind,
        label=None,
        confidence=kind.confidence,
        to_human=False,
        evidence="",
        new_text=text,
        language=language_of(text),
        bounce=bounce,
        references=returned_ids(mail, report),
    )


def _answer(mail: Mail, kind: Kind, text: str, sent_on: date) -> MailReading:
    """A text that a person or their assistant wrote."""
    language = language_of(text)
    verdict = _verdict(mail, kind, text)
    is_away = verdict.label is ReplyLabel.OOO
    is_american = language == "en" and bool(_AMERICAN_ZONE.search(mail.header("date")))
    back = returns_on(text, sent_on=sent_on, language=language, is_american=is_american) if is_away else None
    is_elsewhere = verdict.label in {ReplyLabel.OOO, ReplyLabel.WRONG_PERSON}
    name, address = redirect_of(text, sender=mail.sender) if is_elsewhere else ("", "")
    return MailReading(
        kind=kind.kind,
        label=verdict.label,
        confidence=verdict.confidence if verdict.label else kind.confidence,
        to_human=_needs_person(kind, verdict),
        evidence=verdict.evidence,
        new_text=text,
        language=language,
        returns_on=_day(back),
        redirect_name=name,
        redirect_email=address,
        references=references_of(mail),
    )


def _verdict(mail: Mail, kind: Kind, text: str) -> Verdict:
    if kind.is_challenge or kind.kind is MailKind.OTHER:
        return Verdict(label=None, confidence=0.0)
    return label_of(text, is_automatic=kind.kind is MailKind.AUTO_REPLY)


def _needs_person(kind: Kind, verdict: Verdict) -> bool:
    """What has none of the seven labels is read by a person; so is what asks for more than software may answer."""
    if kind.kind is MailKind.OTHER:
        return not kind.is_marked
    return verdict.label not in {ReplyLabel.OOO, ReplyLabel.UNSUBSCRIBE, ReplyLabel.WRONG_PERSON}


def _day(back: Return | None) -> date | None:
    return back.day if back else None


def references_of(mail: Mail) -> Sequence[str]:
    """Message-IDs that a mail points at, nearest first."""
    answered = message_ids(mail.header("in-reply-to"))
    return tuple(dict.fromkeys([*answered, *reversed(message_ids(mail.header("references")))]))
