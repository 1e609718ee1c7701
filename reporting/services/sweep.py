"""One pass over all links, in either direction, for the commands `report` and `poll`. Beat wakes each link by itself."""

from __future__ import annotations

from reporting.models import Link
from reporting.services.download import DownloadReport, poll_link
from reporting.services.upload import FileReport, send_link


def sweep_uploads(*, max_files: int | None = None, asked: bool = False) -> list[FileReport]:
    """Send for every link; `max_files` bounds the files of all links together."""
    rows: list[FileReport] = []
    for link in Link.objects.order_by("pk"):
        left = None if max_files is None else max_files - len(rows)
        if left is not None and left <= 0:
            break
        rows += send_link(link, max_files=left, asked=asked)
    return rows


def sweep_downloads(*, asked: bool = False) -> list[DownloadReport]:
    """Poll every link and apply what came."""
    return [row for link in Link.objects.order_by("pk") for row in poll_link(link, asked=asked)]
