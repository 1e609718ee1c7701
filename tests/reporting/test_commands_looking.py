"""`build_report` and `bureau_call`: looking at what would be sent, and at what a bureau answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from filing.models import Request
from filing.services.attachments import references
from filing.services.intake import import_requests
from reporting.models import Call, DataFile, Link
from reporting.schema import Kind, validate
from simulator import Bureau, Running
from tests.reporting.commands import run
from tests.reporting.material import (
    ISP_ID,
    OTHER_ISP_ID,
    OTHER_UNIT,
    filing_json,
    make_link,
    ready,
    states,
)

pytestmark = pytest.mark.django_db


def test_it_builds_the_report_and_sends_nothing(link: Link, bureau: Bureau, tmp_path: Path) -> None:
    requests = ready(filing_json(1, subject__name="𠮷祥公司"), 2)
    target = tmp_path / "report.xml"
    ran = run("build_report", "--ref", "t-0002", "t-0001", "-o", target, "--json")
    assert ran.code == 0
    assert ran.json["requests"] == [{"ref": each.ref, "id": each.pk} for each in reversed(requests)]
    xml = target.read_bytes()
    assert ran.json["bytes"] == len(xml)
    assert b"GBK" in xml[:60].upper()
    assert "&#134071;祥公司".encode("gbk") in xml
    assert validate(xml, Kind.UPLOAD) == []
    root = etree.fromstring(xml)
    assert [node.text for node in root.iter("Dwmc")] == ["示例2号有限公司", "𠮷祥公司"]
    assert root.findtext("ICP/Qqdwid") == str(ISP_ID)
    assert (DataFile.objects.count(), Call.objects.count(), len(bureau.journal)) == (0, 0, 0)
    assert states(*requests) == ["ready", "ready"]
    run("report")
    assert DataFile.objects.get().sequence == 1


def test_it_builds_from_a_draft_and_says_so(link: Link, tmp_path: Path) -> None:
    import_requests([filing_json(1)])
    ran = run("build_report", "--ref", "t-0001", "-o", tmp_path / "report.xml")
    assert ran.code == 0
    assert "草稿" in ran.err


@pytest.mark.parametrize("what", ["unknown", "gaps", "two links", "lost image", "no such folder", "no link"])
def test_it_builds_nothing_from_what_cannot_be_sent(
    what: str, link: Link, tmp_path: Path, attachment_root: Path
) -> None:
    target = tmp_path / "report.xml"
    requests = ready(1)
    refs, words = ["t-0001"], ""
    if what == "unknown":
        refs, words = ["t-0001", "nobody"], "nobody"
    elif what == "gaps":
        request = requests[0]
        revision = request.revisions.create(number=2, content={"subject": {"own_id": 1}})
        Request.objects.update(state="draft", revision_number=revision.number)
        words = "补填"
    elif what == "two links":
        make_link(link.base_url, OTHER_UNIT)
        ready(filing_json(2, isp_id=OTHER_ISP_ID))
        refs, words = ["t-0001", "t-0002"], "不同的链路"
    elif what == "lost image":
        (lost,) = references(requests[0].revisions.get().content)
        (attachment_root / lost[:2] / lost).unlink()
        words = lost[-12:]
    elif what == "no such folder":
        target, words = tmp_path / "nowhere" / "report.xml", "nowhere"
    else:
        Request.objects.update(isp_id=999)
        words = "set_bureau"
    ran = run("build_report", "--ref", *refs, "-o", target)
    assert (ran.code, target.exists()) == (1, False)
    assert words in ran.err


def test_it_calls_one_method_and_shows_what_came(link: Link, bureau: Bureau) -> None:
    ran = run(
        "bureau_call",
        "isp_querybeianstatus",
        "--arg",
        "queryConditionType=0",
        "--arg",
        "queryCondition=a.cn",
        "--json",
    )
    assert ran.code == 0
    assert (ran.json["method"], ran.json["code"]) == ("isp_querybeianstatus", 0)
    assert "<Bazt>1</Bazt>" in ran.json["body"]
    assert "demo-password" not in ran.out + ran.err


@pytest.mark.parametrize("argument", ["queryCondition", "nothing=1", "queryConditionType=x"])
def test_it_refuses_arguments_that_the_method_does_not_have(
    argument: str, link: Link, bureau: Bureau
) -> None:
    ran = run("bureau_call", "isp_querybeianstatus", "--arg", argument)
    assert (ran.code, len(bureau.journal)) == (1, 0)
    assert ran.err.strip()


def test_it_says_1_where_a_raw_call_gets_no_answer(link: Link, running: Running) -> None:
    running.stop()
    ran = run("bureau_call", "isp_download")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.strip()
