from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from filing.choices import RequestState
from filing.management.base import ContractCommand
from filing.models import Request
from reporting.services.status import status_rows


class Command(ContractCommand):
    help = "请求的状态与凭据；不给单号则列出全部"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ref", nargs="+", action="extend", metavar="R", help="单号，可给多个")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["ref"] or []
        requests = Request.objects.order_by("pk")
        if wanted:
            requests = requests.filter(ref__in=wanted)
        rows = status_rows(list(requests))
        lines = [
            f"{row['ref']}\t{RequestState(row['state']).label}\t{row['subject_number'] or '-'}\t"
            f"{'、'.join(map(str, row['result_codes'])) or '-'}\t"
            + (row["bureau_words"] or row["stalled_reason"] or "").replace("\n", "；")
            for row in rows
        ]
        self.show({"requests": rows}, lines or ["没有请求"], as_json=options["json"])
        missing = [ref for ref in wanted if ref not in {row["ref"] for row in rows}]
        if missing:
            self.bad(f"没有这些单号：{'、'.join(missing)}")
