"""Threads and replies, briefs and meetings: intervals, and no word where there is too little."""

from __future__ import annotations

import pytest

from tandem.prospecting.queries.claims import check_claims
from tandem.prospecting.queries.research_reports import Comparison, Share, briefs_and_meetings, threads_and_replies
from tests.company import NOW, Company


def test_a_share_has_an_interval_that_holds_it() -> None:
    share = Share(hits=12, of=40)
    low, high = share.interval
    assert low < 0.3 < high
    assert Share(hits=0, of=0).interval == (0.0, 1.0)


def test_too_few_accounts_give_no_ratio() -> None:
    assert Comparison(first=Share(hits=9, of=29), second=Share(hits=9, of=90)).ratio is None
    told = Comparison(first=Share(hits=30, of=100), second=Share(hits=15, of=100)).ratio
    assert told is not None
    assert told[0] == pytest.approx(2.0)
    assert told[1] < 2.0 < told[2]


@pytest.mark.django_db
def test_the_small_company_says_not_enough(company: Company) -> None:
    ids = [one.id for one in company.accounts.values()]
    threads = threads_and_replies(ids, at=NOW)
    assert (threads.first.of + threads.second.of, threads.is_enough) == (2, False)
    assert briefs_and_meetings(ids, at=NOW).ratio is None


@pytest.mark.django_db
def test_nothing_researched_has_nothing_unsupported(company: Company) -> None:
    report = check_claims(at=NOW)
    assert (report.claims, report.rate, report.is_within_limit) == (0, 0.0, True)
