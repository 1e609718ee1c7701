from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from filing.management.base import ContractCommand
from filing.models import Request
from filing.services.attachments import ImageDamaged
from filing.services.revisions import completed, current_revision
from reporting.models import Link
from reporting.services.pack import report_of


class Command(ContractCommand):
    help = "生成这些请求的上报 XML（GBK），不上报"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--ref", nargs="+", action="extend", required=True, metavar="R", help="单号，可给多个"
        )
        parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="写到哪个文件")

    def handle(self, *args: Any, **options: Any) -> None:
        refs = list(dict.fromkeys(options["ref"]))
        found = {request.ref: request for request in Request.objects.filter(ref__in=refs)}
        if missing := [ref for ref in refs if ref not in found]:
            self.bad(f"没有这些单号：{'、'.join(missing)}")
        requests = [found[ref] for ref in refs]
        default = Link.objects.filter(is_default=True).first()
        isp_ids = {request.isp_id or (default.isp_id if default else None) for request in requests}
        if len(isp_ids) > 1:
            self.bad("这些请求属于不同的链路，不能放进同一份报文")
        isp_id = isp_ids.pop()
        link = Link.objects.filter(isp_id=isp_id).first() if isp_id else None
        if link is None:
            self.bad("这些请求的报备链路还没有，先用 set_bureau 建立")
        documents, problems = [], []
        for request in requests:
            revision = current_revision(request)
            content, faults = completed(request, revision.content)
            documents.append((request, content))
            problems += [f"{request.ref}：{problem}" for problem in faults]
            if not revision.frozen_at:
                self.say(f"{request.ref} 还是草稿，内容可能再变")
        if problems:
            self.bad("\n".join(problems))
        try:
            xml = report_of(documents, isp_id=link.isp_id, version=link.interface_version)
        except FileNotFoundError as error:
            self.bad(f"附件 {str(error.filename)[-12:]} 在存储里找不到，请重新上传")
        except ImageDamaged as error:
            self.bad(f"{error}，请重新上传")
        try:
            options["output"].write_bytes(xml)
        except OSError as error:
            self.bad(f"写不了 {options['output']}：{error.strerror}")
        document = {
            "requests": [{"ref": request.ref, "id": request.pk} for request in requests],
            "bytes": len(xml),
        }
        words = f"{options['output']}：{len(requests)} 条记录，{len(xml)} 字节"
        self.show(document, [words], as_json=options["json"])
