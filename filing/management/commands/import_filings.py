from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from filing.management.base import ContractCommand
from filing.services.intake import BadFile, Row, import_requests, read_file


class Command(ContractCommand):
    help = "从 JSON 读入报备请求（格式见 docs/filing-json.md）；每个请求整体收下，或单独被拒"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="JSON 文件")
        parser.add_argument(
            "--ready", action="store_true", help="跳过内部审核：由调用方担保审核与核验，并记录在案"
        )
        parser.add_argument(
            "--correct", action="store_true", help="对已退回、被拒或草稿中的单号，把内容作为下一版"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            items = read_file(options["file"])
        except BadFile as error:
            self.show({"requests": []}, [], as_json=options["json"])
            self.bad(str(error))
        rows = import_requests(items, ready=options["ready"], correct=options["correct"])
        self.show(
            {"requests": [as_json(row) for row in rows]},
            [in_words(row) for row in rows],
            as_json=options["json"],
        )
        for row in rows:
            for problem in row.problems:
                self.say(f"{row.ref or '（无单号）'}：{problem}")
        if any(row.problems for row in rows):
            self.bad(f"{sum(bool(row.problems) for row in rows)} 个请求未收下，共 {len(rows)} 个")


def as_json(row: Row) -> dict[str, Any]:
    """A row of the contract."""
    problems = [{"path": each.path, "label": each.label, "message": each.message} for each in row.problems]
    return {"ref": row.ref, "id": row.id, "state": row.state, "problems": problems}


def in_words(row: Row) -> str:
    """The same for people."""
    return f"{row.ref or '（无单号）'}\t{row.id or '-'}\t{row.state or '-'}\t{len(row.problems)} 处问题"
