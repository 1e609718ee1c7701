from __future__ import annotations

import base64
import json
import urllib.error

import pytest

import xsd
from simulator.ready_made import KINDS
from tests.simulator.bureau_provider import OTHER_ID, Control, codes_of, new_access
from tests.simulator.bureau_samples import ISP_ID, new_filing, upload_data, website


@pytest.fixture
def control(provider):
    return Control(provider.running)


def test_it_shows_its_state_without_secrets(provider, control):
    text = json.dumps(control.state(), ensure_ascii=False)
    state = control.state()
    [unit, other] = state["units"]
    assert unit["last_sequence"] == 1
    assert unit["files"][0]["entry_name"] == "data1.xml"
    assert other["files"] == []
    assert state["filings"][0]["number"] == provider.subject.number
    assert state["closed"][0]["operation_name"] == "新增备案"
    assert state["journal"][-1]["code"] == 2
    for secret in ("demo-password", "Demo-12345", "91110108MA", "13800138000"):
        assert secret not in text


def test_it_adds_and_clears_faults(provider, control):
    status, answer = control.post("faults", {"add": [{"kind": "code", "code": 901, "times": 3}]})
    assert status == 200
    assert provider.client.download().code == 901
    assert control.state()["faults"][0]["struck"] == 1
    control.post("faults", {"clear": answer["added"][0]})
    assert provider.client.download().code == 2
    control.post("faults", {"add": [{"kind": "code", "code": 902}]})
    control.post("faults", {"clear": True})
    assert control.state()["faults"] == []


def test_it_decides_what_waits(provider, control):
    assert control.post("decide", {"mode": "manual"})[0] == 200
    provider.send("XZBA", new_filing(5), new_filing(6), new_filing(7))
    assert [case["items"][0]["jlid"] for case in control.state()["pending"]] == [5, 6, 7]
    assert control.post("decide", {"own_id": 5, "approve": False, "words": "不予通过"}) == (
        200,
        {"decided": 1},
    )
    case_id = control.state()["pending"][0]["case_id"]
    assert control.post("decide", {"case_id": case_id})[1] == {"decided": 1}
    assert control.post("decide", {"all": True})[1] == {"decided": 1}
    words = [item.text for document in provider.client.fetch_all() for item in document.iter("Shyj")]
    assert words == ["不予通过", "审核通过", "审核通过"]
    assert control.post("decide", {"own_id": 5})[0] == 404
    assert control.post("decide", {})[0] == 400
    assert control.post("decide", {"mode": "dice"})[0] == 400


MESSAGES = [
    ("XGTZ", {"kind": "notice", "number": "SUBJECT", "words": "请整改"}),
    ("XGTZ", {"kind": "notice", "number": "WEBSITE"}),
    ("HSRW", {"kind": "verification_task"}),
    (
        "HMDLB",
        {"kind": "blacklist", "subject": {"name": "某公司", "type": 1, "number": "9111010800000000X1"}},
    ),
    ("HMDLB", {"kind": "blacklist", "website": {"name": "某站", "domains": ["bad.cn"]}, "action": 2}),
    ("WBAWZLB", {"kind": "unfiled", "domains": ["found.cn", "found.com.cn"]}),
    ("FFJRHMD", {"kind": "illegal_access", "domain": "illegal.cn"}),
    ("HCJG", {"kind": "check", "what": "subject"}),
    ("HCJG", {"kind": "check", "what": "over_reported"}),
    ("HCJG", {"kind": "check", "what": "under_reported"}),
    ("HCJG", {"kind": "check", "what": "empty"}),
    ("HCJG", {"kind": "check", "what": "alive"}),
    ("BASJ", {"kind": "filed"}),
    ("BASJ", {"kind": "filed", "own_ids": False}),
    ("BASJ", {"kind": "filed", "foreign_ids": True}),
    ("BASJ", {"kind": "filed", "number": "SUBJECT", "set": {"Fzr/Fzr_xm": "李四"}}),
    ("BASJ", {"kind": "filed", "number": "WEBSITE", "set": {"Wzmc": "改名"}}),
    ("ZXSJ", {"kind": "cancelled", "number": "WEBSITE"}),
    ("BAJG", {"kind": "result", "codes": [[1053, "已删除"]], "operation": 4, "bs": "1000001"}),
    ("BAJG", {"kind": "decision", "approve": False, "words": "不符合要求"}),
    ("JCDM", {"kind": "codes"}),
    ("JCDM", {"kind": "codes", "tables": ["Zxly"]}),
    ("SJTB", {"kind": "sync"}),
    ("XGTZ", {"xml": "<XGTZ><Tzxx><Tzlb>0</Tzlb><Tznr>通知</Tznr></Tzxx></XGTZ>"}),
    ("BAJG", {"xml": "<IP><BAJG/></IP>"}),
    (
        "XGTZ",
        {
            "xml": '<DownloadData version="V.3.0"><ICP><XGTZ><Tzxx><Tzlb>0</Tzlb><Tznr>通知</Tznr></Tzxx></XGTZ></ICP>'
            "</DownloadData>"
        },
    ),
]


@pytest.mark.parametrize(("tag", "message"), MESSAGES)
def test_it_sends_ready_made_messages_that_the_schema_allows(provider, control, tag, message):
    numbers = {"SUBJECT": provider.subject.number, "WEBSITE": provider.subject.websites[1].number}
    if message.get("number"):
        message = {**message, "number": numbers[message["number"]]}
    status, answer = control.post("send", message)
    assert status == 200, answer
    [document] = provider.client.fetch_all()
    assert document.find(f".//{tag}") is not None
    assert xsd.violations(document, xsd.Kind.DOWNLOAD) == []


def test_it_has_a_message_for_every_kind():
    assert {message["kind"] for _, message in MESSAGES if "kind" in message} == set(KINDS)


def test_it_means_what_it_sends(provider, control):
    control.post("send", {"kind": "blacklist", "website": {"name": "某站", "domains": ["site9.cn"]}})
    control.post("send", {"kind": "unfiled", "domain": "found.cn"})
    control.post("send", {"kind": "cancelled", "number": provider.subject.websites[1].number})
    provider.client.fetch_all()
    assert codes_of(provider.send("XZBA", new_filing(9))) == [1064]
    freed = new_filing(8, sites=website(8, ("site2.cn",), Syurl="site2.cn"))
    assert codes_of(provider.send("XZBA", freed)) == [1001]
    assert provider.running.bureau.lists.unfiled == {ISP_ID: {"found.cn": False}}
    control.post("send", {"kind": "filed", "number": provider.subject.number, "set": {"Dwmc": "改名公司"}})
    assert provider.subject.name == "改名公司"
    control.post("send", {"kind": "cancelled", "number": provider.subject.number})
    assert provider.subject.state == "cancelled"


def test_it_sends_to_the_asked_unit(provider, control):
    control.post("send", {"unit": OTHER_ID, "kind": "notice"})
    assert provider.client.fetch_all() == []
    assert len(provider.other.fetch_all()) == 1


def test_it_sends_what_breaks_the_schema_only_when_told_to(provider, control):
    zxsj = {"xml": "<ZXSJ><Zxxx><Zxlb>2</Zxlb><Jlid>4000001</Jlid></Zxxx></ZXSJ>"}
    status, answer = control.post("send", zxsj)
    assert status == 400
    assert "Zxlb" in answer["error"]
    assert control.post("send", {**zxsj, "validate": False})[0] == 200
    raw = "<DownloadData>\u20ac㐂</DownloadData>".encode("gb18030")
    assert control.post("send", {"raw": base64.b64encode(raw).decode()})[0] == 200
    provider.client.download()
    name = provider.client.download().root.findtext("fileInfos/return_FileName")
    provider.client.acknowledge(name)
    assert provider.client.open(provider.client.download()) == raw


@pytest.mark.parametrize(
    ("name", "doc", "status"),
    [
        ("send", {"kind": "nonsense"}, 400),
        ("send", {}, 400),
        ("send", {"xml": "<broken"}, 400),
        ("send", {"xml": "<DownloadData version='V.3.0'/>"}, 400),
        ("send", {"unit": 7, "kind": "notice"}, 400),
        ("send", {"kind": "notice", "number": "京ICP备2020999999号"}, 400),
        ("send", {"kind": "unfiled"}, 400),
        ("send", {"kind": "blacklist"}, 400),
        ("send", {"kind": "check", "what": "moon"}, 400),
        ("send", {"kind": "filed", "set": {"Moon": "x"}}, 400),
        ("send", {"kind": "codes", "tables": ["Moon"]}, 400),
        ("send", {"kind": "sync", "unit": OTHER_ID}, 400),
        ("faults", {"add": [{"kind": "earthquake"}]}, 400),
        ("faults", {"add": [{}]}, 400),
        ("options", {"moon": 1}, 400),
        ("clock", {"advance_s": -1}, 400),
        ("clock", {}, 400),
        ("nonsense", {}, 404),
        ("faults", b"[]", 400),
        ("faults", b"{", 400),
    ],
)
def test_it_refuses_what_it_does_not_understand(control, name, doc, status):
    got, answer = control.post(name, doc)
    assert got == status
    assert answer["error"]


def test_it_takes_json_only(control):
    assert control.post("reset", b"{}", "text/plain")[0] == 415
    assert len(control.state()["filings"]) == 1


def test_it_changes_options_while_it_runs(provider, control):
    assert control.post("options", {"ack_code": "zero"})[1]["options"]["ack_code"] == "zero"
    assert control.state()["options"]["ack_code"] == "zero"


def test_it_puts_its_clock_forward(provider, control):
    control.post("decide", {"mode": "auto", "delay_s": 3 * 86400})
    assert provider.send("XZBA", new_filing(5)) == []
    before = control.state()["now"]
    assert control.post("clock", {"advance_s": 3 * 86400})[1]["now"] > before
    assert codes_of(provider.client.fetch_all()) == [1001]


def test_it_files_neighbours_for_practising_new_accesses(provider, control):
    status, answer = control.post("neighbours", {"count": 2})
    assert status == 200
    [number, _] = answer["websites"]
    results, data = provider.send("XZJR", new_access(f"<Wzbah>{number}</Wzbah>"))
    assert codes_of([results]) == [1001]
    assert len(data.findall(".//Jr_xx")) == 2
    assert xsd.violations(data, xsd.Kind.DOWNLOAD) == []
    assert set(provider.running.bureau.downloads._all) == {ISP_ID}, "nothing is kept for who is not connected"


def test_it_starts_anew(provider, control):
    control.post("faults", {"add": [{"kind": "code", "code": 901}]})
    assert control.post("reset", {}) == (200, {"reset": True})
    state = control.state()
    assert (state["filings"], state["faults"], state["units"][0]["files"]) == ([], [], [])
    assert provider.client.upload(1, upload_data("XZBA", new_filing(1))).code == 0


def test_it_finds_nothing_elsewhere(control):
    for path in ("/nothing", "/_control/nothing", "/ISPWebService/upDownLoad"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            control.page(path)
        assert caught.value.code == 404
