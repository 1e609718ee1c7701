"""The watchdog: what waits too long at a bureau is asked about, and concluded by the usual services."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from filing.choices import FiledState
from filing.models import Request, Subject, Website
from reporting.choices import Cause, EntryOutcome
from reporting.models import Call, Diagnosis, FileEntry, Link
from reporting.services.diagnose import diagnose
from reporting.services.download import poll_link
from reporting.services.watch import watch_link
from simulator import Bureau
from simulator import sending as from_simulator
from tests.reporting.material import filing_json, history, states, website_json
from tests.reporting.watching import STATUS, a_day_later, asked, sent

pytestmark = pytest.mark.django_db


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
