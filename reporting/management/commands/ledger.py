from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from filing.management.base import ContractCommand
from reporting.choices import FileState
from reporting.models import DataFile, Link
from reporting.services.ledger import gaps
from reporting.services.ledger_check import check_file, problems_of
from reporting.services.ledger_export import LedgerExport
from reporting.services.ledger_rows import Period, Row, files_in, rows_of

PRIVATE = 0o600


class Command(ContractCommand):
    help = "编号账：每个编号由哪个文件用、内容的校验值、每次发送和凭据；可逐个核查，可连同文件导出"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--isp-id", type=int, help="只看这条链路；不给则全部")
        parser.add_argument("--from", dest="first", type=_day, metavar="日期", help="从哪天起，如 2026-09-01")
        parser.add_argument("--to", dest="last", type=_day, metavar="日期", help="到哪天止（含）")
        parser.add_argument("--check", action="store_true", help="打开每个文件核查；有问题则退出码为 1")
        parser.add_argument(
            "--export", type=Path, metavar="FILE.zip", help="连同文件导出；不给日期则是最近三个月"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        links = Link.objects.order_by("pk")
        if options["isp_id"] is not None:
            links = links.filter(isp_id=options["isp_id"])
        chosen = list(links)
        if not chosen:
            self.bad("没有这条链路，先用 set_bureau 建立")
        period = self._period(options)
        problems: list[Row] = []
        if options["export"]:
            period = period or Period.three_months()
            problems += self._export(chosen, period, options["export"])
        if options["check"]:
            problems += self._check(chosen, period)
        rows = [row for link in chosen for row in rows_of(link, period)]
        document: dict[str, Any] = {"files": rows}
        if options["check"] or options["export"]:
            document["problems"] = problems
        self.show(document, [_line(row) for row in rows] or ["账上还没有文件"], as_json=options["json"])
        for each in problems:
            self.say(f"{each['isp_id']} 第 {each['sequence']} 号：{each['problem']}")
        if problems:
            self.bad(f"{len(problems)} 个问题")

    def _period(self, options: dict[str, Any]) -> Period | None:
        first, last = options["first"], options["last"]
        if first is None and last is None:
            return None
        whole = Period.three_months()
        period = Period(first or date.min.replace(year=2000), last or whole.last)
        if period.first > period.last:
            self.bad("--from 在 --to 之后")
        return period

    def _export(self, links: Sequence[Link], period: Period, path: Path) -> list[Row]:
        """Write the ZIP beside its place and move it there: what stands there is whole."""
        export = LedgerExport(links, period, made_by="命令行 manage.py ledger")
        partial = path.with_name(path.name + ".part")
        try:
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
            with os.fdopen(handle, "wb") as out:
                out.writelines(export)
            os.replace(partial, path)
        except OSError as error:
            self.bad(f"写不了 {path}：{error}")
        self.say(f"已导出 {export.files} 个文件到 {path}（{period.first} 至 {period.last}）")
        return [each.row() for each in export.problems]

    def _check(self, links: Sequence[Link], period: Period | None) -> list[Row]:
        found: list[Row] = []
        for link in links:
            for span in gaps(link):
                words = f"缺号 {span.words}，账上没有受理过的文件"
                found.append({"isp_id": link.isp_id, "sequence": span.first, "name": "", "problem": words})
            for key in list(files_in(link, period).values_list("pk", flat=True)):
                # One at a time: each holds its bytes once it was opened.
                file = DataFile.objects.select_related("link").defer("zip_bytes").get(pk=key)
                found += [
                    {"isp_id": link.isp_id, "sequence": file.sequence, "name": file.name, "problem": words}
                    for words in problems_of(check_file(file))
                ]
        return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"应为日期，如 2026-09-01，现在是“{text}”") from error


def _line(row: Row) -> str:
    return "\t".join(
        [
            str(row["isp_id"]),
            f"第 {row['sequence']} 号",
            FileState(row["state"]).label,
            f"{row['record_count']} 条",
            row["name"],
            row["sha256"],
            row["proof_words"],
        ]
    )
