from __future__ import annotations

import pytest

from tests.simulator.bureau_provider import (
    OTHER_ID,
    UNIT,
    Provider,
    cancel,
    codes_of,
    manual,
    new_access,
    new_website,
)
from tests.simulator.bureau_samples import (
    ISP_ID,
    PASSWORD_MD5,
    attachment,
    upload_data,
    website,
)


def test_it_files_new_websites_by_number_and_by_id(provider):
    number, ztid = provider.subject.number, provider.subject.ztid
    results, data = provider.send(
        "XZWZ",
        new_website(f"<Ztbah>{number}</Ztbah>", website(3), website(4)),
        new_website(f"<Ztid>{ztid}</Ztid>", website(5)),
    )
    assert [item.text for item in results.iter("Bs")] == [number, str(ztid)]
    assert [(item.findtext("Jlid"), item.findtext("Czlx")) for item in results.iter("Gjsh")] == [
        ("3", "2"),
        ("4", "2"),
        ("5", "2"),
    ]
    assert [item.text for item in data.iterfind(".//Wz_xx/Baxh")] == [f"{number}-{n}" for n in range(1, 6)]


def test_it_decides_each_new_website_by_itself(provider):
    manual(provider)
    mark = f"<Ztid>{provider.subject.ztid}</Ztid>"
    assert provider.send("XZWZ", new_website(mark, website(3), website(4))) == []
    bureau = provider.running.bureau
    assert bureau.decide(3, approve=True) == 1
    assert bureau.decide(4, approve=False, words="网站名称不规范") == 1
    first, second, data = provider.client.fetch_all()
    assert [item.findtext("Shjg") for item in first.iter("Gjsh")] == ["1"]
    assert [item.findtext("Shyj") for item in second.iter("Gjsh")] == ["网站名称不规范"]
    assert codes_of([first, second]) == [1002]
    assert len(data.findall(".//Wz_xx")) == 3
    assert codes_of(provider.send("XZWZ", new_website(mark, website(4)))) == [], (
        "the refused one may come again"
    )


@pytest.mark.parametrize(
    ("code", "mark", "site"),
    [
        (1016, "<Ztbah>京ICP备2020999999号</Ztbah>", website(3)),
        (1016, "<Ztid>5</Ztid>", website(3)),
        (1005, "<Ztid>1000001</Ztid>", website(3, ("site1.cn",), Syurl="site1.cn")),
        (1037, "<Ztid>1000001</Ztid>", website(1, ("site3.cn",))),
    ],
)
def test_it_returns_a_new_website_with_the_code_of_its_fault(provider, code, mark, site):
    documents = provider.send("XZWZ", new_website(mark, site))
    assert code in codes_of(documents)
    assert documents[0].findtext(".//Jg_xx/Czlx") == "2"
    assert len(provider.subject.websites) == 2


def test_it_returns_a_new_website_of_a_cancelled_subject(provider):
    provider.send("ZXBA", cancel(0, provider.subject.ztid, PASSWORD_MD5))
    mark = f"<Ztid>{provider.subject.ztid}</Ztid>"
    assert codes_of(provider.send("XZWZ", new_website(mark, website(3)))) == [1049]


def test_it_takes_attachments_of_the_subject_and_of_a_new_website(provider):
    mark, ztid = f"<Ztbah>{provider.subject.number}</Ztbah>", provider.subject.ztid
    fj = (
        attachment("<Jlid>3</Jlid>")
        + attachment(f"<Jlid>{ztid}</Jlid>", kind=1, use=2)
        + attachment(f"<Baxh>{provider.subject.number}</Baxh>", kind=1, use=2)
    )
    assert codes_of(provider.send("XZWZ", new_website(mark, website(3), fj=fj))) == [1001]
    wrong = attachment("<Jlid>77</Jlid>")
    assert codes_of(provider.send("XZWZ", new_website(mark, website(4), fj=wrong))) == [1055]


def test_it_files_the_access_of_another_provider(provider):
    site = provider.subject.websites[0]
    record = new_access(f"<Wzbah>{site.number}</Wzbah>")
    assert provider.other.upload(1, upload_data("XZJR", record, isp_id=OTHER_ID)).code == 0
    results, data = provider.other.fetch_all()
    assert results.findtext(".//Bs") == results.findtext(".//Jlid") == "50"
    assert results.findtext(".//Gjsh/Czlx") == "3"
    assert {item.text for item in data.iter("Ispid")} == {str(ISP_ID), str(OTHER_ID)}
    assert [item.tag for item in provider.client.fetch_all()[0][0]] == ["BASJ"], (
        "the first provider learns it too"
    )


@pytest.mark.parametrize(
    ("code", "mark", "password"),
    [
        (1016, "<Wzbah>京ICP备2026000001号</Wzbah>", PASSWORD_MD5),
        (1016, "<Wzid>7</Wzid>", PASSWORD_MD5),
        (1018, "<Wzid>2000001</Wzid>", "0" * 32),
        (1029, "<Wzid>2000001</Wzid>", PASSWORD_MD5),
    ],
)
def test_it_returns_a_new_access_with_the_code_of_its_fault(provider, code, mark, password):
    documents = provider.send("XZJR", new_access(mark, password=password))
    assert code in codes_of(documents)
    assert documents[0].findtext(".//Jg_xx/Czlx") == "3"


def test_it_takes_the_password_digest_in_either_case_and_any_where_none_is_set(start):
    provider = Provider(*start({"units": [UNIT, {**UNIT, "isp_id": OTHER_ID}]}))
    record = new_access("<Wzid>2000001</Wzid>", password=PASSWORD_MD5.upper())
    provider.other.upload(1, upload_data("XZJR", record, isp_id=OTHER_ID))
    assert codes_of(provider.other.fetch_all()) == [1001]
    free = Provider(
        *start({"units": [UNIT, {**UNIT, "isp_id": OTHER_ID}], "options": {"filing_password": None}})
    )
    free.other.upload(
        1, upload_data("XZJR", new_access("<Wzid>2000001</Wzid>", password="x"), isp_id=OTHER_ID)
    )
    assert codes_of(free.other.fetch_all()) == [1001]


def test_it_returns_an_access_that_is_in_process_or_known(provider):
    manual(provider)
    record = new_access("<Wzid>2000001</Wzid>")
    provider.other.upload(1, upload_data("XZJR", record, isp_id=OTHER_ID))
    provider.other.upload(2, upload_data("XZJR", record, isp_id=OTHER_ID))
    assert codes_of(provider.other.fetch_all()) == [1038, 1029]


def test_it_returns_an_access_to_a_cancelled_website(provider):
    provider.send("ZXBA", cancel(1, provider.subject.websites[1].wzid))
    assert codes_of(provider.send("XZJR", new_access("<Wzid>2000002</Wzid>"))) == [1050]
