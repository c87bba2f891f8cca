"""Addresses of engagement: each web module brings its own."""

from django.urls.resolvers import URLPattern

from tandem.engagement.web import review, review_batch

urlpatterns: list[URLPattern] = [
    *review.urlpatterns,
    *review_batch.urlpatterns,
]
