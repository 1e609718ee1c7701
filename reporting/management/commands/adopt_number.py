from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from filing.actors import COMMAND
from filing.management.base import ContractCommand
from reporting.choices import NumberDecision
from reporting.errors import LinkFault
from reporting.models import Link, NumberCheck
from reporting.services import adoption, numbering


class Command(ContractCommand):
    help = "把我方的下一编号与管局最近收到的编号对照；不一致时由人看清两边之后决定怎么接着编"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--isp-id", type=int, help="哪条链路；不给则用默认链路")
        parser.add_argument(
            "--sequence", type=int, metavar="N", help="看到的管局最近编号；与管局现在说的不同就不执行"
        )
        parser.add_argument(
            "--decision",
            choices=[NumberDecision.ADOPT, NumberDecision.OURS_ARRIVED, NumberDecision.SEND_AGAIN],
            default=NumberDecision.ADOPT,
            help="adopt 以管局为准；ours_arrived 管局已有我方在手的文件；send_again 管局缺的由我方补报",
        )
        hold = parser.add_mutually_exclusive_group()
        hold.add_argument("--hold", dest="hold", action="store_true", default=None, help="暂缓待上报的请求")
        hold.add_argument("--no-hold", dest="hold", action="store_false", help="不暂缓")

    def handle(self, *args: Any, **options: Any) -> None:
        links = Link.objects.all()
        which = {"isp_id": options["isp_id"]} if options["isp_id"] else {"is_default": True}
        link = links.filter(**which).first()
        if link is None:
            self.bad("没有这条链路，先用 set_bureau 建立")
        try:
            words = adoption.compare_now(link)
        except (adoption.NotDecided, LinkFault) as error:
            self.bad(f"没有核对成：{error}")
        check = numbering.open_checks(link).first()
        if check is not None and options["sequence"] is not None:
            check = self._decide(check, options)
            words = f"已按“{check.get_decision_display()}”处理"
        link.refresh_from_db()
        self.show(*self._told(link, check, words), as_json=options["json"])
        if check is not None and not check.decision:
            self.bad("两边不一致：看清之后，用 --sequence 写出看到的管局编号来执行")

    def _decide(self, check: NumberCheck, options: dict[str, Any]) -> NumberCheck:
        if options["sequence"] != check.bureau_sequence:
            self.bad(
                f"管局最近收到的是第 {check.bureau_sequence} 号，不是第 {options['sequence']} 号，没有执行"
            )
        hold = adoption.should_hold(check) if options["hold"] is None else options["hold"]
        try:
            return adoption.decide(check, NumberDecision(options["decision"]), actor=COMMAND, hold=hold)
        except (adoption.NotDecided, LinkFault) as error:
            self.bad(f"没有执行：{error}")

    def _told(self, link: Link, check: NumberCheck | None, words: str) -> tuple[dict[str, Any], list[str]]:
        seen = check or link.number_checks.first()
        row = {
            "isp_id": link.isp_id,
            "our_next": link.next_sequence,
            "bureau_sequence": seen.bureau_sequence if seen else None,
            "verdict": seen.verdict if seen else None,
            "decision": seen.decision or None if seen else None,
            "words": words,
        }
        lines = [
            f"链路 {link.isp_id}：{words}",
            f"我方下一编号\t{link.next_sequence}",
            f"管局最近编号\t{row['bureau_sequence']}",
        ]
        return {"links": [row]}, lines
