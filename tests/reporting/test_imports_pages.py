"""The screens of taking over: starting, watching, cleaning up, deciding; who may."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from filing.choices import FiledState, RequestState
from filing.models import AuditEntry, Domain, InProcessElsewhere, Request, Subject
from filing.services import codes, in_process
from filing.services.in_process import Named, mark
from reporting.choices import ImportStage
from reporting.models import Difference, ImportDeviation, ImportKept, ImportRun, Link, Reconciliation
from reporting.services.import_desk import MOST_UPLOAD_BYTES, carry_on_next, incoming, lay_down
from reporting.services.pack import pack
from tests import factories
from tests.reporting.handed import ISP_ID, a_link, document, import_bytes, read_here, record, take_over

__all__ = ["read_here"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_here")]


@pytest.fixture(autouse=True)
def link(settings: Any, tmp_path: Path) -> Link:
    settings.ICP_DATA_DIR = tmp_path / "data"
    settings.ICP_DATA_DIR.mkdir()
    codes.load_builtin_codes()
    return a_link()


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What wakes a worker is counted, for there is none."""
    calls: list[int] = []
    monkeypatch.setattr("reporting.tasks.carry_on_imports.delay", lambda: calls.append(1))
    return calls


def browser(*permissions: str) -> Client:
    user = factories.user("desk")
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(
            factories.Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator() -> Client:
    return browser("reporting.operate_link", "filing.enter_request")


def odd_run(folder: Path) -> ImportRun:
    odd = record(1).replace("<Dwxz>4<", "<Dwxz>四<").replace("<Tzr>", "<Kefu>13812345678</Kefu><Tzr>")
    return import_bytes(folder, document(odd, record(2), "<Baxx>坏</Baxx>"))


def test_it_imports_what_is_uploaded(operator: Client, woken: list[int]) -> None:
    upload = SimpleUploadedFile("备案 数据.xml", document(record(1)))
    answer = operator.post("/imports/start/", {"isp_id": ISP_ID, "file": upload})
    run = ImportRun.objects.get()
    assert answer.headers["Location"] == f"/imports/{run.pk}/" and woken == [1]
    assert (run.stage, run.origin) == (ImportStage.WAITING, "备案 数据.xml")
    assert carry_on_next() and not carry_on_next()
    text = operator.get(f"/imports/{run.pk}/").content.decode()
    assert "已完成" in text and Subject.objects.get().name in operator.get("/filed/").content.decode()
    assert AuditEntry.objects.filter(action="command", facts__origin=run.origin).exists()


def test_it_imports_what_lies_in_the_folder_and_nothing_outside(operator: Client, tmp_path: Path) -> None:
    (incoming() / "a.xml").write_bytes(document(record(1)))
    (tmp_path / "secret.xml").write_bytes(document(record(2)))
    assert "a.xml" in operator.get("/imports/").content.decode()
    for name in ("../secret.xml", "../../secret.xml", "/etc/passwd", ".", "", "none"):
        operator.post("/imports/start/", {"isp_id": ISP_ID, "name": name})
    assert not ImportRun.objects.exists()
    operator.post("/imports/start/", {"isp_id": ISP_ID, "name": "a.xml", "complete": "1"})
    assert ImportRun.objects.get().is_complete and Reconciliation.objects.get().is_complete


def test_it_refuses_an_upload_without_bounds() -> None:
    upload = SimpleUploadedFile("a.xml", b"<x/>")
    upload.size = MOST_UPLOAD_BYTES + 1
    with pytest.raises(Exception, match="incoming"):
        lay_down(upload)
    assert list(incoming().iterdir()) == []


def test_it_pauses_goes_on_and_stops(operator: Client, woken: list[int]) -> None:
    (incoming() / "a.xml").write_bytes(document(record(1)))
    operator.post("/imports/start/", {"isp_id": ISP_ID, "name": "a.xml"})
    run = ImportRun.objects.get()
    stages = []
    for act in ("pause", "resume", "stop", "stop", "nothing"):
        answer = operator.post(f"/imports/{run.pk}/act/", {"act": act})
        stages.append((answer.status_code, ImportRun.objects.get().stage))
    assert stages == [(302, "paused"), (302, "waiting"), (302, "stopped"), (302, "stopped"), (404, "stopped")]
    assert operator.get(f"/imports/{run.pk}/progress/").headers["HX-Refresh"] == "true"


def test_it_lists_what_is_odd_by_filter(operator: Client, tmp_path: Path) -> None:
    run = odd_run(tmp_path)
    whole = operator.get("/imports/cleanup/").content.decode()
    assert (
        "不是数字，留空" in whole
        and "接口没有这一项" in whole
        and "138****5678" in whole
        and "13812345678" not in whole
    )
    only = operator.get(f"/imports/cleanup/?run={run.pk}&kind=unknown_part").content.decode()
    assert "接口没有这一项" in only and "不是数字，留空" not in only
    assert "没有找到" in operator.get("/imports/cleanup/?q=没有这样的").content.decode()
    assert f"/filed/{Subject.objects.get(bureau_id=1001).pk}/" in whole and "办变更" in whole


def test_it_begins_a_change_from_what_is_odd(operator: Client, tmp_path: Path) -> None:
    import_bytes(tmp_path, document(record(1).replace("<Dwxz>4<", "<Dwxz>四<")))
    subject = Subject.objects.get()
    operator.post("/operations/change/start/", {"kind": "subject", "key": subject.pk})
    made = Request.objects.get()
    assert (made.operation, made.state, made.isp_id) == ("change", RequestState.DRAFT, ISP_ID)


def test_it_marks_what_is_dealt_with_and_takes_it_back(operator: Client, tmp_path: Path) -> None:
    odd_run(tmp_path)
    ids = list(ImportDeviation.objects.values_list("pk", flat=True))
    operator.post("/imports/cleanup/handled/", {"id": ids, "back": ""})
    assert not ImportDeviation.objects.filter(handled_at=None).exists()
    assert "没有找到" in operator.get("/imports/cleanup/").content.decode()
    operator.post("/imports/cleanup/handled/", {"id": ids[:1], "back": "1"})
    assert ImportDeviation.objects.filter(handled_at=None).count() == 1


def test_it_exports_the_list(operator: Client, tmp_path: Path) -> None:
    odd_run(tmp_path)
    answer = operator.get("/imports/cleanup/export/?kind=unreadable")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    told = ImportDeviation.objects.filter(kind="unreadable").count()
    assert rows[0][0] == "主体" and len(rows) == told + 1
    assert AuditEntry.objects.get(action="export").facts["rows"] == told


def test_it_shows_what_was_kept_masked(operator: Client, tmp_path: Path) -> None:
    odd_run(tmp_path)
    row = ImportKept.objects.get(is_taken=True)
    hidden = operator.get(f"/imports/kept/{row.pk}/").content.decode()
    assert "13812345678" not in hidden and "Kefu" in hidden
    shown = operator.get(f"/imports/kept/{row.pk}/?reveal=1").content.decode()
    assert "13812345678" in shown
    assert AuditEntry.objects.filter(action="view_identity", kind="importkept").exists()


# --- reconciliation ---------------------------------------------------------------------------------


def reconciled(folder: Path, *records: str, **more: bool) -> Reconciliation:
    (folder / "all.xml").write_bytes(document(*records))
    take_over(folder / "all.xml", **more)
    return Reconciliation.objects.get()


def sides(made: Reconciliation) -> set[tuple[str, str, int | None]]:
    return set(made.differences.values_list("side", "kind", "bureau_id"))


def test_it_shows_the_differences_both_ways(operator: Client, tmp_path: Path) -> None:
    import_bytes(tmp_path, document(record(1), record(2), record(4)))
    changed = record(2, modified="2026-06-01 00:00:00").replace("invented-2.cn</Ym>", "other-2.cn</Ym>")
    changed = changed.replace("虚构投资", "虚构别的").replace("3405803778<", "3405803999<")
    gone = record(4).replace("<Wzid>2004<", "<Wzid>2999<").replace("<Jrid>4004<", "<Jrid>4999<")
    gone = gone.replace("<Ymid>3004<", "<Ymid>3999<").replace("<Ipid>5004<", "<Ipid>5999<")
    made = reconciled(tmp_path, changed, record(3), gone, is_complete=True)
    assert made.compared == 3 and made.finished_at
    assert sides(made) == {
        ("both", "subject", 1002),
        ("there", "domain", None),
        ("here", "domain", 3002),
        ("there", "range", None),
        ("here", "range", 5002),
        ("there", "subject", 1003),
        ("here", "subject", 1001),
        ("there", "website", 2999),
        ("here", "website", 2004),
        ("here", "access", 4004),
    }
    field = made.differences.get(side="both").fields
    assert field == [{"label": "投资人或主管单位", "ours": "虚构投资", "theirs": "虚构别的"}]
    page = operator.get(f"/imports/reconciliations/{made.pk}/?side=both").content.decode()
    assert "本系统：虚构投资" in page and "管局：虚构别的" in page
    answer = operator.get(f"/imports/reconciliations/{made.pk}/export/")
    assert len(list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.rows)) == 11
    assert Subject.objects.filter(state=FiledState.FILED).count() == 4  # nothing was taken away


def test_it_compares_without_writing(tmp_path: Path) -> None:
    import_bytes(tmp_path, document(record(1)))
    made = reconciled(tmp_path, record(1).replace("虚构投资", "别的"), record(2), compares_only=True)
    assert sides(made) == {("both", "subject", 1001), ("there", "subject", 1002)}
    assert Subject.objects.get().investor == "虚构投资"


def test_it_finds_no_difference_in_the_same(tmp_path: Path) -> None:
    import_bytes(tmp_path, document(record(1), record(2)))
    assert sides(reconciled(tmp_path, record(1), record(2), is_complete=True)) == set()


def test_it_looks_for_what_only_stands_here_when_a_person_says_that_it_was_all(
    operator: Client, tmp_path: Path
) -> None:
    import_bytes(tmp_path, document(record(1), record(2)))
    made = reconciled(tmp_path, record(2), compares_only=True)
    assert sides(made) == set()
    operator.post(f"/imports/reconciliations/{made.pk}/complete/")
    operator.post(f"/imports/reconciliations/{made.pk}/complete/")
    assert sides(made) == {("here", "subject", 1001)}


def test_a_person_decides_what_becomes_of_a_difference(operator: Client, tmp_path: Path) -> None:
    import_bytes(tmp_path, document(record(1), record(2)))
    made = reconciled(tmp_path, record(2).replace("虚构投资", "别的"), is_complete=True, compares_only=True)
    here, both = made.differences.get(side="here"), made.differences.get(side="both")
    for each, decision in ((both, "gone"), (both, "change"), (both, "keep"), (here, "gone"), (here, "keep")):
        operator.post(f"/imports/differences/{each.pk}/decide/", {"decision": decision})
    assert dict(Difference.objects.values_list("side", "decision")) == {"here": "gone", "both": "keep"}
    assert Subject.objects.get(bureau_id=1001).state == FiledState.CANCELLED
    assert Subject.objects.get(bureau_id=1002).state == FiledState.FILED
    assert Domain.objects.count() == 2


# --- in process elsewhere ----------------------------------------------------------------------------


def test_it_puts_off_what_is_in_process_elsewhere_until_the_mark_is_lifted(
    operator: Client, tmp_path: Path, link: Link
) -> None:
    import_bytes(tmp_path, document(record(1)))
    list_file = SimpleUploadedFile("list.csv", "备案号,说明\n京ICP备20260001号,在办\n".encode())
    operator.post("/imports/in-process/", {"isp_id": ISP_ID, "file": list_file})
    mark_row = InProcessElsewhere.objects.get()
    assert (mark_row.bureau_id, mark_row.name) == (1001, "虚构1号有限公司")
    content = {"bureau_id": 2001, "reason": 1}
    request = factories.request_in(
        RequestState.READY, content=content, operation="cancel_website", isp_id=ISP_ID
    )
    assert pack(link) is None
    request.refresh_from_db()
    assert request.state == RequestState.READY and request.not_before and "1052" in request.stalled_reason
    assert request.events.filter(reason=in_process.REASON).count() == 1
    assert "虚构1号有限公司" in operator.get("/imports/in-process/").content.decode()
    operator.post(f"/imports/in-process/{mark_row.pk}/lift/")
    request.refresh_from_db()
    assert (request.not_before, request.stalled_reason) == (None, "")
    assert pack(link) is not None


def test_it_marks_a_subject_once(tmp_path: Path) -> None:
    import_bytes(tmp_path, document(record(1)))
    named = [
        Named(number="京ICP备20260001号-1"),
        Named(bureau_id=1001),
        Named(),
        Named(number="京ICP备20269999号"),
    ]
    assert mark(named, isp_id=ISP_ID) == (2, 1)
    assert in_process.marked_among({1001, 1002}) == {(ISP_ID, 1001)}


# --- who may ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["/imports/", "/imports/in-process/", "/imports/cleanup/", "/imports/cleanup/export/"]
)
def test_it_is_for_those_who_operate_the_link(address: str) -> None:
    assert browser("reporting.operate_link").get(address).status_code == 200
    expected = 200 if "cleanup" in address else 403
    assert browser("filing.enter_request").get(address).status_code == expected
    auditor = browser("filing.audit_everything")
    assert auditor.get(address).status_code == (403 if "in-process" in address else 200)
    assert auditor.post("/imports/start/", {}).status_code == 403
    assert browser().get(address).status_code == 403
    assert Client().get(address).status_code == 302
