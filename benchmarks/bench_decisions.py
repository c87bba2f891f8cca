"""Speed of decisions on contacts, in memory. `python -m benchmarks.bench_decisions [--count N] [--full]`.

20,000 requests, in full 200,000, are drawn from all channels, kinds and countries with a fixed seed, each a new one.
Prints p50, p95, p99 and the most, by the clock and in processor time (which a busy machine does not blur).
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from statistics import quantiles

from benchmarks.figures import chosen, print_table, read_sizes
from tandem.compliance.domain.rules.decisions import decide
from tandem.compliance.domain.rules.facts import CHANNELS, KINDS, PURPOSES
from tandem.compliance.domain.rules.packs import built_in

MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
QUICK, FULL = 20_000, 200_000
PLACES = ("US", "US-TX", "US-FL", "US-CA", "CA", "DE", "FR", "GB", "CH", "PL", "NL", "IT", "AU", "NZ", "SG", "BR")
CONSENTS = ("gdpr_opt_in", "casl_express", "casl_implied_inquiry", "pewc", "express", "express_call")


def draw(dice: random.Random) -> dict[str, object]:
    """One request with many facts."""
    at = MOMENT + timedelta(minutes=dice.randrange(60 * 24 * 60))
    past = at - timedelta(days=dice.randrange(1, 900))
    places = dice.sample(PLACES, dice.randrange(1, 4))
    return {
        "at": at.isoformat(),
        "channel": dice.choice(CHANNELS),
        "purpose": dice.choice(PURPOSES),
        "suppressed": dice.random() < 0.05,
        "recipient": {
            "kind": dice.choice(KINDS),
            "country": places[0][:2],
            "candidate_locations": places,
            "email": "sales@acme.example",
            "phone": f"+1{dice.choice((212, 415, 512, 305))}5550{dice.randrange(1000):03}",
        },
        "sender": {"country": "US", "is_ai": dice.random() < 0.5, "postal_address": "1 Main Street"},
        "consents": [{"kind": dice.choice(CONSENTS), "at": past.isoformat()}],
        "relationship": {"kind": "purchase", "at": past.isoformat()},
        "dnc": {"national": dice.random() < 0.2, "scrubbed_at": past.isoformat()},
        "history": [
            {"channel": "email", "at": (at - timedelta(days=dice.randrange(60))).isoformat()} for _ in range(6)
        ],
        "participants": [{"name": str(n), "location": place, "consented": True} for n, place in enumerate(places)],
        "content": {"has_unsubscribe": True, "ai_disclosed": dice.random() < 0.5},
        "address": {"source": "published_by_recipient", "role_relevant": True, "collected_at": past.isoformat()},
        "basis": {"lia_approved": True},
    }


def main() -> None:
    """Measure."""
    sizes = read_sizes(__doc__, count=QUICK)
    count = chosen(sizes.count, quick=QUICK, full=FULL, is_full=sizes.full)
    started = time.perf_counter()
    packs = built_in()
    print(f"{'packs loaded and compiled':<32}{(time.perf_counter() - started) * 1000:>10.1f} ms")
    dice = random.Random(7)
    requests = [draw(dice) for _ in range(count)]
    started = time.perf_counter()
    for place in PLACES:  # holidays of a country and year are worked out once
        decide({"at": MOMENT.isoformat(), "channel": "email", "recipient": {"candidate_locations": [place]}}, packs)
        decide({"at": "2027-01-04T03:00:00Z", "channel": "email", "recipient": {"candidate_locations": [place]}}, packs)
    print(f"{'holidays worked out, once':<32}{(time.perf_counter() - started) * 1000:>10.1f} ms")
    spent, worked = [], []
    for request in requests:
        before, began = time.perf_counter(), time.thread_time()
        decide(request, packs)
        spent.append((time.perf_counter() - before) * 1000)
        worked.append((time.thread_time() - began) * 1000)
    rows = []
    for title, figures in (("by the clock", spent), ("processor time", worked)):
        cuts = quantiles(figures, n=100)
        rows.append((title, *(f"{value:.3f}" for value in (cuts[49], cuts[94], cuts[98], max(figures)))))
    print_table(f"{count:,} decisions, milliseconds each", ("measured", "p50", "p95", "p99", "most"), rows)


if __name__ == "__main__":
    main()
