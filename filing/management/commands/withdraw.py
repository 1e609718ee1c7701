from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from filing.actors import COMMAND
from filing.management.base import ContractCommand
from filing.models import Request
from filing.services.drafts import withdraw
from filing.states import MoveRefused


class Command(ContractCommand):
    help = "撤回尚未打包的请求"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ref", required=True, help="单号")
        parser.add_argument("--reason", default="", help="撤回的原因")

    def handle(self, *args: Any, **options: Any) -> None:
        ref, fault = options["ref"], ""
        request = Request.objects.filter(ref=ref).first()
        if request is None:
            fault = f"没有单号为 {ref} 的请求"
        else:
            try:
                withdraw(request, actor=COMMAND, reason=options["reason"])
            except MoveRefused as error:
                fault = str(error)
        row = {
            "ref": ref,
            "id": request.pk if request else None,
            "state": request.state if request else "",
            "problems": [{"path": "", "label": "单号", "message": fault}] if fault else [],
        }
        self.show({"requests": [row]}, [] if fault else [f"{ref} 已撤回"], as_json=options["json"])
        if fault:
            self.bad(fault)
