"""Addresses of engagement: each web module brings its own."""

from django.urls.resolvers import URLPattern

from tandem.engagement.web import (
    calendars,
    campaigns,
    domains,
    huddle,
    inbox,
    incoming,
    outcomes,
    outreach,
    policies,
    review,
    review_batch,
    sequences,
    voice,
)

urlpatterns: list[URLPattern] = [
    *outreach.urlpatterns,
    *sequences.urlpatterns,
    *campaigns.urlpatterns,
    *calendars.urlpatterns,
    *inbox.urlpatterns,
    *incoming.urlpatterns,
    *policies.urlpatterns,
    *domains.urlpatterns,
    *huddle.urlpatterns,
    *outcomes.urlpatterns,
    *review.urlpatterns,
    *review_batch.urlpatterns,
    *voice.urlpatterns,
]
