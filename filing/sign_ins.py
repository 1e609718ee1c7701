"""Sign-ins, failures and sign-outs, and what is changed of people, noted wherever it happens: page, command or shell."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.http import HttpRequest

from filing.actors import Actor
from filing.choices import ActorKind, AuditAction
from filing.models import Team
from filing.operating import operator_name
from filing.origin import current_request
from filing.services.audit import Who, note

TOLD = {
    "username": "用户名",
    "first_name": "名字",
    "last_name": "姓",
    "email": "电子邮件",
    "is_active": "可登录",
    "is_superuser": "超级用户",
    "is_staff": "职员",
}
_BEFORE = "_before_save"
_M2M = {"post_add": "添加", "post_remove": "移除", "pre_clear": "清空"}


def connect() -> None:
    """Listen; once more changes nothing."""
    for signal, receiver in (
        (user_logged_in, _signed_in),
        (user_login_failed, _failed),
        (user_logged_out, _signed_out),
    ):
        signal.connect(receiver, dispatch_uid=f"filing.sign_ins.{receiver.__name__}")
    pre_save.connect(_remember, sender=User, dispatch_uid="filing.sign_ins.remember")
    post_save.connect(_saved, sender=User, dispatch_uid="filing.sign_ins.saved")
    post_delete.connect(_deleted, sender=User, dispatch_uid="filing.sign_ins.deleted")
    for through in (User.groups.through, User.user_permissions.through, Team.members.through):
        m2m_changed.connect(_linked, sender=through, dispatch_uid=f"filing.sign_ins.{through.__name__}")


def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    note(AuditAction.SIGN_IN, user=user, http=request)


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """The name only where there is such a person: else it may be a password, typed into the wrong field."""
    name = str(credentials.get("username", ""))[:150]
    known = User.objects.filter(username=name).first() if "\x00" not in name else None
    about = ("user", known.pk, known.get_username()) if known else ("user", "", "没有这个用户名")
    note(AuditAction.SIGN_IN_FAILED, user=None, about=about, http=request)


def _signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        note(AuditAction.SIGN_OUT, user=user, http=request)


def _who() -> Who:
    """Who changes people: the signed-in person of this request, else whoever runs the command."""
    http = current_request.get()
    if http is None:
        return Actor(ActorKind.COMMAND, operator_name())
    return getattr(http, "user", None)


def _remember(instance: User, raw: bool = False, **_: Any) -> None:
    old = User.objects.filter(pk=instance.pk).first() if instance.pk and not raw else None
    setattr(instance, _BEFORE, old)


def _saved(instance: User, created: bool, raw: bool = False, update_fields: Any = None, **_: Any) -> None:
    if raw or (update_fields and set(update_fields) <= {"last_login"}):
        return
    old: User | None = getattr(instance, _BEFORE, None)
    if created or old is None:
        facts: dict[str, Any] = {"what": "新建账户", "is_superuser": instance.is_superuser}
        note(AuditAction.PEOPLE, user=_who(), about=instance, facts=facts)
        return
    fields = [
        f"{words}：{getattr(old, name) or '（空）'} → {getattr(instance, name) or '（空）'}"
        for name, words in TOLD.items()
        if getattr(old, name) != getattr(instance, name)
    ]
    if fields:
        note(AuditAction.PEOPLE, user=_who(), about=instance, facts={"what": "修改账户", "fields": fields})
    # Hashes alone are new where an old one was made with fewer rounds: that happens at a sign-in and changes nothing.
    if old.password != instance.password and set(update_fields or ()) != {"password"}:
        note(AuditAction.ACCOUNT, user=_who(), about=instance, facts={"what": "改密码"})


def _deleted(instance: User, **_: Any) -> None:
    note(AuditAction.PEOPLE, user=_who(), about=instance, facts={"what": "删除账户"})


def _linked(
    instance: Any, action: str, model: Any, pk_set: set[Any] | None = None, reverse: bool = False, **_: Any
) -> None:
    """Roles, permissions and teams: which were given or taken, from whichever side."""
    if action not in _M2M:
        return
    names = [str(each) for each in model.objects.filter(pk__in=pk_set or ())]
    if not names and action != "pre_clear":
        return
    what = {Group: "角色", Team: "团队", User: "成员"}.get(model, "权限")
    facts = {"what": f"{_M2M[action]}{what}", "names": names}
    note(AuditAction.PEOPLE, user=_who(), about=instance, facts=facts)
