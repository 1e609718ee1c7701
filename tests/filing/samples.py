"""What tests of the screens need beside tests/factories.py: people of groups, and a history that lies back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, User

from filing.models import Request
from tests import factories


def a_person(name: str, *groups: str, **more: Any) -> User:
    """A user of these groups (填报, 审核, 链路, 管理员) whose password is the name."""
    user = User.objects.create_user(name, password=name, **more)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def a_filing(name: str = factories.NAME, *websites: dict[str, Any]) -> dict[str, Any]:
    """A whole new filing of that subject, its image in the store."""
    return factories.stored_filing(*websites, name=name)


def bring_to(request: Request, state: str, *, staff: User, reviewer: User) -> Request:
    """Move a draft to a state by the steps that lead there, as these two and the link do."""
    return factories.bring_to(request, state, factories.People(staff, reviewer, reviewer))


def backdate(request: Request, span: timedelta) -> None:
    """Let the request and its history have happened earlier."""
    for event in request.events.all():
        request.events.filter(pk=event.pk).update(at=event.at - span)
    columns = ("state_changed_at", "updated_at", "created_at", "accepted_at", "decided_at")
    values = {name: getattr(request, name) - span for name in columns if getattr(request, name)}
    Request.objects.filter(pk=request.pk).update(**values)
    request.refresh_from_db()
