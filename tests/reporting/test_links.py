"""Links by `set_bureau`: what is kept, what is refused, and that nothing secret is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from reporting.choices import Circuit, Direction
from reporting.models import Link
from reporting.services import patience
from tests.reporting.commands import Ran, run
from tests.reporting.material import AES_IV, AES_KEY, ISP_ID, OTHER_ISP_ID

pytestmark = pytest.mark.django_db

PASSWORD = "geheim-口令-42"


def set_bureau(*more: object, **changes: Any) -> Ran:
    """The command with everything that it needs; a change of None leaves an option out."""
    values = {
        "province": 110000,
        "base-url": "http://bureau.invalid:8080",
        "isp-id": ISP_ID,
        "user-name": "demo",
        "password": PASSWORD,
    } | {name.replace("_", "-"): value for name, value in changes.items()}
    pairs = [part for name, value in values.items() if value is not None for part in (f"--{name}", value)]
    return run("set_bureau", *pairs, *more)


def test_it_makes_a_link_and_the_first_is_the_default() -> None:
    ran = set_bureau("--json", registered_address="203.0.113.7", timeout=30)
    assert ran.code == 0
    assert ran.json == {
        "links": [
            {"isp_id": ISP_ID, "province": 110000, "base_url": "http://bureau.invalid:8080", "default": True}
        ]
    }
    link = Link.objects.get()
    assert (link.user_name, link.password, link.timeout_s) == ("demo", PASSWORD, 30)
    assert (link.registered_address, link.encrypts, link.is_default) == ("203.0.113.7", False, True)
    assert (link.next_sequence, link.circuit, link.interface_version) == (1, Circuit.CLOSED, "V.3.0")
    assert set_bureau(isp_id=OTHER_ISP_ID, province=310000).code == 0
    assert list(Link.objects.order_by("pk").values_list("isp_id", "is_default")) == [
        (ISP_ID, True),
        (OTHER_ISP_ID, False),
    ]


def test_it_updates_by_unit_number_and_keeps_the_sequence() -> None:
    set_bureau()
    Link.objects.update(next_sequence=7)
    ran = set_bureau(base_url="https://other.invalid/base/", user_name="new", password="other")
    assert ran.code == 0
    assert "更新" in ran.out
    link = Link.objects.get()
    assert (link.base_url, link.user_name, link.password) == ("https://other.invalid/base", "new", "other")
    assert (link.next_sequence, link.is_default) == (7, True)


def test_it_tries_again_at_once_with_new_parameters() -> None:
    set_bureau()
    patience.call_a_person(Link.objects.get(), Direction.SENDING, "口令错误", 5)
    patience.wait_a_while(Link.objects.get(), Direction.RECEIVING, "管局忙")
    set_bureau(password="right")
    link = Link.objects.get()
    assert (link.circuit, link.waiting_reason) == (Circuit.CLOSED, "")
    assert all(patience.may_call(link, direction) for direction in Direction)


def test_it_keeps_secrets_sealed_and_tells_none() -> None:
    ran = set_bureau("--json", aes_key=AES_KEY, aes_iv=AES_IV)
    assert not any(secret in ran.out + ran.err for secret in (PASSWORD, AES_KEY, AES_IV))
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(reporting_link)::text FROM reporting_link")
        row = cursor.fetchone()[0]
        cursor.execute("SELECT password, aes_key, aes_iv FROM reporting_link")
        stored = [bytes(each) for each in cursor.fetchone()]
    for secret, sealed in zip((PASSWORD, AES_KEY, AES_IV), stored, strict=True):
        assert secret not in row
        assert secret.encode() not in sealed
    assert Link.objects.get().aes_key == AES_KEY


@pytest.mark.parametrize(
    ("encrypt", "expected"), [(None, True), ("1", True), ("0", False)], ids=["unsaid", "yes", "no"]
)
def test_it_encrypts_where_there_is_a_key_unless_told_otherwise(encrypt: str | None, expected: bool) -> None:
    assert set_bureau(aes_key=AES_KEY, aes_iv=AES_IV, encrypt=encrypt).code == 0
    assert Link.objects.get().encrypts is expected


@pytest.mark.parametrize("content", ["geheim\n", "geheim", "geheim\r\nsecond line\n"])
def test_it_reads_the_password_from_a_file(content: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(content, newline="")
    assert set_bureau(password=None, password_file=file).code == 0
    assert Link.objects.get().password == "geheim"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base_url": "bureau.invalid"}, "http"),
        ({"base_url": "ftp://bureau.invalid"}, "http"),
        ({"base_url": "http://"}, "http"),
        ({"base_url": "http://[::1"}, "接口地址"),
        ({"base_url": "http://bureau.invalid:abc"}, "接口地址"),
        ({"base_url": "http://bureau.invalid:99999"}, "接口地址"),
        ({"base_url": "http://bureau.invalid/ISPWebService/upDownLoad"}, "主机和端口"),
        ({"base_url": "http://bureau.invalid?wsdl"}, "wsdl"),
        ({"base_url": "http://user:secret@bureau.invalid"}, "口令"),
        ({"base_url": "http://bureau invalid"}, "空格"),
        ({"base_url": "http://bureau.invalid/" + "x" * 250}, "255"),
        ({"isp_id": 0}, "单位标识"),
        ({"isp_id": 2**63}, "单位标识"),
        ({"province": 11}, "6 位"),
        ({"user_name": ""}, "用户名"),
        ({"user_name": "x" * 65}, "64"),
        ({"user_name": "a\x01b"}, "控制字符"),
        ({"password": ""}, "口令"),
        ({"password": "𠮷"}, "GBK"),
        ({"timeout": 0}, "超时"),
        ({"timeout": 601}, "超时"),
        ({"registered_address": "10.0.0"}, "IPv4"),
        ({"registered_address": "::1"}, "IPv4"),
        ({"aes_key": "short", "aes_iv": AES_IV}, "密钥"),
        ({"aes_key": AES_KEY, "aes_iv": "short"}, "偏移量"),
        ({"aes_key": AES_KEY}, "偏移量"),
        ({"aes_iv": AES_IV}, "密钥"),
        ({"aes_key": "中" * 16, "aes_iv": AES_IV}, "密钥"),
        ({"encrypt": 1}, "密钥"),
        ({"password": None, "password_file": "/nowhere/password"}, "口令文件"),
    ],
)
def test_it_refuses_parameters_that_no_link_can_have(changes: dict[str, Any], words: str) -> None:
    ran = set_bureau(**changes)
    assert (ran.code, ran.out, Link.objects.count()) == (1, "", 0)
    assert words in ran.err
    assert PASSWORD not in ran.err


@pytest.mark.parametrize(
    "changes",
    [
        {"password": None},
        {"isp_id": None},
        {"isp_id": "abc"},
        {"province": None},
        {"encrypt": 2},
        {"timeout": "soon"},
        {"unknown": 1},
        {"password_file": "/x"},
    ],
)
def test_it_says_2_for_wrong_usage(changes: dict[str, Any]) -> None:
    ran = set_bureau(**changes)
    assert (ran.code, ran.out, Link.objects.count()) == (2, "", 0)
    assert "usage" in ran.err


def test_it_changes_nothing_of_a_link_where_the_new_parameters_are_bad() -> None:
    set_bureau()
    assert set_bureau(user_name="new", timeout=0).code == 1
    assert Link.objects.get().user_name == "demo"


def test_it_keeps_how_the_filing_password_is_checked_until_it_is_told_otherwise() -> None:
    set_bureau("--password-form", "plain", "--password-number", "subject", "--password-tries", "3")
    set_bureau()
    link = Link.objects.get()
    assert (link.password_form, link.password_number, link.most_password_tries) == ("plain", "subject", 3)


def test_it_refuses_more_tries_than_any_bureau_allows() -> None:
    assert set_bureau("--password-tries", "99").code == 2
    assert not Link.objects.exists()
