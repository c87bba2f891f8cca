"""The pages of switches and quiet days: one press stops, the bar stands on every page, the report proves, people edit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tandem.access.actions import create_agent, create_token
from tandem.compliance.models import KillLimits, LedgerEntry, QuietPeriod, Switch
from tandem.compliance.queries import switches as queries
from tandem.core import clock
from tests.company import Company

ClientOf = Callable[..., Client]
SWITCHES, QUIET = "/compliance/switches", "/compliance/quiet"
ROLES = ("seller", "sdr", "manager", "revops", "executive", "compliance")


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.parametrize("role", ROLES)
def test_one_press_stops_everything_and_the_bar_stands_on_every_page(
    company: Company, client_of: ClientOf, role: str
) -> None:
    client = client_of(role)
    assert "Stop everything" in text_of(client, SWITCHES)
    assert "stop-bar" not in text_of(client, "/")
    answer = client.post(f"{SWITCHES}/throw", {"scope": "global", "reason": "Outage"})
    [switch] = Switch.objects.all()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{SWITCHES}/{switch.id}")
    assert switch.thrown_by is not None
    for address in ("/", "/profile", SWITCHES, f"{SWITCHES}/{switch.id}"):
        page = text_of(client, address)
        assert "Everything is stopped." in page, address
        assert "Outage" in page
    report = text_of(client, f"{SWITCHES}/{switch.id}")
    assert "Nothing was taken for sending after the stop" in report
    assert 'hx-trigger="every 2s"' in report


def test_revops_lifts_on_the_page_and_a_seller_may_not(company: Company, client_of: ClientOf) -> None:
    client_of("seller").post(f"{SWITCHES}/throw", {"scope": "global", "reason": "Outage"})
    switch = Switch.objects.get()
    assert client_of("seller").post(f"{SWITCHES}/{switch.id}/lift", {"reason": "Over"}).status_code == 403
    assert client_of("revops").post(f"{SWITCHES}/{switch.id}/lift", {"reason": ""}).status_code == 422
    assert queries.all_thrown() != []
    assert client_of("revops").post(f"{SWITCHES}/{switch.id}/lift", {"reason": "Over"}).status_code == 302
    assert queries.all_thrown() == []
    page = text_of(client_of("seller"), f"{SWITCHES}/{switch.id}")
    assert "lifted" in page
    assert "hx-trigger" not in page.split('id="stop-report"')[1].split(">")[0]
    assert "Over" in text_of(client_of("seller"), SWITCHES)


def test_the_live_part_answers_alone(company: Company, client_of: ClientOf) -> None:
    client = client_of("manager")
    client.post(f"{SWITCHES}/throw", {"scope": "channel", "key": "phone AI", "reason": "Wrong voice"})
    switch = Switch.objects.get()
    assert (switch.scope, switch.key) == ("channel", "phone_ai")
    part = client.get(f"{SWITCHES}/{switch.id}", headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div class="apart" id="stop-report"')
    assert "<html" not in part
    assert "Channel phone ai" in text_of(client, SWITCHES)


@pytest.mark.parametrize(
    "said",
    [
        {"scope": "", "reason": "x"},
        {"scope": "moon", "reason": "x"},
        {"scope": "region", "key": "Atlantis", "reason": "x"},
        {"scope": "global", "reason": " "},
    ],
)
def test_a_stop_that_makes_no_sense_is_refused(company: Company, client_of: ClientOf, said: dict[str, str]) -> None:
    assert client_of("seller").post(f"{SWITCHES}/throw", said).status_code == 422
    assert not Switch.objects.exists()


def test_limits_are_changed_on_their_page(company: Company, client_of: ClientOf) -> None:
    address = f"{SWITCHES}/limits"
    assert client_of("manager").get(address).status_code == 403
    revops = client_of("revops")
    assert 'value="3"' in text_of(revops, address)
    said = {"days_between_touches": "5", "objection_days": "", "review_above": "1000", "stop_on_open_deal": "on"}
    assert revops.post(address, said).status_code == 302
    limits = queries.limits()
    assert (limits.days_between_touches, limits.objection_days, limits.review_above) == (5, None, 1000)
    assert (limits.stop_on_open_deal, limits.stop_on_legal_dispute) == (True, False)
    assert revops.post(address, {"days_between_touches": "-1"}).status_code == 422
    assert KillLimits.objects.get().days_between_touches == 5


def test_the_quiet_calendar_is_filled_by_a_click_changed_and_ended(company: Company, client_of: ClientOf) -> None:
    revops = client_of("revops")
    assert "No quiet period is in use" in text_of(revops, QUIET)
    assert client_of("manager").post(f"{QUIET}/adopt/retail-peak").status_code == 403
    assert revops.post(f"{QUIET}/adopt/retail-peak").status_code == 302
    period = QuietPeriod.objects.get()
    page = text_of(client_of("seller"), QUIET)
    assert "Retail peak" in page
    assert "quiet now" in page, "it is 24 November"
    assert f"{QUIET}/{period.id}" not in page, "sellers look"
    assert 'class="y-on" x="323" width="37"' in page
    form = text_of(revops, f"{QUIET}/{period.id}")
    assert 'value="retail; e-commerce' in form
    said = {"name": "Retail peak", "starts_on": "2026-12-01", "ends_on": "2026-12-24", "industries": "retail"}
    assert revops.post(f"{QUIET}/{period.id}", said).status_code == 302
    assert "quiet now" not in text_of(revops, QUIET)
    assert revops.post(f"{QUIET}/{period.id}", {**said, "places": "Atlantis"}).status_code == 422
    assert revops.post(f"{QUIET}/{period.id}/end", {"reason": "Not ours"}).status_code == 302
    assert queries.all_quiet() == []


def test_a_period_is_entered_exported_and_imported_again(company: Company, client_of: ClientOf) -> None:
    revops = client_of("revops")
    said = {"name": "Results", "starts_on": "2026-04-01", "ends_on": "2026-05-10", "accounts": "account:12"}
    assert revops.post(f"{QUIET}/new", said).status_code == 302
    for name in ("quiet.csv", "quiet.ics"):
        answer = revops.get(f"/compliance/{name}")
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        assert b"Results" in content
        QuietPeriod.objects.all().delete()
        page = revops.post(f"{QUIET}/import", {"file": SimpleUploadedFile(name, content)}).content.decode()
        assert "1 added, 0 known already, 0 refused." in page
        assert QuietPeriod.objects.get().accounts == ["account:12"]
    assert LedgerEntry.objects.filter(action="compliance.quiet_calendar_exported").count() == 2
    wrong = revops.post(f"{QUIET}/import", {"file": SimpleUploadedFile("x.csv", b"\xff")})
    assert wrong.status_code == 422


@pytest.mark.parametrize("year", ["1", "99999", "x", "2027", "0000"])
def test_any_year_can_be_asked_for(company: Company, client_of: ClientOf, year: str) -> None:
    assert "Quiet calendar" in text_of(client_of("seller"), f"{QUIET}?year={year}")


def an_agent(company: Company, *scopes: str) -> str:
    """A token of an agent with these scopes."""
    olga, moment = company.actor("olga"), clock.now()
    pk = create_agent(
        name="watcher", purpose="Watches", scopes=scopes, answerable_id=olga.id, actor=olga, now=moment
    )  # fmt: skip
    return create_token(agent_id=pk, actor=olga, now=moment)


def test_an_agent_stops_over_the_api_reads_the_report_and_never_lifts(company: Company, client: Client) -> None:
    bearer = {"Authorization": f"Bearer {an_agent(company, 'gate.stop', 'accounts.read')}"}

    def post(path: str, body: dict[str, str]) -> Any:
        return client.post(f"/api/v1/switches{path}", body, content_type="application/json", headers=bearer)

    first = post("", {"reason": "Bounces rise"}).json()
    assert post("", {"reason": "Bounces rise"}).json() == first
    [row] = client.get("/api/v1/switches", headers=bearer).json()["items"]
    assert (row["id"], row["scope"], row["reason"]) == (first["id"], "global", "Bounces rise")
    report = client.get(f"/api/v1/switches/{first['id']}/report", headers=bearer).json()
    assert (report["claims_after"], report["under_way"]) == (0, 0)
    assert client.get("/api/v1/accounts", headers=bearer).status_code == 403, "everything is stopped"
    assert post(f"/{first['id']}/lift", {"reason": "Over"}).status_code == 403
    assert post("", {"scope": "moon", "reason": "x"}).status_code == 422
    assert queries.all_thrown() != []


def test_an_agent_without_the_scope_stops_nothing_over_the_api(company: Company, client: Client) -> None:
    bearer = {"Authorization": f"Bearer {an_agent(company, 'accounts.read', 'gate.read')}"}
    answer = client.post(
        "/api/v1/switches", {"reason": "x"}, content_type="application/json", headers=bearer
    )  # fmt: skip
    assert answer.status_code == 403
    assert not Switch.objects.exists()
    assert client.get("/api/v1/switches/999999999999/report", headers=bearer).status_code == 404
