"""Lines of a sheet to requests: lines of one subject become one, and every value remembers the cell it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.crypto import salted_hmac

from filing.choices import AttachmentOwner
from filing.code_tables import CodeTable
from filing.documents.shape import Reading
from filing.identifiers import tidy_certificate_number
from filing.identifiers.lines import read_domains, read_ranges
from filing.importing.cells import BadCell, code_of, codes_of, filed_by_of, pieces, region_of, text_of
from filing.importing.columns import (
    APPROVAL_NUMBERS,
    APPROVAL_SCANS,
    APPROVAL_TYPES,
    COLUMNS,
    EXAMPLE,
    REF,
    REMARKS,
    Column,
    Kind,
    Scope,
)
from filing.importing.workbook import Cell, Lines
from filing.services import codes
from filing.services.attachments import StoredImages
from filing.services.intake import read_ref

Document = dict[str, Any]
Place = tuple[int, str]
"""A cell: line number and heading."""
MANDARIN = 1
MOST_REMARKS = 10_000
_NAME, _NUMBER = "主办单位名称", "主体证件号码"
_SUBJECT_COLUMNS = [each for each in COLUMNS if each.scope == Scope.SUBJECT]
_WEBSITE_COLUMNS = [each for each in COLUMNS if each.scope == Scope.WEBSITE]
_REFERRED = {Kind.IMAGES, Kind.LINES}


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a cell, before any rule was asked. `heading` is "" for the line as a whole."""

    line: int
    heading: str
    words: str


@dataclass(frozen=True)
class Picture:
    """A picture that the sheet names: for which path of the document. `purpose` 0 is the scan of a pre-approval."""

    path: str
    name: str
    place: Place
    purpose: int = 0


@dataclass
class Record:
    """One request of a sheet. `content` is the document without its pictures; `places` tells which cell each path came
    from."""

    lines: list[int] = field(default_factory=list)
    ref: str = ""
    name: str = ""
    remarks: str = ""
    content: Document = field(default_factory=lambda: {"subject": {}, "websites": []})
    places: dict[str, Place] = field(default_factory=dict)
    pictures: list[Picture] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    def place_of(self, path: str) -> Place:
        """The cell that a problem is about: that of the path, of what it lies in, or of what lies in it."""
        step = path
        while step:
            if step in self.places:
                return self.places[step]
            step = step[: max(step.rfind("."), step.rfind("["), 0)]
        below = next((place for known, place in self.places.items() if path and known.startswith(path)), None)
        return below or (self.lines[0], "")


def records_of(found: Lines) -> list[Record]:
    """The requests of a sheet, in the order in which they begin. Examples of the template are left out."""
    records: dict[str, Record] = {}
    current: Record | None = None
    key = ""
    for number, line in found.lines.items():
        if _plain(line.get(REF)).startswith(EXAMPLE):
            continue
        named = _plain(line.get(REF)) or tidy_certificate_number(_plain(line.get(_NUMBER)))
        begins = named or _plain(line.get(_NAME))
        if current is None or (begins and begins != key and not _same_subject(line, found, current)):
            key = begins or f"line {number}"
            current = records.setdefault(key, Record())
        current.lines.append(number)
    for record in records.values():
        _Reader(record, found).read()
    return list(records.values())


def _plain(cell: Cell | None) -> str:
    try:
        return text_of(cell)
    except BadCell:
        return ""


def _same_subject(line: dict[str, Cell], found: Lines, current: Record) -> bool:
    """Whether a line that names its subject names the one before it: by its name alone, or by the number without a ref."""
    first = found.lines[current.lines[0]]
    if REF in line:
        return False
    return all(_plain(line[name]) == _plain(first.get(name)) for name in (_NAME, _NUMBER) if name in line)


class _Reader:
    """Reads the lines of one request."""

    def __init__(self, record: Record, found: Lines) -> None:
        self.record, self.found = record, found

    def read(self) -> None:
        record = self.record
        first = record.lines[0]
        subject = record.content["subject"]
        for column in _SUBJECT_COLUMNS:
            place = self._subject_place(column)
            self._column(column, place, subject, "subject")
        if "filed_by" not in subject:
            subject["filed_by"] = filed_by_of("")
        for index, number in enumerate(record.lines):
            website: Document = {}
            record.content["websites"].append(website)
            for column in _WEBSITE_COLUMNS:
                self._column(column, (number, column.heading), website, f"websites[{index}]")
            self._approvals(number, website, f"websites[{index}]")
            if "languages" not in website and codes.is_known(CodeTable.LANGUAGE, MANDARIN):
                website["languages"] = [MANDARIN]
        self._pictures()
        record.name = str(subject.get("name", ""))[:255]
        record.remarks = self._text((first, REMARKS))[:MOST_REMARKS]
        self._ref(first)

    # --- one cell ---

    def _cell(self, place: Place) -> Cell | None:
        return self.found.lines[place[0]].get(place[1])

    def _text(self, place: Place) -> str:
        try:
            return text_of(self._cell(place))
        except BadCell as bad:
            self._wrong(place, str(bad))
            return ""

    def _wrong(self, place: Place, words: str) -> None:
        self.record.troubles.append(Trouble(*place, words))

    def _subject_place(self, column: Column) -> Place:
        """Where the subject says it: in its first line; other lines repeat it or are empty."""
        said = [number for number in self.record.lines if column.heading in self.found.lines[number]]
        place = (said[0] if said else self.record.lines[0], column.heading)
        if column.kind not in _REFERRED:
            text = _plain(self._cell(place))
            for number in said[1:]:
                if _plain(self._cell((number, column.heading))) != text:
                    words = f"与第 {place[0]} 行同一主体写的不一样，改成一样或留空"
                    self._wrong((number, column.heading), words)
        return place

    def _column(self, column: Column, place: Place, target: Document, stem: str) -> None:
        if not column.path:
            return
        path = f"{stem}.{column.path}"
        self.record.places[path] = place
        text = self._text(place)
        if not text:
            return
        try:
            value = self._value(column, text, place)
        except BadCell as bad:
            self._wrong(place, str(bad))
            return
        _put(target, column.path, value)

    def _value(self, column: Column, text: str, place: Place) -> Any:
        table = column.table or CodeTable.REGION
        match column.kind:
            case Kind.CODE:
                return code_of(table, text)
            case Kind.CODES:
                return codes_of(table, text)
            case Kind.REGION:
                return region_of(text)
            case Kind.FILED_BY:
                return filed_by_of(text)
            case Kind.DOMAINS:
                return read_domains(text).records
            case Kind.RANGES:
                records, too_long = read_ranges(text)
                for each in too_long:
                    self._wrong(place, f"“{each[:40]}…”不是 IPv4 地址")
                return records
        return text

    # --- several cells ---

    def _approvals(self, number: int, website: Document, stem: str) -> None:
        """Pre-approvals: three cells, matched line by line."""
        types, numbers, scans = (
            [each.strip() for each in self._text((number, name)).split("\n")]
            for name in (APPROVAL_TYPES, APPROVAL_NUMBERS, APPROVAL_SCANS)
        )
        for index in range(max(len(types), len(numbers), len(scans))):
            kind, words, names = (
                each[index] if index < len(each) else "" for each in (types, numbers, scans)
            )
            if not (kind or words or names):
                continue
            approvals = website.setdefault("pre_approvals", [])
            path = f"{stem}.pre_approvals[{len(approvals)}]"
            approval: Document = {"number": words} if words else {}
            try:
                approval |= {"type": code_of(CodeTable.PRE_APPROVAL_TYPE, kind)} if kind else {}
            except BadCell as bad:
                self._wrong((number, APPROVAL_TYPES), str(bad))
            for field_name, heading in (
                ("type", APPROVAL_TYPES),
                ("number", APPROVAL_NUMBERS),
                ("scans", APPROVAL_SCANS),
            ):
                self.record.places[f"{path}.{field_name}"] = (number, heading)
            for name in pieces(names.replace(",", ";").replace("，", ";")):
                self.record.pictures.append(Picture(f"{path}.scans", name, (number, APPROVAL_SCANS)))
            approvals.append(approval)

    def _pictures(self) -> None:
        """Attachments that columns name: each picture is one attachment."""
        attachments: list[Document] = []
        for column, place, index in self._picture_cells():
            for name in pieces(self._text(place)):
                owner = codes.purpose_owner(column.purpose) or column.scope.value
                attachment: Document = {"purpose": column.purpose, "owner": owner}
                if owner == AttachmentOwner.WEBSITE:
                    attachment["owner_index"] = index
                path = f"attachments[{len(attachments)}]"
                self.record.places[path] = place
                self.record.pictures.append(Picture(f"{path}.content", name, place, column.purpose))
                attachments.append(attachment)
        if attachments:
            self.record.content["attachments"] = attachments

    def _picture_cells(self) -> Iterator[tuple[Column, Place, int]]:
        for column in COLUMNS:
            if column.kind == Kind.IMAGES:
                lines = self.record.lines
                said = [n for n in lines if column.heading in self.found.lines[n]]
                once = column.scope == Scope.SUBJECT
                for number in said[:1] if once else said:
                    yield column, (number, column.heading), lines.index(number)

    def _ref(self, first: int) -> None:
        """The ref of the request: as given, else one that stands for the subject's certificate, which nobody can read
        out of it."""
        record, place = self.record, (first, REF)
        self.record.places["ref"] = place
        given = self._text(place)
        number = tidy_certificate_number(_plain(self._cell((first, _NUMBER))))
        if given:
            reading = Reading(images=StoredImages())
            found = read_ref(given, "ref", reading)
            for problem in reading.problems:
                self._wrong(place, problem.message)
            record.ref = found if isinstance(found, str) and not reading.problems else ""
        elif number:
            record.ref = f"T-{salted_hmac('filing.importing.ref', number).hexdigest()[:12].upper()}"
        elif not any(each.heading == _NUMBER for each in record.troubles):
            self._wrong((first, _NUMBER), "填证件号码，或在“单号”列给个编号，才知道是哪个主体")


def _put(target: Document, path: str, value: Any) -> None:
    """Write a value below a path such as accesses[0].methods."""
    *steps, last = path.replace("[0]", "").split(".")
    for step in steps:
        below = target.setdefault(step, [{}] if step == "accesses" else {})
        target = below[0] if isinstance(below, list) else below
    if isinstance(value, dict) and isinstance(target.get(last), dict):
        target[last] |= value
    else:
        target[last] = value


def mark_of(record: Record, hashes: dict[str, str]) -> str:
    """Names what a sheet says of a request with the pictures it came with: equal again, nothing is to be done."""
    said = repr(
        (record.content, record.remarks, [(each, hashes.get(each.name.lower())) for each in record.pictures])
    )
    return hashlib.sha256(said.encode()).hexdigest()
