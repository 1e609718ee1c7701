"""Addresses of verification."""

from __future__ import annotations

from django.urls import path

from verification import views
from verification.views import proof, work

urlpatterns = [
    path("review/materials/", views.requests_materials, name="requests_materials"),
    path("materials/", views.form_materials, name="form_materials"),
    path("requests/<path:ref>/materials/", views.request_materials, name="request_materials"),
    path("requests/<path:ref>/verification/", proof.request_verification, name="request_verification"),
    path(
        "requests/<path:ref>/verification/summary/", proof.verification_summary, name="verification_summary"
    ),
    path("requests/<path:ref>/verification/form/", proof.verification_form, name="verification_form"),
    path("requests/<path:ref>/verification/record/", proof.verification_record, name="verification_record"),
    path(
        "requests/<path:ref>/verification/overrule/",
        proof.verification_overrule,
        name="verification_overrule",
    ),
    path("requests/<path:ref>/verification/papers/", proof.material_keep, name="material_keep"),
    path("requests/<path:ref>/verification/papers/<int:pk>/send/", proof.material_send, name="material_send"),
    path(
        "requests/<path:ref>/verification/images/<str:sha256>/",
        proof.verification_image,
        name="verification_image",
    ),
    path("tasks/", work.work_list, name="work_home"),
    path("tasks/count/", work.work_count, name="work_count"),
    path("tasks/<slug:kind>/", work.work_list, name="work_list"),
    path("tasks/<slug:kind>/<int:pk>/", work.work_detail, name="work_detail"),
    path("tasks/<slug:kind>/<int:pk>/answer/", work.work_answer, name="work_answer"),
    path("tasks/<slug:kind>/<int:pk>/close/", work.work_close, name="work_close"),
]
