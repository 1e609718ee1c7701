"""`diagnose`: the self-check of a stuck request, or of every link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from filing.models import Request
from reporting.choices import Cause, Direction
from reporting.models import Call, Link, NumberCheck
from reporting.services import patience
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Bureau, Running
from tests.reporting.commands import run
from tests.reporting.downloads import apply
from tests.reporting.material import ready, states
from tests.reporting.results import bajg, result

pytestmark = pytest.mark.django_db


def problems() -> dict[str, dict[str, Any]]:
    ran = run("diagnose", "--json")
    assert ran.code == 0
    return {row["check"]: row for row in ran.json["problems"]}


def test_it_tells_cause_evidence_and_next_step(waiting: Request, link: Link) -> None:
    poll_link(link)
    ran = run("diagnose", "--ref", waiting.ref, "--json")
    assert ran.code == 0
    (row,) = ran.json["requests"]
    assert (row["ref"], row["id"], row["state"]) == (waiting.ref, waiting.pk, "awaiting_bureau")
    assert (row["cause"], row["needs_person"]) == ("sms_check", False)
    assert row["evidence"][0]["at"] and row["evidence"][0]["words"]
    assert {each["cause"] for each in row["ruled_out"]} >= {"not_collected", "never_arrived"}
    assert row["next_step"]
    text = run("diagnose", "--ref", waiting.ref).out
    assert "可能在等主办者回复核验短信" in text
    assert "已排除" in text
    assert "下一步" in text


def test_it_answers_what_it_knows_and_names_what_it_does_not(waiting: Request) -> None:
    ran = run("diagnose", "--ref", "nobody", waiting.ref, "--json")
    assert ran.code == 1
    assert [row["ref"] for row in ran.json["requests"]] == [waiting.ref]
    assert "nobody" in ran.err


@pytest.mark.parametrize("arguments", [["--ask"], ["--what"]])
def test_it_refuses_wrong_usage(link: Link, arguments: list[str]) -> None:
    assert run("diagnose", *arguments).code == 2


def test_it_says_of_one_that_does_not_wait_what_came_last(link: Link) -> None:
    (request,) = ready(1)
    send_link(link)
    poll_link(link)
    assert states(request) == ["approved"]
    (row,) = run("diagnose", "--ref", request.ref, "--json").json["requests"]
    assert (row["cause"], row["needs_person"]) == (None, False)
    assert row["evidence"][0]["download"]
    assert "已通过" in row["next_step"]


def test_it_asks_the_bureau_where_it_is_told_to(link: Link, bureau: Bureau) -> None:
    bureau.set_options({"silent": True})
    (request,) = ready(1)
    send_link(link)
    (row,) = run("diagnose", "--ref", request.ref, "--json").json["requests"]
    assert row["state"] == "awaiting_bureau"
    assert not Call.objects.filter(method="isp_querybeianstatus").exists()
    ran = run("diagnose", "--ref", request.ref, "--ask", "--json")
    assert "已通过" in ran.err
    (row,) = ran.json["requests"]
    assert (row["state"], row["evidence"][0]["query"]) == ("approved", "isp_querybeianstatus")


def test_it_checks_a_link_that_is_well(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    ready(1)
    send_link(link)
    poll_link(link)
    assert problems() == {}
    ran = run("diagnose", "--json")
    names = [row["check"] for row in ran.json["checks"]]
    assert names == [
        "parameters",
        "circuit",
        "hours",
        "answer",
        "queue",
        "worker",
        "file",
        "inbox",
        "numbers",
        "waiting",
    ]
    assert "没有发现问题" in ran.err
    text = run("diagnose").out
    assert "参数齐全" not in text  # no registered address is set: it is told, and is no problem
    assert "登记的上报地址" in text
    assert "1 件：可能在等主办者回复核验短信" in text


def test_it_says_that_there_is_no_link(db: None) -> None:
    found = problems()
    assert found["link"]["cause"] == "no_link"
    assert "set_bureau" in found["link"]["next_step"]


def test_it_finds_what_is_wrong_with_a_link(waiting: Request, link: Link, bureau: Bureau) -> None:
    now = timezone.now()
    apply(link, bajg(result(None, 1015)), at=now)
    patience.call_a_person(link, Direction.RECEIVING, "密码错误（代码 5）", 5)
    bureau.faults.add("lost_answer", method="isp_upload")
    ready(2)
    Link.objects.update(circuit_code=None, upload_not_before=None)
    send_link(Link.objects.get(), asked=True)
    Link.objects.update(circuit_code=5)
    NumberCheck.objects.create(
        link=link, asked_at=now, our_next=2, bureau_sequence=7, verdict="ahead", words="管局的编号更大"
    )
    found = problems()
    assert found["circuit"]["cause"] == Cause.LINK_STOPPED
    assert found["circuit"]["evidence"][0]["code"] == 5
    assert "口令" in found["circuit"]["next_step"] or "密码" in found["circuit"]["next_step"]
    assert found["file"]["cause"] == Cause.IN_DOUBT
    assert found["file"]["evidence"][0]["sequence"] == 2
    assert found["inbox"]["cause"] == Cause.NOT_APPLIED
    assert found["inbox"]["evidence"][0]["download"]
    assert found["numbers"]["evidence"][0]["number_check"]
    assert found["queue"]["cause"] == Cause.NOT_COLLECTED
    assert found["waiting"]["needs_person"]
    assert "hours" not in found


def test_it_finds_nothing_running_and_the_hours_closed(link: Link, bureau: Bureau, running: Running) -> None:
    bureau.faults.add("code", method="isp_upload", code=20, words="上报时段为 09:00-17:30")
    ready(1)
    send_link(link)
    poll_link(link)
    now = timezone.now()
    Link.objects.update(upload_not_before=now + timedelta(hours=2))
    found = problems()
    assert (found["hours"]["state"], found["hours"]["cause"]) == ("waiting", "about_to_go")
    assert "answer" not in found
    Link.objects.update(upload_not_before=None)
    Call.objects.update(started_at=now - timedelta(hours=2))
    found = problems()
    assert (found["worker"]["state"], found["worker"]["cause"]) == ("attention", "not_running")
    assert found["answer"]["cause"] == "bureau_down"
    running.stop()
    Link.objects.update(base_url="http://bureau.invalid", download_not_before=None)
    poll_link(Link.objects.get())
    Call.objects.filter(method="isp_upload").delete()
    assert problems()["answer"]["cause"] == "network_down"
