"""The watchdog: what waits too long at a bureau is looked after, asked about, and concluded by the usual services."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from filing.choices import FiledState, RequestState
from filing.models import Request, Subject, Website
from filing.services import outcomes
from reporting import tasks
from reporting.choices import Cause, Circuit, Direction, EntryOutcome, Method
from reporting.models import Call, Diagnosis, FileEntry, Link
from reporting.selectors import diagnoses_for_a_person
from reporting.services import filing_query, looking, patience, watch
from reporting.services.diagnose import diagnose
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from reporting.services.watch import MOST_CALLS_A_PASS, look_now, refresh_diagnoses, watch_link
from simulator import Bureau
from simulator import sending as from_simulator
from tests.reporting.material import filing_json, held_elsewhere, history, ready, states, website_json

pytestmark = pytest.mark.django_db

STATUS = Method.FILING_STATUS


def asked(link: Link) -> int:
    return Call.objects.filter(link=link, method=STATUS).count()


def long_since(*requests: Request, hours: float = 25) -> None:
    """They were accepted so long ago, and were looked at so much earlier."""
    ago = timedelta(hours=hours)
    Request.objects.filter(pk__in=[each.pk for each in requests]).update(accepted_at=timezone.now() - ago)


def a_day_later() -> None:
    for name in ("asked_at", "next_look_at"):
        for row in Diagnosis.objects.all():
            moment = getattr(row, name)
            Diagnosis.objects.filter(pk=row.pk).update(**{name: moment and moment - timedelta(hours=25)})
    for request in Request.objects.exclude(accepted_at=None):
        Request.objects.filter(pk=request.pk).update(accepted_at=request.accepted_at - timedelta(hours=25))


def sent(link: Link, *items: Any) -> list[Request]:
    """Accepted, the queue emptied, and waiting for more than a day."""
    requests = ready(*items)
    send_link(link, asked=True)
    poll_link(link, asked=True)
    for request in requests:
        request.refresh_from_db()
    long_since(*[each for each in requests if each.accepted_at])
    return requests


@pytest.fixture
def filed(link: Link) -> Subject:
    """A subject with a website that this bureau has filed for us; what follows is decided and never told."""
    (request,) = ready(1)
    send_link(link)
    poll_link(link)
    assert states(request) == ["approved"]
    return Subject.objects.get()


@pytest.fixture
def silent(bureau: Bureau) -> Bureau:
    bureau.set_options({"silent": True})
    return bureau


# --- decided without notice -----------------------------------------------------------------------


def test_it_finds_a_new_filing_decided_without_notice(link: Link, silent: Bureau) -> None:
    (request,) = sent(link, 1)
    assert states(request) == ["awaiting_bureau"]
    report = watch_link(link)
    assert (report.looked, report.moved, report.stopped) == (1, 1, "")
    assert states(request) == ["approved"]
    event = request.events.last()
    assert event is not None
    assert event.proof["query"] == STATUS
    assert [row["filed"] for row in event.proof["answers"]] == [True, True]
    assert "京ICP备2026000001号" in event.reason
    assert "没有收到通知" in event.reason
    assert asked(link) == 2  # certificate and domain
    assert {row["call"] for row in event.proof["answers"]} == set(
        Call.objects.filter(method=STATUS).values_list("pk", flat=True)
    )
    assert FileEntry.objects.get().outcome == EntryOutcome.APPROVED
    assert not Diagnosis.objects.exists()
    assert "91110108" not in str(event.proof) + event.reason


def test_it_applies_a_decision_once_that_comes_later_by_download(link: Link, silent: Bureau) -> None:
    (request,) = sent(link, 1)
    watch_link(link)
    (subject,) = silent.filings()
    silent.set_options({"silent": False})
    own = request.subject_own_id
    from_bureau = {"operation": 1, "id": own, "approve": True, "words": "审核通过"}
    for message in (
        {"kind": "decision", **from_bureau},
        {"kind": "result", "codes": [[1001, ""]], "operation": 1, "bs": own},
        {"kind": "filed", "number": subject.number},
    ):
        send_message(link, silent, message)
    poll_link(link, asked=True)
    assert history(request).count("approved") == 1
    assert states(request) == ["approved"]
    assert Subject.objects.get().number == subject.number


def send_message(link: Link, bureau: Bureau, message: dict[str, Any]) -> None:
    from_simulator.send(bureau, {"unit": link.isp_id, **message})


def test_it_takes_filed_data_first_and_asks_nothing_then(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    (request,) = sent(link, 1)
    Link.objects.update(emptied_at=timezone.now() - timedelta(hours=1))
    bureau.decide()
    report = watch_link(Link.objects.get())
    assert states(request) == ["approved"]
    assert (asked(link), report.moved) == (0, 0)


def test_it_finds_new_websites_decided_each_by_itself(link: Link, filed: Subject, silent: Bureau) -> None:
    silent.set_mode("manual")
    item = {
        "ref": "w",
        "operation": "new_website",
        "subject_number": filed.number,
        "websites": [website_json(2), website_json(3)],
    }
    (request,) = sent(link, item)
    refused, approved = request.decision_keys
    silent.decide(int(approved))
    silent.decide(int(refused), approve=False, words="材料不清")
    watch_link(link)
    request.refresh_from_db()
    assert (request.state, set(request.decisions)) == ("awaiting_bureau", {approved})
    row = Diagnosis.objects.get()
    assert (row.cause, row.needs_person) == (Cause.DECIDED_WITHOUT_NOTICE, False)
    assert request.decisions[approved]["proof"]["query"] == STATUS
    # Nobody can ask for a refusal: it comes by download, and only that website is still asked about meanwhile.
    a_day_later()
    before = asked(link)
    watch_link(link)
    assert asked(link) == before + 1
    message = {"kind": "decision", "operation": 2, "id": int(refused), "approve": False, "words": "材料不清"}
    send_message(link, silent, message)
    poll_link(link, asked=True)
    assert states(request) == ["rejected"]


def test_it_approves_when_all_new_websites_are_filed(link: Link, filed: Subject, silent: Bureau) -> None:
    item = {"ref": "w", "operation": "new_website", "subject_number": filed.number}
    (request,) = sent(link, item | {"websites": [website_json(2), website_json(3)]})
    watch_link(link)
    assert states(request) == ["approved"]
    assert history(request).count("approved") == 1
    request.refresh_from_db()
    assert all(each["approved"] for each in request.decisions.values())


@pytest.mark.parametrize("operation", ["cancel_subject", "cancel_website"])
def test_it_finds_a_cancellation_done(operation: str, link: Link, filed: Subject, silent: Bureau) -> None:
    website = filed.websites.get()
    number = filed.number if operation == "cancel_subject" else website.number
    item = {
        "ref": "c",
        "operation": operation,
        "number": number,
        "reason": 1,
        "icp_password": "Demo-12345",
    }
    (request,) = sent(link, item)
    assert states(request) == ["awaiting_bureau"]
    watch_link(link)
    assert states(request) == ["approved"]
    assert Website.objects.get().state == FiledState.CANCELLED
    is_subject = operation == "cancel_subject"
    assert (Subject.objects.get().state == FiledState.CANCELLED) is is_subject
    assert "已不在备案" in request.events.filter(new_state="approved").latest("pk").reason


# --- not decided, or not for us -------------------------------------------------------------------


def test_it_leaves_an_open_request_waiting_and_asks_again_after_a_day(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    (request,) = sent(link, 1)
    watch_link(link)
    row = Diagnosis.objects.get()
    assert (row.cause, row.needs_person) == (Cause.WITHIN_TERM, False)
    assert [each.get("filed") for each in row.answers[:2]] == [False, False]
    assert row.answers[2]["sequence"] == 1
    (finding,) = diagnose([Request.objects.get()])
    shown = {each.cause: each.fact.words for each in finding.ruled_out}
    assert "还没有备案" in shown[Cause.DECIDED_WITHOUT_NOTICE]
    assert "管局最近收到第 1 号" in shown[Cause.NEVER_ARRIVED]
    assert asked(link) == 2
    watch_link(link)
    assert asked(link) == 2
    a_day_later()
    watch_link(link)
    assert asked(link) == 4
    assert states(request) == ["awaiting_bureau"]
    assert [event.new_state for event in request.events.all()][-1] == "awaiting_bureau"


def test_it_never_approves_a_domain_that_stands_under_another(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    (request,) = sent(link, 1)
    (neighbour,) = bureau.add_neighbours(1)
    neighbour.websites[0].domains[0].name = request.domains[0]
    bureau.registry.save(neighbour)
    watch_link(link)
    assert states(request) == ["awaiting_bureau"]
    row = Diagnosis.objects.get()
    assert (row.cause, row.needs_person) == (Cause.FILED_BY_ANOTHER, True)
    assert neighbour.number in row.evidence[0]["words"]
    assert row.evidence[0]["call"]


def test_it_never_approves_a_website_under_another_number_or_name(
    link: Link, filed: Subject, bureau: Bureau
) -> None:
    bureau.set_mode("manual")
    item = {"ref": "w", "operation": "new_website", "subject_number": filed.number}
    (request,) = sent(link, item | {"websites": [website_json(2)]})
    (neighbour,) = bureau.add_neighbours(1)
    site = neighbour.websites[0]
    site.domains[0].name = "shili2.cn"
    site.content = site.content.replace("邻家示例网站1", "示例站2")
    bureau.registry.save(neighbour)
    watch_link(link)
    assert Diagnosis.objects.get().cause == Cause.FILED_BY_ANOTHER
    # The same subject, but a website of another name: a person must compare.
    mine = bureau.registry.subject_by_number(filed.number)
    assert mine is not None
    site.domains[0].name = "elsewhere.cn"
    bureau.registry.save(neighbour)
    mine.websites[0].domains[0].name = "shili2.cn"
    bureau.registry.save(mine)
    Website.objects.update(number="京ICP备2026000001号-9")
    a_day_later()
    watch_link(link)
    row = Diagnosis.objects.get()
    assert (row.cause, row.needs_person) == (Cause.DECIDED_WITHOUT_NOTICE, True)
    assert "网站名称与这一件不同" in row.evidence[0]["words"]
    assert states(request) == ["awaiting_bureau"]


def test_it_never_approves_by_what_was_filed_here_before(link: Link, silent: Bureau) -> None:
    (request,) = sent(link, 1)
    (subject,) = silent.filings()
    Subject.objects.create(
        isp_id=link.isp_id,
        number=subject.number,
        name="早已备案",
        province=110000,
        certificate_type=1,
        certificate_number="x",
    )
    watch_link(link)
    assert states(request) == ["awaiting_bureau"]
    assert Diagnosis.objects.get().cause == Cause.FILED_BY_ANOTHER


def test_it_does_not_approve_by_a_certificate_that_cannot_be_asked_about(link: Link, silent: Bureau) -> None:
    content = filing_json(1, subject__certificate__type=12)
    (request,) = sent(link, content)
    watch_link(link)
    assert states(request) == ["awaiting_bureau"]
    row = Diagnosis.objects.get()
    assert (row.cause, row.needs_person) == (Cause.DECIDED_WITHOUT_NOTICE, True)
    assert asked(link) == 1


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
