from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from filing.actors import Actor
from filing.choices import ActorKind
from filing.management.base import ContractCommand
from filing.masking import mask
from filing.operating import operator_name
from filing.services.erasing import STAYS, owned_by
from verification.services.erasing import erase_owner, reasons_against


class Command(ContractCommand):
    help = (
        "按主体证件号码删除一个主体的数据：只在备案已注销、没有在办业务、留存期都满了之后；依法还要留的会说明"
    )

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--certificate", required=True, help="主体证件号码，写完整")
        parser.add_argument("--reason", required=True, help="谁在什么时候要求删除，记入审计记录")
        parser.add_argument("--dry-run", action="store_true", help="只列出会删什么、为什么还不能删")

    def handle(self, *args: Any, **options: Any) -> None:
        owned = owned_by(options["certificate"])
        if not (owned.subjects or owned.requests):
            self.bad("没有找到这个证件号码的主体或报备单。号码要写完整。")
        reasons = reasons_against(owned)
        document: dict[str, Any] = {
            "certificate": mask(owned.number),
            "subjects": [each.number or str(each.pk) for each in owned.subjects],
            "requests": [each.ref for each in owned.requests],
            "reasons_against": reasons,
            "stays": list(STAYS),
            "erased": None,
        }
        if not (reasons or options["dry_run"]):
            actor = Actor(ActorKind.COMMAND, operator_name())
            document["erased"] = erase_owner(owned, actor=actor, reason=options["reason"])
        found = f"{document['certificate']}：主体 {len(owned.subjects)} 个，报备单 {len(owned.requests)} 份"
        lines = [f"{'已删除' if document['erased'] else '找到'} {found}"]
        lines += [f"还不能删：{each}" for each in reasons] + [f"仍然保留：{each}" for each in STAYS]
        self.show(document, lines, as_json=options["json"])
        if reasons:
            self.bad("没有删除：还有必须保留的，见上。")
