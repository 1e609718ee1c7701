from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from typing import Any

from filing.management.base import ContractCommand
from reporting.models import Link
from reporting.services.sweep import sweep_uploads


class Command(ContractCommand):
    help = "上报一轮：查清结果不明的文件，打包待上报的请求，按编号依次上报"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--max-files", type=_count, metavar="N", help="最多处理几个文件")

    def handle(self, *args: Any, **options: Any) -> None:
        if not Link.objects.exists():
            self.bad("还没有报备链路，先用 set_bureau 建立")
        rows = sweep_uploads(max_files=options["max_files"], asked=True)
        lines = [
            "\t".join(
                [
                    f"第 {row.sequence or '-'} 号",
                    f"代码 {'-' if row.code is None else row.code}",
                    row.outcome,
                    f"{len(row.refs)} 条",
                ]
            )
            for row in rows
        ]
        self.show(
            {"files": [asdict(row) for row in rows]}, lines or ["没有要上报的请求"], as_json=options["json"]
        )
        for row in rows:
            if row.message:
                self.say(f"第 {row.sequence or '-'} 号：{row.message}")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ArgumentTypeError(f"应为不小于 0 的整数，现在是“{text}”")
    return int(text)
