"""Addresses of reporting: for now the fragments that pages of filing take in."""

from __future__ import annotations

from django.urls import path

from reporting.views import fragments

urlpatterns = [
    path("links/status/", fragments.link_status, name="link_status"),
    path("links/panel/", fragments.link_panel, name="link_panel"),
    path("links/freshness/", fragments.requests_freshness, name="requests_freshness"),
    path("requests/<str:ref>/freshness/", fragments.request_freshness, name="request_freshness"),
    path("requests/<str:ref>/xml/", fragments.request_xml, name="request_xml"),
]
