"""Addresses of verification."""

from __future__ import annotations

from django.urls import path

from verification import views
from verification.views import campaigns, home, proof, search, visits, work

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
    path("deadlines/", home.deadlines, name="deadlines"),
    path("campaigns/", campaigns.campaign_list, name="campaign_list"),
    path("campaigns/new/", campaigns.campaign_new, name="campaign_new"),
    path("campaigns/<int:pk>/", campaigns.campaign_detail, name="campaign_detail"),
    path("campaigns/<int:pk>/share-out/", campaigns.campaign_share_out, name="campaign_share_out"),
    path("campaigns/<int:pk>/finish/", campaigns.campaign_finish, name="campaign_finish"),
    path("campaigns/<int:pk>/sheet/", campaigns.campaign_sheet, name="campaign_sheet"),
    path("visits/", visits.visit_list, name="visit_list"),
    path("visits/count/", visits.visit_count, name="visit_count"),
    path("visits/<int:pk>/", visits.visit_detail, name="visit_detail"),
    path("visits/<int:pk>/readers/", visits.visit_readers, name="visit_readers"),
    path("visits/<int:pk>/assign/", visits.visit_assign, name="visit_assign"),
    path("visits/<int:pk>/take-back/", visits.visit_take_back, name="visit_take_back"),
    path("tasks/", work.work_list, name="work_home"),
    path("tasks/search/", search.search_work, name="search_work"),
    path("tasks/count/", work.work_count, name="work_count"),
    path("tasks/<slug:kind>/", work.work_list, name="work_list"),
    path("tasks/<slug:kind>/<int:pk>/", work.work_detail, name="work_detail"),
    path("tasks/<slug:kind>/<int:pk>/answer/", work.work_answer, name="work_answer"),
    path("tasks/<slug:kind>/<int:pk>/readers/", work.work_readers, name="work_readers"),
    path("tasks/<slug:kind>/<int:pk>/close/", work.work_close, name="work_close"),
]
