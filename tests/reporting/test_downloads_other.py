"""What is kept as it is, what nobody knows, and what is not a record at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from filing.models import Subject
from reporting.models import Link
from reporting.readers.document import read_document
from tests.reporting.downloads import apply, document, gbk, outcomes, sample

pytestmark = pytest.mark.django_db


# --- IP, domains, synchronisation -----------------------------------------------------------------


def test_it_tells_the_results_of_address_uploads(quiet_link: Link) -> None:
    items = apply(quiet_link, sample("addresses"))

    assert {item.outcome for item in items} == {"noted"}
    assert [item.summary for item in items] == [
        "2998 IP备案操作成功：新增，管局标识 9001，我方标识 61",
        "2054 接入商只能操作属于本接入商的IP备案信息，请核实后再次报备：修改，203.0.113.0 – 203.0.113.255",
        "2998 IP备案操作成功：删除",
        "2998 IP备案操作成功：新增",
        "来源，203.0.113.0 – 203.0.113.255，对应 203.0.113.224 – 203.0.113.255，管局标识 9003",
        "分配，203.0.113.0，对应 203.0.113.0 – 203.0.113.15，单位 110000000009",
        "203.0.113.0 – 203.0.113.15",
    ]
    assert items[1].reason == "不属于本单位"


def test_it_tells_the_results_of_domain_uploads(quiet_link: Link) -> None:
    (item,) = apply(quiet_link, sample("domains"))

    assert (item.outcome, item.reason) == ("noted", "成功")
    assert item.summary.endswith("：新增，管局标识 9101，我方标识 71")


def test_it_takes_over_the_filings_of_a_synchronisation_and_lists_the_rest(quiet_link: Link) -> None:
    (filing,) = apply(quiet_link, sample("synchronised_filings"))
    addresses = apply(quiet_link, sample("synchronised_addresses"))

    assert (filing.outcome, filing.reason) == ("applied", "")
    assert filing.summary == "虚构示例科技有限公司 京ICP备2026000001号"
    assert [item.summary for item in addresses] == [
        "203.0.113.0 – 203.0.113.255",
        "203.0.113.0 虚构示例科技有限公司",
        "203.0.113.0 – 203.0.113.255",
    ]
    site = Subject.objects.get().websites.get()
    assert (site.domains.count(), site.accesses.count()) == (2, 1)


def test_it_leaves_a_result_without_a_code_to_a_person(quiet_link: Link) -> None:
    xml = document("<BAJG><Lyjg><Jgxx><Dmms>成功</Dmms></Jgxx></Lyjg></BAJG>", group="IP")

    (item,) = apply(quiet_link, xml)

    assert (item.outcome, item.reason) == ("failed", "Lyjg 没有结果代码 Jgdm")


# --- what nobody knows ----------------------------------------------------------------------------


def test_it_makes_a_record_of_everything_that_it_does_not_know(quiet_link: Link) -> None:
    xml = document(
        "<NEW><A/></NEW>"
        "<XGTZ><Tzxx><Tznr>改</Tznr></Tzxx><Other>x</Other></XGTZ>"
        "<HCJG><Jgxx><Extra/></Jgxx></HCJG>"
        "<BASJ>散落的文字</BASJ>"
    )

    items = apply(quiet_link, xml)

    assert outcomes(items) == [
        ("ICP.NEW", "unknown"),
        ("XGTZ", "applied"),
        ("ICP.XGTZ.Other", "unknown"),
        ("ICP.HCJG.Jgxx.Extra", "unknown"),
        ("ICP.BASJ", "unknown"),
    ]
    assert items[2].path == "/DownloadData/ICP/XGTZ/Other"


def test_it_takes_lists_that_hold_nothing(quiet_link: Link) -> None:
    items = apply(quiet_link, document("<HMDLB/><BAJG><GJSHS/></BAJG>"))

    assert outcomes(items) == [("empty", "noted")] * 2
    assert [item.path for item in items] == ["/DownloadData/ICP/HMDLB", "/DownloadData/ICP/BAJG/GJSHS"]


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("<Something><ICP><XGTZ/></ICP></Something>", ["empty"]),
        ('<DownloadData xmlns="urn:x"><ICP><XGTZ/></ICP></DownloadData>', ["{urn:x}ICP"]),
        ("<DownloadData>文字</DownloadData>", []),
        ("<DownloadData><ICP/><YM/></DownloadData>", ["empty", "empty"]),
        (f"<DownloadData><{'长' * 300}/></DownloadData>", ["长" * 64]),
    ],
)
def test_it_shows_documents_of_another_make(quiet_link: Link, body: str, kinds: list[str]) -> None:
    document_ = read_document(gbk(body))

    assert [record.kind for record in document_.records] == kinds
    assert document_.oddities
    if kinds:
        items = apply(quiet_link, gbk(body))
        assert [item.kind for item in items] == kinds
        assert items[0].download.applied_at


def test_it_says_so_where_a_file_holds_no_record() -> None:
    assert "文件里没有任何记录" in read_document(gbk("<DownloadData/>")).oddities


def test_it_does_not_list_oddities_without_end() -> None:
    oddities = read_document(document("<ZXSJ>" + "<Zxxx/>" * 60 + "</ZXSJ>")).oddities

    assert len(oddities) == 51
    assert oddities[-1].startswith("另有 ")


def test_it_goes_on_where_the_bureaus_schema_file_is_damaged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "企业下载数据格式.xsd").write_text("<broken", encoding="utf-8")
    monkeypatch.setenv("ICP_XSD_DIR", str(tmp_path))

    found = read_document(document("<XGTZ><Tzxx><Tznr>改</Tznr></Tzxx></XGTZ>"))

    assert [record.kind for record in found.records] == ["XGTZ"]
    assert found.oddities[0].startswith("没有对照模式文件检查")


def test_it_names_the_place_of_each_record() -> None:
    xml = document("<ZXSJ><Zxxx/><Zxxx/></ZXSJ><XGTZ><Tzxx/></XGTZ><ZXSJ><Zxxx/></ZXSJ>")

    assert [(record.position, record.path) for record in read_document(xml).records] == [
        (1, "/DownloadData/ICP/ZXSJ[1]/Zxxx[1]"),
        (2, "/DownloadData/ICP/ZXSJ[1]/Zxxx[2]"),
        (3, "/DownloadData/ICP/XGTZ/Tzxx"),
        (4, "/DownloadData/ICP/ZXSJ[2]/Zxxx"),
    ]
