"""Pages and API of sending domains."""

from __future__ import annotations

import pytest

from tandem.engagement.models import SendingDomain
from tandem.engagement.tests.test_senders import domain_with, warmed

pytestmark = pytest.mark.django_db


def test_the_list_and_the_page_tell_state_ramp_and_health(client_of) -> None:
    domain, boxes = domain_with(2)
    warmed(domain, boxes)
    client = client_of("revops")
    page = client.get("/outreach/domains").content.decode()
    assert "outreach.example" in page
    assert "Health by provider" in page
    page = client.get(f"/outreach/domains/{domain.id}").content.decode()
    assert "box0@outreach.example" in page
    assert "Pause the domain" in page


def test_a_seller_sees_domains_and_can_not_pause_them(client_of) -> None:
    domain, _ = domain_with()
    client = client_of("seller")
    assert "Pause the domain" not in client.get(f"/outreach/domains/{domain.id}").content.decode()
    assert client.post(f"/outreach/domains/{domain.id}/pause", {"reason": "no"}).status_code == 403
    assert SendingDomain.objects.get().paused_at is None


def test_revops_pauses_and_resumes_with_a_reason(client_of) -> None:
    domain, _ = domain_with()
    client = client_of("revops")
    client.post(f"/outreach/domains/{domain.id}/pause", {"reason": "the site moves"})
    domain.refresh_from_db()
    assert (domain.paused_at is not None, domain.why) == (True, "the site moves")
    client.post(f"/outreach/domains/{domain.id}/resume", {"reason": "moved"})
    domain.refresh_from_db()
    assert (domain.paused_at, domain.throttle) == (None, 0.5)
    told = client.get("/api/v1/sending-domains").json()["items"][0]
    assert told["name"] == "outreach.example"
