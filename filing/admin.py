"""People, their roles and teams, for administrators; auditors look. Filings are never edited here: services do that."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Count, ManyToManyField, QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from filing.groups import AUDITORS
from filing.models import Team
from filing.roles import ADMINISTER, AUDIT, READING

CHECKBOXES: dict[Any, Any] = {ManyToManyField: {"widget": CheckboxSelectMultiple}}


class PeopleSite(admin.AdminSite):
    """Django's administration for people only, behind the one door where everybody signs in."""

    site_title = "备案报备"
    site_header = "备案报备 · 人员、角色与团队"
    index_title = "人员、角色与团队"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        reads = request.method in READING and user.has_perm(AUDIT)
        return bool(user.is_active and (reads or user.has_perm(ADMINISTER)))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))


class AdministratorsOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for the type checker only
    """Who administers may do everything here, auditors may look; Django's own permissions of each model do not count."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(ADMINISTER) or request.user.has_perm(AUDIT))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(ADMINISTER))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(ADMINISTER))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(ADMINISTER))


class PersonForm(UserChangeForm):  # type: ignore[type-arg]  # generic for the type checker only
    """Who audits does nothing else: they would audit themselves."""

    def clean_groups(self) -> QuerySet[Group]:
        groups: QuerySet[Group] = self.cleaned_data["groups"]
        names = {group.name for group in groups}
        if AUDITORS in names and len(names) > 1:
            raise forms.ValidationError("审计只看不做，不能兼任别的角色：请只选“审计”，或去掉它。")
        return groups


class PersonAdmin(AdministratorsOnly, UserAdmin):  # type: ignore[type-arg]  # generic for the type checker only
    """A person's name, roles (groups), teams and whether the account is open.

    A superuser is changed by superusers only, and only they make one. Accounts are closed, not deleted: what a person did
    keeps its name, and their drafts their team.
    """

    form = PersonForm
    list_display = ("username", "first_name", "roles", "in_teams", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "groups", "teams")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("人员", {"fields": ("first_name", "email"), "description": "姓名写在“名字”一栏，如 林知夏。"}),
        (
            "角色",
            {
                "fields": ("groups", "is_active", "is_superuser"),
                "description": "人走了就取消“有效”，不删账户：做过的事还要查得到人。",
            },
        ),
        ("时间", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    formfield_overrides = CHECKBOXES

    @admin.display(description="角色")
    def roles(self, user: User) -> str:
        """The groups in words."""
        return "、".join(group.name for group in user.groups.all())

    @admin.display(description="团队")
    def in_teams(self, user: User) -> str:
        """The teams in words."""
        return "、".join(Team.objects.filter(members=user).values_list("name", flat=True))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.readonly_fields if request.user.is_superuser else (*self.readonly_fields, "is_superuser")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_above

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _named(user: User) -> str:
    return f"{user.get_full_name()}（{user.get_username()}）" if user.get_full_name() else user.get_username()


class TeamAdmin(AdministratorsOnly):
    """A team and its members. Without teams everybody in 填报 shares all drafts."""

    list_display = ("name", "size")
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "members"),
                "description": "成员的草稿和退改只有本团队看得到、改得了；不在任何团队的人，草稿大家共用。",
            },
        ),
    )
    formfield_overrides = CHECKBOXES

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        people = User.objects.filter(is_active=True) | User.objects.filter(teams__isnull=False)
        field.queryset = people.distinct().order_by("username")
        field.label_from_instance = _named
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "members":
            field.widget.can_add_related = False
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        rows: QuerySet[Team] = super().get_queryset(request).annotate(member_count=Count("members"))
        return rows

    @admin.display(description="人数")
    def size(self, team: Any) -> int:
        """How many members."""
        return int(team.member_count)


site = PeopleSite(name="admin")
site.register(User, PersonAdmin)
site.register(Team, TeamAdmin)
