"""Addresses of prospecting: each web module brings its own."""

from tandem.prospecting.web import agents, effect, icp, incoming, lists, ranking, research, search, sources

urlpatterns = [
    *research.urlpatterns,
    *ranking.urlpatterns,
    *icp.urlpatterns,
    *sources.urlpatterns,
    *incoming.urlpatterns,
    *search.urlpatterns,
    *lists.urlpatterns,
    *agents.urlpatterns,
    *effect.urlpatterns,
]
