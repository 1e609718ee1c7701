from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError

from accounts.services import second_factor, sessions, throttle
from filing.actors import Actor
from filing.choices import ActorKind, AuditAction
from filing.management.base import ContractCommand
from filing.operating import operator_name
from filing.services.audit import note


class Command(ContractCommand):
    help = (
        "解除登录锁定：一个账户、一个来自地址，或两者；页面上的办法在“人员与角色”。"
        "唯一的管理员自己被锁在门外、或丢了手机时用这个命令"
    )

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", help="用户名")
        parser.add_argument("--address", help="来自地址，如 192.0.2.1")
        parser.add_argument(
            "--second-factor", action="store_true", help="同时取消此人的第二验证，并结束其所有登录"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name, address, takes_factor = options["user"], options["address"], options["second_factor"]
        if not name and not address:
            raise CommandError("请用 --user 或 --address 说明解锁谁。")
        if takes_factor and not name:
            raise CommandError("--second-factor 要和 --user 一起用。")
        done: dict[str, bool] = {}
        if name:
            user = User.objects.filter(username=name).first()
            if user is None:
                raise CommandError(f"没有用户 {name}。")
            done["account"] = throttle.unlock(user)
            if takes_factor:
                done["second_factor"] = second_factor.remove(user)
                sessions.end_sessions(user)
            what = "解除登录锁定" + ("、取消第二验证" if takes_factor else "")
            who = Actor(ActorKind.COMMAND, operator_name())
            note(AuditAction.ACCOUNT, user=who, about=user, facts={"what": what})
        if address:
            done["address"] = throttle.unlock_address(address)
        words = {"account": "账户", "second_factor": "第二验证", "address": "来自地址"}
        lines = [f"{words[each]}\t{'已解除' if was else '本来就没有'}" for each, was in done.items()]
        self.show(done, lines, as_json=options["json"])
