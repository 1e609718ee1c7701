"""Addresses of reporting: what came from the bureau, and the fragments that pages of filing take in."""

from __future__ import annotations

from django.urls import path

from reporting.views import fragments, inbox

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/<int:pk>/", inbox.download_detail, name="download_detail"),
    path("inbox/<int:pk>/apply/", inbox.download_apply, name="download_apply"),
    path("inbox/<int:pk>/<int:position>/", inbox.download_item, name="download_item"),
    path("inbox/<int:pk>/<int:position>/handled/", inbox.download_item_handled, name="download_item_handled"),
    path("links/status/", fragments.link_status, name="link_status"),
    path("links/panel/", fragments.link_panel, name="link_panel"),
    path("links/freshness/", fragments.requests_freshness, name="requests_freshness"),
    path("requests/<path:ref>/freshness/", fragments.request_freshness, name="request_freshness"),
    path("requests/<path:ref>/xml/", fragments.request_xml, name="request_xml"),
]
