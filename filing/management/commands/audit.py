from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from filing.management.base import ContractCommand
from filing.services.audit_seal import check, seal_days


class Command(ContractCommand):
    help = "审计记录：封存已经过完的日子（--seal），或核对每一天的条数和哈希（--check）"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "--check", action="store_true", help="核对；有改动、缺失或没有封存的日子，退出码为 1"
        )
        what.add_argument("--seal", action="store_true", help="封存到昨天为止；平时由夜间任务做")
        parser.add_argument("--chain", default="", metavar="HEX", help="另存的链上哈希：必须还在链上")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["seal"]:
            days = seal_days()
            self.show({"sealed_days": days}, [f"封存了 {days} 天。"], as_json=options["json"])
            return
        found = check(known_chain=options["chain"].strip().lower())
        document = {
            "days": found.days,
            "rows": found.rows,
            "chain": found.chain,
            "faults": [{"day": str(each.day), "words": each.words} for each in found.faults],
        }
        lines = [f"{each.day}：{each.words}" for each in found.faults]
        lines += [
            f"核对了 {found.days} 天、{found.rows} 条，{len(found.faults)} 处不对。链上哈希 {found.chain}"
        ]
        self.show(document, lines, as_json=options["json"])
        if found.faults:
            self.bad("审计记录与封存不符，见上。")
