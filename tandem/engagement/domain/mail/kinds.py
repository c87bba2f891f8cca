"""What kind of mail came in: a person's answer, an automatic one, a delivery report, a complaint, or something else.

Structure and headers decide before words do. `Auto-Submitted: auto-replied` alone decides nothing: a third of real
delivery reports carry it, and many automatic answers do not. A person who forwards or answers a delivery report is a
person: what counts is who sent it, not what is quoted in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tandem.engagement.contracts import MailKind
from tandem.engagement.domain.mail.parsing import Mail
from tandem.engagement.domain.mail.phrases import automatic_headers, automatic_words, bounce_words, list_marks

BOUNCE_POINTS = 3
_ANSWER = re.compile(
    (
        r"^\s*(?:re|aw|antw|antwort|sv|vs|odp|rif|res|回复|答复|回覆|fw|fwd|wg|tr|rv|enc|i|doorst|vb|vl|vidarebefordrat|"
        r"转发|轉寄)(?:\[\d+\])?\s*[:：]"
    ),
    re.I,
)
_REPORT_TYPE = re.compile(r"report-type\s*=\s*\"?([\w-]+)", re.I)
_FEEDBACK = re.compile(
    (
        r"complaint about message from|email feedback report for ip|abuse report|spam complaint|feedback "
        r"loop report|client (?:tos|spam) notification"
    ),
    re.I,
)
_NOT_ABUSE = re.compile(r"^feedback-type:\s*(?:auth-failure|not-spam|dmarc)", re.I | re.M)
_CODED = re.compile(
    r"(?<![\d.])[45]\.\d{1,2}\.\d{1,3}(?![\d.])|\b[45]\d\d[ -][45]\.\d\.\d|\b55[0-4][ -]\S|\b45[0-2] \S|\b421 "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a mail is, and how that is known.

    is_challenge : a program wants the sender to prove to be a person
    is_marked : headers say that a program wrote it
    confidence : 0 to 1
    """

    kind: MailKind
    confidence: float
    is_challenge: bool = False
    is_marked: bool = False


def kind_of(mail: Mail) -> Kind:
    """Of which kind a mail is."""
    for found in (_report(mail), _complaint(mail), _bounce(mail), _automatic(mail), _to_many(mail)):
        if found is not None:
            return found
    if not mail.text and not mail.subject and not mail.sender:
        return Kind(kind=MailKind.OTHER, confidence=1.0)
    return Kind(kind=MailKind.REPLY, confidence=0.95)


def _report(mail: Mail) -> Kind | None:
    """Mail that says by its structure what it is (RFC 3462 to 3464, 5965, 8098)."""
    kinds = {one.kind for one in mail.parts}
    stated = _REPORT_TYPE.search(mail.header("content-type"))
    what = stated[1].lower() if stated else ""
    feedback = mail.part("message/feedback-report")
    if feedback or what == "feedback-report":
        is_abuse = not _NOT_ABUSE.search(feedback)
        return Kind(kind=MailKind.COMPLAINT if is_abuse else MailKind.OTHER, confidence=1.0)
    if "message/disposition-notification" in kinds or what == "disposition-notification":
        return Kind(kind=MailKind.OTHER, confidence=1.0, is_marked=True)
    told = mail.part("message/delivery-status", "message/global-delivery-status")
    if told or what == "delivery-status":
        actions = re.findall(r"^action:\s*(\w+)", told, re.I | re.M)
        is_good = bool(actions) and all(one.lower() in {"delivered", "relayed", "expanded"} for one in actions)
        return Kind(kind=MailKind.OTHER if is_good else MailKind.BOUNCE, confidence=1.0, is_marked=True)
    return None


def _complaint(mail: Mail) -> Kind | None:
    """Complaints that keep no standard: Hotmail's JMRP, AOL's, Amazon's notifications."""
    start = mail.text[:4_000].replace('\\"', '"')
    is_jmrp = "x-hmxmroriginalrecipient" in mail.inside.lower()[:20_000]
    is_reported = bool(_FEEDBACK.search(mail.subject)) and bool(mail.inside) and not _ANSWER.match(mail.subject)
    if is_jmrp or is_reported or re.search(r'"(?:notification|event)Type"\s*:\s*"Complaint"', start):
        return Kind(kind=MailKind.COMPLAINT, confidence=0.95)
    if re.search(r'"(?:notification|event)Type"\s*:\s*"Bounce"', start):
        return Kind(kind=MailKind.BOUNCE, confidence=1.0)
    if re.search(r'"(?:notification|event)Type"\s*:\s*"(?:Delivery|Send)"', start):
        return Kind(kind=MailKind.OTHER, confidence=1.0)
    return None


def _bounce(mail: Mail) -> Kind | None:
    """Delivery reports without the structure of one."""
    if mail.headers.get("x-failed-recipients"):
        return Kind(kind=MailKind.BOUNCE, confidence=0.99, is_marked=True)
    words = bounce_words()
    is_system = bool(
        words["senders"].search(mail.sender.partition("@")[0]) or words["senders"].search(mail.sender_name.lower())
    ) or _is_empty_path(mail.header("from"))
    is_answer = bool(_ANSWER.match(mail.subject)) and not is_system
    if is_answer or mail.header("x-autoreply") or mail.header("x-autorespond"):
        return None
    has_no_path = any(
        _is_empty_path(one) or "mailer-daemon" in one.lower() for one in mail.headers.get("return-path", ())
    )
    subject = bool(words["subjects"].search(mail.subject.lower()))
    start = mail.text[:6_000]
    body = bool(words["bodies"].search(" ".join(start.lower().split())))
    points = 2 * is_system + has_no_path + 2 * subject + body + bool(_CODED.search(start))
    has_original = bool(mail.inside) or bool(words["returned"].search(start.lower()))
    points += has_original and (is_system or has_no_path)
    says_so = subject or body or has_original
    if points < BOUNCE_POINTS or not says_so:
        return None
    return Kind(kind=MailKind.BOUNCE, confidence=min(0.99, 0.6 + 0.1 * points), is_marked=is_system)


def _is_empty_path(value: str) -> bool:
    return value.strip().replace(" ", "") in {"<>", "<MAILER-DAEMON>"}


def _automatic(mail: Mail) -> Kind | None:
    """Automatic answers, by RFC 3834, by older headers, or by their subject."""
    is_challenge = is_challenge_text(f"{mail.subject}\n{mail.text[:3_000]}") and not _ANSWER.match(mail.subject)
    is_marked = any(
        pattern.search(value.lower())
        for name, pattern in automatic_headers().items()
        for value in mail.headers.get(name, ())
    )
    has_no_path = any(_is_empty_path(one) for one in mail.headers.get("return-path", ()))
    subject = re.sub(r"^\s*(?:re|aw|sv)\s*:\s*", "", mail.subject.lower())
    is_worded = bool(automatic_words("subjects").search(subject))
    is_nobody = bool(automatic_words("senders").search(mail.sender))
    is_answer = bool(_ANSWER.match(mail.subject))
    if is_challenge:
        return Kind(kind=MailKind.AUTO_REPLY, confidence=0.9, is_challenge=True, is_marked=is_marked)
    if is_marked or (is_worded and not is_answer) or has_no_path:
        return Kind(kind=MailKind.AUTO_REPLY, confidence=0.99 if is_marked else 0.9, is_marked=is_marked or has_no_path)
    if is_nobody:
        return Kind(kind=MailKind.OTHER, confidence=0.7, is_marked=True)
    return None


def is_challenge_text(text: str) -> bool:
    """Whether a program asks the sender to prove to be a person."""
    return bool(automatic_words("challenges").search(" ".join(text.lower().split())))


def _to_many(mail: Mail) -> Kind | None:
    """Newsletters and lists; an answer that went through one is still an answer."""
    if mail.header("in-reply-to") or _ANSWER.match(mail.subject):
        return None
    marks = list_marks()
    is_list = any(name in mail.headers for name in marks["headers"])
    is_bulk = any(name in mail.headers for name in marks["weak"])
    many = re.search(marks["precedence"], mail.header("precedence").lower().strip())
    if is_list or is_bulk or many:
        return Kind(kind=MailKind.OTHER, confidence=0.9)
    return None
