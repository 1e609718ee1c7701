"""What of a request lies in files: its records as they were sent, and as they came. Each is read from the kept bytes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from lxml import etree

from filing.masking import mask_text
from filing.models import Request
from reporting.envelope import md5_base64
from reporting.errors import EnvelopeBroken
from reporting.models import Download, DownloadItem, FileEntry
from reporting.received import PHONES_BESIDES, received_element
from reporting.seen import image_of
from reporting.selectors import entries_of
from reporting.sent import PASSWORD_TAGS, SECRET_TAGS, RecordGone, cut_of, file_xml, tidy
from reporting.services.evidence import Row, Say, call_row, iso
from reporting.services.ledger_proof import proofs_of

_HIDDEN = "（密码的散列值，不显示）"


@dataclass
class Piece:
    """A file of ours or the bureau's as far as it concerns the request.

    `row` tells of it; `records` are the paths and bytes of its records, `shown` their text with images shortened,
    `images` what was cut out of the same bytes, as data addresses.
    """

    row: Row
    records: list[tuple[str, bytes]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)


def sent_pieces(filing: Request, *, reveal: bool) -> Iterator[Piece]:
    """Every data file that the request stood in, the first first. One at a time: each holds its bytes while it is read."""
    for key in list(entries_of(filing).order_by("pk").values_list("pk", flat=True)):
        yield _sent(entries_of(filing).get(pk=key), reveal=reveal)


def received_pieces(filing: Request, *, reveal: bool) -> Iterator[Piece]:
    """Every record of a download that concerned the request, in the order in which they came."""
    for key in list(_items(filing).values_list("pk", flat=True)):
        yield _received(_items(filing).get(pk=key), reveal=reveal)


def _items(filing: Request) -> QuerySet[DownloadItem]:
    rows = DownloadItem.objects.filter(request=filing).select_related("download", "handled_by")
    return rows.defer("download__zip_bytes").order_by("download__received_at", "download_id", "position")


def _sent(entry: FileEntry, *, reveal: bool) -> Piece:
    say: Say = str if reveal else mask_text
    file = entry.file
    row: dict[str, Any] = {
        "sequence": file.sequence,
        "name": file.name,
        "isp_id": file.link.isp_id,
        "state": file.state,
        "state_words": file.get_state_display(),
        "position": entry.position,
        "record_count": file.record_count,
        "revision": entry.revision_number,
        "outcome": entry.outcome,
        "outcome_words": entry.get_outcome_display(),
        "outcome_at": iso(entry.outcome_at),
        "packed_at": iso(file.packed_at),
        "packed_by": file.packed_by,
        "sent_at": iso(file.sent_at),
        "settled_at": iso(file.settled_at),
        "attempts": file.attempts,
        "code": file.code,
        "message": say(file.message),
        "md5": file.zip_md5,
        "sha256": file.sha256,
        "xml_sha256": file.xml_sha256,
        "xml_bytes": file.xml_bytes,
        "proofs": [{"words": say(each.words), "at": iso(each.at)} for each in proofs_of(file)],
        "calls": [call_row(call, say) for call in file.calls.order_by("pk")],
        "trouble": "",
        "hashes": [],
    }
    piece = Piece(row)
    try:
        _name, xml = file_xml(file)
        row["hashes"] = _compared(bytes(file.zip_bytes or b""), xml, row)
        cut = cut_of(entry)
    except (RecordGone, EnvelopeBroken) as error:
        row["trouble"] = str(error)
        return piece
    if reveal:
        found = (image_of(cut, number) for number in range(1, len(cut.images()) + 1))
        piece.images = [
            f"data:{kind};base64,{base64.b64encode(data).decode()}" for data, kind in filter(None, found)
        ]
    row["encoding"] = cut.encoding
    for number, record in enumerate(cut.records):
        place = entry.position + number
        path = f"sent/{file.sequence:010d}-{file.pk}-{place}.xml"
        _add(piece, path, record, SECRET_TAGS, reveal=reveal)
    return piece


def _compared(zip_bytes: bytes, xml: bytes, row: Row) -> list[Row]:
    """The hashes of the whole file, computed now from the kept bytes, beside those that the ledger holds since it was
    packed: the file itself holds other people's filings as well and is not in the bundle."""
    computed = {
        "md5": md5_base64(zip_bytes),
        "sha256": hashlib.sha256(zip_bytes).hexdigest(),
        "xml_sha256": hashlib.sha256(xml).hexdigest(),
    }
    return [
        {"what": what, "ledger": row[what], "computed": found, "is_same": row[what] == found}
        for what, found in computed.items()
    ]


def _received(item: DownloadItem, *, reveal: bool) -> Piece:
    say: Say = str if reveal else mask_text
    download: Download = item.download
    row: dict[str, Any] = {
        "name": download.bureau_name,
        "sha256": download.sha256,
        "received_at": iso(download.received_at),
        "acknowledged_at": iso(download.acknowledged_at),
        "applied_at": iso(item.applied_at),
        "position": item.position,
        "kind": item.kind,
        "outcome": item.outcome,
        "outcome_words": item.get_outcome_display(),
        "reason": say(item.reason),
        "summary": say(item.summary),
        "handled_at": iso(item.handled_at),
        "handled_by": item.handled_by.get_username() if item.handled_by else "",
        "handled_note": say(item.handled_note),
        "oddities": [say(str(each)) for each in download.oddities],
        "trouble": "",
    }
    piece = Piece(row)
    try:
        element, row["encoding"] = received_element(item)
    except RecordGone as error:
        row["trouble"] = str(error)
        return piece
    path = f"received/{download.pk:010d}-{item.position}.xml"
    _add(piece, path, element, SECRET_TAGS | PHONES_BESIDES, reveal=reveal)
    return piece


def _add(piece: Piece, path: str, record: etree._Element, secret: frozenset[str], *, reveal: bool) -> None:
    """A record as it stands in the bytes where it may be revealed, else masked; the digest of a filing password never."""
    for element in record.iter(*PASSWORD_TAGS):
        element.text = _HIDDEN
    whole = etree.tostring(record, encoding="UTF-8", xml_declaration=True, with_tail=False)
    tidy(record, reveal=reveal, secret=secret)
    if not reveal:
        whole = etree.tostring(record, encoding="UTF-8", xml_declaration=True, with_tail=False)
    etree.indent(record, "  ")
    piece.shown.append(etree.tostring(record, encoding="unicode", with_tail=False))
    piece.records.append((path, whole))
    piece.row.setdefault("records", []).append(path)
