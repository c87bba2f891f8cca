"""Writing texts for touches that are due soon, many at once, and a person's own rewriting of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from tandem.access.actions import require
from tandem.agents.actions.running import run_many
from tandem.agents.contracts import RunRequest, RunResult, Task
from tandem.compliance.contracts.gate import Mode
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotFound
from tandem.engagement.ai.engine import found_reasons
from tandem.engagement.ai.first_touch import FIRST_TOUCH
from tandem.engagement.ai.follow_up import FOLLOW_UP
from tandem.engagement.ai.hand_sheet import HAND_SHEET
from tandem.engagement.ai.material import DraftInput, DraftOutput, spans, violations_of
from tandem.engagement.contracts import BY_HAND, Angle, DraftState, TouchState
from tandem.engagement.models import Draft, Touch
from tandem.engagement.queries.answer_faults import answer_faults
from tandem.engagement.queries.drafting import TouchToWrite, touches_to_write, without_sheet
from tandem.prospecting.actions.fact_sheets import make_fact_sheets
from tandem.prospecting.queries.research_inputs import region_word

Progress = Callable[[int, int], object]
AT_ONCE = 500  # touches read, written and stored together: what is done stays done
WRITABLE = (TouchState.PLANNED, TouchState.WRITTEN)
COLUMNS = (
    "touch_id", "number", "state", "subject", "body", "language", "opening_fact", "facts", "violations", "is_by_ai",
    "engine", "run", "written_at", "written_by",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a pass came to, in touches.

    to_person : wait for a person; ready : leave when due; by_hand : a person does them
    refused : nothing could be said, with how often for each reason in words
    """

    to_person: int = 0
    ready: int = 0
    by_hand: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)

    @property
    def drafts(self) -> int:
        """Texts that were written."""
        return self.to_person + self.ready + self.by_hand

    def __add__(self, other: Written) -> Written:
        return Written(
            to_person=self.to_person + other.to_person,
            ready=self.ready + other.ready,
            by_hand=self.by_hand + other.by_hand,
            refused=dict(Counter(self.refused) + Counter(other.refused)),
        )


def write(touch_ids: Iterable[int], *, actor: Actor, now: datetime, progress: Progress | None = None) -> Written:
    """Texts for touches that are planned, or whose text nobody has approved yet.

    Research first: who has no fact sheet gets one. The text is had done by the AI task of the step, so that a model's
    violations are repaired, then the built-in writer takes its place, then it is refused with reasons: the touch stays
    planned and says why. Where each approval is a person's, or the account is worth more than the campaign's threshold,
    it waits for a person; otherwise it is ready; what people do by hand becomes a task with its sheet.

    Raises NotAllowed without "campaign.edit". Call it outside of transactions: models may be waited for.
    """
    require(actor, "campaign.edit")
    wanted, done = sorted(set(touch_ids)), Written()
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        missing = without_sheet(some, at=now)
        if missing:
            make_fact_sheets(missing, actor=actor, now=now)
        done += _write_some(some, actor=actor, now=now)
        if progress is not None:
            progress(min(start + AT_ONCE, len(wanted)), len(wanted))
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A touch with what came of its run. result None: it was not asked for"""

    touch: TouchToWrite
    input: DraftInput | None
    result: RunResult[DraftOutput] | None
    why: str = ""


def _write_some(ids: Sequence[int], *, actor: Actor, now: datetime) -> Written:
    touches = [one for one in touches_to_write(ids, now=now) if one.state in WRITABLE]
    inputs = _spread([one for one in touches if one.input is not None])
    texts = [_Text(touch=one, input=None, result=None, why=one.why_not) for one in touches if one.input is None]
    tasks: tuple[Task[DraftInput, Any], ...] = (FIRST_TOUCH, FOLLOW_UP, HAND_SHEET)
    for task in tasks:
        some = [(one, given) for one, given in inputs if _task_of(one, given) is task]
        results = run_many(task, [_request(one, given) for one, given in some], actor=actor, now=now)
        for (one, given), result in zip(some, results, strict=True):
            texts.append(_Text(touch=one, input=given, result=result, why=_why(result)))
    return _store(texts, actor=actor, now=now)


def _task_of(touch: TouchToWrite, given: DraftInput) -> Any:
    if touch.channel in BY_HAND:
        return HAND_SHEET
    return FIRST_TOUCH if given.angle is Angle.OPENING else FOLLOW_UP


def _spread(touches: Sequence[TouchToWrite]) -> list[tuple[TouchToWrite, DraftInput]]:
    """Inputs that know what colleagues are written about in the same pass, so that one house gets different things."""
    taken: dict[int, Counter[str]] = {}
    found = []
    for touch in touches:
        given = touch.input
        if given is None:
            continue
        if touch.account_id is not None and not given.used:
            counts = taken.setdefault(touch.account_id, Counter(given.taken))
            given = given.model_copy(update={"taken": dict(counts)})
            best = next(iter(found_reasons(given)), None)
            if best is not None:
                counts[best.id] += 1
        found.append((touch, given))
    return found


def _request(touch: TouchToWrite, given: DraftInput) -> RunRequest[DraftInput]:
    return RunRequest(
        input=given,
        subject=f"contact:{touch.contact_id}",
        region=region_word(touch.country),
        campaign=str(touch.campaign_id or ""),
        seller_id=touch.seller_id,
    )


def _why(result: RunResult[DraftOutput]) -> str:
    if result.output is not None:
        return ""
    told = list(dict.fromkeys(one.message for one in result.violations))
    return " ".join(told)[:300] or "No text kept the rules."


def _store(texts: Sequence[_Text], *, actor: Actor, now: datetime) -> Written:
    """Drafts, the states of their touches and one entry of the ledger, in one transaction."""
    done = [one for one in texts if one.result is not None and one.result.output is not None]
    refused = [one for one in texts if one.result is None or one.result.output is None]
    with transaction.atomic():
        numbers = _numbers([one.touch.id for one in done])
        Draft.objects.filter(touch_id__in=list(numbers), state=DraftState.PROPOSED.value).update(
            state=DraftState.REPLACED.value
        )
        rows = [_row(one, numbers.get(one.touch.id, 0) + 1, actor, now) for one in done]
        bulk.upsert(Draft, COLUMNS, rows, conflict=("touch_id", "number"), update=None)
        states = [(one.touch.id, _state(one).value, "") for one in done]
        states += [(one.touch.id, one.touch.state.value, one.why[:300]) for one in refused]
        bulk.update_many(Touch, "id", ("state", "why"), states)
        if texts:
            ledger.append(
                actor, "engagement.drafts_written", subject="touches", drafts=len(done), refused=len(refused),
                touches=[one.touch.id for one in done],
            )  # fmt: skip
    counted = Counter(_state(one) for one in done)
    return Written(
        to_person=counted[TouchState.WRITTEN],
        ready=counted[TouchState.READY],
        by_hand=counted[TouchState.TO_DO],
        refused=dict(Counter(one.why for one in refused)),
    )


def _numbers(touch_ids: Sequence[int]) -> dict[int, int]:
    rows = Draft.objects.filter(touch_id__in=touch_ids).values("touch_id").annotate(last=Max("number"))
    return dict(rows.values_list("touch_id", "last"))


def _state(one: _Text) -> TouchState:
    if one.touch.channel in BY_HAND:
        return TouchState.TO_DO
    is_for_person = one.touch.mode is Mode.EVERY or one.touch.needs_second
    return TouchState.WRITTEN if is_for_person else TouchState.READY


def _row(one: _Text, number: int, actor: Actor, now: datetime) -> tuple[Any, ...]:
    given, result = one.input, one.result
    if given is None or result is None or result.output is None:
        raise ValueError(f"touch {one.touch.id} has no text")
    output = result.output
    broken = [asdict(each) for each in violations_of(given, output)] if one.touch.channel not in BY_HAND else []
    return (
        one.touch.id, number, DraftState.PROPOSED.value, output.subject[:200], output.body, given.language,
        output.opening_fact[:200], spans(output.body, output.facts, given.pieces), broken, True, result.engine,
        result.run_id, now, actor.name,
    )  # fmt: skip


def rewrite(draft_id: int, *, subject: str, body: str, actor: Actor, now: datetime) -> int:
    """A person's text in place of a draft; returns the new draft's id. The old one stays, as replaced.

    The validators look at it again; what they find is kept with it and shown, and what is hard will not be sent.
    Facts whose words still stand in the body keep their place, the others are gone.

    Raises NotFound, Conflict when the draft is not the present one or its touch has gone on, InvalidInput for an empty
    text, NotAllowed without "campaign.edit".
    """
    require(actor, "campaign.edit")
    old = Draft.objects.select_related("touch").filter(id=draft_id).first()
    if old is None:
        raise NotFound(f"There is no draft {draft_id}.", hint="Open the review queue again.")
    text = "\n".join(line.rstrip() for line in body.strip().splitlines())
    if not text:
        raise InvalidInput("The text is empty.", hint="Write one, or reject the draft.", context={"field": "body"})
    if old.state not in (DraftState.PROPOSED.value, DraftState.APPROVED.value) or old.touch.state not in _EDITABLE:
        raise Conflict(
            "This draft is not the present one any more.", hint="Open the review queue again.", code="draft.gone_on"
        )
    facts = _kept_facts(old, text)
    broken = [asdict(one) for one in _checked_again(old, subject.strip(), text, now)]
    return _replaced(old, subject.strip(), text, facts=facts, broken=broken, actor=actor, now=now)


_EDITABLE = (TouchState.WRITTEN.value, TouchState.READY.value, TouchState.TO_DO.value, TouchState.PLANNED.value)


def _kept_facts(old: Draft, body: str) -> list[dict[str, Any]]:
    found = []
    for one in old.facts:
        words = old.body[one["start"] : one["end"]]
        start = body.find(words)
        if words and start >= 0:
            found.append({**one, "start": start, "end": start + len(words)})
    return found


def _checked_again(old: Draft, subject: str, body: str, now: datetime) -> Sequence[Any]:
    """What the validators find in a person's text, with the material of the touch as evidence."""
    if old.touch.answers is not None:
        return answer_faults(old.touch.answers, body)
    found = touches_to_write([old.touch_id], now=now)
    given = found[0].input if found else None
    if given is None or found[0].channel in BY_HAND:
        return ()
    opening = old.opening_fact if any(one.id == old.opening_fact for one in given.pieces) else ""
    output = DraftOutput(subject=subject, body=body, opening_fact=opening, claims=[], facts=[])
    return violations_of(given, output)


def _replaced(
    old: Draft,
    subject: str,
    body: str,
    *,
    facts: list[dict[str, Any]],
    broken: list[dict[str, Any]],
    actor: Actor,
    now: datetime,
) -> int:
    with transaction.atomic():
        changed = Draft.objects.filter(id=old.id, state=old.state).update(state=DraftState.REPLACED.value)
        if not changed:
            raise Conflict("Somebody else has changed this draft.", hint="Open it again.", code="draft.gone_on")
        number = (Draft.objects.filter(touch_id=old.touch_id).aggregate(last=Max("number"))["last"] or 0) + 1
        new = Draft.objects.create(
            touch_id=old.touch_id, number=number, state=DraftState.PROPOSED.value, subject=subject[:200], body=body,
            language=old.language, opening_fact=old.opening_fact, facts=facts, violations=broken, is_by_ai=False,
            engine="", run=None, written_at=now, written_by=actor.name,
        )  # fmt: skip
        ledger.append(
            actor, "engagement.draft_rewritten", subject=f"draft:{new.id}", touch=old.touch_id, replaces=old.id,
            violations=sorted({one["rule"] for one in broken}),
        )  # fmt: skip
    return new.id
