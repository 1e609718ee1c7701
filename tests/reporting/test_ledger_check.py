"""Opening a file of the ledger: what is still as it was, what is not, and what the bureau says of it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.db import connection

from filing.models import Request
from reporting import envelope
from reporting.choices import FileState
from reporting.models import DataFile, FileEntry, Link
from reporting.services.ledger_check import Agreement, check_file, compare_with_bureau, problems_of
from reporting.services.upload import send_link
from simulator import Bureau
from tests.reporting.material import ISP_ID, make_link, ready
from tests.reporting.test_ledger import a_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(link: Link, bureau: Bureau) -> DataFile:
    """A file of two requests, accepted and not answered yet."""
    bureau.set_mode("manual")
    ready(1, 2)
    send_link(link)
    return link.files.get()


def fresh(file: DataFile) -> DataFile:
    return DataFile.objects.select_related("link").get(pk=file.pk)


def problems(file: DataFile) -> list[str]:
    return problems_of(check_file(fresh(file)))


def with_xml(file: DataFile, xml: bytes) -> None:
    """Other bytes, with every hash of the ledger made to fit: only what is in them is wrong."""
    data = envelope.zip_one(file.name, xml)
    file.zip_bytes, file.zip_md5 = data, envelope.md5_base64(data)
    file.sha256, file.xml_sha256 = hashlib.sha256(data).hexdigest(), hashlib.sha256(xml).hexdigest()
    file.xml_bytes = len(xml)
    file.save()


def xml_of(file: DataFile) -> bytes:
    return envelope.unzip_one(fresh(file).zip_bytes or b"")[1]


def test_a_sound_file_has_nothing_wrong(sent: DataFile) -> None:
    checks = check_file(fresh(sent))
    assert problems_of(checks) == []
    assert [each.what for each in checks] == [
        "解封",
        "SHA-256",
        "上报时的 MD5",
        "压缩包内的文件名",
        "XML 字节数",
        "XML 的 SHA-256",
        "XSD",
        "报备单位",
        "记录数",
        "报备单",
    ]
    assert "2 张" in checks[-1].words


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("sha256", "0" * 64, "SHA-256"),
        ("zip_md5", "AAAA", "上报时的 MD5"),
        ("xml_sha256", "0" * 64, "XML 的 SHA-256"),
        ("xml_bytes", 7, "XML 字节数"),
        ("name", "other.xml", "压缩包内的文件名"),
        ("record_count", 3, "记录数"),
    ],
)
def test_it_names_what_differs_from_the_ledger(sent: DataFile, column: str, value: Any, words: str) -> None:
    DataFile.objects.update(**{column: value})
    (problem,) = problems(sent)
    assert problem.startswith(f"{words}：不符") and str(value) in problem


def test_damaged_bytes_are_told_as_far_as_they_can_be_read(sent: DataFile) -> None:
    sent.zip_bytes = b"no zip"
    sent.save()
    found = problems(sent)
    assert [each.split("：")[0] for each in found] == ["SHA-256", "上报时的 MD5", "解压"]


@pytest.mark.parametrize("place", [0, 30, -1])
def test_what_does_not_unseal_is_told(sent: DataFile, place: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT zip_bytes FROM reporting_datafile WHERE id = %s", [sent.pk])
        kept = bytearray(cursor.fetchone()[0])
        kept[place] ^= 1
        cursor.execute("UPDATE reporting_datafile SET zip_bytes = %s WHERE id = %s", [bytes(kept), sent.pk])
    file = DataFile.objects.select_related("link").defer("zip_bytes").get(pk=sent.pk)
    (problem,) = problems_of(check_file(file))
    assert problem.startswith("解封：")


def test_it_validates_against_the_schema(sent: DataFile) -> None:
    with_xml(sent, xml_of(sent).replace(b"<Dwxz>4</Dwxz>", b"<Dwxz>x</Dwxz>"))
    found = problems(sent)
    assert found and all(each.startswith("XSD：") and "Dwxz" in each for each in found)


def test_it_sees_that_a_record_is_anothers(sent: DataFile) -> None:
    one, two = FileEntry.objects.order_by("position")
    FileEntry.objects.filter(pk=one.pk).update(position=9)
    FileEntry.objects.filter(pk=two.pk).update(position=1)
    found = problems(sent)
    assert len(found) == 2
    assert "t-0002 在第 1 条，那里是另一个主体" in found[0]
    assert "t-0001 应在第 9 条，文件只有 2 条" in found[1]


def test_it_sees_that_a_record_is_of_another_operation(sent: DataFile) -> None:
    Request.objects.filter(ref="t-0001").update(operation="cancel_subject")
    (problem,) = problems(sent)
    assert "t-0001 在第 1 条，那里是另一种业务（XZBA）" in problem


def test_it_sees_that_the_file_is_nobodys(sent: DataFile) -> None:
    FileEntry.objects.all().delete()
    assert problems(sent) == ["报备单：第 1 条不属于任何报备单"]
    Link.objects.update(isp_id=ISP_ID + 1)
    assert any(each.startswith("报备单位：不符") for each in problems(sent))


def test_pruned_is_no_fault_and_lost_is_one(quiet_link: Link) -> None:
    pruned = a_file(quiet_link, 1, zip_bytes=None, pruned_at="2026-11-01T00:00:00Z")
    lost = a_file(quiet_link, 2, zip_bytes=None)
    assert problems(pruned) == []
    assert problems(lost) == ["内容：没有内容，也没有清理的记录"]


# --- what the bureau says ----------------------------------------------------------------------------


@pytest.mark.parametrize("previous", ["as_sent", "plain", "rezipped"])
def test_the_last_one_is_compared_by_content(previous: str, start_bureau: Any) -> None:
    link = make_link(start_bureau(options={"previous": previous}).url)
    ready(1)
    send_link(link)
    found = compare_with_bureau(link.files.get())
    assert (found.agreement, found.sequence) == (Agreement.EQUAL, 1)


def test_an_earlier_one_is_proved_by_succession(sent: DataFile) -> None:
    ready(3)
    send_link(sent.link)
    found = compare_with_bureau(fresh(sent))
    assert (found.agreement, found.sequence) == (Agreement.FOLLOWED, 2)
    assert "第 1 号已收到" in found.words


def test_other_content_under_the_number_is_told(sent: DataFile) -> None:
    DataFile.objects.update(sha256="0" * 64, xml_sha256="0" * 64)
    assert compare_with_bureau(fresh(sent)).agreement == Agreement.DIFFERENT


def test_a_number_that_the_bureau_lacks_is_told(sent: DataFile) -> None:
    later = a_file(sent.link, 2, FileState.PACKED)
    found = compare_with_bureau(fresh(later))
    assert (found.agreement, found.sequence) == (Agreement.LACKING, 1)


@pytest.mark.parametrize("state", [FileState.REFUSED, FileState.DROPPED])
def test_a_number_that_another_file_spent_proves_nothing_of_this_one(
    sent: DataFile, state: FileState
) -> None:
    ready(3)
    send_link(sent.link)
    refused = a_file(sent.link, 1, state)
    found = compare_with_bureau(fresh(refused))
    assert found.agreement == Agreement.AHEAD
    assert "由别的文件使用" in found.words


def test_a_code_says_nothing_of_files(sent: DataFile, bureau: Bureau) -> None:
    bureau.faults.add("code", method="isp_querypreviousupload", code=901)
    found = compare_with_bureau(fresh(sent))
    assert (found.agreement, "901" in found.words) == (Agreement.UNSAID, True)
    assert fresh(sent).state == FileState.ACCEPTED
