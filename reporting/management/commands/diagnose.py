from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError
from django.utils import timezone

from filing.choices import RequestState
from filing.management.base import ContractCommand
from filing.models import Request
from reporting.services.diagnose import diagnose
from reporting.services.findings import Fact, Finding
from reporting.services.self_check import Check, check_all
from reporting.services.watch import look_now


class Command(ContractCommand):
    help = "诊断：给单号则说明每件为什么在等（原因、依据、下一步）；不给则自查每条链路"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ref", nargs="+", action="extend", metavar="R", help="单号，可给多个")
        parser.add_argument("--ask", action="store_true", help="先向管局下载并查询这几件，再诊断；须给 --ref")

    def handle(self, *args: Any, **options: Any) -> None:
        refs = list(dict.fromkeys(options["ref"] or []))
        if options["ask"] and not refs:
            raise CommandError("--ask 须与 --ref 同用", returncode=2)
        if refs:
            self._requests(refs, ask=options["ask"], as_json=options["json"])
        else:
            self._links(as_json=options["json"])

    def _requests(self, refs: list[str], *, ask: bool, as_json: bool) -> None:
        found = {request.ref: request for request in Request.objects.filter(ref__in=refs)}
        requests = [found[ref] for ref in refs if ref in found]
        if ask:
            for request in requests:
                self.say(f"{request.ref}：{look_now(request)}")
                request.refresh_from_db()
        findings = diagnose(requests)
        lines = [line for finding in findings for line in _lines(finding)]
        self.show({"requests": [_row(finding) for finding in findings]}, lines, as_json=as_json)
        if missing := [ref for ref in refs if ref not in found]:
            self.bad(f"没有这些单号：{'、'.join(missing)}")

    def _links(self, *, as_json: bool) -> None:
        checks = check_all()
        problems = [check for check in checks if check.state != "good"]
        document = {
            "problems": [check.as_json() for check in problems],
            "checks": [check.as_json() for check in checks],
        }
        lines = [line for check in checks for line in _check_lines(check)]
        self.show(document, lines, as_json=as_json)
        if not problems:
            self.say("没有发现问题")


def _row(finding: Finding) -> dict[str, Any]:
    request, asked = finding.request, finding.diagnosis.asked_at if finding.diagnosis else None
    return {
        "ref": request.ref,
        "id": request.pk,
        "state": request.state,
        "cause": finding.cause.value if finding.cause else None,
        "cause_words": finding.cause.label if finding.cause else None,
        "evidence": [fact.as_json() for fact in finding.evidence],
        "ruled_out": [
            {"cause": each.cause.value, "cause_words": each.cause.label} | each.fact.as_json()
            for each in finding.ruled_out
        ],
        "next_step": finding.step,
        "needs_person": finding.needs_person,
        "asked_at": asked.isoformat(timespec="seconds") if asked else None,
    }


def _lines(finding: Finding) -> list[str]:
    request = finding.request
    cause = finding.cause.label if finding.cause else "不在等待"
    lines = [f"{request.ref}\t{RequestState(request.state).label}\t{cause}"]
    lines += [f"  依据\t{_told(fact)}" for fact in finding.evidence]
    lines += [f"  已排除\t{each.cause.label}：{_told(each.fact)}" for each in finding.ruled_out]
    return [*lines, f"  下一步\t{finding.step}"]


def _check_lines(check: Check) -> list[str]:
    marks = {"good": "正常", "waiting": "等待", "attention": "需人工"}
    lines = [f"{check.isp_id or '-'}\t{check.name}\t{marks[check.state]}\t{check.words}"]
    if check.state == "good":
        return lines
    lines += [f"  依据\t{_told(fact)}" for fact in check.evidence]
    return [*lines, f"  下一步\t{check.next_step}"] if check.next_step else lines


def _told(fact: Fact) -> str:
    at = f"{timezone.localtime(fact.at):%Y-%m-%d %H:%M:%S}　" if fact.at else ""
    return f"{at}{fact.words}"
