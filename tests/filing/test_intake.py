from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from filing.choices import Operation, RequestState
from filing.models import Attachment, Request
from filing.services.intake import Row, import_requests
from tests import factories
from tests.filing.incoming import changed, rows, said, take

S = RequestState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_store(attachment_root: Path) -> None:
    """Each test begins without images."""


# --- going in -------------------------------------------------------------------------------------


def test_it_takes_a_request_in_with_everything_that_it_carries() -> None:
    item = factories.item(
        "r1", factories.full_filing(), isp_id=5, remarks="我们的", icp_password="Invented-1"
    )
    [row] = take(item)
    request = Request.objects.get(ref="r1")
    assert row == Row(ref="r1", id=request.pk, state=S.DRAFT, problems=[])
    assert (request.isp_id, request.remarks, request.icp_password) == (5, "我们的", "Invented-1")
    assert (request.operation, request.created_by, request.vouched) == ("new_filing", None, False)
    content = request.revisions.get().content
    assert not {"ref", "operation", "isp_id", "icp_password"} & set(content)
    assert "remarks" not in content and content["subject"]["remarks"] == "虚构"
    stored = json.dumps(content)
    assert "Invented-1" not in stored and item["attachments"][0]["content"] not in stored
    assert content["attachments"][0]["content"].startswith("sha256:")
    assert Attachment.objects.count() == 1, "the same picture twice is one"
    assert request.events.get().actor_kind == "command"


def test_it_takes_the_good_ones_and_refuses_each_bad_one_alone() -> None:
    bad = factories.item("bad")
    bad["subject"]["certificate"] = {}
    found = take(factories.item("a"), bad, factories.item("b"))
    assert [(row.ref, row.state, len(row.problems)) for row in found] == [
        ("a", S.DRAFT, 0),
        ("bad", "", 3),
        ("b", S.DRAFT, 0),
    ]
    assert set(Request.objects.values_list("ref", flat=True)) == {"a", "b"}
    assert set(said(found[1])) == {
        f"requests[1].subject.certificate.{name}" for name in ("type", "number", "address")
    }
    assert found[1].id is None


@pytest.mark.parametrize("operation", Operation.values)
def test_it_takes_in_every_operation_of_the_contract(operation: str) -> None:
    item = {"ref": "r1", "operation": operation, "icp_password": "Invented-1"} | factories.document(operation)
    [row] = take(item)
    assert (row.state, row.problems) == (S.DRAFT, [])
    before = rows()
    assert take(item, correct=True) == [row] and rows() == before
    content = Request.objects.get().revisions.get().content
    assert "icp_password" not in content and operation == Request.objects.get().operation
    [row] = take(item, ready=True)
    assert (row.state, row.problems) == (S.READY, [])


# --- refused --------------------------------------------------------------------------------------

NOT_BASE64, NO_IMAGE = "不是 base64 编码的内容", "不是 JPEG 或 PNG 图片"


@pytest.mark.parametrize(
    ("path", "value", "place", "words"),
    [
        ("operation", "mail", "operation", "不认识的业务"),
        ("operation", None, "operation", "补填此项"),
        ("operation", 7, "operation", "应为文字"),
        ("operation", "", "operation", "不认识的业务"),
        ("ref", None, "ref", "补填此项"),
        ("ref", "", "ref", "补填此项"),
        ("ref", 12, "ref", "应为文字"),
        ("ref", ["x"], "ref", "应为文字"),
        ("ref", "x" * 65, "ref", "缩短到 64 字以内"),
        ("ref", "x\x00y", "ref", "U+0000"),
        ("ref", "x\x1b[31my", "ref", "U+001B"),
        ("ref", "x\ud800", "ref", "U+D800"),
        ("isp_id", "5", "isp_id", "应为正整数"),
        ("isp_id", 0, "isp_id", "应为正整数"),
        ("isp_id", True, "isp_id", "应为正整数"),
        ("isp_id", 2**63, "isp_id", "应为正整数"),
        ("remarks", 5, "remarks", "应为文字"),
        ("icp_password", 123456, "icp_password", "应为文字"),
        ("icp_password", "a\nb", "icp_password", "U+000A"),
        ("subject", None, "subject", "补填此项"),
        ("subject", [], "subject", "应为一组字段"),
        ("subject.name", "名" * 256, "subject.name", "缩短到 255 字以内"),
        ("subject.filed_by", 2, "subject.filed_by", "0 到 1"),
        ("subject.own_id", 7, "subject.own_id", "由系统给出"),
        ("websites.0.domains.0.own_id", None, "websites[0].domains[0].own_id", "由系统给出"),
        ("websites", {}, "websites", "应为列表"),
        ("websites.0.domains", ["a"], "websites[0].domains[0].name", "至少 4 个字符"),
        ("websites.0.accesses.0.ip_ranges.0.start", "1.2.3", "websites[0].accesses[0].ip_ranges[0].start", "IPv4"),
        ("attachments.0.content", "!", "attachments[0].content", NOT_BASE64),
        ("attachments.0.content", "AAAA", "attachments[0].content", NO_IMAGE),
        ("attachments.0.content", "sha256:" + "0" * 64, "attachments[0].content", NOT_BASE64),
        ("attachments.0.owner_number", "京ICP备2026000001号", "attachments[0].owner_number", "不认识的字段"),
        ("state", "approved", "state", "不认识的字段"),
        ("id", 1, "id", "不认识的字段"),
    ],
)  # fmt: skip
def test_it_refuses_what_is_not_right_and_says_where(path: str, value: Any, place: str, words: str) -> None:
    before = rows()
    [row] = take(changed(path, value))
    found = said(row)
    assert words in found[f"requests[0].{place}"]
    assert (row.id, row.state) == (None, "")
    assert rows() == before
    assert row.ref.isprintable(), "it goes to a terminal"


@pytest.mark.parametrize("item", [None, 5, "x", [], [{"ref": "x"}]])
def test_it_refuses_what_is_no_request(item: Any) -> None:
    good, row = take(factories.item("ok"), item)
    assert good.problems == []
    assert (row.ref, row.id, said(row)) == ("", None, {"requests[1]": "应为一组字段"})


@pytest.mark.parametrize("name", ["websites", "subject"])
def test_it_refuses_a_missing_element(name: str) -> None:
    item = factories.item("x")
    del item[name]
    assert said(take(item)[0]) == {f"requests[0].{name}": "补填此项"}


def test_it_refuses_one_that_is_nested_too_deeply_and_takes_the_next() -> None:
    for depth in (50, 900, 20_000):
        deep: Any = "x"
        for _ in range(depth):
            deep = {"deeper": deep}
        found = import_requests([factories.item("deep") | {"extra": deep}, factories.item()])
        assert found[0].problems and not found[1].problems
    assert not Request.objects.filter(ref="deep").exists()
