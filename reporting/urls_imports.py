"""Addresses of taking over what exists."""

from __future__ import annotations

from django.urls import path

from reporting.views import cleanup, imports

urlpatterns = [
    path("imports/", imports.import_list, name="import_list"),
    path("imports/start/", imports.import_start, name="import_start"),
    path("imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path("imports/<int:pk>/progress/", imports.import_progress, name="import_progress"),
    path("imports/<int:pk>/act/", imports.import_act, name="import_act"),
    path("imports/kept/<int:pk>/", imports.import_kept, name="import_kept"),
    path("imports/cleanup/", cleanup.cleanup_list, name="cleanup_list"),
    path("imports/cleanup/export/", cleanup.cleanup_export, name="cleanup_export"),
    path("imports/cleanup/handled/", cleanup.cleanup_handled, name="cleanup_handled"),
    path("imports/in-process/", cleanup.in_process, name="in_process"),
    path("imports/in-process/<int:pk>/lift/", cleanup.in_process_lift, name="in_process_lift"),
    path("imports/differences/<int:pk>/decide/", cleanup.difference_decide, name="difference_decide"),
    path("imports/reconciliations/<int:pk>/", cleanup.reconciliation, name="reconciliation"),
    path(
        "imports/reconciliations/<int:pk>/export/",
        cleanup.reconciliation_export,
        name="reconciliation_export",
    ),
    path(
        "imports/reconciliations/<int:pk>/complete/",
        cleanup.reconciliation_complete,
        name="reconciliation_complete",
    ),
]
