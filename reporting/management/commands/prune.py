from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from filing.management.base import ContractCommand
from reporting.services.prune import ROUTINE_DAYS, prune


class Command(ContractCommand):
    help = "清理过了保存期的内容：账目、编号和校验值都留着，只清文件内容和日常调用记录"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="只数一数，不清理")

    def handle(self, *args: Any, **options: Any) -> None:
        found = prune(dry_run=options["dry_run"])
        verb = "将清理" if options["dry_run"] else "已清理"
        lines = [
            f"{verb}受理满 {found.keep_days} 天的文件内容\t{found.files}",
            f"{verb}未受理满 {ROUTINE_DAYS} 天的文件内容\t{found.unaccepted}",
            f"{verb}满 {ROUTINE_DAYS} 天的日常调用记录\t{found.calls}",
            f"{verb}解决满 {ROUTINE_DAYS} 天的坏文件内容\t{found.broken_downloads}",
            f"{verb}决定满 {found.keep_days} 天的编号核对内容\t{found.number_checks}",
        ]
        self.show({"pruned": asdict(found)}, lines, as_json=options["json"])
