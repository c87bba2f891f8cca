"""Settings are seen by those who may, changed by RevOps with a reason, and refused in place when they make no sense."""

from __future__ import annotations

import pytest

from tandem.access.queries import get_organisation
from tandem.accounts.models import SurvivorshipRule

pytestmark = pytest.mark.django_db


def test_secrets_of_the_environment_are_never_shown(company, client_of, monkeypatch):
    monkeypatch.setenv("TANDEM_OIDC_CLIENT_SECRET", "very-secret-words")
    page = client_of("executive").get("/settings").content.decode()
    assert "set, not shown" in page
    assert "very-secret-words" not in page


def test_revops_changes_the_company(company, client_of):
    told = {"name": "Aislewright", "currency": "GBP", "country": "GB", "time_zone": "Europe/London",
            "fiscal_year_starts_month": "4", "domains": "aislewright.example, aw.example"}  # fmt: skip
    assert client_of("revops").post("/settings/organisation", told).status_code == 302
    organisation = get_organisation()
    assert (organisation.currency, organisation.fiscal_year_starts_month) == ("GBP", 4)
    assert organisation.domains == ("aislewright.example", "aw.example")


def test_a_rule_that_makes_no_sense_is_refused_in_place(company, client_of):
    client = client_of("revops")
    answer = client.post("/settings/rules/account/domain", {"strategies": "most_recent", "reason": "Try"})
    assert answer.status_code == 422
    assert not SurvivorshipRule.objects.exists()
    told = {"strategies": "correction, most_recent", "reason": "Fresh domains"}
    assert client.post("/settings/rules/account/domain", told).status_code == 302
    assert SurvivorshipRule.objects.get().field == "domain"


def test_thresholds_are_set_and_a_review_above_automatic_is_refused(company, client_of):
    client = client_of("revops")
    assert client.post("/settings/matching/account", {"automatic": "0.9", "review": "0.95"}).status_code == 422
    assert client.post("/settings/matching/account", {"automatic": "0.97", "review": "0.4"}).status_code == 302


@pytest.mark.parametrize("role", ["seller", "executive", "compliance"])
def test_only_revops_changes_settings(company, client_of, role):
    assert client_of(role).post("/settings/organisation", {"currency": "USD"}).status_code == 403
    assert get_organisation().currency == "EUR"
