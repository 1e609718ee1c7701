"""What people do with imports on the screen: files laid down for them, what was odd dealt with, differences decided."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from filing.cancelled_data import CancelledKind
from filing.choices import AuditAction
from filing.services.audit import note
from filing.services.cancelled import record_cancelled
from filing.services.errors import NotAllowed
from reporting.choices import DifferenceDecision, ImportStage, Side
from reporting.models import Difference, ImportDeviation, ImportRun
from reporting.services.import_runs import carry_on
from reporting.services.reconciling import ACCESS, SUBJECT, WEBSITE

MOST_UPLOAD_BYTES = 200 * 1024 * 1024
MOST_LISTED = 200
TURN_S = 600.0
"""How long one turn of a worker lasts: then others that wait have theirs."""

_UNSAFE = re.compile(r"[^\w.\-（）]+")
_KINDS = {SUBJECT: CancelledKind.SUBJECT, WEBSITE: CancelledKind.WEBSITE, ACCESS: CancelledKind.ACCESS}
GOES = frozenset(_KINDS)
"""Kinds that can be marked as gone; a domain or a range belongs to its website or access."""


def incoming() -> Path:
    """The folder into which an administrator lays what was handed over on disk; people choose from it on the page."""
    folder: Path = settings.ICP_DATA_DIR / "incoming"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@dataclass(frozen=True)
class Laid:
    """A file or folder that may be imported, by its path below `incoming`."""

    name: str
    size_bytes: int
    is_folder: bool


def laid_down() -> list[Laid]:
    """What lies directly in `incoming`, by name."""
    return list(_laid(incoming()))[:MOST_LISTED]


def _laid(folder: Path) -> Iterator[Laid]:
    for each in sorted(folder.iterdir()):
        if not each.name.startswith(".") and not each.is_symlink():
            yield Laid(each.name, 0 if each.is_dir() else each.stat().st_size, each.is_dir())


def path_of(name: str) -> Path:
    """A path that was chosen. Raises: NotAllowed for what is not there or leads out of the folder."""
    folder = incoming().resolve()
    if "\x00" in name:
        raise NotAllowed("没有这个文件或文件夹")
    path = (folder / name).resolve()
    if not name or path == folder or folder not in path.parents or not path.exists():
        raise NotAllowed("没有这个文件或文件夹")
    return path


def lay_down(upload: UploadedFile[bytes]) -> Path:
    """Keep a file that was uploaded, under a name of its own. Raises: NotAllowed where it is too large."""
    if (upload.size or 0) > MOST_UPLOAD_BYTES:
        size = MOST_UPLOAD_BYTES // 2**20
        raise NotAllowed(f"文件超过 {size} MB：请把它放进数据目录的 incoming 文件夹，再从列表里选")
    name = _UNSAFE.sub("_", Path(upload.name or "").name)[-80:] or "data"
    path = incoming() / f"{timezone.localtime():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}-{name.lstrip('.')}"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        for piece in upload.chunks():
            out.write(piece)
    return path


def carry_on_next() -> bool:
    """One worker's turn at the oldest run that is not over; a run whose worker was killed is one. False: nothing to do."""
    due = (ImportStage.RUNNING, ImportStage.WAITING)
    run = ImportRun.objects.filter(stage__in=due).order_by("pk").first()
    return run is not None and carry_on(run, for_s=TURN_S)


@transaction.atomic
def handle(deviations: Collection[int], *, user: User, back: bool = False) -> int:
    """Mark what is odd as dealt with, or take that back. Returns how many changed."""
    rows = ImportDeviation.objects.filter(pk__in=deviations)
    if back:
        return rows.exclude(handled_at=None).update(handled_at=None, handled_by=None)
    return rows.filter(handled_at=None).update(handled_at=timezone.now(), handled_by=user)


@transaction.atomic
def decide(difference: Difference, decision: DifferenceDecision, *, user: User, words: str) -> None:
    """Write down what a person decided about a difference; `gone` marks the record as cancelled.

    Raises: NotAllowed where it is decided already, or cannot be gone: the bureau has it, or it is part of another.
    """
    row = (
        Difference.objects.select_for_update(of=("self",))
        .select_related("reconciliation")
        .get(pk=difference.pk)
    )
    if row.decision != DifferenceDecision.OPEN:
        raise NotAllowed("这处差异已经决定过了")
    if decision == DifferenceDecision.GONE:
        if row.side != Side.HERE or row.kind not in GOES or row.bureau_id is None:
            raise NotAllowed("只有本系统有、管局没有的主体、网站或接入才能标记注销")
        record_cancelled(
            _KINDS[row.kind],
            row.bureau_id,
            isp_id=row.reconciliation.isp_id,
            at=timezone.now(),
            proof={"reconciliation": row.reconciliation_id, "difference": row.pk, "decided_by": user.pk},
        )
    row.decision, row.decided_at, row.decided_by, row.note = decision, timezone.now(), user, words[:500]
    row.save(update_fields=["decision", "decided_at", "decided_by", "note"])
    facts = {"decision": decision, "kind": row.kind, "bureau_id": row.bureau_id}
    note(AuditAction.CHANGE, user=user, about=("difference", row.pk, row.name), facts=facts)
