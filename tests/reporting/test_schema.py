from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

import xsd
from reporting.schema import MASKED_TAGS, Kind, SchemaProblem, kind_of, validate

SAMPLE = (Path(__file__).parents[1] / "samples" / "upload_new_filing.xml").read_bytes()
RECORD = "/UploadData/ICP/XZBA/Baxx[1]"


@pytest.fixture(autouse=True)
def no_issued_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ICP_XSD_DIR", raising=False)


def _changed(*changes: tuple[str, str]) -> bytes:
    """The sample with the first occurrence of each text replaced."""
    text = SAMPLE.decode("gbk")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text.encode("gbk", "xmlcharrefreplace")


def _only(*changes: tuple[str, str]) -> SchemaProblem:
    problems = validate(_changed(*changes), Kind.UPLOAD)
    assert len(problems) == 1, problems
    return problems[0]


def _line(old: str) -> int:
    text = SAMPLE.decode("gbk")
    return text[: text.index(old)].count("\n") + 1


def test_it_finds_nothing_in_a_valid_file() -> None:
    assert validate(SAMPLE, Kind.UPLOAD) == []


def test_it_describes_a_problem_completely() -> None:
    problem = _only(("books.example", "a.b"))
    assert problem == SchemaProblem(
        line=_line("books.example"),
        path=f"{RECORD}/Wz_xx[2]/Ym_xx[1]/Ym",
        tag="Ym",
        label="网站 2 · 域名 1 · 域名",
        record=1,
        value="a.b",
        rule="too_short",
        explanation="补全到至少 4 字，现在 3 字",
    )
    node = xsd.parse(_changed(("books.example", "a.b"))).xpath(problem.path)
    assert [found.text for found in node] == ["a.b"]


NAME = "<Dwmc>示例科技（北京）有限公司</Dwmc>"
VALUES: list[tuple[tuple[str, str], str, str]] = [
    ((NAME, f"<Dwmc>{'字' * 300}</Dwmc>"), "too_long", "缩短到 255 字以内，现在 300 字"),
    ((NAME, "<Dwmc></Dwmc>"), "empty", "补填“主办单位名称”（Dwmc），内容不能为空"),
    (("<Tzr>示例控股有限公司</Tzr>", "<Tzr/>"), "empty", "内容是空的：请补填，或者整项不报"),
    (("<Dwxz>4<", "<Dwxz>0<"), "too_small", "改成不小于 1 的数，现在是 0"),
    (("<Dwxz>4<", "<Dwxz>1000<"), "too_large", "改成不大于 999 的数，现在是 1000"),
    (("<Dwxz>4<", f"<Dwxz>{'9' * 50}<"), "too_large", "改成不大于 999 的数"),
    (("<Dwxz>4<", "<Dwxz>四<"), "not_a_number", "改成整数，只能有数字"),
    (("<Dwxz>4<", "<Dwxz> <"), "empty", "内容是空的：请补填，或者整项不报"),
    (("<Qsip>3221225985<", "<Qsip>192.0.2.1<"), "not_a_number", "IP 地址要写成整数，这里应为 3221225985"),
    (
        ("<Fzr_sjhm>10000000001<", "<Fzr_sjhm>1<"),
        "too_short",
        "补全到至少 11 字，现在 1 字，号码要写全，座机带区号",
    ),
    ((NAME, ""), "missing", "补填“主办单位名称”（Dwmc）"),
    ((NAME, f"{NAME}<Dwmc>重复</Dwmc>"), "too_many", "最多 1 个，现在 2 个，请删除多余的"),
    ((NAME, f"{NAME}<Mc>多余</Mc>"), "unexpected", "接口在此处没有“Mc”，请删除"),
    ((NAME, f"{NAME}<dwxz>4</dwxz>"), "unexpected", "标签要写作 Dwxz（单位性质），大小写须一致"),
    ((NAME, f'{NAME}<Dwxz xmlns="urn:x"/>'), "unexpected", "元素“Dwxz”不能带命名空间，请去掉 xmlns"),
    (("<Txdz>", "<Txdz>地址："), "text_not_allowed", "此处只能有下级元素，请删除夹在其间的文字"),
    ((NAME, "<Dwmc>示<b/></Dwmc>"), "unexpected", "接口在此处没有“b”，请删除"),
    ((' version="V.3.0"', ""), "missing_attribute", '补上属性 version，如 version="V.3.0"'),
    (("<Dwmc>", '<Dwmc id="1">'), "unexpected_attribute", "接口在此处没有属性“id”，请删除"),
    (
        ("<Zjlx>1</Zjlx>\n            <Zjhm>EXAMPLE-0000000001</Zjhm>", "<Zjhm>1</Zjhm><Zjlx>1</Zjlx>"),
        "wrong_order",
        "顺序不对：“证件类型”（Zjlx）要放在“证件号码”（Zjhm）之前",
    ),
]


@pytest.mark.parametrize(("change", "rule", "explanation"), VALUES)
def test_it_says_what_to_do(change: tuple[str, str], rule: str, explanation: str) -> None:
    problem = _only(change)
    assert (problem.rule, problem.explanation) == (rule, explanation)


def test_it_says_which_of_a_choice_to_keep() -> None:
    both = "<XZWZ><Xzxx><Zt_xx><Ztbah>1</Ztbah><Ztid>1</Ztid></Zt_xx></Xzxx></XZWZ><Qqdwid>"
    none = "<XZWZ><Xzxx><Zt_xx/></Xzxx></XZWZ><Qqdwid>"
    rules = {}
    for content in (both, none):
        problems = validate(_changed(("<Qqdwid>", content)), Kind.UPLOAD)
        rules[content] = {(problem.rule, problem.path) for problem in problems}
    assert rules[both] == {
        ("choice", "/UploadData/ICP/XZWZ/Xzxx[1]/Zt_xx/Ztid"),
        ("missing", "/UploadData/ICP/XZWZ/Xzxx[1]/Wz_xx"),
    }
    assert rules[none] == {
        ("missing", "/UploadData/ICP/XZWZ/Xzxx[1]/Zt_xx"),
        ("missing", "/UploadData/ICP/XZWZ/Xzxx[1]/Wz_xx"),
    }


def test_it_counts_too_many_with_numbers() -> None:
    problem = _only(("<Jrfs>3</Jrfs>", "<Jrfs>3</Jrfs>" * 66))
    assert problem.explanation == "最多 64 个，现在 66 个，请删除多余的"
    assert problem.path == f"{RECORD}/Wz_xx[1]/Jr_xx[1]/Wzjrfs/Jrfs[65]"


def test_it_finds_everything_at_once() -> None:
    # The judge stops at the first wrong child; what stands after it in the same element must be found all the same.
    changes = (
        (NAME, "<Mc/><Dwmc/>"),
        ("<IspZtid>1001</IspZtid>", ""),
        ("<Zjlx>1<", "<Mc/><Zjlx>1000<"),
        ("<Zjzs>北京市朝阳区示例路 1 号</Zjzs>", ""),
        ("<Ym>books.example<", "<Ym>b<"),
        ("<Qqdwid>110000000001<", "<Qqdwid>0<"),
    )
    found = [(problem.rule, problem.tag) for problem in validate(_changed(*changes), Kind.UPLOAD)]
    assert sorted(found) == sorted(
        [
            ("unexpected", "Mc"),
            ("empty", "Dwmc"),
            ("missing", "IspZtid"),
            ("unexpected", "Mc"),
            ("too_large", "Zjlx"),
            ("missing", "Zjzs"),
            ("too_short", "Ym"),
            ("too_small", "Qqdwid"),
        ]
    )


def test_it_gives_one_problem_for_each_element_in_document_order() -> None:
    problems = validate(_changed((NAME, "<Dwmc a='1' b='2'/>"), ("books.example", "")), Kind.UPLOAD)
    lines = [problem.line for problem in problems]
    assert lines == sorted(lines, key=lambda line: line or 0)
    paths = [problem.path for problem in problems]
    assert len(paths) == len(set(paths)) == 2
    assert problems[0].rule == "unexpected_attribute"
    assert "“a”" in problems[0].explanation
    assert "内容不能为空" in problems[0].explanation


def test_it_counts_records_through_the_file() -> None:
    start, end = "<Baxx>", "</Baxx>"
    text = SAMPLE.decode("gbk")
    record = text[text.index(start) : text.index(end) + len(end)]
    wrong = record.replace("<Dwxz>4<", "<Dwxz>0<")
    cancelled = "<ZXBA><Zx_xx><Zxlb>9</Zxlb><Jlid>1</Jlid><Zxly>1</Zxly></Zx_xx></ZXBA><Qqdwid>"
    problems = validate(_changed((end, end + record + wrong), ("<Qqdwid>", cancelled)), Kind.UPLOAD)
    assert [(problem.record, problem.path, problem.label) for problem in problems] == [
        (3, "/UploadData/ICP/XZBA/Baxx[3]/Zt_xx/Dwxz", "主体 · 单位性质"),
        (4, "/UploadData/ICP/ZXBA/Zx_xx[1]/Zxlb", "注销类别"),
    ]


@pytest.mark.parametrize(
    ("change", "path", "label"),
    [
        (("<Qqdwid>110000000001</Qqdwid>", ""), "/UploadData/ICP/Qqdwid", "ICP 备案 · 请求单位 ID"),
        (("<Baxx>", "<Foo/><Baxx>"), "/UploadData/ICP/XZBA/Foo", "ICP 备案 · 新增备案 · Foo"),
    ],
)
def test_it_names_no_record_outside_of_one(change: tuple[str, str], path: str, label: str) -> None:
    problem = _only(change)
    assert (problem.record, problem.path, problem.label) == (None, path, label)


SECRETS = [
    (("<Zjhm>EXAMPLE-0000000001<", f"<Zjhm>{'SECRET' * 50}<"), "（300 字，不显示）"),
    (("<Fzr_sjhm>10000000001<", "<Fzr_sjhm>SECRET<"), "（6 字，不显示）"),
    (("<Fzr_dhhm>010-00000001<", "<Fzr_dhhm>SECRET<"), "（6 字，不显示）"),
    (
        ("<Fzr_sjhm>10000000001</Fzr_sjhm>", "<Fzr_sjhm>10000000001</Fzr_sjhm><fzr_zjhm>SECRET</fzr_zjhm>"),
        "（6 字，不显示）",
    ),
]


@pytest.mark.parametrize(("change", "shown"), SECRETS)
def test_it_shows_only_the_length_of_secret_values(change: tuple[str, str], shown: str) -> None:
    problem = _only(change)
    assert problem.value == shown
    assert "SECRET" not in repr(problem)


def test_it_masks_every_number_and_file() -> None:
    declared = {element.tag for kind in Kind for _, element in xsd.model(kind).walk()}
    assert declared >= MASKED_TAGS
    secret = {tag for tag in declared if tag.lower().endswith(("zjhm", "sjhm", "dhhm")) or tag == "Fjnr"}
    assert secret <= MASKED_TAGS


def test_it_shortens_long_values() -> None:
    problem = _only((NAME, f"<Dwmc>{'字' * 300}</Dwmc>"))
    assert problem.value == f"{'字' * 60}…（共 300 字）"


def _tree(change: Callable[[etree._Element], None]) -> etree._ElementTree:
    root = etree.fromstring(etree.tostring(xsd.parse(SAMPLE)))
    built = etree.Element(root.tag, dict(root.attrib))
    for child in root:
        built.append(child)
    change(built)
    return built.getroottree()


def test_it_checks_a_tree_as_well_as_bytes() -> None:
    assert validate(_tree(lambda root: None), Kind.UPLOAD) == []
    assert validate(_tree(lambda root: None).getroot(), Kind.UPLOAD) == []
    built = etree.Element("UploadData", version="V.3.0")
    etree.SubElement(built, "ICP")
    problems = validate(built, Kind.UPLOAD)
    assert [(problem.line, problem.path, problem.rule) for problem in problems] == [
        (None, "/UploadData/ICP/Qqdwid", "missing")
    ]


@pytest.mark.parametrize(
    ("data", "line", "rule"),
    [
        (_changed(("</Zt_xx>", "")), _line("</Baxx>"), "not_well_formed"),
        (_changed(("<UploadData", "<!DOCTYPE UploadData [<!ENTITY a 'b'>]><UploadData")), 3, "dtd"),
        (b"", 1, "not_well_formed"),
        (SAMPLE.replace(b"GBK", b"UTF-16"), 1, "bad_encoding"),
    ],
)
def test_it_reports_what_is_no_document(data: bytes, line: int, rule: str) -> None:
    problems = validate(data, Kind.UPLOAD)
    assert [(problem.line, problem.rule, problem.record) for problem in problems[:1]] == [(line, rule, None)]
    assert problems[0].explanation


def test_it_checks_the_rest_of_a_file_whose_encoding_is_wrong() -> None:
    data = _changed(("<Dwxz>4<", "<Dwxz>0<")).replace("示例路".encode("gbk"), b"\x80\x80", 1)
    problems = validate(data, Kind.UPLOAD)
    assert [(problem.rule, problem.line) for problem in problems] == [
        ("bad_encoding", _line("<Xxdz>")),
        ("too_small", _line("<Dwxz>")),
    ]


def test_it_bounds_the_size() -> None:
    assert [problem.rule for problem in validate(SAMPLE, Kind.UPLOAD, max_bytes=100)] == ["too_big"]


def test_it_names_the_root_that_is_expected() -> None:
    problems = validate(SAMPLE, Kind.DOWNLOAD)
    assert [problem.rule for problem in problems] == ["wrong_root"]
    assert "DownloadData（下载数据）" in problems[0].explanation


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (SAMPLE, Kind.UPLOAD),
        (b'<DownloadData version="V.3.0"/>', Kind.DOWNLOAD),
        (b"<return/>", None),
        (b"", None),
    ],
)
def test_it_tells_the_kind_by_the_root(data: bytes, kind: Kind | None) -> None:
    assert kind_of(data) is kind


def test_it_checks_answers() -> None:
    data = b'<return version="1"><msg_code>14</msg_code><msg>short</msg><dataSequences/></return>'
    problems = validate(data, Kind.ANSWER_UPLOAD)
    assert [(problem.path, problem.rule) for problem in problems] == [
        ("/return/msg", "too_short"),
        ("/return/dataSequences/dataSequence", "missing"),
    ]
    file = b"<fileInfos><beianInfo>!</beianInfo></fileInfos>"
    problems = validate(data.replace(b"<dataSequences/>", file), Kind.ANSWER_DOWNLOAD)
    assert ("/return/fileInfos/beianInfo", "not_base64") in {
        (problem.path, problem.rule) for problem in problems
    }


ISSUED = """<?xml version="1.0" encoding="GBK"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="UploadData"><xs:complexType><xs:sequence>
<xs:element name="Bm"><xs:simpleType><xs:restriction base="xs:string">
  <xs:pattern value="[A-Z]+"/><xs:maxLength value="3"/></xs:restriction></xs:simpleType></xs:element>
<xs:element name="Lx" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
  <xs:enumeration value="甲"/><xs:enumeration value="乙"/></xs:restriction></xs:simpleType></xs:element>
<xs:choice minOccurs="0"><xs:element name="A" type="xs:string"/><xs:element name="B" type="xs:date"/></xs:choice>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<Bm>AB</Bm><Lx>甲</Lx><B>2026-01-01</B>", []),
        ("<Bm>ab</Bm>", [("Bm", "pattern")]),
        ("<Bm>ABCD</Bm>", [("Bm", "too_long")]),
        ("<Bm>AB</Bm><Lx>丙</Lx>", [("Lx", "not_allowed")]),
        ("<Bm>AB</Bm><A/><B>2026-01-01</B>", [("B", "unexpected")]),
        ("<Bm>AB</Bm><B>1</B>", [("B", "invalid_value")]),
    ],
)
def test_it_words_what_only_an_issued_file_demands(
    tmp_path: Path, content: str, expected: list[tuple[str, str]]
) -> None:
    (tmp_path / "企业上报数据格式.xsd").write_bytes(ISSUED.encode("gbk"))
    root = etree.fromstring(f"<UploadData>{content}</UploadData>")
    problems = validate(root, Kind.UPLOAD, folder=tmp_path)
    assert [(problem.tag, problem.rule) for problem in problems] == expected
    assert all(problem.explanation for problem in problems)
