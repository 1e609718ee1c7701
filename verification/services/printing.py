"""The verification form of a website: what it states, the code that belongs to exactly that, and what changed since.

Spec: filing rules "Verification"; R13 of the training materials.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import segno

from filing.choices import Operation
from filing.documents.digest import digest
from filing.models import Request
from filing.services.filed_document import filed_document
from filing.services.holdings import subject_held
from filing.services.telling import ChangeRow, tell_changes
from verification.models import PrintedForm
from verification.need import VERIFIED, key_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Document = dict[str, Any]

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O: nobody mistakes one for another on paper."""
CODE_LENGTH = 8
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_IN_PLACE = str.maketrans(_BASE32, ALPHABET)
_NOT_STATED = frozenset({"own_id", "remarks", "filed_by"})


@dataclass(frozen=True)
class Form:
    """One website's form. `content` is a change's document with one website; `place` that of the website in the request."""

    request: Request
    key: str
    place: int
    content: Document
    code: str

    @property
    def website(self) -> Document:
        return dict(self.content["websites"][0])

    @property
    def subject(self) -> Document:
        return dict(self.content.get("subject", {}))


@dataclass(frozen=True)
class CodeCheck:
    """What the code on a signed form says. `state` is good, attention or bad; `changes` since it was printed."""

    state: str
    words: str
    changes: tuple[ChangeRow, ...] = ()


def forms_of(request: Request, content: Document) -> list[Form]:
    """The forms of a request, one for each website, in their order; none where nobody is verified for it."""
    if request.operation not in VERIFIED:
        return []
    subject, websites = _stated(request, content)
    found = []
    for place, (key, website) in enumerate(websites):
        told = _told({"subject": subject, "websites": [website]})
        found.append(Form(request, key, place, told, _code(request, key, told)))
    return found


def note_printed(form: Form, *, user: User) -> PrintedForm:
    """Remember that a form was printed: so that a scan of it can be compared with what is asked by then."""
    row, _created = PrintedForm.objects.get_or_create(
        request=form.request,
        key=form.key,
        code=form.code,
        defaults={
            "content": form.content,
            "revision_number": form.request.revision_number,
            "printed_by": user,
        },
    )
    return row


def tidy_code(typed: str) -> str:
    """A code as it is typed, without hyphens and blanks, in capitals."""
    return "".join(char for char in typed.upper() if char.isalnum())[:20]


def spaced(code: str) -> str:
    """A code as it is printed: ABCD-EFGH."""
    return f"{code[:4]}-{code[4:]}"


def check_code(form: Form, typed: str) -> CodeCheck:
    """Compare the code of a signed form with what its website states now."""
    code = tidy_code(typed)
    if not code:
        return CodeCheck("attention", "没有填编码，不知道是不是按现在的内容签的")
    if code == form.code:
        return CodeCheck("good", "编码相符，就是按现在的内容签的")
    printed = PrintedForm.objects.filter(code=code).order_by("-id")
    row = printed.filter(request=form.request, key=form.key).first()
    if row is None:
        return _not_this_form(form, code, printed.first())
    rows = tell_changes(Operation.CHANGE, row.content, form.content)
    changed = tuple(each for each in rows if each.kind != "same")
    return CodeCheck("bad", "这是内容改动以前打印的，请重新打印、签字", changed)


def qr_code(form: Form) -> str:
    """The request's ref and the code as inline SVG. Units: none of its own, the style sheet sizes it."""
    picture = segno.make(f"{form.request.ref} {form.code}", error="m", micro=False)
    return str(picture.svg_inline(border=0, omitsize=True, svgclass="qr", lineclass=None))


def _not_this_form(form: Form, code: str, other: PrintedForm | None) -> CodeCheck:
    if other is not None and other.request_id == form.request.pk:
        return CodeCheck("bad", "这是本报备单里另一个网站的核验单")
    if other is not None:
        return CodeCheck("bad", f"这是另一张报备单（{other.request.ref}）的核验单")
    if len(code) != CODE_LENGTH or not set(code) <= set(ALPHABET):
        return CodeCheck("bad", f"编码是 {CODE_LENGTH} 位字母和数字，核对有没有打错")
    return CodeCheck("bad", "没有打印过这个编码的核验单，核对有没有打错")


def _code(request: Request, key: str, told: Document) -> str:
    """40 bits of a hash: enough to tell the forms of one request apart, short enough to type."""
    raw = hashlib.sha256(f"{request.ref}\n{key}\n{digest(told)}".encode()).digest()[:5]
    return base64.b32encode(raw).decode().translate(_IN_PLACE)


def _stated(request: Request, content: Document) -> tuple[Document, list[tuple[str, Document]]]:
    """The subject, and each website with its key: what the request says, else what is filed here."""
    websites = [(key_of(each, place), each) for place, each in enumerate(content.get("websites", []))]
    subject = content.get("subject")
    if subject is not None and request.operation in (Operation.NEW_FILING, Operation.CHANGE):
        return subject, websites
    held = subject_held(request.operation, request.isp_id, content)
    filed: Document = filed_document(held) if held else {"subject": {}, "websites": []}
    if number := content.get("subject_number"):
        filed["subject"].setdefault("number", number)
    if request.operation == Operation.NEW_ACCESS:
        websites = [("website", _site_accessed(filed, content))]
    return filed["subject"], websites


def _site_accessed(filed: Document, content: Document) -> Document:
    """The filed website that a new access connects, with this access instead of those it has."""
    names = {name: content.get(f"website_{name}") for name in ("number", "bureau_id")}
    known = next(
        (
            each
            for each in filed["websites"]
            if any(value and each.get(name) == value for name, value in names.items())
        ),
        {name: value for name, value in names.items() if value},
    )
    return known | {"accesses": [content["access"]] if content.get("access") else []}


def _told(value: Any) -> Any:
    """Only what a form states: no numbers of ours, no remarks, no images, nothing empty."""
    if isinstance(value, dict):
        told = {name: _told(each) for name, each in value.items() if name not in _NOT_STATED}
        return {
            name: each for name, each in told.items() if name != "scans" and each not in (None, "", [], {})
        }
    if isinstance(value, list):
        return [_told(each) for each in value]
    return value
