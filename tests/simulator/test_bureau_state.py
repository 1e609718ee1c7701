from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request

import pytest

from simulator import serve
from simulator.__main__ import main
from simulator.soap import Call
from tests.simulator.bureau_provider import OTHER_ID, UNIT, Control, codes_of
from tests.simulator.bureau_samples import ISP_ID, Client, new_filing, upload_data, website

XML = upload_data("XZBA", new_filing(1))


def test_it_remembers_everything_in_its_folder(tmp_path):
    config = {"state_dir": str(tmp_path), "decide": {"mode": "manual"}}
    with serve(config) as running:
        client = Client(running.url)
        client.upload(1, XML)
        client.upload(2, upload_data("XZBA", new_filing(2)))
        running.bureau.decide(1)
        running.bureau.lists.domains.add("bad.cn")
        running.bureau.lists.unfiled[ISP_ID] = {"found.cn": True}
        running.bureau.save_lists()
        running.bureau.advance(3600)
        now = running.bureau.clock()
        name = client.download().root.findtext("fileInfos/return_FileName")
        client.acknowledge(name)
    with serve(config) as running:
        bureau, client = running.bureau, Client(running.url)
        assert bureau.accepted(ISP_ID) == [(1, "data1.xml", 1), (2, "data2.xml", 1)]
        assert [case.items[0].jlid for case in bureau.pending()] == [2]
        assert [subject.number[-7:] for subject in bureau.filings()] == ["000001号"]
        assert [item.about for item in bureau.queue(ISP_ID)] == ["BASJ"]
        assert bureau.lists.domains == {"bad.cn"}
        assert bureau.lists.unfiled == {ISP_ID: {"found.cn": True}}
        assert bureau.clock() >= now
        assert client.open(client.previous()) == upload_data("XZBA", new_filing(2))
        assert client.upload(4, XML).missing == [3]
        conflict = new_filing(3, sites=website(3, ("site1.cn",), Syurl="site1.cn"))
        client.fetch_all()
        client.upload(3, upload_data("XZBA", conflict))
        assert codes_of(client.fetch_all()) == [1005]
        bureau.decide(2)
        assert [subject.ztid for subject in bureau.filings()] == [1000001, 1000002]


def test_it_keeps_what_was_accepted_when_killed(tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"state_dir": str(tmp_path / "state")}))
    process, url = start_process("--config", str(config))
    Client(url).upload(1, XML)
    process.kill()
    process.wait()
    with serve({"state_dir": str(tmp_path / "state")}) as running:
        assert running.bureau.accepted(ISP_ID) == [(1, "data1.xml", 1)]
        assert len(running.bureau.queue(ISP_ID)) == 2


def test_it_goes_back_to_the_last_whole_call_after_a_crash_inside_one(start, monkeypatch):
    running, client = start()
    client.upload(1, XML)
    monkeypatch.setattr("simulator.methods.answer", lambda *parts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        running.bureau.call(_call("isp_querypreviousupload", client))
    monkeypatch.undo()
    assert running.bureau.accepted(ISP_ID) == [(1, "data1.xml", 1)]
    assert len(client.fetch_all()) == 2


def _call(method, client):
    return Call(
        method, {**{key: str(value) for key, value in client.credentials().items()}, "hashAlgorithm": "0"}
    )


def test_it_writes_one_line_a_call_without_secrets(tmp_path):
    with serve({"state_dir": str(tmp_path)}) as running:
        client = Client(running.url)
        client.upload(1, XML)
        client.fetch_all()
    text = (tmp_path / "journal.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["method"] for line in lines] == [
        "check",
        "isp_upload",
        "isp_download",
        "isp_downloadack",
        "isp_download",
        "isp_downloadack",
        "isp_download",
    ]
    assert lines[1]["sequence"] == 1
    assert len(lines[1]["sha256"]) == 64
    for secret in ("demo-password", "示例公司", "91110108MA", "13800138000", "site1.cn"):
        assert secret not in text


def test_it_accepts_each_number_once_however_many_ask(bureau):
    running, client = bureau
    codes: list[int] = []

    def send(n):
        codes.append(client.upload(1, upload_data("XZBA", new_filing(n)), f"data{n}.xml").code)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [0] + [999] * 11
    assert len(running.bureau.accepted(ISP_ID)) == 1
    assert len(running.bureau.filings()) == 1


def test_it_takes_chunked_bodies(bureau):
    running, client = bureau

    def parts():
        yield b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        yield f'<w:isp_download xmlns:w="{client.namespace}"/></s:Body></s:Envelope>'.encode()

    request = urllib.request.Request(
        f"{running.url}/ISPWebService/upDownLoad", parts(), {"Transfer-Encoding": "chunked"}
    )
    with urllib.request.urlopen(request) as answer:
        assert b"&lt;msg_code&gt;12&lt;" in answer.read()


@pytest.mark.parametrize(("length", "status"), [("999999999999", 413), ("x", 400), ("-1", 400)])
def test_it_refuses_bodies_of_an_impossible_length(bureau, length, status):
    running, _ = bureau
    with socket.create_connection((running.host, running.port), timeout=5) as connection:
        head = f"POST /ISPWebService/upDownLoad HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
        connection.sendall(head.encode())
        assert f" {status} ".encode() in connection.recv(1000)


# The command line ------------------------------------------------------------------------------------


def start_process(*arguments):
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    line = process.stdout.readline()
    assert line.startswith("simulator ready on http://127.0.0.1:"), process.stderr.read()
    return process, line.split()[-1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_on_its_own_and_ends_cleanly(number):
    arguments = (
        "--seed 3 --dialect open --scene bureau-down --minutes 2 --fault code,code=902,method=isp_download"
    )
    process, url = start_process(*arguments.split())
    with urllib.request.urlopen(url + "/_control/state") as answer:
        state = json.load(answer)
    assert (state["seed"], state["dialect"]) == (3, "open")
    assert (state["scene"]["name"], state["scene"]["minutes"]) == ("bureau-down", 2)
    assert state["faults"][-1]["code"] == 902 and len(state["faults"]) == 5
    process.send_signal(number)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert errors == ""


def test_it_says_that_a_port_is_in_use(bureau, capsys):
    running, _ = bureau
    assert main(["--port", str(running.port)]) == 1
    assert f"cannot listen on 127.0.0.1:{running.port}" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "{", '{"units": [{"isp_id": 1}]}', "[1]"])
def test_it_says_what_is_wrong_with_its_configuration(tmp_path, capsys, content):
    path = tmp_path / "config.json"
    if content is not None:
        path.write_text(content)
    assert main(["--port", "0", "--config", str(path)]) == 1
    assert capsys.readouterr().err.startswith("simulator: ")


def test_it_serves_many_at_once(start):
    """Two units upload, fetch and acknowledge while a person looks, decides and changes the scene."""
    other = {**UNIT, "isp_id": OTHER_ID}
    running, client = start({"units": [UNIT, other], "decide": {"mode": "manual"}})
    control, failures = Control(running), []

    def work(who, first):
        for n in range(10):
            xml = upload_data("XZBA", new_filing(first + n), isp_id=who.isp_id)
            if who.upload(n + 1, xml, f"data{first + n}.xml").code != 0:
                failures.append(f"{who.isp_id}: {n + 1}")
            who.fetch_all()

    def look():
        for n in range(10):
            control.page()
            control.post("decide", {"all": True})
            control.post("options", {"bundle": n + 1})
            control.post("scene", {"scene": "training"})

    jobs = [(work, client, 1), (work, Client(running.url, isp_id=OTHER_ID), 101), (look,)]
    threads = [threading.Thread(target=job[0], args=job[1:]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    control.post("decide", {"all": True})
    assert failures == []
    for isp_id in (ISP_ID, OTHER_ID):
        assert running.bureau.journal.accepted(isp_id) == list(range(1, 11))
    assert sorted(item.isp_ztid for item in running.bureau.filings()) == [*range(1, 11), *range(101, 111)]
