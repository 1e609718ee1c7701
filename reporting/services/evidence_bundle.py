"""The evidence of one request as one ZIP that can be read without the system, written as a stream."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime

from django.template.loader import render_to_string
from django.utils import timezone

from filing.models import Request
from reporting.services.evidence import iso, story_of
from reporting.services.evidence_files import Piece, received_pieces, sent_pieces
from reporting.services.zip_pipe import Pipe

_STRANGE = re.compile(r"[^A-Za-z0-9_.-]")


class EvidenceBundle:
    """The pieces of the ZIP, to be read once.

    `reveal`: with identity numbers, phones and images in full, else masked and without images; `reason` is why it was
    made. `index.html` holds everything that people read, `request.json` the same for machines, `sent/` and `received/` the
    records, and SHA256SUMS the hash of each.
    """

    def __init__(self, filing: Request, *, made_by: str, reveal: bool = False, reason: str = "") -> None:
        self.filing, self.made_by, self.reveal, self.reason = filing, made_by, reveal, reason
        self.made_at: datetime = timezone.localtime()
        ref = _STRANGE.sub("_", filing.ref).strip(".")[:64]
        self.folder = f"icp-evidence-{ref}-{self.made_at:%Y%m%d-%H%M%S}"
        self._sums: list[tuple[str, str]] = []

    def __iter__(self) -> Iterator[bytes]:
        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
            sent: list[Piece] = []
            received: list[Piece] = []
            for into, pieces in (
                (sent, sent_pieces(self.filing, reveal=self.reveal)),
                (received, received_pieces(self.filing, reveal=self.reveal)),
            ):
                for piece in pieces:
                    for path, data in piece.records:
                        yield self._write(archive, pipe, path, data)
                    # The sums and the page need no second copy of the records.
                    piece.records = []
                    into.append(piece)
            for path, text in self._told(sent, received):
                yield self._write(archive, pipe, path, text.encode("utf-8", "backslashreplace"))
            sums = "".join(f"{sha256}  {path}\n" for path, sha256 in self._sums)
            yield self._write(archive, pipe, "SHA256SUMS", sums.encode())
        yield pipe.take()

    def _told(self, sent: list[Piece], received: list[Piece]) -> Iterator[tuple[str, str]]:
        story = story_of(self.filing, reveal=self.reveal)
        story["made"] = {
            "at": iso(self.made_at),
            "by": self.made_by,
            "revealed": self.reveal,
            "reason": self.reason,
        }
        rows = {"sent": [each.row for each in sent], "received": [each.row for each in received]}
        yield "request.json", json.dumps(story | rows, ensure_ascii=False, indent=1) + "\n"
        context = {"story": story, "sent": sent, "received": received, "sums": list(self._sums)}
        yield "index.html", render_to_string("reporting/evidence/index.html", context)

    def _write(self, archive: zipfile.ZipFile, pipe: Pipe, path: str, data: bytes) -> bytes:
        info = zipfile.ZipInfo(f"{self.folder}/{path}", self.made_at.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with archive.open(info, "w", force_zip64=True) as entry:
            entry.write(data)
        self._sums.append((path, hashlib.sha256(data).hexdigest()))
        return pipe.take()
