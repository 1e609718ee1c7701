from __future__ import annotations

import time
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from filing.management.base import ContractCommand
from filing.services.errors import NotAllowed
from filing.services.in_process import mark
from reporting.choices import ImportStage, Oddity
from reporting.models import ImportRun
from reporting.readers.handed_files import Unusable, entries
from reporting.readers.handed_job import Ended
from reporting.reading_apart import reading
from reporting.services.import_runs import Wanted, begin, carry_on, job_for, link_for
from reporting.services.in_process_lists import Unlisted, read_list

TELL_EVERY_S = 5.0


class Command(ContractCommand):
    help = "接管存量数据：把管局下发的备案数据（XML、文件夹、zip）导入备案库，不规范的也收下并列出"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", metavar="PATH", type=Path, help="XML 文件、文件夹或 zip")
        parser.add_argument("--isp-id", type=int, help="数据属于哪个报备单位；不写则取默认链路")
        parser.add_argument("--dry-run", action="store_true", help="只读不写，列出会有哪些不规范之处")
        parser.add_argument("--resume", type=int, metavar="RUN", help="接着做被打断的一次导入")
        parser.add_argument("--complete", action="store_true", help="这些是该单位的全部数据：同时对账")
        parser.add_argument("--compare", action="store_true", help="只对账，不写备案库")
        parser.add_argument(
            "--in-process", type=Path, metavar="FILE", help="原系统在办的主体清单（CSV 或 xlsx）"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._last = 0.0
        try:
            if options["in_process"]:
                self._mark(options)
            if options["dry_run"]:
                self._try_out(options)
            elif options["resume"] or options["paths"]:
                self._import(options)
            elif not options["in_process"]:
                self.bad("要导入什么：写出文件或文件夹，或用 --resume、--in-process")
        except (NotAllowed, Unusable, Unlisted) as error:
            self.bad(str(error))

    def _mark(self, options: dict[str, Any]) -> None:
        link = link_for(options["isp_id"])
        new, known = mark(read_list(options["in_process"]), isp_id=link.isp_id)
        self.say(f"原系统在办：新标记 {new} 个主体，{known} 个早已标记")

    def _import(self, options: dict[str, Any]) -> None:
        if options["resume"]:
            run = ImportRun.objects.filter(pk=options["resume"]).first()
            if run is None:
                self.bad(f"没有编号为 {options['resume']} 的导入")
        else:
            wanted = Wanted(
                options["paths"],
                isp_id=options["isp_id"],
                is_complete=options["complete"],
                compares_only=options["compare"],
            )
            run = begin(wanted)
        self.say(f"导入 {run.pk} 开始，共 {run.sources.count()} 个文件")
        if not carry_on(run, tell=self._tell):
            self.bad("另一次导入还在进行，等它结束再来")
        run.refresh_from_db()
        document = {
            "run": run.pk,
            "stage": run.stage,
            "counts": run.counts,
            "busy_s": round(run.busy_s, 3),
            "sources": list(run.sources.values("path", "inner", "stage", "position", "words")),
        }
        self.show(document, self._lines(run.counts), as_json=options["json"])
        for source in run.sources.exclude(words=""):
            self.say(f"{source}：{source.words}")
        if run.stage != ImportStage.FINISHED:
            self.bad(f"导入{run.get_stage_display()}；接着做：import_filed --resume {run.pk}")

    def _tell(self, run: ImportRun) -> None:
        if time.monotonic() - self._last >= TELL_EVERY_S:
            self._last = time.monotonic()
            records = run.counts.get("records", 0)
            self.say(f"已处理 {records} 条，每秒 {records / max(run.busy_s, 0.001):.0f} 条")

    def _lines(self, counts: dict[str, int]) -> list[str]:
        lines = [f"{words}\t{counts.get(name, 0)}" for name, words in WORDS.items()]
        return lines + [
            f"{kind.label}\t{counts[f'kind:{kind}']}" for kind in Oddity if f"kind:{kind}" in counts
        ]

    def _try_out(self, options: dict[str, Any]) -> None:
        """Read everything as an import would, and write nothing."""
        link = link_for(options["isp_id"])
        found = [entry for path in options["paths"] for entry in entries(path)]
        due = [(n, str(e.path), e.inner, 0) for n, e in enumerate(found, 1) if not e.trouble]
        counts: Counter[str] = Counter()
        troubles = [
            f"{entry.path} {entry.inner}".strip() + f"：{entry.trouble}" for entry in found if entry.trouble
        ]
        with reading(job_for(link, due)) as messages:
            for message in messages:
                if isinstance(message, Ended):
                    troubles += [message.trouble] if message.trouble else []
                    continue
                for item in message.items:
                    counts["records"] += 1
                    counts["filings"] += item.data is not None
                    counts["odd_records"] += bool(item.deviations)
                    counts["deviations"] += len(item.deviations)
                    counts.update(f"kind:{one.kind}" for one in item.deviations)
        document = {"dry_run": True, "counts": dict(counts), "troubles": troubles}
        self.show(document, self._lines(counts), as_json=options["json"])
        for words in troubles:
            self.say(words)


WORDS = {
    "records": "记录",
    "filings": "备案",
    "new": "新存入",
    "again": "库中已有",
    "older": "比库中旧",
    "tables": "代码表",
    "odd_records": "有不规范之处的记录",
    "deviations": "不规范之处",
    "in_part": "部分没有存入",
    "kept": "没有存入、原文保留",
}
"""What the counts of a run are called."""
