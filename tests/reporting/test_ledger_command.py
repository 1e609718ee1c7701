"""`ledger`: rows, the check of all files, and the export, which is opened with the standard tools and held against what the
bureau received."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import tracemalloc
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from filing.services.sealed_bytes import write_sealed
from reporting.choices import FileState
from reporting.models import DataFile, Link
from reporting.services.download import poll_link
from reporting.services.ledger_export import LedgerExport
from reporting.services.ledger_rows import Period
from reporting.services.upload import send_link
from simulator import Bureau, Running
from tests.reporting.commands import run
from tests.reporting.material import ENCRYPTING_UNIT, ISP_ID, OTHER_UNIT, make_link, ready
from tests.reporting.test_ledger import a_file, next_is

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(link: Link, bureau: Bureau, settings: Any) -> Link:
    """Three accepted files, and a refused one that gave number 2 back."""
    settings.ICP_WAIT_FACTOR = 0
    ready(1)
    send_link(link)
    bureau.faults.add("code", method="isp_upload", code=7)
    ready(2)
    send_link(link)
    send_link(link)
    ready(3)
    send_link(link)
    poll_link(link)
    states = list(link.files.order_by("pk").values_list("sequence", "state"))
    assert states == [(1, "accepted"), (2, "refused"), (2, "accepted"), (3, "accepted")]
    return link


def damage(file: DataFile, place: int = -1) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT zip_bytes FROM reporting_datafile WHERE id = %s", [file.pk])
        kept = bytearray(cursor.fetchone()[0])
        kept[place] ^= 1
        cursor.execute("UPDATE reporting_datafile SET zip_bytes = %s WHERE id = %s", [bytes(kept), file.pk])


class Opened:
    """The export as somebody finds it who has nothing but a ZIP program and sha256sum."""

    def __init__(self, path: Path, into: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            archive.extractall(into)
            self.names = archive.namelist()
        (self.folder,) = into.iterdir()

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    @property
    def zips(self) -> dict[str, bytes]:
        found = sorted(self.folder.glob("**/*.zip"))
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}

    def sums(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sha256sum", "-c", "SHA256SUMS"], cwd=self.folder, capture_output=True, text=True, check=False
        )


@pytest.fixture
def export(tmp_path: Path) -> Any:
    def make(*arguments: object, code: int = 0) -> Opened:
        path = tmp_path / f"out{len(list(tmp_path.iterdir()))}.zip"
        ran = run("ledger", "--export", path, *arguments)
        assert ran.code == code, ran.err
        assert path.stat().st_mode & 0o777 == 0o600
        assert not path.with_name(path.name + ".part").exists()
        return Opened(path, tmp_path / f"{path.stem}-opened")

    return make


# --- rows ------------------------------------------------------------------------------------------


def test_it_tells_every_file_with_its_requests_tries_and_proof(sent: Link) -> None:
    ran = run("ledger", "--json")
    assert (ran.code, list(ran.json)) == (0, ["files"])
    rows = ran.json["files"]
    assert [(row["sequence"], row["state"], row["code"]) for row in rows] == [
        (1, "accepted", 0),
        (2, "refused", 7),
        (2, "accepted", 0),
        (3, "accepted", 0),
    ]
    first, file = rows[0], sent.files.get(sequence=1)
    assert (first["sha256"], first["md5"], first["zip_bytes"]) == (
        file.sha256,
        file.zip_md5,
        len(file.zip_bytes or b""),
    )
    (entry,) = first["requests"]
    assert (entry["ref"], entry["outcome"], entry["approved_by"]) == ("t-0001", "approved", "命令行")
    assert [(call["method"], call["code"]) for call in first["calls"]] == [("isp_upload", 0)]
    assert first["packed_by"] and first["proof_words"] == "管局应答代码 0"
    assert "第 3 号\t已受理" in run("ledger").out


def test_it_narrows_by_link_and_day(sent: Link) -> None:
    other = make_link("http://bureau.invalid", OTHER_UNIT)
    a_file(other, 1)
    assert len(run("ledger", "--json").json["files"]) == 5
    assert len(run("ledger", "--json", "--isp-id", OTHER_UNIT["isp_id"]).json["files"]) == 1
    long_ago = timezone.now() - timedelta(days=100)
    DataFile.objects.filter(link=sent, sequence=1).update(packed_at=long_ago, settled_at=long_ago)
    today = timezone.localdate()
    rows = run("ledger", "--json", "--from", today - timedelta(days=99)).json["files"]
    assert len(rows) == 4
    assert len(run("ledger", "--json", "--to", today - timedelta(days=99)).json["files"]) == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--isp-id", "99"], 1),
        (["--from", "2026-02-30"], 2),
        (["--from", "2026-02-02", "--to", "2026-02-01"], 1),
        (["--export", "/nonexistent/out.zip"], 1),
    ],
)
def test_it_refuses_bad_input(sent: Link, arguments: list[str], code: int) -> None:
    ran = run("ledger", *arguments)
    assert (ran.code, ran.err != "") == (code, True)


# --- check -----------------------------------------------------------------------------------------


def test_the_check_of_a_sound_ledger_finds_nothing(sent: Link) -> None:
    ran = run("ledger", "--check", "--json")
    assert (ran.code, ran.json["problems"], len(ran.json["files"])) == (0, [], 4)


def test_the_check_names_damage_and_gaps_and_fails(sent: Link) -> None:
    damage(sent.files.get(sequence=1))
    DataFile.objects.filter(sequence=3).update(sha256="0" * 64)
    DataFile.objects.filter(sequence=2, state="accepted").update(state=FileState.DROPPED)
    ran = run("ledger", "--check", "--json")
    assert ran.code == 1
    found = {(each["sequence"], each["problem"].split("：")[0]) for each in ran.json["problems"]}
    assert found == {(1, "解封"), (2, "缺号 2，账上没有受理过的文件"), (3, "SHA-256")}
    assert "3 个问题" in ran.err


def test_what_was_pruned_is_no_problem(sent: Link) -> None:
    DataFile.objects.update(zip_bytes=None, zip_size=1, pruned_at=timezone.now())
    assert run("ledger", "--check").code == 0


# --- export ----------------------------------------------------------------------------------------


def test_the_export_holds_every_file_as_the_bureau_received_it(
    sent: Link, bureau: Bureau, export: Any
) -> None:
    opened = export()
    accepted = {name: data for name, data in opened.zips.items() if "not-accepted" not in name}
    assert [name.split("/")[0] for name in accepted] == [str(ISP_ID)] * 3
    theirs = bureau.files[ISP_ID]
    assert len(theirs) == 3
    for file, data in zip(theirs, accepted.values(), strict=True):
        assert data == bureau.uploaded_bytes(file)
        with zipfile.ZipFile(io.BytesIO(data)) as inner:
            assert inner.namelist() == [file.entry_name]
    (refused,) = (data for name, data in opened.zips.items() if "not-accepted" in name)
    assert refused == sent.files.get(state="refused").zip_bytes


def test_an_encrypting_links_files_leave_as_they_were_before_encryption(
    start_bureau: Any, export: Any
) -> None:
    running: Running = start_bureau(units=[ENCRYPTING_UNIT])
    link = make_link(running.url, ENCRYPTING_UNIT)
    ready(1)
    send_link(link)
    (data,) = export().zips.values()
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    assert hashlib.sha256(data).hexdigest() == link.files.get().sha256


def test_its_sums_stand_sha256sum_and_its_books_can_be_opened(sent: Link, export: Any) -> None:
    opened = export()
    sums = opened.sums()
    assert (sums.returncode, sums.stdout.count(": OK")) == (0, 4 + 3)
    assert opened.read("ledger.csv").startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(opened.read("ledger.csv").decode("utf-8-sig"))))
    assert [(row["数据编号"], row["状态"]) for row in rows] == [
        ("1", "已受理"),
        ("2", "未受理"),
        ("2", "已受理"),
        ("3", "已受理"),
    ]
    assert rows[0]["单号"] == "t-0001"
    document = json.loads(opened.read("ledger.json"))
    assert document["files"] == run("ledger", "--json").json["files"]
    (link,) = document["links"]
    assert (link["next_sequence"], link["gaps"], document["problems"]) == (4, [], [])
    readme = opened.read("README.txt").decode()
    assert "文件：4 个" in readme and "sha256sum -c" in readme and "命令行" in readme


def test_there_is_a_folder_for_each_link(sent: Link, export: Any) -> None:
    other = make_link("http://bureau.invalid", OTHER_UNIT)
    a_file(other, 1)
    a_file(next_is(other, 3), 2)
    folders = {name.split("/")[0] for name in export(code=1).zips}
    assert folders == {str(ISP_ID), str(OTHER_UNIT["isp_id"])}
    assert len(export("--isp-id", OTHER_UNIT["isp_id"], code=1).zips) == 2


def test_it_takes_three_months_unless_told_otherwise(sent: Link, export: Any) -> None:
    for sequence, days in ((1, 91), (3, 94)):
        moment = timezone.now() - timedelta(days=days)
        DataFile.objects.filter(sequence=sequence).update(packed_at=moment, settled_at=moment)
    sequences = [int(name.split("/")[-1][:10]) for name in export().zips]
    assert sorted(sequences) == [1, 2, 2]
    first = timezone.localdate() - timedelta(days=95)
    assert len(export("--from", first).zips) == 4


def test_what_was_pruned_stands_in_the_books_only(sent: Link, export: Any) -> None:
    DataFile.objects.filter(sequence=1).update(zip_bytes=None, zip_size=5, pruned_at=timezone.now())
    opened = export()
    assert len(opened.zips) == 3
    row = json.loads(opened.read("ledger.json"))["files"][0]
    assert (row["sequence"], row["zip_bytes"], len(row["sha256"])) == (1, 5, 64)
    assert opened.sums().returncode == 0


def test_damage_is_told_and_whoever_checks_the_sums_sees_it(sent: Link, export: Any) -> None:
    broken, changed = sent.files.get(sequence=1), sent.files.get(sequence=3)
    damage(broken, place=0)
    write_sealed(changed, "zip_bytes", b"something else")
    opened = export(code=1)
    sums = opened.sums()
    assert sums.returncode == 1 and sums.stdout.count(": FAILED") == 1
    problems = json.loads(opened.read("ledger.json"))["problems"]
    assert [(each["sequence"], each["name"]) for each in problems] == [(1, broken.name), (3, changed.name)]
    assert "与账上不符的" in opened.read("README.txt").decode()
    assert len(opened.zips) == 3, "what cannot be unsealed leaves no empty file"


def test_a_strange_name_leads_to_no_other_folder_and_no_formula(quiet_link: Link, export: Any) -> None:
    a_file(quiet_link, 1, name="../../etc/passwd.xml", message="=HYPERLINK()", state="refused", code=7)
    a_file(quiet_link, 2, name="=1+1.xml")
    opened = export("--isp-id", ISP_ID, code=1)
    assert all(".." not in name for name in opened.names)
    assert len(opened.zips) == 2
    assert "'=1+1.xml" in opened.read("ledger.csv").decode("utf-8-sig")


def test_it_holds_less_than_one_file_in_memory(quiet_link: Link) -> None:
    size = 20_000_000
    for number in range(1, 4):
        write_sealed(a_file(quiet_link, number), "zip_bytes", bytes([number]) * size)
    export = LedgerExport([quiet_link], Period.three_months(), made_by="x")
    length = sum(map(len, export))  # once, so that what is cached is there
    tracemalloc.start()
    try:
        assert sum(map(len, LedgerExport([quiet_link], Period.three_months(), made_by="x"))) > 3 * size
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert length > 3 * size
    assert peak < size / 2, peak
