"""Addresses of compliance."""

from tandem.compliance.web import overview, pages, people, public, registers, rules, suppression

urlpatterns = [
    *pages.urlpatterns,
    *public.urlpatterns,
    *overview.urlpatterns,
    *suppression.urlpatterns,
    *people.urlpatterns,
    *registers.urlpatterns,
    *rules.urlpatterns,
]
