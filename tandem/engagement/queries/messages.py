"""Touches as messages: the exact bytes that will leave, and what the gate is asked about them. Many at a time.

The same draft of the same touch gives the same bytes, so that what a person approved is what leaves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Prefetch

from tandem.compliance.contracts.gate import ContactRequest, Mode, RecipientFacts, Road
from tandem.compliance.queries import registry_keys
from tandem.compliance.queries.gate import recipient_facts
from tandem.compliance.queries.required import RequiredParts
from tandem.core.errors import InvalidInput, NotFound
from tandem.core.secrets import unseal
from tandem.engagement.contracts import DomainPurpose, DraftState, TouchState
from tandem.engagement.domain.composing import MailParts, compose, message_id_of, return_path, touch_of_return_path
from tandem.engagement.domain.dkim import DkimKey, read_key
from tandem.engagement.models import Draft, Mailbox, SendingDomain, TextSender, Touch
from tandem.engagement.queries.required_texts import Asked, RequiredTexts

LEAVING = (DraftState.PROPOSED.value, DraftState.APPROVED.value)
REPLY_PREFIX = "Re: "
PURPOSE_OF_ANSWERS = "reply"
SPOKEN = frozenset({Road.PHONE_MANUAL, Road.VOICEMAIL_AI})


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """One touch as it would leave.

    request : as the gate is asked, with the bytes; None: it can't leave, `why_not` says why
    draft_id : the text it is made of; None: there is none
    mailbox_id : the sender's; None: of no mailbox (a task, a text message)
    return_path : envelope address, to which bounces come; empty: no mail
    message_id : without brackets; empty: no mail
    """

    touch_id: int
    request: ContactRequest | None
    why_not: str = ""
    draft_id: int | None = None
    mailbox_id: int | None = None
    return_path: str = ""
    message_id: str = ""

    @property
    def content(self) -> bytes:
        """The bytes. Raises InvalidInput when it can't leave."""
        if self.request is None:
            raise InvalidInput(self.why_not, hint="Mend that first.", code="message.none")
        return self.request.message


def message_of(touch_id: int, *, at: datetime | None = None) -> bytes:
    """The exact bytes of a touch. Raises NotFound, and InvalidInput when it can't leave.

    at : what the mail's Date says; None: when it is due
    """
    return messages_of([touch_id], at=at)[touch_id].content


def messages_of(touch_ids: Iterable[int], *, at: datetime | None = None) -> dict[int, OutgoingMessage]:
    """The same for many, in a dozen queries for any number. Raises NotFound for a touch that is not there."""
    ids = list(dict.fromkeys(touch_ids))
    rows = {touch.id: touch for touch in _touches(ids)}
    missing = [one for one in ids if one not in rows]
    if missing:
        raise NotFound(f"There is no touch {missing[0]}.")
    desk = _Desk(list(rows.values()), at)
    return {one: desk.outgoing(rows[one]) for one in ids}


def touch_named_by(address: str) -> int | None:
    """The touch whose bounces come to an envelope address; None: the address is none of ours."""
    return touch_of_return_path(address, secrets=registry_keys())


def _touches(ids: Sequence[int]) -> Iterable[Touch]:
    newest = Draft.objects.filter(state__in=LEAVING).order_by("number")
    return (
        Touch.objects.filter(id__in=ids)
        .select_related(
            "contact", "answers", "mailbox__domain", "enrollment__mailbox__domain", "enrollment__seller",
            "enrollment__contact", "enrollment__campaign__version__sequence", "mailbox__seller",
            "answers__mailbox__domain",
        )
        .prefetch_related(Prefetch("drafts", queryset=newest), "contact__points", "enrollment__contact__points")
    )  # fmt: skip


class _Desk:
    """What messages are made of, read for all of them together."""

    def __init__(self, touches: Sequence[Touch], at: datetime | None) -> None:
        self.at = at
        self.texts = RequiredTexts()
        self.secret = registry_keys()[0]
        self.earlier = _earlier(touches)
        self.numbers = dict(TextSender.objects.filter(is_active=True).values_list("channel", "number"))
        self.facts = recipient_facts([_whom(touch) for touch in touches])
        self._keys: dict[int, DkimKey | None] = {}

    def outgoing(self, touch: Touch) -> OutgoingMessage:
        """One message, or why there is none."""
        draft = next(reversed(touch.drafts.all()), None)  # type: ignore[call-overload]
        mailbox = _mailbox(touch)
        why_not = _why_not(touch, draft, mailbox)
        if why_not or draft is None:
            return _none(touch, draft, why_not)
        try:
            return self._made(touch, draft, mailbox)
        except InvalidInput as error:
            return _none(touch, draft, f"{error.message} {error.hint or ''}".strip())

    def _made(self, touch: Touch, draft: Draft, mailbox: Mailbox | None) -> OutgoingMessage:
        facts = self.facts.get(_whom(touch))
        sender = mailbox.address if mailbox is not None else ""
        if touch.channel != Road.EMAIL:
            sender = self.numbers.get(touch.channel, "")
        request = _request(touch, draft, sender, facts)
        seller = _seller_name(touch, mailbox)
        contact = mailbox.address if mailbox is not None else ""
        parts = self.texts.of(Asked(request=request, facts=facts, due_at=touch.due_at, sender=seller, contact=contact))
        if request.channel is not Road.EMAIL:
            message = _plain(request.channel, draft.body, parts)
            return OutgoingMessage(
                touch_id=touch.id, draft_id=draft.id, mailbox_id=None, request=replace(request, message=message)
            )
        assert mailbox is not None
        message_id = touch.message_id or message_id_of(touch.key, mailbox.domain.name, secret=self.secret)
        mail = self._parts(touch, draft, mailbox, parts, request, message_id)
        message = compose(mail, key=self._key(mailbox.domain))
        return OutgoingMessage(
            touch_id=touch.id,
            draft_id=draft.id,
            mailbox_id=mailbox.id,
            request=replace(request, message=message),
            return_path=return_path(touch.id, _bounces_to(mailbox), secret=self.secret),
            message_id=message_id,
        )

    def _parts(
        self,
        touch: Touch,
        draft: Draft,
        mailbox: Mailbox,
        parts: RequiredParts,
        request: ContactRequest,
        message_id: str,
    ) -> MailParts:
        before, thread_subject = self._thread(touch)
        subject = draft.subject or thread_subject
        campaign = touch.enrollment.campaign_id if touch.enrollment is not None else 0
        contact = touch.contact or (touch.enrollment.contact if touch.enrollment is not None else None)
        return MailParts(
            sender=mailbox.address,
            sender_name=mailbox.display_name or _seller_name(touch, mailbox),
            recipient=request.address,
            recipient_name=contact.name if contact is not None else "",
            subject=parts.subject_prefix + (_answering(subject) if touch.answers is not None else subject),
            body=draft.body,
            message_id=message_id,
            date=self.at or touch.due_at,
            language=draft.language,
            opening=parts.opening,
            text_footer=parts.text_footer,
            html_footer=parts.html_footer,
            headers=parts.headers,
            in_reply_to=before[-1] if before else "",
            references=before,
            feedback_id=f"c{campaign}:s{touch.step or 0}:m{mailbox.id}:tandem",
            is_automatic=touch.answers is not None and draft.is_by_ai and touch.mode != Mode.EVERY,
        )

    def _thread(self, touch: Touch) -> tuple[list[str], str]:
        """Message-IDs this one follows, oldest first, and the subject of the thread."""
        sent = [one for one in self.earlier.get(touch.enrollment_id or 0, ()) if one.id != touch.id]
        if touch.enrollment_id is not None and touch.step is not None:
            sent = [one for one in sent if one.step is not None and one.step < touch.step]
        before = [one.message_id for one in sent if one.message_id]
        if touch.answers is not None and touch.answers.message_id:
            answered = touch.answers.message_id.strip(" <>")
            before = [*(one for one in before if one != answered), answered]
        first = next((text.subject for one in sent for text in one.drafts.all() if text.subject), "")
        return before, touch.answers.subject if touch.answers is not None else first

    def _key(self, domain: SendingDomain) -> DkimKey | None:
        """The domain's key; None: somebody else signs."""
        if domain.id not in self._keys:
            pem = unseal(domain.dkim_key)
            self._keys[domain.id] = (
                read_key(pem, domain=domain.name, selector=domain.dkim_selector)
                if pem and domain.dkim_selector
                else None
            )
        return self._keys[domain.id]


def _earlier(touches: Sequence[Touch]) -> dict[int, list[Touch]]:
    """What left by mail in the same enrollments, oldest first."""
    enrollments = {touch.enrollment_id for touch in touches if touch.enrollment_id is not None}
    texts = Draft.objects.filter(state__in=LEAVING).order_by("number")
    sent = Touch.objects.filter(
        enrollment__in=enrollments, channel=Road.EMAIL.value, message_id__isnull=False,
        state__in=(TouchState.SENT.value, TouchState.UNCERTAIN.value),
    ).prefetch_related(Prefetch("drafts", queryset=texts))  # fmt: skip
    found: dict[int, list[Touch]] = defaultdict(list)
    for one in sent.order_by("sent_at", "id"):
        found[one.enrollment_id or 0].append(one)
    return found


def _none(touch: Touch, draft: Draft | None, why_not: str) -> OutgoingMessage:
    return OutgoingMessage(
        touch_id=touch.id, request=None, why_not=why_not, draft_id=draft.id if draft is not None else None
    )


def _mailbox(touch: Touch) -> Mailbox | None:
    """The sender's: the touch's own, else the thread's, else the one that got what is answered."""
    if touch.mailbox is not None:
        return touch.mailbox
    if touch.enrollment is not None and touch.enrollment.mailbox is not None:
        return touch.enrollment.mailbox
    return touch.answers.mailbox if touch.answers is not None else None


def _why_not(touch: Touch, draft: Draft | None, mailbox: Mailbox | None) -> str:
    """What is lacking; empty: nothing."""
    if draft is None:
        return "There is no text for it yet."
    if any(one.get("is_hard", True) for one in draft.violations):
        return "The text does what no text may; it must be rewritten first."
    if not address_of(touch):
        return f"No address for {touch.channel.replace('_', ' ')} is known."
    if touch.channel != Road.EMAIL:
        return ""
    if mailbox is None:
        return "No mailbox is chosen for it."
    if draft.is_by_ai and mailbox.domain.purpose == DomainPurpose.PRIMARY:
        return f"{mailbox.domain.name} is a primary domain: mail that software wrote leaves from an outreach domain."
    return ""


def _whom(touch: Touch) -> tuple[str, str, str]:
    account = touch.enrollment.account_id if touch.enrollment is not None else None
    if account is None and touch.contact is not None:
        account = touch.contact.account_id
    contact = touch.contact_id or (touch.enrollment.contact_id if touch.enrollment is not None else None)
    return (f"contact:{contact}" if contact else "", f"account:{account}" if account else "", address_of(touch))


def address_of(touch: Touch) -> str:
    """Where it goes: who wrote gets the answer; else the contact's own address of the channel. Empty: not known."""
    if touch.answers is not None and touch.answers.channel == touch.channel and touch.answers.sender:
        return touch.answers.sender
    contact = touch.contact or (touch.enrollment.contact if touch.enrollment is not None else None)
    if contact is None:
        return ""
    if touch.channel == Road.EMAIL:
        return contact.email
    kinds = {Road.LINKEDIN: ("linkedin",), Road.SMS: ("mobile",), Road.WHATSAPP: ("mobile",)}
    wanted = kinds.get(Road(touch.channel), ("phone", "mobile"))
    points = [one for kind in wanted for one in contact.points.all() if one.kind == kind]
    points.sort(key=lambda one: (not one.is_primary, one.verification != "valid", one.id))
    fallback = contact.phone if touch.channel != Road.LINKEDIN else ""
    return points[0].value if points else fallback


def _seller_name(touch: Touch, mailbox: Mailbox | None) -> str:
    seller = touch.enrollment.seller if touch.enrollment is not None else None
    seller = seller or (mailbox.seller if mailbox is not None else None)
    return seller.name if seller is not None else ""


def _bounces_to(mailbox: Mailbox) -> str:
    return str(mailbox.sending.get("bounces") or mailbox.address)


def _request(touch: Touch, draft: Draft, sender: str, facts: RecipientFacts | None) -> ContactRequest:
    """What the gate is asked, still without the bytes."""
    subject, account, address = _whom(touch)
    campaign = touch.enrollment.campaign if touch.enrollment is not None else None
    is_answer = touch.answers is not None
    purpose = campaign.version.sequence.purpose if campaign is not None else PURPOSE_OF_ANSWERS
    return ContactRequest(
        channel=Road(touch.channel),
        purpose=PURPOSE_OF_ANSWERS if is_answer else purpose,
        address=address,
        message=b"",
        touch=touch.key,
        sender=sender,
        subject=subject,
        account=account or (facts.account if facts is not None else ""),
        campaign=f"campaign:{campaign.id}" if campaign is not None else "",
        mode=Mode(touch.mode),
        language=draft.language,
        is_drafted_by_ai=draft.is_by_ai,
        is_reply=is_answer,
        four_eyes_above=campaign.value_threshold if campaign is not None else None,
    )


def _answering(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else REPLY_PREFIX + subject


def _plain(channel: Road, body: str, parts: RequiredParts) -> bytes:
    """A text message with what laws want in it; of a call its first sentences, then the sheet or what is said."""
    is_spoken = channel in SPOKEN
    pieces = ("\n".join(parts.spoken), body.strip()) if is_spoken else (parts.opening, body.strip(), parts.text_footer)
    return "\n\n".join(one for one in pieces if one).encode("utf-8", "replace")
