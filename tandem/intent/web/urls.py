"""Addresses of intent: each web module brings its own."""

from tandem.intent.web import pages, setting_pages, tracking

urlpatterns = [*pages.urlpatterns, *setting_pages.urlpatterns, *tracking.urlpatterns]
