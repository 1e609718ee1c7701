"""The root of all addresses: each package brings its own."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

PACKAGES = ("filing", "verification", "reporting")

urlpatterns = [path("", include(f"{package}.urls")) for package in PACKAGES if find_spec(f"{package}.urls")]
