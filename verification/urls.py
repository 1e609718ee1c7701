"""Addresses of verification."""

from __future__ import annotations

from django.urls import path

from verification import views
from verification.views import work

urlpatterns = [
    path("review/materials/", views.requests_materials, name="requests_materials"),
    path("materials/", views.form_materials, name="form_materials"),
    path("requests/<path:ref>/materials/", views.request_materials, name="request_materials"),
    path("tasks/", work.work_list, name="work_home"),
    path("tasks/count/", work.work_count, name="work_count"),
    path("tasks/<slug:kind>/", work.work_list, name="work_list"),
    path("tasks/<slug:kind>/<int:pk>/", work.work_detail, name="work_detail"),
    path("tasks/<slug:kind>/<int:pk>/answer/", work.work_answer, name="work_answer"),
    path("tasks/<slug:kind>/<int:pk>/close/", work.work_close, name="work_close"),
]
