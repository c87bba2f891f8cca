"""The waterfall at work: fields that nobody tells are asked for, provider after provider, until enough is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from tandem.accounts.contracts import Entity
from tandem.accounts.queries.missing_fields import AskedAbout, accounts_to_ask, contacts_to_ask
from tandem.core import bulk
from tandem.core.actors import Actor
from tandem.prospecting.actions.asking import MISS_HOLDS, Asked, Asker, Outcome, Question, note_asked
from tandem.prospecting.actions.bringing_in import bring_in_answers
from tandem.prospecting.connectors import adapters
from tandem.prospecting.connectors.base import Door, Enrichment, Subject
from tandem.prospecting.domain.providers import CallKind
from tandem.prospecting.domain.waterfall import Rule, next_step
from tandem.prospecting.models import FieldObservation
from tandem.prospecting.queries.providers import accounts_on, can_be_asked
from tandem.prospecting.queries.waterfall import field_word, rules_for

Progress = Callable[[int, int | None, str], None]
TRIED = frozenset({Outcome.FOUND, Outcome.MISSED, Outcome.KNOWN})


@dataclass(slots=True)
class EnrichReport:
    """What a run did.

    asked : subjects for whom at least one question was asked now
    filled : fields that providers told, by field; the golden value follows the survivorship rules
    charged : by provider, in its currency
    outcomes : "provider outcome" to how many questions
    unmet : subject to why a wanted field is still missing, the last reason
    """

    asked: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    charged: dict[str, Decimal] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    unmet: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    kind: CallKind
    subject: str
    about: AskedAbout
    asker: Asker
    rules: Mapping[str, Rule]
    able: Sequence[str]
    misses: frozenset[tuple[str, str, str]]
    now: datetime


def enrich(
    entity: Entity,
    ids: Iterable[int],
    *,
    fields: Sequence[str] | None = None,
    actor: Actor,
    now: datetime,
    progress: Progress | None = None,
) -> EnrichReport:
    """Ask providers for missing fields of accounts or contacts, and bring in what they tell.

    entity : ACCOUNT or CONTACT
    fields : golden fields wanted; None: all that providers can tell
    With no provider switched on nothing is asked, and nothing leaves. Raises NotAllowed without "prospect.edit".
    """
    asker = Asker(actor=actor, now=now)
    kind = CallKind.ENRICH_ACCOUNT if entity is Entity.ACCOUNT else CallKind.ENRICH_PERSON
    able = [key for key, row in accounts_on().items() if can_be_asked(row, now)]
    about = (accounts_to_ask if entity is Entity.ACCOUNT else contacts_to_ask)(ids) if able else {}
    wanted = sorted({name for one in about.values() for name in one.missing} & set(fields or _all(about)))
    rules = rules_for([field_word(name, kind) for name in wanted], kind) if wanted else {}
    misses = _recent_misses(list(rules), now)
    report = EnrichReport()
    for number, (pk, one) in enumerate(sorted(about.items()), start=1):
        work = _Work(
            kind=kind, subject=f"{entity.value}:{pk}", about=one, asker=asker, rules=rules, able=able, misses=misses,
            now=now,
        )  # fmt: skip
        _enrich_one(work, [name for name in wanted if name in one.missing], report)
        if progress is not None:
            progress(number, len(about), one.name)
    if report.asked:
        bring_in_answers(now=now, progress=progress)
    report.charged, report.outcomes = asker.tally.charged, asker.tally.counts
    note_asked(asker.tally, actor=actor, what=f"enrich:{entity.value}")
    return report


def _all(about: Mapping[int, AskedAbout]) -> set[str]:
    return {name for one in about.values() for name in one.missing}


def _enrich_one(work: _Work, missing: Sequence[str], report: EnrichReport) -> None:
    """Ask for one company or person until nothing is missing or nobody is left."""
    open_fields = {field_word(name, work.kind) for name in missing}
    told_by: dict[str, int] = {}
    asked = {provider for provider, subject, word in work.misses if subject == work.subject and word in open_fields}
    was_asked = False
    while step := next_step(open_fields, work.rules, told_by=told_by, asked=asked, able=work.able):
        asked.add(step.provider)
        answer = _ask(work, step.provider, step.fields)
        if answer.outcome not in TRIED:
            report.unmet[work.subject] = answer.because
            continue
        if answer.outcome is Outcome.KNOWN:
            continue
        was_asked = True
        found = _told(work.kind, answer.value)
        for word in found & open_fields:
            told_by[word] = told_by.get(word, 0) + 1
            report.filled[word] = report.filled.get(word, 0) + 1
        open_fields = {word for word in open_fields if told_by.get(word, 0) < work.rules[word].enough} & set(work.rules)
    report.asked += was_asked


def _told(kind: CallKind, answer: Enrichment | None) -> set[str]:
    """The fields that an answer tells."""
    row = answer.row if answer else None
    return {field_word(name, kind) for name in (row.fields if row else ())}


def _ask(work: _Work, provider: str, wanted: Sequence[str]) -> Asked[Enrichment]:
    about = work.about
    is_person = work.kind is CallKind.ENRICH_PERSON
    subject = Subject(
        domain=about.domain, name=about.name, first_name=about.first_name, last_name=about.last_name,
        email=about.email, linkedin=about.linkedin,
    )  # fmt: skip
    words = (about.domain, about.name, about.email, about.linkedin) if is_person else (about.domain,)
    if not (about.domain or about.email or about.linkedin):
        return Asked(outcome=Outcome.FAILED, because="Neither domain nor address is known: there is nothing to ask by.")

    def call(door: Door) -> Enrichment:
        return adapters.enricher(door).enrich(subject)

    question = Question(kind=work.kind, words=words, subject=work.subject, places=about.places if is_person else None)
    return work.asker.ask(
        provider, question, call, is_hit=lambda told: told.row is not None,
        rows=lambda told: () if told.row is None else (told.row,),
        keep=lambda told: _observe(
            provider, work.subject, {word: word in _told(work.kind, told) for word in wanted}, work.now
        ),
    )  # fmt: skip


def _observe(provider: str, subject: str, told: Mapping[str, bool], now: datetime) -> None:
    account = accounts_on()[provider]
    bulk.upsert(
        FieldObservation,
        ("provider", "subject", "field", "has_value", "observed_at"),
        ((account.id, subject, word, has, now) for word, has in told.items()),
        conflict=("provider", "subject", "field"),
        update=("has_value", "observed_at"),
    )


def _recent_misses(words: Sequence[str], now: datetime) -> frozenset[tuple[str, str, str]]:
    """Provider, subject and field of questions that found nothing of late: they are not asked again soon."""
    since: timedelta = MISS_HOLDS
    rows = FieldObservation.objects.filter(field__in=words, has_value=False, observed_at__gt=now - since)
    return frozenset(rows.values_list("provider__key", "subject", "field"))
