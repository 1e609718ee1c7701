"""Rules about attachments. Spec: result codes 18, 1055, 1056, 1061, 5010; protocol "Fields" (image limits)."""

from __future__ import annotations

from collections.abc import Iterator

from filing.choices import AttachmentOwner, Operation, Severity
from filing.rules.registry import WITH_ATTACHMENTS, Context, Document, Fault, rule, websites
from filing.services import codes
from filing.services.attachments import REFERENCE

ACCESSES_OF_FILED = (Operation.NEW_WEBSITE, Operation.NEW_ACCESS, Operation.CHANGE)
VERIFICATION_FORM = 1
OF_EITHER_OWNER = frozenset({1, 5})
"""The verification form and the photo of the person: of the website by the table, and seen with the subject."""
MOST_CHARACTERS = 100_000
"""The limit "100K" does not say of what: base64 of at most this many characters is safe under every reading."""
MOST_CHARACTERS_OF_FORM = 150_000
MOST_CHARACTERS_OF_RECORD = 49_000_000


def _attachments(content: Document) -> Iterator[tuple[str, Document]]:
    for index, each in enumerate(content.get("attachments", [])):
        yield f"attachments[{index}]", each


@rule(5010, "图片大小在限额内", *WITH_ATTACHMENTS)
def images_are_small_enough(content: Document, context: Context) -> Iterator[Fault]:
    images = [
        (f"{path}.content", each.get("content", ""), _limit(each.get("purpose")))
        for path, each in _attachments(content)
    ] + [
        (f"{path}.pre_approvals[{i}].scans[{j}]", scan, MOST_CHARACTERS)
        for path, website in websites(content)
        for i, approval in enumerate(website.get("pre_approvals", []))
        for j, scan in enumerate(approval.get("scans", []))
    ]
    for path, reference, limit in images:
        facts = context.images.get(reference.removeprefix(REFERENCE))
        if facts is not None and facts.base64_length > limit:
            yield (
                path,
                f"图片太大：不得超过 {limit * 3 // 4 // 1000} KB，现在 {facts.size_bytes / 1000:.0f} KB",
            )


@rule(18, "一条记录装得进一个数据文件", *WITH_ATTACHMENTS)
def a_record_fits_into_a_file(content: Document, context: Context) -> Iterator[Fault]:
    """Its images alone may exceed the 50 MB of a data file: then it could never be sent."""
    total = sum(facts.base64_length for facts in context.images.values())
    if total > MOST_CHARACTERS_OF_RECORD:
        path = "attachments" if content.get("attachments") else "websites"
        yield (
            path,
            f"图片合计 {total / 1e6:.0f} MB，一条记录不得超过 {MOST_CHARACTERS_OF_RECORD / 1e6:.0f} MB",
        )


def _limit(purpose: int | None) -> int:
    return MOST_CHARACTERS_OF_FORM if purpose == VERIFICATION_FORM else MOST_CHARACTERS


@rule(1056, "附件格式与图片相符", *WITH_ATTACHMENTS)
def formats_tell_the_truth(content: Document, context: Context) -> Iterator[Fault]:
    for path, each in _attachments(content):
        facts = context.images.get(each.get("content", "").removeprefix(REFERENCE))
        if facts is not None and each.get("format") in (1, 2) and each["format"] != facts.format:
            real = {1: "JPEG（1）", 2: "PNG（2）"}[facts.format]
            yield f"{path}.format", f"图片实际是 {real}，与所填格式不符"


@rule(1055, "新增备案的附件指明所属对象", Operation.NEW_FILING)
def attachments_have_an_owner(content: Document, context: Context) -> Iterator[Fault]:
    """In a new filing nothing has a number yet: the owner is the subject, or a website of this request."""
    count = len(content.get("websites", []))
    for path, each in _attachments(content):
        index = each.get("owner_index")
        if each.get("owner") == AttachmentOwner.WEBSITE and (index is None or index >= count):
            yield f"{path}.owner_index", _which_website(count)
        if each.get("owner") == AttachmentOwner.SUBJECT and index is not None:
            yield f"{path}.owner_index", "主体的附件不带网站序号"


@rule(1055, "附件的所属对象只指一次", *ACCESSES_OF_FILED)
def attachments_name_their_owner_once(content: Document, context: Context) -> Iterator[Fault]:
    """Elsewhere the owner is named by number, by the bureau's id or by its place; what the request is about goes without."""
    count = len(content.get("websites", []))
    for path, each in _attachments(content):
        given = [name for name in ("owner_index", "owner_bureau_id", "owner_number") if name in each]
        index = each.get("owner_index")
        if len(given) > 1:
            yield f"{path}.{given[-1]}", "所属对象只用一种方式指明"
        elif index is not None and (each.get("owner") == AttachmentOwner.SUBJECT or index >= count):
            yield f"{path}.owner_index", _which_website(count)
        elif not given and "owner" in each and (each["owner"] == AttachmentOwner.WEBSITE) == bool(count):
            yield f"{path}.owner_index", f"{_which_website(count)}，或填备案号、管局标识"


@rule(1055, "核验材料属于同一对象", Operation.SUBMIT_MATERIALS)
def materials_have_one_owner(content: Document, context: Context) -> Iterator[Fault]:
    owners = set()
    for path, each in _attachments(content):
        if "owner_bureau_id" not in each and "owner_number" not in each:
            yield f"{path}.owner_number", "填所属对象的备案号或管局标识"
        owners.add((each.get("owner"), each.get("owner_bureau_id"), each.get("owner_number")))
        if len(owners) > 1:
            yield f"{path}.owner", "一次只提交同一对象的材料，另一对象请另建请求"
            return


@rule(1061, "附件用途与所属对象相符", *WITH_ATTACHMENTS, severity=Severity.WARN, looks_up=True)
def purposes_fit_their_owner(content: Document, context: Context) -> Iterator[Fault]:
    """Only told: the table of purposes counts owners in two ways, and the form and the photo are taken for either."""
    for path, each in _attachments(content):
        purpose, owner = each.get("purpose"), each.get("owner")
        if purpose is None or owner is None or purpose in OF_EITHER_OWNER:
            continue
        wanted = codes.purpose_owner(purpose)
        if wanted and wanted != owner:
            label = AttachmentOwner(wanted).label
            yield f"{path}.owner", f"这种用途的附件属于{label}，核对所属对象"


def _which_website(count: int) -> str:
    return f"指明是第几个网站（从 0 数起，本请求有 {count} 个）"
