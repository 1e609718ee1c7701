from __future__ import annotations

import base64
import io
import random
import re
import string
import struct
import tracemalloc
import zipfile

import pytest

from reporting import envelope
from reporting.errors import EnvelopeBroken

NAME = "B110000000001N7Tabcdefgh.xml"
XML = '<?xml version="1.0" encoding="GBK"?><a>示例</a>'.encode("gbk")
KEY, IV = "0123456789abcdef", "fedcba9876543210"


def zip_of(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def with_declared_size(data: bytes, size: int) -> bytes:
    """The archive with another uncompressed size in both of its headers."""
    central = data.index(b"PK\x01\x02")
    changed = bytearray(data)
    struct.pack_into("<I", changed, 22, size)
    struct.pack_into("<I", changed, central + 24, size)
    return bytes(changed)


def test_it_gives_back_the_name_and_the_very_bytes_that_were_zipped() -> None:
    assert envelope.unzip_one(envelope.zip_one(NAME, XML)) == (NAME, XML)


def test_it_zips_the_same_bytes_the_same_way_every_time() -> None:
    assert envelope.zip_one(NAME, XML) == envelope.zip_one(NAME, XML)


def test_it_carries_a_document_to_the_wire_and_back() -> None:
    zipped = envelope.zip_one(NAME, XML)
    wire = envelope.to_beian_info(zipped, key=KEY, iv=IV)
    assert wire.isascii()
    assert envelope.decrypt(base64.b64decode(wire, validate=True), KEY, IV) == zipped


def test_it_leaves_the_zip_as_it_is_where_there_is_no_key() -> None:
    zipped = envelope.zip_one(NAME, XML)
    assert base64.b64decode(envelope.to_beian_info(zipped)) == zipped


BAD_NAMES = ["", "a.txt", "a", ".xml", "数据.xml", "a-b.xml", "a/b.xml", "a b.xml", "a.xml\n", "１.xml"]


@pytest.mark.parametrize("name", [*BAD_NAMES, "a" * 125 + ".xml"])
def test_it_refuses_entry_names_that_the_interface_does_not_take(name: str) -> None:
    with pytest.raises(ValueError, match="entry name"):
        envelope.zip_one(name, XML)


def test_it_takes_an_entry_name_of_128_bytes() -> None:
    name = "a" * 124 + ".xml"
    assert envelope.unzip_one(envelope.zip_one(name, XML))[0] == name


def test_it_makes_entry_names_of_letters_and_digits_that_do_not_repeat() -> None:
    names = {envelope.entry_name(2**63 - 1, 2**32 - 1) for _ in range(200)}
    assert len(names) == 200
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9]+\.xml", name)
        assert len(name.encode()) <= 128
        envelope.zip_one(name, XML)


def test_it_hashes_as_the_interface_does() -> None:
    # By openssl: printf '' | openssl md5 -binary | base64
    assert envelope.md5_base64(b"") == "1B2M2Y8AsgTpgAmY7PhCfg=="


def test_it_hashes_the_password_in_gbk_with_the_random_value_behind_it() -> None:
    # By openssl, the text in GBK by iconv.
    assert envelope.password_hash("demo-password", "abcdefghij0123456789") == "S/8t0gX2SyvwF7HZqnmTtA=="
    assert envelope.password_hash("口令P@ss", "0123456789abcdefghij") == "hq4GC4VqlFyO3XXM/kSvJg=="


def test_it_draws_a_fresh_random_value_of_twenty_letters_and_digits() -> None:
    values = {envelope.random_value() for _ in range(100)}
    assert len(values) == 100
    for value in values:
        assert len(value) == 20
        assert set(value) <= set(string.ascii_letters + string.digits)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("0123456789abcdef", "2jLKfJhjNUarE8PDgDS766L3pAlYptw+eh7ZlTRFaDQ="),
        ("0123456789abcdef01234567", "29om9rqvz+q9xw6NNBVx9ihh0Hw8B1D5JQiNPQDNrl0="),
        ("0123456789abcdef0123456789abcdef", "TgvSpAOOScq9SNEvjn2B2hhvTRn9aV+fRYuCIrOoLbg="),
    ],
)
def test_it_encrypts_as_openssl_does(key: str, expected: str) -> None:
    # printf 'example zip bytes' | openssl enc -aes-128-cbc -K … -iv … | base64
    assert base64.b64encode(envelope.encrypt(b"example zip bytes", key, IV)).decode() == expected
    assert envelope.decrypt(base64.b64decode(expected), key, IV) == b"example zip bytes"


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 32])
def test_it_pads_every_length(size: int) -> None:
    data = bytes(range(size))
    encrypted = envelope.encrypt(data, KEY, IV)
    assert len(encrypted) == (size // 16 + 1) * 16
    assert envelope.decrypt(encrypted, KEY, IV) == data


def test_it_never_returns_the_zip_under_a_wrong_key() -> None:
    zipped = envelope.zip_one(NAME, XML)
    encrypted = envelope.encrypt(zipped, KEY, IV)
    broken = 0
    for number in range(64):
        try:
            found = envelope.decrypt(encrypted, f"{number:016d}", IV)
        except EnvelopeBroken:
            broken += 1
        else:
            # One wrong key in 256 leaves a padding that looks right: then the hash must tell.
            assert envelope.md5_base64(found) != envelope.md5_base64(zipped)
    assert broken > 48


@pytest.mark.parametrize("data", [b"", b"x", b"x" * 15, b"x" * 17])
def test_it_tells_what_cannot_have_been_encrypted(data: bytes) -> None:
    with pytest.raises(EnvelopeBroken):
        envelope.decrypt(data, KEY, IV)


@pytest.mark.parametrize(
    ("key", "iv"),
    [("", IV), ("short", IV), ("é" * 16, IV), ("x" * 33, IV), (KEY, ""), (KEY, "x" * 15), (KEY, "中" * 16)],
)
def test_it_refuses_keys_that_are_none(key: str, iv: str) -> None:
    with pytest.raises(ValueError, match="AES"):
        envelope.check_key(key, iv)


@pytest.mark.parametrize("length", [16, 24, 32])
def test_it_takes_keys_of_every_length_that_aes_has(length: int) -> None:
    envelope.check_key("k" * length, IV)


def test_it_refuses_an_empty_archive_and_one_with_several_entries() -> None:
    with pytest.raises(EnvelopeBroken, match="现有 0 个"):
        envelope.unzip_one(zip_of())
    with pytest.raises(EnvelopeBroken, match="现有 2 个"):
        envelope.unzip_one(zip_of(("a.xml", XML), ("b.xml", XML)))


def test_it_overlooks_a_folder_beside_the_one_entry() -> None:
    assert envelope.unzip_one(zip_of(("data/", b""), ("data/a.xml", XML))) == ("data/a.xml", XML)


@pytest.mark.parametrize("data", [b"", b"no zip at all", b"PK\x03\x04", b"PK\x05\x06" + bytes(18)])
def test_it_refuses_what_is_no_archive(data: bytes) -> None:
    with pytest.raises(EnvelopeBroken):
        envelope.unzip_one(data)


def test_it_refuses_what_declares_more_than_is_taken() -> None:
    with pytest.raises(EnvelopeBroken, match="过大"):
        envelope.unzip_one(zip_of(("a.xml", b"x" * 5001)), most_bytes=5000)
    assert envelope.unzip_one(zip_of(("a.xml", b"x" * 5000)), most_bytes=5000)[1] == b"x" * 5000


def test_it_refuses_a_bomb_by_how_much_it_would_grow() -> None:
    bomb = zip_of(("a.xml", bytes(8 * 1024 * 1024)))
    assert len(bomb) < 10_000
    with pytest.raises(EnvelopeBroken, match="过大"):
        envelope.unzip_one(bomb)


def test_it_takes_a_small_file_whose_records_are_all_alike() -> None:
    alike = b"<UploadData>" + b"<Jg_xx><Bs>1</Bs></Jg_xx>" * 40_000 + b"</UploadData>"
    packed = zip_of(("a.xml", alike))
    assert len(alike) > len(packed) * envelope.MOST_RATIO
    assert envelope.unzip_one(packed) == ("a.xml", alike)


@pytest.mark.parametrize("declared", [0, 10, 4_999, 4_294_967_294])
def test_it_refuses_an_entry_that_lies_about_its_size(declared: int) -> None:
    lying = with_declared_size(zip_of(("a.xml", random.Random(1).randbytes(5000))), declared)
    with pytest.raises(EnvelopeBroken):
        envelope.unzip_one(lying, most_bytes=10_000)


def test_it_spends_no_memory_on_what_a_lying_bomb_holds() -> None:
    bomb = with_declared_size(zip_of(("a.xml", bytes(64 * 1024 * 1024))), 100)
    tracemalloc.start()
    with pytest.raises(EnvelopeBroken):
        envelope.unzip_one(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


def test_it_refuses_an_archive_under_a_password() -> None:
    locked = bytearray(zip_of(("a.xml", XML)))
    for header in (6, locked.index(b"PK\x01\x02") + 8):
        locked[header] |= 1
    with pytest.raises(EnvelopeBroken):
        envelope.unzip_one(bytes(locked))


def test_it_opens_an_entry_that_is_not_compressed_and_tells_its_damage() -> None:
    data = zip_of(("a.xml", XML * 20), method=zipfile.ZIP_STORED)
    assert envelope.unzip_one(data)[1] == XML * 20
    middle = 30 + len("a.xml") + 20
    with pytest.raises(EnvelopeBroken):
        envelope.unzip_one(data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :])


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_it_refuses_ways_of_zipping_whose_bombs_cannot_be_bounded(method: int) -> None:
    with pytest.raises(EnvelopeBroken, match="压缩方法"):
        envelope.unzip_one(zip_of(("a.xml", XML), method=method))


def test_it_meets_every_damage_with_the_one_error_that_callers_know() -> None:
    sound = zip_of(("a.xml", XML + bytes(range(256)) * 4))
    lots = random.Random(20260101)
    refused = 0
    for _ in range(3000):
        damaged = bytearray(sound)
        for _ in range(lots.randint(1, 4)):
            damaged[lots.randrange(len(damaged))] = lots.randrange(256)
        if lots.random() < 0.2:
            del damaged[lots.randrange(len(damaged)) :]
        try:
            envelope.unzip_one(bytes(damaged))
        except EnvelopeBroken:
            refused += 1
    assert refused > 2500
