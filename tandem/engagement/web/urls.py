"""Addresses of engagement: each web module brings its own."""

from django.urls.resolvers import URLPattern

from tandem.engagement.web import (
    calendars,
    campaigns,
    domains,
    hand_work,
    huddle,
    inbox,
    incoming,
    mailboxes,
    outcomes,
    outreach,
    policies,
    provider_posts,
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
    *mailboxes.urlpatterns,
    *hand_work.urlpatterns,
    *provider_posts.urlpatterns,
    *huddle.urlpatterns,
    *outcomes.urlpatterns,
    *review.urlpatterns,
    *review_batch.urlpatterns,
    *voice.urlpatterns,
]
