"""Addresses of engagement: each web module brings its own."""

from django.urls.resolvers import URLPattern

from tandem.engagement.web import domains, outcomes, review, review_batch, voice

urlpatterns: list[URLPattern] = [
    *domains.urlpatterns,
    *outcomes.urlpatterns,
    *review.urlpatterns,
    *review_batch.urlpatterns,
    *voice.urlpatterns,
]
