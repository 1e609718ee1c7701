"""What the bureau asks to be looked at: stored as what it means, once, whatever is missing in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from filing.models import Attachment
from reporting.models import Link
from tests.reporting.downloads import apply, document, sample
from tests.reporting.material import ISP_ID, picture_text
from verification.choices import CheckKind, NoticeKind, WorkState
from verification.models import CheckResult, Notice, UnfiledWebsite, VerificationTask
from verification.services.arrivals import close

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


# --- verification tasks ---------------------------------------------------------------------------


def test_it_keeps_a_task_as_the_document_that_its_answer_begins_from(quiet_link: Link) -> None:
    (item,) = apply(quiet_link, sample("task").replace(b"QUJDRA==", picture_text().encode()), at=NOON)

    (scan,) = Attachment.objects.all()
    task = VerificationTask.objects.get()
    assert (task.isp_id, task.subject_bureau_id, task.subject_name) == (ISP_ID, 1001, "虚构示例科技有限公司")
    assert (task.state, task.received_at, task.remarks) == (WorkState.OPEN, NOON, "请在二十日内反馈")
    assert task.proof == {
        "download": item.download_id,
        "name": item.download.bureau_name,
        "position": 1,
    }
    assert task.content["subject"] == {
        "bureau_id": 1001,
        "name": "虚构示例科技有限公司",
        "nature": 4,
        "investor": "虚构丙",
        "address": {"province": 110000, "city": 110100, "county": 110108, "detail": "虚构路1号"},
        "certificate": {"type": 1, "number": "91110108MA000000X4", "address": "北京市海淀区虚构路1号"},
        "responsible": {
            "name": "虚构甲",
            "office_phone": "010-00000000",
            "mobile": "13800000000",
            "email": "nobody@example.cn",
            "certificate_type": 2,
            "certificate_number": "11010519491231002X",
        },
        "filed_by": 1,
        "first_filed_at": "2020-03-01T08:00:00+08:00",
    }
    assert task.content["websites"] == [
        {
            "bureau_id": 2001,
            "name": "虚构示例站",
            "pre_approvals": [{"type": 1, "number": "虚审字0001号", "scans": [f"sha256:{scan.sha256}"]}],
            "service_contents": [8],
            "domains": [{"name": "example.cn", "bureau_id": 3001}],
            "accesses": [
                {
                    "bureau_id": 4001,
                    "server_locations": [2],
                    "methods": [3],
                    "ip_ranges": [{"start": "203.0.113.10", "end": "203.0.113.12", "bureau_id": 5001}],
                    "filed_by": 1,
                    "filed_by_id": 110000000001,
                }
            ],
            "responsible": {"name": "虚构乙"},
            "home_url": "www.example.cn",
        }
    ]
    assert item.summary == "核实 虚构示例科技有限公司，网站 1 个"


def test_it_keeps_a_task_of_which_almost_everything_is_missing(quiet_link: Link) -> None:
    xml = document(
        "<HSRW><Baxx><Zt_xx><Ztid>7</Ztid><Dwxz>无</Dwxz></Zt_xx>"
        "<Wz_xx><Jr_xx><Ip_xx><Qsip>0</Qsip><Zzip>9999999999</Zzip></Ip_xx></Jr_xx></Wz_xx></Baxx></HSRW>"
    )

    (item,) = apply(quiet_link, xml)

    assert item.outcome == "applied"
    assert item.download.oddities
    content = VerificationTask.objects.get(subject_bureau_id=7).content
    assert content == {"subject": {"bureau_id": 7}, "websites": [{"accesses": [{"ip_ranges": [{}]}]}]}


def test_it_keeps_a_task_without_the_scans_that_are_no_images(quiet_link: Link) -> None:
    (item,) = apply(quiet_link, sample("task"))

    assert (item.outcome, item.reason) == ("applied", "1 张前置审批扫描件读不出来，未保存")
    (website,) = VerificationTask.objects.get().content["websites"]
    assert website["pre_approvals"] == [{"type": 1, "number": "虚审字0001号"}]
    assert not Attachment.objects.exists()


def test_it_leaves_a_task_that_names_nobody_to_a_person(quiet_link: Link) -> None:
    (item,) = apply(quiet_link, document("<HSRW><Baxx><Zt_xx><Dwmc>虚构公司</Dwmc></Zt_xx></Baxx></HSRW>"))

    assert (item.outcome, item.reason) == ("failed", "Zt_xx 缺少 Ztid，或不是整数")
    assert not VerificationTask.objects.exists()


def test_it_brings_an_open_task_up_to_date_and_begins_another_after_it_is_done(quiet_link: Link) -> None:
    task = "<HSRW><Baxx><Zt_xx><Ztid>7</Ztid><Dwmc>{}</Dwmc></Zt_xx></Baxx></HSRW>"
    apply(quiet_link, document(task.format("虚构一")))
    (second,) = apply(quiet_link, document(task.format("虚构二")))

    row = VerificationTask.objects.get()
    assert (row.subject_name, row.times) == ("虚构二", 2)
    assert (second.outcome, second.reason) == ("applied", "再次收到")

    close(row)
    apply(quiet_link, document(task.format("虚构三")))

    assert list(VerificationTask.objects.order_by("pk").values_list("subject_name", "state")) == [
        ("虚构二", "done"),
        ("虚构三", "open"),
    ]


def test_it_does_not_let_an_old_download_put_back_what_a_later_one_said(quiet_link: Link) -> None:
    task = "<HSRW><Baxx><Zt_xx><Ztid>7</Ztid><Dwmc>{}</Dwmc></Zt_xx></Baxx></HSRW>"
    apply(quiet_link, document(task.format("后来的")), at=NOON)

    apply(quiet_link, document(task.format("先前的")), at=NOON - timedelta(hours=1))

    row = VerificationTask.objects.get()
    assert (row.subject_name, row.latest_at, row.times) == ("后来的", NOON, 2)


# --- unfiled websites -----------------------------------------------------------------------------


def test_it_keeps_unfiled_websites(quiet_link: Link) -> None:
    items = apply(quiet_link, sample("unfiled"), at=NOON)

    full, sparse = UnfiledWebsite.objects.order_by("bureau_id")
    assert (full.domain, full.address, full.bureau_id) == ("unfiled.example.cn", 3405803777, 7001)
    assert (full.carrier_id, full.provider_id, full.province) == (2, ISP_ID, 110000)
    assert (full.detections, full.languages, full.remarks) == (3, [1, 2], "请尽快处理")
    assert full.detected_at == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    assert full.first_detected_at == datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
    assert (sparse.domain, sparse.detected_at, sparse.received_at) == ("例子.cn", None, NOON)
    assert [item.summary for item in items] == [
        "unfiled.example.cn，203.0.113.1",
        "例子.cn，203.0.113.2",
    ]


@pytest.mark.parametrize(("seen", "state"), [("2036-01-01", "open"), ("2020-01-01", "done")])
def test_it_opens_an_unfiled_website_again_only_where_it_was_seen_after_it_was_dealt_with(
    quiet_link: Link, seen: str, state: str
) -> None:
    apply(quiet_link, sample("unfiled"))
    row = UnfiledWebsite.objects.get(bureau_id=7001)
    close(row, note="已关停")

    apply(
        quiet_link,
        document(
            "<WBAWZLB><Wbawz_xx><Id>7001</Id><Wzym_mc>unfiled.example.cn</Wzym_mc><IP>3405803777</IP>"
            f"<Dqjcsj>{seen}</Dqjcsj><Jccs>4</Jccs><Yys>2</Yys></Wbawz_xx></WBAWZLB>"
        ),
    )

    row.refresh_from_db()
    assert (row.state, row.detections, row.times) == (state, 4, 2)
    assert bool(row.done_note) == (state == "done")


def test_it_knows_an_unfiled_website_without_an_id_by_domain_and_address(quiet_link: Link) -> None:
    one = "<Wbawz_xx><Wzym_mc>a.example.cn</Wzym_mc><IP>{}</IP></Wbawz_xx>"
    body = "<WBAWZLB>" + one.format(3405803777) + one.format(3405803777) + one.format("无") + "</WBAWZLB>"

    items = apply(quiet_link, document(body))

    assert [item.outcome for item in items] == ["applied"] * 3
    assert sorted(UnfiledWebsite.objects.values_list("address", flat=True), key=str) == [3405803777, None]


# --- check results --------------------------------------------------------------------------------


def test_it_tells_the_checks_apart_by_list_and_by_what_their_verdict_means_there(quiet_link: Link) -> None:
    apply(quiet_link, sample("checks"))

    rows = CheckResult.objects.order_by("pk")
    assert [(row.kind, row.verdict, row.state) for row in rows] == [
        (CheckKind.SUBJECT, None, WorkState.OPEN),
        (CheckKind.OVER_REPORTED, 1, WorkState.OPEN),
        (CheckKind.UNDER_REPORTED, 2, WorkState.OPEN),
        (CheckKind.ALIVE, 0, WorkState.DONE),
        (CheckKind.EMPTY_SHELL, 1, WorkState.OPEN),
        (CheckKind.UNREACHABLE, None, WorkState.OPEN),
    ]
    assert (rows[0].words, rows[0].certificate_number) == ("证件号码与登记不一致", "91110108MA000000X4")
    assert (rows[1].access_bureau_id, rows[1].provider_id) == (4001, ISP_ID)
    assert (rows[2].domain, rows[2].address) == ("example.cn", 3405803777)


@pytest.mark.parametrize(
    ("body", "kind", "verdict"),
    [
        ("<Jrhc><Wzid>1</Wzid><Hcjg>3</Hcjg></Jrhc>", CheckKind.ACCESS, 3),
        ("<Jrhc><Wz_Baxh>京ICP备1号-1</Wz_Baxh></Jrhc>", CheckKind.ACCESS, None),
        ("<Kkwzhc><Wzid>1</Wzid><Hcjg>死亡</Hcjg></Kkwzhc>", CheckKind.EMPTY_SHELL, None),
        ("<Wzch><Wzid>1</Wzid><Hcsj>昨天</Hcsj></Wzch>", CheckKind.UNREACHABLE, None),
        ("<Zthc><Zjhm>110</Zjhm></Zthc>", CheckKind.SUBJECT, None),
    ],
)
def test_it_keeps_checks_that_do_not_conform(
    quiet_link: Link, body: str, kind: CheckKind, verdict: int | None
) -> None:
    (item,) = apply(quiet_link, document(f"<HCJG><Jgxx>{body}</Jgxx></HCJG>"))

    row = CheckResult.objects.get()
    assert (item.outcome, row.kind, row.verdict, row.checked_at) == ("applied", kind, verdict, None)
    assert item.download.oddities


# --- notices --------------------------------------------------------------------------------------


def test_it_keeps_notices_in_the_bureaus_own_words(quiet_link: Link) -> None:
    apply(quiet_link, sample("notices"))

    first, second = Notice.objects.order_by("pk")
    assert (first.kind, first.bureau_id, first.number) == (NoticeKind.SUBJECT, 1001, "")
    assert first.words == "主办单位名称与证件不符，请在十个工作日内整改。"
    assert (second.kind, second.bureau_id, second.number) == (
        NoticeKind.WEBSITE,
        None,
        "京ICP备2026000001号-1",
    )
    assert second.remarks == "第二次"


def test_it_tells_a_second_notice_from_the_same_one_told_again(quiet_link: Link) -> None:
    notice = "<XGTZ><Tzxx><Tzlb>0</Tzlb><Jlid>1</Jlid><Tznr>{}</Tznr></Tzxx></XGTZ>"
    for words in ["改名称", "改名称", "改地址"]:
        apply(quiet_link, document(notice.format(words)))

    assert sorted((row.words, row.times) for row in Notice.objects.all()) == [("改名称", 2), ("改地址", 1)]


@pytest.mark.parametrize(
    ("dirt", "words", "oddity"),
    [
        ("𠮷".encode("gb18030"), "费用𠮷", "不是声明的 GBK，按 GB18030 读取"),
        (b"\x80", "费用€", "含有 GBK 没有的字节，已替换"),
        (b"\x07", "费用\ufffd", "控制字符已替换"),
        ("镕".encode(), "费用镕", "不是声明的 GBK，按 UTF-8 读取"),
    ],
)
def test_it_keeps_a_notice_of_unknown_kind_in_dirty_gbk(
    quiet_link: Link, dirt: bytes, words: str, oddity: str
) -> None:
    xml = document("<XGTZ><Tzxx><Tzlb>7</Tzlb><Tznr>费用@@</Tznr></Tzxx></XGTZ>")
    if oddity.endswith("UTF-8 读取"):
        xml = xml.decode("gbk").encode()

    (item,) = apply(quiet_link, xml.replace(b"@@", dirt))

    row = Notice.objects.get()
    assert (item.outcome, row.kind, row.words) == ("applied", None, words)
    assert item.download.oddities[0].startswith(oddity)
