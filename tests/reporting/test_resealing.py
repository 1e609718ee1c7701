"""Keys are rotated: everything sealed is found, sealed anew, and opens without the old key; also after a kill."""

from __future__ import annotations

import base64
import json
import os
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import models

from filing import secrets
from filing.models import Request
from filing.services import resealing
from filing.services.resealing import names_in_use, reseal_all, sealed_columns
from filing.services.sealed_bytes import write_sealed
from reporting.models import DataFile, Link
from tests import factories

pytestmark = pytest.mark.django_db

LARGE = 3 * secrets.PIECE_BYTES + 5


@pytest.fixture
def sealed(settings: Any, quiet_link: Link) -> tuple[str, str, DataFile]:
    """Values of several kinds under the key of the tests; then a new key stands in front of it."""
    quiet_link.password, quiet_link.aes_key, quiet_link.aes_iv = "口令-1", "", ""
    quiet_link.save()
    for number in range(7):
        Request.objects.filter(pk=factories.draft().pk).update(icp_password=f"pass-{number}")
    file = DataFile.objects.create(link=quiet_link, sequence=1, name="a.xml", xml_bytes=1, record_count=1)
    write_sealed(file, "zip_bytes", b"z" * LARGE)
    old, new = settings.ICP_ENCRYPTION_KEYS[0], base64.b64encode(os.urandom(32)).decode()
    settings.ICP_ENCRYPTION_KEYS = [new, old]
    return old, new, file


def everything_opens() -> None:
    assert {each.icp_password for each in Request.objects.all()} == {f"pass-{n}" for n in range(7)}
    link = Link.objects.get()
    assert (link.password, link.aes_key) == ("口令-1", "")
    assert DataFile.objects.get().zip_bytes == b"z" * LARGE


def test_it_finds_every_sealed_column_of_every_package() -> None:
    found = {str(each) for each in sealed_columns()}
    assert {
        "filing.request.icp_password",
        "reporting.link.password",
        "reporting.link.aes_key",
        "reporting.datafile.zip_bytes",
        "reporting.brokendownload.content",
    } <= found


def test_everything_opens_when_the_old_key_is_gone(settings: Any, sealed: tuple[str, str, DataFile]) -> None:
    _old, new, _file = sealed
    done = reseal_all()
    assert done.cannot == []
    assert done.done == {
        "filing.request.icp_password": 7,
        "reporting.link.password": 1,
        "reporting.datafile.zip_bytes": 1,
    }
    assert {name for counts in names_in_use().values() for name in counts} == {secrets.key_names()[0]}
    settings.ICP_ENCRYPTION_KEYS = [new]
    everything_opens()
    assert reseal_all().done == {}


def test_it_goes_on_where_it_was_killed(
    settings: Any, sealed: tuple[str, str, DataFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "AT_ONCE", 2)
    tries: list[int] = []
    whole = resealing.write_sealed

    def killed(row: models.Model, column: str, plain: bytes) -> None:
        whole(row, column, plain)
        tries.append(1)
        if len(tries) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(resealing, "write_sealed", killed)
    with pytest.raises(KeyboardInterrupt):
        reseal_all()
    everything_opens()
    monkeypatch.setattr(resealing, "write_sealed", whole)
    left = sum(reseal_all().done.values())
    assert left == 9 - 3
    settings.ICP_ENCRYPTION_KEYS = [sealed[1]]
    everything_opens()


def test_it_tells_what_no_key_opens_and_does_the_rest(
    settings: Any, sealed: tuple[str, str, DataFile]
) -> None:
    _old, new, _file = sealed
    settings.ICP_ENCRYPTION_KEYS = [base64.b64encode(os.urandom(32)).decode(), new]
    Link.objects.update(password="sealed by a key that goes")
    settings.ICP_ENCRYPTION_KEYS = [new, sealed[0]]
    done = reseal_all()
    assert [column for column, _row in done.cannot] == ["reporting.link.password"]
    assert done.done["filing.request.icp_password"] == 7
    with pytest.raises(SystemExit) as ended:
        call_command("rotate_keys", stdout=StringIO(), stderr=StringIO())
    assert ended.value.code == 1


def test_the_command_says_which_key_may_go(sealed: tuple[str, str, DataFile]) -> None:
    old = secrets.key_names()[1]

    def told(*words: str) -> Any:
        out = StringIO()
        call_command("rotate_keys", *words, "--json", stdout=out, stderr=StringIO())
        return json.loads(out.getvalue())

    before = told("--status")
    assert before["no_longer_used"] == [] and before["resealed"] == {}
    assert before["in_use"]["filing.request.icp_password"] == {old: 7}
    after = told()
    assert after["no_longer_used"] == [old] and after["resealed"]["filing.request.icp_password"] == 7
    assert sealed[0] not in json.dumps(after) and sealed[1] not in json.dumps(after)
