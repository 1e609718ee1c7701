"""Invented handed-over data, well formed and not. Nobody in it exists (虚构)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from filing.filed_data import SubjectData
from filing.models import Access, AddressRange, Domain, Subject, Website
from reporting.models import ImportDeviation, ImportRun, Link
from reporting.readers.handed_job import Job, Message, read_job
from reporting.services import import_runs
from reporting.services.import_runs import Wanted, begin, carry_on
from tests.reporting.material import ISP_ID

__all__ = ["ISP_ID", "SubjectData"]

PERSON = (
    "<Fzr_xm>虚构甲</Fzr_xm><Fzr_dhhm>010-88880000</Fzr_dhhm><Fzr_sjhm>13800000000</Fzr_sjhm>"
    "<Fzr_dzyj>nobody@example.cn</Fzr_dzyj><Fzr_zjhm>110101199001010015</Fzr_zjhm><Fzr_zjlx>2</Fzr_zjlx>"
)
SITE_PERSON = (
    "<Fzr_xm>虚构乙</Fzr_xm><Fzr_dhhm>010-88880001</Fzr_dhhm><Fzr_sjhm>13800000001</Fzr_sjhm>"
    "<Fzr_dzyj>nobody@example.cn</Fzr_dzyj><Fzr_zjlx>2</Fzr_zjlx><Fzr_zjhm>110101199001010015</Fzr_zjhm>"
)


def record(n: int = 1, *, modified: str = "2026-03-09 16:40:00", name: str = "") -> str:
    """One Baxx that the schema has nothing against; `n` makes its ids."""
    return (
        f"<Baxx><Zt_xx><Ztid>{1000 + n}</Ztid><Dwmc>{name or f'虚构{n}号有限公司'}</Dwmc><Dwxz>4</Dwxz>"
        "<Txdz><Shengid>110000</Shengid><Shiid>110100</Shiid><Xianid>110108</Xianid><Xxdz>虚构路 1 号</Xxdz></Txdz>"
        f"<Zj><Zjlx>1</Zjlx><Zjhm>91110108MA00{n:05d}X</Zjhm><Zjzs>虚构路 1 号</Zjzs></Zj><Fzr>{PERSON}</Fzr>"
        f"<Baxh>京ICP备{20260000 + n}号</Baxh><Bbyhlx>1</Bbyhlx><Tzr>虚构投资</Tzr>"
        f"<Scbbsj>2026-03-02 10:15:00</Scbbsj><Zjxgsj>{modified}</Zjxgsj></Zt_xx>"
        f"<Wz_xx><Wzid>{2000 + n}</Wzid><Wzmc>虚构站{n}</Wzmc><Fwnr><Fwnr_id>8</Fwnr_id></Fwnr>"
        f"<Yylb><Yylb_id>1</Yylb_id></Yylb><Ym_xx><Ymid>{3000 + n}</Ymid><Ym>invented-{n}.cn</Ym></Ym_xx>"
        f"<Jr_xx><Jrid>{4000 + n}</Jrid><Ispid>{ISP_ID}</Ispid><Wzfb><Fbdd>2</Fbdd></Wzfb><Wzjrfs><Jrfs>3</Jrfs></Wzjrfs>"
        f"<Ip_xx><Ipid>{5000 + n}</Ipid><Qsip>{3405803776 + n}</Qsip><Zzip>{3405803776 + n}</Zzip></Ip_xx></Jr_xx>"
        f"<Wz_Fzr>{SITE_PERSON}</Wz_Fzr><Syurl>www.invented-{n}.cn</Syurl>"
        f"<Baxh>京ICP备{20260000 + n}号-1</Baxh></Wz_xx></Baxx>"
    )


HEAD = '<?xml version="1.0" encoding="GBK"?>\n<DownloadData version="V.3.0"><ICP><BASJ>'
TAIL = "</BASJ></ICP></DownloadData>"


def document(*records: str, head: str = HEAD, tail: str = TAIL, encoding: str = "gbk") -> bytes:
    return (head + "\n".join(records) + tail).encode(encoding)


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in this process: starting another takes longer than a small file does."""

    @contextmanager
    def here(job: Job) -> Iterator[Iterator[Message]]:
        yield read_job(Job.of_json(job.as_json()))

    monkeypatch.setattr(import_runs, "reading", here)


def take_over(*paths: Path, **more: bool) -> ImportRun:
    """Import files as the command does, for the only link."""
    run = begin(Wanted(paths, **more))
    assert carry_on(run)
    return ImportRun.objects.get(pk=run.pk)


def import_bytes(folder: Path, data: bytes, name: str = "data.xml") -> ImportRun:
    path = folder / name
    path.write_bytes(data)
    return take_over(path)


def kinds(run: ImportRun) -> set[str]:
    """The kinds of what the latest run met."""
    return set(ImportDeviation.objects.filter(last_run=run).values_list("kind", flat=True))


def held() -> dict[str, list[tuple[object, ...]]]:
    """What stands in the filed tables, without keys and times of writing; owners by what names them."""
    return {
        "subjects": list(
            Subject.objects.order_by("bureau_id", "number", "name").values_list(
                "bureau_id",
                "name",
                "number",
                "certificate_number",
                "province",
                "mobile",
                "last_modified_at",
                "state",
            )
        ),
        "websites": list(
            Website.objects.order_by("bureau_id", "name").values_list(
                "subject__name", "bureau_id", "name", "number", "responsible_name", "service_contents"
            )
        ),
        "domains": list(
            Domain.objects.order_by("name", "website__bureau_id").values_list(
                "website__bureau_id", "bureau_id", "name"
            )
        ),
        "accesses": list(
            Access.objects.order_by("bureau_id", "website__bureau_id").values_list(
                "website__bureau_id", "bureau_id", "provider_id", "methods"
            )
        ),
        "ranges": list(
            AddressRange.objects.order_by("access__bureau_id", "start").values_list(
                "access__bureau_id", "bureau_id", "start", "end"
            )
        ),
    }


def a_link() -> Link:
    return Link.objects.create(
        isp_id=ISP_ID, province=110000, base_url="http://127.0.0.1:1", user_name="x", is_default=True
    )
