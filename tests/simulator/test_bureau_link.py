from __future__ import annotations

import io
import zipfile

import pytest

from simulator.dialects import SERVICES
from tests.simulator.bureau_samples import ISP_ID, Client, new_filing, upload_data, zipped

UNIT = {"isp_id": ISP_ID, "user_name": "demo", "password": "demo-password", "province": 110000}
KEYS = {"aes_key": "0123456789abcdef", "aes_iv": "fedcba9876543210", "encrypt": True}
XML = upload_data("XZBA", new_filing(1))


def two_entries() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.xml", XML)
        archive.writestr("b.xml", XML)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (4, {"userName": "示例单位名称"}),
        (5, {"pwdHash": "AAAAAAAAAAAAAAAAAAAAAA=="}),
        (12, {"pwdHash": None}),
        (12, {"ispId": None}),
        (13, {"ispId": 999}),
        (16, {"randVal": "short"}),
        (9, {"encryptAlgorithm": 7}),
        (10, {"hashAlgorithm": 1}),
        (11, {"compressionFormat": 2}),
        (6, {"encryptAlgorithm": 1}),
        (7, {"beianInfoHash": "AAAAAAAAAAAAAAAAAAAAAA=="}),
        (8, {"beianInfo": "no base64!"}),
        (999, {"dataSequence": 0}),
    ],
)
def test_it_refuses_a_call_with_the_code_of_its_fault(bureau, code, changes):
    running, client = bureau
    reply = client.upload(1, XML, **changes)
    assert reply.code == code
    assert running.bureau.accepted(ISP_ID) == []
    assert running.bureau.journal.tail(1)[0].code == code


@pytest.mark.parametrize(
    ("code", "zip_bytes"),
    [
        (8, b"not a zip"),
        (8, zipped(XML)[:-30]),
        (17, two_entries()),
        (18, zipped(b" " * (50 * 1024 * 1024 + 1))),
        (999, zipped(XML, "名称.xml")),
        (999, zipped(XML, "a" * 125 + ".xml")),
    ],
)
def test_it_refuses_a_zip_with_the_code_of_its_fault(bureau, code, zip_bytes):
    _, client = bureau
    assert client.upload_zip(1, zip_bytes).code == code
    assert client.upload(1, XML).code == 0, "a refusal leaves the number free"


def test_it_reads_at_most_one_byte_beyond_the_limit_of_a_bomb(bureau):
    _, client = bureau
    bomb = zipped(b"0" * (60 * 1024 * 1024))
    assert len(bomb) < 300_000
    assert client.upload_zip(1, bomb).code == 18


def test_it_refuses_a_unit_whose_server_has_another_address(start):
    _, client = start({"units": [{**UNIT, "registered_address": "192.0.2.1"}]})
    assert client.download().code == 13


def test_it_refuses_a_unit_without_permission(start):
    _, client = start({"units": [{**UNIT, "enabled": False}]})
    assert client.download().code == 19


EVERY_METHOD = [(path, method) for path, (_, methods) in SERVICES.items() for method in methods]
IDENTITY = [
    (4, {"userName": "other"}),
    (5, {"pwdHash": "AAAAAAAAAAAAAAAAAAAAAA=="}),
    (12, {"randVal": None}),
    (13, {"ispId": 999}),
    (16, {"randVal": "short"}),
    (10, {"hashAlgorithm": 1}),
]


@pytest.mark.parametrize(("path", "method"), EVERY_METHOD)
def test_it_asks_every_method_for_identity_hours_and_algorithm(start, path, method):
    running, client = start()
    for code, changes in IDENTITY:
        values = {"hashAlgorithm": 0, "compressionFormat": 0, "encryptAlgorithm": 0, **changes}
        assert client.call(path, method, **values).code == code
    running.bureau.set_options({"hours": ["03:00", "03:00"]})
    assert client.call(path, method, hashAlgorithm=0).code == 20
    for code in (901, 902, 15, 19):
        running.bureau.faults.add("code", method=method, code=code)
        assert client.call(path, method).code == code
    _, shut_out = start({"units": [{**UNIT, "enabled": False}]})
    assert shut_out.call(path, method).code == 19


def test_it_names_the_missing_numbers_of_a_gap(bureau):
    _, client = bureau
    assert client.upload(1, XML).code == 0
    reply = client.upload(4, XML)
    assert (reply.code, reply.missing) == (14, [2, 3])


def test_it_does_not_write_out_a_gap_as_wide_as_the_field(bureau):
    _, client = bureau
    assert len(client.upload(2**32 - 1, XML).missing) == 1000


@pytest.mark.parametrize(
    ("repeat", "same", "other"), [("ok", 0, 999), ("code14", 14, 14), ("code999", 999, 999)]
)
def test_it_answers_a_repeated_number_as_the_option_says(start, repeat, same, other):
    running, client = start({"options": {"repeat": repeat}})
    first = zipped(XML)
    assert client.upload_zip(1, first).code == 0
    assert client.upload_zip(1, first).code == same
    reply = client.upload(1, upload_data("XZBA", new_filing(9)), "other.xml")
    assert (reply.code, reply.missing) == (other, [])
    assert running.bureau.accepted(ISP_ID) == [(1, "data.xml", 1)]


def test_it_refuses_an_entry_name_used_before(bureau):
    _, client = bureau
    assert client.upload(1, XML, "same.xml").code == 0
    assert client.upload(2, upload_data("XZBA", new_filing(2)), "same.xml").code == 999


def test_it_takes_no_more_while_too_many_files_wait(start):
    running, client = start({"options": {"max_waiting_files": 1}, "decide": {"mode": "manual"}})
    assert client.upload(1, XML).code == 0
    assert client.upload(2, upload_data("XZBA", new_filing(2))).code == 15
    running.bureau.decide(1)
    assert client.upload(2, upload_data("XZBA", new_filing(2))).code == 0


def test_it_names_its_hours_outside_them(start):
    running, client = start({"options": {"hours": ["09:00", "17:00"]}}, clock=lambda: 1_800_000_000.0 - 7200)
    reply = client.upload(1, XML)  # 14:00 in Shanghai
    assert reply.code == 0
    running.bureau.clock = lambda: 1_800_000_000.0 + 4 * 3600
    reply = client.upload(2, XML)
    assert reply.code == 20
    assert "09:00-17:00" in reply.words


def test_it_has_no_previous_upload_at_first(bureau):
    _, client = bureau
    reply = client.previous()
    assert reply.code == 0
    assert reply.root.findtext("fileInfos/dataSequence") == "0"
    assert not reply.root.findtext("fileInfos/beianInfo")


def test_it_may_leave_the_file_out_where_there_is_none(start):
    _, client = start({"options": {"previous_none": "absent"}})
    assert client.previous().root.find("fileInfos") is None


@pytest.mark.parametrize("form", ["as_sent", "plain", "rezipped"])
def test_it_returns_the_previous_upload_in_the_form_of_the_option(start, form):
    _, client = start({"units": [{**UNIT, **KEYS}], "options": {"previous": form}})
    client.key, client.iv = b"0123456789abcdef", b"fedcba9876543210"
    assert client.upload(1, XML, "first.xml").code == 0
    reply = client.previous()
    assert reply.root.findtext("fileInfos/dataSequence") == "1"
    assert reply.root.findtext("fileInfos/return_FileName") == "first.xml"
    assert reply.root.findtext("fileInfos/encryptAlgorithm") == ("0" if form == "plain" else "1")
    assert client.open(reply) == XML


def test_it_reads_and_writes_encrypted_files(start):
    _, client = start({"units": [{**UNIT, **KEYS}]})
    assert client.upload(1, XML).code == 9, "this unit must encrypt"
    client.key, client.iv = b"0123456789abcdef", b"fedcba9876543210"
    assert client.upload(1, XML).code == 0
    assert len(client.fetch_all()) == 2
    client.key = b"another key 1234"
    assert client.upload(2, XML).code in (6, 7)


def test_it_keeps_several_units_apart(start):
    other = {**UNIT, "isp_id": 310000000001, "user_name": "second", "password": "口令"}
    running, client = start({"units": [UNIT, other]})
    second = Client(running.url, isp_id=310000000001, user_name="second", password="口令")
    assert client.upload(1, XML).code == 0
    xml = upload_data("XZBA", new_filing(77), isp_id=310000000001)
    assert second.upload(1, xml).code == 0
    assert second.previous().root.findtext("fileInfos/dataSequence") == "1"
    assert running.bureau.last_sequence(ISP_ID) == 1
