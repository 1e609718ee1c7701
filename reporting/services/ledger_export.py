"""The ledger with its files as one ZIP, written as a stream: nothing of it ever stands in memory as a whole.

Each data file lies in it byte for byte as it was sent (before encryption), beside what the ledger says of it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from filing.secrets import CannotOpen
from filing.services.sealed_bytes import read_sealed
from reporting.choices import FileState
from reporting.models import DataFile, Link
from reporting.services.ledger import GAVE_BACK
from reporting.services.ledger_rows import Period, Row, files_in, link_row, rows_of
from reporting.services.zip_pipe import Pipe

COLUMNS = {
    "isp_id": "报备单位标识",
    "sequence": "数据编号",
    "state": "状态",
    "name": "文件名",
    "record_count": "记录数",
    "sent_back": "其中退回或拒绝",
    "code": "应答代码",
    "proof_words": "凭据",
    "attempts": "发送次数",
    "packed_at": "打包时间",
    "packed_by": "打包进程",
    "sent_at": "最近发送",
    "settled_at": "落定时间",
    "pruned_at": "清理时间",
    "xml_bytes": "XML 字节数",
    "zip_bytes": "压缩后字节数",
    "md5": "上报时的 MD5（base64）",
    "sha256": "压缩包的 SHA-256",
    "xml_sha256": "XML 的 SHA-256",
    "refs": "单号",
}
BYTE_ORDER_MARK = "\ufeff"
"""Spreadsheets take a file without it for GBK."""

_STRANGE = re.compile(r"[^A-Za-z0-9_-]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

README = """编号账导出
==========

期间：{first} 至 {last}（上海时间，含首尾两天）
导出：{at}，{by}
链路：{links}
文件：{files} 个{lost}

里面有什么
----------
<报备单位标识>/<编号>-<文件名>.zip
    每个数据文件，与上报时（加密以前）逐字节相同，一个文件一个编号。
    没有受理、编号已交还的，在 not-accepted 目录。
ledger.csv   编号账，一行一个文件，可用电子表格打开。
ledger.json  同一本账，另有每张报备单的填报人、审核人、结果，以及每次调用。
SHA256SUMS   账上记的校验值。核对：在本目录运行 sha256sum -c SHA256SUMS

数据文件里有个人信息（姓名、证件号码、电话、证件图片），请按单位的规定保管，用完删除。
过了保存期、内容已清理的文件只在账上，没有 zip。
{problems}"""


@dataclass(frozen=True)
class Trouble:
    """A file that the export does not hold as the ledger says."""

    isp_id: int
    sequence: int
    name: str
    words: str

    def row(self) -> Row:
        return {"isp_id": self.isp_id, "sequence": self.sequence, "name": self.name, "problem": self.words}


class LedgerExport:
    """The pieces of the ZIP, to be read once. `files` and `problems` are complete when it has been read."""

    def __init__(self, links: Sequence[Link], period: Period, *, made_by: str) -> None:
        self.links, self.period, self.made_by = list(links), period, made_by
        self.made_at: datetime = timezone.localtime()
        self.folder = f"icp-ledger-{self.made_at:%Y%m%d-%H%M%S}"
        self.files = 0
        self.problems: list[Trouble] = []
        self._sums: list[tuple[str, str]] = []

    def __iter__(self) -> Iterator[bytes]:
        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
            for link in self.links:
                for file in list(files_in(link, self.period)):
                    yield from self._data_file(archive, pipe, link, file)
            yield from self._text(archive, pipe, "ledger.csv", self._csv())
            yield from self._text(archive, pipe, "ledger.json", self._json())
            yield from self._text(archive, pipe, "README.txt", [self._readme()])
            sums = "".join(f"{sha256}  {path}\n" for path, sha256 in self._sums)
            yield from self._text(archive, pipe, "SHA256SUMS", [sums], listed=False)
        yield pipe.take()

    def _data_file(self, archive: zipfile.ZipFile, pipe: Pipe, link: Link, file: DataFile) -> Iterator[bytes]:
        if file.pruned_at is not None:
            return
        # The first piece is asked for before the entry is begun: what cannot be opened leaves no empty file.
        pieces = read_sealed(file, "zip_bytes")
        try:
            first = next(pieces, b"")
        except CannotOpen as error:
            self._complain(link, file, str(error))
            return
        if not first:
            self._complain(link, file, "没有内容，也没有清理的记录")
            return
        path, found = self._path(link, file), hashlib.sha256(first)
        with archive.open(self._info(path, file.packed_at), "w", force_zip64=True) as entry:
            entry.write(first)
            yield pipe.take()
            try:
                for piece in pieces:
                    found.update(piece)
                    entry.write(piece)
                    yield pipe.take()
            except CannotOpen as error:
                self._complain(link, file, str(error))
        yield pipe.take()
        self.files += 1
        # What the ledger says, not what was read: whoever checks the sums sees a difference as well.
        self._sums.append((path, file.sha256))
        if found.hexdigest() != file.sha256:
            self._complain(link, file, f"内容的 SHA-256 是 {found.hexdigest()}，与账上不符")

    def _complain(self, link: Link, file: DataFile, words: str) -> None:
        self.problems.append(Trouble(link.isp_id, file.sequence, file.name, words))

    def _path(self, link: Link, file: DataFile) -> str:
        # A name that came from a bureau may hold anything, a way out of the folder too.
        stem = _STRANGE.sub("_", file.name.removesuffix(".xml"))[:100]
        folder = f"{link.isp_id}/not-accepted" if file.state in GAVE_BACK else str(link.isp_id)
        return f"{folder}/{file.sequence:010d}-{stem}-{file.pk}.zip"

    def _info(self, path: str, at: datetime) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(f"{self.folder}/{path}", timezone.localtime(at).timetuple()[:6])
        info.external_attr = 0o600 << 16
        return info

    def _text(
        self, archive: zipfile.ZipFile, pipe: Pipe, path: str, pieces: Iterable[str], *, listed: bool = True
    ) -> Iterator[bytes]:
        found = hashlib.sha256()
        info = self._info(path, self.made_at)
        info.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(info, "w", force_zip64=True) as entry:
            for piece in pieces:
                data = piece.encode("utf-8", "backslashreplace")
                found.update(data)
                entry.write(data)
                yield pipe.take()
        if listed:
            self._sums.append((path, found.hexdigest()))
        yield pipe.take()

    def _rows(self) -> Iterator[Row]:
        for link in self.links:
            yield from rows_of(link, self.period)

    def _csv(self) -> Iterator[str]:
        yield BYTE_ORDER_MARK + _csv_line(list(COLUMNS.values()))
        for row in self._rows():
            yield _csv_line([_cell(row, name) for name in COLUMNS])

    def _json(self) -> Iterator[str]:
        head = {
            "from": self.period.first.isoformat(),
            "to": self.period.last.isoformat(),
            "made_at": self.made_at.isoformat(timespec="seconds"),
            "links": [link_row(link) for link in self.links],
            "problems": [each.row() for each in self.problems],
        }
        yield json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + ',\n "files": ['
        for number, row in enumerate(self._rows()):
            yield (",\n" if number else "\n") + json.dumps(row, ensure_ascii=False)
        yield "\n ]\n}\n"

    def _readme(self) -> str:
        problems = [f"第 {each.sequence} 号（{each.name}）：{each.words}" for each in self.problems]
        return README.format(
            first=self.period.first,
            last=self.period.last,
            at=f"{self.made_at:%Y-%m-%d %H:%M:%S}",
            by=self.made_by,
            links="、".join(f"{link}（{link.isp_id}）" for link in self.links) or "没有链路",
            files=self.files,
            lost=f"，另有 {len(problems)} 处不符，见末尾" if problems else "",
            problems="\n与账上不符的\n------------\n" + "\n".join(problems) + "\n" if problems else "",
        )


def _cell(row: Row, name: str) -> object:
    if name == "refs":
        return " ".join(each["ref"] for each in row["requests"])
    if name == "sent_back":
        return sum(each["outcome"] in ("returned", "rejected") for each in row["requests"])
    if name == "state":
        return FileState(row["state"]).label
    return row[name]


def _csv_line(cells: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _harmless(cell: object) -> object:
    """A text that a spreadsheet would take for a formula is kept from it: the bureau's words are not ours."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
