"""`backup PATH`: the database and the images in one file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from filing.management.base import ContractCommand
from upkeep.backup import make_backup
from upkeep.postgres import DatabaseFault


class Command(ContractCommand):
    help = "备份数据库和附件到一个文件（不含 ICP_ENCRYPTION_KEYS，密钥要另外保管）"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="新文件的路径，不能已经存在")

    def handle(self, *args: Any, **options: Any) -> None:
        passphrase = settings.ICP_BACKUP_PASSPHRASE
        path: Path = options["path"].absolute()
        if not passphrase:
            self.say("没有设置 ICP_BACKUP_PASSPHRASE：备份不加密，请放在别人读不到的地方")
        try:
            made = make_backup(path, passphrase)
        except FileExistsError:
            self.bad(f"{path} 已经存在：备份不覆盖文件，请换一个名字")
        except (DatabaseFault, OSError) as error:
            self.bad(f"没有备份成：{error}")
        for name in made.damaged:
            self.say(f"附件 {name[-64:][:12]} 在存储里已损坏，备份的是损坏的内容")
        document = {"path": str(path), "bytes": made.bytes, "images": made.images, "sealed": bool(passphrase)}
        document |= {"damaged": made.damaged, "made_at": made.manifest["made_at"]}
        self.show(
            document, [f"已备份到 {path}（{made.bytes} 字节，{made.images} 个附件）"], as_json=options["json"]
        )
