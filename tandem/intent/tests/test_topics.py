"""What is too weak or on another's topic counts nothing, is told with its reason, and which topics are proposed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from django.test import Client

from tandem.core.errors import InvalidInput
from tandem.intent.actions.kinds import adopt_topics
from tandem.intent.contracts import KindTable, Signal, SignalKind
from tandem.intent.domain.kind_rules import as_document, built_in_rules, read_rules
from tandem.intent.domain.scoring import score_account
from tandem.intent.domain.topics import topic_lifts
from tandem.intent.models import IntentRun, KindSetting
from tandem.intent.queries.kind_rules import rules_in_force
from tandem.intent.queries.topics import topic_proposal
from tandem.intent.queries.traces import open_score
from tandem.intent.tests.test_nightly import Product, ago, night, product, reasons, standing
from tests.company import NOW, Company

__all__ = ["product"]
RULES = built_in_rules()


def test_a_signal_below_the_least_strength_of_its_kind_counts_nothing_at_it_in_full() -> None:
    kind = SignalKind(kind="topic_surge", weight=0.1, half_life_days=21.0, least_strength=60.0)
    told = [Signal(kind="topic_surge", at=NOW - timedelta(days=day), strength=60 - day * 1e-6) for day in (0, 90)]
    found = score_account("a", told, kinds=KindTable(known={"topic_surge": kind}), as_of=NOW)
    assert [(one.strength, one.points) for one in found.contributions] == [(60.0, 6.0)]
    assert found.surge is None  # the weak one does not say either how long the account is known


def test_a_surge_below_the_vendors_own_line_says_nothing_with_the_kinds_of_the_product() -> None:
    assert RULES.kinds.known["topic_surge"].least_strength == 60.0
    assert (
        score_account("a", [Signal(kind="topic_surge", at=NOW, strength=47.0)], kinds=RULES.kinds, as_of=NOW).score == 0
    )


def test_least_strength_and_topics_stand_in_the_document_and_slips_are_told() -> None:
    document = as_document(RULES) | {"topics": ["Yard Management", " yard management ", ""]}
    assert document["kinds"]["topic_surge"]["least_strength"] == 60.0
    assert "least_strength" not in document["kinds"]["page"]
    rules = read_rules(document)
    assert rules.topics == ("yard management",)
    assert read_rules(as_document(rules)) == rules
    page = {"weight": 1, "half_life_days": 7}
    for least, told in ((2, "above its most_strength 1"), (-1, "least_strength -1"), ("x", "no number")):
        with pytest.raises(InvalidInput, match=told):
            read_rules(document | {"kinds": document["kinds"] | {"page": page | {"least_strength": least}}})
    with pytest.raises(InvalidInput, match="no list of names"):
        read_rules(document | {"topics": "Yard"})


def surge(topic: str, strength: float, days: float, domain: str = "kroeger.example") -> dict[str, object]:
    return {"kind": "topic_surge", "topic": topic, "strength": strength, "at": ago(days=days), "account_domain": domain}


@pytest.mark.django_db
def test_only_strong_surges_on_own_topics_count_carried_on_and_anew(
    product: Product, company: Company, client_of: Callable[..., Client]
) -> None:
    product.land(surge("Yard Management", 47, 40), surge("Yard Management", 70, 9), surge("Payroll", 90, 9))
    night(ago(days=8))
    assert reasons() == {"too_weak": 1}
    adopt_topics(["yard management"], actor=company.actor("olga"), now=ago(days=8))
    night(ago(days=7))
    product.land(surge(" YARD management ", 60, 2), surge("Yard Management", 59.9, 1), surge("Payroll", 95, 1))
    assert night(NOW).base is not None
    carried = standing(company)
    assert reasons() == {"too_weak": 2, "other_topic": 2}
    IntentRun.objects.update(rules_hash="of other rules")
    assert night(NOW).base is None
    assert abs(standing(company).score - carried.score) <= 1e-9
    assert standing(company).surge == carried.surge
    opened = open_score(company.accounts["kroeger"].id)
    assert sorted(one.strength for one in opened.signals) == [60.0, 70.0]
    assert abs(opened.off) <= 1e-9
    out = client_of("revops").get("/intent/left-out/other_topic").content.decode()
    assert "Topic not ours" in out
    assert ", row 3" in out
    assert adopt_topics([], actor=company.actor("olga"), now=NOW) == rules_in_force().version
    assert rules_in_force().rules.topics == ()


@pytest.mark.django_db
def test_topics_are_adopted_by_those_who_may_and_changed_over_the_api(
    product: Product, company: Company, client_of: Callable[..., Client]
) -> None:
    client = client_of("revops")
    with pytest.raises(InvalidInput, match="No topic is proposed"):
        adopt_topics(None, actor=company.actor("olga"), now=NOW)
    assert topic_proposal(now=NOW) == ()
    assert client.post("/intent/kinds/topics").status_code == 422
    assert client_of("maya").post("/intent/kinds/topics").status_code == 403
    told = client.get("/api/v1/intent/kinds").json()
    assert (told["version"], told["rules"]["kinds"]["topic_surge"]["least_strength"]) == (None, 60.0)
    body = {"rules": told["rules"] | {"topics": ["Yard Management"]}, "reason": "What we sell", "is_adopted": True}
    wrong = body | {"rules": told["rules"] | {"unnamed": "nothing"}}
    assert client.post("/api/v1/intent/kinds", wrong, content_type="application/json").status_code == 422
    assert client_of("maya").post("/api/v1/intent/kinds", body, content_type="application/json").status_code == 403
    assert not KindSetting.objects.exists()
    assert client.post("/api/v1/intent/kinds", body, content_type="application/json").status_code == 201
    assert rules_in_force().rules.topics == ("Yard Management",)
    page = client.get("/intent/kinds").content.decode()
    assert "Surges on other topics count nothing" in page
    assert "Yard Management</textarea>" in client.get("/intent/kinds/edit").content.decode()


def made(size: int = 3_000) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Accounts in need read of yards and buy; of payroll anybody reads."""
    luck = np.random.default_rng(20)
    need = luck.random(size) < 0.2
    yards = (luck.random(size) < np.where(need, 0.7, 0.1)).astype(float)
    payroll = (luck.random(size) < 0.3).astype(float)
    outcome = (luck.random(size) < np.where(need, 0.3, 0.05)).astype(float)
    return np.arange(size) % 1_000, outcome, {"Payroll": payroll, "Yards": yards}


def test_a_topic_that_came_before_opportunities_more_often_than_chance_is_proposed() -> None:
    account, outcome, exposed = made()
    yards, payroll = topic_lifts(account, outcome, exposed)
    assert (yards.topic, yards.is_proposed) == ("Yards", True)
    assert yards.low > 1.5
    assert (payroll.topic, payroll.is_proposed) == ("Payroll", False)
    assert payroll.low < 1 < payroll.high
    told = exposed["Yards"]
    assert (yards.exposed, yards.hits) == (int(told.sum()), int((told * outcome).sum()))
    assert yards.lift == pytest.approx((yards.hits / yards.exposed) / outcome.mean())
    assert topic_lifts(account, np.zeros(len(outcome)), exposed)[0].is_proposed is False
    assert topic_lifts(account[:0], outcome[:0], {}) == ()
