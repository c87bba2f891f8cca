"""Writes of the voice guide: new versions, proposals out of edits and what comes of them, the organisation's norms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from tandem.access.actions import require
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput
from tandem.engagement.domain.norms import checked_overrides, known_tag
from tandem.engagement.domain.voice import VoiceGuide, differences, read_guide
from tandem.engagement.models import NormChange, VoiceProposal, VoiceVersion
from tandem.engagement.queries.voice import get_proposal, voice_in_force

PROPOSED_FIELDS = ("forbidden", "preferred", "forbidden_openers", "preferred_openers")
MOST_DRAFTS = 50  # ids kept with a proposal


def save(document: Mapping[str, Any], *, note: str, base: int, actor: Actor, now: datetime) -> int:
    """A new version of a language's guide; returns its number, or the present one when nothing differs.

    base : number of the version that was edited; Conflict when another has come since
    Raises InvalidInput for a document that can't be read, NotAllowed without "campaign.manage".
    """
    require(actor, "campaign.manage")
    guide = read_guide(document)
    tag = known_tag(guide.language)
    before = voice_in_force(tag)
    if before.version != base:
        raise Conflict(
            f"Version {before.version} of this guide came while you were editing {base}.",
            hint="Open the page again and put your changes into the new version.", code="voice.changed",
        )  # fmt: skip
    changes = differences(before, guide)
    if not changes:
        return before.version
    return _store(replace(guide, language=tag), base + 1, note=note, changes=changes, actor=actor, now=now)


def _store(
    guide: VoiceGuide, number: int, *, note: str, changes: Sequence[tuple[str, str, str]], actor: Actor, now: datetime
) -> int:
    try:
        with transaction.atomic():
            VoiceVersion.objects.create(
                language=guide.language, number=number, document=guide.as_document(), note=note[:300], made_at=now,
                made_by=actor.name,
            )  # fmt: skip
            ledger.append(
                actor, "engagement.voice_changed", subject=f"voice:{guide.language}", number=number, note=note[:300],
                changes=[list(one) for one in changes[:50]],
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(f"Version {number} is there already.", hint="Open the page again.") from error
    return number


def propose(
    *,
    language: str,
    field: str,
    entry: str,
    because: str,
    draft_ids: Sequence[int],
    actor: Actor,
    now: datetime,
    instead: str = "",
) -> int:
    """A change of the guide that edits speak for; the same one again adds its drafts. Returns the proposal's id.

    field : "forbidden", "preferred", "forbidden_openers" or "preferred_openers"
    entry : word, phrase or beginning; instead : what people wrote in its place, for "forbidden"
    """
    require(actor, "campaign.edit")
    word = " ".join(entry.split())
    if field not in PROPOSED_FIELDS or not word or len(word) > 120:
        hint = f"A field of {', '.join(PROPOSED_FIELDS)} and an entry of at most 120 letters."
        raise InvalidInput(f"{field}: {entry!r} can't be proposed.", hint=hint, code="voice.no_proposal")
    tag = known_tag(language)
    with transaction.atomic():
        row, is_new = VoiceProposal.objects.get_or_create(
            language=tag, field=field, entry=word, state="open",
            defaults={
                "instead": instead[:120], "because": because[:300], "drafts": list(draft_ids)[:MOST_DRAFTS],
                "made_at": now, "made_by": actor.name,
            },
        )  # fmt: skip
        if not is_new:
            row.drafts = list(dict.fromkeys([*row.drafts, *draft_ids]))[:MOST_DRAFTS]
            row.because = because[:300] or row.because
            row.save(update_fields=["drafts", "because"])
        ledger.append(
            actor, "engagement.voice_proposed", subject=f"voice:{tag}", proposal=row.id, field=field, entry=word,
            drafts=len(row.drafts),
        )  # fmt: skip
    return row.id


def decide(proposal_id: int, *, is_taken: bool, actor: Actor, now: datetime) -> int:
    """Take a proposal into a new version of the guide, or decline it; returns the number of the guide then in force.

    Raises NotFound, Conflict when it was decided already, NotAllowed without "campaign.manage".
    """
    require(actor, "campaign.manage")
    row = get_proposal(proposal_id)
    guide = voice_in_force(row.language)
    with transaction.atomic():
        changed = VoiceProposal.objects.filter(id=proposal_id, state="open").update(
            state="taken" if is_taken else "declined", decided_at=now, decided_by=actor.name
        )
        if not changed:
            raise Conflict("This proposal was decided already.", hint="Open the page again.", code="voice.decided")
        ledger.append(
            actor, "engagement.voice_proposal_decided", subject=f"voice:{row.language}", proposal=proposal_id,
            taken=is_taken,
        )  # fmt: skip
        if not is_taken:
            return guide.version
        document = _with(guide, row.field, row.entry, row.instead)
        after = read_guide(document)
        changes = differences(guide, after)
        if not changes:
            return guide.version
        note = f"Out of edits: {row.because}"
        return _store(after, guide.version + 1, note=note, changes=changes, actor=actor, now=now)


def _with(guide: VoiceGuide, field: str, entry: str, instead: str) -> dict[str, Any]:
    document = guide.as_document()
    if field == "forbidden":
        document["forbidden"] = {**document["forbidden"], entry: instead}
    else:
        document[field] = list(dict.fromkeys([*document[field], entry]))
    return document


def change_norms(language: str, values: Mapping[str, Any], *, note: str, actor: Actor, now: datetime) -> int:
    """What the organisation wants otherwise in the norms of a language; returns the number of the change.

    values : as `domain.norms.checked_overrides` takes them; empty: back to the pack
    """
    require(actor, "campaign.manage")
    tag, kept = known_tag(language), checked_overrides(values)
    with transaction.atomic():
        last = NormChange.objects.filter(language=tag).aggregate(last=Max("number"))["last"] or 0
        NormChange.objects.create(
            language=tag, number=last + 1, values=kept, note=note[:300], made_at=now, made_by=actor.name
        )
        ledger.append(
            actor, "engagement.norms_changed", subject=f"norms:{tag}", number=last + 1, fields=sorted(kept),
            note=note[:300],
        )  # fmt: skip
    return last + 1
