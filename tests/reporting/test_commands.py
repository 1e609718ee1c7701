"""`report`, `poll`, `filing_status`: what other systems drive the project by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from filing.models import Request
from reporting.models import DataFile, Link
from reporting.services import sweep
from simulator import Bureau, Running
from tests.reporting.commands import run
from tests.reporting.material import (
    OTHER_ISP_ID,
    OTHER_UNIT,
    filing_json,
    make_link,
    ready,
    states,
)

pytestmark = pytest.mark.django_db


def test_it_reports_and_polls_and_tells_where_a_request_stands(link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    ran = run("report", "--json")
    (row,) = ran.json["files"]
    assert (ran.code, set(ran.json)) == (0, {"files"})
    wanted = {"sequence": 1, "code": 0, "outcome": "accepted", "refs": ["t-0001"]}
    assert {name: row[name] for name in wanted} == wanted

    status = run("filing_status", "--ref", "t-0001", "--json").json["requests"][0]
    assert status | {"waiting_since": None} == {
        "ref": "t-0001",
        "id": request.pk,
        "operation": "new_filing",
        "state": "awaiting_bureau",
        "result_codes": [],
        "bureau_words": "",
        "subject_number": None,
        "website_numbers": [],
        "waiting_since": None,
        "last_checked_at": None,
        "stalled_reason": None,
    }
    assert datetime.fromisoformat(status["waiting_since"]).tzinfo is not None

    ran = run("poll", "--json")
    assert (ran.code, set(ran.json), len(ran.json["downloads"])) == (0, {"downloads"}, 2)
    status = run("filing_status", "--json").json["requests"][0]
    assert (status["state"], status["result_codes"]) == ("approved", [1001])
    assert status["subject_number"] == "京ICP备2026000001号"
    assert status["website_numbers"] == ["京ICP备2026000001号-1"]
    assert datetime.fromisoformat(status["last_checked_at"]) >= datetime.fromisoformat(
        status["waiting_since"]
    )


def test_it_tells_people_the_same_in_lines(link: Link) -> None:
    ready(1, 2)
    assert run("report").out.splitlines() == ["第 1 号\t代码 0\taccepted\t2 条"]
    assert run("report").out.splitlines() == ["没有要上报的请求"]
    assert len(run("poll").out.splitlines()) == 2
    assert run("poll").out.splitlines() == ["管局没有可下载的数据"]
    lines = run("filing_status").out.splitlines()
    assert [line.split("\t")[:3] for line in lines] == [
        ["t-0001", "已通过", "京ICP备2026000001号"],
        ["t-0002", "已通过", "京ICP备2026000002号"],
    ]


def test_it_says_why_a_request_waits(link: Link, bureau: Bureau) -> None:
    ready(1)
    bureau.faults.add("code", method="isp_upload", code=901)
    ran = run("report", "--json")
    assert (ran.code, ran.json["files"][0]["code"]) == (0, 901)
    assert "901" in ran.err
    status = run("filing_status", "--json").json["requests"][0]
    assert status["state"] == "packed"
    assert "901" in status["stalled_reason"]


# --- a bureau that is down is no error ------------------------------------------------------------


@pytest.mark.parametrize("with_work", [True, False])
def test_it_says_that_the_bureau_is_down_and_ends_well(with_work: bool, link: Link, running: Running) -> None:
    requests = ready(1) if with_work else []
    running.stop()
    report, poll = run("report", "--json"), run("poll", "--json")
    assert (report.code, poll.code) == (0, 0)
    (row,) = poll.json["downloads"]
    assert (row["outcome"], row["file"]) == ("down", "")
    assert poll.err.strip()
    assert [each["outcome"] for each in report.json["files"]] == ["packed"] * len(requests)
    assert bool(report.err.strip()) == with_work
    running.start()
    assert run("report").code == run("poll").code == 0
    assert states(*requests) == ["approved"] * len(requests)


@pytest.mark.parametrize("code", [5, 20, 902])
def test_it_says_that_the_bureau_is_shut_and_ends_well(code: int, link: Link, bureau: Bureau) -> None:
    ready(1)
    bureau.faults.add("code", code=code, times=None)
    for name, rows in (("report", "files"), ("poll", "downloads")):
        ran = run(name, "--json")
        assert ran.code == 0
        assert len(ran.json[rows]) == 1
        assert f"代码 {code}" in ran.err


def test_it_does_not_wait_where_a_person_asks(link: Link, bureau: Bureau) -> None:
    ready(1)
    bureau.faults.add("code", method="isp_upload", code=5)
    assert run("report", "--json").json["files"][0]["code"] == 5
    assert run("report", "--json").json["files"][0]["code"] == 0


# --- which links, how many files ------------------------------------------------------------------


@pytest.mark.parametrize(("most", "sent"), [("0", 0), ("1", 1), ("2", 2), ("9", 3)])
def test_it_sends_no_more_files_than_asked_for(most: str, sent: int, link: Link) -> None:
    ready(1, 2, 3)
    Request.objects.update(batch_limit=1)
    assert len(run("report", "--max-files", most, "--json").json["files"]) == sent
    assert DataFile.objects.count() == sent


def test_it_serves_every_link_though_one_breaks(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_link(link.base_url, OTHER_UNIT)
    requests = ready(filing_json(1), filing_json(2, isp_id=OTHER_ISP_ID))
    send_link, tried = sweep.send_link, []

    def breaks(each: Link, **more: Any) -> Any:
        tried.append(each)
        if each == link:
            raise MemoryError
        return send_link(each, **more)

    monkeypatch.setattr(sweep, "send_link", breaks)
    with pytest.raises(MemoryError):
        run("report")
    assert tried == [link, other]
    assert states(*requests)[0] == "ready"
    assert states(*requests)[1] != "ready"


@pytest.mark.parametrize("name", ["report", "poll"])
def test_it_asks_for_a_link_first(name: str, db: None) -> None:
    ran = run(name)
    assert (ran.code, ran.out) == (1, "")
    assert "set_bureau" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "--max-files", "-1"),
        ("report", "--max-files", "many"),
        ("report", "extra"),
        ("poll", "--max-files", "1"),
        ("filing_status", "--ref"),
        ("build_report", "--ref", "t-0001"),
        ("build_report", "-o", "x.xml"),
        ("bureau_call", "isp_nothing"),
    ],
)
def test_it_says_2_for_wrong_usage(arguments: tuple[str, ...], link: Link) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "usage" in ran.err


def test_it_says_1_for_a_ref_that_is_none_and_tells_the_others(link: Link) -> None:
    ready(1)
    ran = run("filing_status", "--ref", "t-0001", "nobody", "--json")
    assert (ran.code, [row["ref"] for row in ran.json["requests"]]) == (1, ["t-0001"])
    assert "nobody" in ran.err
