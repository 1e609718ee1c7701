"""Packing: requests that are ready become one data file, frozen with its number in one transaction.

Spec: protocol "A data file" (1,000 records, 50 MB of XML, one entry, a name never used twice).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from filing.actors import LINK
from filing.choices import RequestState
from filing.models import Request, Revision
from filing.rules import blocking
from filing.services.attachments import REFERENCE, read_bytes
from filing.services.drafts import reopen
from filing.services.outcomes import mark_packed
from filing.services.revisions import findings_for
from filing.states import MoveRefused
from reporting import envelope
from reporting.builders import BUILDERS, Extras, ReportRecord, assemble, build_record, positions, serialise
from reporting.models import DataFile, FileEntry, Link, proof_of
from reporting.schema import SchemaProblem, validate
from xsd import Kind

log = logging.getLogger(__name__)

MOST_RECORDS = 1000
MOST_BYTES = envelope.MOST_XML_BYTES - 64 * 1024
"""Room for the declaration, the sections and the unit number."""


@dataclass(frozen=True)
class _Candidate:
    """A ready request with the frozen document that is built of it, and its record."""

    request: Request
    revision: Revision
    record: ReportRecord


def images_of_store(reference: str) -> bytes:
    """The bytes behind an image reference of a document."""
    return read_bytes(reference.removeprefix(REFERENCE))


def extras_of(request: Request, isp_id: int) -> Extras:
    """What a request's record needs besides its document."""
    return Extras(images=images_of_store, password=request.icp_password, isp_id=isp_id)


def ready_requests(link: Link, limit: int = MOST_RECORDS) -> list[Request]:
    """Requests that wait for this link, first come first; those without a link belong to the default one."""
    mine = Q(isp_id=link.isp_id) | (Q(isp_id=None) if link.is_default else Q(pk=None))
    due = Q(not_before=None) | Q(not_before__lte=timezone.now())
    found = Request.objects.filter(mine, due, state=RequestState.READY).order_by("ready_at", "pk")
    return list(found[:limit])


def pack(link: Link) -> DataFile | None:
    """Freeze the next data file of a link; None where nothing is ready. The caller holds the sending lock.

    A request that a rule now blocks, or whose record breaks the schema, goes back to its draft with the reason; its
    neighbours go on. A number is taken only for bytes that exist: both are written in one transaction.
    """
    while True:
        candidates = _choose(link)
        if not candidates:
            return None
        places = positions([each.record for each in candidates])
        root = assemble(
            [each.record for each in candidates], isp_id=link.isp_id, version=link.interface_version
        )
        xml = serialise(root)
        problems = validate(xml, Kind.UPLOAD)
        if not problems:
            try:
                return _freeze(link, candidates, places, xml)
            except MoveRefused:
                continue  # somebody withdrew one of them meanwhile: choose again
        _set_aside(candidates, places, problems)


def _choose(link: Link) -> list[_Candidate]:
    """Take requests in order while they fit: 1,000 records, 50 MB, and the bound of one that came back in a bad file."""
    chosen: list[_Candidate] = []
    size, count, limit = 0, 0, MOST_RECORDS
    for request in ready_requests(link):
        limit = min(limit, request.batch_limit or MOST_RECORDS)
        if chosen and count >= limit:
            break
        candidate = _build(request, link)
        if candidate is None:
            continue
        size += candidate.record.size_bytes
        count += len(candidate.record.elements)
        if chosen and (size > MOST_BYTES or count > limit):
            break
        chosen.append(candidate)
    return chosen


def _build(request: Request, link: Link) -> _Candidate | None:
    try:
        return _check_and_build(request, link)
    except (LookupError, TypeError, ValueError) as error:
        # Frozen by an older version, in a shape that is none any more: it must not hold up the link's others.
        log.exception("request %s could not be built", request.pk)
        _back_to_draft(request, f"内容不完整，生成不了报文（{type(error).__name__}：{error}）")
        return None


def _check_and_build(request: Request, link: Link) -> _Candidate | None:
    revision = request.revisions.get(number=request.revision_number)
    content = revision.content
    faults = blocking(findings_for(request, content))
    if faults:
        _back_to_draft(
            request, "；".join(f"{each.label}：{each.message}（代码 {each.code}）" for each in faults[:5])
        )
        return None
    try:
        record = build_record(BUILDERS[request.operation], content, extras_of(request, link.isp_id))
    except FileNotFoundError as error:
        _back_to_draft(request, f"附件 {str(error.filename)[-12:]} 在存储里找不到，请重新上传")
        return None
    if record.size_bytes > MOST_BYTES:
        _back_to_draft(request, "单独一条已超过 50 MB，请压缩图片")
        return None
    return _Candidate(request, revision, record)


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
def _freeze(link: Link, candidates: Sequence[_Candidate], places: Sequence[int], xml: bytes) -> DataFile:
    locked = Link.objects.select_for_update().get(pk=link.pk)
    name = envelope.entry_name(locked.isp_id, locked.next_sequence)
    zip_bytes = envelope.zip_one(name, xml)
    file = DataFile.objects.create(
        link=locked,
        sequence=locked.next_sequence,
        name=name,
        zip_bytes=zip_bytes,
        zip_md5=envelope.md5_base64(zip_bytes),
        sha256=hashlib.sha256(zip_bytes).hexdigest(),
        xml_sha256=hashlib.sha256(xml).hexdigest(),
        xml_bytes=len(xml),
        record_count=sum(len(each.record.elements) for each in candidates),
    )
    FileEntry.objects.bulk_create(
        FileEntry(file=file, request=each.request, revision_number=each.revision.number, position=place)
        for each, place in zip(candidates, places, strict=True)
    )
    mark_packed(
        [each.request for each in candidates],
        isp_id=locked.isp_id,
        proofs=[proof_of(file, place) for place in places],
    )
    return file


def report_of(
    documents: Sequence[tuple[Request, dict[str, Any]]], *, isp_id: int, version: str = "V.3.0"
) -> bytes:
    """The report of some requests as it would be sent; sends and stores nothing.

    The documents must be complete (`filing.services.revisions.completed`).
    """
    records = [
        build_record(BUILDERS[request.operation], content, extras_of(request, isp_id))
        for request, content in documents
    ]
    return serialise(assemble(records, isp_id=isp_id, version=version))
