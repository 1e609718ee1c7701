from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

import xsd
import xsd.loader
from xsd import Kind


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/UploadData/ICP/XZBA/Baxx/Zt_xx/Dwmc", "主办单位名称"),
        ("UploadData/ICP/XZBA/Baxx[3]/Wz_xx[2]/Ym_xx[1]/Ym", "域名"),
        ("/UploadData/ICP/BGBA/Bgxx/Wz_xx/Baxh", "网站备案号"),
        ("/UploadData/ICP/BGBA/Bgxx/Zt_xx/Baxh", "主体备案号"),
        ("/UploadData/IP/XZBA/Xzfp/Fpsy/Dwmc", "使用单位名称"),
        ("/DownloadData/ICP/BASJ/Baxx/Zt_xx/Dwmc", "主办单位名称"),
        ("/DownloadData/SJTB/ICP/Baxx/Wz_xx/Wzmc", "网站名称"),
        ("/UploadData/ICP/XZBA/Unknown", "Unknown"),
    ],
)
def test_it_labels_a_path(path: str, label: str) -> None:
    assert xsd.label_for(path) == label


def test_it_labels_answers_by_their_kind() -> None:
    assert xsd.label_for("/return/dataSequences/dataSequence", Kind.ANSWER_UPLOAD) == "数据编号"
    assert xsd.label_for("/return/StatusInfo/Bazt", Kind.ANSWER_FILING_STATUS) == "是否已备案"


@pytest.mark.parametrize("kind", list(Kind))
def test_it_has_a_short_chinese_label_for_every_element(kind: Kind) -> None:
    labels = xsd.labels(kind)
    assert len(labels) == sum(1 for _ in xsd.model(kind).walk())
    for path, label in labels.items():
        assert any("\u4e00" <= letter <= "\u9fff" for letter in label) or label in (
            "起始 IP",
            "终止 IP",
            "IP 段",
        ), path
        assert len(label) <= 16, path
        assert not set("，。；：,;") & set(label), path


def test_it_tells_bounds_and_occurrence() -> None:
    website = xsd.model(Kind.UPLOAD).child("ICP").child("XZBA").child("Baxx").child("Wz_xx")
    assert (website.group, website.min_occurs, website.max_occurs, website.is_repeatable) == (
        "sequence",
        1,
        None,
        True,
    )
    name = website.child("Wzmc")
    assert (name.base, dict(name.facets), name.is_repeatable) == (
        "string",
        {"minLength": "1", "maxLength": "512"},
        False,
    )
    assert [child.tag for child in website.children][:4] == ["IspWzid", "Wzmc", "Nrlx", "Fwnr"]


def test_it_holds_all_that_our_files_say() -> None:
    assert all(element.is_exact for kind in Kind for _, element in xsd.model(kind).walk())


ISSUED = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:element name="UploadData"><xs:complexType><xs:sequence>
  <xs:element name="ICP"><xs:annotation><xs:documentation>局里自己的说法</xs:documentation></xs:annotation>
    <xs:complexType><xs:sequence>
      <xs:choice minOccurs="0"><xs:element name="A" type="xs:string"/><xs:element name="B" type="xs:string"/></xs:choice>
      <xs:element name="Bsm" type="Code"><xs:annotation><xs:documentation>
        标识码，由省局在审核通过之后统一分配的一串字符
      </xs:documentation></xs:annotation></xs:element>
    </xs:sequence></xs:complexType></xs:element>
</xs:sequence><xs:attribute name="version" use="required"/></xs:complexType></xs:element>
<xs:simpleType name="Code"><xs:restriction base="xs:string"><xs:pattern value="[A-Z]+"/></xs:restriction></xs:simpleType>
</xs:schema>"""


def test_it_labels_what_only_an_issued_file_knows(tmp_path: Path) -> None:
    (tmp_path / "企业上报数据格式.xsd").write_bytes(ISSUED.encode("gbk"))
    model = xsd.model(Kind.UPLOAD, tmp_path)
    subtree = model.child("ICP")
    assert subtree.label == "ICP 备案"
    assert subtree.child("Bsm").label == "标识码"
    assert not subtree.is_exact
    assert not subtree.child("Bsm").is_exact
    assert (
        xsd.violations(
            etree.fromstring('<UploadData version=""><ICP><Bsm>A</Bsm></ICP></UploadData>'),
            Kind.UPLOAD,
            tmp_path,
        )
        == []
    )
