"""An import on the desk of the browser tests: with what is odd, what was kept, differences, and a mark."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from filing.services.in_process import Named, mark
from reporting.models import ImportKept, ImportRun, Reconciliation
from reporting.services.import_runs import Wanted, begin, carry_on
from tests.reporting.handed import document, record

FIRST = 700


def take_over(isp_id: int) -> None:
    """Import invented records, then others as if they were all that the bureau holds; mark one as in process."""
    odd = (
        record(FIRST + 1)
        .replace("<Dwxz>4</Dwxz>", "<Dwxz>四</Dwxz>")
        .replace("<Ztid>", "<Kefu>虚构</Kefu><Ztid>")
    )
    odd = odd.replace("<Fzr_sjhm>13800000000<", "<Fzr_sjhm>12345<")
    renamed = record(FIRST, modified="2026-05-01 00:00:00", name="虚构改名有限公司")
    with TemporaryDirectory() as folder:
        for name, records in (
            ("存量.xml", (record(FIRST), odd, "<Baxx>坏</Baxx>")),
            ("全部.xml", (renamed,)),
        ):
            path = Path(folder) / name
            path.write_bytes(document(*records))
            carry_on(begin(Wanted([path], isp_id=isp_id, origin=name, is_complete=name == "全部.xml")))
    mark([Named(number=f"京ICP备{20260000 + FIRST}号", note="变更在办")], isp_id=isp_id)


def pages() -> dict[str, list[str]]:
    """Addresses of pages by the names of urls."""
    run = ImportRun.objects.order_by("pk")[0]
    return {
        "import_list": ["/imports/"],
        "import_detail": [f"/imports/{run.pk}/"],
        "import_kept": [f"/imports/kept/{ImportKept.objects.order_by('pk')[0].pk}/"],
        "cleanup_list": [
            "/imports/cleanup/",
            f"/imports/cleanup/?run={run.pk}&kind=form",
            "/imports/cleanup/?done=1",
        ],
        "reconciliation": [
            f"/imports/reconciliations/{Reconciliation.objects.latest('pk').pk}/",
            f"/imports/reconciliations/{Reconciliation.objects.latest('pk').pk}/?side=here",
        ],
        "in_process": ["/imports/in-process/"],
    }
