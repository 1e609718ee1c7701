"""Blacklists: added, changed, taken off, in the order in which they came."""

from __future__ import annotations

import pytest

from filing.models import BlacklistedSubject, BlacklistedWebsite, IllegalAccess
from filing.services.blacklist import blacklisted_domains, is_subject_blacklisted
from reporting.models import Link
from tests.reporting.downloads import apply, apply_again, document, sample
from tests.reporting.material import ISP_ID

pytestmark = pytest.mark.django_db

NUMBER = "91110108MA000000X4"


def subject(action: object, *, name: str = "虚构公司", number: str = NUMBER) -> bytes:
    return document(
        f"<HMDLB><Zthmdxxs><Zt_xx><Dwmc>{name}</Dwmc><Zj><Zjlx>1</Zjlx><Zjhm>{number}</Zjhm></Zj></Zt_xx>"
        f"<Czlx>{action}</Czlx></Zthmdxxs></HMDLB>"
    )


def website(action: int, *domains: str, name: str = "虚构站") -> bytes:
    listed = "".join(f"<Ym_xx><Ym>{each}</Ym></Ym_xx>" for each in domains)
    return document(
        f"<HMDLB><Wzhmdxxs><Wz_xx><Wzmc>{name}</Wzmc>{listed}</Wz_xx><Czlx>{action}</Czlx></Wzhmdxxs></HMDLB>"
    )


def test_it_keeps_what_is_listed(quiet_link: Link) -> None:
    items = apply(quiet_link, sample("blacklists"))

    listed = BlacklistedSubject.objects.get()
    assert (listed.certificate_type, listed.certificate_number, listed.isp_id) == (1, NUMBER, ISP_ID)
    assert (listed.name, listed.nature, listed.remarks) == ("虚构黑名单公司", 4, "多次提供虚假信息")
    assert set(BlacklistedWebsite.objects.values_list("domain", "name", "home_url")) == {
        ("bad.example.cn", "虚构违规站", "www.bad.example.cn"),
        ("例子.cn", "虚构违规站", "www.bad.example.cn"),
    }
    illegal = IllegalAccess.objects.get()
    assert (illegal.bureau_id, illegal.domain, illegal.address) == (8001, "illegal.example.cn", 3405803777)
    assert (illegal.provider_id, illegal.province) == (110000000009, 110000)
    assert [item.summary for item in items] == [
        "列入：虚构黑名单公司",
        "虚构违规站 列入：bad.example.cn、例子.cn",
        "列入：illegal.example.cn 203.0.113.1",
    ]


def test_it_answers_the_rules_in_whatever_form_they_ask(quiet_link: Link) -> None:
    apply(quiet_link, sample("blacklists"))

    assert is_subject_blacklisted(1, " 91110108ma000000x4")
    assert not is_subject_blacklisted(2, NUMBER)
    assert not is_subject_blacklisted(1, "")
    asked = ["BAD.example.cn", "xn--fsqu00a.cn", "例子.cn", "good.example.cn", "bad.example.cn.", "不是 域名"]
    assert blacklisted_domains(asked) == {"BAD.example.cn", "xn--fsqu00a.cn", "例子.cn", "bad.example.cn."}


def test_it_keeps_the_history_of_a_subject(quiet_link: Link) -> None:
    for action, name in [(0, "旧名"), (1, "新名"), (2, "新名"), (0, "再列")]:
        apply(quiet_link, subject(action, name=name))

    rows = list(BlacklistedSubject.objects.order_by("pk"))
    assert [(row.name, row.removed_at is None) for row in rows] == [
        ("旧名", False),
        ("新名", False),
        ("再列", True),
    ]
    assert rows[0].removed_at == rows[1].added_at
    assert rows[1].removal_proof["download"] > rows[1].proof["download"]


def test_it_changes_nothing_where_an_old_download_is_applied_again(quiet_link: Link) -> None:
    added = apply(quiet_link, subject(0))
    removed = apply(quiet_link, subject(2))

    again = apply_again(added) + apply_again(removed)

    assert [item.outcome for item in again] == ["noted", "noted"]
    assert not is_subject_blacklisted(1, NUMBER)
    assert BlacklistedSubject.objects.count() == 1


def test_it_takes_single_domains_off(quiet_link: Link) -> None:
    apply(quiet_link, website(0, "a.example.cn", "b.example.cn"))

    (item,) = apply(quiet_link, website(2, "a.example.cn", "c.example.cn"))

    assert blacklisted_domains(["a.example.cn", "b.example.cn"]) == {"b.example.cn"}
    assert item.summary == "虚构站 移出：a.example.cn；名单里没有，不用移出：c.example.cn"


def test_it_adds_what_a_change_names_and_nobody_had_listed(quiet_link: Link) -> None:
    apply(quiet_link, website(0, "a.example.cn"))

    apply(quiet_link, website(1, "a.example.cn", "b.example.cn", name="改名站"))

    now = BlacklistedWebsite.objects.filter(removed_at=None)
    assert set(now.values_list("domain", "name")) == {("a.example.cn", "改名站"), ("b.example.cn", "改名站")}
    assert BlacklistedWebsite.objects.count() == 3


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (subject(35), "Zthmdxxs 的 Czlx 是 35，不是 0（增加）、1（修改）或 2（删除）"),
        (subject("删"), "Zthmdxxs 缺少 Czlx，或不是整数"),
        (document("<HMDLB><Zthmdxxs><Czlx>0</Czlx></Zthmdxxs></HMDLB>"), "Zthmdxxs 缺少 Zt_xx"),
        (website(0), "Wz_xx 没有域名 Ym"),
    ],
)
def test_it_leaves_what_cannot_be_understood_to_a_person(quiet_link: Link, xml: bytes, reason: str) -> None:
    (item,) = apply(quiet_link, xml)

    assert (item.outcome, item.reason) == ("failed", reason)
    assert not BlacklistedSubject.objects.exists() and not BlacklistedWebsite.objects.exists()


def test_it_goes_on_after_a_record_that_fails(quiet_link: Link) -> None:
    xml = sample("blacklists").replace(b"<Czlx>0</Czlx>", b"<Czlx>9</Czlx>", 1)

    items = apply(quiet_link, xml)

    assert [item.outcome for item in items] == ["failed", "applied", "applied"]
    assert items[0].download.applied_at


def test_it_brings_an_illegal_access_up_to_date_and_knows_one_without_an_id(quiet_link: Link) -> None:
    one = "<Ffjrxx><Id>{}</Id><Ym>x.example.cn</Ym><Ip>{}</Ip></Ffjrxx>"
    for bureau_id, address in [(8, 1), (8, 2), ("无", 3), ("无", 3), ("无", "无")]:
        apply(quiet_link, document(f"<FFJRHMD>{one.format(bureau_id, address)}</FFJRHMD>"))

    rows = set(IllegalAccess.objects.values_list("bureau_id", "address"))
    assert rows == {(8, 2), (None, 3), (None, None)}
