"""Every address of the product. Each room brings its own pages; the API has one root."""

from django.urls import include, path

from tandem.config.api import api
from tandem.config.health import healthz

urlpatterns = [
    path("", include("tandem.access.web.urls")),
    path("healthz", healthz, name="healthz"),
    path("api/v1/", api.urls),
    path("", include("tandem.compliance.web.urls")),
    path("", include("tandem.accounts.web.urls")),
    path("", include("tandem.agents.web.urls")),
    path("", include("tandem.intent.web.urls")),
    path("", include("tandem.prospecting.web.urls")),
    path("", include("tandem.engagement.web.urls")),
    path("", include("tandem.console.web.urls")),
]

handler400 = "tandem.core.error_pages.bad_request"
handler403 = "tandem.core.error_pages.forbidden"
handler404 = "tandem.core.error_pages.not_found"
handler500 = "tandem.core.error_pages.server_error"
