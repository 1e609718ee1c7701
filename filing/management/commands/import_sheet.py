from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from filing.choices import BatchAim, BatchRowState, BatchStage
from filing.importing.answer import write_answer
from filing.importing.sheet_making import begin_sheet
from filing.importing.workbook import Unusable, Upload, take_upload
from filing.management.base import ContractCommand
from filing.models import Batch, BatchRow
from filing.services.batch_running import carry_on


class Command(ContractCommand):
    help = "从表格导入新增备案（模板在页面“导入”下载）；每张报备单整体收下，或单独被拒"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="XLSX 表格，或装着表格和图片的 ZIP")
        parser.add_argument("--images", type=Path, metavar="ZIP", help="图片的 ZIP")
        parser.add_argument("--isp-id", type=int, help="报备单位标识；不写用默认链路")
        parser.add_argument(
            "--ready", action="store_true", help="填全的跳过内部审核：由调用方担保审核与核验，并记录在案"
        )
        parser.add_argument("--answer", type=Path, metavar="XLSX", help="把结果表写到这里")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            upload = _upload(options["file"], options["images"])
            aim = BatchAim.READY if options["ready"] else BatchAim.DRAFT
            batch = begin_sheet(upload, user=None, aim=aim, isp_id=options["isp_id"])
        except (Unusable, OSError) as error:
            self.show({"batch": None, "requests": []}, [], as_json=options["json"])
            self.bad(str(error))
        while carry_on(batch.pk):
            pass
        batch = Batch.objects.defer("source").get(pk=batch.pk)
        rows = list(BatchRow.objects.filter(batch=batch).select_related("request"))
        self.show(
            {"batch": batch.pk, "stage": batch.stage, "requests": [_as_json(row) for row in rows]},
            [f"第 {row.first_line} 行\t{row.key or '（无单号）'}\t{row.words}" for row in rows],
            as_json=options["json"],
        )
        if options["answer"]:
            with options["answer"].open("wb") as target:
                write_answer(batch, target)
        refused = sum(row.state == BatchRowState.REFUSED for row in rows)
        if batch.stage != BatchStage.FINISHED:
            self.bad(batch.words)
        if refused:
            self.bad(f"{refused} 张没有收下，共 {len(rows)} 张")


def _upload(path: Path, images: Path | None) -> Upload:
    pictures = images.open("rb") if images else None
    return take_upload(
        path.open("rb"),
        path.name,
        path.stat().st_size,
        pictures,
        images.name if images else "",
        images.stat().st_size if images else 0,
    )


def _as_json(row: BatchRow) -> dict[str, Any]:
    return {
        "ref": row.key,
        "line": row.first_line,
        "id": row.request_id,
        "state": row.request.state if row.request else "",
        "result": row.state,
        "words": row.words,
        "problems": row.problems,
    }
