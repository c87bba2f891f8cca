"""Addresses of prospecting: each web module brings its own."""

from tandem.prospecting.web import icp, ranking

urlpatterns = [
    *ranking.urlpatterns,
    *icp.urlpatterns,
]
