"""The journal answers what a test wants to know of the other side."""

from __future__ import annotations

import http.client
import json
import time
from datetime import datetime

import pytest

from simulator import serve
from tests.simulator.bureau_provider import cancel
from tests.simulator.bureau_samples import ISP_ID, PASSWORD_MD5, Client, new_filing, upload_data


def test_it_tells_which_numbers_were_accepted(bureau):
    running, client = bureau
    faults = running.bureau.faults
    faults.add("code", method="isp_upload", code=0)
    faults.add("lost_answer", method="isp_upload", after=1)
    xml = [upload_data("XZBA", new_filing(n)) for n in (1, 2)]
    client.upload(1, xml[0])  # answered 0 by the fault, not accepted
    client.upload(1, xml[0])
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        client.upload(2, xml[1])
    assert client.upload(4, xml[1]).code == 14
    client.upload(2, xml[1])
    # The bureau writes down the call whose answer got lost while its client is already told that it did.
    for _ in range(100):
        if len(running.bureau.journal.accepted(ISP_ID)) == 3:
            break
        time.sleep(0.05)
    assert running.bureau.journal.accepted(ISP_ID) == [1, 2, 2]
    assert [number for number, _, _ in running.bureau.accepted(ISP_ID)] == [1, 2]


def test_it_tells_which_records_arrived_how_often(provider):
    journal = provider.running.bureau.journal
    ztid = provider.subject.ztid
    provider.send("XZBA", new_filing(5), new_filing(6))
    provider.send("XZBA", new_filing(5))
    provider.send("ZXBA", cancel(0, ztid, PASSWORD_MD5))
    assert journal.arrivals(ISP_ID) == {"1:1": 1, "1:5": 2, "1:6": 1, f"6:{ztid}": 1}
    assert journal.arrivals(7) == {}


def test_it_tells_what_was_acknowledged_when(provider):
    journal = provider.running.bureau.journal
    before = journal.acknowledged(ISP_ID)
    assert len(before) == 2
    provider.running.bureau.faults.add("repeat_after_ack", method="isp_downloadack")
    provider.send("XZBA", new_filing(5))
    times = {name: at for name, at in journal.acknowledged(ISP_ID).items() if name not in before}
    assert sorted(map(len, times.values())) == [1, 2]
    for moment in (item for found in times.values() for item in found):
        assert datetime.fromisoformat(moment).utcoffset() is not None
    provider.client.acknowledge("unknown.zip")
    assert "unknown.zip" not in journal.acknowledged(ISP_ID)


def test_it_keeps_one_line_a_call_on_disk(tmp_path):
    with serve({"state_dir": str(tmp_path), "initiative": {"every_s": 1}, "clock_speed": 1}) as running:
        client = Client(running.url)
        client.upload(1, upload_data("XZBA", new_filing(1)))
        running.bureau.choose_scene("training")
        running.bureau.reset()
        assert len(running.bureau.journal) == 0
    lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert [line["method"] for line in lines] == ["check", "isp_upload", "scene"]
    assert lines[0]["records"] == ["1:1"]
