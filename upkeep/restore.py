"""A backup comes back: read to its end and compared with its manifest first, then the database as a whole, then the images.

Afterwards both sides of the numbers are compared before anything is sent: another file stands behind the tables, so
this is a new life of the database (reporting/services/numbering.py).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from filing.choices import AuditAction
from filing.documents.own_ids import SEQUENCES
from filing.models import Attachment
from filing.secrets import key_names
from filing.services.audit import note
from upkeep import archive, postgres
from upkeep.backup import DUMP, IMAGE_NAME, IMAGES

LEAP = 1_000_000
"""By so much our own numbers go ahead: those drawn after the backup may be known to the bureau, and are not given twice."""


class NotRestored(Exception):
    """Refused, and nothing was changed. The text says why and what to do, in Chinese."""


@dataclass(frozen=True)
class Restored:
    """What came back. `missing`: images that rows name and that neither the backup nor the store has."""

    manifest: dict[str, Any]
    images: int
    missing: list[str]


def restore(path: Path, passphrase: str = "", *, overwrite: bool = False, any_keys: bool = False) -> Restored:
    """Bring a backup back. `overwrite`: into a database that has data. `any_keys`: although no key opens its secrets.

    Raises: BadArchive, DatabaseFault, NotRestored; then the database is as it was.
    """
    if archive.is_sealed(path) and not passphrase:
        raise NotRestored("备份是加密的：用 ICP_BACKUP_PASSPHRASE 或 ICP_BACKUP_PASSPHRASE_FILE 给出口令")
    manifest = archive.verify(path, passphrase)
    _check(manifest, overwrite=overwrite, any_keys=any_keys)
    with tempfile.TemporaryDirectory(prefix=".icp-restore-", dir=settings.ICP_DATA_DIR) as folder:
        dump = Path(folder) / DUMP
        images = 0
        for name, content in archive.members(path, passphrase):
            if name == DUMP:
                _write(dump, content)
            elif name.startswith(IMAGES):
                # Beside what is there, before the database that names them: nothing of it is ever taken away.
                images += _put_image(name.removeprefix(IMAGES), content)
        with postgres.fresh_schema():
            postgres.load(dump)
            call_command("migrate", interactive=False, verbosity=0)
            _leap()
    about = ("backup", manifest["made_at"], path.name)
    note(AuditAction.COMMAND, user=None, about=about, facts={"restored": True, "images": images})
    return Restored(manifest, images, _missing())


def _check(manifest: dict[str, Any], *, overwrite: bool, any_keys: bool) -> None:
    """Raises: NotRestored."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    newer = sorted(set(manifest["migrations"]) - known)
    if newer:
        raise NotRestored(f"备份来自更新的版本（{newer[-1]}），请先升级程序再恢复")
    if not any_keys and not set(manifest["key_names"]) & set(key_names()):
        raise NotRestored(
            "ICP_ENCRYPTION_KEYS 里没有备份时用的密钥，链路口令和已报文件会打不开：请补上密钥"
            f"（名称 {'、'.join(manifest['key_names'])}），或用 --any-keys 放弃这些内容"
        )
    if others := postgres.other_sessions():
        raise NotRestored(f"还有 {len(others)} 个程序连着数据库：请先停止网页、worker 和 beat")
    if not overwrite and not postgres.is_empty():
        raise NotRestored("数据库里已有数据：恢复会换掉全部内容，确认要换请加 --overwrite")


def _write(path: Path, content: IO[bytes]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for piece in archive.pieces(content):
            file.write(piece)


def _put_image(name: str, content: IO[bytes]) -> int:
    """Shape: 1 where it was put, 0 where it is there already. A damaged one there is replaced."""
    place = IMAGE_NAME.fullmatch(name)
    if place is None:
        raise archive.BadArchive(f"备份里有不该有的内容：{name}")
    target = Path(settings.ATTACHMENT_ROOT) / name
    if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == place[1]:
        return 0
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    _write(draft, content)
    draft.replace(target)
    return 1


def _leap() -> None:
    with connection.cursor() as cursor:
        for name in SEQUENCES.values():
            cursor.execute("SELECT setval(%s::regclass, nextval(%s::regclass) + %s)", [name, name, LEAP])


def _missing() -> list[str]:
    root = Path(settings.ATTACHMENT_ROOT)
    hashes = Attachment.objects.order_by("pk").values_list("sha256", flat=True)
    return [each for each in hashes.iterator() if not (root / each[:2] / each).is_file()]
