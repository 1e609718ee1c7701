"""Commands that note themselves in the record: who ran which with what, and how it ended."""

from __future__ import annotations

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from filing.actors import Actor
from filing.choices import ActorKind, AuditAction
from filing.operating import operator_name
from filing.services.audit import note

log = logging.getLogger(__name__)

_ONLY_LOOKS = frozenset(
    {"settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks", "verbosity", "json"}
    | {"stdout", "stderr"}
)
_SECRET = ("password", "secret", "aes", "key", "token", "command", "certificate")
HIDDEN = "（不记录）"


class RecordedCommand(BaseCommand):
    """Notes the run when it ended, with its options: those that may hold a secret by name only."""

    def execute(self, *args: Any, **options: Any) -> Any:
        ended = "被中断"
        try:
            result = super().execute(*args, **options)
            ended = "完成"
        except SystemExit as exit_:
            ended = "完成" if not exit_.code else f"退出码 {exit_.code}"
            raise
        except CommandError as error:
            ended = f"没有执行：{error}"
            raise
        finally:
            _note(self.__module__.rpartition(".")[2], args, options, ended)
        return result


def _note(name: str, args: tuple[Any, ...], options: dict[str, Any], ended: str) -> None:
    told = {
        key: HIDDEN if any(word in key for word in _SECRET) else value
        for key, value in options.items()
        if key not in _ONLY_LOOKS and value not in (None, "", False, [], ())
    }
    facts = {"arguments": [*args], "options": told, "ended": ended}
    try:
        note(
            AuditAction.COMMAND,
            user=Actor(ActorKind.COMMAND, operator_name()),
            about=("command", name, f"manage.py {name}"),
            facts=facts,
        )
    except DatabaseError as error:
        # The database may be what the command is about: away, or not migrated yet. The log says it instead.
        log.warning("%s ran %s (%s), not recorded: %s", operator_name(), name, ended, error)
