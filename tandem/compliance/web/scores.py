"""Compliance scores of what the gate decided, by campaign and workflow."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.compliance.queries import scores
from tandem.core.api import moment_of

DAYS = {"30": "30 days", "90": "90 days", "365": "a year"}
FIRST_DAYS = "90"


@page("rule", "view")
def scores_page(request: HttpRequest) -> HttpResponse:
    """How much of the law messages met, worst campaigns first."""
    days = request.GET.get("days", FIRST_DAYS)
    days = days if days in DAYS else FIRST_DAYS
    table = scores.score_table(now=moment_of(request), days=int(days))
    groups = (("Campaigns", "Campaign", table.by_campaign), ("Workflows", "Workflow", table.by_workflow))
    context = {
        "table": table,
        "groups": [(title, head, list(found.items())) for title, head, found in groups],
        "parts": list(table.total.parts.items()) if table.total else [],
        "days": days,
        "choices": DAYS.items(),
    }
    return render(request, "compliance/scores.html", context)


urlpatterns = [path("compliance/scores", scores_page, name="compliance_scores")]
