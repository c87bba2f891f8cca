"""Addresses of intent: each web module brings its own."""

from tandem.intent.web import tracking

urlpatterns = [*tracking.urlpatterns]
