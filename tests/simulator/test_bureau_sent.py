"""What it sends keeps to the download schema, whatever was asked, but for the deviations that are asked for."""

from __future__ import annotations

import pytest

import xsd
from tests.simulator.bureau_provider import (
    OTHER_ID,
    UNIT,
    Provider,
    cancel,
    change,
    codes_of,
    new_access,
    new_website,
)
from tests.simulator.bureau_samples import (
    ISP_ID,
    PASSWORD_MD5,
    edited,
    new_filing,
    upload_data,
    website,
)
from tests.simulator.test_bureau_answers import handled, material, query, verification


def every_operation(provider):
    """One right and one wrong request of every kind; the documents that both units were sent."""
    sent = []
    subject = provider.subject
    ztid, first = subject.ztid, subject.websites[0]
    provider.running.bureau.lists.unfiled[ISP_ID] = {"found.cn": False}
    sent += provider.send("XZBA", new_filing(5), new_filing(6, Dwmc="拒绝公司"), new_filing(7, Dwxz=99))
    site = website(31) + website(32, Wzmc="被拒绝的网站")
    sent += provider.send(
        "XZWZ", new_website(f"<Ztid>{ztid}</Ztid>", site), new_website("<Ztid>7</Ztid>", site)
    )
    record = new_access(f"<Wzid>{first.wzid}</Wzid>")
    provider.other.upload(1, upload_data("XZJR", record, edited(record, {"IspJrid": 51}), isp_id=OTHER_ID))
    sent += provider.other.fetch_all() + provider.client.fetch_all()
    sent += provider.send("BGBA", change(provider.subject), change(provider.subject, Baxh="无"))
    sent += provider.send("XZHYD", material(f"<Jlid>{first.wzid}</Jlid>"), material("<Jlid>9</Jlid>"))
    sent += provider.send("HSJG", verification(subject), verification(subject, Baxx__Zt_xx__Ztid=5))
    sent += provider.send("WBACLJG", handled("found.cn"), handled("mine.cn"))
    sent += provider.send("ZXBA", cancel(2, first.accesses[0].jrid), cancel(2, 9))
    sent += provider.send("ZXBA", cancel(1, subject.websites[1].wzid), cancel(1, 9))
    sent += provider.other.fetch_all()
    provider.send("XZBA", "<Baxx/>")
    sent += provider.send("ZXBA", cancel(0, provider.running.bureau.filings()[1].ztid, PASSWORD_MD5))
    return sent


def begin(start, **options):
    return Provider(*start({"units": [UNIT, {**UNIT, "isp_id": OTHER_ID}], "options": options}))


def broken(documents):
    found = [(document, xsd.violations(document, xsd.Kind.DOWNLOAD)) for document in documents]
    return {problem.path.rsplit("/", 1)[-1] for _, problems in found for problem in problems}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"order": "data_first", "bs_form": "number"},
        {"order": "together", "bs_form": "subject", "filed_part": "changed"},
        {"results": "decision_only", "download_encoding": "GB18030"},
        {"results": "result_only", "omit": ["Bs", "Czlx", "Jlid"]},
        {"bundle": 1, "address_result": True},
    ],
)
def test_it_keeps_to_the_schema_for_every_operation(start, options):
    provider = begin(start, **options)
    documents = every_operation(provider)
    assert broken(documents) == set()
    if "results" not in options:
        assert {1001, 1002, 1014, 1016, 1029, 1059, 1060, 5005} <= set(codes_of(documents))
    tags = {child.tag for document in documents for child in document[0]}
    assert tags == {"BAJG", "BASJ", "ZXSJ"}


def test_it_breaks_the_schema_where_asked_as_bureaus_do(start):
    """No operation kind for answers to the bureau (so Bs comes too early), 35 for materials, 2 for an access."""
    provider = begin(start, access_cancelled="zxsj", strict_download=False)
    paths = broken(every_operation(provider))
    assert {path.partition("[")[0] for path in paths} == {"Czlx", "Bs", "Zxlb"}


UPLOADS = {
    "isp_upload": xsd.Kind.ANSWER_UPLOAD,
    "isp_download": xsd.Kind.ANSWER_DOWNLOAD,
    "isp_downloadack": xsd.Kind.ANSWER_ACKNOWLEDGEMENT,
    "isp_querypreviousupload": xsd.Kind.ANSWER_PREVIOUS_UPLOAD,
}


def test_it_answers_by_the_schema_of_answers_where_asked(start):
    """Every answer of a run, with and without files, good and bad. The schema of isp_verifybamm was never issued."""
    provider = begin(start, answer_style="exact")
    client, checked = provider.client, []

    def check(reply, kind):
        assert xsd.violations(reply.root, kind) == []
        checked.append((kind, reply.code))

    check(client.previous(), xsd.Kind.ANSWER_PREVIOUS_UPLOAD)
    check(provider.other.previous(), xsd.Kind.ANSWER_PREVIOUS_UPLOAD)
    xml = upload_data("XZBA", new_filing(5))
    check(client.upload(9, xml), xsd.Kind.ANSWER_UPLOAD)
    check(client.upload(2, xml, hashAlgorithm=1), xsd.Kind.ANSWER_UPLOAD)
    check(client.upload(2, xml), xsd.Kind.ANSWER_UPLOAD)
    while (reply := client.download()).code != 2:
        check(reply, xsd.Kind.ANSWER_DOWNLOAD)
        name = reply.root.findtext("fileInfos/return_FileName")
        check(client.acknowledge(name), xsd.Kind.ANSWER_ACKNOWLEDGEMENT)
    check(reply, xsd.Kind.ANSWER_DOWNLOAD)
    check(client.acknowledge(""), xsd.Kind.ANSWER_ACKNOWLEDGEMENT)
    for kind, condition in ((0, "site1.cn"), (0, "unknown.cn"), (1, "91110108MA00000005"), (12, "abcd")):
        check(query(client, kind, condition), xsd.Kind.ANSWER_FILING_STATUS)
    for method, kind in UPLOADS.items():
        provider.running.bureau.faults.add("code", method=method, code=901)
        check(client.call("/ISPWebService/upDownLoad", method), kind)
    assert {code for _, code in checked} == {0, 1, 2, 3, 10, 14, 21, 901, 999}
