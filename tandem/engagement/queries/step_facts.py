"""What conditions of steps ask about people, for many touches at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tandem.accounts.queries.afterwards import meetings_since
from tandem.engagement.contracts import MailKind, ReplyLabel, Step, TouchState
from tandem.engagement.domain.plans import read_steps
from tandem.engagement.domain.step_conditions import StepFacts, unmet
from tandem.engagement.models import Enrollment, Inbound, Touch

IN_OWN_WORDS = (MailKind.REPLY.value, MailKind.OTHER.value)
DONE = (TouchState.SENT.value, TouchState.UNCERTAIN.value)


def unmet_conditions(touch_ids: Iterable[int], *, now: datetime) -> dict[int, str]:
    """Touches that are to be passed over now, each with the reason in words; who is left out is due. Eight queries.

    Touches outside a plan have no conditions.
    """
    touches = list(
        Touch.objects.filter(id__in=list(touch_ids), enrollment__isnull=False, step__isnull=False).select_related(
            "enrollment__campaign__version"
        )
    )
    plans = _plans(touches)
    facts = _facts([touch.enrollment for touch in touches if touch.enrollment is not None], now=now)
    done = _done([touch.enrollment_id or 0 for touch in touches])
    found: dict[int, str] = {}
    for touch in touches:
        step = plans[touch.id]
        if step is None:
            continue
        known, before = facts[touch.enrollment_id or 0], (touch.step or 1) - 1
        was_done = before == 0 or before in done.get(touch.enrollment_id or 0, ())
        if why := unmet(step, replace(known, before_was_done=was_done)):
            found[touch.id] = why
    return found


def _plans(touches: Sequence[Touch]) -> dict[int, Step | None]:
    """The step that each touch is of; None where its version has no such step."""
    versions: dict[int, Sequence[Step]] = {}
    found: dict[int, Step | None] = {}
    for touch in touches:
        assert touch.enrollment is not None
        version = touch.enrollment.campaign.version
        if version.id not in versions:
            versions[version.id] = read_steps(version.steps)
        steps = versions[version.id]
        found[touch.id] = next((step for step in steps if step.number == touch.step), None)
    return found


def _facts(enrollments: Sequence[Enrollment], *, now: datetime) -> dict[int, StepFacts]:
    """What is known of each enrollment's person."""
    ids = sorted({one.id for one in enrollments})
    people = (
        Enrollment.objects.filter(id__in=ids).select_related("contact", "account").prefetch_related("contact__points")
    )
    rows = list(people.order_by("id"))
    wrote = _replies([one.contact_id for one in rows], [one.account_id for one in rows if one.account_id])
    since = min((one.enrolled_at for one in rows), default=now)
    met = meetings_since({one.contact_id for one in rows}, since)
    return {one.id: _of_person(one, wrote, met) for one in rows}


Wrote = Mapping[str, Mapping[int, Sequence[tuple[datetime, int]]]]


def _of_person(one: Enrollment, wrote: Wrote, met: Mapping[int, Sequence[datetime]]) -> StepFacts:
    contact, began = one.contact, one.enrolled_at
    kinds = {point.kind for point in contact.points.all()}
    own = [at for at, _ in wrote["contact"].get(contact.id, ()) if at >= began]
    of_account = wrote["account"].get(one.account_id or 0, ())
    number = bool(contact.phone) or bool(kinds & {"phone", "mobile"})
    return StepFacts(
        has_email=bool(contact.email) and not contact.opted_out,
        has_phone=number and not contact.do_not_call,
        has_mobile=bool(contact.phone) or "mobile" in kinds,
        has_linkedin=bool(contact.linkedin) or "linkedin" in kinds,
        has_replied=bool(own),
        colleague_replied=any(at >= began and who != contact.id for at, who in of_account),
        had_meeting=any(at >= began for at in met.get(contact.id, ())),
        country=contact.country or (one.account.country if one.account else ""),
        language=(one.language or contact.language)[:2].lower(),
    )


def _replies(contact_ids: Sequence[int], account_ids: Sequence[int]) -> Wrote:
    """When people wrote in their own words: by contact, and by account with who it was."""
    rows = Inbound.objects.filter(kind__in=IN_OWN_WORDS).exclude(label=ReplyLabel.OOO.value).order_by("received_at")
    found: dict[str, defaultdict[int, list[tuple[datetime, int]]]] = {
        "contact": defaultdict(list),
        "account": defaultdict(list),
    }
    for contact_id, at in rows.filter(contact__in=contact_ids).values_list("contact_id", "received_at"):
        found["contact"][contact_id or 0].append((at, contact_id or 0))
    told = rows.filter(account__in=account_ids).values_list("account_id", "contact_id", "received_at")
    for account_id, contact_id, at in told:
        found["account"][account_id or 0].append((at, contact_id or 0))
    return found


def _done(enrollment_ids: Sequence[int]) -> dict[int, set[int]]:
    """Steps that left or were done, by enrollment."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    rows = Touch.objects.filter(enrollment__in=set(enrollment_ids), state__in=DONE, step__isnull=False)
    for enrollment_id, step in rows.values_list("enrollment_id", "step"):
        found[enrollment_id or 0].add(step or 0)
    return dict(found)
