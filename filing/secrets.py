"""Encryption at rest for passwords, keys and sent files (AES-256-GCM; keys can be rotated).

Shape of a sealed value: 4 bytes naming the key, 12 bytes nonce, ciphertext with tag. The first key of
`settings.ICP_ENCRYPTION_KEYS` seals; every key of the list opens.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.checks import CheckMessage
from django.db import models

if TYPE_CHECKING:
    _BinaryField = models.BinaryField[Any, Any]
else:
    _BinaryField = models.BinaryField

_NONCE_BYTES = 12
_NAME_BYTES = 4
_TAG_BYTES = 16
OVERHEAD_BYTES = _NAME_BYTES + _NONCE_BYTES + _TAG_BYTES
"""By how much a sealed value is longer than what is in it."""

PIECE_BYTES = 64 * 1024
_NO_KEY = "没有能解开此内容的密钥（ICP_ENCRYPTION_KEYS）"


class CannotOpen(Exception):
    """A sealed value fits none of the configured keys, or was damaged."""


@lru_cache(maxsize=8)
def _keys(texts: tuple[str, ...]) -> dict[bytes, bytes]:
    keys = [base64.b64decode(text) for text in texts]
    return {hashlib.sha256(key).digest()[:_NAME_BYTES]: key for key in keys}


def key_names() -> list[str]:
    """What sealed values call the configured keys, the sealing one first. It tells nothing of the keys themselves."""
    return [name.hex() for name in _keys(tuple(settings.ICP_ENCRYPTION_KEYS))]


def seal(plain: bytes) -> bytes:
    """Encrypt with the current key."""
    return b"".join(sealed_pieces(plain))


def sealed_pieces(plain: bytes) -> Iterator[bytes]:
    """The sealed value piece by piece, for what is large: so it never stands in memory as a whole."""
    name, key = next(iter(_keys(tuple(settings.ICP_ENCRYPTION_KEYS)).items()))
    nonce = os.urandom(_NONCE_BYTES)
    encryptor = Cipher(algorithms.AES(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(name)
    yield name + nonce
    whole = memoryview(plain)
    for start in range(0, len(whole), PIECE_BYTES):
        yield encryptor.update(whole[start : start + PIECE_BYTES])
    yield encryptor.finalize() + encryptor.tag


def unseal(sealed: bytes) -> bytes:
    """Decrypt with whichever configured key sealed it.

    Raises: CannotOpen where the key is not configured any more or the value is damaged.
    """
    name, nonce = sealed[:_NAME_BYTES], sealed[_NAME_BYTES : _NAME_BYTES + _NONCE_BYTES]
    key = _keys(tuple(settings.ICP_ENCRYPTION_KEYS)).get(name)
    if key is None:
        raise CannotOpen(_NO_KEY)
    try:
        return AESGCM(key).decrypt(nonce, sealed[_NAME_BYTES + _NONCE_BYTES :], name)
    except (InvalidTag, ValueError) as error:  # ValueError: cut off within the nonce
        raise CannotOpen("加密内容已损坏") from error


def opened_pieces(sealed: Iterable[bytes]) -> Iterator[bytes]:
    """Decrypt a value that comes in pieces, for what is large. Only at the end is it known whether it was damaged.

    Raises: CannotOpen.
    """
    pieces, begin = iter(sealed), b""
    while len(begin) < _NAME_BYTES + _NONCE_BYTES:
        piece = next(pieces, b"")
        if not piece:
            raise CannotOpen("加密内容已损坏")
        begin += piece
    name, nonce = begin[:_NAME_BYTES], begin[_NAME_BYTES : _NAME_BYTES + _NONCE_BYTES]
    key = _keys(tuple(settings.ICP_ENCRYPTION_KEYS)).get(name)
    if key is None:
        raise CannotOpen(_NO_KEY)
    decryptor = Cipher(algorithms.AES(key), modes.GCM(nonce)).decryptor()
    decryptor.authenticate_additional_data(name)
    held = begin[_NAME_BYTES + _NONCE_BYTES :]
    try:
        while piece := next(pieces, b""):
            # The last 16 bytes are the tag: what may belong to it is held back.
            yield decryptor.update(held[:-_TAG_BYTES])
            held = held[-_TAG_BYTES:] + piece
        yield decryptor.update(held[:-_TAG_BYTES])
        decryptor.finalize_with_tag(held[-_TAG_BYTES:])
    except (InvalidTag, ValueError) as error:  # ValueError: cut off within the tag
        raise CannotOpen("加密内容已损坏") from error


class SealedBinaryField(_BinaryField):
    """Bytes in Python, sealed bytes in the database. None stays NULL."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        sealed = None if value is None else seal(bytes(value))
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        return None if value is None else unseal(bytes(value))


class SealedTextField(_BinaryField):
    """Text in Python, sealed bytes in the database. An empty text stays empty, so that it can be seen to be missing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", "")
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def get_default(self) -> str:
        return ""

    def _check_str_default_value(self) -> list[CheckMessage]:
        # In Python this field is a text: that its default is one is no fault.
        return []

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        sealed = seal(value.encode()) if value else b""
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str:
        return unseal(bytes(value)).decode() if value else ""

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self.name} 不可导出")
