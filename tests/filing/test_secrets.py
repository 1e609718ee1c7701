from __future__ import annotations

import base64
import logging
from typing import Any

import pytest
from django.core import serializers
from django.db import connection

from filing import secrets
from filing.models import Request
from filing.secrets import CannotOpen, seal, unseal
from tests import factories

KEY_A, KEY_B, KEY_C = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2, 3))
PASSWORD = "Invented-密码-1"


@pytest.fixture(autouse=True)
def keys(settings: Any) -> Any:
    settings.ICP_ENCRYPTION_KEYS = [KEY_A]
    return settings


@pytest.mark.parametrize("plain", [b"", b"x", bytes(range(256)), b"y" * 100_000])
def test_it_opens_what_it_sealed(plain: bytes) -> None:
    sealed = seal(plain)
    assert unseal(sealed) == plain
    assert len(sealed) == 4 + 12 + len(plain) + 16


def test_it_hides_the_content_and_never_seals_the_same_twice() -> None:
    first, second = seal(b"secret" * 10), seal(b"secret" * 10)
    assert b"secret" not in first
    assert first != second and first[:4] == second[:4]
    assert first[4:16] != second[4:16], "a nonce used twice gives the key away"


def test_it_opens_old_values_after_the_key_was_rotated(keys: Any) -> None:
    old = seal(b"old")
    keys.ICP_ENCRYPTION_KEYS = [KEY_B, KEY_A]
    new = seal(b"new")
    assert (unseal(old), unseal(new)) == (b"old", b"new")
    assert new[:4] != old[:4], "the first key of the list seals"
    keys.ICP_ENCRYPTION_KEYS = [KEY_B]
    assert unseal(new) == b"new"
    with pytest.raises(CannotOpen, match="没有能解开此内容的密钥"):
        unseal(old)


def test_it_does_not_open_with_another_key_under_the_same_name(keys: Any) -> None:
    sealed = seal(b"mine")
    keys.ICP_ENCRYPTION_KEYS = [KEY_C]
    named_c = seal(b"theirs")[:4]
    with pytest.raises(CannotOpen):
        unseal(named_c + sealed[4:])


def test_it_notices_a_change_of_any_byte() -> None:
    sealed = seal(b"four")
    for place in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[place] ^= 1
        with pytest.raises(CannotOpen):
            unseal(bytes(damaged))


def test_it_notices_that_a_part_is_missing() -> None:
    sealed = seal(b"four")
    for length in range(len(sealed)):
        with pytest.raises(CannotOpen):
            unseal(sealed[:length])
    with pytest.raises(CannotOpen):
        unseal(sealed + b"\0")


# --- the column -----------------------------------------------------------------------------------


def column(request: Request) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT icp_password FROM filing_request WHERE id = %s", [request.pk])
        return bytes(cursor.fetchone()[0])


@pytest.mark.django_db
def test_it_keeps_a_text_sealed_in_the_database_and_readable_in_python() -> None:
    request = factories.draft()
    request.icp_password = PASSWORD
    request.save(update_fields=["icp_password"])
    assert Request.objects.get(pk=request.pk).icp_password == PASSWORD
    assert PASSWORD.encode() not in column(request)
    assert unseal(column(request)).decode() == PASSWORD


@pytest.mark.django_db
def test_it_keeps_an_empty_text_empty_so_that_it_can_be_seen() -> None:
    request = factories.draft()
    assert Request.objects.get(pk=request.pk).icp_password == ""
    assert column(request) == b""


@pytest.mark.django_db
def test_it_seals_also_what_a_query_updates() -> None:
    request = factories.draft()
    Request.objects.filter(pk=request.pk).update(icp_password=PASSWORD)
    assert PASSWORD.encode() not in column(request)
    assert Request.objects.get(pk=request.pk).icp_password == PASSWORD


@pytest.mark.django_db
def test_it_never_lets_a_password_out_with_an_export_or_a_name() -> None:
    request = factories.draft()
    request.icp_password = PASSWORD
    with pytest.raises(TypeError, match="不可导出"):
        serializers.serialize("json", [request])
    assert PASSWORD not in f"{request} {request!r}"


@pytest.mark.django_db
def test_it_leaves_lists_readable_when_a_key_is_lost_as_long_as_they_leave_the_password_out(
    keys: Any,
) -> None:
    request = factories.draft()
    Request.objects.filter(pk=request.pk).update(icp_password=PASSWORD)
    keys.ICP_ENCRYPTION_KEYS = [KEY_B]
    assert Request.objects.defer("icp_password").get(pk=request.pk).ref == request.ref
    with pytest.raises(CannotOpen):
        Request.objects.get(pk=request.pk)


def test_it_writes_nothing_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(CannotOpen) as refused:
        unseal(seal(b"secret")[:-1])
    assert "secret" not in caplog.text + str(refused.value)
    assert secrets.CannotOpen is CannotOpen
