"""People and how they sign in, for administrators: locks, sessions, second factors, identities at the provider."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import ProviderIdentity, SignInSession
from accounts.services import passwords, second_factor, sessions, throttle
from filing.admin import PersonAdmin, site
from filing.choices import AuditAction
from filing.roles import ADMINISTER, AUDIT
from filing.services.audit import note


class IdentityInline(admin.TabularInline):  # type: ignore[type-arg]  # generic for the type checker only
    """Who the person is at the provider of single sign-on. Whose page it is on decides who may change it."""

    model = ProviderIdentity
    extra = 0
    fields = ("issuer", "subject", "linked_at")
    readonly_fields = ("linked_at",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(ADMINISTER) or request.user.has_perm(AUDIT))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(ADMINISTER))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(ADMINISTER))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(ADMINISTER))


class AccountAdmin(PersonAdmin):
    """A person, with what an administrator does about their sign-in."""

    actions = ("unlock", "end_sessions", "reset_second_factor")
    inlines = (IdentityInline,)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """What the people page shows, and how it stands with the sign-in."""
        return [*super().get_list_display(request), "signing_in"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The sheet of a person, with their sign-in."""
        found = list(super().get_fieldsets(request, obj))
        words = "解锁、结束登录、取消第二验证：在人员列表里勾选此人，再选操作。"
        return [*found, ("登录", {"fields": ("signing_in",), "description": words})] if obj else found

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is told, not set."""
        return [*super().get_readonly_fields(request, obj), "signing_in"]

    @admin.display(description="登录情况")
    def signing_in(self, user: User) -> str:
        """Locked until when, where signed in, with which second factor."""
        locks = [
            throttle.blocked_until(key)
            for key in (throttle.account_key(user.username), throttle.code_key(user))
        ]
        until = max(filter(None, locks), default=None)
        open_now = SignInSession.objects.filter(user=user, expire_date__gt=timezone.now()).count()
        words = [
            f"锁定到 {timezone.localtime(until):%H:%M:%S}" if until else "",
            "下次登录须改密码" if passwords.must_change(user) else "",
            "有第二验证" if second_factor.is_on(user) else "",
            f"{open_now} 处登录" if open_now else "",
        ]
        return "，".join(filter(None, words)) or "—"

    @admin.action(description="解除登录锁定", permissions=["change"])
    def unlock(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Their failures are forgotten."""
        self._for_each(request, people, "解除登录锁定", throttle.unlock)

    @admin.action(description="结束所有登录", permissions=["change"])
    def end_sessions(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """They sign in anew everywhere; who asks keeps the session in which they do."""

        def end(user: User) -> int:
            return sessions.end_sessions(user, but=request.session if user == request.user else None)

        self._for_each(request, people, "结束所有登录", end)

    @admin.action(description="取消第二验证（手机丢失时）", permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """The phone is lost: password alone, until they set up another; sessions end, for the phone may hold one."""

        def reset(user: User) -> bool:
            was_on = second_factor.remove(user)
            throttle.unlock(user)
            sessions.end_sessions(user, but=request.session if user == request.user else None)
            return was_on

        self._for_each(request, people, "取消第二验证", reset)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[Any], change: bool) -> None:
        """A new account's password is known to whoever made it: its owner changes it first."""
        super().save_model(request, obj, form, change)
        if not change and obj.has_usable_password():
            passwords.ask_for_change(obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """The same for a password that an administrator sets."""
        response = super().user_change_password(request, id, form_url)
        user = self.get_object(request, id)
        if request.method != "POST" or response.status_code != 302 or not isinstance(user, User):
            return response
        if user != request.user and user.has_usable_password():
            passwords.ask_for_change(user)
        return response

    def _for_each(self, request: HttpRequest, people: QuerySet[User], did: str, act: Any) -> None:
        """Superusers are left to superusers, as everything of theirs is."""
        allowed = [user for user in people if self.has_change_permission(request, user)]
        for user in allowed:
            facts = {"what": did, "结果": int(act(user))}
            note(AuditAction.ACCOUNT, user=request.user, about=user, facts=facts, http=request)
        if allowed:
            self.message_user(request, f"{did}：{len(allowed)} 人。", messages.SUCCESS)
        if left := len(people) - len(allowed):
            self.message_user(request, f"{left} 人没有动：超级用户只能由超级用户来管。", messages.WARNING)


def register(model: type[Model] = User) -> None:
    """Put this in the place of the plain people page."""
    site.unregister(model)
    site.register(model, AccountAdmin)


register()
