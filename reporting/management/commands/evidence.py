from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import CommandError

from filing.management.base import ContractCommand
from filing.models import Request
from reporting.services.evidence_bundle import EvidenceBundle

PRIVATE = 0o600


class Command(ContractCommand):
    help = "证据包：把一张报备单的经过、报文、应答、校验值写成一个 ZIP，离开本系统也能读"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ref", required=True, metavar="R", help="单号")
        parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="写到哪里")
        parser.add_argument("--reveal", action="store_true", help="不遮盖个人信息，含图片；须给 --reason")
        parser.add_argument("--reason", default="", help="用途，写进证据包")

    def handle(self, *args: Any, **options: Any) -> None:
        path, reveal, reason = options["output"], options["reveal"], options["reason"].strip()
        if reveal and not reason:
            raise CommandError("--reveal 须与 --reason 同用", returncode=2)
        filing = Request.objects.defer("icp_password").filter(ref=options["ref"]).first()
        if filing is None:
            self.bad(f"没有这个单号：{options['ref']}")
        bundle = EvidenceBundle(filing, made_by="命令行 manage.py evidence", reveal=reveal, reason=reason)
        partial = path.with_name(path.name + ".part")
        try:
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
            with os.fdopen(handle, "wb") as out:
                out.writelines(bundle)
            os.replace(partial, path)
        except OSError as error:
            self.bad(f"写不了 {path}：{error}")
        document = {"ref": filing.ref, "file": str(path), "bytes": path.stat().st_size, "revealed": reveal}
        self.show(document, [f"{filing.ref} 的证据包已写到 {path}"], as_json=options["json"])
