"""A backup comes back whole, or the database stays as it was. Run against a database of its own: see restore_drill."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.db import connection

from filing.models import Attachment, Request
from filing.secrets import key_names
from filing.services import attachments
from filing.services.intake import import_requests
from reporting.models import Link
from settings.paths import BASE_DIR
from tests.invented import image as picture
from tests.reporting.material import filing_json, make_link
from upkeep import archive, postgres
from upkeep.backup import make_backup
from upkeep.restore import LEAP, NotRestored, restore

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def backup(attachment_root: Path, tmp_path: Path) -> Path:
    """A link, a request, an image."""
    make_link("http://bureau.invalid")
    assert not import_requests([filing_json(1)])[0].problems
    attachments.store(picture())
    return make_backup(tmp_path / "backup").path


def own_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('own_subject_id')")
        return int(cursor.fetchone()[0])


def test_it_brings_back_what_was_there_and_nothing_else(backup: Path, settings: Any) -> None:
    before = own_id()
    Request.objects.update(ref="changed")
    assert not import_requests([filing_json(2)])[0].problems
    image = Attachment.objects.get()
    path = Path(settings.ATTACHMENT_ROOT) / image.sha256[:2] / image.sha256
    path.unlink()

    done = restore(backup, overwrite=True)

    assert list(Request.objects.values_list("ref", flat=True)) == [filing_json(1)["ref"]]
    assert Link.objects.get().password == "demo-password"
    assert (done.images, done.missing) == (1, [])
    assert attachments.read_bytes(image.sha256) == picture() and path.stat().st_mode & 0o777 == 0o600
    assert own_id() > before + LEAP - 10, "what was drawn since the backup is never drawn again"


def test_a_restored_database_can_be_backed_up_and_restored_again(backup: Path, tmp_path: Path) -> None:
    restore(backup, overwrite=True)
    restore(make_backup(tmp_path / "second", "words").path, "words", overwrite=True)
    assert Request.objects.count() == 1


def test_it_refuses_a_database_that_has_data(backup: Path) -> None:
    with pytest.raises(NotRestored, match="--overwrite"):
        restore(backup)
    assert Request.objects.count() == 1


def test_it_leaves_the_database_as_it_was_where_loading_fails(
    backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Request.objects.update(ref="as it was")
    broken = backup.with_name("broken.dump")
    broken.write_bytes(b"no dump")
    load = postgres.load
    monkeypatch.setattr(postgres, "load", lambda path: load(broken))
    with pytest.raises(postgres.DatabaseFault, match="pg_restore"):
        restore(backup, overwrite=True)
    assert Request.objects.get().ref == "as it was"
    call_command("migrate", check_unapplied=True, verbosity=0)


def test_it_refuses_a_damaged_backup_before_it_touches_anything(backup: Path) -> None:
    data = bytearray(backup.read_bytes())
    data[len(data) // 2] ^= 1
    backup.write_bytes(data)
    Request.objects.update(ref="untouched")
    with pytest.raises(archive.BadArchive):
        restore(backup, overwrite=True)
    assert Request.objects.get().ref == "untouched"


def test_it_refuses_without_the_keys_of_the_backup(backup: Path, settings: Any) -> None:
    (name,) = key_names()
    settings.ICP_ENCRYPTION_KEYS = ["YW5vdGhlci1rZXktdGhhdC1zZWFsZWQtbm90aGluZyE="]
    with pytest.raises(NotRestored, match=name):
        restore(backup, overwrite=True)
    assert restore(backup, overwrite=True, any_keys=True).images == 0


def test_it_refuses_while_others_are_connected(backup: Path) -> None:
    with postgres._plain_connection(), pytest.raises(NotRestored, match="1 个程序"):
        restore(backup, overwrite=True)


def test_it_refuses_a_backup_of_a_newer_version(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verify = archive.verify

    def newer(path: Path, passphrase: str) -> dict[str, Any]:
        found = verify(path, passphrase)
        return found | {"migrations": [*found["migrations"], "filing.9999_of_tomorrow"]}

    monkeypatch.setattr(archive, "verify", newer)
    with pytest.raises(NotRestored, match="9999_of_tomorrow"):
        restore(backup, overwrite=True)


def test_it_keeps_no_session(
    attachment_root: Path, tmp_path: Path, client: Any, django_user_model: Any
) -> None:
    # Whatever table sessions are in.
    client.force_login(django_user_model.objects.create_user("somebody"))
    assert client.get("/password/").status_code == 200
    restore(make_backup(tmp_path / "backup").path, overwrite=True)
    assert client.get("/password/").status_code == 302


def test_the_commands_tell_what_they_did(
    attachment_root: Path, tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ICP_BACKUP_PASSPHRASE = "words of the test"
    out, path = StringIO(), tmp_path / "backup"
    call_command("backup", str(path), "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told | {"path": str(path), "sealed": True, "images": 0} == told
    with pytest.raises(SystemExit) as refused:
        call_command("backup", str(path))
    assert refused.value.code == 1
    settings.ICP_BACKUP_PASSPHRASE = "other words"
    with pytest.raises(SystemExit):
        call_command("restore", str(path), "--overwrite", stderr=(said := StringIO()))
    assert "口令不对" in said.getvalue()
    settings.ICP_BACKUP_PASSPHRASE = "words of the test"
    out = StringIO()
    call_command("restore", str(path), "--overwrite", stdout=out)
    assert "核对编号" in out.getvalue()


@pytest.mark.soak
def test_the_drill_holds() -> None:
    """Filed, backed up, filed on, destroyed, restored, reconciled: on a database of its own, with a bureau over a socket."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.restore_drill", "--filings", "2"],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All of it held." in done.stdout and "none twice" in done.stdout
    assert project.DATABASES["default"]["NAME"] not in done.stdout
