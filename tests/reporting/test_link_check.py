"""The check of a link's parameters: every fault is named by the step that finds it, with what to check."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from reporting.models import Call, Link
from reporting.services.link_check import STEPS, Step, check_parameters
from reporting.services.upload import send_link
from simulator import Bureau, Running
from tests.filing import samples
from tests.reporting.material import AES_KEY, ENCRYPTING_UNIT, make_link, ready

pytestmark = pytest.mark.django_db


def by_name(link: Link) -> dict[str, Step]:
    return {step.name: step for step in check_parameters(link)}


def changed(link: Link, **values: Any) -> Link:
    Link.objects.filter(pk=link.pk).update(**values)
    return Link.objects.get(pk=link.pk)


def test_it_finds_nothing_wrong_where_nothing_is(link: Link) -> None:
    steps = check_parameters(changed(link, registered_address="203.0.113.8"))
    assert [step.name for step in steps] == [name for name, _look, _needs in STEPS]
    assert {step.name: step.state for step in steps if step.state != "good"} == {}
    assert all(step.seconds is not None and step.seconds < 10 for step in steps)


def test_it_changes_nothing_that_counts(link: Link, bureau: Bureau) -> None:
    before = Link.objects.values().get()
    check_parameters(link)
    after = Link.objects.values().get()
    assert {key for key in before if before[key] != after[key]} <= {"answered_at"}
    assert set(Call.objects.values_list("method", flat=True)) == {
        "isp_querypreviousupload",
        "isp_querybeianstatus",
    }


def test_it_names_a_server_that_is_not_there(link: Link) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = by_name(changed(link, base_url=f"http://127.0.0.1:{port}"))
    assert (
        found["网络"].state == "bad" and "拒绝连接" in found["网络"].words and "端口" in found["网络"].remedy
    )
    assert [found[name].state for name in ("接口说明", "身份", "密钥", "查询服务")] == ["draft"] * 4
    assert found["登记地址"].state == "attention", "what needs no bureau is looked at all the same"
    assert not Call.objects.exists()


def test_it_names_a_host_that_nobody_knows(link: Link) -> None:
    found = by_name(changed(link, base_url="http://no-such-host.invalid"))
    assert found["网络"].state == "bad" and "解析不了" in found["网络"].words


def test_it_names_an_address_without_the_interface(link: Link) -> None:
    found = by_name(changed(link, base_url=f"{link.base_url}/elsewhere"))
    assert found["网络"].state == "good" and found["接口说明"].state == "bad"
    assert "接口地址" in found["接口说明"].remedy and found["身份"].state == "draft"


@pytest.mark.parametrize(
    ("code", "words"),
    [(4, "不是单位名称"), (5, "口令"), (12, "单位标识"), (13, "出口地址"), (19, "下载不受影响")],
)
def test_it_says_for_each_refusal_what_to_check(link: Link, bureau: Bureau, code: int, words: str) -> None:
    bureau.faults.add("code", method="isp_querypreviousupload", code=code)
    found = by_name(changed(link, registered_address="203.0.113.8"))
    assert found["身份"].state == "bad" and f"代码 {code}" in found["身份"].words
    assert words in found["身份"].remedy
    assert ("203.0.113.8" in found["身份"].remedy) == (code == 13)


def test_a_wrong_password_is_the_passwords_fault(link: Link) -> None:
    link = changed(link)
    link.password = "another-one"
    link.save(update_fields=["password"])
    found = by_name(link)
    assert found["身份"].state == "bad" and "口令" in found["身份"].remedy


def test_a_bureau_that_is_shut_is_no_fault_of_the_parameters(link: Link, bureau: Bureau) -> None:
    bureau.faults.add("code", method="isp_querypreviousupload", code=901)
    found = by_name(link)
    assert found["身份"].state == "attention" and "不是参数的问题" in found["身份"].remedy


def test_it_tries_the_keys_on_what_the_bureau_gives(start_bureau: Callable[..., Running]) -> None:
    running = start_bureau(units=[ENCRYPTING_UNIT])
    link = make_link(running.url, ENCRYPTING_UNIT)
    assert by_name(link)["密钥"].state == "attention", "there is nothing yet to try them on"
    ready(1)
    send_link(link)
    assert by_name(link)["密钥"].state == "good"
    link.aes_key = AES_KEY[::-1]
    link.save(update_fields=["aes_key"])
    found = by_name(link)["密钥"]
    assert found.state == "bad" and "逐字核对" in found.remedy


def test_keys_of_a_wrong_form_are_found_before_anybody_is_called(link: Link) -> None:
    link.aes_key, link.aes_iv = "short", "short"
    found = by_name(link)
    assert found["参数"].state == "bad" and "密钥" in found["参数"].words
    assert found["网络"].state == "draft" and not Call.objects.exists()


def test_the_page_names_the_fault_and_shows_no_secret(link: Link, bureau: Bureau, client: Client) -> None:
    bureau.faults.add("code", method="isp_querypreviousupload", code=5)
    client.force_login(samples.a_person("operator", "链路"))
    page = client.post(reverse("link_check", args=[link.isp_id])).content.decode()
    assert "注意大小写和全角字符" in page and page.index("身份") < page.index("相符")
    assert link.password not in page
    client.force_login(samples.a_person("staff", "填报"))
    assert client.post(reverse("link_check", args=[link.isp_id])).status_code == 403
