from __future__ import annotations

import pytest

import xsd
from tests.simulator.bureau_provider import (
    OTHER_ID,
    cancel,
    change,
    changed_site,
    codes_of,
    manual,
    new_access,
)
from tests.simulator.bureau_samples import (
    PASSWORD_MD5,
    new_filing,
    upload_data,
    website,
)


def test_it_carries_a_change_out(provider):
    before = provider.subject
    first = before.websites[0]
    ymid, ipid = first.domains[0].ymid, first.accesses[0].ranges[0].ipid
    added = changed_site(
        first,
        domains=f"<Ym_xx><IspYmid>10</IspYmid><Ymid>{ymid}</Ymid><Ym>site1.cn</Ym></Ym_xx>"
        "<Ym_xx><IspYmid>11</IspYmid><Ym>added.cn</Ym></Ym_xx>",
    )
    results, data = provider.send("BGBA", change(before, sites=added, Dwmc="示例公司改名"))
    assert codes_of([results]) == [1001]
    assert results.findtext(".//Bs") == results.findtext(".//Jlid") == str(before.ztid)
    assert results.findtext(".//Gjsh/Czlx") == "4"
    after = provider.subject
    assert after.name == "示例公司改名"
    assert [item.name for item in after.websites[0].domains] == ["site1.cn", "added.cn"]
    assert after.websites[0].domains[0].ymid == ymid
    assert after.websites[0].accesses[0].ranges[0].ipid == ipid
    assert after.websites[0].accesses[0].ranges[0].last == 3405803801
    assert len(after.websites) == 2, "a website that is not named stays"
    assert data.findtext(".//Wzmc") == "改名网站"
    assert xsd.violations(data, xsd.Kind.DOWNLOAD) == []


def test_it_gives_a_removed_domain_free(provider):
    site = provider.subject.websites[0]
    names = "<Ym_xx><IspYmid>11</IspYmid><Ym>moved.cn</Ym></Ym_xx>"
    changed = changed_site(site, domains=names, Syurl="moved.cn")
    assert codes_of(provider.send("BGBA", change(provider.subject, sites=changed))) == [1001]
    taken = new_filing(9, sites=website(9, ("site1.cn",), Syurl="site1.cn"))
    assert codes_of(provider.send("XZBA", taken)) == [1001]


CHANGES = [
    (1016, {"Ztid": 5}),
    (1016, {"Baxh": "京ICP备2020999999号"}),
    (1046, {"Txdz__Shengid": 310000, "Txdz__Shiid": 310100}),
    (1009, {"Fzr__Fzr_dzyj": "no-mail-here"}),
]


@pytest.mark.parametrize(("code", "changes"), CHANGES)
def test_it_returns_a_change_with_the_code_of_its_fault(provider, code, changes):
    documents = provider.send("BGBA", change(provider.subject, **changes))
    assert code in codes_of(documents)
    assert documents[0].findtext(".//Jg_xx/Czlx") == "4"
    assert provider.subject.name == "示例公司1"


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (1016, {"Wzid": 5}),
        (1016, {"Ym_xx__Ymid": 5}),
        (1016, {"Jr_xx__Jrid": 5}),
        (1023, {"Jr_xx__Ip_xx__Ipid": 5}),
        (1005, {"Ym_xx__Ym": "site2.cn", "Syurl": "site2.cn"}),
    ],
)
def test_it_returns_a_changed_website_with_the_code_of_its_fault(provider, code, changes):
    site = changed_site(provider.subject.websites[0], **changes)
    assert code in codes_of(provider.send("BGBA", change(provider.subject, sites=site)))


def test_it_takes_one_change_at_a_time(provider):
    manual(provider)
    record = change(provider.subject)
    assert provider.send("BGBA", record) == []
    assert codes_of(provider.send("BGBA", record)) == [1017]
    provider.running.bureau.decide(provider.subject.ztid, approve=False)
    assert codes_of(provider.client.fetch_all()) == [1002]
    assert provider.send("BGBA", record) == []


def test_it_returns_the_change_of_a_filing_that_another_serves(provider):
    record = change(provider.subject)
    assert provider.other.upload(1, upload_data("BGBA", record, isp_id=OTHER_ID)).code == 0
    assert codes_of(provider.other.fetch_all()) == [1048]


def test_it_returns_a_certificate_that_another_subject_has(provider):
    provider.send("XZBA", new_filing(8))
    assert codes_of(provider.send("BGBA", change(provider.subject, Zj__Zjhm="91110108MA00000008"))) == [1003]


def test_it_refuses_a_newer_certificate_type_in_a_change_as_the_schema_does(provider):
    assert codes_of(provider.send("BGBA", change(provider.subject, Zj__Zjlx=13))) == [5001]


def test_it_cancels_a_subject_with_the_right_password(provider):
    ztid = provider.subject.ztid
    assert codes_of(provider.send("ZXBA", cancel(0, ztid, "0" * 32))) == [1018]
    assert codes_of(provider.send("ZXBA", cancel(0, ztid))) == [1018]
    results, gone = provider.send("ZXBA", cancel(0, ztid, PASSWORD_MD5))
    assert results.findtext(".//Gjsh/Czlx") == "6"
    assert (gone.findtext(".//Zxlb"), gone.findtext(".//Jlid")) == ("0", str(ztid))
    assert codes_of(provider.send("ZXBA", cancel(0, ztid, PASSWORD_MD5))) == [1049]
    assert codes_of(provider.send("BGBA", change(provider.subject))) == [5001], "no website is left to name"
    assert codes_of(provider.send("XZBA", new_filing(5, Zj__Zjhm="91110108MA00000001"))) == [1001]


def test_it_cancels_a_website(provider):
    site = provider.subject.websites[1]
    results, gone = provider.send("ZXBA", cancel(1, site.wzid))
    assert results.findtext(".//Gjsh/Czlx") == "7"
    assert (gone.findtext(".//Zxlb"), gone.findtext(".//Jlid")) == ("1", str(site.wzid))
    assert codes_of(provider.send("ZXBA", cancel(1, site.wzid))) == [1050]
    assert codes_of(
        provider.send("XZBA", new_filing(6, sites=website(6, ("site2.cn",), Syurl="site2.cn")))
    ) == [1001]


def add_second_access(provider):
    provider.other.upload(1, upload_data("XZJR", new_access("<Wzid>2000001</Wzid>"), isp_id=OTHER_ID))
    provider.other.fetch_all()
    provider.client.fetch_all()


def test_it_cancels_an_access_but_not_the_only_one(provider):
    only = provider.subject.websites[0].accesses[0].jrid
    assert codes_of(provider.send("ZXBA", cancel(2, only))) == [1025]
    add_second_access(provider)
    others = provider.subject.websites[0].accesses[1].jrid
    assert codes_of(provider.send("ZXBA", cancel(2, others))) == [1047]
    results, data = provider.send("ZXBA", cancel(2, only))
    assert results.findtext(".//Gjsh/Czlx") == "5"
    assert results.findtext(".//Jlid") == str(only)
    assert [item.text for item in data.find(".//Wz_xx").iter("Jrid")] == [str(others)]


def test_it_says_that_an_access_is_gone_in_zxsj_where_asked(provider):
    provider.running.bureau.set_options({"access_cancelled": "zxsj"})
    add_second_access(provider)
    only = provider.subject.websites[0].accesses[0].jrid
    _, gone = provider.send("ZXBA", cancel(2, only))
    assert (gone.findtext(".//Zxlb"), gone.findtext(".//Jlid")) == ("2", str(only))


def test_it_returns_cancellations_of_what_it_does_not_know(provider):
    documents = provider.send("ZXBA", *(cancel(kind, 7, PASSWORD_MD5) for kind in range(3)))
    assert codes_of(documents) == [1016] * 3
    assert [item.text for item in documents[0].iter("Czlx")] == ["6", "7", "5"]


def test_it_returns_cancellations_that_are_in_process(provider):
    add_second_access(provider)
    manual(provider)
    ztid, site = provider.subject.ztid, provider.subject.websites[0]
    jrid = site.accesses[0].jrid
    assert codes_of(provider.send("ZXBA", cancel(2, jrid))) == []
    assert codes_of(provider.send("ZXBA", cancel(2, jrid))) == [1032]
    assert codes_of(provider.send("ZXBA", cancel(1, site.wzid))) == []
    assert codes_of(provider.send("ZXBA", cancel(1, site.wzid))) == [1030]
    assert codes_of(provider.send("ZXBA", cancel(0, ztid, PASSWORD_MD5))) == [1043]
    provider.running.bureau.decide(approve=False)
    provider.client.fetch_all()
    assert codes_of(provider.send("ZXBA", cancel(0, ztid, PASSWORD_MD5))) == []
    assert codes_of(provider.send("ZXBA", cancel(0, ztid, PASSWORD_MD5))) == [1027]
    assert codes_of(provider.send("ZXBA", cancel(1, site.wzid))) == [1042]
    assert codes_of(provider.send("BGBA", change(provider.subject))) == [1017]


def test_it_returns_the_cancellation_of_what_another_serves(provider):
    records = [cancel(0, provider.subject.ztid, PASSWORD_MD5), cancel(1, provider.subject.websites[0].wzid)]
    provider.other.upload(1, upload_data("ZXBA", *records, isp_id=OTHER_ID))
    assert codes_of(provider.other.fetch_all()) == [1048, 1048]


def test_it_checks_reasons_where_asked(provider):
    provider.running.bureau.set_options({"check_reasons": True})
    wzid = provider.subject.websites[0].wzid
    assert codes_of(provider.send("ZXBA", cancel(1, wzid, reason=77))) == [1026]
    assert codes_of(provider.send("ZXBA", cancel(1, wzid, reason=2))) == [1001]
