"""Who did something: a person, a command, the link's own work, or the bureau."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from filing.choices import ActorKind

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_NAME = 150


@dataclass(frozen=True)
class Actor:
    """Who is written into the history. `name` stays readable when the account is gone."""

    kind: ActorKind
    name: str
    user_id: int | None = None


def person(user: User) -> Actor:
    """The signed-in person. First and last name together may be longer than the history's column."""
    return Actor(ActorKind.PERSON, (user.get_full_name() or user.get_username())[:MOST_NAME], user.pk)


COMMAND = Actor(ActorKind.COMMAND, "命令行")
LINK = Actor(ActorKind.LINK, "报备链路")
BUREAU = Actor(ActorKind.BUREAU, "管局")
