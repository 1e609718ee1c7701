from __future__ import annotations

import pytest

from filing.choices import Operation
from filing.documents import paths
from filing.documents.operations import SHAPES, UnknownOperation, field_at, own_ids_given, shape_of
from filing.documents.shape import Block, ListOf

OP = Operation.NEW_FILING


def test_it_knows_only_the_contracts_operations() -> None:
    assert set(SHAPES) == set(Operation.values)
    with pytest.raises(UnknownOperation, match="不认识的业务“mail”"):
        shape_of("mail")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("subject.name", "主体 · 主办单位名称"),
        ("subject.address.city", "主体 · 通信地址 · 市"),
        ("websites[0].domains[1].name", "网站 1 · 域名 2"),
        ("websites[1].accesses[0].ip_ranges[2].end", "网站 2 · 接入 1 · IP 段 3 · 终止 IP"),
        ("websites[0].pre_approvals[0].scans[9]", "网站 1 · 前置审批 1 · 审批文件扫描件 10"),
        ("attachments[0].content", "附件 1 · 附件内容"),
        ("websites[0].Foo9.bar", "网站 1 · Foo9 · bar"),
    ],
)
def test_it_says_a_path_in_the_words_of_the_form(path: str, words: str) -> None:
    assert paths.words(OP, path) == words


def test_it_finds_the_field_behind_a_path() -> None:
    websites = shape_of(OP).fields["websites"]
    assert isinstance(websites, ListOf) and isinstance(websites.item, Block)
    assert field_at(OP, "websites") is websites
    assert field_at(OP, "websites[0]") is websites.item
    assert field_at(OP, "websites[3].name") is websites.item.fields["name"]
    assert field_at(OP, "subject.nothing") is None
    assert field_at(OP, "subject[0]") is field_at(OP, "websites[0].name.more") is None


def test_it_finds_numbers_of_ours_wherever_they_are_smuggled_in() -> None:
    document = {"own_id": 1, "a": [{"b": {"own_id": None}}, [{"own_id": {"own_id": 2}}]], "c": "own_id"}
    assert own_ids_given(document, "r") == ["r.own_id", "r.a[0].b.own_id", "r.a[1][0].own_id"]
