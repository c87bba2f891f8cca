"""Claims stand on what they cite: true ones pass however they are put, false ones are caught however small the lie."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from tandem.agents.contracts import Claim, Evidence
from tandem.agents.domain import grounding
from tandem.agents.domain.grounding_dates import dates
from tandem.agents.domain.grounding_names import names
from tandem.agents.domain.grounding_numbers import amounts, spelled
from tandem.agents.tests.falsehoods import KINDS, accounts, planted, true_claims

NEWS, JOB, SIZE = "signal:news/1", "signal:jobs/2", "account:3:employees"
EVIDENCE = [
    Evidence(
        id=NEWS,
        text="Quayside Logistics has raised a Series C round of $40 million led by Northwind Ventures, the company "
        "announced. It employs 1,200 people in 12 offices. “We want every route planned by software,” said chief "
        "executive Maria Lopez.",
        source="Reuters",
        at=datetime(2026, 11, 3, tzinfo=UTC),
    ),
    Evidence(
        id=JOB,
        text="Job post: Head of Revenue Operations (m/f/d), Hamburg. You will build our RevOps team within 6 months and "
        "migrate from spreadsheets to Salesforce.",
        source="Careers page",
        at=datetime(2026, 10, 20, tzinfo=UTC),
    ),
    Evidence(id=SIZE, text="employees: 1200", source="CRM", is_outside=False),
]


def wrong(text: str, *cited: str, known: tuple[str, ...] = ()) -> list[str]:
    found = grounding.unsupported([Claim(text=text, evidence_ids=list(cited))], EVIDENCE, known=known)
    return [one.message for one in found]


@pytest.mark.parametrize(
    "text",
    [
        "Quayside Logistics raised a $40M Series C led by Northwind Ventures.",
        "On 3 November 2026 Reuters reported that Quayside raised 40 million dollars in a Series C.",
        "According to Reuters (2026-11-03), the round was USD 40,000,000.",
        "The company employs 1.2k people across twelve offices.",
        "CEO Maria Lopez said: “We want every route planned by software”.",
        "Quayside has over 1,100 employees.",
        "Lopez, the chief executive, wants routes planned by software.",
        "Northwind Ventures led the Series C in November 2026, Reuters reported.",
    ],
)
def test_true_claims_stand_however_they_are_put(text: str) -> None:
    assert wrong(text, NEWS) == []


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("Quayside Logistics raised a $45M Series C led by Northwind Ventures.", "$45M"),
        ("Quayside raised €40 million.", "€40 million"),
        ("On 4 November 2026 Reuters reported a Series C.", "4 November 2026"),
        ("Brightwater raised $40M.", "Brightwater"),
        ("Quayside employs 12 people.", "12"),
        ("CEO Maria Santos said routes are planned by software.", "CEO Maria Santos"),
        ("“We want every truck planned by software”, said Lopez.", "We want every truck planned by software"),
        ("Quayside raised money in a Series C last quarter.", "last quarter"),
        ("Quayside raised a Series B round of $40 million.", "Series B"),
        ("Quayside has nearly 2,000 employees.", "2,000"),
        ("Quayside has doubled to 1,200 people.", "doubled"),
        ("Quayside has 1,200 offices.", "1,200"),
    ],
)
def test_a_lie_is_caught_and_pointed_at(text: str, span: str) -> None:
    found = grounding.unsupported([Claim(text=text, evidence_ids=[NEWS])], EVIDENCE)
    assert span in [one.span.strip(".") for one in found]


def test_the_opposite_is_no_paraphrase() -> None:
    assert wrong("Quayside did not raise a Series C round.", NEWS) == ["The cited evidence does not deny this."]
    turned = "Northwind Ventures has raised a Series C round of $40 million led by Quayside Logistics, the company announced."
    assert wrong(turned, NEWS) == ["The cited evidence has these names or figures the other way round."]


def test_a_claim_must_cite_what_it_rests_on() -> None:
    claim = "Quayside is hiring a Head of Revenue Operations in Hamburg."
    assert wrong(claim, JOB, known=("Quayside Logistics",)) == []
    assert wrong(claim, JOB)[0] == "'Quayside' is not named in the cited evidence."
    assert wrong(claim) == [f"The claim {claim!r} cites nothing; cite the evidence it rests on."]
    assert wrong(claim, "signal:jobs/3") == ["There is no evidence 'signal:jobs/3'; cite only ids that were given."]
    assert wrong(claim, NEWS, known=("Quayside Logistics",)) != []
    assert wrong("They are building the team to leave spreadsheets behind.", NEWS) != []


def test_figures_of_typed_fields_bear_out_sentences() -> None:
    assert wrong("Quayside has 1,200 employees.", SIZE, known=("Quayside Logistics",)) == []
    assert wrong("Quayside has 1,300 employees.", SIZE, known=("Quayside Logistics",)) != []


def test_planted_falsehoods_are_all_caught_and_true_claims_let_through() -> None:
    made = accounts(5, seed=20261125)
    alarms = [claim.text for claim, pieces in true_claims(made) if grounding.unsupported([claim], pieces)]
    assert alarms == []
    tried, missed = Counter[str](), []
    for lie in planted(made, seed=7):
        tried[lie.kind] += 1
        if not grounding.unsupported([lie.claim], lie.evidence):
            missed.append((lie.kind, lie.claim.text))
    assert missed == []
    assert set(tried) == set(KINDS)
    assert sum(tried.values()) > 1_000


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,200", {1200}),
        ("1.2k", {1200}),
        ("1.200 Mitarbeiter", {1200, 1}),
        ("€1.5bn", {1_500_000_000}),
        ("3 Mio. EUR", {3_000_000}),
        ("two hundred and twenty-five", {225}),
        ("the 3rd plant", {3}),
    ],
)
def test_amounts_are_read_in_the_forms_people_write(text: str, values: set[int]) -> None:
    found, _ = amounts(text)
    assert len(found) == 1
    assert {int(value) for value in found[0].values} == values


def test_ranges_share_their_scale_and_unit() -> None:
    low, high = amounts("10-20 million euros")[0]
    assert 10_000_000 in low.values
    assert (low.currency, high.currency) == ("EUR", "EUR")
    assert spelled("three thousand and five") == 3005


@pytest.mark.parametrize(
    "text",
    ["3 Nov 2026", "3rd of November 2026", "November 3, 2026", "2026-11-03", "03.11.2026", "3 novembre 2026", "3. November 2026"],
)  # fmt: skip
def test_dates_are_read_in_many_forms(text: str) -> None:
    found, rest = dates(f"On {text} it happened.")
    first = found[0][0]
    assert (first.year, first.month, first.day) == (2026, 11, 3)
    assert not any(letter.isdigit() for letter in rest)


def test_names_are_runs_of_capitals_without_ordinary_words_at_their_head() -> None:
    assert names("Yesterday Acme Corp hired Maria de la Cruz.") == [["Acme", "Corp"], ["Maria", "de", "la", "Cruz"]]
    assert names("Growing teams need order.") == []
    assert names("The iPhone, then S/4HANA") == [["iPhone"], ["S/4HANA"]]
