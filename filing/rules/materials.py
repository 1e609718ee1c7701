"""Rules about attachments. Spec: result codes 5010, 1055, 1056, 1061; protocol "Fields" (image limits)."""

from __future__ import annotations

from collections.abc import Iterator

from filing.choices import AttachmentOwner, Operation
from filing.rules.registry import Context, Document, Fault, rule, websites
from filing.services.attachments import REFERENCE

NEW = Operation.NEW_FILING
VERIFICATION_FORM = 1
MOST_CHARACTERS = 100_000
"""The limit "100K" does not say of what: base64 of at most this many characters is safe under every reading."""
MOST_CHARACTERS_OF_FORM = 150_000


def _attachments(content: Document) -> Iterator[tuple[str, Document]]:
    for index, each in enumerate(content.get("attachments", [])):
        yield f"attachments[{index}]", each


@rule(5010, NEW)
def images_are_small_enough(content: Document, context: Context) -> Iterator[Fault]:
    images = [
        (f"{path}.content", each["content"], _limit(each["purpose"])) for path, each in _attachments(content)
    ] + [
        (f"{path}.pre_approvals[{i}].scans[{j}]", scan, MOST_CHARACTERS)
        for path, website in websites(content)
        for i, approval in enumerate(website.get("pre_approvals", []))
        for j, scan in enumerate(approval["scans"])
    ]
    for path, reference, limit in images:
        facts = context.images.get(reference.removeprefix(REFERENCE))
        if facts is not None and facts.base64_length > limit:
            yield (
                path,
                f"图片太大：不得超过 {limit * 3 // 4 // 1000} KB，现在 {facts.size_bytes / 1000:.0f} KB",
            )


def _limit(purpose: int) -> int:
    return MOST_CHARACTERS_OF_FORM if purpose == VERIFICATION_FORM else MOST_CHARACTERS


@rule(1056, NEW)
def formats_tell_the_truth(content: Document, context: Context) -> Iterator[Fault]:
    for path, each in _attachments(content):
        facts = context.images.get(each["content"].removeprefix(REFERENCE))
        if facts is not None and each["format"] in (1, 2) and each["format"] != facts.format:
            real = {1: "JPEG（1）", 2: "PNG（2）"}[facts.format]
            yield f"{path}.format", f"图片实际是 {real}，与所填格式不符"


@rule(1055, NEW)
def attachments_have_an_owner(content: Document, context: Context) -> Iterator[Fault]:
    count = len(content["websites"])
    for path, each in _attachments(content):
        index = each.get("owner_index")
        if each["owner"] == AttachmentOwner.WEBSITE and (index is None or index >= count):
            yield f"{path}.owner_index", f"指明是第几个网站（从 0 数起，本请求有 {count} 个）"
        if each["owner"] == AttachmentOwner.SUBJECT and index is not None:
            yield f"{path}.owner_index", "主体的附件不带网站序号"
