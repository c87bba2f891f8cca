"""Activities of an erased person: their own words go, what others said of them loses address, number and name.

The touch itself stays (when, what kind, with which company and deal, by whom of us), so that counts stay true. Its row
hash stays too: the same mail imported again is found unchanged and brings nothing back.
"""

from __future__ import annotations

from typing import Any

from tandem.accounts.domain.speech import without_speaker
from tandem.accounts.models import Activity, ActivityParticipant
from tandem.accounts.queries.choosing.records import in_slices
from tandem.accounts.queries.taking_part import SPEECH, Part, parts_of
from tandem.accounts.queries.whom import Whom
from tandem.core import bulk
from tandem.core.redaction import MARK

TEXTS = ("subject", "body", "details", "loose", "key", "thread_key")


def erase_touches(whom: Whom) -> int:
    """Clean every activity the person took part in and take them off its participants; returns rows changed or gone.

    Call it inside the transaction of the erasure.
    """
    changed: list[tuple[Any, ...]] = []
    theirs: list[int] = []
    for part in parts_of(whom):
        theirs += part.theirs
        before = tuple(getattr(part.activity, name) for name in TEXTS)
        after = _cleaned(part, whom)
        if after != before:
            changed.append((part.activity.id, *after))
    bulk.update_many(Activity, "id", TEXTS, changed)
    for some in in_slices(theirs):
        ActivityParticipant.objects.filter(id__in=some).delete()
    return len(changed) + len(theirs)


def _cleaned(part: Part, whom: Whom) -> tuple[Any, ...]:
    """The activity's texts in the order of `TEXTS`."""
    row = part.activity
    near = whom.near
    return (
        near.clean_closely(row.subject, others=part.others)[:400],
        _body(part, whom),
        near.clean_value(row.details),
        _loose(row.loose, whom),
        f"{MARK} {row.id}" if near.mentions(row.key) else row.key,
        near.clean(row.thread_key)[:255],
    )


def _body(part: Part, whom: Whom) -> str:
    row = part.activity
    if part.is_own and row.body:
        return MARK
    said = row.body
    if row.kind in SPEECH:
        said = without_speaker(said, part.their_names | whom.own_names, part.others)
    return whom.near.clean_closely(said, others=part.others)


def _loose(loose: dict[str, Any] | None, whom: Whom) -> dict[str, Any] | None:
    """What was still to be linked, without the person."""
    if loose is None:
        return None
    left: dict[str, Any] = whom.near.clean_value(loose)
    if "addresses" in left:
        left["addresses"] = [address for address in left["addresses"] if address != MARK]
    return {word: value for word, value in left.items() if value not in ([], "")} or None
