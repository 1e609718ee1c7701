"""Invented records as a provider uploads them, and a client written by hand from the interface's papers."""

from __future__ import annotations

import base64
import copy
import hashlib
import http.client
import io
import zipfile
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from lxml import etree

ISP_ID = 110000000001
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + b"invented" * 9).decode()
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"invented" * 9).decode()
PASSWORD_MD5 = hashlib.md5(b"Demo-12345").hexdigest()
PERSON = (
    "<Fzr_xm>王小明</Fzr_xm><Fzr_dhhm>010-12345678</Fzr_dhhm><Fzr_sjhm>13800138000</Fzr_sjhm>"
    "<Fzr_dzyj>filing@example.cn</Fzr_dzyj>"
)


def subject(n: int = 1, **changes: Any) -> str:
    """<Zt_xx> of a new filing; changes replace the text of elements by tag."""
    return edited(
        f"<Zt_xx><IspZtid>{n}</IspZtid><Dwmc>示例公司{n}</Dwmc><Dwxz>4</Dwxz><Tzr>王小明</Tzr>"
        "<Txdz><Shengid>110000</Shengid><Shiid>110100</Shiid><Xianid>110108</Xianid><Xxdz>示例路1号</Xxdz></Txdz>"
        f"<Zj><Zjlx>1</Zjlx><Zjhm>91110108MA{n:08d}</Zjhm><Zjzs>北京市示例路1号</Zjzs></Zj>"
        f"<Fzr>{PERSON}</Fzr><Bbfs>1</Bbfs></Zt_xx>",
        changes,
    )


def website(n: int = 1, domains: tuple[str, ...] = (), **changes: Any) -> str:
    """<Wz_xx> of a new filing or a new website."""
    names = domains or (f"site{n}.cn",)
    parts = "".join(
        f"<Ym_xx><IspYmid>{n * 10 + i}</IspYmid><Ym>{name}</Ym></Ym_xx>" for i, name in enumerate(names)
    )
    return edited(
        f"<Wz_xx><IspWzid>{n}</IspWzid><Wzmc>示例网站{n}</Wzmc><Fwnr><Fwnr_id>8</Fwnr_id></Fwnr>"
        f"<Yylb><Yylb_id>1</Yylb_id></Yylb>{parts}{access(n)}"
        f"<Wz_Fzr>{PERSON}</Wz_Fzr><Syurl>www.{names[0]}</Syurl></Wz_xx>",
        changes,
    )


def access(n: int = 1, first: int = 0xCB007100, last: int | None = None) -> str:
    """<Jr_xx>; 203.0.113.n by default."""
    start = first + n % 256
    end = start if last is None else last
    return (
        f"<Jr_xx><IspJrid>{n}</IspJrid><Wzfb><Fbdd>2</Fbdd></Wzfb><Wzjrfs><Jrfs>3</Jrfs></Wzjrfs>"
        f"<Ip_xx><IspIpid>{n}</IspIpid><Qsip>{start}</Qsip><Zzip>{end}</Zzip></Ip_xx></Jr_xx>"
    )


def attachment(owner: str, kind: int = 2, form: int = 1, use: int = 1, content: str = JPEG) -> str:
    """<Fj>; owner is the content of Ssdxbs."""
    return (
        f"<Fj><Fjxx><Fjwjgs>{form}</Fjwjgs><Fjyt>{use}</Fjyt><Fjnr>{content}</Fjnr>"
        f"<Fjssdx><Ssdxlx>{kind}</Ssdxlx><Ssdxbs>{owner}</Ssdxbs></Fjssdx></Fjxx></Fj>"
    )


def new_filing(n: int = 1, *, sites: str = "", fj: str = "", **changes: Any) -> str:
    return f"<Baxx>{subject(n, **changes)}{sites or website(n)}{fj}</Baxx>"


def upload_data(container: str, *records: str, isp_id: int = ISP_ID, version: str = "V.3.0") -> bytes:
    """A whole document in GBK with one kind of record."""
    text = (
        f'<?xml version="1.0" encoding="GBK"?><UploadData version="{version}"><ICP><{container}>'
        f"{''.join(records)}</{container}><Qqdwid>{isp_id}</Qqdwid></ICP></UploadData>"
    )
    return text.encode("gbk", "xmlcharrefreplace")


def edited(xml: str, changes: dict[str, Any]) -> str:
    """Replace texts by tag, or whole elements; None removes one. A path such as Fzr__Fzr_xm names a nested one."""
    root = etree.fromstring(xml)
    for path, value in changes.items():
        element = root.find(path.replace("__", "/"))
        assert element is not None, path
        if value is None:
            element.getparent().remove(element)
        elif isinstance(value, etree._Element):
            element.getparent().replace(element, copy.deepcopy(value))
        else:
            element.text = str(value)
    return etree.tostring(root, encoding="unicode")


def zipped(xml: bytes, name: str = "data.xml") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, xml)
    return buffer.getvalue()


class HandClock:
    """A clock that stands until a test moves it: 2027-01-15 16:00 in Shanghai."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class Reply:
    """A parsed `return` document."""

    root: etree._Element

    @property
    def code(self) -> int:
        return int(self.root.findtext("msg_code") or -1)

    @property
    def words(self) -> str:
        return self.root.findtext("msg") or ""

    @property
    def missing(self) -> list[int]:
        return [int(item.text or 0) for item in self.root.iter("dataSequence")]


@dataclass
class Client:
    """A provider's side made of string formatting and http.client; it knows the default dialect only."""

    url: str
    isp_id: int = ISP_ID
    user_name: str = "demo"
    password: str = "demo-password"
    key: bytes | None = None
    iv: bytes = b""
    namespace: str = "http://webservice.bureau.example/"
    names: list[str] = field(default_factory=list)

    def credentials(self, rand: str = "abcdefghij0123456789") -> dict[str, Any]:
        digest = hashlib.md5((self.password + rand).encode("gbk")).digest()
        return {
            "ispId": self.isp_id,
            "userName": self.user_name,
            "randVal": rand,
            "pwdHash": base64.b64encode(digest).decode(),
        }

    def call(self, path: str, method: str, **values: Any) -> Reply:
        status, body = self.post(path, method, **values)
        assert status == 200, body
        envelope = etree.fromstring(body, etree.XMLParser(huge_tree=True))
        text = (envelope.findtext(".//return") or "").strip()
        assert text.startswith('<?xml version="1.0" encoding="GBK"?>')
        return Reply(etree.fromstring(text.partition("?>")[2], etree.XMLParser(huge_tree=True)))

    def post(self, path: str, method: str, **values: Any) -> tuple[int, bytes]:
        fields = {**self.credentials(), **values}
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items() if value is not None)
        body = (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            f'<w:{method} xmlns:w="{self.namespace}">{inner}</w:{method}></s:Body></s:Envelope>'
        )
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            connection.request("POST", path, body.encode(), {"Content-Type": "text/xml;charset=utf-8"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def upload(self, sequence: int, xml: bytes, name: str | None = None, **values: Any) -> Reply:
        return self.upload_zip(sequence, zipped(xml, name or f"data{sequence}.xml"), **values)

    def upload_zip(self, sequence: int, zip_bytes: bytes, **values: Any) -> Reply:
        body = zip_bytes if self.key is None else self._encrypt(zip_bytes)
        fields = {
            "beianInfo": base64.b64encode(body).decode(),
            "beianInfoHash": base64.b64encode(hashlib.md5(zip_bytes).digest()).decode(),
            "dataSequence": sequence,
            "encryptAlgorithm": 0 if self.key is None else 1,
            "hashAlgorithm": 0,
            "compressionFormat": 0,
        }
        return self.call("/ISPWebService/upDownLoad", "isp_upload", **{**fields, **values})

    def download(self) -> Reply:
        return self.call("/ISPWebService/upDownLoad", "isp_download", hashAlgorithm=0)

    def acknowledge(self, name: str) -> Reply:
        return self.call("/ISPWebService/upDownLoad", "isp_downloadack", hashAlgorithm=0, fileName=name)

    def previous(self) -> Reply:
        return self.call("/ISPWebService/upDownLoad", "isp_querypreviousupload", hashAlgorithm=0)

    def open(self, reply: Reply) -> bytes:
        """The XML of a file in an answer, its hash compared."""
        info = reply.root.find("fileInfos")
        assert info is not None
        body = base64.b64decode(info.findtext("beianInfo") or "")
        if info.findtext("encryptAlgorithm") == "1":
            body = self._decrypt(body)
        assert base64.b64encode(hashlib.md5(body).digest()).decode() == info.findtext("beianInfoHash")
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            assert len(archive.namelist()) == 1
            return archive.read(archive.namelist()[0])

    def fetch_all(self, empty: int = 2) -> list[etree._Element]:
        """Download and acknowledge until nothing is left; the documents in order. empty: the code at the end."""
        documents = []
        while True:
            reply = self.download()
            if reply.root.find("fileInfos") is None:
                assert reply.code == empty
                return documents
            documents.append(etree.fromstring(self.open(reply)))
            name = reply.root.findtext("fileInfos/return_FileName") or ""
            assert self.acknowledge(name).code in (0, 1, 3)

    def _encrypt(self, data: bytes) -> bytes:
        assert self.key is not None
        padder = PKCS7(128).padder()
        encryptor = Cipher(algorithms.AES(self.key), modes.CBC(self.iv)).encryptor()
        return encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()

    def _decrypt(self, data: bytes) -> bytes:
        assert self.key is not None
        decryptor = Cipher(algorithms.AES(self.key), modes.CBC(self.iv)).decryptor()
        unpadder = PKCS7(128).unpadder()
        return unpadder.update(decryptor.update(data) + decryptor.finalize()) + unpadder.finalize()
