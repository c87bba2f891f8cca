"""Addresses of compliance."""

from tandem.compliance.web import (
    keeping,
    messages,
    notices,
    overview,
    pages,
    people,
    privacy,
    proofs,
    public,
    quiet,
    registers,
    residency,
    rights,
    rules,
    suppression,
    switches,
)

urlpatterns = [
    *pages.urlpatterns,
    *proofs.urlpatterns,
    *public.urlpatterns,
    *overview.urlpatterns,
    *messages.urlpatterns,
    *suppression.urlpatterns,
    *switches.urlpatterns,
    *quiet.urlpatterns,
    *people.urlpatterns,
    *registers.urlpatterns,
    *rules.urlpatterns,
    *residency.urlpatterns,
    *rights.urlpatterns,
    *keeping.urlpatterns,
    *notices.urlpatterns,
    *privacy.urlpatterns,
]
