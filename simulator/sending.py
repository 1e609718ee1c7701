"""Downloads on demand: ready documents, fragments, and ready-made kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from simulator import messages
from simulator.schema import download_problem

if TYPE_CHECKING:
    from simulator.bureau import Bureau


class SendRefused(ValueError):
    """The message cannot be built or is not asked for rightly."""


def send(bureau: Bureau, doc: dict[str, Any]) -> str:
    """Put a message into a unit's queue and answer the file's name.

    doc: unit (default: the first), and xml, a DownloadData document or a child of its ICP such as <XGTZ>…;
    validate (default true) refuses what breaks the schema. Raises: SendRefused.
    """
    isp_id = int(doc.get("unit") or next(iter(bureau.units)))
    if isp_id not in bureau.units:
        raise SendRefused(f"unit {isp_id} is unknown")
    root = _from_text(str(doc["xml"]))
    problem = download_problem(root)
    if problem is not None and doc.get("validate", True):
        raise SendRefused(f"breaks the download schema: {problem}")
    about = "+".join(str(part.tag) for part in root[0]) if len(root) else "SEND"
    return bureau.send(isp_id, messages.to_bytes(root), about)


def _from_text(xml: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
    try:
        part = etree.fromstring(xml.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SendRefused(f"not XML: {error}") from error
    if part.tag == "DownloadData":
        return part
    if part.tag in ("ICP", "IP", "YM", "JCDM", "SJTB"):
        root = etree.Element("DownloadData", version="V.3.0")
        root.append(part)
        return root
    return messages.document(part)
