"""A backup: the database at one moment, then the images. Images never change, so they may come after."""

from __future__ import annotations

import platform
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from filing.choices import AuditAction
from filing.secrets import key_names
from filing.services.audit import note
from reporting.models import Link
from upkeep import archive, postgres

DUMP = "database.dump"
IMAGES = "attachments/"
IMAGE_NAME = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})")


@dataclass(frozen=True)
class Backup:
    """What was written. `damaged` are images whose bytes are not those of their name: they are in it as they are."""

    path: Path
    bytes: int
    images: int
    damaged: list[str]
    manifest: dict[str, Any]


def make_backup(path: Path, passphrase: str = "") -> Backup:
    """Write a backup as a new file of mode 0600. Raises: DatabaseFault, FileExistsError, OSError."""
    made_at = timezone.now()
    with tempfile.TemporaryDirectory(prefix=".icp-backup-", dir=path.parent) as folder:
        dump = Path(folder) / DUMP
        with archive.writing(path, passphrase) as writer:
            manifest = _facts() | {"made_at": made_at.isoformat()}
            postgres.dump(dump)
            manifest["database"] = writer.add(DUMP, dump)
            dump.unlink()
            manifest["files"] = [writer.add(IMAGES + name, image) for name, image in _images()]
            manifest["damaged"] = [
                each["name"] for each in manifest["files"] if not each["name"].endswith(each["sha256"])
            ]
            writer.finish(manifest)
    size = path.stat().st_size
    about = ("backup", made_at.isoformat(), path.name)
    note(AuditAction.EXPORT, user=None, about=about, facts={"bytes": size, "sealed": bool(passphrase)})
    return Backup(path, size, len(manifest["files"]), manifest["damaged"], manifest)


def applied_migrations() -> list[str]:
    """Shape: "app.name", in order."""
    recorder = MigrationRecorder(connection)
    return sorted(f"{app}.{name}" for app, name in recorder.applied_migrations())


def _facts() -> dict[str, Any]:
    return {
        "format": 1,
        "versions": {
            "postgres": postgres.server_version(),
            "django": django.get_version(),
            "python": platform.python_version(),
        },
        "migrations": applied_migrations(),
        "key_names": key_names(),
        # For people who look at two backups; what counts is asked of the bureau.
        "next_sequences": {
            str(each.isp_id): each.next_sequence for each in Link.objects.only("isp_id", "next_sequence")
        },
    }


def _images() -> Iterator[tuple[str, Path]]:
    root = Path(settings.ATTACHMENT_ROOT)
    for path in sorted(root.glob("??/*")):
        name = path.relative_to(root).as_posix()
        if IMAGE_NAME.fullmatch(name) and path.is_file():
            yield name, path
