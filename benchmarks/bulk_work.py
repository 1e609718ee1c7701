"""Many at once: a move of 10,000 accesses, their changes handed in and reviewed, and a spreadsheet of 5,000 lines."""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook

from benchmarks import material, throwaway
from benchmarks.measure import peak_mb, timed
from filing.bulk import insert_rows
from filing.choices import BatchAct, BatchAim, BatchRowState
from filing.importing.answer import write_answer
from filing.importing.columns import COLUMNS, RESULT
from filing.importing.sheet_making import begin_sheet
from filing.importing.workbook import SHEET, take_upload
from filing.models import Access, AddressRange, Batch, BatchRow, Domain, Request, Subject, Website
from filing.services import codes
from filing.services.batch_running import carry_on
from filing.services.batches import start_act
from filing.services.deciding import begin_decision
from filing.services.moving import Exchange, Move, preview
from filing.services.moving_making import MoveMaking, begin_move
from reporting.demo.papers import credit_code

ACCESSES, LINES, HANDED_IN = 10_000, 5_000, 200
FIRST, NEW_FIRST = 0x08000000, 0x09000000
_STEP = 4


def main() -> None:
    """Measure, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accesses", type=int, default=ACCESSES)
    parser.add_argument("--lines", type=int, default=LINES)
    options = parser.parse_args()
    with throwaway.database():
        codes.load_builtin_codes()
        settings.ICP_REVIEW_OWN = True
        _move(options.accesses)
        _sheet(options.lines)


def _say(what: str, seconds: float, count: int = 0) -> None:
    each = f", {seconds * 1000 / count:.1f} ms each" if count else ""
    print(f"{what}: {seconds:.1f} s{each}; peak {peak_mb():.0f} MB", flush=True)


def _to_end(batch: Batch) -> None:
    while carry_on(batch.pk):
        pass


# --- a move -----------------------------------------------------------------------------------------


def _move(count: int) -> None:
    user = User.objects.create_user("bench")
    user.user_permissions.set(Permission.objects.filter(codename__in=("enter_request", "review_request")))
    _file(count)
    _analyze()
    last = count * _STEP - 1
    move = Move((Exchange((FIRST, FIRST + last), (NEW_FIRST, NEW_FIRST + last)),))
    found, seconds = timed(lambda: preview(move))
    _say(f"preview of a move, {found.accesses} accesses", seconds)
    batch, seconds = timed(lambda: begin_move(move, user=user, aim=BatchAim.DRAFT))
    _say("written down as a batch", seconds)
    rows = list(BatchRow.objects.filter(batch=batch).select_related("request")[:500])
    with CaptureQueriesContext(connection) as queries:
        MoveMaking(batch).work(rows)
    print(f"queries for 500 subjects: {len(queries)}")
    Request.objects.all().delete()
    _nothing, seconds = timed(lambda: _to_end(batch))
    made = batch.rows.filter(state=BatchRowState.DONE).count()
    _say(f"{made} change requests made", seconds, made)
    BatchRow.objects.filter(batch=batch, number__gt=HANDED_IN).delete()
    start_act(batch, BatchAct.SUBMIT, user=user)
    _nothing, seconds = timed(lambda: _to_end(batch))
    _say(f"{HANDED_IN} of them handed in", seconds, HANDED_IN)
    handed_in = batch.rows.values_list("request", "request__revision_number")
    decided = begin_decision("approve", "", [(key, number) for key, number in handed_in], user=user)
    _nothing, seconds = timed(lambda: _to_end(decided))
    approved = decided.rows.filter(state=BatchRowState.DONE).count()
    _say(f"{approved} of them reviewed together", seconds, HANDED_IN)


def _file(count: int) -> None:
    """So many filings with one website, domain, access and range each."""
    person: dict[str, Any] = {
        "responsible_name": "虚构甲",
        "office_phone": "010-00000000",
        "mobile": "13800000000",
        "email": "nobody@example.cn",
        "person_certificate_type": 2,
        "person_certificate_number": "11010519491231002X",
    }
    alike: dict[str, Any] = {"isp_id": material.ISP_ID, "proof": {"download": 1}}
    for begin in range(1, count + 1, 1000):
        numbers = range(begin, min(begin + 1000, count + 1))

        def put(
            model: Any, row: Callable[[int], dict[str, Any]], numbers: range = numbers, **more: Any
        ) -> None:
            stamp = {"updated_at": _now()}
            insert_rows(model, [{"bureau_id": n, **row(n)} for n in numbers], alike | stamp | more)

        put(
            Subject,
            lambda n: {
                "name": f"虚构主体{n}有限公司",
                "number": f"京ICP备{10_000_000 + n}号",
                "certificate_number": credit_code(110108, n),
            },
            nature=4,
            province=110000,
            city=110100,
            county=110108,
            address_detail="虚构路1号",
            certificate_type=1,
            certificate_address="北京市海淀区虚构路1号",
            **person,
        )
        subjects = _keys(Subject, numbers)
        put(
            Website,
            lambda n, keys=subjects: {  # type: ignore[misc]
                "subject_id": keys[n],
                "name": f"虚构站{n}",
                "number": f"京ICP备{10_000_000 + n}号-1",
            },
            service_contents=[8],
            languages=[1],
            **person,
        )
        sites = _keys(Website, numbers)
        put(Domain, lambda n, keys=sites: {"website_id": keys[n], "name": f"xugou{n}.cn"})  # type: ignore[misc]
        put(
            Access,
            lambda n, keys=sites: {"website_id": keys[n]},  # type: ignore[misc]
            provider_id=material.ISP_ID,
            server_locations=[2],
            methods=[3],
        )
        accesses = _keys(Access, numbers)
        put(
            AddressRange,
            lambda n, keys=accesses: {  # type: ignore[misc]
                "access_id": keys[n],
                "start": FIRST + (n - 1) * _STEP,
                "end": FIRST + (n - 1) * _STEP + 1,
            },
        )


def _analyze() -> None:
    """What autovacuum does within minutes: without it the planner takes the new tables for empty."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _now() -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]


def _keys(model: Any, numbers: range) -> dict[int, int]:
    rows = model.objects.filter(bureau_id__gte=numbers[0], bureau_id__lte=numbers[-1])
    return dict(rows.values_list("bureau_id", "pk"))


# --- a spreadsheet ----------------------------------------------------------------------------------


def _sheet(count: int) -> None:
    book = _workbook(count)
    upload = take_upload(io.BytesIO(book), "bench.xlsx", len(book))
    batch, seconds = timed(lambda: begin_sheet(upload, user=None, aim=BatchAim.DRAFT))
    _say(f"a sheet of {count} lines ({len(book) / 1e6:.1f} MB) taken up", seconds)
    _nothing, seconds = timed(lambda: _to_end(batch))
    made = batch.rows.filter(state=BatchRowState.DONE).count()
    _say(f"{made} drafts made of it", seconds, count)
    _nothing, seconds = timed(lambda: write_answer(batch, io.BytesIO()))
    _say("its answer written", seconds)


def _workbook(count: int) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    headings = [RESULT, *(each.heading for each in COLUMNS)]
    sheet.append(headings)
    example = {each.heading: each.example for each in COLUMNS}
    for n in range(count):
        line = example | {"单号": f"B-{n}", "域名": f"lines{n}.cn", "首页网址": f"www.lines{n}.cn"}
        line |= {"主体证件号码": credit_code(110108, 50_000 + n), "主体证件图片": ""}
        sheet.append([line.get(each, "") or None for each in headings])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


if __name__ == "__main__":
    main()
