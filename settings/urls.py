"""The root of all addresses: each package brings its own."""

from __future__ import annotations

from django.urls import include, path

# A request's ref may hold any characters, "/" too: its own page takes what the addresses below it left over, so
# filing comes last.
urlpatterns = [
    path("", include("reporting.urls")),
    path("", include("verification.urls")),
    path("", include("accounts.urls")),
    path("", include("filing.urls")),
]
