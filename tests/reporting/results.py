"""Results and decisions as the bureau writes them, one record each, and the filed data of the simulator."""

from __future__ import annotations

from filing.models import Request
from reporting.models import DownloadItem
from simulator import Bureau
from simulator.envelope import open_stored
from tests.reporting.downloads import document
from tests.reporting.material import ISP_ID


def result(request: Request | None, *codes: int, words: str = "", kind: int | None = 1) -> str:
    told = f"<Dmms>{words}</Dmms>" if words else ""
    lines = "".join(f"<Jgxx><Jgdm>{code}</Jgdm>{told}</Jgxx>" for code in codes)
    said = f"<Czlx>{kind}</Czlx>" if kind else ""
    name = f"<Bs>{request.subject_own_id}</Bs>" if request else ""
    return f"<Jg_xx>{lines}{said}{name}</Jg_xx>"


def decision(request: Request | None, verdict: object, words: str = "审核意见", kind: int | None = 1) -> str:
    said = f"<Czlx>{kind}</Czlx>" if kind else ""
    name = f"<Jlid>{request.subject_own_id}</Jlid>" if request else ""
    return f"<Gjsh><Shyj>{words}</Shyj><Shjg>{verdict}</Shjg>{said}{name}</Gjsh>"


def bajg(*results: str, decisions: str = "") -> bytes:
    group = f"<GJSHS>{decisions}</GJSHS>" if decisions else ""
    return document(f"<BAJG>{''.join(results)}{group}</BAJG>")


def refusal(code: int, name: str, note: str = "") -> bytes:
    note = f"<Bz>{note}</Bz>" if note else ""
    return document(
        f"<BAJG><Jg_xx><Jgxx><Jgdm>{code}</Jgdm><Dmms>{name}</Dmms></Jgxx><Czlx>1</Czlx>{note}</Jg_xx></BAJG>"
    )


def outcomes(items: list[DownloadItem]) -> list[str]:
    return [item.outcome for item in items]


def filed_xml(bureau: Bureau) -> bytes:
    """What the bureau hands out once it has approved everything: the filed data alone."""
    bureau.set_options({"results": "result_only"})
    bureau.decide()
    (delivery,) = [each for each in bureau.queue(ISP_ID) if each.about == "BASJ"]
    return open_stored(bureau.downloads.zip_bytes(delivery)).xml
