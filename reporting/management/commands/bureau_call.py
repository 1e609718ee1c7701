from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from filing.management.base import ContractCommand
from reporting.choices import Method
from reporting.errors import LinkFault
from reporting.models import Link
from reporting.services.raw_call import BadArgument, raw_call


class Command(ContractCommand):
    help = "联调用：对接口方法作一次原始调用，显示代码、说明和应答正文；认证参数自动填入，可用 --arg 覆盖"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("method", choices=Method.values, metavar="METHOD", help="、".join(Method.values))
        parser.add_argument("--arg", action="append", default=[], metavar="k=v", help="参数，可多次给出")
        parser.add_argument("--isp-id", type=int, help="哪条链路；不给则用默认链路")

    def handle(self, *args: Any, **options: Any) -> None:
        links = (
            Link.objects.filter(isp_id=options["isp_id"])
            if options["isp_id"]
            else Link.objects.filter(is_default=True)
        )
        link = links.first()
        if link is None:
            self.bad("没有这条链路，先用 set_bureau 建立")
        given = {}
        for pair in options["arg"]:
            name, sign, value = pair.partition("=")
            if not sign:
                self.bad(f"--arg {pair}：应写成 参数名=值")
            given[name] = value
        try:
            answer, text = raw_call(link, Method(options["method"]), given)
        except BadArgument as error:
            self.bad(str(error))
        except LinkFault as error:
            self.bad(str(error))
        document = {"method": options["method"], "code": answer.code, "message": answer.message, "body": text}
        self.show(
            document, [f"代码\t{answer.code}", f"说明\t{answer.message}", text], as_json=options["json"]
        )
