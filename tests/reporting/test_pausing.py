"""Sending and receiving paused apart by a person, and a pass that is asked for: what stops, what goes on, what is said."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from filing.models import Request
from filing.services.errors import NotAllowed
from reporting import tasks
from reporting.choices import Cause, Direction
from reporting.models import Call, Link
from reporting.selectors import condition_of
from reporting.services import patience, pausing
from reporting.services.diagnose import diagnose
from reporting.services.download import poll_link
from reporting.services.self_check import check_link
from reporting.services.upload import send_link
from tests.filing import samples
from tests.reporting.commands import run
from tests.reporting.material import ready, states

pytestmark = pytest.mark.django_db
SENDING, RECEIVING = Direction.SENDING, Direction.RECEIVING


@pytest.fixture
def operator() -> User:
    return samples.a_person("operator", "链路")


@pytest.fixture
def paused(link: Link, operator: User) -> Link:
    pausing.pause(link, SENDING, user=operator, reason="管局今晚割接")
    return link


def test_a_paused_direction_calls_nobody_and_the_other_goes_on(paused: Link) -> None:
    (filing,) = ready(1)
    assert send_link(paused) == []
    assert states(filing) == ["ready"] and not Call.objects.exists()
    poll_link(paused)
    assert list(Call.objects.values_list("method", flat=True)) == ["isp_download"]
    assert not patience.may_call(paused, SENDING) and patience.may_call(paused, RECEIVING)


def test_receiving_paused_leaves_what_waits_at_the_bureau(link: Link, operator: User) -> None:
    (filing,) = ready(1)
    pausing.pause(link, RECEIVING, user=operator, reason="核对来件")
    send_link(link)
    assert poll_link(link) == [] and states(filing) == ["awaiting_bureau"]
    assert [row.outcome for row in poll_link(link, asked=True)] == ["paused"]
    assert not Call.objects.filter(method="isp_download").exists()
    pausing.resume(link, RECEIVING, user=operator)
    poll_link(link)
    assert states(filing) == ["approved"]


def test_commands_say_who_paused_since_when_and_why(paused: Link) -> None:
    ready(1)
    done = run("report", "--json")
    (row,) = done.json["files"]
    assert row["outcome"] == "paused" and row["sequence"] is None
    assert "operator 暂停上报：管局今晚割接" in done.err
    assert not Call.objects.exists()


def test_it_goes_on_when_it_is_resumed_and_keeps_the_history(paused: Link, operator: User) -> None:
    (filing,) = ready(1)
    pausing.resume(paused, SENDING, user=operator)
    assert not pausing.pause_words(paused, SENDING)
    send_link(paused)
    assert states(filing) == ["awaiting_bureau"]
    told = [(each.is_pause, each.reason, each.by_name) for each in paused.pauses.order_by("pk")]
    assert told == [(True, "管局今晚割接", "operator"), (False, "", "operator")]


def test_it_needs_a_reason_and_is_done_once(paused: Link, operator: User) -> None:
    with pytest.raises(NotAllowed):
        pausing.pause(paused, SENDING, user=operator, reason="又一次")
    with pytest.raises(NotAllowed):
        pausing.pause(paused, RECEIVING, user=operator, reason="  ")
    with pytest.raises(NotAllowed):
        pausing.resume(paused, RECEIVING, user=operator)
    assert paused.pauses.count() == 1 and paused.paused_at(RECEIVING) is None


def test_it_is_said_wherever_the_condition_is(paused: Link) -> None:
    (filing,) = ready(1)
    condition = condition_of(paused)
    assert "已暂停上报" in condition.words and condition.state == "attention"
    assert "operator 暂停上报：管局今晚割接" in condition.reason
    (finding,) = diagnose([Request.objects.get(pk=filing.pk)])
    assert finding.cause == Cause.LINK_STOPPED and finding.needs_person
    assert "管局今晚割接" in finding.evidence[0].words
    check = next(each for each in check_link(paused) if each.name == "circuit")
    assert check.words == "上报已暂停" and check.needs_person


def test_what_stopped_the_link_is_said_beside_the_pause(paused: Link) -> None:
    patience.call_a_person(paused, SENDING, "口令错误（代码 5）", 5)
    reason = condition_of(paused).reason
    assert "口令错误" in reason and "管局今晚割接" in reason
    check = next(each for each in check_link(paused) if each.name == "circuit")
    assert len(check.evidence) == 2


def test_new_parameters_do_not_end_a_pause(paused: Link) -> None:
    patience.start_afresh(paused)
    assert not patience.may_call(Link.objects.get(pk=paused.pk), SENDING)


@pytest.mark.parametrize(("group", "status"), [("链路", 302), ("管理员", 302), ("填报", 403), ("审核", 403)])
def test_link_operators_pause_and_resume_on_the_page(
    link: Link, client: Client, group: str, status: int
) -> None:
    client.force_login(samples.a_person("asking", group))
    for act, is_paused in (("link_pause", True), ("link_resume", False)):
        given = {"direction": "sending", "reason": "割接"}
        assert client.post(reverse(act, args=[link.isp_id]), given).status_code == status
        link.refresh_from_db()
        assert (link.paused_at(SENDING) is not None) == (is_paused and status == 302)


def test_the_page_offers_what_can_be_done(paused: Link, client: Client, operator: User) -> None:
    client.force_login(operator)
    page = client.get(reverse("link_detail", args=[paused.isp_id])).content.decode()
    for words in (
        "恢复上报",
        "暂停下载",
        "现在下载一轮",
        "operator 暂停上报：管局今晚割接",
        "暂停与恢复的记录",
    ):
        assert words in page, words
    assert "现在上报一轮" not in page
    client.force_login(samples.a_person("reader", "填报"))
    page = client.get(reverse("link_detail", args=[paused.isp_id])).content.decode()
    assert "恢复上报" not in page and "管局今晚割接" in page


def test_a_pass_that_is_asked_for_wakes_the_task(
    link: Link, client: Client, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[Any] = []
    monkeypatch.setattr(tasks.send, "apply_async", lambda args, **_more: woken.append(("send", args)))
    monkeypatch.setattr(tasks.receive, "apply_async", lambda args, **_more: woken.append(("receive", args)))
    client.force_login(operator)
    address = reverse("link_run", args=[link.isp_id])
    client.post(address, {"direction": "sending"})
    client.post(address, {"direction": "receiving"})
    assert woken == [("send", (link.pk, True)), ("receive", (link.pk, True))]
    pausing.pause(link, RECEIVING, user=operator, reason="核对")
    answer = client.post(address, {"direction": "receiving"}, follow=True)
    assert len(woken) == 2 and "先恢复，再下载" in answer.content.decode()
    assert client.post(address, {"direction": "sideways"}).status_code == 404


def test_the_task_that_is_asked_for_does_not_wait(link: Link) -> None:
    (filing,) = ready(1)
    patience.wait_a_while(link, SENDING, "管局忙")
    tasks.send(link.pk)
    assert states(filing) == ["ready"]
    tasks.send(link.pk, True)
    assert states(filing) == ["awaiting_bureau"]
