"""A thousand first messages without a model: what the validators find, how they open, what they rest on, how long.
`python -m benchmarks.bench_drafts [--company DIR] [--full]`

On a demo company of 5 sellers, in full 50, or one that is there already. People are taken by a seeded draw, each in the
language of their country; who has nothing published that may be said is refused and not counted among the texts; a small
company has fewer than a thousand. Every fact of a text is looked up among the kept facts. Nothing is kept afterwards.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.figures import print_table
from benchmarks.made_company import made_company

if TYPE_CHECKING:
    from tandem.engagement.models import Draft, Touch

SEED, WANTED, AT_ONCE, MOST_PEOPLE = 11, 1_000, 500, 6_000
LANGUAGES = {
    "DE": "de", "AT": "de", "CH": "de", "FR": "fr", "ES": "es", "NL": "nl", "BE": "nl", "JP": "ja", "US": "en-US",
    "CA": "en-US",
}  # fmt: skip
MESSAGE = """We help warehouse teams plan waves so that picking keeps up with the peak.
de: Wir helfen Lagern, Wellen so zu planen, dass die Kommissionierung mit der Spitze Schritt hält.
fr: Nous aidons les entrepôts à planifier leurs vagues pour que la préparation suive les pics.
es: Ayudamos a los almacenes a planificar sus oleadas para que la preparación siga el ritmo de los picos.
nl: Wij helpen magazijnen hun golven zo te plannen dat het orderverzamelen de piek bijhoudt.
ja: 弊社では、ピーク時にもピッキングが滞らないよう、倉庫のウェーブ計画をお手伝いしております。"""
STEPS = [{"number": 1, "channel": "email", "angle": "opening", "wait_days": 0}]


class Undone(Exception):
    """Rolls back what the benchmark wrote."""


def main() -> None:
    """Measure and print."""
    with made_company(__doc__):
        measure()


def measure(wanted: int = WANTED) -> None:
    """The installation that Django is started on."""
    from django.db import transaction

    try:
        with transaction.atomic():
            _write_and_tell(wanted)
            raise Undone
    except Undone:
        return


def _write_and_tell(wanted: int) -> None:
    from tandem.core import clock
    from tandem.core.actors import built_in_agent
    from tandem.engagement.actions.drafting import write
    from tandem.engagement.models import Draft

    now, actor = clock.now(), built_in_agent("benchmark", "worker")
    touches = _touches(now)
    refused: Counter[str] = Counter()
    seconds, asked = 0.0, 0
    for start in range(0, len(touches), AT_ONCE):
        some = [one.id for one in touches[start : start + AT_ONCE]]
        begun = time.perf_counter()
        done = write(some, actor=actor, now=now)
        seconds += time.perf_counter() - begun
        asked += len(some)
        refused.update(done.refused)
        if Draft.objects.filter(touch__in=touches).count() >= wanted:
            break
    drafts = list(Draft.objects.filter(touch__in=touches).order_by("id")[:wanted])
    _tell(drafts, asked=asked, refused=refused, seconds=seconds)


def _touches(now: Any) -> list[Touch]:
    """A first touch for people of accounts that research has looked at."""
    from tandem.access.models import Person
    from tandem.accounts.models import Contact
    from tandem.engagement.models import Campaign, Enrollment, Sequence, SequenceVersion, Touch
    from tandem.prospecting.models import Brief

    made = {"made_at": now, "made_by": "benchmark"}
    sequence = Sequence.objects.create(name="Benchmark", created_at=now, created_by="benchmark")
    version = SequenceVersion.objects.create(sequence=sequence, number=1, steps=STEPS, published_at=now, **made)
    campaign = Campaign.objects.create(
        name="Benchmark", version=version, message=MESSAGE, created_at=now, created_by="benchmark"
    )
    people = list(
        Contact.objects.filter(account_id__in=Brief.objects.values("account_id"), merged_into=None, has_left=False)
        .select_related("account").order_by("id")
    )  # fmt: skip
    random.Random(SEED).shuffle(people)
    sellers = list(Person.objects.filter(role="seller").order_by("id"))
    enrollments = Enrollment.objects.bulk_create(
        Enrollment(
            campaign=campaign, contact=one, account_id=one.account_id, seller=sellers[place % len(sellers)],
            language=LANGUAGES.get(one.country or getattr(one.account, "country", ""), "en-GB"), enrolled_at=now,
            enrolled_by="benchmark",
        )
        for place, one in enumerate(people[:MOST_PEOPLE])
    )  # fmt: skip
    return Touch.objects.bulk_create(
        Touch(
            key=f"benchmark:{one.contact_id}:step:1", enrollment=one, contact_id=one.contact_id, step=1,
            channel="email", due_at=now, made_at=now,
        )
        for one in enrollments
    )  # fmt: skip


def _tell(drafts: Sequence[Draft], *, asked: int, refused: Counter[str], seconds: float) -> None:
    from tandem.prospecting.models import Fact

    openings = Counter(one.body.split("\n\n")[1].split("\n")[0] for one in drafts)
    first = Counter(_first_sentence(one) for one in drafts)
    cited = {fact["id"] for one in drafts for fact in one.facts}
    kept = set(Fact.objects.filter(evidence_id__in=cited).values_list("evidence_id", flat=True))
    untold = sum(1 for one in drafts if not one.facts)
    rows: list[tuple[str, object]] = [
        ("touches asked for", asked),
        ("texts", len(drafts)),
        ("refused: nothing to say, or no first name", sum(refused.values())),
        ("violations the validators find", sum(len(one.violations) for one in drafts)),
        ("distinct first sentences", f"{len(first) / max(len(drafts), 1):.1%}"),
        ("distinct messages", f"{len(openings) / max(len(drafts), 1):.1%}"),
        ("facts cited", len(cited)),
        ("facts without a kept row", len(cited - kept)),
        ("texts without a fact", untold),
        ("seconds, research of missing sheets included", f"{seconds:.1f}"),
        ("texts a second", f"{len(drafts) / max(seconds, 1e-9):.0f}"),
    ]
    print_table("First messages, written without a model", ("what", "figure"), rows)
    languages = Counter(one.language for one in drafts)
    print_table("By language", ("language", "texts"), languages.most_common())
    print_table("Refused", ("why", "touches"), refused.most_common(5))


def _first_sentence(draft: Draft) -> str:
    from tandem.engagement.domain.sentences import sentences

    return sentences(draft.body.split("\n\n")[1])[0].text


if __name__ == "__main__":
    main()
