from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from filing.choices import BatchAim, BatchRowState
from filing.management.base import ContractCommand
from filing.models import BatchRow
from filing.services.batch_running import carry_on
from filing.services.errors import NotAllowed
from filing.services.moving import BadMove, Move, preview, read_exchanges
from filing.services.moving_making import begin_move


class Command(ContractCommand):
    help = "机房搬迁：把已备案接入里的 IP 段换成新的，每个主体建一张变更草稿"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="old", required=True, help="换下的 IP 段，几段用分号隔开")
        parser.add_argument("--to", dest="new", required=True, help="换成的 IP 段：一段对一段，或只给一段")
        parser.add_argument("--isp-id", type=int, help="只换这个报备单位的")
        parser.add_argument("--location", type=int, help="只换服务器在这里的（代码）")
        parser.add_argument("--province", type=int, help="只换主体在这个省的（区划代码）")
        parser.add_argument("--dry-run", action="store_true", help="只看牵涉多少，不建")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            exchanges = read_exchanges(options["old"], options["new"])
        except BadMove as bad:
            self.bad(str(bad))
        move = Move(exchanges, options["isp_id"], options["location"], options["province"])
        found = preview(move)
        told = {
            "subjects": len(found.going),
            "websites": found.websites,
            "accesses": found.accesses,
            "held_back": [{"subject": each.subject.name, "why": each.why_not} for each in found.held_back],
            "foreign": found.foreign,
        }
        if options["dry_run"]:
            words = f"{len(found.going)} 个主体、{found.websites} 个网站、{found.accesses} 个接入可以变更"
            self.show(told, [words], as_json=options["json"])
            return
        try:
            batch = begin_move(move, user=None, aim=BatchAim.DRAFT)
        except NotAllowed as refused:
            self.show(told, [], as_json=options["json"])
            self.bad(str(refused))
        while carry_on(batch.pk):
            pass
        rows = BatchRow.objects.filter(batch=batch)
        made = rows.filter(state=BatchRowState.DONE).count()
        self.show(
            told | {"batch": batch.pk, "made": made}, [f"建了 {made} 张变更草稿"], as_json=options["json"]
        )
        for row in rows.filter(state=BatchRowState.REFUSED):
            self.say(f"{row.name}：{row.words}")
