"""Addresses of verification."""

from __future__ import annotations

from django.urls import path

from verification import views

urlpatterns = [
    path("requests/<str:ref>/materials/", views.request_materials, name="request_materials"),
]
