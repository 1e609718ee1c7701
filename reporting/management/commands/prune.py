from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from filing.management.base import ContractCommand
from filing.services.retention import WORDS, let_go
from reporting.services.prune import ROUTINE_DAYS, prune


class Command(ContractCommand):
    help = (
        "清理过了保存期的内容：账目、编号和校验值都留着，只清文件内容、日常调用记录，"
        "以及从未上报的旧单、没有用到的图片和过期的记录"
    )

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="只列出来，不清理")

    def handle(self, *args: Any, **options: Any) -> None:
        found = prune(dry_run=options["dry_run"])
        gone = let_go(dry_run=options["dry_run"])
        verb = "将清理" if options["dry_run"] else "已清理"
        lines = [
            f"{verb}受理满 {found.keep_days} 天的文件内容\t{found.files}",
            f"{verb}未受理满 {ROUTINE_DAYS} 天的文件内容\t{found.unaccepted}",
            f"{verb}满 {ROUTINE_DAYS} 天的日常调用记录\t{found.calls}",
            f"{verb}解决满 {ROUTINE_DAYS} 天的坏文件内容\t{found.broken_downloads}",
            f"{verb}决定满 {found.keep_days} 天的编号核对内容\t{found.number_checks}",
        ]
        lines += [f"{verb}{WORDS[kind]}\t{count}" for kind, count in gone.counts.items()]
        lines += gone.named
        document = {"pruned": asdict(found), "let_go": gone.counts, "named": gone.named}
        self.show(document, lines, as_json=options["json"])
