"""People of the company at work: they read drafts, do tasks by hand and answer replies, each as themselves.

Everything goes through the actions that their pages call, so that the same rights and rules hold for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from tandem.access.queries import actor_of_person, find_manager
from tandem.core.actors import Actor
from tandem.core.errors import AppError
from tandem.simulation.dice import Dice

READ_SECONDS = (25, 140)  # over one draft
EDITED, REJECTED = 0.10, 0.05
DONE_BY_HAND = 0.75  # of tasks; the others are left out
ANSWERED_AFTER = (10, 300)  # minutes
TAKEN_AFTER = 3, 34  # minutes until somebody begins


class Staff:
    """Sellers and their managers. done : what they did, by kind; refused : what they could not do, by reason"""

    def __init__(self, people: Sequence[int], *, seed: int) -> None:
        """people : ids of those who write to people outside."""
        self.people = people
        self.dice = Dice.of(seed, "staff")
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._actors: dict[int, Actor | None] = {}

    def actor(self, person_id: int | None) -> Actor | None:
        """Somebody as whom things are done; None: nobody, or somebody who has left."""
        if person_id is None:
            return None
        if person_id not in self._actors:
            self._actors[person_id] = actor_of_person(person_id)
        return self._actors[person_id]

    def read_drafts(self, *, now: datetime, due_by: datetime) -> int:
        """Sellers read what waits for them and is due by a moment; a manager gives the second yes where one is wanted.

        Returns how many were read.
        """
        from tandem.engagement.queries.review import waiting_drafts

        read = 0
        for actor in self._sellers():
            rows = waiting_drafts(actor, verb="decide").filter(
                touch__answers=None, touch__decision__isnull=False, touch__due_at__lte=due_by,
                touch__enrollment__seller_id=actor.id,
            ).order_by("touch__due_at", "id")  # fmt: skip
            for pk, content_hash, subject, body in list(rows.values_list("id", "content_hash", "subject", "body")):
                self._read(pk, content_hash, (subject, body), actor, now)
                read += 1
        return read

    def _read(self, pk: int, content_hash: str, text: tuple[str, str], actor: Actor, now: datetime) -> None:
        from tandem.engagement.actions import reviewing
        from tandem.engagement.actions.showing import show
        from tandem.engagement.domain.review import RejectReason

        seconds = self.dice.between(*READ_SECONDS)
        show([pk], actor=actor, now=now - timedelta(seconds=seconds))
        try:
            if self.dice.chance(REJECTED):
                reason = self.dice.pick((RejectReason.TOO_GENERIC, RejectReason.TONE, RejectReason.BAD_TIMING))
                reviewing.reject(pk, reason=reason, actor=actor, now=now)
                self.done["rejected"] += 1
                return
            if self.dice.chance(EDITED) and (shorter := _shorter(text[1])):
                said = reviewing.approve_edited(pk, subject=text[0], body=shorter, actor=actor, now=now)
                self.done["edited"] += 1
            else:
                said = reviewing.approve(pk, content_hash=content_hash, actor=actor, now=now)
                self.done["approved"] += 1
            if said.people_missing:
                self._second(said.draft_id, actor, now)
        except AppError as error:
            self.refused[_told(error)] += 1

    def _second(self, pk: int, first: Actor, now: datetime) -> None:
        """The manager's yes. Raises as reviewing does."""
        from tandem.engagement.actions import reviewing
        from tandem.engagement.queries.review import waiting_drafts

        manager = find_manager(first.id)
        actor = self.actor(manager.id if manager else None)
        if actor is not None:
            content_hash = waiting_drafts(actor, verb="decide").values_list("content_hash", flat=True).get(id=pk)
            reviewing.approve(pk, content_hash=content_hash, actor=actor, now=now)
            self.done["second yes"] += 1

    def do_by_hand(self, *, now: datetime) -> None:
        """LinkedIn messages and calls that are due: most are done, some left out."""
        from tandem.engagement.contracts import EnrollmentState, TouchState
        from tandem.engagement.queries.sight import touches_in_sight

        for actor in self._sellers():
            due = touches_in_sight(actor).filter(
                state=TouchState.TO_DO.value, due_at__lte=now, enrollment__seller_id=actor.id,
                enrollment__state=EnrollmentState.ACTIVE.value,
            ).order_by("due_at", "id")  # fmt: skip
            for touch_id in list(due.values_list("id", flat=True)):
                self._do(touch_id, actor, now)

    def _do(self, touch_id: int, actor: Actor, now: datetime) -> None:
        from tandem.engagement.actions import hand_tasks

        try:
            if self.dice.chance(DONE_BY_HAND):
                hand_tasks.mark_done(touch_id, note="", actor=actor, now=now)
                self.done["by hand"] += 1
            else:
                hand_tasks.skip(touch_id, why="No fitting moment today.", actor=actor, now=now)
                self.done["left out"] += 1
        except AppError as error:
            self.refused[_told(error)] += 1

    def answer_replies(self, *, now: datetime, came_before: datetime) -> None:
        """Replies that came some while ago: taken soon after they came, then their draft is sent, or they are closed.

        came_before : what came later waits
        """
        from tandem.engagement.queries.sight import inbound_in_sight

        for actor in self._sellers():
            rows = inbound_in_sight(actor, "decide").filter(
                task__closed_at=None, task__owner_id=actor.id, task__started_at__lt=came_before
            )
            for inbound_id, started_at in list(rows.order_by("id").values_list("id", "task__started_at")):
                if started_at + timedelta(minutes=self.dice.between(*ANSWERED_AFTER)) <= now:
                    taken_at = min(now, started_at + timedelta(minutes=self.dice.between(*TAKEN_AFTER)))
                    self._answer(inbound_id, actor, taken_at, now)

    def _sellers(self) -> list[Actor]:
        """As whom drafts are read, tasks done and replies answered."""
        return [actor for actor in map(self.actor, self.people) if actor is not None]

    def _answer(self, inbound_id: int, actor: Actor, taken_at: datetime, now: datetime) -> None:
        from tandem.engagement.actions import answering, reply_tasks
        from tandem.engagement.domain.reply_work import CloseReason
        from tandem.engagement.queries.review import waiting_drafts

        drafts = waiting_drafts(actor, verb="decide").filter(touch__answers=inbound_id)
        body = drafts.order_by("-number").values_list("body", flat=True).first()
        try:
            reply_tasks.take(inbound_id, actor=actor, now=taken_at)
            if body:
                answering.answer(inbound_id, body=body, actor=actor, now=now)
                self.done["answered"] += 1
            else:
                reply_tasks.close(inbound_id, as_=CloseReason.DONE, actor=actor, now=now)
                self.done["closed"] += 1
        except AppError as error:
            self.refused[_told(error)] += 1


def _shorter(body: str) -> str:
    """Without its last paragraph before the sign-off; empty: it is short already."""
    paragraphs = body.split("\n\n")
    if len(paragraphs) < 4:
        return ""
    return "\n\n".join([*paragraphs[:-2], paragraphs[-1]])


def _told(error: AppError) -> str:
    return error.message[:90]
