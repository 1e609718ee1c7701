"""Uploads in disguise: what is no image is refused, what is one is kept as pixels and served as nothing else."""

from __future__ import annotations

import ssl
import struct
import zipfile
import zlib
from contextlib import closing
from http.client import HTTPSConnection
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.attack.house import LOCAL, House
from tests.invented import image

SCRIPT = b"<script>alert('h0stile')</script>"
FIELD = {"field": "attachments-0-content", "purpose": "1"}
AS_JSON = {"Accept": "application/json"}


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that claims to be enormous."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100_000)) + chunk(
        b"IEND", b""
    )  # fmt: skip


def zipped(**files: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def animated() -> bytes:
    out = BytesIO()
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


NO_IMAGES: dict[str, bytes] = {
    "html": b"<!doctype html><html><body>" + SCRIPT,
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>",
    "pdf": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF",
    "zip": zipped(a=b"x"),
    "php": b"\xff\xd8\xff<?php system($_GET['c']); ?>",
    "exe": b"MZ" + b"\0" * 600,
    "gif that is a script": b"GIF89a/*" + SCRIPT + b"*/=1;",
    "animated gif": animated(),
    "xml with an entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/etc/passwd) (r) file",
    "a bomb of pixels": bomb(60_000, 60_000),
    "a bomb of width": bomb(2_000_000_000, 1),
    "cut off": image()[:300],
    "nothing": b"",
}


def bring(house: House, data: bytes, name: str = "scan.jpg", kind: str = "image/jpeg") -> Any:
    return house.as_("mate").act("/attachments/", FIELD, files={"file": (name, data, kind)}, headers=AS_JSON)


@pytest.mark.parametrize("name", NO_IMAGES)
def test_what_is_no_image_is_refused_whatever_it_calls_itself(name: str, house: House) -> None:
    before = house.rows("SELECT count(*) FROM filing_attachment")
    answer = bring(house, NO_IMAGES[name])
    assert answer.status_code == 422 and answer.json()["problem"]
    assert house.rows("SELECT count(*) FROM filing_attachment") == before


def test_a_picture_that_is_a_page_as_well_is_served_as_a_picture_only(house: House) -> None:
    """Polyglots: script in a comment, in EXIF, behind the end."""
    with_exif = BytesIO()
    picture = Image.open(BytesIO(image(size=(500, 400))))
    exif = picture.getexif()
    exif[0x010E] = "<script>alert('h0stile')</script>"
    picture.convert("RGB").save(with_exif, "JPEG", exif=exif)
    plain = image(size=(500, 402))
    taken = 0
    for data in (
        with_exif.getvalue(),
        plain[:2] + b"\xff\xfe" + struct.pack(">H", len(SCRIPT) + 2) + SCRIPT + plain[2:],
        plain + SCRIPT,
        plain + zipped(a=b"x"),
    ):
        answer = bring(house, data, "page.html", "text/html")
        if answer.status_code == 422:
            continue
        taken += 1
        sha256 = answer.json()["content"].rpartition(":")[2]
        shown = house.as_("mate").look(f"/attachments/{sha256}/")
        assert shown.headers["Content-Type"] in ("image/jpeg", "image/png")
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in shown.headers["Content-Security-Policy"]
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
        assert "no-store" in shown.headers["Cache-Control"]
        assert f'"{sha256[:12]}.' in shown.headers["Content-Disposition"]
    assert taken >= 2, "what is a picture by its bytes is taken, whatever else it holds"


NAMES = [
    *("../../../etc/cron.d/x", "..\\..\\x.jpg", "a\x00.php", "x" * 5_000 + ".jpg", "CON", ".htaccess"),
    *("<img src=x onerror=alert(1)>.jpg", 'a"; filename="b.html', "a\r\nSet-Cookie: x=y.jpg"),
    *("\u202egpj.exe", "／etc／passwd"),
]


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_leads_nowhere(name: str, house: House) -> None:
    folder = house.folder / "data"
    before = {each for each in house.folder.rglob("*") if "attachments" not in each.parts}
    body, kind = multipart(name, image(size=(300, 301)))
    answer = house.as_("mate").act(
        "/attachments/", body, headers={"Content-Type": kind, "Accept": "text/html"}
    )
    assert answer.status_code in (200, 400) and "<img src=x" not in answer.text
    assert {each for each in house.folder.rglob("*") if "attachments" not in each.parts} == before
    for path in (folder / "attachments").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
        assert path.is_dir() or path.stem.isalnum()


def multipart(name: str, data: bytes) -> tuple[bytes, str]:
    """As no browser and no library would write it: the name stands there byte for byte."""
    lines = [
        b"--edge",
        b'Content-Disposition: form-data; name="field"',
        b"",
        b"attachments-0-content",
        b"--edge",
    ]
    lines += [
        b'Content-Disposition: form-data; name="file"; filename="' + name.encode() + b'"',
        b"Content-Type: image/jpeg",
        b"",
        data,
        b"--edge--",
        b"",
    ]
    return b"\r\n".join(lines), "multipart/form-data; boundary=edge"


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; b"]
)
def test_a_body_that_is_none_is_refused_in_words(kind: str, house: House) -> None:
    answer = house.as_("mate").act("/attachments/", b"--x\r\n\r\n", headers={"Content-Type": kind})
    assert answer.status_code in (400, 422, 403)


def announced(house: House, path: str, headers: dict[str, str]) -> int:
    """The answer to a head alone: the body is never sent."""
    trusting = ssl.create_default_context(cafile=str(house.certificate))
    with closing(HTTPSConnection(LOCAL, house.port, timeout=20, context=trusting)) as line:
        line.putrequest("POST", path, skip_accept_encoding=True)
        for name, value in ({"X-Forwarded-Proto": "https"} | headers).items():
            line.putheader(name, value)
        line.endheaders()
        return line.getresponse().status


def test_more_than_may_be_brought_is_refused_before_it_is_read(house: House) -> None:
    session = {"Cookie": f"__Host-sessionid={house.as_('mate').cookies['__Host-sessionid']}"}
    assert announced(house, "/attachments/", session | {"Content-Length": str(26 * 1024 * 1024)}) == 413
    assert announced(house, "/login/", {"Content-Length": "1100000"}) == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Length": "5", "Transfer-Encoding": "chunked"},
        {"Content-Length": "-1"},
        {"Content-Length": "1e3"},
        {"Transfer-Encoding": "chunked, identity"},
    ],
)
def test_a_request_whose_end_is_said_twice_is_refused(headers: dict[str, str], house: House) -> None:
    """Smuggling: the proxy and we must not read two different requests in it."""
    assert announced(house, "/login/", headers) in (400, 411, 413, 501)


WORKBOOK = {
    "[Content_Types].xml": b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    b'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
    "xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<workbook>&x;</workbook>",
}
LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %s "%s">' % (bytes([98 + n]), b"&%s;" % bytes([97 + n]) * 10) for n in range(12))
    + b"]><a>&m;</a>"
)


def workbook(**files: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (WORKBOOK | files).items():
            archive.writestr(name, data)
    return out.getvalue()


SHEETS = {
    "no workbook": b"x",
    "html": b"<table><tr><td>=1+1</td></tr></table>",
    "an entity of the machine": workbook(),
    "billion laughs": workbook(**{"xl/workbook.xml": LAUGHS}),
    "a bomb": workbook(**{"xl/sharedStrings.xml": b"a" * 300_000_000}),
    "macros": workbook(**{"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" * 100}),
    "paths out": workbook(**{"../../../../tmp/out.xml": b"x"}),
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_spreadsheet_that_is_a_weapon_is_refused_in_words(name: str, house: House) -> None:
    before = house.rows("SELECT count(*) FROM filing_request")
    answer = house.as_("mate").act("/requests/import/", {}, files={"sheet": ("list.xlsx", SHEETS[name])})
    assert answer.status_code in (200, 302, 422)
    assert "root:x:0" not in answer.text
    listed = house.as_("operator").act(
        "/imports/in-process/", {}, files={"file": ("list.xlsx", SHEETS[name])}
    )
    assert listed.status_code in (200, 302, 422) and "root:x:0" not in listed.text
    assert house.rows("SELECT count(*) FROM filing_request") == before


def test_handed_over_data_that_laughs_or_looks_around_is_refused(house: House) -> None:
    """The upload itself is taken by a worker (tests/reporting/test_import_malformed.py); nothing of it is read here."""
    operator = house.as_("operator")
    for data, name in ((LAUGHS, "a.xml"), (SHEETS["a bomb"], "../../a.zip"), (b"", "")):
        answer = operator.act("/imports/start/", {"compare": "1"}, files={"file": (name, data)})
        assert answer.status_code in (302, 422)
    for name in ("../SECRET_KEY", "/etc/passwd", "..", ".", "", "\x00", "a/../../key.pem"):
        answer = operator.act("/imports/start/", {"name": name})
        assert answer.status_code == 302 and answer.headers["Location"] == "/imports/"
    for path in (house.folder / "data").rglob("*.xml"):
        assert path.stat().st_mode & 0o077 == 0
