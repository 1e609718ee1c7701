"""The root of all addresses: each package brings its own."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("filing.urls")),
    path("", include("verification.urls")),
    path("", include("reporting.urls")),
]
