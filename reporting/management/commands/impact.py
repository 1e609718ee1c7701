from __future__ import annotations

from typing import Any

from filing.management.base import ContractCommand
from filing.models import Broken
from reporting.services.impact import run_now


class Command(ContractCommand):
    help = "列出现在的规则、代码表和接口文件使哪些草稿和备案通不过"

    def handle(self, *args: Any, **options: Any) -> None:
        run = run_now()
        if run is None:
            self.bad("另一次检查还没有结束，过一会儿再查")
        found = Broken.objects.filter(run=run).select_related("request", "subject")
        rows = [
            {
                "ref": each.request.ref if each.request else None,
                "subject_number": each.subject.number if each.subject else None,
                "state": each.request.state if each.request else each.subject and each.subject.state,
                "problems": each.problems,
            }
            for each in found
        ]
        lines = [
            f"{row['ref'] or row['subject_number']}\t{each['label']}：{each['message']}（代码 {each['code']}）"
            for row in rows
            for each in row["problems"]
        ]
        self.show({"broken": rows}, lines, as_json=options["json"])
        self.say(f"检查了 {run.total} 件，{len(rows)} 件通不过")
