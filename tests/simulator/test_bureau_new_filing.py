from __future__ import annotations

import pytest
from lxml import etree

from tests.simulator.bureau_samples import (
    ISP_ID,
    JPEG,
    PERSON,
    PNG,
    access,
    attachment,
    edited,
    new_filing,
    upload_data,
    website,
)

ID_CARD = "11010519491231002X"


def codes_of(documents):
    return [int(item.text) for document in documents for item in document.iter("Jgdm")]


def judged(client, *records, container="XZBA", sequence=1, **envelope):
    assert client.upload(sequence, upload_data(container, *records, **envelope)).code == 0
    return client.fetch_all()


def person(more):
    """A responsible person with an element more, to stand in the place of the subject's."""
    return etree.fromstring(f"<Fzr>{PERSON}{more}</Fzr>")


RETURNED = [
    (1003, {"IspZtid": 1, "Zj__Zjhm": "91110108MA00000009"}),
    (1003, {"IspZtid": 9, "Zj__Zjhm": "91110108MA00000001"}),
    (1008, {"Zj__Zjlx": 5}),
    (1008, {"Zj__Zjhm": "一二三"}),
    (1009, {"Fzr__Fzr_dzyj": "no-mail-here"}),
    (1010, {"Fzr__Fzr_dhhm": "电话010-12345678"}),
    (1010, {"Fzr__Fzr_dhhm": None}),
    (1011, {"Fzr__Fzr_sjhm": "23800138000"}),
    (1012, {"Fzr": person("<Msn>no-account</Msn>")}),
    (1013, {"Fzr": person("<Qq>12345;四五六</Qq>")}),
    (1014, {"Dwxz": 99}),
    (1015, {"Dwxz": 5, "Zj__Zjlx": 2, "Zj__Zjhm": "110105194912310020"}),
    (1019, {"Txdz__Shiid": 310100}),
    (1019, {"Txdz__Shengid": 999999}),
    (1044, {"Fzr__Fzr_xm": None}),
]


@pytest.mark.parametrize(("code", "changes"), RETURNED)
def test_it_returns_a_subject_with_the_code_of_its_fault(bureau, code, changes):
    running, client = bureau
    judged(client, new_filing(1))
    filed = len(running.bureau.filings())
    documents = judged(client, new_filing(9, **changes), sequence=2)
    assert code in codes_of(documents)
    assert len(running.bureau.filings()) == filed
    assert documents[0].findtext(".//Bs") == str(changes.get("IspZtid", 9))
    assert documents[0].findtext(".//Jg_xx/Czlx") == "1"
    assert documents[0].find(".//Gjsh") is None


SITES = [
    (1004, website(9, ("www.site9.cn",))),
    (1004, website(9, ("http://site9.cn",), Syurl="site9.cn")),
    (1005, website(9, ("site1.cn",), Syurl="www.site1.cn")),
    (1005, website(9, ("SITE1.CN",), Syurl="site1.cn")),
    (1006, edited(website(9), {"Jr_xx/Ip_xx/Zzip": 5})),
    (1006, edited(website(9), {"Jr_xx/Ip_xx/Qsip": 0xC0A80001, "Jr_xx/Ip_xx/Zzip": 0xC0A80002})),
    (1022, website(9, Syurl="http://www.site9.cn/index")),
    (1029, website(9).replace("<Wz_Fzr>", access(9).replace("<IspJrid>9<", "<IspJrid>8<") + "<Wz_Fzr>")),
    (1031, edited(website(9), {"Wz_Fzr/Fzr_dhhm": None})),
    (1034, edited(website(9), {"Fwnr/Fwnr_id": 64})),
    (1035, edited(website(9), {"Jr_xx/Wzjrfs/Jrfs": 64})),
    (1036, edited(website(9), {"Jr_xx/Wzfb/Fbdd": 64})),
    (1038, website(9).replace("<IspJrid>9<", "<IspJrid>1<")),
    (1037, website(9).replace("<IspWzid>9<", "<IspWzid>1<")),
    (1039, website(9, ("site9.cn", "Site9.cn"))),
    (1041, website(9, Syurl="www.other.cn")),
    (1066, edited(website(9), {"Yylb/Yylb_id": 64})),
]


@pytest.mark.parametrize(("code", "site"), SITES)
def test_it_returns_a_website_with_the_code_of_its_fault(bureau, code, site):
    running, client = bureau
    judged(client, new_filing(1))
    documents = judged(client, new_filing(9, sites=site), sequence=2)
    assert code in codes_of(documents)
    assert len(running.bureau.filings()) == 1


def test_it_returns_overlapping_ranges(bureau):
    _, client = bureau
    first = 0xCB007101
    more = f"<Ip_xx><IspIpid>99</IspIpid><Qsip>{first}</Qsip><Zzip>{first + 3}</Zzip></Ip_xx></Jr_xx>"
    site = website(1).replace("</Jr_xx>", more)
    assert codes_of(judged(client, new_filing(1, sites=site))) == [1024]


def test_it_returns_a_home_page_that_another_website_has(bureau):
    _, client = bureau
    judged(client, new_filing(1))
    site = website(2, ("site2.cn",), Syurl="www.site1.cn")
    assert set(codes_of(judged(client, new_filing(2, sites=site), sequence=2))) == {1021, 1041}


@pytest.mark.parametrize(("code", "kind", "scan"), [(1033, 64, JPEG), (5010, 1, PNG), (5010, 1, "AAAA")])
def test_it_returns_a_pre_approval_with_the_code_of_its_fault(bureau, code, kind, scan):
    _, client = bureau
    approval = f"<Nrlx_xx><Nrlx_id>{kind}</Nrlx_id><Qzsph>新审字1号</Qzsph><Spwj>{scan}</Spwj></Nrlx_xx>"
    site = website(1).replace("<Fwnr>", f"<Nrlx>{approval}</Nrlx><Fwnr>", 1)
    assert codes_of(judged(client, new_filing(1, sites=site))) == [code]


@pytest.mark.parametrize(
    ("code", "fj"),
    [
        (1055, attachment("555")),
        (1056, attachment("1", form=9)),
        (1057, attachment("1", use=99)),
        (5010, attachment("1", content="AAAA")),
        (5010, attachment("1", form=1, content=PNG)),
    ],
)
def test_it_returns_an_attachment_with_the_code_of_its_fault(bureau, code, fj):
    _, client = bureau
    assert codes_of(judged(client, new_filing(1, fj=fj))) == [code]


def test_it_accepts_attachments_of_subject_and_website(bureau):
    _, client = bureau
    fj = attachment("1") + attachment("7", kind=1, form=2, use=2, content=PNG)
    documents = judged(client, new_filing(7, sites=website(1), fj=fj))
    assert codes_of(documents) == [1001]


def test_it_lets_individuals_leave_out_what_units_must_give(bureau):
    _, client = bureau
    record = new_filing(
        1,
        sites=edited(website(1), {"Wz_Fzr/Fzr_dhhm": None}),
        Dwxz=None,
        Zj__Zjlx=2,
        Zj__Zjhm=ID_CARD,
        Fzr__Fzr_xm=None,
        Fzr__Fzr_dhhm=None,
    )
    assert codes_of(judged(client, record)) == [1001]


def test_it_reports_each_fault_of_a_record_once(bureau):
    _, client = bureau
    documents = judged(client, new_filing(1, Dwxz=99, Fzr__Fzr_dzyj="no-mail-here"))
    assert codes_of(documents) == [1014, 1009]
    assert len(documents[0].findall(".//Jg_xx")) == 1


def test_it_holds_back_a_subject_and_a_domain_that_are_in_process(start):
    running, client = start({"decide": {"mode": "manual"}})
    judged(client, new_filing(1))
    again = new_filing(2, sites=website(2, ("site1.cn",), Syurl="site1.cn"), Zj__Zjhm="91110108MA00000001")
    assert set(codes_of(judged(client, again, sequence=2))) == {1003, 1005}
    running.bureau.decide(1, approve=False)
    client.fetch_all()
    assert codes_of(judged(client, again, sequence=3)) == []
    assert len(running.bureau.pending()) == 1


def test_it_sees_a_conflict_inside_one_file(bureau):
    _, client = bureau
    documents = judged(
        client, new_filing(1), new_filing(2, sites=website(2, ("site1.cn",), Syurl="site1.cn"))
    )
    assert sorted(codes_of(documents)) == [1001, 1005]


def test_it_forwards_the_subject_of_another_province(start):
    running, client = start({"decide": {"mode": "manual"}})
    elsewhere = {"Txdz__Shengid": 310000, "Txdz__Shiid": 310100, "Txdz__Xianid": 310101}
    judged(client, new_filing(1, **elsewhere), new_filing(2))
    assert [case.forwarded for case in running.bureau.pending()] == [True, False]
    running.bureau.decide()
    assert codes_of(client.fetch_all()) == [1001, 1001]


def test_it_returns_the_subject_of_another_province_where_strict(start):
    _, client = start({"options": {"strict_province": True}})
    elsewhere = {"Txdz__Shengid": 310000, "Txdz__Shiid": 310100, "Txdz__Xianid": 310101}
    assert codes_of(judged(client, new_filing(1, **elsewhere))) == [1045]


def test_it_refuses_a_file_that_breaks_the_schema_by_its_name(bureau):
    running, client = bureau
    documents = judged(client, edited(new_filing(1), {"Zt_xx/Zj": None}), new_filing(2))
    assert codes_of(documents) == [5001]
    assert documents[0].findtext(".//Dmms") == "data1.xml"
    assert documents[0].find(".//Bs") is None
    assert running.bureau.accepted(ISP_ID) == [(1, "data1.xml", 0)]
    assert codes_of(judged(client, new_filing(2), sequence=2)) == [1001], "its number is spent"


@pytest.mark.parametrize(
    "xml",
    [
        b"<broken",
        b"<UploadData version='V.3.0'/>",
        b"<?xml version='1.0' encoding='GBK'?><a>\xff</a>",
    ],
)
def test_it_refuses_a_file_that_is_no_report(bureau, xml):
    _, client = bureau
    assert client.upload(1, xml).code == 0
    assert codes_of(client.fetch_all()) == [5001]


def test_it_refuses_another_version(bureau):
    _, client = bureau
    documents = judged(client, new_filing(1), version="V.2.0")
    assert codes_of(documents) == [5004]
    assert "V.3.0" in documents[0].findtext(".//Dmms")
    assert documents[0].findtext(".//Jg_xx/Bz") == "data1.xml"


def test_it_refuses_the_file_of_another_unit(bureau):
    _, client = bureau
    assert codes_of(judged(client, new_filing(1), isp_id=42)) == [5003]


def test_it_practises_icp_filings_only(bureau):
    _, client = bureau
    content = f"<YM><SCBA><Scxx><Id>1</Id></Scxx></SCBA><Qqdwid>{ISP_ID}</Qqdwid></YM>"
    xml = f"<UploadData version='V.3.0'>{content}</UploadData>"
    assert client.upload(1, xml.encode()).code == 0
    assert codes_of(client.fetch_all()) == [5011]


def test_it_refuses_more_than_a_thousand_records(bureau):
    running, client = bureau
    line = "<Zx_xx><Zxlb>1</Zxlb><Jlid>1</Jlid><Zxly>1</Zxly></Zx_xx>"
    documents = judged(client, *[line] * 1001, container="ZXBA")
    assert codes_of(documents) == [5001]
    assert codes_of(judged(client, *[line] * 1000, container="ZXBA", sequence=2)) == [1016] * 1000
    assert running.bureau.accepted(ISP_ID)[1][2] == 1000


def test_it_returns_what_its_blacklists_hold(bureau):
    running, client = bureau
    running.bureau.lists.subjects.add("1:91110108MA00000001")
    running.bureau.lists.domains.add("site2.cn")
    documents = judged(client, new_filing(1), new_filing(2))
    assert codes_of(documents) == [1065, 1064]
    assert "site2.cn" in documents[0].findall(".//Dmms")[1].text


def test_it_tells_that_the_addresses_were_found_where_asked(start):
    _, client = start({"options": {"address_result": True}})
    assert codes_of(judged(client, new_filing(1))) == [1062, 1001]
