"""Addresses of prospecting: each web module brings its own."""

from tandem.prospecting.web import icp, incoming, ranking, sources

urlpatterns = [
    *ranking.urlpatterns,
    *icp.urlpatterns,
    *sources.urlpatterns,
    *incoming.urlpatterns,
]
