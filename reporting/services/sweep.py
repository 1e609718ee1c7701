"""One pass over all links, in either direction, for the commands `report` and `poll`. Beat wakes each link by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from filing.choices import RequestState
from filing.models import Request
from reporting.models import Link
from reporting.services.download import DownloadReport, poll_link
from reporting.services.upload import FileReport, send_link

log = logging.getLogger(__name__)

R = TypeVar("R")
NO_LINK = "所指的报备单位标识没有对应的链路，先用 set_bureau 建立，或改正单位标识"


def tell_those_without_a_link() -> int:
    """Say it on requests that name a unit number for which there is no link: nothing would ever send them."""
    known = Link.objects.values("isp_id")
    lost = Request.objects.filter(state=RequestState.READY, stalled_reason="").exclude(isp_id=None)
    return lost.exclude(isp_id__in=known).update(stalled_reason=NO_LINK)


def sweep_uploads(*, max_files: int | None = None, asked: bool = False) -> list[FileReport]:
    """Send for every link; `max_files` bounds the files of all links together."""

    def send(link: Link, done: int) -> list[FileReport]:
        left = None if max_files is None else max_files - done
        return [] if left is not None and left <= 0 else send_link(link, max_files=left, asked=asked)

    tell_those_without_a_link()
    return _for_each_link(send)


def sweep_downloads(*, asked: bool = False) -> list[DownloadReport]:
    """Poll every link and apply what came."""
    return _for_each_link(lambda link, _done: poll_link(link, asked=asked))


def _for_each_link(act: Callable[[Link, int], list[R]]) -> list[R]:
    """Rows of all links. What breaks on one link is raised after the others had their turn."""
    rows: list[R] = []
    faults: list[Exception] = []
    for link in Link.objects.order_by("pk"):
        try:
            rows += act(link, len(rows))
        except Exception as error:
            log.exception("link %s", link.isp_id)
            faults.append(error)
    if faults:
        raise faults[0]
    return rows
