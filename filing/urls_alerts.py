"""Addresses of the bell and of where alerts go."""

from __future__ import annotations

from django.urls import path

from filing.views import alerts, web_hooks

urlpatterns = [
    path("", alerts.alert_list, name="alert_list"),
    path("count/", alerts.alert_count, name="alert_count"),
    path("latest/", alerts.alert_latest, name="alert_latest"),
    path("seen/", alerts.alert_read_all, name="alert_read_all"),
    path("settings/", alerts.alert_settings, name="alert_settings"),
    path("settings/test/", alerts.alert_mail_test, name="alert_mail_test"),
    path("hooks/", web_hooks.web_hook_list, name="web_hook_list"),
    path("hooks/<int:pk>/", web_hooks.web_hook_act, name="web_hook_act"),
    path("<int:pk>/", alerts.alert_open, name="alert_open"),
]
