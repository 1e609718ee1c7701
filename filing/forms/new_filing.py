"""The form of a new filing: posted data to what was typed, to the document, and back.

The blocks of filing/documents/blocks.py drive it; here stands only what is peculiar to a new filing: whose an
attachment is, which format it has, which of our numbers a form may carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from filing.choices import AttachmentOwner, FiledBy, Operation
from filing.code_tables import CodeTable
from filing.documents.operations import OWN_ID_KEY, shape_of
from filing.documents.own_ids import take
from filing.documents.shape import Block, ListOf, Problem
from filing.forms import typed as texts
from filing.forms.typed import Document, Posted, Typed
from filing.services import codes
from filing.services.attachments import REFERENCE

OPERATION = Operation.NEW_FILING
OWNER_SUBJECT = AttachmentOwner.SUBJECT.value
OWNER_WEBSITE = AttachmentOwner.WEBSITE.value
REMARKS = "remarks"
"""Our own remarks travel with the form, but belong to the request and not to its document."""
MANDARIN = "1"
"""Code of 中文简体 in the language table: what nearly every website is written in."""


@dataclass
class Translation:
    """A document made of what was typed. `unheld`: what the document cannot hold, to be shown again as it was typed."""

    content: Document
    unheld: list[Problem]


def _shape(name: str) -> Any:
    return shape_of(OPERATION).fields[name]


def _item(shape: Any, *steps: str) -> Block:
    for step in steps:
        shape = shape.fields[step]
        shape = shape.item if isinstance(shape, ListOf) else shape
    assert isinstance(shape, Block)
    return shape


# --- beginning ------------------------------------------------------------------------------------


def blank_block(*steps: str) -> Typed:
    """A block with nothing typed in it yet: `blank_block("websites", "accesses")`."""
    found = texts.from_document(_item(shape_of(OPERATION), *steps), None)
    assert isinstance(found, dict)
    return found


def blank_website() -> Typed:
    website = blank_block("websites")
    website["accesses"] = [blank_block("websites", "accesses")]
    if codes.is_known(CodeTable.LANGUAGE, int(MANDARIN)):
        website["languages"] = [MANDARIN]
    return website


def blank() -> Typed:
    """A new form: one website with one access, reported by us."""
    found = from_document({})
    found["subject"]["filed_by"] = str(FiledBy.PROVIDER.value)
    found["websites"] = [blank_website()]
    return found


# --- posted -> typed ------------------------------------------------------------------------------


def from_post(posted: Posted) -> Typed:
    """What was typed, as it was typed; blocks are numbered anew in the order in which they were posted."""
    tree = texts.tree_of(posted)
    found: Typed = texts.from_post(shape_of(OPERATION), tree)
    places = {key: place for place, key in enumerate(tree.at("websites").item_keys())}
    for attachment in found["attachments"]:
        kind, sign, key = attachment["owner"].partition("-")
        if sign:
            # A website that was removed meanwhile: the attachment asks for another owner, it does not slip to the next.
            attachment["owner"] = f"{kind}-{places[key]}" if key in places else kind
        attachment.pop("owner_index", None)
        attachment.pop("format", None)
    found[REMARKS] = texts.clean_text(posted.get(REMARKS))
    return found


def without_blanks(typed: Typed) -> Typed:
    """The same without blocks that were added and left empty: attachments and pre-approvals."""

    def begun(block: Typed, *fields: str) -> bool:
        return any(
            block[field] if isinstance(block[field], list) else block[field].strip() for field in fields
        )

    attachments = [each for each in typed["attachments"] if begun(each, "content", "purpose", "remarks")]
    websites = []
    for website in typed["websites"]:
        approvals = [each for each in website["pre_approvals"] if begun(each, "type", "number", "scans")]
        websites.append(website | {"pre_approvals": approvals})
    return typed | {"attachments": attachments, "websites": websites}


# --- document -> typed ----------------------------------------------------------------------------


def from_document(content: Document, remarks: str = "") -> Typed:
    """A document as the form shows it."""
    found: Typed = texts.from_document(shape_of(OPERATION), content)
    for attachment in found["attachments"]:
        index = attachment.pop("owner_index")
        attachment.pop("format")
        if attachment["owner"] == OWNER_WEBSITE and index:
            attachment["owner"] = f"{OWNER_WEBSITE}-{index}"
    for website in found["websites"]:
        website["accesses"] = website["accesses"] or [blank_block("websites", "accesses")]
    found["websites"] = found["websites"] or [blank_website()]
    found[REMARKS] = remarks
    return found


# --- typed -> document ----------------------------------------------------------------------------


def to_document(typed: Typed, formats: Mapping[str, int], previous: Document | None = None) -> Translation:
    """The raw document for `read_content`.

    `formats` tells the official format of each stored image by its hash: the form does not ask for what the content
    proves. `previous` is the content that the form was opened with: only its numbers may come back.
    """
    unheld: list[Problem] = []
    content: Document = texts.to_document(shape_of(OPERATION), typed, "", unheld)
    for attachment in content.get("attachments", []):
        _place(attachment, len(typed["websites"]))
        if (reference := attachment.get("content", "").removeprefix(REFERENCE)) in formats:
            attachment["format"] = formats[reference]
    _keep_known_numbers(content, previous or {})
    # A hidden number that is none was not typed by a person: there is nothing to show again.
    return Translation(content, [each for each in unheld if not each.path.endswith(f".{OWN_ID_KEY}")])


def _place(attachment: Document, websites: int) -> None:
    """Turn "website-1" into owner and place; an owner that was not chosen follows from the purpose where it can."""
    owner, sign, place = attachment.get("owner", "").partition("-")
    if not owner and (purpose := attachment.get("purpose")):
        owner = codes.purpose_owner(purpose)
        sign, place = ("-", "0") if owner == OWNER_WEBSITE and websites == 1 else ("", "")
    attachment.pop("owner", None)
    if owner:
        attachment["owner"] = owner
    if sign and place.isascii() and place.isdigit():
        attachment["owner_index"] = int(place)


def _keep_known_numbers(content: Document, previous: Document) -> None:
    """Drop numbers of ours that the form was not given, or that came twice: nobody types a number of ours."""
    _keep([content.get("subject", {})], [previous.get("subject", {})])
    before = previous.get("websites", [])
    websites = content.get("websites", [])
    _keep(websites, before)
    for website in websites:
        number = website.get(OWN_ID_KEY)
        old: Document = next((each for each in before if number and each.get(OWN_ID_KEY) == number), {})
        _keep(website.get("accesses", []), old.get("accesses", []))


def _keep(records: list[Document], before: list[Document]) -> None:
    known = {each[OWN_ID_KEY] for each in before if OWN_ID_KEY in each}
    for record in records:
        if OWN_ID_KEY in record and record[OWN_ID_KEY] not in known:
            del record[OWN_ID_KEY]
        known.discard(record.get(OWN_ID_KEY))


def number_new_blocks(content: Document, previous: Document) -> None:
    """Give numbers of their own to websites and accesses that the form added.

    The form carries the numbers of all it was opened with, so a block without one is new, even where it stands
    in the place of one that was removed: it must not inherit that one's number, as it would where blocks are
    paired by place (documents/own_ids.py).
    """
    if not previous.get("websites"):
        return
    for website in content.get("websites", []):
        if OWN_ID_KEY not in website:
            website[OWN_ID_KEY] = take("website")[0]
            continue
        for access in website.get("accesses", []):
            if OWN_ID_KEY not in access:
                access[OWN_ID_KEY] = take("access")[0]
