"""`restore PATH`: a backup comes back; both sides of the numbers are compared before anything is sent."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from filing.management.base import ContractCommand
from upkeep.archive import BadArchive
from upkeep.postgres import DatabaseFault
from upkeep.restore import NotRestored, restore


class Command(ContractCommand):
    help = "从 backup 做的文件恢复数据库和附件。先停止网页、worker 和 beat"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="备份文件")
        parser.add_argument("--overwrite", action="store_true", help="数据库里已有数据也恢复，原来的全部换掉")
        parser.add_argument(
            "--any-keys", action="store_true", help="没有备份时的密钥也恢复，加密的内容打不开"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = restore(
                options["path"],
                settings.ICP_BACKUP_PASSPHRASE,
                overwrite=options["overwrite"],
                any_keys=options["any_keys"],
            )
        except (BadArchive, DatabaseFault, NotRestored, OSError) as error:
            self.bad(f"没有恢复，数据库没有变：{error}")
        for sha256 in done.missing[:20]:
            self.say(f"附件 {sha256[:12]} 不在备份里，存储里也没有")
        lines = [
            f"已恢复到 {done.manifest['made_at']} 的状态，附件 {done.images} 个。",
            "下一次上报以前，每条链路会先与管局核对编号；两边不同时，请在链路页或用 adopt_number 决定。",
        ]
        document = {"made_at": done.manifest["made_at"], "images": done.images, "missing": done.missing}
        self.show(document, lines, as_json=options["json"])
