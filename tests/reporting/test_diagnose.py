"""Why a request waits on its way to the bureau: each cause from a situation made with the simulator, and its evidence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from filing.models import Request
from reporting.choices import Cause
from reporting.models import Call, DataFile, Link
from reporting.services import calls
from reporting.services.download import poll_link
from reporting.services.findings import Action
from reporting.services.upload import send_link
from simulator import Bureau, Running
from tests.reporting.diagnosing import found, words
from tests.reporting.downloads import apply
from tests.reporting.material import OTHER_ISP_ID, OTHER_UNIT, filing_json, make_link, ready, states
from tests.reporting.results import bajg, refusal, result

pytestmark = pytest.mark.django_db


# --- on the way -----------------------------------------------------------------------------------


def test_it_says_that_a_request_is_next_in_line(link: Link) -> None:
    (request,) = ready(1)
    finding = found(request)
    assert (finding.cause, finding.needs_person) == (Cause.ABOUT_TO_GO, False)
    assert finding.found is not None and finding.found.calm
    assert finding.evidence[0].at == Request.objects.get().ready_at


def test_it_says_that_there_is_no_link(link: Link) -> None:
    (request,) = ready(filing_json(1, isp_id=OTHER_ISP_ID))
    finding = found(request)
    assert (finding.cause, finding.needs_person) == (Cause.NO_LINK, True)
    assert str(OTHER_ISP_ID) in words(finding)
    assert "set_bureau" in finding.step


def test_it_says_that_a_request_is_held_back(link: Link) -> None:
    (request,) = ready(1)
    Request.objects.update(held_reason="备份恢复后，管局可能已有这一件")
    finding = found(request)
    assert (finding.cause, finding.needs_person) == (Cause.HELD, True)
    assert finding.found is not None and finding.found.action == Action.HELD
    assert "管局可能已有" in words(finding)


def test_it_tells_until_when_the_bureau_asked_to_wait(link: Link, bureau: Bureau) -> None:
    content = filing_json(1)
    bureau.set_options({"old_system": [content["subject"]["certificate"]["number"]]})
    (request,) = ready(content)
    send_link(link)
    poll_link(link)
    assert states(request) == ["ready"]
    finding = found(request)
    assert (finding.cause, finding.needs_person) == (Cause.POSTPONED, False)
    assert "1052" in words(finding)
    assert finding.evidence[0].place["download"]
    assert finding.evidence[1].at == Request.objects.get().not_before


def test_it_tells_when_the_hours_begin(link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    bureau.faults.add("code", method="isp_upload", code=20, words="上报时段为 09:00-17:30")
    opens = timezone.now() + timedelta(hours=9)
    send_link(link)
    Link.objects.update(upload_not_before=opens)
    finding = found(request)
    assert finding.cause == Cause.ABOUT_TO_GO
    assert "09:00-17:30" in words(finding)
    assert f"{timezone.localtime(opens):%H:%M}" in finding.step


@pytest.mark.parametrize(("code", "checked"), [(5, "口令"), (13, "地址"), (19, "")])
def test_it_says_that_the_link_is_stopped_and_what_to_check(
    code: int, checked: str, link: Link, bureau: Bureau
) -> None:
    (request,) = ready(1)
    bureau.faults.add("code", method="isp_upload", code=code)
    send_link(link)
    finding = found(request)
    assert (finding.cause, finding.needs_person) == (Cause.LINK_STOPPED, True)
    assert f"代码 {code}" in words(finding)
    assert finding.evidence[0].place == {"link": link.isp_id, "code": code}
    assert checked in finding.step + words(finding)


def test_it_tells_the_bureaus_outage_from_our_networks(link: Link, running: Running) -> None:
    (request,) = ready(1)
    running.stop()
    send_link(link)
    finding = found(request)
    assert (finding.cause, finding.needs_person) == (Cause.BUREAU_OUT_OF_ORDER, False)
    assert "拒绝连接" in words(finding)
    Link.objects.update(base_url="http://bureau.invalid", upload_not_before=None)
    send_link(Link.objects.get())
    finding = found(request)
    assert (finding.cause, finding.needs_person) == (Cause.NETWORK_DOWN, True)
    assert "主机名无法解析" in words(finding)
    assert "连续失败 2 次" in words(finding)


def test_it_takes_it_for_our_network_where_no_bureau_answers(link: Link, running: Running) -> None:
    (request,) = ready(1)
    running.stop()
    other = make_link("http://localhost:9", OTHER_UNIT)
    poll_link(other)
    send_link(link)
    finding = found(request)
    assert (finding.cause, finding.needs_person) == (Cause.NETWORK_DOWN, True)
    assert "也没有应答" in words(finding)
    Call.objects.filter(link=other).update(outcome="answered", code=2, trouble="")
    assert found(request).cause == Cause.BUREAU_OUT_OF_ORDER
    Call.objects.filter(link=other).update(outcome="not_sent", started_at=timezone.now() - timedelta(hours=1))
    assert found(request).cause == Cause.BUREAU_OUT_OF_ORDER


@pytest.mark.parametrize("code", [15, 901, 902])
def test_it_takes_the_bureaus_word_that_it_is_shut(code: int, link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    bureau.faults.add("code", method="isp_upload", code=code)
    send_link(link)
    finding = found(request)
    assert (finding.cause, finding.needs_person) == (Cause.BUREAU_OUT_OF_ORDER, False)
    assert finding.evidence[0].place["code"] == code
    assert "自动再试" in finding.step


def test_it_judges_rows_that_do_not_tell_the_side(link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    bureau.faults.add("code", method="isp_upload", code=901)
    send_link(link)
    Call.objects.update(trouble="")
    assert found(request).cause == Cause.BUREAU_OUT_OF_ORDER
    Call.objects.update(outcome="unknown", code=None)
    assert found(request).cause == Cause.BUREAU_OUT_OF_ORDER


def test_it_says_that_nothing_of_ours_runs(waiting: Request, link: Link) -> None:
    poll_link(link)
    long_ago = timezone.now() - timedelta(hours=3)
    Call.objects.update(started_at=long_ago, made_by="web2:4711 celery worker")
    finding = found(waiting)
    assert (finding.cause, finding.needs_person) == (Cause.NOT_RUNNING, True)
    assert "web2:4711 celery worker" in words(finding)
    Link.objects.update(download_not_before=timezone.now() + timedelta(hours=1))
    assert found(waiting).cause != Cause.NOT_RUNNING


def test_it_says_that_nobody_knows_yet_whether_it_arrived(link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    bureau.faults.add("lost_answer", method="isp_upload")
    send_link(link)
    finding = found(request)
    assert (finding.cause, finding.needs_person) == (Cause.IN_DOUBT, False)
    assert finding.evidence[0].place["sequence"] == 1
    bureau.faults.add("code", method="isp_querypreviousupload", code=901)
    send_link(Link.objects.get(), asked=True)
    assert "901" in words(found(request))


def test_it_says_that_a_file_never_arrived(link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    bureau.faults.add("code", method="isp_upload", code=15)
    send_link(link)
    calls.previous_upload(Link.objects.get())  # the bureau answers again, the file has not gone yet
    finding = found(request)
    assert (finding.cause, finding.needs_person) == (Cause.NEVER_ARRIVED, False)
    assert "第 1 号文件发过 1 次" in words(finding)
    assert "15" in words(finding)


def test_it_says_that_a_file_was_refused_as_a_whole(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    requests = ready(1, 2)
    send_link(link)
    apply(link, refusal(5001, DataFile.objects.get().name), at=timezone.now())
    assert states(*requests) == ["ready", "ready"]
    finding = found(requests[0])
    assert (finding.cause, finding.needs_person) == (Cause.NEVER_ARRIVED, False)
    assert finding.evidence[0].place["sequence"] == 1
    assert "拆成小文件" in finding.step


def test_it_says_when_the_time_to_come_again_is_over(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    (request,) = ready(1)
    send_link(link)
    apply(link, bajg(result(request, 1051)), at=timezone.now())
    Request.objects.update(not_before=timezone.now() - timedelta(minutes=1))
    finding = found(request)
    assert finding.cause == Cause.ABOUT_TO_GO
    assert "管局要求稍后再报" in words(finding)
