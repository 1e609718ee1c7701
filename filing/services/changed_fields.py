"""Which fields of a draft a person changed, for the record: old and new where the field is nobody's identity."""

from __future__ import annotations

from typing import Any

from filing.actors import Actor
from filing.choices import AuditAction
from filing.documents.difference import Line, changes
from filing.masking import mask
from filing.models import Request, Revision
from filing.services.audit import MOST_ITEMS, note

MOST_VALUE = 80
_MASKED = frozenset({"certificate_number", "mobile", "office_phone", "email", "msn", "qq"})
_KINDS = {"changed": "改", "added": "添", "removed": "删"}


def note_saved(
    request: Request, before: dict[str, Any], revision: Revision, *, actor: Actor, besides: list[str]
) -> None:
    """Note what a save changed; nothing where it changed nothing. `besides` names what is not in the content."""
    lines = changes(request.operation, before, revision.content)
    if not (lines or besides):
        return
    fields = [_told(line) for line in lines[: MOST_ITEMS - 1]]
    facts = {
        "what": "保存草稿",
        "revision": revision.number,
        "save": revision.edits,
        "fields": fields + besides,
    }
    if len(lines) >= MOST_ITEMS:
        facts["fields_in_all"] = len(lines)
    note(AuditAction.CHANGE, user=actor, about=request, facts=facts)


def _told(line: Line) -> str:
    """ "主体／名称：甲 → 乙"; numbers and contacts of people are masked, what is no short text is named only."""
    words = f"{_KINDS[line.kind]} {line.label}"
    if not _is_short(line.old) or not _is_short(line.new):
        return words
    block, _, name = line.path.rpartition(".")
    hides = name in _MASKED or (block.endswith("certificate") and name in ("number", "address"))
    old, new = (_value(each, hides=hides) for each in (line.old, line.new))
    return f"{words}：{old} → {new}"


def _is_short(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _value(value: Any, *, hides: bool) -> str:
    text = "（空）" if value in (None, "") else str(value)
    if hides and value not in (None, ""):
        return mask(text)
    return text if len(text) <= MOST_VALUE else f"{text[:MOST_VALUE]}…"
