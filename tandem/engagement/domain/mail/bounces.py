"""What a delivery report says: whom it did not reach, why, and whether it ever will.

Reports that keep RFC 3464 are read from their fields; the many that do not, from their sentences. The reason comes from
the answer's wording first, since servers choose their words with more care than their codes; then from the enhanced
status code (RFC 3463); then from the reply code (RFC 5321). Hard is only what is wrong with the address itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tandem.engagement.contracts import BounceReading
from tandem.engagement.domain.mail.parsing import Mail, addresses_in, headers_in, message_ids
from tandem.engagement.domain.mail.phrases import bounce_tables, bounce_words

HARD = frozenset({"user_unknown", "host_unknown"})
MAX_REPORT = 12_000  # characters of a report that are looked at
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,2})\.(\d{1,3})(?![\d.]*\d)")
_REPLY = re.compile(r"(?<![\d.:/-])([45]\d\d)(?=[ \-=:,>#]|\.?\s|$)(?!\s*(?:ms|bytes|kb|octets|mail|messages))")
_FIELD = re.compile(r"^([A-Za-z][A-Za-z-]{2,40}):[ \t]*(.*(?:\n[ \t]+.*)*)", re.M)
_HEADERS = re.compile(
    (
        r"^(?:>?\s{0,2}(?:return-path|received|from|to|date|message-id|subject|x-[\w-]+|delivered-to|mime-version|"
        r"dkim-signature|content-type):\s?.*\n(?:[ \t]+.*\n)*){3,}"
    ),
    re.M | re.I,
)
_AFTER_DATA = re.compile(
    r"(?:end of |in reply to (?:end of )?|smtp command\W{1,4}|after |command: )data\b|data command", re.I
)
_OF_SENDER = re.compile(
    r"(?:after |in reply to |command:? |\[)mail[ _]from\b|sender (?:address )?(?:rejected|denied|verify)", re.I
)
_OF_GREETING = re.compile(
    r"(?:after |in reply to |command:? |\[)(?:ehlo|helo|connect|initial connection)\b|my name was rejected", re.I
)
_DELAY = re.compile(
    r"\bdelay|warning: (?:message|could not)|temporary failure report|still be|will (?:keep|continue)", re.I
)
_OWN = re.compile(r"^(?:mailer-daemon|post-?master|mail-?daemon|abuse|support|helpdesk|no-?reply)\b", re.I)
_SES = re.compile(r'"(?:notification|event)Type"\s*:\s*"(\w+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A delivery report taken apart.

    text : its sentences, without the mail that came back
    recipients : a mapping of lower-case fields for each recipient (RFC 3464); empty: it has none
    returned : the headers of the mail that came back, by lower-case name
    """

    text: str
    recipients: Sequence[Mapping[str, str]]
    returned: Mapping[str, tuple[str, ...]]


def report_of(mail: Mail) -> Report:
    """A mail as a delivery report, whether it is one or not."""
    body = _whole(mail)[:MAX_REPORT]
    text, inside = split_returned(body)
    told = mail.part("message/delivery-status", "message/global-delivery-status", "message/xdelivery-status")
    return Report(text=text, recipients=tuple(_blocks(told or text)), returned=headers_in(mail.inside or inside))


def split_returned(body: str) -> tuple[str, str]:
    """A report's own sentences, and the mail below them that came back."""
    lowered = body.lower()
    lowered = lowered if len(lowered) == len(body) else body
    marks = [match.start() for match in [bounce_words()["returned"].search(lowered)] if match and match.start() > 20]
    marks += [match.start() for match in [_HEADERS.search(body)] if match and match.start() > 20]
    if not marks:
        return body, ""
    place = min(marks)
    return body[:place], re.sub(r"\A[^\n]*\n\s*", "", body[place:]) if not _HEADERS.match(body, place) else body[place:]


def read_bounce(mail: Mail, report: Report) -> BounceReading:
    """The report's first recipient that failed."""
    notification = report.text.replace('\\"', '"')
    if _SES.search(notification):
        return _of_notification(notification)
    block = _worst(report.recipients)
    answer = _answer(block, report, recipient := _recipient(mail, report, block))
    status = _status(block, answer, report.text)
    reason = _by_command(_reason(answer, report.text, status), f"{answer}\n{report.text}")
    is_delay = block.get("action", "").startswith("delay") or (not block and bool(_DELAY.search(mail.subject)))
    is_refused_content = reason == "user_unknown" and bool(_AFTER_DATA.search(report.text + answer))
    is_hard = reason in HARD and not is_delay and not is_refused_content
    return BounceReading(
        recipient=recipient,
        type="hard" if is_hard else "soft",
        status=status or _made_status(reason, answer, is_delay=is_delay),
        reason=reason,
    )


def complainer_of(mail: Mail, report: Report) -> str:
    """Whose complaint it is, as we wrote to them; empty where the report hides it."""
    told = mail.part("message/feedback-report")
    fields = {name.lower(): value for name, value in _FIELD.findall(told)}
    marked = report.returned.get("x-hmxmroriginalrecipient", ())
    for value in (fields.get("original-rcpt-to", ""), *marked):
        found = addresses_in(value)
        if found:
            return found[0]
    notified = _SES.search(report.text.replace('\\"', '"'))
    if notified:
        return _of_notification(report.text.replace('\\"', '"')).recipient
    return next(iter(addresses_in(" ".join(report.returned.get("to", ())))), "")


def reason_of(text: str, *, is_weak: bool = False) -> str:
    """The reason that an answer of a mail system names; empty: none is known.

    >>> reason_of("550 5.1.1 <ann@acme.test>: Recipient address rejected: User unknown in local recipient table")
    'user_unknown'
    """
    lowered = _plain(text)
    return next(
        (one.word for one in bounce_tables().reasons if one.is_weak == is_weak and one.pattern.search(lowered)), ""
    )


def _plain(text: str) -> str:
    """Lower case, white space folded, without what every report says."""
    lowered = " ".join(text.lower().replace("\u2019", "'").split())
    return bounce_words()["boilerplate"].sub(" ", lowered)


def returned_ids(mail: Mail, report: Report) -> tuple[str, ...]:
    """Message-IDs of the mail that came back, then of what the report points at."""
    own = message_ids(" ".join(report.returned.get("message-id", ())))
    if not own:
        own = tuple(re.findall(r"^\W*message-?id:\s*<([^<>\s]+)>", _whole(mail), re.M | re.I))
    pointed = [*own, *message_ids(mail.header("in-reply-to")), *reversed(message_ids(mail.header("references")))]
    return tuple(dict.fromkeys(pointed))


def _whole(mail: Mail) -> str:
    """Every text of a report in its order; its HTML only where there is no plain text."""
    plain = [one.text for one in mail.parts if one.kind in {"text/plain", "text/x-epilogue"} and not one.name]
    return "\n".join(plain) if any(one.strip() for one in plain) else mail.text


def _blocks(text: str) -> Iterator[Mapping[str, str]]:
    """Fields for each recipient; a block without one tells of the whole message."""
    for block in re.split(r"\n\s*\n", text[:MAX_REPORT]):
        fields = {name.lower(): " ".join(value.split()) for name, value in _FIELD.findall(block)}
        if {"final-recipient", "original-recipient", "x-actual-recipient"} & fields.keys() or {
            "action",
            "status",
        } <= fields.keys():
            yield fields


def _worst(blocks: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    """The first recipient that failed, else the first that is late, else the first."""
    for action in ("fail", "delay"):
        found = next((one for one in blocks if one.get("action", "").lower().startswith(action)), None)
        if found is not None:
            return found
    return blocks[0] if blocks else {}


def _recipient(mail: Mail, report: Report, block: Mapping[str, str]) -> str:
    """The address that failed, as we wrote to it where that is told."""
    for field in ("original-recipient", "final-recipient", "x-actual-recipient"):
        found = addresses_in(block.get(field, "").rpartition(";")[2])
        if found:
            return found[0]
    failed = addresses_in(" ".join(mail.headers.get("x-failed-recipients", ())))
    if failed:
        return failed[0]
    ours = set(
        addresses_in(
            " ".join([*mail.headers.get("to", ()), *mail.headers.get("delivered-to", ()), mail.header("from")])
        )
    )
    ours |= set(addresses_in(" ".join(report.returned.get("from", ()))))
    sent_to = addresses_in(" ".join(report.returned.get("to", ())))
    named = [one for one in addresses_in(_without_ids(report.text)) if one not in ours and not _OWN.match(one)]
    chosen = next((one for one in named if one in sent_to), "") or next(iter(named), "")
    return chosen or next(iter(sent_to), "")


def _without_ids(text: str) -> str:
    return re.sub(r"(?im)^\W*(?:message-?id|id|in-reply-to|references|original sender|sender|from)\b.*$", "", text)


def _answer(block: Mapping[str, str], report: Report, recipient: str) -> str:
    """What the other server said: the field for it, else what follows a reply code, else lines about the recipient."""
    told = re.sub(r"^\s*[\w.-]+\s*;\s*", "", block.get("diagnostic-code", ""))
    if len(told) > 8 and not told.isdigit():
        return told
    lines = [line.strip() for line in report.text.split("\n")]
    for place, line in enumerate(lines):
        match = _REPLY.search(line)
        if match and not line.lower().startswith(("subject", "date", "x-")):
            return "\n".join([line[match.start() :], *_same_answer(lines[place + 1 : place + 4])])
        if _STATUS.search(line):
            return "\n".join([*_until_blank(lines[max(0, place - 2) : place][::-1])[::-1], line])
    near: list[str] = []
    for place, line in enumerate(lines):
        if recipient and recipient in line.lower():
            near += _until_blank(lines[place : place + 6])
    return "\n".join([told, *near])[:4_000].strip()


def _same_answer(lines: Sequence[str]) -> list[str]:
    """The lines that go on with an answer: until a blank one, another code or another address."""
    kept: list[str] = []
    for line in _until_blank(lines):
        if _REPLY.search(line) or re.match(r"<?[^\s<>@]+@[^\s<>@]+>?\s*:", line):
            break
        kept.append(line)
    return kept


def _until_blank(lines: Sequence[str]) -> list[str]:
    return list(lines[: lines.index("")] if "" in lines else lines)


def _status(block: Mapping[str, str], answer: str, text: str) -> str:
    """The most telling enhanced status code; empty: none is told."""
    field = _STATUS.search(block.get("status", ""))
    said = [match[0] for match in _STATUS.finditer(answer)]
    telling = [one for one in said if not one.endswith(".0.0") and one[0] != "2"]
    if field is not None and (not field[0].endswith(".0.0") or not telling):
        return field[0]
    if telling or said:
        return (telling or said)[0]
    found = [match[0] for match in _STATUS.finditer(text) if match[0][0] != "2"]
    return found[0] if found else ""


def _reason(answer: str, text: str, status: str) -> str:
    """Wording, status, and what says no without a cause, in the order that told most truth."""
    kind = status.partition(".")[2]
    of_status = bounce_tables().of_status
    exact = of_status.get(kind, "") if not kind.endswith(".0") or kind in of_status else ""
    plain = _plain(text)
    told = reason_of(answer) or exact or reason_of(plain) or reason_of(answer, is_weak=True)
    if told:
        return told
    general = of_status.get(kind.partition(".")[0], "")
    return general or reason_of(plain, is_weak=True) or _of_reply_code(answer) or "other"


def _by_command(reason: str, told: str) -> str:
    """The reason as the refused command turns it: "unknown" after MAIL FROM or HELO speaks of the sender."""
    if reason in HARD and _OF_SENDER.search(told):
        return "policy"
    is_greeting = reason in HARD | {"policy", "other"} and _OF_GREETING.search(told)
    return "blocked" if is_greeting else reason


def _of_reply_code(answer: str) -> str:
    match = _REPLY.search(answer)
    codes = {
        "550": "user_unknown",
        "551": "user_unknown",
        "552": "mailbox_full",
        "553": "user_unknown",
        "421": "system",
    }
    codes |= {
        "450": "system",
        "451": "system",
        "452": "system",
        "554": "policy",
        "521": "host_unknown",
        "556": "host_unknown",
    }
    return codes.get(match[1], "") if match else ""


def _made_status(reason: str, answer: str, *, is_delay: bool) -> str:
    """The code that RFC 3463 has for a reason that was told in words only; empty: it has none."""
    match = _REPLY.search(answer)
    is_temporary = (
        is_delay or (match is not None and match[1].startswith("4")) or (match is None and reason == "expired")
    )
    kind = bounce_tables().status_of.get(reason, "")
    return f"{'4' if is_temporary else '5'}.{kind}" if kind else ""


def _of_notification(text: str) -> BounceReading:
    """Amazon SES by way of SNS: a JSON document that mail systems may have cut."""

    def told(name: str) -> str:
        found = re.search(rf'"{name}"\s*:\s*"((?:[^"\\]|\\.)*)"', text)
        return found[1] if found else ""

    match = _SES.search(text)
    kind = match[1].lower() if match else ""
    recipient = told("emailAddress").lower() or next(iter(addresses_in(text)), "")
    if kind == "complaint":
        return BounceReading(recipient=recipient, type="soft", status="", reason="feedback")
    answer = told("diagnosticCode")
    status = told("status") or next((one[0] for one in _STATUS.finditer(answer or told("smtpResponse"))), "")
    if kind == "delivery":
        return BounceReading(recipient=recipient, type="soft", status=status, reason="other")
    reason = _reason(answer, "", status)
    return BounceReading(recipient=recipient, type="hard" if reason in HARD else "soft", status=status, reason=reason)
