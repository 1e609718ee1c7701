from __future__ import annotations

from dataclasses import asdict
from typing import Any

from filing.management.base import ContractCommand
from reporting.models import Link
from reporting.services.sweep import sweep_downloads


class Command(ContractCommand):
    help = "下载一轮：下载、校验、保存、确认并应用，直到管局没有更多"

    def handle(self, *args: Any, **options: Any) -> None:
        if not Link.objects.exists():
            self.bad("还没有报备链路，先用 set_bureau 建立")
        rows = sweep_downloads(asked=True)
        lines = [
            f"{row.file or '-'}\t{row.outcome}\t{row.items} 条记录，{row.problems} 条需人工" for row in rows
        ]
        self.show(
            {"downloads": [asdict(row) for row in rows]},
            lines or ["管局没有可下载的数据"],
            as_json=options["json"],
        )
        for row in rows:
            if row.message:
                self.say(f"{row.file or row.isp_id}：{row.message}")
