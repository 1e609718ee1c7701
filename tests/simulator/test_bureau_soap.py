from __future__ import annotations

import base64
import hashlib
import urllib.error
import urllib.request

import pytest
import zeep
from lxml import etree

from simulator.config import ConfigInvalid
from simulator.dialects import DIALECTS, SERVICES
from simulator.running import serve
from tests.simulator.bureau_samples import ISP_ID, Client, new_filing, upload_data, zipped


def zeep_service(url, path):
    client = zeep.Client(f"{url}{path}?wsdl")
    [binding] = client.wsdl.bindings
    return client, client.create_service(binding, url + path)


def parse(text):
    return etree.fromstring(text.strip().partition("?>")[2])


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_it_serves_zeep_in_every_dialect_by_position(start, dialect):
    running, hand = start({"dialect": dialect})
    _, service = zeep_service(running.url, "/ISPWebService/upDownLoad")
    identity = list(hand.credentials().values())
    content = zipped(upload_data("XZBA", new_filing(1)), "first.xml")
    packed = fields_of(content)
    answer = parse(service.isp_upload(*identity, *packed, 1, 0, 0, 0))
    assert answer.findtext("msg_code") == "0"
    answer = parse(service.isp_querypreviousupload(*identity, 0))
    assert answer.findtext("fileInfos/dataSequence") == "1"
    answer = parse(service.isp_download(*identity, 0))
    name = answer.findtext("fileInfos/return_FileName")
    assert parse(service.isp_downloadack(*identity, 0, name)).findtext("msg_code") == "3"
    _, status = zeep_service(running.url, "/BeianStatusWebService/queryBeianStatus")
    assert parse(status.isp_querybeianstatus(*identity, 0, 0, "site1.cn")).findtext("StatusInfo/Bazt") == "0"
    _, check = zeep_service(running.url, "/BeianStatusWebService/verifyBamm")
    number = running.bureau.filings()[0].number
    assert parse(check.isp_verifybamm(*identity, 0, number, "Demo-12345")).findtext("VerifyRes") == "0"


def fields_of(content):
    return [base64.b64encode(content).decode(), base64.b64encode(hashlib.md5(content).digest()).decode()]


def test_it_names_an_inner_host_unless_the_dialect_is_open(start):
    addresses = {}
    for dialect in ("jaxws", "open"):
        running, _ = start({"dialect": dialect})
        client, _ = zeep_service(running.url, "/ISPWebService/upDownLoad")
        [service] = client.wsdl.services.values()
        [port] = service.ports.values()
        addresses[dialect] = port.binding_options["address"].startswith(running.url)
    assert addresses == {"jaxws": False, "open": True}


def test_it_publishes_the_schema_apart_only_where_the_dialect_imports_it(start):
    running, _ = start({"dialect": "jaxws"})
    inline, _ = start({"dialect": "upper"})
    for path in SERVICES:
        with urllib.request.urlopen(f"{running.url}{path}?xsd=1") as answer:
            assert b"schema" in answer.read()
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{inline.url}{path}?xsd=1")


def test_it_takes_a_parameter_in_a_wrong_spelling_as_absent(start):
    running, _ = start({"dialect": "upper"})
    wrong = Client(running.url, namespace=DIALECTS["upper"].namespace)
    status, body = wrong.post("/ISPWebService/upDownLoad", "isp_download", hashAlgorithm=0)
    assert status == 200
    assert "<msg_code>12</msg_code>" in etree.fromstring(body).findtext(".//{*}return")


@pytest.mark.parametrize(
    ("path", "method", "namespace"),
    [
        ("/ISPWebService/upDownLoad", "isp_unknown", None),
        ("/ISPWebService/upDownLoad", "isp_verifybamm", None),
        ("/ISPWebService/upDownLoad", "isp_download", "http://other.example/"),
    ],
)
def test_it_faults_on_what_it_cannot_dispatch(bureau, path, method, namespace):
    running, client = bureau
    client.namespace = namespace or client.namespace
    status, body = client.post(path, method)
    assert status == 500
    assert "Cannot find dispatch method" in etree.fromstring(body).findtext(".//faultstring")
    assert len(running.bureau.journal) == 0


@pytest.mark.parametrize("body", [b"", b"<broken", b"<a/>"])
def test_it_faults_on_what_is_no_envelope(bureau, body):
    running, _ = bureau
    request = urllib.request.Request(f"{running.url}/ISPWebService/upDownLoad", data=body, method="POST")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 500
    assert b"Fault" in caught.value.read()


def test_it_answers_padded_documents_where_asked(start):
    _, client = start({"options": {"answer_style": "padded"}})
    _, body = client.post("/ISPWebService/upDownLoad", "isp_download", hashAlgorithm=0)
    answer = parse(etree.fromstring(body).findtext(".//return"))
    assert answer.findtext("msg_code") == "2"
    assert len(answer.findtext("msg")) == 256
    assert answer.find("serverTime") is not None


def test_it_does_not_fetch_entities(bureau):
    running, client = bureau
    body = (
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<w:isp_download xmlns:w="{client.namespace}"><userName>&x;</userName></w:isp_download></s:Body></s:Envelope>'
    )
    request = urllib.request.Request(f"{running.url}/ISPWebService/upDownLoad", data=body.encode())
    with urllib.request.urlopen(request) as answer:
        assert b"root:" not in answer.read()


def test_it_refuses_an_unknown_dialect():
    with pytest.raises(ConfigInvalid, match="dialect"):
        serve({"dialect": "klingon"})


def test_it_knows_the_demo_unit_without_a_file(bureau):
    running, _ = bureau
    assert list(running.bureau.units) == [ISP_ID]
