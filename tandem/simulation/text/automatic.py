"""Mail that no person wrote: absence notices, delivery reports."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email.utils import format_datetime

from tandem.simulation.dice import Dice, Weighted
from tandem.simulation.text.letters import Letter
from tandem.simulation.text.voice import Voice


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a mail did not arrive. lasting: a hard bounce."""

    status: str
    code: int
    reason: str
    lasting: bool
    texts: tuple[str, ...]


FAILURES = Weighted(
    [
        (Failure("5.1.1", 550, "user_unknown", True, ("No such user here: {to}", "{to}: mailbox not known on this server", "Unknown recipient <{to}>", "Address {to} does not exist here")), 46),
        (Failure("5.1.10", 550, "user_unknown", True, ("RecipientNotFound; no mailbox for {to} in this organisation",)), 8),
        (Failure("5.1.2", 550, "host_unknown", True, ("No mail host found for {domain}", "Domain {domain} has no MX or A record")), 8),
        (Failure("5.2.1", 550, "suspended", True, ("Account {to} is disabled", "Mailbox of {to} switched off by its administrator")), 7),
        (Failure("5.2.2", 552, "mailbox_full", False, ("Quota of {to} exceeded", "Mailbox {to} has no room left")), 12),
        (Failure("4.4.1", 451, "expired", False, ("Host {domain} did not answer for {days} days, giving up", "Connection to {domain} timed out, retried {days} days")), 9),
        (Failure("5.7.1", 554, "policy", False, ("Message refused by local policy of {domain}", "Sender not accepted by the rules of {domain}")), 6),
        (Failure("5.3.4", 552, "too_large", False, ("Message of {days}2 MB exceeds the limit of {domain}",)), 4),
    ]
)  # fmt: skip
DAEMONS = ("postfix", "exchange", "gmail", "exim")
_NOTES = {
    "postfix": "This is the mail system at host {host}.\n\nYour message could not be handed over to the address below. The text of the other server:\n\n<{to}>: {text}",
    "exchange": "Delivery has failed to this recipient:\n\n{to}\n\nDiagnostic information for administrators:\n\nGenerating server: {host}\n\n{to}\n{code} {status} {text}",
    "gmail": "** Address problem **\n\nYour message to {to} was not delivered.\n\nResponse of the remote server:\n{code} {status} {text}",
    "exim": "A message that you sent could not be delivered to one of its recipients. This is an automatic report.\n\n  {to}\n    {code} {status} {text}",
}  # fmt: skip
_SUBJECTS = {
    "postfix": "Undelivered Mail Returned to Sender",
    "exchange": "Undeliverable: {subject}",
    "gmail": "Delivery Status Notification (Failure)",
    "exim": "Mail delivery failed: returning message to sender",
}


def daemon_voice(kind: str, domain: str, like: Voice) -> Voice:
    """The sender of a delivery report."""
    box = {"exchange": "postmaster", "exim": "Mailer-Daemon"}.get(kind, "mailer-daemon")
    name = {"postfix": "Mail Delivery System", "exchange": "Microsoft Outlook", "gmail": "Mail Delivery Subsystem"}.get(
        kind, "Mail Delivery System"
    )
    return Voice(
        name,
        name,
        f"{box}@{domain}",
        "",
        domain,
        "",
        like.zone,
        False,
        "",
        ("en",),
        "plain",
        0,
        0,
        0,
        False,
        False,
        "apple",
        0,
    )


def bounce_content(dice: Dice, kind: str, failure: Failure, sent: Letter, recipient: str) -> tuple[str, str]:
    """Subject and MIME content (headers, blank line, parts) of a delivery report in the style of a mail server."""
    domain = recipient.split("@")[1]
    host = f"mx{dice.between(1, 9)}.{domain if failure.reason != 'host_unknown' else 'merrowline.com'}"
    text = dice.pick(failure.texts).format(to=recipient, domain=domain, days=dice.between(2, 5))
    note = _NOTES[kind].format(host=host, to=recipient, text=text, code=failure.code, status=failure.status)
    mark = f"{dice.getrandbits(96):024x}/{host}"
    action = "failed" if failure.lasting or failure.status.startswith("5") or failure.reason == "expired" else "delayed"
    report = "\n".join(
        [
            f"Reporting-MTA: dns; {host}",
            f"Arrival-Date: {format_datetime(sent.at)}",
            "",
            f"Final-Recipient: rfc822; {recipient}",
            f"Action: {action}",
            f"Status: {failure.status}",
            f"Remote-MTA: dns; {host}",
            f"Diagnostic-Code: smtp; {failure.code} {failure.status} {text}",
        ]
    )
    original = "\n".join(
        [
            f"Message-ID: {sent.id}",
            f"From: <{sent.sender.email}>",
            f"To: <{recipient}>",
            f"Date: {format_datetime(sent.at)}",
        ]
    )
    parts = [
        f"Content-Type: text/plain; charset=us-ascii\nContent-Description: Notification\n\n{note}\n",
        f"Content-Type: message/delivery-status\nContent-Description: Delivery report\n\n{report}\n",
        f"Content-Type: text/rfc822-headers\nContent-Description: Undelivered Message Headers\n\n{original}\n",
    ]
    body = "".join(f"--{mark}\n{part}\n" for part in parts) + f"--{mark}--\n"
    headers = f'Content-Type: multipart/report; report-type=delivery-status;\n boundary="{mark}"'
    return _SUBJECTS[kind].format(subject=sent.subject), f"{headers}\n\n{body}"


def bounce_span_detail(failure: Failure) -> str:
    """Type, status and reason as the truth keeps them."""
    return f"{'hard' if failure.lasting else 'soft'} {failure.status} {failure.reason}"


def absence_days(dice: Dice, day: dt.date) -> tuple[dt.date, dt.date]:
    """Last day away and day of return, after `day`."""
    until = day + dt.timedelta(days=dice.pick((1, 2, 3, 4, 5, 7, 9, 10, 12, 14, 18, 21, 35)))
    while until.weekday() >= 5:
        until += dt.timedelta(days=1)
    back = until + dt.timedelta(days=1)
    while back.weekday() >= 5:
        back += dt.timedelta(days=1)
    return until, back
