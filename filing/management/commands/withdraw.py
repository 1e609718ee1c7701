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
        request = Request.objects.filter(ref=options["ref"]).first()
        if request is None:
            self.bad(f"没有单号为 {options['ref']} 的请求")
        try:
            withdraw(request, actor=COMMAND, reason=options["reason"])
        except MoveRefused as error:
            self.bad(str(error))
        row = {"ref": request.ref, "id": request.pk, "state": request.state, "problems": []}
        self.show({"requests": [row]}, [f"{request.ref} 已撤回"], as_json=options["json"])
