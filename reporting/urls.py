"""Addresses of reporting: what came from the bureau, and the fragments that pages of filing take in."""

from __future__ import annotations

from django.urls import path

from reporting.views import diagnosis, fragments, inbox, numbers, seen

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/<int:pk>/", inbox.download_detail, name="download_detail"),
    path("inbox/<int:pk>/apply/", inbox.download_apply, name="download_apply"),
    path("inbox/<int:pk>/<int:position>/", inbox.download_item, name="download_item"),
    path("inbox/<int:pk>/<int:position>/handled/", inbox.download_item_handled, name="download_item_handled"),
    path("links/status/", fragments.link_status, name="link_status"),
    path("links/panel/", fragments.link_panel, name="link_panel"),
    path("links/freshness/", fragments.requests_freshness, name="requests_freshness"),
    path("links/<int:isp_id>/numbers/", numbers.link_numbers, name="link_numbers"),
    path("links/<int:isp_id>/numbers/compare/", numbers.link_numbers_compare, name="link_numbers_compare"),
    path("links/<int:isp_id>/numbers/decide/", numbers.link_numbers_decide, name="link_numbers_decide"),
    path("links/<int:isp_id>/numbers/held/", numbers.link_numbers_held, name="link_numbers_held"),
    path("requests/<path:ref>/diagnosis/", diagnosis.request_diagnosis, name="request_diagnosis"),
    path("requests/<path:ref>/freshness/", fragments.request_freshness, name="request_freshness"),
    path("requests/<path:ref>/xml/images/<int:number>/", seen.request_xml_image, name="request_xml_image"),
    path("requests/<path:ref>/xml/", seen.request_xml, name="request_xml"),
]
