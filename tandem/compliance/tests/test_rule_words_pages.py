"""Pages of changing rules, disclosure, scores and recorders: what they say, who may use them, what they refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tandem.compliance.actions.disclosing import set_disclosure
from tandem.compliance.actions.rule_impact import TASK, ask_impact, work_out_impact
from tandem.compliance.contracts.disclosure import DisclosureKind
from tandem.compliance.models import DisclosureSetting, LedgerEntry, RuleImpact
from tandem.compliance.queries import rule_impacts
from tandem.compliance.queries.decision_subjects import count_decision_subjects, decision_subjects
from tandem.core.actors import built_in_agent
from tandem.core.errors import InvalidInput
from tandem.core.jobs import list_jobs, registry
from tandem.core.jobs.progress import Progress
from tandem.core.jobs.rows import claim_next
from tests.company import Company

pytestmark = pytest.mark.django_db
WORKER = built_in_agent("worker", "worker")
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


# --- changes and impact ---


def test_the_feed_names_what_comes_and_what_was(company: Company, client_of: Any) -> None:
    page = text_of(client_of("manager").get("/compliance/rules/changes"))
    assert "US-WAOR-AI-001" in page
    assert "EU-AIA-501" in page
    assert "comes into force" in page
    assert "Every rule is known in one version only." in page
    assert "Compliance or RevOps tries a change" in page


def test_every_contact_is_a_request_with_what_registries_hold(company: Company) -> None:
    found = list(decision_subjects(NOW))
    assert len(found) == count_decision_subjects() > 0
    assert {one.request["channel"] for one in found} == {"email", "phone_manual"}
    assert all(one.key.startswith("contact:") and isinstance(one.request["suppressed"], bool) for one in found)


def test_a_comparison_is_asked_for_worked_out_and_shown(company: Company, client_of: Any) -> None:
    client = client_of("compliance")
    asked = client.post("/compliance/rules/changes/ask", {"before": "2025-06-01", "after": "2026-11-24"})
    row = RuleImpact.objects.get()
    assert asked.status_code == 302
    assert "It is being worked out." in text_of(client.get(f"/compliance/rules/changes/{row.id}"))
    _work(row.id)
    page = text_of(client.get(f"/compliance/rules/changes/{row.id}"))
    assert "contacts by channel end otherwise" in page or "Nobody" in page
    assert rule_impacts.get_impact(row.id).status == "done"
    assert LedgerEntry.objects.filter(action="compliance.impact_asked", subject=f"rule_impact:{row.id}").exists()
    assert "the law of 01 Jun 2025" in text_of(client.get("/compliance/rules/changes"))


def _work(impact_id: int) -> None:
    """Do the job as a worker does."""
    registry.discover()
    claim = claim_next(registry.list_tasks(), datetime.now(UTC) + timedelta(minutes=1))
    assert claim is not None
    assert claim.task.name == TASK
    work_out_impact(impact_id, now=NOW, progress=Progress(claim))


def test_a_report_names_rules_campaigns_and_contacts(company: Company, client_of: Any) -> None:
    found = {
        "decided": 9, "changed_count": 2, "unreadable_count": 0, "unreadable": [], "by_rule": {"EU-AIA-501": 2},
        "by_campaign": {"spring": 1, "": 1}, "by_channel": {"email": 2}, "by_place": {"DE": 2}, "by_turn": {"allow to block": 2},
        "changed": [{"subject": "contact:1", "campaign": "spring", "channel": "email", "places": ["DE"], "before": "allow",
                     "after": "block", "rules": ["EU-AIA-501"], "why": "It must not happen."}],
    }  # fmt: skip
    row = RuleImpact.objects.create(question={"kind": "own_packs"}, asked_at=NOW, done_at=NOW, found=found)
    page = text_of(client_of("manager").get(f"/compliance/rules/changes/{row.id}"))
    for told in ("2 of 9 contacts by channel end otherwise.", "EU-AIA-501", "spring", "contact:1", "allow to block",
                 "It must not happen."):  # fmt: skip
        assert told in page
    assert client_of("manager").get("/compliance/rules/changes/999999").status_code == 404


@pytest.mark.parametrize("days", [{"before": "2026-01-01", "after": "2026-01-01"}, {"before": "", "after": "x"}, {"own_packs": "1"}])  # fmt: skip
def test_a_question_without_sense_is_refused(company: Company, client_of: Any, days: dict[str, str]) -> None:
    answer = client_of("revops").post("/compliance/rules/changes/ask", days)
    assert answer.status_code in (400, 422)
    assert RuleImpact.objects.count() == 0
    assert list_jobs() == ()


def test_a_manager_does_not_ask(company: Company, client_of: Any) -> None:
    assert client_of("manager").post("/compliance/rules/changes/ask", {}).status_code == 403
    assert client_of("seller").get("/compliance/rules/changes").status_code == 403
    with pytest.raises(InvalidInput):
        ask_impact(actor=WORKER, now=NOW)


# --- the page that says plainly ---


def test_rules_that_need_a_lawyer_are_counted_with_reasons_and_can_be_picked(company: Company, client_of: Any) -> None:
    client = client_of("compliance")
    page = text_of(client.get("/compliance/rules?lawyer=yes"))
    assert "The source is thin, secondary or old" in page
    assert "US-CO-AI-001" in page
    assert 'id="EU-AIA-501"' not in page
    low = text_of(client.get("/compliance/rules?confidence=low"))
    assert "a thin, secondary or old source" in low
    assert 'id="EU-AIA-501"' not in low


# --- trying ---


def test_two_situations_stand_side_by_side_with_their_scores(company: Company, client_of: Any) -> None:
    facts = "channel=email&recipient.country=DE&recipient.kind=corporate_named"
    facts += "&other.recipient.country=US&other.recipient.region=TX"
    page = text_of(client_of("compliance").get(f"/compliance/try?{facts}"))
    assert "What if" in page
    assert "EU-DE-EMAIL-NAMED" in page
    assert "US-CANSPAM-004" in page
    assert page.count(" of 100</h3>") == 2


# --- disclosure ---


def test_the_preview_shows_the_words_where_they_stand_and_why(company: Company, client_of: Any) -> None:
    page = text_of(client_of("manager").get("/compliance/disclosure?country=DE&channel=email&writer=ai"))
    assert "Diese Nachricht hat ein KI-System (ein Bot) verfasst und gesendet" in page
    assert "EU-AIA-501" in page
    assert "Kostenlos abbestellen: [unsubscribe link]" in page
    approved = text_of(client_of("manager").get("/compliance/disclosure?country=DE&channel=email&writer=approved"))
    assert "no rule asks for it here, and nobody switched it on" in approved
    wrong = text_of(client_of("manager").get("/compliance/disclosure?channel=fax"))
    assert "channel can&#x27;t be &#x27;fax&#x27;" in wrong


def test_disclosure_is_set_on_its_page_and_refused_with_the_rule(company: Company, client_of: Any) -> None:
    client = client_of("compliance")
    told = {"kind": "footer", "place": "DE", "is_on": "yes", "reason": "Works council"}
    assert client.post("/compliance/disclosure/set", told).status_code == 302
    assert "Works council" in text_of(client.get("/compliance/disclosure"))
    refused = client.post("/compliance/disclosure/set", {**told, "kind": "opening", "is_on": "no"})
    assert refused.status_code == 422
    assert "AI-PRODUCT-001" in text_of(refused)
    assert DisclosureSetting.objects.count() == 1
    assert client_of("manager").post("/compliance/disclosure/set", told).status_code == 403


def test_older_versions_stay_to_be_read(company: Company, client_of: Any) -> None:
    for number in (1, 2):
        set_disclosure(DisclosureKind.FOOTER, is_on=number == 1, reason=f"try {number}", actor=WORKER, now=NOW)
    page = text_of(client_of("compliance").get("/compliance/disclosure"))
    assert "version 1" in page
    assert "try 1" in page


# --- scores and recorders ---


def test_without_decisions_the_scores_say_what_to_do(company: Company, client_of: Any) -> None:
    page = text_of(client_of("executive").get("/compliance/scores?days=1e9"))
    assert "The gate has decided on nothing yet" in page
    assert "/compliance/try" in page


def test_a_recorder_is_checked_on_its_page(company: Company, client_of: Any) -> None:
    client = client_of("compliance")
    assert "Say how it is set" in text_of(client.get("/compliance/recorder"))
    page = text_of(client.get("/compliance/recorder?vendor=zoom&places=US-CA&consent_prompt=no&retention_days=400"))
    assert "It must not record like this" in page
    assert "REC-US-CA-001" in page
    assert "Recordings are kept 400 days." in page
    assert "is no country or state" in text_of(client.get("/compliance/recorder?vendor=zoom&places=Mars"))
