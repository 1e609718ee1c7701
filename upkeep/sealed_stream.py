"""A file sealed with a passphrase, written and read as a stream: AES-256-GCM in chunks, the key made by scrypt.

Shape: magic, 16 bytes salt, 7 bytes nonce; then chunks of 1 MiB, each with its tag. The nonce of a chunk also holds its
number and whether it is the last one, so chunks cannot be swapped, left out or cut off unseen (the STREAM construction).
"""

from __future__ import annotations

import io
import os
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"icp-backup-sealed-1\n"
CHUNK_BYTES = 1024 * 1024
_SALT_BYTES, _NONCE_BYTES, _TAG_BYTES = 16, 7, 16


class CannotUnseal(Exception):
    """Wrong passphrase, or the file was changed or cut off. The text says which it may be, in Chinese."""


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode()))


class SealedWriter(io.RawIOBase):
    """Seals what is written to it into `target`. Only after `close` is the file whole."""

    def __init__(self, target: IO[bytes], passphrase: str) -> None:
        salt, self._nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
        self._target, self._cipher = target, _cipher(passphrase, salt)
        self._buffer, self._count = bytearray(), 0
        target.write(MAGIC + salt + self._nonce)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # RawIOBase takes any buffer; tarfile gives bytes
        self._buffer += data
        while len(self._buffer) > CHUNK_BYTES:  # a full chunk is kept until it is known not to be the last
            self._put(self._buffer[:CHUNK_BYTES], last=False)
            del self._buffer[:CHUNK_BYTES]
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._put(self._buffer, last=True)
        super().close()

    def _put(self, chunk: bytes | bytearray, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._nonce, self._count, last), bytes(chunk), MAGIC))
        self._count += 1


class SealedReader(io.RawIOBase):
    """Opens what SealedWriter wrote. Raises: CannotUnseal, as soon as it comes to a chunk that is not as written."""

    def __init__(self, source: IO[bytes], passphrase: str) -> None:
        if source.read(len(MAGIC)) != MAGIC:
            raise CannotUnseal("不是加密的备份")
        salt, self._nonce = source.read(_SALT_BYTES), source.read(_NONCE_BYTES)
        if len(salt) + len(self._nonce) < _SALT_BYTES + _NONCE_BYTES:
            raise CannotUnseal("备份不完整")
        self._source, self._cipher = source, _cipher(passphrase, salt)
        self._next, self._opened, self._count = self._read_chunk(), b"", 0
        if not self._next:
            raise CannotUnseal("备份不完整")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # as above
        if not self._opened and self._next:
            following = self._read_chunk()
            self._opened = self._open(self._next, last=not following)
            self._next = following
        piece, self._opened = self._opened[: len(buffer)], self._opened[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)

    def _read_chunk(self) -> bytes:
        return self._source.read(CHUNK_BYTES + _TAG_BYTES)

    def _open(self, chunk: bytes, *, last: bool) -> bytes:
        try:
            opened = self._cipher.decrypt(_nonce(self._nonce, self._count, last), chunk, MAGIC)
        except InvalidTag as error:
            first = "口令不对，或备份已损坏" if self._count == 0 else "备份已损坏或不完整"
            raise CannotUnseal(first) from error
        self._count += 1
        return opened


def _nonce(prefix: bytes, count: int, last: bool) -> bytes:
    return prefix + count.to_bytes(4, "big") + bytes([last])
