"""Downloads on demand: ready-made kinds, XML of one's own, or bytes as they are."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from lxml import etree

from simulator import messages
from simulator.ready_made import KINDS, SendRefused
from simulator.schema import download_problem

if TYPE_CHECKING:
    from simulator.bureau import Bureau


def send(bureau: Bureau, doc: dict[str, Any]) -> str:
    """Put a message into a unit's queue and answer the file's name.

    doc: unit (default: the first), and one of
      kind: a name of ready_made.KINDS with its values;
      xml: a DownloadData document, one of its groups, or a child of its ICP such as <XGTZ>;
      raw: base64 of the bytes that the zip shall hold, whatever they are.
    encoding (default: the option) writes the document otherwise; validate false lets through what breaks the schema.
    Raises: SendRefused.
    """
    with bureau.lock:
        bureau.advance()
        return put_message(bureau, doc)


def put_message(bureau: Bureau, doc: dict[str, Any]) -> str:
    """The same without doing first what is due; the caller holds the lock. Raises: SendRefused."""
    isp_id = int(doc.get("unit") or next(iter(bureau.units)))
    if isp_id not in bureau.units:
        raise SendRefused(f"unit {isp_id} is unknown")
    if "raw" in doc:
        return bureau.send(isp_id, base64.b64decode(doc["raw"]), "RAW")
    try:
        root = _build(bureau, isp_id, doc)
        problem = download_problem(root)
        if problem is not None and doc.get("validate", True):
            raise SendRefused(f"breaks the download schema: {problem}")
    except Exception:
        # A message may change the bureau's books; one that is not sent must not.
        bureau.go_back()
        raise
    about = "+".join(str(part.tag) for part in (root[0] if root[0].tag == "ICP" else root))
    encoding = str(doc.get("encoding") or bureau.conduct.options(isp_id).download_encoding)
    return bureau.send(isp_id, messages.to_bytes(root, encoding), about)


def _build(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> etree._Element:
    if "xml" in doc:
        return _from_text(str(doc["xml"]))
    build = KINDS.get(str(doc.get("kind")))
    if build is None:
        raise SendRefused(f"give xml, raw, or a kind of: {', '.join(KINDS)}")
    group, parts = build(bureau, isp_id, doc)
    return messages.document(*parts, group=group)


def _from_text(xml: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
    try:
        part = etree.fromstring(xml.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SendRefused(f"not XML: {error}") from error
    if part.tag == "DownloadData":
        if not len(part):
            raise SendRefused("the document is empty")
        return part
    if part.tag in ("ICP", "IP", "YM", "JCDM", "SJTB"):
        root = etree.Element("DownloadData", version="V.3.0")
        root.append(part)
        return root
    return messages.document(part)
