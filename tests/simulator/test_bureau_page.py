"""The pages as they are written, without a browser."""

from __future__ import annotations

import re
import urllib.error

import pytest

from simulator.masking import image_size, mask_number, mask_phone
from simulator.model import OPERATION_NAMES
from simulator.options import Options
from simulator.pages import words
from simulator.pages.showing import LONGEST, RECORD_PATHS, blocks_of, shown_xml
from simulator.ready_made import KINDS
from tests.simulator.bureau_provider import (
    OTHER_ID,
    UNIT,
    Control,
    cancel,
    change,
    new_access,
    new_website,
)
from tests.simulator.bureau_samples import (
    ISP_ID,
    PASSWORD_MD5,
    attachment,
    new_filing,
    upload_data,
    website,
)
from tests.simulator.test_bureau_answers import handled, material, verification


@pytest.fixture
def control(provider):
    return Control(provider.running)


def test_it_shows_what_waits_what_came_and_what_goes_wrong(provider, control):
    control.post("decide", {"mode": "manual"})
    provider.send("XZBA", new_filing(5, Dwmc="<script>公司"), new_filing(6, Dwxz=99))
    provider.client.upload(3, b"<broken")
    control.post(
        "faults", {"add": [{"kind": "lost_answer", "method": "isp_upload", "share": 0.5, "for_s": 300}]}
    )
    text = control.page()
    for part in (
        "&lt;script&gt;公司",
        "site5.cn",
        "示例公司1",
        provider.subject.number,
        "无效主办单位性质",
        "整个文件退回",
        "data3.xml",
        "应答丢失",
        "占 50%，持续 5 分钟",
        "平静",
        "已等",
    ):
        assert part in text, part
    assert "<script>公司" not in text
    assert re.findall(r"https?://(?!www\.w3\.org)", text) == [], "nothing comes from elsewhere"


def test_it_says_what_will_appear_while_nothing_is_there(start):
    running, _ = start()
    text = Control(running).page()
    for part in ("没有等待审核的请求", "还没有收到文件", "还没有备案", "还没有调用", "现在没有故障"):
        assert part in text


def test_it_shows_a_part_of_many_and_all_where_asked(start):
    running, client = start({"decide": {"mode": "manual"}})
    client.upload(1, upload_data("XZBA", *(new_filing(n) for n in range(1, 61))))
    control = Control(running)
    few, all_of_them = control.page(), control.page("/?all=1")
    assert few.count('data-action="decide"') == 21
    assert "还有 40 条" in few
    assert all_of_them.count('data-action="decide"') == 61
    assert "全部显示" not in all_of_them


def test_it_shows_what_was_decided_however_much_still_waits(start):
    running, client = start({"decide": {"mode": "manual"}})
    client.upload(1, upload_data("XZBA", new_filing(1)))
    running.bureau.decide(1, approve=False, words="早先拒绝的一件")
    client.upload(2, upload_data("XZBA", *(new_filing(n) for n in range(2, 110))))
    control = Control(running)
    assert [case["name"] for case in control.state()["closed"]] == ["示例公司1"]
    assert "早先拒绝的一件" in control.page()


def test_it_offers_every_scene_message_fault_and_option(control):
    text = control.page()
    for scene in control.state()["scenes"]:
        assert scene["title"] in text and scene["about"] in text
    for name in vars(Options()):
        assert f'value="{name}"' in text
    assert set(words.OPTIONS) == set(vars(Options()))
    assert set(KINDS) - set(words.MESSAGES) == {"result", "decision"}, "those two take a request's own names"


def test_it_lets_one_choose_the_unit_where_there_are_several(start, control):
    assert text_of(control).count('name="unit"') == 4
    assert str(OTHER_ID) in text_of(control)
    running, _ = start({"units": [UNIT]})
    assert 'name="unit"' not in text_of(Control(running))


def text_of(control):
    return control.page()


def test_it_shows_a_request_for_reading(provider, control):
    control.post("decide", {"mode": "manual"})
    fj = attachment("5", kind=1, use=2)
    provider.send("XZBA", new_filing(5, fj=fj, sites=website(5, ("a5.cn", "b5.cn"), Syurl="a5.cn")))
    case_id = control.state()["pending"][0]["case_id"]
    text = control.page(f"/case?id={case_id}")
    for part in (
        "主办单位名称",
        "企业（4）",
        "911101********0005",
        "138****8000",
        "a5.cn、b5.cn",
        "203.0.113.5",
        "主办单位有效证件电子件（2）",
        "字符，约 1 KB",
        "&lt;Dwmc&gt;示例公司5",
        f'name="case_id" value="{case_id}"',
    ):
        assert part in text, part
    for secret in ("91110108MA00000005", "13800138000", PASSWORD_MD5):
        assert secret not in text
    control.post("decide", {"case_id": case_id, "approve": False, "words": "请<补充>"})
    decided = control.page(f"/case?id={case_id}")
    assert "请&lt;补充&gt;" in decided and 'data-action="decide"' not in decided


def test_it_shows_requests_of_every_kind(provider, control):
    provider.running.bureau.lists.unfiled[ISP_ID] = {"found.cn": False}
    subject = provider.subject
    provider.send("XZWZ", new_website(f"<Ztid>{subject.ztid}</Ztid>", website(31), website(32, Wzmc="拒绝")))
    provider.other.upload(1, upload_data("XZJR", new_access("<Wzid>2000001</Wzid>"), isp_id=OTHER_ID))
    provider.send("BGBA", change(provider.subject))
    provider.send("XZHYD", material("<Jlid>2000001</Jlid>"))
    provider.send("HSJG", verification(subject))
    provider.send("WBACLJG", handled("found.cn", 99))
    provider.send("ZXBA", cancel(0, 7, PASSWORD_MD5), cancel(1, subject.websites[1].wzid), cancel(2, 8))
    shown = set()
    for case in provider.running.bureau.cases.all():
        text = control.page(f"/case?id={case.case_id}")
        assert OPERATION_NAMES[case.operation] in text
        assert PASSWORD_MD5 not in text
        assert blocks_of(case.record, case.operation)
        shown.add(case.operation)
    assert shown == set(OPERATION_NAMES) == set(RECORD_PATHS)
    assert "99（代码表中没有）" in control.page(f"/case?id={len(provider.running.bureau.cases.all()) - 3}")


def test_it_shows_a_file_as_it_came(provider, control):
    record = new_filing(5, fj=attachment("5", kind=1, use=2, content="/9j/" + "A" * 4000))
    provider.send("XZBA", record)
    text = control.page(f"/upload?unit={ISP_ID}&sequence=2")
    assert "&lt;UploadData version=" in text and "示例公司5" in text
    assert "/9j/AAAAAAAA…（4,004 字符，约 3 KB）" in text
    assert "A" * 50 not in text and "91110108MA00000005" not in text
    assert text.count("/case?id=") == 1


def test_it_shows_a_file_that_cannot_be_read_or_was_let_go(provider, control):
    provider.client.upload(2, b"<broken")
    assert "不是可以解析的 XML" in control.page(f"/upload?unit={ISP_ID}&sequence=2")
    provider.running.bureau.store.delete_blob(f"up:{ISP_ID}:2")
    assert "已不在" in control.page(f"/upload?unit={ISP_ID}&sequence=2")


def test_it_shows_a_file_that_waits_to_be_fetched(provider, control):
    control.post("send", {"kind": "verification_task"})
    number = control.state()["units"][0]["queue"][0]["number"]
    text = control.page(f"/download?number={number}")
    assert "核实任务" in text and "等企业下载并确认" in text and "&lt;HSRW&gt;" in text
    assert "91110108MA00000001" not in text
    provider.client.fetch_all()
    assert "已确认" in control.page(f"/download?number={number}")


@pytest.mark.parametrize(
    "path", ["/case?id=99", "/case", "/case?id=x", "/upload?unit=1&sequence=1", "/download?number=9", "/page"]
)
def test_it_finds_no_page_of_what_is_not_there(control, path):
    with pytest.raises(urllib.error.HTTPError) as caught:
        control.page(path)
    assert caught.value.code == 404


def test_it_masks_and_shortens():
    assert mask_number("11010519491231002X") == "110105********002X"
    assert mask_number("91110108MA00000001") == "911101********0001"
    assert mask_number("123456789") == "12*****89"
    assert mask_number("1234") == "****"
    assert mask_phone("13800138000;13900139000") == "138****8000;139****9000"
    assert image_size("AAAA" * 400) == "AAAAAAAAAAAA…（1,600 字符，约 2 KB）"
    assert image_size("") == ""
    long = shown_xml("<a>" + "<b>x</b>" * 100_000 + "</a>")
    assert len(long) < LONGEST + 100 and "个字符未显示" in long
