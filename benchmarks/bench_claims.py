"""Unsupported statements of rationales and briefs, and planted falsehoods. `python -m benchmarks.bench_claims [--company DIR] [--full]`.

On a demo company of 5 sellers, in full 50, or one that is there already. For every account the built-in engine writes rationale and brief;
the mechanical check counts statements that their evidence does not bear out. Then one thing of each statement is made
false (a figure, a year, a name, a word of a quotation, the cited evidence) and the check is asked again.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks.figures import print_table
from benchmarks.made_company import made_company

if TYPE_CHECKING:
    from tandem.agents.contracts import Claim
    from tandem.prospecting.ai.pieces import Piece

SEED, MOST_PLANTED, AT_ONCE = 7, 6_000, 400


def main() -> None:
    """Measure and print."""
    with made_company(__doc__):
        measure()


def measure(limit: int = 0) -> None:
    """The installation that Django is started on. limit : accounts; 0: all"""
    from tandem.accounts.models import Account, Activity
    from tandem.prospecting.ai import brief, rationale
    from tandem.prospecting.queries.claims import violations_of
    from tandem.prospecting.queries.research_inputs import ground, materials

    at = Activity.objects.order_by("-at").values_list("at", flat=True)[0]
    ids = list(Account.objects.filter(merged_into=None).order_by("id").values_list("id", flat=True))
    dice, counted, planted, caught = random.Random(SEED), Counter[str](), Counter[str](), Counter[str]()
    began = time.process_time()
    wanted = ids[:limit] if limit else ids
    under = ground(wanted)
    stretches = (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE))
    for one in (one for stretch in stretches for one in materials(stretch, at=at, under=under)):
        counted["accounts"] += 1
        told = [(claim, one.rationale.pieces) for claim in rationale.built_in(one.rationale).claims]
        told += [
            (claim, one.brief.pieces) for part in brief.built_in(one.brief).sections for claim in part.claims
        ]  # fmt: skip
        for claim, pieces in told:
            counted["statements"] += 1
            if violations_of(claim, pieces, name=one.rationale.account):
                counted["unsupported"] += 1
                continue
            if sum(planted.values()) < MOST_PLANTED:
                for kind, lie in lies(claim, pieces, dice):
                    planted[kind] += 1
                    caught[kind] += bool(violations_of(lie, pieces, name=one.rationale.account))
    seconds = time.process_time() - began
    rate = counted["unsupported"] / max(counted["statements"], 1)
    print_table(
        "Statements of the built-in engine, before what is at fault is left out",
        ("", "accounts", "statements", "unsupported", "rate", "CPU seconds"),
        [("all", counted["accounts"], counted["statements"], counted["unsupported"], f"{rate:.2%}", f"{seconds:.0f}")],
    )
    print_table(
        "Planted falsehoods",
        ("kind", "planted", "caught", "share"),
        [(kind, n, caught[kind], f"{caught[kind] / n:.2%}") for kind, n in sorted(planted.items())],
    )


def lies(claim: Claim, pieces: Sequence[Piece], dice: random.Random) -> list[tuple[str, Claim]]:
    """The statement with one thing made false, for each kind that it allows."""
    found: list[tuple[str, Claim]] = []
    text = claim.text
    bare = re.sub(r"“[^”]*”", lambda quote: "·" * len(quote[0]), text)
    year = re.search(r"\b20\d\d\b", bare)
    if year:
        false = str(int(year[0]) - dice.randint(2, 6))
        found.append(("year", _changed(claim, year.start(), year.end(), false)))
    figure = re.search(r"(?<![\w.,])\d{2,3}(?![\w.,]|\s\w{3}\s20\d\d)", bare)
    if figure:
        found.append(("figure", _changed(claim, figure.start(), figure.end(), str(int(figure[0]) + 413))))
    quote = re.search(r"“([^”]{12,})”", text)
    if quote:
        words = quote[1].split()
        words[dice.randrange(len(words))] = "xylophone"
        found.append(("quotation", _changed(claim, quote.start(1), quote.end(1), " ".join(words))))
    found.append(("name", claim.model_copy(update={"text": text.rstrip(".") + ", says Gregor Umbrella of Vandelay."})))
    found.append(("evidence id", claim.model_copy(update={"evidence_ids": ["signal:made/up"]})))
    return found


def _changed(claim: Claim, start: int, end: int, by: str) -> Claim:
    return claim.model_copy(update={"text": claim.text[:start] + by + claim.text[end:]})


if __name__ == "__main__":
    main()
