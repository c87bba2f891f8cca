"""One question to a provider: asked at most once, charged at most once, remembered with how it ended.

The question's row is written before the call and closed after it, so that a crash between the two is seen: a question
that costs something is then uncertain, counts as charged, and is not asked again until a person says so. A question
that was answered is not asked again while its answer holds, and a miss holds too.
"""

from __future__ import annotations

import hashlib
import json
import secrets as tokens
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import F

from tandem.access.actions import require
from tandem.compliance.queries.residency import may_use_vendor, region_of
from tandem.core import exits, ledger, secrets
from tandem.core.actors import Actor
from tandem.core.errors import NotFound, ProviderFailed
from tandem.prospecting.connectors.base import (
    FAILING,
    KEY_REFUSED,
    LOOP,
    NO_CREDIT,
    SOMEBODY_ELSE,
    THROTTLED,
    UNCERTAIN,
    UNREADABLE,
    Door,
    FoundRow,
)
from tandem.prospecting.domain.providers import BY_KEY, CallKind
from tandem.prospecting.models import CallState, ProviderAccount, ProviderCall, ProviderState
from tandem.prospecting.queries.providers import can_be_asked, door_of, price_of, spent_by

T = TypeVar("T")
LEASE = timedelta(minutes=10)  # a call takes less than a minute; who holds the row longer has died
ANSWER_HOLDS = timedelta(days=90)
MISS_HOLDS = timedelta(days=30)
WRONG_HOLDS = timedelta(days=7)
WRONG = frozenset({UNREADABLE, SOMEBODY_ELSE, LOOP})  # answered, and of no use: most likely charged
PAUSE = timedelta(minutes=1)
FAILING_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(days=1)


class Outcome(StrEnum):
    """What became of a question.

    Found, missed: asked now. Known: asked before, and the answer holds. Failed: no answer, nothing charged.
    Uncertain: it was sent and nobody knows how it ended. Busy: another process is asking it. The last four were not
    asked: the provider is off or wants a pause, the month's budget is spent, the person's region forbids it, or
    everything that leaves is stopped.
    """

    FOUND = "found"
    MISSED = "missed"
    KNOWN = "known"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    BUSY = "busy"
    NOT_READY = "not_ready"
    NO_BUDGET = "no_budget"
    REGION = "region"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    words : what tells the question from others, e.g. the domain or the filters; never stored, only hashed
    subject : "account:3", "contact:12"; empty: a search
    places : countries of the person it is about; None: it is about no person
    """

    kind: CallKind
    words: Sequence[str]
    subject: str = ""
    places: Sequence[str] | None = None
    answer_holds: timedelta = ANSWER_HOLDS
    miss_holds: timedelta = MISS_HOLDS

    @property
    def key(self) -> str:
        """The question's hash, hex."""
        return hashlib.sha256(json.dumps([self.kind.value, *self.words]).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Generic[T]):
    """What came of it. value : None unless it was asked now and answered; because : in words for people"""

    outcome: Outcome
    value: T | None = None
    because: str = ""
    charged: Decimal = Decimal(0)
    code: str = ""


@dataclass(slots=True)
class Tally:
    """What a run of questions came to, by provider and outcome, for reports and the ledger."""

    counts: dict[str, int] = field(default_factory=dict)
    charged: dict[str, Decimal] = field(default_factory=dict)

    def add(self, provider: str, outcome: Outcome, charged: Decimal) -> None:
        """Count one question."""
        word = f"{provider} {outcome.value}"
        self.counts[word] = self.counts.get(word, 0) + 1
        self.charged[provider] = self.charged.get(provider, Decimal(0)) + charged


class Asker:
    """Asks on behalf of one actor; remembers for its life which vendors may see whose data.

    actor : needs "prospect.edit"
    """

    def __init__(self, *, actor: Actor, now: datetime) -> None:
        require(actor, "prospect.edit")
        self._actor, self._now = actor, now
        self._allowed: dict[tuple[str, tuple[str, ...]], str] = {}
        self.tally = Tally()

    def ask(
        self,
        provider_key: str,
        question: Question,
        call: Callable[[Door], T],
        *,
        is_hit: Callable[[T], bool],
        rows: Callable[[T], Sequence[FoundRow]] = lambda _: (),
        keep: Callable[[T], None] = lambda _: None,
    ) -> Asked[T]:
        """Ask one provider one question.

        call : speaks with the provider; outside any transaction
        is_hit : whether the answer found what was asked for
        rows : of the answer, to be brought in; kept sealed until they are
        keep : writes what is learnt, in the transaction that closes the question, so that neither stands alone
        """
        asked = self._ask(provider_key, question, call, is_hit, rows, keep)
        self.tally.add(provider_key, asked.outcome, asked.charged)
        return asked

    def _ask(
        self,
        provider_key: str,
        question: Question,
        call: Callable[[Door], T],
        is_hit: Callable[[T], bool],
        rows: Callable[[T], Sequence[FoundRow]],
        keep: Callable[[T], None],
    ) -> Asked[T]:
        account = ProviderAccount.objects.filter(key=provider_key, is_on=True).first()
        if account is None or not can_be_asked(account, self._now):
            return Asked(outcome=Outcome.NOT_READY, because=f"{BY_KEY[provider_key].name} can't be asked now.")
        refusal = self._refusal(account, question)
        if refusal:
            return Asked(outcome=Outcome.REGION, because=refusal)
        claimed: ProviderCall | Asked[T] = _claim(account, question, self._now)
        if isinstance(claimed, Asked):
            return claimed
        try:
            value = call(door_of(account))
            answer = _Answer(value=value, is_hit=is_hit(value), rows=tuple(rows(value)), keep=lambda: keep(value))
        except ProviderFailed as failure:
            return _close_failed(account, claimed, failure, self._now)
        except BaseException:
            _close(claimed, state=CallState.UNCERTAIN if claimed.price else CallState.FAILED, now=self._now)
            raise
        return _close_answered(account, claimed, question, answer, self._now)

    def _refusal(self, account: ProviderAccount, question: Question) -> str:
        """Why a person's data may not go to this vendor; "" when they may, or when none are concerned."""
        exits.look(self._actor, what=f"provider:{account.key}")
        if question.places is None:
            return ""
        name = account.vendor_name or BY_KEY[account.key].name
        places = tuple(sorted(question.places))
        key = (name, places)
        if key not in self._allowed:
            regions = [region_of(places).region]
            answer = may_use_vendor(name, regions, today=self._now.date())
            self._allowed[key] = "" if answer.allowed else answer.why
        return self._allowed[key]


def _claim(account: ProviderAccount, question: Question, now: datetime) -> ProviderCall | Asked[T]:
    """The question's row, ours to close; or what is known of it already."""
    price = price_of(account, BY_KEY[account.key], question.kind)
    try:
        with transaction.atomic():
            # Writing the account's row first lets claims of one provider through one by one, on both databases: two
            # processes can't both see the last of the budget.
            ProviderAccount.objects.filter(id=account.id).update(updated_at=F("updated_at"))
            last = ProviderCall.objects.filter(provider=account, request_key=question.key).order_by("-round").first()
            known: Asked[T] | None = _known(last, now) if last else None
            if known is not None:
                return known
            if account.monthly_budget is not None:
                spent = spent_by([account.id], now=now).get(account.id, Decimal(0))
                if spent + price > account.monthly_budget:
                    because = f"This month's budget of {BY_KEY[account.key].name} is spent."
                    return Asked(outcome=Outcome.NO_BUDGET, because=because)
            return _open(account, question, last, price, now)
    except IntegrityError:
        return Asked(outcome=Outcome.BUSY, because="Another process asks it at this moment.")


def _known(last: ProviderCall, now: datetime) -> Asked[T] | None:
    """What an earlier row says of the question; None: it may be asked."""
    holds = last.good_until is not None and last.good_until > now
    if last.state in (CallState.ANSWERED, CallState.MISSED):
        return Asked(outcome=Outcome.KNOWN, because="It was asked before, and the answer holds.") if holds else None
    if last.state == CallState.FAILED:
        return Asked(outcome=Outcome.FAILED, because=last.error, code=last.error_code) if holds else None
    if last.state == CallState.UNCERTAIN:
        is_freed = last.good_until is not None and not holds
        because = "It was sent once, and nobody knows whether it was charged. Somebody has to let it be asked again."
        return None if is_freed or not last.price else Asked(outcome=Outcome.UNCERTAIN, because=because)
    if now - last.asked_at < LEASE:
        return Asked(outcome=Outcome.BUSY, because="Another process asks it at this moment.")
    if not last.price:
        return None
    ProviderCall.objects.filter(id=last.id, state=CallState.ASKED).update(
        state=CallState.UNCERTAIN, ended_at=now, error="The process that asked it ended before the answer was written."
    )
    return Asked(outcome=Outcome.UNCERTAIN, because="It was being asked when a process ended; it may be charged.")


def _open(
    account: ProviderAccount, question: Question, last: ProviderCall | None, price: Decimal, now: datetime
) -> ProviderCall:
    """A row for this asking: the last one again where it ended without an answer and a charge, else a new round."""
    claim = tokens.token_hex(16)
    is_again = last is not None and not last.price and last.state not in (CallState.ANSWERED, CallState.MISSED)
    if last is not None and is_again:
        ProviderCall.objects.filter(id=last.id).update(
            state=CallState.ASKED, claim=claim, price=price, currency=account.currency, asked_at=now, ended_at=None,
            good_until=None, error="", error_code="", tries=F("tries") + 1,
        )  # fmt: skip
        last.claim, last.price = claim, price
        return last
    return ProviderCall.objects.create(
        provider=account, kind=question.kind.value, request_key=question.key, round=last.round + 1 if last else 1,
        subject=question.subject, claim=claim, price=price, currency=account.currency, asked_at=now,
    )  # fmt: skip


def _close(call: ProviderCall, *, state: CallState, now: datetime, **fields: object) -> bool:
    """Write how it ended, if the row is still ours."""
    mine = ProviderCall.objects.filter(id=call.id, claim=call.claim, state__in=(CallState.ASKED, CallState.UNCERTAIN))
    return bool(mine.update(state=state, ended_at=now, **fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer(Generic[T]):
    value: T
    is_hit: bool
    rows: tuple[FoundRow, ...]
    keep: Callable[[], None]


def _close_answered(
    account: ProviderAccount, call: ProviderCall, question: Question, answer: _Answer[T], now: datetime
) -> Asked[T]:
    hit, rows = answer.is_hit, answer.rows if answer.is_hit else ()
    charged = call.price if hit or BY_KEY[account.key].charges_misses else Decimal(0)
    kept = secrets.seal(json.dumps([[row.entity, row.key, dict(row.fields)] for row in rows])) if rows else ""
    holds = question.answer_holds if hit else question.miss_holds
    with transaction.atomic():
        _close(
            call, state=CallState.ANSWERED if hit else CallState.MISSED, now=now, price=charged, answer=kept,
            records=len(rows), good_until=now + holds,
        )  # fmt: skip
        answer.keep()
        if account.state != ProviderState.READY or account.paused_until is not None:
            _set_state(account, ProviderState.READY, "", None, now)
    return Asked(outcome=Outcome.FOUND if hit else Outcome.MISSED, value=answer.value, charged=charged)


def _close_failed(account: ProviderAccount, call: ProviderCall, failure: ProviderFailed, now: datetime) -> Asked[T]:
    """No answer that can be used: charged where the provider answered something, or may have."""
    code, told = failure.error_code, f"{failure.message} {failure.hint or ''}".strip()[:400]
    is_uncertain = code == UNCERTAIN and call.price > 0
    state = CallState.UNCERTAIN if is_uncertain else CallState.FAILED
    price = call.price if is_uncertain or code in WRONG else Decimal(0)
    good_until = None if is_uncertain else now + (WRONG_HOLDS if code in WRONG else timedelta(0))
    wait = failure.context.get("retry_after")
    pause = min(timedelta(seconds=float(wait)), LONGEST_PAUSE) if wait else PAUSE
    states = {
        KEY_REFUSED: (ProviderState.KEY_REFUSED, None),
        NO_CREDIT: (ProviderState.NO_CREDIT, None),
        THROTTLED: (ProviderState.THROTTLED, now + pause),
        FAILING: (ProviderState.FAILING, now + max(pause, FAILING_PAUSE)),
        UNCERTAIN: (ProviderState.FAILING, now + FAILING_PAUSE),
    }
    with transaction.atomic():
        _close(call, state=state, now=now, price=price, error=told, error_code=code[:60], good_until=good_until)
        if code in states:
            new, until = states[code]
            _set_state(account, new, told, until, now)
    outcome = Outcome.UNCERTAIN if is_uncertain else Outcome.FAILED
    return Asked(outcome=outcome, because=told, charged=price, code=code)


def _set_state(
    account: ProviderAccount, state: ProviderState, note: str, until: datetime | None, now: datetime
) -> None:
    account.state, account.state_note, account.paused_until = state, note[:300], until
    ProviderAccount.objects.filter(id=account.id).update(
        state=state, state_note=note[:300], paused_until=until, updated_at=now
    )


def let_ask_again(call_id: int, *, actor: Actor, now: datetime) -> None:
    """Let an uncertain question be asked once more, which may be charged a second time.

    Raises NotAllowed without "prospect.manage", NotFound when there is no such uncertain question.
    """
    require(actor, "prospect.manage")
    with transaction.atomic():
        freed = ProviderCall.objects.filter(id=call_id, state=CallState.UNCERTAIN, good_until=None)
        if not freed.update(good_until=now):
            raise NotFound("There is no such question that nobody knows the end of.", hint="Reload the page.")
        ledger.append(actor, "prospecting.question_freed", subject=f"provider_call:{call_id}")


def note_asked(tally: Tally, *, actor: Actor, what: str) -> None:
    """Write a run of questions into the ledger: how many ended how, and what was charged; nothing if none was asked."""
    if tally.counts:
        charged = {key: str(amount) for key, amount in sorted(tally.charged.items()) if amount}
        ledger.append(
            actor,
            "prospecting.providers_asked",
            subject=what,
            counts=dict(sorted(tally.counts.items())),
            charged=charged,
        )
