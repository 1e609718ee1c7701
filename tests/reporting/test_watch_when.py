"""When the watchdog asks and when it does not, what crashes and races do to it, and the rows that it keeps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from filing.choices import RequestState
from filing.models import Request
from filing.services import outcomes
from reporting import tasks
from reporting.choices import Cause, Circuit, Direction, Method
from reporting.models import Call, Diagnosis, Link
from reporting.selectors import diagnoses_for_a_person
from reporting.services import filing_query, looking, patience, watch
from reporting.services.diagnose import diagnose
from reporting.services.upload import send_link
from reporting.services.watch import MOST_CALLS_A_PASS, look_now, refresh_diagnoses, watch_link
from simulator import Bureau
from tests.reporting.material import held_elsewhere, history, ready, states, website_json
from tests.reporting.watching import STATUS, asked, long_since, sent

pytestmark = pytest.mark.django_db


# --- when it asks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["too early", "circuit", "receiving", "hours", "busy"])
def test_it_does_not_ask(why: str, link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    (request,) = sent(link, 1)
    later = timezone.now() + timedelta(hours=1)
    if why == "too early":
        long_since(request, hours=23)
    elif why == "circuit":
        patience.call_a_person(link, Direction.SENDING, "还没有权限", 19)
    elif why == "receiving":
        Link.objects.update(download_not_before=later, download_waiting_reason="系统维护（代码 901）")
    elif why == "hours":
        bureau.faults.add("code", method="isp_upload", code=20, words="上报时段为 09:00-17:30")
        ready(2)
        send_link(link)
        Link.objects.update(upload_not_before=later)
    if why == "busy":
        with held_elsewhere(link, Direction.RECEIVING):
            report = watch_link(Link.objects.get())
    else:
        report = watch_link(Link.objects.get())
    assert asked(link) == 0
    assert bool(report.stopped) is (why != "too early")
    assert not Diagnosis.objects.filter(request=request).exclude(asked_at=None).exists()


def test_it_asks_few_at_a_time_the_oldest_look_first(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    requests = sent(link, *range(1, 13))
    for number, request in enumerate(requests):
        long_since(request, hours=40 - number)
    report = watch_link(link)
    assert report.calls == MOST_CALLS_A_PASS + 1  # the last look is finished
    assert report.stopped
    first = list(Diagnosis.objects.order_by("request").values_list("request", flat=True))
    assert first == [each.pk for each in requests[:10]]
    assert Call.objects.filter(method=Method.PREVIOUS_UPLOAD).count() == 1
    watch_link(link)
    assert Diagnosis.objects.count() == 12
    assert Call.objects.filter(method=Method.PREVIOUS_UPLOAD).count() == 1


def test_it_scales_its_waits(link: Link, bureau: Bureau, settings: Any) -> None:
    bureau.set_mode("manual")
    (request,) = sent(link, 1)
    settings.ICP_WAIT_FACTOR = 2.0
    watch_link(link)
    assert asked(link) == 0
    settings.ICP_WATCH_AFTER_HOURS = 12.0
    watch_link(link)
    assert asked(link) == 2
    assert request.accepted_at


def test_it_puts_off_a_look_that_failed_and_changes_nothing(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    (request,) = sent(link, 1)
    bureau.faults.add("dropped", method=STATUS.value)
    report = watch_link(link)
    assert report.stopped
    row = Diagnosis.objects.get()
    assert (row.asked_at, row.answers) == (None, [])
    assert row.next_look_at > timezone.now() + timedelta(minutes=50)
    assert Link.objects.get().download_failures == 0
    watch_link(link)
    assert asked(link) == 1
    assert states(request) == ["awaiting_bureau"]


def test_it_stops_the_link_where_a_person_is_needed(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    sent(link, 1)
    bureau.faults.add("code", method=STATUS.value, code=5)
    watch_link(link)
    found = Link.objects.get()
    assert (found.circuit, found.circuit_code) == (Circuit.OPEN, 5)
    assert (diagnose([Request.objects.get()])[0].cause) == Cause.LINK_STOPPED


def test_it_asks_nobody_of_a_link_whose_bureau_says_later(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    sent(link, 1, 2)
    bureau.faults.add("code", method=STATUS.value, code=901)
    watch_link(link)
    watch_link(link)
    assert asked(link) == 1
    assert Link.objects.get().download_failures == 0
    assert all(row.next_look_at > timezone.now() for row in Diagnosis.objects.all())


# --- crashes and races ----------------------------------------------------------------------------


def test_it_changes_nothing_where_it_is_killed_between_a_call_and_its_write(
    link: Link, silent: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    (request,) = sent(link, 1)

    class Killed(BaseException):
        pass

    def killed(*_args: Any, **_more: Any) -> None:
        raise Killed

    monkeypatch.setattr(looking, "write_diagnosis", killed)
    with pytest.raises(Killed):
        watch_link(link)
    assert states(request) == ["awaiting_bureau"]
    assert asked(link) == 2
    assert not Diagnosis.objects.exists()
    monkeypatch.undo()
    watch_link(link)
    assert history(request).count("approved") == 1


def test_a_decision_that_came_meanwhile_wins(
    link: Link, silent: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    (request,) = sent(link, 1)
    ask = filing_query.ask

    def rejected_meanwhile(*args: Any) -> Any:
        mine = Request.objects.get(pk=request.pk)
        if mine.state == RequestState.AWAITING_BUREAU:
            outcomes.mark_rejected(mine, codes=[], words="材料不清", reason="管局审核拒绝", proof={})
        return ask(*args)

    monkeypatch.setattr(filing_query, "ask", rejected_meanwhile)
    report = watch_link(link)
    assert (states(request), report.moved) == (["rejected"], 0)
    assert not Diagnosis.objects.exists()


def test_it_distrusts_an_answer_to_another_question(
    link: Link, silent: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    (request,) = sent(link, 1)
    ask = filing_query.ask
    other = filing_query.about_domain("elsewhere.cn")
    monkeypatch.setattr(filing_query, "ask", lambda link, _question: ask(link, other))
    assert watch_link(link).stopped
    assert states(request) == ["awaiting_bureau"]


# --- by hand, and the rows ------------------------------------------------------------------------


def test_a_person_may_look_at_once_but_not_again_and_again(link: Link, silent: Bureau) -> None:
    silent.set_mode("manual")
    (request,) = ready(1)
    send_link(link)
    request.refresh_from_db()
    assert "还没有这一件的结论" in look_now(request)
    assert asked(link) == 2
    assert "一分钟内" in look_now(request)
    assert asked(link) == 2
    Diagnosis.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
    silent.decide()
    assert "已通过" in look_now(request)
    assert states(request) == ["approved"]
    assert "不在等待" in look_now(Request.objects.get())


def test_a_person_sees_why_nothing_could_be_asked(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    (request,) = sent(link, 1)
    bureau.faults.add("code", method="isp_download", code=5, times=None)
    assert "链路已停止" in look_now(Request.objects.get())
    assert asked(link) == 0
    Request.objects.filter(pk=request.pk).update(isp_id=1)
    assert "没有对应的链路" in look_now(Request.objects.get())


def test_it_keeps_rows_for_what_waits_long_and_drops_those_that_moved_on(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    old, young = sent(link, 1, 2)
    long_since(young, hours=1)
    assert refresh_diagnoses() == 1
    row = Diagnosis.objects.get()
    assert (row.request_id, row.cause) == (old.pk, Cause.WITHIN_TERM)
    found_at = row.found_at
    assert refresh_diagnoses() == 1
    assert Diagnosis.objects.get().found_at > found_at
    Diagnosis.objects.update(answers=[{"query": "x", "at": timezone.now().isoformat(), "words": "x"}])
    refresh_diagnoses()
    assert Diagnosis.objects.get().answers
    outcomes.mark_rejected(old, codes=[], words="不清", reason="管局审核拒绝", proof={})
    assert refresh_diagnoses() == 0
    assert not Diagnosis.objects.exists()


def test_it_lists_what_needs_a_person_and_nothing_that_moved_since(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    request, other = sent(link, 1, 2)
    long_since(request, hours=24 * 60)
    refresh_diagnoses()
    assert [row.request for row in diagnoses_for_a_person()] == [request]
    outcomes.mark_rejected(request, codes=[], words="不清", reason="管局审核拒绝", proof={})
    assert not diagnoses_for_a_person().exists()
    assert Diagnosis.objects.filter(request=other, needs_person=False).exists()


def test_two_watchdogs_ask_about_a_request_once(
    link: Link, bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau.set_mode("manual")
    sent(link, 1)
    poll = watch.poll_link
    Link.objects.update(emptied_at=None)

    def the_other_was_quicker(mine: Link) -> Any:
        rows = poll(mine)
        monkeypatch.setattr(watch, "poll_link", poll)
        watch_link(Link.objects.get())
        return rows

    monkeypatch.setattr(watch, "poll_link", the_other_was_quicker)
    report = watch_link(Link.objects.get())
    assert (asked(link), report.looked, report.calls) == (2, 0, 0)


def test_a_person_hears_where_the_interface_cannot_tell(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    number = bureau.add_neighbours(1)[0].websites[0].number
    access = website_json(1)["accesses"][0]
    item = {"ref": "a", "operation": "new_access", "website_number": number, "access": access}
    (request,) = ready(item | {"icp_password": "Demo-12345"})
    send_link(link, asked=True)
    request.refresh_from_db()
    assert "不能查询" in look_now(request)
    assert asked(link) == 0
    assert Diagnosis.objects.get().answers[0]["sequence"] == 1


def test_it_looks_after_each_link_by_its_tasks(link: Link, silent: Bureau, monkeypatch: Any) -> None:
    (request,) = sent(link, 1)
    woken: list[int] = []
    monkeypatch.setattr(tasks.watch_over, "apply_async", lambda args, **_options: woken.append(args[0]))
    tasks.watch()
    assert woken == [link.pk]
    assert Diagnosis.objects.count() == 1
    tasks.watch_over(link.pk)
    assert states(request) == ["approved"]
    tasks.watch_over(0)
    assert watch.watch_after() == timedelta(hours=24)
