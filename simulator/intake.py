"""Processing of an accepted file: schema, version, owner, then every record by the rules of its operation."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from simulator import codes, schema
from simulator.masking import image_size
from simulator.messages import Result
from simulator.model import (
    CANCEL_SUBJECT,
    CHANGE,
    MATERIALS,
    NEW_ACCESS,
    NEW_FILING,
    NEW_WEBSITE,
    UNFILED,
    VERIFICATION,
    AcceptedFile,
    CaseItem,
)
from simulator.options import Options
from simulator.rules.answers_to_bureau import materials, unfiled_result, verification_result
from simulator.rules.blocks import text
from simulator.rules.changes import cancellation, change
from simulator.rules.desk import Desk, Request
from simulator.rules.every_record import check_every_record
from simulator.rules.new_records import new_access, new_filing, new_website

MAX_RECORDS = 1000
VERSION = "V.3.0"

Rule = Callable[[etree._Element, Desk], Request]

# path of the records, rule, the operation kind that a result for the whole file names
KINDS: tuple[tuple[str, Rule, int], ...] = (
    ("ICP/XZBA/Baxx", new_filing, NEW_FILING),
    ("ICP/XZWZ/Xzxx", new_website, NEW_WEBSITE),
    ("ICP/XZJR/Xzxx", new_access, NEW_ACCESS),
    ("ICP/BGBA/Bgxx", change, CHANGE),
    ("ICP/ZXBA/Zx_xx", cancellation, CANCEL_SUBJECT),
    ("ICP/XZHYD/Fjxx", materials, MATERIALS),
    ("ICP/HSJG/Hsjgxx", verification_result, VERIFICATION),
    ("ICP/WBACLJG/Clxx", unfiled_result, UNFILED),
)
SCHEMA_KINDS = range(1, 8)


class FileRefused(Exception):
    """The whole file is refused after acceptance; result is what the unit will be told."""

    def __init__(self, code: int, result: Result, cause: str) -> None:
        super().__init__(cause)
        self.code = code
        self.result = result
        self.cause = cause


def read_file(file: AcceptedFile, xml: bytes, options: Options) -> list[tuple[etree._Element, Rule]]:
    """The records of a file with their rules, in the order of the document. Raises: FileRefused."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise _refuse(5001, file, NEW_FILING, str(error)) from error
    records = [(record, rule, kind) for path, rule, kind in KINDS for record in root.findall(path)]
    kind = records[0][2] if records else NEW_FILING
    problem = schema.upload_problem(root)
    if problem is not None:
        raise _refuse(5001, file, kind, problem)
    if root.get("version") != VERSION:
        raise _refuse(5004, file, kind, f"version {root.get('version')}")
    if options.standing == "invalid":
        raise _refuse(1054, file, kind, "this unit is not valid")
    if root.find("ICP") is None:
        raise _refuse(5011, file, kind, "only ICP filings are practised here")
    if text(root, "ICP/Qqdwid") != str(file.isp_id):
        raise _refuse(5003, file, kind, "Qqdwid differs from ispId")
    if len(records) > MAX_RECORDS:
        raise _refuse(5001, file, kind, f"{len(records)} records")
    return [(record, rule) for record, rule, _ in records]


def examine(record: etree._Element, rule: Rule, desk: Desk) -> Request:
    """Check one record and note the names that refuse rules look into."""
    request = rule(record, desk)
    check_every_record(record, request, desk)
    names = [request.name, *(item.text or "" for item in record.iter("Dwmc", "Wzmc", "Zxlybz"))]
    for item in request.items:
        item.names = _website_names(record, item) if request.operation == NEW_WEBSITE else "\n".join(names)
    return request


def without_images(record: etree._Element) -> str:
    """What is kept of a record: attached images are heavy and were checked; their size stays."""
    for content in record.iter("Fjnr"):
        content.text = image_size(content.text or "")
    record.tail = None
    return etree.tostring(record, encoding="unicode")


def _website_names(record: etree._Element, item: CaseItem) -> str:
    sites = record.findall("Wz_xx")
    return "\n".join(text(site, "Wzmc") for site in sites if text(site, "IspWzid") == str(item.jlid))


def _refuse(code: int, file: AcceptedFile, kind: int, cause: str) -> FileRefused:
    words = codes.message(code).replace("当前版本信息", VERSION)
    named = file.entry_name if code == 5001 else words
    operation = kind if kind in SCHEMA_KINDS else NEW_FILING
    result = Result(((code, named),), operation, None, None if code == 5001 else file.entry_name)
    return FileRefused(code, result, cause)
