"""How often the roles of people are right. `python -m benchmarks.bench_stakeholders [--sellers N] [--company DIR] [--full]`.

On a demo company of 5 sellers, in full 50, or one that is there already, against the simulator's truth, which the product
never reads. Truth of a deal: who carried it (champion) and who paid (economic buyer). Truth of a person: what they work on.
Baselines: the most frequent role, and picking at random among the people known at the account.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.figures import print_table
from benchmarks.made_company import made_company

if TYPE_CHECKING:
    from tandem.prospecting.queries.taking_part import Involvement, TakenPart

EXPECTED: Mapping[str, frozenset[str]] = {
    "executive": frozenset({"economic_buyer"}), "finance": frozenset({"economic_buyer"}),
    "it": frozenset({"technical_buyer"}), "operations": frozenset({"champion", "user"}),
    "user": frozenset({"user", "champion"}), "procurement": frozenset({"blocker"}),
}  # fmt: skip
BINS = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)


def main() -> None:
    """Measure and print."""
    with made_company(__doc__) as company:
        measure(company.truth)


def measure(truth: Path) -> None:
    """The installation that Django is started on against the truth behind it."""
    from tandem.accounts.models import Account, Activity
    from tandem.prospecting.queries.taking_part import involvements

    at = Activity.objects.order_by("-at").values_list("at", flat=True)[0]
    began = time.perf_counter()
    found = list(involvements(Account.objects.filter(merged_into=None).values_list("id", flat=True), at=at))
    seconds = time.perf_counter() - began
    known = sqlite3.connect(f"file:{truth}?mode=ro", uri=True)
    entities = _entities(known)
    print(f"{len(found)} accounts, {sum(len(one.parts) for one in found)} people in {seconds:.1f} s\n")
    _people(found, entities, dict(known.execute("SELECT entity, part FROM persons")))
    _deals(found, entities, known)


def _entities(truth: sqlite3.Connection) -> dict[int, int]:
    """True person of each contact, by the records put together into it."""
    from tandem.accounts.models import SourceRecord

    by_record = {(source, key): entity for source, key, entity in truth.execute(
        "SELECT source, source_id, entity FROM contact_records")}  # fmt: skip
    rows = SourceRecord.objects.filter(entity="contact", golden_id__isnull=False)
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    for source, key, golden in rows.values_list("source__key", "key", "golden_id"):
        if (source, key) in by_record:
            votes[golden][by_record[source, key]] += 1
    return {golden: counted.most_common(1)[0][0] for golden, counted in votes.items()}


def _people(found: Iterable[Involvement], entities: Mapping[int, int], parts: Mapping[int, str]) -> None:
    """By what people work on: how often the role is one that such a person can have; by title or not; calibration."""
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    bins: dict[int, list[float]] = defaultdict(lambda: [0, 0, 0.0])
    for one in (part for account in found for part in account.parts):
        work = parts.get(entities.get(one.person.contact_id, -1), "")
        if not work:
            continue
        right = one.part.role.value in EXPECTED[work]
        for name in (work, "all", "with a title" if one.person.title else "without a title"):
            counted[name][0] += 1
            counted[name][1] += right
        at = next(place for place, top in enumerate(BINS[1:]) if one.part.confidence < top)
        bins[at][0] += 1
        bins[at][1] += right
        bins[at][2] += one.part.confidence
    print_table(
        "People whose role fits what they work on",
        ("people", "of them", "right"),
        [(name, f"{n}", f"{right / n:.1%}") for name, (n, right) in sorted(counted.items())],
    )
    print_table(
        "Stated confidence against how often it was right",
        ("stated", "people", "right"),
        [(f"{total / n:.2f}", f"{n:.0f}", f"{right / n:.2f}") for _, (n, right, total) in sorted(bins.items())],
    )


def _deals(found: Sequence[Involvement], entities: Mapping[int, int], truth: sqlite3.Connection) -> None:
    """By deal: whether the person most likely to be champion, and to pay, is the one."""
    from tandem.accounts.models import SourceRecord

    rows = SourceRecord.objects.filter(entity="opportunity", golden_id__isnull=False)
    golden = dict(rows.filter(source__key="salesforce").values_list("key", "golden_id"))
    account_of = {deal.id: account for account in found for deal in account.deals}
    tally: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0, 0.0])
    for crm, champion, buyer in truth.execute("SELECT crm_id, champion, buyer FROM deals"):
        account = account_of.get(golden.get(crm, -1))
        if account is None:
            continue
        for role, person in (("champion", champion), ("economic_buyer", buyer)):
            here = [one for one in account.parts if entities.get(one.person.contact_id) is not None]
            if person is None or person not in {entities[one.person.contact_id] for one in here}:
                continue
            order = sorted(here, key=lambda one: -_share(one, role))
            place = next(at for at, one in enumerate(order) if entities[one.person.contact_id] == person)
            row = tally[role]
            row[0] += 1
            row[1] += place == 0
            row[2] += place < 2
            row[3] += 1 / len({entities[one.person.contact_id] for one in here})
    print_table(
        "Deals whose true person stands first for the role at their account",
        ("role", "deals", "first", "first two", "at random"),
        [
            (role, f"{n:.0f}", f"{first / n:.1%}", f"{two / n:.1%}", f"{chance / n:.1%}")
            for role, (n, first, two, chance) in tally.items()
        ],
    )


def _share(one: TakenPart, role: str) -> float:
    shares: Mapping[Any, float] = one.part.roles
    return next(share for word, share in shares.items() if word.value == role)


if __name__ == "__main__":
    main()
