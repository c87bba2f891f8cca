"""Data health shows where facts come from, what was refused and why, and takes new files."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tandem.core.models import Job

pytestmark = pytest.mark.django_db


def test_every_source_and_load_opens(company, client_of):
    client = client_of("manager")
    page = client.get("/data").content.decode()
    for source in company.sources.values():
        assert source.name in page
        assert client.get(f"/data/sources/{source.key}").status_code == 200
    for load in company.loads.values():
        assert client.get(f"/data/loads/{load.id}").status_code == 200


def test_refused_rows_stand_with_their_reasons_and_can_be_taken_out(company, client_of):
    load = company.loads["leads"]
    client = client_of("revops")
    assert "Refused rows" in client.get(f"/data/loads/{load.id}").content.decode()
    answer = client.get(f"/data/loads/{load.id}/rejects.csv")
    assert answer.status_code == 200
    assert b"reason" in b"".join(answer.streaming_content)


def test_a_manager_may_not_take_rejects_out(company, client_of):
    assert client_of("manager").get(f"/data/loads/{company.loads['leads'].id}/rejects.csv").status_code == 403


def test_what_the_data_carry_is_measured_on_demand(company, client_of):
    client = client_of("revops")
    assert client.post("/data/measure").status_code == 302
    page = client.get("/data").content.decode()
    assert "Win, slip or lose" in page
    assert "Not enough data" in client.get("/data/workflows/win_probability").content.decode()


def test_an_uploaded_file_is_handed_to_the_worker(company, client_of):
    file = SimpleUploadedFile("contacts.csv", b"Email,First Name\na@b.example,Ann\n")
    answer = client_of("revops").post("/data/upload", {"file": file, "source": "fair"})
    job = Job.objects.get(task="accounts.import_file")
    assert answer["Location"] == f"/jobs/{job.id}"


def test_an_empty_file_is_refused_in_place(company, client_of):
    answer = client_of("revops").post("/data/upload", {"file": SimpleUploadedFile("x.csv", b"")})
    assert answer.status_code == 422
    assert not Job.objects.filter(task="accounts.import_file").exists()


def test_a_seller_may_not_upload(company, client_of):
    file = SimpleUploadedFile("contacts.csv", b"a,b\n1,2\n")
    assert client_of("seller").post("/data/upload", {"file": file}).status_code == 403


def test_an_expectation_makes_a_silent_source_late(company, client_of):
    source = company.sources["crm"]
    client = client_of("revops")
    assert client.post(f"/data/sources/{source.key}/edit", {"every_hours": "1"}).status_code == 302
    assert "late" in client.get(f"/data/sources/{source.key}").content.decode()
    assert client_of("manager").get(f"/data/sources/{source.key}/edit").status_code == 403
