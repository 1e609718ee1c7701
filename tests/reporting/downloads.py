"""Downloads for tests: documents written here, as the bureau hands them out. Nobody in them exists (虚构)."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from lxml import etree

from reporting.models import Download, DownloadItem, Link
from reporting.services.apply import apply_download

SAMPLES = Path(__file__).parents[1] / "samples" / "downloads"
RECEIVED_AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
_numbers = count(1)


def gbk(body: str) -> bytes:
    """A whole document in GBK; what GBK lacks goes as numeric references."""
    return b'<?xml version="1.0" encoding="GBK"?>\n' + body.encode("gbk", "xmlcharrefreplace")


def document(part: str, *, group: str = "ICP") -> bytes:
    """A part of ICP (or another group), wrapped."""
    return gbk(f'<DownloadData version="V.3.0"><{group}>{part}</{group}></DownloadData>')


def of_tree(root: etree._Element) -> bytes:
    return gbk(etree.tostring(root, encoding="unicode"))


def sample(name: str) -> bytes:
    """A golden file: kept in UTF-8, so that a reviewer can read it, and handed out in GBK."""
    return gbk((SAMPLES / f"{name}.xml").read_text(encoding="utf-8"))


def receive(link: Link, xml: bytes, *, at: datetime | None = None) -> Download:
    """A download that is stored and acknowledged, each a minute after the one before; not applied yet."""
    number = next(_numbers)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr(f"D{number}.xml", xml)
    data = archive.getvalue()
    moment = at or RECEIVED_AT + timedelta(minutes=number)
    return Download.objects.create(
        link=link,
        bureau_name=f"D{number}.xml",
        sha256=hashlib.sha256(data).hexdigest(),
        zip_bytes=data,
        size_bytes=len(data),
        received_at=moment,
        acknowledged_at=moment,
    )


def apply(link: Link, xml: bytes, *, at: datetime | None = None) -> list[DownloadItem]:
    """Receive and apply a document; its items, in order."""
    download = receive(link, xml, at=at)
    apply_download(download)
    return list(download.items.order_by("position"))


def apply_again(items: list[DownloadItem]) -> list[DownloadItem]:
    """Apply the download of these items once more, as if nothing of it had been done."""
    download = items[0].download
    download.items.all().delete()
    apply_download(download)
    return list(download.items.order_by("position"))


def outcomes(items: list[DownloadItem]) -> list[tuple[str, str]]:
    return [(item.kind, item.outcome) for item in items]
