"""The wrapping of a data file: zip, MD5, AES-CBC, base64, and back. Bytes in, bytes out."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
import zipfile
import zlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from simulator.config import Unit

MAX_XML_BYTES = 50 * 1024 * 1024
ENTRY_NAME = re.compile(r"[A-Za-z0-9]+\.xml", re.ASCII)


class Refused(Exception):
    """The data cannot be taken; code is the answer's code, detail goes into the journal only."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(f"{code} {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Packed:
    """What a download carries: base64 texts."""

    info: str
    info_hash: str
    encrypted: bool


@dataclass(frozen=True)
class Opened:
    """What an upload held."""

    zip_bytes: bytes
    entry_name: str
    xml: bytes


def md5(data: bytes) -> bytes:
    """The interface asks for MD5; nothing here relies on it for security."""
    return hashlib.md5(data, usedforsecurity=False).digest()


def md5_base64(data: bytes) -> str:
    return base64.b64encode(md5(data)).decode("ascii")


def md5_hex(text: str, charset: str = "gbk") -> str:
    return md5(text.encode(charset, "xmlcharrefreplace")).hex()


def make_zip(entry_name: str, xml: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(entry_name), xml, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def pack(zip_bytes: bytes, unit: Unit, *, encrypt: bool) -> Packed:
    body = encrypt_bytes(zip_bytes, unit) if encrypt else zip_bytes
    return Packed(base64.b64encode(body).decode("ascii"), md5_base64(zip_bytes), encrypt)


def encrypt_bytes(data: bytes, unit: Unit) -> bytes:
    padder = PKCS7(128).padder()
    encryptor = _cipher(unit).encryptor()
    return encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


def open_upload(info: str, info_hash: str, unit: Unit, *, encrypted: bool) -> Opened:
    """Undo what the provider did, in the order of the interface: base64, decrypt, hash, unzip.

    Raises: Refused with 6, 7, 8, 17 or 18.
    """
    try:
        body = base64.b64decode("".join(info.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(6 if encrypted else 8, "beianInfo is not base64") from error
    zip_bytes = _decrypt(body, unit) if encrypted else body
    if "".join(info_hash.split()) != md5_base64(zip_bytes):
        raise Refused(7, "hash differs")
    return _unzip(zip_bytes)


def open_stored(zip_bytes: bytes) -> Opened:
    """What an upload that was accepted holds. Raises: Refused."""
    return _unzip(zip_bytes)


def _decrypt(body: bytes, unit: Unit) -> bytes:
    if not (unit.aes_key and unit.aes_iv):
        raise Refused(6, "this unit has no key")
    if not body or len(body) % 16:
        raise Refused(6, "length is not a multiple of the block")
    decryptor = _cipher(unit).decryptor()
    unpadder = PKCS7(128).unpadder()
    try:
        return unpadder.update(decryptor.update(body) + decryptor.finalize()) + unpadder.finalize()
    except ValueError as error:
        raise Refused(6, "wrong padding, so a wrong key or IV") from error


def _cipher(unit: Unit) -> Cipher[modes.CBC]:
    key, vector = (unit.aes_key or "").encode("ascii"), (unit.aes_iv or "").encode("ascii")
    return Cipher(algorithms.AES(key), modes.CBC(vector))


def _unzip(zip_bytes: bytes) -> Opened:
    try:
        with zipfile.ZipFile(io.BytesIO(zip_bytes)) as archive:
            entries = archive.infolist()
            if len(entries) != 1 or entries[0].is_dir():
                raise Refused(17, f"{len(entries)} entries")
            with archive.open(entries[0]) as stream:
                # The header's size may lie: read no more than one byte beyond the limit.
                xml = stream.read(MAX_XML_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise Refused(8, str(error)) from error
    if len(xml) > MAX_XML_BYTES:
        raise Refused(18, "the XML is over 50 MB")
    name = entries[0].filename
    if len(name.encode()) > 128 or not ENTRY_NAME.fullmatch(name):
        raise Refused(999, "the entry's name must be letters and digits with .xml, at most 128 bytes")
    return Opened(zip_bytes, name, xml)
