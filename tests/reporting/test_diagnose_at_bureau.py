"""Why a request waits at the bureau: each cause from a situation made with the simulator, and its evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from filing.models import Request
from filing.services.codes import load_builtin_codes
from reporting.choices import Cause, Circuit, Direction, ItemOutcome
from reporting.models import Call, DownloadItem, Link, NumberCheck
from reporting.services import patience
from reporting.services.diagnose import diagnose
from reporting.services.download import poll_link
from reporting.services.findings import Action
from reporting.services.pack import pack
from reporting.services.upload import send_link
from simulator import Bureau, Running
from tests.reporting.diagnosing import accepted, found, ruled_out, words
from tests.reporting.downloads import apply
from tests.reporting.material import OTHER_ISP_ID, OTHER_UNIT, filing_json, make_link, ready, states
from tests.reporting.results import bajg, result

pytestmark = pytest.mark.django_db


# --- at the bureau --------------------------------------------------------------------------------


def test_it_counts_the_check_by_sms_for_a_day_and_never_claims_to_know(waiting: Request, link: Link) -> None:
    poll_link(link)
    finding = found(waiting)
    until = timezone.localtime(waiting.accepted_at + timedelta(hours=24))
    assert f"{until:%m-%d %H:%M}" in finding.step and "接口不告知" in words(finding)
    accepted(waiting, timezone.now() - timedelta(hours=23, minutes=59))
    assert found(waiting).cause == Cause.SMS_CHECK
    accepted(waiting, timezone.now() - timedelta(hours=24))
    assert found(waiting).cause == Cause.WITHIN_TERM


def test_it_leaves_the_check_by_sms_out_where_no_mobile_is_sent(waiting: Request, link: Link) -> None:
    poll_link(link)
    Request.objects.filter(pk=waiting.pk).update(operation="cancel_website")
    assert found(waiting).cause == Cause.WITHIN_TERM


def test_it_is_calm_while_nothing_is_late(waiting: Request, link: Link) -> None:
    poll_link(link)
    finding = found(waiting)
    assert (finding.cause, finding.needs_person) == (Cause.SMS_CHECK, False)
    assert finding.found is not None and finding.found.calm
    assert ruled_out(finding) == {Cause.BUREAU_OUT_OF_ORDER, Cause.NEVER_ARRIVED, Cause.NOT_COLLECTED}
    proofs = {each.cause: each.fact for each in finding.ruled_out}
    assert proofs[Cause.NOT_COLLECTED].at == Link.objects.get().emptied_at
    assert proofs[Cause.NEVER_ARRIVED].place["sequence"] == 1


@pytest.mark.parametrize(
    ("day", "cause", "passed"),
    [
        (datetime(2026, 3, 12, 9, tzinfo=UTC), Cause.WITHIN_TERM, 19),
        (datetime(2026, 3, 13, 15, 59, tzinfo=UTC), Cause.WITHIN_TERM, 20),  # 23:59 in Shanghai
        (datetime(2026, 3, 13, 16, 0, tzinfo=UTC), Cause.OVERDUE, 20),  # Saturday: the term ended yesterday
        (datetime(2026, 3, 16, 1, tzinfo=UTC), Cause.OVERDUE, 21),
    ],
)
def test_it_counts_working_days_over_the_spring_festival(
    day: datetime, cause: Cause, passed: int, waiting: Request, link: Link
) -> None:
    accepted(waiting, datetime(2026, 2, 9, 2, tzinfo=UTC))
    Link.objects.update(emptied_at=day)
    Call.objects.update(started_at=day, ended_at=day)
    finding = found(waiting, day)
    assert (finding.cause, finding.needs_person) == (cause, cause == Cause.OVERDUE)
    assert f"已过 {passed} 个工作日" in words(finding)
    assert "2026-03-13" in words(finding)


def test_it_says_that_a_term_is_estimated(waiting: Request, link: Link) -> None:
    day = datetime(2199, 1, 7, 2, tzinfo=UTC)
    accepted(waiting, day)
    Link.objects.update(emptied_at=day)
    Call.objects.update(started_at=day, ended_at=day)
    assert "估算" in words(found(waiting, day))


def test_it_says_that_a_refusal_was_not_collected_until_it_is(link: Link, bureau: Bureau) -> None:
    (request,) = ready(filing_json(1, subject__certificate__number="91110108MA00000001"))
    bureau.set_options({"unique_site_names": True})
    bureau.faults.add("http_500", method="isp_download", times=3)
    bureau.send(link.isp_id, bajg(result(request, 1015)))
    bureau.set_mode("manual")
    send_link(link)
    for _ in range(3):
        poll_link(Link.objects.get(), asked=True)
    finding = found(request)
    assert (finding.cause, finding.needs_person) == (Cause.NOT_COLLECTED, False)
    assert "连续失败 3 次" in words(finding)
    assert "从来没有取空过" in words(finding)
    assert finding.found is not None and finding.found.action == Action.LOOK
    poll_link(Link.objects.get(), asked=True)
    assert states(request) == ["returned"]
    assert found(request).cause is None


def test_it_says_that_the_queue_is_older_than_promised(waiting: Request, link: Link) -> None:
    poll_link(link)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    accepted(waiting, an_hour_ago - timedelta(hours=1))
    Link.objects.update(emptied_at=an_hour_ago)
    finding = found(waiting)
    assert finding.cause == Cause.NOT_COLLECTED
    assert finding.evidence[0].at == an_hour_ago


def test_it_names_the_file_that_fails_its_check(waiting: Request, link: Link, bureau: Bureau) -> None:
    poll_link(link)
    link.broken_downloads.create(
        bureau_name="D7.zip",
        sha256="0" * 64,
        size_bytes=1,
        reason="哈希值不符",
        first_at=timezone.now(),
        last_at=timezone.now(),
    )
    finding = found(waiting)
    assert (finding.cause, finding.needs_person) == (Cause.NOT_COLLECTED, True)
    assert "D7.zip" in words(finding)


def test_it_finds_the_bureau_down_as_a_whole(waiting: Request, link: Link, running: Running) -> None:
    running.stop()
    poll_link(link)
    finding = found(waiting)
    assert (finding.cause, finding.needs_person) == (Cause.BUREAU_OUT_OF_ORDER, False)
    assert "留在管局的下载队列" in finding.step


def test_it_does_not_blame_a_stop_of_sending_for_what_waits_at_the_bureau(
    waiting: Request, link: Link
) -> None:
    poll_link(link)
    patience.call_a_person(link, Direction.SENDING, "还没有权限（代码 19）", 19)
    assert Link.objects.get().circuit == Circuit.OPEN
    assert found(waiting).cause == Cause.SMS_CHECK
    patience.start_afresh(link)
    patience.call_a_person(link, Direction.SENDING, "密码错误（代码 5）", 5)
    assert found(waiting).cause == Cause.LINK_STOPPED


@pytest.mark.parametrize("named", [True, False])
def test_it_points_at_a_record_that_came_and_was_not_applied(
    named: bool, waiting: Request, link: Link
) -> None:
    poll_link(link)
    now = timezone.now()
    # A decision about several websites where there is one: nobody can apply it.
    xml = bajg(result(waiting if named else None, 1015, kind=2 if named else 1))
    xml = xml if named else bajg(result(None, 1015))
    (item,) = apply(link, xml, at=now)
    DownloadItem.objects.update(outcome=ItemOutcome.FAILED, reason="处理时出错", request=None)
    Request.objects.update(state="awaiting_bureau")
    if named:
        Request.objects.update(operation="new_website")
    finding = found(waiting)
    assert (finding.cause, finding.needs_person) == (Cause.NOT_APPLIED, True)
    assert finding.evidence[0].place == {"download": item.download_id, "position": item.position}
    assert ("可能是这一件" in words(finding)) is not named
    assert finding.found is not None and finding.found.action == Action.INBOX
    DownloadItem.objects.update(handled_at=now)
    assert found(waiting).cause == Cause.SMS_CHECK


def test_it_does_not_hold_a_record_of_others_or_of_before_against_a_request(
    waiting: Request, link: Link
) -> None:
    poll_link(link)
    (other,) = ready(2)
    apply(link, bajg(result(other, 1001, kind=7)), at=timezone.now())
    apply(link, bajg(result(None, 1015)), at=timezone.now() - timedelta(days=3))
    assert DownloadItem.objects.filter(outcome=ItemOutcome.UNMATCHED).count() == 2
    assert found(waiting).cause == Cause.SMS_CHECK


def test_it_says_that_another_province_decides(link: Link, bureau: Bureau) -> None:
    load_builtin_codes()
    bureau.set_mode("manual")
    elsewhere = {"province": 130000, "city": 131000, "county": 131002, "detail": "示例路1号"}
    (request,) = ready(filing_json(1, subject__address=elsewhere))
    send_link(link)
    poll_link(link)
    assert states(request) == ["forwarded"]
    finding = found(request)
    assert (finding.cause, finding.needs_person) == (Cause.FORWARDED, False)
    assert "河北" in words(finding)
    long_ago = timezone.now() - timedelta(days=60)
    accepted(request, long_ago)
    finding = found(request)
    assert (finding.cause, finding.needs_person) == (Cause.FORWARDED, True)
    assert "河北" in finding.step


def test_it_infers_another_province_from_the_number(waiting: Request, link: Link) -> None:
    load_builtin_codes()
    poll_link(link)
    revision = waiting.revisions.get()
    content = {"subject_number": "冀ICP备2026900123号", "websites": revision.content["websites"]}
    waiting.revisions.create(number=2, content=content, frozen_at=timezone.now())
    Request.objects.update(operation="new_website", revision_number=2)
    finding = found(waiting)
    assert finding.cause == Cause.FORWARDED
    assert "河北" in words(finding)


def test_it_finds_that_the_bureau_has_lost_a_file(waiting: Request, link: Link) -> None:
    poll_link(link)
    NumberCheck.objects.create(
        link=link, asked_at=timezone.now(), our_next=2, bureau_sequence=0, verdict="equal", words="0"
    )
    finding = found(waiting)
    assert (finding.cause, finding.needs_person) == (Cause.NEVER_ARRIVED, True)
    assert "管局最近收到第 0 号" in words(finding)
    assert "补报" in finding.step


# --- and many -------------------------------------------------------------------------------------


def test_it_costs_the_same_queries_for_one_request_and_for_many(
    link: Link, bureau: Bureau, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    bureau.set_mode("manual")
    requests = ready(1, 2, 3, 4, 5)
    send_link(link)
    poll_link(link)
    requests = list(Request.objects.order_by("pk"))
    with django_assert_max_num_queries(14) as one:
        diagnose(requests[:1])
    with django_assert_max_num_queries(len(one)):
        findings = diagnose(requests)
    assert [finding.cause for finding in findings] == [Cause.SMS_CHECK] * 5


def test_it_answers_for_several_links_in_order(link: Link, start_bureau: Callable[..., Running]) -> None:
    make_link("http://other.invalid", OTHER_UNIT)
    first, second = ready(filing_json(1, isp_id=OTHER_ISP_ID), 2)
    file = pack(link)
    assert file is not None
    send_link(Link.objects.get(isp_id=OTHER_ISP_ID))
    findings = diagnose([Request.objects.get(pk=second.pk), Request.objects.get(pk=first.pk)])
    assert [each.cause for each in findings] == [Cause.ABOUT_TO_GO, Cause.NETWORK_DOWN]
