from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from filing.management.recorded import RecordedCommand
from filing.services.codes import load_builtin_codes


class Command(RecordedCommand):
    help = "载入内置的基础代码表和行政区划；管局下发或人工导入过的表保持不变，可重复执行"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="结果以 JSON 写到标准输出")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = load_builtin_codes()
        for table, done in counts.items():
            self.stderr.write(
                f"{table}：新增 {done.created}，更新 {done.updated}，不变 {done.unchanged}，"
                f"停用 {done.retired}，未动 {done.skipped}"
            )
        if options["json"]:
            rows = [{"table": table, **asdict(done)} for table, done in counts.items()]
            self.stdout.write(json.dumps({"tables": rows}, ensure_ascii=False))
