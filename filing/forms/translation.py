"""A form to what was typed, to the document that a request carries, and back: for every operation.

The blocks of filing/documents/blocks.py drive it; here stands only what a form does differently: whose an attachment
is, which format it has, which of our numbers and of the bureau's ids a form may carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from filing.choices import PASSWORD_OPERATIONS, AttachmentOwner, FiledBy, Operation
from filing.code_tables import CodeTable
from filing.documents.operations import OWN_ID_KEY, shape_of
from filing.documents.own_ids import take
from filing.documents.shape import Block, ListOf, Problem
from filing.forms import typed as texts
from filing.forms.typed import Document, Posted, Typed
from filing.services import codes
from filing.services.attachments import REFERENCE

OWNER_SUBJECT = AttachmentOwner.SUBJECT.value
OWNER_WEBSITE = AttachmentOwner.WEBSITE.value
REMARKS = "remarks"
LINK = "isp_id"
"""Which link a request goes over: a unit number, 0 for the default link, empty where the form did not ask."""
"""Our own remarks travel with the form, but belong to the request and not to its document."""
PASSWORD = "icp_password"
"""The owner's filing password travels with the form one way only: it is kept sealed, and never shown again."""
MANDARIN = "1"
"""Code of 中文简体 in the language table: what nearly every website is written in."""
BUREAU_ID = "bureau_id"
OWNER_FIELDS = ("owner_index", "owner_bureau_id", "owner_number")
"""How a document says which record an attachment belongs to; the form has one choice for all of it."""


@dataclass
class Translation:
    """A document made of what was typed. `unheld`: what the document cannot hold, to be shown again as it was typed."""

    content: Document
    unheld: list[Problem]


def item_of(operation: str, *steps: str) -> Any:
    """The shape below these fields of an operation, list items counted as their lists; None where there is none."""
    found: Any = shape_of(operation)
    for step in steps:
        found = found.fields.get(step) if isinstance(found, Block) else None
        found = found.item if isinstance(found, ListOf) else found
    return found


def has(operation: str, *steps: str) -> bool:
    """Whether documents of an operation have such a field."""
    return item_of(operation, *steps) is not None


# --- beginning ------------------------------------------------------------------------------------


def blank_block(operation: str, *steps: str) -> Typed:
    """A block with nothing typed in it yet: `blank_block(operation, "websites", "accesses")`."""
    found = texts.from_document(item_of(operation, *steps), None)
    assert isinstance(found, dict)
    return found


def blank_website(operation: str) -> Typed:
    website = blank_block(operation, "websites")
    website["accesses"] = [blank_block(operation, "websites", "accesses")]
    if "languages" in website and codes.is_known(CodeTable.LANGUAGE, int(MANDARIN)):
        website["languages"] = [MANDARIN]
    return website


def blank(operation: str) -> Typed:
    """A new form: one website with one access where the operation has websites, reported by us."""
    found = from_document(operation, {})
    if has(operation, "subject", "filed_by"):
        found["subject"]["filed_by"] = str(FiledBy.PROVIDER.value)
    return found


# --- posted -> typed ------------------------------------------------------------------------------


def from_post(operation: str, posted: Posted) -> Typed:
    """What was typed, as it was typed; blocks are numbered anew in the order in which they were posted."""
    tree = texts.tree_of(posted)
    found: Typed = texts.from_post(shape_of(operation), tree)
    places = {key: place for place, key in enumerate(tree.at("websites").item_keys())}
    for attachment in found.get("attachments", []):
        kind, sign, key = attachment["owner"].partition("-")
        if sign and kind == OWNER_WEBSITE:
            # A website that was removed meanwhile: the attachment asks for another owner, it does not slip to the next.
            attachment["owner"] = f"{kind}-{places[key]}" if key in places else kind
        _drop_unasked(attachment)
    found[REMARKS] = texts.clean_text(posted.get(REMARKS))
    found[LINK] = texts.clean_text(posted.get(LINK))
    if operation in PASSWORD_OPERATIONS:
        found[PASSWORD] = texts.clean_text(posted.get(PASSWORD)).strip()
    return found


def _drop_unasked(attachment: Typed) -> None:
    """The form does not ask for the format, and has one field for whose an attachment is."""
    for name in ("format", *OWNER_FIELDS):
        attachment.pop(name, None)


def without_blanks(typed: Typed) -> Typed:
    """The same without blocks that were added and left empty: attachments and pre-approvals."""

    def begun(block: Typed, *fields: str) -> bool:
        return any(
            block[field] if isinstance(block[field], list) else block[field].strip() for field in fields
        )

    found = dict(typed)
    if "attachments" in typed:
        found["attachments"] = [
            each for each in typed["attachments"] if begun(each, "content", "purpose", "remarks")
        ]
    if "websites" in typed:
        found["websites"] = [
            website
            | {
                "pre_approvals": [
                    each for each in website["pre_approvals"] if begun(each, "type", "number", "scans")
                ]
            }
            for website in typed["websites"]
        ]
    return found


# --- document -> typed ----------------------------------------------------------------------------


def from_document(operation: str, content: Document, remarks: str = "", isp_id: int | None = None) -> Typed:
    """A document as the form shows it."""
    found: Typed = texts.from_document(shape_of(operation), content)
    for attachment in found.get("attachments", []):
        attachment["owner"] = _owner_typed(attachment)
        _drop_unasked(attachment)
    if "websites" in found:
        for website in found["websites"]:
            website["accesses"] = website["accesses"] or [blank_block(operation, "websites", "accesses")]
        found["websites"] = found["websites"] or [blank_website(operation)]
    found[REMARKS], found[LINK] = remarks, str(isp_id or "")
    return found


def _owner_typed(attachment: Typed) -> str:
    """Whose an attachment is as one text: subject, website-0 (in this request), website:… (filed, by id or number)."""
    owner = str(attachment["owner"])
    if owner == OWNER_WEBSITE and attachment.get("owner_index"):
        return f"{owner}-{attachment['owner_index']}"
    filed = attachment.get("owner_bureau_id") or attachment.get("owner_number")
    return f"{owner}:{filed}" if owner and filed else owner


# --- typed -> document ----------------------------------------------------------------------------


def to_document(
    operation: str, typed: Typed, formats: Mapping[str, int], previous: Document | None = None
) -> Translation:
    """The raw document for `read_content`.

    `formats` tells the official format of each stored image by its hash: the form does not ask for what the content
    proves. `previous` is the content that the form was opened with: only its numbers may come back.
    """
    unheld: list[Problem] = []
    content: Document = texts.to_document(shape_of(operation), typed, "", unheld)
    for attachment in content.get("attachments", []):
        _place(operation, attachment, len(typed.get("websites", [])))
        if (reference := attachment.get("content", "").removeprefix(REFERENCE)) in formats:
            attachment["format"] = formats[reference]
    if operation == Operation.SUBMIT_MATERIALS:
        _keep_one_owner(content, previous or {})
    _keep_known_numbers(content, previous or {})
    _keep_what_stands(content, previous or {})
    # A hidden number that is none was not typed by a person: there is nothing to show again.
    return Translation(content, [each for each in unheld if not each.path.endswith(f".{OWN_ID_KEY}")])


def _place(operation: str, attachment: Document, websites: int) -> None:
    """Turn "website-1" and "website:…" into owner and place or name.

    An owner that was not chosen follows from the purpose where it can.
    """
    typed = attachment.pop("owner", "")
    owner, names_filed, filed = typed.partition(":")
    owner, sign, place = owner.partition("-")
    if not owner and (purpose := attachment.get("purpose")) and has(operation, "attachments", "owner_index"):
        owner = codes.purpose_owner(purpose)
        sign, place = ("-", "0") if owner == OWNER_WEBSITE and websites == 1 else ("", "")
    if not owner and operation == Operation.NEW_ACCESS:
        owner = OWNER_WEBSITE
    if owner:
        attachment["owner"] = owner
    if sign and place.isascii() and place.isdigit():
        attachment["owner_index"] = int(place)
    elif names_filed and filed.isascii() and filed.isdigit():
        attachment["owner_bureau_id"] = int(filed)
    elif names_filed and filed:
        attachment["owner_number"] = filed


def _keep_one_owner(content: Document, previous: Document) -> None:
    """Materials handed in alone have one owner: the one that the request began with, whatever comes and goes."""
    before = (previous.get("attachments") or [{}])[0]
    owner = {name: before[name] for name in ("owner", *OWNER_FIELDS) if name in before}
    attachments = content.get("attachments", [])
    for attachment in attachments:
        if "owner" not in attachment:
            attachment |= owner
    if owner and not attachments:
        content["attachments"] = [owner]


def _keep_known_numbers(content: Document, previous: Document) -> None:
    """Drop numbers of ours that the form was not given, or that came twice: nobody types a number of ours."""
    for name in ("subject", "access"):
        _keep([content.get(name, {})], [previous.get(name, {})])
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


def _keep_what_stands(content: Document, previous: Document) -> None:
    """Keep of the previous content what a form cannot carry: the order of codes, and the bureau's ids of domains and
    address ranges, which are typed as lines. A line that is not as it was is something new.
    """
    for website, old in _paired(content.get("websites", []), previous.get("websites", [])):
        _keep_order(website, old)
        _carry_ids(website.get("domains", []), old.get("domains", []), "name")
        for access, before in _paired(website.get("accesses", []), old.get("accesses", [])):
            _keep_order(access, before)
            _carry_ids(access.get("ip_ranges", []), before.get("ip_ranges", []), "start", "end")
    _keep_order(content.get("access", {}), previous.get("access", {}))


def _keep_order(record: Document, old: Document) -> None:
    """The same codes in another order are the same codes: a list of choices is sent in the order of its options."""
    for name, values in record.items():
        if isinstance(values, list) and all(isinstance(each, int) for each in values):
            before = old.get(name, [])
            if set(before) == set(values):
                record[name] = before


def _paired(records: list[Document], before: list[Document]) -> list[tuple[Document, Document]]:
    """Each record beside what it was: by the bureau's id, else by its place."""
    by_id = {each[BUREAU_ID]: each for each in before if BUREAU_ID in each}
    nameless = [each for each in before if BUREAU_ID not in each]
    pairs = []
    for place, record in enumerate(records):
        at_place = before[place] if place < len(before) and before[place] in nameless else {}
        pairs.append((record, by_id.get(record.get(BUREAU_ID), at_place)))
    return pairs


def _carry_ids(records: list[Document], before: list[Document], *names: str) -> None:
    ids = {tuple(each.get(name) for name in names): each.get(BUREAU_ID) for each in before}
    for record in records:
        if (known := ids.get(tuple(record.get(name) for name in names))) is not None:
            record[BUREAU_ID] = known


def number_new_blocks(operation: str, content: Document, previous: Document) -> None:
    """Give numbers of their own to websites and accesses that the form added, where such records have one of ours.

    The form carries the numbers of all it was opened with, so a block without one is new, even where it stands
    in the place of one that was removed: it must not inherit that one's number, as it would where blocks are
    paired by place (documents/own_ids.py).
    """
    if not previous.get("websites") or not has(operation, "websites", OWN_ID_KEY):
        return
    for website in content.get("websites", []):
        if OWN_ID_KEY not in website:
            website[OWN_ID_KEY] = take("website")[0]
            continue
        for access in website.get("accesses", []):
            if OWN_ID_KEY not in access:
                access[OWN_ID_KEY] = take("access")[0]
