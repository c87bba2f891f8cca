"""Every address of the product. Each room brings its own pages; the API has one root."""

from django.urls import include, path

urlpatterns = [
    path("sign-in/", include("allauth.urls")),
]
