"""Opening a file of the ledger: do the kept bytes still say what the ledger says, and what does the bureau say of it.

Changes nothing. Spec: protocol "A data file", "The sequence number".
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db.models import TextChoices
from lxml import etree

from filing.secrets import CannotOpen
from reporting import envelope
from reporting.builders import BUILDERS
from reporting.builders.report import SECTIONS
from reporting.choices import UNSETTLED, FileState
from reporting.errors import EnvelopeBroken
from reporting.models import DataFile, FileEntry
from reporting.schema import validate
from reporting.services.adoption import FROM_THE_BUREAU
from reporting.services.previous import USUAL_CODES, ask
from xsd import Kind
from xsd.parsing import NotWellFormed, parse

MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Checked:
    """One thing that was looked at, and whether it is as it should be."""

    what: str
    words: str
    is_good: bool = True


def problems_of(checks: list[Checked]) -> list[str]:
    """What is not as it should be, in words."""
    return [f"{each.what}：{each.words}" for each in checks if not each.is_good]


def check_file(file: DataFile) -> list[Checked]:
    """Unseal the bytes, compare hashes and names, unzip, validate, compare records with the entries of the database.

    Goes on as far as the bytes can be read. A pruned file has one good line that says so.
    """
    try:
        data = file.zip_bytes
    except CannotOpen as error:
        return [Checked("解封", str(error), False)]
    if data is None:
        if file.pruned_at is None:
            return [Checked("内容", "没有内容，也没有清理的记录", False)]
        return [Checked("内容", "已过保存期清理，校验值留在账上")]
    checks = [
        Checked("解封", "本系统的密钥打得开"),
        _equal("SHA-256", hashlib.sha256(data).hexdigest(), file.sha256),
        _equal("上报时的 MD5", envelope.md5_base64(data), file.zip_md5),
    ]
    try:
        name, xml = envelope.unzip_one(data, most_bytes=envelope.MOST_XML_BYTES)
    except EnvelopeBroken as error:
        return [*checks, Checked("解压", str(error), False)]
    checks += [
        _equal("压缩包内的文件名", name, file.name),
        _equal("XML 字节数", len(xml), file.xml_bytes),
        _equal("XML 的 SHA-256", hashlib.sha256(xml).hexdigest(), file.xml_sha256),
    ]
    try:
        tree = parse(xml, max_bytes=envelope.MOST_XML_BYTES)
    except NotWellFormed as error:
        return [*checks, Checked("XML", error.message, False)]
    return [*checks, *_against_schema(file, tree), *_against_database(file, tree)]


def _equal(what: str, found: object, kept: object) -> Checked:
    if found == kept:
        return Checked(what, f"相符：{kept}")
    return Checked(what, f"不符：账上是 {kept}，现在是 {found}", False)


def _against_schema(file: DataFile, tree: etree._ElementTree) -> list[Checked]:
    problems = validate(tree, Kind.UPLOAD, version=file.link.interface_version)
    if not problems:
        return [Checked("XSD", "符合上报模式")]
    return [Checked("XSD", f"{each.path}：{each.explanation}", False) for each in problems[:MOST_PROBLEMS]]


def _against_database(file: DataFile, tree: etree._ElementTree) -> list[Checked]:
    places = [(section, each) for section in SECTIONS for each in tree.iterfind(f"ICP/{section}/*")]
    unit = (tree.getroot().findtext("ICP/Qqdwid") or tree.getroot().findtext(".//Qqdwid") or "").strip()
    checks = [
        _equal("报备单位", unit, str(file.link.isp_id)),
        _equal("记录数", len(places), file.record_count),
    ]
    entries = list(file.entries.select_related("request").defer("request__icp_password").order_by("position"))
    wrong = [words for entry in entries if (words := _misplaced(entry, places))]
    if file.packed_by != FROM_THE_BUREAU and (not entries or entries[0].position != 1):
        # What another system packed holds records that are nobody's here.
        wrong.insert(0, "第 1 条不属于任何报备单")
    checks += [Checked("报备单", words, False) for words in wrong[:MOST_PROBLEMS]]
    return checks if wrong else [*checks, Checked("报备单", f"{len(entries)} 张，都在账上所说的位置")]


def _misplaced(entry: FileEntry, places: list[tuple[str, etree._Element]]) -> str:
    """What is wrong with an entry: its place, its operation, or that the record there names another."""
    ref = entry.request.ref
    if not 1 <= entry.position <= len(places):
        return f"{ref} 应在第 {entry.position} 条，文件只有 {len(places)} 条"
    section, record = places[entry.position - 1]
    builder = BUILDERS.get(entry.request.operation)
    if builder is None or builder.section != section:
        return f"{ref} 在第 {entry.position} 条，那里是另一种业务（{section}）"
    own = entry.request.subject_own_id
    told = record.findtext(".//IspZtid")
    if own is not None and told is not None and told.strip() != str(own):
        return f"{ref} 在第 {entry.position} 条，那里是另一个主体（IspZtid {told.strip()}）"
    return ""


class Agreement(TextChoices):
    """What the bureau says of a file of ours."""

    EQUAL = "equal", "管局有，内容一致"
    FOLLOWED = "followed", "管局已收到后面的编号，证明它已收到"
    AHEAD = "ahead", "管局的编号已在它后面"
    DIFFERENT = "different", "管局在这一号有别的内容"
    LACKING = "lacking", "管局还没有这一号"
    UNSAID = "unsaid", "管局没有说"


@dataclass(frozen=True)
class Comparison:
    """The bureau's last upload beside a file of ours."""

    agreement: Agreement
    words: str
    sequence: int | None = None
    name: str = ""


def compare_with_bureau(file: DataFile) -> Comparison:
    """Ask the bureau for its last accepted upload and say what that means for a file. Raises: NotSent, OutcomeUnknown."""
    answer, theirs = ask(file.link, file)
    if answer.code not in USUAL_CODES:
        return Comparison(Agreement.UNSAID, f"{answer.message or '没有说明'}（代码 {answer.code}）")
    is_same = theirs.is_same(file)
    number = file.sequence if theirs.sequence is None and is_same else theirs.sequence
    if number is None:
        return Comparison(Agreement.UNSAID, "应答里有文件而没有编号，不能据此判断", name=theirs.name)
    if number == file.sequence and is_same:
        words = f"管局最近收到的就是第 {number} 号，内容一致"
        return Comparison(Agreement.EQUAL, words, number, theirs.name)
    if number == file.sequence and not theirs.readings:
        words = f"管局最近收到的是第 {number} 号，但没有给出内容，无法比对"
        return Comparison(Agreement.UNSAID, words, number, theirs.name)
    if number == file.sequence:
        words = f"管局的第 {number} 号是另一个内容"
        if file.state != FileState.ACCEPTED:
            words += "；本文件没有受理，编号后来可能由别的文件使用"
        return Comparison(Agreement.DIFFERENT, words, number, theirs.name)
    if number < file.sequence:
        words = f"管局最近收到的是第 {number} 号" if number else "管局说还没有收到过文件"
        return Comparison(Agreement.LACKING, words, number, theirs.name)
    words = f"管局最近收到的是第 {number} 号"
    if file.state in UNSETTLED:
        words += f"，而第 {file.sequence} 号在本系统还没有落定：到编号核对页看清两边"
        return Comparison(Agreement.AHEAD, words, number, theirs.name)
    if file.state != FileState.ACCEPTED:
        words += f"。这个文件没有受理，第 {file.sequence} 号是由别的文件使用的"
        return Comparison(Agreement.AHEAD, words, number, theirs.name)
    words += f"。编号不许缺，所以第 {file.sequence} 号已收到；内容只有最近一号可比"
    return Comparison(Agreement.FOLLOWED, words, number, theirs.name)
