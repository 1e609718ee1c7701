"""Addresses of filing. Those of urls_work come first, so that "new" is not taken for a ref."""

from __future__ import annotations

from django.urls import include, path

from filing.admin import site as people
from filing.views import audit, blacklist, home, lists, requests, returned, rules, search

urlpatterns = [
    path("", home.home, name="home"),
    path("home/live/", home.home_live, name="home_live"),
    path("home/count/", home.home_count, name="home_count"),
    path("alerts/", include("filing.urls_alerts")),
    path("people/", people.urls),
    path("audit/", audit.audit_list, name="audit_list"),
    path("audit/export/", audit.audit_export, name="audit_export"),
    path("search/", search.search, name="search"),
    path("codes/", rules.code_list, name="code_list"),
    path("rules/", rules.rule_list, name="rule_list"),
    path("rules/set/", rules.rule_set, name="rule_set"),
    path("blacklist/", blacklist.blacklist, name="blacklist"),
    path("returned/", returned.returned_list, name="returned_list"),
    path("", include("filing.urls_work")),
    path("requests/", lists.request_list, name="request_list"),
    path("requests/<path:ref>/", requests.request_detail, name="request_detail"),
]
