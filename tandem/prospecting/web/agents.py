"""Ready prospects of a list as the file that a vendor's agent takes."""

from __future__ import annotations

from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path

from tandem.access.guard import page
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import NotFound
from tandem.prospecting.actions.handing_to_agents import agent_file
from tandem.prospecting.domain.agent_files import SalesAgent


@page("prospect", "export")
def file(request: HttpRequest, list_id: int, agent: str) -> StreamingHttpResponse:
    """The people who may be handed over now; those left out are counted in a header and in the ledger."""
    known = [one.value for one in SalesAgent]
    if agent not in known:
        raise NotFound(
            f"There is no file for an agent called {agent!r}.", hint=f"There are files for {', '.join(known)}."
        )
    found = agent_file(list_id, SalesAgent(agent), actor=actor_of(request), now=moment_of(request))
    answer = StreamingHttpResponse((line.encode() for line in found.lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{agent}-list-{list_id}.csv"'
    answer["X-Rows-Left-Out"] = str(len(found.left_out))
    return answer


urlpatterns = [path("prospecting/lists/<int:list_id>/<str:agent>.csv", file, name="prospect_agent_file")]
