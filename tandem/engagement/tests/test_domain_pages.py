"""Pages and API of sending domains."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tandem.engagement.models import DmarcReport, SendingDomain
from tandem.engagement.tests.test_dmarc_reports import row, xml
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


def test_the_pages_ask_the_database_little(client_of, django_assert_max_num_queries) -> None:
    domain, boxes = domain_with(5)
    warmed(domain, boxes)
    client = client_of("revops")
    for address in ("/outreach/domains", f"/outreach/domains/{domain.id}"):
        with django_assert_max_num_queries(25):
            assert client.get(address).status_code == 200


def test_a_report_is_taken_in_from_a_file_and_a_wrong_one_is_refused_beside_the_form(client_of) -> None:
    domain_with()
    client = client_of("revops")
    raw = xml(row("192.0.2.1", 3))
    assert client.post("/outreach/domains/report", {"file": SimpleUploadedFile("r.xml", raw)}).status_code == 302
    assert DmarcReport.objects.count() == 1
    answer = client.post("/outreach/domains/report", {"file": SimpleUploadedFile("r.xml", b"no")})
    assert answer.status_code == 422
    assert "The DMARC report can&#x27;t be read" in answer.content.decode()


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
