from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from filing.choices import Operation
from filing.documents.operations import read_content
from reporting.builders import BUILDERS, Extras, assemble, build_record, positions, serialise
from reporting.builders.report import SECTIONS, ReportRecord
from reporting.schema import Kind, validate
from tests.reporting.material import ISP_ID
from tests.reporting.random_documents import Taken, document

GOLDEN = Path(__file__).parent.parent / "samples" / "new_filing.xml"
EXTRAS = Extras(images=lambda reference: reference.removeprefix("sha256:").encode())


def canonical(root: etree._Element) -> str:
    return etree.tostring(root, method="c14n", with_comments=False).decode()


def built(
    content: dict[str, Any], operation: str = Operation.NEW_FILING, extras: Extras = EXTRAS
) -> ReportRecord:
    return build_record(BUILDERS[operation], content, extras)


def access(
    own_id: int, places: list[int], methods: list[int], *ranges: tuple[int, str, str]
) -> dict[str, Any]:
    return {
        "own_id": own_id,
        "server_locations": places,
        "methods": methods,
        "ip_ranges": [{"own_id": number, "start": start, "end": end} for number, start, end in ranges],
    }


def complete_filing() -> dict[str, Any]:
    """The document of the golden file: every field that there is, two websites, attachments of both owners."""
    site_person = {"name": "李小红", "mobile": "13900139000", "email": "site@example.cn"}
    return {
        "subject": {
            "own_id": 1001,
            "name": "示例<甲&乙>有限公司",
            "nature": 4,
            "investor": "王𠮷明",
            "address": {"province": 110000, "city": 110100, "county": 110108, "detail": "示例路1号"},
            "certificate": {"type": 1, "number": "91110108MA00000001", "address": "北京市海淀区示例路1号"},
            "responsible": {
                "name": "王𠮷明",
                "office_phone": "010-12345678;010-12345679",
                "mobile": "13800138000;13800138001",
                "email": "filing@example.cn;second@example.cn",
                "msn": "msn@example.cn",
                "qq": "10001",
                "certificate_type": 2,
                "certificate_number": "11010519491231002X",
            },
            "filed_by": 0,
            "remarks": "主体备注",
        },
        "websites": [
            {
                "own_id": 2001,
                "name": "示例站;示例二",
                "pre_approvals": [
                    {"type": 1, "number": "新审字0001号", "scans": ["sha256:scan-1", "sha256:scan-2"]},
                    {"type": 3, "number": "药审字0002号", "scans": ["sha256:scan-3"]},
                ],
                "service_contents": [8, 3],
                "languages": [1, 2],
                "domains": [{"own_id": 3001, "name": "shili.cn"}, {"own_id": 3002, "name": "示例.中国"}],
                "accesses": [
                    access(
                        4001,
                        [2, 11],
                        [3, 1],
                        (5001, "203.0.113.10", "203.0.113.12"),
                        (5002, "0.0.0.1", "255.255.255.255"),
                    ),
                    access(4002, [1], [2], (5003, "198.51.100.1", "198.51.100.1")),
                ],
                "responsible": site_person
                | {
                    "office_phone": "010-12345678",
                    "msn": "site@msn.cn",
                    "qq": "10002",
                    "certificate_type": 2,
                    "certificate_number": "11010819900307456X",
                },
                "home_url": "www.shili.cn",
                "remarks": "网站备注\n第二行",
            },
            {
                "own_id": 2002,
                "name": "示例三",
                "service_contents": [1],
                "languages": [1],
                "domains": [{"own_id": 3003, "name": "shili3.cn"}],
                "accesses": [access(4003, [2], [3], (5004, "203.0.113.11", "203.0.113.11"))],
                "responsible": site_person,
            },
        ],
        "attachments": [
            {
                "format": 1,
                "purpose": 2,
                "content": "sha256:licence",
                "owner": "subject",
                "remarks": "营业执照",
            },
            {"format": 2, "purpose": 1, "content": "sha256:form", "owner": "website", "owner_index": 1},
        ],
    }


def test_it_builds_a_complete_new_filing_as_the_golden_file_has_it() -> None:
    content = complete_filing()
    clean, problems = read_content(Operation.NEW_FILING, content, Taken())
    assert (problems, clean) == ([], content), "the golden document is one that the import takes"
    root = assemble([built(content)], isp_id=ISP_ID)
    golden = etree.parse(GOLDEN, etree.XMLParser(remove_blank_text=True, remove_comments=True)).getroot()
    assert canonical(root) == canonical(golden)
    assert validate(serialise(root), Kind.UPLOAD) == []


def test_it_writes_gbk_and_numbers_what_gbk_lacks() -> None:
    xml = serialise(assemble([built(complete_filing())], isp_id=ISP_ID))
    head, _, body = xml.partition(b"?>")
    assert b"GBK" in head.upper()
    assert "王&#134071;明".encode("gbk") in body
    assert "示例.中国".encode("gbk") in body
    assert b"?" not in body
    assert etree.fromstring(xml).findtext(".//Tzr") == "王𠮷明"


def test_it_leaves_out_what_an_individual_may_leave_out() -> None:
    content = complete_filing()
    subject, (site, _other) = content["subject"], content["websites"]
    for name in ("nature", "investor", "remarks"):
        del subject[name]
    del subject["address"]["county"], subject["address"]["detail"], content["attachments"]
    person = {"mobile": "13800138000", "email": "filing@example.cn"}
    subject["responsible"] = person
    for name in ("pre_approvals", "home_url", "remarks"):
        del site[name]
    site["responsible"] = person | {"name": "李小红"}
    content["websites"] = [site]
    root = assemble([built(content)], isp_id=ISP_ID)
    assert validate(serialise(root), Kind.UPLOAD) == []
    record = root.find("ICP/XZBA/Baxx")
    assert record is not None
    assert [child.tag for child in record] == ["Zt_xx", "Wz_xx"]
    tags = [child.tag for child in record.iterfind("Zt_xx/*")]
    assert tags == ["IspZtid", "Dwmc", "Txdz", "Zj", "Fzr", "Bbfs"]
    assert [child.tag for child in record.iterfind("Zt_xx/Fzr/*")] == ["Fzr_sjhm", "Fzr_dzyj"]
    assert [child.tag for child in record.iterfind("Zt_xx/Txdz/*")] == ["Shengid", "Shiid"]
    assert not [node for node in record.iter() if len(node) == 0 and not node.text], "nothing is sent empty"


def test_it_reports_by_oneself_as_zero() -> None:
    """0 is a value, not a gap."""
    assert built(complete_filing()).elements[0].findtext("Zt_xx/Bbfs") == "0"


def test_it_measures_a_record_as_it_stands_in_the_file() -> None:
    records = [built(complete_filing()), built(complete_filing() | {"attachments": []})]
    xml = serialise(assemble(records, isp_id=ISP_ID))
    around = serialise(assemble([], isp_id=ISP_ID))
    assert len(xml) == sum(record.size_bytes for record in records) + len(around) + len("<XZBA></XZBA>")


def test_it_says_which_image_the_store_lost() -> None:
    def lost(reference: str) -> bytes:
        raise FileNotFoundError(2, "No such file", reference)

    with pytest.raises(FileNotFoundError) as caught:
        built(complete_filing(), extras=Extras(images=lost))
    assert caught.value.filename == "sha256:scan-1"


def test_it_puts_any_bytes_into_base64() -> None:
    data = bytes(range(256))
    record = built(complete_filing(), extras=Extras(images=lambda reference: data)).elements[0]
    assert base64.b64decode(record.findtext("Fj/Fjxx/Fjnr") or "", validate=True) == data


def test_it_has_a_builder_for_every_operation_and_a_place_for_its_records() -> None:
    assert set(BUILDERS) == set(Operation.values)
    for operation, builder in BUILDERS.items():
        assert builder.operation == operation
        assert builder.section in SECTIONS


def test_it_tells_the_place_of_each_document_in_a_file_that_goes_by_sections() -> None:
    wanted = [
        Operation.SUBMIT_MATERIALS,
        Operation.NEW_FILING,
        Operation.CANCEL_SUBJECT,
        Operation.NEW_FILING,
    ]
    records = []
    for seed, operation in enumerate(wanted):
        content = document(operation, seed)
        if operation == Operation.SUBMIT_MATERIALS:
            content["attachments"] = content["attachments"][:1] * 3
        records.append(built(content, operation))
    places = positions(records)
    root = assemble(records, isp_id=ISP_ID)
    listed = [record for section in root.iterfind("ICP/*") if len(section) for record in section]
    assert places == [4, 1, 3, 2]
    assert [section.tag for section in root.iterfind("ICP/*")] == ["XZBA", "ZXBA", "XZHYD", "Qqdwid"]
    for record, place in zip(records, places, strict=True):
        assert listed[place - 1] is record.elements[0]
