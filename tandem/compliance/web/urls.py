"""Addresses of compliance."""

from tandem.compliance.web import pages

urlpatterns = [*pages.urlpatterns]
