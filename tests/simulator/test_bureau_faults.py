from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request

import pytest
from lxml import etree

from simulator.config import ConfigInvalid
from simulator.faults import KINDS
from tests.simulator.bureau_samples import ISP_ID, HandClock, new_filing, upload_data

XML = upload_data("XZBA", new_filing(1))
PATH = "/ISPWebService/upDownLoad"


def test_it_loses_the_answer_after_the_work(bureau):
    running, client = bureau
    running.bureau.faults.add("lost_answer", method="isp_upload")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        client.upload(1, XML)
    assert running.bureau.accepted(ISP_ID) == [(1, "data1.xml", 1)]
    assert client.previous().root.findtext("fileInfos/dataSequence") == "1"
    assert running.bureau.journal.tail(2)[0].fault == "lost_answer"


@pytest.mark.parametrize("kind", ["dropped", "reset"])
def test_it_drops_the_connection_before_the_work(bureau, kind):
    running, client = bureau
    running.bureau.faults.add(kind)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        client.upload(1, XML)
    assert running.bureau.accepted(ISP_ID) == []
    entry = running.bureau.journal.tail(1)[0]
    assert (entry.fault, entry.code) == (kind, None)
    assert client.upload(1, XML).code == 0


@pytest.mark.parametrize(
    ("kind", "status", "content"),
    [
        ("http_500", 500, b""),
        ("html_200", 200, "系统维护中".encode()),
        ("html_503", 503, "系统维护中".encode()),
        ("garbage", 200, b"not xml"),
        ("soap_fault", 500, b"NullPointerException"),
    ],
)
def test_it_answers_something_else_without_doing_the_work(bureau, kind, status, content):
    running, client = bureau
    running.bureau.faults.add(kind)
    got, body = client.post(PATH, "isp_download", hashAlgorithm=0)
    assert got == status
    assert content in body
    assert client.download().code == 2, "once unless told otherwise"


def test_it_cuts_an_answer_after_the_work(bureau):
    running, client = bureau
    running.bureau.faults.add("cut", method="isp_upload")
    with pytest.raises(http.client.IncompleteRead):
        client.upload(1, XML)
    assert len(running.bureau.accepted(ISP_ID)) == 1


@pytest.mark.parametrize("kind", ["delay", "slow_answer"])
def test_it_keeps_the_caller_waiting(bureau, kind):
    running, client = bureau
    running.bureau.faults.add(kind, delay_s=0.2)
    began = time.monotonic()
    assert client.download().code == 2
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("code", [15, 19, 901, 902, 999])
def test_it_answers_any_code_without_doing_the_work(bureau, code):
    running, client = bureau
    running.bureau.faults.add("code", method="isp_upload", code=code)
    assert client.upload(1, XML).code == code
    assert running.bureau.accepted(ISP_ID) == []


def test_it_names_the_hours_with_code_20(bureau):
    running, client = bureau
    running.bureau.faults.add("code", code=20, hours="08:30-11:30")
    reply = client.upload(1, XML)
    assert reply.code == 20
    assert reply.words.endswith("08:30-11:30")


def test_it_sends_a_wrong_hash_once(bureau):
    running, client = bureau
    client.upload(1, XML)
    running.bureau.faults.add("wrong_hash", method="isp_download")
    with pytest.raises(AssertionError):
        client.open(client.download())
    assert client.open(client.download())


def test_it_delivers_again_after_the_acknowledgement(bureau):
    running, client = bureau
    client.upload(1, XML)
    running.bureau.faults.add("repeat_after_ack", method="isp_downloadack")
    name = client.download().root.findtext("fileInfos/return_FileName")
    assert client.acknowledge(name).code == 3
    assert client.download().root.findtext("fileInfos/return_FileName") == name
    client.acknowledge(name)
    assert client.download().root.findtext("fileInfos/return_FileName") != name


def test_it_strikes_the_asked_calls_only(bureau):
    running, client = bureau
    faults = running.bureau.faults
    faults.add("code", method="isp_download", code=902, after=2, times=2)
    faults.add("code", method="isp_download", code=901, unit=7)
    assert client.previous().code == 0
    assert [client.download().code for _ in range(5)] == [2, 2, 902, 902, 2]


def test_it_strikes_a_share_of_calls_the_same_way_for_a_seed(start):
    def codes(seed):
        faults = [{"kind": "code", "code": 901, "share": 0.5}]
        _, client = start({"seed": seed, "faults": faults})
        return [client.download().code for _ in range(30)]

    first = codes(5)
    assert codes(5) == first
    assert codes(6) != first
    assert 5 < first.count(901) < 25


def test_it_spares_its_description_unless_told_otherwise(bureau):
    running, client = bureau
    address = f"{running.url}{PATH}?wsdl"
    running.bureau.faults.add("http_500")
    with urllib.request.urlopen(address) as answer:
        assert answer.status == 200
    assert client.post(PATH, "isp_download", hashAlgorithm=0)[0] == 500
    running.bureau.faults.add("http_500", method="wsdl")
    assert client.download().code == 2
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(address)
    assert running.bureau.journal.tail(1)[0].method == "wsdl"


@pytest.mark.parametrize(
    "values",
    [
        {"method": "isp_dance"},
        {"method": ["isp_upload", "x"]},
        {"code": "901"},
        {"share": "half"},
        {"seen": 3},
    ],
)
def test_it_refuses_a_fault_it_does_not_understand(bureau, values):
    running, _ = bureau
    with pytest.raises(ConfigInvalid):
        running.bureau.faults.add("code", **values)
    assert running.bureau.faults.to_json() == []


def test_it_strikes_in_windows_of_time(start):
    clock = HandClock()
    running, client = start(clock=clock)
    running.bureau.faults.add("code", code=901, from_s=10, for_s=5, every_s=20)
    seen = []
    for _ in range(50):
        seen.append(client.download().code)
        clock.now += 1
    assert [at for at, code in enumerate(seen) if code == 901] == [*range(10, 15), *range(30, 35)]


def test_it_strikes_methods_of_a_list_and_only_its_own_method(bureau):
    running, client = bureau
    client.upload(1, XML)
    faults = running.bureau.faults
    faults.add("wrong_hash")
    faults.add("code", method=["isp_download", "isp_downloadack"], code=902, times=2, after=1)
    assert client.previous().code == 0, "a wrong hash is not used up by what has none"
    with pytest.raises(AssertionError):
        client.open(client.download())
    codes = [
        client.previous().code,
        client.download().code,
        client.acknowledge("x").code,
        client.download().code,
    ]
    assert codes == [0, 3, 902, 902]


def test_it_forgets_faults(bureau):
    running, client = bureau
    kept = running.bureau.faults.add("code", code=901, times=None)
    gone = running.bureau.faults.add("code", code=902, times=None)
    running.bureau.faults.clear(kept)
    assert client.download().code == 902
    running.bureau.faults.clear(gone)
    assert client.download().code == 2


def test_it_stops_and_starts_on_the_same_port_with_the_same_state(bureau):
    running, client = bureau
    client.upload(1, XML)
    kept = http.client.HTTPConnection(running.host, running.port, timeout=5)
    kept.request("GET", PATH + "?wsdl")
    kept.getresponse().read()
    running.stop()
    with pytest.raises(ConnectionRefusedError):
        client.download()
    with pytest.raises((http.client.RemoteDisconnected, OSError)):
        kept.request("GET", PATH + "?wsdl")
        kept.getresponse()
    running.start()
    assert client.previous().root.findtext("fileInfos/dataSequence") == "1"
    kept.close()


def test_it_names_every_fault_for_people():
    assert all(words for words in KINDS.values())


def test_it_answers_well_formed_html_that_is_no_envelope(bureau):
    running, client = bureau
    running.bureau.faults.add("html_503")
    _, body = client.post(PATH, "isp_download", hashAlgorithm=0)
    assert etree.fromstring(body).tag == "html"
