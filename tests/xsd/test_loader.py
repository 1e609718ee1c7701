from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lxml import etree

import xsd
import xsd.loader
from tests.xsd.documents import at, build
from xsd import Kind, XsdUnusable

UPLOAD_NAME = "企业上报数据格式.xsd"
SUBJECT_NAME = "/UploadData/ICP/XZBA/Baxx/Zt_xx/Dwmc"


def _issued_text(kind: Kind, change: tuple[str, str] = ("", "")) -> str:
    """Our file in one piece, as a bureau issues it, with one thing changed."""
    text = etree.tostring(xsd.loader.load(kind, folder="").root, encoding="unicode")
    assert change[0] in text
    return text.replace(*change, 1) if change[0] else text


def _write(path: Path, text: str, encoding: str = "gbk", declared: str = "GBK") -> None:
    path.write_bytes(f'<?xml version="1.0" encoding="{declared}"?>\n{text}'.encode(encoding))


@pytest.fixture
def issued(tmp_path: Path) -> Path:
    """All seven files under their Chinese names, in GBK."""
    for kind in Kind:
        _write(tmp_path / kind.issued_name, _issued_text(kind))
    return tmp_path


# The subject's name shortened: how the tests see which file was taken.
SHORT_NAME = ('name="Dwmc" type="Text255"', 'name="Dwmc" type="Text10"')


def _verdict_on_long_name(folder: Path | None = None) -> bool:
    root = build(xsd.model(Kind.UPLOAD, folder=""), through=SUBJECT_NAME)
    at(root, SUBJECT_NAME).text = "示例单位名称一共十一字"
    return xsd.violations(root, Kind.UPLOAD, folder) == []


def test_it_compiles_a_schema_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[Path] = []
    real = xsd.loader._compile

    def counted(path: Path, kind: Kind, is_issued: bool) -> xsd.loader.Loaded:
        compiled.append(path)
        return real(path, kind, is_issued)

    monkeypatch.setattr(xsd.loader, "_loaded", {})
    monkeypatch.setattr(xsd.loader, "_compile", counted)
    with ThreadPoolExecutor(8) as pool:
        schemas = list(pool.map(lambda _: xsd.schema(Kind.UPLOAD), range(32)))
    assert len({id(schema) for schema in schemas}) == 1
    assert len(compiled) == 1


def test_it_keeps_the_words_of_threads_apart() -> None:
    barrier = threading.Barrier(4)

    def check(number: int) -> set[str]:
        root = build(xsd.model(Kind.UPLOAD))
        root.set(f"wrong{number}", "")
        barrier.wait(10)
        return {entry.message for _ in range(50) for entry in xsd.violations(root, Kind.UPLOAD)}

    with ThreadPoolExecutor(4) as pool:
        for number, messages in enumerate(pool.map(check, range(4))):
            assert len(messages) == 1
            assert f"wrong{number}" in messages.pop()


def test_it_takes_ours_without_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ICP_XSD_DIR", raising=False)
    assert {path.parent.name for path in xsd.sources().values()} == {"v3_0"}
    assert _verdict_on_long_name()


def test_it_takes_the_issued_files_of_the_environment(issued: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(issued / UPLOAD_NAME, _issued_text(Kind.UPLOAD, SHORT_NAME))
    monkeypatch.setenv("ICP_XSD_DIR", str(issued))
    assert xsd.sources() == {kind: issued / kind.issued_name for kind in Kind}
    assert not _verdict_on_long_name()
    monkeypatch.delenv("ICP_XSD_DIR")
    assert _verdict_on_long_name()


def test_it_reads_every_issued_file(issued: Path) -> None:
    for kind in Kind:
        model = xsd.model(kind, issued)
        assert list(model.walk()) == list(xsd.model(kind, "").walk())
        assert xsd.violations(build(model), kind, issued) == []


def test_it_keeps_ours_for_what_the_folder_lacks(tmp_path: Path) -> None:
    _write(tmp_path / UPLOAD_NAME, _issued_text(Kind.UPLOAD, SHORT_NAME))
    sources = xsd.sources(tmp_path)
    assert sources[Kind.UPLOAD] == tmp_path / UPLOAD_NAME
    assert sources[Kind.DOWNLOAD].name == "download.xsd"
    assert not _verdict_on_long_name(tmp_path)


@pytest.mark.parametrize("declared", ["UTF-8", "gb2312"])
def test_it_reads_gbk_that_says_it_is_something_else(tmp_path: Path, declared: str) -> None:
    # 镕 is no letter of GB2312.
    _write(tmp_path / UPLOAD_NAME, _issued_text(Kind.UPLOAD, ("上报数据", "上报数据镕")), declared=declared)
    assert xsd.violations(build(xsd.model(Kind.UPLOAD, tmp_path)), Kind.UPLOAD, tmp_path) == []


def test_it_reads_issued_files_that_include_each_other(tmp_path: Path) -> None:
    for path in (Path(xsd.loader.__file__).parent / "v3_0").glob("*.xsd"):
        shutil.copy(path, tmp_path / path.name)
    (tmp_path / "upload.xsd").rename(tmp_path / UPLOAD_NAME)
    (tmp_path / "download.xsd").unlink()
    assert xsd.sources(tmp_path)[Kind.UPLOAD] == tmp_path / UPLOAD_NAME
    assert _verdict_on_long_name(tmp_path)


def test_it_names_file_and_line_of_a_broken_file(tmp_path: Path) -> None:
    _write(tmp_path / UPLOAD_NAME, '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">\n<xs:element>\n')
    with pytest.raises(XsdUnusable) as caught:
        xsd.schema(Kind.UPLOAD, tmp_path)
    assert caught.value.path == tmp_path / UPLOAD_NAME
    assert caught.value.line == 4
    assert UPLOAD_NAME in str(caught.value)
    assert xsd.schema(Kind.DOWNLOAD, tmp_path) is xsd.schema(Kind.DOWNLOAD, "")


def test_it_names_the_line_of_what_is_no_schema(tmp_path: Path) -> None:
    text = _issued_text(Kind.UPLOAD, ('type="Text255"', 'type="Lost"'))
    line = text[: text.index('type="Lost"')].count("\n") + 2
    _write(tmp_path / UPLOAD_NAME, text)
    with pytest.raises(XsdUnusable) as caught:
        xsd.schema(Kind.UPLOAD, tmp_path)
    assert caught.value.line == line
    assert "Lost" in caught.value.message


def test_it_refuses_a_file_of_another_kind(tmp_path: Path) -> None:
    _write(tmp_path / UPLOAD_NAME, _issued_text(Kind.DOWNLOAD))
    with pytest.raises(XsdUnusable, match="UploadData"):
        xsd.schema(Kind.UPLOAD, tmp_path)


def test_it_refuses_a_doctype(tmp_path: Path) -> None:
    _write(tmp_path / UPLOAD_NAME, '<!DOCTYPE x [<!ENTITY a "b">]>' + _issued_text(Kind.UPLOAD))
    with pytest.raises(XsdUnusable, match="DOCTYPE"):
        xsd.schema(Kind.UPLOAD, tmp_path)


@pytest.mark.parametrize("location", ["http://schema.invalid/a.xsd", "../a.xsd", "file:///etc/hostname", ""])
def test_it_refuses_to_fetch(tmp_path: Path, location: str) -> None:
    text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">\n<xs:include schemaLocation="{location}"/></xs:schema>'
    _write(tmp_path / UPLOAD_NAME, text)
    with pytest.raises(XsdUnusable) as caught:
        xsd.schema(Kind.UPLOAD, tmp_path)
    assert caught.value.line == 3


def test_it_refuses_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(XsdUnusable, match="文件夹无法读取"):
        xsd.schema(Kind.UPLOAD, tmp_path / "nowhere")


def test_it_knows_one_version() -> None:
    assert set(xsd.VERSIONS) == {"V.3.0"}
    with pytest.raises(KeyError):
        xsd.schema(Kind.UPLOAD, version="V.9.9")
