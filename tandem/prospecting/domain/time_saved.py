"""How many hours of a seller's week the product spares, as a range against what list building took before. Pure.

The baseline says how long a seller spent on building lists each week and how many accounts came of it, so that one
account took hours ÷ accounts. What the product did is counted, never estimated:

    least : accounts that passed every stage of a run (rationale, contact, gate): each stands for one made by hand
    most : accounts that were researched, whether or not they came on a list: somebody would have had to look at each

Both are bounded by the baseline: nobody is spared more than they spent. The time people now spend reading what the
product made is not known and not taken off; the page says so. Method: own counting rule, without a model.
"""

from __future__ import annotations

from dataclasses import dataclass

ENOUGH = 30  # researched accounts; under it a rate per week says nothing
WEEKS = 4
LEAST_HOURS, MOST_HOURS = 0.5, 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The baseline. hours : of one seller in one week on list building; accounts : that came of those hours"""

    hours: float
    accounts: float

    @property
    def hours_per_account(self) -> float:
        """What one account took by hand."""
        return self.hours / self.accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What the product did in the last four weeks for the sellers who are looked at.

    researched : accounts with a rationale made; ready : accounts that passed every stage; people : contacts checked
    lists : made; sellers : who own accounts
    """

    researched: int
    ready: int
    people: int
    lists: int
    sellers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """Hours spared per seller and week, from `least` to `most`; `reason`: why there is no figure, else empty."""

    least: float = 0.0
    most: float = 0.0
    is_bounded: bool = False
    reason: str = ""


def time_saved(before: Before | None, done: Done) -> Saved:
    """The range, or the reason why there is none.

    >>> time_saved(Before(hours=10, accounts=20), Done(researched=200, ready=40, people=90, lists=3, sellers=2))
    Saved(least=2.5, most=10, is_bounded=True, reason='')
    """
    if before is None:
        return Saved(reason="Nobody has entered yet how long list building took before.")
    if not done.sellers:
        return Saved(reason="Nobody owns accounts.")
    if done.researched < ENOUGH:
        return Saved(reason=f"{done.researched} accounts were researched in four weeks; {ENOUGH} are needed.")
    share = before.hours_per_account / (done.sellers * WEEKS)
    least, most = share * min(done.ready, done.researched), share * done.researched
    return Saved(least=min(least, before.hours), most=min(most, before.hours), is_bounded=most > before.hours)
