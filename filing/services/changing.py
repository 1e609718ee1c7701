"""What a change changes: the filing as it is held here beside what is asked."""

from __future__ import annotations

from typing import Any

from filing.choices import Operation
from filing.documents.difference import changes
from filing.documents.operations import read_content
from filing.documents.shape import Problem
from filing.models import Request
from filing.services.attachments import StoredImages
from filing.services.filed_document import filed_document
from filing.services.holdings import subject_held

Document = dict[str, Any]

NO_CONTENT = ("bureau_id",)
NOTHING_CHANGES = "与已备案的内容一样：改好要变更的地方再提交；只补材料请用“提交核验材料”"


def filed_side(request: Request, content: Document) -> Document | None:
    """What is filed of the subject that a change is about, as a change would say it; None where it is not held here."""
    if request.operation != Operation.CHANGE:
        return None
    subject = subject_held(request.operation, request.isp_id, content)
    if subject is None:
        return None
    clean, _gaps = read_content(request.operation, filed_document(subject), StoredImages(), complete=False)
    return clean


def problem_of_nothing(request: Request, content: Document) -> Problem | None:
    """In words that a change asks for nothing that is not filed already; None where it does, or where nobody can tell."""
    filed = filed_side(request, content)
    if filed is None:
        return None
    asked = {name: value for name, value in content.items() if name != "attachments"}
    lines = changes(request.operation, filed, asked)
    if any(line.path.rpartition(".")[2] not in NO_CONTENT for line in lines):
        return None
    return Problem("", "变更内容", NOTHING_CHANGES)
