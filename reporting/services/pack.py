"""Packing: requests that are ready become one data file, frozen with its number in one transaction.

Spec: protocol "A data file" (1,000 records, 50 MB of XML, one entry, a name never used twice).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from filing.actors import LINK
from filing.bulk import insert_rows
from filing.choices import RequestState
from filing.models import Request
from filing.rules import Context, Finding, check
from filing.rules.registry import version
from filing.services import in_process
from filing.services.attachments import REFERENCE, ImageDamaged, read_bytes
from filing.services.contexts import contexts_of
from filing.services.drafts import reopen
from filing.services.outcomes import mark_packed
from filing.services.revisions import Document, current_checked
from filing.services.sealed_bytes import write_sealed
from filing.states import MoveRefused
from reporting import envelope
from reporting.builders import (
    BUILDERS,
    Extras,
    ReportRecord,
    assemble,
    build_record,
    positions,
    serialise,
    write_document,
)
from reporting.models import DataFile, FileEntry, Link, proof_of
from reporting.schema import SchemaProblem, validate
from reporting.services.patience import waits
from reporting.services.process import this_process
from xsd import Kind

log = logging.getLogger(__name__)

COLUMNS = ("ref", "operation", "isp_id", "state", "revision_number", "batch_limit", "icp_password")
"""What packing reads of a request; the rest is loaded for those that go back to their drafts."""

MOST_RECORDS = 1000
MOST_BYTES = envelope.MOST_XML_BYTES - 64 * 1024
"""Room for the declaration, the sections and the unit number."""

READ_AT_ONCE = 500
"""Requests that are read and looked up together: a queue of large records is not read as a whole for each file."""

IN_PROCESS_WAIT_S = 3600.0
"""How long a request waits whose subject is in process in the old system, before it is looked at again."""

LARGE_BYTES = 1024 * 1024
"""From here on a zip goes into the database in pieces."""


@dataclass(frozen=True)
class _Turn:
    """A ready request with its frozen document, the rules that it passed, and what they ask about besides it."""

    request: Request
    content: Document
    checked_with: str
    context: Context


@dataclass(frozen=True)
class _Candidate:
    """A ready request and the record that was built of its frozen document."""

    request: Request
    record: ReportRecord


@dataclass(frozen=True)
class _Parcel:
    """A file that is fit to be frozen: its bytes, and who stands where in it.

    The tree that it was written from, as large as the file, is gone by now.
    """

    sequence: int
    zipped: envelope.Zipped
    places: Sequence[tuple[Request, int]]
    """Each request, and the place of its first record."""
    record_count: int


class _NumberMoved(Exception):
    """The link's next number is another than the one in the name of the file."""


def images_of_store(reference: str) -> bytes:
    """The bytes behind an image reference of a document."""
    return read_bytes(reference.removeprefix(REFERENCE))


def extras_of(request: Request, isp_id: int) -> Extras:
    """What a request's record needs besides its document."""
    return Extras(images=images_of_store, password=request.icp_password, isp_id=isp_id)


def ready_requests(link: Link, limit: int = MOST_RECORDS) -> list[Request]:
    """Requests that wait for this link, first come first; those without a link belong to the default one."""
    due = Q(not_before=None) | Q(not_before__lte=timezone.now())
    waiting = requests_of(link).filter(due, state=RequestState.READY, held_reason="")
    return list(waiting.order_by("ready_at", "pk").only(*COLUMNS)[:limit])


def requests_of(link: Link) -> QuerySet[Request]:
    """Requests that go over a link; those without one belong to the default."""
    return Request.objects.filter(Q(isp_id=link.isp_id) | (Q(isp_id=None) if link.is_default else Q(pk=None)))


def pack(link: Link) -> DataFile | None:
    """Freeze the next data file of a link; None where nothing is ready. The caller holds the sending lock.

    A request that a rule now blocks, or whose record breaks the schema, goes back to its draft with the reason; its
    neighbours go on. A number is taken only for bytes that exist: both are written in one transaction.
    """
    while (parcel := _next_parcel(link)) is not None:
        try:
            return _freeze(link, parcel)
        except MoveRefused:
            continue  # somebody withdrew one of them meanwhile: choose again
        except _NumberMoved:
            link.refresh_from_db()
    return None


def _next_parcel(link: Link) -> _Parcel | None:
    """Choose, build, validate and zip what goes next.

    The tree itself is validated, as nothing but it is written; what is written reads back as the same tree.
    """
    while candidates := _choose(link):
        records = [each.record for each in candidates]
        places = positions(records)
        root = assemble(records, isp_id=link.isp_id, version=link.interface_version)
        if problems := validate(root, Kind.UPLOAD):
            _set_aside(candidates, places, problems)
            continue
        name = envelope.entry_name(link.isp_id, link.next_sequence)
        return _Parcel(
            sequence=link.next_sequence,
            zipped=envelope.zip_written(name, partial(write_document, root)),
            places=[(each.request, place) for each, place in zip(candidates, places, strict=True)],
            record_count=sum(len(each.elements) for each in records),
        )
    return None


def _choose(link: Link) -> list[_Candidate]:
    """Take requests in order while they fit: 1,000 records, 50 MB, and the bound of one that came back in a bad file."""
    chosen: list[_Candidate] = []
    size, count, limit = 0, 0, MOST_RECORDS
    for turn in _in_turn(link):
        limit = min(limit, turn.request.batch_limit or MOST_RECORDS)
        if chosen and count >= limit:
            break
        candidate = _build(turn, link)
        if candidate is None:
            continue
        size += candidate.record.size_bytes
        count += len(candidate.record.elements)
        if chosen and (size > MOST_BYTES or count > limit):
            break
        chosen.append(candidate)
    return chosen


def _in_turn(link: Link) -> Iterator[_Turn]:
    requests = ready_requests(link)
    for start in range(0, len(requests), READ_AT_ONCE):
        part = requests[start : start + READ_AT_ONCE]
        contents = current_checked(part)
        contexts = contexts_of([(request, contents[request.pk][0]) for request in part])
        for request, context in zip(part, contexts, strict=True):
            yield _Turn(request, *contents[request.pk], context)


def _build(turn: _Turn, link: Link) -> _Candidate | None:
    about = turn.context.about.subject_id if turn.request.operation in in_process.CONCERNED else None
    if about is not None and turn.context.held.is_in_process_elsewhere(about):
        in_process.put_off(turn.request, until=timezone.now() + waits(IN_PROCESS_WAIT_S))
        return None
    try:
        return _check_and_build(turn, link)
    except (LookupError, TypeError, ValueError) as error:
        # Frozen by an older version, in a shape that is none any more: it must not hold up the link's others.
        log.exception("request %s could not be built", turn.request.pk)
        _back_to_draft(turn.request, f"内容不完整，生成不了报文（{type(error).__name__}：{error}）")
        return None


def _faults(turn: _Turn) -> list[Finding]:
    """A frozen document that passed these very rules passes them again, but for what they look up."""
    return check(
        turn.request.operation,
        turn.content,
        turn.context,
        only_blocking=True,
        only_looking_up=turn.checked_with == version(turn.context.settings),
    )


def _check_and_build(turn: _Turn, link: Link) -> _Candidate | None:
    request, content = turn.request, turn.content
    if faults := _faults(turn):
        _back_to_draft(
            request, "；".join(f"{each.label}：{each.message}（代码 {each.code}）" for each in faults[:5])
        )
        return None
    try:
        record = build_record(BUILDERS[request.operation], content, extras_of(request, link.isp_id))
    except FileNotFoundError as error:
        _back_to_draft(request, f"附件 {str(error.filename)[-12:]} 在存储里找不到，请重新上传")
        return None
    except ImageDamaged as error:
        _back_to_draft(request, f"{error}，请重新上传")
        return None
    if record.size_bytes > MOST_BYTES:
        _back_to_draft(request, "单独一条已超过 50 MB，请压缩图片")
        return None
    return _Candidate(request, record)


def _back_to_draft(request: Request, reason: str) -> None:
    try:
        reopen(request, actor=LINK, reason=f"打包前检查未通过：{reason}")
    except MoveRefused:
        return  # withdrawn meanwhile: nothing to send back


def _set_aside(
    candidates: Sequence[_Candidate], places: Sequence[int], problems: Sequence[SchemaProblem]
) -> None:
    """Send those back whose records break the schema. Where no record is named, all: nothing invalid may leave."""
    concerned = [
        (
            candidate,
            [
                each
                for each in problems
                if each.record in range(place, place + len(candidate.record.elements))
            ],
        )
        for candidate, place in zip(candidates, places, strict=True)
    ]
    named = [(candidate, mine) for candidate, mine in concerned if mine]
    for candidate, mine in named or [(candidate, list(problems)) for candidate in candidates]:
        words = "；".join(f"{each.label or each.path}：{each.explanation}" for each in mine[:5])
        _back_to_draft(candidate.request, f"不符合接口 XSD：{words}")


@transaction.atomic
def _freeze(link: Link, parcel: _Parcel) -> DataFile:
    """Raises: MoveRefused, _NumberMoved; then nothing was written."""
    locked = Link.objects.select_for_update().get(pk=link.pk)
    if locked.next_sequence != parcel.sequence:
        raise _NumberMoved
    zipped = parcel.zipped
    is_large = len(zipped.zip_bytes) >= LARGE_BYTES
    file = DataFile.objects.create(
        link=locked,
        sequence=parcel.sequence,
        name=zipped.name,
        zip_bytes=None if is_large else zipped.zip_bytes,
        zip_md5=envelope.md5_base64(zipped.zip_bytes),
        sha256=hashlib.sha256(zipped.zip_bytes).hexdigest(),
        xml_sha256=zipped.xml_sha256,
        xml_bytes=zipped.xml_bytes,
        record_count=parcel.record_count,
        packed_by=this_process(),
    )
    if is_large:
        write_sealed(file, "zip_bytes", zipped.zip_bytes)
    insert_rows(
        FileEntry,
        [
            {"request_id": request.pk, "revision_number": request.revision_number, "position": place}
            for request, place in parcel.places
        ],
        alike={"file_id": file.pk},
    )
    mark_packed(
        [request for request, _place in parcel.places],
        isp_id=locked.isp_id,
        proofs=[proof_of(file, place) for _request, place in parcel.places],
    )
    return file


def report_of(documents: Sequence[tuple[Request, Document]], *, isp_id: int, version: str = "V.3.0") -> bytes:
    """The report of some requests as it would be sent; sends and stores nothing.

    The documents must be complete (`filing.services.revisions.completed`).
    """
    records = [
        build_record(BUILDERS[request.operation], content, extras_of(request, isp_id))
        for request, content in documents
    ]
    return serialise(assemble(records, isp_id=isp_id, version=version))
