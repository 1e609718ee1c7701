"""Requests from JSON (docs/filing-json.md): each goes in whole or is refused alone, with the place of every fault."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from filing.actors import COMMAND, Actor
from filing.choices import CORRECTABLE_STATES, RequestState
from filing.documents.digest import digest
from filing.documents.operations import UnknownOperation, own_ids_given, read_content
from filing.documents.shape import Problem, Reading, Text, bad_character
from filing.models import Request
from filing.services.attachments import IncomingImages
from filing.services.drafts import create_draft, save_draft, start_correction
from filing.services.errors import RecordInvalid
from filing.services.review import vouch
from filing.services.revisions import current_revision
from filing.states import MoveRefused

ENVELOPE_KEYS = frozenset({"ref", "operation", "isp_id", "remarks", "icp_password"})
_REF = Text(label="单号", most=64)
_REMARKS = Text(label="内部备注", most=10_000, required=False, lines=True)
PASSWORD = Text(label="ICP 备案密码", most=255, required=False)


class BadFile(Exception):
    """The file as a whole cannot be read: nothing was changed. The text names the place, in Chinese."""


@dataclass
class Row:
    """What became of one request of a file."""

    ref: str
    id: int | None = None
    state: str = ""
    problems: list[Problem] = field(default_factory=list)


class _Refused(Exception):
    """Something that Python's JSON reader would take, and JSON does not."""


def _no_constants(name: str) -> Any:
    raise _Refused(f"JSON 不允许 {name}")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        raise _Refused(f"同一对象里字段“{next(name for name in names if names.count(name) > 1)}”写了两次")
    return found


def read_file(path: Path) -> list[Any]:
    """The list under "requests" of a JSON file (UTF-8). Raises: BadFile."""
    try:
        return read_document(path.read_bytes(), str(path))
    except OSError as error:
        raise BadFile(f"{path}：读不到文件（{error.strerror}）") from error


def read_document(data: bytes, name: str) -> list[Any]:
    """The same of the bytes of a file that is called so. Raises: BadFile."""
    try:
        text = data.decode("utf-8-sig")
        document = json.loads(text, parse_constant=_no_constants, object_pairs_hook=_no_repeats)
    except UnicodeDecodeError as error:
        raise BadFile(f"{name}：不是 UTF-8 编码（第 {error.start + 1} 字节）") from error
    except json.JSONDecodeError as error:
        raise BadFile(f"{name}：第 {error.lineno} 行第 {error.colno} 列：JSON 有误（{error.msg}）") from error
    except _Refused as error:
        raise BadFile(f"{name}：{error}") from error
    except ValueError as error:  # a number of more digits than Python reads
        raise BadFile(f"{name}：JSON 中的数太长") from error
    except RecursionError as error:
        raise BadFile(f"{name}：JSON 嵌套过深") from error
    if not isinstance(document, dict) or not isinstance(document.get("requests"), list):
        raise BadFile(f'{name}：应为 {{"requests": [ … ]}}')
    for field_name in document:
        if field_name != "requests":
            raise BadFile(f"{name}：不认识的字段“{field_name}”")
    requests: list[Any] = document["requests"]
    return requests


def import_requests(
    items: list[Any], *, ready: bool = False, correct: bool = False, actor: Actor = COMMAND
) -> list[Row]:
    """Take requests in, one by one, each in a transaction of its own. `actor`: whose drafts they are.

    Shape: one row for each item, in order; a row with problems changed nothing of its request.
    """
    return [
        _import_one(item, f"requests[{index}]", ready=ready, correct=correct, actor=actor)
        for index, item in enumerate(items)
    ]


def _import_one(item: Any, path: str, *, ready: bool, correct: bool, actor: Actor) -> Row:
    ref = item.get("ref") if isinstance(item, dict) else None
    row = Row(ref=ref.strip() if isinstance(ref, str) and not bad_character(ref, lines=False) else "")
    try:
        with transaction.atomic():
            request = _take_in(item, path, ready=ready, correct=correct, actor=actor)
            row.ref, row.id, row.state = request.ref, request.pk, request.state
    except RecordInvalid as error:
        row.problems = [Problem(_under(path, each.path), each.label, each.message) for each in error.problems]
    except UnknownOperation as error:
        row.problems = [Problem(f"{path}.operation", "业务", str(error))]
    except MoveRefused as error:
        row.problems = [Problem(path, "状态", str(error))]
    except RecursionError:
        row.problems = [Problem(path, "请求", "嵌套过深")]
    if row.problems:
        known = Request.objects.filter(ref=row.ref).only("pk", "state").first() if row.ref else None
        row.id, row.state = (known.pk, known.state) if known else (None, "")
    return row


def _under(path: str, inner: str) -> str:
    if not inner:
        return path
    return inner if inner.startswith(path) else f"{path}.{inner}"


@dataclass
class _Incoming:
    """One request as read from JSON, its content clean."""

    ref: str
    operation: str
    isp_id: int | None
    remarks: str
    icp_password: str
    content: dict[str, Any]
    images: IncomingImages

    @property
    def digest(self) -> str:
        """Names what was sent. The password counts by a keyed hash: it is cleared after the decision, and a correction
        may bring nothing but another one."""
        password = (
            salted_hmac("filing.intake.icp_password", self.icp_password, algorithm="sha256").hexdigest()
            if self.icp_password
            else ""
        )
        return digest([self.operation, self.isp_id, self.remarks, self.content, password])


_PAGES = frozenset({"new", "import", "import/template", "export"})


def _has_an_address(ref: str) -> bool:
    """Whether a page can be reached under this ref: browsers take "." and ".." away, and some are pages."""
    steps = ref.split("/")
    return ref not in _PAGES and all(steps) and not {".", ".."} & set(steps)


def read_ref(value: Any, path: str, reading: Reading) -> Any:
    """A ref that somebody else gives; problems go to `reading`."""
    ref = _REF.read(value, path, reading)
    if isinstance(ref, str) and not _has_an_address(ref):
        reading.wrong(
            path,
            "单号",
            f"“{ref}”不能作单号，换一个（不能是 new，不能以 / 开头或结尾，不能含 . 或 .. 段）",
        )
    return ref


def _read(item: Any, path: str) -> _Incoming:
    images = IncomingImages()
    reading = Reading(images=images)
    if not isinstance(item, dict):
        raise RecordInvalid([Problem(path, "请求", "应为一组字段")])
    ref = read_ref(item.get("ref"), f"{path}.ref", reading)
    remarks = _REMARKS.read(item.get("remarks"), f"{path}.remarks", reading)
    password = PASSWORD.read(item.get("icp_password"), f"{path}.icp_password", reading)
    isp_id = item.get("isp_id")
    if isp_id is not None and (
        isinstance(isp_id, bool) or not isinstance(isp_id, int) or not 0 < isp_id < 2**63
    ):
        reading.wrong(f"{path}.isp_id", "报备单位标识", "应为正整数")
    operation = item.get("operation")
    if not isinstance(operation, str):
        reading.wrong(f"{path}.operation", "业务", "补填此项" if operation is None else "应为文字")
        raise RecordInvalid(reading.problems)
    body = {key: value for key, value in item.items() if key not in ENVELOPE_KEYS}
    for place in own_ids_given(body, path):
        reading.wrong(place, "我方记录标识", "由系统给出，不能自带")
    content, problems = read_content(operation, body, images, path=path)
    if problems := reading.problems + problems:
        raise RecordInvalid(problems)
    return _Incoming(
        ref=ref,
        operation=operation,
        isp_id=isp_id,
        remarks=remarks if isinstance(remarks, str) else "",
        icp_password=password if isinstance(password, str) else "",
        content=content,
        images=images,
    )


def _take_in(item: Any, path: str, *, ready: bool, correct: bool, actor: Actor) -> Request:
    incoming = _read(item, path)
    known = Request.objects.select_for_update().filter(ref=incoming.ref).first()
    if known is None:
        incoming.images.save()
        try:
            with transaction.atomic():
                request = create_draft(
                    incoming.operation,
                    incoming.content,
                    actor=actor,
                    ref=incoming.ref,
                    isp_id=incoming.isp_id,
                    remarks=incoming.remarks,
                    source_digest=incoming.digest,
                )
        except IntegrityError as error:
            # another process imported the same ref between our look and our write
            raise RecordInvalid(
                [Problem(f"{path}.ref", "单号", "此单号刚被另一处使用，请再试一次")]
            ) from error
    elif _same(known, incoming):
        return _ready_if_asked(known, ready)
    elif not correct:
        words = "此单号已用于不同的内容；要改正请加 --correct"
        raise RecordInvalid([Problem(f"{path}.ref", "单号", words)])
    else:
        request = _correct(known, incoming, path, actor)
    if incoming.icp_password:
        request.icp_password = incoming.icp_password
        request.save(update_fields=["icp_password"])
    return _ready_if_asked(request, ready)


def _same(known: Request, incoming: _Incoming) -> bool:
    latest = known.revisions.exclude(source_digest="").order_by("-number").first()
    return latest is not None and latest.source_digest == incoming.digest


def _correct(known: Request, incoming: _Incoming, path: str, actor: Actor) -> Request:
    if known.operation != incoming.operation:
        raise RecordInvalid([Problem(f"{path}.operation", "业务", "改正不能换业务，请用新的单号")])
    if known.state in CORRECTABLE_STATES:
        start_correction(known, actor=actor, reason="按导入的内容改正（--correct）")
    elif known.state != RequestState.DRAFT:
        label = RequestState(known.state).label
        raise RecordInvalid([Problem(f"{path}.ref", "单号", f"“{label}”的请求不能改正")])
    incoming.images.save()
    save_draft(
        known,
        incoming.content,
        actor=actor,
        isp_id=incoming.isp_id,
        remarks=incoming.remarks,
        source_digest=incoming.digest,
    )
    return known


def _ready_if_asked(request: Request, ready: bool) -> Request:
    if ready and request.state == RequestState.DRAFT:
        if current_revision(request).frozen_at is not None:
            raise RecordInvalid([Problem("ref", "单号", "此版本已定稿，请用 --correct 带来改正后的内容")])
        vouch(request)
    return request
