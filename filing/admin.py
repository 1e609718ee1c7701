"""People and their roles, for administrators (superusers). Filings are never edited here: services do that."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import ManyToManyField
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


class PeopleSite(admin.AdminSite):
    """Django's administration for people only, behind the one door where everybody signs in."""

    site_title = "备案报备"
    site_header = "备案报备 · 人员与角色"
    index_title = "人员与角色"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))


class PersonAdmin(UserAdmin):  # type: ignore[type-arg]  # generic for the type checker only
    """A person's name, roles (groups) and whether the account is open."""

    list_display = ("username", "first_name", "roles", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("人员", {"fields": ("first_name", "email"), "description": "姓名写在“名字”一栏，如 林知夏。"}),
        ("角色", {"fields": ("groups", "is_active", "is_superuser")}),
        ("时间", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    formfield_overrides = {ManyToManyField: {"widget": CheckboxSelectMultiple}}

    @admin.display(description="角色")
    def roles(self, user: User) -> str:
        """The groups in words."""
        return "、".join(group.name for group in user.groups.all())


site = PeopleSite(name="admin")
site.register(User, PersonAdmin)
