"""Addresses of reporting: what came from the bureau, and the fragments that pages of filing take in."""

from __future__ import annotations

from django.urls import path

from reporting.views import (
    broken,
    diagnosis,
    evidence,
    fragments,
    impact,
    inbox,
    ledger_files,
    link_acts,
    links,
    numbers,
    password,
    search,
    seen,
)

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/<int:pk>/", inbox.download_detail, name="download_detail"),
    path("inbox/<int:pk>/apply/", inbox.download_apply, name="download_apply"),
    path("inbox/<int:pk>/<int:position>/", inbox.download_item, name="download_item"),
    path("inbox/<int:pk>/<int:position>/handled/", inbox.download_item_handled, name="download_item_handled"),
    path("inbox/apply/", inbox.inbox_apply, name="inbox_apply"),
    path("inbox/broken/<int:pk>/", broken.broken_detail, name="broken_detail"),
    path("inbox/broken/<int:pk>/resolved/", broken.broken_resolved, name="broken_resolved"),
    path("rules/impact/", impact.impact_list, name="impact"),
    path("rules/impact/progress/", impact.impact_progress, name="impact_progress"),
    path("rules/impact/start/", impact.impact_start, name="impact_start"),
    path("links/", links.link_list, name="link_list"),
    path("links/export/", ledger_files.ledger_export, name="ledger_export"),
    path("links/<int:isp_id>/", links.link_detail, name="link_detail"),
    path("links/<int:isp_id>/pause/", link_acts.link_pause, name="link_pause"),
    path("links/<int:isp_id>/resume/", link_acts.link_resume, name="link_resume"),
    path("links/<int:isp_id>/check/", link_acts.link_check, name="link_check"),
    path("links/<int:isp_id>/run/", link_acts.link_run, name="link_run"),
    path("links/<int:isp_id>/files/<int:pk>/", ledger_files.link_file, name="link_file"),
    path("links/<int:isp_id>/files/<int:pk>/check/", ledger_files.link_file_check, name="link_file_check"),
    path(
        "links/<int:isp_id>/files/<int:pk>/compare/", ledger_files.link_file_compare, name="link_file_compare"
    ),
    path(
        "links/<int:isp_id>/files/<int:pk>/records/<int:position>/",
        ledger_files.link_file_record,
        name="link_file_record",
    ),
    path(
        "links/<int:isp_id>/files/<int:pk>/zip/",
        ledger_files.link_file_bytes,
        {"kind": "zip"},
        "link_file_zip",
    ),
    path(
        "links/<int:isp_id>/files/<int:pk>/xml/",
        ledger_files.link_file_bytes,
        {"kind": "xml"},
        "link_file_xml",
    ),
    path("links/search/", search.search_files, name="search_files"),
    path("links/status/", fragments.link_status, name="link_status"),
    path("links/panel/", fragments.link_panel, name="link_panel"),
    path("links/choice/", fragments.link_choice, name="link_choice"),
    path("links/freshness/", fragments.requests_freshness, name="requests_freshness"),
    path("links/<int:isp_id>/numbers/", numbers.link_numbers, name="link_numbers"),
    path("links/<int:isp_id>/numbers/compare/", numbers.link_numbers_compare, name="link_numbers_compare"),
    path("links/<int:isp_id>/numbers/decide/", numbers.link_numbers_decide, name="link_numbers_decide"),
    path("links/<int:isp_id>/numbers/held/", numbers.link_numbers_held, name="link_numbers_held"),
    path("requests/<path:ref>/evidence/", evidence.request_evidence, name="request_evidence"),
    path("requests/<path:ref>/diagnosis/", diagnosis.request_diagnosis, name="request_diagnosis"),
    path("requests/<path:ref>/password-check/", password.password_check, name="password_check"),
    path("requests/<path:ref>/freshness/", fragments.request_freshness, name="request_freshness"),
    path("requests/<path:ref>/xml/images/<int:number>/", seen.request_xml_image, name="request_xml_image"),
    path("requests/<path:ref>/xml/", seen.request_xml, name="request_xml"),
]
