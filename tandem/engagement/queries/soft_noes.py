"""Soft noes that stand, and what they change of texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.db.models import Count, Q

from tandem.accounts.queries.choosing.records import in_slices
from tandem.engagement.contracts import Angle, EnrollmentState, MailKind, TouchState
from tandem.engagement.domain.soft_no import CHANGES, SILENT_AFTER, SoftNo
from tandem.engagement.models import Enrollment, Inbound, SoftNoHeard, Touch

OF_PEOPLE = (MailKind.REPLY, MailKind.OTHER)


def changed_angles(enrollment_ids: Collection[int]) -> Mapping[int, Angle]:
    """What the first touch after a standing soft no is for, by the touch's id. A query for each 1,000 enrollments."""
    found: dict[int, Angle] = {}
    for some in in_slices(sorted(enrollment_ids)):
        rows = SoftNoHeard.objects.filter(enrollment_id__in=some, taken_back_at=None).order_by("heard_at", "id")
        for kind, after in rows.values_list("kind", "after"):
            following = [one["id"] for one in after if one["state"] != TouchState.CANCELLED]
            if following:
                found[following[0]] = CHANGES[SoftNo(kind)].angle
    return found


def silent_enrollments(limit: int) -> Sequence[int]:
    """Running plans of which three or more touches left, nothing came back, and no silence stands yet; oldest first."""
    answered = Inbound.objects.filter(kind__in=OF_PEOPLE, touch__enrollment__isnull=False)
    told = SoftNoHeard.objects.filter(kind=SoftNo.SILENCE.value, taken_back_at=None)
    ahead = Touch.objects.filter(state__in=(TouchState.PLANNED, TouchState.WRITTEN, TouchState.READY))
    rows = (
        Enrollment.objects.filter(state=EnrollmentState.ACTIVE)
        .filter(id__in=ahead.values("enrollment_id"))
        .exclude(id__in=answered.values("touch__enrollment_id"))
        .exclude(id__in=told.values("enrollment_id"))
        .annotate(left=Count("touches", filter=Q(touches__state=TouchState.SENT)))
        .filter(left__gte=SILENT_AFTER)
    )
    return list(rows.order_by("id").values_list("id", flat=True)[:limit])
