from __future__ import annotations

import pytest
from lxml import etree

import xsd
from tests.simulator.bureau_samples import ISP_ID, new_filing, upload_data, website

XML = upload_data("XZBA", new_filing(1))


def name_of(reply):
    return reply.root.findtext("fileInfos/return_FileName")


def test_it_returns_a_file_until_it_is_acknowledged(bureau):
    running, client = bureau
    client.upload(1, XML)
    first = client.download()
    assert first.code == 3
    assert name_of(client.download()) == name_of(first)
    assert client.acknowledge(name_of(first)).code == 3
    last = client.download()
    assert last.code == 1
    assert name_of(last) != name_of(first)
    assert client.acknowledge(name_of(last)).code == 1
    assert client.download().code == 2
    assert running.bureau.queue(ISP_ID) == []


def test_it_takes_a_repeated_acknowledgement_as_done(bureau):
    _, client = bureau
    client.upload(1, XML)
    name = name_of(client.download())
    client.acknowledge(name)
    assert client.acknowledge(name).code == 3


def test_it_refuses_an_acknowledgement_without_or_with_an_unknown_name(bureau):
    _, client = bureau
    client.upload(1, XML)
    assert client.acknowledge("").code == 21
    assert client.acknowledge("unknown.zip").code == 999
    assert name_of(client.download())


def test_it_answers_plain_codes_where_asked(start):
    _, client = start({"options": {"ack_code": "zero", "last_file_code": 0, "order": "together"}})
    client.upload(1, XML)
    reply = client.download()
    assert reply.code == 0
    assert client.acknowledge(name_of(reply)).code == 0


def test_it_sends_what_the_download_schema_allows(bureau):
    _, client = bureau
    client.upload(
        1, upload_data("XZBA", *(new_filing(n) for n in range(1, 6)), new_filing(6, Dwmc="拒绝公司"))
    )
    documents = client.fetch_all()
    assert [child.tag for document in documents for child in document[0]] == ["BAJG", "BASJ"]
    for document in documents:
        assert xsd.violations(document, xsd.Kind.DOWNLOAD) == []


def test_it_issues_numbers_and_ids_of_its_own(bureau):
    running, client = bureau
    client.upload(1, upload_data("XZBA", new_filing(1, sites=website(1) + website(2))))
    data = client.fetch_all()[1]
    assert data.findtext(".//Zt_xx/Baxh").startswith("京ICP备")
    assert data.findtext(".//Zt_xx/Baxh").endswith("000001号")
    number = data.findtext(".//Zt_xx/Baxh")
    assert [item.text for item in data.iterfind(".//Wz_xx/Baxh")] == [f"{number}-1", f"{number}-2"]
    assert data.findtext(".//IspZtid") == "1"
    assert [item.text for item in data.iter("IspWzid")] == ["1", "2"]
    ids = [item.text for tag in ("Ztid", "Wzid", "Ymid", "Jrid", "Ipid") for item in data.iter(tag)]
    assert len(set(ids)) == len(ids) == 9
    assert {item.text for item in data.iter("Ispid")} == {str(ISP_ID)}
    assert running.bureau.filings()[0].websites[1].domains[0].name == "site2.cn"


def test_it_numbers_by_the_province_of_the_subject(bureau):
    running, client = bureau
    moved = new_filing(1, Txdz__Shengid=510000, Txdz__Shiid=510100, Txdz__Xianid=None)
    client.upload(1, upload_data("XZBA", moved))
    assert running.bureau.filings()[0].number.startswith("蜀ICP备")


@pytest.mark.parametrize(
    ("order", "groups"),
    [
        ("result_first", [["BAJG"], ["BASJ"]]),
        ("data_first", [["BASJ"], ["BAJG"]]),
        ("together", [["BAJG", "BASJ"]]),
    ],
)
def test_it_sends_decisions_and_data_in_the_order_of_the_option(start, order, groups):
    _, client = start({"options": {"order": order}})
    client.upload(1, XML)
    documents = client.fetch_all()
    assert [[child.tag for child in document[0]] for document in documents] == groups
    for document in documents:
        assert xsd.violations(document, xsd.Kind.DOWNLOAD) == []


def test_it_splits_much_news_into_files_of_the_asked_size(start):
    _, client = start({"options": {"bundle": 2}})
    client.upload(1, upload_data("XZBA", *(new_filing(n) for n in range(1, 6))))
    documents = client.fetch_all()
    assert [len(document.findall(".//Gjsh")) for document in documents] == [2, 2, 1, 0, 0, 0]
    assert [len(document.findall(".//Baxx")) for document in documents] == [0, 0, 0, 2, 2, 1]


@pytest.mark.parametrize(
    ("results", "tags"),
    [("both", {"Jg_xx", "Gjsh"}), ("decision_only", {"Gjsh"}), ("result_only", {"Jg_xx"})],
)
def test_it_tells_a_decision_in_the_ways_of_the_option(start, results, tags):
    _, client = start({"options": {"results": results}})
    client.upload(1, upload_data("XZBA", new_filing(1, Dwmc="拒绝公司")))
    [document] = client.fetch_all()
    assert {item.tag for item in document.iter("Jg_xx", "Gjsh")} == tags


def test_it_can_leave_out_what_names_a_record(start):
    _, client = start({"options": {"omit": ["Bs", "Czlx", "Jlid"]}})
    client.upload(1, XML)
    results = client.fetch_all()[0]
    assert results.find(".//Bs") is None
    assert results.find(".//Gjsh/Czlx") is None
    assert results.find(".//Gjsh/Jlid") is None
    assert xsd.violations(results, xsd.Kind.DOWNLOAD) == []


def test_it_carries_names_that_gbk_lacks(bureau):
    _, client = bureau
    client.upload(1, upload_data("XZBA", new_filing(1, Dwmc="示例𠮷公司")))
    reply = client.download()
    client.acknowledge(name_of(reply))
    content = client.open(client.download())
    assert b'encoding="GBK"' in content[:60] or b"encoding='GBK'" in content[:60]
    assert etree.fromstring(content).findtext(".//Dwmc") == "示例𠮷公司"


def test_it_tells_other_providers_of_a_subject_what_was_filed(start):
    unit = {"isp_id": ISP_ID, "user_name": "demo", "password": "demo-password"}
    running, client = start({"units": [unit, {**unit, "isp_id": 22}]})
    client.upload(1, XML)
    subject = running.bureau.filings()[0]
    subject.websites[0].accesses[0].isp_id = 22
    running.bureau.registry.save(subject)
    client.upload(
        2, upload_data("XZWZ", f"<Xzxx><Zt_xx><Ztid>{subject.ztid}</Ztid></Zt_xx>{website(5)}</Xzxx>")
    )
    [other] = running.bureau.queue(22)
    assert other.about == "BASJ"


def test_it_decides_and_tells_nothing_where_it_is_silent(start):
    running, client = start({"options": {"silent": True}})
    client.upload(1, XML)
    assert client.download().code == 2
    assert [subject.name for subject in running.bureau.filings()]
    assert running.bureau.pending() == []
    running.bureau.set_options({"silent": False})
    client.upload(2, upload_data("XZBA", new_filing(2)))
    assert client.download().code == 3
