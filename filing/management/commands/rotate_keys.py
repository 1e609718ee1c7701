from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from filing.management.base import ContractCommand
from filing.secrets import key_names
from filing.services.resealing import names_in_use, reseal_all


class Command(ContractCommand):
    help = (
        "把库里所有加密内容改用 ICP_ENCRYPTION_KEYS 的第一个密钥重新加密；中断后再运行会接着做。"
        "先让所有进程带着新密钥重启，再运行；显示旧密钥已不再使用之后才能把它去掉"
    )

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--status", action="store_true", help="只列出各处还在用哪些密钥（只显示名称）")

    def handle(self, *args: Any, **options: Any) -> None:
        done: dict[str, int] = {}
        cannot: list[tuple[str, int]] = []
        if not options["status"]:
            result = reseal_all(lambda column, count: self.say(f"{column}：{count}"))
            done, cannot = result.done, result.cannot
        in_use, names = names_in_use(), key_names()
        used = {name for counts in in_use.values() for name in counts}
        lines = [f"重新加密 {column}\t{count}" for column, count in done.items()]
        lines += [
            f"{column}\t{name}{_role(name, names)}\t{count}"
            for column, counts in in_use.items()
            for name, count in counts.items()
        ]
        lines += [f"打不开：{column} 第 {key} 行" for column, key in cannot]
        free = [name for name in names[1:] if name not in used]
        lines += [f"不再使用，可以从 ICP_ENCRYPTION_KEYS 去掉：{name}" for name in free]
        document = {
            "keys": names,
            "resealed": done,
            "in_use": in_use,
            "no_longer_used": free,
            "cannot_open": [{"column": column, "row": key} for column, key in cannot],
        }
        self.show(document, lines, as_json=options["json"])
        if cannot or used - set(names):
            self.bad("有内容用现有的密钥打不开：把它的旧密钥加回 ICP_ENCRYPTION_KEYS 再运行。")


def _role(name: str, names: list[str]) -> str:
    if name not in names:
        return "（没有这个密钥）"
    return "（现用）" if name == names[0] else "（旧）"
