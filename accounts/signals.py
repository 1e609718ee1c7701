"""What follows when somebody signs in, or when an account is not what it was: whatever way that happened."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import m2m_changed, pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.services import sessions
from accounts.services.entering import owed

_LESS = ("post_remove", "pre_clear")


@receiver(user_logged_in, dispatch_uid="accounts.begin_session")
def _begin_session(request: HttpRequest, user: User, **_: Any) -> None:
    sessions.begin(request)
    request.session[sessions.OWES] = owed(user)


@receiver(m2m_changed, sender=User.groups.through, dispatch_uid="accounts.roles_changed")
def _roles_changed(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **_: Any) -> None:
    """Who has fewer roles than before signs in anew: what stands open shows what they may not see any more."""
    if action not in _LESS:
        return
    if not reverse:
        sessions.end_sessions(instance)
        return
    for user in User.objects.filter(pk__in=pk_set) if pk_set else instance.user_set.all():
        sessions.end_sessions(user)


@receiver(pre_save, sender=User, dispatch_uid="accounts.account_changed")
def _account_changed(instance: User, update_fields: frozenset[str] | None, **_: Any) -> None:
    if instance.pk is None or (update_fields and not update_fields & {"is_active", "is_superuser"}):
        return
    before = User.objects.filter(pk=instance.pk).values_list("is_active", "is_superuser").first()
    if before and ((before[0] and not instance.is_active) or (before[1] and not instance.is_superuser)):
        sessions.end_sessions(instance)
