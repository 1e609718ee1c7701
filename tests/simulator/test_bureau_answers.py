from __future__ import annotations

import pytest

import xsd
from simulator.model import Subject
from tests.simulator.bureau_provider import (
    codes_of,
)
from tests.simulator.bureau_samples import (
    ISP_ID,
    PASSWORD_MD5,
    PERSON,
    PNG,
    attachment,
    edited,
)


def material(owner: str, **values: object) -> str:
    return attachment(owner, **values).removeprefix("<Fj>").removesuffix("</Fj>")


def test_it_stores_materials_without_a_decision(provider):
    subject = provider.subject
    [document] = provider.send(
        "XZHYD",
        material(f"<Jlid>{subject.ztid}</Jlid>", kind=1, use=2),
        material(f"<Baxh>{subject.websites[0].number}</Baxh>", kind=2, use=1, form=2, content=PNG),
    )
    assert codes_of([document]) == [1060, 1060]
    assert [item.text for item in document.iter("Czlx")] == ["1", "1"], "the schema has no kind for materials"
    assert [item.text for item in document.iter("Bs")] == [str(subject.ztid), subject.websites[0].number]
    assert document.find(".//Gjsh") is None


@pytest.mark.parametrize(
    ("code", "record"),
    [
        (1058, material("<Jlid>5</Jlid>", kind=1, use=2)),
        (1059, material("<Baxh>京ICP备2020999999号-1</Baxh>", kind=2)),
        (1056, material("<Jlid>2000001</Jlid>", form=9)),
        (1057, material("<Jlid>2000001</Jlid>", use=99)),
        (1061, material("<Jlid>2000001</Jlid>", use=2)),
        (5010, material("<Jlid>2000001</Jlid>", content="AAAA")),
    ],
)
def test_it_returns_materials_with_the_code_of_their_fault(provider, code, record):
    assert codes_of(provider.send("XZHYD", record)) == [code]


def test_it_names_the_kinds_as_they_occur_where_asked(provider):
    provider.running.bureau.set_options({"strict_download": False})
    [document] = provider.send("XZHYD", material("<Jlid>2000001</Jlid>"))
    assert document.findtext(".//Czlx") == "35"
    assert len(xsd.violations(document, xsd.Kind.DOWNLOAD)) == 1
    [document] = provider.send("HSJG", verification(provider.subject))
    assert document.find(".//Czlx") is None


def verification(subject: Subject, **changes: object) -> str:
    site = subject.websites[0]
    person = PERSON.replace("Fzr_sjhm", "sjhm")
    return edited(
        "<Hsjgxx><Hsjg>0</Hsjg><Hsrxm>张三</Hsrxm><Hssj>2026-11-20</Hssj><Bbdw>1</Bbdw><Hsyj>属实</Hsyj><Baxx>"
        f"<Zt_xx><Ztid>{subject.ztid}</Ztid><Dwmc>示例公司1</Dwmc><Dwxz>4</Dwxz>"
        "<Txdz><Shengid>110000</Shengid><Shiid>110100</Shiid></Txdz>"
        "<Zj><Zjlx>1</Zjlx><Zjhm>91110108MA00000001</Zjhm><Zjzs>北京</Zjzs></Zj>"
        f"<Fzr>{person}</Fzr></Zt_xx>"
        f"<Wz_xx><Wzid>{site.wzid}</Wzid><Wzmc>示例网站1</Wzmc><Fwnr><Fwnr_id>8</Fwnr_id></Fwnr>"
        f"<Ym_xx><Ymid>{site.domains[0].ymid}</Ymid><Ym>site1.cn</Ym></Ym_xx>"
        f"<Jr_xx><Jrid>{site.accesses[0].jrid}</Jrid><Wzfb><Fbdd>2</Fbdd></Wzfb><Wzjrfs><Jrfs>3</Jrfs></Wzjrfs>"
        f"<Ip_xx><Ipid>{site.accesses[0].ranges[0].ipid}</Ipid><Qsip>3405803777</Qsip><Zzip>3405803777</Zzip></Ip_xx>"
        f"<Bbfs>1</Bbfs></Jr_xx><Wz_Fzr>{person}</Wz_Fzr></Wz_xx></Baxx></Hsjgxx>",
        dict(changes),
    )


def test_it_takes_a_verification_result(provider):
    [document] = provider.send("HSJG", verification(provider.subject))
    assert codes_of([document]) == [1001]
    assert document.findtext(".//Bs") == str(provider.subject.ztid)
    assert xsd.violations(document, xsd.Kind.DOWNLOAD) == []


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (1016, {"Baxx__Zt_xx__Ztid": 5}),
        (1059, {"Baxx__Wz_xx__Wzid": 5}),
        (1016, {"Baxx__Wz_xx__Ym_xx__Ymid": 5}),
        (1016, {"Baxx__Wz_xx__Jr_xx__Jrid": 5}),
        (1014, {"Baxx__Zt_xx__Dwxz": 99}),
    ],
)
def test_it_returns_a_verification_result_with_the_code_of_its_fault(provider, code, changes):
    assert codes_of(provider.send("HSJG", verification(provider.subject, **changes))) == [code]


def handled(domain: str, result: int = 1) -> str:
    return (
        f"<Clxx><Ym>{domain}</Ym><IP>3405803777</IP><Yys>1</Yys><Jrs>1</Jrs><Shengid>110000</Shengid>"
        f"<Cljg>{result}</Cljg><Clyj>已停止接入</Clyj><Rbsj>2026-11-01</Rbsj><Clsx>2026-11-30</Clsx></Clxx>"
    )


def test_it_takes_one_result_for_each_unfiled_website_it_asked_about(provider):
    provider.running.bureau.lists.unfiled[ISP_ID] = {"found.cn": False, "second.cn": False}
    [document] = provider.send("WBACLJG", handled("found.cn"))
    assert codes_of([document]) == [1001]
    assert document.findtext(".//Bs") == "found.cn"
    assert codes_of(provider.send("WBACLJG", handled("FOUND.cn"))) == [5006]
    assert codes_of(provider.send("WBACLJG", handled("mine.cn"))) == [5005]
    provider.running.bureau.set_options({"check_reasons": True, "quiet_success": ["WBACLJG"]})
    assert codes_of(provider.send("WBACLJG", handled("second.cn", 99))) == [5007]
    assert provider.send("WBACLJG", handled("second.cn")) == [], "good news may be left unsaid"


def query(client, kind, condition):
    return client.call(
        "/BeianStatusWebService/queryBeianStatus",
        "isp_querybeianstatus",
        hashAlgorithm=0,
        queryConditionType=kind,
        queryCondition=condition,
    )


def test_it_says_whether_a_domain_or_a_certificate_is_filed(provider):
    client, subject = provider.client, provider.subject
    by_domain = query(client, 0, "SITE1.cn").root
    assert by_domain.findtext(".//Bazt") == "0"
    assert by_domain.findtext(".//Wzmc") == "示例网站1"
    assert by_domain.findtext(".//Wzbah") == subject.websites[0].number
    by_licence = query(client, 1, "91110108ma00000001").root
    assert (by_licence.findtext(".//Bazt"), by_licence.findtext(".//Ztbah")) == ("0", subject.number)
    assert query(client, 0, "unknown.cn").root.findtext(".//Bazt") == "1"
    assert query(client, 2, "91110108MA00000001").root.findtext(".//Bazt") == "1"
    assert query(client, 12, "x").code == 999


def verify(client, number, password):
    return client.call(
        "/BeianStatusWebService/verifyBamm", "isp_verifybamm", hashAlgorithm=0, baxh=number, bamm=password
    )


def test_it_verifies_filing_passwords_a_few_times(provider):
    client, subject = provider.client, provider.subject
    assert verify(client, subject.number, "Demo-12345").root.findtext("VerifyRes") == "0"
    assert verify(client, subject.websites[0].number, PASSWORD_MD5).root.findtext("VerifyRes") == "0"
    assert verify(client, "京ICP备2020999999号", "x").code == 999
    for _ in range(5):
        assert verify(client, subject.number, "wrong").root.findtext("VerifyRes") == "1"
    assert verify(client, subject.number, "Demo-12345").code == 22


@pytest.mark.parametrize(("form", "plain", "digest"), [("plain", "0", "1"), ("md5", "1", "0")])
def test_it_takes_the_password_in_the_form_of_the_option(provider, form, plain, digest):
    provider.running.bureau.set_options({"bamm_form": form})
    number = provider.subject.number
    assert verify(provider.client, number, "Demo-12345").root.findtext("VerifyRes") == plain
    assert verify(provider.client, number, PASSWORD_MD5).root.findtext("VerifyRes") == digest
