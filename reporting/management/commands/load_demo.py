from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from filing.management.base import ContractCommand
from reporting.demo.load import load_demo
from reporting.services.links import BadLink


class Command(ContractCommand):
    help = "载入演示数据（虚构）：账号、三条链路、各种状态的报备请求；已有则只更新链路地址"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bureau-url", default="http://127.0.0.1:8100", help="管局模拟器的地址")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = load_demo(options["bureau_url"])
        except BadLink as error:
            self.bad(str(error))
        self.say("演示数据已载入" if made else "演示数据已在，链路地址已更新")
