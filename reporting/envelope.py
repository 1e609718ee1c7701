"""Zip, hash, encrypt and back: bytes in, bytes out; no network, no database.

Spec: protocol "A data file" and "Methods" (pwdHash). MD5 is the interface's choice; it stays inside this module.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import secrets
import string
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from reporting.errors import EnvelopeBroken

MOST_XML_BYTES = 50 * 1024 * 1024
"""Of an upload, before zipping. Spec: code 18."""

MOST_UNPACKED_BYTES = 200 * 1024 * 1024
MOST_RATIO = 200
HARMLESS_BYTES = 4 * 1024 * 1024
"""What comes in is unpacked up to these bounds: a bomb costs a refused file, not the memory. Below the last one the ratio
does not count: hundreds of records that are alike shrink more than any sound large file, and harm nobody."""

ENCRYPTION_NONE, ENCRYPTION_AES = 0, 1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Others are none of the interface's, and their decompressors know no bound: a lying entry would fill the memory."""

_ENTRY_NAME = re.compile(r"[A-Za-z0-9]{1,124}\.xml")
_FIXED_TIME = (2000, 1, 1, 0, 0, 0)
_LETTERS = string.ascii_letters + string.digits


def entry_name(isp_id: int, sequence: int) -> str:
    """A file name of letters and digits that is never used twice: one number may carry other bytes after a refusal."""
    return f"B{isp_id}N{sequence}T{''.join(secrets.choice(_LETTERS) for _ in range(8))}.xml"


@dataclass(frozen=True)
class Zipped:
    """One document, zipped: name of the entry, bytes of the zip, hash and length of the XML in it."""

    name: str
    zip_bytes: bytes
    xml_sha256: str
    xml_bytes: int


class _Measured:
    """A file that is written to, and the hash and length of what was written."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self.sha256, self.length = hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        self.length += len(data)
        return self._out.write(data)


def zip_written(name: str, write: Callable[[Any], object]) -> Zipped:
    """Zip one document while `write` writes it into the file that it is given: it never stands in memory as a whole.

    Raises: ValueError where the name is not one that the interface takes.
    """
    if not _ENTRY_NAME.fullmatch(name):
        raise ValueError(f"entry name {name!r}")
    buffer = io.BytesIO()
    info = zipfile.ZipInfo(name, _FIXED_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(buffer, "w") as archive, archive.open(info, "w") as entry:
        measured = _Measured(entry)
        write(measured)
    return Zipped(name, buffer.getvalue(), measured.sha256.hexdigest(), measured.length)


def zip_one(name: str, xml: bytes) -> bytes:
    """Zip one document. Raises: ValueError where the name is not one that the interface takes."""
    return zip_written(name, lambda out: out.write(xml)).zip_bytes


def unzip_one(data: bytes, *, most_bytes: int = MOST_UNPACKED_BYTES) -> tuple[str, bytes]:
    """Return name and content of the one entry. Raises: EnvelopeBroken, also for several entries and for bombs."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [info for info in archive.infolist() if not info.is_dir()]
            if len(entries) != 1:
                raise EnvelopeBroken(f"压缩包内应有 1 个文件，现有 {len(entries)} 个")
            info = entries[0]
            if info.file_size > min(most_bytes, max(HARMLESS_BYTES, len(data) * MOST_RATIO)):
                raise EnvelopeBroken(f"压缩包展开后过大（声称 {info.file_size} 字节）")
            if info.compress_type not in _METHODS:
                raise EnvelopeBroken(f"压缩方法 {info.compress_type} 不是接口的 zip 压缩")
            with archive.open(info) as entry:
                # The declared size may lie: what lies beyond it is not unpacked, and the checksum tells.
                content = entry.read(info.file_size + 1)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        ValueError,
        EOFError,
        OSError,
    ) as error:
        raise EnvelopeBroken(f"压缩包打不开（{error}）") from error
    return info.filename, content


def md5_base64(data: bytes) -> str:
    """beianInfoHash: base64 of the MD5 of the zip bytes."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def password_hash(password: str, random_value: str) -> str:
    """pwdHash: base64 of the MD5 of password and random value, GBK."""
    return md5_base64((password + random_value).encode("gbk"))


def random_value() -> str:
    """randVal: 20 random letters and digits, fresh for every call."""
    return "".join(secrets.choice(_LETTERS) for _ in range(20))


def check_key(key: str, iv: str) -> None:
    """Key and IV are the ASCII bytes of the texts that the bureau gave. Raises: ValueError with Chinese words."""
    if not key.isascii() or len(key) not in (16, 24, 32):
        raise ValueError("AES 密钥应为 16、24 或 32 个 ASCII 字符")
    if not iv.isascii() or len(iv) != 16:
        raise ValueError("AES 偏移量应为 16 个 ASCII 字符")


def encrypt(data: bytes, key: str, iv: str) -> bytes:
    """AES-CBC with PKCS5 padding."""
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key.encode("ascii")), modes.CBC(iv.encode("ascii"))).encryptor()
    return encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


def decrypt(data: bytes, key: str, iv: str) -> bytes:
    """Undo `encrypt`. Raises: EnvelopeBroken where key, IV or data do not fit."""
    try:
        decryptor = Cipher(algorithms.AES(key.encode("ascii")), modes.CBC(iv.encode("ascii"))).decryptor()
        padded = decryptor.update(data) + decryptor.finalize()
        unpadder = padding.PKCS7(128).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise EnvelopeBroken("解密失败，核对密钥和偏移量") from error


def to_beian_info(zip_bytes: bytes, *, key: str = "", iv: str = "") -> str:
    """beianInfo: the zip, encrypted where a key is given, in base64."""
    return base64.b64encode(encrypt(zip_bytes, key, iv) if key else zip_bytes).decode()
