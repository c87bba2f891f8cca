"""Addresses of compliance."""

from tandem.compliance.web import pages, public

urlpatterns = [*pages.urlpatterns, *public.urlpatterns]
