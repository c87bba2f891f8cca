"""Addresses of compliance."""

from tandem.compliance.web import (
    keeping,
    messages,
    notices,
    overview,
    pages,
    people,
    privacy,
    public,
    registers,
    residency,
    rights,
    rules,
    suppression,
)

urlpatterns = [
    *pages.urlpatterns,
    *proofs.urlpatterns,
    *public.urlpatterns,
    *overview.urlpatterns,
    *messages.urlpatterns,
    *suppression.urlpatterns,
    *people.urlpatterns,
    *registers.urlpatterns,
    *rules.urlpatterns,
    *residency.urlpatterns,
    *rights.urlpatterns,
    *keeping.urlpatterns,
    *notices.urlpatterns,
    *privacy.urlpatterns,
]
