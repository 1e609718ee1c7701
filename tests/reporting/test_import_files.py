"""Files, folders, zips and zips in zips; what is none of these; pausing, stopping, going on; the command."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from filing.choices import FiledState
from filing.models import CodeEntry, InProcessElsewhere, Subject
from filing.services import codes
from filing.services.errors import NotAllowed
from reporting.choices import ImportStage
from reporting.models import ImportKept, ImportRun, Link
from reporting.readers import handed_job
from reporting.readers.handed_files import Unusable, entries
from reporting.services.import_runs import Wanted, begin, carry_on, resume, want
from tests.reporting.handed import a_link, document, import_bytes, read_here, record, take_over

__all__ = ["read_here"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_here")]


@pytest.fixture(autouse=True)
def link(db: None) -> Link:
    codes.load_builtin_codes()
    return a_link()


def test_it_reads_folders_and_zips_and_zips_in_zips(tmp_path: Path) -> None:
    within = io.BytesIO()
    with zipfile.ZipFile(within, "w") as archive:
        archive.writestr("b.xml", document(record(2)))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", document(record(1)))
        archive.writestr("inner.zip", within.getvalue())
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "c.xml").write_bytes(document(record(3)))
    (tmp_path / "deep" / ".hidden").write_bytes(b"<x>")
    run = take_over(tmp_path)
    assert sorted(Subject.objects.values_list("bureau_id", flat=True)) == [1001, 1002, 1003]
    assert list(run.sources.values_list("inner", "position")) == [
        ("a.xml", 1),
        ("inner.zip!b.xml", 1),
        ("", 1),
    ]


def test_it_reads_names_in_gbk(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("AAAA.xml", document(record(1)))
    (tmp_path / "a.zip").write_bytes(out.getvalue().replace(b"AAAA", "备案".encode("gbk")))
    run = take_over(tmp_path)
    assert run.sources.get().inner == "备案.xml" and run.counts["new"] == 1


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.rar", b"Rar!\x1a\x07", "RAR"),
        ("a.doc", b"\xd0\xcf\x11\xe0aaaa", "Office"),
        ("a.txt", "没有标签".encode("gbk"), "不是 XML"),
        ("empty.xml", b"", "空的"),
        ("broken.zip", b"PK\x03\x04 nothing", ""),
    ],
)
def test_it_tells_what_is_no_data_and_goes_on(name: str, data: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "z.xml").write_bytes(document(record(1)))
    run = take_over(tmp_path)
    assert run.stage == ImportStage.FINISHED and Subject.objects.count() == 1
    first = run.sources.get(number=1)
    assert first.words and words in first.words


def test_it_tells_a_zip_that_breaks_off(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.xml", document(*(record(n) for n in range(1, 400))))
    data = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(data[:300_000] + b"\x00" * 1000 + data[301_000:])
    run = take_over(tmp_path / "a.zip")
    assert run.sources.get().stage == ImportStage.FAILED and "读不下去" in run.sources.get().words
    assert 0 < Subject.objects.count() < 399 and run.words


def test_it_refuses_a_path_that_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="没有这个文件"):
        list(entries(tmp_path / "none.xml"))
    with pytest.raises(NotAllowed, match="没有找到任何文件"):
        begin(Wanted([tmp_path]))
    with pytest.raises(NotAllowed, match="没有单位标识为 7"):
        begin(Wanted([tmp_path], isp_id=7))


def test_it_pauses_stops_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_job, "BATCH_RECORDS", 2)
    (tmp_path / "a.xml").write_bytes(document(*(record(n) for n in range(1, 8))))
    run = begin(Wanted([tmp_path]))
    carry_on(run, tell=lambda each: want(each, "pause"))
    assert (run.stage, run.sources.get().position) == (ImportStage.PAUSED, 2)
    carry_on(run)
    assert Subject.objects.count() == 2  # a paused run stays as it is
    resume(run)
    carry_on(run, for_s=0.0)
    assert run.sources.get().position == 4 and run.stage == ImportStage.RUNNING
    carry_on(run, tell=lambda each: want(each, "stop"))
    assert (run.stage, Subject.objects.count()) == (ImportStage.STOPPED, 6)
    resume(run)
    carry_on(run)
    assert (run.stage, Subject.objects.count(), run.counts["new"]) == (ImportStage.FINISHED, 7, 7)
    with pytest.raises(NotAllowed):
        want(run, "stop")
    with pytest.raises(NotAllowed):
        resume(run)


def test_it_does_not_go_on_in_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_job, "BATCH_RECORDS", 1)
    path = tmp_path / "a.xml"
    path.write_bytes(document(record(1), record(2)))
    run = begin(Wanted([path]))
    carry_on(run, for_s=0.0)
    path.write_bytes(document(record(3), record(4)))
    carry_on(run)
    assert run.sources.get().stage == ImportStage.FAILED and "被换过" in run.sources.get().words
    assert Subject.objects.count() == 1


def test_it_stores_base_codes(tmp_path: Path) -> None:
    table = "<Dwxz_dms><Dwxz_xx><Id>99</Id><Mc>虚构性质</Mc><Sfyx>1</Sfyx></Dwxz_xx></Dwxz_dms>"
    data = f"<DownloadData><JCDM><Jcdm_xx>{table}</Jcdm_xx></JCDM></DownloadData>"
    run = import_bytes(tmp_path, data.encode())
    assert CodeEntry.objects.get(table="nature", code=99).name == "虚构性质"
    assert run.counts["tables"] == 1 and not ImportKept.objects.exists()


def test_it_takes_a_synchronisation_and_keeps_its_other_parts(tmp_path: Path) -> None:
    head = '<DownloadData version="V.3.0"><SJTB><ICP>'
    tail = "</ICP><YM><Ymxx><Id>1</Id><Ym>invented-1.cn</Ym></Ymxx></YM></SJTB></DownloadData>"
    import_bytes(tmp_path, document(record(1), head=head, tail=tail))
    assert Subject.objects.get().bureau_id == 1001
    assert ImportKept.objects.get().kind == "SJTB.domain"


def test_it_keeps_what_was_cancelled_here_cancelled(tmp_path: Path) -> None:
    data = document(record(1))
    import_bytes(tmp_path, data)
    Subject.objects.update(state=FiledState.CANCELLED)
    run = import_bytes(tmp_path, data)
    assert Subject.objects.get().state == FiledState.CANCELLED
    assert run.counts["kind:cancelled_here"] == 1


def test_it_adds_the_websites_of_an_older_record_and_changes_nothing_else(tmp_path: Path) -> None:
    import_bytes(tmp_path, document(record(1)))
    older = (
        record(1, modified="2020-01-01 00:00:00", name="虚构旧名")
        .replace("2001<", "2999<")
        .replace("3001<", "3999<")
    )
    import_bytes(tmp_path, document(older.replace("4001<", "4999<").replace("5001<", "5999<")))
    subject = Subject.objects.get()
    assert subject.name == "虚构1号有限公司"
    assert sorted(subject.websites.values_list("bureau_id", flat=True)) == [2001, 2999]


def test_it_tries_out_without_writing(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.xml").write_bytes(document(record(1).replace("<Dwxz>4<", "<Dwxz>四<")))
    call_command("import_filed", str(tmp_path), "--dry-run", "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["counts"]["records"] == 1 and found["counts"]["kind:unreadable"] == 1
    assert not Subject.objects.exists() and not ImportRun.objects.exists()


def test_it_tells_by_the_command_what_came_of_it(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.xml").write_bytes(document(record(1), record(2)))
    (tmp_path / "list.csv").write_text("备案号,说明\n京ICP备20260001号-1,变更在办\n", encoding="gbk")
    call_command(
        "import_filed", str(tmp_path / "a.xml"), "--json", "--in-process", str(tmp_path / "list.csv")
    )
    found = json.loads(capsys.readouterr().out)
    assert found["stage"] == "finished" and found["counts"]["new"] == 2
    mark = InProcessElsewhere.objects.get()
    assert (mark.number, mark.note) == ("京ICP备20260001号", "变更在办")


def test_it_says_what_is_wrong_with_the_command(tmp_path: Path) -> None:
    for arguments in (
        [],
        [str(tmp_path / "none")],
        ["--resume", "99"],
        ["--in-process", str(tmp_path / "none.csv")],
    ):
        with pytest.raises(SystemExit) as ended:
            call_command("import_filed", *arguments)
        assert ended.value.code == 1


def test_it_reads_in_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    import_bytes(tmp_path, document(record(1), record(2)))
    assert Subject.objects.count() == 2
