from __future__ import annotations

import os
from pathlib import Path

import pytest
from lxml import etree

import xsd
import xsd.loader
from xsd import Kind, XsdUnusable
from xsd.issued import find_issued, kind_of_name


@pytest.mark.parametrize("kind", list(Kind))
def test_it_knows_the_issued_name_however_it_was_damaged(kind: Kind) -> None:
    raw = kind.issued_name.encode("gbk")
    names = [
        kind.issued_name,
        kind.issued_name.replace(".xsd", "_V3.0 (1).XSD"),
        raw.decode("utf-8", "surrogateescape"),
        raw.decode("cp437"),
        raw.decode("latin-1"),
        "".join(f"#U{ord(letter):04x}" if ord(letter) > 127 else letter for letter in kind.issued_name),
    ]
    assert [kind_of_name(name) for name in names] == [kind] * len(names)


@pytest.mark.parametrize("name", ["upload.xsd", "数据格式.xsd", "readme.xsd", "????.xsd"])
def test_it_does_not_guess_from_a_name_that_says_nothing(name: str) -> None:
    assert kind_of_name(name) is None


def _put(path: Path, kind: Kind) -> None:
    path.write_bytes(etree.tostring(xsd.loader.load(kind, folder="").root, encoding="GBK"))


def test_it_finds_files_with_raw_gbk_names(tmp_path: Path) -> None:
    for kind in Kind:
        _put(tmp_path / os.fsdecode(kind.issued_name.encode("gbk")), kind)
    assert set(find_issued(tmp_path)) == set(Kind)


def test_it_knows_a_file_without_a_name_by_what_it_declares(tmp_path: Path) -> None:
    for number, kind in enumerate(Kind):
        _put(tmp_path / f"_{number}.xsd", kind)
    found = find_issued(tmp_path)
    assert {kind: path.name for kind, path in found.items()} == {
        kind: f"_{number}.xsd" for number, kind in enumerate(Kind)
    }


def test_it_prefers_the_exact_name(tmp_path: Path) -> None:
    for name in ("企业上报数据格式-旧.xsd", "企业上报数据格式.xsd", "企业上报数据格式（备份）.xsd"):
        _put(tmp_path / name, Kind.UPLOAD)
    assert find_issued(tmp_path) == {Kind.UPLOAD: tmp_path / "企业上报数据格式.xsd"}


def test_it_refuses_two_files_for_one_kind(tmp_path: Path) -> None:
    for name in ("企业上报数据格式-1.xsd", "企业上报数据格式-2.xsd"):
        _put(tmp_path / name, Kind.UPLOAD)
    with pytest.raises(XsdUnusable, match="请只留一个"):
        find_issued(tmp_path)


def test_it_refuses_a_broken_file_that_may_be_the_one_meant(tmp_path: Path) -> None:
    (tmp_path / "____.xsd").write_bytes(b"<xs:schema>")
    with pytest.raises(XsdUnusable) as caught:
        find_issued(tmp_path)
    assert caught.value.path == tmp_path / "____.xsd"
