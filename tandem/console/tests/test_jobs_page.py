"""The jobs page shows what gave up, and a person runs it again."""

from __future__ import annotations

import pytest

from tandem.core.clock import now as present
from tandem.core.models import Job, JobState

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead_job(company):
    moment = present()
    return Job.objects.create(
        task="core.delete_done_jobs", state=JobState.DEAD, error="The disk is full.", tries=5, created_at=moment,
        finished_at=moment,
    )  # fmt: skip


def test_a_dead_job_stands_on_top_and_is_run_again_by_revops(dead_job, client_of):
    client = client_of("revops")
    page = client.get("/jobs").content.decode()
    assert "gave up" in page
    assert "The disk is full." in page
    assert client.post(f"/jobs/{dead_job.id}/rerun").status_code == 302
    dead_job.refresh_from_db()
    assert dead_job.state == JobState.WAITING


def test_an_executive_sees_jobs_and_can_not_run_them(dead_job, client_of):
    client = client_of("executive")
    assert client.get(f"/jobs/{dead_job.id}").status_code == 200
    assert client.post(f"/jobs/{dead_job.id}/rerun").status_code == 403
    dead_job.refresh_from_db()
    assert dead_job.state == JobState.DEAD
